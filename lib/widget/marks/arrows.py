"""An arrow from the origin."""

from dataclasses import dataclass

import numpy as np

from ..channels import numbers
from ..names import Color, ControlName, Name, Template
from .mark import Mark


@dataclass(frozen=True)
class Arrows(Mark):
    """An arrow from the origin to `tip`, an array (2,); none where that is no number. `drag` names the handle that
    turns it."""

    tip: Name
    label: Template
    color: Color
    dashed: bool = False
    drag: ControlName | None = None

    def draw(self, axes, values, colors):
        x, y = numbers(values, self.tip)
        if not np.isfinite(x + y):
            return
        color, style = colors[self.color], ":" if self.dashed else "-"
        axes.plot([0, x], [0, y], color=color, linestyle=style, linewidth=1 if self.dashed else 2)
        if not self.dashed:
            axes.plot([x], [y], "o", color=color)
            axes.text(1.24 * x, 1.24 * y, self.label, color=color, ha="center", va="center", fontweight="bold")
