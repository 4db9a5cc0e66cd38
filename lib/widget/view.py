"""The view: how a frame's arrays are drawn, told once and read by both renderers.

A view is a tree of rows and grids whose leaves are panels; a panel holds marks over two axes, and a mark
names arrays and numbers of the frame, of the controls or of the explorer's data.
"""

from dataclasses import dataclass, fields, is_dataclass

from .channels import numbers
from .names import ControlName, Name, Template, hints_of, mapped


def _gathers(cls):
    """The first field takes all arguments without a name: Panel(mark, mark, x=…)."""
    first, made = fields(cls)[0].name, cls.__init__

    def __init__(self, *items, **named):
        made(self, **{first: items} | named)

    cls.__init__ = __init__
    return cls


@dataclass(frozen=True)
class Reach:
    """An end that follows the data: `factor` times as far as they go, and at least to `least` (None: wherever that is); with a factor below 0
    it is the other side's reach that counts.

    The data are the arrays `of`, or else what the panel's marks draw along this axis. A colour's limit
    is a magnitude, an axis' end a value."""

    least: float | None = 0.0
    factor: float = 1.0
    of: tuple[Name, ...] = ()


End = float | Name | Reach


@dataclass(frozen=True)
class Axis:
    """One axis: its label with unit, and its ends; an end that isn't given is the data's own.

    Over a map and over rows, whose first row is on top, the axis runs downwards by itself. `symbol` names the
    quantity beside the pointer; `labels` replaces numbers by words, which stand at 0, 1, 2, … or at the
    numbers of `at`.
    """

    label: Template = ""
    low: End | None = None
    high: End | None = None
    log: bool = False
    symbol: str | None = None
    labels: tuple[Template, ...] | None = None
    at: tuple[float, ...] | Name | None = None


@dataclass(frozen=True)
class Readout:
    """A number in words.

    Neighbours with a `column` stand in a small table, a row for each label; a row that starts with a column which the table
    hasn't starts a table of its own.

    One that `must_vanish` is wrong, and red, where its magnitude exceeds that tolerance, one that `must_be`
    a number (or a name's) where it differs from it by more than a billionth. What isn't finite is always wrong.
    """

    value: Name
    label: Template
    format: str
    unit: str = ""
    must_vanish: float | None = None
    must_be: float | Name | None = None
    column: str = ""

    def wrong(self, values):
        """Whether what it must be is broken."""
        number = numbers(values, self.value)
        off = abs(number - (0 if self.must_be is None else numbers(values, self.must_be)))
        tolerance = float("inf") if self.must_vanish is self.must_be else self.must_vanish if self.must_be is None else 1e-9
        return not off <= tolerance or not off < float("inf")

    @property
    def invariant(self):
        return self.must_vanish is not None or self.must_be is not None


@_gathers
@dataclass(frozen=True)
class Panel:
    """Marks over two axes. `ratio` is height over width of the plot, `least` its least height on a screen (px);
    `circle` draws the unit circle instead of the axes, `bare` nothing. `picks` names the controls that a press in
    the panel sets (x, y), counted from the control `relative_to`. `main` is the panel to look at first."""

    marks: tuple
    x: Axis
    y: Axis
    ratio: float = 0.6
    title: Template | None = None
    note: Template | None = None
    circle: bool = False
    bare: bool = False
    least: int | None = None
    picks: tuple[ControlName | None, ControlName | None] | None = None
    relative_to: ControlName | None = None
    main: bool = False


@_gathers
@dataclass(frozen=True)
class Row:
    """Panels side by side, `widths` their shares; one under another on a phone, or one at a time where not all fit."""

    items: tuple
    widths: tuple[float, ...] | None = None


@_gathers
@dataclass(frozen=True)
class Grid:
    """Small panels that stay side by side on a phone too, if all of the picture fits there."""

    items: tuple
    columns: int = 2


@dataclass(frozen=True, init=False)
class View:
    """The whole picture: what is drawn, and the numbers under it."""

    body: Row | Grid | Panel
    readouts: tuple[Readout, ...]

    def __init__(self, body, *readouts):
        object.__setattr__(self, "body", body)
        object.__setattr__(self, "readouts", readouts)


def within(item):
    """An item of a view and all items in it, from the outside in, in the order in which they are written."""
    yield item
    for field in fields(item):
        value = getattr(item, field.name)
        for child in value if isinstance(value, tuple) else (value,):
            if is_dataclass(child):
                yield from within(child)


def panels(view):
    """The panels of a view in the order in which pages count them (`data-panel`)."""
    return [item for item in within(view) if isinstance(item, Panel)]


def describe(item):
    """A view, or an item of it, as JSON; a template that has anything to fill is {"fill": template}."""

    def changed(kind, text):
        return {"fill": text} if kind == "template" and "{" in text else text

    def plain(value):
        if is_dataclass(value):
            return describe(value)
        return [plain(entry) for entry in value] if isinstance(value, tuple) else value

    out = {"kind": type(item).__name__.lower()}
    for name, hint in hints_of(type(item)).items():
        value = plain(mapped(hint, getattr(item, name), changed))
        if value is not None and value is not False:
            out[name] = value
    return out
