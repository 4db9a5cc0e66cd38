"""The explorers of order and of attention as one matrix, in numbers known from elsewhere."""

import numpy as np
import pytest
from every_explorer import default_of, frame_of
from hypothesis import given
from hypothesis import strategies as st

from lib import equivariance
from lib.attention import causal_mask, multi_head_attention
from lib.explorers.equivariance import AttentionMatrix, PermutationLab
from lib.explorers.equivariance.permutation_lab import WORDS

BREAKS = ("sinusoidal", "rotary", "alibi", "t5", "causal", "forgotten")


@given(st.permutations(range(6)), st.floats(0, 4))
def test_permutation_lab_shows_the_layer_of_lib_and_that_it_is_equivariant(order, sharpness):
    data, state = PermutationLab.data(), default_of(PermutationLab) | {"order": list(order), "sharpness": sharpness}
    frame = PermutationLab.frame(**state)
    heads = sharpness * data["W_q"], data["W_k"], data["W_v"], data["W_o"]
    Y, weights = multi_head_attention(data["X"], *heads)
    np.testing.assert_allclose(frame["rows"][0], Y[order], atol=1e-12)
    np.testing.assert_allclose(frame["weights"], weights[0][np.ix_(order, order)], atol=1e-12)
    np.testing.assert_array_equal(frame["tokens"], data["X"][order])
    assert frame["words"] == [WORDS[word] for word in order]
    np.testing.assert_allclose(frame["means"][0, 0], Y.mean(axis=0), atol=1e-12)
    assert frame["error"] < 1e-12 and np.abs(frame["rows"][2]).max() == frame["error"]
    assert frame["moved"] == sum(place != word for place, word in enumerate(order))


@pytest.mark.parametrize("name", BREAKS)
def test_permutation_lab_breaks_where_it_must_and_only_there(name):
    def error(**changed):
        return PermutationLab.frame(**default_of(PermutationLab) | {name: True} | changed)["error"]

    assert error() > 0.1
    assert error(order=list(range(6))) == 0
    assert (error(order=[5, 4, 3, 2, 1, 0]) < 1e-12) == (name == "alibi")
    # The mean of a broken layer is broken; to forget P is right for a mean.
    assert (error(pooled=True) < 1e-12) == (name == "forgotten")


def test_permutation_lab_hides_the_rows_that_a_pooled_layer_does_not_return():
    frame = frame_of(PermutationLab, pooled=True)
    assert np.isnan(frame["rows"]).all() and np.isfinite(frame["means"]).all() and frame["means"].shape == (3, 1, 8)


def test_attention_matrix_by_hand():
    """Three tokens of width 2, one head, causal: 6 of 9 blocks are open."""
    frame = AttentionMatrix.frame(tokens=3, width=2, heads=1, head=4, causal=True, untransposed=False)
    assert [int(frame[name]) for name in ("side", "entries", "zero", "learned", "computed")] == [6, 36, 12, 8, 6]
    assert frame["free"] == 6 - 3 + 4  # weights, one a row fixed by the others, and the matrix
    assert frame["bars"].tolist() == [36, 24, 12, 7, 8]  # as two factors a matrix has more numbers than are free
    data = AttentionMatrix.data()
    heads = [data[name][:1, :2] for name in ("W_q", "W_k")] + [data[name][:1, :2, :2] for name in ("W_v", "W_o")]
    _, weights = multi_head_attention(data["X"][:3, :2], *heads, mask=causal_mask(3))
    tile = (heads[2][0] @ heads[3][0]).T
    for n in range(3):
        for m in range(3):
            block, shared = (frame[name][2 * n : 2 * n + 2, 2 * m : 2 * m + 2] for name in ("matrix", "tiles"))
            np.testing.assert_allclose(block, weights[0, n, m] * tile if m <= n else np.nan, atol=1e-15)
            np.testing.assert_allclose(shared, tile if m <= n else np.nan, atol=1e-15)


def test_attention_matrix_adds_up_its_heads():
    state = AttentionMatrix(tokens=5, width=3, heads=3).value
    frames = [AttentionMatrix.frame(**state | {"head": head}) for head in (1, 2, 3, 4)]
    total = sum(np.kron(frame["weights"], np.ones((3, 3))) * frame["tiles"] for frame in frames[:3])
    np.testing.assert_allclose(frames[0]["matrix"], total, atol=1e-14)
    assert frames[3]["head_shown"] == 3 and frames[0]["free"] == equivariance.matrix_counts(5, 3, 3, d_v=2).free
