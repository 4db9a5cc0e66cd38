"""rope-extension: what each way of extending the context does to every wavelength."""

import numpy as np

from ... import rope
from ...widget import Axis, Bars, Choice, Explorer, Grid, Index, Lines, Panel, Readout, Row, Rule, Slider, View
from .distances import distances

METHODS = {
    "none": "none: run on past the training length",
    "linear": "linear (position interpolation)",
    "ntk": "NTK-aware",
    "yarn": "YaRN, as its code: a ramp over the pairs",
    "parts": "YaRN, as its paper: a ramp over the turns",
    "llama3": "Llama 3: the paper’s ramp, other turns",
}
HEAD = 128  # head width, that of Llama's heads


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

    @staticmethod
    def data():
        return {"x": distances(1_048_576)}

    @staticmethod
    def compute(*, method, factor, original, base):
        scaling = {
            "none": None,
            "linear": rope.linear(factor),
            "ntk": rope.ntk(factor),
            "yarn": rope.yarn(factor, original),
            "parts": rope.yarn(factor, original, ramp="turns"),
            "llama3": rope.llama3(factor, original),
        }[method]
        trained = rope.frequencies(HEAD, base=base)
        theta = rope.frequencies(HEAD, base=base, scaling=scaling)
        before, after = rope.wavelengths(trained), rope.wavelengths(theta)
        length = factor * original
        unseen_pairs = rope.unseen_share(theta, trained, original, length)
        unseen = unseen_pairs.mean()
        attention_factor = scaling.attention_factor if scaling else 1.0
        return dict(
            trained=trained,
            theta=theta,
            before=before,
            after=after,
            length=length,
            unseen_pairs=unseen_pairs,
            unseen=unseen,
            attention_factor=attention_factor,
        )

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        trained, theta = found.pop("trained"), found.pop("theta")
        x = cls.data()["x"]
        return found | {
            # The axis grows by whole decades, and only where the longest wave would leave it.
            "top": 10.0 ** max(6, np.ceil(np.log10(found["after"][-1]))),
            "score_before": rope.similarity(x, trained),
            # Queries and keys both carry the attention factor, so a score carries its square.
            "score_after": found["attention_factor"] ** 2 * rope.similarity(x, theta),
            "fastest": theta[0],
            "untouched": int((np.abs(theta / trained - 1) < 1e-9).sum()),
        }

    view = View(
        Row(
            Panel(
                Rule("original {original:,}", y="original"),
                Rule("extended {length:,.0f}", y="length", color="ink"),
                Lines(Index(1), "before", "before", "muted", dashed=True, format=",.0f"),
                Lines(Index(1), "after", "after", "blue", width=2.2, format=",.0f"),
                x=Axis(f"pair i of {HEAD // 2}", symbol="pair"),
                y=Axis("wavelength (tokens)", 1, "top", log=True),
                ratio=0.9,
                main=True,
            ),
            Grid(
                Panel(
                    Bars("unseen_pairs", "share of angles never seen in training", "wrong", x=Index(1), format=".1%"),
                    x=Axis(f"pair i of {HEAD // 2}", symbol="pair"),
                    y=Axis("share", 0, 1),
                    ratio=0.32,
                ),
                Panel(
                    Lines("x", "score_before", "before", "muted", dashed=True, width=1.2),
                    Lines("x", "score_after", "after", "blue", width=1.4),
                    Rule(x="original"),
                    Rule(x="length", color="ink"),
                    Rule(y=0),
                    x=Axis("distance m − n (tokens)", 1, 1_048_576, log=True, symbol="distance"),
                    y=Axis("score", -0.6, 2.0),
                    ratio=0.36,
                ),
                columns=1,
            ),
        ),
        Readout("unseen", "angles never seen", ".1%"),
        Readout("fastest", "fastest pair turns", ".3f", unit="rad/token"),
        Readout("untouched", "pairs untouched", "d", unit="of 64"),
        Readout("attention_factor", "attention factor", ".3f"),
    )
