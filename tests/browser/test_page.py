"""What a page promises (DESIGN.md, the browser interface), on the built book.

Explorers are found in the built pages, so that a new chapter's are held to this at once.
"""

import math
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from every_explorer import EXPLORERS
from playwright.sync_api import expect

from lib.explorers.controls import Choice, Handle, Order, Slider, Switch, Text
from lib.explorers.equivariance import WORDS, PermutationLab
from lib.explorers.explorer import plain
from lib.explorers.rope import RopeRotation, RopeScore
from lib.explorers.view import pick

every = pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
breaking = pytest.mark.parametrize(
    "explorer",
    [e for e in EXPLORERS if any(getattr(control, "breaks", False) for control in e.controls.values())],
    ids=lambda explorer: explorer.name,
)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

# All that the eye gets of an explorer's picture, as text.
PICTURE = """figure => [...figure.querySelectorAll(".x-plot > svg")].map((svg) => {
    const seen = svg.cloneNode(true);
    for (const node of seen.querySelectorAll("[style]")) node.style.display === "none" ? node.remove() : node.removeAttribute("style");
    return seen.innerHTML;
  }).join() +
  [...figure.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()).join() +
  [...figure.querySelectorAll(".x-readouts, .x-note, .x-keys, .x-crumbs, .x-parts")].map((node) => node.textContent).join()"""
VALUES = "figure => Object.fromEntries(Object.entries(figure.explorer.controls).map(([name, { value }]) => [name, value]))"
# Resolves once the page has drawn what was asked of it until now.
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def page_with(book, explorer):
    """The address, inside the book, of the page that shows an explorer."""
    pages = sorted(book.rglob("*.html"), key=lambda path: "chapters" not in path.parts)
    for path in pages:
        if f'data-explorer="{explorer.name}"' in path.read_text("utf-8"):
            return "/" + path.relative_to(book).as_posix()
    pytest.fail(f"No page of the book shows {explorer.name}.", pytrace=False)


@pytest.fixture
def show(open_page, place, book):
    """show(explorer, fragment) -> its figure on the built page, over http and out of the folder."""

    def one(explorer, fragment="", **options):
        page = open_page(place + page_with(book, explorer) + fragment, **options)
        figure = figure_of(page, explorer)
        figure.evaluate("figure => figure.explorer.ready")
        return figure

    return one


@pytest.fixture
def show_served(open_page, site, book):
    """The same over http alone, where the place makes no difference."""

    def one(explorer, fragment="", **options):
        return figure_of(open_page(site + page_with(book, explorer) + fragment, **options), explorer)

    return one


def figure_of(page, explorer, nth=0):
    return page.locator(f'figure.explorer[data-explorer="{explorer.name}"]').nth(nth)


def control_of(figure, name):
    return figure.locator(f"[name={name}]")


def button(figure, words):
    return figure.get_by_role("button", name=words)


def operate(element, control):
    """Another value, given as a reader's hand gives it to the native element."""
    if isinstance(control, Choice):
        element.select_option(next(option for option in control.options if option != control.default_value))
    elif isinstance(control, Switch):
        element.click()
    elif isinstance(control, Order):
        chips = element.get_by_role("slider")
        chips.first.drag_to(chips.last)
    elif isinstance(control, Text):
        element.fill(control.examples[0])
    else:
        element.evaluate(
            """input => {
                const [low, high, now] = [input.min, input.max, input.value].map(Number);
                input.value = now - low > (high - low) / 2 ? low + (high - low) / 4 : high - (high - low) / 4;
                input.dispatchEvent(new Event("input", { bubbles: true }));
            }"""
        )


# --- an explorer answers -----------------------------------------------------------------


@every
def test_every_control_changes_the_picture(show, explorer):
    figure = show(explorer)
    figure.evaluate("figure => { window.heard = []; figure.addEventListener('input', (event) => heard.push(event.target.name)); }")
    picture, frame = figure.evaluate(PICTURE), figure.evaluate("figure => JSON.stringify(figure.explorer.frame())")
    assert figure.evaluate(VALUES) == explorer().value
    for name, control in explorer.controls.items():
        figure.evaluate("figure => heard.length = 0")
        operate(control_of(figure, name), control)
        values = figure.evaluate(VALUES)
        assert {key for key in values if values[key] != control_default(explorer, key)} == {name}
        assert explorer(**values).value == values, "a value that Python refuses"
        assert figure.evaluate(PICTURE) != picture, f"{name}: the picture stands still"
        assert figure.evaluate("figure => JSON.stringify(figure.explorer.frame())") != frame, name
        assert set(figure.evaluate("figure => heard")) == {name}
        button(figure, "reset").click()
        assert figure.evaluate(PICTURE) == picture, f"{name}: reset leaves a trace"


def control_default(explorer, name):
    return explorer.controls[name].default_value


@every
def test_the_figure_offers_controls_frame_set_and_ready(show_served, explorer):
    figure = show_served(explorer)
    offered = figure.evaluate("figure => figure.explorer.controls")
    assert list(offered) == list(explorer.controls)
    for name, control in explorer.controls.items():
        assert (offered[name]["name"], offered[name]["label"], offered[name]["value"]) == (name, control.label, control.default_value)
        if isinstance(control, Slider):
            assert (offered[name]["min"], offered[name]["max"]) == (control.low, control.high)
        if isinstance(control, Choice):
            assert offered[name]["options"] == list(control.options)
        if isinstance(control, Order):
            assert offered[name]["labels"] == list(control.labels)
        assert control_of(figure, name).count() == 1
    frame = figure.evaluate("figure => figure.explorer.frame()")
    assert set(frame) == set(explorer.frame(**explorer().value))
    key = next(key for key, value in frame.items() if isinstance(value, list))
    assert figure.evaluate("(figure, key) => { figure.explorer.frame()[key].length = 0; return figure.explorer.frame()[key].length; }", key)
    assert figure.evaluate("figure => figure.explorer.ready.then(() => 'ready')") == "ready"


@every
def test_set_clamps_and_ignores_nonsense(show_served, explorer):
    figure = show_served(explorer)
    before = figure.evaluate(VALUES)
    for name, control in explorer.controls.items():
        figure.evaluate("(figure, values) => figure.explorer.set(values)", before)
        nonsense = ["null", "undefined", "NaN", "'abc'", "''", "{}", "[3]", "() => 1", "Symbol()", "'<b>'", "'NaN'"]
        figure.evaluate(f"(figure, name) => {{ for (const value of [{', '.join(nonsense)}]) figure.explorer.set({{ [name]: value }}); }}", name)
        assert figure.evaluate(VALUES) == before, name
        if isinstance(control, Slider):
            for given, taken in (("1e9", control.high), ("-1e9", control.low), ("Infinity", control.high), ("-Infinity", control.low), ("'1e999'", control.high)):
                assert figure.evaluate(f"(figure, name) => {{ figure.explorer.set({{ [name]: {given} }}); return figure.explorer.controls[name].value; }}", name) == taken
    figure.evaluate("figure => figure.explorer.set({ nope: 1, constructor: 2, toString: 3, __proto__: { m: 4 } })")
    figure.evaluate("""figure => figure.explorer.set(JSON.parse('{"__proto__": 1, "hasOwnProperty": 2}'))""")
    assert set(figure.evaluate(VALUES)) == set(before)


def test_whole_sliders_round(show_served):
    figure = show_served(RopeRotation)
    assert figure.evaluate("figure => { figure.explorer.set({ m: 3.4, n: '2.6' }); return [figure.explorer.controls.m.value, figure.explorer.controls.n.value]; }") == [3, 3]


@every
def test_the_page_computes_what_python_computes(show_served, explorer):
    figure = show_served(explorer)
    for name, control in explorer.controls.items():
        operate(control_of(figure, name), control)
    values = figure.evaluate(VALUES)
    shown, truth = figure.evaluate("figure => figure.explorer.frame()"), explorer.frame(**values)
    for readout in explorer.view.readouts:
        assert pick(shown, readout.value) == pytest.approx(float(pick(truth, readout.value)), rel=1e-9, abs=1e-12)
        text = format(plain(pick(truth, readout.value)), readout.format).replace("-", "\u2212")
        expect(figure.locator(".x-readouts")).to_contain_text(f"{readout.label.format(**values, **truth)} {text}")


# --- by hand ----------------------------------------------------------------------------


def test_an_arrow_is_dragged(show):
    figure = show(RopeRotation, "#rope-rotation?m=7&pairs=3")
    page = figure.page
    before = figure.evaluate(VALUES)
    # In the second circle; its query is turned by seven times its frequency, and drags all the same.
    circle = figure.locator(".x-circle").nth(1)
    circle.scroll_into_view_if_needed()
    grip = circle.locator(".x-hold").first.bounding_box()
    plot = circle.locator(".x-plot > svg").bounding_box()
    at = [grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2]
    middle = [plot["x"] + plot["width"] / 2, plot["y"] + plot["height"] / 2]
    angle, radius = math.atan2(middle[1] - at[1], at[0] - middle[0]), math.dist(at, middle)
    page.mouse.move(*at)
    page.mouse.down()
    for turned in (0.2, 0.5, 0.8):
        page.mouse.move(middle[0] + radius * math.cos(angle + turned), middle[1] - radius * math.sin(angle + turned))
    page.mouse.up()
    after = figure.evaluate(VALUES)
    assert {name for name in after if after[name] != before[name]} == {"q2"}
    assert math.remainder(after["q2"] - before["q2"] - 0.8, 2 * math.pi) == pytest.approx(0, abs=0.03)
    page.mouse.move(*middle)
    assert figure.evaluate(VALUES) == after, "the arrow still hangs on the mouse"


def middle_of(box):
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def words_of(figure):
    """The words as they stand in the row, and the control's value as words."""
    return figure.locator(".x-chip").all_inner_texts(), [WORDS[i] for i in figure.evaluate(VALUES)["order"]]


def test_a_word_is_dragged(show):
    figure = show(PermutationLab, "#permutation-lab?order=0,1,2,3,4,5")
    page, chips = figure.page, figure.locator(".x-chip")
    figure.evaluate("figure => { window.heard = []; figure.addEventListener('input', (event) => heard.push(event.target.name)); }")
    chips.first.scroll_into_view_if_needed()
    start, end = middle_of(chips.nth(1).bounding_box()), middle_of(chips.nth(4).bounding_box())
    page.mouse.move(start[0] + 7, start[1] + 3)
    page.mouse.down()
    page.mouse.move(end[0] + 7 + 5, end[1] + 3 - 4, steps=6)
    # The others have made room, and the word hangs where it was taken.
    moved = ["a", "bites", "the", "old", "dog", "man"]
    assert words_of(figure) == (moved, moved)
    held = figure.locator(".x-held")
    expect(held).to_have_text("dog")
    assert middle_of(held.bounding_box()) == pytest.approx((end[0] + 5, end[1] - 4), abs=0.6)
    page.mouse.up()
    expect(held).to_have_count(0)
    assert middle_of(chips.nth(4).bounding_box()) == pytest.approx(end, abs=0.6)
    page.mouse.move(*start)
    assert words_of(figure) == (moved, moved), "the word still hangs on the mouse"
    assert figure.evaluate("figure => heard") == ["order"] * 3  # at each place that it came through
    axes = figure.locator(".x-plot > svg").nth(1)  # the map of the weights
    for anchor, side in (("middle", "x"), ("end", "y")):
        labels = [(text.bounding_box()[side], text.text_content()) for text in axes.locator(f"g[text-anchor={anchor}] > text").all()]
        assert [text for _, text in sorted(labels) if text in WORDS] == moved, f"the {side} axis names other words"


def test_another_button_of_the_mouse_drags_nothing(show_served):
    figure = show_served(PermutationLab)
    chips, before = figure.locator(".x-chip"), words_of(figure)
    chips.first.scroll_into_view_if_needed()
    figure.page.mouse.move(*middle_of(chips.first.bounding_box()))
    figure.page.mouse.down(button="right")
    figure.page.mouse.move(*middle_of(chips.last.bounding_box()))
    figure.page.mouse.up(button="right")
    assert words_of(figure) == before


def test_a_word_is_dragged_by_touch_and_the_page_stays(show_served):
    figure = show_served(PermutationLab, "#permutation-lab?order=0,1,2,3,4,5", **PHONE)
    page, chips = figure.page, figure.locator(".x-chip")
    chips.first.scroll_into_view_if_needed()
    boxes = [chip.bounding_box() for chip in chips.all()]
    assert all(box["width"] >= 24 and box["height"] >= 24 for box in boxes)
    assert all(a["x"] + a["width"] <= b["x"] or a["y"] + a["height"] <= b["y"] for a, b in zip(boxes, boxes[1:]))
    scrolled = page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)

    def send(kind, at=None):
        points = [] if at is None else [{"x": at[0], "y": at[1]}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    (x, y), (far, _) = middle_of(boxes[0]), middle_of(boxes[2])
    send("touchStart", (x, y))
    for share in (0.3, 0.6, 1):
        send("touchMove", (x + share * (far - x), y + 40 * share))  # a hand doesn't move in a straight line
    assert words_of(figure)[1] == ["dog", "bites", "a", "the", "old", "man"]
    send("touchEnd")
    expect(figure.locator(".x-held")).to_have_count(0)
    assert words_of(figure)[0] == ["dog", "bites", "a", "the", "old", "man"]
    assert page.evaluate("scrollY") == scrolled


def test_a_word_moves_by_keyboard_and_keeps_the_focus(show_served):
    figure = show_served(PermutationLab, "#permutation-lab?order=0,1,2,3,4,5")
    figure.evaluate("figure => { window.heard = 0; figure.addEventListener('input', () => heard++); }")
    page = figure.page
    figure.locator(".x-chip").nth(1).focus()
    scrolled = page.evaluate("scrollY")
    for key, moved, events in [
        ("ArrowRight", "a bites dog the old man", 1),
        ("ArrowUp", "a bites the dog old man", 2),
        ("ArrowLeft", "a bites dog the old man", 3),
        ("ArrowDown", "a dog bites the old man", 4),
        ("Home", "dog a bites the old man", 5),
        ("ArrowLeft", "dog a bites the old man", 5),  # it is at the end
        ("End", "a bites the old man dog", 6),
        ("ArrowRight", "a bites the old man dog", 6),
        ("x", "a bites the old man dog", 6),
    ]:
        page.keyboard.press(key)
        assert words_of(figure) == (moved.split(), moved.split()), key
        assert page.evaluate("[document.activeElement.textContent, heard]") == ["dog", events], key
    assert page.evaluate("scrollY") == scrolled, "the page took the keys as well"


ORDERS = {
    "5,4,3,2,1,0": [5, 4, 3, 2, 1, 0],
    "5%2C4%2C3%2C2%2C1%2C0": [5, 4, 3, 2, 1, 0],
    "00,01,02,03,04,05": [0, 1, 2, 3, 4, 5],
    "5,4,3,2,1": None,
    "6,5,4,3,2,1,0": None,
    "5,4,3,2,1,1": None,
    "6,4,3,2,1,0": None,
    "-0,1,2,3,4,5": None,
    "5,4,3,2,1,": None,
    ",1,2,3,4,5": None,
    "0x5,4,3,2,1,0": None,
    "5.0,4,3,2,1,0": None,
    "[5,4,3,2,1,0]": None,
    "NaN": None,
    "": None,
    "<img src=x onerror=pwned=1>,1,2,3,4,5": None,
    "0," * 100_000: None,
}


def test_nonsense_for_an_order_is_ignored(show_served):
    figure = show_served(PermutationLab)
    page, default = figure.page, PermutationLab().value
    for text, taken in ORDERS.items():
        figure.evaluate("(figure, values) => figure.explorer.set(values)", default)
        page.evaluate(
            """fragment => new Promise((done) => {
                addEventListener("hashchange", () => setTimeout(done), { once: true }); location.hash = fragment; })""",
            f"#permutation-lab?order={text}&sharpness=2",
        )
        assert figure.evaluate(VALUES) == default | {"sharpness": 2} | ({"order": taken} if taken else {}), text[:40]
    assert page.evaluate("[typeof window.pwned, document.images.length]") == ["undefined", 0]
    for value in ("['0','1','2','3','4','5']", "[[0],1,2,3,4,5]", "[0,1,2,3,4,,5]", "{length: 6}", "[0,1,2,3,4,5n]", "new Uint8Array(6)"):
        figure.evaluate("(figure, values) => figure.explorer.set(values)", default)
        figure.evaluate(f"figure => figure.explorer.set({{ order: {value} }})")
        assert figure.evaluate(VALUES) == default, value


def test_an_order_is_handed_out_and_taken_as_a_copy(show_served):
    figure = show_served(PermutationLab)
    after = figure.evaluate(
        """figure => {
            const mine = [5, 4, 3, 2, 1, 0];
            figure.explorer.set({ order: mine });
            mine.reverse();
            figure.explorer.controls.order.value.sort();
            return figure.explorer.controls.order.value;
        }"""
    )
    assert after == [5, 4, 3, 2, 1, 0]


def test_the_link_of_an_order_can_be_read(show_served):
    figure = show_served(PermutationLab)
    button(figure, "link").click()
    assert "order" not in figure.page.url, "the default was changed"
    figure.locator(".x-chip").first.press("End")
    button(figure, "link").click()
    assert figure.page.url.endswith("#permutation-lab?order=4,5,2,0,1,3")


def test_words_are_text_and_never_markup(show_served):
    class Hostile(PermutationLab):
        order = Order([0, 1, 2, 3, 4, 5], ("<img src=x onerror=pwned=1>", "&lt;b&gt;", '"', "'", "</span>", "{order}"), label="<b>order</b>")

    page = show_served(PermutationLab).page
    page.evaluate(
        """html => {
            const holder = document.createElement("div");
            holder.innerHTML = html;
            document.querySelector("article").append(holder.querySelector("figure"));
            explorers.mount(document.querySelector("article").lastElementChild);
        }""",
        Hostile()._repr_mimebundle_()[0]["text/html"],
    )
    figure = figure_of(page, PermutationLab, 1)
    assert figure.locator(".x-chip").all_inner_texts() == list(Hostile.controls["order"].labels)
    expect(figure.get_by_role("group", name="<b>order</b>", exact=True)).to_be_visible()
    assert page.evaluate("[typeof window.pwned, document.images.length]") == ["undefined", 0]


def test_a_press_in_the_score_map_sets_both_positions(show_served):
    figure = show_served(RopeRotation, "#rope-rotation?shift=100")
    figure.evaluate("figure => { window.heard = []; figure.addEventListener('input', (event) => heard.push(event.target.name)); }")
    cells = figure.locator("canvas")
    cells.scroll_into_view_if_needed()
    box = cells.bounding_box()
    side = box["width"] / 24
    figure.page.mouse.click(box["x"] + 3.5 * side, box["y"] + 17.5 * side)
    values = figure.evaluate(VALUES)
    assert (values["m"], values["n"], values["shift"]) == (17, 3, 100)
    assert set(figure.evaluate("figure => heard")) == {"m", "n"}


def test_values_appear_under_the_pointer(show_served):
    figure = show_served(RopeRotation)
    hint, cells = figure.locator(".x-hint"), figure.locator("canvas")
    expect(hint).to_be_hidden()
    cells.scroll_into_view_if_needed()
    box = cells.bounding_box()
    side = box["width"] / 24
    figure.page.mouse.move(box["x"] + 20.5 * side, box["y"] + 5.5 * side)
    score = RopeRotation.frame(**RopeRotation().value)["scores"][5, 20]
    expect(hint).to_have_text(f"m = 5, n = 20: {score:+.3f}".replace("-", "\u2212"))
    inside, card = hint.bounding_box(), figure.bounding_box()
    assert card["x"] <= inside["x"] and inside["x"] + inside["width"] <= card["x"] + card["width"]
    figure.page.mouse.move(1, 1)
    expect(hint).to_be_hidden()


@every
def test_every_panel_says_what_is_under_the_pointer(show_served, explorer):
    figure = show_served(explorer)
    for panel in figure.locator(".x-panel:not(.x-circle) .x-plot > svg").all():
        panel.scroll_into_view_if_needed()
        box = panel.bounding_box()
        figure.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(figure.locator(".x-hint")).to_be_visible()
        assert not re.search(r"undefined|null|NaN|\{|\}", figure.locator(".x-hint").inner_text())


@every
def test_the_python_lines_are_pythons(show_served, explorer):
    figure = show_served(explorer)
    code = figure.locator("pre")
    expect(code).to_be_hidden()
    button(figure, "Python").click()
    expect(button(figure, "Python")).to_have_attribute("aria-expanded", "true")
    for name, control in explorer.controls.items():
        operate(control_of(figure, name), control)
    page_scope, scope = {}, {}
    exec(code.inner_text(), page_scope)
    exec(explorer(**figure.evaluate(VALUES)).python(), scope)
    numbers = [name for name, value in scope.items() if isinstance(value, (int, float))]
    assert numbers and {name: page_scope[name] for name in numbers} == {name: scope[name] for name in numbers}
    button(figure, "Python").click()
    expect(code).to_be_hidden()


@every
def test_play_sweeps_and_pauses(show, explorer):
    figure = show(explorer)
    read = f"figure => figure.explorer.controls.{explorer.play}.value"
    before = figure.evaluate(read)
    button(figure, "play").click()
    figure.page.wait_for_function("([figure, name, before]) => figure.explorer.controls[name].value !== before", arg=[figure.element_handle(), explorer.play, before])
    button(figure, "pause").click()
    stopped = figure.evaluate(read)
    figure.page.evaluate(DRAWN)
    assert figure.evaluate(read) == stopped
    expect(button(figure, "play")).to_be_visible()


def test_a_hand_on_a_control_stops_the_play(show_served):
    figure = show_served(RopeRotation)
    button(figure, "play").click()
    operate(control_of(figure, "m"), RopeRotation.controls["m"])
    expect(button(figure, "play")).to_be_visible()


@every
def test_nothing_plays_for_readers_who_asked_for_calm(show_served, explorer):
    figure = show_served(explorer, reduced_motion="reduce")
    expect(figure.get_by_role("button")).to_have_count(3)
    expect(button(figure, "play")).to_have_count(0)
    figure.page.emulate_media(reduced_motion="no-preference")
    button(figure, "play").click()
    figure.page.emulate_media(reduced_motion="reduce")
    expect(button(figure, "pause")).to_have_count(0)


@breaking
def test_the_red_switch_shows_the_broken_promise(show_served, explorer):
    figure = show_served(explorer)
    wrong = figure.locator(".x-readouts .x-wrong")
    expect(wrong).to_have_count(0)
    for name, control in explorer.controls.items():
        if getattr(control, "breaks", False):
            control_of(figure, name).check()
            expect(wrong).to_have_count(1)  # a mistake breaks one promise; others, where there are, hold
            # Red in either theme, and not the ink of the others.
            red, green, blue = map(int, re.findall(r"\d+", wrong.first.evaluate("node => getComputedStyle(node).color"))[:3])
            assert red > 1.5 * max(green, blue)
            control_of(figure, name).uncheck()
            expect(wrong).to_have_count(0)


# --- the link ---------------------------------------------------------------------------


@every
def test_the_link_opens_the_very_state(show, explorer, open_page):
    figure = show(explorer)
    for name, control in explorer.controls.items():
        operate(control_of(figure, name), control)
    button(figure, "link").click()
    expect(button(figure, re.compile("link copied|address bar"))).to_be_visible()
    address, values, picture = figure.page.url, figure.evaluate(VALUES), figure.evaluate(PICTURE)
    assert f"#{explorer.name}?" in address
    again = figure_of(open_page(address), explorer)
    assert again.evaluate(VALUES) == values
    assert again.evaluate(PICTURE) == picture
    expect(again).to_be_in_viewport()


HOSTILE = {
    "m=NaN&n=NaN": {},
    "m=Infinity&n=-Infinity": {"m": 23, "n": 0},
    "m=1e999&n=-1e999&base=0": {"m": 23, "n": 0, "base": 10},
    "m=99&n=-5&shift=1e9&pairs=0&q1=100": {"m": 23, "n": 0, "shift": 512, "pairs": 1, "q1": 3.14},
    "m=&n=%20&base=&mixed=": {},
    "m=3&m=5": {"m": 5},
    "m=0x10&n=1e0": {"m": 16, "n": 1},
    "m=3;n=2": {},
    "__proto__=5&constructor=1&toString=2&__proto__[m]=3": {},
    "m=<img src=x onerror=pwned=1>&n=%3Cscript%3Epwned=1%3C/script%3E": {},
    "mixed=maybe&mixed%5B%5D=true": {},
    "mixed=1&m=%E0%A4%A&n=%zz": {"mixed": True},
    "%=%&%E0=%FF&m=%31": {"m": 1},
    "nope=1&title=<b>x</b>&frame=1&set=2": {},
    "m=" + "9" * 5000: {"m": 23},
    "?m=3": {},
    "&&&===": {},
}


def test_hostile_fragments_are_clamped_or_ignored(show):
    figure = show(RopeRotation)
    default, page = RopeRotation().value, figure.page
    census = "() => [document.querySelectorAll('*:not(svg *)').length, document.images.length, Object.keys(Object.prototype).length, typeof window.pwned]"
    before = page.evaluate(census)
    follow = """fragment => new Promise((done) => {
        addEventListener("hashchange", () => setTimeout(done), { once: true }); location.hash = fragment; })"""
    for query, taken in HOSTILE.items():
        figure.evaluate("(figure, values) => figure.explorer.set(values)", default)
        page.evaluate(follow, f"#rope-rotation?{query}")
        assert figure.evaluate(VALUES) == default | taken, query[:80]
        assert page.evaluate(census) == before, query[:80]
    for target in ("rope-rotation.2?m=3", "rope-rotation.999?m=3", "rope-rotation%3Fm=3", "ROPE-ROTATION?m=3", "<img src=x onerror=pwned=1>?m=3", '"]?m=3', "__proto__?m=3", "?m=3"):
        figure.evaluate("(figure, values) => figure.explorer.set(values)", default)
        page.evaluate(follow, "#" + target)
        assert figure.evaluate(VALUES) == default, target
        assert page.evaluate(census) == before, target


@pytest.mark.parametrize("query", list(HOSTILE)[2:11:4] + ["%"])
def test_a_page_opens_at_a_hostile_fragment(show, query):
    figure = show(RopeRotation, f"#rope-rotation?{query}")
    assert figure.evaluate(VALUES) == RopeRotation().value | HOSTILE.get(query, {})
    assert figure.page.evaluate("typeof window.pwned") == "undefined"


# --- two copies -------------------------------------------------------------------------


def test_two_copies_on_a_page_are_independent(show, open_page):
    first = show(RopeRotation)
    page = first.page
    html = RopeRotation(m=20)._repr_mimebundle_()[0]["text/html"]
    page.evaluate(
        """html => {
            const holder = document.createElement("div");
            holder.innerHTML = html;
            const figure = holder.querySelector("figure");
            document.querySelector("article").append(figure);
            explorers.mount(figure);
        }""",
        html,
    )
    second = figure_of(page, RopeRotation, 1)
    assert (first.evaluate(VALUES)["m"], second.evaluate(VALUES)["m"]) == (9, 20)
    picture = first.evaluate(PICTURE)
    operate(control_of(second, "shift"), RopeRotation.controls["shift"])
    control_of(second, "mixed").check()
    assert first.evaluate(PICTURE) == picture and first.evaluate(VALUES) == RopeRotation().value
    other = second.evaluate(PICTURE)
    operate(control_of(first, "base"), RopeRotation.controls["base"])
    assert second.evaluate(PICTURE) == other and first.evaluate(PICTURE) != picture
    assert page.locator("figure.explorer [id]").count() == 0
    # Each has an address of its own.
    button(second, "link").click()
    assert "#rope-rotation.2?" in page.url
    # One that is gone hears nothing more.
    second.evaluate("figure => figure.remove()")
    operate(control_of(first, "m"), RopeRotation.controls["m"])


# --- without a mouse, without sight, without script -------------------------------------------


@every
def test_tab_reaches_every_control_in_order(show_served, explorer):
    figure = show_served(explorer)
    page = figure.page
    kinds = [lambda c: isinstance(c, Order), lambda c: isinstance(c, Handle), lambda c: isinstance(c, (Slider, Choice, Text)) and not isinstance(c, Handle), lambda c: isinstance(c, Switch)]
    # Every word of an order is reached.
    order = [
        name for kind in kinds for name, control in explorer.controls.items() if kind(control) for _ in getattr(control, "labels", "1")
    ]
    button(figure, "play").focus()
    reached = []
    for _ in range(len(order) + 4):
        # Whatever has the focus shows it: itself, or the point in the picture that it stands for.
        reached.append(page.evaluate("(document.activeElement.closest('fieldset') ?? document.activeElement).name || document.activeElement.innerText.split(' ').at(-1)"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none' || !!document.querySelector('.x-focus')")
        page.keyboard.press("Tab")
    assert reached == ["play", "reset", "link", "Python", *order]
    assert not figure.evaluate("figure => figure.contains(document.activeElement)")


@every
def test_every_control_works_by_keyboard_alone(show_served, explorer):
    figure = show_served(explorer)
    for name, control in explorer.controls.items():
        element = control_of(figure, name)
        (element.get_by_role("slider").first if isinstance(control, Order) else element).focus()
        before, picture = figure.evaluate(VALUES)[name], figure.evaluate(PICTURE)
        if isinstance(control, Switch):
            key = "Space"
        elif isinstance(control, Choice):
            key = "ArrowUp" if before == list(control.options)[-1] else "ArrowDown"
        elif isinstance(control, Text):
            figure.page.keyboard.type(control.examples[0][:-1])  # whole as soon as its last letter is there
            key = control.examples[0][-1]
        else:
            key = "ArrowLeft" if before == getattr(control, "high", None) else "ArrowRight"
        figure.page.keyboard.press(key)
        figure.page.wait_for_function(
            "([figure, name, before]) => String(figure.explorer.controls[name].value) !== String(before)", arg=[figure.element_handle(), name, before])
        assert figure.evaluate(PICTURE) != picture
        if isinstance(control, Slider):
            for key, end in (("Home", control.low), ("End", control.high)):
                figure.page.keyboard.press(key)
                assert figure.evaluate(VALUES)[name] == pytest.approx(end, abs=control.step if not control.log else 0)
        if isinstance(control, Order):
            first, second, *others = before
            for key, order in (("Home", before), ("End", [second, *others, first]), ("ArrowLeft", [second, *others[:-1], first, others[-1]])):
                figure.page.keyboard.press(key)
                assert figure.evaluate(VALUES)[name] == order
    button(figure, "reset").focus()
    figure.page.keyboard.press("Enter")
    assert figure.evaluate(VALUES) == explorer().value
    button(figure, "Python").focus()
    figure.page.keyboard.press("Space")
    expect(figure.locator("pre")).to_be_visible()
    button(figure, "play").focus()
    figure.page.keyboard.press("Enter")
    expect(button(figure, "pause")).to_be_focused()
    figure.page.keyboard.press("Space")
    expect(button(figure, "play")).to_be_focused()


@every
def test_a_step_of_a_slider_always_gets_further(show_served, explorer):
    """stepUp and stepDown are what the arrow keys do; no place on the way holds the slider."""
    figure = show_served(explorer)
    for name, control in explorer.controls.items():
        if isinstance(control, Slider):
            for step, start, end in (("stepUp", control.low, control.high), ("stepDown", control.high, control.low)):
                way = control_of(figure, name).evaluate(
                    """(input, [step, start]) => {
                        const { explorer } = input.closest("figure");
                        const value = () => explorer.controls[input.name].value;
                        explorer.set({ [input.name]: start });
                        const way = [value()];
                        while (way.length < 2000) {
                            const at = input.value;
                            input[step]();
                            if (input.value === at) break;
                            input.dispatchEvent(new Event("input", { bubbles: true }));
                            way.push(value());
                        }
                        return way;
                    }""",
                    [step, start],
                )
                assert way == sorted(set(way), reverse=step == "stepDown"), f"{name}: {step} comes back to where it was"
                assert way[0] == start and way[-1] == pytest.approx(end, abs=0 if control.log else control.step), name


@every
def test_the_sentence_follows_the_state(show_served, explorer):
    figure = show_served(explorer)
    said = figure.locator("[aria-live=polite]")
    expect(said).to_have_count(1)
    for name, control in explorer.controls.items():
        operate(control_of(figure, name), control)
    expected = explorer(**figure.evaluate(VALUES)).alt()
    expect(said).to_have_text(re.compile("[-\u2212]".join(map(re.escape, expected.split("-")))))


@every
def test_every_control_has_a_label_and_says_its_value(show_served, explorer):
    figure = show_served(explorer)
    for name, control in explorer.controls.items():
        roles = {Choice: "combobox", Switch: "switch", Order: "group", Text: "textbox"}
        role = next((role for kind, role in roles.items() if isinstance(control, kind)), "slider")
        element = figure.get_by_role(role, name=control.label, exact=True)
        expect(element).to_have_attribute("name", name)
        if isinstance(control, Slider):
            assert control.unit in element.get_attribute("aria-valuetext")
        if isinstance(control, Order):
            for place, word in enumerate(control.default_value, start=1):
                chip = element.get_by_role("slider", name=control.labels[word], exact=True)
                expect(chip).to_have_text(control.labels[word])
                expect(chip).to_have_attribute("aria-valuenow", str(place))
                expect(chip).to_have_attribute("aria-valuetext", f"place {place} of {len(control.labels)}")


def test_without_javascript_the_figure_stands_there(open_page, site, place, book):
    for path in sorted(book.rglob("*.html")):
        names = re.findall(r'<figure class="explorer" data-explorer="([\w-]+)"', path.read_text("utf-8"))
        if names:
            page = open_page(f"{place}/{path.relative_to(book).as_posix()}", java_script_enabled=False)
            for figure, name in zip(page.locator("figure.explorer").all(), names):
                [explorer] = [explorer for explorer in EXPLORERS if explorer.name == name]
                image = figure.get_by_role("img")
                expect(image).to_be_visible()
                assert image.bounding_box()["width"] > 300
                assert image.get_attribute("aria-label")
                assert explorer.tries in figure.locator("figcaption").inner_text() and explorer.sees in figure.locator("figcaption").inner_text()
                expect(figure.locator("input, select, textarea, button")).to_have_count(0)


# --- looks ------------------------------------------------------------------------------


@every
def test_the_theme_reaches_card_and_canvas(show_served, explorer):
    figure = show_served(explorer)
    ground = "figure => getComputedStyle(figure).backgroundColor"
    canvas = "figure => figure.querySelector('canvas')?.toDataURL()"
    light, pixels = figure.evaluate(ground), figure.evaluate(canvas)
    figure.page.emulate_media(color_scheme="dark")
    figure.page.wait_for_function("([figure, light]) => getComputedStyle(figure).backgroundColor !== light", arg=[figure.element_handle(), light])
    dark = figure.evaluate(ground)
    assert sum(map(int, re.findall(r"\d+", dark)[:3])) < 150 < sum(map(int, re.findall(r"\d+", light)[:3]))
    if pixels:
        figure.page.wait_for_function("([figure, pixels]) => figure.querySelector('canvas').toDataURL() !== pixels", arg=[figure.element_handle(), pixels])
    figure.page.get_by_role("button", name="Dark theme").click()
    figure.page.wait_for_function("([figure, light]) => getComputedStyle(figure).backgroundColor === light", arg=[figure.element_handle(), light])
    if pixels:
        figure.page.wait_for_function("([figure, pixels]) => figure.querySelector('canvas').toDataURL() === pixels", arg=[figure.element_handle(), pixels])


@every
def test_a_phone_shows_all_of_it(show_served, explorer):
    figure = show_served(explorer, **PHONE)
    assert figure.page.evaluate("document.documentElement.scrollWidth") <= 390
    small = figure.evaluate(
        """figure => [...figure.querySelectorAll("*")]
            .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
            .map((node) => [node.textContent, parseFloat(getComputedStyle(node).fontSize) * Math.hypot(node.getScreenCTM?.().a ?? 1, node.getScreenCTM?.().b ?? 0)])
            .filter(([, size]) => size < 11)"""
    )
    assert small == []
    for row in figure.locator(".x-row").all():
        boxes = [row.locator("> *").nth(i).bounding_box() for i in range(row.locator("> *").count())]
        assert len({round(box["x"]) for box in boxes}) == 1
        assert all(above["y"] + above["height"] <= below["y"] for above, below in zip(boxes, boxes[1:]))
    outside = figure.evaluate(
        """figure => [...figure.querySelectorAll("text, input, select, textarea, button, b, td, canvas, [role=slider]")]
            .filter((node) => !node.closest(".x-unseen, .x-handles, [hidden]"))
            .map((node) => [node.textContent || node.name, node.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.left < 0 || box.right > 390)).map(([text]) => text)"""
    )
    assert outside == []


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_nothing_moves_while_the_page_loads(open_page, place, book, options):
    watch = """window.moved = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.moved += entry.value))
        .observe({ type: "layout-shift", buffered: true });"""
    for path in {page_with(book, explorer) for explorer in EXPLORERS} | {"/index.html"}:
        page = open_page(place + path, before=watch, **options)
        page.evaluate("document.fonts.ready.then(() => Promise.all([...document.querySelectorAll('figure.explorer')].map((figure) => figure.explorer.ready)))")
        page.evaluate(DRAWN)
        assert page.evaluate("window.moved") <= 0.01, path


@every
def test_a_narrower_window_lays_the_picture_out_anew(show_served, explorer):
    figure = show_served(explorer)
    figure.page.set_viewport_size({"width": 390, "height": 844})
    figure.page.wait_for_function(
        """figure => [...figure.querySelectorAll(".x-plot > svg")].every((svg) =>
            Math.abs(svg.getBoundingClientRect().width - svg.parentNode.clientWidth) < 1.5)""",
        arg=figure.element_handle(),
    )
    assert figure.page.evaluate("document.documentElement.scrollWidth") <= 390


# --- every page of the book -------------------------------------------------------------------


def pages_of(book):
    """All pages; index.html is the cover under another name."""
    return [path.relative_to(book).as_posix() for path in sorted(book.rglob("*.html")) if path.name != "index.html"]


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_axe_finds_nothing(open_page, site, book, look):
    options = PHONE if look == "phone" else {"color_scheme": look}
    found = {}
    for name in pages_of(book):
        page = open_page(f"{site}/{name}", **options)
        report = Axe().run(page, options={"resultTypes": ["violations"]})
        found |= {f"{name}: {rule['id']}": [node["target"] for node in rule["nodes"]] for rule in report.response["violations"]}
    assert found == {}


def test_every_page_opens_without_an_error_and_without_a_foreign_request(open_page, place, book):
    for name in pages_of(book):
        page = open_page(f"{place}/{name}")
        page.evaluate(DRAWN)
        assert page.title()


def test_no_page_has_two_elements_of_one_id(book):
    for name in pages_of(book):
        text = re.sub(r"<noscript>.*?</noscript>", "", (book / name).read_text("utf-8"), flags=re.S)
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert {name for name in ids if ids.count(name) > 1} == set(), name


def test_every_link_within_the_book_leads_somewhere(book):
    for name in pages_of(book):
        text = (book / name).read_text("utf-8")
        for target in re.findall(r'(?:href|src)="(?!https?:|data:|mailto:|#)([^"#?]+)', text):
            path = (book / name).parent / target
            assert path.exists() or (path / "index.html").exists(), f"{name}: {target}"
