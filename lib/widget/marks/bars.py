"""Upright bars."""

from dataclasses import dataclass

from ..channels import Channel, Index, together
from ..names import Color, Template
from .mark import Mark


@dataclass(frozen=True)
class Bars(Mark):
    """A bar for every entry of y at x; `outline` draws what a bar can fill.

    `width` is a share of the distance from 1 to 2. Bars stand on 0, on a logarithmic axis on its end.
    """

    y: Channel
    label: Template
    color: Color
    x: Channel = Index()
    outline: bool = False
    width: float = 0.7
    format: str = ".3f"

    def spans(self, values):
        x, y = together(values, self.x, self.y)
        return [x - 0.5, x + 0.5], [y]

    def draw(self, axes, values, colors):
        x, y = together(values, self.x, self.y)
        fill = "none" if self.outline else colors[self.color]
        axes.bar(x, y, width=self.width, facecolor=fill, edgecolor=colors[self.color], linewidth=0.8, label=self.label)
