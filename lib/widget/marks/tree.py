"""A tree of named parts: areas, and a table of what a part has."""

from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle

from ..channels import numbers
from ..names import Color, ControlName, Name, Template, Texts, pick
from .mark import Mark


@dataclass(frozen=True)
class Tree(Mark):
    """The part `opened` as areas down to its leaves, over axes from 0 to 1, and a table of what it has.

    The other fields name arrays with an entry for each part, before its own parts: `names`, `parents`
    (−1 for the root), `sizes`, to which areas are proportional, `letters` and `shapes`, the formula in
    letters and in numbers, `sides`, rows and columns of a leaf, and `groups`, the numbers of the entries of
    `keys`, each a label and a color. A press on a part puts its number into the control `opens`.
    """

    opened: Name
    opens: ControlName
    names: Texts
    parents: Name
    sizes: Name
    letters: Texts
    shapes: Texts
    sides: Name
    groups: Name
    keys: tuple[tuple[Template, Color], ...]

    downwards = True

    def spans(self, values):
        lists = [pick(values, name) for name in (self.names, self.parents, self.sizes, self.letters, self.shapes, self.sides, self.groups)]
        if len({len(entries) for entries in lists}) > 1:
            raise ValueError(f"{[len(entries) for entries in lists]} entries of names, parents, sizes, letters, shapes, sides, groups")
        return [np.array([0.0, 1.0])], [np.array([0.0, 1.0])]

    def draw(self, axes, values, colors):
        opened, names, sizes = pick(values, self.opened), pick(values, self.names), numbers(values, self.sizes)
        parents, groups = np.asarray(pick(values, self.parents)), pick(values, self.groups)

        def area(node, left, top, width, height, across):
            """Its parts side by side, theirs one under another, and so on by turns."""
            below = np.flatnonzero(parents == node)
            if not len(below):
                fill = colors[self.keys[groups[node]][1]]
                box = Rectangle((left, top), width, height, facecolor=fill, alpha=0.3, edgecolor=colors["ground"])
                axes.add_patch(box)
                if width > 0.011 * (len(names[node]) + 1) and height > 0.07:
                    spot = (left + width / 2, top + height / 2)
                    axes.annotate(names[node], spot, ha="center", va="center", color=colors["ink"], fontsize=8)
            for child in below[sizes[below] > 0]:
                share = sizes[child] / sizes[node]
                size = (share * width, height) if across else (width, share * height)
                area(child, left, top, *size, not across)
                left, top = (left + size[0], top) if across else (left, top + size[1])
                if node == opened and size[0] > 0.011 * len(names[child]):
                    spot = (left - size[0] / 2, -0.03)
                    axes.annotate(names[child], spot, ha="center", va="bottom", color=colors["ink"], fontsize=8)

        area(opened, 0, 0, 1, 1, True)
        for label, color in self.keys:
            axes.plot([], [], "s", color=colors[color], label=label)
