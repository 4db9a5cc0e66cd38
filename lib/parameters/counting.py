"""A transformer's matrices, biases, gains and tables, built as a tree from its config."""

from dataclasses import asdict

from .. import arguments
from ._building import counted
from ._expressions import Scope
from ._family import family_named
from ._stacks import stacks_of


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
    stacks_of(config)  # refuses what is no config
    plain = family_named(None)
    return counted(Scope(asdict(config), plain["is"], family=plain))
