"""Embeds: the page that each explorer has for frames in other people's pages, and the lines to copy that lead to it.

Without JavaScript it is a page of the book as any other: test_page.py.
"""

import gzip
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import drivers
import pytest
from kept import DRAWN, PICTURE, VALUES, Watch
from playwright.sync_api import expect
from servers import serving
from test_page import (
    HOSTILE,
    READY,
    SAMPLED,
    Figure,
    button,
    contrast,
    control_of,
    every,
    explorers_on,
    figure_of,
    mount,
    on_the_page_of,
    page_with,
    put,
    show,
    turn,
    violations,
)  # fmt: skip
from test_room import TEXTS

from lib.explorers.rope import RopeRotation
from lib.widget import palette
from lib.widget.page import document_of

BLANK = "<!doctype html><title>Elsewhere</title><link rel=icon href='data:,'><body style='margin: 0'>"
HERE = "() => document.querySelector('figure.explorer')?.explorer"
# Resolves to whether the page stands in its frame as a whole, as it comes and with what there is to see unfolded.
WHOLE = """() => [false, true].map((open) => {
    document.querySelector(".x-see").open = open;
    const { scrollHeight, clientHeight } = document.documentElement;
    return scrollHeight <= clientHeight;
})"""


# Whether the panels are seen one at a time, and the height of the main one.
MAIN = "figure => [!!figure.querySelector('.x-strip'), figure.querySelector('[data-main]').offsetHeight]"


class Stranger(BaseHTTPRequestHandler):
    """A page of somebody else, with nothing in it."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(BLANK.encode())

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def elsewhere():
    """The address of a page on another origin than the book's."""
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Stranger)) as address:
        yield address + "/"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The same page in a folder."""
    path = tmp_path_factory.mktemp("elsewhere") / "page.html"
    path.write_text(BLANK, "utf-8")
    return path.as_uri()


@pytest.fixture
def stranger(browser):
    """A tab for other people's pages."""
    page = browser.new_page(viewport={"width": 1000, "height": 1400})
    page.watch = Watch(page)
    yield page
    page.close()


def framed(page, markup, width=900):
    """What stands in a frame that is put into a page, once its explorer answers."""
    page.evaluate("([html, width]) => (document.body.innerHTML = `<div style='width: ${width}px'>${html}</div>`)", [markup, width])
    frame = page.locator("iframe").element_handle().content_frame()
    frame.wait_for_function(HERE)
    frame.evaluate(DRAWN)
    return frame


def frame_of(src, attributes=""):
    return f'<iframe src="{src}" width="100%" height="800" style="border: 0" {attributes}></iframe>'


def pressed(frame, explorer):
    """The key that turns its main control."""
    figure, control = figure_of(frame, explorer), explorer.controls[explorer.play]
    driver = drivers.of(control)
    driver.held(control_of(figure, explorer.play)).press(driver.key(control, figure.evaluate(VALUES)[explorer.play]))
    figure.evaluate(READY)


def answers(frame, explorer):
    """Its main control, turned by hand, changes what is computed and what is drawn."""
    figure = figure_of(frame, explorer)
    now = f"figure => [JSON.stringify(figure.explorer.frame()), ({PICTURE})(figure)]"
    before = figure.evaluate(now)
    pressed(frame, explorer)
    assert all(one != other for one, other in zip(figure.evaluate(now), before))
    return figure


# --- in a frame --------------------------------------------------------------------------------------


@every
def test_an_embed_answers_on_another_origin_and_where_storage_clipboard_and_history_are_refused(
    stranger, elsewhere, folder, site, book, explorer
):
    """Every one on another origin, and every one out of a folder in a sandbox; of each page the first in both ways in both places."""
    first = explorer in on_the_page_of(explorer)[:1]
    for place, root, shut in (
        (elsewhere, site, False),
        (folder, book.as_uri(), True),
        (elsewhere, site, True),
        (folder, book.as_uri(), False),
    )[: 4 if first else 2]:
        src = f"{root}/embed/{explorer.name}.html"
        stranger.goto(place)
        frame = framed(stranger, frame_of(f"{src}#{explorer.name}", 'sandbox="allow-scripts"' if shut else ""))
        if shut:
            assert frame.evaluate("() => { try { return localStorage } catch { return 'refused' } }") == "refused"
        if explorer.with_first and shut and root == book.as_uri():  # a browser gives such a frame nothing else of a folder
            pressed(frame, explorer)
            expect(figure_of(frame, explorer).locator_of_it).to_contain_text("could not be loaded")
            stranger.watch.console.clear()
        else:
            button(answers(frame, explorer), "reset").click()
        stranger.watch.check(place, src, f"{root}/_static/explorers/")


def test_a_frame_that_may_not_copy_selects_the_line(stranger, elsewhere, site):
    stranger.goto(elsewhere)
    frame = framed(stranger, frame_of(f"{site}/embed/rope-rotation.html#rope-rotation?m=3", 'sandbox="allow-scripts"'))
    figure = figure_of(frame, RopeRotation)
    button(figure, "embed").click()
    copy = button(figure, "the iframe")
    copy.click()
    expect(copy).to_have_text(re.compile("press Ctrl.C"))
    line = figure.get_by_label("iframe")
    expect(line).to_be_focused()
    assert line.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == line.input_value() != ""
    expect(copy).to_have_text(re.compile("copy"))
    assert all("Clipboard" in text for text in stranger.watch.console), "more than the browser's own remark"


def test_a_frame_leaves_the_page_around_it_where_it_is(stranger, site):
    stranger.goto(f"{site}/chapters/notation.html")
    space = "<p style='height: 1000px'></p>"
    frame = framed(stranger, space + frame_of(f"{site}/embed/rope-rotation.html#rope-rotation?m=3").replace("800", "300") + space)
    stranger.evaluate(DRAWN)
    assert figure_of(frame, RopeRotation).evaluate(VALUES)["m"] == 3
    assert (stranger.evaluate("scrollY"), frame.evaluate("scrollY")) == (0, 0)


@every
def test_an_embed_is_one_small_file_that_leads_home(book, explorer):
    path = book / f"embed/{explorer.name}.html"
    assert len(gzip.compress(path.read_bytes(), 9)) <= 100 * 1024
    [(home, name, words)] = re.findall(
        r'<a class="home" href="([^"#]+)#([^"]+)"[^>]*>From Gates to Rotations: ([^<]+)</a>', path.read_text("utf-8")
    )
    assert name == explorer.name and name in explorers_on(path.parent / home)
    assert re.search(rf"<title>[\d. ]*{words} ·", (path.parent / home).read_text("utf-8"))


# --- what its address says ---------------------------------------------------------------------------


@pytest.mark.parametrize("fragment", ["m=3&n=2", "m=3&n=2&rope-score:distance=4", "m=3%26n=2", *list(HOSTILE)[:2]])
def test_the_fragment_says_the_state(stranger, site, fragment):
    taken = HOSTILE.get(fragment, {"m": 3, "n": 2})
    stranger.goto(f"{site}/embed/rope-rotation.html?theme=light#rope-rotation?{fragment}")
    figure = figure_of(stranger, RopeRotation)
    assert figure.evaluate(VALUES) == RopeRotation().value | taken
    for name, value in taken.items():
        expect(control_of(figure, name)).to_have_value(str(value))
    stranger.watch.check(site)


GROUNDS = "() => ['html', 'figure'].map((name) => getComputedStyle(document.querySelector(name)).backgroundColor)"


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_of_the_address_decides_over_the_systems_and_nonsense_is_ignored(stranger, site, system):
    stranger.emulate_media(color_scheme=system)
    asked = {"": system, "?theme=light": "light", "?theme=dark": "dark", "?theme=dark&theme=light": "dark"}
    for nonsense in (
        "<script>window.pwned=1</script>",
        "%3Cscript%3Ewindow.pwned=1%3C/script%3E",
        "DARK",
        "sepia",
        "",
        "__proto__",
        "%E0%A4%A",
    ):
        asked[f"?theme={nonsense}"] = system
    for query, theme in asked.items():
        stranger.goto(f"{site}/embed/rope-rotation.html{query}")
        ground = (palette.DARK if theme == "dark" else palette.LIGHT)["ground"]
        rgb = "rgb({}, {}, {})".format(*bytes.fromhex(ground[1:]))
        assert stranger.evaluate(GROUNDS) == [rgb, rgb], query
        shown = stranger.evaluate("[document.documentElement.dataset.theme ?? '', typeof window.pwned, document.scripts.length]")
        assert shown == [theme if query in list(asked)[1:4] else "", "undefined", 3], query
        stranger.watch.check(site)


# --- the lines to copy -------------------------------------------------------------------------------


@every
def test_the_lines_lead_to_the_state_and_their_frame_holds_all_of_it(show, stranger, elsewhere, site, explorer):
    windows = [(1366, 657), (390, 844)]  # on a phone the first of each page
    for window in windows if explorer in on_the_page_of(explorer)[:1] else windows[:1]:
        figure = show(explorer, viewport=dict(zip(("width", "height"), window)))
        lines_lead_to_the_state(figure, stranger, elsewhere, site, explorer)


def lines_lead_to_the_state(figure, stranger, elsewhere, site, explorer):
    button(figure, "embed").click()
    for other in on_the_page_of(explorer):  # whose states don't belong into the line
        turn(figure_of(figure.page, other), other, other.play)
    turn(figure, explorer)
    values = figure.evaluate(VALUES)
    address, iframe = (figure.get_by_label(name, exact=True).input_value() for name in ("address", "iframe"))
    assert address.startswith(f"{site}/embed/{explorer.name}.html#{explorer.name}?")
    assert not any(f"{other.name}:" in address for other in on_the_page_of(explorer))
    width, seen = figure.evaluate("figure => figure.offsetWidth"), figure.evaluate(MAIN)

    stranger.goto(address)
    figure_of(stranger, explorer).evaluate(READY)
    assert figure_of(stranger, explorer).evaluate(VALUES) == values
    stranger.goto(elsewhere)
    frame = framed(stranger, iframe, width)
    assert stranger.locator("iframe").get_attribute("title") == explorer.title
    figure_of(frame, explorer).evaluate(READY)
    assert figure_of(frame, explorer).evaluate(VALUES) == values
    assert frame.evaluate(WHOLE) == [True, True]
    strip, height = figure_of(frame, explorer).evaluate(MAIN)
    # A strip, with one panel at a time and its table cut short, may become the whole picture.
    assert height >= seen[1] - 1 if strip == seen[0] else seen[0], "the picture is smaller than where it was copied"
    stranger.watch.check(elsewhere, site)


def test_an_open_tray_doesnt_press_the_picture(stranger, site):
    stranger.set_viewport_size({"width": 860, "height": 700})
    stranger.goto(f"{site}/embed/rope-rotation.html")
    figure = figure_of(stranger, RopeRotation)
    before = figure.evaluate(MAIN)
    button(figure, "embed").click()
    stranger.set_viewport_size({"width": 859, "height": 700})
    stranger.evaluate(DRAWN)
    stranger.evaluate(DRAWN)
    assert figure.evaluate(MAIN) == [before[0], pytest.approx(before[1], abs=2)]


def test_the_lines_of_a_second_copy_lead_to_the_only_one(show):
    second = mount(show(RopeRotation, fresh=True).page, RopeRotation(m=20))
    button(second, "embed").click()
    assert re.search(r"/embed/rope-rotation\.html#rope-rotation\?m=20$", second.get_by_label("address").input_value())


def test_the_line_keeps_markup_out_of_its_attributes(show):
    class Hostile(RopeRotation):
        title = '"><img src=x onerror=pwned=1> &quot; <b>'

    page = show(RopeRotation, fresh=True).page
    figure = mount(page, Hostile())
    button(figure, "embed").click()
    attributes = page.evaluate(
        """html => [...new DOMParser().parseFromString(html, "text/html").body.childNodes].map((node) => [node.localName, node.title])""",
        figure.get_by_label("iframe").input_value(),
    )
    assert attributes == [["iframe", Hostile.title]]


def test_lines_are_copied(show):
    figure = show(RopeRotation)
    figure.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button(figure, "embed").click()
    for name in ("address", "iframe"):
        copy = button(figure, f"the {name}")
        copy.click()
        expect(copy).to_have_text(re.compile("copied"))
        assert figure.page.evaluate("navigator.clipboard.readText()") == figure.get_by_label(name).input_value()
    expect(copy).to_have_text(re.compile("copy"))
    figure.page.context.clear_permissions()


@pytest.mark.parametrize("width", [390, 280])
def test_the_tray_has_room_on_a_phone(show, width):
    figure = show(RopeRotation, viewport={"width": width, "height": 640})
    button(figure, "embed").click()
    tray = figure.locator(".x-embed")
    heights = [node.bounding_box()["height"] for node in tray.locator("input, button").all()]
    assert len(heights) == 4 and min(heights) >= 40
    assert figure.page.evaluate("document.documentElement.scrollWidth") <= width
    assert figure.page.evaluate(TEXTS) == 0


def test_a_page_that_doesnt_say_where_embeds_are_offers_none(stranger):
    stranger.set_content(document_of(RopeRotation()))
    figure = figure_of(stranger, RopeRotation)
    expect(button(figure, "Python")).to_be_visible()
    expect(button(figure, "embed")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_an_embed_with_its_tray_open(stranger, site, theme):
    stranger.goto(f"{site}/embed/rope-rotation.html?theme={theme}")
    button(figure_of(stranger, RopeRotation), "embed").click()
    assert stranger.evaluate(SAMPLED) > 5
    # The heading is that of the page around it.
    assert violations(stranger, without=["color-contrast", "page-has-heading-one"]) | contrast(stranger) == {}
