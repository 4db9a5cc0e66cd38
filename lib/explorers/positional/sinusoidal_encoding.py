"""sinusoidal-encoding: a page of rows of the table of sines and cosines, one row of it, and that row as the hands of clocks."""

import numpy as np

from ... import positional
from ...widget import Arrows, Axis, Choice, Explorer, Grid, Heatmap, Index, Lines, Panel, Readout, Row, Rule, Slider, View

CLOCKS = 4  # pairs shown as hands


class SinusoidalEncoding(Explorer):
    """A page of n rows of the table of sines and cosines, one row of it, and that row as the hands of clocks."""

    name = "sinusoidal-encoding"
    title = "Clocks of different speed"
    tries = "d = 4 and positions 0, 1, 2: the numbers done by hand. Then a wide table and a small base."
    sees = (
        "every row is a reading of many clocks: interleaved, fast ones stand on the left and slow ones on the right; "
        "concatenated, so they do in each half. A larger base slows down all but the first."
    )
    play = "position"

    position = Slider(10, 0, 255, label="position", unit="tokens", step=1)
    n = Slider(64, 16, 256, label="rows shown, n", unit="tokens", step=16)
    d = Slider(32, 4, 128, label="width d", step=4)
    base = Slider(10000.0, 10.0, 1e6, label="base", log=True, format=",.0f")
    layout_of_pairs = Choice(
        "interleaved",
        {"interleaved": "interleaved: sin, cos, sin, cos, …", "concatenated": "concatenated: all sines, then all cosines"},
        label="order of the columns",
    )

    sentence = (
        "Position {position} among rows {first} to {last}, width {d}, base {base:,.0f}, {layout_of_pairs}: the first pair reads sine "
        "{sin_1:.4f} and cosine {cos_1:.4f}, the second sine {sin_2:.4f} and cosine {cos_2:.4f}."
    )

    @staticmethod
    def compute(*, position, n, d, base, layout_of_pairs):
        first = position // n * n  # pages of n rows, so that every position has its row
        last = first + n - 1
        encoding = positional.sinusoidal_at(np.arange(first, last + 1), d, base=base, layout=layout_of_pairs)
        row = encoding[position - first]
        return dict(first=first, last=last, encoding=encoding, row=row)

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        pairs = found["row"].reshape(-1, 2) if controls["layout_of_pairs"] == "interleaved" else found["row"].reshape(2, -1).T
        r = len(pairs)
        # Four pairs from the fastest to the slowest, or all of them.
        chosen = np.floor(np.arange(CLOCKS) * (r - 1) / (CLOCKS - 1) + 0.5).astype(int) if r >= CLOCKS else np.arange(r)

        def padded(x):
            """A row for every clock; those of clocks without a pair are no numbers."""
            return np.concatenate([x, np.full((CLOCKS - len(x), *x.shape[1:]), np.nan)])

        return found | {
            "hands": padded(pairs[chosen, ::-1]),  # (cos, sin): the hand of an angle counted from the right, counter-clockwise
            "starts": padded(np.tile([1.0, 0.0], (len(chosen), 1))),
            "pair": padded(chosen + 1.0),
            "sin_1": pairs[0, 0],
            "cos_1": pairs[0, 1],
            "sin_2": pairs[1, 0],
            "cos_2": pairs[1, 1],
        }

    view = View(
        Row(
            Panel(
                Heatmap("encoding", 1, y=Index("first")),
                Rule(y="position", color="ink"),
                x=Axis("column", symbol="column"),
                y=Axis("position (tokens)", symbol="position"),
                ratio=0.95,
                title="the encoding",
                picks=(None, "position"),
                main=True,
            ),
            Grid(
                Panel(
                    Lines(Index(), "row", "position {position}", "blue", format="+.4f"),
                    Rule(y=0),
                    x=Axis("column", symbol="column"),
                    y=Axis("value", -1.1, 1.1),
                    ratio=0.4,
                ),
                Grid(
                    *(
                        Panel(
                            Arrows(f"starts[{i}]", "start", "muted", dashed=True),
                            Arrows(f"hands[{i}]", "", "vermilion"),
                            x=Axis("cosine", -1.25, 1.25),
                            y=Axis("sine", -1.25, 1.25),
                            ratio=1,
                            circle=True,
                            note=f"pair {{pair[{i}]:.0f}}",
                        )
                        for i in range(CLOCKS)
                    ),
                    columns=CLOCKS,
                ),
                columns=1,
            ),
        ),
        Readout("sin_1", "pθ₁", "+.4f", column="sine"),
        Readout("cos_1", "pθ₁", "+.4f", column="cosine"),
        Readout("sin_2", "pθ₂", "+.4f", column="sine"),
        Readout("cos_2", "pθ₂", "+.4f", column="cosine"),
    )
