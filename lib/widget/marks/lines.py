"""A curve."""

from dataclasses import dataclass

import numpy as np

from ..channels import Channel, together
from ..names import Color, Template
from .mark import Mark


@dataclass(frozen=True)
class Lines(Mark):
    """A curve through (x, y), broken where y is no number. Its label stands in the panel's key, or in the plot at
    the share `at` of its way."""

    x: Channel
    y: Channel
    label: Template
    color: Color
    dashed: bool = False
    width: float = 1.8
    at: float | None = None
    format: str = ".3f"

    def spans(self, values):
        x, y = together(values, self.x, self.y)
        return [x], [y]

    def draw(self, axes, values, colors):
        x, y = together(values, self.x, self.y)
        in_key = self.label if self.at is None else None
        style = "--" if self.dashed else "-"
        axes.plot(x, y, color=colors[self.color], linewidth=self.width * 0.75, linestyle=style, label=in_key)
        if self.at is not None:
            spot = [np.interp(self.at, np.linspace(0, 1, len(v)), v) for v in (x, y)]
            axes.annotate(self.label, spot, xytext=(3, 5), textcoords="offset points", color=colors["ink"], ha="center")
