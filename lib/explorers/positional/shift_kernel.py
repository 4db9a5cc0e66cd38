"""shift-kernel: the dot product of two encodings over their distance, and the map that shifts an encoding."""

import functools

import numpy as np

from ... import positional
from ...widget import Axis, Explorer, Heatmap, Index, Lines, Panel, Readout, Row, Rule, Slider, Switch, View
from ..length import training

LAST = 128  # the last position p, tokens
LONGEST = 48  # the longest distance, tokens
WIDEST = 64
KEPT = 8  # directions of the learned rows: the best map needs more rows than directions
UNEQUAL = (0.5, 1.5)  # weights of a pair's sine and cosine where they are weighted apart


@functools.cache
def given():
    """The rows of the learned table that was trained on characters, about their mean and at length 1, how badly their best shift maps do,
    and a random content."""
    # Two decimals keep the page light.
    table = training.model("characters", "learned").table
    centred = table - table.mean(axis=0)
    U, sizes, _ = np.linalg.svd(table, full_matrices=False)
    return {
        "learned": np.round(centred / np.linalg.norm(centred, axis=1, keepdims=True), 2),
        "residuals": np.array([positional.fit_shift(U[:, :KEPT] * sizes[:KEPT], k)[1] for k in range(LONGEST + 1)]),
        "content": np.round(np.random.default_rng(1).standard_normal(WIDEST), 2),
    }


class ShiftKernel(Explorer):
    """The dot product of two encodings over their distance, and the map that shifts an encoding."""

    name = "shift-kernel"
    title = "A shift is a rotation"
    tries = "sliding the position p. Then throw a red switch and slide it again."
    sees = (
        "the curve of the sinusoidal encoding lies still wherever p is; that of a trained table doesn't, and ends with its 64 rows. Away from p = 0 "
        "either switch parts the curve from the one at 0: added to a content, or with sine and cosine of a pair weighted "
        "unequally, the encoding no longer speaks of the distance alone."
    )
    play = "p"

    p = Slider(20, 0, LAST, label="position p", unit="tokens", step=1)
    k = Slider(8, 0, LONGEST, label="shift k", unit="tokens", step=1)
    d = Slider(32, 4, WIDEST, label="width d", step=4)
    base = Slider(10000.0, 10.0, 1e6, label="base", log=True, format=",.0f")
    added = Switch(False, label="break it: add the encodings to a content", breaks=True)
    multiplied = Switch(False, label="break it: weight sine and cosine of a pair unequally, ½ and 1½", breaks=True)

    sentence = (
        "Width {d}, base {base:,.0f}, position {p}, shift {k}: the product of the two vectors is {value:.3f} of the largest possible, "
        "the curve differs by up to {deviation:.3f} from that of position 0; the shift map of the encoding leaves an error of "
        "{error:.3f}, the best one of a learned table leaves {residual:.3f} of its norm."
    )

    data = staticmethod(given)

    @staticmethod
    def compute(*, p, k, d, base, added, multiplied):
        encoding = positional.sinusoidal(p + LONGEST + 1, d, base=base)
        M = positional.shift_matrix(k, d, base=base)
        error = np.linalg.norm(encoding[p + k] - encoding[p] @ M.T)
        # What stands at each position, with a red switch more than the encoding; and over every distance the
        # product of two, as a share of the largest that there can be, by Cauchy and Schwarz.
        content = given()["content"][:d] if added else np.zeros(d)
        weights = UNEQUAL if multiplied else (1.0, 1.0)
        vectors = content + encoding * np.tile(weights, d // 2)
        most = (np.linalg.norm(content) + max(weights) * np.sqrt(d / 2)) ** 2
        here = vectors[p : p + LONGEST + 1] @ vectors[p] / most
        at_0 = vectors[: LONGEST + 1] @ vectors[0] / most
        value = here[k]
        deviation = np.abs(here - at_0).max()
        # The same of a learned table, as far as it goes, and what the best map for it leaves
        rows = given()["learned"]
        own = rows[p] if p < len(rows) else np.full(WIDEST, np.nan)
        learned_here = np.pad(rows[p : p + LONGEST + 1] @ own, (0, LONGEST + 1 - len(rows[p : p + LONGEST + 1])), constant_values=np.nan)
        residual = given()["residuals"][k]
        return dict(M=M, error=error, here=here, at_0=at_0, value=value, deviation=deviation, learned_here=learned_here, residual=residual)

    view = View(
        Row(
            Panel(
                Lines(Index(), "learned_here", "learned table at p", "muted", dashed=True, width=1.2),
                Lines(Index(), "at_0", "at 0", "vermilion", width=4.5),
                Lines(Index(), "here", "at p", "blue", width=1.6),
                Rule(x="k", color="ink"),
                Rule(y=0),
                x=Axis("shift k (tokens)", symbol="k"),
                y=Axis("product, of the largest", -1.1, 1.1),
                ratio=0.85,
                picks=("k", None),
                main=True,
            ),
            Panel(
                Heatmap("M", 1),
                x=Axis("column", symbol="column"),
                y=Axis("row", symbol="row"),
                ratio=1,
                title="the shift map M: PE(p + {k}) = PE(p) Mᵀ",
            ),
            widths=(6, 5),
        ),
        Readout("value", "product at k", "+.3f"),
        Readout("deviation", "largest change of the curve from p = 0", ".3f", must_vanish=1e-9),
        Readout("error", "error of the encoding’s shift map", ".3f", must_vanish=1e-9),
        Readout("residual", "the best map for the learned table leaves", ".1%"),
    )
