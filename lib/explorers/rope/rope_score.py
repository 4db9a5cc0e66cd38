"""rope-score: the score of a vector with itself over distance, what is proved of it, what each band of wavelengths adds."""

import numpy as np

from ... import rope
from ...widget import Axis, Bars, Explorer, Lines, Panel, Reach, Readout, Row, Rule, Slider, View
from .distances import distances

BANDS = (10, 100, 1000, 10_000, 100_000)  # wavelengths (tokens) that part the bands


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

    @staticmethod
    def data():
        return {"x": distances(100_000)}

    @staticmethod
    def compute(*, distance, base, d, share):
        pairs = d // 2
        rotated = max(1, int(np.floor(share * pairs + 0.5)))
        still = pairs - rotated  # pairs that pass through unturned
        theta = rope.frequencies(2 * rotated, base=base)
        wavelengths = rope.wavelengths(theta)
        longest = wavelengths[-1]
        slow = int((wavelengths > 2 * distance).sum())
        score = (rotated * rope.similarity([distance], theta)[0] + still) / pairs
        bound = (rotated * rope.decay_bound([distance], theta)[0] + still) / pairs
        return dict(
            pairs=pairs,
            rotated=rotated,
            still=still,
            theta=theta,
            wavelengths=wavelengths,
            longest=longest,
            slow=slow,
            score=score,
            bound=bound,
        )

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        pairs, rotated, still, theta, wavelengths = (found.pop(name) for name in ("pairs", "rotated", "still", "theta", "wavelengths"))
        x = cls.data()["x"]
        paper = rotated * rope.decay_bound(x, theta)  # Σ|S_j|, to be multiplied by the largest step of h
        cosines = np.cos(np.multiply.outer(x, theta))

        def curves(h):
            """The score of content h, and the smaller of the paper's bound and Σh, both of the score at distance 0."""
            turned, rest = h[:rotated], h[rotated:].sum()
            step = np.abs(np.diff(np.append(turned, 0.0))).max()
            return (cosines @ turned + rest) / h.sum(), (np.minimum(step * paper, turned.sum()) + rest) / h.sum()

        curve, proved = curves(np.ones(pairs))
        fading, fading_proved = curves(np.arange(pairs, 0, -1) / pairs)
        bands, count = np.searchsorted(BANDS, wavelengths, side="right"), len(BANDS) + 1
        now = np.bincount(bands, np.cos(controls["distance"] * theta), minlength=count)
        return found | {
            "curve": curve,
            "proved": proved,
            "fading": fading,
            "fading_proved": fading_proved,
            "bands": np.append(now, still) / pairs,
            "band_size": np.append(np.bincount(bands, minlength=count), still) / pairs,
            "rotated": rotated,
            "pairs": pairs,
        }

    view = View(
        Row(
            Panel(
                Lines("x", "curve", "score, equal content", "blue", width=1.3),
                Lines("x", "proved", "all that is proved of it", "blue", dashed=True, width=1.2),
                Lines("x", "fading", "score, fading content", "green", width=1.3),
                Lines("x", "fading_proved", "all that is proved of it", "green", dashed=True, width=1.2),
                Rule(x="distance", color="vermilion"),
                Rule(y=0),
                x=Axis("distance m − n (tokens)", 1, 100_000, log=True, symbol="distance"),
                y=Axis("share of score at 0", Reach(-0.4), 1.05),
                ratio=0.62,
                picks=("distance", None),
                main=True,
            ),
            Panel(
                Bars("band_size", "at distance 0", "muted", outline=True),
                Bars("bands", "at this distance", "vermilion"),
                Rule(y=0),
                x=Axis("wavelength of the pairs, up to (tokens)", labels=("10", "10²", "10³", "10⁴", "10⁵", "∞", "still")),
                y=Axis("part of the score", Reach(-0.3), Reach(0.8)),
                ratio=0.62,
            ),
        ),
        Readout("score", "score, of its value at 0", "+.3f"),
        Readout("bound", "the paper’s bound here (above 1 it says nothing)", ".3f"),
        Readout("slow", "pairs still within half a turn", "d"),
        Readout("longest", "longest wavelength", ",.0f", unit="tokens"),
    )
