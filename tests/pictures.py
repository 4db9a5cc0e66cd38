"""What a picture must show, and what either renderer drew: the geometry of every mark in data coordinates.

`expected` knows nothing of the renderers' code; `on_paper` reads matplotlib's artists, `in_browser` the SVG's paths and
the canvas' pixels, whose places it turns back into data by the ticks and their labels, as a reader does.
"""

import re
from dataclasses import fields

import numpy as np

from lib.widget import Arrows, Band, Bars, Index, Lines, Points, Rows, Rule, Tree
from lib.widget.marks.mark import Mark
from lib.widget.readable import fill

# --- what it must be -------------------------------------------------------------------------------


def value_of(values, name):
    """The value under a name; a number as it is."""
    if not isinstance(name, str):
        return name
    head, *indices = re.findall(r"[^\[\]]+", name)
    value = values[head]
    for index in indices:
        value = value[int(index)]
    return value


def columns(values, *channels):
    """Channels as arrays of one length; an index counts its partner's entries."""
    given = [None if isinstance(channel, Index) else np.atleast_1d(np.asarray(value_of(values, channel), float)) for channel in channels]
    n = max(len(column) for column in given if column is not None)
    return [
        np.array([value_of(values, channel.start) + channel.step * i for i in range(n)]) if column is None
        else column if len(column) == n else np.full(n, column[0])
        for channel, column in zip(channels, given)
    ]  # fmt: skip


def box(left, right, bottom, top):
    """A rectangle's corners, lowest first."""
    return [min(left, right), max(left, right), min(bottom, top), max(bottom, top)]


def corners(points):
    """The corners of an area, each once, from left to right and up."""
    return np.array(sorted({tuple(point) for point in np.round(points, 9)}))


def runs(x, y):
    """A curve in pieces: it breaks where y is no number."""
    pieces = [[]]
    for point in zip(x, y):
        if np.isfinite(point).all():
            pieces[-1].append(point)
        elif pieces[-1]:
            pieces.append([])
    return [np.array(piece) for piece in pieces if piece]


def expected(mark, values, foot=0.0, log=False):
    """The mark's geometry as {kind: list of arrays}; `foot` is where bars stand, and below which on an axis of powers there is none."""
    if isinstance(mark, Lines):
        return {"lines": runs(*columns(values, mark.x, mark.y))}
    if isinstance(mark, Band):
        x, low, high = columns(values, mark.x, mark.low, mark.high)
        gone = ~np.isfinite(low + high)
        sides = [runs(x, np.where(gone, np.nan, side)) for side in (low, high)]
        return {"areas": [corners(np.concatenate(pair)) for pair in zip(*sides)]}
    if isinstance(mark, Bars):
        x, y = columns(values, mark.x, mark.y)
        return {
            "boxes": [
                box(a - mark.width / 2, a + mark.width / 2, foot, b if log is False else max(b, foot))
                for a, b in zip(x, y)
                if np.isfinite(b)
            ]
        }
    if isinstance(mark, Points):
        x, y = columns(values, mark.x, mark.y)
        if mark.shape == "cell":
            return {"boxes": [box(a - 0.5, a + 0.5, b - 0.5, b + 0.5) for a, b in zip(x, y)]}
        return {"dots": [point for point in zip(x, y) if np.isfinite(point).all()]}
    if isinstance(mark, Rule):
        kind, channel = ("up", mark.y) if mark.x is None else ("across", mark.x)
        return {kind: np.atleast_1d(value_of(values, channel)).astype(float)}
    if isinstance(mark, Arrows):
        tip = np.asarray(value_of(values, mark.tip), float)
        return {"lines": [np.array([[0.0, 0.0], tip])] if np.isfinite(tip).all() else []}
    if isinstance(mark, Rows):
        sizes = columns(values, mark.sizes, mark.starts)
        return {
            "boxes": [box(start, start + size, mark.first + i - 0.43, mark.first + i + 0.43) for i, (size, start) in enumerate(zip(*sizes))]
        }
    raise TypeError(type(mark))


def shares_of(mark, values):
    """Of a heatmap: where each entry lies between full colours, −1 to 1 (0 to 1 if sequential); no number has none."""
    z = np.asarray(value_of(values, mark.z), float)
    limit = mark.limit
    if not isinstance(limit, (int, float, str)):
        named = [np.abs(np.asarray(value_of(values, name), float)) for name in limit.of or (mark.z,)]
        limit = max(limit.least, limit.factor * max(np.nanmax(array) for array in named))
    else:
        limit = float(value_of(values, limit))
    return np.clip(z / (limit or 1.0), 0 if mark.sequential else -1, 1)


def leaves_of(mark, values):
    """Of a tree: the areas of the open part's leaves over the unit square, by part."""
    parents, sizes = np.asarray(value_of(values, mark.parents)), np.asarray(value_of(values, mark.sizes), float)
    out = {}

    def lay(part, left, top, width, height, across):
        own = np.flatnonzero(parents == part)
        if not len(own):
            out[part] = (left, top, width, height)
        for child in own[sizes[own] > 0]:
            share = sizes[child] / sizes[part]
            w, h = (share * width, height) if across else (width, share * height)
            lay(child, left, top, w, h, not across)
            left, top = (left + w, top) if across else (left, top + h)

    lay(int(value_of(values, mark.opened)), 0.0, 0.0, 1.0, 1.0, True)
    return out


# --- what matplotlib drew ----------------------------------------------------------------------------


def drawn_on_paper(monkeypatch, explorer, **state):
    """Every mark of an explorer's figure with its axes and the artists that it added, in the view's order."""
    seen = []

    def watch(kind, draw):
        def watched(self, axes, values, colors):
            before = set(axes.get_children())
            draw(self, axes, values, colors)
            added = [artist for artist in axes.get_children() if artist not in before and artist not in axes.child_axes]  # without a scale
            seen.append((self, axes, added, colors))

        return watched

    for kind in Mark.__subclasses__():
        monkeypatch.setattr(kind, "draw", watch(kind, kind.draw))
    figure = explorer(**state).figure()
    figure.canvas.draw()
    return seen


def on_paper(mark, axes, artists):
    """The geometry of a mark's artists, as `expected` has it, and the colours in which they are drawn."""
    if isinstance(mark, Lines):
        return {"lines": runs(*artists[0].get_xydata().T)}, [artists[0].get_color()]
    if isinstance(mark, Band):
        return {"areas": [corners(path.vertices) for path in artists[0].get_paths()]}, [artists[0].get_facecolor()[0]]
    if isinstance(mark, Bars) or (isinstance(mark, Points) and mark.shape == "cell"):
        boxes = [
            (p.get_x(), p.get_x() + p.get_width(), p.get_y(), p.get_y() + p.get_height()) for p in artists if np.isfinite(p.get_height())
        ]
        return {"boxes": [box(*corners) for corners in boxes]}, [p.get_edgecolor() for p in artists]
    if isinstance(mark, Points):
        return {"dots": [point for point in artists[0].get_xydata() if np.isfinite(point).all()]}, [artists[0].get_color()]
    if isinstance(mark, Rule):
        lines = [artist for artist in artists if type(artist).__name__ == "Line2D"]
        found = {"up": [line.get_ydata()[0] for line in lines]} if mark.x is None else {"across": [line.get_xdata()[0] for line in lines]}
        return found, [line.get_color() for line in lines]
    if isinstance(mark, Arrows):
        return {"lines": [artists[0].get_xydata()] if artists else []}, [artist.get_color() for artist in artists]
    if isinstance(mark, Rows):
        bars = [artist for artist in artists if type(artist).__name__ == "Rectangle"]
        return {"boxes": [box(p.get_x(), p.get_x() + p.get_width(), p.get_y(), p.get_y() + p.get_height()) for p in bars]}, [
            p.get_facecolor() for p in bars
        ]
    raise TypeError(type(mark))


# --- what the browser drew ---------------------------------------------------------------------------

READ = """figure => [...figure.querySelectorAll("[data-panel]")].map((plot) => {
    const ticks = (side) => [...plot.querySelectorAll(`[data-axis=${side}] text`)].map((text) => [text.textContent, Number(text.getAttribute(side))]);
    const shown = (node) => getComputedStyle(node).display !== "none";
    const attributes = (node) => Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value]));
    const marks = [...plot.querySelectorAll("[data-mark], [data-pinned]")].map((node) => ({
        mark: Number(node.dataset.mark ?? node.dataset.pinned), pinned: "pinned" in node.dataset,
        nodes: [...node.querySelectorAll("path, circle, rect, text")].filter(shown).map((child) => ({ tag: child.tagName, text: child.textContent, ...attributes(child) })),
        canvas: [...node.querySelectorAll("canvas")].map((canvas) => ({
            width: canvas.width, height: canvas.height, left: parseFloat(node.style.left), top: parseFloat(node.style.top),
            across: parseFloat(node.style.width), down: parseFloat(node.style.height),
            pixels: [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data],
        }))[0],
    }));
    const [guide] = plot.querySelectorAll(".x-guide");
    const scale = [...plot.parentNode.querySelectorAll(".x-scale span")].map((end) => end.textContent);
    return { x: ticks("x"), y: ticks("y"), marks, scale, guide: guide?.getAttribute("d"), width: Number(plot.querySelector("svg").getAttribute("width")),
             height: Number(plot.querySelector("svg").getAttribute("height")) };
})"""

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def number_in(label):
    """The number that a tick's label says: "−0.5", "10k", "10⁻⁵", "2·10⁻⁵"."""
    label = label.replace("−", "-")
    if power := re.fullmatch(r"(?:(.+)·)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", label):
        return float(power[1] or 1) * 10.0 ** int(power[2].translate(SUPERSCRIPTS))
    factor = {"k": 1e3, "M": 1e6, "G": 1e9}.get(label[-1], 1)
    return float(label.rstrip("kMG")) * factor


class Place:
    """Data to pixels along one axis, from its ticks: what they say, and where they stand."""

    def __init__(self, ticks, axis, values):
        if axis.labels:
            at = [float(number) for number in (value_of(values, axis.at) if axis.at is not None else range(len(axis.labels)))]
            assert [text for text, _ in ticks] == [fill(label, values) for label in axis.labels]
        else:
            at = [number_in(text) for text, _ in ticks]
        assert len(ticks) >= 2, f"{axis.label}: one tick says nothing of the scale"
        self.f = np.log if axis.log else np.asarray
        at, where = self.f(np.array(at)), np.array([place for _, place in ticks])
        first, last = np.argmin(at), np.argmax(at)
        self.slope = (where[last] - where[first]) / (at[last] - at[first])
        self.start = where[first] - self.slope * at[first]
        np.testing.assert_allclose(self(np.exp(at) if axis.log else at), where, atol=0.25, err_msg="ticks that don't lie on one scale")

    def __call__(self, value):
        return self.start + self.slope * self.f(np.asarray(value, float))


def numbers_in(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text)]


def pieces_of(d):
    """A path of M, L, H, V, v and Z as lists of absolute points."""
    pieces, x, y = [], 0.0, 0.0
    for command, text in re.findall(r"([MLHVvhZza])([^MLHVvhZza]*)", d):
        given = numbers_in(text)
        if command == "M":
            x, y = given[:2]
            pieces.append([(x, y)])
        elif command in "LHVvh":
            if command == "L":
                x, y = given
            elif command == "H":
                x = given[0]
            elif command == "V":
                y = given[0]
            else:
                x, y = (x, y + given[0]) if command == "v" else (x + given[0], y)
            pieces[-1].append((x, y))
    return [np.array(piece) for piece in pieces]


def in_browser(mark, nodes):
    """The geometry of a mark's nodes in pixels, and the colours in which they are drawn."""
    paths = [node for node in nodes if node["tag"] == "path"]
    colors = [color for node in paths for color in (node.get("stroke"), node.get("fill")) if color not in (None, "none")]
    if isinstance(mark, (Lines, Arrows)):
        return {"lines": pieces_of(paths[0]["d"]) if paths else []}, colors
    if isinstance(mark, Band):
        return {"areas": [corners(piece) for piece in pieces_of(paths[0]["d"])]}, colors
    if isinstance(mark, Points) and mark.shape == "dot":
        return {"dots": [piece[0] + [4, 0] for piece in pieces_of(paths[0]["d"])]}, colors  # a circle starts on its left
    if isinstance(mark, Rule):
        pieces = pieces_of(paths[0]["d"])
        kind, place = ("across", 0) if pieces[0][0, 0] == pieces[0][1, 0] else ("up", 1)
        return {kind: [piece[0, place] for piece in pieces]}, colors
    if isinstance(mark, Rows):
        paths = [node for node in paths if "x-row-bar" in node["class"]]
    boxes = [piece for node in paths for piece in pieces_of(node["d"])]
    if isinstance(mark, Rows):  # the one that stands out is drawn by itself
        boxes.sort(key=lambda piece: piece[:, 1].min())
    return {
        "boxes": [
            box(*piece[[0, -1], 0], *piece[[0, 1], 1])
            if isinstance(mark, Bars)
            else box(piece[:, 0].min(), piece[:, 0].max(), piece[:, 1].min(), piece[:, 1].max())
            for piece in boxes
        ]
    }, colors


def in_pixels(geometry, x, y):
    """Geometry in data coordinates where the browser must have drawn it."""
    out = {}
    for kind, items in geometry.items():
        if kind == "boxes":
            out[kind] = [box(x(left), x(right), y(bottom), y(top)) for left, right, bottom, top in items]
        elif kind in ("across", "up"):
            out[kind] = [float((x if kind == "across" else y)(value)) for value in items]
        else:
            out[kind] = [
                (corners if kind == "areas" else np.asarray)(
                    np.column_stack([x(np.array(item).reshape(-1, 2)[:, 0]), y(np.array(item).reshape(-1, 2)[:, 1])])
                )
                for item in items
            ]
    return out


def compare(ours, wanted, tolerance, what):
    """Both have the same kinds, as many of each, at the same places."""
    assert ours.keys() == wanted.keys(), what
    for kind, items in wanted.items():
        assert len(ours[kind]) == len(items), f"{what}: {len(ours[kind])} {kind}, not {len(items)}"
        for one, other in zip(ours[kind], items):
            np.testing.assert_allclose(
                np.asarray(one, float).reshape(-1), np.asarray(other, float).reshape(-1), atol=tolerance, err_msg=f"{what}: {kind}"
            )


def describe(mark):
    return f"{type(mark).__name__}({', '.join(str(getattr(mark, field.name)) for field in fields(mark)[:4])})"


def ink_of(mark):
    """The colours in which a mark must be drawn, by name."""
    return {mark.color} if hasattr(mark, "color") else {color for _, color in mark.keys} if isinstance(mark, Tree) else set()
