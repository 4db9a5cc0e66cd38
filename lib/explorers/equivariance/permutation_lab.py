"""permutation-lab: a layer of attention, its tokens reordered by hand, and what it should give then."""

import functools

import numpy as np

from ... import equivariance, positional, rope
from ...attention import attention, causal_mask
from ...widget import Axis, Explorer, Grid, Heatmap, Index, Order, Panel, Readout, Row, Slider, Switch, View

WORDS = ("a", "dog", "bites", "the", "old", "man")
WIDTH, HEADS = 8, 4  # D, H
OF_HEAD = 2  # d_k = d_v
IN_ORDER = tuple(f"{{words[{place}]}}" for place in range(len(WORDS)))  # labels of rows and columns


@functools.cache
def given():
    """Random tokens and weights, and a table for T5's buckets."""
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


class PermutationLab(Explorer):
    """A layer of attention, its tokens reordered by hand, and what it should give then."""

    name = "permutation-lab"
    title = "Reorder the words"
    tries = "another order, by dragging the words or with the arrow keys. Then the red switches, one at a time."
    sees = (
        "the rows of the output change places as the words did, and nothing else happens. A red switch leaves a difference, and pooling "
        "doesn’t mend it. It shows nothing where it can’t: with the words in their own order; ALiBi with the order exactly reversed; "
        "“forget P” for the mean; and at sharpness 0, where all words count alike, what acts on them through the softmax: sines, RoPE, "
        "“forget P”."
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

    data = staticmethod(given)

    @staticmethod
    def compute(*, order, sharpness, sinusoidal, rotary, alibi, t5, causal, forgotten, pooled):
        X, W_q, W_k, W_v, W_o, table = (given()[name] for name in ("X", "W_q", "W_k", "W_v", "W_o", "table"))
        N = len(X)

        def layer(X):
            Z = X + positional.sinusoidal(N, WIDTH) if sinusoidal else X
            q, k, v = Z @ W_q, Z @ W_k, Z @ W_v  # (heads, N, OF_HEAD)
            if rotary:
                q, k = rope.rotate(q, np.arange(N)), rope.rotate(k, np.arange(N))
            bias = np.zeros((HEADS, N, N))
            if alibi:
                bias = bias + positional.alibi_bias(HEADS, N, N, causal=False)
            if t5:
                bias = bias + positional.t5_bias(table, N, N)
            mask = causal_mask(N) if causal else None
            heads, A = attention(q, k, v, mask=mask, bias=bias, scale=sharpness / np.sqrt(OF_HEAD))
            return (heads @ W_o).sum(axis=0), A

        P = equivariance.permutation_matrix(order)
        tokens = P @ X
        Y, A = layer(tokens)
        kept, _ = layer(X)
        expected = kept if forgotten else P @ kept
        outputs = np.array([Y, expected, Y - expected])  # (3, N, WIDTH)
        means = outputs.mean(axis=1, keepdims=True)
        error = np.abs(means[2] if pooled else outputs[2]).max()
        size = np.abs(Y).max()
        weights = A[0]  # of the first head
        moved = np.count_nonzero(np.array(order) != np.arange(N))
        return dict(tokens=tokens, outputs=outputs, means=means, error=error, size=size, weights=weights, moved=moved)

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        return found | {
            "words": [WORDS[word] for word in controls["order"]],
            # A layer that pools has no other row than the mean.
            "rows": np.where(controls["pooled"], np.nan, found.pop("outputs")),
        }

    view = View(
        Grid(
            Row(
                Panel(
                    Heatmap("tokens", 2.5, format="+.2f"),
                    x=Axis("column of the token’s vector", symbol="column"),
                    y=Axis(labels=IN_ORDER),
                    ratio=0.72,
                    title="PX: a row for each word",
                ),
                Panel(
                    Heatmap("weights", 1, format=".3f", sequential=True),
                    x=Axis("takes from", labels=IN_ORDER),
                    y=Axis(labels=IN_ORDER),
                    ratio=0.72,
                    title="A of PX, first of four heads",
                ),
            ),
            Panel(
                *(Heatmap(f"rows[{i}]", "size", x=Index(i * (WIDTH + 1))) for i in range(3)),
                *(Heatmap(f"means[{i}]", "size", x=Index(i * (WIDTH + 1)), y=Index(len(WORDS) + 1)) for i in range(3)),
                x=Axis(labels=("Attn(PX)", "expected", "difference"), at=(3.5, 12.5, 21.5)),
                y=Axis(labels=(*IN_ORDER, "mean"), at=(*range(len(WORDS)), len(WORDS) + 1)),
                ratio=0.44,
                title="outputs; expected is P Attn(X)",
                main=True,
            ),
            columns=1,
        ),
        Readout("error", "largest difference", ".6f", must_vanish=1e-12),
        Readout("size", "largest entry of the output", ".3f"),
        Readout("moved", "words out of their place", "d"),
    )
