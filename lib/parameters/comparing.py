"""Two models beside each other: which parts both have, and what is in each."""

import math
from typing import NamedTuple

from .. import arguments
from ._models import tree_within
from ._stacks import source_tokens


class Size(NamedTuple):
    """What is in a part of a model: parameters, numbers that it keeps of a text, and multiply-adds for the text's next token."""

    parameters: int = 0
    cached: int = 0
    multiply_adds: int = 0


@arguments.named
def compare(model, other, n_tokens, n_source_tokens=None):
    """Align the parts of two models, and measure each.

    Parts are those of a layer, of all layers together whatever their kind, and those around the layers;
    norms are one part. A part that one of the two doesn't have is there with zeros.

    Parameters
    ----------
    model, other : TransformerConfig, Count or dict
        As for ``cache_bytes``.
    n_tokens : int
        Tokens so far, at least 1, and at most the places of a learned position table.
    n_source_tokens : int, optional
        Tokens that cross-attention reads; n_tokens if not given.

    Returns
    -------
    dict of str to (Size, Size)
        In the order of the first, then what only the second has. Parameters add up to ``Count.total``,
        what is cached to ``cache_bytes`` in numbers, and multiply-adds to ``multiply_adds_per_token``.

    Examples
    --------
    >>> for part, (llama, gemma) in compare({"model_type": "llama"}, {"model_type": "gemma3_text"}, 8192).items():
    ...     print(part, llama.cached, gemma.cached)
    embedding 0 0
    self-attention 2147483648 251658240
    feed-forward 0 0
    norms 0 0
    output layer 0 0
    """
    n_tokens = arguments.integer("n_tokens", n_tokens, least=1)
    source = source_tokens("n_source_tokens", n_source_tokens, n_tokens, least=1)
    one, two = (_sizes(tree_within("n_tokens", n_tokens, which), n_tokens, source) for which in (model, other))
    return {name: (one.get(name, Size()), two.get(name, Size())) for name in one | two}


def _sizes(tree, n_tokens, source):
    """The size of each part by its name."""
    both = any(part.name == "decoder" for part in tree.parts)
    found = {}

    def add(path, **sizes):
        name = _name(path)
        before = found.get(name, Size())
        found[name] = before._replace(**{what: getattr(before, what) + size for what, size in sizes.items()})

    def visit(part, path, times, passes):
        length = source if both and path[:1] == ["encoder"] else n_tokens
        times, passes = times * part.times, passes * part.passes
        if part.kind:
            size = math.prod(part.shape)
            return add(path, parameters=times * size * (not part.tied), multiply_adds=passes * size * (part.kind == "matrix"))
        for kept in part.caches:
            add(path, cached=times * kept.size * kept.tokens(n_tokens, source))
        for met in part.meets:
            add(path, multiply_adds=passes * met.size * met.tokens(length, source))
        for inside in part.parts:
            visit(inside, [*path, inside.name] if inside.parts else path or [inside.name], times, passes)

    visit(tree, [], 1, 1)
    return found


def _name(path):
    """What a part is called, wherever it stands in its model."""
    names = [name.split(" (")[0] for name in path if name != "language model"]
    stack = f"{names.pop(0)}, " if names[0] in ("encoder", "decoder") and len(names) > 1 else ""
    name = names[1] if names[0] == "layers" and len(names) > 1 else names[0]
    return stack + ("norms" if "norm" in name else name)
