"""A tree of parts, built from blocks of ``families.json``.

An item of a block is one of

- the name of a block, whose items stand there;
- ``[name, kind, axes]``, an array: "table", "matrix", "bias", "gain" or "other", its axes products of names
  ("V, D", "D, H·d_k"); a name that stands for a text stands for the name in it;
- ``[name, "linear", axes, biases, tied]``, a matrix W and its biases; ``[name, "norm", axes, kind]``;
- ``["if", condition, items...]``;
- an object: ``parts`` under a ``name``, ``times`` (of which a token meets ``active``); ``passes``, how often a token
  goes through all of them where that is not ``active`` (without a name: through each part); ``with``, names for
  what is inside; ``block``, an expression for a block's name; ``nested``, a part of the file with a family
  of its own; ``layers``, how many there are: what differs between them is said by the family's ``each``,
  expressions in the layer's number ``i``, and layers of one kind are one part.

``cache`` of an object lists what it keeps while it writes: [name, size, length], where the length is "all",
"source", "once" or a window; 0 is none; of groups of tokens, what ``Amount`` says. ``meets`` lists in the same way the multiply-adds of a token that are not
those of matrices: with keys and values, or in one step of a recurrence, where it is outer products and products of the
state with a vector, and no scaling, that count.
"""

from collections import Counter
from dataclasses import replace

from .. import arguments
from ._expressions import Scope, evaluate
from .config import NORMS
from .tree import Amount, Part

LARGEST_TOTAL = 2**53 - 1  # JavaScript's largest exact whole number
MOST_KINDS = 10_000  # layers that are looked at one by one


def counted(scope):
    """The part "model" with the block of this name in it, where a browser can hold its total."""
    tree = Part("model", _parts(["model"], scope))
    if tree.total > LARGEST_TOTAL:
        arguments.refuse("total", f"at most {LARGEST_TOTAL} parameters", "more")
    return tree


def _parts(items, scope):
    return tuple(part for item in items for part in _of(item, scope))


def _of(item, scope):
    if isinstance(item, str):
        block = scope.family["blocks"][item]
        return _parts(block if isinstance(block, list) else [block], scope)
    if isinstance(item, list):
        if item[0] != "if":
            return _array(scope, *item)
        return _parts(item[2:], scope) if evaluate(item[1], scope) else ()
    scope = scope.within(item.get("with", {}))
    if "block" in item:
        return _of(evaluate(item["block"], scope), scope)
    if "layers" in item:
        return _layers(item, scope)
    parts = _parts(["model"], scope[item["nested"]]) if "nested" in item else _parts(item["parts"], scope)
    if "name" not in item:
        return tuple(replace(part, passes=evaluate(item["passes"], scope)) for part in parts) if "passes" in item else parts
    times = evaluate(item.get("times", 1), scope)
    if not (parts and times):
        return ()
    active = evaluate(item["active"], scope) if "active" in item else times
    passes = evaluate(item["passes"], scope) if "passes" in item else active
    cached = _amounts(scope, item["cache"]) if "cache" in item and scope["writes"] else ()
    met = _amounts(scope, item.get("meets", ()))
    return (Part(item["name"], parts, times, active, passes=passes, caches=cached, meets=met),)


def _layers(item, scope):
    kinds, n_layers = Counter(), evaluate(item["layers"], scope)
    for i in range(n_layers):
        layer = Scope({}, {"i": i}, outer=scope)
        kind = tuple(evaluate(expression, layer) for expression in scope.family["each"].values())
        if "i" not in layer.values:  # nobody asked which layer it is: all are alike
            kinds[kind] = n_layers
            break
        if n_layers > MOST_KINDS:
            arguments.refuse("layers", f"at most {MOST_KINDS} where they are of several kinds", str(n_layers))
        kinds[kind] += 1
    made = []
    for values, times in kinds.items():
        named = dict(zip(scope.family["each"], values))
        differ = [_words(name, named[name]) for i, name in enumerate(named) if len({kind[i] for kind in kinds}) > 1]
        name = f"{item['name']} ({', '.join(differ)})" if differ else item["name"]
        made.append(Part(name, _parts(item["parts"], Scope(named, outer=scope)), times, times, passes=times))
    return tuple(made)


def _words(name, value):
    """What makes a kind of layer differ from another, in words."""
    if isinstance(value, str):
        return value
    return name if value is True else f"{name} {value}" if value else f"no {name}"


def _array(scope, name, kind, axes, *more):
    if isinstance(axes, list):
        axes = evaluate(axes, scope)
    if kind == "linear":
        return _linear(scope, name, axes, *more)
    if kind == "norm":
        stored = NORMS[evaluate(more[0] if more else "norm", scope)]
        arrays = tuple(_leaf(scope, kind, kind, axes) for kind in stored)
        return (Part(name, arrays),) if arrays else ()
    return (_leaf(scope, name, kind, axes),)


def _linear(scope, name, axes, n_biases=0, tied=False):
    biases = (f"b_{name}", f"b_{name} (unused)")[: int(evaluate(n_biases, scope))]
    wide = axes.split(", ")[1]
    matrix = _leaf(scope, f"W_{name}", "matrix", axes, tied=evaluate(tied, scope))
    return (matrix, *(_leaf(scope, bias, "bias", wide) for bias in biases))


def _leaf(scope, name, kind, axes, *, tied=False):
    letters, sizes = zip(*(_axis(axis, scope) for axis in axes.split(", ")))
    return Part(name, kind=kind, axes=letters, shape=sizes, tied=tied)


def _amounts(scope, entries):
    return tuple(Amount(name, *_axis(size, scope), evaluate(length, scope)) for name, size, length in entries)


def _axis(text, scope):
    """An axis in letters and in numbers."""
    letters, size = [], 1
    for letter in text.split("·"):
        value = int(letter) if letter.isdigit() else scope[letter]
        while isinstance(value, str):
            letter, value = value, scope[value]
        letters.append(letter)
        size *= value
    return "·".join(letters), size
