"""lib.equivariance: permutations, what keeps and what breaks them, attention as one matrix."""

import doctest
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lib import attention, equivariance, positional, rope
from lib.attention import causal_mask, multi_head_attention

RECORD = json.loads(Path(__file__).with_name("fixtures").joinpath("attention.json").read_text())
SHAPES = [(5, 7, 3, 4, 2), (4, 6, 1, 3, 5), (1, 3, 2, 4, 5), (6, 1, 2, 3, 4)]  # N, D, H, d_k, d_v

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 6)
orders = st.integers(1, 8).flatmap(lambda n: st.permutations(range(n)))
# Three tokens at least, so that an order may be neither the identity nor the reversal.
longer_orders = st.integers(3, 7).flatmap(lambda n: st.permutations(range(n)))


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def heads_of(H, D, d_k, d_v, seed=1):
    """W_q, W_k, W_v, W_o."""
    q, k = draw(H, D, d_k, seed=seed), draw(H, D, d_k, seed=seed + 1)
    return q, k, draw(H, D, d_v, seed=seed + 2), draw(H, d_v, D, seed=seed + 3)


def network_of(D, d_ff, seed=5):
    """W_1, b_1, W_2, b_2."""
    return tuple(draw(*shape, seed=seed) for shape in [(D, d_ff), (d_ff,), (d_ff, D), (D,)])


# --- permutations -----------------------------------------------------------------------


@given(orders)
def test_the_matrix_moves_row_order_i_to_row_i(order):
    P = equivariance.permutation_matrix(order)
    x = draw(len(order), 3)
    np.testing.assert_array_equal(P @ x, [x[token] for token in order])
    np.testing.assert_array_equal(P.T @ P, np.eye(len(order)))
    np.testing.assert_array_equal(P.T, equivariance.permutation_matrix(np.argsort(order)))


@given(orders, st.randoms())
def test_matrices_compose_as_orders_do(order, random):
    other = list(range(len(order)))
    random.shuffle(other)
    both = [order[i] for i in other]  # first order, then other
    P, Q = equivariance.permutation_matrix(order), equivariance.permutation_matrix(other)
    np.testing.assert_array_equal(Q @ P, equivariance.permutation_matrix(both))


def test_the_errors_are_the_largest_difference():
    x, order = np.array([[1.0, 5.0], [2.0, 0.0], [4.0, 3.0]]), [1, 2, 0]

    def times_position(x):
        return x * np.arange(len(x))[:, None]

    # moved: rows 0·x1, 1·x2, 2·x0; kept: 1·x1, 2·x2, 0·x0
    assert equivariance.equivariance_error(times_position, x, order) == 10.0
    # sums over the tokens: moved (4 + 2, 3 + 10), kept (2 + 8, 0 + 6)
    assert equivariance.invariance_error(lambda x: times_position(x).sum(axis=0), x, order) == 7.0


def test_equivariance_is_not_invariance():
    x, order = draw(5, 3), [4, 2, 0, 1, 3]
    assert equivariance.equivariance_error(np.tanh, x, order) == 0.0
    assert equivariance.invariance_error(np.tanh, x, order) > 0.1

    def pooled(x):  # in every row: invariant, and equivariant as well
        return np.broadcast_to(x.max(axis=0), x.shape)

    assert equivariance.invariance_error(pooled, x, order) == 0.0
    assert equivariance.equivariance_error(pooled, x, order) == 0.0


# --- what is equivariant ----------------------------------------------------------------


@given(orders, sizes, sizes, sizes, sizes, seeds)
def test_attention_and_the_block_are_equivariant(order, D, H, d_k, d_v, seed):
    x, heads = draw(len(order), D, seed=seed), heads_of(H, D, d_k, d_v, seed=seed)

    def layer(x):
        return multi_head_attention(x, *heads)[0] / (D * H * d_v)

    assert equivariance.equivariance_error(layer, x, order) < 1e-12
    assert equivariance.invariance_error(lambda x: layer(x).mean(axis=0), x, order) < 1e-12

    def block(x):
        return equivariance.transformer_block(x, *heads, *network_of(D, 9)) / (D * H * d_v)

    assert equivariance.equivariance_error(block, x, order) < 1e-12


@given(orders, seeds)
def test_stage_by_stage(order, seed):
    """Problem 5.3 with matrices: P X W, P S Pᵀ, P A Pᵀ, P A V, the sum over heads."""
    N, (D, H, d_k, d_v) = len(order), (6, 3, 4, 5)
    P, X = equivariance.permutation_matrix(order), draw(N, D, seed=seed)
    W_q, W_k, W_v, W_o = heads_of(H, D, d_k, d_v, seed=seed)

    def stages(X):
        Q, K, V = X @ W_q, X @ W_k, X @ W_v
        scores = Q @ K.swapaxes(1, 2) / 2.0  # √d_k
        A = attention.softmax(scores)
        return Q, scores, A, A @ V, (A @ V @ W_o).sum(axis=0)

    Q, scores, A, heads, Y = stages(X)
    expected = P @ Q, P @ scores @ P.T, P @ A @ P.T, P @ heads, P @ Y
    for moved, kept in zip(stages(P @ X), expected):
        np.testing.assert_allclose(moved, kept, rtol=0, atol=1e-11)
    np.testing.assert_allclose(Y, multi_head_attention(X, W_q, W_k, W_v, W_o)[0], atol=1e-11)


@given(orders, seeds)
def test_a_mask_that_moves_along_is_no_hindrance(order, seed):
    N, order = len(order), list(order)
    x, heads = draw(N, 6, seed=seed), heads_of(2, 6, 4, 3, seed=seed)
    mask = causal_mask(N)
    kept, _ = multi_head_attention(x, *heads, mask=mask)
    moved, _ = multi_head_attention(x[order], *heads, mask=mask[np.ix_(order, order)])
    np.testing.assert_allclose(moved, kept[order], rtol=0, atol=1e-12)


# --- what breaks it ---------------------------------------------------------------------


def sinusoidal_added(x, heads):
    return multi_head_attention(x + positional.sinusoidal(*x.shape), *heads)[0]


def rotated(x, heads):
    W_q, W_k, W_v, W_o = heads
    q, k = (rope.rotate(x @ W, np.arange(len(x))) for W in (W_q, W_k))
    return (attention.attention(q, k, x @ W_v)[0] @ W_o).sum(axis=0)


def with_slopes(x, heads):
    slopes = positional.alibi_bias(len(heads[0]), len(x), len(x), causal=False)
    return multi_head_attention(x, *heads, bias=slopes)[0]


def masked(x, heads):
    return multi_head_attention(x, *heads, mask=causal_mask(len(x)))[0]


def soft_heads(seed=1):
    """Heads whose softmax is not saturated, so that no token loses all of its weight."""
    W_q, W_k, W_v, W_o = heads_of(4, 6, 2, 3, seed=seed)
    return W_q / 3, W_k / 3, W_v, W_o


BREAKERS = [sinusoidal_added, rotated, with_slopes, masked]


@pytest.mark.parametrize("breaker", BREAKERS)
@given(order=longer_orders, seed=st.integers(0, 999))
def test_positions_and_a_causal_mask_break_it(breaker, order, seed):
    identity = list(range(len(order)))
    assume(order not in (identity, identity[::-1]))
    x, heads = draw(len(order), 6, seed=seed), soft_heads(seed)
    assert equivariance.equivariance_error(lambda x: breaker(x, heads), x, order) > 1e-3
    assert equivariance.equivariance_error(lambda x: breaker(x, heads), x, identity) == 0.0


@pytest.mark.parametrize("breaker", BREAKERS)
def test_of_the_reversal_only_distances_without_sign_know_nothing(breaker):
    """−m|i − j| reads the same from both ends; all else tells them apart."""
    x, heads = draw(5, 6), soft_heads()
    error = equivariance.equivariance_error(lambda x: breaker(x, heads), x, [4, 3, 2, 1, 0])
    assert error < 1e-12 if breaker is with_slopes else error > 1e-3


@pytest.mark.parametrize("breaker", BREAKERS)
def test_pooling_does_not_repair_it(breaker):
    x, heads = draw(5, 6), soft_heads()
    order = [3, 1, 4, 0, 2]
    pooled = equivariance.invariance_error(lambda x: breaker(x, heads).mean(axis=0), x, order)
    assert pooled > 1e-3


# --- the block --------------------------------------------------------------------------


def test_norm_and_block_as_torch_computes_them():
    case = RECORD["block"]
    D, H = case["shape"]["D"], case["shape"]["H"]
    projections = np.array(case["in_proj_weight"]).reshape(3, H, D // H, D).swapaxes(2, 3)
    W_o = np.array(case["out_proj"]).T.reshape(H, D // H, D)
    network = (np.array(case[name]).T for name in
               ["linear1_weight", "linear1_bias", "linear2_weight", "linear2_bias"])  # fmt: skip
    norm = equivariance.layer_norm(case["x"])
    np.testing.assert_allclose(norm, case["norm"], rtol=1e-10, atol=1e-11)
    output = equivariance.transformer_block(case["x"], *projections, W_o, *network)
    np.testing.assert_allclose(output, case["output"], rtol=1e-10, atol=1e-10)


def test_feed_forward_token_by_token():
    x, (W_1, b_1, W_2, b_2) = draw(2, 5, 3), network_of(3, 7)
    output = equivariance.feed_forward(x, W_1, b_1, W_2, b_2)
    for where in np.ndindex(2, 5):
        inner = [max(0.0, x[where] @ W_1[:, i] + b_1[i]) for i in range(7)]
        np.testing.assert_allclose(output[where], inner @ W_2 + b_2, atol=1e-13)


def test_layer_norm_has_mean_zero_and_variance_one():
    x = 5 + 3 * draw(2, 4, 6)
    norm = equivariance.layer_norm(x, eps=1e-12)
    np.testing.assert_allclose(norm.mean(axis=-1), 0.0, atol=1e-14)
    np.testing.assert_allclose(norm.var(axis=-1), 1.0, atol=1e-11)
    assert equivariance.layer_norm([[7.0], [3.0]]).tolist() == [[0.0], [0.0]]  # D = 1


@pytest.mark.parametrize("masked", [False, True])
def test_mask_and_bias_reach_the_attention_of_the_block(masked):
    x, heads, network = draw(5, 6), heads_of(2, 6, 4, 3), network_of(6, 7)
    options = {"mask": causal_mask(5)} if masked else {"bias": draw(5, 5)}
    z = x + multi_head_attention(equivariance.layer_norm(x), *heads, **options)[0]
    expected = z + equivariance.feed_forward(equivariance.layer_norm(z), *network)
    output = equivariance.transformer_block(x, *heads, *network, **options)
    np.testing.assert_allclose(output, expected, atol=1e-13)
    assert np.abs(output - equivariance.transformer_block(x, *heads, *network)).max() > 0.01


# --- attention as one matrix ------------------------------------------------------------


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("N, D, H, d_k, d_v", SHAPES)
def test_the_matrix_does_what_the_layer_does(N, D, H, d_k, d_v, causal):
    x, heads = draw(N, D), heads_of(H, D, d_k, d_v)
    mask = causal_mask(N) if causal else None
    output, weights = multi_head_attention(x, *heads, mask=mask)
    matrix = equivariance.attention_as_matrix(x.tolist(), *heads, mask=mask)
    assert matrix.shape == (N * D, N * D)
    np.testing.assert_allclose(matrix @ x.ravel(), output.ravel(), rtol=0, atol=1e-12)
    expected = sum(np.kron(A, (W_v @ W_o).T) for A, W_v, W_o in zip(weights, heads[2], heads[3]))
    np.testing.assert_allclose(matrix, expected, rtol=0, atol=1e-13)


def test_the_matrix_belongs_to_its_input():
    x, heads = draw(5, 6), heads_of(2, 6, 4, 3)
    matrix = equivariance.attention_as_matrix(x, *heads)
    other = 2 * x
    wrong = matrix @ other.ravel() - multi_head_attention(other, *heads)[0].ravel()
    assert np.abs(wrong).max() > 0.1


def test_one_head_shares_one_matrix_among_all_blocks():
    N, D, heads = 4, 3, heads_of(1, 3, 2, 5)
    x = draw(N, D)
    matrix = equivariance.attention_as_matrix(x, *heads, mask=causal_mask(N))
    _, (A,) = multi_head_attention(x, *heads, mask=causal_mask(N))
    for n, m in np.ndindex(N, N):
        block = matrix[n * D : (n + 1) * D, m * D : (m + 1) * D]
        np.testing.assert_allclose(block, A[n, m] * (heads[2][0] @ heads[3][0]).T, atol=1e-14)


@given(sizes, sizes, st.integers(1, 3), st.booleans())
def test_entries_zeros_weights_and_shared_as_they_stand_in_the_arrays(N, D, H, causal):
    x, heads = draw(N, D), heads_of(H, D, 4, 2)
    mask = causal_mask(N) if causal else None
    matrix = equivariance.attention_as_matrix(x, *heads, mask=mask)
    _, weights = multi_head_attention(x, *heads, mask=mask)
    counts = equivariance.matrix_counts(N, D, H, causal=causal)
    assert counts.entries == matrix.size == N**2 * D**2
    assert counts.zero == (matrix == 0).sum()
    assert counts.nonzero == (matrix != 0).sum()
    assert counts.weights == (weights > 0).sum()
    assert counts.shared == attention.merge_value_output(*heads[2:]).size
    factored = equivariance.matrix_counts(N, D, H, d_v=2, causal=causal)
    assert factored.shared == heads[2].size + heads[3].size
    assert factored.entries == counts.entries and factored.zero == counts.zero
    assert factored.free <= counts.free <= counts.nonzero


def degrees_of_freedom(N, D, H, d_v, causal):
    """The rank of the Jacobian of the matrix in its weights (one of each row is 1 less the
    others) and in the numbers of W, or of its two factors: by differences."""
    pairs = [(n, m) for n in range(N) for m in range(N) if m != n and (m < n or not causal)]
    of_W = D * D if d_v is None else 2 * D * d_v
    numbers = np.random.default_rng(8).normal(size=(H, len(pairs) + of_W))

    def matrix(numbers):
        total = 0.0
        for head in numbers.reshape(H, -1):
            A, W = np.zeros((N, N)), head[len(pairs) :]
            for (n, m), weight in zip(pairs, head):
                A[n, m] = weight
            np.fill_diagonal(A, 1 - A.sum(axis=1))
            left, right = np.split(W, [D * (d_v or 0)])
            W = W.reshape(D, D) if d_v is None else left.reshape(D, d_v) @ right.reshape(d_v, D)
            total = total + np.kron(A, W.T).ravel()
        return total

    steps = 1e-4 * np.eye(numbers.size)
    columns = [matrix(numbers.ravel() + s) - matrix(numbers.ravel() - s) for s in steps]
    return np.linalg.matrix_rank(np.array(columns) / 2e-4, tol=1e-6)


@pytest.mark.parametrize(
    "N, D, H, d_v, causal",
    [
        (3, 4, 1, None, False),
        (3, 4, 1, None, True),
        (4, 3, 2, None, False),
        (4, 3, 3, None, True),
        (3, 2, 5, None, False),  # more heads than D²: the fifth adds nothing
        (2, 3, 6, None, True),  # more than u − N + 1
        (1, 3, 2, None, False),
        (4, 5, 2, 2, False),
        (5, 4, 2, 2, True),
        (4, 5, 3, 1, True),
        (2, 3, 3, 2, False),
        (3, 3, 2, 5, False),  # wider than D: no rank is lost
    ],
)
def test_free_is_the_dimension_of_the_set_of_such_matrices(N, D, H, d_v, causal):
    counts = equivariance.matrix_counts(N, D, H, d_v=d_v, causal=causal)
    assert counts.free == degrees_of_freedom(N, D, H, d_v, causal)


def test_one_head_frees_all_weights_but_one_a_row_and_its_matrix():
    assert equivariance.matrix_counts(7, 5, 1).free == 7**2 - 7 + 5**2
    assert equivariance.matrix_counts(7, 5, 1, causal=True).free == 7 * 6 // 2 + 5**2
    two = equivariance.matrix_counts(7, 5, 2)
    assert two.free == 2 * (7**2 - 7 + 5**2) - 2  # H(H − 1) are traded between the heads


def convolution_matrix(N, D, width, causal):
    """A convolution with D² random numbers for each offset, written out entry by entry."""
    kernel = draw(width, D, D)
    first = 1 - width if causal else -(width // 2)
    matrix = np.zeros((N, D, N, D))
    for n, m in np.ndindex(N, N):
        if 0 <= m - n - first < width:
            matrix[n, :, m, :] = kernel[m - n - first]
    return matrix.reshape(N * D, N * D)


@given(sizes, st.integers(1, 3), st.integers(1, 15), st.booleans())
def test_convolution_counts_as_they_stand_in_the_matrix(N, D, width, causal):
    assume(causal or width % 2)
    matrix = convolution_matrix(N, D, width, causal)
    counts = equivariance.convolution_counts(N, D, width, causal=causal)
    assert counts.entries == matrix.size and counts.zero == (matrix == 0).sum()
    assert counts.shared == counts.free == len(np.unique(matrix[matrix != 0]))
    assert counts.weights == 0


# --- errors -----------------------------------------------------------------------------

X, HEADS, NETWORK = np.ones((5, 6)), heads_of(2, 6, 4, 3), network_of(6, 7)
ONCE = "order: expected each of 0 … 4 once, got "


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: equivariance.permutation_matrix([0, 1, 1, 2, 4]), ONCE + "1 twice or more"),
        (lambda: equivariance.permutation_matrix([0, 1, 5, 2, 4]), ONCE + "5"),
        (lambda: equivariance.permutation_matrix([0, 1, 3, 2, -1]), ONCE + "-1"),
        (lambda: equivariance.permutation_matrix([0.0, 1.0]), "order: expected an array of integers, got [0.0, 1.0]"),
        (lambda: equivariance.permutation_matrix([True, False]), "order: expected an array of real numbers, got [True, False]"),
        (lambda: equivariance.permutation_matrix([]), "order: expected at least one index"),
        (lambda: equivariance.permutation_matrix(np.eye(3, dtype=int)), "order: expected shape (N,), got shape (3, 3)"),
        (lambda: equivariance.equivariance_error(np.tanh, X, [0, 1, 2]), "order: expected shape (N,) with N = 5, got shape (3,)"),
        (
            lambda: equivariance.equivariance_error(X, X, range(5)),
            "layer: expected a function of an array (N, D), got a float64 array of shape (5, 6)",
        ),
        (lambda: equivariance.equivariance_error(np.tanh, X[0], range(6)), "x: expected shape (N, D), got shape (6,)"),
        (
            lambda: equivariance.equivariance_error(lambda x: x.mean(axis=0), X, range(5)),
            "layer(x): expected shape (N, E) with N = 5, got shape (6,)",
        ),
        (
            lambda: equivariance.equivariance_error(lambda x: x * np.nan, X, range(5)),
            "layer(x): expected finite numbers, got nan at index (0, 0)",
        ),
        (
            lambda: equivariance.invariance_error(lambda x: x[x[:, 0] > x[0, 0]], np.arange(3.0)[:, None], [2, 1, 0]),
            "layer(x[order]): expected shape (2, 1) as layer(x), got shape (0, 1)",
        ),
        (lambda: equivariance.layer_norm(np.ones((5, 0))), "x: expected a width of at least 1, got shape (5, 0)"),
        (lambda: equivariance.layer_norm(X, eps=0.0), "eps: expected a finite number above 0, got 0.0"),
        (lambda: equivariance.feed_forward(X, *NETWORK[:3], np.ones(7)), "b_2: expected shape (D,) with D = 6, got shape (7,)"),
        (
            lambda: equivariance.transformer_block(X, *HEADS, NETWORK[2], *NETWORK[1:]),
            "W_1: expected shape (D, d_ff) with D = 6, got shape (7, 6)",
        ),
        (
            lambda: equivariance.transformer_block(X[:, :5], *HEADS, *NETWORK),
            "W_q: expected shape (H, D, d_k) with D = 5, got shape (2, 6, 4)",
        ),
        (
            lambda: equivariance.attention_as_matrix(X, *HEADS, mask=np.zeros((5, 5), dtype=bool)),
            "mask: expected a key that each query may see, got none in row (0, 0)",
        ),
        (lambda: equivariance.matrix_counts(5, 6, 0), "n_heads: expected an integer of at least 1, got 0"),
        (lambda: equivariance.matrix_counts(5, 6, 2, d_v=1.5), "d_v: expected an integer of at least 1, got 1.5"),
        (lambda: equivariance.convolution_counts(5, 6, 4), "width: expected an odd integer, or causal=True, got 4"),
    ],
)
def test_refusals_name_argument_expectation_and_what_came(call, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)) as refusal:
        call()
    assert len(str(refusal.value)) < 200


def test_nothing_given_is_written_to():
    for value in [X, *HEADS, *NETWORK]:
        value.setflags(write=False)
    equivariance.transformer_block(X, *HEADS, *NETWORK)
    equivariance.attention_as_matrix(X, *HEADS)
    equivariance.equivariance_error(np.tanh, X, range(5))


def test_docstring_examples():
    result = doctest.testmod(equivariance)
    assert result.attempted > 15 and result.failed == 0
