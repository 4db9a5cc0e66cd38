"""What the captions of the explorers of rotary positions promise, over the range of their controls."""

import numpy as np
import pytest
from every_explorer import frame_of, states

from lib import rope
from lib.explorers.rope import RopeExtension, RopeRotation, RopeScore

# --- rope-rotation ----------------------------------------------------------------------


def test_every_arrow_turns_and_the_score_stands_still():
    for state in states(RopeRotation, 60):
        state = state | {"mixed": False, "shift": 0}
        before, after = RopeRotation.frame(**state), RopeRotation.frame(**state | {"shift": 7})
        assert before["score"] == pytest.approx(after["score"], abs=1e-12) and after["deviation"] < 1e-9
        for arrow in ("q_turned", "k_turned"):
            moved = np.linalg.norm(before[arrow] - after[arrow], axis=-1)[: state["pairs"]]
            assert (moved > 1e-6).all()


def test_mixed_pairings_break_the_diagonals_but_not_with_one_pair():
    for pairs in (1, 2, 3, 4):
        for base in (10.0, 1e4, 1e6):
            deviation = frame_of(RopeRotation, pairs=pairs, base=base, mixed=True)["deviation"]
            assert deviation < 1e-9 if pairs == 1 else deviation > 0.3


# --- rope-score -------------------------------------------------------------------------

BASES = (10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7)


def test_the_score_falls_from_1_and_later_the_larger_the_base():
    for d in (8, 64, 128, 256):
        first = []
        for base in BASES:
            frame = frame_of(RopeScore, d=d, base=base)
            assert frame["curve"][0] < 1 and (np.diff(frame["curve"]) > 0).any()  # in waves
            first.append(frame["x"][np.flatnonzero(frame["curve"] < 0.5)[0]])
        assert (np.diff(first) >= 0).all() and first[-1] > first[0]


def test_with_a_narrow_head_it_comes_up_again():
    for base in BASES:
        curve = frame_of(RopeScore, d=8, base=base)["curve"]
        assert curve[np.flatnonzero(curve < 0.5)[0] :].max() > 0.75


def test_what_is_not_rotated_never_falls():
    for state in states(RopeScore, 60):
        frame = RopeScore.frame(**state)
        assert frame["bands"][-1] == frame["band_size"][-1] == pytest.approx(1 - frame["rotated"] / frame["pairs"])
        assert frame["curve"].min() >= 1 - 2 * frame["rotated"] / frame["pairs"] - 1e-12


def test_what_is_said_to_be_proved_holds():
    for state in states(RopeScore, 40):
        frame = RopeScore.frame(**state)
        assert (np.abs(frame["curve"]) <= frame["proved"] + 1e-12).all()
        assert (np.abs(frame["fading"]) <= frame["fading_proved"] + 1e-12).all()
        assert max(frame["proved"].max(), frame["fading_proved"].max()) <= 1 + 1e-12


def test_the_bound_excludes_hardly_anything_of_equal_content():
    for state in states(RopeScore, 40):
        assert RopeScore.frame(**state)["proved"].mean() > 0.93
    for base in BASES:
        wide = frame_of(RopeScore, base=base)
        assert wide["proved"].min() > 1 - 1e-12
        assert wide["fading_proved"][-50:].max() < 0.6  # distances from 10⁴ on


# --- rope-extension ---------------------------------------------------------------------


def test_what_each_method_does_to_short_and_long_waves():
    for state in states(RopeExtension, 60):
        frame = RopeExtension.frame(**state)
        slowed, turns = frame["after"] / frame["before"], state["original"] / frame["before"]
        kept = {"yarn": 32, "parts": 32, "llama3": 4}.get(state["method"])
        if state["method"] == "linear":
            np.testing.assert_allclose(slowed, state["factor"])
        if kept:
            # The code rounds its ends outward, so it is certain one pair further out.
            sure = np.append(turns[1:], 0) > kept if state["method"] == "yarn" else turns > kept
            np.testing.assert_allclose(slowed[sure], 1)
            np.testing.assert_allclose(slowed[turns < 1], state["factor"])
            assert frame["unseen_pairs"][turns < 1].sum() == pytest.approx(0, abs=1e-9)
        if state["method"] == "ntk":
            np.testing.assert_allclose(slowed[[0, -1]], [1, state["factor"]])


def test_the_papers_ramp_and_the_codes_part_in_between_only():
    paper, code = (frame_of(RopeExtension, method=method)["after"] for method in ("parts", "yarn"))
    differ = np.flatnonzero(np.abs(paper / code - 1) > 1e-9) + 1
    assert differ[0] == 22 and differ[-1] == 46 and len(differ) == 25
    np.testing.assert_array_equal(rope.wavelengths(rope.yarn(8, 4096, ramp="turns").apply(128)), paper)
