"""head-sum: the heads of a layer one by one, what each adds, their sum, the concatenated form, and the costs."""

import functools

import numpy as np

from ... import attention
from ...widget import Axis, Bars, Explorer, Grid, Heatmap, Index, Panel, Points, Reach, Readout, Row, Slider, Switch, View

TOKENS, WIDTH, MOST = 8, 12, 8  # N, D and the most heads


@functools.cache
def given():
    """Random tokens and weights, and the singular values of what they merge to."""
    rng = np.random.default_rng(8)

    def drawn(*shape):
        return np.round(rng.standard_normal(shape) / np.sqrt(WIDTH), 2)

    out = {"x": np.round(rng.standard_normal((TOKENS, WIDTH)), 2)}
    out |= {name: drawn(MOST, WIDTH, WIDTH) for name in ("W_q", "W_k", "W_v", "W_o")}
    # A twin would need a decomposition of its own for these.
    merged = [attention.merge_value_output(out["W_v"][:, :, :k], out["W_o"][:, :k]) for k in range(1, WIDTH + 1)]
    return out | {"singular": np.round(np.linalg.svd(np.array(merged), compute_uv=False), 6)}  # (d_k, H, D)


class HeadSum(Explorer):
    """The heads of a layer one by one: what each adds, their sum, the concatenated form, and the costs."""

    name = "head-sum"
    title = "Heads add up"
    tries = "adding the heads one by one. Then dₖ from 1 to 12. Then the red switch."
    sees = (
        "the sum of the first heads becomes the layer's output exactly when the last is in. A head's merged matrix has no more than "
        "dₖ singular values above 0, and costs a full D × D all the same."
    )
    play = "shown"

    heads = Slider(MOST, 1, MOST, label="heads H", step=1)
    d_k = Slider(3, 1, WIDTH, label="width of a head, dₖ = dᵥ", step=1)
    shown = Slider(2, 1, MOST, label="heads added", step=1)
    mixed = Switch(False, label="break it: give all heads the output matrix of the first", breaks=True)

    sentence = (
        "{heads} heads of width {d_k}: the sum of the first {added} is {left:.4f} from the output; the sum of all differs from the "
        "concatenated form by {error:.1f}. A merged value matrix has rank {rank}; merged the layer has {merged_costs[0]} parameters, factored "
        "{factored_costs[0]}."
    )

    data = staticmethod(given)

    @staticmethod
    def compute(*, heads, d_k, shown, mixed):
        x = given()["x"]
        W_q, W_k, W_v = (given()[name][:heads, :, :d_k] for name in ("W_q", "W_k", "W_v"))
        W_o = given()["W_o"][:heads, :d_k]
        whole, _ = attention.multi_head_attention(x, W_q, W_k, W_v, W_o)
        if mixed:
            W_o = np.broadcast_to(W_o[0], W_o.shape)
        each = attention.head_outputs(x, W_q, W_k, W_v, W_o)  # (H, N, D)
        sums = np.cumsum(each, axis=0)  # of the first head, the first two, …
        error = np.abs(sums[-1] - whole).max()
        distances = np.linalg.norm([whole, *(whole - sums)], axis=(1, 2))  # what is missing without any head, with one, …
        added = min(shown, heads)
        head, partial, left = each[added - 1], sums[added - 1], distances[added]
        singular_values = given()["singular"][d_k - 1, added - 1]  # of the head's W_v W_o
        rank = np.count_nonzero(singular_values > 1e-5)
        costs = attention.head_costs(TOKENS, WIDTH, d_k, d_k, heads)
        factored_costs = costs.factored_parameters, costs.factored_multiply_adds
        merged_costs = costs.merged_parameters, costs.merged_multiply_adds
        return dict(
            whole=whole, error=error, distances=distances, added=added, head=head, partial=partial, left=left,
            singular_values=singular_values, rank=rank, factored_costs=factored_costs, merged_costs=merged_costs,
        )  # fmt: skip

    view = View(
        Grid(
            Row(
                *(
                    Panel(
                        Heatmap(name, Reach(of=("partial", "whole"))),
                        x=Axis("coordinate", symbol="i"),
                        y=Axis("token", symbol="n"),
                        ratio=0.75,
                        title=title,
                        main=name == "partial",
                    )
                    for name, title in (("head", "head {added} alone"), ("partial", "heads 1 to {added}"), ("whole", "the layer"))
                )
            ),
            Row(
                Panel(
                    Bars("distances", "", "muted"),
                    Points("added", "left", "", "vermilion"),
                    x=Axis("heads added", -0.5, MOST + 0.5, symbol="heads"),
                    y=Axis("what is missing", 0, Reach(0, 1.1)),
                    ratio=0.75,
                    picks=("shown", None),
                ),
                Panel(
                    Bars("singular_values", "", "green", x=Index(1)),
                    x=Axis("number", symbol="number"),
                    y=Axis("singular value", 0, Reach(0, 1.1)),
                    ratio=0.75,
                    title="its merged matrix",
                ),
                Panel(
                    Bars("factored_costs", "factored", "blue", x=Index(-0.18), width=0.34, format=",d"),
                    Bars("merged_costs", "merged", "purple", x=Index(0.18), width=0.34, format=",d"),
                    x=Axis("costs", labels=("weights", "work")),
                    y=Axis("count", 10, 1e5, log=True),
                    ratio=0.75,
                ),
            ),
            columns=1,
        ),
        Readout("left", "missing after the heads added", ".4f"),
        Readout("error", "all heads against the concatenated form", ".4f", must_vanish=1e-12),
        Readout("rank", "rank of its merged matrix", "d"),
        Readout("factored_costs[0]", "parameters, factored", ",d"),
        Readout("merged_costs[0]", "merged", ",d"),
    )
