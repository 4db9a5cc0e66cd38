"""What a page promises its readers and their tests, on the built book.

Explorers are found in the built pages, so that a new chapter's are held to this at once. Over http, but for one explorer of each page,
which is turned in a folder as well.
"""

import functools
import json
import math
import re
from collections import Counter

import drivers
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from every_explorer import EXPLORERS, states
from kept import DRAWN, PICTURE, READOUTS, VALUES
from playwright.sync_api import expect

from lib.explorers.equivariance import PermutationLab
from lib.explorers.rope import RopeRotation
from lib.widget import Order, bundle
from lib.widget.kernel import plain
from lib.widget.names import pick
from lib.widget.readable import fill, readable
from lib.widget.view import panels


def chapter_of(explorer):
    return explorer.__module__.rpartition(".")[0]


def explorer_of(explorers):
    """Tests of one explorer follow one another, and so do those of one page: it is loaded once."""
    return pytest.mark.parametrize("explorer", explorers, ids=lambda explorer: explorer.name, scope="module")


IN_ORDER = sorted(EXPLORERS, key=lambda explorer: (chapter_of(explorer), explorer.name))
every = explorer_of(IN_ORDER)
one_a_page = explorer_of(list({chapter_of(explorer): explorer for explorer in reversed(IN_ORDER)}.values())[::-1])


def on_the_page_of(explorer):
    return [other for other in IN_ORDER if chapter_of(other) == chapter_of(explorer)]


breaking = explorer_of([e for e in IN_ORDER if any(getattr(control, "breaks", False) for control in e.controls.values())])
WORDS = PermutationLab.controls["order"].labels
ACTIONS = ["play", "reset", "pin", "stage", "link", "embed", "Python", "save"]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@functools.cache
def page_with(book, explorer):
    """The address, inside the book, of the page that shows an explorer."""
    for path in sorted(book.rglob("*.html"), key=lambda path: "chapters" not in path.parts):
        if explorer.name in explorers_on(path):
            return "/" + path.relative_to(book).as_posix()
    pytest.fail(f"No page of the book shows {explorer.name}.", pytrace=False)


@functools.cache
def explorers_on(path):
    return re.findall(r'<figure class="explorer" data-explorer="([\w-]+)"', path.read_text("utf-8"))


@pytest.fixture
def show(open_page, site, book):
    """show(explorer, fragment) -> its figure on the built page; a page is loaded anew at a fragment."""

    def one(explorer, fragment="", fresh=False, **options):
        page = open_page(site + page_with(book, explorer) + fragment, fresh=fresh or bool(fragment), **options)
        return figure_of(page, explorer)

    return one


class Figure:
    """An explorer's figure: a locator, but scripts run on the very element, without looking for it each time."""

    def __init__(self, locator):
        self.locator_of_it, self.handle = locator, locator.element_handle()
        self.evaluate = self.handle.evaluate

    def __getattr__(self, name):
        return getattr(self.locator_of_it, name)


def figure_of(page, explorer):
    return Figure(page.locator(f'figure.explorer[data-explorer="{explorer.name}"]').first)


def control_of(figure, name):
    return figure.locator(f"[name={name}]")


def button(figure, words):
    return figure.get_by_role("button", name=words)


def put(figure, **values):
    figure.evaluate("(figure, values) => { figure.explorer.set(values); return figure.explorer.ready; }", values)


def listen(figure):
    """A list, in the page, of the controls whose `input` events reach the figure; without what earlier tests listened to."""
    figure.evaluate("""figure => {
        window.listening?.abort();
        [window.listening, window.heard] = [new AbortController(), []];
        figure.addEventListener("input", (event) => heard.push(event.target.name), { signal: listening.signal });
    }""")


READY = "figure => figure.explorer.ready"  # what it asked for has come


def turn(figure, explorer, *names):
    """Other values of the controls, or of all, given as a reader's hand gives them to the native elements."""
    for name in names or explorer.controls:
        control = explorer.controls[name]
        drivers.of(control).operate(control_of(figure, name), control)
        figure.evaluate(READY)


def wait(figure, condition, *given):
    """Until a condition of the figure, and of what is given, holds."""
    figure.page.wait_for_function(f"([figure, ...given]) => ({condition})(figure, ...given)", arg=[figure.handle, *given])


# Follows a link within the page, and resolves when the page has.
FOLLOW = """fragment => new Promise((done) => {
    history.replaceState(null, "", location.pathname);
    addEventListener("hashchange", () => setTimeout(done), { once: true });
    location.hash = fragment;
})"""


# --- an explorer answers -----------------------------------------------------------------


NOW = f"(figure) => ({{ values: ({VALUES})(figure), picture: ({PICTURE})(figure), heard: [...window.heard.splice(0)] }})"


def every_control_changes_the_picture(figure, explorer):
    listen(figure)
    default, first = explorer().value, figure.evaluate(NOW)
    assert first["values"] == default
    for name in explorer.controls:
        turn(figure, explorer, name)
        now = figure.evaluate(NOW)
        assert {key for key, value in now["values"].items() if value != default[key]} == {name}
        assert explorer(**now["values"]).value == now["values"], "a value that Python refuses"
        assert now["picture"] != first["picture"], f"{name}: the picture stands still"
        assert set(now["heard"]) == {name}
        button(figure, "reset").click()
        assert figure.evaluate(NOW) == first, f"{name}: reset leaves a trace"


def play_sweeps_and_pauses(figure, explorer):
    read = f"figure => figure.explorer.controls.{explorer.play}.value"
    before = figure.evaluate(read)
    button(figure, "play").click()
    wait(figure, f"(figure, before) => ({read})(figure) !== before", before)
    button(figure, "pause").click()
    stopped = figure.evaluate(read)
    figure.page.evaluate(DRAWN)
    assert figure.evaluate(read) == stopped
    expect(button(figure, "play")).to_be_visible()


def link_to_this(figure, explorer):
    """The address behind *link*, and what stands there."""
    button(figure, "link").click()
    expect(button(figure, re.compile("link copied|address bar"))).to_be_visible()
    assert f"#{explorer.name}?" in figure.page.url
    return figure.page.url, (figure.evaluate(VALUES), figure.evaluate(PICTURE))


@every
def test_every_control_changes_the_picture(show, explorer):
    every_control_changes_the_picture(show(explorer), explorer)


@every
def test_play_sweeps_and_pauses(show, explorer):
    play_sweeps_and_pauses(show(explorer), explorer)


def test_a_page_opens_at_the_state_of_a_link(show, open_page):
    figure = show(RopeRotation)
    turn(figure, RopeRotation)
    address, stood = link_to_this(figure, RopeRotation)
    again = figure_of(open_page(address, fresh=True), RopeRotation)
    assert (again.evaluate(VALUES), again.evaluate(PICTURE)) == stood
    expect(again.locator_of_it).to_be_in_viewport()


@one_a_page
def test_a_page_in_a_folder_answers_too(open_page, book, explorer):
    figure = figure_of(open_page(book.as_uri() + page_with(book, explorer)), explorer)
    picture = figure.evaluate(PICTURE)
    play_sweeps_and_pauses(figure, explorer)
    button(figure, "reset").click()
    assert figure.evaluate(PICTURE) == picture
    turn(figure, explorer)
    address, stood = link_to_this(figure, explorer)
    assert stood[1] != picture
    again = figure_of(open_page(address, fresh=True), explorer)
    assert (again.evaluate(VALUES), again.evaluate(PICTURE)) == stood
    expect(again.locator_of_it).to_be_in_viewport()


@every
def test_the_figure_offers_controls_frame_set_and_ready(show, explorer):
    figure = show(explorer)
    offered = figure.evaluate("figure => figure.explorer.controls")
    assert list(offered) == list(explorer.controls)
    for name, control in explorer.controls.items():
        said = {"name": name, "label": control.label, "value": control.default_value} | drivers.of(control).offered(control)
        assert {key: offered[name].get(key) for key in said} == said
        assert control_of(figure, name).count() == 1
    frame = figure.evaluate("figure => figure.explorer.frame()")
    assert set(frame) == set(explorer.frame(**explorer().value))
    key = next(key for key, value in frame.items() if isinstance(value, list))
    assert figure.evaluate("(figure, key) => { figure.explorer.frame()[key].length = 0; return figure.explorer.frame()[key].length; }", key)
    assert figure.evaluate("figure => figure.explorer.ready.then(() => 'ready')") == "ready"


@every
def test_panels_and_marks_can_be_found(show, explorer):
    """Each plot by its number in the view, the one to look at first, each mark by its place in its panel, with something drawn in it."""
    found = show(explorer).evaluate("""figure => [...figure.querySelectorAll("[data-panel]")].map((plot) => ({
        classes: plot.className, panel: plot.dataset.panel, main: "main" in plot.dataset,
        marks: Object.fromEntries([...plot.querySelectorAll("[data-mark]")].map((mark) => [mark.dataset.mark, 0])),
        drawn: [...plot.querySelectorAll("[data-mark]")].filter((mark) => mark.childElementCount).map((mark) => mark.dataset.mark),
    }))""")
    shown = panels(explorer.view)
    assert [(plot["classes"], plot["panel"], plot["main"]) for plot in found] == [
        ("x-plot", str(i), panel.main) for i, panel in enumerate(shown)
    ]
    assert Counter(panel.main for panel in shown)[True] == 1
    for plot, panel in zip(found, shown):
        numbers = sorted(map(str, range(len(panel.marks))))
        assert sorted(plot["marks"]) == sorted(plot["drawn"]) == numbers


CLAMPED = f"""(figure, [clamped, before]) => {{
    const nonsense = [null, undefined, NaN, "abc", "", {{}}, [3], () => 1, Symbol(), "<b>", "NaN"];
    return clamped.map(([name, given]) => {{
        const isText = figure.explorer.controls[name].kind === "text"; // to which any word may make sense
        for (const value of nonsense) if (!isText || typeof value !== "string") figure.explorer.set({{ [name]: value }});
        const values = ({VALUES})(figure);
        const taken = given.map((text) => (figure.explorer.set({{ [name]: eval(text) }}), figure.explorer.controls[name].value));
        figure.explorer.set(before);
        return [values, taken];
    }});
}}"""


@every
def test_set_clamps_and_ignores_nonsense(show, explorer):
    figure, before = show(explorer), explorer().value
    clamped = {name: drivers.of(control).clamped(control) for name, control in explorer.controls.items()}
    found = figure.evaluate(CLAMPED, [[[name, [given for given, _ in pairs]] for name, pairs in clamped.items()], before])
    for (name, pairs), (values, taken) in zip(clamped.items(), found, strict=True):
        assert values == before, name
        assert taken == [value for _, value in pairs], name
    figure.evaluate("figure => figure.explorer.set({ nope: 1, constructor: 2, toString: 3, __proto__: { m: 4 } })")
    figure.evaluate("""figure => figure.explorer.set(JSON.parse('{"__proto__": 1, "hasOwnProperty": 2}'))""")
    assert figure.evaluate(VALUES) == before


def test_whole_sliders_round(show):
    figure = show(RopeRotation)
    assert figure.evaluate(
        "figure => { figure.explorer.set({ m: 3.4, n: '2.6' }); return [figure.explorer.controls.m.value, figure.explorer.controls.n.value]; }"
    ) == [3, 3]


# Of each state: the frame, the readouts as they stand there, and the sentence.
SHOWN = f"""async (figure, [states, sentence, data]) => {{
    const shown = [];
    for (const state of states) {{
        figure.explorer.set(state);
        await figure.explorer.ready;
        const frame = figure.explorer.frame();
        shown.push({{
            state: JSON.stringify(state), frame, readouts: ({READOUTS})(figure),
            sentence: explorers.fill(sentence, {{ ...data, ...state, ...frame }}, explorers.readable),
        }});
    }}
    return shown;
}}"""


@every
def test_the_page_says_what_python_says(show, explorer):
    """Readouts, those that are wrong in red, and the sentence: in the default state, and in others."""
    figure, said = show(explorer), lambda text: " ".join(text.replace("-", "\u2212").split())  # noqa: E731
    tried = [explorer(**state).value for state in [explorer().value, *list(states(explorer, 9))[-9:]]]
    shown = figure.evaluate(SHOWN, [tried, explorer.sentence, plain(explorer.data())])
    for state, seen in zip(tried, shown, strict=True):
        truth = explorer.values(**state)
        wanted = [
            [
                said(fill(r.label, truth)),
                r.column,
                said(f"{readable(plain(pick(truth, r.value)), r.format)} {r.unit}"),
                bool(r.wrong(truth)),
            ]
            for r in explorer.view.readouts
        ]
        assert [[said(label), column, said(number), red] for label, column, number, red in seen["readouts"]] == wanted, state
        assert seen["sentence"] == explorer(**state).alt()


@every
def test_the_page_follows_the_hand_in_numbers_lines_sentence_and_link(show, explorer):
    """After every control was turned: the frame is Python's, the sentence is said, the lines reproduce the state, and the link leads back."""
    figure = show(explorer)
    code, said = figure.locator("pre"), figure.locator("[aria-live=polite]")
    expect(code).to_be_hidden()
    button(figure, "Python").click()
    expect(button(figure, "Python")).to_have_attribute("aria-expanded", "true")
    turn(figure, explorer)
    shown = explorer(**figure.evaluate(VALUES))
    frame, truth = figure.evaluate("figure => figure.explorer.frame()"), plain(explorer.frame(**shown.value))
    for readout in explorer.view.readouts:
        numbers = [float(pick(explorer.data() | shown.value | one, readout.value)) for one in (frame, truth)]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-9, abs=1e-12)
    theirs, ours = {}, {}
    exec(code.inner_text(), theirs)
    exec(shown.python(), ours)
    assert set(theirs) == set(ours)
    compared = [
        name for name, value in ours.items() if name != "__builtins__" and isinstance(value, (int, float, str, tuple, list, np.ndarray))
    ]
    assert set(compared) >= {name for name in explorer.controls if name in ours}
    for name in compared:
        np.testing.assert_equal(theirs[name], ours[name], err_msg=name)
    expect(said).to_have_count(1)
    expect(said).to_have_text(re.compile("[-\u2212]".join(map(re.escape, shown.alt().split("-")))))
    button(figure, "Python").click()
    expect(code).to_be_hidden()
    address, stood = link_to_this(figure, explorer)
    button(figure, "reset").click()
    assert figure.evaluate(VALUES) == explorer().value
    figure.page.evaluate(FOLLOW, address[address.index("#") :])
    assert (figure.evaluate(VALUES), figure.evaluate(PICTURE)) == stood


@every
def test_a_twin_leaves_its_controls_and_data_alone(show, explorer):
    """On one page they are those of the explorer itself."""
    tried = [explorer(**state).value for state in [explorer().value, *list(states(explorer, 4))[-4:]]]
    assert show(explorer).page.evaluate(
        """([name, states, data]) => {
            const before = JSON.stringify([states, data]);
            for (const state of states) explorers.twins[name](state, data);
            return JSON.stringify([states, data]) === before;
        }""",
        [explorer.name, tried, explorer.describe()["data"] | explorer.on_demand()],
    )


# --- by hand ----------------------------------------------------------------------------


def test_an_arrow_is_dragged(show):
    figure = show(RopeRotation)
    put(figure, m=7, pairs=3)
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


STRAIGHT = [0, 1, 2, 3, 4, 5]


def middle_of(box):
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def words_of(figure):
    """The words as they stand in the row, and the control's value as words."""
    return figure.locator(".x-chip").all_inner_texts(), [WORDS[i] for i in figure.evaluate(VALUES)["order"]]


def test_a_word_is_dragged(show):
    figure = show(PermutationLab)
    put(figure, order=STRAIGHT)
    page, chips = figure.page, figure.locator(".x-chip")
    listen(figure)
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
    heard = figure.evaluate("figure => heard")  # at each place that it came through, along a row or from one to the next
    assert set(heard) == {"order"} and len(heard) <= 3
    axes = figure.locator(".x-plot > svg").nth(1)  # the map of the weights
    for anchor, side in (("middle", "x"), ("end", "y")):
        labels = [(text.bounding_box()[side], text.text_content()) for text in axes.locator(f"g[text-anchor={anchor}] > text").all()]
        assert [text for _, text in sorted(labels) if text in WORDS] == moved, f"the {side} axis names other words"


def test_another_button_of_the_mouse_drags_nothing(show):
    figure = show(PermutationLab)
    chips, before = figure.locator(".x-chip"), words_of(figure)
    chips.first.scroll_into_view_if_needed()
    figure.page.mouse.move(*middle_of(chips.first.bounding_box()))
    figure.page.mouse.down(button="right")
    figure.page.mouse.move(*middle_of(chips.last.bounding_box()))
    figure.page.mouse.up(button="right")
    assert words_of(figure) == before


def test_a_word_is_dragged_by_touch_and_the_page_stays(show):
    figure = show(PermutationLab, **PHONE)
    put(figure, order=STRAIGHT)
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
    moved = ["dog", "bites", "a", "the", "old", "man"]
    expect(chips).to_have_text(moved)  # a touch is passed on when the page has time
    send("touchEnd")
    expect(figure.locator(".x-held")).to_have_count(0)
    assert words_of(figure) == (moved, moved)
    assert page.evaluate("scrollY") == scrolled


def test_a_word_moves_by_keyboard_and_keeps_the_focus(show):
    figure = show(PermutationLab)
    put(figure, order=STRAIGHT)
    listen(figure)
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
        assert page.evaluate("[document.activeElement.textContent, heard.length]") == ["dog", events], key
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


def test_nonsense_for_an_order_is_ignored(show):
    figure = show(PermutationLab)
    page, default = figure.page, PermutationLab().value
    for text, taken in ORDERS.items():
        put(figure, **default)
        page.evaluate(FOLLOW, f"#permutation-lab?order={text}&sharpness=2")
        assert figure.evaluate(VALUES) == default | {"sharpness": 2} | ({"order": taken} if taken else {}), text[:40]
    assert page.evaluate("[typeof window.pwned, document.images.length]") == ["undefined", 0]
    for value in ("['0','1','2','3','4','5']", "[[0],1,2,3,4,5]", "[0,1,2,3,4,,5]", "{length: 6}", "[0,1,2,3,4,5n]", "new Uint8Array(6)"):
        put(figure, **default)
        figure.evaluate(f"figure => figure.explorer.set({{ order: {value} }})")
        assert figure.evaluate(VALUES) == default, value


def test_an_order_is_handed_out_and_taken_as_a_copy(show):
    figure = show(PermutationLab)
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


def test_the_link_of_an_order_can_be_read(show):
    figure = show(PermutationLab)
    button(figure, "link").click()
    assert "order" not in figure.page.url, "the default was changed"
    figure.locator(".x-chip").first.press("End")
    button(figure, "link").click()
    figure.page.wait_for_url("**#permutation-lab?order=4,5,2,0,1,3")


def test_words_are_text_and_never_markup(show):
    class Hostile(PermutationLab):
        order = Order(
            [0, 1, 2, 3, 4, 5], ("<img src=x onerror=pwned=1>", "&lt;b&gt;", '"', "'", "</span>", "{order}"), label="<b>order</b>"
        )

    page = show(PermutationLab, fresh=True).page
    figure = mount(page, Hostile())
    assert figure.locator(".x-chip").all_inner_texts() == list(Hostile.controls["order"].labels)
    expect(figure.get_by_role("group", name="<b>order</b>", exact=True)).to_be_visible()
    assert page.evaluate("[typeof window.pwned, document.images.length]") == ["undefined", 0]


def test_a_press_in_the_score_map_sets_both_positions(show):
    figure = show(RopeRotation)
    put(figure, shift=100)
    listen(figure)
    cells = figure.locator("canvas")
    cells.scroll_into_view_if_needed()
    box = cells.bounding_box()
    side = box["width"] / 24
    figure.page.mouse.click(box["x"] + 3.5 * side, box["y"] + 17.5 * side)
    values = figure.evaluate(VALUES)
    assert (values["m"], values["n"], values["shift"]) == (17, 3, 100)
    assert set(figure.evaluate("figure => heard")) == {"m", "n"}


def test_values_appear_under_the_pointer(show):
    figure = show(RopeRotation)
    hint, cells = figure.locator(".x-hint"), figure.locator("canvas")
    figure.page.mouse.move(1, 1)
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
def test_every_panel_says_what_is_under_the_pointer(show, explorer):
    figure = show(explorer)
    for panel in figure.locator(".x-panel:not(.x-circle) .x-plot > svg").all():
        panel.scroll_into_view_if_needed()
        box = panel.bounding_box()
        figure.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(figure.locator(".x-hint")).to_be_visible()
        assert not re.search(r"undefined|null|NaN|\{|\}", figure.locator(".x-hint").inner_text())


def test_a_hand_on_a_control_stops_the_play(show):
    figure = show(RopeRotation)
    button(figure, "play").click()
    turn(figure, RopeRotation, "m")
    expect(button(figure, "play")).to_be_visible()


@one_a_page
def test_nothing_plays_for_readers_who_ask_for_calm(show, explorer):
    figures = [show(other) for other in on_the_page_of(explorer)]
    for figure in figures:
        button(figure, "play").click()
    figures[0].page.emulate_media(reduced_motion="reduce")
    for figure in figures:
        expect(button(figure, re.compile("pause|play"))).to_have_count(0)
        expect(figure.locator(".x-actions").get_by_role("button")).to_have_count(len(ACTIONS) - 1)
    figures[0].page.emulate_media(reduced_motion="no-preference")
    for figure in figures:
        expect(button(figure, "play")).to_be_visible()


def test_nothing_plays_for_readers_who_asked_for_calm_before(show):
    figure = show(RopeRotation, reduced_motion="reduce", fresh=True)
    expect(figure.get_by_role("button")).to_have_count(len(ACTIONS) - 1)
    expect(button(figure, "play")).to_have_count(0)


@breaking
def test_the_red_switch_shows_the_broken_promise(show, explorer):
    figure = show(explorer)
    wrong = figure.locator(".x-readouts .x-wrong")
    expect(wrong).to_have_count(0)
    for name, control in explorer.controls.items():
        if getattr(control, "breaks", False):
            control_of(figure, name).check()
            values = explorer.values(**explorer().value | {name: True})
            broken = [readout.label for readout in explorer.view.readouts if readout.wrong(values)]
            expect(wrong).to_have_count(len(broken))  # a mistake breaks one promise, and what is no number is red as well
            # Red in either theme, and not the ink of the others.
            red, green, blue = map(int, re.findall(r"\d+", wrong.first.evaluate("node => getComputedStyle(node).color"))[:3])
            assert red > 1.5 * max(green, blue)
            control_of(figure, name).uncheck()
            expect(wrong).to_have_count(0)


# --- the link ---------------------------------------------------------------------------


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


ELSEWHERE = (
    "rope-rotation.2?m=3", "rope-rotation.999?m=3", "ROPE-ROTATION?m=3", "<img src=x onerror=pwned=1>?m=3", '"]?m=3',
    "__proto__?m=3", "?m=3",
)  # fmt: skip
CENSUS = "() => [document.querySelectorAll('*:not(svg *)').length, document.images.length, Object.keys(Object.prototype).length, typeof window.pwned]"


def test_hostile_fragments_are_clamped_or_ignored(show):
    figure = show(RopeRotation)
    default, page = RopeRotation().value, figure.page
    before = page.evaluate(CENSUS)
    fragments = {f"#rope-rotation?{query}": taken for query, taken in HOSTILE.items()} | {f"#{target}": {} for target in ELSEWHERE}
    for fragment, taken in fragments.items():
        put(figure, **default)
        page.evaluate(FOLLOW, fragment)
        assert figure.evaluate(VALUES) == default | taken, fragment[:80]
        assert page.evaluate(CENSUS) == before, fragment[:80]


@pytest.mark.parametrize("query", list(HOSTILE)[2:11:4] + ["%"])
def test_a_page_opens_at_a_hostile_fragment(show, query):
    figure = show(RopeRotation, f"#rope-rotation?{query}")
    assert figure.evaluate(VALUES) == RopeRotation().value | HOSTILE.get(query, {})
    assert figure.page.evaluate("typeof window.pwned") == "undefined"


# --- two copies -------------------------------------------------------------------------


def mount(page, shown):
    """Another explorer on the page, below its text; its figure."""
    page.evaluate(
        """html => {
            const holder = document.createElement("div");
            holder.innerHTML = html;
            const figure = holder.querySelector("figure");
            document.querySelector("article").append(figure);
            explorers.mount(figure);
        }""",
        shown._repr_mimebundle_()[0]["text/html"],
    )
    return Figure(page.locator("figure.explorer").last)


def test_two_copies_on_a_page_are_independent(show):
    first = show(RopeRotation, fresh=True)
    page, copy = first.page, RopeRotation(m=20)
    second = mount(page, copy)
    assert (first.evaluate(VALUES)["m"], second.evaluate(VALUES)["m"]) == (9, 20)
    picture = first.evaluate(PICTURE)
    turn(second, RopeRotation, "shift", "mixed")
    assert first.evaluate(PICTURE) == picture and first.evaluate(VALUES) == RopeRotation().value
    other = second.evaluate(PICTURE)
    turn(first, RopeRotation, "base")
    assert second.evaluate(PICTURE) == other and first.evaluate(PICTURE) != picture
    assert page.locator("figure.explorer [id]").count() == 0
    # Each has an address of its own.
    button(second, "link").click()
    page.wait_for_url("**#rope-rotation.2?*")
    # One that is gone hears nothing more.
    second.evaluate("figure => figure.remove()")
    turn(first, RopeRotation, "m")


# --- without a mouse, without sight, without script -------------------------------------------


@every
def test_tab_reaches_every_control_in_order(show, explorer):
    figure = show(explorer)
    page = figure.page
    grouped = sorted(
        explorer.controls.items(), key=lambda item: (item[0] != explorer.play, item[0] in explorer.more, drivers.of(item[1]).group)
    )
    order = [name for name, control in grouped for _ in range(drivers.of(control).reached(control))]
    for name, control in grouped:
        if getattr(control, "accepts", ""):
            order.insert(order.index(name) + 1, "…")  # the button "file …"
    if explorer.more:
        order.insert(order.index(next(name for name, _ in grouped if name in explorer.more)), "more")
    button(figure, "play").focus()
    page.keyboard.press("Shift+Tab")  # by keyboard: what was focused by a script after a press of the mouse need not show it
    page.keyboard.press("Tab")
    reached = []
    for _ in range(len(order) + len(ACTIONS) + 1):
        # Whatever has the focus shows it: itself, or the point in the picture that it stands for.
        name, seen = page.evaluate("""() => {
            const here = document.activeElement;
            return [(here.closest("fieldset") ?? here).name || here.innerText.split(" ")[here.tagName === "BUTTON" ? 1 : 0],
                getComputedStyle(here).outlineStyle !== "none" || !!document.querySelector(".x-focus")];
        }""")
        reached.append(name)
        assert seen, name
        page.keyboard.press("Tab")
    assert reached == [*ACTIONS, *order, "See"]
    assert not figure.evaluate("figure => figure.contains(document.activeElement)")


@every
def test_every_control_works_by_keyboard_alone(show, explorer):
    figure = show(explorer)
    listen(figure)
    keyboard = figure.page.keyboard
    for name, control in explorer.controls.items():
        driver = drivers.of(control)
        put(figure, **explorer().value)
        driver.held(control_of(figure, name)).focus()
        before = figure.evaluate(NOW)
        keyboard.type(driver.typed(control))
        keyboard.press(driver.key(control, before["values"][name]))
        now = figure.evaluate(NOW)
        assert now["values"][name] != before["values"][name] and now["picture"] != before["picture"], name
        for key, after in driver.keys(control, before["values"][name]):
            keyboard.press(key)
            assert figure.evaluate(VALUES)[name] == after, f"{name}: {key}"
    button(figure, "reset").focus()
    keyboard.press("Enter")
    assert figure.evaluate(VALUES) == explorer().value
    button(figure, "Python").focus()
    keyboard.press("Space")
    expect(figure.locator("pre")).to_be_visible()
    button(figure, "play").focus()
    keyboard.press("Enter")
    expect(button(figure, "pause")).to_be_focused()
    keyboard.press("Space")
    expect(button(figure, "play")).to_be_focused()


# An explorer beside the page, whose twin computes nothing and which has no room to be drawn in: what is left are its controls.
WAYS = """([state, ways]) => {
    const figure = document.createElement("figure");
    const script = Object.assign(document.createElement("script"), { type: "application/json", textContent: state });
    figure.append(script);
    explorers.twins.still = () => ({});
    explorers.mount(figure);
    return ways.map(([name, step, start]) => {
        const input = figure.querySelector(`[name=${name}]`);
        const value = () => figure.explorer.controls[name].value;
        figure.explorer.set({ [name]: start });
        const way = [value()];
        while (way.length < 2000) {
            const at = input.value;
            input[step]();
            if (input.value === at) break;
            input.dispatchEvent(new Event("input", { bubbles: true }));
            way.push(value());
        }
        return way;
    });
}"""


@every
def test_a_step_of_a_slider_always_gets_further(show, explorer):
    """stepUp and stepDown are what the arrow keys do; no place on the way holds the slider."""
    wanted = [(name, *steps) for name, control in explorer.controls.items() for steps in drivers.of(control).steps(control)]
    state = {"spec": explorer.describe() | {"name": "still", "sentence": ""}, "value": explorer().value}
    page = show(explorer).page
    ways = page.evaluate(WAYS, [json.dumps(state), [[name, step, start] for name, step, start, _ in wanted]])
    for way, (name, step, start, end) in zip(ways, wanted, strict=True):
        assert way == sorted(set(way), reverse=step == "stepDown"), f"{name}: {step} comes back to where it was"
        assert (way[0], way[-1]) == (start, end), name


@every
def test_every_control_has_a_label_and_says_its_value(show, explorer):
    figure = show(explorer)
    for control in explorer.controls.values():
        for role, name, attributes in drivers.of(control).heard(control):
            element = figure.get_by_role(role, name=name, exact=True)
            expect(element).to_have_count(1)
            for attribute, said in attributes.items():
                expect(element).to_have_attribute(attribute, said)


@pytest.mark.parametrize("where", ["site", "folder"])
def test_without_javascript_the_figure_stands_there(open_page, site, book, where):
    shown = [path for path in sorted(book.rglob("*.html")) if explorers_on(path)]
    assert len(shown) > len({chapter_of(explorer) for explorer in EXPLORERS})
    for path in shown if where == "site" else shown[:1]:
        address = site if where == "site" else book.as_uri()
        page = open_page(f"{address}/{path.relative_to(book).as_posix()}", fresh=True, java_script_enabled=False)
        for figure, name in zip(page.locator("figure.explorer").all(), explorers_on(path), strict=True):
            [explorer] = [explorer for explorer in EXPLORERS if explorer.name == name]
            image = figure.get_by_role("img")
            expect(image).to_be_visible()
            assert image.bounding_box()["width"] > 300
            assert image.get_attribute("aria-label")
            words = figure.inner_text()
            assert explorer.tries in words and explorer.sees in words
            expect(figure.locator("input, select, textarea, button")).to_have_count(0)


# --- looks ------------------------------------------------------------------------------


# The ground of each card and the pixels of its first map.
LOOKS = """() => [...document.querySelectorAll("figure.explorer")].map((figure) =>
    [getComputedStyle(figure).backgroundColor, figure.querySelector("canvas")?.toDataURL() ?? ""])"""
LOOK_LIKE = f"([before, same]) => ({LOOKS})().every((look, i) => look.every((part, k) => !part || (part === before[i][k]) === same))"


@one_a_page
def test_the_theme_reaches_cards_and_canvases(show, explorer):
    page = show(explorer).page
    light = page.evaluate(LOOKS)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(LOOK_LIKE, arg=[light, False])
    dark = page.evaluate(LOOKS)
    for grounds in zip(*([sum(map(int, re.findall(r"\d+", ground)[:3])) for ground, _ in looks] for looks in (dark, light)), strict=True):
        assert grounds[0] < 150 < grounds[1]
    page.get_by_role("button", name="Dark theme").click()
    page.wait_for_function(LOOK_LIKE, arg=[light, True])


@every
def test_a_phone_shows_all_of_it(show, explorer):
    figure = show(explorer, **PHONE)
    assert figure.page.evaluate("document.documentElement.scrollWidth") <= 390
    small = figure.evaluate(
        """figure => [...figure.querySelectorAll("*")]
            .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
            .map((node) => [node.textContent, parseFloat(getComputedStyle(node).fontSize) * Math.hypot(node.getScreenCTM?.().a ?? 1, node.getScreenCTM?.().b ?? 0)])
            .filter(([, size]) => size < 11)"""
    )
    assert small == []
    for row in figure.locator(".x-row").all():
        boxes = [box for item in row.locator("> *").all() if (box := item.bounding_box())]  # panels that are turned away have none
        assert len({round(box["x"]) for box in boxes}) <= 1
        assert all(above["y"] + above["height"] <= below["y"] for above, below in zip(boxes, boxes[1:]))
    outside = figure.evaluate(
        """figure => [...figure.querySelectorAll("text, input, select, textarea, button, b, td, canvas, [role=slider]")]
            .filter((node) => !node.closest(".x-unseen, .x-handles, [hidden]"))
            .map((node) => [node.textContent || node.name, node.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.left < 0 || box.right > 390)).map(([text]) => text)"""
    )
    assert outside == []


@one_a_page
def test_a_narrower_window_lays_the_pictures_out_anew(show, explorer):
    page = show(explorer).page
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("""() => [...document.querySelectorAll(".x-plot > svg")].every((svg) =>
        Math.abs(svg.getBoundingClientRect().width - svg.parentNode.clientWidth) < 1.5)""")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


# --- every page of the book -------------------------------------------------------------------


def pages_of(book):
    """All pages but those for frames (test_embed.py); index.html is the cover under another name."""
    pages = [path.relative_to(book) for path in sorted(book.rglob("*.html"))]
    return [page.as_posix() for page in pages if page.name != "index.html" and page.parts[0] != "embed"]


LIVE = (
    "() => Promise.all([document.fonts.ready, ...[...document.querySelectorAll('figure.explorer')].map((figure) => figure.explorer.ready)])"
)
MOVED = """window.moved = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.moved += entry.value))
    .observe({ type: "layout-shift", buffered: true });"""
# Axe looks at everything that it is given, thousands of tokens of code and letters of formulas: of those that look alike one stays.
# Of all texts the first of each look, by ink, ground and size, is marked for the contrast.
SAMPLED = """() => {
    const seen = new Set();
    const grounds = new Map([[null, ""]]);
    const groundOf = (node) => {
        if (!grounds.has(node)) {
            const { backgroundColor, opacity } = getComputedStyle(node);
            const own = backgroundColor !== "rgba(0, 0, 0, 0)" || opacity !== "1" ? `${backgroundColor} ${opacity}; ` : "";
            grounds.set(node, own + groundOf(node.parentElement));
        }
        return grounds.get(node);
    };
    const look = (node) => {
        const { color, fontSize, fontWeight } = getComputedStyle(node);
        return [node.tagName, color, fontSize, fontWeight, groundOf(node)].join();
    };
    const [sample, alike] = [[], []]; // changed at last: a page that changes between two looks is styled anew each time
    for (const node of document.querySelectorAll("body *")) {
        if (![...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())) continue;
        const key = look(node);
        if (!seen.has(key)) sample.push(node);
        else if (node.localName === "span" && !node.firstElementChild && node.closest("pre")) alike.push(node);
        seen.add(key);
    }
    for (const node of sample) node.setAttribute("data-sample", "");
    for (const node of alike) node.remove();
    for (const formula of document.querySelectorAll("math:not(:has([data-sample]), th math)")) formula.replaceChildren();
    return document.querySelectorAll("[data-sample]").length;
}"""


# Rules that a narrow window can break: what scrolls, what is folded away, what is left to press.
NARROW = (
    "aria-hidden-focus", "button-name", "bypass", "label", "link-name", "meta-viewport", "nested-interactive",
    "scrollable-region-focusable", "select-name",
)  # fmt: skip


def violations(page, *rules, context=None, without=()):
    """What axe finds by these rules, or by all of its own but some."""
    options = {"runOnly": list(rules)} if rules else {"rules": {rule: {"enabled": False} for rule in without}}
    report = Axe().run(page, context, {"resultTypes": ["violations"]} | options)
    # To axe a head that is a formula is empty: it doesn't read MathML, which screen readers do.
    formula = lambda rule, node: rule["id"] == "empty-table-header" and page.locator(f"{node['target'][0]} math").count()  # noqa: E731
    found = {rule["id"]: [node["target"] for node in rule["nodes"] if not formula(rule, node)] for rule in report.response["violations"]}
    return {rule: nodes for rule, nodes in found.items() if nodes}


def contrast(page):
    return violations(page, "color-contrast", context={"include": [["[data-sample]"]]})


@pytest.mark.parametrize("look", ["desk", "phone"])
def test_a_page_loads_without_an_error_nothing_moves_and_axe_finds_nothing(open_page, site, book, look):
    """And it brings the twins of its own explorers, and no others."""
    found = {}
    for name in pages_of(book):
        page = open_page(f"{site}/{name}", fresh=True, before=MOVED, **(PHONE if look == "phone" else {}))
        page.evaluate(LIVE)
        page.evaluate(DRAWN)
        assert page.evaluate("window.moved") <= 0.01, name
        assert page.evaluate("Object.keys(window.explorers?.twins ?? {})") == sorted(explorers_on(book / name)), name
        assert page.title().split(" · ") == list(dict.fromkeys([page.locator("h1").inner_text().rstrip("¶"), "From Gates to Rotations"])), (
            name
        )
        assert page.evaluate(SAMPLED) > 5
        if look == "phone":  # no ink and no ground depends on the width
            looks = {"narrow": violations(page, *NARROW)}
        else:
            looks = {"all": violations(page, without=["color-contrast"]), "light": contrast(page)}
            page.emulate_media(color_scheme="dark")
            page.evaluate(DRAWN)
            looks["dark"] = contrast(page)
            page.emulate_media(color_scheme="light")
        found |= {f"{name}, {when}: {rule}": nodes for when, rules in looks.items() for rule, nodes in rules.items()}
    assert found == {}


def test_nothing_moves_and_nothing_fails_on_the_pages_of_a_folder(open_page, book):
    for name in pages_of(book):
        page = open_page(f"{book.as_uri()}/{name}", fresh=True, before=MOVED)
        page.evaluate(LIVE)
        page.evaluate(DRAWN)
        assert page.evaluate("window.moved") <= 0.01, name


@every
def test_a_widget_brings_its_own_twin_alone(explorer):
    assert re.findall(r"explorers\.twins\['([\w-]+)'\]=", bundle.widget_module(explorer)) == [explorer.name]


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
