"""A matplotlib figure in words, a line an artist: what `paper.txt` records of the scene, so that a style is said twice.

`python tests/widget/paper.py` prints the lines of today; what changed on purpose goes into paper.txt by hand.
"""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[i]) for i in (2, 1, 0)]

from matplotlib.colors import to_hex  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402
from matplotlib.text import Text  # noqa: E402
from scene import Scene  # noqa: E402

ASKED = (
    "text", "color", "facecolor", "edgecolor", "linewidth", "linestyle", "marker", "alpha", "ha", "va", "position", "fontsize", "fontweight", "clim",
    "interpolation",
)  # fmt: skip


def words(name, value):
    if "color" in name:
        return to_hex(value[0] if getattr(value, "ndim", 1) == 2 else value, keep_alpha=True)
    if name == "position":
        return " ".join(f"{place:.3g}" for place in value)
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace("np.int64(0)", "0")  # as NumPy 1 writes it


def artist(item):
    """A line: the kind, and all that is asked for and is there. Where a bar or a curve runs is read back elsewhere."""
    told = [type(item).__name__]
    for name in ASKED:
        ask = getattr(item, f"get_{name}", None)
        value = ask() if ask and not (name == "position" and not isinstance(item, Text)) else None
        if value is not None and not (name == "edgecolor" and not len(value)):
            told.append(f"{name} {words(name, value)}")
    return "; ".join(told).replace("\n", " | ")


def outline(explorer, **state):
    """The lines of a figure: its size and words, and every panel's axes, marks and key."""
    figure = explorer(**state).figure()
    figure.canvas.draw()
    yield f"figure {figure.get_figwidth():.3g} × {figure.get_figheight():.3g}; {to_hex(figure.get_facecolor())}; {type(figure.get_layout_engine()).__name__}"
    yield from (f"  {artist(text)}" for text in (figure._suptitle, figure._supxlabel))
    for axes in figure.axes:
        seen = ", ".join(name for name, spine in axes.spines.items() if spine.get_visible()) if axes.axison else "none"
        yield f"axes: spines {seen}; aspect {axes.get_aspect()}; box {axes.get_box_aspect()}"
        for side in (axes.xaxis, axes.yaxis):
            label, ticks = side.label, side.get_ticklabels()
            places = " ".join(f"{place:.4g}" for place in side.get_majorticklocs())
            style = f"; {to_hex(ticks[0].get_color())} {ticks[0].get_size():.3g}" if ticks else ""
            yield f"  {label.get_text()!r} {to_hex(label.get_color())}; ticks {places}{style}"
        titles = (axes.title, axes._left_title, axes._right_title)
        for item in axes.get_children():
            told = not isinstance(item, (Rectangle, Text)) or (item is not axes.patch and (item not in titles or item.get_text()))
            if told and type(item).__name__ not in ("Spine", "XAxis", "YAxis", "Legend"):
                yield f"  {artist(item)}"
        if key := axes.get_legend():
            lines = [f"{text.get_text()} {to_hex(text.get_color())} {text.get_size():.3g}" for text in key.get_texts()]
            title = key.get_title()
            yield f"  key {title.get_text()!r} {to_hex(title.get_color())} {title.get_size():.3g}: {'; '.join(lines)}"


if __name__ == "__main__":
    print(*outline(Scene), sep="\n")
