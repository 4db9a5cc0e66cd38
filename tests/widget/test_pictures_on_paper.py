"""What matplotlib draws, read back from its artists: of every mark in the scene, and of every explorer at a state of its own."""

from pathlib import Path

import drivers
import numpy as np
import paper
import pictures
import pytest
from every_explorer import EXPLORERS, default_of
from matplotlib.colors import to_hex, to_rgb
from scene import Scene

from lib.widget import Heatmap, Tree, palette
from lib.widget.ends import ends
from lib.widget.readable import fill
from lib.widget.view import panels

SCENES = [
    (Scene, {}),
    (Scene, {"size": 2.5, "start": 2, "sign": "minus", "turn": -2.0, "order": [2, 0, 1]}),
    *((explorer, {}) for explorer in EXPLORERS),
    *((explorer, "moved") for explorer in EXPLORERS),
]
every_scene = pytest.mark.parametrize("explorer, state", SCENES, ids=lambda item: getattr(item, "name", str(item)[:12]))


def moved(explorer):
    """A state that isn't the default: every slider on its way, every choice another, no red switch."""
    state = default_of(explorer)
    for name, control in explorer.controls.items():
        if not getattr(control, "breaks", False) and type(control).__name__ != "Text":
            driver = drivers.of(control)
            options = [value for value in driver.corners(control) if value != control.default_value]
            halfway = (
                [control.low + (control.high - control.low) // 3 * 1 if control.whole else (control.low * 3 + control.high) / 4]
                if hasattr(control, "low")
                else options
            )
            value = halfway[0]
            if hasattr(control, "low") and control.whole and not control.log:
                value = control.low + int((value - control.low) // control.step) * control.step
            state[name] = value
    return state


def state_of(explorer, state):
    return moved(explorer) if state == "moved" else default_of(explorer) | state


@every_scene
def test_the_artists_are_the_frame(monkeypatch, explorer, state):
    state = state_of(explorer, state)
    values = explorer.values(**state)
    wanted = [(panel, mark) for panel in panels(explorer.view) for mark in panel.marks]
    seen = pictures.drawn_on_paper(monkeypatch, explorer, **state)
    assert len(seen) == len(wanted)
    for (panel, given), (mark, axes, artists, colors) in zip(wanted, seen):
        assert type(mark) is type(given)
        what = f"{panel.title}: {pictures.describe(given)}"
        if isinstance(mark, Heatmap):
            [image] = artists
            shares = pictures.shares_of(given, values)
            np.testing.assert_allclose(
                image.get_array().filled(np.nan), np.asarray(pictures.value_of(values, given.z), float), err_msg=what
            )
            rows, columns = shares.shape
            left, top = (pictures.value_of(values, along.start) - 0.5 for along in (given.x, given.y))
            assert tuple(image.get_extent()) == (left, left + columns, top + rows, top), what  # the first row on top
            [scale] = axes.child_axes  # one for the maps of a panel: its first colour is the upper end's
            if given is next(other for other in panel.marks if isinstance(other, Heatmap)):
                limit = given.full(values) or 1
                full = [0 if given.sequential else -limit, limit]
                assert scale.get_yticks()[[0, -1]] == pytest.approx(full) and scale.get_ylim() == pytest.approx(full), what
                assert list(scale.images[0].get_array()[[-1, 0], 0]) == pytest.approx(full), what
            shown = image.to_rgba(image.get_array())[..., :3]
            ramp = [
                to_rgb(colors[name])
                for name in (("middle", "accent", "accent") if given.sequential else ("middle", "negative", "positive"))
            ]
            for (row, column), share in np.ndenumerate(shares):
                if np.isfinite(share):
                    end = np.array(ramp[1] if share < 0 else ramp[2])
                    np.testing.assert_allclose(
                        shown[row, column], ramp[0] + (end - ramp[0]) * abs(share), atol=0.02, err_msg=f"{what} [{row}, {column}]"
                    )
            continue
        if isinstance(mark, Tree):
            leaves = pictures.leaves_of(given, values)
            boxes = {
                tuple(np.round([p.get_x(), p.get_y(), p.get_width(), p.get_height()], 9)): to_hex(p.get_facecolor())
                for p in artists
                if type(p).__name__ == "Rectangle"
            }
            groups = pictures.value_of(values, given.groups)
            assert boxes == {tuple(np.round(area, 9)): colors[given.keys[groups[part]][1]] for part, area in leaves.items()}, what
            continue
        (_, _), (low, _) = ends(panel, values)
        geometry, inks = pictures.on_paper(mark, axes, artists)
        pictures.compare(geometry, pictures.expected(given, values), 1e-9, what)
        assert {to_hex(ink) for ink in inks} <= {colors[mark.color], palette.LIGHT["wrong"]}, what
        assert inks or not geometry or not any(geometry.values())


@every_scene
def test_axes_stand_as_the_view_says(monkeypatch, explorer, state):
    state = state_of(explorer, state)
    values = explorer.values(**state)
    seen = pictures.drawn_on_paper(monkeypatch, explorer, **state)
    drawn = list(dict.fromkeys(axes for _, axes, _, _ in seen))
    for panel, axes in zip(panels(explorer.view), drawn):
        for side, axis, limits in zip("xy", (panel.x, panel.y), ends(panel, values)):
            np.testing.assert_allclose(getattr(axes, f"get_{side}lim")(), limits)
            assert getattr(axes, f"get_{side}scale")() == ("log" if axis.log else "linear")
            if panel.circle:
                np.testing.assert_allclose(np.hypot(*axes.lines[0].get_xydata().T), 1)
            else:
                assert getattr(axes, f"get_{side}label")() == fill(axis.label, values)
            if axis.labels:
                places = dict(
                    zip(getattr(axes, f"get_{side}ticks")(), [text.get_text() for text in getattr(axes, f"get_{side}ticklabels")()])
                )
                at = pictures.value_of(values, axis.at) if axis.at is not None else range(len(axis.labels))
                assert places == {float(place): fill(label, values) for place, label in zip(at, axis.labels)}
        key = axes.get_legend()
        labels = [
            fill(mark.label, values)
            for mark in panel.marks
            if getattr(mark, "label", "") and getattr(mark, "at", None) is None and type(mark).__name__ in ("Lines", "Bars", "Points")
        ]
        labels += [fill(label, values) for mark in panel.marks if isinstance(mark, Tree) for label, _ in mark.keys]
        assert sorted(text.get_text() for text in (key.get_texts() if key else [])) == sorted(filter(None, labels))


def test_the_ends_of_the_scene():
    """By hand: what follows the data, at least so far, times a factor, downwards, and from the other side."""
    values = Scene.values(**default_of(Scene) | {"size": 2.0})
    wanted = [
        ((2.5, 6.5), (7.5, 4.5)),
        ((-0.5, 1.5), (2.5, -0.5)),
        ((-2.0, 0.5), (-1.54, 2 * 1.1 * 5.5)),
        ((4.6, -0.6), (1e-5, 1e3)),
        ((1.0, 200.0), (1e4, 1e-5)),
        ((-1.25, 1.25), (-1.25, 1.25)),
        ((-1.0, 12.0), (4.5, 1.5)),
        ((0.0, 1.0), (1.0, 0.0)),
    ]
    for panel, (x, y) in zip(panels(Scene.view), wanted):
        np.testing.assert_allclose(ends(panel, values), (x, y), err_msg=panel.title)


def test_the_scene_in_words():
    """Colours, widths, styles, texts and ticks of every artist, as paper.txt has them."""
    assert list(paper.outline(Scene)) == Path(__file__).with_name("paper.txt").read_text("utf-8").splitlines()
