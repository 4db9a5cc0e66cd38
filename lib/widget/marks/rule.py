"""A straight line across the panel."""

from dataclasses import dataclass

from ..names import Color, Name, Template, resolve
from .mark import Mark


@dataclass(frozen=True)
class Rule(Mark):
    """A straight line at x or at y; one at y may have a label on it."""

    label: Template = ""
    x: float | Name | None = None
    y: float | Name | None = None
    color: Color = "muted"

    def draw(self, axes, values, colors):
        color = colors[self.color]
        if self.x is not None:
            axes.axvline(resolve(values, self.x), color=color, linewidth=0.9)
            return
        at = resolve(values, self.y)
        axes.axhline(at, color=color, linewidth=0.9)
        axes.annotate(
            self.label, (0, at), xycoords=("axes fraction", "data"), xytext=(4, 3), textcoords="offset points", color=color, fontsize=8
        )
