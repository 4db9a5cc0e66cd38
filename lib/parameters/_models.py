"""A model in any form that one may have it in."""

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
