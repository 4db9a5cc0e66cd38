"""A transformer's matrices, biases, gains and tables, built as a tree from its config."""

from .. import arguments
from ._stacks import reads_source, sizes_of, stacks_of, width_of_tables
from .config import NORMS
from .tree import Part

LARGEST_TOTAL = 2**53 - 1  # JavaScript's largest exact whole number


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
    c, stacks = config, list(stacks_of(config))
    own = len(stacks) == 1 or c.n_embedding_tables > 1
    built = [_stack(c, stack, own, stack == stacks[-1]) for stack in stacks]
    if len(stacks) == 1:
        parts = built[0]
    else:
        table = ("table", ("V", c.vocab_size), width_of_tables(c))
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
    D, E, V = ("D", c.d_model), width_of_tables(c), ("V", c.vocab_size)
    s, narrow = sizes_of(c, stack), width_of_tables(c)[0] == "d_e"
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
    n_layers = stacks_of(c)[stack]
    return _those(
        embedding and Part("embedding", embedding),
        Part("layers", _layer(c, s, reads_source(c, stack)), n_layers, n_layers),
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
    return _those(c.transform_labels and _linear("dense", E, E, 1), _linear("labels", E, ("labels", c.n_labels), c.bias_labels))


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
    net = _those(c.gated and _linear("gate", D, F, c.bias_gate), _linear("up", D, F, c.bias_up), _linear("down", F, D, c.bias_down))
    if not c.n_experts:
        return net
    router = _linear("router", D, ("E", c.n_experts))
    return (*router, Part("experts", net, c.n_experts, c.n_active_experts))


def _linear(name, rows, columns, n_biases=0, *, tied=False):
    """A matrix W and its biases b."""
    names = (f"b_{name}", f"b_{name} (unused)")[: int(n_biases)]
    return (_leaf(f"W_{name}", "matrix", rows, columns, tied=tied), *(_leaf(bias, "bias", columns) for bias in names))


def _norm(c, name, width):
    """What a norm stores; nothing at all where it stores nothing."""
    stored = tuple(_leaf(kind, kind, width) for kind in NORMS[c.norm])
    return (Part(name, stored),) if stored else ()


def _leaf(name, kind, *axes, tied=False):
    letters, sizes = zip(*axes)
    return Part(name, kind=kind, axes=letters, shape=sizes, tied=tied)


def _times(a, b):
    return (f"{a[0]}·{b[0]}", a[1] * b[1])


def _those(*items):
    """The parts among items: a part, several, or nothing."""
    parts = []
    for item in items:
        if isinstance(item, Part):
            parts.append(item)
        elif item:
            parts += _those(*item)
    return tuple(parts)
