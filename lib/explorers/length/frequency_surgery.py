"""frequency-surgery: what a trained model does with each of its frequencies, by taking some of them away."""

import functools
from dataclasses import replace

import numpy as np

from ... import rope, transformer
from ...transformer import Scheme
from ...widget import Axis, Choice, Explorer, Grid, Heatmap, Index, Lines, Panel, Points, Reach, Readout, Row, Rule, Slider, View
from .samples import fixed, sample
from .training import letters, model, recorded

D_K, LAYERS, HEADS, PAIRS = 16, 2, 4, 8
TASKS = {"characters": "characters of prose", "copying": "copying symbols", "recall": "recalling values"}
TREATMENTS = {"muted": "muted: queries 0 there", "still": "held still: frequency 0", "slowed": "slowed to half its frequency"}
OF_RECORD = {"muted": "muted", "still": "frozen", "slowed": "slowed"}
WAVELENGTHS = ("6.3", "20", "63", "199", "628", "1,987", "6,283", "19,869")  # 2π / θ_i, tokens
SHORT = ("6", "20", "63", "199", "628", "2k", "6k", "20k")
NOT_RECORDED = "The curves are recorded for characters alone."
KEYS = ("muted", "held still", "slowed")  # of one pair


@functools.cache
def costs():
    """{treatment: by length and pair what it costs alone, nats}: on the whole test, the median over the seeds."""
    record = recorded()
    lengths = record["tasks"]["characters"]["lengths"]
    runs = [run for run in record["runs"] if (run["task"], run["scheme"]) == ("characters", "rope")]
    untouched = np.array([[run["test"][lengths.index(n)] for n in record["surgery"]] for run in runs])  # (runs, lengths)
    return {
        name: np.median(np.array([run["surgery"][key] for run in runs]) - untouched[:, None], axis=0).T for name, key in OF_RECORD.items()
    }


def by_distance(weights, asked):
    """How much attention goes 0, 1, 2, … tokens back (N,): the mean over the places that are asked, of rows (N,)."""
    shares = np.zeros(weights.shape[1])
    for n in asked:
        shares[: n + 1] += weights[n, n::-1] / len(asked)
    return shares


def tokens_of(task, times):
    """Tokens of a text so many times as long as the longest in training; a copy's are even, for as many symbols twice."""
    trained = recorded()["tasks"][task]["trained_tokens"]
    return 2 * int(trained / 2 * times + 0.5) if task == "copying" else int(trained * times + 0.5)


def loss(logits, targets):
    """The mean of −ln p over the targets that are asked, nats."""
    asked = targets >= 0
    logits, targets = logits[asked], targets[asked]
    return (np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(targets)), targets]).mean()


class FrequencySurgery(Explorer):
    """What a trained model does with each of its frequencies, by taking some of them away."""

    name = "frequency-surgery"
    title = "One pair of coordinates less"
    tries = "every pair, muted and held still. At twice the length pair 4, slowed; in copying, pair 3."
    sees = (
        "muting empties the band’s columns in the map. Holding still and slowing leave the first layer’s rows as they are, for turning "
        "changes no length. On characters, at the trained length, any of the four slowest pairs can be held still for next to nothing, "
        "but muting one costs something: it tells what stands there, not where. "
        "At twice that length the pair of 199 tokens, slowed to half, makes the model better: it meets the angles of training again. "
        "In copying, where texts are shorter, that is the pair of 63 tokens."
    )
    play = "pair"
    with_first = True

    task = Choice("characters", TASKS, label="trained on")
    pair = Slider(1, 1, PAIRS, label="first pair", step=1, caption="begins")
    width = Slider(1, 1, PAIRS, label="band", step=1, caption="operated")
    treatment = Choice("muted", TREATMENTS, label="treatment")
    times = Slider(1.0, 1.0, 8.0, label="length", log=True, caption="length")
    layer = Slider(2, 1, LAYERS, label="layer", step=1)
    head = Slider(1, 1, HEADS, label="head", step=1)

    sentence = (
        "A model trained on {task} reads {length}. Treated, {treatment}: {operated}. Its loss is {loss_before:.3f} nats "
        "untouched, {loss_after:.3f} so. Layer {layer}, head {head}: the token before gets {near_before[1]:.3f} of the attention "
        "untouched, {near_after[1]:.3f} so."
    )

    @staticmethod
    def data():
        trained = {"trained_tokens": {task: recorded()["tasks"][task]["trained_tokens"] for task in TASKS}}
        return {"costs": costs(), "recorded_at": recorded()["surgery"], "texts": fixed()} | trained

    @staticmethod
    def on_demand():
        return {task: letters(task, "rope") for task in TASKS}

    @staticmethod
    def compute(*, task, pair, width, treatment, times, layer, head):
        trained = model(task, "rope")  # a transformer.Decoder
        tokens, targets, _, _ = sample(task, tokens_of(task, times), "")
        in_band = (np.arange(PAIRS) >= pair - 1) & (np.arange(PAIRS) < pair - 1 + width)
        treated, theta = trained, rope.frequencies(D_K)
        if treatment == "muted":  # a product with 0 is 0: queries are enough
            keeps = np.repeat(~in_band, 2)  # (d_k,)
            treated = replace(trained, blocks=tuple(replace(block, W_q=block.W_q * keeps) for block in trained.blocks))
        else:
            theta = np.where(in_band, 0.0 if treatment == "still" else theta / 2, theta)
        before = transformer.forward(trained, tokens, Scheme("rope"))
        after = transformer.forward(treated, tokens, Scheme("rope", frequencies=theta))
        loss_before, loss_after = (loss(trace.logits, targets) for trace in (before, after))
        cost = loss_after - loss_before
        # How far such a pair can move a score: |q||k| / √d_k with mean lengths, by head.
        q, k = (np.hypot(x[..., ::2], x[..., 1::2]).mean(axis=2) for x in (after.queries, after.keys))  # (layers, H, pairs)
        reaches = (q * k / np.sqrt(D_K)).reshape(-1, PAIRS)
        asked = np.flatnonzero(targets >= 0)
        shares_before, shares_after = (by_distance(trace.weights[layer - 1, head - 1], asked) for trace in (before, after))
        return dict(
            loss_before=loss_before, loss_after=loss_after, cost=cost, reaches=reaches, shares_before=shares_before, shares_after=shares_after,
        )  # fmt: skip

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        shares = {name: found.pop(f"shares_{name}") for name in ("before", "after")}
        task, pair, row = controls["task"], controls["pair"], HEADS * (controls["layer"] - 1) + controls["head"]
        n, last = len(shares["after"]), min(PAIRS, pair + controls["width"] - 1)
        nearest = int(np.argmin(np.abs(np.log(np.array(recorded()["surgery"]) / n))))
        known = {name: table[nearest] if task == "characters" else np.full(PAIRS, np.nan) for name, table in costs().items()}
        band = np.arange(pair, last + 1)
        tokens = recorded()["tasks"][task]["trained_tokens"]
        return found | {
            "begins": f"{pair}, {WAVELENGTHS[pair - 1]} tokens",
            "operated": f"pair {pair} alone" if pair == last else f"pairs {pair} to {last}",
            "length": f"{n} tokens",
            "band": band,
            "edges": np.array([pair - 0.5, last + 0.5]),
            "turned": int((2 * np.pi / rope.frequencies(D_K) <= tokens).sum()) + 0.5,
            "row": row,
            "of_all": f"; curves: whole test, {recorded()['surgery'][nearest]} tokens" if task == "characters" else "",
            "keys": np.array(KEYS if task == "characters" else [""] * 3),
            "sought": n // 2 if task == "copying" else np.nan,
            "answer": "the symbol to copy" if task == "copying" else "",
            "remark": "" if task == "characters" else NOT_RECORDED,
            **{f"if_{name}": values for name, values in known.items()},
            "chosen": known[controls["treatment"]][band - 1],
            **{f"back_{name}": values[1:] for name, values in shares.items()},
            **{f"near_{name}": values[:2] for name, values in shares.items()},
        }

    view = View(
        Row(
            Grid(
                Panel(
                    Heatmap("reaches", format=".2f", sequential=True, x=Index(1), y=Index(1)),
                    Rule(x="turned", color="ink"),
                    Rule(x="edges", color="vermilion"),
                    Rule(y=4.5, color="ground"),
                    Points("band", "row", "", "vermilion", shape="cell"),
                    x=Axis("left of the line: seen in full", labels=SHORT, at=tuple(range(1, 9)), symbol="pair"),
                    y=Axis(labels=("layer 1", "layer 2"), at=(2.5, 6.5), symbol="row"),
                    ratio=0.42,
                    least=90,
                    title="how far a pair can move a score, by head",
                ),
                Panel(
                    Rule(y=0.0),
                    Rule(x="turned", color="ink"),
                    Lines(Index(1), "if_muted", "{keys[0]}", "purple", format="+.3f"),
                    Lines(Index(1), "if_still", "{keys[1]}", "blue", format="+.3f"),
                    Lines(Index(1), "if_slowed", "{keys[2]}", "green", format="+.3f"),
                    Points("band", "chosen", "", "ink", format="+.3f"),
                    Lines("edges", "cost", "the band, on this text", "vermilion", width=3.0, format="+.3f"),
                    x=Axis("wavelength of the pair (tokens)", 0.5, 8.5, labels=SHORT, at=tuple(range(1, 9)), symbol="pair"),
                    y=Axis("cost (nats)", Reach(-0.1, 1.1), Reach(0.1, 1.1)),
                    ratio=0.4,
                    least=90,
                    title="what it costs{of_all}",
                    note="{remark}",
                ),
                columns=1,
            ),
            Panel(
                Lines(Index(1), "back_before", "untouched", "muted", dashed=True),
                Lines(Index(1), "back_after", "treated", "vermilion"),
                Points("sought", 0.0, "{answer}", "ink"),
                x=Axis("tokens back", 1, log=True, symbol="back"),
                y=Axis("share of the attention", 0, Reach(0.03, 1.05)),
                ratio=0.9,
                title="how far back head {head} of layer {layer} looks, where asked",
                main=True,
            ),
            widths=(1, 1),
        ),
        *(
            Readout(f"loss_{name}", "loss on this text, nats", ".3f", column=words)
            for name, words in (("before", "untouched"), ("after", "treated"))
        ),
        *(
            Readout(f"near_{name}[1]", "attention to the token before", ".3f", column=words)
            for name, words in (("before", "untouched"), ("after", "treated"))
        ),
        *(
            Readout(f"near_{name}[0]", "attention to itself", ".3f", column=words)
            for name, words in (("before", "untouched"), ("after", "treated"))
        ),
        Readout("cost", "the treatment costs", "+.3f", unit="nats"),
    )
