"""A number, on a slider; or an angle, on an arrow in the picture."""

import math
from numbers import Integral, Real

import numpy as np

from .control import Control


class Slider(Control):
    """A number between `low` and `high`.

    `step` is the distance of two neighbouring values; a whole step means whole numbers. With `log=True` the
    slider moves by equal ratios and shows three significant digits. `format` is a Python format specification
    for the value beside the label, `unit` what it is counted in. `caption` names a text of the frame that stands
    there instead. With `automatic`, 0 is allowed as well and leaves the choice to the frame: `automatic` names
    the number that it took, where the slider then stands.
    """

    described = ("low", "high", "step", "log", "whole", "unit", "format", "caption", "automatic")

    def __init__(
        self,
        default: float,
        low: float,
        high: float,
        *,
        label: str,
        unit: str = "",
        step: float | None = None,
        log: bool = False,
        format: str | None = None,
        caption: str | None = None,
        automatic: str | None = None,
    ):
        super().__init__(default, label)
        self.low, self.high, self.log, self.unit = low, high, log, unit
        self.caption, self.automatic = caption, automatic
        self.whole = isinstance(step, int)
        self.step = step if step is not None else (high - low) / 200
        self.format = format or (",d" if self.whole else ".3g")

    def check(self, value):
        sort = "a whole number" if self.whole else "a number"
        expected = f"{sort} from {self.low:,} to {self.high:,}" + (" or 0" if self.automatic else "")
        kind = Integral if self.whole else Real
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, kind):
            # JSON has one sort of number: the browser's 3 may arrive as 3.0.
            if not (self.whole and isinstance(value, float) and value.is_integer()):
                self.refuse(expected, value)
        if not (math.isfinite(value) and (self.low <= value <= self.high or (self.automatic and value == 0))):
            self.refuse(expected, value)
        return int(value) if self.whole else float(value)


class Handle(Slider):
    """An angle (rad, −3.14 to 3.14) that the reader turns by dragging an arrow inside the picture.

    For the keyboard and for screen readers it is a slider like any other.
    """

    def __init__(self, default: float, *, label: str):
        super().__init__(default, -3.14, 3.14, label=label, unit="rad", step=0.02, format=".2f")
