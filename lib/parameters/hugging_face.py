"""Hugging Face's ``config.json`` read as a config, by the rules in ``families.json``, and published models."""

import json
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from .. import arguments
from ._building import counted
from ._checks import as_json
from ._expressions import evaluate
from ._family import families, family_named
from ._reading import assumed_in, bare_class, class_and_what_it_adds, family_of, heads_of, scope_of, scopes_in
from ._text import read
from ._weights import indexed, is_header, is_index, stored
from .config import TransformerConfig
from .tree import Part

LONGEST_TEXT = 2**24  # characters of a config.json: 16 MB, of which lists of quantized layers are most


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
    family = family_of(config_json)
    adds = class_and_what_it_adds(config_json, family)[1]
    scope = scope_of(config_json, family, adds)
    if not family["is plain"]:
        expected = "a family whose layers are those of a TransformerConfig (count_hf counts the others)"
        arguments.refuse("model_type", expected, as_json(config_json["model_type"]))
    return TransformerConfig(**{field.name: scope[field.name] for field in fields(TransformerConfig)})


class Count(NamedTuple):
    """What a ``config.json`` says of a model's parameters, and what it doesn't.

    Attributes
    ----------
    total : int
        Distinct parameters.
    tree : Part
    complete : bool
        False where a part is not counted, or a class or type is not known.
    left_out : tuple of str
        The parts that are not counted.
    assumed : dict of str to int
        Sizes that the file does not give under any name, with the values taken: the family's.
    notices : tuple of str
        What else a reader must know of the number.
    counted_as : str
        The name of the class.
    places : int or None
        How many positions a learned table has: no text is longer. None where there is none.
    sizes : dict of str to int
        vocab_size, d_model, n_layers, n_heads, d_ff; of several models, the first one's; 0 for none.
    """

    total: int
    tree: Part
    complete: bool
    left_out: tuple[str, ...]
    assumed: dict[str, int]
    notices: tuple[str, ...]
    counted_as: str
    places: int | None
    sizes: dict[str, int]


_SIZES = ("vocab_size", "d_model", "n_heads", "d_ff", "n_layers")
# What a decoder of the usual kind can't do without; a file of an unknown type that has all of it is counted as a llama's.
_FAMILIAR = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")


@arguments.named
def count_hf(config_json):
    """Count what a Hugging Face ``config.json`` describes, and say what the number leaves open.

    Parameters
    ----------
    config_json : dict
        As for ``from_hf``; here also files whose layers are of several kinds, and nested ones; the
        params.json of Meta's and Mistral's releases; the header of a .safetensors file, of which
        the elements are counted that it stores; and a model.safetensors.index.json, whose bytes are
        divided by 2 where it has no total: then it is not complete.

    Returns
    -------
    Count
        Of the first class that ``architectures`` names. A class that is not known counts as the
        family's bare model, a type that is not known as a llama if it has a llama's fields, and
        both are marked: ``complete`` is False.

    Raises
    ------
    ValueError
        As ``from_hf``.

    Examples
    --------
    >>> counted = count_hf({"model_type": "gpt2", "n_embd": 1024, "n_layer": 24, "n_head": 16})
    >>> counted.total, counted.complete, counted.assumed
    (354823168, True, {'vocab_size': 50257, 'n_positions': 1024})
    """
    if isinstance(config_json, dict) and is_header(config_json):
        tree, said = stored(config_json)
        return Count(tree.total, tree, True, (), {}, (said,), "weights as stored", None, dict.fromkeys(_SIZES, 0))
    if isinstance(config_json, dict) and is_index(config_json):
        tree, said, assumed = indexed(config_json)
        left_out = ("how many bits a number has, and shapes: they are in the files",) if assumed else ()
        return Count(tree.total, tree, not assumed, left_out, assumed, (said,), "weights as indexed", None, dict.fromkeys(_SIZES, 0))
    family, notices, left_out = _family_or_llama(config_json)
    name, adds, more = _class_or_bare(config_json, family)
    left_out += more
    scope = scope_of(config_json, family, adds)
    tree = counted(scope)
    for inside in scopes_in(scope):
        for entries, into in ((inside.family["left_out"], left_out), (inside.family["notices"], notices)):
            into += [text.format_map(inside) for condition, text in entries if evaluate(condition, inside)]
    for field, words in _BESIDE.items():
        if config_json.get(field):
            notices.append(words.format(name))
    assumed = assumed_in(scope)
    places = scope["places"] if scope["positions"] == "learned" else None
    return Count(tree.total, tree, not left_out, tuple(left_out), assumed, tuple(notices), name, places, _sizes_of(scope))


def _sizes_of(scope):
    while scope.family["nested"]:
        scope = scope[next(iter(scope.family["nested"]))]
    n_layers = max(scope["n_encoder_layers"], scope["n_decoder_layers"])
    return {name: scope[name] or 0 for name in _SIZES[:-1]} | {"n_layers": n_layers}


_BESIDE = {
    "auto_map": "auto_map: the model has code of its own; counted is what the library’s {} is made of",
    "quantization_config": "quantization_config: the weights are stored in fewer bits; counted are the parameters that they stand for",
    "quantization": "quantization: the weights are stored in fewer bits; counted are the parameters that they stand for",
}


def _family_or_llama(config_json):
    """The family, and what is to be said where it isn't the file's own: notices, and what is left out."""
    try:
        return family_of(config_json), [], []
    except ValueError:
        if not isinstance(config_json, dict):
            raise
        other = next((what for field, what in families()["others"] if field in config_json), None)
        if other and "model_type" not in config_json:
            arguments.refuse("config_json", "a config.json", other)
        if not all(config_json.get(name) for name in _FAMILIAR):
            raise
    came = as_json(config_json.get("model_type"))
    notices = [f"model_type: {came} is not known; its fields are counted as a llama’s would be"]
    return family_named("llama"), notices, ["whatever else the model has than a llama"]


def _class_or_bare(config_json, family):
    """The class's name, what it adds to the family, and what is left out if it isn't known."""
    try:
        return *class_and_what_it_adds(config_json, family), []
    except ValueError:
        named = config_json["architectures"]
        if not isinstance(named, list) or not isinstance(named[0], str):
            raise
    bare = bare_class(family)
    return bare, heads_of(family["classes"][bare]), [f"whatever {named[0][:60]} has beside {bare}"]


@arguments.named
def parse_config(text):
    """Read the text of a ``config.json``, for ``from_hf`` and ``count_hf``.

    Parameters
    ----------
    text : str
        At most 2**24 characters. JSON, or what people paste for it: with comments, a comma too
        many, in a Markdown fence, as Python prints a config or a dict. Nothing is evaluated.
        Numbers come as floats, as in a browser; NaN and infinite ones are left to whoever reads
        the field.

    Returns
    -------
    object

    Raises
    ------
    ValueError
        With line, column and what stands there.

    Examples
    --------
    >>> count(from_hf(parse_config('{"model_type": "gpt2", "n_layer": 24}'))).total
    209494272
    >>> parse_config("LlamaConfig {'hidden_size': 4096, 'tie_word_embeddings': False,}")
    {'hidden_size': 4096.0, 'tie_word_embeddings': False}
    >>> parse_config("model_type: gpt2")
    Traceback (most recent call last):
    ValueError: config_json: expected a value in line 1, column 1, got "model_type: gpt2"
    """
    return read_text(text)[0]


@arguments.named
def read_text(text):
    """Read a text as ``parse_config`` does; return the object, and a list of what has to be said of how it was read."""
    if len(text) > LONGEST_TEXT:
        arguments.refuse("config_json", f"at most {LONGEST_TEXT} characters", str(len(text)))
    try:
        return json.loads(text, parse_int=float, parse_constant=_no_json), []
    except (ValueError, RecursionError):
        config_json, over = read(text)
    return config_json, [f"The text is not quite JSON: {', '.join(over)} in it"] if over else []


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
    return class_and_what_it_adds(config_json, family_of(config_json))[0]


def published():
    """Return the published models: a list of dicts with name, config, total and source.

    Examples
    --------
    >>> len(published()), published()[0]["name"], published()[0]["total"]
    (18, 'gpt2', 124439808)
    """
    return json.loads(Path(__file__).with_name("published.json").read_text(encoding="utf-8"))


def recent():
    """Return published models of 2024 to 2026, as ``published``; most have layers that no TransformerConfig says.

    Examples
    --------
    >>> {model["name"]: model["total"] for model in recent()}["DeepSeek-V3"]
    671026404352
    """
    return json.loads(Path(__file__).with_name("recent.json").read_text(encoding="utf-8"))
