"""Pictures of the matrices of a part, to scale, shown as HTML by pages and notebooks alike."""

import html
import re

TALLEST, WIDEST = 88, 96  # px of the largest matrix


def set_symbols(text):
    """HTML of a text in which W_up is a W with an index."""
    return re.sub(r"([A-Za-z])_(\w+)", r"<i>\1</i><sub>\2</sub>", html.escape(text))


class Matrices:
    """The arrays of a `lib.parameters.Part`, all to one scale, each with its formula and its count.

    The text inherits the page's font and colour, and the rectangles take the text's colour, so that
    both follow the page's theme.

    >>> from lib import parameters
    >>> gpt2 = parameters.count(parameters.from_hf({"model_type": "gpt2"}))
    >>> page = Matrices(gpt2["layers"]["feed-forward"])._repr_html_()
    >>> [text in page for text in ("<i>W</i><sub>up</sub>", "D × <i>d</i><sub>ff</sub>", "768 × 3,072", "2,359,296")]
    [True, True, True, True]
    """

    def __init__(self, part):
        self.arrays = [leaf.array for leaf in part.leaves()]

    def _repr_html_(self):
        sides = [(1, *array.shape)[-2:] for array in self.arrays]
        scale = min(TALLEST / max(rows for rows, _ in sides), WIDEST / max(columns for _, columns in sides))
        pictures = [self._picture(array, rows * scale, columns * scale) for array, (rows, columns) in zip(self.arrays, sides)]
        look = "display:flex;flex-wrap:wrap;gap:1.2rem 1.1rem;justify-content:center;align-items:end;"
        look += "font-size:.82em;line-height:1.35;text-align:center"
        return f'<div style="{look}">{"".join(pictures)}</div>'

    @staticmethod
    def _picture(array, height, width):
        height, width = max(2, height), max(2, width)
        lines = [
            f"<b>{set_symbols(array.name)}</b>",
            set_symbols(" × ".join(array.axes)),
            " × ".join(f"{size:,d}" for size in array.shape),
            "tied: counts 0" if array.tied else f"{array.shape[0] * (array.shape[1] if len(array.shape) > 1 else 1):,d}",
        ]
        box = f'<rect width="{width:.1f}" height="{height:.1f}" fill="currentColor" fill-opacity=".25"/>'
        # Its size in the style: the page's own rule for pictures would stretch it.
        svg = f'<svg aria-hidden="true" style="width:{width:.1f}px;height:{height:.1f}px;margin:0 auto .3rem;display:block">{box}</svg>'
        return f"<div>{svg}{'<br>'.join(lines)}</div>"
