"""Straight lines across the panel."""

from dataclasses import dataclass

import numpy as np

from ..channels import numbers
from ..names import Color, Name, Template
from .mark import Mark


@dataclass(frozen=True)
class Rule(Mark):
    """A straight line at x or at y, or one for each entry; at y the first may have a label on it."""

    label: Template = ""
    x: float | Name | None = None
    y: float | Name | None = None
    color: Color = "muted"

    def draw(self, axes, values, colors):
        color = colors[self.color]
        across, channel = (axes.axhline, self.y) if self.x is None else (axes.axvline, self.x)
        places = np.atleast_1d(numbers(values, channel))
        for at in places:
            across(at, color=color, linewidth=0.9)
        if self.x is None:
            axes.annotate(
                self.label,
                (0, places[0]),
                xycoords=("axes fraction", "data"),
                xytext=(4, 3),
                textcoords="offset points",
                color=color,
                fontsize=8,
            )
