"""Hugging Face's ``config.json`` read as a config, by the rules in ``families.json``, and published models."""

import functools
import json
import operator
from pathlib import Path

from .. import arguments
from ._checks import as_json, flag, whole_number
from .config import TransformerConfig

LARGEST_FIELD = 10**8  # of a config.json: four times as much is still a size
LONGEST_TEXT = 2**21  # characters of a config.json; a thousand times the usual one


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
            arguments.refuse(named[field], expected.format(**values), as_json(values[field]) + default)
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
        arguments.refuse("config_json", "a JSON object", as_json(config_json))
    known, name = families()["families"], config_json.get("model_type")
    if not isinstance(name, str) or name not in known:
        came = as_json(name) if "model_type" in config_json else "nothing"
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
        arguments.refuse("architectures", "a list of names of classes", as_json(named))
    if named[0] not in classes:
        arguments.refuse("architectures", f"one of {', '.join(classes)}", as_json(named[0]))
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
                arguments.refuse(entries, "a JSON object", as_json(config_json[entries]))
            value = whole_number(name, len(config_json[entries]), 1, LARGEST_FIELD)
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
        flag(name, value)
    elif kind == "text":
        if not isinstance(value, str):
            arguments.refuse(name, "a text", as_json(value))
    else:
        whole = isinstance(value, float) and value.is_integer()
        value = whole_number(name, int(value) if whole else value, 1, LARGEST_FIELD)
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
