"""The hand and the picture in one view: wherever a control is in the window, so is what it turns."""

import pytest
from collide import COLLIDING
from room import WINDOWS, WORST

from lib.explorers import every

TEXTS = """() => [...document.querySelectorAll("figure.explorer :is(text, span, b, p, label, button, select, option, textarea, legend)")]
    .filter((node) => node.checkVisibility() && node.textContent.trim() && parseFloat(getComputedStyle(node).fontSize) < 11).length"""
SMALL = """() => [...document.querySelectorAll("figure.explorer :is(button, select, input[type=range], .x-switch, .x-chip)")]
    .filter((node) => node.checkVisibility() && !node.closest(".x-handles") && node.getBoundingClientRect().height < 40)
    .map((node) => node.className || node.name || node.textContent)"""


@pytest.mark.parametrize("width, height", WINDOWS)
def test_the_picture_stays_with_the_hand(browser, site, book, width, height):
    page = browser.new_page(viewport={"width": width, "height": height})
    found = {}
    for path in sorted(book.glob("chapters/*.html")):
        if "data-explorer" not in path.read_text("utf-8"):
            continue
        page.goto(f"{site}/chapters/{path.name}")
        collided = {name: pairs for name, pairs in page.evaluate(COLLIDING).items() if pairs}
        assert collided == {}, "texts lie on one another"
        found |= page.evaluate(WORST)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path.name} scrolls sideways"
        assert page.evaluate(TEXTS) == 0, f"{path.name}: text under 11 px"
        if width < 640:
            assert page.evaluate(SMALL) == [], f"{path.name}: too small for a finger"
    page.close()
    assert set(found) == set(every())
    whole = 0.95 if width > 1000 else 0
    assert {name: worst for name, worst in found.items() if worst[0] < 0.999 or worst[1] < whole or worst[2]} == {}


@pytest.mark.parametrize("width, height", [(320, 256), (280, 400), (320, 640), (4000, 3000)])
def test_in_windows_without_room_and_with_too_much_nothing_is_covered_or_cut(browser, site, book, width, height):
    """320 × 256 is 1280 × 1024 at 400 %. There the picture scrolls away, and the hand has the window."""
    page = browser.new_page(viewport={"width": width, "height": height})
    for path in sorted(book.glob("chapters/*.html")):
        if "data-explorer" not in path.read_text("utf-8"):
            continue
        page.goto(f"{site}/chapters/{path.name}")
        assert {name: covered for name, (_, _, covered) in page.evaluate(WORST).items() if covered} == {}
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path.name} scrolls sideways"
        assert page.evaluate(
            "[...document.querySelectorAll('.x-parts')].every((table) => table.offsetWidth <= table.parentNode.clientWidth)"
        )
    page.close()


@pytest.mark.parametrize("width, height", [(1000, 700), (320, 640), (600, 900)])
def test_no_two_texts_of_a_picture_lie_on_one_another_in_other_windows(browser, site, book, width, height):
    page = browser.new_page(viewport={"width": width, "height": height})
    for path in sorted(book.glob("chapters/*.html")):
        if "data-explorer" in path.read_text("utf-8"):
            page.goto(f"{site}/chapters/{path.name}")
            assert {name: pairs for name, pairs in page.evaluate(COLLIDING).items() if pairs} == {}
    page.close()


BESIDE = """() => [...document.querySelectorAll("figure.explorer")].map((figure) => {
    const [stage, hands] = [".x-stage", ".x-hands"].map((name) => figure.querySelector(name).getBoundingClientRect());
    return hands.left >= stage.right ? "beside" : hands.top >= stage.bottom ? "below" : "over";
})"""


@pytest.mark.parametrize("width, height, place", [(1366, 657, "beside"), (844, 390, "beside"), (820, 1100, "below"), (390, 700, "below")])
def test_controls_stand_where_there_is_room(browser, site, width, height, place):
    """Beside the picture in windows that are wider than high, if the card is wide enough; else under it."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(f"{site}/chapters/rope.html")
    assert set(page.evaluate(BESIDE)) == {place}
    page.close()


SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }"


@pytest.mark.parametrize("change", [
    "() => { document.documentElement.dir = 'rtl'; }",
    "() => { document.documentElement.style.fontSize = '24px'; }",
    f"() => {{ document.head.append(Object.assign(document.createElement('style'), {{ textContent: '{SPACED}' }})); }}",
], ids=["right to left", "24 px", "WCAG 1.4.12"])  # fmt: skip
def test_other_type_and_direction_make_no_page_wider(browser, site, change):
    for size in WINDOWS[0], WINDOWS[3]:
        page = browser.new_page(viewport=dict(zip(("width", "height"), size)))
        for name in ("counting", "rope"):
            page.goto(f"{site}/chapters/{name}.html")
            page.evaluate(change)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, size)
        page.close()


@pytest.mark.parametrize(
    "text", ["{" + '"x": ' * 30_000, '{"model_type": "llama", "' + "a" * 100_000 + '": 1}'], ids=["nonsense", "a long name"]
)
def test_a_huge_pasted_file_makes_nothing_wider(browser, site, text):
    page = browser.new_page(viewport={"width": 280, "height": 400})
    page.goto(f"{site}/chapters/counting.html")
    field = page.locator("figure.explorer [name=pasted]").first
    field.fill(text)
    assert page.evaluate("document.documentElement.scrollWidth") <= 280
    assert field.bounding_box()["height"] < 200
    assert {name: covered for name, (_, _, covered) in page.evaluate(WORST).items() if covered} == {}
    page.close()
