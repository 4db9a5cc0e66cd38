"""attention-matrix: attention as one ND × ND matrix, what one head puts into it, and how many numbers it takes."""

import functools

import numpy as np

from ... import equivariance
from ...attention import causal_mask, merge_value_output, multi_head_attention
from ...widget import Axis, Bars, Explorer, Grid, Heatmap, Panel, Readout, Row, Rule, Slider, Switch, View

MOST_TOKENS = MOST_WIDTH = 8
MOST_HEADS = 4
OF_HEAD = 2  # d_k = d_v
KINDS = ("dense", "open", "conv. 3", "free", "learned")  # what the bars count


@functools.cache
def given():
    """Random tokens and weights, of which a state takes the first."""
    rng = np.random.default_rng(4)
    drawn = {
        "X": ((MOST_TOKENS, MOST_WIDTH), 1.0),
        "W_q": ((MOST_HEADS, MOST_WIDTH, OF_HEAD), 0.4),
        "W_k": ((MOST_HEADS, MOST_WIDTH, OF_HEAD), 0.4),
        "W_v": ((MOST_HEADS, MOST_WIDTH, OF_HEAD), 0.7),
        "W_o": ((MOST_HEADS, OF_HEAD, MOST_WIDTH), 0.7),
    }
    return {name: np.round(scale * rng.standard_normal(shape), 2) for name, (shape, scale) in drawn.items()}


def _square(z, title, main=False):
    """A panel of ND × ND entries, its blocks apart."""
    return Panel(
        Heatmap(z, format="+.2f"),
        Rule(x="cuts", color="ground"),
        Rule(y="cuts", color="ground"),
        x=Axis("number of the input", symbol="column"),
        y=Axis("number of the output", symbol="row"),
        ratio=1,
        title=title,
        main=main,
    )


class AttentionMatrix(Explorer):
    """Attention as one ND × ND matrix, what one head puts into it, and how many numbers it takes."""

    name = "attention-matrix"
    title = "One matrix for all tokens"
    tries = "one head and three tokens. Then more heads, the causal mask, and the red switch."
    sees = (
        "of each head every block is the same small matrix, times one weight; the heads add up, so only with one head do all blocks of "
        "the sum look alike. The mask closes the blocks above the diagonal: (N − 1)/2N of the matrix, nearer to a half the more tokens "
        "there are."
    )
    play = "tokens"

    tokens = Slider(4, 3, MOST_TOKENS, label="tokens N", step=1)
    width = Slider(4, 2, MOST_WIDTH, label="width D", step=1)
    heads = Slider(2, 1, MOST_HEADS, label="heads H", step=1)
    head = Slider(1, 1, MOST_HEADS, label="head shown, at most H", step=1)
    causal = Switch(False, label="causal mask")
    untransposed = Switch(False, label="break it: W in the blocks instead of its transpose", breaks=True)

    sentence = (
        "{tokens} tokens of width {width}, {heads} heads: the matrix is {side} by {side}. Of its {entries} entries {zero} are closed and "
        "{free} can be chosen freely; {learned} numbers in it are learned. "
        "Times the tokens it differs from the layer's output by at most {error:.6f}."
    )

    data = staticmethod(given)

    @staticmethod
    def compute(*, tokens, width, heads, head, causal, untransposed):
        N, D, H = tokens, width, heads
        X = given()["X"][:N, :D]
        W_q, W_k, W_v = (given()[name][:H, :D] for name in ("W_q", "W_k", "W_v"))
        W_o = given()["W_o"][:H, :, :D]
        mask = causal_mask(N) if causal else np.full((N, N), True)
        Y, A = multi_head_attention(X, W_q, W_k, W_v, W_o, mask=mask)
        M = equivariance.attention_as_matrix(X, W_q, W_k, W_v, W_o, mask=mask)
        head_shown = min(head, H)
        tile = merge_value_output(W_v, W_o)[head_shown - 1].T  # of which each of the head's blocks is a multiple
        if untransposed:
            M = M.reshape(N, D, N, D).transpose(0, 3, 2, 1).reshape(N * D, N * D)
            tile = tile.T
        error = np.abs(M @ X.ravel() - Y.ravel()).max()
        side = N * D
        counts = equivariance.matrix_counts(N, D, H, d_v=OF_HEAD, causal=causal)
        entries, zero, free = counts.entries, counts.zero, counts.free
        learned, computed = counts.shared, counts.weights
        convolution = equivariance.convolution_counts(N, D, 3, causal=causal)
        bars = np.array([entries, counts.nonzero, convolution.free, free, learned])
        return dict(
            mask=mask, A=A, M=M, head_shown=head_shown, tile=tile, error=error, side=side,
            entries=entries, zero=zero, free=free, learned=learned, computed=computed, bars=bars,
        )  # fmt: skip

    @classmethod
    def frame(cls, *, tokens, width, heads, head, **switches):
        found = cls.compute(tokens=tokens, width=width, heads=heads, head=head, **switches)
        mask, A, M, tile = (found.pop(name) for name in ("mask", "A", "M", "tile"))
        seen = np.kron(mask, np.full((width, width), True))
        return found | {
            "matrix": np.where(seen, M, np.nan),
            "tiles": np.where(seen, np.tile(tile, (tokens, tokens)), np.nan),
            "weights": np.where(mask, A[found["head_shown"] - 1], np.nan),
            "remark": f" (there is no head {head})" if head > heads else "",
            "cuts": np.arange(1, tokens) * width - 0.5,  # between the blocks
        }

    view = View(
        Grid(
            Row(
                _square("matrix", "the layer’s matrix, {side} × {side}", main=True),
                _square("tiles", "head {head_shown}: what its blocks share"),
            ),
            Row(
                Panel(
                    Heatmap("weights", 1, format=".3f", sequential=True),
                    x=Axis("token m", symbol="m"),
                    y=Axis("token n", symbol="n"),
                    ratio=0.72,
                    title="head {head_shown}: its weights{remark}",
                ),
                Panel(
                    Bars("bars", "", "blue", width=0.5, format=",.0f"),
                    x=Axis(labels=KINDS),
                    y=Axis("numbers", 1, 10_000, log=True),
                    ratio=0.72,
                    title="numbers to choose",
                ),
            ),
            columns=1,
        ),
        Readout("entries", "entries N²D²", ",d"),
        Readout("zero", "closed", ",d"),
        Readout("learned", "learned 2HDdᵥ, with dᵥ = 2", ",d"),
        Readout("computed", "weights computed", ",d"),
        Readout("free", "free", ",d"),
        Readout("error", "largest |M vec(X) − vec(Y)|", ".6f", must_vanish=1e-12),
    )
