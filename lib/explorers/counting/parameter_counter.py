"""parameter-counter: where a transformer's parameters are, of any published model or any config.json, down to the single matrix."""

import functools
import math
import re
from dataclasses import replace

import numpy as np

from ... import parameters
from ...widget import Axis, Choice, Explorer, Panel, Readout, Slider, Switch, Text, Tree, View
from .models import choices, for_the_twin, models

SIZES = ("vocab", "width", "layers", "heads", "hidden", "sharing", "net")
NOTHING_TIED = "No table is tied in this model: there is nothing to count twice."
SIZES_ITS_OWN = "The sizes of this file are its own: the sliders move models whose layers are all of one plain kind."
AS_IT_IS = {"sharing": "Keys and values are shared as in the model.", "net": "The feed-forward net is as in the model."}
# What is compared: a field of parameters.Size, its unit, and a sentence of it.
COMPARED = (
    ("parameters", 10**6, "Parameters, in millions, {}"),
    ("cached", 2**19, "Cache of {:,d} tokens in 16 bits, in MiB, {}"),
    ("multiply_adds", 10**6, "Multiply-adds for token {:,d}, in millions, {}"),
)
LONG = 131_072  # tokens
LAST_PART = 199  # the largest tree of any file in the tests has 194 parts
# What a reader sees of the names and axes in lib.parameters' trees; short, for they stand in the areas.
MATRICES = {
    "Q": "query", "K": "key", "V": "value", "O": "output", "gate": "gate", "up": "up", "down": "down", "router": "router",
    "in": "input", "out": "output", "dense": "dense", "words": "vocabulary", "pool": "pooling", "labels": "label",
}  # fmt: skip
BELOW = str.maketrans("aehijklmnoprstuvx0123456789", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉")
SHOWN = {"d_k": "dₖ", "d_v": "dᵥ", "d_e": "dₑ", "d_ff": "hidden", "H_kv": "Hₖᵥ"}
SHOWN |= {f"{letter}_{name}": made + kind for letter, kind in (("W", ""), ("b", " bias")) for name, made in MATRICES.items()}
PUBLISHED = ["gpt2", "assignment", *(name for name in models() if name not in ("gpt2", "assignment"))]


@functools.lru_cache(maxsize=4)
def read_config(text):
    """What a pasted config.json counts, and its config where its layers are those of one."""
    config_json, remarks = parameters.read_text(text)
    counted = parameters.count_hf(config_json)
    counted = counted._replace(notices=(*remarks, *counted.notices))
    try:
        config = parameters.from_hf(config_json)
    except ValueError:  # layers of several kinds, a tower, an unknown class
        config = None
    return counted, config


def architecture(*, model, pasted="", vocab=0, width=0, layers=0, heads=0, hidden=0, sharing="model", net="model"):
    """The config that parameter-counter shows: a model's, or the pasted one, with the sizes given.

    Heads keep their width d_k when D or H changes. Where H changes, and keys and values are shared,
    there are as many of them as before, or the next smaller number that divides H. A pasted file whose layers
    are of several kinds is no config: its sizes are its own.
    """
    base = read_config(pasted)[1] if pasted else models()[model].config
    if base is None:
        return None
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
    if any(name.startswith("layers") for name in path):
        return 2 if "feed-forward" in path else 1
    return 3 if path[0] in ("pooler", "classifier") else 0


def _shown(text):
    return re.sub(r"\w+_\w+", lambda found: _shown_name(found[0]), text)


def _shown_name(name):
    """A name as it stands in the areas: W_K_up is "K up", b_K_up its bias, H_m is Hₘ, d_state "d state"."""
    if name in SHOWN:
        return SHOWN[name]
    first, rest = name.split("_", 1)
    if first in ("W", "b"):
        return rest.replace("_", " ") + " bias" * (first == "b")
    return first + (rest.translate(BELOW) if len(rest) < 3 else f" {rest.replace('_', ' ')}")


def _said(counted):
    """What a reader must know of a file's number, in sentences."""
    said = []
    if counted.left_out:
        said.append(f"Not counted: {'; '.join(counted.left_out)}.")
    if counted.assumed:
        said.append(f"Not in the file, so assumed: {', '.join(f'{name} {size:,d}' for name, size in counted.assumed.items())}.")
    return [text.replace("_", " ") for text in (*said, *(f"{notice}." for notice in counted.notices))]  # names of fields, as words


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


def _in_numbers(node, times):
    """A part's size in numbers, with how many there are of it."""
    often = f"{times:,d} × " if times > 1 else ""
    if not node.kind:
        return often + f"{node.total // node.times:,d}" if often else ""
    sides = " × ".join(f"{size:,d}" for size in node.shape)
    return often + (f"({sides})" if often and len(node.shape) > 1 else sides) + (", tied" if node.tied else "")


def _beside(model, second):
    """What stands beside the model: its name, its tree, and how many tokens it may read; None where nothing does."""
    if second:
        counted = read_config(second)[0]
        return f"the second file ({counted.counted_as})", counted.tree, counted.places
    return None if model == "none" else (choices([model])[model], models()[model].tree, _places(model))


def _places(model):
    chosen = models()[model]
    return chosen.counted.places if chosen.counted else None


def _compared(about, tree, places, beside):
    """What differs between two models, in sentences: the sums, and the parts that differ most."""
    other, other_tree, other_places = beside
    n_tokens = min([LONG, *(most for most in (places, other_places) if most)])
    parts = parameters.compare(tree, other_tree, n_tokens)
    said = [f"{about} | {other}:"]
    for what, unit, words in COMPARED:
        rows = [(_shown(name), *(getattr(size, what) / unit for size in sizes)) for name, sizes in parts.items()]
        sums = [sum(row[i] for row in rows) for i in (1, 2)]
        rows = sorted((row for row in rows if row[1] != row[2]), key=lambda row: -abs(row[1] - row[2]))[:4]
        together, *pairs = (f"{name} {one:,.1f} | {two:,.1f}" for name, one, two in [("", *sums), *rows])
        in_all = words.format(*[n_tokens] * (what != "parameters"), together.strip())
        said.append(in_all + (f": {'; '.join(pairs)}." if pairs else "."))
    return said


def _known_as(number, ways, distinct):
    """What is known of a number that the reader was told."""
    if ways:
        return f"{number:,d} is {'; or '.join(ways)}."
    side = "less" if number < distinct else "more"
    return f"No way of counting that is known here gives {number:,d}: it is {abs(number / distinct - 1):.1%} {side} than all that are distinct."


def _plain():
    """Of the families the plain transformer alone, which is all that most of the models need, without blocks that it never names."""
    plain = parameters.families()["transformer"]
    blocks, named, waiting = plain["blocks"], {}, ["model", "attention", "feed-forward", "mixture"]
    while waiting:
        name = waiting.pop()
        if name in blocks and name not in named:
            named[name] = blocks[name]
            waiting += _texts(blocks[name])
    return {"reads": {}, "families": {}, "transformer": plain | {"blocks": named}}


def _texts(item):
    """Every text in an item of JSON."""
    if isinstance(item, str):
        return [item]
    return [text for part in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()) for text in _texts(part)]


@functools.cache  # data() and on_demand() ask, for every widget that is made
def _of_kinds(name):
    """Whether a model's layers are of several kinds, if only by their windows."""
    model = models()[name]
    return model.config is None or parameters.count(model.config) != model.tree


def _families():
    return {key: value for key, value in parameters.families().items() if key != "about"}


def _sizes_of(config):
    n_layers = max(config.n_encoder_layers, config.n_decoder_layers)
    return {
        "vocab_size": config.vocab_size,
        "d_model": config.d_model,
        "n_layers": n_layers,
        "n_heads": config.n_heads,
        "d_ff": config.d_ff,
    }


class ParameterCounter(Explorer):
    """Where a transformer's parameters are: any published model, any config.json, down to the single matrix."""

    name = "parameter-counter"
    title = "Where the parameters are"
    tries = "pressing a part: it opens, down to the single matrix. Then a larger model, or your own config.json."
    sees = (
        "areas are numbers of parameters; sizes that you move start from the model’s, and a head keeps its width. GPT-2’s tables are "
        "nearly a third of it, Llama-2-70b’s under a hundredth; with a large vocabulary they are wide again, as in Gemma 2B. "
        "The slider “part shown” walks through all parts, and then begins again. A pasted file stays in this page."
    )
    play = "part"
    more = ("second", "told", "vocab", "heads", "hidden", "sharing", "net")

    part = Slider(0, 0, LAST_PART, label="part shown", step=1, caption="opened_path")
    model = Choice("gpt2", choices(PUBLISHED), label="model", resets=("pasted", "part", *SIZES))
    vocab = Slider(0, 1000, 256_000, label="vocabulary V", step=1000, automatic="V")
    width = Slider(0, 64, 12_288, label="width D", step=64, automatic="D")
    layers = Slider(0, 1, 96, label="layers of each stack", step=1, automatic="L")
    heads = Slider(0, 1, 96, label="heads H", step=1, automatic="H")
    hidden = Slider(0, 128, 32_768, label="hidden width", step=128, automatic="d_ff")
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
        {"model": "as in the model", "plain": "two matrices", "gated": "three: with a gate", "mixture": "8 experts, 2 for a token"},
        label="feed-forward net",
    )
    pasted = Text(
        label="or your own config.json",
        parse=read_config,
        most=parameters.LONGEST_TEXT,
        examples=('{"model_type": "llama", "hidden_size": 2048}', '{"model_type": "mixtral"}', '{"model_type": "bert"}'),
        resets=("part", *SIZES),
        accepts=".json,.safetensors",
    )
    beside = Choice("none", {"none": "no model"} | choices(PUBLISHED), label="beside it", resets=("second",))
    second = Text(
        label="or a file beside it",
        parse=read_config,
        most=parameters.LONGEST_TEXT,
        examples=('{"model_type": "qwen3_next"}', '{"model_type": "gemma3_text"}'),
        accepts=".json,.safetensors",
    )
    told = Text(
        label="or I was told there are so many parameters",
        parse=parameters.parse_number,
        most=40,
        examples=("163,037,184", "124M", "85,056,000"),
    )
    twice = Switch(False, label="break it: count a tied output layer as if it were one of its own", breaks=True)

    sentence = (
        "{about}: {total:,d} parameters, of which a token meets {active:,d}. Open: {opened_path}, "
        "{opened_size:,d} parameters or {opened_share:.2%} of all."
    )

    @staticmethod
    def data():
        described = {
            name: {"total": model.total, "of_kinds": _of_kinds(name), "places": _places(name)}
            | ({"values": for_the_twin(model.config)} if model.config else {})
            for name, model in models().items()
        }
        return {"plain": _plain(), "models": described, "shown": SHOWN}

    @staticmethod
    def on_demand():
        return {"families": _families(), "files": {name: model.file for name, model in models().items() if _of_kinds(name)}}

    @staticmethod
    def compute(*, model, part, pasted, beside, second, told, twice, vocab, width, layers, heads, hidden, sharing, net):
        config = architecture(
            model=model, pasted=pasted, vocab=vocab, width=width, layers=layers, heads=heads, hidden=hidden, sharing=sharing, net=net
        )
        changed = any((vocab, width, layers, heads, hidden, sharing != "model", net != "model"))
        if changed and config:
            tree = parameters.count(config)
        else:
            tree = read_config(pasted)[0].tree if pasted else models()[model].tree
        tied = sum(math.prod(leaf.array.shape) for leaf in tree.leaves() if leaf.array.tied)
        total = tree.total + tied * twice
        active = tree.active + tied * twice
        number, place = parameters.parse_number(told) if told else (0, 1)
        ways = parameters.told(number, tree, place=place) if number else []
        return dict(config=config, tree=tree, tied=tied, total=total, active=active, number=number, ways=ways)

    @classmethod
    def frame(cls, *, model, part, pasted, beside, second, told, twice, **sizes):
        found = cls.compute(model=model, part=part, pasted=pasted, beside=beside, second=second, told=told, twice=twice, **sizes)
        config, distinct, tied = found["config"], found["tree"].total, found["tied"]
        listed = _listed(found["tree"])
        changed = any(value != cls.controls[name].default_value for name, value in sizes.items())
        published = None if pasted or changed else models()[model].total

        parents = np.array([parent for parent, *_ in listed])
        totals, actives, groups = np.zeros((3, len(listed)), dtype=np.int64)
        for i, (_, path, node, times, active) in enumerate(listed):
            if not node.kind:
                continue
            number = math.prod(node.shape)
            totals[i], actives[i] = number * times, number * active
            if node.tied and not twice:
                totals[i] = actives[i] = 0
            groups[i] = _group(path, node)
        for i in reversed(range(1, len(listed))):  # a part comes before its own parts
            totals[parents[i]] += totals[i]
            actives[parents[i]] += actives[i]
        # A control that changes nothing says why.
        remarks = [NOTHING_TIED] if twice and not tied else []
        if config is None and changed:
            remarks.append(SIZES_ITS_OWN)
        for name, words in AS_IT_IS.items():
            if config and sizes[name] != "model":
                without = architecture(model=model, pasted=pasted, **sizes | {name: "model"})
                remarks += [words] * (parameters.count(without).total == distinct)
        leaves = np.array([bool(node.kind) for *_, node, _, _ in listed])
        opened = part % len(listed)
        about, counted = choices([model])[model], models()[model].counted
        if pasted:
            counted = read_config(pasted)[0]
            about = f"the pasted file ({counted.counted_as}{'' if counted.complete else ', in part'})"
            remarks += _said(counted)
        if found["number"]:
            remarks.append(_known_as(found["number"], found["ways"], distinct))
        about += " with your own sizes" if changed and config else ""
        other, compared = _beside(beside, second), []
        if other and other[1].name in ("file", "files"):  # weights: do they agree with the config?
            ways = parameters.told(other[1].total, found["tree"], place=1)
            remarks.append("The weights beside it: " + _known_as(other[1].total, ways, distinct))
        elif other:
            own = config and config.positions == "learned" and config.n_positions
            places = own if changed and config else counted and counted.places
            compared = _compared(about, found["tree"], places, other)
        shown = _sizes_of(config) if config else counted.sizes
        return {
            "names": np.array([_shown(node.name) for *_, node, _, _ in listed]),
            "parents": parents,
            "sizes": totals,
            "groups": groups,
            "group_share": np.array([totals[leaves & (groups == g)].sum() / totals[0] for g in range(4)]),
            "letters": np.array([_shown(" × ".join(node.axes)) for *_, node, _, _ in listed]),
            "shapes": np.array([_in_numbers(node, times) for *_, node, times, _ in listed]),
            "sides": np.array([(1, 1, *node.shape)[-2:] if node.kind else (0, 0) for *_, node, _, _ in listed]),
            "opened": opened,
            "opened_path": _shown(" › ".join(("model", *listed[opened][1]))),
            "opened_size": totals[opened],
            "opened_share": totals[opened] / totals[0],
            "about": about,
            "total": found["total"],
            "active": found["active"],
            "tied": tied,
            "remark": "\n".join([" ".join(remarks), *compared]).strip(),
            "reference": "from the published total" if published else "from all that are distinct",
            "difference": totals[0] - (published or distinct),
            "V": shown["vocab_size"],
            "D": shown["d_model"],
            "L": shown["n_layers"],
            "H": shown["n_heads"],
            "d_ff": shown["d_ff"],
        }

    view = View(
        Panel(
            Tree(
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
            x=Axis(),
            y=Axis(),
            ratio=0.55,
            least=130,
            bare=True,
            note="{remark}",
            main=True,
        ),
        Readout("total", "{about}:", ",d", unit="parameters"),
        Readout("active", "of which a token meets", ",d"),
        Readout("tied", "used twice, counted once", ",d"),
        Readout("difference", "difference {reference}", ",d", must_vanish=0),
    )
