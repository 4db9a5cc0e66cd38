"""The explorers of the chapter on order; `lib.equivariance` and `lib.attention` compute."""

import functools

import numpy as np

from .. import equivariance, positional, rope
from ..attention import attention, causal_mask, merge_value_output, multi_head_attention
from .controls import Order, Slider, Switch
from .explorer import Explorer
from .view import Axis, Bars, Grid, Heatmap, Lines, Panel, Readout, Row, View

WORDS = ("a", "dog", "bites", "the", "old", "man")
WIDTH, HEADS = 8, 4  # of permutation-lab: D, H
OF_HEAD = 2  # d_k = d_v


class PermutationLab(Explorer):
    """A layer of attention, its tokens reordered by hand, and what it should give then."""

    name = "permutation-lab"
    title = "Reorder the words"
    tries = "another order, by dragging the words or with the arrow keys. Then the red switches, one at a time."
    sees = (
        "the rows of the output change places as the words did, and nothing else happens. A red switch leaves a difference, and pooling "
        "doesn’t mend it. It shows nothing where it can’t: with the words in their own order; ALiBi with the order exactly reversed; “forget P” for the mean; "
        "and at sharpness 0, where all words count alike, what acts on them through the softmax: sines, RoPE, “forget P”."
    )
    play = "sharpness"

    order = Order([3, 4, 5, 2, 0, 1], WORDS, label="order of the words: drag them, or move them with the arrow keys")
    sharpness = Slider(1.0, 0.0, 4.0, label="sharpness, a factor of the scores", step=0.05, format=".2f")
    sinusoidal = Switch(False, label="break it: add sines and cosines", breaks=True)
    rotary = Switch(False, label="break it: RoPE", breaks=True)
    alibi = Switch(False, label="break it: ALiBi", breaks=True)
    t5 = Switch(False, label="break it: T5's buckets", breaks=True)
    causal = Switch(False, label="break it: causal mask", breaks=True)
    forgotten = Switch(False, label="break it: forget P, as if equivariant meant invariant", breaks=True)
    pooled = Switch(False, label="pool: the layer returns the mean over the words")

    sentence = (
        "{moved} of 6 words have left their place. The output for the reordered words differs from what is expected "
        "by at most {error:.6f}, where its largest entry is {size:.3f}."
    )
    code = """
import numpy as np
from lib import equivariance, positional, rope
from lib.attention import attention, causal_mask
from lib.explorers.equivariance import PermutationLab

data, order, N = PermutationLab.data(), {order}, 6
X = data["X"]

def layer(X):
    Z = X + positional.sinusoidal(N, 8) if {sinusoidal} else X
    q, k, v = Z @ data["W_q"], Z @ data["W_k"], Z @ data["W_v"]
    if {rotary}:
        q, k = rope.rotate(q, np.arange(N)), rope.rotate(k, np.arange(N))
    bias = np.zeros((4, N, N))
    if {alibi}:
        bias = bias + positional.alibi_bias(4, N, N, causal=False)
    if {t5}:
        bias = bias + positional.t5_bias(data["table"], N, N)
    mask = causal_mask(N) if {causal} else None
    heads, _ = attention(q, k, v, mask=mask, bias=bias, scale={sharpness} / np.sqrt(2))
    Y = (heads @ data["W_o"]).sum(axis=0)
    return Y.mean(axis=0) if {pooled} else Y

if {forgotten} or {pooled}:
    error = equivariance.invariance_error(layer, X, order)
else:
    error = equivariance.equivariance_error(layer, X, order)
"""

    @staticmethod
    @functools.cache
    def data():
        rng = np.random.default_rng(12)
        # Small weights, so that the softmax stays soft: where one word takes all, little can break.
        drawn = {
            "X": ((len(WORDS), WIDTH), 1.0),
            "W_q": ((HEADS, WIDTH, OF_HEAD), 0.4),
            "W_k": ((HEADS, WIDTH, OF_HEAD), 0.4),
            "W_v": ((HEADS, WIDTH, OF_HEAD), 0.4),
            "W_o": ((HEADS, OF_HEAD, WIDTH), 0.4),
            "table": ((32, HEADS), 1.0),
        }
        return {name: np.round(scale * rng.standard_normal(shape), 2) for name, (shape, scale) in drawn.items()}

    @staticmethod
    def frame(*, order, sharpness, pooled, sinusoidal, rotary, alibi, t5, causal, forgotten):
        data, N = PermutationLab.data(), len(WORDS)
        bias = np.zeros((HEADS, N, N))
        if alibi:
            bias = bias + positional.alibi_bias(HEADS, N, N, causal=False)
        if t5:
            bias = bias + positional.t5_bias(data["table"], N, N)

        def layer(X):
            Z = X + positional.sinusoidal(N, WIDTH) if sinusoidal else X
            q, k, v = (Z @ data[name] for name in ("W_q", "W_k", "W_v"))  # (H, N, d_k)
            if rotary:
                q, k = rope.rotate(q, np.arange(N)), rope.rotate(k, np.arange(N))
            mask = causal_mask(N) if causal else None
            heads, weights = attention(q, k, v, mask=mask, bias=bias, scale=sharpness / np.sqrt(OF_HEAD))
            return (heads @ data["W_o"]).sum(axis=0), weights

        P = equivariance.permutation_matrix(order)
        moved, weights = layer(P @ data["X"])
        kept, _ = layer(data["X"])
        expected = kept if forgotten else P @ kept
        difference = moved - expected
        means = [Y.mean(axis=0, keepdims=True) for Y in (moved, expected, difference)]
        places = np.argsort(order)
        gap = np.full((N, 1), np.nan)
        rows = np.hstack([moved, gap, expected, gap, difference])
        mean = np.hstack([means[0], gap[:1], means[1], gap[:1], means[2]])
        return {
            "tokens": P @ data["X"],
            "weights": weights[0],
            "outputs": np.vstack([np.where(pooled, np.nan, rows), np.full_like(mean, np.nan), mean]),
            "places": places,
            "output_places": np.append(places, N + 1),
            "moved": np.count_nonzero(places != np.arange(N)),
            "error": np.abs(means[2] if pooled else difference).max(),
            "size": np.abs(moved).max(),
        }

    view = View(
        Grid(
            (
                Row(
                    (
                        Panel(
                            (Heatmap("tokens", 2.5, format="+.2f"),),
                            Axis("column of the token’s vector", -0.5, WIDTH - 0.5, symbol="column"),
                            Axis("", len(WORDS) - 0.5, -0.5, labels=WORDS, at="places"),
                            ratio=0.72,
                            title="PX: a row for each word",
                        ),
                        Panel(
                            (Heatmap("weights", 1, format=".3f", sequential=True),),
                            Axis("takes from", -0.5, len(WORDS) - 0.5, labels=WORDS, at="places"),
                            Axis("", len(WORDS) - 0.5, -0.5, labels=WORDS, at="places"),
                            ratio=0.72,
                            title="A of PX, first of four heads",
                        ),
                    ),
                    widths=(1, 1),
                ),
                Panel(
                    (Heatmap("outputs", "size"),),
                    Axis("", -0.5, 3 * WIDTH + 1.5, labels=("Attn(PX)", "expected", "difference"), at=(3.5, 12.5, 21.5)),
                    Axis("", len(WORDS) + 1.5, -0.5, labels=(*WORDS, "mean"), at="output_places"),
                    ratio=0.44,
                    title="outputs; expected is P Attn(X)",
                ),
            ),
            columns=1,
        ),
        (
            Readout("error", "largest difference", ".6f", must_vanish=1e-12),
            Readout("size", "largest entry of the output", ".3f"),
            Readout("moved", "words out of their place", "d"),
        ),
    )


MOST_TOKENS = MOST_WIDTH = 8  # of attention-matrix
MOST_HEADS_SHOWN = 4
KINDS = ("dense", "open", "conv. 3", "free", "learned")  # its bars


def _blocks(matrix, n):
    """(N·D, N·D) -> (N, D, N, D): row and column of a block around those inside it."""
    return matrix.reshape(n, len(matrix) // n, n, len(matrix) // n)


def _square(z, limit, title):
    """A panel of ND × ND entries, its blocks apart."""
    return Panel(
        (
            Heatmap(z, limit, format="+.2f"),
            Lines("across", "along", "", "ground", at=0.0, width=1.6),
            Lines("along", "across", "", "ground", at=0.0, width=1.6),
        ),
        Axis("number of the input", -0.5, "edge", symbol="column"),
        Axis("number of the output", "edge", -0.5, symbol="row"),
        ratio=1,
        title=title,
    )


class AttentionMatrix(Explorer):
    """Attention as one ND × ND matrix, what one head puts into it, and how many numbers it takes."""

    name = "attention-matrix"
    title = "One matrix for all tokens"
    tries = "one head and three tokens. Then more heads, the causal mask, and the red switch."
    sees = (
        "of each head every block is the same small matrix, times one weight; the heads add up, so only with one head do all "
        "blocks of the sum look alike. The mask closes the blocks above the diagonal: (N − 1)/2N of the matrix, nearer to a half the more tokens there are."
    )
    play = "tokens"

    tokens = Slider(4, 3, MOST_TOKENS, label="tokens N", step=1)
    width = Slider(4, 2, MOST_WIDTH, label="width D", step=1)
    heads = Slider(2, 1, MOST_HEADS_SHOWN, label="heads H", step=1)
    head = Slider(1, 1, MOST_HEADS_SHOWN, label="head shown, at most H", step=1)
    causal = Switch(False, label="causal mask")
    untransposed = Switch(False, label="break it: W in the blocks instead of its transpose", breaks=True)

    sentence = (
        "{tokens} tokens of width {width}, {heads} heads: the matrix is {side} by {side}. Of its {entries} entries {zero} are closed and "
        "{free} can be chosen freely; {learned} numbers in it are learned. "
        "Times the tokens it differs from the layer's output by at most {error:.6f}."
    )
    code = """
import numpy as np
from lib import equivariance
from lib.attention import causal_mask, multi_head_attention
from lib.explorers.equivariance import AttentionMatrix

N, D, H, causal = {tokens}, {width}, {heads}, {causal}
data = AttentionMatrix.data()
X = data["X"][:N, :D]
heads = (
    data["W_q"][:H, :D],
    data["W_k"][:H, :D],
    data["W_v"][:H, :D],
    data["W_o"][:H, :, :D],
)
mask = causal_mask(N) if causal else None
M = equivariance.attention_as_matrix(X, *heads, mask=mask)
if {untransposed}:
    M = M.reshape(N, D, N, D).transpose(0, 3, 2, 1).reshape(N * D, N * D)
Y, _ = multi_head_attention(X, *heads, mask=mask)
error = np.abs(M @ X.ravel() - Y.ravel()).max()
counts = equivariance.matrix_counts(N, D, H, d_v=2, causal=causal)
entries, zero, free, learned = counts.entries, counts.zero, counts.free, counts.shared
"""

    @staticmethod
    @functools.cache
    def data():
        rng = np.random.default_rng(4)
        drawn = {
            "X": ((MOST_TOKENS, MOST_WIDTH), 1.0),
            "W_q": ((MOST_HEADS_SHOWN, MOST_WIDTH, OF_HEAD), 0.4),
            "W_k": ((MOST_HEADS_SHOWN, MOST_WIDTH, OF_HEAD), 0.4),
            "W_v": ((MOST_HEADS_SHOWN, MOST_WIDTH, OF_HEAD), 0.7),
            "W_o": ((MOST_HEADS_SHOWN, OF_HEAD, MOST_WIDTH), 0.7),
        }
        return {name: np.round(scale * rng.standard_normal(shape), 2) for name, (shape, scale) in drawn.items()}

    @staticmethod
    def frame(*, tokens, width, heads, head, causal, untransposed):
        data, N, D, H = AttentionMatrix.data(), tokens, width, heads
        shown = min(head, H)
        X = data["X"][:N, :D]
        layer = [*(data[name][:H, :D] for name in ("W_q", "W_k", "W_v")), data["W_o"][:H, :, :D]]
        mask = causal_mask(N) if causal else np.full((N, N), True)
        Y, weights = multi_head_attention(X, *layer, mask=mask)
        M = equivariance.attention_as_matrix(X, *layer, mask=mask)
        tile = merge_value_output(*layer[2:])[shown - 1].T  # (D, D), what stands in the blocks of this head
        if untransposed:
            M, tile = _blocks(M, N).transpose(0, 3, 2, 1).reshape(M.shape), tile.T
        tiles = np.tile(tile, (N, N))
        open_ = np.repeat(np.repeat(mask, D, axis=0), D, axis=1)
        counts = equivariance.matrix_counts(N, D, H, d_v=OF_HEAD, causal=causal)
        convolution = equivariance.convolution_counts(N, D, 3, causal=causal)
        edge = N * D - 0.5
        # Lines between the blocks: from end to end, and a gap before the next one.
        along = np.tile([-0.5, edge, np.nan], N - 1)[:-1]
        across = np.where(np.isnan(along), np.nan, np.repeat(np.arange(1, N) * D - 0.5, 3)[:-1])
        return {
            "matrix": np.where(open_, M, np.nan),
            "most": np.abs(M).max(),
            "tiles": np.where(open_, tiles, np.nan),
            "most_of_tile": np.abs(tile).max(),
            "weights": np.where(mask, weights[shown - 1], np.nan),
            "head_shown": shown,
            "remark": f" (there is no head {head})" if head > H else "",
            "along": along,
            "across": across,
            "edge": edge,
            "last": N - 0.5,
            "side": N * D,
            "bars": np.array([counts.entries, counts.nonzero, convolution.free, counts.free, counts.shared]),
            "error": np.abs(M @ X.ravel() - Y.ravel()).max(),
            "entries": counts.entries,
            "zero": counts.zero,
            "free": counts.free,
            "learned": counts.shared,
            "computed": counts.weights,
        }

    view = View(
        Grid(
            (
                Row(
                    (
                        _square("matrix", "most", "the layer’s matrix, {side} × {side}"),
                        _square("tiles", "most_of_tile", "head {head_shown}: what its blocks share"),
                    ),
                    widths=(1, 1),
                ),
                Row(
                    (
                        Panel(
                            (Heatmap("weights", 1, format=".3f", sequential=True),),
                            Axis("token m", -0.5, "last", symbol="m"),
                            Axis("token n", "last", -0.5, symbol="n"),
                            ratio=0.72,
                            title="head {head_shown}: its weights{remark}",
                        ),
                        Panel(
                            (Bars("bars", "", "blue", width=0.5, format=",.0f"),),
                            Axis("", -0.5, len(KINDS) - 0.5, labels=KINDS),
                            Axis("numbers", 1, 10_000, log=True),
                            ratio=0.72,
                            title="numbers to choose",
                        ),
                    ),
                    widths=(1, 1),
                ),
            ),
            columns=1,
        ),
        (
            Readout("entries", "entries N²D²", ",d"),
            Readout("zero", "closed", ",d"),
            Readout("learned", "learned 2HDd_v, with d_v = 2", ",d"),
            Readout("computed", "weights computed", ",d"),
            Readout("free", "free", ",d"),
            Readout("error", "largest |M vec(X) − vec(Y)|", ".6f", must_vanish=1e-12),
        ),
    )
