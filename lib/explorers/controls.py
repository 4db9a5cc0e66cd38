"""Controls: the traits that a reader turns.

A control is a trait of its explorer, so `explorer.m = 3`, `observe`, `link` and `dlink` work as with
every ipywidget. Python refuses a value outside the range; the browser clamps it.
"""

import math
from numbers import Integral, Real

import numpy as np
from traitlets import TraitError, TraitType


class ControlError(TraitError, ValueError):
    """A value that a control can't take; the message names control, range and what came."""


class Control(TraitType):
    """What all controls share: a label, and a description that travels to the browser as JSON.

    `clears` names the controls that go back to their defaults when the reader's hand turns this one.
    """

    kind = None
    clears = ()

    def __init__(self, default, label, clears=()):
        super().__init__(default)
        self.label = label
        self.clears = clears
        self.tag(sync=True)

    def validate(self, obj, value):
        return self.check(value)

    def refuse(self, expected, value):
        raise ControlError(f"{self.name}: expected {expected}, got {value!r}")

    def describe(self):
        out = {"kind": self.kind, "name": self.name, "label": self.label, "default": self.default_value}
        return out | ({"clears": list(self.clears)} if self.clears else {})


class Slider(Control):
    """A number between `low` and `high`.

    `step` is the distance of two neighbouring values; a whole step means whole numbers. With
    `log=True` the slider moves by equal ratios and shows three significant digits. `format` is a
    Python format specification for the value beside the label, `unit` what it is counted in.
    `words` names a text of the frame that stands there instead. With `own`, 0 is allowed as well and
    leaves the choice to the frame: `own` names the number that it took, where the slider then stands.
    """

    kind = "slider"

    def __init__(self, default, low, high, *, label, unit="", step=None, log=False, format=None, words=None, own=None):
        super().__init__(default, label)
        self.low, self.high, self.log, self.unit = low, high, log, unit
        self.words, self.own = words, own
        self.whole = isinstance(step, int)
        self.step = step if step is not None else (high - low) / 200
        self.format = format or (",d" if self.whole else ".3g")

    def check(self, value):
        sort = "a whole number" if self.whole else "a number"
        expected = f"{sort} from {self.low:,} to {self.high:,}" + (" or 0" if self.own else "")
        kind = Integral if self.whole else Real
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, kind):
            # JSON has one sort of number: the browser's 3 may arrive as 3.0.
            if not (self.whole and isinstance(value, float) and value.is_integer()):
                self.refuse(expected, value)
        if not (math.isfinite(value) and (self.low <= value <= self.high or (self.own and value == 0))):
            self.refuse(expected, value)
        return int(value) if self.whole else float(value)

    def describe(self):
        keys = ("low", "high", "step", "log", "whole", "unit", "format", "words", "own")
        return super().describe() | {key: getattr(self, key) for key in keys}


class Handle(Slider):
    """An angle (rad, −3.14 to 3.14) that the reader turns by dragging an arrow inside the picture.

    For the keyboard and for screen readers it is a slider like any other.
    """

    kind = "handle"

    def __init__(self, default, *, label):
        super().__init__(default, -3.14, 3.14, label=label, unit="rad", step=0.02, format=".2f")


class Choice(Control):
    """One of a few named options, `{value: label}`."""

    kind = "choice"

    def __init__(self, default, options, *, label, clears=()):
        super().__init__(default, label, clears)
        self.options = options

    def check(self, value):
        if not isinstance(value, str) or value not in self.options:
            self.refuse("one of " + ", ".join(map(repr, self.options)), value)
        return value

    def describe(self):
        return super().describe() | {"options": list(self.options.items())}


class Switch(Control):
    """On or off. `breaks=True` makes it the red switch that commits a common mistake."""

    kind = "switch"

    def __init__(self, default, *, label, breaks=False):
        super().__init__(default, label)
        self.breaks = breaks

    def check(self, value):
        if not isinstance(value, (bool, np.bool_)):
            self.refuse("True or False", value)
        return bool(value)

    def describe(self):
        return super().describe() | {"breaks": self.breaks}


class Order(Control):
    """A permutation: words in a row, to drag, or to move with the arrow keys.

    The value lists which word stands first, second, …, as indices into `labels`.
    """

    kind = "order"

    def __init__(self, default, labels, *, label):
        super().__init__(default, label)
        self.labels = labels

    def check(self, value):
        places = list(value) if isinstance(value, (list, tuple, np.ndarray)) else []
        whole = all(isinstance(place, Integral) and not isinstance(place, bool) for place in places)
        if not whole or sorted(places) != list(range(len(self.labels))):
            self.refuse(f"a list that has each of 0 to {len(self.labels) - 1} once", value)
        return [int(place) for place in places]

    def describe(self):
        return super().describe() | {"labels": list(self.labels)}


class Text(Control):
    """A text that the reader types or pastes; "" means that it is not used.

    `reads(text)` raises a `ValueError` for what it can't take, and so does `reads[name](text, data)`
    of the explorer's twin, in the same words. `most` is the largest number of characters; `examples`
    are good texts, the first of which stands in the empty field.
    """

    kind = "text"

    def __init__(self, *, label, reads, most, examples, clears=()):
        super().__init__("", label, clears)
        self.reads, self.most, self.examples = reads, most, examples

    def check(self, value):
        expected = f"a text of at most {self.most} characters"
        if not isinstance(value, str):
            self.refuse(expected, value)
        if len(value) > self.most:
            raise ControlError(f"{self.name}: expected {expected}, got {len(value)}")
        if not value.strip():
            return ""
        try:
            self.reads(value)
        except ValueError as error:
            raise ControlError(str(error)) from None
        return value

    def describe(self):
        return super().describe() | {"most": self.most, "example": self.examples[0]}
