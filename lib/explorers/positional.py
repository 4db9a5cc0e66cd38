"""The explorers of the chapter on positional encodings; `lib.positional` computes."""

import functools

import numpy as np

from .. import positional
from ..attention import softmax
from .controls import Choice, Slider, Switch
from .explorer import Explorer
from .view import Arrows, Axis, Bars, Grid, Heatmap, Lines, Panel, Points, Readout, Row, Rule, View

CLOCKS = 4  # pairs shown as hands in sinusoidal-encoding


class SinusoidalEncoding(Explorer):
    """A page of n rows of the table of sines and cosines, one row of it, and that row as the hands of clocks."""

    name = "sinusoidal-encoding"
    title = "Clocks of different speed"
    tries = "d = 4 and positions 0, 1, 2: the numbers done by hand. Then a wide table and a small base."
    sees = (
        "every row is a reading of many clocks: interleaved, fast ones stand on the left and slow ones on the right; "
        "concatenated, so they do in each half. A larger base slows down all but the first."
    )
    play = "position"

    position = Slider(10, 0, 255, label="position", unit="tokens", step=1)
    n = Slider(64, 16, 256, label="rows shown, n", unit="tokens", step=16)
    d = Slider(32, 4, 128, label="width d", step=4)
    base = Slider(10000.0, 10.0, 1e6, label="base", log=True, format=",.0f")
    layout_of_pairs = Choice(
        "interleaved",
        {"interleaved": "interleaved: sin, cos, sin, cos, …", "concatenated": "concatenated: all sines, then all cosines"},
        label="order of the columns",
    )

    sentence = (
        "Position {row_shown} among rows {first} to {last}, width {d}, base {base:,.0f}, {layout_of_pairs}: the first pair reads sine {sin_1:.4f} and "
        "cosine {cos_1:.4f}, the second sine {sin_2:.4f} and cosine {cos_2:.4f}."
    )
    code = """
import numpy as np
from lib import positional

first = {position} // {n} * {n}  # the page of {n} rows that holds the position
encoding = positional.sinusoidal_at(np.arange(first, first + {n}), {d}, base={base}, layout={layout_of_pairs})
row = encoding[{position} - first]
"""

    @staticmethod
    def frame(*, position, n, d, base, layout_of_pairs):
        first = position // n * n  # pages of n rows, so that every position has its row
        encoding = positional.sinusoidal_at(np.arange(first, first + n), d, base=base, layout=layout_of_pairs)
        row = encoding[position - first]
        pairs = row.reshape(-1, 2) if layout_of_pairs == "interleaved" else row.reshape(2, -1).T
        r = d // 2
        # Four pairs from the fastest to the slowest, or all of them.
        chosen = np.floor(np.arange(CLOCKS) * (r - 1) / (CLOCKS - 1) + 0.5).astype(int) if r >= CLOCKS else np.arange(r)
        empty = CLOCKS - len(chosen)
        hands = pairs[chosen, ::-1]  # (cos, sin): the hand of an angle counted from the right, counter-clockwise
        return {
            "encoding": encoding,
            "row": row,
            "column": np.arange(d),
            "row_shown": position,
            "first": first,
            "last": first + n - 1,
            "hands": np.concatenate([hands, np.full((empty, 2), np.nan)]),
            "starts": np.concatenate([np.tile([1.0, 0.0], (len(chosen), 1)), np.full((empty, 2), np.nan)]),
            "pair": np.concatenate([chosen + 1.0, np.full(empty, np.nan)]),
            "sin_1": pairs[0, 0],
            "cos_1": pairs[0, 1],
            "sin_2": pairs[1, 0],
            "cos_2": pairs[1, 1],
            "right": d - 0.5,
            "top": first - 0.5,
            "bottom": first + n - 0.5,
        }

    view = View(
        Row(
            (
                Panel(
                    (Heatmap("encoding", 1), Rule("", y="row_shown", color="ink")),
                    Axis("column", -0.5, "right", symbol="column"),
                    Axis("position (tokens)", "bottom", "top", symbol="position"),
                    ratio=0.95,
                    title="the encoding, −1 to 1",
                    picks=(None, "position"),
                ),
                Grid(
                    (
                        Panel(
                            (Lines("column", "row", "position {row_shown}", "blue", format="+.4f"), Rule("", y=0)),
                            Axis("column", -0.5, "right", symbol="column"),
                            Axis("value", -1.1, 1.1),
                            ratio=0.4,
                        ),
                        Grid(
                            tuple(
                                Panel(
                                    (
                                        Arrows(f"starts[{i}]", "start", "muted", dashed=True),
                                        Arrows(f"hands[{i}]", "", "vermilion"),
                                    ),
                                    Axis("cosine", -1.25, 1.25),
                                    Axis("sine", -1.25, 1.25),
                                    ratio=1,
                                    circle=True,
                                    note=f"pair {{pair[{i}]:.0f}}",
                                )
                                for i in range(CLOCKS)
                            ),
                            columns=CLOCKS,
                        ),
                    ),
                    columns=1,
                ),
            ),
            widths=(1, 1),
        ),
        (
            Readout("sin_1", "sin pθ₁", "+.4f"),
            Readout("cos_1", "cos pθ₁", "+.4f"),
            Readout("sin_2", "sin pθ₂", "+.4f"),
            Readout("cos_2", "cos pθ₂", "+.4f"),
        ),
    )


OFFSETS = np.arange(65)  # distances of shift-kernel, tokens
TABLE = (256, 16)  # rows and width of its table of random numbers
WIDEST = 64
UNEQUAL = (0.5, 1.5)  # weights of a pair's sine and cosine where they are weighted apart


class ShiftKernel(Explorer):
    """The dot product of two encodings over their distance, and the map that shifts an encoding."""

    name = "shift-kernel"
    title = "A shift is a rotation"
    tries = "sliding the position p. Then throw a red switch and slide it again."
    sees = (
        "the curve of the sinusoidal encoding lies still wherever p is, that of a random table doesn't. Away from p = 0 "
        "either switch parts the curve from the one at 0: added to a content, or with sine and cosine of a pair weighted "
        "unequally, the encoding no longer speaks of the distance alone."
    )
    play = "p"

    p = Slider(20, 0, 128, label="position p", unit="tokens", step=1)
    k = Slider(8, 0, 64, label="shift k", unit="tokens", step=1)
    d = Slider(32, 4, WIDEST, label="width d", step=4)
    base = Slider(10000.0, 10.0, 1e6, label="base", log=True, format=",.0f")
    added = Switch(False, label="break it: add the encodings to a content", breaks=True)
    multiplied = Switch(False, label="break it: weight sine and cosine of a pair unequally, ½ and 1½", breaks=True)

    sentence = (
        "Width {d}, base {base:,.0f}, position {p}, shift {k}: the product of the two vectors is {value:.3f} of the largest possible, the curve "
        "differs by up to {deviation:.3f} from that of position 0; the shift map of the encoding leaves an error of {error:.3f}, "
        "the best one of a random table of width {width} leaves {residual:.3f} of its norm."
    )
    code = """
import numpy as np
from lib import positional

p, k, d, base = {p}, {k}, {d}, {base}
encoding = positional.sinusoidal(256, d, base=base)
M = positional.shift_matrix(k, d, base=base)
error = float(np.linalg.norm(encoding[p + k] - encoding[p] @ M.T))
"""

    @staticmethod
    @functools.cache
    def data():
        # Only directions matter here, so the scale is 1; two decimals keep the page light.
        table = np.round(positional.learned_table(*TABLE, seed=0, scale=1.0), 2)
        return {
            "table": table[: 128 + OFFSETS[-1] + 1],
            "residuals": np.array([positional.fit_shift(table, int(k))[1] for k in OFFSETS]),
            "content": np.round(np.random.default_rng(1).standard_normal(WIDEST), 2),
        }

    @staticmethod
    def frame(*, p, k, d, base, added, multiplied):
        data = ShiftKernel.data()
        encoding = positional.sinusoidal(128 + len(OFFSETS), d, base=base)
        weights = UNEQUAL if multiplied else (1.0, 1.0)
        content = data["content"][:d] if added else np.zeros(d)
        vectors = content + encoding * np.tile(weights, d // 2)  # what stands at each position

        def curve(table, position):
            return table[position + OFFSETS] @ table[position]  # (K,)

        # Measured by the largest value that there can be, by Cauchy and Schwarz.
        scale = (np.linalg.norm(content) + max(weights) * np.sqrt(d / 2)) ** 2
        here, at_0 = curve(vectors, p) / scale, curve(vectors, 0) / scale
        shift = positional.shift_matrix(k, d, base=base)
        return {
            "offset": OFFSETS,
            "here": here,
            "at_0": at_0,
            "random": curve(data["table"], p) / np.sum(data["table"][p] ** 2),
            "value": here[k],
            "deviation": np.abs(here - at_0).max(),
            "M": shift,
            "error": np.linalg.norm(encoding[p + k] - encoding[p] @ shift.T),
            "residual": data["residuals"][k],
            "width": TABLE[1],
            "edge": d - 0.5,
        }

    view = View(
        Row(
            (
                Panel(
                    (
                        Lines("offset", "random", "random table at p", "muted", dashed=True, width=1.2),
                        Lines("offset", "at_0", "at 0", "vermilion", width=4.5),
                        Lines("offset", "here", "at p", "blue", width=1.6),
                        Rule("", x="k", color="ink"),
                        Rule("", y=0),
                    ),
                    Axis("shift k (tokens)", 0, 64, symbol="k"),
                    Axis("product, of the largest possible", -1.1, 1.1),
                    ratio=0.85,
                    picks=("k", None),
                ),
                Panel(
                    (Heatmap("M", 1),),
                    Axis("column", -0.5, "edge", symbol="column"),
                    Axis("row", "edge", -0.5, symbol="row"),
                    ratio=1,
                    title="the shift map M: PE(p + {k}) = PE(p) Mᵀ",
                ),
            ),
            widths=(6, 5),
        ),
        (
            Readout("value", "product at k", "+.3f"),
            Readout("deviation", "largest change of the curve from p = 0", ".3f", must_vanish=1e-9),
            Readout("error", "error of the encoding’s shift map", ".3f", must_vanish=1e-9),
            Readout("residual", "the best map for the random table (width {width}) leaves", ".1%"),
        ),
    )


N = 32  # tokens in relative-bias
CLIP = 8  # the distance at which its clipped scheme stops telling distances apart
MOST_HEADS = 16
SCHEMES = {
    "none": "none",
    "clipped": "clipped relative embeddings (Shaw)",
    "t5": "T5 buckets",
    "alibi": "ALiBi",
}


class RelativeBias(Explorer):
    """What each relative scheme adds to the scores, and what that does to a row of attention."""

    name = "relative-bias"
    title = "A bias for distance"
    tries = "the heads of ALiBi (of eight, 1 is the steepest), and drag the peak of the content away from the query."
    sees = (
        "a match Δ tokens back loses m·Δ of its height, and wins as long as something is left: with a steep slope near "
        "the query only, with a gentle one far back too. The tables of Shaw and T5 stand here with random numbers in place of "
        "learned ones."
    )
    play = "peak"

    scheme = Choice("alibi", SCHEMES, label="scheme")
    heads = Slider(8, 1, MOST_HEADS, label="number of heads H", step=1)
    head = Slider(3, 1, MOST_HEADS, label="head h, at most H", step=1)
    query = Slider(28, 0, N - 1, label="query position", unit="tokens", step=1)
    peak = Slider(8, 0, N - 1, label="content peaks at key", unit="tokens", step=1)
    height = Slider(4.0, 0.0, 8.0, label="height of the peak", step=0.1, format=".1f")
    causal = Switch(True, label="causal: no key after the query")
    miscounted = Switch(False, label="break it: count ALiBi's slopes from 0", breaks=True)

    sentence = (
        "Scheme {scheme}, head {head_shown} of {heads}, query at {query}: the content's peak at key {peak} gets "
        "{before_at_peak:.1%} of the attention without the bias, {after_at_peak:.1%} with it; slope {slope:.4f}."
    )
    code = """
import numpy as np
from lib import positional
from lib.attention import softmax
from lib.explorers.positional import RelativeBias

heads, query, causal = {heads}, {query}, {causal}
head_shown = min({head}, heads)
of_heads = 2.0 ** (-8 * np.arange(heads) / heads) if {miscounted} else positional.alibi_slopes(heads)
slope = float(of_heads[head_shown - 1])
relative = np.arange(32) - np.arange(32)[:, None]  # key - query
tables = RelativeBias.data()  # random numbers in place of learned ones
bias_of_scheme = {{
    "none": 0.0 * relative,
    "clipped": tables["clipped"][head_shown - 1][positional.shaw_index(32, 32, max_distance=8)],
    "t5": tables["t5"][head_shown - 1][positional.t5_bucket(relative, bidirectional=not causal)],
    "alibi": -slope * np.abs(relative),
}}[{scheme}]
content = {height} * np.exp(-(((np.arange(32) - {peak}) / 1.5) ** 2))
scores = content + bias_of_scheme[query]
seen = slice(0, query + 1) if causal else slice(0, 32)
after = np.zeros(32)
after[seen] = softmax(scores[seen])
"""

    @staticmethod
    @functools.cache
    def data():
        rng = np.random.default_rng(2)
        return {
            "clipped": np.round(rng.standard_normal((MOST_HEADS, 2 * CLIP + 1)), 2),
            "t5": np.round(rng.standard_normal((MOST_HEADS, 32)), 2),
        }

    @staticmethod
    def frame(*, scheme, heads, head, query, peak, height, causal, miscounted):
        data = RelativeBias.data()
        shown = min(head, heads)
        published = positional.alibi_slopes(heads)
        slopes = 2.0 ** (-8 * np.arange(heads) / heads) if miscounted else published
        relative = np.arange(N) - np.arange(N)[:, None]  # (queries, keys): key − query
        bias = {
            "none": lambda: np.zeros((N, N)),
            "clipped": lambda: data["clipped"][shown - 1][np.clip(relative, -CLIP, CLIP) + CLIP],
            "t5": lambda: data["t5"][shown - 1][positional.t5_bucket(relative, bidirectional=not causal)],
            "alibi": lambda: -slopes[shown - 1] * np.abs(relative),
        }[scheme]()
        seen = relative <= 0 if causal else np.full((N, N), True)
        keys = np.arange(N)
        content = height * np.exp(-(((keys - peak) / 1.5) ** 2))

        def attention(scores):
            weights = np.zeros(N)
            weights[seen[query]] = softmax(scores[seen[query]])
            return weights

        before, after = attention(content), attention(content + bias[query])
        return {
            "bias": np.where(seen, bias, np.nan),
            "limit": max(1.0, np.abs(bias[seen]).max()),
            "key": keys,
            "by_distance": bias[N - 1, ::-1],
            "lowest": min(-1.0, bias[N - 1].min()),
            "highest": max(1.0, bias[N - 1].max()),
            "content": content,
            "before": before,
            "after": after,
            "most": max(before.max(), after.max()),
            "before_at_peak": before[peak],
            "after_at_peak": after[peak],
            "head_shown": shown,
            "slope": slopes[shown - 1],
            "head_numbers": np.arange(1, MOST_HEADS + 1),
            "slopes": np.concatenate([slopes, np.full(MOST_HEADS - heads, np.nan)]),
            "head_here": np.array([shown]),
            "slope_here": slopes[[shown - 1]],
            "deviation": np.abs(slopes - published).max(),
        }

    view = View(
        Row(
            (
                Grid(
                    (
                        Panel(
                            (Heatmap("bias", "limit"), Rule("", y="query", color="ink")),
                            Axis("key position (tokens)", -0.5, N - 0.5, symbol="key"),
                            Axis("query position (tokens)", N - 0.5, -0.5, symbol="query"),
                            ratio=0.85,
                            title="bias of head {head_shown}",
                            picks=(None, "query"),
                        ),
                        Panel(
                            (Lines("key", "by_distance", "bias over distance", "blue"),),
                            Axis("distance, query − key (tokens)", 0, N - 1, symbol="distance"),
                            Axis("bias", "lowest", "highest"),
                            ratio=0.35,
                        ),
                    ),
                    columns=1,
                ),
                Grid(
                    (
                        Panel(
                            (Lines("key", "content", "score from the content: drag it", "green"),),
                            Axis("key position (tokens)", 0, N - 1, symbol="key"),
                            Axis("score", 0, 8),
                            ratio=0.4,
                            picks=("peak", "height"),
                        ),
                        Panel(
                            (
                                Bars("before", "attention without the bias", "muted", outline=True),
                                Bars("after", "with it", "vermilion"),
                            ),
                            Axis("key position (tokens)", -0.5, N - 0.5, symbol="key"),
                            Axis("weight", 0, "most"),
                            ratio=0.5,
                        ),
                        Panel(
                            (
                                Points("head_numbers", "slopes", "ALiBi’s slopes", "muted", format=".4f"),
                                Points("head_here", "slope_here", "this head", "vermilion", format=".4f"),
                            ),
                            Axis("head", 0.5, MOST_HEADS + 0.5, symbol="head"),
                            Axis("slope m", 1 / 400, 1.5, log=True),
                            ratio=0.35,
                        ),
                    ),
                    columns=1,
                ),
            ),
            widths=(1, 1),
        ),
        (
            Readout("slope", "ALiBi's slope m", ".4f"),
            Readout("before_at_peak", "attention at the peak, without", ".1%"),
            Readout("after_at_peak", "with the bias", ".1%"),
            Readout("deviation", "deviation from the published slopes", ".3f", must_vanish=1e-12),
        ),
    )
