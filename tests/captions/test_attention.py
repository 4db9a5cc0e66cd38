"""What the captions of the chapter on attention promise, over the whole range of their controls."""

import itertools

import numpy as np
import pytest
from every_explorer import frame_of

from lib import attention
from lib.explorers.attention import LAWS, SAMPLES, WIDTHS, HeadSum, IdentityAttention, ScoreVariance, arrange

# --- identity-attention -----------------------------------------------------------------

PLACES = list(itertools.product((2, 3, 4, 5, 9, 16), (2, 4, 8, 16), (0.2, 2.0, 4.0), (0.0, 0.5, 0.95), (0.0, 0.4, 2.5)))


def test_the_point_is_on_the_curve_where_all_cosines_are_alike_and_else_above_it():
    for n, d, norm, correlation, turn in PLACES:
        frame = frame_of(IdentityAttention, n=n, d=d, norm=norm, correlation=correlation, turn=turn)
        curve = attention.identity_distance(norm**2, n, correlation=frame["cosine"])
        X = arrange(n, d, norm=norm, correlation=correlation, turn=turn) / norm
        cosines = (X @ X.T)[np.triu_indices(n, 1)]
        assert frame["cosine"] == pytest.approx(cosines.mean(), abs=1e-12)
        if n == 2 or (turn == 0 and n <= d + 1):  # what the caption says
            assert np.ptp(cosines) < 1e-12 and frame["distance"] == pytest.approx(curve, rel=1e-9)
            assert frame["own"] == pytest.approx(frame["exact"], rel=1e-9)
        else:
            assert np.ptp(cosines) > 1e-3 and frame["distance"] > curve * (1 + 1e-11)


def test_the_point_lies_at_its_place_of_the_curve():
    frame = frame_of(IdentityAttention, norm=2.0)
    at = np.flatnonzero(np.isclose(frame["norms"], 2.0))
    assert frame["curve"][at] == pytest.approx(frame["distance"])


def test_long_tokens_at_right_angles_keep_themselves_and_short_ones_do_not():
    for n in range(2, 17):
        own = [frame_of(IdentityAttention, n=n, d=16, norm=norm)["own"] for norm in (0.2, 1.0, 2.0, 4.0)]
        assert (np.diff(own) > 0).all() and own[-1] > 0.999 and own[0] < 1.1 / n


# --- score-variance ---------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS)
def test_undivided_the_softmax_saturates_and_divided_it_does_not(law):
    undivided = frame_of(ScoreVariance, law=law, scaled=False)
    assert undivided["largest_over_d"][-1] > 0.94 and undivided["slope_over_d"][-1] < 0.07
    assert undivided["slope_over_d"][WIDTHS == 4] > 4 * undivided["slope_over_d"][-1]
    divided = frame_of(ScoreVariance, law=law)
    wide = WIDTHS >= 4
    assert np.ptp(divided["largest_over_d"][wide]) < 0.09 and np.ptp(divided["slope_over_d"][wide]) < 0.03
    assert divided["largest_over_d"].max() < 0.3


@pytest.mark.parametrize("law", LAWS)
def test_the_scores_spread_like_the_root_and_the_mean_grows_like_it(law):
    for d, correlation in itertools.product((1, 16, 256, 1024), (-0.9, 0.5)):
        for scaled in (True, False):
            frame = frame_of(ScoreVariance, law=law, d=d, correlation=correlation, scaled=scaled)
            deviation = np.sqrt(frame["variance_theory"])
            assert frame["mean_theory"] == pytest.approx(correlation * (np.sqrt(d) if scaled else d))
            assert abs(frame["mean"] - frame["mean_theory"]) < 5 * deviation / np.sqrt(SAMPLES) + 1e-12
        if law != "signs":
            assert deviation == pytest.approx(np.sqrt(d) * np.sqrt(1 + correlation**2 * (LAWS[law][0] - 2)))


def inside(**state):
    frame = frame_of(ScoreVariance, **state)
    heights = frame["bars"][1:-1:2]
    return ((heights >= frame["least"] - 1e-12) & (heights <= frame["greatest"] + 1e-12)).mean()


@pytest.mark.parametrize("law, enough", [("normal", 64), ("uniform", 64), ("signs", 256)])
def test_from_some_width_on_the_counts_lie_in_the_band(law, enough):
    wide = [inside(law=law, d=d, correlation=rho) for d in (enough, 2 * enough, 300, 512, 1024) for rho in (-0.9, -0.5, 0.0, 0.5, 0.9)]
    assert np.mean(wide) > 0.93 and min(wide) > 0.85


def test_narrow_ones_do_not():
    """Strongly correlated normal entries need more width than uncorrelated ones, and ±1 entries most."""
    for rho in (-0.9, 0.9):
        assert inside(d=1, correlation=rho) < 0.75 and inside(d=8, correlation=rho) < 0.8
    assert all(inside(law="signs", d=d) < 0.75 for d in (1, 4, 16))


def test_the_band_is_that_of_95_percent():
    """Counts of normal numbers, drawn anew: the share of bins inside is 95 %, less what whole counts allow."""
    frame, rng = frame_of(ScoreVariance, d=1024), np.random.default_rng(1)
    edges, width = frame["outline"][::2], np.diff(frame["outline"][::2])[0]
    deviation = np.sqrt(frame["variance_theory"])
    shares = []
    for _ in range(200):
        counts = np.histogram(frame["mean_theory"] + deviation * rng.standard_normal(SAMPLES), edges)[0] / (SAMPLES * width)
        shares.append(((counts >= frame["least"]) & (counts <= frame["greatest"])).mean())
    assert 0.93 < np.mean(shares) < 0.985


# --- head-sum ---------------------------------------------------------------------------


@pytest.mark.parametrize("heads, d_k", list(itertools.product((1, 3, 8), (1, 5, 12))))
def test_the_sum_is_complete_exactly_with_the_last_head(heads, d_k):
    for shown in range(1, 9):
        frame = frame_of(HeadSum, heads=heads, d_k=d_k, shown=shown)
        assert (frame["left"] < 1e-12) == (shown >= heads) and frame["error"] < 1e-12
        assert frame["rank"] <= d_k and frame["merged_costs"][0] == 2 * heads * 12 * 12
        if heads > 1:
            assert frame_of(HeadSum, heads=heads, d_k=d_k, shown=shown, mixed=True)["error"] > 1e-3
