"""lib.attention against slow loops, closed forms, torch's recorded values and samples."""

import doctest
import inspect
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modules import own

from lib import arguments, attention, parameters, positional
from lib.parameters import TransformerConfig

RECORD = json.loads(Path(__file__).with_name("fixtures").joinpath("attention.json").read_text())
INF = math.inf


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def heads_of(H, D, d_k, d_v, seed=1):
    """W_q, W_k, W_v, W_o."""
    q, k = draw(H, D, d_k, seed=seed), draw(H, D, d_k, seed=seed + 1)
    return q, k, draw(H, D, d_v, seed=seed + 2), draw(H, d_v, D, seed=seed + 3)


def attend_slowly(q, k, v, mask=None, bias=None, scale=None):
    """One query after the other, one key after the other, in plain floats."""
    scale = 1 / math.sqrt(q.shape[1]) if scale is None else scale
    output, weights = np.zeros((len(q), v.shape[1])), np.zeros((len(q), len(k)))
    for n in range(len(q)):
        powers = {}
        for m in range(len(k)):
            score = sum(float(a) * float(b) for a, b in zip(q[n], k[m])) * scale
            score += 0.0 if bias is None else float(bias[n, m])
            if score > -INF and (mask is None or mask[n, m]):
                powers[m] = math.exp(score)
        for m, power in powers.items():
            weights[n, m] = power / sum(powers.values())
            output[n] += weights[n, m] * v[m]
    return output, weights


# --- softmax ----------------------------------------------------------------------------


def test_softmax_is_the_definition_row_by_row():
    z = np.random.default_rng(0).standard_normal((3, 5))
    slow = [[math.exp(value) / sum(math.exp(other) for other in row) for value in row] for row in z]
    np.testing.assert_allclose(attention.softmax(z), slow, rtol=1e-14)
    np.testing.assert_allclose(attention.softmax(z.T, axis=0), np.transpose(slow), rtol=1e-14)


def test_softmax_ignores_a_shift_and_survives_large_scores():
    shifted = attention.softmax([1000.0, 1001.0])
    np.testing.assert_allclose(shifted, attention.softmax([0.0, 1.0]), rtol=1e-14)
    assert attention.softmax([1.7e308, -1.7e308]).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("z, message", [(np.nan, "z: expected"), ([1.0, np.inf], "z: expected"), (3.0, "got a number")])
def test_softmax_refuses(z, message):
    with pytest.raises(ValueError, match=message):
        attention.softmax(z)


# --- against torch ----------------------------------------------------------------------


def test_the_record_says_which_version_made_it():
    assert RECORD["versions"] == {"torch": "2.13.0"}
    assert len(RECORD["dot_product"]) == len(RECORD["multi_head"]) == 5


def split_mask(mask):
    """torch has one argument for both: booleans are a mask, numbers a bias."""
    if mask is None:
        return {}
    mask = np.array(mask)
    return {"mask": mask} if mask.dtype == bool else {"bias": mask}


def from_torch(case):
    """in_proj_weight (3D, D) and out_proj (D, D) as W_q, W_k, W_v (H, D, d), W_o (H, d, D)."""
    D, H = case["shape"]["D"], case["shape"]["H"]
    projections = np.array(case["in_proj_weight"]).reshape(3, H, D // H, D).swapaxes(2, 3)
    return (*projections, np.array(case["out_proj"]).T.reshape(H, D // H, D))


def shape_of(case):
    return "-".join(map(str, case["shape"].values()))


@pytest.mark.parametrize("case", RECORD["dot_product"], ids=shape_of)
def test_attention_as_torch_computes_it(case):
    q, k, v = (np.array(case[name]) for name in "qkv")
    options = split_mask(case["mask"]) | {"scale": case["scale"]}
    output, weights = attention.attention(q, k, v, **options)
    assert weights.shape == (*q.shape[:-1], k.shape[-2])
    np.testing.assert_allclose(output, case["output"], rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("case", RECORD["multi_head"], ids=shape_of)
def test_heads_as_torch_computes_them(case):
    options = split_mask(case["mask"])
    if "mask" in options:
        options["mask"] = ~options["mask"]  # torch's True is "may not"
    output, weights = attention.multi_head_attention(case["x"], *from_torch(case), **options)
    np.testing.assert_allclose(output, case["output"], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(weights, case["weights"], rtol=1e-10, atol=1e-12)


# --- attention --------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [None, 0.3])
@pytest.mark.parametrize("with_mask", [False, True])
@pytest.mark.parametrize("with_bias", [False, True])
def test_attention_against_a_loop(with_mask, with_bias, scale):
    q, k, v = draw(5, 3), draw(6, 3), draw(6, 4)
    mask = np.tri(5, 6, 1, dtype=bool) if with_mask else None
    bias = draw(5, 6, seed=7) if with_bias else None
    output, weights = attention.attention(q, k, v, mask=mask, bias=bias, scale=scale)
    slow_output, slow_weights = attend_slowly(q, k, v, mask, bias, scale)
    np.testing.assert_allclose(output, slow_output, atol=1e-14)
    np.testing.assert_allclose(weights, slow_weights, atol=1e-14)


def test_leading_axes_broadcast():
    B, H, N, M, d_k, d_v = 2, 3, 4, 5, 6, 7
    q, k, v = draw(B, 1, N, d_k), draw(H, M, d_k), draw(B, H, M, d_v)
    mask = np.random.default_rng(3).random((B, 1, 1, M)) < 0.6
    mask[..., 0] = True
    bias = draw(H, N, M)
    output, weights = attention.attention(q, k, v, mask=mask, bias=bias)
    assert output.shape == (B, H, N, d_v) and weights.shape == (B, H, N, M)
    for b, h in np.ndindex(B, H):
        seen = np.broadcast_to(mask[b, 0], (N, M))
        expected = attend_slowly(q[b, 0], k[h], v[b, h], seen, bias[h])
        np.testing.assert_allclose(output[b, h], expected[0], atol=1e-13)
        np.testing.assert_allclose(weights[b, h], expected[1], atol=1e-13)


def test_values_alone_may_have_leading_axes():
    q, k, v = draw(4, 6), draw(5, 6), draw(2, 3, 5, 7)
    output, weights = attention.attention(q, k, v)
    assert output.shape == (2, 3, 4, 7) and weights.shape == (4, 5)


def test_what_is_masked_has_no_say_at_all():
    q, k, v = draw(3, 4), draw(3, 4), draw(3, 2)
    mask = attention.causal_mask(3)
    before, weights = attention.attention(q, k, v, mask=mask)
    assert (weights[~mask] == 0.0).all() and (weights[mask] > 0).all()
    k[2], v[2] = 1e6, -1e6
    after, _ = attention.attention(q, k, v, mask=mask)
    np.testing.assert_array_equal(before[:2], after[:2])


def test_minus_infinity_in_a_bias_is_a_mask():
    q, k, v = draw(2, 5, 4), draw(2, 5, 4), draw(2, 5, 3)
    bias = positional.alibi_bias(2, 5, 5)  # −inf above the diagonal
    both, distances = attention.causal_mask(5), positional.alibi_bias(2, 5, 5, causal=False)
    np.testing.assert_array_equal(attention.attention(q, k, v, bias=bias)[1], attention.attention(q, k, v, bias=distances, mask=both)[1])
    as_list = attention.attention(q, k, v, bias=bias.tolist())
    np.testing.assert_array_equal(as_list[0], attention.attention(q, k, v, bias=bias)[0])


def test_the_default_scale_is_that_of_the_head_width():
    q, k, v = draw(4, 9), draw(5, 9), draw(5, 2)
    default = attention.attention(q, k, v)[1]
    np.testing.assert_allclose(default, attention.attention(q, k, v, scale=1 / 3)[1], rtol=1e-14)


def test_one_token_is_its_own_mean():
    output, weights = attention.attention([[2.0]], [[3.0]], [[7.0, 8.0]])
    assert weights.tolist() == [[1.0]] and output.tolist() == [[7.0, 8.0]]


def test_large_scores_raise_no_warning():
    q = np.array([[1e154], [-1e154]])
    _, weights = attention.attention(q, [[1e154], [-1e154]], np.ones((2, 1)))
    assert weights.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_nothing_given_is_written_to():
    given = [draw(4, 6), *heads_of(2, 6, 3, 5)]
    options = {"mask": attention.causal_mask(4), "bias": positional.alibi_bias(2, 4, 4)}
    for value in [*given, *options.values()]:
        value.setflags(write=False)
    attention.multi_head_attention(*given, **options)
    attention.head_outputs(*given, **options)
    attention.streaming_attention(*[draw(4, 6)] * 3, block=3, mask=options["mask"])


# --- heads ------------------------------------------------------------------------------

HEADS = [(5, 7, 3, 4, 2), (4, 6, 1, 3, 5), (1, 3, 2, 4, 5), (6, 1, 2, 3, 4)]  # N, D, H, d_k, d_v


@pytest.mark.parametrize("N, D, H, d_k, d_v", HEADS)
def test_heads_against_one_loop_a_head(N, D, H, d_k, d_v):
    x, weights = draw(N, D), heads_of(H, D, d_k, d_v)
    mask, bias = attention.causal_mask(N), draw(H, N, N, seed=9)
    heads, maps = [], []
    for W_q, W_k, W_v, b in zip(*weights[:3], bias):
        head, each = attend_slowly(x @ W_q, x @ W_k, x @ W_v, mask, b)
        heads.append(head)
        maps.append(each)
    expected = np.concatenate(heads, axis=1) @ np.concatenate(weights[3], axis=0)
    output, maps_ = attention.multi_head_attention(x, *weights, mask=mask, bias=bias)
    assert output.shape == (N, D) and maps_.shape == (H, N, N)
    np.testing.assert_allclose(output, expected, atol=1e-12)
    np.testing.assert_allclose(maps_, maps, atol=1e-13)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("N, D, H, d_k, d_v", HEADS)
def test_heads_add_up(N, D, H, d_k, d_v, masked):
    x, weights = draw(N, D), heads_of(H, D, d_k, d_v)
    options = {"mask": attention.causal_mask(N), "bias": draw(N, N)} if masked else {}
    each = attention.head_outputs(x.tolist(), *weights, **options)
    output, maps = attention.multi_head_attention(x, *weights, **options)
    assert each.shape == (H, N, D)
    np.testing.assert_allclose(each.sum(axis=0), output, rtol=0, atol=1e-12)
    for i in range(H):
        expected = maps[i] @ (x @ weights[2][i]) @ weights[3][i]
        np.testing.assert_allclose(each[i], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("N, D, H, d_k, d_v", HEADS)
def test_merged_matrices_give_the_scores_and_the_values(N, D, H, d_k, d_v):
    x, (W_q, W_k, W_v, W_o) = draw(N, D), heads_of(H, D, d_k, d_v)
    compare, write = attention.merge_query_key(W_q, W_k), attention.merge_value_output(W_v, W_o)
    assert compare.shape == write.shape == (H, D, D)
    for i in range(H):
        slow = [[sum(W_v[i, a, c] * W_o[i, c, b] for c in range(d_v)) for b in range(D)]
                for a in range(D)]  # fmt: skip
        np.testing.assert_allclose(write[i], slow, atol=1e-13)
        scores = [[(x[n] @ W_q[i]) @ (x[m] @ W_k[i]) for m in range(N)] for n in range(N)]
        np.testing.assert_allclose(x @ compare[i] @ x.T, scores, atol=1e-12)
        assert np.linalg.matrix_rank(compare[i]) == min(D, d_k)
        assert np.linalg.matrix_rank(write[i]) == min(D, d_v)


@given(*[st.integers(1, 6)] * 5)
def test_costs_are_the_sizes_of_the_arrays_and_the_products_of_their_axes(N, D, d_k, d_v, H):
    costs = attention.head_costs(N, D, d_k, d_v, H)
    weights = heads_of(H, D, d_k, d_v)
    assert costs.factored_parameters == sum(each.size for each in weights)
    assert costs.merged_parameters == (attention.merge_query_key(*weights[:2]).size + attention.merge_value_output(*weights[2:]).size)

    def product(n, inner, m):  # multiply-adds of (n, inner) @ (inner, m)
        return n * inner * m

    factored = product(N, D, d_k) * 2 + product(N, D, d_v)  # q, k, v
    factored += product(N, d_k, N) + product(N, N, d_v) + product(N, d_v, D)
    merged = product(N, D, D) + product(N, D, N)  # (x W) xᵀ
    merged += product(N, D, D) + product(N, N, D)  # A (x W)
    assert costs.factored_multiply_adds == H * factored
    assert costs.merged_multiply_adds == H * merged
    assert (costs.merged_parameters < costs.factored_parameters) == (D < d_k + d_v)


# --- streaming --------------------------------------------------------------------------


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("block", [1, 2, 3, 7, 8, 100])
def test_streaming_changes_no_result(block, masked):
    q, k, v = draw(2, 1, 7, 4), 3 * draw(3, 7, 4), draw(2, 3, 7, 5)
    # Under the mask the last query sees nothing in the first blocks, the first nothing later.
    mask = np.tri(7, dtype=bool) & (np.arange(7) >= np.arange(7)[:, None] - 1) if masked else None
    expected, _ = attention.attention(q, k, v, mask=mask)
    actual = attention.streaming_attention(q, k, v, block=block, mask=mask)
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-14)


@given(st.integers(1, 9), st.integers(1, 10), st.floats(-50, 50), st.floats(-2000, 2000), st.integers(0, 2**32 - 1))
def test_streaming_with_growing_and_shrinking_scores(M, block, slope, level, seed):
    q, v = np.ones((1, 1)), draw(M, 3, seed=seed)
    k = (level + slope * np.arange(M) + draw(M, seed=seed))[:, None]
    actual = attention.streaming_attention(q, k, v, block=block, scale=1.0)
    powers = [math.exp(score - k.max()) for score in k[:, 0]]
    expected = sum(p * row for p, row in zip(powers, v)) / sum(powers)
    np.testing.assert_allclose(actual[0], expected, atol=1e-13)


def test_streaming_large_scores_raises_no_warning():
    k, v = np.array([[-1e154], [0.0], [1e154]]), np.array([[1.0], [2.0], [3.0]])
    mask = [[True, False, True], [False, True, True]]
    q = np.array([[1e154], [1e154]])
    output = attention.streaming_attention(q, k, v, block=1, mask=mask)
    assert output.tolist() == [[3.0], [3.0]]
    output = attention.streaming_attention(-q, k, v, block=1, mask=mask)
    assert output.tolist() == [[1.0], [2.0]]


# --- tokens of equal norm and correlation -----------------------------------------------

EQUAL = [  # n, D, s, ρ
    (2, 3, 1.5, 0.0),
    (5, 8, 3.0, 0.0),
    (7, 7, 0.4, 0.9),
    (4, 6, 2.5, -1 / 3),
    (6, 9, 4.0, 0.35),
    (3, 5, 0.0, 0.2),
    (3, 4, 2.0, 1.0),
    (1, 2, 9.0, 0.5),
]


@pytest.mark.parametrize("n, D, s, rho", EQUAL)
def test_closed_forms_against_attention_of_such_tokens(n, D, s, rho):
    x = attention.correlated_tokens(n, D, norm_squared=s, correlation=rho)
    gram = np.full((n, n), rho * s)
    np.fill_diagonal(gram, s)
    assert x.shape == (n, D)
    np.testing.assert_allclose(x @ x.T, gram, atol=1e-13)

    y, A = attention.attention(x, x, x, scale=1.0)
    weight = attention.self_weight(s, n, correlation=rho)
    np.testing.assert_allclose(np.diag(A), weight, atol=1e-14)
    direct = math.exp(s) / (math.exp(s) + (n - 1) * math.exp(rho * s))
    assert weight == pytest.approx(direct, rel=1e-13)

    away = A - np.eye(n)
    distance = attention.identity_distance(s, n, correlation=rho)
    assert distance == pytest.approx(np.linalg.norm(away), abs=1e-14)
    assert 1 - weight == pytest.approx(np.abs(away).max(), abs=1e-14)
    moved = attention.output_distance(s, n, correlation=rho)
    np.testing.assert_allclose(np.linalg.norm(y - x, axis=1), moved, atol=1e-14)
    if n > 1:
        largest = np.linalg.svd(away, compute_uv=False)[0]
        assert largest == pytest.approx((1 - weight) * n / (n - 1), abs=1e-14)

    t = (1 - rho) * s
    assert distance <= n * math.sqrt(n - 1) * math.exp(-t) + 1e-15
    assert moved <= math.sqrt(t * n * (n - 1)) * math.exp(-t) + 1e-15


@given(st.integers(2, 8), st.integers(1, 5), st.floats(0.1, 4), st.integers(0, 2**32 - 1))
def test_any_tokens_keep_at_least_the_weight_of_their_gap(n, D, length, seed):
    x = length * draw(n, D, seed=seed)
    scores = x @ x.T
    A = attention.softmax(scores)
    others = np.where(np.eye(n, dtype=bool), -INF, scores).max(axis=1)
    gap = np.diag(scores) - others
    for one, g in zip(np.diag(A), gap):
        if g >= 0:
            assert one >= attention.self_weight(g, n) - 1e-14


@given(st.floats(0, 30), st.integers(2, 10**6), st.floats(0, 1))
def test_the_inverse_gives_the_norm_back(s, n, share):
    rho = -1 / (n - 1) + share * (0.95 + 1 / (n - 1))
    weight = attention.self_weight(s, n, correlation=rho)
    if weight < 1 - 1e-9:  # beyond, 1 − α has too few digits to come back from
        back = attention.norm_squared_for(weight, n, correlation=rho)
        assert back == pytest.approx(s, rel=1e-6, abs=1e-8)


def test_very_long_tokens_keep_their_accuracy():
    weight = attention.self_weight([800.0, 1e5, 1e300], 10)
    np.testing.assert_array_equal(weight, 1.0)
    # 1 − α = 9 e^{−100}/(1 + …) would be 0 as a difference
    expected = 10 * 3 * math.exp(-100)
    assert attention.identity_distance(100.0, 10) == pytest.approx(expected, rel=1e-12)
    assert attention.output_distance(100.0, 10) == pytest.approx(math.sqrt(9000) * math.exp(-100), rel=1e-12)


def test_equal_tokens_broadcast():
    s, n = np.array([0.0, 1.0, 5.0])[:, None], np.array([1, 3])
    for function in (attention.self_weight, attention.identity_distance, attention.output_distance):
        table = function(s, n, correlation=0.25)
        assert table.shape == (3, 2)
        for i, j in np.ndindex(3, 2):
            assert table[i, j] == function(s[i, 0], int(n[j]), correlation=0.25)
    assert attention.norm_squared_for([0.6, 0.7, 0.8], [[2], [3]]).shape == (2, 3)


def test_what_equal_tokens_share_is_weight_one_over_n():
    np.testing.assert_allclose(attention.self_weight([0.0, 3.0], 8, correlation=1.0), 1 / 8)
    for n in range(2, 60):
        assert 0 <= attention.norm_squared_for(1 / n, n) < 1e-14


# --- moments of a score -----------------------------------------------------------------


def moments_within(scores, mean, variance, width=4.5):
    """Both sample moments within so many standard errors, estimated from the sample itself.

    4.5 standard errors are missed by chance once in 150,000 times; the seeds are fixed."""
    deviations = scores - scores.mean()
    squares = deviations**2
    error_of_mean = scores.std() / math.sqrt(len(scores))
    error_of_variance = squares.std() / math.sqrt(len(scores))
    assert abs(scores.mean() - mean) < width * error_of_mean
    assert abs(squares.mean() - variance) < width * error_of_variance
    assert error_of_variance < 0.02 * variance  # the band is narrow enough to mean something


@pytest.mark.parametrize(
    "d, variance_q, variance_k, rho", [(1, 1.0, 1.0, 0.0), (3, 4.0, 0.25, 0.6), (8, 0.5, 3.0, -0.8), (5, 1.0, 2.0, 1.0)]
)
def test_moments_of_gaussian_scores(d, variance_q, variance_k, rho):
    random = np.random.default_rng([3, d])
    a, b = random.normal(size=(2, 60_000, d))
    q = math.sqrt(variance_q) * a
    k = math.sqrt(variance_k) * (rho * a + math.sqrt(1 - rho**2) * b)
    options = {"variance_q": variance_q, "variance_k": variance_k, "correlation": rho}
    mean, variance = attention.score_moments(d, **options)
    moments_within((q * k).sum(axis=1), mean, variance)


@pytest.mark.parametrize("law", ["uniform", "signs", "laplace"])
def test_moments_of_independent_entries_of_any_distribution(law):
    random, shape = np.random.default_rng(11), (2, 60_000, 4)
    q, k = {
        "uniform": lambda: random.uniform(-math.sqrt(3), math.sqrt(3), shape),
        "signs": lambda: random.choice([-1.0, 1.0], shape),
        "laplace": lambda: random.laplace(scale=math.sqrt(0.5), size=shape),
    }[law]()
    moments_within((q * k).sum(axis=1), *attention.score_moments(4))


def test_the_variance_of_correlated_signs_is_another():
    """q = k = ±1: q·k is d without fail, where Gaussians have the variance 2d."""
    mean, variance = attention.score_moments(7, correlation=1.0)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (50, 7))
    assert ((signs * signs).sum(axis=1) == mean).all() and variance == 14.0
    assert attention.score_moments(7, correlation=1.0, kurtosis=1.0)[1] == 0.0


@pytest.mark.parametrize("law, kurtosis", [("uniform", 1.8), ("signs", 1.0), ("laplace", 6.0)])
def test_moments_of_keys_that_follow_their_queries(law, kurtosis):
    random, shape, rho = np.random.default_rng(12), (2, 60_000, 4), 0.7
    q, r = {
        "uniform": lambda: random.uniform(-math.sqrt(3), math.sqrt(3), shape),
        "signs": lambda: random.choice([-1.0, 1.0], shape),
        "laplace": lambda: random.laplace(scale=math.sqrt(0.5), size=shape),
    }[law]()
    scores = (q * (rho * q + math.sqrt(1 - rho**2) * r)).sum(axis=1)
    moments_within(scores, *attention.score_moments(4, correlation=rho, kurtosis=kurtosis))


def test_moments_broadcast():
    mean, variance = attention.score_moments([1, 4, 16], correlation=[[0.0], [0.5]])
    np.testing.assert_allclose(mean, [[0, 0, 0], [0.5, 2, 8]])
    np.testing.assert_allclose(variance, [[1, 4, 16], [1.25, 5, 20]])
    assert attention.score_moments(4, variance_k=[1.0, 2.0])[0].shape == (2,)


# --- the softmax's slope ----------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (1,)])
def test_jacobian_against_differences_and_definition(shape):
    z, step = draw(*shape), 1e-6
    jacobian = attention.softmax_jacobian(z)
    assert jacobian.shape == (*shape, shape[-1])
    for where in np.ndindex(*shape[:-1]):
        for j in range(shape[-1]):
            nudge = step * (np.arange(shape[-1]) == j)
            slope = attention.softmax(z[where] + nudge) - attention.softmax(z[where] - nudge)
            np.testing.assert_allclose(jacobian[where][:, j], slope / (2 * step), atol=1e-9)
        p = attention.softmax(z[where])
        np.testing.assert_allclose(jacobian[where], np.diag(p) - np.outer(p, p), atol=1e-15)


@given(st.lists(st.floats(-40, 40), min_size=1, max_size=7))
def test_no_slope_exceeds_a_half(z):
    jacobian = attention.softmax_jacobian(z)
    assert np.linalg.norm(jacobian, 2) <= 0.5 + 1e-12
    np.testing.assert_allclose(jacobian.sum(axis=0), 0.0, atol=1e-15)


def test_the_slope_of_two_equal_scores_is_a_half():
    assert np.linalg.norm(attention.softmax_jacobian([3.0, 3.0]), 2) == pytest.approx(0.5)


def test_a_vanishing_slope_keeps_its_digits():
    jacobian = attention.softmax_jacobian([60.0, 0.0])  # p_1 rounds to 1
    np.testing.assert_allclose(jacobian, math.exp(-60) * np.array([[1, -1], [-1, 1]]), rtol=1e-12)


# --- errors -----------------------------------------------------------------------------

Q, K, V = np.ones((5, 4)), np.ones((6, 4)), np.ones((6, 3))
X, WEIGHTS = np.ones((5, 6)), heads_of(2, 6, 4, 3)
OPEN = np.ones((5, 6), dtype=bool)
THIRD_SHUT = np.arange(5)[:, None] != np.full(6, 2)
HALF = np.array([True] * 3 + [False] * 3)


@pytest.mark.parametrize("n_queries, n_keys", [(1, 1), (3, 3), (1, 5), (4, 7)])
def test_the_last_query_of_a_causal_mask_sees_every_key(n_queries, n_keys):
    mask = attention.causal_mask(n_queries, n_keys)
    first = n_keys - n_queries  # where the first query stands
    assert mask.tolist() == [[key <= first + query for key in range(n_keys)] for query in range(n_queries)]
    # With the keys of earlier tokens kept, the last rows are those of the whole text.
    q, k, v = draw(n_keys, 4, seed=1), draw(n_keys, 4, seed=2), draw(n_keys, 3, seed=3)
    whole = attention.attention(q, k, v, mask=attention.causal_mask(n_keys))[0]
    np.testing.assert_allclose(attention.attention(q[first:], k, v, mask=mask)[0], whole[first:], rtol=1e-13)


@pytest.mark.parametrize("block", [1, 2, 5, 9])
def test_one_pass_with_a_bias_is_attention_with_it(block):
    q, k, v = draw(2, 3, 4, seed=4), draw(2, 5, 4, seed=5), draw(2, 5, 6, seed=6)
    bias = positional.alibi_bias(2, 3, 5)  # −inf at what comes later
    for options in ({"bias": bias}, {"bias": draw(3, 5, seed=7)}, {"bias": draw(5), "mask": attention.causal_mask(3, 5)}):
        expected = attention.attention(q, k, v, **options)[0]
        np.testing.assert_allclose(attention.streaming_attention(q, k, v, block=block, **options), expected, rtol=1e-12)


def test_minus_infinity_in_a_softmax_is_shown_the_way():
    scores = draw(2, 3, 3) + positional.alibi_bias(2, 3, 3)
    with pytest.raises(ValueError, match=r"^z: expected finite numbers \(.*bias=.*mask=\), got -inf at index \(0, 0, 1\)"):
        attention.softmax(scores)


class OtherArray:
    """Raises as a tensor of torch does that has a gradient, or is in bfloat16."""

    def __init__(self, error):
        self.error = error

    def __array__(self, *args, **kwargs):
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
        TypeError("Got unsupported ScalarType BFloat16"),
    ],
)
@pytest.mark.parametrize(
    "name, call",
    [
        ("z", lambda x: attention.softmax(x)),
        ("q", lambda x: attention.attention(x, [[1.0]], [[1.0]])),
        ("v", lambda x: attention.streaming_attention([[1.0]], [[1.0]], x, block=1)),
        ("bias", lambda x: attention.attention([[1.0]], [[1.0]], [[1.0]], bias=x)),
        ("mask", lambda x: attention.attention([[1.0]], [[1.0]], [[1.0]], mask=x)),
        ("W_o", lambda x: attention.multi_head_attention([[1.0]], [[[1.0]]], [[[1.0]]], [[[1.0]]], x)),
    ],
)
def test_what_numpy_cannot_read_is_refused_by_name(error, name, call):
    with pytest.raises(ValueError, match=f"^{name}: expected an array") as refusal:
        call(OtherArray(error))
    assert "OtherArray" in str(refusal.value)


class OneBoolean:
    """An index to Python, as a tensor of one boolean is to torch 2.13 and np.True_ to NumPy 1."""

    dtype, shape = "torch.bool", ()

    def __index__(self):
        return 1


@pytest.mark.parametrize("boolean", [True, np.True_, np.array(True), OneBoolean()])
def test_booleans_are_no_numbers(boolean):
    for name, call in (
        ("n", lambda: attention.causal_mask(boolean)),
        ("block", lambda: attention.streaming_attention([[1.0]], [[1.0]], [[1.0]], block=boolean)),
        ("vocab_size", lambda: TransformerConfig(boolean, 1, 1, 1, n_decoder_layers=1)),
    ):
        with pytest.raises(ValueError, match=f"^{name}: expected a"):
            call()
    if not isinstance(boolean, OneBoolean):
        with pytest.raises(ValueError, match="^correlation: expected an array of real numbers"):
            attention.score_moments(4, correlation=boolean)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: attention.attention(Q, K), "v: expected a value, as attention(q, k, v, *, mask, bias, scale) needs it, got none"),
        (
            lambda: attention.attention(Q, K, V, HALF),
            "attention: expected q, k, v by place and mask=, bias=, scale= by name, got 4 values by place",
        ),
        (lambda: attention.softmax(Q, -1, 0), "softmax: expected z, axis by place, got 3 values by place"),
        (
            lambda: attention.streaming_attention(Q, K, V),
            "block: expected a value, as streaming_attention(q, k, v, *, block, mask, bias, scale) needs it, got none",
        ),
        (
            lambda: attention.attention(Q, K, V, masks=HALF),
            "masks: expected q, k, v, mask, bias or scale, got a name that attention does not have",
        ),
        (lambda: attention.attention(Q, K, V, k=K), "k: expected one value, got one by place and one by name"),
        (lambda: parameters.bytes_of(3), "number_format: expected a value, as bytes_of(n, number_format) needs it, got none"),
    ],
)
def test_calls_that_do_not_fit_are_refused_by_name(call, message):
    with pytest.raises(ValueError) as refusal:
        call()
    assert str(refusal.value) == message


def test_errors_from_inside_stay_what_they_are():
    @arguments.named
    def fails(x):
        """Do nothing right."""
        return x + None

    with pytest.raises(TypeError, match="unsupported operand"):
        fails(1)
    assert (fails.__name__, fails.__doc__) == ("fails", "Do nothing right.")


@pytest.mark.parametrize("module", [attention, parameters])
def test_every_public_function_is_named_and_keeps_its_signature(module):
    functions = [f for f in own(module).values() if inspect.isfunction(f)]
    assert len(functions) > 9
    for function in functions:
        if function in (parameters.families, parameters.published, parameters.recent):  # without arguments
            continue
        assert function.__wrapped__.__name__ == function.__name__
        with pytest.raises(ValueError, match=r"^no_such: expected .*, got a name that"):
            function(no_such=1)
        assert "no_such" not in inspect.signature(function).parameters


def test_why_so_many_dimensions_are_wanted():
    with pytest.raises(ValueError, match="as n orthogonal vectors need n dimensions, got 2"):
        attention.correlated_tokens(3, 2, norm_squared=1.0)
    with pytest.raises(ValueError, match="d_model: expected at least n = 3, a dimension for each token, got 2"):
        attention.correlated_tokens(3, 2, norm_squared=1.0, correlation=-0.5)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: attention.attention(Q, K[:, :3], V), "k: expected shape (..., M, d_k) with d_k = 4, got shape (6, 3)"),
        (lambda: attention.attention(Q, K, V[:5]), "v: expected shape (..., M, d_v) with M = 6, got shape (5, 3)"),
        (lambda: attention.attention(Q[0], K, V), "q: expected shape (..., N, d_k), got shape (4,)"),
        (lambda: attention.attention(Q, K[:0], V[:0]), "k: expected every axis at least 1 long, got shape (0, 4)"),
        (
            lambda: attention.attention(np.ones((2, 5, 4)), np.ones((3, 6, 4)), V),
            "q, k and v: expected leading axes that broadcast, got (2,) and (3,) and ()",
        ),
        (lambda: attention.attention(Q, K, V, mask=THIRD_SHUT), "mask: expected a key that each query may see, got none in row (2)"),
        (
            lambda: attention.attention(np.ones((2, 5, 4)), K, V, mask=THIRD_SHUT),
            "mask: expected a key that each query may see, got none in row (0, 2)",
        ),
        (
            lambda: attention.attention(Q, K, V, bias=np.where(THIRD_SHUT, 0.0, -INF)),
            "bias: expected a key that each query may see, got none in row (2)",
        ),
        (
            lambda: attention.attention(Q, K, V, mask=HALF, bias=np.where(HALF, -INF, 0.0)),
            "mask and bias: expected a key that each query may see, got none in row (0)",
        ),
        (
            lambda: attention.attention(Q, K, V, mask=OPEN.astype(float)),
            "mask: expected an array of booleans, True where a key may be seen, got a float64",
        ),
        (
            lambda: attention.attention(Q, K, V, mask=[[True], [True, False]]),
            "mask: expected an array of booleans, True where a key may be seen, got [[True], [",
        ),
        (
            lambda: attention.attention(Q, K, V, mask=OPEN.T),
            "mask: expected a shape that broadcasts to the scores' (5, 6), got shape (6, 5)",
        ),
        (
            lambda: attention.attention(Q, K, V, mask=np.ones((2, 5, 6), dtype=bool)),
            "mask: expected a shape that broadcasts to the scores' (5, 6), got shape (2, 5, 6)",
        ),
        (
            lambda: attention.attention(Q[:1], K, V, bias=np.ones((5, 6))),
            "bias: expected a shape that broadcasts to the scores' (1, 6), got shape (5, 6)",
        ),
        (lambda: attention.attention(Q, K, V, bias=np.full((5, 6), INF)), "bias: expected finite numbers, got inf at index (0, 0)"),
        (
            lambda: attention.attention(Q, K, V, bias=[0.0, -INF, np.nan, 0.0, 0.0, 0.0]),
            "bias: expected finite numbers, got nan at index (2,)",
        ),
        (lambda: attention.attention(Q, K, V, bias="alibi"), "bias: expected an array of real numbers, got 'alibi'"),
        (lambda: attention.attention(Q, K, V, bias=OPEN), "bias: expected an array of real numbers, got a bool array"),
        (
            lambda: attention.attention(Q, K, V, bias=[[1.0], [1.0, 2.0]]),
            "bias: expected an array of numbers, all rows equally long, got [[1.0], [1.0, 2.0]]",
        ),
        (lambda: attention.attention(Q, K, V, scale=np.nan), "scale: expected a finite number, got nan"),
        (
            lambda: attention.attention(1e200 * Q, 1e200 * K, V),
            "q and k: expected scores that a float64 can hold, got numbers up to 1e+200 and 1e+200",
        ),
        (lambda: attention.multi_head_attention(X[None], *WEIGHTS), "x: expected shape (N, D), got shape (1, 5, 6)"),
        (
            lambda: attention.multi_head_attention(X, WEIGHTS[0][0], *WEIGHTS[1:]),
            "W_q: expected shape (H, D, d_k) with D = 6, got shape (6, 4)",
        ),
        (
            lambda: attention.head_outputs(X, *WEIGHTS[:3], WEIGHTS[3].swapaxes(1, 2)),
            "W_o: expected shape (H, d_v, D) with H = 2, d_v = 3, D = 6, got shape (2, 6, 3)",
        ),
        (
            lambda: attention.multi_head_attention(X, *WEIGHTS, mask=np.eye(6, dtype=bool)),
            "mask: expected a shape that broadcasts to the scores' (2, 5, 5), got shape (6, 6)",
        ),
        (
            lambda: attention.merge_query_key(*WEIGHTS[:1], WEIGHTS[0][..., :2]),
            "W_k: expected shape (H, D, d_k) with H = 2, D = 6, d_k = 4, got shape (2, 6, 2)",
        ),
        (
            lambda: attention.merge_value_output(WEIGHTS[2], WEIGHTS[2]),
            "W_o: expected shape (H, d_v, D) with H = 2, d_v = 3, D = 6, got shape (2, 6, 3)",
        ),
        (lambda: attention.causal_mask(2.0), "n: expected an integer of at least 1, got 2.0"),
        (lambda: attention.streaming_attention(Q, K, V, block=0), "block: expected an integer of at least 1, got 0"),
        (
            lambda: attention.streaming_attention(Q, K, V, block=2, mask=THIRD_SHUT),
            "mask: expected a key that each query may see, got none in row (2)",
        ),
        (lambda: attention.self_weight([[1.0, -0.5]], 3), "norm_squared: expected numbers of at least 0, got -0.5"),
        (lambda: attention.self_weight(1.0, 0), "n: expected integers of at least 1, got 0"),
        (lambda: attention.identity_distance(1.0, 2.5), "n: expected integers of at least 1, got 2.5"),
        (
            lambda: attention.output_distance(1.0, 4, correlation=-0.5),
            "correlation: expected numbers from −1/(n − 1) to 1, as there are no such vectors beyond, got -0.5",
        ),
        (
            lambda: attention.self_weight(np.ones(2), np.array([3, 4, 5])),
            "norm_squared, n and correlation: expected shapes that broadcast, got (2,) and (3,) and ()",
        ),
        (lambda: attention.norm_squared_for(0.2, 4), "weight: expected numbers from 1/n to below 1, got 0.2"),
        (lambda: attention.norm_squared_for(0.5, 1), "n: expected integers of at least 2, got 1"),
        (lambda: attention.norm_squared_for(0.5, 4, correlation=1.0), "correlation: expected numbers below 1, got 1"),
        (
            lambda: attention.correlated_tokens(5, 4, norm_squared=1.0),
            "d_model: expected at least n = 5, as n orthogonal vectors need n dimensions, got 4",
        ),
        (
            lambda: attention.correlated_tokens(3, 4, norm_squared=1.0, correlation=1.5),
            "correlation: expected numbers from −1/(n − 1) to 1, as there are no such vectors beyond, got 1.5",
        ),
        (lambda: attention.score_moments(64.0), "d: expected integers of at least 1, got 64.0"),
        (lambda: attention.score_moments(64, variance_k=-1.0), "variance_k: expected numbers of at least 0, got -1"),
        (lambda: attention.score_moments(64, kurtosis=0.5), "kurtosis: expected numbers of at least 1, got 0.5"),
        (lambda: attention.score_moments(64, correlation=-1.1), "correlation: expected numbers from −1 to 1, got -1.1"),
        (lambda: attention.head_costs(4, 8, 2, 2, 0), "n_heads: expected an integer of at least 1, got 0"),
    ],
)
def test_refusals_name_argument_expectation_and_what_came(call, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)) as refusal:
        call()
    assert len(str(refusal.value)) < 200


def test_docstring_examples():
    result = doctest.testmod(attention)
    assert result.attempted > 15 and result.failed == 0
