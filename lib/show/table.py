"""Computed numbers in a page's typography, shown as Markdown by pages and notebooks alike: a table, a line, formulas."""

from string import Formatter

import numpy as np

from ..widget.readable import POWER, RAISED, readable

BAR = r"\|"  # a bar that doesn't end its cell
LOWERED = {chr(high): chr(low) for low, high in RAISED.items()}


def marked(value, spec):
    """A number for Markdown: its power in the text's own figures, since few text faces have a raised minus."""
    text = readable(value, spec).replace("·10", "\u00a0×\u00a010")
    power = "" if isinstance(value, str) else "".join(letter for letter in text if letter in LOWERED)
    return text.replace(power, f"<sup>{''.join(LOWERED[letter] for letter in power).replace('-', '−')}</sup>") if power else text


class Table:
    """Rows under a header; `formats` gives a format specification for each column ("" for text).

    >>> print(Table(["i", "θ"], [(1, 1.0), (2, 0.01)], ["d", ".2f"])._repr_markdown_())
    | i | θ |
    |--:|--:|
    | 1 | 1.00 |
    | 2 | 0.01 |
    """

    def __init__(self, header, rows, formats):
        self.header, self.rows, self.formats = header, list(rows), formats

    def _repr_markdown_(self):
        align = [":--" if spec == "" else "--:" for spec in self.formats]
        cells = [[marked(value, spec) for value, spec in zip(row, self.formats)] for row in self.rows]
        lines = [f"| {' | '.join(cell.replace('|', BAR) for cell in row)} |" for row in (self.header, *cells)]
        return "\n".join([lines[0], "|" + "|".join(align) + "|", *lines[1:]])


class Line(Formatter):
    """A line of text with computed numbers in it, in Python's format language.

    >>> Line("The norm changes by {:.1e} at most, the angle by {:.2f}.", 8.88e-16, -0.5)
    The norm changes by 8.9 × 10<sup>−16</sup> at most, the angle by −0.50.
    """

    def __init__(self, text, *values):
        self.text = self.vformat(text, values, {})

    def format_field(self, value, spec):
        return marked(value, spec)

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return self.text


class Formulas:
    """Numbers, vectors and matrices by their symbols in TeX, in one row as far as it goes.

    >>> print(Formulas({"R_1": [[0.0, -1.0], [1.0, 0.0]]}, ".1f")._repr_markdown_())
    $$R_1 = \\begin{pmatrix}0.0 & -1.0 \\\\ 1.0 & 0.0\\end{pmatrix}$$
    """

    def __init__(self, arrays, spec):
        self.arrays, self.spec = arrays, spec

    def _repr_markdown_(self):
        return "$$" + r"\qquad ".join(f"{symbol} = {self._tex(np.asarray(array))}" for symbol, array in self.arrays.items()) + "$$"

    def _tex(self, array):
        if array.ndim == 0:
            text = format(array.item(), self.spec).replace(",", "{,}").replace("inf", r"\infty")
            return POWER.sub(lambda match: rf" \times 10^{{{int(match[1])}}}", text)
        if array.ndim == 1:
            return "(" + r",\ ".join(self._tex(entry) for entry in array) + ")"
        rows = (" & ".join(self._tex(entry) for entry in row) for row in array)
        return r"\begin{pmatrix}" + r" \\ ".join(rows) + r"\end{pmatrix}"
