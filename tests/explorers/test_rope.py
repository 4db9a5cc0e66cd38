"""The explorers of rotary positions, in numbers known from elsewhere."""

import numpy as np
import pytest
from every_explorer import default_of, frame_of
from hypothesis import given
from hypothesis import strategies as st

from lib import rope
from lib.explorers.rope import RopeExtension, RopeRotation, RopeScore


@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 512), st.integers(1, 4), st.floats(-3.14, 3.14), st.floats(-3.14, 3.14))
def test_rope_rotation_scores_by_the_distance_alone(m, n, shift, pairs, query, key):
    state = default_of(RopeRotation) | {"m": m, "n": n, "shift": shift, "pairs": pairs, "q1": query, "k1": key}
    frame = RopeRotation.frame(**state)
    angles = [state[f"q{i}"] - state[f"k{i}"] + (m - n) * state["base"] ** (-2 * (i - 1) / (2 * pairs)) for i in range(1, pairs + 1)]
    assert frame["score"] == pytest.approx(sum(np.cos(angles)), abs=1e-9)
    assert frame["score"] == frame["scores"][m, n] and frame["distance"] == m - n
    assert frame["deviation"] < 1e-9
    # The dashed diagonal passes through the cell (m, n) and stays on the map.
    assert (frame["diagonal_m"] - frame["diagonal_n"] == m - n).all()
    assert (min(frame["diagonal_m"][0], frame["diagonal_n"][0]), max(frame["diagonal_m"][1], frame["diagonal_n"][1])) == (shift, shift + 23)


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_rope_score_adds_up_its_bands(share):
    frame = frame_of(RopeScore, distance=100, share=share)
    theta = rope.frequencies(int(128 * share))
    assert frame["band_size"].sum() == pytest.approx(1)
    assert frame["score"] == pytest.approx(frame["bands"].sum()) == pytest.approx((np.cos(100 * theta).sum() + 64 * (1 - share)) / 64)
    assert frame["curve"][frame["x"] == 100] == pytest.approx(frame["score"])
    assert (np.abs(frame["bands"]) <= frame["band_size"] + 1e-12).all()
    assert frame["rotated"] == 64 * share and frame["longest"] == pytest.approx(2 * np.pi / theta[-1])


@pytest.mark.parametrize("explorer", [RopeScore, RopeExtension])
def test_distances_are_whole_and_increase(explorer):
    x = explorer.data()["x"]
    assert x[0] == 1 and (np.diff(x) > 0).all() and (x == np.floor(x)).all()


def test_rope_extension_leaves_everything_alone_at_factor_1_and_none():
    for method in RopeExtension.controls["method"].options:
        frame = RopeExtension.frame(method=method, factor=1.0, original=4096, base=10_000.0)
        np.testing.assert_allclose(frame["after"], frame["before"])
        assert frame["unseen"] == 0 and frame["untouched"] == 64 and frame["attention_factor"] == 1
    frame = RopeExtension.frame(method="linear", factor=8.0, original=4096, base=10_000.0)
    np.testing.assert_allclose(frame["after"], 8 * frame["before"])
    assert frame["untouched"] == 0 and frame["length"] == 8 * 4096
