"""An explorer for tests alone: every mark and every control, on asymmetric data, over linear, logarithmic and reversed axes."""

import numpy as np

from lib.widget import (
    Arrows,
    Axis,
    Band,
    Bars,
    Choice,
    Explorer,
    Grid,
    Handle,
    Heatmap,
    Index,
    Lines,
    Order,
    Panel,
    Points,
    Reach,
    Readout,
    Row,
    Rows,
    Rule,
    Slider,
    Switch,
    Text,
    Tree,
    View,
)  # fmt: skip


def given():
    """Arrays that never change; nothing in them is symmetric, and none is another turned round."""
    return {
        "map": np.array([[0.9, -0.3, 0.1, np.nan], [0.2, 0.5, -1.0, 0.4], [-0.6, 0.0, 0.7, -0.2]]),
        "shares": np.array([[0.0, 0.25], [1.0, 0.5], [0.125, 0.75]]),
        "curve": np.array([0.3, 1.1, np.nan, 2.6, 2.2, -0.7]),
        "powers": np.array([1e-4, 3e-3, 0.5, 20.0, 7.0]),
        "at": np.array([1.0, 3.0, 8.0, 30.0, 200.0]),
        "parents": np.array([-1, 0, 0, 2, 2, 2]),
        "groups": np.array([0, 0, 1, 1, 0, 1]),
        "sides": np.array([[0, 0], [2, 5], [0, 0], [3, 2], [1, 4], [2, 2]]),
        "parts": np.array(["all", "left", "right", "top", "middle", "bottom"]),
        "letters": np.array(["", "A × B", "", "C × D", "E", "F × G"]),
        "shapes": np.array(["", "2 × 5", "", "3 × 2", "4", "2 × 2"]),
        "row_names": np.array(["first", "second", "third"]),
        "joins": np.array([-1, -1, 0]),
        "none_wrong": np.array([0, 0, 1]),
    }


def read(text):
    """Only texts that begin with "yes" are taken."""
    if not text.startswith("yes"):
        raise ValueError(f"text: expected a text that begins with yes, got {text}")


class Scene(Explorer):
    name = "scene"
    title = "Every mark"
    tries = "every control."
    sees = "every mark."
    play = "size"
    more = ("many", "text")

    size = Slider(1.0, 0.1, 10.0, label="size", unit="m", log=True, format=".2f")
    start = Slider(3, 0, 9, label="start", step=1, caption="words")
    many = Slider(0, 2, 8, label="many", step=2, automatic="chosen")
    turn = Handle(0.4, label="turn")
    sign = Choice("plus", {"plus": "+", "minus": "−"}, label="sign", resets=("start",))
    order = Order([1, 0, 2], ("a", "b", "c"), label="order")
    text = Text(label="text", parse=read, most=20, examples=("yes", "yes, please"))
    broken = Switch(False, label="break it", breaks=True)

    sentence = "Size {size:.2f}, {words}: {total:.3f}."

    data = staticmethod(given)

    @staticmethod
    def compute(*, size, start, many, turn, sign, order, text, broken):
        arrays = given()
        factor = size if sign == "plus" else -size
        curve = factor * arrays["curve"]
        total = float(np.nansum(curve))
        off = np.nan if broken else 0.0
        return dict(factor=factor, curve=curve, total=total, off=off)

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        arrays, factor = given(), found["factor"]
        sizes = np.array([0.0, 10.0, 0.0, 6.0, 4.0, 4.0]) * controls["size"]
        sizes[2] = sizes[3:].sum()
        sizes[0] = sizes[1] + sizes[2]
        return {
            "scaled": factor * arrays["map"],
            "bent": found["curve"],
            "higher": found["curve"] + 0.4 * controls["size"],
            "tip": np.array([np.cos(controls["turn"]), 0.8 * np.sin(controls["turn"])]),
            "ghosts": np.array([[0.6, -0.2], [np.nan, np.nan]]),
            "tall": arrays["powers"] * controls["size"],
            "lengths": np.array([2.0, 5.0, 1.0]) * controls["size"],
            "feet": np.array([0.0, 1.0, 0.5]) * controls["size"],
            "row_texts": np.array([f"{length:.1f}" for length in np.array([2.0, 5.0, 1.0]) * controls["size"]]),
            "sizes": sizes,
            "opened": 0 if controls["start"] != 9 else 1,
            "places": np.argsort(controls["order"]),
            "total": found["total"],
            "off": found["off"],
            "one": 1.0 + found["off"],
            "words": f"start at {controls['start']}{controls['text']}",
            "chosen": controls["many"] or 4,
        }

    view = View(
        Row(
            Grid(
                Panel(
                    Heatmap("scaled", Reach(0.5), x=Index("start"), y=Index(5), format="+.2f"),
                    Points("start", 6, "", "ink", shape="cell"),
                    Rule(x="start", color="green"),
                    x=Axis("across from {start}", symbol="x"),
                    y=Axis("down", symbol="y"),
                    title="map of {sign}",
                    picks=("start", None),
                    main=True,
                ),
                Panel(
                    Heatmap("shares", 1, sequential=True, format=".3f"),
                    x=Axis(labels=("p", "q")),
                    y=Axis(labels=("a", "b", "c"), at="places"),
                ),
                Panel(
                    Band(Index(-2, 0.5), "bent", "higher", "purple"),
                    Lines(Index(-2, 0.5), "bent", "bent by {size:.1f}", "blue", width=2.5),
                    Lines((-2.0, 0.5), "total", "total", "vermilion", dashed=True, at=0.25),
                    Points(Index(-2, 0.5), "higher", "higher", "green"),
                    Rule("nothing", y=0),
                    x=Axis("step", symbol="s"),
                    y=Axis("height", Reach(-1, 1.1), Reach(1, 1.1)),
                ),
                Panel(
                    Bars("tall", "tall", "vermilion", width=0.5, format=".1e"),
                    Bars("powers", "given", "ink", outline=True),
                    x=Axis("number", 4.6, -0.6, symbol="n"),
                    y=Axis("powers", 1e-5, 1e3, log=True),
                ),
                Panel(
                    Lines("at", "tall", "over logs", "purple", dashed=True),
                    Points("at", "powers", "", "wrong"),
                    Bars("at", "", "muted", x=20, width=5),
                    x=Axis("at", log=True, symbol="t"),
                    y=Axis("tall", 1e4, 1e-5, log=True),
                ),
                columns=2,
            ),
            Grid(
                Panel(
                    Arrows("ghosts[0]", "", "muted", dashed=True),
                    Arrows("ghosts[1]", "gone", "muted"),
                    Arrows("tip", "tip", "blue", drag="turn"),
                    x=Axis("a", -1.25, 1.25),
                    y=Axis("b", -1.25, 1.25),
                    ratio=1,
                    circle=True,
                    note="{ghosts[1][0]:.1f}",
                ),
                Panel(
                    Rows("lengths", "row_names", "row_texts", "green", first=2, starts="feet", at="start", joins="joins", wrong="none_wrong"),
                    x=Axis("length", Reach(factor=-0.1, of=("lengths",)), symbol="m"),
                    y=Axis(labels=()),
                    title="rows",
                ),
                Panel(
                    Tree(
                        opened="opened", opens="start", names="parts", parents="parents", sizes="sizes", letters="letters", shapes="shapes",
                        sides="sides", groups="groups", keys=(("one {total:.1f}", "blue"), ("other", "green")),
                    ),
                    x=Axis(),
                    y=Axis(),
                    bare=True,
                    least=120,
                ),
                columns=1,
            ),
        ),
        Readout("total", "total of {sign}", "+.3f", unit="m"),
        Readout("off", "off by", ".3f", must_vanish=1e-9),
        Readout("one", "one", ".3f", must_be=1),
        Readout("chosen", "numbers", "d", column="chosen"),
        Readout("opened", "numbers", "d", column="open"),
        Readout("opened", "again", "d", column="open"),
        Readout("chosen", "others", "d", column="other"),
    )  # fmt: skip
