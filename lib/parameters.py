"""Counting a transformer: its parameters to the unit, and what they cost.

``TransformerConfig`` says what a transformer is made of, ``count`` lists its matrices as a
tree whose leaves add up, ``from_hf`` reads a Hugging Face ``config.json``. From the same
sizes follow the shapes of the activations, bytes, the key–value cache, the memory of
training and the multiply-adds of a token.

A count is that of *distinct* parameters: an output layer tied to the token table is in the
tree with its shape and counts 0. Everything the class stores as a parameter counts, trained
or not; buffers, such as the tables of rotary angles, do not. Sliding windows, dropout,
activations and partial rotary embeddings have no parameters and appear nowhere here.

What each family of models is stands in ``families.json``, which the browser reads as well.
It follows Hugging Face transformers 5.23.0 (see ``tests/fixtures/make_parameters.py``), in
three places not obvious:

- a file without ``architectures`` counts as the class that ``class_of`` names, the one in
  which the family is usually published: the causal language model, T5's and BART's
  ForConditionalGeneration, and the bare model with its pooler for BERT and its like;
- ``tie_word_embeddings: false`` gives T5 (v1.1, Flan) an output layer of its own, as its
  published weights have. The reference builds it tied and unties it when it loads them;
- the same field gives BART a table each for encoder and decoder and leaves a third that
  nothing reads, and BERT's and RoBERTa's output layer a second bias.

Axes: B sequences, N tokens, V vocabulary, D model width, d_e embedding width, H heads,
H_kv heads of keys and values, d_k and d_v head widths, d_ff hidden width of the
feed-forward net, E experts. A matrix has its input first: q = x W_Q, W_Q (D, H·d_k).

Papers
------
- Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762.
- Shazeer 2019, "Fast Transformer Decoding: One Write-Head is All You Need",
  arXiv:1911.02150: multi-query attention; Ainslie et al. 2023, "GQA", arXiv:2305.13245.
- Shazeer 2020, "GLU Variants Improve Transformer", arXiv:2002.05202: the gate.
- Jiang et al. 2024, "Mixtral of Experts", arXiv:2401.04088: total and active parameters.
- Micikevicius et al. 2018, "Mixed Precision Training", arXiv:1710.03740: the fp32 copy.
- Rajbhandari et al. 2020, "ZeRO: Memory Optimizations Toward Training Trillion Parameter
  Models", arXiv:1910.02054, §3.1: 16 bytes a parameter with Adam.
- Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost", arXiv:1604.06174:
  layers computed twice; Dao et al. 2022, "FlashAttention", arXiv:2205.14135: attention
  weights computed twice.
"""

import functools
import json
import math
import operator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

from . import arguments

# What a norm stores, each as long as the norm is wide.
NORMS = {
    "layernorm": ("gain", "bias"),
    "layernorm-gain": ("gain",),
    "layernorm-bare": (),
    "rmsnorm": ("gain",),
}
POSITIONS = ("none", "fixed", "learned", "relative", "rotary", "ALiBi")
OUTPUTS = ("none", "tied", "separate")
QK_NORMS = ("none", "head", "all")
# Bits of one number; the scales that integers need beside them are not counted.
NUMBER_FORMATS = {"fp32": 32, "fp16": 16, "bf16": 16, "int8": 8, "int4": 4}
RECOMPUTED = ("nothing", "attention", "layers")

LARGEST_SIZE = 10**9
LARGEST_FIELD = 10**8  # of a config.json: four times as much is still a size
LARGEST_TOTAL = 2**53 - 1  # JavaScript's largest exact whole number
LONGEST_TEXT = 2**21  # characters of a config.json; a thousand times the usual one


# --- what a transformer is --------------------------------------------------------------


@dataclass(frozen=True)
class TransformerConfig:
    """What a transformer is made of, as far as parameters depend on it.

    Encoder-only, decoder-only or both, by the numbers of layers. What a default leaves out
    is not there: the plainest config has no biases but those of its norms, no embedding or
    final norm, no output layer.

    Parameters
    ----------
    vocab_size, d_model, n_heads, d_ff : int
        Tokens, width, heads a layer, hidden width of the feed-forward net (of one expert).
    n_encoder_layers, n_decoder_layers : int
        At least one of the two above 0.
    n_decoder_heads, d_decoder_ff : int, optional
        Of the decoder, where it differs from the encoder.
    n_kv_heads : int, optional
        Heads of keys and values, a divisor of the heads: as many as those (multi-head, the
        default), fewer (grouped) or 1 (multi-query).
    d_k, d_v : int, optional
        Width of a head's queries and keys, d_model / n_heads if not given; and of its
        values, as d_k if not given.
    d_embedding : int, optional
        Width of the token table where it is not d_model: two matrices without bias lead
        into the model and out of it.
    bias_q, bias_k, bias_v, bias_o, bias_gate, bias_up, bias_down : bool
        A bias for each matrix.
    cross_attention : bool, optional
        In the decoder's layers; by default where there is an encoder.
    qk_norm : {"none", "head", "all"}
        A norm on queries and keys, as wide as one head or as all of them.
    gated : bool
        A third matrix in the feed-forward net, whose output is multiplied in.
    n_experts, n_active_experts : int
        Feed-forward nets in each layer and how many a token passes; 0 for one and no router.
    norm : {"layernorm", "layernorm-gain", "layernorm-bare", "rmsnorm"}
        With gain and bias, gain alone, nothing; gain.
    norms_per_layer : {1, 2, 4}
        For attention and feed-forward together: one they share, one each, or one before
        and one after each. Cross-attention adds 1, 1 or 2.
    embedding_norm, final_norm : bool
        In each stack, after the embedding and after the last layer.
    positions : {"none", "fixed", "learned", "relative", "rotary", "ALiBi"}
        Learned: a table of n_positions × d_model in each stack. Relative: one of
        n_buckets × heads in each stack, shared by its layers. The others have no parameters.
    n_positions, n_buckets : int
        Rows of those tables.
    n_token_types : int
        Rows of the table that tells sentence from sentence.
    n_embedding_tables : {1, 2, 3}
        With encoder and decoder: one for both, one each, or those and one that nothing reads.
    pooler : bool
        A square matrix with bias on top of the first token.
    output : {"none", "tied", "separate"}
        The layer that scores every token of the vocabulary.
    n_output_biases : int
        Biases of that layer, at most 2.
    transform_output : bool
        A square matrix with bias, and a norm, before that layer.
    n_labels : int
        Width of a classifier on top; 0 for none.
    bias_labels, transform_labels : bool
        Its bias, and a square matrix with bias before it.

    Raises
    ------
    ValueError
        If a value is of the wrong kind or outside its range, or two do not fit each other.

    Examples
    --------
    >>> gpt2 = TransformerConfig(50257, 768, 12, 3072, n_decoder_layers=12, bias_q=True,
    ...     bias_k=True, bias_v=True, bias_o=True, bias_up=True, bias_down=True,
    ...     final_norm=True, positions="learned", n_positions=1024, output="tied")
    >>> count(gpt2).total
    124439808
    >>> TransformerConfig(50257, 768, 11, 3072, n_decoder_layers=12)
    Traceback (most recent call last):
    ValueError: n_heads: expected a divisor of d_model = 768 where d_k is not given, got 11
    """

    vocab_size: int
    d_model: int
    n_heads: int
    d_ff: int
    n_encoder_layers: int = 0
    n_decoder_layers: int = 0
    n_decoder_heads: int | None = None
    d_decoder_ff: int | None = None
    n_kv_heads: int | None = None
    d_k: int | None = None
    d_v: int | None = None
    d_embedding: int | None = None
    bias_q: bool = False
    bias_k: bool = False
    bias_v: bool = False
    bias_o: bool = False
    bias_gate: bool = False
    bias_up: bool = False
    bias_down: bool = False
    cross_attention: bool | None = None
    qk_norm: str = "none"
    gated: bool = False
    n_experts: int = 0
    n_active_experts: int = 0
    norm: str = "layernorm"
    norms_per_layer: int = 2
    embedding_norm: bool = False
    final_norm: bool = False
    positions: str = "fixed"
    n_positions: int = 0
    n_buckets: int = 0
    n_token_types: int = 0
    n_embedding_tables: int = 1
    pooler: bool = False
    output: str = "none"
    n_output_biases: int = 0
    transform_output: bool = False
    n_labels: int = 0
    bias_labels: bool = True
    transform_labels: bool = False

    def __post_init__(self):
        choices = {"norm": NORMS, "positions": POSITIONS, "output": OUTPUTS, "qk_norm": QK_NORMS}
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if value is None and field.default is None:
                continue
            if name in choices:
                if not isinstance(value, str) or value not in choices[name]:
                    arguments.refuse(name, " or ".join(choices[name]), _came(value))
            elif field.type in (bool, bool | None):
                _flag(name, value)
            else:  # 0 means "none" where it is the default, and is nonsense elsewhere
                value = _whole(name, value, 0 if field.default == 0 else 1, LARGEST_SIZE)
                object.__setattr__(self, name, value)
        _fits(self)


class _Sizes(NamedTuple):
    """The sizes of one stack's layers."""

    H: int
    H_kv: int
    d_k: int
    d_v: int
    d_ff: int


def _sizes(config, stack):
    c, decoder = config, stack == "decoder"
    n_heads = (decoder and c.n_decoder_heads) or c.n_heads
    d_k = c.d_k or c.d_model // n_heads
    d_ff = (decoder and c.d_decoder_ff) or c.d_ff
    return _Sizes(n_heads, c.n_kv_heads or n_heads, d_k, c.d_v or d_k, d_ff)


def _stacks(config):
    """The stacks that are there, with their numbers of layers."""
    if not isinstance(config, TransformerConfig):
        came = f"a value of type {type(config).__name__}"
        arguments.refuse("config", "a TransformerConfig", came)
    layers = {"encoder": config.n_encoder_layers, "decoder": config.n_decoder_layers}
    return {stack: n for stack, n in layers.items() if n}


def _crosses(config, stack):
    both = len(_stacks(config)) == 2
    wanted = both if config.cross_attention is None else config.cross_attention
    return stack == "decoder" and wanted


def _fits(config):
    """Hold the sizes to each other."""
    c, stacks = config, _stacks(config)
    if not stacks:
        arguments.refuse("n_decoder_layers", "a layer in the encoder or the decoder", "0")
    for stack in stacks:
        name = "n_decoder_heads" if stack == "decoder" and c.n_decoder_heads else "n_heads"
        n_heads = getattr(c, name)
        if c.d_k is None and c.d_model % n_heads:
            expected = f"a divisor of d_model = {c.d_model} where d_k is not given"
            arguments.refuse(name, expected, str(n_heads))
        if n_heads % (c.n_kv_heads or n_heads):
            arguments.refuse("n_kv_heads", f"a divisor of {name} = {n_heads}", str(c.n_kv_heads))
    if not min(1, c.n_experts) <= c.n_active_experts <= c.n_experts:
        expected = f"from {min(1, c.n_experts)} to n_experts = {c.n_experts}"
        arguments.refuse("n_active_experts", expected, str(c.n_active_experts))
    if c.cross_attention and not c.n_decoder_layers:
        arguments.refuse("cross_attention", "false where there is no decoder", "true")
    if c.norms_per_layer not in (1, 2, 4):
        arguments.refuse("norms_per_layer", "1 or 2 or 4", str(c.norms_per_layer))
    if c.n_embedding_tables > (3 if len(stacks) == 2 else 1):
        expected = "at most 3 with encoder and decoder, else 1"
        arguments.refuse("n_embedding_tables", expected, str(c.n_embedding_tables))
    if c.n_output_biases > 2:
        arguments.refuse("n_output_biases", "at most 2", str(c.n_output_biases))
    for kind, rows in (("learned", "n_positions"), ("relative", "n_buckets")):
        if c.positions == kind and not getattr(c, rows):
            arguments.refuse(rows, f"at least 1 where positions are {kind}", "0")


# --- the tree ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A module of named parts, or a single array of parameters.

    Attributes
    ----------
    name : str
    parts : tuple of Part
        What it consists of; empty for an array.
    times, active_times : int
        How many there are of it, and how many of those a token meets: they differ for
        experts alone.
    kind : {"", "matrix", "bias", "gain", "table"}
        Empty for a module. A table is looked up, a matrix multiplied.
    axes : tuple of str
        The axes of an array in letters, for its formula.
    shape : tuple of int
        The same in numbers.
    tied : bool
        The array is another one under a second name and counts 0.

    Examples
    --------
    >>> tree = count(from_hf({"model_type": "gpt2"}))
    >>> tree["layers"].times, tree["layers"].total
    (12, 85054464)
    >>> tree["layers"]["self-attention"]["W_Q"].shape
    (768, 768)
    """

    name: str
    parts: tuple = ()
    times: int = 1
    active_times: int = 1
    kind: str = ""
    axes: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    tied: bool = False

    @property
    def total(self):
        """Distinct parameters in all ``times`` of it."""
        return self.times * self._each("total")

    @property
    def active(self):
        """Those of them that one token meets; a table's every row counts as met."""
        return self.active_times * self._each("active")

    def _each(self, what):
        if self.kind:
            return 0 if self.tied else math.prod(self.shape)
        return sum(getattr(part, what) for part in self.parts)

    def __getitem__(self, name):
        """The part of this name."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)

    def leaves(self):
        """Yield a ``Leaf`` for every array below, once for all ``times`` of it there."""
        if self.kind:
            yield Leaf((self.name,), self, 1, 1)
        for part in self.parts:
            for path, array, times, active_times in part.leaves():
                path = (part.name, *path) if part.parts else path
                yield Leaf(path, array, part.times * times, part.active_times * active_times)

    def as_dict(self):
        """The tree as JSON has it, with the totals written out."""
        return {
            "name": self.name,
            "times": self.times,
            "active_times": self.active_times,
            "kind": self.kind,
            "axes": list(self.axes),
            "shape": list(self.shape),
            "tied": self.tied,
            "total": self.total,
            "active": self.active,
            "parts": [part.as_dict() for part in self.parts],
        }


class Leaf(NamedTuple):
    """An array with the names that lead to it and how often it is there in all."""

    path: tuple[str, ...]
    array: Part
    times: int
    active_times: int


@arguments.named
def count(config):
    """Count a transformer's parameters.

    Parameters
    ----------
    config : TransformerConfig

    Returns
    -------
    Part
        The tree "model" of all parts, with ``total`` and ``active``. A model of one stack
        has its parts at once (embedding, layers, …); one of two has "encoder" and
        "decoder", and before them the tables that they share. What stands on top, output
        layer, pooler, classifier, belongs to the last stack.

    Raises
    ------
    ValueError
        If there are more than 2**53 − 1.

    Examples
    --------
    >>> tree = count(from_hf({"model_type": "mixtral"}))
    >>> tree.total, tree.active
    (46702792704, 12879925248)
    >>> for leaf in list(tree.leaves())[:3]:
    ...     print(*leaf.path, leaf.array.shape, leaf.times)
    embedding token table (32000, 4096) 1
    layers self-attention W_Q (4096, 4096) 32
    layers self-attention W_K (4096, 1024) 32
    """
    c, stacks = config, list(_stacks(config))
    own = len(stacks) == 1 or c.n_embedding_tables > 1
    built = [_stack(c, stack, own, stack == stacks[-1]) for stack in stacks]
    if len(stacks) == 1:
        parts = built[0]
    else:
        table = ("table", ("V", c.vocab_size), _width_of_tables(c))
        parts = _those(
            c.n_embedding_tables == 1 and _leaf("shared token table", *table),
            c.n_embedding_tables == 3 and _leaf("unused token table", *table),
            [Part(stack, parts) for stack, parts in zip(stacks, built)],
        )
    tree = Part("model", parts)
    if tree.total > LARGEST_TOTAL:
        arguments.refuse("total", f"at most {LARGEST_TOTAL} parameters", "more")
    return tree


def _stack(c, stack, owns_table, is_last):
    """The parts of the encoder or the decoder."""
    D, E, V = ("D", c.d_model), _width_of_tables(c), ("V", c.vocab_size)
    s, narrow = _sizes(c, stack), _width_of_tables(c)[0] == "d_e"
    embedding = _those(
        owns_table and _leaf("token table", "table", V, E),
        narrow and _linear("in", E, D),
        c.positions == "learned" and _leaf("position table", "table", ("n", c.n_positions), D),
        c.n_token_types and _leaf("type table", "table", ("types", c.n_token_types), D),
        c.embedding_norm and _norm(c, "norm", D),
    )
    buckets = (("buckets", c.n_buckets), ("H", s.H))
    top = _those(
        c.output != "none" and Part("output layer", _output(c, E, V)),
        c.pooler and Part("pooler", _linear("pool", E, E, 1)),
        c.n_labels and Part("classifier", _classifier(c, E)),
    )
    n_layers = _stacks(c)[stack]
    return _those(
        embedding and Part("embedding", embedding),
        Part("layers", _layer(c, s, _crosses(c, stack)), n_layers, n_layers),
        c.positions == "relative" and _leaf("relative positions", "table", *buckets),
        c.final_norm and _norm(c, "final norm", D),
        narrow and _linear("out", D, E),
        top if is_last else (),
    )


def _output(c, E, V):
    return _those(
        c.transform_output and (*_linear("dense", E, E, 1), *_norm(c, "norm", E)),
        _linear("words", E, V, c.n_output_biases, tied=c.output == "tied"),
    )


def _classifier(c, E):
    return _those(
        c.transform_labels and _linear("dense", E, E, 1),
        _linear("labels", E, ("labels", c.n_labels), c.bias_labels),
    )


def _layer(c, s, crosses):
    D = ("D", c.d_model)
    kinds = ["attention", *(["cross-attention"] if crosses else []), "feed-forward"]
    if c.norms_per_layer == 1:
        norms = ["norm", *(["cross-attention norm"] if crosses else [])]
    elif c.norms_per_layer == 2:
        norms = [f"{kind} norm" for kind in kinds]
    else:
        norms = [f"norm {side} {kind}" for kind in kinds for side in ("before", "after")]
    return _those(
        Part("self-attention", _attention(c, s)),
        crosses and Part("cross-attention", _attention(c, s)),
        Part("feed-forward", _feed_forward(c, s)),
        [_norm(c, name, D) for name in norms],
    )


def _attention(c, s):
    same = s.H_kv == s.H
    D, k, v = ("D", c.d_model), ("d_k", s.d_k), ("d_v", s.d_v)
    queries, read = _times(("H", s.H), k), _times(("H", s.H), v)
    keys, values = (_times(("H" if same else "H_kv", s.H_kv), width) for width in (k, v))
    wide = c.qk_norm == "all"
    return _those(
        _linear("Q", D, queries, c.bias_q),
        _linear("K", D, keys, c.bias_k),
        _linear("V", D, values, c.bias_v),
        _linear("O", read, D, c.bias_o),
        c.qk_norm != "none" and _norm(c, "query norm", queries if wide else k),
        c.qk_norm != "none" and _norm(c, "key norm", keys if wide else k),
    )


def _feed_forward(c, s):
    D, F = ("D", c.d_model), ("d_ff", s.d_ff)
    net = _those(
        c.gated and _linear("gate", D, F, c.bias_gate),
        _linear("up", D, F, c.bias_up),
        _linear("down", F, D, c.bias_down),
    )
    if not c.n_experts:
        return net
    router = _linear("router", D, ("E", c.n_experts))
    return (*router, Part("experts", net, c.n_experts, c.n_active_experts))


def _linear(name, rows, columns, n_biases=0, *, tied=False):
    """A matrix W and its biases b."""
    names = (f"b_{name}", f"b_{name} (unused)")[: int(n_biases)]
    return (
        _leaf(f"W_{name}", "matrix", rows, columns, tied=tied),
        *(_leaf(bias, "bias", columns) for bias in names),
    )


def _norm(c, name, width):
    """What a norm stores; nothing at all where it stores nothing."""
    stored = tuple(_leaf(kind, kind, width) for kind in NORMS[c.norm])
    return (Part(name, stored),) if stored else ()


def _leaf(name, kind, *axes, tied=False):
    letters, sizes = zip(*axes)
    return Part(name, kind=kind, axes=letters, shape=sizes, tied=tied)


def _times(a, b):
    return (f"{a[0]}·{b[0]}", a[1] * b[1])


def _width_of_tables(c):
    narrow = c.d_embedding not in (None, c.d_model)
    return ("d_e", c.d_embedding) if narrow else ("D", c.d_model)


def _those(*items):
    """The parts among items: a part, several, or nothing."""
    parts = []
    for item in items:
        if isinstance(item, Part):
            parts.append(item)
        elif item:
            parts += _those(*item)
    return tuple(parts)


# --- reading a config.json --------------------------------------------------------------


@arguments.named
def from_hf(config_json):
    """Read a Hugging Face ``config.json``.

    Parameters
    ----------
    config_json : dict
        The file's contents. ``model_type`` must be there; for what else is missing the
        family's own defaults hold. Fields without influence on parameters are not looked at.

    Returns
    -------
    TransformerConfig
        Of the first class that ``architectures`` names; without it, of ``class_of``'s.

    Raises
    ------
    ValueError
        If it is no dict, its family or class is not known, or a field is of the wrong kind,
        outside its range, or does not fit another. Whole numbers go from 1 to 10**8; 768.0
        passes for 768, since a browser could not tell them apart.

    Examples
    --------
    >>> count(from_hf({"model_type": "bert", "architectures": ["BertModel"]})).total
    109482240
    >>> from_hf({"model_type": "llama", "hidden_size": "4096"})
    Traceback (most recent call last):
    ValueError: hidden_size: expected a whole number from 1 to 100000000, got "4096"
    """
    family = _family_of(config_json)
    values, named = _read(config_json, family)
    for holds, field, expected in family["needs"]:
        if not _value(holds, values):
            default = ", its default" if config_json.get(named[field]) is None else ""
            arguments.refuse(named[field], expected.format(**values), _came(values[field]) + default)
    settings = family["is"] | _class_of(config_json, family)[1]
    return TransformerConfig(**{name: _value(e, values) for name, e in settings.items()})


@arguments.named
def parse_config(text):
    """Read the text of a ``config.json``, for ``from_hf``.

    Parameters
    ----------
    text : str
        At most 2**21 characters. JSON alone: NaN and Infinity, which Python's own reader lets
        pass, are refused. Numbers come as floats, as in a browser.

    Returns
    -------
    object

    Raises
    ------
    ValueError

    Examples
    --------
    >>> count(from_hf(parse_config('{"model_type": "gpt2", "n_layer": 24}'))).total
    209494272
    >>> parse_config("model_type: gpt2")
    Traceback (most recent call last):
    ValueError: config_json: expected JSON, got text that is none
    """
    if len(text) > LONGEST_TEXT:
        arguments.refuse("config_json", f"at most {LONGEST_TEXT} characters", str(len(text)))
    try:
        return json.loads(text, parse_int=float, parse_constant=_no_json)
    except (ValueError, RecursionError):
        came = "text that is none" if text.strip() else "an empty text"
        arguments.refuse("config_json", "JSON", came)


def _no_json(constant):
    raise ValueError(constant)


@arguments.named
def class_of(config_json):
    """Return the name of the class that ``from_hf`` counts.

    Examples
    --------
    >>> class_of({"model_type": "bert"}), class_of({"model_type": "opt"})
    ('BertModel', 'OPTForCausalLM')
    """
    return _class_of(config_json, _family_of(config_json))[0]


@functools.cache
def families():
    """Return the contents of ``families.json``, for the browser; not to be written to."""
    return json.loads(Path(__file__).with_name("families.json").read_text(encoding="utf-8"))


def published():
    """Return the published models: a list of dicts with name, config, total and source.

    Examples
    --------
    >>> len(published()), published()[0]["name"], published()[0]["total"]
    (18, 'gpt2', 124439808)
    """
    return json.loads(Path(__file__).with_name("published.json").read_text(encoding="utf-8"))


def _family_of(config_json):
    if not isinstance(config_json, dict):
        arguments.refuse("config_json", "a JSON object", _came(config_json))
    known, name = families()["families"], config_json.get("model_type")
    if not isinstance(name, str) or name not in known:
        came = _came(name) if "model_type" in config_json else "nothing"
        arguments.refuse("model_type", f"one of {', '.join(sorted(known))}", came)
    return _family(name)


@functools.cache
def _family(name):
    """One family with all that it has of the one it is like."""
    own = families()["families"][name]
    like = families()["families"].get(own.get("like"), {})
    classes = own.get("classes") or like["classes"]
    return {
        "alias": like.get("alias", {}) | own.get("alias", {}),
        "reads": families()["reads"] | like.get("reads", {}) | own.get("reads", {}),
        "needs": like.get("needs", []) + own.get("needs", []),
        "is": _spread(like.get("is", {})) | _spread(own.get("is", {})),
        "classes": {own["prefix"] + suffix: adds for suffix, adds in classes.items()},
    }


def _spread(settings):
    return {name: e for names, e in settings.items() for name in names.split()}


def _class_of(config_json, family):
    """The class's name and what it adds to the family."""
    named, classes = config_json.get("architectures"), family["classes"]
    if named is None or named == []:
        named = list(classes)
    if not isinstance(named, list) or not isinstance(named[0], str):
        arguments.refuse("architectures", "a list of names of classes", _came(named))
    if named[0] not in classes:
        arguments.refuse("architectures", f"one of {', '.join(classes)}", _came(named[0]))
    adds = classes[named[0]]
    return named[0], families()["heads"][adds] if isinstance(adds, str) else adds


def _read(config_json, family):
    """The values of the fields that the family reads, and the name under which each came."""
    came = {name for name, value in config_json.items() if value is not None}
    alias = {field: other for other, field in family["alias"].items() if other in came}
    values, named = {}, {}
    for field, spec in family["reads"].items():
        if not isinstance(spec, dict):
            spec = {"kind": "flag" if isinstance(spec, bool) else "whole", "default": spec}
        name, entries = alias.get(field, field), spec.get("entries")
        if name in config_json:
            value = _given(name, config_json[name], spec, values)
        elif entries in came:
            if not isinstance(config_json[entries], dict):
                arguments.refuse(entries, "a JSON object", _came(config_json[entries]))
            value = _whole(name, len(config_json[entries]), 1, LARGEST_FIELD)
        else:
            value = _value(spec["default"], values)
        values[field], named[field] = value, name
    return values, named


def _given(name, value, spec, values):
    """The value that a file gives; null is false, or what stands for it, or absence."""
    kind, default = spec.get("kind", "whole"), spec["default"]
    if value is None and kind == "flag":
        return False
    if value is None and ("null" in spec or isinstance(default, str | list)):
        return _value(spec.get("null", default), values)
    if kind == "flag":
        _flag(name, value)
    elif kind == "text":
        if not isinstance(value, str):
            arguments.refuse(name, "a text", _came(value))
    else:
        whole = isinstance(value, float) and value.is_integer()
        value = _whole(name, int(value) if whole else value, 1, LARGEST_FIELD)
    return value


_OPERATORS = {
    "+": operator.add,
    "*": operator.mul,
    "//": operator.floordiv,
    "<": operator.lt,
    "==": operator.eq,
    "not": operator.not_,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "if": lambda condition, a, b: a if condition else b,
    "divides": lambda a, b: b % a == 0,
    "starts": str.startswith,
}


def _value(expression, values):
    """The value of an expression of ``families.json``."""
    if isinstance(expression, list):
        name, *operands = expression
        return _OPERATORS[name](*(_value(operand, values) for operand in operands))
    return values.get(expression, expression) if isinstance(expression, str) else expression


def _whole(name, value, least, most):
    result = arguments.index(value)
    if result is None or not least <= result <= most:
        arguments.refuse(name, f"a whole number from {least} to {most}", _came(value))
    return result


def _flag(name, value):
    if not isinstance(value, bool):
        arguments.refuse(name, "true or false", _came(value))


def _came(value):
    """Say what came as JSON writes it, in the same words as the browser's half."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return json.dumps(value[:40]) + ("…" if len(value) > 40 else "")
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if not isinstance(value, int | float):
        return arguments.describe(value)
    try:
        number = float(value)
    except OverflowError:  # an int beyond all floats, which the browser reads as infinite
        number = math.inf if value > 0 else -math.inf
    return str(int(number)) if abs(number) < 1e15 and number.is_integer() else f"{number:.6g}"


# --- memory and operations --------------------------------------------------------------


@arguments.named
def bytes_of(n, number_format):
    """Return the bytes of n numbers.

    fp32: IEEE single, 4 bytes. fp16: IEEE half, and bf16: the upper half of an fp32, 2 bytes.
    int8: 1 byte, int4: two to a byte; of these the scales that come with every row or group
    are not included: a 16-bit scale for every 32 numbers makes int4 an eighth larger, one for a
    whole row hardly anything.

    Parameters
    ----------
    n : int
        At least 0.
    number_format : {"fp32", "fp16", "bf16", "int8", "int4"}

    Returns
    -------
    int
        Rounded up to a whole byte.

    Examples
    --------
    >>> bytes_of(124_439_808, "bf16"), bytes_of(3, "int4")
    (248879616, 2)
    """
    n = arguments.integer("n", n, least=0)
    bits = NUMBER_FORMATS[arguments.choice("number_format", number_format, NUMBER_FORMATS)]
    return -(-n * bits // 8)


@arguments.named
def kv_cache_bytes(config, n_tokens, batch=1, number_format="fp16", *, n_source_tokens=None):
    """Return the bytes of the keys and values that a decoder keeps while it writes.

    Each decoder layer keeps H_kv·(d_k + d_v) numbers for every token so far, and as many for
    every source token where it has cross-attention. Without a decoder there is no cache.

    Windows and the end of a learned position table are not looked at. A layer with a sliding
    window keeps no more tokens than the window has. Where all layers have the same one, put in
    the smaller of the two lengths; where windowed and full layers alternate, add up the two
    kinds, each with its own number of layers and its own length (second example).

    Parameters
    ----------
    config : TransformerConfig
    n_tokens : int
        Tokens so far, of each sequence; at least 0.
    batch : int
        Sequences, at least 1.
    number_format : {"fp32", "fp16", "bf16", "int8", "int4"}
    n_source_tokens : int, optional
        Tokens that cross-attention reads; n_tokens if not given.

    Returns
    -------
    int

    Examples
    --------
    >>> llama = from_hf({"model_type": "llama"})
    >>> kv_cache_bytes(llama, 4096) / 2**30
    2.0

    Gemma 2 9B, where every second of 42 layers has a window of 4096:

    >>> half = {"model_type": "gemma2", "num_hidden_layers": 21, "hidden_size": 3584,
    ...     "num_attention_heads": 16, "num_key_value_heads": 8}
    >>> sum(kv_cache_bytes(from_hf(half), n) for n in (8192, 4096)) / 2**30
    1.96875
    """
    n_tokens = arguments.integer("n_tokens", n_tokens, least=0)
    batch = arguments.integer("batch", batch, least=1)
    source = _source("n_source_tokens", n_source_tokens, n_tokens, least=0)
    n_layers = _stacks(config).get("decoder", 0)
    s, kept = _sizes(config, "decoder"), n_tokens + (_crosses(config, "decoder") and source)
    return bytes_of(n_layers * batch * kept * s.H_kv * (s.d_k + s.d_v), number_format)


@arguments.named
def training_bytes(n_parameters, *, number_format="bf16", master_weights=None):
    """Return what training with Adam keeps for every parameter, in bytes.

    Weights and gradients in ``number_format``, Adam's two moments in fp32, and, where
    weights are in 16 bits, an fp32 copy that takes the small steps. That makes 16 bytes a
    parameter, mixed or fp32. Activations come on top: ``activation_bytes``.

    Parameters
    ----------
    n_parameters : int
        All that are trained, for a mixture the total.
    number_format : {"fp32", "fp16", "bf16"}
    master_weights : bool, optional
        Whether the fp32 copy is kept; if not given, unless the weights are in fp32.

    Returns
    -------
    dict of str to int
        weights, gradients, moments, master_weights.

    References
    ----------
    Rajbhandari et al. 2020, §3.1; the fp32 copy: Micikevicius et al. 2018.

    Examples
    --------
    >>> sum(training_bytes(1_000_000).values())
    16000000
    """
    arguments.choice("number_format", number_format, ("fp32", "fp16", "bf16"))
    keeps = number_format != "fp32" if master_weights is None else master_weights
    _flag("master_weights", keeps)
    once, single = bytes_of(n_parameters, number_format), bytes_of(n_parameters, "fp32")
    return {
        "weights": once,
        "gradients": once,
        "moments": 2 * single,
        "master_weights": single if keeps else 0,
    }


@arguments.named
def activation_bytes(
    config, batch, n_tokens, number_format="bf16", *, n_source_tokens=None, recompute="attention"
):
    """Return the bytes of the activations that training keeps for the backward pass.

    It is a model of a program: what is kept are the tensors that ``shapes_through`` lists, in
    every layer, each once. A real program keeps some more (the gate's branch, a second tensor
    for an activation function, masks of dropout, the gradient of the scores) and frees some.

    Parameters
    ----------
    config : TransformerConfig
    batch, n_tokens : int
        Sequences and tokens of each, at least 1.
    number_format : {"fp32", "fp16", "bf16"}
    n_source_tokens : int, optional
        Tokens of the encoder, n_tokens if not given.
    recompute : {"nothing", "attention", "layers"}
        What the backward pass computes again. "attention": the weights, (B, H, N, N) in each
        layer, so that what is kept grows with N and not with N². "layers": of each layer its
        output alone is kept, and the rest, without weights, of one layer at a time.

    Returns
    -------
    int
        Without the token numbers themselves.

    References
    ----------
    Dao et al. 2022; Chen et al. 2016.

    Examples
    --------
    >>> llama = from_hf({"model_type": "llama"})
    >>> for what in RECOMPUTED:
    ...     print(what, round(activation_bytes(llama, 1, 4096, recompute=what) / 2**30, 2))
    nothing 44.99
    attention 12.99
    layers 1.7
    """
    arguments.choice("number_format", number_format, ("fp32", "fp16", "bf16"))
    arguments.choice("recompute", recompute, RECOMPUTED)
    outside, weights, outputs = 0, 0, {}
    n_layers = _stacks(config)
    layers = dict.fromkeys(n_layers, 0)
    for step in shapes_through(config, batch, n_tokens, n_source_tokens):
        size = bytes_of(math.prod(step.shape), number_format)
        if step.name == "attention weights":
            weights += step.times * size
        elif step.name in _AROUND_LAYERS:
            outside += size
        elif step.name != "tokens":
            layers[step.stack] += size
            outputs[step.stack] = size  # a layer's last step
    if recompute == "layers":
        outputs = sum(n * outputs[stack] for stack, n in n_layers.items())
        return outside + outputs + max(layers.values())
    kept = outside + sum(n * layers[stack] for stack, n in n_layers.items())
    return kept + weights if recompute == "nothing" else kept


@arguments.named
def multiply_adds_per_token(config, n_tokens, n_source_tokens=None):
    """Return the multiply-adds of the forward pass, for one token.

    A token is multiplied by every matrix on its way, tied ones too, and by those of the
    experts that it passes: as many multiply-adds as the matrix has entries. Its queries
    meet n_tokens keys and gather as many values, H·(d_k + d_v) each, in every layer. That
    part grows with the length. One multiply-add is two operations (FLOPs); the backward pass
    takes twice the forward pass.

    Not in it: looking up tables, biases, norms, softmax and activations, which together are
    a small share; pooler and classifier, which work once a sequence.

    Parameters
    ----------
    config : TransformerConfig
    n_tokens : int
        Keys that the token meets in its own stack, at least 1: the whole sequence in an
        encoder, itself and what precedes it in a decoder.
    n_source_tokens : int, optional
        Tokens of the encoder, n_tokens if not given.

    Returns
    -------
    dict of str to int
        encoder_matrices and encoder_attention, for a token of the source;
        cross_keys_values, for a token of the source too: the decoder's W_K and W_V;
        decoder_matrices, decoder_attention and cross_attention, for a token of the target.

    Examples
    --------
    >>> gpt2 = from_hf({"model_type": "gpt2"})
    >>> work = multiply_adds_per_token(gpt2, 1024)
    >>> work["decoder_matrices"], work["decoder_attention"]
    (123532032, 18874368)
    """
    n_tokens = arguments.integer("n_tokens", n_tokens, least=1)
    source = _source("n_source_tokens", n_source_tokens, n_tokens, least=1)
    tree, stacks = count(config), _stacks(config)
    lengths = {"encoder": source, "decoder": n_tokens} if len(stacks) == 2 else {}
    work = dict.fromkeys(
        [
            "encoder_matrices",
            "encoder_attention",
            "cross_keys_values",
            "decoder_matrices",
            "decoder_attention",
            "cross_attention",
        ],
        0,
    )
    for stack, n_layers in stacks.items():
        s = _sizes(config, stack)
        for path, array, _, times in (tree[stack] if len(stacks) == 2 else tree).leaves():
            if array.kind != "matrix" or path[0] in ("pooler", "classifier"):
                continue
            crossing = path[-2:] in (("cross-attention", "W_K"), ("cross-attention", "W_V"))
            name = "cross_keys_values" if crossing else f"{stack}_matrices"
            work[name] += times * math.prod(array.shape)
        attends = n_layers * s.H * (s.d_k + s.d_v)
        work[f"{stack}_attention"] = attends * lengths.get(stack, n_tokens)
        if _crosses(config, stack):
            work["cross_attention"] = attends * source
    return work


_AROUND_LAYERS = ("token table", "embedding", "final norm", "scores of the words")


class Step(NamedTuple):
    """The tensor after one step; ``residual`` where the step added to what came before."""

    stack: str
    name: str
    shape: tuple[int, ...]
    residual: bool
    times: int


@arguments.named
def shapes_through(config, batch, n_tokens, n_source_tokens=None):
    """List the shape of the tensor after each step through encoder and decoder.

    The steps of a layer are listed once, with ``times`` layers. Every sub-layer ends in
    (B, N, D), as its input is added to its output.

    It is the list of a plain block, whatever the config says of norms: sub-layers one after
    another, each with one norm, before it where the stack ends in a final norm (pre-norm), else
    after the addition (post-norm). So of Gemma 2's four norms a layer two are listed; Phi's and
    Falcon's sub-layers, which run side by side behind one norm and have one addition, are listed
    in turn with two; and norms after the embedding, of queries and keys, in the transformation
    before the scores, are not listed, nor are a gate's own output, pooler and classifier. Norms
    keep a shape, so no other step changes by that. ``count`` has every norm.

    Parameters
    ----------
    config : TransformerConfig
    batch, n_tokens : int
        Sequences and tokens of each, at least 1.
    n_source_tokens : int, optional
        Tokens of the encoder, n_tokens if not given.

    Returns
    -------
    list of Step

    Examples
    --------
    >>> steps = shapes_through(from_hf({"model_type": "gpt2"}), 8, 100)
    >>> [step.shape for step in steps if step.residual]
    [(8, 100, 768), (8, 100, 768)]
    >>> steps[-1].name, steps[-1].shape
    ('scores of the words', (8, 100, 50257))
    """
    B = arguments.integer("batch", batch, least=1)
    n_tokens = arguments.integer("n_tokens", n_tokens, least=1)
    source = _source("n_source_tokens", n_source_tokens, n_tokens, least=1)
    c, steps, stacks = config, [], _stacks(config)
    for stack, n_layers in stacks.items():
        N = source if stack == "encoder" and len(stacks) == 2 else n_tokens
        s, wide, crosses = _sizes(c, stack), (B, N, c.d_model), _crosses(c, stack)

        def step(name, *shape, residual=False, times=n_layers, stack=stack):
            steps.append(Step(stack, name, shape, residual, times))

        def sub_layer(name, *inner):
            if c.final_norm:
                step("norm", *wide)
            for label, *shape in inner:
                step(label, *shape)
            step(name, *wide)
            step("input added", *wide, residual=True)
            if not c.final_norm:
                step("norm", *wide)

        def attention(name, keys):
            sub_layer(
                name,
                ("queries", B, s.H, N, s.d_k),
                ("keys", B, s.H_kv, keys, s.d_k),
                ("values", B, s.H_kv, keys, s.d_v),
                ("attention weights", B, s.H, N, keys),
                ("heads", B, s.H, N, s.d_v),
            )

        step("tokens", B, N, times=1)
        if _width_of_tables(c)[0] == "d_e":
            step("token table", B, N, c.d_embedding, times=1)
        step("embedding", *wide, times=1)
        attention("self-attention", N)
        if crosses:
            attention("cross-attention", source)
        if c.n_experts:
            hidden = [("router", B, N, c.n_experts), ("hidden", B, N, c.n_active_experts, s.d_ff)]
        else:
            hidden = [("hidden", B, N, s.d_ff)]
        sub_layer("feed-forward", *hidden)
        if c.final_norm:
            step("final norm", *wide, times=1)
    if c.output != "none":
        step("scores of the words", B, N, c.vocab_size, times=1)
    return steps


def _source(name, value, otherwise, *, least):
    return otherwise if value is None else arguments.integer(name, value, least=least)
