"""A model in any form that one may have it in."""

from .. import arguments
from .counting import count
from .hugging_face import Count, count_hf
from .tree import Part


def tree_and_places(model):
    """The model's tree, and how many places its learned position table has (None without one)."""
    if isinstance(model, dict):
        model = count_hf(model)
    if isinstance(model, Count):
        return model.tree, model.places
    if isinstance(model, Part):
        return model, None
    return count(model), model.n_positions if model.positions == "learned" else None


def tree_within(name, n_tokens, model):
    """The model's tree, for a text of so many tokens, which its position table must have places for."""
    tree, places = tree_and_places(model)
    if places is not None and n_tokens > places:
        arguments.refuse(name, f"at most {places}, the places of the model's position table", str(n_tokens))
    return tree
