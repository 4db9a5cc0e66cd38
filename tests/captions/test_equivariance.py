"""What the captions of the chapter on order promise, over the whole range of their controls."""

import itertools

import numpy as np
import pytest
from every_explorer import frame_of

from lib.explorers.equivariance import AttentionMatrix, PermutationLab

STRAIGHT = list(range(6))
REVERSED = STRAIGHT[::-1]
ORDERS = [REVERSED, [1, 0, 2, 3, 4, 5], [0, 1, 2, 3, 5, 4], [3, 4, 5, 2, 0, 1], [5, 0, 1, 2, 3, 4]]
BREAKS = ("sinusoidal", "rotary", "alibi", "t5", "causal", "forgotten")


def error(**state):
    return frame_of(PermutationLab, **state)["error"]


@pytest.mark.parametrize("sharpness", [0.0, 0.05, 1.0, 4.0])
@pytest.mark.parametrize("pooled", [False, True])
def test_without_a_red_switch_nothing_is_left(sharpness, pooled):
    assert max(error(order=order, sharpness=sharpness, pooled=pooled) for order in [STRAIGHT, *ORDERS]) < 1e-12


@pytest.mark.parametrize("switch", BREAKS)
@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("sharpness", [0.0, 0.05, 1.0, 4.0])
def test_a_red_switch_leaves_a_difference_but_where_the_caption_says(switch, pooled, sharpness):
    for order in [STRAIGHT, *ORDERS]:
        nothing = (
            order == STRAIGHT
            or (switch == "alibi" and order == REVERSED)
            or (switch == "forgotten" and pooled)
            or (sharpness == 0 and switch in ("sinusoidal", "rotary", "forgotten"))
        )
        left = error(order=order, pooled=pooled, sharpness=sharpness, **{switch: True})
        assert left < 1e-12 if nothing else left > 1e-5, (order, left)


def test_alibi_shows_nothing_for_the_reversed_order_alone():
    silent = [order for order in itertools.permutations(STRAIGHT) if error(order=list(order), alibi=True) < 1e-12]
    assert silent == [tuple(STRAIGHT), tuple(REVERSED)]


@pytest.mark.parametrize("tokens", range(3, 9))
def test_the_mask_closes_the_share_that_the_caption_gives(tokens):
    frame = frame_of(AttentionMatrix, tokens=tokens, causal=True)
    closed = np.isnan(frame["matrix"]).mean()
    assert closed == pytest.approx((tokens - 1) / (2 * tokens)) and closed < 0.5
    assert frame["zero"] == np.isnan(frame["matrix"]).sum()


@pytest.mark.parametrize("tokens, width", [(3, 2), (4, 4), (8, 8)])
def test_blocks_look_alike_with_one_head_only(tokens, width):
    def spread(heads):
        """How far the blocks are from multiples of one matrix: 0, or the second singular value of the table of blocks."""
        matrix = frame_of(AttentionMatrix, tokens=tokens, width=width, heads=heads)["matrix"]
        blocks = matrix.reshape(tokens, width, tokens, width).swapaxes(1, 2).reshape(tokens**2, width**2)
        sizes = np.linalg.svd(blocks, compute_uv=False)
        return sizes[1] / sizes[0]

    assert spread(1) < 1e-12
    assert min(spread(heads) for heads in (2, 3, 4)) > 1e-3


def test_a_head_that_is_not_there_is_said_to_be_missing():
    for heads, head in itertools.product(range(1, 5), range(1, 5)):
        frame = frame_of(AttentionMatrix, heads=heads, head=head)
        assert (frame["remark"] == "") == (head <= heads) and frame["head_shown"] == min(head, heads)
