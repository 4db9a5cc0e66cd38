"""Mistakes of an explorer's author, each refused in words when the class is made."""

import sys
import types

import numpy as np
import pytest

from lib.explorers.rope import RopeScore
from lib.widget import Axis, Bars, Explorer, Handle, Heatmap, Index, Lines, Panel, Points, Readout, Slider, Switch, View
from lib.widget.check import ViewError
from lib.widget.explorer import registered


@pytest.fixture
def made(tmp_path):
    """made(**changes) -> a small explorer `sample` in a file of its own with a twin beside it, changed so."""

    def compute(*, temperature, overflow):
        key = np.arange(3.0)
        weights = np.exp(-key / temperature)
        total = np.nan if overflow else 1.0
        return dict(key=key, weights=weights, total=total)

    def make(*, twin=True, panel=None, **changes):
        module = types.ModuleType("sample_module")
        module.__file__ = str(tmp_path / "sample.py")
        sys.modules[module.__name__] = module
        if twin:
            (tmp_path / "sample.mjs").write_text("export default () => ({});\n")
        panel = panel or Panel(Bars("weights", "at T = {temperature:.2f}", "blue"), x=Axis("key"), y=Axis("weight", 0, 1), main=True)
        body = {
            "__module__": module.__name__, "name": "sample", "title": "Temperature", "tries": "a low one.", "sees": "it sharpens.",
            "play": "temperature", "sentence": "At {temperature:.1f} the sum is {total:.2f}.",
            "temperature": Slider(1.0, 0.1, 5.0, label="temperature"), "overflow": Switch(False, label="break it", breaks=True),
            "compute": staticmethod(compute), "view": View(panel, Readout("total", "sum", ".2f", must_be=1)),
        }  # fmt: skip
        return type("Temperature", (Explorer,), body | changes)

    yield make
    registered.pop("sample", None)
    sys.modules.pop("sample_module", None)


def test_the_example_is_right(made):
    explorer = made()
    assert registered["sample"] is explorer


Y = Axis("weight", 0, 1)
PANELS = [
    (Panel(Bars("weights", "", "blue"), x=Axis(), y=Y), r"Panel.main: expected one panel that is the main one, .*, got \[\]"),
    (Panel(Bars("wieghts", "", "blue"), x=Axis(), y=Y), r"Bars.y: expected a name of the frame, .*weights.*, got 'wieghts'"),
    (Panel(Bars("weights[7]", "", "blue"), x=Axis(), y=Y), r"Bars.y: expected a name of the frame, .*, got 'weights\[7\]'"),
    (
        Panel(Lines("key", "weights", "{scale}", "blue"), x=Axis(), y=Y),
        r"Lines.label: expected a template whose names .*weights.*, got .*\{scale\}",
    ),
    (Panel(Points("key", "weights", "{temperature:.2z}", "blue"), x=Axis(), y=Y), r"Points.label: expected a template .*, got .*2z"),
    (Panel(Bars("weights", "", "bleu"), x=Axis(), y=Y), r"Bars.color: expected a colour of the palette \(.*blue.*\), got 'bleu'"),
    (Panel(Bars("weights", "", "blue", x="weigths"), x=Axis(), y=Y), r"Bars.x: expected a name of the frame, .*, got 'weigths'"),
    (Panel(Bars("weights", "", "blue"), x=Axis("{nope}"), y=Y), r"Axis.label: expected a template .*, got .*nope"),
    (Panel(Bars("weights", "", "blue"), x=Axis(), y=Axis("", 0, "top")), r"Axis.high: expected a name of the frame, .*, got 'top'"),
    (Panel(Bars("weights", "", "blue"), x=Axis(), y=Y, title="{nope}"), r"Panel.title: expected a template .*, got .*nope"),
    (
        Panel(Bars("weights", "", "blue"), x=Axis(), y=Y, picks=("temprature", None)),
        r"Panel.picks: expected the name of a slider \(temperature\), got 'temprature'",
    ),
    (
        Panel(Bars("weights", "", "blue"), x=Axis(), y=Y, picks=("overflow", None)),
        r"Panel.picks: expected the name of a slider \(temperature\), got 'overflow'",
    ),
    (
        Panel(Lines((1.0, 2.0), "weights", "", "blue"), x=Axis(), y=Axis()),
        r"Panel.marks: expected arrays that fit together, got 'Lines \(.*\)'",
    ),
    (Panel(Heatmap("weights"), x=Axis(), y=Axis()), r"Panel.marks: expected arrays that fit together, got 'Heatmap \(.*\)'"),
    (Panel(Bars("weights", "", "blue", x=Index("start")), x=Axis(), y=Y), r"Index.start: expected a name of the frame, .*, got 'start'"),
]


@pytest.mark.parametrize("panel, message", PANELS)
def test_a_view_that_names_what_is_not_there(made, panel, message):
    with pytest.raises(ViewError, match=f"^sample: {message}"):
        made(panel=panel)


def readout(*arguments, **options):
    panel = Panel(Bars("weights", "", "blue"), x=Axis("key"), y=Y, main=True)
    return {"view": View(panel, Readout(*arguments, **options))}


def spoilt_frame(cls, **controls):
    return cls.compute(**controls) | {"temperature": 1.0}


CHANGES = [
    (readout("sum", "sum", ".2f", must_be=1), r"Readout.value: expected a name of the frame, .*, got 'sum'"),
    (readout("total", "sum", ".2f", must_be=2), r"Readout total: expected a number that is right at the defaults, got 1.0"),
    (readout("total", "sum", ".2f"), r"view: expected a red switch for a readout that must .*, got \['overflow'\]"),
    ({"overflow": Switch(False, label="no red one")}, r"view: expected a red switch .*, got \['total'\]"),
    ({"overflow": Switch(False, label="b", breaks=True), "compute": staticmethod(lambda *, temperature, overflow: {"weights": np.ones(3), "total": 1.0})},
     r"overflow: expected a red switch that at the defaults makes total wrong, got 'none that does'"),
    ({"sentence": "At {nope}."}, r"sentence: expected a template .*, got .*nope"),
    ({"sentence": ""}, r"sentence: expected something, got ''"),
    ({"tries": "A capital."}, r"tries: expected a text that goes on after “Try” .*, got 'A capital.'"),
    ({"tries": "a" * 100 + "."}, r"tries: expected at most 100 characters, a line above the picture, got '101'"),
    ({"more": ("nope",)}, r"more: expected controls beside the main one that are no handles, got 'nope'"),
    ({"more": ("temperature",)}, r"more: expected controls beside the main one that are no handles, got 'temperature'"),
    ({"sees": "no full stop"}, r"sees: expected a text .* ends with a full stop, got 'no full stop'"),
    ({"play": "overflow"}, r"play: expected the name of a slider \(temperature\), got 'overflow'"),
    ({"frame": classmethod(spoilt_frame)}, r"frame: expected a name that no control and no data have, got 'temperature'"),
    ({"temperature": Slider(1.0, 0.1, 5.0, label="t", caption="words")}, r"temperature.caption: expected a name of the frame, .*, got 'words'"),
    ({"temperature": Slider(1.0, 0.1, 5.0, label="t", caption="total")}, r"temperature.caption: expected the name of texts, got 'total'"),
    ({"temperature": Slider(1.0, 0.1, 5.0, label="t", automatic="total")}, r"temperature.automatic: expected the name of a whole number, got 'total'"),
    ({"turn": Handle(0.1, label="turn"), "compute": staticmethod(lambda *, temperature, overflow, turn: {"weights": np.ones(3), "total": np.nan if overflow else 1.0})}, r"turn: expected an arrow in the picture for each handle .*, got 'none'"),
    ({"twin": False}, r"twin: expected a file sample.mjs beside sample.py, got 'none'"),
]  # fmt: skip


@pytest.mark.parametrize("change, message", CHANGES)
def test_an_explorer_whose_parts_do_not_fit(made, change, message):
    with pytest.raises(ViewError, match=f"^sample: {message}"):
        made(**change)


def test_two_explorers_of_one_name():
    with pytest.raises(ValueError, match=r"^rope-score: expected a name of its own, but lib.explorers.rope.rope_score.RopeScore has it$"):
        type("Other", (Explorer,), {"name": "rope-score", "view": RopeScore.view})


def test_a_number_that_is_no_number_is_wrong():
    must_be, must_vanish, free = (Readout("a", "a", "f", **options) for options in ({"must_be": "b"}, {"must_vanish": 0.1}, {}))
    for value, wrong in (
        (2.0, (False, True, False)),
        (0.05, (True, False, False)),
        (np.nan, (True,) * 3),
        (-np.inf, (True,) * 3),
        (-0.2, (True, True, False)),
    ):
        assert tuple(readout.wrong({"a": value, "b": 2.0}) for readout in (must_be, must_vanish, free)) == wrong, value
    assert (must_be.invariant, must_vanish.invariant, free.invariant) == (True, True, False)
