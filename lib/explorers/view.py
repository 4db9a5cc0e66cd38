"""The view: how a frame's arrays are drawn, told once and read by both renderers.

A view is a tree of rows and grids whose leaves are panels; a panel holds marks, and a mark names
arrays of the frame. `pick(frame, "q[2]")` is how a mark reads them, in Python as in the browser.
Labels and titles are templates in Python's format language, filled from controls and frame.
"""

import re
from dataclasses import dataclass, fields


def pick(frame, name):
    """The frame's value under a name, with an optional index: `"scores"`, `"q[2]"`, `"q[2][0]"`."""
    head, *indices = re.split(r"[\[\]]+", name.rstrip("]"))
    value = frame[head]
    for index in indices:
        value = value[int(index)]
    return value


def resolve(frame, value):
    """A number as it is, a name as the frame's value."""
    return pick(frame, value) if isinstance(value, str) else value


class Described:
    """Turns a dataclass into the JSON that the browser draws from."""

    def describe(self):
        out = {"kind": type(self).__name__.lower()}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Described):
                value = value.describe()
            elif isinstance(value, tuple):
                value = [v.describe() if isinstance(v, Described) else v for v in value]
            if value is not None and value is not False:
                out[field.name] = value
        return out


@dataclass(frozen=True)
class Axis(Described):
    """One axis: its label with unit, and its ends, as numbers or as names of the frame's values.

    `symbol` names the quantity beside the pointer; `labels` replaces numbers by words, which stand
    at 0, 1, 2, … or at the numbers of `at`, which may be the name of an array; none are drawn where
    it is empty.
    """

    label: str
    low: float | str
    high: float | str
    log: bool = False
    symbol: str | None = None
    labels: tuple | None = None
    at: tuple | str | None = None


@dataclass(frozen=True)
class Heatmap(Described):
    """A matrix in colours, rows downwards. `limit` is the value of full colour; 0 is in the middle,
    or with `sequential` at the lower end, for what is never below it."""

    z: str
    limit: float | str
    format: str = "+.3f"
    sequential: bool = False


@dataclass(frozen=True)
class Lines(Described):
    """A curve through (x, y). Its label stands in the panel's key, or in the plot at the share `at`."""

    x: str
    y: str
    label: str
    color: str
    dashed: bool = False
    width: float = 1.8
    at: float | None = None
    format: str = ".3f"


@dataclass(frozen=True)
class Band(Described):
    """The ground between two curves over x: a spread around a line, which names it in the key."""

    x: str
    low: str
    high: str
    color: str


@dataclass(frozen=True)
class Bars(Described):
    """A bar for every entry of y, at x or else at 0, 1, 2, …; `outline` draws what a bar can fill.

    `width` is a share of the distance from 1 to 2. Bars stand on 0, on a logarithmic axis on its end.
    """

    y: str
    label: str
    color: str
    x: str | None = None
    outline: bool = False
    width: float = 0.7
    format: str = ".3f"


@dataclass(frozen=True)
class Arrows(Described):
    """An arrow from the origin to `tip`, an array (2,). `drag` names the handle that turns it."""

    tip: str
    label: str
    color: str
    dashed: bool = False
    drag: str | None = None


@dataclass(frozen=True)
class Points(Described):
    """Points at (x, y), arrays or numbers; `shape` is "dot" or "cell", the outline of a map's cell."""

    x: str
    y: str
    label: str
    color: str
    shape: str = "dot"
    format: str = ".3g"


@dataclass(frozen=True)
class Rule(Described):
    """A straight line across the panel at x or at y."""

    label: str
    x: float | str | None = None
    y: float | str | None = None
    color: str = "muted"


@dataclass(frozen=True)
class Rows(Described):
    """Bars that lie one under another at y = `first`, `first` + 1, …, each with a name and a text on it.

    `starts` names where they begin, if not at 0, `at` the number of the row that stands out. `joins`
    names, for each row, the row whose value is added there (−1 for none): a path along the bars' feet;
    `wrong`, which of these sums can't be.
    """

    sizes: str
    names: str
    texts: str
    color: str
    first: int = 0
    starts: str | None = None
    at: str | None = None
    joins: str | None = None
    wrong: str | None = None


@dataclass(frozen=True)
class Parts(Described):
    """A tree of named parts: the part `opened` as areas down to its leaves, and a table of what it has.

    The other fields name arrays with an entry for each part, before its own parts: `names`, `parents`
    (−1 for the root), `sizes`, to which areas are proportional, `letters` and `shapes`, the formula in
    letters and in numbers, `sides`, rows and columns of a leaf, and `groups`, the numbers of the entries of
    `keys`, each a label and a color. A press on a part puts its number into the control `opens`.
    """

    opened: str
    opens: str
    names: str
    parents: str
    sizes: str
    letters: str
    shapes: str
    sides: str
    groups: str
    keys: tuple


@dataclass(frozen=True)
class Readout(Described):
    """A number in words, its label a template. One that `must_vanish` turns red where it exceeds that
    tolerance."""

    value: str
    label: str
    format: str
    unit: str = ""
    must_vanish: float | None = None


@dataclass(frozen=True)
class Panel(Described):
    """Marks over two axes. `ratio` is height over width of the plot, `least` its least height on a screen
    (px); `circle` draws the unit circle instead of the axes, `bare` nothing. `picks` names the controls
    that a press in the panel sets (x, y), counted from the control `picks_from`."""

    marks: tuple
    x: Axis
    y: Axis
    ratio: float = 0.6
    title: str | None = None
    note: str | None = None
    circle: bool = False
    bare: bool = False
    least: int | None = None
    picks: tuple | None = None
    picks_from: str | None = None


@dataclass(frozen=True)
class Row(Described):
    """Panels side by side, `widths` their shares; one under another on a phone."""

    items: tuple
    widths: tuple


@dataclass(frozen=True)
class Grid(Described):
    """Small panels that stay side by side on a phone too."""

    items: tuple
    columns: int = 2


@dataclass(frozen=True)
class View(Described):
    """The whole picture: what is drawn, and the numbers under it."""

    body: Row | Panel
    readouts: tuple
