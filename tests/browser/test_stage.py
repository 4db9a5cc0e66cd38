"""The stage: an explorer with the whole window to itself."""

import pytest
from every_explorer import EXPLORERS
from kept import VALUES
from playwright.sync_api import expect
from test_page import DRAWN, button, control_of, every, on_the_page_of, one_a_page, put, show, turn  # noqa: F401

from lib.explorers.rope import RopeRotation

# While each control has the focus: what of the main panel and of the control isn't in the window, what is under 11 px or scrolls sideways.
CUT = """figure => {
    const out = [];
    const seen = (node, what) => {
        const { left, top, right, bottom } = node.getBoundingClientRect();
        if (left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1) out.push(`${what}: ${[left, top, right, bottom].map(Math.round)}`);
    };
    figure.querySelectorAll(".x-more").forEach((box) => box.open = true);
    for (const control of figure.querySelectorAll(".x-hands :is(input, select, textarea, .x-chip)")) {
        control.focus();
        seen(figure.querySelector("[data-main]"), `main panel, at ${control.name}`);
        if (innerWidth > 1000) seen(figure.querySelector(".x-stage"), `picture, at ${control.name}`);
        if (!control.closest(".x-handles")) seen(control, control.name);
    }
    if (figure.scrollWidth > figure.clientWidth) out.push("scrolls sideways");
    return out;
}"""
SMALLEST = """figure => Math.min(...[...figure.querySelectorAll(":is(text, span, b, p, label, button, select, th, td)")]
    .filter((node) => node.checkVisibility() && !node.closest(".x-unseen, .x-handles") && node.textContent.trim())
    .map((node) => parseFloat(getComputedStyle(node).fontSize) * figure.currentCSSZoom))"""


def on_stage(figure):
    button(figure, "stage").click()
    expect(button(figure, "leave")).to_be_visible()
    figure.page.evaluate(DRAWN)


@every
def test_the_picture_is_large_and_nothing_is_cut(show, explorer):  # noqa: F811
    figure = show(explorer)
    windows = (1366, 657), (1920, 950), (390, 700)  # on a phone the first of each page
    for width, height in windows if explorer in on_the_page_of(explorer)[:1] else windows[:2]:
        figure.page.set_viewport_size({"width": width, "height": height})
        before = figure.locator("[data-main]").bounding_box()
        on_stage(figure)
        box = figure.bounding_box()
        assert [round(box[side]) for side in ("x", "y", "width", "height")] == [0, 0, width, height]
        assert figure.evaluate(CUT) == []
        after = figure.locator("[data-main]").bounding_box()
        if width > 1000:
            expect(figure.locator(".x-turner")).to_be_hidden()
            assert after["width"] * after["height"] > 1.05 * before["width"] * before["height"]
            assert figure.evaluate(SMALLEST) >= height / 60  # as type on slides is, about
        button(figure, "leave").click()


@one_a_page
def test_escape_leaves_and_the_state_stays(show, explorer):  # noqa: F811
    figure = show(explorer)
    page = figure.page
    page.evaluate("() => scrollTo(0, 700)")
    place = figure.evaluate("figure => [figure.previousElementSibling?.outerHTML, figure.nextElementSibling?.outerHTML, scrollY]")
    on_stage(figure)
    expect(control_of(figure, explorer.play)).to_be_focused()
    turn(figure, explorer, explorer.play)
    turned = figure.evaluate(VALUES)
    assert turned != explorer().value
    page.keyboard.press("Escape")
    expect(button(figure, "stage")).to_be_focused()
    assert figure.evaluate(VALUES) == turned
    page.set_viewport_size({"width": 1280, "height": 720})
    assert figure.evaluate("figure => [figure.previousElementSibling?.outerHTML, figure.nextElementSibling?.outerHTML]") == place[:2]
    expect(page.locator("dialog")).to_have_count(0)
    assert page.evaluate("document.fullscreenElement") is None


def test_it_is_full_screen_and_its_end_is_the_end_of_the_stage(show):  # noqa: F811
    figure = show(RopeRotation)
    on_stage(figure)
    page = figure.page
    page.wait_for_function("document.fullscreenElement === document.documentElement")
    page.evaluate("document.exitFullscreen()")  # as Escape does there
    expect(button(figure, "stage")).to_be_visible()
    expect(page.locator("dialog")).to_have_count(0)


def test_where_there_is_no_full_screen_the_window_is_filled(show):  # noqa: F811
    figure = show(RopeRotation, fresh=True, before="Object.defineProperty(document, 'fullscreenEnabled', { value: false })")
    on_stage(figure)
    assert figure.page.evaluate("[document.fullscreenElement, document.querySelector('dialog').matches(':modal')]") == [None, True]
    figure.page.keyboard.press("Escape")
    expect(button(figure, "stage")).to_be_focused()


@every
def test_left_and_right_turn_the_main_control(show, explorer):  # noqa: F811
    """From anywhere but a control that has these keys for itself."""
    figure = show(explorer)
    on_stage(figure)
    control = explorer.controls[explorer.play]
    put(figure, **{explorer.play: (control.low + control.high) / 2})
    button(figure, "reset").focus()
    steps = [figure.evaluate(VALUES)[explorer.play]]
    for key in ("ArrowLeft", "ArrowRight", "ArrowRight"):
        figure.page.keyboard.press(key)
        steps.append(figure.evaluate(VALUES)[explorer.play])
    assert steps[1] < steps[0] and steps[1] < steps[2] < steps[3], steps
    button(figure, "reset").click()
    button(figure, "leave").click()


def test_the_hand_meets_what_it_points_at(show):  # noqa: F811
    """The stage is zoomed: a press in the map, an arrow and what is said under the pointer are where they are seen."""
    figure = show(RopeRotation)
    figure.page.set_viewport_size({"width": 1920, "height": 950})
    on_stage(figure)
    assert figure.evaluate("figure => figure.currentCSSZoom") > 1.3
    canvas, mouse = figure.locator("canvas").bounding_box(), figure.page.mouse
    rows = 24
    at = lambda n: (n + 0.5) / rows  # noqa: E731
    x, y = canvas["x"] + at(17) * canvas["width"], canvas["y"] + at(5) * canvas["height"]
    mouse.move(x, y)
    expect(figure.locator(".x-hint")).to_contain_text("m = 5, n = 17")
    hint = figure.locator(".x-hint").bounding_box()
    assert min(abs(hint["x"] - x), abs(hint["x"] + hint["width"] - x)) < 40 and 0 < hint["y"] - y < 60
    mouse.down()
    mouse.up()
    values = figure.evaluate(VALUES)
    assert (values["m"], values["n"]) == (5, 17)
    tip, circle = (figure.locator(selector).first.bounding_box() for selector in (".x-free-tip", ".x-guide"))
    middle = [circle[side] + circle[size] / 2 for side, size in (("x", "width"), ("y", "height"))]
    start = [tip["x"] + tip["width"] / 2, tip["y"] + tip["height"] / 2]
    mouse.move(*start)
    mouse.down()
    across, down = (a - b for a, b in zip(start, middle))
    mouse.move(middle[0] + down, middle[1] - across, steps=5)  # a quarter of a turn to the left
    mouse.up()
    turned = figure.evaluate(VALUES)["q1"] - values["q1"]
    assert min(abs(turned - 1.5708), abs(turned - 1.5708 + 6.2832)) < 0.03
    button(figure, "reset").click()
    button(figure, "leave").click()


def test_a_word_is_dragged_to_where_the_hand_goes(show):  # noqa: F811
    [lab] = [explorer for explorer in EXPLORERS if explorer.name == "permutation-lab"]
    figure = show(lab)
    figure.page.set_viewport_size({"width": 1920, "height": 950})
    on_stage(figure)
    chips = [chip.bounding_box() for chip in figure.locator(".x-chip").all()]
    middle = lambda box: (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # noqa: E731
    word = figure.locator(".x-chip").first.inner_text()
    figure.page.mouse.move(*middle(chips[0]))
    figure.page.mouse.down()
    figure.page.mouse.move(*middle(chips[3]), steps=8)
    held = figure.locator(".x-held").bounding_box()
    assert middle(held) == pytest.approx(middle(chips[3]), abs=3)
    figure.page.mouse.up()
    assert figure.locator(".x-chip").nth(3).inner_text() == word
    button(figure, "reset").click()
    button(figure, "leave").click()
