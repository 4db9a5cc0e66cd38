"""Bars that lie one under another, each with a name and a text."""

from dataclasses import dataclass

import numpy as np

from ..channels import Channel, numbers
from ..names import Color, Name, Texts, pick, resolve
from .mark import Mark


@dataclass(frozen=True)
class Rows(Mark):
    """Lying bars at y = `first`, `first` + 1, …, each with a name and a text on it.

    `starts` names where they begin, if not at 0, `at` the number of the row that stands out. `joins` names, for
    each row, the row whose value is added there (−1 for none): a path along the bars' feet, for
    which the axis needs some room below 0; `wrong`, which of
    these sums can't be.
    """

    sizes: Name
    names: Texts
    texts: Texts
    color: Color
    first: int = 0
    starts: Channel = 0
    at: Name | None = None
    joins: Name | None = None
    wrong: Name | None = None

    downwards = True

    def spans(self, values):
        sizes = numbers(values, self.sizes)
        starts = numbers(values, self.starts)
        return [np.array([0.0]), starts + sizes], [self.first + np.array([-0.5, len(sizes) - 0.5])]

    def draw(self, axes, values, colors):
        sizes, names, texts = numbers(values, self.sizes), pick(values, self.names), pick(values, self.texts)
        starts = np.broadcast_to(numbers(values, self.starts), len(sizes))
        wrong = pick(values, self.wrong) if self.wrong else np.zeros(len(sizes))
        standing = resolve(values, self.at) if self.at else None
        left = 0.75 * axes.get_xlim()[0]
        for i, (size, name, text, broken) in enumerate(zip(sizes, names, texts, wrong)):
            at, ink = self.first + i, colors["wrong" if broken else "ink"]
            shade = 0.55 if at == standing else 0.25
            axes.barh(at, size, left=starts[i], height=0.86, color=colors[self.color], alpha=shade, linewidth=0)
            axes.annotate(name, (0, at), xytext=(4, 0), textcoords="offset points", va="center", color=ink, fontsize=8)
            edge = axes.get_yaxis_transform()
            axes.annotate(text, (1, at), xycoords=edge, ha="right", va="center", color=ink, fontsize=8)
            if self.joins and (start := pick(values, self.joins)[i]) >= 0:
                start, color = self.first + start, colors["wrong" if broken else "muted"]
                axes.plot([0, left, left], [start, start, at], color=color, linewidth=1)
                axes.annotate("", (0, at), xytext=(left, at), arrowprops={"arrowstyle": "->", "color": color})
