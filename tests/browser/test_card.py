"""What stands around a picture: Try above it, See when something has been turned, the main control first, marks on what a hand can take."""

import pytest
from playwright.sync_api import expect
from test_page import control_of, every, middle_of, put, show, turn  # noqa: F401

from lib.explorers.counting import ParameterCounter
from lib.explorers.rope import RopeRotation


@every
def test_try_is_one_line_above_the_picture_and_see_is_folded(show, explorer):  # noqa: F811
    figure = show(explorer, fresh=True, viewport={"width": 1366, "height": 657})
    caption, picture, see = (figure.locator(name) for name in ("figcaption", ".x-stage", ".x-see"))
    assert explorer.tries in caption.inner_text() and explorer.sees not in caption.inner_text()
    above, below = caption.bounding_box(), picture.bounding_box()
    assert above["y"] + above["height"] <= below["y"]
    assert above["height"] < 1.9 * caption.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    expect(see).not_to_have_attribute("open", "")
    assert not see.evaluate("node => node.checkVisibility({ contentVisibilityAuto: true }) && node.open")
    turn(figure, explorer, explorer.play)
    expect(see).to_have_attribute("open", "")
    assert explorer.sees in see.inner_text()


def test_see_opens_for_who_asks(show):  # noqa: F811
    figure = show(RopeRotation, fresh=True)
    figure.locator(".x-see summary").focus()
    figure.page.keyboard.press("Enter")
    expect(figure.locator(".x-see")).to_have_attribute("open", "")
    figure.page.keyboard.press("Enter")
    expect(figure.locator(".x-see")).not_to_have_attribute("open", "")


@every
def test_the_main_control_is_first_and_larger(show, explorer):  # noqa: F811
    figure = show(explorer)
    [first, *others] = [
        box for box in figure.locator(".x-hands input[type=range]").all() if not box.evaluate("node => node.closest('.x-handles')")
    ]
    assert first.get_attribute("name") == explorer.play
    for other in others:
        assert other.bounding_box()["height"] < first.bounding_box()["height"]
        assert other.bounding_box()["y"] > first.bounding_box()["y"]


def test_what_is_rarely_turned_is_behind_more_until_it_is_not_at_its_default(show):  # noqa: F811
    figure = show(ParameterCounter, fresh=True)
    more = figure.locator(".x-more")
    more.evaluate("node => node.open = false")
    for name in ParameterCounter.controls:
        assert control_of(figure, name).is_visible() == (name not in ParameterCounter.more), name
    put(figure, layers=10)
    expect(more).not_to_have_attribute("open", "")
    put(figure, heads=10)  # as a link does
    expect(more).to_have_attribute("open", "")
    more.evaluate("node => node.open = false")  # the reader closes it again
    put(figure, layers=11)
    expect(more).not_to_have_attribute("open", "")


def test_a_state_baked_in_or_followed_opens_more(show):  # noqa: F811
    figure = show(RopeRotation, "#rope-rotation?base=500")
    figure.locator(".x-more").evaluate("node => node.open = false")
    figure.page.evaluate("() => { location.hash = 'rope-rotation?base=700'; }")
    expect(figure.locator(".x-more")).to_have_attribute("open", "")


RING = "node => parseFloat(getComputedStyle(node).strokeWidth)"


def test_what_a_hand_can_take_says_so_until_first_use(show):  # noqa: F811
    figure = show(RopeRotation, fresh=True)
    tips, words = figure.locator(".x-free-tip"), figure.locator(".x-press")
    assert tips.count() == 8 and words.count() == 1
    expect(words).to_be_visible()
    assert min(tip.evaluate(RING) for tip in tips.all()) >= 8
    tips.first.scroll_into_view_if_needed()
    mouse, (x, y) = figure.page.mouse, middle_of(tips.first.bounding_box())
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 20, y + 20)
    mouse.up()
    assert max(tip.evaluate(RING) for tip in tips.all()) < 3
    expect(words).to_be_visible()
    figure.locator("canvas").first.scroll_into_view_if_needed()
    mouse.click(*middle_of(figure.locator("canvas").first.bounding_box()))
    expect(words).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1366])
def test_no_hint_lies_on_a_text(show, width):  # noqa: F811
    for explorer in (RopeRotation, ParameterCounter):
        figure = show(explorer, fresh=True, viewport={"width": width, "height": 800})
        assert (
            figure.evaluate("""figure => [...figure.querySelectorAll(".x-press")].filter((hint) => hint.checkVisibility()).flatMap((hint) => {
            const box = hint.getBoundingClientRect();
            return [...figure.querySelectorAll(".x-axes text, .x-keys .x-key, .x-scale, .x-row-text")].filter((text) => {
                const other = text.getBoundingClientRect();
                return other.left < box.right && other.right > box.left && other.top < box.bottom && other.bottom > box.top;
            }).map((text) => text.textContent);
        })""")
            == []
        )
