"""memory-meter: what a model needs to run and to train, over length, batch and format, and where a card ends."""

import numpy as np

from ... import parameters
from ...widget import Axis, Choice, Explorer, Grid, Lines, Panel, Points, Reach, Readout, Rows, Rule, Slider, Switch, View
from .models import choices, for_the_twin, models

GIB = 2**30
FORMATS = {
    "bf16": "bf16, 2 bytes", "fp8": "fp8, 1 byte", "int8": "int8, 1 byte", "int4": "int4, half a byte",
    "mxfp4": "mxfp4: 4 bits, and 8 for 32", "nvfp4": "nvfp4: 4 bits, and 8 for 16", "fp32": "fp32, 4 bytes",
}  # fmt: skip
NOTHING_SHARED = "Each query head of this model has keys of its own: there is nothing to forget."
TABLE_ENDS = "The model’s table of positions has {:,d} places: no text is longer."


def kept_by(model):
    """What a model keeps of a sequence: numbers by length, and as many if every query head had keys and values of its own."""
    kept = {}

    def visit(part, times):
        times *= part.times
        if part.caches:
            sizes = [cached.size for cached in part.caches]
            heads = {leaf.array.name: leaf.array.shape for leaf in part.leaves()}
            queries, read = heads.get("W_Q", heads.get("W_Q_up")), heads.get("W_O")
            for cached, size in zip(part.caches, sizes):
                entry = kept.setdefault(cached.length, [0, 0])
                entry[0] += times * size
                shares = queries and read and cached.length != "once"
                entry[1] += times * size * ((queries[1] + read[0]) / sum(sizes) if shares else 1)
        for inside in part.parts:
            visit(inside, times)

    visit(model.tree, 1)
    return [{"length": length, "numbers": numbers, "unshared": round(unshared)} for length, (numbers, unshared) in kept.items()]


LENGTHS = np.rint(2 ** np.linspace(7, 20, 53)).astype(np.int64)  # tokens
CARDS = np.array([24, 80, 192])  # GiB
WRITERS = ["Llama-3-8B", *(name for name, model in models().items() if kept_by(model) and name != "Llama-3-8B")]
LONGEST = 2**40  # tokens; nothing that fits them ever fills a card
NEVER_FULL = "What it keeps doesn’t grow: no length fills the card."


def longest_text(model):
    """How long a text the model's own table of positions allows; None where no learned table ends it."""
    counted = models()[model].counted
    return counted and counted.places


def _kind(entry):
    """A kind of layer, by what it keeps: what grows with the text, a window, or what doesn't grow."""
    word = entry["length"].split()[0] if isinstance(entry["length"], str) else "window"
    return {"every": "all", "rest": "once", "past": "once"}.get(word, word)


def _kept(entries, n, unshared):
    """The numbers that such layers keep of n tokens."""
    kept = 0
    for entry in entries:
        kept += entry["unshared" if unshared else "numbers"] * parameters.Amount("", "", 0, entry["length"]).tokens(n, n)
    return kept


def _largest(holds, most):
    """The largest whole number up to `most` for which it holds, 0 if none; it holds for those below, too."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


class MemoryMeter(Explorer):
    """What a model needs to run and to train, over length, batch and format, and where a card ends."""

    name = "memory-meter"
    title = "Where a card ends"
    tries = "the length, until the cache of Llama-3-8B is as large as its weights. Then int4, and a batch of 32."
    sees = (
        "weights are there once, the cache for every token of every sequence: in a layer with a window for that many tokens at most, in a "
        "recurrent layer once for each sequence, whatever the length. Training in 16 bits keeps eight times the weights, and "
        "activations on top, for every token too, with the square of the length where attention weights are kept. "
        "Left out: what the program itself takes. Whether a model was trained on the length isn’t asked."
    )
    play = "tokens"
    more = ("card", "cache_in", "recompute")

    model = Choice("Llama-3-8B", choices(WRITERS), label="model")
    tokens = Slider(8192, 128, 2**20, label="length", unit="tokens", step=1, log=True)
    batch = Slider(1, 1, 256, label="batch", step=1, log=True)
    card = Slider(24, 8, 192, label="memory of the card", unit="GiB", step=8)
    weights_in = Choice("bf16", FORMATS, label="weights")
    cache_in = Choice("bf16", {name: FORMATS[name] for name in ("bf16", "fp8", "int8", "fp32")}, label="cache")
    recompute = Choice(
        "attention",
        {"attention": "attention weights", "nothing": "nothing", "layers": "each layer, from its input"},
        label="training computes twice",
    )
    all_heads = Switch(False, label="break it: cache keys and values for every query head", breaks=True)

    sentence = (
        "{model}: {run:.2f} GiB to run with {read:,d} tokens in each of {batch} sequences, {cache:.2f} of them for the cache; "
        "{train:.2f} GiB to train on them, {of_them}. The card has {card} GiB, and the longest text that fits "
        "to run has {longest:,d} tokens."
    )

    @staticmethod
    def data():
        described = {}
        for name in WRITERS:
            model = models()[name]
            described[name] = {"parameters": model.total, "longest": longest_text(name), "kept": kept_by(model)}
            if model.config:
                described[name]["values"] = for_the_twin(model.config)
        return {"models": described, "length": LENGTHS, "cards": CARDS}

    @staticmethod
    def compute(*, model, tokens, batch, card, weights_in, cache_in, recompute, all_heads):
        chosen = models()[model]
        read = min(tokens, longest_text(model) or tokens)
        kept = kept_by(chosen)
        cache = batch * parameters.bytes_of(1, cache_in) * _kept(kept, read, all_heads) / GIB
        weights = parameters.bytes_of(chosen.tree.total, weights_in)
        trained_in = "fp32" if weights_in == "fp32" else "bf16"
        training = parameters.training_bytes(chosen.tree.total, number_format=trained_in)
        activations = 0.0  # of layers of several kinds they are not counted
        if chosen.config:
            activations = parameters.activation_bytes(chosen.config, batch, read, trained_in, recompute=recompute) / GIB
        return dict(
            read=read, kept=kept, without_sharing=_kept(kept, read, True) / _kept(kept, read, False), cache=cache,
            weights=weights, run=weights / GIB + cache, trained_in=trained_in, training=training, activations=activations,
            train=sum(training.values()) / GIB + activations,
        )  # fmt: skip

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        kept, weights, trained_in, training = (found.pop(name) for name in ("kept", "weights", "trained_in", "training"))
        weights_in, cache_in, all_heads, card = (controls[name] for name in ("weights_in", "cache_in", "all_heads", "card"))
        read, ends, kinds = found["read"], longest_text(controls["model"]), {_kind(entry) for entry in kept}
        number, counted = controls["batch"] * parameters.bytes_of(1, cache_in), models()[controls["model"]].config is not None
        sizes = np.array([weights / GIB, found["cache"], *(kept / GIB for kept in training.values()), found["activations"]])

        def longest(card):
            return _largest(lambda n: weights + number * _kept(kept, n, all_heads) <= card * GIB, min(ends or LONGEST, LONGEST))

        fits = longest(card)
        full = np.array([longest(card) for card in CARDS])
        ended = (full == 0) | (full >= min(ends or LONGEST, LENGTHS[-1]))  # by its weights, or never as long as is drawn
        there = LENGTHS <= (ends or LENGTHS[-1])

        def over(*lengths):
            """What such layers keep, over the length; nothing is drawn where the model has none."""
            drawn = [entry for entry in kept if _kind(entry) in lengths]
            sizes = np.array([number * _kept(drawn, int(n), all_heads) / GIB for n in LENGTHS])
            return np.where(there & bool(drawn), sizes, np.nan)

        return found | {
            "names": np.array([
                f"run: weights, {weights_in}", f"run: cache, {cache_in}", f"train: weights, {trained_in}",
                f"train: gradients, {trained_in}", "train: moments, fp32", "train: copy, fp32", f"train: activations, {trained_in}",
            ]),
            "sizes": sizes,
            "starts": np.array([0, sizes[0], 0, *np.cumsum(sizes[2:-1])]),
            "texts": np.array([f"{size:,.2f} GiB" for size in sizes[:-1]] + [f"{sizes[-1]:,.2f} GiB" if counted else "not counted here"]),
            "of_them": f"{found['activations']:.2f} of them activations" if counted else "without activations, which are not counted here",
            "full": "full attention" if kinds & {"all", "source"} else "",
            "windows": "windows" if "window" in kinds else "",
            "states": "states" if "once" in kinds else "",
            "over_full": over("all", "source"),
            "over_windows": over("window"),
            "over_states": over("once"),
            "over_length": weights / GIB + over("all", "source", "window", "once"),
            "longest": fits,
            "full_at": np.where(ended, np.nan, full),
            "cache_of_a_token": number * (_kept(kept, read + 1, all_heads) - _kept(kept, read, all_heads)) / 1024,
            "difference": number * (_kept(kept, read, all_heads) - _kept(kept, read, False)) / GIB,
            "remark": NOTHING_SHARED if all_heads and found["without_sharing"] == 1 else "",
            "table_ends": TABLE_ENDS.format(ends) if read < controls["tokens"] else NEVER_FULL if fits == LONGEST else "",
        }  # fmt: skip

    view = View(
        Grid(
            Panel(
                Rule(x="card", color="vermilion"),
                Rows("sizes", "names", "texts", "blue", starts="starts"),
                x=Axis("memory (GiB)", 0, Reach(factor=1.05, of=("card", "run", "train")), symbol="GiB"),
                y=Axis(labels=()),
                ratio=0.42,
                least=112,
                note="{remark}",
                title="what is kept; the line is the card’s {card} GiB",
                main=True,
            ),
            Panel(
                Lines("length", "sizes[0]", "weights", "muted", dashed=True, format=",.2f"),
                Lines("length", "over_full", "{full}", "green", format=",.3f"),
                Lines("length", "over_windows", "{windows}", "purple", format=",.3f"),
                Lines("length", "over_states", "{states}", "ink", format=",.3f"),
                Lines("length", "over_length", "weights and cache", "blue", format=",.2f"),
                Points("read", "run", "this length", "blue", format=",.2f"),
                Rule(y="cards"),
                Points("full_at", "cards", "a card of 24, 80, 192 GiB is full", "muted", format=",.0f"),
                Rule("card, {card} GiB", y="card", color="vermilion"),
                x=Axis("length (tokens)", 128, 2**20, log=True, symbol="length"),
                y=Axis(
                    "to run (GiB)",
                    Reach(None, 0.5, of=("sizes[0]", "over_full", "over_windows", "over_states")),
                    Reach(0, 2, of=("over_length", "card", "cards")),
                    log=True,
                ),
                ratio=0.45,
                least=90,
                note="{table_ends}",
                picks=("tokens", None),
            ),
            columns=1,
        ),
        Readout("run", "to run", ",.2f", unit="GiB"),
        Readout("train", "to train", ",.2f", unit="GiB"),
        Readout("longest", "longest text that fits to run", ",d", unit="tokens"),
        Readout("cache_of_a_token", "cache for one token more", ",.1f", unit="KiB"),
        Readout("without_sharing", "without sharing, the cache would be", ",.1f", unit="times as large"),
        Readout("difference", "cached for nothing", ",.2f", unit="GiB", must_vanish=0),
    )
