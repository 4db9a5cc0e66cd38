"""Pin: the picture that was there stays, faint, in the axes of the one that comes."""

import numpy as np
import pictures
import pytest
from every_explorer import EXPLORERS
from kept import READOUTS
from playwright.sync_api import expect
from scene import Scene
from test_page import button
from test_pictures import HALF, mounted, places_of, rgb  # noqa: F401
from test_pictures_on_paper import state_of

from lib.widget import Bars, Heatmap, Tree
from lib.widget.ends import ends
from lib.widget.view import panels

each = pytest.mark.parametrize("explorer", [Scene, *EXPLORERS], ids=lambda explorer: explorer.name)


def turned(figure, state):
    figure.evaluate("(figure, state) => figure.explorer.set(state)", state)


def pieces(panel, drawn, pinned):
    """The nodes of each mark of a panel, of what is pinned or of what is there."""
    for number, mark in enumerate(panel.marks):
        if not isinstance(mark, (Heatmap, Tree)):
            yield mark, [node for part in drawn["marks"] if part["mark"] == number and part["pinned"] == pinned for node in part["nodes"]]


@each
def test_what_is_pinned_stands_where_its_numbers_say(mounted, explorer):  # noqa: F811
    """In the axes of the new picture, which hold both."""
    before, now = state_of(explorer, {}), state_of(explorer, "moved")
    figure = mounted(explorer, before)
    button(figure, "pin").click()
    expect(button(figure, "pin")).to_have_attribute("aria-pressed", "true")
    turned(figure, now)
    was, here = explorer.values(**before), explorer.values(**now)
    for panel, drawn in zip(panels(explorer.view), figure.evaluate(pictures.READ)):
        limits = [np.array(one) for one in (ends(panel, was), ends(panel, here))]
        both = [(min(*a, *b), max(*a, *b))[:: 1 if b[0] <= b[1] else -1] for a, b in zip(*limits)]
        if panel.bare or panel.y.labels == ():
            continue  # no ticks to read places from
        x, y = places_of(panel, drawn, here)
        if not panel.circle:
            (left, right), (low, high) = limits[1] if any(isinstance(mark, Heatmap) for mark in panel.marks) else both
            corners = [x(left), x(right), y(low), y(high)]
            np.testing.assert_allclose(corners, [58, drawn["width"] - 12, drawn["height"] - 40, 8], atol=HALF, err_msg=panel.title)
        for values, pinned in ((was, True), (here, False)):
            for mark, nodes in pieces(panel, drawn, pinned):
                foot = both[1][0] if panel.y.log else 0.0
                geometry, inks = pictures.in_browser(mark, nodes)
                wanted = pictures.in_pixels(pictures.expected(mark, values, foot, panel.y.log), x, y)
                what = f"{panel.title}: {pictures.describe(mark)}, pinned {pinned}"
                for drawn_area, area in zip(geometry.pop("areas", []), wanted.pop("areas", []), strict=True):  # corners may coincide
                    away = np.abs(drawn_area[:, None] - area[None]).max(axis=-1)
                    assert max(away.min(axis=0).max(), away.min(axis=1).max()) < HALF, what
                pictures.compare(geometry, wanted, HALF, what)
                assert set(inks) <= {"var(--x-ink)" if pinned and isinstance(mark, Bars) else f"var(--x-{mark.color})"}


@each
def test_readouts_say_both(mounted, explorer):  # noqa: F811
    before, now = state_of(explorer, {}), state_of(explorer, "moved")
    figure = mounted(explorer, before)
    was = [number for _, _, number, _ in figure.evaluate(READOUTS)]
    button(figure, "pin").click()
    turned(figure, now)
    kept = figure.locator(".x-before").all_text_contents()
    assert len(kept) == len(was)
    for said, number, readout in zip(kept, was, explorer.view.readouts):
        assert said.split() == ["pinned", "◉", *number.removesuffix(readout.unit).split()]


@each
def test_maps_show_the_difference_on_demand(mounted, explorer):  # noqa: F811
    """In the colours of both signs, up to the largest difference; of maps of two sizes there is none."""
    before, now = state_of(explorer, {}), state_of(explorer, "moved")
    figure = mounted(explorer, before)
    expect(button(figure, "difference")).to_have_count(0)
    button(figure, "pin").click()
    turned(figure, now)
    maps = [(i, mark) for i, panel in enumerate(panels(explorer.view)) for mark in panel.marks if isinstance(mark, Heatmap)]
    if not maps:
        expect(button(figure, "difference")).to_have_count(0)
        return
    button(figure, "difference").click()
    was, here = explorer.values(**before), explorer.values(**now)
    seen = figure.evaluate(pictures.READ)
    for i, mark in maps:
        number = panels(explorer.view)[i].marks.index(mark)
        [canvas] = [part["canvas"] for part in seen[i]["marks"] if part["mark"] == number and part["canvas"]]
        old, new = (np.asarray(pictures.value_of(values, mark.z), float) for values in (was, here))
        if old.shape != new.shape:
            shares, named = pictures.shares_of(mark, here), ""
        else:
            others = [other for other in panels(explorer.view)[i].marks if isinstance(other, Heatmap)]
            apart = [np.subtract(*(np.asarray(pictures.value_of(values, other.z), float) for values in (here, was))) for other in others]
            reach = max(max((np.nanmax(np.abs(one)) for one in apart if np.isfinite(one).any()), default=0), 1e-3 * (mark.full(here) or 1))
            shares, named = (new - old) / reach, "difference"
        if number == 0:
            assert figure.locator(f".x-panel:has([data-panel='{i}']) .x-scale b").inner_text() == named
        below, middle, above = (rgb(name) for name in ("negative", "middle", "positive"))
        if mark.sequential and not named:
            above = rgb("accent")
        pixels = np.array(canvas["pixels"]).reshape(*new.shape, 4)[..., :3]
        wanted = middle + np.where(shares[..., None] < 0, below - middle, above - middle) * np.abs(shares)[..., None]
        there = np.isfinite(shares)
        np.testing.assert_allclose(pixels[there], wanted[there], atol=2.5, err_msg=mark.z)


def test_a_second_press_and_reset_let_it_go(mounted):  # noqa: F811
    figure = mounted(Scene, Scene().value)
    kept = sum(not isinstance(mark, (Heatmap, Tree)) for panel in panels(Scene.view) for mark in panel.marks)
    for clear in ("pin", "reset"):
        button(figure, "pin").click()
        turned(figure, {"size": 5.0})
        assert figure.locator(".x-pinned").count() == kept and figure.locator(".x-before").first.is_visible()
        button(figure, clear).click()
        assert figure.locator(".x-pinned").count() == 0 and not figure.locator(".x-before").first.is_visible()
        expect(button(figure, "pin")).to_have_attribute("aria-pressed", "false")
        expect(button(figure, "difference")).to_have_count(0)


def test_under_the_pointer_stand_both_numbers_of_a_map(mounted):  # noqa: F811
    figure = mounted(Scene, Scene().value)
    button(figure, "pin").click()
    was = Scene.frame(**Scene().value)["scaled"][0, 0]
    turned(figure, {"size": 5.0})
    now = Scene.frame(**Scene().value | {"size": 5.0})["scaled"][0, 0]
    canvas = figure.locator("canvas").first.bounding_box()
    figure.page.mouse.move(canvas["x"] + 5, canvas["y"] + 5)
    expect(figure.locator(".x-hint")).to_contain_text(f"{now:+.2f} (pinned {was:+.2f})".replace("-", "−"))


@each
def test_on_a_phone_both_numbers_have_room(mounted, explorer):  # noqa: F811
    figure = mounted(explorer, state_of(explorer, {}))
    figure.page.set_viewport_size({"width": 390, "height": 3000})
    button(figure, "pin").click()
    turned(figure, state_of(explorer, "moved"))
    assert (
        figure.evaluate("""figure => {
        const { left, right } = figure.querySelector(".x-readouts").getBoundingClientRect();
        return [...figure.querySelectorAll(".x-readouts :is(b, .x-before, th)")].filter((node) => {
            const box = node.getBoundingClientRect();
            return box.width && (box.left < left - 1 || box.right > right + 1);
        }).map((node) => node.textContent);
    }""")
        == []
    )
    assert figure.locator(".x-actions").bounding_box()["height"] <= 2 * 44
    figure.page.set_viewport_size({"width": 1000, "height": 3000})
