"""Draws a view with matplotlib: for print, for notebook viewers, for pages without JavaScript."""

import html
import io
import re

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from . import palette
from .view import Grid, Heatmap, Panel, Row, pick, resolve

WIDTH = 7.6  # inches; the text column
BAND = 0.2  # opacity, as in explorer.css
STYLE = {"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "explorer", "axes.unicode_minus": True}


def figure(view, frame, *, title, dark=False):
    """The view of one frame as a matplotlib figure."""
    colors = palette.DARK if dark else palette.LIGHT
    with rc_context(STYLE):
        fig = Figure(figsize=(WIDTH, _height(view.body, WIDTH) + 1.1), layout="constrained")
        fig.set_facecolor(colors["ground"])
        fig.suptitle(title, x=0.01, ha="left", fontweight="bold", color=colors["ink"], fontsize=11)
        _place(fig, view.body, frame, colors)
        fig.supxlabel("\n".join(_readouts(view.readouts, frame)), color=colors["ink"], fontsize=9)
    return fig


def _readouts(readouts, frame):
    """The numbers under the picture, in lines that fit its width."""
    lines = [""]
    for readout in readouts:
        number = format(pick(frame, readout.value), readout.format).replace("-", "\u2212")
        text = f"{readout.label.format(**frame)} {number} {readout.unit}".strip()
        if len(lines[-1]) + len(text) > 95:
            lines.append(text)
        else:  # parted by wide spaces, which SVG doesn't collapse
            lines[-1] += ("\u2003\u2003" if lines[-1] else "") + text
    return lines


def svg(fig, *, name, alt):
    """The figure as SVG text whose colours follow the page's theme."""
    with rc_context(STYLE | {"svg.hashsalt": name}):
        out = io.StringIO()
        fig.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    text = re.sub(r"<!--.*?-->|\n", " ", text[text.index("<svg") :])
    for key, value in palette.LIGHT.items():
        text = text.replace(value, f"var(--x-{key},{value})")
    text = re.sub(r"font: (\S*)[^;\"]*px '[^\"]*?'[^;\"]*", lambda m: m.group(0).split("'")[0] + "sans-serif", text)
    return text.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" ', 1)


def _height(item, width):
    """The height in inches that an item asks for at a width."""
    if isinstance(item, Row):
        return max(_height(i, width * w / sum(item.widths)) for i, w in zip(item.items, item.widths))
    if isinstance(item, Grid):
        rows = -(-len(item.items) // item.columns)
        return rows * max(_height(i, width / item.columns) for i in item.items)
    return item.ratio * (width - 0.6) + 0.6


def _place(fig, item, frame, colors):
    """Panels into axes, rows and grids into subfigures."""
    if isinstance(item, Panel):
        return _panel(fig.subplots(), item, frame, colors)
    if isinstance(item, Row):
        parts = fig.subfigures(1, len(item.items), width_ratios=item.widths, squeeze=False)
    else:
        parts = fig.subfigures(-(-len(item.items) // item.columns), item.columns, squeeze=False)
    for part, child in zip(parts.flat, item.items):
        part.set_facecolor(colors["ground"])
        _place(part, child, frame, colors)


def _panel(axes, panel, frame, colors):
    axes.set_facecolor("none")
    axes.tick_params(colors=colors["muted"], length=2, labelsize=8)
    for spine in axes.spines.values():
        spine.set_color(colors["faint"])
    for side, axis in (("x", panel.x), ("y", panel.y)):
        low, high = resolve(frame, axis.low), resolve(frame, axis.high)
        axes.set(**{f"{side}scale": "log" if axis.log else "linear", f"{side}lim": (low, high)})
        if not panel.circle:
            axes.set(**{f"{side}label": axis.label})
        if axis.labels is not None:
            at = resolve(frame, axis.at) if axis.at is not None else range(len(axis.labels))
            axes.set(**{f"{side}ticks": at, f"{side}ticklabels": axis.labels})
    axes.xaxis.label.set_color(colors["ink"])
    axes.yaxis.label.set_color(colors["ink"])
    if panel.circle:
        turn = np.linspace(0, 2 * np.pi, 73)
        axes.plot(np.cos(turn), np.sin(turn), color=colors["faint"])
        axes.plot([-1, 1, np.nan, 0, 0], [0, 0, np.nan, -1, 1], color=colors["faint"], linewidth=0.8)
        axes.axis("off")
        axes.set_aspect("equal")
    elif panel.bare:
        axes.axis("off")
    else:
        axes.spines[["top", "right"]].set_visible(False)
        if isinstance(panel.marks[0], Heatmap):
            axes.set_box_aspect(panel.ratio)
    if panel.note:
        note = panel.note.format(**frame)
        axes.text(0.5, 0, "not used" if "nan" in note else note, transform=axes.transAxes, ha="center", color=colors["muted"])
    if panel.title:
        axes.set_title(panel.title.format(**frame), fontsize=9, color=colors["muted"], loc="left")
    for mark in panel.marks:
        _MARKS[type(mark).__name__](axes, mark, frame, colors)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False, fontsize=8, labelcolor="linecolor", loc="lower left", bbox_to_anchor=(-0.02, 1))


def _heatmap(axes, mark, frame, colors):
    z, limit = pick(frame, mark.z), resolve(frame, mark.limit)
    ends = ["middle", "accent"] if mark.sequential else ["negative", "middle", "positive"]
    ramp = LinearSegmentedColormap.from_list("ramp", [colors[end] for end in ends])
    x, y = axes.get_xlim(), axes.get_ylim()
    axes.imshow(
        z, cmap=ramp, vmin=0 if mark.sequential else -limit, vmax=limit, extent=(*x, *y), interpolation="none", aspect="auto", origin="upper"
    )


def _lines(axes, mark, frame, colors):
    x, y = np.asarray(pick(frame, mark.x)), np.asarray(pick(frame, mark.y))
    label = mark.label.format(**frame)
    axes.plot(
        x, y, color=colors[mark.color], linewidth=mark.width * 0.75, linestyle="--" if mark.dashed else "-",
        label=label if mark.at is None else None,
    )
    if mark.at is not None:
        spot = [np.interp(mark.at, np.linspace(0, 1, len(v)), v) for v in (x, y)]
        axes.annotate(label, spot, xytext=(3, 5), textcoords="offset points", color=colors["ink"], ha="center")


def _band(axes, mark, frame, colors):
    low, high = pick(frame, mark.low), pick(frame, mark.high)
    axes.fill_between(pick(frame, mark.x), low, high, color=colors[mark.color], alpha=BAND, linewidth=0)


def _bars(axes, mark, frame, colors):
    y = np.asarray(pick(frame, mark.y))
    x = np.arange(len(y)) if mark.x is None else pick(frame, mark.x)
    fill = "none" if mark.outline else colors[mark.color]
    axes.bar(x, y, width=mark.width, facecolor=fill, edgecolor=colors[mark.color], linewidth=0.8, label=mark.label)


def _arrows(axes, mark, frame, colors):
    x, y = pick(frame, mark.tip)
    if not np.isfinite(x + y):
        return
    color, style = colors[mark.color], ":" if mark.dashed else "-"
    axes.plot([0, x], [0, y], color=color, linestyle=style, linewidth=1 if mark.dashed else 2)
    if not mark.dashed:
        axes.plot([x], [y], "o", color=color)
        axes.text(1.24 * x, 1.24 * y, mark.label, color=color, ha="center", va="center", fontweight="bold")


def _points(axes, mark, frame, colors):
    x, y = pick(frame, mark.x), pick(frame, mark.y)
    if mark.shape == "cell":
        for middle in zip(x, y):
            corner = [at - 0.5 for at in middle]
            axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=colors[mark.color], linewidth=1.6))
    else:
        axes.plot(x, y, "o", color=colors[mark.color], markersize=4, label=mark.label or None)


def _rule(axes, mark, frame, colors):
    color = colors[mark.color]
    if mark.x is not None:
        axes.axvline(resolve(frame, mark.x), color=color, linewidth=0.9)
    else:
        at = resolve(frame, mark.y)
        axes.axhline(at, color=color, linewidth=0.9)
        axes.annotate(
            mark.label.format(**frame), (0, at), xycoords=("axes fraction", "data"), xytext=(4, 3),
            textcoords="offset points", color=color, fontsize=8,
        )


def _rows(axes, mark, frame, colors):
    sizes, names, texts = (pick(frame, name) for name in (mark.sizes, mark.names, mark.texts))
    wrong = pick(frame, mark.wrong) if mark.wrong else np.zeros(len(sizes))
    starts = pick(frame, mark.starts) if mark.starts else np.zeros(len(sizes))
    left = 0.75 * axes.get_xlim()[0]
    for i, (size, name, text, broken) in enumerate(zip(sizes, names, texts, wrong)):
        at, ink = mark.first + i, colors["wrong" if broken else "ink"]
        shade = 0.55 if mark.at and at == pick(frame, mark.at) else 0.25
        axes.barh(at, size, left=starts[i], height=0.86, color=colors[mark.color], alpha=shade, linewidth=0)
        axes.annotate(name, (0, at), xytext=(4, 0), textcoords="offset points", va="center", color=ink, fontsize=8)
        edge = axes.get_yaxis_transform()
        axes.annotate(text, (1, at), xycoords=edge, ha="right", va="center", color=ink, fontsize=8)
        if mark.joins and (start := pick(frame, mark.joins)[i]) >= 0:
            start, color = mark.first + start, colors["wrong" if broken else "muted"]
            axes.plot([0, left, left], [start, start, at], color=color, linewidth=1)
            axes.annotate("", (0, at), xytext=(left, at), arrowprops={"arrowstyle": "->", "color": color})


def _parts(axes, mark, frame, colors):
    opened, names, sizes = (pick(frame, name) for name in (mark.opened, mark.names, mark.sizes))
    parents, groups = pick(frame, mark.parents), pick(frame, mark.groups)

    def area(node, left, top, width, height, across):
        """Its parts side by side, theirs one under another, and so on by turns."""
        below = np.flatnonzero(parents == node)
        if not len(below):
            fill = colors[mark.keys[groups[node]][1]]
            box = Rectangle((left, top), width, height, facecolor=fill, alpha=0.3, edgecolor=colors["ground"])
            axes.add_patch(box)
            if width > 0.011 * (len(names[node]) + 1) and height > 0.07:
                spot = (left + width / 2, top + height / 2)
                axes.annotate(names[node], spot, ha="center", va="center", color=colors["ink"], fontsize=8)
        for child in below[sizes[below] > 0]:
            share = sizes[child] / sizes[node]
            size = (share * width, height) if across else (width, share * height)
            area(child, left, top, *size, not across)
            left, top = (left + size[0], top) if across else (left, top + size[1])
            if node == opened and size[0] > 0.011 * len(names[child]):
                spot = (left - size[0] / 2, -0.03)
                axes.annotate(names[child], spot, ha="center", va="bottom", color=colors["ink"], fontsize=8)

    area(opened, 0, 0, 1, 1, True)
    for label, color in mark.keys:
        axes.plot([], [], "s", color=colors[color], label=label.format(**frame))


_MARKS = {
    "Heatmap": _heatmap, "Lines": _lines, "Band": _band, "Bars": _bars, "Arrows": _arrows, "Points": _points,
    "Rule": _rule, "Rows": _rows, "Parts": _parts,
}
