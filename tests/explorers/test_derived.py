"""Derived numbers of explorers against closed forms and slow loops that share no line with frames or twins."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from every_explorer import frame_of

from lib import parameters, rope
from lib.explorers.attention import HeadSum, IdentityAttention, ScoreVariance
from lib.explorers.counting import MemoryMeter, ParameterCounter, ShapeTrace
from lib.explorers.equivariance import AttentionMatrix
from lib.explorers.positional import RelativeBias, ShiftKernel
from lib.explorers.recurrent import CellRace
from lib.explorers.rope import RopeExtension, RopeScore


def test_the_band_holds_95_of_100_counts():
    """A count of a bin is binomial; the band's half width is that quantile of the normal law."""
    frame = frame_of(ScoreVariance, d=200)
    width = frame["centres"][1] - frame["centres"][0]
    for density, low, high in zip(frame["density"], frame["least"], frame["greatest"]):
        share = density * width
        half = NormalDist().inv_cdf(0.975) * math.sqrt(share * (1 - share) / 256) / width
        assert high - density == pytest.approx(half, rel=1e-4) and low == pytest.approx(max(0.0, density - half), rel=1e-3, abs=1e-9)
    assert sum(frame["density"]) * width == pytest.approx(1, abs=1e-4)


def test_the_histogram_counts_each_score_once():
    frame = frame_of(ScoreVariance, d=50, law="uniform")
    edges = frame["outline"][::2]
    heights = frame["bars"][1:-1:2]
    assert len(edges) == 25 and (frame["bars"][0], frame["bars"][-1]) == (0, 0)
    counts = heights * 256 * (edges[1] - edges[0])
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-9)
    assert 250 <= counts.sum() < 256.5  # 4.5 deviations to each side leave hardly one out
    mean = sum(count * (low + high) / 2 for count, low, high in zip(counts, edges, edges[1:])) / counts.sum()
    assert mean == pytest.approx(frame["mean"], abs=edges[1] - edges[0])


def test_the_axis_of_scores_holds_the_whole_histogram_and_keeps_its_width():
    """Undivided it is as wide as the widest need, 160, so that the spread is seen to grow; five deviations fit in any case."""
    for d, correlation, scaled in ((4, 0.0, True), (900, 0.9, True), (64, 0.0, False), (1024, -0.9, False)):
        frame = frame_of(ScoreVariance, d=d, correlation=correlation, scaled=scaled)
        needed = abs(frame["mean_theory"]) + 5 * math.sqrt(frame["variance_theory"])
        assert frame["farthest"] == pytest.approx(sorted([needed, 5 if scaled else 160])[1])


def test_the_jacobians_norm_is_that_of_differences():
    frame = frame_of(ScoreVariance, d=4)
    z = np.log(frame["weights"])

    def softmax(z):
        return [math.exp(a) / sum(math.exp(b) for b in z) for a in z]

    columns = []
    for i in range(len(z)):
        up, down = z.copy(), z.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        columns.append((np.array(softmax(up)) - softmax(down)) / 2e-5)
    p = frame["weights"]
    closed = sum((p[i] * ((i == j) - p[j])) ** 2 for i in range(16) for j in range(16))
    assert np.linalg.norm(columns) == pytest.approx(math.sqrt(closed), rel=1e-6)
    assert frame["slope_over_d"][list(frame["widths"]).index(4)] == pytest.approx(frame["slope_mean"], rel=1e-12)


@pytest.mark.parametrize("model, kib", [("Llama-3-8B", 128.0), ("gpt2", 36.0), ("gemma-2b", 18.0)])
def test_a_tokens_cache_by_hand(model, kib):
    """2 · layers · key heads · head width · 2 bytes: 2·32·8·128·2, 2·12·12·64·2, 2·18·1·256·2 bytes."""
    assert frame_of(MemoryMeter, model=model)["cache_of_a_token"] == kib


def test_what_training_keeps_by_hand():
    """Kingma and Ba's two moments and a copy of 16-bit weights in fp32 (Micikevicius et al.)."""
    for number_format, wanted in (("fp16", (2000, 2000, 8000, 4000)), ("bf16", (2000, 2000, 8000, 4000)), ("fp32", (4000, 4000, 8000, 0))):
        assert tuple(parameters.training_bytes(1000, number_format=number_format).values()) == wanted
    assert parameters.training_bytes(1000, number_format="fp16", master_weights=False)["master_weights"] == 0
    frame = frame_of(MemoryMeter, weights_in="fp32")
    weights = frame["sizes"][0]
    assert frame["train"] == pytest.approx(weights * 4 + frame["activations"]) and frame["sizes"][5] == 0


def test_an_alias_that_is_given_wins():
    """As in transformers: the config's class sets its own fields first, then what else the file has, through the attribute map."""
    both = parameters.from_hf({"model_type": "gpt2", "n_embd": 768, "hidden_size": 384, "n_head": 6})
    assert both.d_model == 384
    assert parameters.from_hf({"model_type": "gpt2", "n_embd": 768, "hidden_size": None}).d_model == 768


@pytest.mark.parametrize("method", RopeExtension.controls["method"].options)
def test_unseen_angles_by_walking_along_them(method):
    frame = frame_of(RopeExtension, method=method, factor=4.0, original=1000)
    trained = 2 * np.pi / frame["before"]
    theta = 2 * np.pi / frame["after"]
    for i in (0, 20, 40, 45, 50, 63):
        arc = 1000 * trained[i]
        angles = (np.arange(0, 4000, 0.05) * theta[i]) % (2 * np.pi)
        assert frame["unseen_pairs"][i] == pytest.approx(np.mean(angles > arc), abs=2e-3), i
    assert frame["unseen"] == pytest.approx(sum(frame["unseen_pairs"]) / 64)


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_the_bound_by_a_slow_loop(share):
    frame = frame_of(RopeScore, d=32, share=share, distance=38)
    rotated = int(16 * share)
    theta = [10_000.0 ** (-i / rotated) for i in range(rotated)]
    total = sum(abs(sum(complex(math.cos(38 * t), math.sin(38 * t)) for t in theta[: j + 1])) for j in range(rotated))
    assert frame["bound"] == pytest.approx((total + 16 - rotated) / 16)
    assert frame["slow"] == sum(2 * math.pi / t > 76 for t in theta)
    at = list(frame["x"]).index(38)
    h = [(16 - i) / 16 for i in range(16)]
    fading = sum(h[i] * math.cos(38 * theta[i]) for i in range(rotated)) + sum(h[rotated:])
    assert frame["fading"][at] == pytest.approx(fading / sum(h))
    steps = [abs((h[i + 1] if i + 1 < rotated else 0) - h[i]) for i in range(rotated)]
    assert frame["fading_proved"][at] == pytest.approx((min(max(steps) * total, sum(h[:rotated])) + sum(h[rotated:])) / sum(h))
    np.testing.assert_allclose(theta, rope.frequencies(2 * rotated))


def test_the_curve_of_identity_attention_by_its_matrix():
    """Tokens any two of which have the same cosine c: one row's weights by hand."""
    frame = frame_of(IdentityAttention, n=5, d=8, correlation=0.3, norm=1.2)
    for at in (0.2, 1.2, 4.0):
        own, other = math.exp(at**2), math.exp(0.3 * at**2)
        total = own + 4 * other
        distance = math.sqrt(5 * ((own / total - 1) ** 2 + 4 * (other / total) ** 2))
        assert np.interp(at, frame["norms"], frame["curve"]) == pytest.approx(distance, rel=2e-2 if at == 1.2 else 1e-9)


def test_what_is_missing_and_what_it_costs_by_hand():
    frame = frame_of(HeadSum, heads=3, d_k=2, shown=2)
    assert frame["factored_costs"][0] == 3 * 4 * 12 * 2 and frame["merged_costs"][0] == 3 * 2 * 144
    assert frame["factored_costs"][1] == 8 * 288 + 3 * 64 * 2 * 2 and frame["merged_costs"][1] == 8 * 864 + 3 * 64 * 2 * 12
    np.testing.assert_allclose(frame["distances"][2], np.sqrt(((frame["whole"] - frame["partial"]) ** 2).sum()))
    np.testing.assert_allclose(frame["distances"][0], np.sqrt((frame["whole"] ** 2).sum()))
    assert frame["left"] == frame["distances"][2]


def test_the_largest_cell_that_fits_by_trying():
    frame = frame_of(CellRace, d=50, k=70)
    budget = 4 * (70 * 120 + 70)
    for gates, name in ((3, "k_gru"), (1, "k_rnn")):
        assert frame[name] == max(k for k in range(1, 2000) if gates * (k * (k + 50) + k) <= budget)
    assert frame["products"].tolist() == [70 * 120, 3 * 70 * 120 + 3 * 70, 4 * 70 * 120 + 3 * 70]


def test_the_product_over_distance_by_cosines():
    """Σ cos(kθ_i) over d/2 pairs, of the largest possible d/2."""
    frame = frame_of(ShiftKernel, d=8, base=100.0, k=5)
    theta = [100.0 ** (-i / 4) for i in range(4)]
    for k in (0, 5, 48):
        assert frame["here"][k] == pytest.approx(sum(math.cos(k * t) for t in theta) / 4)
    assert frame["value"] == frame["here"][5]
    pairs = frame_of(ShiftKernel, d=8, base=100.0, p=7, multiplied=True)
    by_hand = sum(0.25 * math.sin(7 * t) * math.sin(12 * t) + 2.25 * math.cos(7 * t) * math.cos(12 * t) for t in theta)
    assert pairs["here"][5] == pytest.approx(by_hand / (1.5**2 * 4))


def test_weights_under_alibi_by_hand():
    frame = frame_of(RelativeBias, heads=8, head=2, query=6, peak=3, height=2.0)
    scores = [2 * math.exp(-(((key - 3) / 1.5) ** 2)) - 2**-2 * (6 - key) for key in range(7)]
    weights = [math.exp(score) for score in scores]
    np.testing.assert_allclose(frame["after"][:7], np.array(weights) / sum(weights))
    assert (frame["after"][7:] == 0).all() and frame["after_at_peak"] == frame["after"][3] and frame["slope"] == 0.25
    counted = frame_of(RelativeBias, heads=8, head=2, miscounted=True)
    assert counted["slope"] == 0.5 and counted["deviation"] == 0.5


def test_what_a_tied_table_counted_twice_adds_and_what_is_active():
    frame = frame_of(ParameterCounter, net="mixture", twice=True)
    D, F, L = 768, 3072, 12
    net = 2 * D * F + F + D
    assert frame["total"] == 124_439_808 + L * (7 * net + 8 * D) + 50257 * D
    assert frame["active"] == 124_439_808 + L * (net + 8 * D) + 50257 * D
    assert frame["opened_share"] == 1 and sum(frame["group_share"]) == pytest.approx(1)


def test_bytes_of_a_step_by_hand():
    frame = frame_of(ShapeTrace, step=5, B=2, N=100, h=3, number_format="bf16")
    assert frame["step_name"] == "encoder, attention weights" and frame["step_numbers"] == 2 * 3 * 100 * 100
    assert frame["step_mib"] == 2 * 60_000 / 1024**2
    assert frame_of(ShapeTrace, step=0, B=2, N=100, number_format="bf16")["step_mib"] == 4 * 200 / 1024**2  # token numbers have 4 bytes
    assert frame_of(ShapeTrace, unprojected=True, h=5, d_k=192, D=1024)["mismatch"] == 64


def test_counts_of_the_one_matrix_by_counting():
    frame = frame_of(AttentionMatrix, tokens=5, width=3, heads=2, causal=True)
    assert frame["zero"] == np.isnan(frame["matrix"]).sum() == 9 * 10 and frame["entries"] == 225
    assert frame["computed"] == 2 * 15 and frame["learned"] == 2 * 2 * 3 * 2
    dense = frame_of(AttentionMatrix, tokens=5, width=3, heads=2)
    # A convolution of width 3 has one D × D block for each offset.
    assert dense["bars"].tolist()[:3] == [225, 225, 27]
