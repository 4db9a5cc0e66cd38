"""Pictures of a cell and of a block: what is joined to what, in the letters of the formulas.

They stand still, so they are no explorers: SVG, drawn here in the explorers' palette, which follows the
page's light and dark. One picture is 360 units wide and its smallest letter 11.5, so that it can be read on
a phone without being moved.

The formulas are those of `lib.recurrent` (the LSTM with Gers et al.'s forget gate, the GRU of Cho et al.)
and of `lib.equivariance.transformer_block`; post-norm is Vaswani et al. 2017, §3.1, pre-norm Xiong et al.
2020 (arXiv:2002.04745), figure 1.
"""

import html
import re

from ..widget.palette import DARK, LIGHT

WIDTH = 360


def _letters(text):
    """`h_{t−1}` with its index below the line, the letter in bold italics where it is a vector (`*h_t`)."""
    out = []
    for bold, base, longer, letter in re.findall(r"(\*?)([^_*]+)(?:_(?:\{([^}]+)\}|(\w)))?", text):
        look = ' font-weight="700" font-style="italic"' if bold else ""
        out.append(f"<tspan{look}>{html.escape(base)}</tspan>")
        if longer or letter:
            out.append(f'<tspan dy="4" font-size="11.5">{html.escape(longer or letter)}</tspan><tspan dy="-4">&#8203;</tspan>')
    return "".join(out)


class Diagram:
    """A picture with a name, its `alt` text and its `caption`; subclasses draw by `box`, `join`, `node` and `say`."""

    alt = caption = ""
    height = 0

    def __init__(self):
        self.parts = []
        self.draw()

    def draw(self):
        raise NotImplementedError

    def say(self, x, y, text, *, anchor="middle", color="ink", size=14.5):
        look = f'text-anchor="{anchor}" fill="var(--d-{color})" font-size="{size}"'
        self.parts.append(f'<text x="{x}" y="{y}" {look}>{_letters(text)}</text>')

    def box(self, x, y, text, *, width=44, height=28, color="ink", dashed=False, size=14.5):
        """A box around (x, y)."""
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self.parts.append(
            f'<rect x="{x - width / 2}" y="{y - height / 2}" width="{width}" height="{height}" rx="5" '
            f'fill="var(--d-ground)" stroke="var(--d-{color})" stroke-width="1.6"{dash}/>'
        )
        self.say(x, y + 5, text, color=color, size=size)

    def node(self, x, y, sign):
        """A small circle in which two ways meet: × entry by entry, + a sum."""
        self.parts.append(f'<circle cx="{x}" cy="{y}" r="9.5" fill="var(--d-ground)" stroke="var(--d-ink)" stroke-width="1.4"/>')
        self.say(x, y + 5, sign)

    def join(self, *points, color="ink", width=1.4, arrow=True, dashed=False):
        """A line through points, with a head at the last."""
        path = "M" + "L".join(f"{x} {y}" for x, y in points)
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self.parts.append(f'<path d="{path}" fill="none" stroke="var(--d-{color})" stroke-width="{width}"{dash}/>')
        if arrow:
            (x0, y0), (x, y) = points[-2:]
            length = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5
            a, b = (x - x0) / length, (y - y0) / length
            corners = [(x, y), (x - 7 * a - 3.6 * b, y - 7 * b + 3.6 * a), (x - 7 * a + 3.6 * b, y - 7 * b - 3.6 * a)]
            self.parts.append(f'<path d="M{"L".join(f"{u:.1f} {v:.1f}" for u, v in corners)}Z" fill="var(--d-{color})"/>')

    def dot(self, x, y, color="ink"):
        self.parts.append(f'<circle cx="{x}" cy="{y}" r="2.6" fill="var(--d-{color})"/>')

    def _repr_html_(self):
        caption = self.caption.replace("'", "’")
        colors = "".join(
            f"--d-{name}:light-dark({LIGHT[name]},{DARK[name]});"
            for name in ("ink", "muted", "ground", "blue", "vermilion", "green", "purple")
        )
        return (
            # A notebook in the dark doesn't say so to the browser.
            '<style>body[data-jp-theme-light="false"] .diagram{color-scheme:dark}</style>'
            f'<figure class="diagram" style="{colors}margin:1.75rem auto;max-width:31rem">'
            f'<svg viewBox="0 0 {WIDTH} {self.height}" role="img" aria-label="{html.escape(self.alt)}" '
            f'style="display:block;width:100%;height:auto;font-family:system-ui,sans-serif">{"".join(self.parts)}</svg>'
            f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        )


class LSTMDiagram(Diagram):
    """One step of an LSTM."""

    height = 268
    alt = (
        "One step of an LSTM. The cell state c of step t−1 runs along the top from left to right: it is multiplied by the forget gate f, "
        "then the product of input gate i and candidate g is added, and the result is the cell state c of step t. From it a branch goes "
        "through a tanh and is multiplied by the output gate o: that is the hidden state h of step t. All four of f, i, g and o are computed "
        "from the hidden state of step t−1 and the input x of step t."
    )
    caption = (
        "An LSTM. Blue is the road of the cell state: on it stand one product and one sum, entry by entry, no matrix and no tanh. "
        "Each orange or green box is a matrix, a bias and the function written in it; the blue tanh is the function alone."
    )

    def draw(self):
        road, low, rail = 30, 164, 226
        self.say(12, road - 12, "*c_{t−1}", anchor="start", color="blue")
        self.join((12, road), (71, road), color="blue", width=2.6)
        self.join((90, road), (163, road), color="blue", width=2.6)
        self.join((182, road), (352, road), color="blue", width=2.6)
        self.say(348, road - 12, "*c_t", anchor="end", color="blue")
        self.join((12, rail), (268, rail), arrow=False)
        self.join((268, rail), (268, low + 14))
        self.say(12, rail - 10, "*h_{t−1}", anchor="start")
        self.join((44, 264), (44, rail), arrow=False)
        self.say(52, 262, "*x_t", anchor="start")
        self.say(160, rail + 20, "all four read [*h_{t−1}; *x_t]", color="muted")
        for x in (80, 142, 204):
            self.join((x, rail), (x, low + 14))
            self.dot(x, rail)
        self.dot(44, rail)
        self.join((80, low - 14), (80, road + 10), color="vermilion")
        self.say(88, 104, "*f_t", anchor="start", color="vermilion")
        self.join((142, low - 14), (142, 96), (163, 96), color="vermilion")
        self.say(136, 126, "*i_t", anchor="end", color="vermilion")
        self.join((204, low - 14), (204, 96), (182, 96), color="green")
        self.say(210, 126, "*g_t", anchor="start", color="green")
        self.join((172.5, 86), (172.5, road + 10))
        self.dot(306, road, "blue")
        self.join((306, road), (306, 54), color="blue")
        self.join((306, 82), (306, 118), color="blue")
        self.join((268, low - 14), (268, 128), (296, 128), color="vermilion")
        self.say(262, 140, "*o_t", anchor="end", color="vermilion")
        self.join((316, 128), (352, 128))
        self.say(350, 118, "*h_t", anchor="end")
        for x, text, color in ((80, "σ", "vermilion"), (142, "σ", "vermilion"), (204, "tanh", "green"), (268, "σ", "vermilion")):
            self.box(x, low, text, color=color)
        self.box(306, 68, "tanh", color="blue")
        for x, y, sign in ((80, road, "×"), (172.5, road, "+"), (172.5, 96, "×"), (306, 128, "×")):
            self.node(x, y, sign)


class GRUDiagram(Diagram):
    """One step of a GRU, reset after the product."""

    height = 282
    alt = (
        "One step of a GRU. The hidden state h of step t−1 runs along the top: it is multiplied by the update gate z, then the product of "
        "1−z and the candidate n is added, and the result is the hidden state of step t. Reset gate r and update gate z are computed from the "
        "hidden state of step t−1 and the input x of step t; the candidate n is a tanh of the input and of the hidden state's own product, "
        "which the reset gate multiplies."
    )
    caption = (
        "A GRU with its reset after the product. The hidden state itself is the road (blue); one gate, z, says what stays and, as 1 − z, what "
        "comes in. The green box of the state holds a matrix and its bias. With the reset before the product, r multiplies h, and then comes the matrix."
    )

    def draw(self):
        road, low, rail = 30, 188, 250
        self.say(12, road - 12, "*h_{t−1}", anchor="start", color="blue")
        self.join((12, road), (142, road), color="blue", width=2.6)
        self.join((162, road), (274, road), color="blue", width=2.6)
        self.join((294, road), (352, road), color="blue", width=2.6)
        self.say(348, road - 12, "*h_t", anchor="end", color="blue")
        # the state's way down to the gates and to the candidate's product
        self.dot(30, road, "blue")
        self.join((30, road), (30, 224), (206, 224), (206, low + 14), color="blue")
        self.join((12, rail), (284, rail), (284, 148))
        self.say(12, rail + 20, "*x_t", anchor="start")
        for x in (80, 142):
            self.join((x - 6, 224), (x - 6, low + 14), color="blue")
            self.dot(x - 6, 224, "blue")
            self.join((x + 6, rail), (x + 6, low + 14))
            self.dot(x + 6, rail)
        # r meets the product; z goes to the road, 1 − z to the candidate
        self.join((80, low - 14), (80, 150), (196, 150), color="vermilion")
        self.say(86, 142, "*r_t", anchor="start", color="vermilion")
        self.join((206, low - 14), (206, 160), color="green")
        self.join((206, 140), (206, 134), (261, 134), color="green")
        self.join((152, low - 14), (152, road + 10), color="vermilion")
        self.say(146, 110, "*z_t", anchor="end", color="vermilion")
        self.dot(152, 76, "vermilion")
        self.join((152, 76), (274, 76), color="vermilion")
        self.say(214, 70, "1 − *z_t", color="vermilion")
        self.join((284, 120), (284, 86), color="green")
        self.join((284, 66), (284, road + 10))
        self.say(292, 108, "*n_t", anchor="start", color="green")
        self.box(80, low, "σ", color="vermilion")
        self.box(142, low, "σ", color="vermilion")
        self.box(206, low, "W_{hn}", width=48, color="green")
        self.box(284, 134, "tanh", color="green")
        for x, y, sign in ((152, road, "×"), (284, road, "+"), (284, 76, "×"), (206, 150, "×")):
            self.node(x, y, sign)


class TransformerBlock(Diagram):
    """A block of a decoder, with the norm after each sum and with the norm on each branch."""

    height = 440
    alt = (
        "Two blocks side by side, each read from bottom to top, each with three sub-layers: self-attention, cross-attention, which takes its keys "
        "and values from the encoder, and feed-forward. Beside every sub-layer a path runs past it and is added to its output. On the left, "
        "post-norm, a norm stands on the path itself, after every sum. On the right, pre-norm, a norm stands on the branch, before every "
        "sub-layer, and the path is never touched."
    )
    caption = (
        "A decoder's block, read upwards. Blue is the residual path. Left, post-norm: y = norm(x + f(x)). Right, pre-norm: y = x + f(norm(x)), "
        "and one norm more after the last block. The dashed sub-layer, cross-attention, takes keys and values from the encoder's output; an "
        "encoder's block, and that of a model without an encoder, is the same without it."
    )

    def draw(self):
        for path, name, before in ((32, "post-norm", False), (212, "pre-norm", True)):
            self.say(path + 58, 16, name)
            self._column(path, before)

    def _column(self, path, before):
        """One block upwards along x = `path`; each sub-layer takes 126 units of height."""
        x, foot = path + 66, 400
        self.join((path, foot + 36), (path, 28), color="blue", width=2.4)
        self.say(path + 8, foot + 34, "X, N × D", anchor="start", color="blue")
        for n, (text, color) in enumerate((("self-attention", "vermilion"), ("cross-attention", "purple"), ("feed-forward", "green"))):
            y = foot - 126 * n  # where the branch leaves the path
            self.dot(path, y, "blue")
            layer, sum_ = (y - 62, y - 98) if before else (y - 30, y - 66)
            self.join((path, y), (x, y), (x, y - 10 if before else layer + 14))
            if before:
                self.box(x, y - 22, "norm", width=52, height=24, size=13)
                self.join((x, y - 34), (x, layer + 14))
            self.join((x, layer - 14), (x, sum_), (path + 10, sum_))
            crossing = text == "cross-attention"
            self.box(x, layer, text, width=108, color=color, dashed=crossing, size=13)
            if crossing:
                self.join((x + 80, layer), (x + 55, layer), color="purple")
                self.say(x + 81, layer - 6, "K, V", anchor="end", color="purple", size=12)
            self.node(path, sum_, "+")
            if not before:
                self.box(path, y - 96, "norm", width=52, height=24, color="blue", size=13)
