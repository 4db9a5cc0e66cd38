"""The explorers of the chapter on attention; `lib.attention` computes."""

import functools

import numpy as np

from .. import attention
from .controls import Choice, Handle, Slider, Switch
from .explorer import Explorer
from .view import Arrows, Axis, Band, Bars, Grid, Heatmap, Lines, Panel, Points, Readout, Row, Rule, View

NORMS = np.linspace(0.2, 4.0, 39)  # of the curve in identity-attention


class IdentityAttention(Explorer):
    """softmax(X Xᵀ) X of tokens with equal norms: how near it is to doing nothing."""

    name = "identity-attention"
    title = "Attention that does nothing"
    tries = "the norm from 0.2 to 4. Then drag the blue token towards the one above. Then more tokens than dimensions."
    sees = (
        "long tokens at right angles keep themselves, and the map is nearly the identity; short ones, and those with a near "
        "neighbour, are mixed. The point is what is computed. The curve is the closed form for tokens any two of which have the same cosine, the mean "
        "of these. Where all cosines are alike the point is on it: for N ≤ D, for N = D + 1, and for two. Turn one of more, or take more, and it leaves the curve, upwards."
    )
    play = "norm"

    n = Slider(4, 2, 16, label="tokens N", step=1)
    d = Slider(8, 2, 16, label="dimensions D", step=2)
    norm = Slider(2.0, 0.2, 4.0, label="norm of a token", step=0.05, format=".2f")
    correlation = Slider(0.0, 0.0, 0.95, label="correlation of any two", step=0.05, format=".2f")
    turn = Handle(0.0, label="turn of the first token")

    sentence = (
        "{n} tokens of norm {norm:.2f} in {d} dimensions, correlation {correlation:.2f}, the first turned by {turn:.2f} rad: it keeps "
        "{own:.1%} of its weight for itself, where tokens with this mean cosine between any two, {cosine:.3f}, would keep {exact:.1%}; the map is {distance:.4f} from the identity."
    )
    code = """
import numpy as np
from lib import attention
from lib.explorers.attention import arrange, mean_cosine

X = arrange({n}, {d}, norm={norm}, correlation={correlation}, turn={turn})
Y, A = attention.attention(X, X, X, scale=1.0)
own = float(A[0, 0])
cosine = mean_cosine(X)
exact = float(attention.self_weight({norm} ** 2, {n}, correlation=cosine))
distance = float(np.linalg.norm(A - np.eye({n})))
"""

    @staticmethod
    def frame(*, n, d, norm, correlation, turn):
        X = arrange(n, d, norm=norm, correlation=correlation, turn=turn)
        Y, A = attention.attention(X, X, X, scale=1.0)
        cosine = mean_cosine(X)
        return {
            "A": A,
            "cosine": cosine,
            "token": X[0, :2] / norm,
            "output": Y[0, :2] / norm,
            "tokens_x": X[1:, 0] / norm,
            "tokens_y": X[1:, 1] / norm,
            "outputs_x": Y[:, 0] / norm,
            "outputs_y": Y[:, 1] / norm,
            "norms": NORMS,
            "curve": attention.identity_distance(NORMS**2, n, correlation=cosine),
            "here": np.array([norm]),
            "measured": np.array([np.linalg.norm(A - np.eye(n))]),
            "last": n - 0.5,
            "own": A[0, 0],
            "exact": attention.self_weight(norm**2, n, correlation=cosine),
            "distance": np.linalg.norm(A - np.eye(n)),
            "moved": np.linalg.norm(Y[0] - X[0]) / norm,
            "room": d,
        }

    view = View(
        Row(
            (
                Panel(
                    (
                        Points("tokens_x", "tokens_y", "other tokens", "muted"),
                        Points("outputs_x", "outputs_y", "outputs", "vermilion"),
                        Arrows("output", "", "vermilion", dashed=True),
                        Arrows("token", "x", "blue", drag="turn"),
                    ),
                    Axis("first coordinate", -1.25, 1.25),
                    Axis("second coordinate", -1.25, 1.25),
                    ratio=1,
                    circle=True,
                    note="first two coordinates, over the norm",
                ),
                Panel(
                    (Heatmap("A", 1, ".3f", sequential=True),),
                    Axis("token seen, m", -0.5, "last", symbol="m"),
                    Axis("token, n", "last", -0.5, symbol="n"),
                    ratio=1,
                    title="the weights A",
                ),
                Panel(
                    (
                        Lines("norms", "curve", "closed form, all alike", "muted", format=".2e"),
                        Points("here", "measured", "computed", "vermilion", format=".4f"),
                    ),
                    Axis("norm", 0.2, 4),
                    Axis("distance of A from I", 1e-6, 10, log=True),
                    ratio=1,
                    picks=("norm", None),
                ),
            ),
            widths=(1, 1, 1),
        ),
        (
            Readout("own", "weight of x for itself", ".4f"),
            Readout("exact", "closed form, all alike", ".4f"),
            Readout("cosine", "mean cosine of two", "+.3f"),
            Readout("distance", "distance of A from I", ".4f"),
            Readout("moved", "x moved by", ".1%", "of its norm"),
            Readout("room", "room for right angles", "d", "tokens"),
        ),
    )


def arrange(n, d, *, norm, correlation, turn):
    """Tokens (n, d or d + 1) of equal norm, any two correlated alike if d lets them, the first one turned.

    More tokens than dimensions can't be at right angles. They are spread evenly, as the n-th roots of
    unity and their powers, and get one dimension more for what they share."""
    if n <= d:
        X = attention.correlated_tokens(n, d, norm_squared=norm**2, correlation=correlation)
    else:
        angles = 2 * np.pi * np.outer(np.arange(n), np.arange(1, d // 2 + 1)) / n
        spread = np.sqrt(2 / d) * np.stack([np.cos(angles), np.sin(angles)], axis=2).reshape(n, d)
        X = norm * np.hstack([np.sqrt(1 - correlation) * spread, np.full((n, 1), np.sqrt(correlation))])
    cos, sin = np.cos(turn), np.sin(turn)
    X[0, :2] = cos * X[0, 0] - sin * X[0, 1], sin * X[0, 0] + cos * X[0, 1]
    return X


def mean_cosine(X):
    """The mean cosine of two of the tokens X (n, d), all of one norm; rounding apart, never below that of a simplex."""
    n, total = len(X), (X.sum(axis=0) ** 2).sum() / (X[0] ** 2).sum()
    return min(1.0, max(-1 / (n - 1), (total / n - 1) / (n - 1)))


WIDEST = 1024  # d of score-variance
SAMPLES = 256  # pairs of a query and a key
ROWS, KEYS = 16, 16  # queries, each with keys of its own
BINS = 24
REACH = 4.5  # standard deviations on each side of the histogram
HEADS = 8
# Kurtosis, and the map from uniform numbers to entries of mean 0 and variance 1.
LAWS = {
    "normal": (3.0, lambda u, w: np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * w)),
    "uniform": (1.8, lambda u, w: np.sqrt(12) * (u - 0.5)),
    "signs": (1.0, lambda u, w: np.where(u < 0.5, -1.0, 1.0)),
}
WIDTHS = np.unique(np.round(2 ** (np.arange(21) / 2)).astype(int))  # of the curves over d


def noise(count, stream):
    """Uniform numbers in (0, 1) that Python and the browser both compute: a hash of their place.

    The mixing is that of MurmurHash3 (Appleby), on 32 bits."""
    with np.errstate(over="ignore"):
        h = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(stream) * np.uint32(0x7F4A7C15)
        h ^= h >> 16
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> 13
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> 16
    return (h + 0.5) / 2**32


@functools.cache
def sums(law):
    """Σ q_i² and Σ q_i r_i over the first d coordinates: (SAMPLES, WIDEST) of pairs; (ROWS, WIDEST) and
    (ROWS, KEYS, WIDEST) of queries with KEYS keys each."""
    entries = LAWS[law][1]

    def drawn(stream, rows):
        count = rows * WIDEST
        return entries(noise(count, stream), noise(count, stream + 1)).reshape(rows, WIDEST)

    q, r = drawn(1, SAMPLES), drawn(3, SAMPLES)
    one, keys = drawn(5, ROWS), drawn(7, ROWS * KEYS).reshape(ROWS, KEYS, WIDEST)
    return [np.cumsum(products, axis=-1) for products in (q * q, q * r, one * one, one[:, None] * keys)]


class ScoreVariance(Explorer):
    """Scores of random queries and keys over the width: their spread, and what the softmax makes of it."""

    name = "score-variance"
    title = "Why divide by √d"
    tries = "the width up to 1024, with the division and without. Then correlated vectors. Then √d_model."
    sees = (
        "the bars are one query’s weights, the curves the means of 16 queries. Undivided, scores spread like √d: the largest weight tends to 1 and the norm of the "
        "softmax’s Jacobian to 0. Divided, and without correlation, both hardly change from d = 4 on. A correlation is not cured by dividing: the mean grows like √d all the same. "
        "In the shaded band are 95% of such counts if the scores are normal; that they nearly are from d = 64 on, of ±1 entries from d = 256 on."
    )
    play = "d"

    d = Slider(64, 1, WIDEST, label="width of a head, d", step=1, log=True)
    correlation = Slider(0.0, -0.9, 0.9, label="correlation of query and key", step=0.05, format="+.2f")
    law = Choice("normal", {"normal": "normal", "uniform": "uniform", "signs": "±1"}, label="entries")
    heads = Slider(HEADS, 1, 16, label="heads H", step=1)
    scaled = Switch(True, label="divide by √d")
    of_model = Switch(False, label="break it: divide by √d_model, of all heads", breaks=True)

    sentence = (
        "Width {d}, {law} entries, correlation {correlation:.2f}: the scores have mean {mean:.3f} and variance {variance:.3f}, in theory "
        "{mean_theory:.3f} and {variance_theory:.3f}. The largest of one query's 16 weights is {largest:.3f}, of 16 queries {largest_mean:.3f} in the mean; the norm of the softmax's Jacobian is {slope_mean:.4f} in the mean."
    )
    code = """
import numpy as np
from lib import attention
from lib.explorers.attention import LAWS, sums

d, rho, model_width = {d}, {correlation}, {heads} * {d}
divisor = np.sqrt(model_width) if {of_model} else np.sqrt(d) if {scaled} else 1.0
squares, products, square, row = (table[..., d - 1] for table in sums({law}))
scores = (rho * squares + np.sqrt(1 - rho**2) * products) / divisor
variance = float(scores.var())
mean_theory, variance_theory = attention.score_moments(d, correlation=rho, kurtosis=LAWS[{law}][0])
mean_theory, variance_theory = float(mean_theory / divisor), float(variance_theory / divisor**2)
# 16 queries with 16 keys each; only the first key is correlated with its query.
followed = np.arange(16) == 0
correlated = rho * square[:, None] + np.sqrt(1 - rho**2) * row
all_weights = attention.softmax(np.where(followed, correlated, row) / divisor)
weights = all_weights[0]
largest_mean = float(all_weights.max(axis=1).mean())
"""

    @staticmethod
    def frame(*, d, correlation, law, heads, scaled, of_model):
        squares, products, square, row = sums(law)
        follow, own = correlation, np.sqrt(1 - correlation**2)

        def divisor(d):
            return np.sqrt(heads * d) if of_model else np.sqrt(d) if scaled else np.ones_like(d, dtype=float)

        by = divisor(d)
        scores = (follow * squares[:, d - 1] + own * products[:, d - 1]) / by
        mean, variance = attention.score_moments(d, correlation=correlation, kurtosis=LAWS[law][0])
        mean, deviation = mean / by, np.sqrt(variance) / by
        width = 2 * REACH * deviation / BINS
        place = np.floor((scores - (mean - REACH * deviation)) / width)
        counts = np.array([(place == b).sum() for b in range(BINS)])
        edges = mean + deviation * REACH * (2 * np.arange(BINS + 1) / BINS - 1)
        centres = (edges[1:] + edges[:-1]) / 2
        density = np.exp(-(((centres - mean) / deviation) ** 2) / 2) / (deviation * np.sqrt(2 * np.pi))
        share = density * width
        error = 1.96 * np.sqrt(share * (1 - share) / SAMPLES) / width

        def weights(d):
            """Of each query's keys, the first of which follows it; d (W,) -> (W, ROWS, KEYS)."""
            z = np.moveaxis(row[..., d - 1], -1, 0).copy()
            z[..., 0] = follow * square[:, d - 1].T + own * z[..., 0]
            return attention.softmax(z / divisor(d)[:, None, None])

        def slope(p):
            # The Jacobian by way of its softmax's logarithms, as `softmax_jacobian` wants scores.
            return np.linalg.norm(attention.softmax_jacobian(np.log(np.maximum(p, 1e-300))), axis=(-2, -1))

        over_d, (here,) = weights(WIDTHS), weights(np.array([d]))
        # Undivided, the axis has room for the widest, so that the spread is seen to grow.
        reach = max(5.0 if scaled or of_model else 160.0, abs(mean) + 5 * deviation)
        return {
            "outline": np.repeat(edges, 2),
            "floor": np.zeros(2 * BINS + 2),
            "bars": np.concatenate([[0.0], np.repeat(counts / (SAMPLES * width), 2), [0.0]]),
            "centres": centres,
            "density": density,
            "least": np.maximum(0.0, density - error),
            "greatest": density + error,
            "peak": 1.5 * density.max(),
            "left": -reach,
            "right": reach,
            "key": np.arange(1, KEYS + 1),
            "weights": here[0],
            "widths": WIDTHS,
            "largest_over_d": over_d.max(axis=-1).mean(axis=-1),
            "slope_over_d": slope(over_d).mean(axis=-1),
            "mean": scores.mean(),
            "variance": scores.var(),
            "mean_theory": mean,
            "variance_theory": deviation**2,
            "largest": here[0].max(),
            "largest_mean": here.max(axis=-1).mean(),
            "slope_mean": slope(here).mean(),
            "d_model": heads * d,
            "off": np.abs(by / np.sqrt(d) - 1) if scaled or of_model else 0.0,
        }

    view = View(
        Row(
            (
                Panel(
                    (
                        Band("outline", "floor", "bars", "blue"),
                        Lines("outline", "bars", "256 scores", "blue", width=1.2),
                        Band("centres", "least", "greatest", "muted"),
                        Lines("centres", "density", "theory", "ink", dashed=True, width=1.4),
                        Rule("", x="mean_theory"),
                    ),
                    Axis("score", "left", "right"),
                    Axis("density", 0, "peak"),
                    ratio=1.12,
                ),
                Grid(
                    (
                        Panel(
                            (Bars("weights", "", "vermilion", x="key"),),
                            Axis("key", 0.4, KEYS + 0.6, symbol="key"),
                            Axis("weight", 0, 1),
                            ratio=0.42,
                            title="one query’s 16 keys; the first is correlated",
                        ),
                        Panel(
                            (
                                Lines("widths", "largest_over_d", "largest weight, mean", "vermilion", format=".3f"),
                                Lines("widths", "slope_over_d", "norm of the Jacobian, mean", "green", format=".2e"),
                                Rule("", x="d", color="ink"),
                            ),
                            Axis("width d", 1, WIDEST, log=True, symbol="d ="),
                            Axis("weight, norm", 0, 1.02),
                            ratio=0.42,
                            picks=("d", None),
                        ),
                    ),
                    columns=1,
                ),
            ),
            widths=(1, 1),
        ),
        (
            Readout("variance", "variance of the scores", ".3f"),
            Readout("variance_theory", "in theory", ".3f"),
            Readout("mean", "mean", "+.3f"),
            Readout("mean_theory", "in theory", "+.3f"),
            Readout("largest", "largest weight drawn", ".3f"),
            Readout("largest_mean", "of 16 queries, mean", ".3f"),
            Readout("slope_mean", "norm of the Jacobian, mean", ".4f"),
            Readout("d_model", "d_model", ",d"),
            Readout("off", "divisor off √d by", ".1%", must_vanish=1e-12),
        ),
    )


TOKENS, WIDTH, MOST = 8, 12, 8  # N, D and the most heads of head-sum


class HeadSum(Explorer):
    """The heads of a layer one by one: what each adds, their sum, the concatenated form, and the costs."""

    name = "head-sum"
    title = "Heads add up"
    tries = "adding the heads one by one. Then d_k from 1 to 12. Then the red switch."
    sees = (
        "the sum of the first heads becomes the layer's output exactly when the last is in. A head's merged matrix has no more than "
        "d_k singular values above 0, and costs a full D × D all the same."
    )
    play = "shown"

    heads = Slider(MOST, 1, MOST, label="heads H", step=1)
    d_k = Slider(3, 1, WIDTH, label="width of a head, d_k = d_v", step=1)
    shown = Slider(2, 1, MOST, label="heads added", step=1)
    mixed = Switch(False, label="break it: give every head the first block of W_O", breaks=True)

    sentence = (
        "{heads} heads of width {d_k}: the sum of the first {added} is {left:.4f} from the output; the sum of all differs from the concatenated "
        "form by {error:.1f}. A merged value matrix has rank {rank}; merged the layer has {merged} parameters, factored {factored}."
    )
    code = """
import numpy as np
from lib import attention
from lib.explorers.attention import HeadSum

given = {{name: np.array(value) for name, value in HeadSum.data().items()}}
H, d_k = {heads}, {d_k}
W_q, W_k, W_v = (given[name][:H, :, :d_k] for name in ("W_q", "W_k", "W_v"))
W_o = given["W_o"][:H, :d_k]
Y = attention.multi_head_attention(given["x"], W_q, W_k, W_v, W_o)[0]
if {mixed}:
    W_o = np.broadcast_to(W_o[0], W_o.shape)
each = attention.head_outputs(given["x"], W_q, W_k, W_v, W_o)  # (H, N, D)
error = float(np.abs(each.sum(axis=0) - Y).max())
costs = attention.head_costs(8, 12, d_k, d_k, H)
factored, merged = costs.factored_parameters, costs.merged_parameters
"""

    @staticmethod
    @functools.cache
    def data():
        rng = np.random.default_rng(8)

        def drawn(*shape):
            return np.round(rng.standard_normal(shape) / np.sqrt(WIDTH), 2)

        given = {"x": np.round(rng.standard_normal((TOKENS, WIDTH)), 2)}
        given |= {name: drawn(MOST, WIDTH, WIDTH) for name in ("W_q", "W_k", "W_v", "W_o")}
        # A twin would need a decomposition of its own for these.
        merged = [attention.merge_value_output(given["W_v"][:, :, :k], given["W_o"][:, :k]) for k in range(1, WIDTH + 1)]
        return given | {"singular": np.round(np.linalg.svd(np.array(merged), compute_uv=False), 6)}  # (d_k, H, D)

    @staticmethod
    def frame(*, heads, d_k, shown, mixed):
        given, H = HeadSum.data(), heads
        added = min(shown, H)
        W_q, W_k, W_v = (given[name][:H, :, :d_k] for name in ("W_q", "W_k", "W_v"))
        W_o = given["W_o"][:H, :d_k]
        whole = attention.multi_head_attention(given["x"], W_q, W_k, W_v, W_o)[0]
        each = attention.head_outputs(given["x"], W_q, W_k, W_v, np.broadcast_to(W_o[0], W_o.shape) if mixed else W_o)
        partial = np.cumsum(each, axis=0)  # (H, N, D)
        left = np.linalg.norm(partial - whole, axis=(1, 2))
        costs = attention.head_costs(TOKENS, WIDTH, d_k, d_k, H)
        singular = given["singular"][d_k - 1, added - 1]
        return {
            "head": each[added - 1],
            "partial": partial[added - 1],
            "whole": whole,
            "limit": max(np.abs(whole).max(), np.abs(partial[added - 1]).max()),
            "number": np.arange(MOST + 1),
            "distances": np.concatenate([[np.linalg.norm(whole)], left, np.full(MOST - H, np.nan)]),
            "most": 1.1 * max(np.linalg.norm(whole), left.max()),
            "here": np.array([added]),
            "left_here": left[[added - 1]],
            "index": np.arange(1, WIDTH + 1),
            "singular_values": singular,
            "highest": 1.1 * singular.max(),
            "factored_costs": np.array([costs.factored_parameters, costs.factored_multiply_adds]),
            "merged_costs": np.array([costs.merged_parameters, costs.merged_multiply_adds]),
            "at_factored": np.array([-0.18, 0.82]),
            "at_merged": np.array([0.18, 1.18]),
            "added": added,
            "left": left[added - 1],
            "error": np.abs(partial[-1] - whole).max(),
            "rank": (singular > 1e-5).sum(),
            "factored": costs.factored_parameters,
            "merged": costs.merged_parameters,
        }

    view = View(
        Grid(
            (
                Row(
                    tuple(
                        Panel(
                            (Heatmap(name, "limit"),),
                            Axis("coordinate", -0.5, WIDTH - 0.5, symbol="i"),
                            Axis("token", TOKENS - 0.5, -0.5, symbol="n"),
                            ratio=0.75,
                            title=title,
                        )
                        for name, title in (
                            ("head", "head {added} alone"), ("partial", "heads 1 to {added}"), ("whole", "the layer"),
                        )
                    ),
                    widths=(1, 1, 1),
                ),
                Row(
                    (
                        Panel(
                            (
                                Bars("distances", "", "muted", x="number"),
                                Points("here", "left_here", "", "vermilion"),
                            ),
                            Axis("heads added", -0.6, MOST + 0.6, symbol="heads"),
                            Axis("what is missing", 0, "most"),
                            ratio=0.75,
                            picks=("shown", None),
                        ),
                        Panel(
                            (Bars("singular_values", "", "green", x="index"),),
                            Axis("number", 0.4, WIDTH + 0.6, symbol="number"),
                            Axis("singular value", 0, "highest"),
                            ratio=0.75,
                            title="its matrix W_V W_O",
                        ),
                        Panel(
                            (
                                Bars("factored_costs", "factored", "blue", x="at_factored", width=0.34, format=",d"),
                                Bars("merged_costs", "merged", "purple", x="at_merged", width=0.34, format=",d"),
                            ),
                            Axis("costs", -0.6, 1.6, labels=("weights", "work")),
                            Axis("count", 10, 1e5, log=True),
                            ratio=0.75,
                        ),
                    ),
                    widths=(1, 1, 1),
                ),
            ),
            columns=1,
        ),
        (
            Readout("left", "missing after the heads added", ".4f"),
            Readout("error", "all heads against the concatenated form", ".4f", must_vanish=1e-12),
            Readout("rank", "rank of W_V W_O", "d"),
            Readout("factored", "parameters, factored", ",d"),
            Readout("merged", "merged", ",d"),
        ),
    )
