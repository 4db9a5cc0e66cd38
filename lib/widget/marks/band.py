"""The ground between two curves."""

from dataclasses import dataclass

from ..channels import Channel, together
from ..names import Color
from .mark import Mark

OPACITY = 0.2  # as in explorer.css


@dataclass(frozen=True)
class Band(Mark):
    """The ground from `low` to `high` over x: a spread around a line, which names it in the key."""

    x: Channel
    low: Channel
    high: Channel
    color: Color

    def spans(self, values):
        x, low, high = together(values, self.x, self.low, self.high)
        return [x], [low, high]

    def draw(self, axes, values, colors):
        x, low, high = together(values, self.x, self.low, self.high)
        axes.fill_between(x, low, high, color=colors[self.color], alpha=OPACITY, linewidth=0)
