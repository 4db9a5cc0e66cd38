"""score-variance: scores of random queries and keys over the width, their spread, and what the softmax makes of it."""

import functools

import numpy as np

from ... import attention
from ...widget import Axis, Band, Bars, Explorer, Grid, Index, Lines, Panel, Reach, Readout, Row, Rule, View
from ...widget.controls import Choice, Slider, Switch

WIDEST = 1024  # the largest d
SAMPLES = 256  # pairs of a query and a key
ROWS, KEYS = 16, 16  # queries, each with keys of its own
BINS = 24
SPREAD = 4.5  # standard deviations on each side of the histogram
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
    tries = "the width up to 1024, with the division and without. Then correlated vectors. Then √D."
    sees = (
        "the bars are one query’s weights, the curves the means of 16 queries. Undivided, scores spread like √d: the largest weight "
        "tends to 1 and the norm of the softmax’s Jacobian to 0. Divided, and without correlation, both hardly change from d = 4 on. A "
        "correlation is not cured by dividing: the mean grows like √d all the same. In the shaded band are 95% of such counts if the "
        "scores are normal; that they nearly are from d = 64 on, of ±1 entries from d = 256 on."
    )
    play = "d"

    d = Slider(64, 1, WIDEST, label="width of a head, d", step=1, log=True)
    correlation = Slider(0.0, -0.9, 0.9, label="correlation of query and key", step=0.05, format="+.2f")
    law = Choice("normal", {"normal": "normal", "uniform": "uniform", "signs": "±1"}, label="entries")
    heads = Slider(8, 1, 16, label="heads H", step=1)
    scaled = Switch(True, label="divide by √d")
    of_model = Switch(False, label="break it: divide by √D, of all heads", breaks=True)

    sentence = (
        "Width {d}, {law} entries, correlation {correlation:.2f}: the scores have mean {mean:.3f} and variance {variance:.3f}, in theory "
        "{mean_theory:.3f} and {variance_theory:.3f}. The largest of one query's 16 weights is {largest:.3f}, of 16 queries "
        "{largest_mean:.3f} in the mean; the norm of the softmax's Jacobian is {slope_mean:.4f} in the mean."
    )

    @staticmethod
    def data():
        return {"widths": WIDTHS}

    @staticmethod
    def compute(*, d, correlation, law, heads, scaled, of_model):
        d_model = heads * d

        def divisor(d):
            return np.sqrt(heads * d) if of_model else np.sqrt(d) if scaled else 1.0

        off = np.abs(divisor(d) / np.sqrt(d) - 1) if scaled or of_model else 0.0
        # 256 pairs of a query and a key
        rest = np.sqrt(1 - correlation**2)
        squares, products = (of_pairs[:, d - 1] for of_pairs in sums(law)[:2])
        scores = (correlation * squares + rest * products) / divisor(d)
        mean, variance = scores.mean(), scores.var()
        mean_theory, variance_theory = attention.score_moments(d, correlation=correlation, kurtosis=LAWS[law][0])
        mean_theory, variance_theory = mean_theory / divisor(d), variance_theory / divisor(d) ** 2

        # 16 queries with 16 keys each; only the first key is correlated with its query.
        def rows(d):
            squares, products = (of_rows[..., d - 1] for of_rows in sums(law)[2:])
            correlated = correlation * squares[:, None] + rest * products
            return np.where(np.arange(KEYS) == 0, correlated, products) / divisor(d)

        # Means over the queries: of their largest weights, and of the norms of the softmax's Jacobian.
        def largest_and_slope(z):
            largest = attention.softmax(z).max(axis=-1)
            slope = np.linalg.norm(attention.softmax_jacobian(z), axis=(-2, -1))
            return largest.mean(axis=-1), slope.mean(axis=-1)

        here = rows(d)
        weights = attention.softmax(here[0])  # of the first query
        largest = weights.max()
        largest_mean, slope_mean = largest_and_slope(here)
        largest_over_d, slope_over_d = largest_and_slope(np.array([rows(width) for width in WIDTHS]))
        return dict(
            d_model=d_model, off=off, scores=scores, mean=mean, variance=variance, mean_theory=mean_theory, variance_theory=variance_theory,
            weights=weights, largest=largest, largest_mean=largest_mean, slope_mean=slope_mean,
            largest_over_d=largest_over_d, slope_over_d=slope_over_d,
        )  # fmt: skip

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        scores, mean, deviation = found.pop("scores"), found["mean_theory"], np.sqrt(found["variance_theory"])
        width = 2 * SPREAD * deviation / BINS
        # Scores of signs may lie on an edge: they count above it, however the last digit was rounded.
        place = np.floor((scores - (mean - SPREAD * deviation)) / width + 1e-9)
        counts = np.array([(place == b).sum() for b in range(BINS)])
        edges = mean + deviation * SPREAD * (2 * np.arange(BINS + 1) / BINS - 1)
        centres = (edges[1:] + edges[:-1]) / 2
        density = np.exp(-(((centres - mean) / deviation) ** 2) / 2) / (deviation * np.sqrt(2 * np.pi))
        share = density * width
        error = 1.96 * np.sqrt(share * (1 - share) / SAMPLES) / width
        # Undivided, the axis has room for the widest, so that the spread is seen to grow.
        farthest = max(5.0 if controls["scaled"] or controls["of_model"] else 160.0, abs(mean) + 5 * deviation)
        return found | {
            "outline": np.repeat(edges, 2),
            "bars": np.concatenate([[0.0], np.repeat(counts / (SAMPLES * width), 2), [0.0]]),
            "centres": centres,
            "density": density,
            "least": np.maximum(0.0, density - error),
            "greatest": density + error,
            "farthest": farthest,
        }

    view = View(
        Row(
            Panel(
                Band("outline", 0, "bars", "blue"),
                Lines("outline", "bars", "256 scores", "blue", width=1.2),
                Band("centres", "least", "greatest", "muted"),
                Lines("centres", "density", "theory", "ink", dashed=True, width=1.4),
                Rule(x="mean_theory"),
                x=Axis("score", Reach(0, -1, of=("farthest",)), "farthest"),
                y=Axis("density", 0, Reach(0, 1.5, of=("density",))),
                ratio=1.12,
                main=True,
            ),
            Grid(
                Panel(
                    Bars("weights", "", "vermilion", x=Index(1)),
                    x=Axis("key", symbol="key"),
                    y=Axis("weight", 0, 1),
                    ratio=0.42,
                    title="one query’s 16 keys; the first is correlated",
                ),
                Panel(
                    Lines("widths", "largest_over_d", "largest weight, mean", "vermilion", format=".3f"),
                    Lines("widths", "slope_over_d", "norm of the Jacobian, mean", "green", format=".2e"),
                    Rule(x="d", color="ink"),
                    x=Axis("width d", log=True, symbol="d ="),
                    y=Axis("weight, norm", 0, 1.02),
                    ratio=0.42,
                    picks=("d", None),
                ),
                columns=1,
            ),
        ),
        Readout("variance", "variance of the scores", ".3f", column="drawn"),
        Readout("variance_theory", "variance of the scores", ".3f", column="in theory"),
        Readout("mean", "their mean", "+.3f", column="drawn"),
        Readout("mean_theory", "their mean", "+.3f", column="in theory"),
        Readout("largest", "largest weight drawn", ".3f"),
        Readout("largest_mean", "of 16 queries, mean", ".3f"),
        Readout("slope_mean", "norm of the Jacobian, mean", ".4f"),
        Readout("d_model", "D, width of all heads", ",d"),
        Readout("off", "divisor off √d by", ".1%", must_vanish=1e-12),
    )
