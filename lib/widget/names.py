"""What a string of a view means: a name of the frame, a template, a colour, a control.

The fields of a view are annotated with these types; `check` holds strings to them, and a template is
filled here, whatever label it is.
"""

import re
from dataclasses import fields, replace
from functools import cache
from string import Formatter
from typing import Annotated, get_args, get_origin, get_type_hints

from .readable import fill

Name = Annotated[str, "name"]  # of a number or an array, with indices or without: "scores", "q[2]"
Texts = Annotated[str, "texts"]  # of an array of texts
Template = Annotated[str, "template"]  # text with {name:format} in Python's format language
Color = Annotated[str, "color"]  # of the palette
ControlName = Annotated[str, "control"]


def pick(values, name):
    """The value under a name, with indices or without: `"scores"`, `"q[2]"`, `"q[2][0]"`."""
    head, *indices = re.split(r"[\[\]]+", name.rstrip("]"))
    value = values[head]
    for index in indices:
        value = value[int(index)]
    return value


def resolve(values, value):
    """A number as it is, a name as its value."""
    return pick(values, value) if isinstance(value, str) else value


def names_in(template):
    """The names that a template fills in: "{q[2]:.3f}" has "q[2]"."""
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


@cache
def hints_of(cls):
    """The annotated types of a dataclass' fields, by name."""
    hints = get_type_hints(cls, include_extras=True)
    return {field.name: hints[field.name] for field in fields(cls)}


def _options(hint):
    return [hint] if hasattr(hint, "__metadata__") or get_origin(hint) is tuple else get_args(hint) or [hint]


def mapped(hint, value, change):
    """A field's value with every string in it, however deep in tuples, replaced by `change(kind, string)`."""
    if isinstance(value, str):
        return change(next((option.__metadata__[0] for option in _options(hint) if hasattr(option, "__metadata__")), None), value)
    if isinstance(value, tuple):
        inner = next((get_args(option) for option in _options(hint) if get_origin(option) is tuple), (object, ...))
        kinds = inner if inner[-1] is not ... else inner[:1] * len(value)
        return tuple(mapped(kind, entry, change) for kind, entry in zip(kinds, value))
    return value


def filled(item, values):
    """The same item of a view with its own templates filled in."""

    def change(kind, text):
        return fill(text, values) if kind == "template" else text

    return replace(item, **{name: mapped(hint, getattr(item, name), change) for name, hint in hints_of(type(item)).items()})
