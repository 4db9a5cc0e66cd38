"""Points, or outlines of a map's cells."""

from dataclasses import dataclass

from matplotlib.patches import Rectangle

from ..channels import Channel, together
from ..names import Color, Template
from .mark import Mark


@dataclass(frozen=True)
class Points(Mark):
    """Points at (x, y); `shape` is "dot" or "cell", the outline of a map's cell."""

    x: Channel
    y: Channel
    label: Template
    color: Color
    shape: str = "dot"
    format: str = ".3g"

    def spans(self, values):
        x, y = together(values, self.x, self.y)
        return [x], [y]

    def draw(self, axes, values, colors):
        x, y = together(values, self.x, self.y)
        if self.shape == "cell":
            for middle in zip(x, y):
                corner = [at - 0.5 for at in middle]
                axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=colors[self.color], linewidth=1.6))
        else:
            axes.plot(x, y, "o", color=colors[self.color], markersize=4, label=self.label or None)
