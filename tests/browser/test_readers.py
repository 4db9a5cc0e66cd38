"""What readers ran into: the hand, the way back, links and paper. Each was seen to happen before it was mended."""

import re

import pytest
from playwright.sync_api import expect
from test_page import PHONE, VALUES, button, control_of, figure_of, middle_of, page_with, put, show

from lib.explorers.equivariance import PermutationLab
from lib.explorers.recurrent import GradientFlow
from lib.explorers.rope import RopeRotation, RopeScore


class Finger:
    """A finger on a page: what playwright can't do is asked of the browser itself."""

    def __init__(self, page):
        self.touch = page.context.new_cdp_session(page)

    def _send(self, kind, *at):
        self.touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at[0], "y": at[1]}] if at else []})

    def drags(self, start, *, down=0, right=0, steps=8):
        """From a place on, a few pixels at a time."""
        self._send("touchStart", *start)
        for step in range(1, steps + 1):
            self._send("touchMove", start[0] + right * step / steps, start[1] + down * step / steps)
        self._send("touchEnd")


def in_the_middle(locator):
    """The middle of an element, once it stands in the middle of the window."""
    locator.evaluate("node => node.scrollIntoView({ block: 'center', behavior: 'instant' })")
    return middle_of(locator.bounding_box())


def scrolled(page):
    return page.evaluate("scrollY")


# --- the hand ----------------------------------------------------------------------------------------


def test_a_finger_on_an_arrow_turns_it_and_scrolls_nothing(show):
    figure = show(RopeRotation, fresh=True, **PHONE)
    button(figure, "next panel").click()  # on a phone the map stands first
    tip = in_the_middle(figure.locator(".x-hold").first)
    before, place = figure.evaluate(VALUES), scrolled(figure.page)
    Finger(figure.page).drags(tip, down=-120)
    figure.page.wait_for_function("([figure, q1]) => figure.explorer.controls.q1.value !== q1", arg=[figure.handle, before["q1"]])
    assert scrolled(figure.page) == place


def test_a_finger_that_scrolls_from_a_slider_leaves_it_as_it_was(show):
    figure = show(RopeRotation, **PHONE)
    slider = control_of(figure, "m")
    _, y = in_the_middle(slider)
    box, before, place = slider.bounding_box(), figure.evaluate(VALUES), scrolled(figure.page)
    Finger(figure.page).drags((box["x"] + 0.9 * box["width"], y), down=-200)
    figure.page.wait_for_function("place => scrollY > place + 100", arg=place)
    assert figure.evaluate(VALUES) == before


def test_a_finger_that_scrolls_from_a_map_leaves_it_and_a_tap_presses_it(show):
    figure = show(RopeRotation, **PHONE)
    x, y = in_the_middle(figure.locator("[data-main] > svg"))
    before, place = figure.evaluate(VALUES), scrolled(figure.page)
    Finger(figure.page).drags((x, y), down=-150)
    figure.page.wait_for_function("place => scrollY > place + 60", arg=place)
    assert figure.evaluate(VALUES) == before
    figure.page.touchscreen.tap(*in_the_middle(figure.locator("[data-main] > svg")))
    assert {name for name, value in figure.evaluate(VALUES).items() if value != before[name]} == {"m", "n"}


def test_another_button_of_the_mouse_presses_and_turns_nothing(show):
    figure = show(RopeRotation)
    before, mouse = figure.evaluate(VALUES), figure.page.mouse
    for node in (figure.locator("[data-main] > svg"), figure.locator(".x-hold").first):
        x, y = in_the_middle(node)
        mouse.move(x - 40, y + 30) if node.get_attribute("class") != "x-hold" else mouse.move(x, y)
        mouse.down(button="right")
        mouse.move(x + 60, y + 50, steps=3)
        mouse.up(button="right")
        assert figure.evaluate(VALUES) == before


def test_a_drag_in_a_plot_selects_no_text(show):
    figure = show(RopeScore)
    x, y = in_the_middle(figure.locator("[data-panel='0'] > svg"))
    figure.page.mouse.move(x - 100, y)
    figure.page.mouse.down()
    figure.page.mouse.move(x + 60, y + 160, steps=4)
    figure.page.mouse.up()
    assert figure.page.evaluate("getSelection().toString()") == ""


def test_escape_stops_the_play_and_the_button_tells_its_state(show):
    figure = show(GradientFlow)
    play = button(figure, "play")
    expect(play).to_have_attribute("aria-pressed", "false")
    play.click()
    expect(button(figure, "pause")).to_have_attribute("aria-pressed", "true")
    figure.page.keyboard.press("Escape")
    expect(button(figure, "play")).to_have_attribute("aria-pressed", "false")


def test_after_the_way_back_controls_and_picture_agree(show):
    figure = show(RopeRotation, fresh=True)
    page = figure.page
    control_of(figure, "m").press("End")
    control_of(figure, "mixed").check()
    page.goto(page.url.replace("rope", "positional"))
    page.go_back()
    figure = figure_of(page, RopeRotation)
    values = figure.evaluate(VALUES)
    assert control_of(figure, "m").input_value() == str(values["m"])
    assert control_of(figure, "mixed").is_checked() == values["mixed"]


# --- the link ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fragment", ["#rope-rotation%3Fm%3D3%26n%3D2", "#rope-rotation?m=3%26n=2", "#rope-rotation%3Fm=3&n=2"])
def test_a_link_that_was_encoded_on_its_way_opens_the_state(show, fragment):
    values = show(RopeRotation, fragment).evaluate(VALUES)
    assert (values["m"], values["n"]) == (3, 2)


def test_the_same_link_may_be_followed_again(show):
    figure = show(RopeRotation, fresh=True)
    for _ in range(2):
        figure.page.evaluate("location.hash = '#rope-rotation?m=3'")
        figure.page.wait_for_function("figure => figure.explorer.controls.m.value === 3", arg=figure.handle)
        control_of(figure, "m").press("End")
        assert figure.page.evaluate("location.hash") == "#rope-rotation"
    assert figure.evaluate(VALUES)["m"] == 23


def test_a_link_carries_every_explorer_that_was_turned(show, open_page):
    figure = show(RopeRotation, fresh=True)
    page = figure.page
    put(figure, m=3)
    put(figure_of(page, RopeScore), distance=77, share=0.5)
    button(figure, "link").click()
    page.wait_for_function("location.hash.length > 1")
    address = page.url
    assert address.endswith("#rope-rotation?m=3&rope-score:distance=77&rope-score:share=0.5")
    page = open_page(address, fresh=True)
    page.evaluate("() => Promise.all([...document.querySelectorAll('figure.explorer')].map((figure) => figure.explorer.ready))")
    assert figure_of(page, RopeRotation).evaluate(VALUES) == RopeRotation(m=3).value
    assert figure_of(page, RopeScore).evaluate(VALUES) == RopeScore(distance=77, share=0.5).value


def test_a_frame_doesnt_speak_of_an_address_bar(open_page, site, book):
    page = open_page(site + "/chapters/notation.html", fresh=True)
    page.evaluate(
        """src => {
            const frame = Object.assign(document.createElement("iframe"), { src, width: 900, height: 600, sandbox: "allow-scripts" });
            document.body.replaceChildren(frame);
        }""",
        site + page_with(book, RopeRotation),
    )
    link = page.frame_locator("iframe").locator("figure.explorer").first.get_by_role("button", name="link")
    link.click()
    expect(link).to_have_text(re.compile("this frame may not copy a link"))
    page.watch.console.clear()  # the browser's own remark on a clipboard that is closed


# --- hosts, paper, and what doesn't arrive -----------------------------------------------------------


# A host's model: `saved` has what it was given to save, `announce(values)` is Python that sets them one by one.
HOST = """spec => {
    const state = Object.fromEntries(spec.controls.map(({ name, default: value }) => [name, value]));
    const heard = {};
    const set = (name, value) => {
        state[name] = value;
        for (const each of heard["change:" + name] ?? []) each();
    };
    window.saved = [];
    window.announce = (values) => Object.entries(values).forEach(([name, value]) => set(name, value));
    const model = { get: (name) => state[name], set, on: (type, each) => (heard[type] ??= []).push(each), off() {}, send() {},
        save_changes: () => saved.push({ ...state }) };
    const el = document.body.appendChild(document.createElement("div"));
    explorers.render({ model, el }, spec);
    window.hosted = el.querySelector("figure").explorer;
}"""


@pytest.fixture
def host(show):
    figure = show(RopeRotation, fresh=True)
    figure.page.evaluate(HOST, RopeRotation().spec)
    return figure.page


def test_a_host_hears_of_a_turn(host):
    """marimo and others read the model only when it is saved."""
    host.evaluate("hosted.set({ m: 3 }), hosted.set({ m: 5, n: 7 })")
    host.wait_for_function("saved.length")
    assert [(state["m"], state["n"]) for state in host.evaluate("saved")] == [(5, 7)]


def test_a_host_that_never_answers_is_not_called_a_kernel_that_is_gone(host):
    """As a widget manager's in an exported page: there is a model, and nothing behind it."""
    expect(host.locator("figure.explorer .x-source").last).to_have_text("computed by the browser's own twin")
    host.evaluate("hosted.set({ m: 5 })")
    assert host.evaluate("hosted.frame().distance") == 1


def test_a_late_confirmation_of_an_earlier_turn_does_not_take_the_hand_back(host):
    """A kernel that was busy confirms m = 3 when the hand is at 5; what Python sets of the others is taken."""
    now = "['m', 'n'].map((name) => hosted.controls[name].value)"
    host.evaluate("hosted.set({ m: 5 }), announce({ m: 3, n: 8 })")
    assert host.evaluate(now) == [5, 8]
    host.wait_for_function("saved.length")
    assert [(state["m"], state["n"]) for state in host.evaluate("saved")] == [(5, 8)]
    host.evaluate("announce({ m: 3 })")
    assert host.evaluate(now) == [3, 8]


def test_paper_gets_a_light_picture_of_its_width_the_values_and_the_solutions(show):
    figure = show(PermutationLab, fresh=True)
    page = figure.page
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    closed = page.locator("details:not([open])").count()
    assert closed
    dark = figure.evaluate("figure => figure.querySelector('canvas').toDataURL()")
    ground = "figure => getComputedStyle(figure).backgroundColor"
    shade = figure.evaluate(ground)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert figure.evaluate(ground) == "rgb(248, 249, 251)" != shade
    assert figure.evaluate("figure => figure.querySelector('canvas').toDataURL()") != dark
    inner = figure.bounding_box()
    assert inner["width"] <= 640
    for plot in figure.locator(".x-plot > svg").all():
        box = plot.bounding_box()
        assert box["x"] >= inner["x"] and box["x"] + box["width"] <= inner["x"] + inner["width"]
    assert page.locator("details:not([open])").count() == 0
    expect(figure.locator(".x-slider .x-value").first).to_be_visible()
    expect(figure.locator(".x-slider input").first).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() == closed
    assert figure.evaluate(ground) == shade and figure.bounding_box()["width"] > 640


def test_forced_colours_leave_sliders_switches_and_keys(show):
    figure = show(RopeRotation, fresh=True, forced_colors="active")
    switch = control_of(figure, "mixed")
    in_the_middle(switch)
    off = switch.screenshot()
    switch.check()
    figure.page.mouse.move(0, 0)
    assert switch.screenshot() != off
    track = control_of(figure, "m")
    assert track.evaluate("node => getComputedStyle(node).forcedColorAdjust") == "none"
    keys = figure_of(figure.page, RopeScore).locator(".x-key").all()
    assert len({key.evaluate("node => getComputedStyle(node, '::before').borderTopColor") for key in keys}) > 1


def test_where_the_script_doesnt_arrive_the_standing_picture_does(browser, site, book):
    page = browser.new_page()
    page.route("**/explorers/*.js*", lambda route: route.abort())
    page.goto(site + page_with(book, RopeRotation))
    figure = page.locator("figure.explorer").first
    expect(figure.locator("svg").first).to_be_visible()
    expect(figure.locator("figcaption")).to_be_visible()
    assert figure.locator("svg").first.bounding_box()["height"] > 200
    page.close()
