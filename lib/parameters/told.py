"""A number that somebody gave for a model, and the way of counting that leads to it."""

import math
import re
from itertools import combinations

from .. import arguments
from ._models import tree_and_places

_UNITS = {"": 0, "k": 3, "m": 6, "b": 9, "g": 9, "t": 12}
_NUMBER = re.compile(r"\s*([0-9]+(?:[,_ ’'][0-9]{3})*)(?:\.([0-9]+))?\s*([kmbgt]?)\s*", re.IGNORECASE)


@arguments.named
def parse_number(text):
    """Read a number of parameters as people write it.

    Parameters
    ----------
    text : str
        "163,037,184", "124M", "1.5B".

    Returns
    -------
    tuple of int
        The number, and the place to which it is given: 10**6 for "124M", 1 for one without zeros at its end.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> parse_number("163,037,184"), parse_number("1.5B"), parse_number("124000000")
    ((163037184, 1), (1500000000, 100000000), (124000000, 1000000))
    """
    found = _NUMBER.fullmatch(text)
    expected = "a number such as 163,037,184 or 124M"
    if not found:
        arguments.refuse("told", expected, repr(text[:40]))
    whole, part, unit = re.sub("[^0-9]", "", found[1]), found[2] or "", _UNITS[found[3].lower()]
    if len(part) > unit or len(whole) + unit > 15:
        arguments.refuse("told", expected, repr(text[:40]))
    digits = whole + part
    places = unit - len(part)
    number = int(digits) * 10**places
    if not found[3]:
        places = len(digits) - len(digits.rstrip("0")) if number else 0
    return number, 10**places


@arguments.named
def told(number, model, *, place=1):
    """Return the ways of counting a model that give a number.

    Known are: a tied output layer counted as one of its own; tables, an output layer, biases, norms or gates
    left out; keys and values as wide as queries; one expert for all; the experts that a token meets; the
    vocabulary filled up to a multiple of 64 to 1024; any two of them; and each of these rounded.

    Parameters
    ----------
    number : int
        At least 1.
    model : TransformerConfig, Count, dict or Part
        As for ``cache_bytes``, or a tree.
    place : int
        The place to which the number is given, as ``parse_number`` says: from 1000 on it counts as rounded.

    Returns
    -------
    list of str
        Those that take the fewest steps; empty if none gives the number.

    Examples
    --------
    >>> told(163_037_184, {"model_type": "gpt2"})
    ['a tied output layer counted as one of its own']
    >>> told(124_000_000, {"model_type": "gpt2"}, place=10**6)
    ['every parameter once, rounded']
    >>> told(117_000_000, {"model_type": "gpt2"}, place=10**6)
    []
    """
    number = arguments.integer("number", number, least=1)
    place = arguments.integer("place", place, least=1)
    tree = tree_and_places(model)[0]
    ways = _ways_of(tree)
    for steps in range(3):
        chosen = [way for way in combinations(ways, steps) if len({kind for _, kind, _ in way}) == steps]
        for rounded in (False, True) if place >= 1000 else (False,):
            found = []
            for way in chosen:
                total = tree.total + sum(difference for *_, difference in way)
                if (2 * abs(total - number) <= place) if rounded else total == number:
                    words = " and ".join(words for words, *_ in way) or "every parameter once"
                    found.append(words + ", rounded" * rounded)
            if found:
                return found
    return []


def _ways_of(tree):
    """The ways of counting that make a difference: (words, what they are about, by how much)."""
    leaves = [leaf for leaf in tree.leaves() if not leaf.array.tied]

    def those(holds):
        return sum(times * math.prod(array.shape) for path, array, times, _ in leaves if holds(path, array))

    def named(*ends):
        return -those(lambda path, array: array.kind == "table" and array.name.endswith(ends))

    tied = sum(leaf.times * math.prod(leaf.array.shape) for leaf in tree.leaves() if leaf.array.tied)
    norms = -those(lambda path, array: array.kind == "gain" or array.name == "bias")
    ways = [
        ("a tied output layer counted as one of its own", "output", tied),
        ("no output layer", "output", -those(lambda path, array: "output layer" in path)),
        ("no token table", "tables", named("token table")),
        ("no table of positions", "tables", named("position table", "relative positions")),
        ("no tables", "tables", -those(lambda path, array: array.kind == "table")),
        ("no biases", "biases", -those(lambda path, array: array.kind == "bias" and array.name != "bias")),
        ("no norms", "norms", norms),
        ("no gates", "gates", -those(lambda path, array: array.name in ("W_gate", "b_gate"))),
        ("keys and values as wide as queries", "keys", _full_keys(tree, 1)),
        ("one expert for all", "experts", _one_expert(tree, 1)),
        ("the experts that a token meets", "experts", tree.active - tree.total),
    ]
    for multiple in (64, 128, 256, 512, 1024):
        padded = sum(
            times * math.prod(array.shape) // array.shape[side] * (-array.shape[side] % multiple)
            for _, array, times, _ in leaves
            for side, letter in enumerate(array.axes)
            if letter == "V"
        )
        ways.append((f"a vocabulary filled up to a multiple of {multiple}", "vocabulary", padded))
    return [way for way in ways if way[2]]


def _full_keys(part, times):
    """By how much W_K and W_V grow where they are as wide as W_Q."""
    times *= part.times
    widths = {inside.name: inside.shape for inside in part.parts if inside.kind}
    grown = 0
    if {"W_Q", "W_K", "W_V"} <= set(widths):
        for name in "KV":
            wider = widths["W_Q"][1] - widths[f"W_{name}"][1]
            grown += times * wider * (widths[f"W_{name}"][0] + (f"b_{name}" in widths))
    return grown + sum(_full_keys(inside, times) for inside in part.parts)


def _one_expert(part, times):
    """By how much a model shrinks that has one expert in each layer."""
    if part.name == "experts":
        return -times * (part.times - 1) * part.total // part.times
    return sum(_one_expert(inside, times * part.times) for inside in part.parts)
