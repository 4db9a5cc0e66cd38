"""lib.positional against slow loops, closed forms and recorded values."""

import doctest
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import positional, rope

RECORD = json.loads(Path(__file__).with_name("fixtures").joinpath("positional.json").read_text())
LAYOUTS = ("interleaved", "concatenated")

widths = st.integers(1, 8).map(lambda pairs: 2 * pairs)
bases = st.floats(1.5, 1e6)
positions = st.floats(-3000, 3000)
layouts = st.sampled_from(LAYOUTS)
heads = st.integers(1, 70)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def encode_slowly(p, d, base, layout):
    """One coordinate after the other."""
    row = [0.0] * d
    for i in range(d // 2):
        angle = p / base ** (2 * i / d)
        sine, cosine = (2 * i, 2 * i + 1) if layout == "interleaved" else (i, d // 2 + i)
        row[sine], row[cosine] = math.sin(angle), math.cos(angle)
    return row


def relative_slowly(n_queries, n_keys):
    """Key − query, where the queries are the last positions: counted out."""
    first = n_keys - n_queries
    return [[j - (first + i) for j in range(n_keys)] for i in range(n_queries)]


def bucket_slowly(relative, bidirectional, n_buckets, max_distance):
    """Edges in whole numbers, without a logarithm: (n/e)^c ≥ (max_distance/e)^b."""
    b = n_buckets // 2 if bidirectional else n_buckets
    e, n = b // 2, abs(relative)
    c = b - e
    if relative > 0 and not bidirectional:
        return 0
    bucket = min(n, e)
    while bucket >= e and bucket < b - 1:
        step = bucket - e + 1
        if n**c * e**step < max_distance**step * e**c:
            break
        bucket += 1
    return bucket + (b if relative > 0 else 0)


# --- sinusoidal -------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
def test_sinusoidal_against_a_loop(layout):
    table = positional.sinusoidal(7, 10, base=300.0, layout=layout)
    expected = [encode_slowly(p, 10, 300.0, layout) for p in range(7)]
    assert table.shape == (7, 10) and table.dtype == np.float64
    np.testing.assert_allclose(table, expected, atol=1e-14)


def test_worked_values_of_the_assignment():
    sin, cos = math.sin, math.cos
    expected = [[0, 1, 0, 1], [sin(1), cos(1), sin(0.01), cos(0.01)], [sin(2), cos(2), sin(0.02), cos(0.02)]]
    np.testing.assert_allclose(positional.sinusoidal(3, 4), expected, atol=1e-15)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_real_positions_in_any_order(layout):
    where = [3.25, -40.0, 0.0, 1e4]
    rows = positional.sinusoidal_at(where, 6, base=50.0, layout=layout)
    expected = [encode_slowly(p, 6, 50.0, layout) for p in where]
    np.testing.assert_allclose(rows, expected, atol=1e-11)
    np.testing.assert_array_equal(positional.sinusoidal_at(range(5), 6, layout=layout), positional.sinusoidal(5, 6, layout=layout))


def test_interleaved_is_the_default_and_a_changed_base_is_seen():
    table = positional.sinusoidal(3, 6)
    np.testing.assert_array_equal(table, positional.sinusoidal(3, 6, layout="interleaved"))
    np.testing.assert_array_equal(table, positional.sinusoidal(3, 6, base=10_000))
    for other in ({"layout": "concatenated"}, {"base": 100.0}):
        assert np.abs(table - positional.sinusoidal(3, 6, **other)).max() > 0.05


def test_degenerate_sizes():
    np.testing.assert_array_equal(positional.sinusoidal(1, 2), [[0, 1]])
    assert positional.sinusoidal_at([], 4).shape == (0, 4)
    assert positional.shift_kernel([], 4).shape == (0,)
    assert positional.shaw_scores(np.zeros((3, 0, 5)), np.zeros((1, 5))).shape == (3, 0, 0)
    assert positional.shaw_index(1, 1, max_distance=0).tolist() == [[0]]
    assert positional.t5_bucket(np.zeros((2, 0), int)).shape == (2, 0)
    assert positional.t5_bucket([]).shape == (0,)
    assert positional.t5_bucket(-3) == 3 and positional.t5_bucket(-3).shape == ()
    assert positional.alibi_bias(1, 1, 1).tolist() == [[[0.0]]]


@given(widths, bases, positions)
def test_layouts_agree_up_to_the_permutation(d, base, p):
    interleaved, concatenated = (positional.sinusoidal_at([p], d, base=base, layout=layout) for layout in LAYOUTS)
    np.testing.assert_array_equal(concatenated[:, rope.pairing_permutation(d)], interleaved)


@given(widths, bases, positions, layouts)
def test_every_encoding_has_the_same_norm(d, base, p, layout):
    row = positional.sinusoidal_at([p], d, base=base, layout=layout)
    assert np.linalg.norm(row) == pytest.approx(math.sqrt(d / 2), rel=1e-14)


# --- shift ------------------------------------------------------------------------------


@given(widths, bases, positions, positions, layouts)
def test_one_map_shifts_every_encoding(d, base, p, k, layout):
    options = {"base": base, "layout": layout}
    before, after = positional.sinusoidal_at([p, p + k], d, **options)
    np.testing.assert_allclose(positional.shift_matrix(k, d, **options) @ before, after, atol=1e-11)


@given(widths, bases, positions, positions, layouts)
def test_shifts_compose(d, base, a, b, layout):
    first, second, both = (positional.shift_matrix(k, d, base=base, layout=layout) for k in (a, b, a + b))
    np.testing.assert_allclose(first @ second, both, atol=1e-11)
    np.testing.assert_allclose(first.T @ first, np.eye(d), atol=1e-14)


def test_shift_matrix_block_by_block():
    k, theta = 2.5, [1.0, 0.1]
    for layout, places in [("interleaved", [(0, 1), (2, 3)]), ("concatenated", [(0, 2), (1, 3)])]:
        expected = np.zeros((4, 4))
        for (s, c), angle in zip(places, theta):
            expected[s, s] = expected[c, c] = math.cos(k * angle)
            expected[s, c], expected[c, s] = math.sin(k * angle), -math.sin(k * angle)
        shift = positional.shift_matrix(k, 4, base=100.0, layout=layout)
        np.testing.assert_allclose(shift, expected, atol=1e-15)
    np.testing.assert_array_equal(positional.shift_matrix(0, 6), np.eye(6))


@pytest.mark.parametrize("layout, pairing", list(zip(LAYOUTS, rope.PAIRINGS)))
def test_a_shift_is_ropes_rotation_transposed(layout, pairing):
    shift = positional.shift_matrix(3, 6, base=70.0, layout=layout)
    rotation = rope.rotation_matrix(3, 6, base=70.0, pairing=pairing)
    np.testing.assert_allclose(shift, rotation.T, atol=1e-15)
    assert np.abs(shift - rotation).max() > 0.2


@given(widths, bases, positions, positions, layouts)
def test_kernel_depends_on_the_distance_alone(d, base, p, k, layout):
    here, there = positional.sinusoidal_at([p, p + k], d, base=base, layout=layout)
    kernel = positional.shift_kernel([k, -k], d, base=base)
    assert kernel[0] == kernel[1]
    assert here @ there == pytest.approx(kernel[0], abs=1e-10 * d)
    shifted = positional.shift_matrix(k, d, base=base, layout=layout) @ here
    assert here @ shifted == pytest.approx(kernel[0], abs=1e-12 * d)


def test_kernel_against_a_loop():
    offsets = [0.0, 1.0, -7.5, 300.0]
    expected = [sum(math.cos(k / 20.0 ** (i / 3)) for i in range(3)) for k in offsets]
    np.testing.assert_allclose(positional.shift_kernel(offsets, 6, base=20.0), expected, rtol=1e-13)


# --- learned ----------------------------------------------------------------------------


def test_learned_table_is_normal_and_repeatable():
    table = positional.learned_table(400, 50, seed=3)
    assert table.shape == (400, 50)
    n = table.size  # five standard errors each
    assert abs(table.mean()) < 5 * 0.02 / math.sqrt(n)
    assert abs(table.std() / 0.02 - 1) < 5 / math.sqrt(2 * n)
    assert abs((table**4).mean() / 0.02**4 - 3) < 5 * math.sqrt(96 / n)  # a normal's kurtosis
    np.testing.assert_array_equal(table, positional.learned_table(400, 50, seed=3))
    assert np.abs(table - positional.learned_table(400, 50, seed=4)).max() > 0.01
    np.testing.assert_allclose(positional.learned_table(400, 50, seed=3, scale=2.0), 100 * table, rtol=1e-12)
    assert positional.learned_table(2, 3, seed=0).shape == (2, 3)  # an odd width is fine here


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("n, d, k", [(30, 4, 2), (40, 6, -5), (300, 64, 9), (12, 2, 0)])
def test_a_sinusoidal_table_has_a_shift(n, d, k, layout):
    table = positional.sinusoidal(n, d, layout=layout)
    shift, residual = positional.fit_shift(table, k)
    assert shift.shape == (d, d) and isinstance(residual, float) and residual < 1e-10
    if d <= 6:  # wide tables leave the slowest pairs, and so the map, undetermined
        np.testing.assert_allclose(shift, positional.shift_matrix(k, d, layout=layout), atol=1e-10)


@pytest.mark.parametrize("n, d, k", [(200, 6, 3), (300, 64, 9), (300, 64, -9), (500, 11, 40)])
def test_a_random_table_has_none(n, d, k):
    _, residual = positional.fit_shift(positional.learned_table(n, d, seed=1), k)
    assert residual > 0.8
    assert residual == pytest.approx(math.sqrt(1 - d / (n - abs(k))), rel=0.02)


@pytest.mark.parametrize("k", [3, -3, 0])
def test_fit_shift_against_the_normal_equations(k):
    table = draw(25, 4)
    pairs = [(table[p], table[p + k]) for p in range(25) if 0 <= p + k < 25]
    gram, cross = np.zeros((4, 4)), np.zeros((4, 4))
    for before, after in pairs:
        gram += np.outer(before, before)
        cross += np.outer(after, before)
    expected = cross @ np.linalg.inv(gram)
    wrong = sum(((after - expected @ before) ** 2).sum() for before, after in pairs)
    shift, residual = positional.fit_shift(table, k)
    np.testing.assert_allclose(shift, expected, atol=1e-12)
    whole = sum((after**2).sum() for _, after in pairs)
    assert residual == pytest.approx(math.sqrt(wrong / whole), abs=1e-12)


def test_fit_shift_at_its_limits():
    assert positional.fit_shift(np.zeros((9, 2)), 1)[1] == 0.0
    table = positional.learned_table(30, 4, seed=0)
    shift, residual = positional.fit_shift(table, 2)
    for scale in (1e-300, 1e300):  # squares would leave float64
        scaled_shift, scaled_residual = positional.fit_shift(scale * table, 2)
        np.testing.assert_allclose(scaled_shift, shift, rtol=1e-9)
        assert scaled_residual == pytest.approx(residual, rel=1e-12)
    positional.fit_shift(draw(8, 4), 3)  # one pair of rows more than d
    with pytest.raises(ValueError):
        positional.fit_shift(draw(7, 4), 3)


# --- Shaw -------------------------------------------------------------------------------


@pytest.mark.parametrize("n_queries, n_keys", [(5, 5), (2, 7), (1, 4)])
def test_shaw_index_against_a_loop(n_queries, n_keys):
    for m in (0, 1, 3, 50):
        index = positional.shaw_index(n_queries, n_keys, max_distance=m)
        relative = relative_slowly(n_queries, n_keys)
        assert index.dtype.kind == "i"
        assert index.tolist() == [[max(-m, min(m, r)) + m for r in row] for row in relative]


@pytest.mark.parametrize("m", [0, 2, 9])
def test_shaw_scores_against_a_loop(m):
    q, table = draw(2, 3, 5, 4), draw(2 * m + 1, 4, seed=1)
    scores = positional.shaw_scores(q, table)
    assert scores.shape == (2, 3, 5, 5)
    for *leading, i, j in np.ndindex(2, 3, 5, 5):
        expected = q[(*leading, i)] @ table[max(-m, min(m, j - i)) + m]
        assert scores[(*leading, i, j)] == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("n_queries, n_keys", [(1, 6), (3, 6), (6, 6), (0, 4)])
def test_cached_shaw_scores_are_the_last_rows_of_the_square(n_queries, n_keys):
    q, table = draw(2, 6, 4), draw(7, 4, seed=1)
    last = positional.shaw_scores(q[:, 6 - n_queries :], table, n_keys=n_keys)
    assert last.shape == (2, n_queries, n_keys)
    if n_keys == 6:
        square = positional.shaw_scores(q, table)
        np.testing.assert_allclose(last, square[:, 6 - n_queries :], atol=1e-14)
    relative = relative_slowly(n_queries, n_keys)
    for b, i, j in np.ndindex(2, n_queries, n_keys):
        embedding = table[max(-3, min(3, relative[i][j])) + 3]
        assert last[b, i, j] == pytest.approx(q[b, 6 - n_queries + i] @ embedding, abs=1e-13)


def test_without_n_keys_a_single_query_stands_at_position_0():
    q, table = draw(1, 4), draw(7, 4, seed=1)
    assert positional.shaw_scores(q, table).tolist() == [[q[0] @ table[3]]]
    assert positional.shaw_scores(q, table, n_keys=9)[0, -1] == q[0] @ table[3]


def test_shaw_scores_use_the_index():
    q, table = draw(6, 3), draw(5, 3, seed=1)
    embeddings = table[positional.shaw_index(6, 6, max_distance=2)]  # (N, N, d)
    expected = np.einsum("id,ijd->ij", q, embeddings)
    np.testing.assert_allclose(positional.shaw_scores(q, table), expected, atol=1e-14)


# --- T5 ---------------------------------------------------------------------------------


@given(st.booleans(), st.integers(1, 24), st.integers(1, 400), st.integers(-1500, 1500))
def test_t5_bucket_against_whole_numbers(bidirectional, half, beyond, relative):
    n_buckets = 2 * (half + 1) if bidirectional else half + 1
    max_distance = (n_buckets // 2 if bidirectional else n_buckets) // 2 + beyond
    options = {"n_buckets": n_buckets, "max_distance": max_distance}
    bucket = positional.t5_bucket(relative, bidirectional=bidirectional, **options)
    assert bucket == bucket_slowly(relative, bidirectional, n_buckets, max_distance)


@pytest.mark.parametrize("e, c, root", [(8, 8, 2), (3, 4, 5), (5, 5, 3), (7, 8, 10), (1, 2, 7)])
def test_t5_edges_are_exact_where_they_are_whole_numbers(e, c, root):
    # max_distance = e·root^c puts an edge on e·root^b for every b.
    options = {"n_buckets": e + c, "max_distance": e * root**c, "bidirectional": False}
    for b in range(1, c):
        below, edge = positional.t5_bucket([1 - e * root**b, -e * root**b], **options)
        assert (below, edge) == (e + b - 1, e + b)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_t5_bucket_never_falls_with_distance(bidirectional):
    options = {"bidirectional": bidirectional, "n_buckets": 20, "max_distance": 77}
    earlier = positional.t5_bucket(-np.arange(300), **options)
    per_side = 10 if bidirectional else 20
    assert (np.diff(earlier) >= 0).all() and (np.diff(earlier) <= 1).all()
    assert earlier[: per_side // 2].tolist() == list(range(per_side // 2))
    assert set(earlier) == set(range(per_side)) and (earlier[77:] == per_side - 1).all()
    later = positional.t5_bucket(np.arange(1, 300), **options)
    np.testing.assert_array_equal(later, earlier[1:] + per_side if bidirectional else 0)


@pytest.mark.parametrize("bidirectional, first", [(True, 91), (False, 113)])
def test_t5_stops_telling_distances_apart_below_its_largest(bidirectional, first):
    bucket = positional.t5_bucket(-np.arange(129), bidirectional=bidirectional)
    assert np.flatnonzero(bucket == bucket[-1])[0] == first


def test_t5_bucket_takes_integers_of_any_type():
    for kind in (np.int8, np.uint8, np.int32, np.uint64):
        bucket = positional.t5_bucket(np.array([[0, 5, 100]], kind))
        assert bucket.tolist() == [[0, 21, 31]] and bucket.dtype.kind == "i"
    extremes = np.array([np.iinfo(np.int64).min, np.iinfo(np.int64).max])
    assert positional.t5_bucket(extremes).tolist() == [15, 31]


@pytest.mark.parametrize("bidirectional", [True, False])
def test_t5_bias_against_a_loop(bidirectional):
    table = draw(6, 3)
    bias = positional.t5_bias(table, 4, 9, bidirectional=bidirectional, max_distance=5)
    assert bias.shape == (3, 4, 9)
    relative = relative_slowly(4, 9)
    for h, i, j in np.ndindex(3, 4, 9):
        assert bias[h, i, j] == table[bucket_slowly(relative[i][j], bidirectional, 6, 5), h]


# --- ALiBi ------------------------------------------------------------------------------


def test_slopes_of_the_paper():
    np.testing.assert_array_equal(positional.alibi_slopes(8), [2.0**-h for h in range(1, 9)])
    np.testing.assert_allclose(positional.alibi_slopes(16), [2 ** (-h / 2) for h in range(1, 17)], rtol=1e-15)


@given(heads)
def test_slopes_against_the_rule_in_words(n_heads):
    def geometric(count):  # starts at 2^(−8/count) and has that as its ratio
        slopes = [2 ** (-8 / count)]
        while len(slopes) < count:
            slopes.append(slopes[-1] * slopes[0])
        return slopes

    lower = 1
    while 2 * lower <= n_heads:
        lower *= 2
    expected = geometric(lower) + geometric(2 * lower)[::2][: n_heads - lower]
    slopes = positional.alibi_slopes(n_heads)
    np.testing.assert_allclose(slopes, expected, rtol=1e-13)
    assert len(set(slopes)) == n_heads and slopes.min() == 2.0**-8 and slopes.max() < 1
    if lower == n_heads:
        np.testing.assert_allclose(slopes[1:] / slopes[:-1], slopes[0], rtol=1e-14)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("n_queries, n_keys", [(5, 5), (2, 7)])
def test_alibi_bias_against_a_loop(causal, n_queries, n_keys):
    bias = positional.alibi_bias(3, n_queries, n_keys, causal=causal)
    assert bias.shape == (3, n_queries, n_keys)
    relative = relative_slowly(n_queries, n_keys)
    for (h, i, j), value in np.ndenumerate(bias):
        r = relative[i][j]
        later = causal and r > 0
        assert value == (-math.inf if later else -[2**-4, 2**-8, 2**-2][h] * abs(r))
    assert not np.signbit(bias[bias == 0]).any()


def test_alibi_is_causal_by_default():
    np.testing.assert_array_equal(positional.alibi_bias(2, 3, 4), positional.alibi_bias(2, 3, 4, causal=True))


@given(heads, st.integers(1, 9), st.integers(0, 9), st.booleans())
def test_alibi_falls_with_distance(n_heads, n_queries, past, causal):
    bias = positional.alibi_bias(n_heads, n_queries, past + n_queries, causal=causal)
    for i in range(n_queries):
        own = past + i
        assert (bias[:, i, own] == 0).all()
        assert (np.diff(bias[:, i, : own + 1], axis=-1) > 0).all()
        later = bias[:, i, own + 1 :]
        assert (later == -np.inf).all() if causal else (np.diff(later, axis=-1) < 0).all()


RELATIVE = {
    "shaw": lambda q, k: positional.shaw_index(q, k, max_distance=2),
    "t5": lambda q, k: positional.t5_bias(draw(8, 3), q, k, max_distance=6),
    "alibi": lambda q, k: positional.alibi_bias(3, q, k),
}


@pytest.mark.parametrize("scheme", RELATIVE)
def test_a_step_of_decoding_is_the_last_row_of_the_square(scheme):
    square = RELATIVE[scheme](9, 9)
    for n_queries in (1, 4):
        last = RELATIVE[scheme](n_queries, 9)
        np.testing.assert_array_equal(last, square[..., -n_queries:, :])


@pytest.mark.parametrize("scheme", RELATIVE)
def test_relative_terms_are_the_same_along_every_diagonal(scheme):
    square = RELATIVE[scheme](9, 9)
    np.testing.assert_array_equal(square[..., 1:, 1:], square[..., :-1, :-1])


# --- against transformers ---------------------------------------------------------------


def test_the_record_says_which_versions_made_it():
    assert RECORD["versions"] == {"transformers": "5.24.0", "torch": "2.13.0"}


@pytest.mark.parametrize(
    "case", RECORD["buckets"], ids=lambda c: f"{'both' if c['bidirectional'] else 'one'}-{c['n_buckets']}-{c['max_distance']}"
)
def test_buckets_as_transformers_computes_them(case):
    options = {name: case[name] for name in ("bidirectional", "n_buckets", "max_distance")}
    buckets = positional.t5_bucket(case["relative_position"], **options)
    assert buckets.tolist() == case["buckets"]


def test_t5_defaults_are_those_of_its_encoder():
    case = RECORD["buckets"][0]
    assert positional.t5_bucket(case["relative_position"]).tolist() == case["buckets"]


@pytest.mark.parametrize("case", RECORD["biases"], ids=lambda c: f"{c['n_queries']}-{c['past']}")
def test_biases_as_transformers_computes_them(case):
    n_queries, n_keys = case["n_queries"], case["n_queries"] + case["past"]
    options = {name: case[name] for name in ("bidirectional", "max_distance")}
    bias = positional.t5_bias(case["table"], n_queries, n_keys, **options)
    np.testing.assert_array_equal(bias, case["bias"])


@pytest.mark.parametrize("case", RECORD["alibi"], ids=lambda c: f"{c['n_heads']}-heads")
def test_alibi_as_bloom_computes_it(case):
    n_heads = case["n_heads"]
    slopes = positional.alibi_slopes(n_heads)
    np.testing.assert_allclose(slopes, case["slopes"], rtol=3e-6)  # powers in float32
    if "added" in case:  # m·j instead of −m·(i − j): the same within a row up to m·i
        bias = positional.alibi_bias(n_heads, 5, 5)
        moved = bias + slopes[:, None, None] * np.arange(5)[:, None]
        added = np.broadcast_to(np.array(case["added"])[:, None], bias.shape)
        seen = np.tril(np.ones((5, 5), bool))
        np.testing.assert_allclose(moved[:, seen], added[:, seen], rtol=3e-6)


@pytest.mark.parametrize("n_heads", [6, 8])
def test_blooms_form_is_alibi_under_a_causal_mask_only(n_heads):
    added = {c["n_heads"]: c["added"] for c in RECORD["alibi"] if "added" in c}[n_heads]
    content = draw(5, 5)

    def attention(bias, seen):
        powers = np.where(seen, np.exp(content + bias), 0.0)
        return powers / powers.sum(axis=-1, keepdims=True)

    for seen, agree in ((np.tril(np.ones((5, 5), bool)), True), (np.ones((5, 5), bool), False)):
        blooms = attention(np.array(added)[:, None], seen)
        alibis = attention(positional.alibi_bias(n_heads, 5, 5, causal=False), seen)
        off = np.abs(blooms - alibis).max()
        assert off < 1e-6 if agree else off > 0.3


def test_rows_of_published_tables():
    rows = {case["model"]: (case["positions"], case["rows"], case["first"]) for case in RECORD["rows"]}
    assert rows["OPT"] == (2048, 2050, 2) and rows["BART"] == (1024, 1026, 2)
    assert rows["RoBERTa"] == (512, 514, 2) and rows["M2M100"][2] == 2


def test_what_others_do_with_an_odd_width():
    tables = {case["model"]: np.array(case["table"]) for case in RECORD["odd"]}
    even = positional.sinusoidal(4, 6, base=10_000 ** (6 / 5))  # the exponent's d is 5
    np.testing.assert_allclose(tables["XLM"], even[:, :5], atol=1e-6)  # one sine more than cosines
    assert not tables["M2M100"][:, 4].any() and tables["M2M100"][:, :4].any()  # a column of zeros


@pytest.mark.parametrize("case", RECORD["sinusoidal"], ids=lambda c: c["model"])
def test_sinusoidal_tables_as_transformers_computes_them(case):
    n, d = np.shape(case["table"])
    base = case["base"]
    if case["frequencies"] == "tensor2tensor":  # evenly spaced down to 1/base itself
        base = base ** (d / (d - 2))
    table = positional.sinusoidal(n, d, base=base, layout=case["layout"])
    np.testing.assert_allclose(table, case["table"], atol=1e-6)


# --- bad input --------------------------------------------------------------------------


EVEN = "d: expected an even integer of at least 2, got "
LAYOUT = "layout: expected 'interleaved' or 'concatenated', got "


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: positional.sinusoidal(0, 4), "n: expected an integer of at least 1, got 0"),
        (lambda: positional.sinusoidal(3.0, 4), "n: expected an integer of at least 1, got 3.0"),
        (lambda: positional.sinusoidal(3, 5), EVEN + "5"),
        (lambda: positional.sinusoidal(3, 0), EVEN + "0"),
        (lambda: positional.sinusoidal(3, 4.0), EVEN + "4.0"),
        (lambda: positional.sinusoidal(3, 4, base=0), "base: expected a finite number above 0, got 0"),
        (lambda: positional.sinusoidal(3, 4, base=np.nan), "base: expected a finite number above 0, got nan"),
        (lambda: positional.sinusoidal(3, 4, layout="halves"), LAYOUT + "'halves'"),
        (lambda: positional.sinusoidal_at([0], 4, layout=None), LAYOUT + "None"),
        (lambda: positional.sinusoidal_at([0], 3), EVEN + "3"),
        (lambda: positional.sinusoidal_at([0, np.nan], 4), "positions: expected finite numbers, got nan at index (1,)"),
        (lambda: positional.sinusoidal_at(2, 4), "positions: expected shape (N,), got shape ()"),
        (lambda: positional.sinusoidal_at(["a"], 4), "positions: expected an array of real numbers, got ['a']"),
        (
            lambda: positional.sinusoidal_at([1e300], 4, base=1e-100),
            "positions: expected angles that a float64 can hold, got a number of size 1e+300",
        ),
        (lambda: positional.shift_matrix(np.nan, 4), "k: expected a finite number, got nan"),
        (lambda: positional.shift_matrix("1", 4), "k: expected a finite number, got '1'"),
        (lambda: positional.shift_matrix(1, 7), EVEN + "7"),
        (lambda: positional.shift_matrix(1, 4, layout="both"), LAYOUT + "'both'"),
        (
            lambda: positional.shift_matrix(-1e300, 4, base=1e-100),
            "k: expected angles that a float64 can hold, got a number of size 1e+300",
        ),
        (lambda: positional.shift_kernel([1], 1), EVEN + "1"),
        (lambda: positional.shift_kernel([[1]], 2), "offsets: expected shape (K,), got shape (1, 1)"),
        (lambda: positional.shift_kernel([np.inf], 2), "offsets: expected finite numbers, got inf at index (0,)"),
        (lambda: positional.learned_table(0, 4, seed=0), "n: expected an integer of at least 1, got 0"),
        (lambda: positional.learned_table(2, 0, seed=0), "d: expected an integer of at least 1, got 0"),
        (lambda: positional.learned_table(2, 4, seed=-1), "seed: expected an integer of at least 0, got -1"),
        (lambda: positional.learned_table(2, 4, seed=None), "seed: expected an integer of at least 0, got None"),
        (lambda: positional.learned_table(2, 4, seed=0, scale=0), "scale: expected a finite number above 0, got 0"),
        (
            lambda: positional.fit_shift(np.ones((7, 4)), 3),
            "table: expected more than 7 rows (n − |k| > d) at k = 3 and d = 4, got shape (7, 4)",
        ),
        (
            lambda: positional.fit_shift(np.ones((7, 4)), -3),
            "table: expected more than 7 rows (n − |k| > d) at k = -3 and d = 4, got shape",
        ),
        (lambda: positional.fit_shift(np.ones((9, 4)), 1.0), "k: expected an integer, got 1.0"),
        (lambda: positional.fit_shift(np.ones(9), 1), "table: expected shape (n, d), got shape (9,)"),
        (lambda: positional.fit_shift([[1.0], [np.nan], [2.0]], 1), "table: expected finite numbers, got nan at index (1, 0)"),
        (lambda: positional.shaw_index(0, 3, max_distance=1), "n_queries: expected an integer of at least 1, got 0"),
        (
            lambda: positional.shaw_index(3, 2, max_distance=1),
            "n_keys: expected at least as many as the 3 queries, the last of these positions, got",
        ),
        (lambda: positional.shaw_index(3, 3, max_distance=-1), "max_distance: expected an integer of at least 0, got -1"),
        (
            lambda: positional.shaw_scores(np.ones((5, 3)), np.ones((4, 3))),
            "table: expected an odd number of rows, 2·max_distance + 1, got shape (4, 3)",
        ),
        (
            lambda: positional.shaw_scores(np.ones((5, 3)), np.ones((0, 3))),
            "table: expected an odd number of rows, 2·max_distance + 1, got shape (0, 3)",
        ),
        (lambda: positional.shaw_scores(np.ones((5, 3)), np.ones((5, 4))), "table: expected shape (rows, d) with d = 3, got shape (5, 4)"),
        (
            lambda: positional.shaw_scores(np.ones((3, 2)), np.ones((5, 2)), n_keys=2),
            "n_keys: expected at least as many as the 3 queries, the last of these positions, got 2",
        ),
        (
            lambda: positional.shaw_scores(np.ones((3, 2)), np.ones((5, 2)), n_keys=3.0),
            "n_keys: expected an integer of at least 0, got 3.0",
        ),
        (lambda: positional.shaw_scores([[np.nan]], [[1.0]]), "q: expected finite numbers, got nan at index (0, 0)"),
        (lambda: positional.t5_bucket([0.0, 1.0]), "relative_position: expected an array of integers, got [0.0, 1.0]"),
        (
            lambda: positional.t5_bucket(np.ones((300, 300))),
            "relative_position: expected an array of integers, got a float64 array of shape",
        ),
        (lambda: positional.t5_bucket([np.nan]), "relative_position: expected finite numbers, got nan at index (0,)"),
        (lambda: positional.t5_bucket([True]), "relative_position: expected an array of real numbers, got [True]"),
        (lambda: positional.t5_bucket([1], n_buckets=31), "n_buckets: expected an even integer of at least 4, got 31"),
        (lambda: positional.t5_bucket([1], n_buckets=2), "n_buckets: expected an even integer of at least 4, got 2"),
        (lambda: positional.t5_bucket([1], n_buckets=1, bidirectional=False), "n_buckets: expected an integer of at least 2, got 1"),
        (lambda: positional.t5_bucket([1], max_distance=8), "max_distance: expected an integer of at least 9, got 8"),
        (
            lambda: positional.t5_bucket([1], max_distance=16, bidirectional=False),
            "max_distance: expected an integer of at least 17, got 16",
        ),
        (lambda: positional.t5_bucket([1], max_distance=128.0), "max_distance: expected an integer of at least 9, got 128.0"),
        (lambda: positional.t5_bias(np.ones((5, 2)), 3, 3), "table: expected n_buckets even and at least 4 and n_heads at least 1, got"),
        (
            lambda: positional.t5_bias(np.ones((1, 2)), 3, 3, bidirectional=False),
            "table: expected n_buckets at least 2 and n_heads at least 1, got shape (1, 2)",
        ),
        (lambda: positional.t5_bias(np.ones((8, 0)), 3, 3), "table: expected n_buckets even and at least 4 and n_heads at least 1, got"),
        (lambda: positional.t5_bias(np.ones(8), 3, 3), "table: expected shape (n_buckets, n_heads), got shape (8,)"),
        (lambda: positional.t5_bias(np.full((8, 2), np.nan), 3, 3), "table: expected finite numbers, got nan at index (0, 0)"),
        (lambda: positional.t5_bias(np.ones((8, 2)), 3, 2), "n_keys: expected at least as many as the 3 queries"),
        (lambda: positional.alibi_slopes(0), "n_heads: expected an integer of at least 1, got 0"),
        (lambda: positional.alibi_slopes(8.0), "n_heads: expected an integer of at least 1, got 8.0"),
        (lambda: positional.alibi_slopes(np.nan), "n_heads: expected an integer of at least 1, got nan"),
        (lambda: positional.alibi_bias(-2, 3, 3), "n_heads: expected an integer of at least 1, got -2"),
        (lambda: positional.alibi_bias(2, 3, 0), "n_keys: expected an integer of at least 1, got 0"),
        (lambda: positional.alibi_bias(2, 4, 3), "n_keys: expected at least as many as the 4 queries, the last of these positions, got"),
    ],
)
def test_refusals_name_argument_expectation_and_what_came(call, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)) as refusal:
        call()
    assert len(str(refusal.value)) < 200


def test_docstring_examples():
    result = doctest.testmod(positional)
    assert result.attempted > 15 and result.failed == 0
