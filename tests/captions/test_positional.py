"""What the captions of the explorers of positional encodings promise, over the range of their controls."""

import numpy as np
import pytest
from every_explorer import frame_of, states

from lib import positional
from lib.explorers.positional import RelativeBias, ShiftKernel, SinusoidalEncoding

# --- sinusoidal-encoding ----------------------------------------------------------------


def steps(frame, layout):
    """How far each pair's hand moves from row to row."""
    encoding = frame["encoding"]
    pairs = encoding.reshape(len(encoding), -1, 2) if layout == "interleaved" else encoding.reshape(len(encoding), 2, -1).swapaxes(1, 2)
    return np.linalg.norm(np.diff(pairs, axis=0), axis=-1).mean(axis=0)


def test_every_position_has_its_row_on_the_page_that_is_shown():
    for state in states(SinusoidalEncoding, 60):
        frame = SinusoidalEncoding.frame(**state)
        shown = np.arange(frame["first"], frame["last"] + 1)
        assert len(shown) == state["n"] and state["position"] in shown
        alone = positional.sinusoidal_at([state["position"]], state["d"], base=state["base"], layout=state["layout_of_pairs"])
        np.testing.assert_array_equal(frame["row"], alone[0])


def test_fast_clocks_stand_on_the_left_or_on_the_left_of_each_half():
    for state in states(SinusoidalEncoding, 60):
        moved = steps(SinusoidalEncoding.frame(**state), state["layout_of_pairs"])
        assert (np.diff(moved) < 0).all()


def test_a_larger_base_slows_down_all_but_the_first():
    for state in states(SinusoidalEncoding, 20):
        small, large = (steps(SinusoidalEncoding.frame(**state | {"base": base}), state["layout_of_pairs"]) for base in (100.0, 1e5))
        assert small[0] == pytest.approx(large[0], rel=1e-9) and (large[1:] < small[1:]).all()


# --- shift-kernel -----------------------------------------------------------------------


def test_the_curve_lies_still_without_a_switch_and_a_trained_tables_does_not():
    at_0 = frame_of(ShiftKernel, p=0)["learned_here"]
    for state in states(ShiftKernel, 60):
        frame = ShiftKernel.frame(**state | {"added": False, "multiplied": False})
        assert frame["deviation"] < 1e-9 and frame["error"] < 1e-9
        rows = max(0, min(49, 64 - state["p"]))  # the table ends at 64
        assert not np.isnan(frame["learned_here"][:rows]).any() and np.isnan(frame["learned_here"][rows:]).all()
        assert not state["p"] or rows < 2 or np.abs(frame["learned_here"] - at_0)[:rows].max() > 0.1
        assert frame["value"] == pytest.approx(positional.shift_kernel([state["k"]], state["d"], base=state["base"])[0] / (state["d"] / 2))


@pytest.mark.parametrize("switch", ["added", "multiplied"])
def test_either_switch_parts_the_curve_away_from_position_0(switch):
    for state in states(ShiftKernel, 60):
        frame = ShiftKernel.frame(**state | {"added": False, "multiplied": False, switch: True})
        assert frame["deviation"] > 1e-3 if state["p"] else frame["deviation"] == 0


def test_products_are_measured_by_the_largest_possible():
    for state in states(ShiftKernel, 60):
        frame = ShiftKernel.frame(**state)
        assert max(np.abs(frame["here"]).max(), np.abs(frame["at_0"]).max()) <= 1 + 1e-12


def test_weighting_both_of_a_pair_alike_would_keep_the_law():
    # So it is not multiplying that breaks it: RoPE multiplies too.
    encoding, weights = positional.sinusoidal(200, 16), np.repeat(np.random.default_rng(0).normal(size=8), 2)
    products = [(encoding[p] * weights) @ (encoding[p + 5] * weights) for p in range(190)]
    assert np.ptp(products) < 1e-12


def test_the_best_map_for_the_learned_table_leaves_some_two_thirds():
    left = [frame_of(ShiftKernel, k=k)["residual"] for k in range(1, 21)]
    assert 0.6 < min(left) and max(left) < 0.8


# --- relative-bias ----------------------------------------------------------------------


def test_a_match_wins_as_long_as_its_height_is_not_used_up():
    for state in states(RelativeBias, 400):
        state = state | {"scheme": "alibi", "causal": True, "miscounted": False}
        frame, back = RelativeBias.frame(**state), state["query"] - state["peak"]
        if back < 0:
            continue
        left, wins = state["height"] - frame["slope"] * back, frame["after"].argmax()
        if left > 1:
            assert state["peak"] <= wins <= state["peak"] + 2  # a key or two nearer to the query costs less
        if left < -0.5:
            assert wins == state["query"]


def test_of_eight_heads_the_first_is_the_steepest_and_they_see_ever_farther():
    frame = frame_of(RelativeBias)
    assert (np.diff(frame["slopes"][:8]) < 0).all()
    gained = [frame_of(RelativeBias, head=head)["after_at_peak"] for head in range(1, 9)]  # 20 tokens back, height 4
    assert (np.diff(gained) > 0).all() and gained[0] < 0.01 and gained[-1] > 0.45


def test_the_head_shown_is_at_most_the_number_of_heads():
    for state in states(RelativeBias, 60):
        frame = RelativeBias.frame(**state)
        assert frame["head_shown"] == min(state["head"], state["heads"])
        assert frame["before"].sum() == pytest.approx(1) and frame["after"].sum() == pytest.approx(1)
        if state["causal"]:
            assert not frame["after"][state["query"] + 1 :].any()


def test_encoder_and_decoder_buckets_of_t5_differ_in_shape():
    both, one = (frame_of(RelativeBias, scheme="t5", causal=causal)["bias"] for causal in (False, True))
    assert not np.isnan(both).any() and np.isnan(one[np.triu_indices(32, 1)]).all()
    assert both[0, 5] != both[5, 0]  # halves of their own
