"""The explorers of the chapter on rotary positions; `lib.rope` computes, this file chooses and names."""

import numpy as np

from .. import rope
from .controls import Choice, Handle, Slider, Switch
from .explorer import Explorer
from .view import Arrows, Axis, Bars, Grid, Heatmap, Lines, Panel, Points, Readout, Row, Rule, View

PAIRS = 4  # circles in the picture of rope-rotation
WINDOW = 24  # positions along each side of its score map


def _distances(longest):
    """Whole distances from 1 to `longest` tokens, 80 a decade and no distance twice.

    The small term keeps the whole powers of ten whole where 10**x falls just short of them.
    """
    steps = np.arange(0, 80 * np.log10(longest) + 1e-9)
    return np.unique(np.floor(10 ** (steps / 80) + 1e-6))


class RopeRotation(Explorer):
    """Query and key as arrows on unit circles, turned by their positions, and all their scores."""

    name = "rope-rotation"
    title = "Turning queries and keys"
    tries = "moving both positions by the same amount with “shift both by”, then the red switch."
    sees = (
        "every arrow turns, the score stands still: it is constant along the diagonals of the map. "
        "With the mixed pairing the diagonals break up (not with one pair: there both pairings are the same)."
    )
    play = "shift"

    m = Slider(9, 0, WINDOW - 1, label="query position m", unit="tokens", step=1)
    n = Slider(4, 0, WINDOW - 1, label="key position n", unit="tokens", step=1)
    base = Slider(10000.0, 10.0, 1e6, label="base", log=True, format=",.0f")
    shift = Slider(0, 0, 512, label="shift both by", unit="tokens", step=1)
    pairs = Slider(PAIRS, 1, PAIRS, label="pairs of coordinates, d/2", step=1)
    mixed = Switch(False, label="break it: pair q interleaved, k by halves", breaks=True)
    q1 = Handle(0.5, label="query, pair 1: angle")
    q2 = Handle(1.2, label="query, pair 2: angle")
    q3 = Handle(-0.4, label="query, pair 3: angle")
    q4 = Handle(0.9, label="query, pair 4: angle")
    k1 = Handle(0.1, label="key, pair 1: angle")
    k2 = Handle(0.7, label="key, pair 2: angle")
    k3 = Handle(0.5, label="key, pair 3: angle")
    k4 = Handle(0.2, label="key, pair 4: angle")

    sentence = (
        "Query at position {m}, key at {n}, both shifted by {shift} tokens, base {base:,.0f}: "
        "distance {distance} tokens, score {score:.3f}, largest deviation along a diagonal {deviation:.3f}."
    )
    code = """
import numpy as np
from lib import rope

m, n, d, base = {m} + {shift}, {n} + {shift}, 2 * {pairs}, {base}
q_angles = np.array([{q1}, {q2}, {q3}, {q4}])[: d // 2]
k_angles = np.array([{k1}, {k2}, {k3}, {k4}])[: d // 2]
query = np.stack([np.cos(q_angles), np.sin(q_angles)], axis=-1).reshape(1, d)
key = np.stack([np.cos(k_angles), np.sin(k_angles)], axis=-1).reshape(1, d)
q_m = rope.rotate(query, [m], base=base)
k_n = rope.rotate(key, [n], base=base, pairing="halves" if {mixed} else "interleaved")
score = float((q_m * k_n).sum())
"""

    @staticmethod
    def frame(*, m, n, base, shift, pairs, mixed, q1, q2, q3, q4, k1, k2, k3, k4):
        d = 2 * pairs
        window = np.arange(shift, shift + WINDOW)
        empty = np.full((PAIRS, 2), np.nan)

        def arrows(angles):
            return np.stack([np.cos(angles), np.sin(angles)], axis=-1)[:pairs]  # (pairs, 2)

        q, k = arrows([q1, q2, q3, q4]), arrows([k1, k2, k3, k4])
        # The same vector at every position of the window: (WINDOW, d)
        q_at = rope.rotate(np.tile(q.reshape(d), (WINDOW, 1)), window, base=base)
        k_at = rope.rotate(
            np.tile(k.reshape(d), (WINDOW, 1)), window, base=base, pairing="halves" if mixed else "interleaved"
        )
        scores = q_at @ k_at.T  # (WINDOW, d) x (d, WINDOW) -> (WINDOW, WINDOW)
        diagonals = [np.diagonal(scores, offset) for offset in range(1 - WINDOW, WINDOW)]
        distance = m - n
        first, last = max(0, distance), min(WINDOW, WINDOW + distance) - 1  # rows that the diagonal crosses

        def padded(x):
            return np.concatenate([x, empty[: PAIRS - pairs]])

        return {
            "theta": np.concatenate([rope.frequencies(d, base=base), empty[: PAIRS - pairs, 0]]),
            "q": padded(q),
            "k": padded(k),
            "q_turned": padded(q_at[m].reshape(pairs, 2)),
            "k_turned": padded(k_at[n].reshape(pairs, 2)),
            "scores": scores,
            "score": scores[m, n],
            "distance": distance,
            "deviation": max(np.ptp(diagonal) for diagonal in diagonals),
            "diagonal_m": np.array([first, last]) + shift,
            "diagonal_n": np.array([first, last]) + shift - distance,
            "at_m": np.array([m + shift]),
            "at_n": np.array([n + shift]),
            "low": shift - 0.5,
            "high": shift + WINDOW - 0.5,
        }

    view = View(
        Row(
            (
                Grid(
                    tuple(
                        Panel(
                            (
                                Arrows(f"q[{i}]", "q", "blue", dashed=True),
                                Arrows(f"k[{i}]", "k", "vermilion", dashed=True),
                                Arrows(f"q_turned[{i}]", "q", "blue", drag=f"q{i + 1}"),
                                Arrows(f"k_turned[{i}]", "k", "vermilion", drag=f"k{i + 1}"),
                            ),
                            Axis("first coordinate", -1.35, 1.35),
                            Axis("second coordinate", -1.35, 1.35),
                            ratio=1,
                            circle=True,
                            note=f"θ{'₁₂₃₄'[i]} = {{theta[{i}]:.3g}} rad/token",
                        )
                        for i in range(PAIRS)
                    )
                ),
                Panel(
                    (
                        Heatmap("scores", PAIRS),
                        Lines("diagonal_n", "diagonal_m", "m − n = {distance}", "ink", dashed=True, width=1.2, at=0.8),
                        Points("at_n", "at_m", "", "ink", shape="cell"),
                    ),
                    Axis("key position n (tokens)", "low", "high", symbol="n"),
                    Axis("query position m (tokens)", "high", "low", symbol="m"),
                    ratio=1,
                    title="score of every query with every key",
                    picks=("n", "m"),
                    picks_from="shift",
                ),
            ),
            widths=(1, 1),
        ),
        (
            Readout("score", "score qₘ·kₙ", "+.3f"),
            Readout("distance", "distance m − n", "d", unit="tokens"),
            Readout("deviation", "largest deviation along a diagonal", ".3f", must_vanish=1e-9),
        ),
    )


BANDS = (10, 100, 1000, 10_000, 100_000)  # wavelengths (tokens) that part the bands of rope-score


class RopeScore(Explorer):
    """The score of a vector with itself over distance, what is proved of it, and what each band of wavelengths adds."""

    name = "rope-score"
    title = "The score over distance"
    tries = "a base of 100, then of 1,000,000, then rotating only a quarter of the dimensions."
    sees = (
        "the score falls from 1 in waves, later the larger the base; then it swings, and with a narrow head it comes up "
        "again. What isn't rotated never falls. With equal content the bound excludes hardly anything, at width 128 nothing; with "
        "content that fades to the last pair, all of it rotated, it does."
    )
    play = "distance"

    distance = Slider(100, 1, 100_000, label="distance m − n", unit="tokens", step=1, log=True)
    base = Slider(10000.0, 10.0, 1e7, label="base", log=True, format=",.0f")
    d = Slider(128, 8, 256, label="head width d", step=8)
    share = Slider(1.0, 0.25, 1.0, label="share of dimensions rotated", step=0.05, format=".0%")

    sentence = (
        "Head width {d}, base {base:,.0f}, {rotated} of {pairs} pairs rotated: at distance {distance:,} tokens "
        "the score is {score:.3f} of its value at distance 0, where the paper's bound allows {bound:.3f}; the longest wavelength is "
        "{longest:,.0f} tokens."
    )
    code = """
import numpy as np
from lib import rope

d, base, distance = {d}, {base}, {distance}
pairs = d // 2
rotated = max(1, int(np.floor({share} * pairs + 0.5)))
theta = rope.frequencies(2 * rotated, base=base)
still = pairs - rotated  # pairs that pass through unturned
score = float((rotated * rope.similarity([distance], theta)[0] + still) / pairs)
bound = float((rotated * rope.decay_bound([distance], theta)[0] + still) / pairs)
longest = float(rope.wavelengths(theta)[-1])
"""
    DISTANCES = _distances(100_000)

    @staticmethod
    def frame(*, distance, base, d, share):
        pairs = d // 2
        rotated = max(1, int(np.floor(share * pairs + 0.5)))
        theta = rope.frequencies(2 * rotated, base=base)
        wavelengths = rope.wavelengths(theta)
        x = RopeScore.DISTANCES
        still = pairs - rotated  # pairs that pass through unturned
        paper = rotated * rope.decay_bound(x, theta)  # Σ|S_j|, to be multiplied by the largest step of h
        cosines = np.cos(np.multiply.outer(x, theta))

        def curves(h):
            """The score of content h, and the smaller of the paper's bound and Σh, both of the score at distance 0."""
            turned, rest = h[:rotated], h[rotated:].sum()
            step = np.abs(np.diff(np.append(turned, 0.0))).max()
            return (cosines @ turned + rest) / h.sum(), (np.minimum(step * paper, turned.sum()) + rest) / h.sum()

        curve, proved = curves(np.ones(pairs))
        fading, fading_proved = curves(np.arange(pairs, 0, -1) / pairs)
        bands = np.searchsorted(BANDS, wavelengths, side="right")
        size = np.append(np.bincount(bands, minlength=len(BANDS) + 1), still) / pairs
        now = np.append(np.bincount(bands, np.cos(distance * theta), minlength=len(BANDS) + 1), still) / pairs
        return {
            "x": x,
            "curve": curve,
            "proved": proved,
            "fading": fading,
            "fading_proved": fading_proved,
            "lowest": min(-0.4, curve.min(), fading.min()),
            "bands": now,
            "band_size": size,
            "least": min(-0.3, now.min()),
            "most": max(0.8, size.max()),
            "score": now.sum(),
            "bound": (rotated * rope.decay_bound([distance], theta)[0] + still) / pairs,
            "rotated": rotated,
            "pairs": pairs,
            "longest": wavelengths[-1],
            "slow": int((wavelengths > 2 * distance).sum()),
        }

    view = View(
        Row(
            (
                Panel(
                    (
                        Lines("x", "curve", "score, equal content", "blue", width=1.3),
                        Lines("x", "proved", "all that is proved of it", "blue", dashed=True, width=1.2),
                        Lines("x", "fading", "score, fading content", "green", width=1.3),
                        Lines("x", "fading_proved", "all that is proved of it", "green", dashed=True, width=1.2),
                        Rule("", x="distance", color="vermilion"),
                        Rule("", y=0),
                    ),
                    Axis("distance m − n (tokens)", 1, 100_000, log=True, symbol="distance"),
                    Axis("share of the score at distance 0", "lowest", 1.05),
                    ratio=0.62,
                    picks=("distance", None),
                ),
                Panel(
                    (
                        Bars("band_size", "at distance 0", "muted", outline=True),
                        Bars("bands", "at this distance", "vermilion"),
                        Rule("", y=0),
                    ),
                    Axis(
                        "wavelength of the pairs, up to (tokens)", -0.5, 6.5,
                        labels=("10", "10²", "10³", "10⁴", "10⁵", "∞", "still"),
                    ),
                    Axis("contribution to the score", "least", "most"),
                    ratio=0.62,
                ),
            ),
            widths=(1, 1),
        ),
        (
            Readout("score", "score, of its value at 0", "+.3f"),
            Readout("bound", "the paper’s bound here (above 1 it says nothing)", ".3f"),
            Readout("slow", "pairs still within half a turn", "d"),
            Readout("longest", "longest wavelength", ",.0f", unit="tokens"),
        ),
    )


METHODS = {
    "none": "none: run on past the training length",
    "linear": "linear (position interpolation)",
    "ntk": "NTK-aware",
    "yarn": "YaRN, as its code: a ramp over the pairs",
    "parts": "YaRN, as its paper: a ramp over the turns",
    "llama3": "Llama 3: the paper’s ramp, other turns",
}
HEAD = 128  # head width in rope-extension, that of Llama's heads


def _scaling(method, factor, original):
    return {
        "none": lambda: None,
        "linear": lambda: rope.linear(factor),
        "ntk": lambda: rope.ntk(factor),
        "yarn": lambda: rope.yarn(factor, original),
        "parts": lambda: rope.yarn(factor, original, ramp="turns"),
        "llama3": lambda: rope.llama3(factor, original),
    }[method]()


class RopeExtension(Explorer):
    """What each way of extending the context does to every wavelength."""

    name = "rope-extension"
    title = "Stretching the context"
    tries = "one method after another, and look at the shortest and the longest wavelengths."
    sees = (
        "linear stretches all of them alike, fine steps included; YaRN and Llama 3 leave the shortest waves alone "
        "and stretch by the whole factor those that training never saw in full."
    )
    play = "factor"

    method = Choice("none", METHODS, label="method")
    factor = Slider(8.0, 1.0, 32.0, label="factor", log=True, format=".3g")
    original = Slider(4096, 512, 32_768, label="original length", unit="tokens", step=1, log=True)
    base = Slider(10000.0, 100.0, 1e6, label="base", log=True, format=",.0f")

    sentence = (
        "Method {method}, factor {factor:.3g}, original length {original:,} tokens: {unseen:.1%} of the angles up to "
        "{length:,.0f} tokens were never seen in training; the fastest pair turns {fastest:.3f} rad a token, "
        "attention factor {attention_factor:.3f}."
    )
    code = """
from lib import rope

method, factor, original = {method}, {factor}, {original}
scaling = {{
    "none": None,
    "linear": rope.linear(factor),
    "ntk": rope.ntk(factor),
    "yarn": rope.yarn(factor, original),
    "parts": rope.yarn(factor, original, ramp="turns"),
    "llama3": rope.llama3(factor, original),
}}[method]
before = rope.wavelengths(rope.frequencies(128, base={base}))
theta = rope.frequencies(128, base={base}, scaling=scaling)
after = rope.wavelengths(theta)
length = factor * original
unseen = float(rope.unseen_share(theta, rope.frequencies(128, base={base}), original, length).mean())
"""

    @staticmethod
    def frame(*, method, factor, original, base):
        scaling = _scaling(method, factor, original)
        theta = rope.frequencies(HEAD, base=base)
        stretched = rope.frequencies(HEAD, base=base, scaling=scaling)
        attention_factor = 1.0 if scaling is None else scaling.attention_factor
        length = factor * original
        share = rope.unseen_share(stretched, theta, original, length)
        x = _distances(1_048_576)[::2]
        return {
            "pair": np.arange(1, HEAD // 2 + 1),
            "before": rope.wavelengths(theta),
            "after": rope.wavelengths(stretched),
            # The axis grows by whole decades, and only where the longest wave would leave it.
            "top": 10.0 ** max(6, np.ceil(np.log10(rope.wavelengths(stretched)[-1]))),
            "unseen_pairs": share,
            "unseen": share.mean(),
            "length": length,
            "x": x,
            "score_before": rope.similarity(x, theta),
            # Queries and keys both carry the attention factor, so a score carries its square.
            "score_after": attention_factor**2 * rope.similarity(x, stretched),
            "fastest": stretched[0],
            "attention_factor": attention_factor,
            "untouched": int((np.abs(stretched / theta - 1) < 1e-9).sum()),
        }

    view = View(
        Row(
            (
                Panel(
                    (
                        Rule("original {original:,}", y="original"),
                        Rule("extended {length:,.0f}", y="length", color="ink"),
                        Lines("pair", "before", "before", "muted", dashed=True, format=",.0f"),
                        Lines("pair", "after", "after", "blue", width=2.2, format=",.0f"),
                    ),
                    Axis("pair i of 64", 1, HEAD // 2, symbol="pair"),
                    Axis("wavelength (tokens)", 1, "top", log=True),
                    ratio=0.9,
                ),
                Grid(
                    (
                        Panel(
                            (Bars("unseen_pairs", "share of angles never seen in training", "wrong", x="pair", format=".1%"),),
                            Axis("pair i of 64", 0.5, HEAD // 2 + 0.5, symbol="pair"),
                            Axis("share", 0, 1),
                            ratio=0.32,
                        ),
                        Panel(
                            (
                                Lines("x", "score_before", "before", "muted", dashed=True, width=1.2),
                                Lines("x", "score_after", "after", "blue", width=1.4),
                                Rule("", x="original"),
                                Rule("", x="length", color="ink"),
                                Rule("", y=0),
                            ),
                            Axis("distance m − n (tokens)", 1, 1_048_576, log=True, symbol="distance"),
                            Axis("score", -0.6, 2.0),
                            ratio=0.36,
                        ),
                    ),
                    columns=1,
                ),
            ),
            widths=(1, 1),
        ),
        (
            Readout("unseen", "angles never seen", ".1%"),
            Readout("fastest", "fastest pair turns", ".3f", unit="rad/token"),
            Readout("untouched", "pairs untouched", "d", unit="of 64"),
            Readout("attention_factor", "attention factor", ".3f"),
        ),
    )
