"""relative-bias: what each relative scheme adds to the scores, and what that does to a row of attention."""

import functools

import numpy as np

from ... import positional, transformer
from ...attention import softmax
from ...widget import Axis, Bars, Explorer, Grid, Heatmap, Index, Lines, Panel, Points, Reach, Readout, Row, Rule, View
from ...widget.controls import Choice, Slider, Switch
from ..length import samples, training

N = 32  # tokens
CLIP = 16  # the distance at which the clipped scheme stops telling distances apart
TRAINED_HEADS = 4
MOST_HEADS = 16
SCHEMES = {"none": "none", "clipped": "clipped relative embeddings (Shaw)", "t5": "T5 buckets", "alibi": "ALiBi"}


@functools.cache
def given():
    """The tables of two trained models, four heads each: of Shaw's vectors in the first layer their products with the head's mean query,
    and T5's numbers; for an encoder's T5, which wasn't trained, random numbers."""
    shaw = training.model("copying", "shaw")
    queries = transformer.forward(shaw, samples.sample("copying", 40, "")[0], transformer.Scheme("shaw")).queries[0].mean(axis=1)
    return {
        "clipped": np.round(queries @ shaw.blocks[0].shaw.T / np.sqrt(queries.shape[1]), 2),
        "t5": np.round(training.model("characters", "t5").table.T, 2),
        "t5_encoder": np.round(np.random.default_rng(2).standard_normal((TRAINED_HEADS, 32)), 2),
    }


class RelativeBias(Explorer):
    """What each relative scheme adds to the scores, and what that does to a row of attention."""

    name = "relative-bias"
    title = "A bias for distance"
    tries = "the heads of ALiBi (1 is the steepest of eight), and the content’s peak, away from the query."
    sees = (
        "a match Δ tokens back loses m·Δ of its height, and wins as long as something is left: with a steep slope near "
        "the query only, with a gentle one far back too. The tables of Shaw and T5 are those of trained decoders with four heads, which come again from "
        "head 5 on; what lies after the query no decoder has trained."
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

    data = staticmethod(given)

    @staticmethod
    def compute(*, scheme, heads, head, query, peak, height, causal, miscounted):
        head_shown = min(head, heads)
        published = positional.alibi_slopes(heads)
        slopes = 2.0 ** (-8 * np.arange(heads) / heads) if miscounted else published
        slope = slopes[head_shown - 1]
        deviation = np.abs(slopes - published).max()
        relative = np.arange(N) - np.arange(N)[:, None]  # (queries, keys): key − query
        tables, trained_head = given(), (head_shown - 1) % TRAINED_HEADS
        everywhere = {
            "none": np.zeros((N, N)),
            "clipped": tables["clipped"][trained_head][positional.shaw_index(N, N, max_distance=CLIP)],
            "t5": tables["t5" if causal else "t5_encoder"][trained_head][positional.t5_bucket(relative, bidirectional=not causal)],
            "alibi": -slope * np.abs(relative),
        }[scheme]
        bias = np.where(causal & (relative > 0), np.nan, everywhere)
        by_distance = everywhere[-1, ::-1]  # the last query's, from its own key backwards
        content = height * np.exp(-(((np.arange(N) - peak) / 1.5) ** 2))
        seen = query + 1 if causal else N  # the query sees as many keys
        before = np.pad(softmax(content[:seen]), (0, N - seen))
        after = np.pad(softmax((content + bias[query])[:seen]), (0, N - seen))
        before_at_peak, after_at_peak = before[peak], after[peak]
        return dict(
            head_shown=head_shown, slopes=slopes, slope=slope, deviation=deviation, bias=bias, by_distance=by_distance,
            content=content, before=before, after=after, before_at_peak=before_at_peak, after_at_peak=after_at_peak,
        )  # fmt: skip

    view = View(
        Row(
            Grid(
                Panel(
                    Heatmap("bias", Reach(1)),
                    Rule(y="query", color="ink"),
                    x=Axis("key position (tokens)", symbol="key"),
                    y=Axis("query position (tokens)", symbol="query"),
                    ratio=0.85,
                    title="bias of head {head_shown}",
                    picks=(None, "query"),
                ),
                Panel(
                    Lines(Index(), "by_distance", "bias over distance", "blue"),
                    x=Axis("distance, query − key (tokens)", symbol="distance"),
                    y=Axis("bias", Reach(-1), Reach(1)),
                    ratio=0.35,
                ),
                columns=1,
            ),
            Grid(
                Panel(
                    Lines(Index(), "content", "score from the content: drag it", "green"),
                    x=Axis("key position (tokens)", symbol="key"),
                    y=Axis("score", 0, 8),
                    ratio=0.4,
                    picks=("peak", "height"),
                ),
                Panel(
                    Bars("before", "attention without the bias", "muted", outline=True),
                    Bars("after", "with it", "vermilion"),
                    x=Axis("key position (tokens)", symbol="key"),
                    y=Axis("weight", 0),
                    ratio=0.5,
                    main=True,
                ),
                Panel(
                    Points(Index(1), "slopes", "ALiBi’s slopes", "muted", format=".4f"),
                    Points("head_shown", "slope", "this head", "vermilion", format=".4f"),
                    x=Axis("head", 0.5, MOST_HEADS + 0.5, symbol="head"),
                    y=Axis("slope m", 1 / 400, 1.5, log=True),
                    ratio=0.35,
                ),
                columns=1,
            ),
        ),
        Readout("slope", "ALiBi's slope m", ".4f"),
        Readout("before_at_peak", "attention at the peak, without", ".1%"),
        Readout("after_at_peak", "with the bias", ".1%"),
        Readout("deviation", "deviation from the published slopes", ".3f", must_vanish=1e-12),
    )
