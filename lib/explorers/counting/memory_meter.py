"""memory-meter: what a model needs to run and to train, over length, batch and format, and where a card ends."""

import numpy as np

from ... import parameters
from ...widget import Axis, Choice, Explorer, Grid, Lines, Panel, Points, Reach, Readout, Rows, Rule, Slider, Switch, View
from .models import choices, for_the_twin, known, models

GIB = 2**30
FORMATS = {"bf16": "bf16, 2 bytes", "int8": "int8, 1 byte", "int4": "int4, half a byte", "fp32": "fp32, 4 bytes"}
NOTHING_SHARED = "Each query head of this model has keys of its own: there is nothing to forget."
TABLE_ENDS = "The model’s table of positions has {:,d} places: no text is longer."
LENGTHS = np.rint(2 ** np.linspace(7, 20, 53)).astype(np.int64)  # tokens
WRITERS = ["Llama-3-8B", *(name for name, (config, _) in models().items() if config.n_decoder_layers and name != "Llama-3-8B")]


def longest_text(model):
    """How long a text the model's own table of positions allows; None where no learned table ends it.

    OPT's table has two rows more than it has places, so the file is asked and not the table.
    """
    if known(model)[0].positions != "learned":
        return None
    [file] = (m["config"] for m in parameters.published() if m["name"] == model)
    return file.get("n_positions") or file["max_position_embeddings"]


class MemoryMeter(Explorer):
    """What a model needs to run and to train, over length, batch and format, and where a card ends."""

    name = "memory-meter"
    title = "Where a card ends"
    tries = "the length, until the cache of Llama-3-8B is as large as its weights. Then int4, and a batch of 32."
    sees = (
        "weights are there once, the cache for every token of every sequence; training in 16 bits keeps eight times the weights, and "
        "activations on top, for every token too, with the square of the length where attention weights are kept. "
        "Left out: sliding windows, and what the program itself takes. Whether a model was trained on the length isn’t asked."
    )
    play = "tokens"
    more = ("card", "cache_in", "recompute")

    model = Choice("Llama-3-8B", choices(WRITERS), label="model")
    tokens = Slider(8192, 128, 2**20, label="length", unit="tokens", step=1, log=True)
    batch = Slider(1, 1, 256, label="batch", step=1, log=True)
    card = Slider(24, 8, 192, label="memory of the card", unit="GiB", step=8)
    weights_in = Choice("bf16", FORMATS, label="weights")
    cache_in = Choice("bf16", {name: label for name, label in FORMATS.items() if name != "int4"}, label="cache")
    recompute = Choice(
        "attention",
        {"attention": "attention weights", "nothing": "nothing", "layers": "each layer, from its input"},
        label="training computes twice",
    )
    all_heads = Switch(False, label="break it: cache keys and values for every query head", breaks=True)

    sentence = (
        "{model}: {run:.2f} GiB to run with {read:,d} tokens in each of {batch} sequences, {cache:.2f} of them for the cache; "
        "{train:.2f} GiB to train on them, {activations:.2f} of them activations. The card has {card} GiB, and the longest text that fits "
        "to run has {longest:,d} tokens."
    )

    @staticmethod
    def data():
        described = {
            name: {"values": for_the_twin(config), "parameters": total, "longest": longest_text(name)}
            for name, (config, total) in models().items()
            if name in WRITERS
        }
        return {"models": described, "length": LENGTHS}

    @staticmethod
    def compute(*, model, tokens, batch, card, weights_in, cache_in, recompute, all_heads):
        config = known(model)[0]
        read = min(tokens, longest_text(model) or tokens)
        n_parameters = parameters.count(config).total
        H = config.n_decoder_heads or config.n_heads
        queries_per_key = H // (config.n_kv_heads or H)
        needed = parameters.kv_cache_bytes(config, 1, batch, cache_in)  # for one token more
        each = needed * queries_per_key if all_heads else needed
        cache = each * read / GIB
        weights = parameters.bytes_of(n_parameters, weights_in)
        run = weights / GIB + cache
        trained_in = "fp32" if weights_in == "fp32" else "bf16"
        training = parameters.training_bytes(n_parameters, number_format=trained_in)
        of_activations = parameters.activation_bytes(config, batch, read, trained_in, recompute=recompute)
        activations = of_activations / GIB
        train = sum(training.values()) / GIB + activations
        return dict(
            read=read, queries_per_key=queries_per_key, needed=needed, each=each, cache=cache, weights=weights, run=run,
            trained_in=trained_in, training=training, activations=activations, train=train,
        )  # fmt: skip

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        needed, each, weights, trained_in, training = (found.pop(name) for name in ("needed", "each", "weights", "trained_in", "training"))
        weights_in, cache_in, all_heads, card = (controls[name] for name in ("weights_in", "cache_in", "all_heads", "card"))
        read, queries_per_key, ends = found["read"], found["queries_per_key"], longest_text(controls["model"])
        sizes = np.array([weights / GIB, found["cache"], *(kept / GIB for kept in training.values()), found["activations"]])
        fits = max(0, (card * GIB - weights) // each)
        return found | {
            "names": np.array([
                f"run: weights, {weights_in}", f"run: cache, {cache_in}", f"train: weights, {trained_in}",
                f"train: gradients, {trained_in}", "train: moments, fp32", "train: copy, fp32", f"train: activations, {trained_in}",
            ]),
            "sizes": sizes,
            "starts": np.array([0, sizes[0], 0, *np.cumsum(sizes[2:-1])]),
            "texts": np.array([f"{size:,.2f} GiB" for size in sizes]),
            "over_length": np.where(LENGTHS <= (ends or LENGTHS[-1]), (weights + each * LENGTHS) / GIB, np.nan),
            "longest": min(fits, ends or fits),
            "cache_of_a_token": each / 1024,
            "difference": (each - needed) * read / GIB,
            "remark": NOTHING_SHARED if all_heads and queries_per_key == 1 else "",
            "table_ends": TABLE_ENDS.format(ends) if read < controls["tokens"] else "",
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
                Lines("length", "over_length", "weights and cache", "blue", format=",.2f"),
                Points("read", "run", "this length", "blue", format=",.2f"),
                Rule("card, {card} GiB", y="card", color="vermilion"),
                x=Axis("length (tokens)", 128, 2**20, log=True, symbol="length"),
                y=Axis("to run (GiB)", Reach(None, 0.5, of=("sizes[0]",)), Reach(0, 2, of=("over_length", "card")), log=True),
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
        Readout("cache_of_a_token", "cache for each position", ",.1f", unit="KiB"),
        Readout("queries_per_key", "query heads for each key head", ",d"),
        Readout("difference", "cached for nothing", ",.2f", unit="GiB", must_vanish=0),
    )
