"""The explorers of attention, in numbers known from elsewhere."""

import numpy as np
import pytest
from every_explorer import default_of, frame_of
from hypothesis import given
from hypothesis import strategies as st

from lib.explorers.attention import HeadSum, IdentityAttention, ScoreVariance
from lib.explorers.attention.identity_attention import arrange
from lib.explorers.attention.score_variance import LAWS, noise


@pytest.mark.parametrize("law", list(LAWS))
def test_score_variance_draws_from_the_law_it_names(law):
    """Mean 0, variance 1, the kurtosis of the theory, and no relation between streams or neighbours."""
    kurtosis, entries = LAWS[law]
    one, other = (entries(noise(200_000, stream), noise(200_000, stream + 1)) for stream in (1, 3))
    assert abs(one.mean()) < 4.5 / np.sqrt(len(one))
    assert (one**2).mean() == pytest.approx(1, abs=4.5 * np.sqrt(max(kurtosis - 1, 1e-9) / len(one)))
    assert (one**4).mean() == pytest.approx(kurtosis, rel=0.03)
    for left, right in ((one, other), (one[1:], one[:-1]), (one[1024:], one[:-1024])):
        assert abs((left * right).mean()) < 4.5 / np.sqrt(len(left))


def test_score_variance_stays_within_its_band():
    """256 scores at many widths: variance within four standard errors of the theory, undivided and divided."""
    state = default_of(ScoreVariance)
    for d in (1, 7, 64, 500, 1024):
        for scaled in (False, True):
            frame = ScoreVariance.frame(**state | {"d": d, "scaled": scaled})
            assert frame["variance_theory"] == pytest.approx(1 if scaled else d)
            error = frame["variance_theory"] * np.sqrt((2 + 6 / d) / 256)
            assert abs(frame["variance"] - frame["variance_theory"]) < 4 * error
            assert frame["weights"].sum() == pytest.approx(1)
    assert ScoreVariance.frame(**state | {"scaled": False, "d": 1024})["largest_mean"] > 0.95


def test_identity_attention_is_the_closed_form_where_tokens_are_alike():
    state = default_of(IdentityAttention)
    for n, d, correlation, norm in ((4, 8, 0.0, 2.0), (6, 6, 0.3, 1.5), (16, 16, 0.9, 4.0), (2, 2, 0.0, 0.2)):
        frame = frame_of(IdentityAttention, n=n, d=d, correlation=correlation, norm=norm)
        assert (
            frame["own"]
            == pytest.approx(frame["exact"])
            == pytest.approx(np.exp(norm**2) / (np.exp(norm**2) + (n - 1) * np.exp(correlation * norm**2)))
        )
        assert np.interp(norm, frame["norms"], frame["curve"]) == pytest.approx(frame["distance"], rel=0.02)
    # Three tokens at 120° in the plane keep more than right angles would let them.
    three = IdentityAttention.frame(**state | {"n": 3, "d": 2})
    assert three["own"] == pytest.approx(np.exp(4) / (np.exp(4) + 2 * np.exp(-2))) == pytest.approx(three["exact"])
    assert three["own"] > np.exp(4) / (np.exp(4) + 2) and three["cosine"] == pytest.approx(-0.5)


@given(st.integers(2, 16), st.integers(1, 8), st.floats(0.2, 4), st.floats(0, 0.95), st.floats(-3.14, 3.14))
def test_identity_attention_has_tokens_of_one_norm(n, half, norm, correlation, turn):
    X = arrange(n, 2 * half, norm=norm, correlation=correlation, turn=turn)
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), norm)


def test_head_sum_is_complete_with_its_last_head():
    state = default_of(HeadSum)
    for heads in (1, 4, 8):
        for d_k in (1, 3, 12):
            frame = HeadSum.frame(**state | {"heads": heads, "d_k": d_k, "shown": heads})
            np.testing.assert_allclose(frame["partial"], frame["whole"], atol=1e-12)
            assert frame["rank"] == d_k and frame["left"] < 1e-12
            assert (frame["factored_costs"][0], frame["merged_costs"][0]) == (4 * heads * 12 * d_k, 2 * heads * 144)
