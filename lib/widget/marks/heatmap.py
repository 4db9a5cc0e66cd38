"""A matrix in colours."""

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from ..channels import Index, numbers
from ..names import Name, resolve
from ..readable import readable
from ..view import End, Reach
from .mark import Mark


@dataclass(frozen=True)
class Heatmap(Mark):
    """A matrix in colours, rows downwards, the first cell at the start of `x` and of `y`.

    `limit` is the value of full colour; 0 is in the middle, or with `sequential` at the lower end, for what is
    never below it.
    """

    z: Name
    limit: End = Reach()
    format: str = "+.3f"
    sequential: bool = False
    x: Index = Index()
    y: Index = Index()

    downwards = True

    def spans(self, values):
        rows, columns = numbers(values, self.z).shape
        return tuple([resolve(values, along.start) + np.array([-0.5, count - 0.5])] for along, count in ((self.x, columns), (self.y, rows)))

    def full(self, values):
        """The magnitude of full colour."""
        if not isinstance(self.limit, Reach):
            return float(resolve(values, self.limit))
        arrays = [numbers(values, name) for name in self.limit.of or (self.z,)]
        return max(self.limit.least or 0.0, self.limit.factor * max(np.nanmax(np.abs(array)) for array in arrays))

    def draw(self, axes, values, colors):
        ends = ["middle", "accent"] if self.sequential else ["negative", "middle", "positive"]
        ramp = LinearSegmentedColormap.from_list("ramp", [colors[end] for end in ends])
        [(left, right)], [(top, bottom)] = self.spans(values)
        limit = self.full(values) or 1.0
        axes.imshow(
            numbers(values, self.z), cmap=ramp, vmin=0 if self.sequential else -limit, vmax=limit,
            extent=(left, right, bottom, top), interpolation="none", aspect="auto",
        )  # fmt: skip
        if not axes.child_axes:  # maps of one panel have one scale
            low = 0 if self.sequential else -limit
            scale = axes.inset_axes((1.03, 0, 0.035, 1))
            scale.imshow(np.linspace(limit, low, 64)[:, None], cmap=ramp, extent=(0, 1, low, limit), aspect="auto")
            scale.set(xticks=[], yticks=[low, limit] if self.sequential else [low, 0, limit])
            scale.yaxis.tick_right()
            scale.yaxis.set_major_formatter(lambda value, _: readable(value, ".3g"))
            scale.tick_params(colors=colors["muted"], length=2, labelsize=7)
            scale.spines[:].set_visible(False)
