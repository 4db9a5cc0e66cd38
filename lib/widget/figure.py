"""Draws a view with matplotlib: for print, for notebook viewers, for pages without JavaScript."""

import html
import io
import re

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

from . import palette
from .channels import Index
from .ends import ends
from .marks import Heatmap
from .names import filled, names_in, pick, resolve
from .readable import readable
from .view import Grid, Panel, Row

WIDTH = 7.6  # inches; the text column
THUMBNAIL = (3.2, 1.8)
STYLE = {"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "explorer", "axes.unicode_minus": True}


def figure(view, values, *, title, dark=False):
    """The view of one state as a matplotlib figure."""
    colors = palette.DARK if dark else palette.LIGHT
    with rc_context(STYLE):
        fig = Figure(figsize=(WIDTH, _height(view.body, WIDTH) + 1.1), layout="constrained")
        fig.set_facecolor(colors["ground"])
        fig.suptitle(title, x=0.01, ha="left", fontweight="bold", color=colors["ink"], fontsize=11)
        _place(fig, view.body, values, colors)
        fig.supxlabel("\n".join(_readouts(view.readouts, values)), color=colors["ink"], fontsize=9)
    return fig


def thumbnail(view, values):
    """The view of one state, small and without a word."""
    with rc_context(STYLE | {"lines.linewidth": 1.0, "lines.markersize": 3}):
        fig = Figure(figsize=THUMBNAIL, layout="constrained", facecolor=palette.LIGHT["ground"])
        _place(fig, view.body, values, palette.LIGHT)
        for axes in fig.get_axes():
            axes.axis("off")
            for scale in axes.child_axes:
                scale.set_visible(False)
        for text in [*fig.findobj(Text), *fig.findobj(Legend)]:
            text.set_visible(False)
            text.set_in_layout(False)
    return fig


def _readouts(readouts, values):
    """The numbers under the picture, in lines that fit its width."""
    lines = [""]
    for readout in readouts:
        number = readable(pick(values, readout.value), readout.format)
        label = f"{filled(readout, values).label}, {readout.column}" if readout.column else filled(readout, values).label
        text = f"{label} {number} {readout.unit}".strip()
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
    # A tenth of a point is all that can be seen, and a quarter of a page's bytes.
    text = re.sub(r' (?:d|x|y|transform)="[^"]*"', lambda match: re.sub(r"(\d\.\d)\d+", r"\1", match[0]), text)
    # Names that nothing refers to, and spaces between commands and tags.
    text = re.sub(r' id="(?:[A-Za-z0-9.]+_\d+|image[0-9a-f]+)"', "", re.sub(r"[ \n]+", " ", text))
    text = re.sub(r' d="([^"]*)"', _in_steps, text).replace("> <", "><")
    text = re.sub(r"font: (\S*)[^;\"]*px '[^\"]*?'[^;\"]*", lambda m: m.group(0).split("'")[0] + "sans-serif", text)
    return text.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" ', 1)


def _in_steps(match):
    """A path's points as steps from one to the next, in tenths: short numbers, many of them alike. Curves stay as they are."""
    path = match[1]
    if re.search("[A-KN-Za-y]", path):
        return ' d="' + re.sub(r" ?([MLCQz]) ?", r"\1", path).replace(".0 ", " ") + '"'
    parts, before, at = [], "", (0, 0)
    for command, *point in re.findall(r"([MLz]) ?(?:(\S+) ([^\sMLz]+))?", path):
        if command == "z":
            parts.append("z")
        else:
            place = [round(10 * float(number)) for number in point]
            x, y = (f"{(new - old) / 10:g}" for new, old in zip(place, at if command == "L" else (0, 0)))
            sign = "M" if command == "M" else "l" if before != "L" else "" if x[0] == "-" else " "
            parts.append(sign + x + ("" if y[0] == "-" else " ") + y)
            at = place
        before = command
    return f' d="{"".join(parts)}"'


def _widths(row):
    return row.widths or (1,) * len(row.items)


def _height(item, width):
    """The height in inches that an item asks for at a width."""
    if isinstance(item, Row):
        return max(_height(i, width * w / sum(_widths(item))) for i, w in zip(item.items, _widths(item)))
    if isinstance(item, Grid):
        rows = -(-len(item.items) // item.columns)
        return rows * max(_height(i, width / item.columns) for i in item.items)
    return item.ratio * (width - 0.6) + 0.6


def _place(fig, item, values, colors):
    """Panels into axes, rows and grids into subfigures."""
    if isinstance(item, Panel):
        return _panel(fig.subplots(), item, values, colors)
    if isinstance(item, Row):
        parts = fig.subfigures(1, len(item.items), width_ratios=_widths(item), squeeze=False)
    else:
        parts = fig.subfigures(-(-len(item.items) // item.columns), item.columns, squeeze=False)
    for part, child in zip(parts.flat, item.items):
        part.set_facecolor(colors["ground"])
        _place(part, child, values, colors)


def _note(panel, values):
    """The line under a panel; a note whose number is no number stands under one in which nothing is drawn."""
    unused = any(pick(values, name) != pick(values, name) for name in names_in(panel.note))
    return "not used" if unused else filled(panel, values).note


def _panel(axes, given, values, colors):
    panel = filled(given, values)
    axes.set_facecolor("none")
    axes.tick_params(colors=colors["muted"], length=2, labelsize=8)
    for spine in axes.spines.values():
        spine.set_color(colors["faint"])
    for side, axis, limits in zip("xy", (panel.x, panel.y), ends(panel, values)):
        axis = filled(axis, values)
        axes.set(**{f"{side}scale": "log" if axis.log else "linear", f"{side}lim": limits})
        if not axis.log and any(isinstance(getattr(mark, side, None), Index) for mark in panel.marks):  # what is counted has no halves
            getattr(axes, f"{side}axis").get_major_locator().set_params(integer=True)
        if not panel.circle:
            axes.set(**{f"{side}label": axis.label})
        if axis.labels is not None:
            at = resolve(values, axis.at) if axis.at is not None else range(len(axis.labels))
            axes.set(**{f"{side}ticks": at, f"{side}ticklabels": axis.labels})
            getattr(axes, f"{side}axis").set_ticks([], minor=True)
    axes.xaxis.label.set_color(colors["ink"])
    axes.yaxis.label.set_color(colors["ink"])
    limits = axes.get_xlim(), axes.get_ylim()
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
    if panel.note and (panel.circle or panel.bare):
        axes.text(0.5, 0, _note(given, values), transform=axes.transAxes, ha="center", color=colors["muted"])
    elif panel.note:  # under the axis and its label
        axes.annotate(_note(given, values), (0.5, 0), xycoords=axes.xaxis.label, ha="center", va="top", color=colors["muted"])
    for mark in panel.marks:
        filled(mark, values).draw(axes, values, colors)
    axes.set(xlim=limits[0], ylim=limits[1])
    if axes.get_legend_handles_labels()[1]:
        key = axes.legend(frameon=False, fontsize=8, labelcolor="linecolor", loc="lower left", bbox_to_anchor=(-0.02, 1))
        key.set_title(panel.title, prop={"size": 9})
        key.get_title().set_color(colors["muted"])
        key.set_alignment("left")
    elif panel.title:
        axes.set_title(panel.title, fontsize=9, color=colors["muted"], loc="left")
