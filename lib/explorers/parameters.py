"""The explorers of the chapter on counting a transformer; `lib.parameters` computes."""

import math
from dataclasses import asdict, replace

import numpy as np

from .. import parameters
from .controls import Choice, Slider, Switch, Text
from .explorer import Explorer
from .view import Axis, Grid, Lines, Panel, Parts, Points, Readout, Row, Rows, Rule, View

GIB, MIB = 2**30, 2**20
ASSIGNMENTS_TOTAL = 201_399_600  # what the assignment's solution must reach


def assignment(**sizes):
    """The transformer of the assignment, or one of its kind with other sizes."""
    return parameters.TransformerConfig(
        **{"vocab_size": 30_000, "d_model": 1024, "n_heads": 4, "d_ff": 512, "d_k": 192} | sizes,
        n_encoder_layers=12,
        n_decoder_layers=8,
        n_embedding_tables=2,
        bias_o=True,
        bias_up=True,
        bias_down=True,
        output="separate",
        n_output_biases=1,
    )


def known(name):
    """The config of a model to choose from, and the total that it must have."""
    if name == "assignment":
        return assignment(), ASSIGNMENTS_TOTAL
    [model] = (model for model in parameters.published() if model["name"] == name)
    return parameters.from_hf(model["config"]), model["total"]


def models():
    """All of them, by name, the assignment's first."""
    return {name: known(name) for name in ("assignment", *(model["name"] for model in parameters.published()))}


def _for_the_twin(config):
    """What a config says beyond the defaults, which the browser knows."""
    plainest = asdict(parameters.TransformerConfig(1, 1, 1, 1, n_decoder_layers=1))
    needed = ("vocab_size", "d_model", "n_heads", "d_ff", "n_decoder_layers")
    return {name: value for name, value in asdict(config).items() if name in needed or value != plainest[name]}


def _choices(names):
    return {name: "the assignment’s" if name == "assignment" else name for name in names}


# --- parameter-counter --------------------------------------------------------------------------

SIZES = ("vocab", "width", "layers", "heads", "hidden", "sharing", "net")
NOTHING_TIED = "No table is tied in this model: there is nothing to count twice."
AS_IT_IS = {"sharing": "Keys and values are shared as in the model.", "net": "The feed-forward net is as in the model."}
LAST_PART = 79  # the largest tree of any file in the tests has 75 parts
PUBLISHED = ["gpt2", "assignment", *(name for name in models() if name not in ("gpt2", "assignment"))]


def read_config(text):
    """The config and the name of the class that a pasted config.json describes."""
    config_json = parameters.parse_config(text)
    config = parameters.from_hf(config_json)
    parameters.count(config)  # refuses a total that a browser couldn't hold
    return config, parameters.class_of(config_json)


def architecture(*, model, pasted="", vocab=0, width=0, layers=0, heads=0, hidden=0, sharing="model", net="model"):
    """The config that parameter-counter shows: a model's, or the pasted one, with the sizes given.

    Heads keep their width d_k when D or H changes. Where H changes, and keys and values are shared,
    there are as many of them as before, or the next smaller number that divides H.
    """
    base = read_config(pasted)[0] if pasted else known(model)[0]
    changes = {"vocab_size": vocab, "d_model": width, "n_heads": heads, "d_ff": hidden}
    changes = {name: size for name, size in changes.items() if size}
    if layers:
        changes |= {n: layers for n in ("n_encoder_layers", "n_decoder_layers") if getattr(base, n)}
    if width or heads:
        changes["d_k"] = base.d_k or base.d_model // base.n_heads
    if hidden:
        changes["d_decoder_ff"] = None
    if heads or sharing != "model":
        H = heads or base.n_heads
        own = base.n_kv_heads or H
        most = {"model": min(own, H) if base.n_kv_heads else H, "each": H, "four": H // 4, "one": 1}[sharing]
        changes["n_kv_heads"] = max(n for n in range(1, max(1, most) + 1) if H % n == 0)
        changes["n_decoder_heads"] = None
    if net != "model":
        changes |= {"n_experts": 8, "n_active_experts": 2} if net == "mixture" else {"n_experts": 0, "n_active_experts": 0}
    if net in ("plain", "gated"):
        changes |= {"gated": net == "gated", "bias_gate": net == "gated" and base.bias_up}
    return replace(base, **changes)


def _group(path, part):
    """Which of the four colours a leaf has."""
    if part.kind == "gain" or (part.kind == "bias" and part.name == "bias"):  # of a norm
        return 3
    if "self-attention" in path or "cross-attention" in path:
        return 1
    if "feed-forward" in path:
        return 2
    return 3 if path[0] in ("pooler", "classifier") else 0


def _listed(tree):
    """Every part of a tree, before its own parts: (parent's number, path, part, times in all, active times)."""
    found = []

    def visit(part, parent, path, times, active):
        times, active = times * part.times, active * part.active_times
        here = len(found)
        found.append((parent, path, part, times, active))
        for child in part.parts:
            visit(child, here, (*path, child.name), times, active)

    visit(tree, -1, (), 1, 1)
    return found


class ParameterCounter(Explorer):
    """Where a transformer's parameters are: any published model, any config.json, down to the single matrix."""

    name = "parameter-counter"
    title = "Where the parameters are"
    tries = (
        "pressing a part: it opens, down to the single matrix. The slider under the picture walks through all parts, and then begins again. "
        "Then choose a larger model, or paste the config.json of your own."
    )
    sees = (
        "areas are numbers of parameters; sizes that you move start from the model’s, and a head keeps its width. GPT-2’s tables are "
        "nearly a third of it, Llama-2-70b’s under a hundredth; with a large vocabulary they are wide again, as in Gemma 2B. "
        "The file stays in this page."
    )
    play = "part"

    part = Slider(0, 0, LAST_PART, label="part shown", step=1, words="opened_path")
    model = Choice("gpt2", _choices(PUBLISHED), label="model", clears=("pasted", "part", *SIZES))
    vocab = Slider(0, 1000, 256_000, label="vocabulary V", step=1000, own="V")
    width = Slider(0, 64, 12_288, label="width D", step=64, own="D")
    layers = Slider(0, 1, 96, label="layers of each stack", step=1, own="L")
    heads = Slider(0, 1, 96, label="heads H", step=1, own="H")
    hidden = Slider(0, 128, 32_768, label="hidden width d_ff", step=128, own="d_ff")
    sharing = Choice(
        "model",
        {
            "model": "as in the model",
            "each": "for every query head",
            "four": "shared by four query heads",
            "one": "shared by all query heads",
        },
        label="keys and values",
    )
    net = Choice(
        "model",
        {
            "model": "as in the model",
            "plain": "two matrices",
            "gated": "three: with a gate",
            "mixture": "8 experts, 2 for a token",
        },
        label="feed-forward net",
    )
    pasted = Text(
        label="or paste a config.json (empty: the model above counts)",
        reads=read_config,
        most=parameters.LONGEST_TEXT,
        examples=('{"model_type": "llama", "hidden_size": 2048}', '{"model_type": "mixtral"}', '{"model_type": "bert"}'),
        clears=("part", *SIZES),
    )
    twice = Switch(False, label="break it: count a tied output layer as if it were one of its own", breaks=True)

    sentence = (
        "{about}: {total:,d} parameters, of which a token meets {active:,d}. Open: {opened_path}, "
        "{opened_size:,d} parameters or {opened_share:.2%} of all."
    )
    code = """
import math
from lib import parameters
from lib.explorers.parameters import architecture

config = architecture(
    model={model}, pasted={pasted},
    vocab={vocab}, width={width}, layers={layers}, heads={heads},
    hidden={hidden}, sharing={sharing}, net={net},
)
tree = parameters.count(config)
tied = sum(
    math.prod(leaf.array.shape)
    for leaf in tree.leaves()
    if leaf.array.tied
)
total = tree.total + tied * {twice}
active = tree.active + tied * {twice}
"""

    @staticmethod
    def data():
        families = {key: value for key, value in parameters.families().items() if key != "about"}
        described = {name: {"values": _for_the_twin(config), "total": total} for name, (config, total) in models().items()}
        return {"families": families, "models": described}

    @staticmethod
    def frame(*, model, part, pasted, twice, **sizes):
        config = architecture(model=model, pasted=pasted, **sizes)
        listed = _listed(parameters.count(config))
        changed = any(value != ParameterCounter.controls[name].default_value for name, value in sizes.items())
        distinct, published = listed[0][2].total, None if pasted or changed else known(model)[1]

        parents = np.array([parent for parent, *_ in listed])
        totals, actives, groups = np.zeros((3, len(listed)), dtype=np.int64)
        tied = 0
        for i, (_, path, node, times, active) in enumerate(listed):
            if not node.kind:
                continue
            number = math.prod(node.shape)
            tied += number * node.tied
            totals[i], actives[i] = number * times, number * active
            if node.tied and not twice:
                totals[i] = actives[i] = 0
            groups[i] = _group(path, node)
        for i in reversed(range(1, len(listed))):  # a part comes before its own parts
            totals[parents[i]] += totals[i]
            actives[parents[i]] += actives[i]
        # A control that changes nothing says why.
        remarks = [NOTHING_TIED] if twice and not tied else []
        for name, words in AS_IT_IS.items():
            if sizes[name] != "model":
                without = architecture(model=model, pasted=pasted, **sizes | {name: "model"})
                remarks += [words] * (parameters.count(without).total == distinct)
        leaves = np.array([bool(node.kind) for *_, node, _, _ in listed])
        opened = part % len(listed)
        about = f"the pasted file ({read_config(pasted)[1]})" if pasted else _choices([model])[model]
        return {
            "names": np.array([node.name for *_, node, _, _ in listed]),
            "parents": parents,
            "sizes": totals,
            "groups": groups,
            "group_share": np.array([totals[leaves & (groups == g)].sum() / totals[0] for g in range(4)]),
            "letters": np.array([" × ".join(node.axes) for *_, node, _, _ in listed]),
            "shapes": np.array([_in_numbers(node, times) for *_, node, times, _ in listed]),
            "sides": np.array([(1, 1, *node.shape)[-2:] if node.kind else (0, 0) for *_, node, _, _ in listed]),
            "opened": opened,
            "opened_path": " › ".join(("model", *listed[opened][1])),
            "opened_size": totals[opened],
            "opened_share": totals[opened] / totals[0],
            "about": about + (" with your own sizes" if changed else ""),
            "total": totals[0],
            "active": actives[0],
            "tied": tied,
            "remark": " ".join(remarks),
            "reference": "from the published total" if published else "from all that are distinct",
            "difference": totals[0] - (published or distinct),
            "V": config.vocab_size,
            "D": config.d_model,
            "L": max(config.n_encoder_layers, config.n_decoder_layers),
            "H": config.n_heads,
            "d_ff": config.d_ff,
        }

    view = View(
        Panel(
            (
                Parts(
                    opened="opened",
                    opens="part",
                    names="names",
                    parents="parents",
                    sizes="sizes",
                    letters="letters",
                    shapes="shapes",
                    sides="sides",
                    groups="groups",
                    keys=(
                        ("tables, output {group_share[0]:.1%}", "blue"),
                        ("attention {group_share[1]:.1%}", "vermilion"),
                        ("feed-forward {group_share[2]:.1%}", "green"),
                        ("norms, rest {group_share[3]:.1%}", "purple"),
                    ),
                ),
            ),
            Axis("", 0, 1),
            Axis("", 1, 0),
            ratio=0.4,
            least=200,
            bare=True,
            note="{remark}",
        ),
        (
            Readout("total", "{about}:", ",d", unit="parameters"),
            Readout("active", "of which a token meets", ",d"),
            Readout("tied", "used twice, counted once", ",d"),
            Readout("difference", "difference {reference}", ",d", must_vanish=0),
        ),
    )


def _in_numbers(node, times):
    """A part's size in numbers, with how many there are of it."""
    often = f"{times:,d} × " if times > 1 else ""
    if not node.kind:
        return often + f"{node.total // node.times:,d}" if often else ""
    sides = " × ".join(f"{size:,d}" for size in node.shape)
    return often + (f"({sides})" if often and len(node.shape) > 1 else sides) + (", tied" if node.tied else "")


# --- shape-trace --------------------------------------------------------------------------------

LETTERS = {
    "tokens": "B, N",
    "queries": "B, h, N, d_k",
    "keys": "B, h, N, d_k",
    "values": "B, h, N, d_k",
    "attention weights": "B, h, N, N",
    "heads": "B, h, N, d_k",
    "hidden": "B, N, d_ff",
    "scores of the words": "B, N, V",
}
FITS_ANYWAY = "h·d_k = D: shapes fit, but no head reaches another’s coordinates."
ENCODER, DECODER = 14, 23  # steps of each


class ShapeTrace(Explorer):
    """The shape of the tensor after each step of encoder and decoder."""

    name = "shape-trace"
    title = "Shapes through the net"
    tries = (
        "walking the step from the tokens to the scores. Then double N and look at the attention weights. "
        "Then leave out W_O, see which addition fails, and look for widths at which it would not."
    )
    sees = (
        "every sub-layer with its W_O ends in (B, N, D), because its input is added to its output; in between the shapes do as they like. "
        "Bars are bytes: the attention weights grow with the square of N, the scores with N and the vocabulary."
    )
    play = "step"

    step = Slider(7, 0, ENCODER + DECODER - 1, label="step", step=1, words="step_name")
    B = Slider(32, 1, 256, label="batch B", step=1, log=True)
    N = Slider(2048, 16, 8192, label="length N", unit="tokens", step=1, log=True)
    D = Slider(1024, 64, 4096, label="width D", step=64)
    h = Slider(4, 1, 32, label="heads h", step=1)
    d_k = Slider(192, 16, 512, label="width of a head d_k = d_v", step=16)
    d_ff = Slider(512, 64, 16_384, label="hidden width d_ff", step=64)
    V = Slider(30_000, 1000, 256_000, label="vocabulary V", step=1000)
    number_format = Choice("fp32", {"fp32": "fp32, 4 bytes", "bf16": "bf16, 2 bytes"}, label="numbers")
    unprojected = Switch(False, label="break it: leave out W_O, so that the heads’ outputs are added as they are", breaks=True)

    sentence = (
        "Step {step}, {step_name}: a tensor ({step_letters}) of shape {step_shape}, {step_numbers:,d} numbers in {step_mib:,.2f} MiB. "
        "Widths at the residual additions differ by {mismatch:,d}."
    )
    code = """
from lib import parameters
from lib.explorers.parameters import assignment

config = assignment(vocab_size={V}, d_model={D}, n_heads={h}, d_k={d_k}, d_ff={d_ff})
steps = parameters.shapes_through(config, {B}, {N})
for stack, name, shape, residual, times in steps:
    print(f"{{stack:8}} {{name:20}} {{shape}}")
mismatch = abs({h} * {d_k} - {D}) if {unprojected} else 0
"""

    @staticmethod
    def data():
        return {"kind": _for_the_twin(assignment())}

    @staticmethod
    def frame(*, step, B, N, D, h, d_k, d_ff, V, number_format, unprojected):
        config = assignment(vocab_size=V, d_model=D, n_heads=h, d_k=d_k, d_ff=d_ff)
        steps = parameters.shapes_through(config, B, N)
        mismatch = abs(h * d_k - D) if unprojected else 0
        names, letters, shapes, joins, wrong = [], [], [], [], []
        stack = sub_layer = start = None
        for i, made in enumerate(steps):
            if made.stack != stack:
                stack, first = made.stack, i
            shape, letter = made.shape, LETTERS.get(made.name, "B, N, D")
            if "-" in made.name:  # the output of a sub-layer
                sub_layer = made.name
                if unprojected and sub_layer.endswith("attention"):
                    shape, letter = (B, N, h * d_k), "B, N, h·d_k"
            names.append(made.name)
            letters.append(letter)
            shapes.append(shape)
            joins.append(start - first if made.residual else -1)
            wrong.append(int(bool(made.residual and sub_layer.endswith("attention") and mismatch)))
            if made.name in ("embedding", "norm"):
                start = i  # what the next sub-layer reads, and what is added to its output
        numbers = [math.prod(shape) for shape in shapes]
        # Token numbers are integers of 4 bytes in any case.
        mib = [parameters.bytes_of(n, "fp32" if name == "tokens" else number_format) / MIB for n, name in zip(numbers, names)]
        texts = [f"{D:,d} + {h * d_k:,d}?" if bad else _tuple(shape) for shape, bad in zip(shapes, wrong)]
        halves = {"encoder": slice(0, ENCODER), "decoder": slice(ENCODER, None)}
        return {
            f"{side}_{what}": np.array(values[half])
            for side, half in halves.items()
            for what, values in {"names": names, "texts": texts, "mib": mib, "joins": joins, "wrong": wrong}.items()
        } | {
            "largest": max(mib),
            "gutter": -0.07 * max(mib),
            "step_name": f"{steps[step].stack}, {names[step]}",
            "step_letters": letters[step],
            "step_shape": _tuple(shapes[step]),
            "step_numbers": numbers[step],
            "step_mib": mib[step],
            "mismatch": mismatch,
            "remark": FITS_ANYWAY if unprojected and not mismatch else "",
        }

    view = View(
        Row(
            tuple(
                Panel(
                    (
                        Rows(
                            f"{side}_mib",
                            f"{side}_names",
                            f"{side}_texts",
                            "blue",
                            first=first,
                            at="step",
                            joins=f"{side}_joins",
                            wrong=f"{side}_wrong",
                        ),
                    ),
                    Axis("memory (MiB)", "gutter", "largest", symbol="MiB"),
                    Axis("step", first + count - 0.5, first - 0.5),
                    ratio=0.075 * count,
                    title=side,
                    note="{remark}" if side == "encoder" else None,
                    bare=True,
                    picks=(None, "step"),
                )
                for side, first, count in (("encoder", 0, ENCODER), ("decoder", ENCODER, DECODER))
            ),
            widths=(1, 1),
        ),
        (
            Readout("step_numbers", "{step_name} ({step_letters}) = {step_shape}", ",d", unit="numbers"),
            Readout("step_mib", "in memory", ",.2f", unit="MiB"),
            Readout("mismatch", "widths at the additions differ by", ",d", must_vanish=0),
        ),
    )


def _tuple(shape):
    return "(" + ", ".join(map(str, shape)) + ")"


# --- memory-meter -------------------------------------------------------------------------------

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
    tries = (
        "the length, until the cache of Llama-3-8B is as large as its weights. Then int4, then a batch of 32, then training on 80 GiB, "
        "with attention weights kept and not."
    )
    sees = (
        "weights are there once, the cache for every token of every sequence; training in 16 bits keeps eight times the weights, and "
        "activations on top, for every token too, with the square of the length where attention weights are kept. "
        "Left out: sliding windows, and what the program itself takes. Whether a model was trained on the length isn’t asked."
    )
    play = "tokens"

    model = Choice("Llama-3-8B", _choices(WRITERS), label="model")
    tokens = Slider(8192, 128, 2**20, label="length", unit="tokens", step=1, log=True)
    batch = Slider(1, 1, 256, label="batch", step=1, log=True)
    card = Slider(24, 8, 192, label="memory of the card", unit="GiB", step=8)
    weights_in = Choice("bf16", FORMATS, label="weights")
    cache_in = Choice("bf16", {name: label for name, label in FORMATS.items() if name != "int4"}, label="cache")
    recompute = Choice(
        "attention",
        {
            "attention": "attention weights",
            "nothing": "nothing",
            "layers": "each layer, from its input",
        },
        label="training computes twice",
    )
    all_heads = Switch(False, label="break it: cache keys and values for every query head", breaks=True)

    sentence = (
        "{model}: {run:.2f} GiB to run with {read:,d} tokens in each of {batch} sequences, {cache:.2f} of them for the cache; "
        "{train:.2f} GiB to train on them, {activations:.2f} of them activations. The card has {card} GiB, and the longest text that fits "
        "to run has {longest:,d} tokens."
    )
    code = """
from lib import parameters
from lib.explorers.parameters import known, longest_text

config = known({model})[0]
read = min({tokens}, longest_text({model}) or {tokens})
parameter_count = parameters.count(config).total
cache = parameters.kv_cache_bytes(
    config, read, {batch}, {cache_in}
) / 2**30
H = config.n_decoder_heads or config.n_heads
queries_per_key = H // (config.n_kv_heads or H)
if {all_heads}:
    cache *= queries_per_key
weights = parameters.bytes_of(parameter_count, {weights_in}) / 2**30
run = weights + cache
trained_in = "fp32" if {weights_in} == "fp32" else "bf16"
training = parameters.training_bytes(
    parameter_count, number_format=trained_in
)
activations = parameters.activation_bytes(
    config, {batch}, read, trained_in, recompute={recompute}
) / 2**30
train = sum(training.values()) / 2**30 + activations
"""

    @staticmethod
    def data():
        described = {
            name: {"values": _for_the_twin(config), "parameters": total, "longest": longest_text(name)}
            for name, (config, total) in models().items()
            if name in WRITERS
        }
        return {"models": described}

    @staticmethod
    def frame(*, model, tokens, batch, card, weights_in, cache_in, recompute, all_heads):
        config = known(model)[0]
        ends = longest_text(model)
        read = min(tokens, ends or tokens)
        parameter_count = parameters.count(config).total
        H = config.n_decoder_heads or config.n_heads
        queries_per_key = H // (config.n_kv_heads or H)
        needed = parameters.kv_cache_bytes(config, 1, batch, cache_in)  # for one token more
        each = needed * queries_per_key if all_heads else needed
        weights = parameters.bytes_of(parameter_count, weights_in)
        trained_in = "fp32" if weights_in == "fp32" else "bf16"
        training = parameters.training_bytes(parameter_count, number_format=trained_in)
        activations = parameters.activation_bytes(config, batch, read, trained_in, recompute=recompute)
        sizes = np.array([weights, each * read, *training.values(), activations]) / GIB
        starts = np.array([0, sizes[0], 0, *np.cumsum(sizes[2:-1])])
        over_length = np.where(LENGTHS <= (ends or LENGTHS[-1]), (weights + each * LENGTHS) / GIB, np.nan)
        fits = max(0, (card * GIB - weights) // each)
        return {
            "names": np.array([
                f"run: weights, {weights_in}", f"run: cache, {cache_in}", f"train: weights, {trained_in}",
                f"train: gradients, {trained_in}", "train: moments, fp32", "train: copy, fp32", f"train: activations, {trained_in}",
            ]),
            "sizes": sizes,
            "starts": starts,
            "texts": np.array([f"{size:,.2f} GiB" for size in sizes]),
            "run": sizes[:2].sum(),
            "train": sizes[2:].sum(),
            "cache": sizes[1],
            "activations": sizes[6],
            "read": read,
            "most": 1.05 * max(card, sizes[:2].sum(), sizes[2:].sum()),
            "length": LENGTHS,
            "over_length": over_length,
            "weights_alone": np.full(len(LENGTHS), sizes[0]),
            "here_x": np.array([read]),
            "here_y": np.array([sizes[:2].sum()]),
            "bottom": sizes[0] / 2,
            "top": 2 * max(np.nanmax(over_length), card),
            "longest": min(fits, ends or fits),
            "cache_of_a_token": each / 1024,
            "queries_per_key": queries_per_key,
            "difference": (each - needed) * read / GIB,
            "remark": NOTHING_SHARED if all_heads and queries_per_key == 1 else "",
            "table_ends": TABLE_ENDS.format(ends) if read < tokens else "",
        }

    view = View(
        Grid(
            (
                Panel(
                    (
                        Rule("", x="card", color="vermilion"),
                        Rows("sizes", "names", "texts", "blue", starts="starts"),
                    ),
                    Axis("memory (GiB)", 0, "most", symbol="GiB"),
                    Axis("", 7, -0.5, labels=()),
                    ratio=0.31,
                    least=175,
                    note="{remark}",
                    title="what is kept; the line is the card’s {card} GiB",
                ),
                Panel(
                    (
                        Lines("length", "weights_alone", "weights", "muted", dashed=True, format=",.2f"),
                        Lines("length", "over_length", "weights and cache", "blue", format=",.2f"),
                        Points("here_x", "here_y", "this length", "blue", format=",.2f"),
                        Rule("card, {card} GiB", y="card", color="vermilion"),
                    ),
                    Axis("length (tokens)", 128, 2**20, log=True, symbol="length"),
                    Axis("to run (GiB)", "bottom", "top", log=True),
                    ratio=0.34,
                    least=130,
                    note="{table_ends}",
                    picks=("tokens", None),
                ),
            ),
            columns=1,
        ),
        (
            Readout("run", "to run", ",.2f", unit="GiB"),
            Readout("train", "to train", ",.2f", unit="GiB"),
            Readout("longest", "longest text that fits to run", ",d", unit="tokens"),
            Readout("cache_of_a_token", "cache for each position", ",.1f", unit="KiB"),
            Readout("queries_per_key", "query heads for each key head", ",d"),
            Readout("difference", "cached for nothing", ",.2f", unit="GiB", must_vanish=0),
        ),
    )
