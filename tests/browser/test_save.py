"""The picture as a file: saved in a dark page on a phone, and compared with the same picture in a light window of the file's own width.

No book is needed: pages with one explorer are served at an address that nobody has.
"""

import json
import re
from dataclasses import dataclass
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from every_explorer import EXPLORERS
from kept import DRAWN, STANDING, VALUES, Watch
from matplotlib.image import imread
from playwright.sync_api import expect
from scene import Scene
from test_pictures_on_paper import state_of

from lib.explorers.counting import ParameterCounter
from lib.explorers.equivariance import PermutationLab
from lib.explorers.recurrent import LSTMCell
from lib.explorers.rope import RopeRotation
from lib.widget import Heatmap
from lib.widget.page import document_of
from lib.widget.palette import LIGHT
from lib.widget.view import panels

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
SITE = "http://book.example/"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}
AS_SAVED = {"viewport": {"width": 696, "height": 4000}, "device_scale_factor": 2}  # 638 px for the picture
ALL = [Scene, *EXPLORERS]
every = pytest.mark.parametrize("explorer", ALL, ids=lambda explorer: explorer.name, scope="module")


@pytest.fixture(scope="module")
def opened(browser):
    """opened(explorer, state, theme, **context options) -> its figure, alone on a page with an address; the last one with these options closes."""
    contexts = {}

    def figure(explorer, state, theme="light", fragment="", **options):
        if repr(options) not in contexts:
            page = browser.new_context(**options).new_page()
            contexts[repr(options)] = page
            page.watch = Watch(page)
        page = contexts[repr(options)]
        page.unroute_all()
        text = document_of(explorer(**state)).replace('data-theme="light"', f'data-theme="{theme}"')
        page.route("**/*", lambda route: route.fulfill(body=text, content_type="text/html"))
        page.goto("about:blank")
        page.goto(f"{SITE}{explorer.name}.html{fragment}")
        page.watch.check(SITE, "about:blank")
        return page.locator("figure.explorer")

    yield figure
    for page in contexts.values():
        page.context.close()


@pytest.fixture(scope="module")
def blank(browser):
    page = browser.new_page()
    yield page
    page.close()


def press(figure, kind):
    """The file that a press gives: its name and its bytes."""
    with figure.page.expect_download() as download:
        figure.get_by_role("button", name=kind).click()
    expect(figure.locator(".x-save [role=status]")).to_have_text(f"saved {download.value.suggested_filename}")
    return download.value.suggested_filename, download.value.path().read_bytes()


def open_tray(figure):
    figure.get_by_role("button", name="save").click()
    return figure


@dataclass
class Saved:
    name: str
    text: str
    png: bytes
    root: ElementTree.Element

    def texts(self):
        """The texts outside the panels in their order, and those in them; a halo is no second text."""
        panels = {id(node) for group in self.root.findall(f"{SVG}g") for node in group.iter()}
        nodes = [node for node in self.root.iter(f"{SVG}text") if node.text and node.get("stroke") is None]
        return [node.text for node in nodes if id(node) not in panels], [node.text for node in nodes if id(node) in panels]

    def caption(self):
        """What stands under the picture: the state, and the address."""
        texts = self.texts()[0]
        start = max(i for i, text in enumerate(texts) if text.startswith(f"{self.name.removesuffix('.svg')}:"))
        link = next((i for i, text in enumerate(texts) if i > start and text.startswith(SITE)), len(texts))
        return " ".join(texts[start:link]), "".join(texts[link:])


@pytest.fixture(scope="module")
def saved(opened):
    """saved(explorer) -> both files of it at a state where everything was turned, from a dark page on a phone."""
    files = {}

    def of(explorer):
        if explorer not in files:
            figure = open_tray(opened(explorer, state_of(explorer, "moved"), "dark", **PHONE))
            (name, svg), (other, png) = press(figure, "SVG"), press(figure, "PNG")
            assert (name, other) == (f"{explorer.name}.svg", f"{explorer.name}.png")
            files[explorer] = Saved(name, svg.decode(), png, ElementTree.fromstring(svg))
        return files[explorer]

    return of


@every
def test_the_file_needs_nothing_besides_itself(saved, explorer):
    """And nothing that only a browser knows."""
    file = saved(explorer)
    tags = {node.tag.removeprefix(SVG) for node in file.root.iter()}
    assert tags <= {"svg", "g", "path", "rect", "circle", "text", "image", "title", "desc", "linearGradient", "stop"}
    for node in file.root.iter():
        for name, value in node.attrib.items():
            assert name != "class" and (name != "style" or node is file.root)
            assert not re.search(r"var\(|url\((?!#ramp-\d\)$)|http|central|nan|undefined|null", value, re.I) or name == f"{XLINK}href", (
                name,
                value,
            )
            assert name != f"{XLINK}href" or value.startswith("data:image/png;base64,")
    namespaces = re.findall(r'xmlns(?::\w+)?="(http://www\.w3\.org/[^"]+)"', file.text)
    assert file.text.count("http") - len(namespaces) == sum("http" in text for text in file.texts()[0]) == 1
    width, height = float(file.root.get("width")), float(file.root.get("height"))
    assert file.root.get("viewBox") == f"0 0 {width:.0f} {height:.0f}" and width == 686
    assert file.root.find(f"{SVG}title").text == explorer.title
    said = explorer(**state_of(explorer, "moved")).alt().replace("-", "\u2212")
    assert file.root.find(f"{SVG}desc").text.replace("-", "\u2212") == said


def check_inks(root):
    """White ground, and the light palette's inks alone; white are edges and halos."""
    inks = {f"rgb({int(color[1:3], 16)}, {int(color[3:5], 16)}, {int(color[5:7], 16)})" for color in LIGHT.values()}
    ground, *nodes = [node for node in root.iter() if node.tag.removeprefix(SVG) in ("rect", "circle", "path", "text")]
    assert [ground.get(name) for name in ("width", "height", "fill")] == [root.get("width"), root.get("height"), "#fff"]
    for node in nodes:
        fill, stroke = node.get("fill", "none"), node.get("stroke", "none")
        assert {fill, stroke} != {"none"}, ElementTree.tostring(node)
        assert fill in inks | {"none", stroke} or fill.startswith("url(#ramp-")
        assert stroke in inks | {"none", "rgb(255, 255, 255)"}, ElementTree.tostring(node)


@every
def test_ground_and_inks_are_light(saved, explorer):
    check_inks(saved(explorer).root)


@pytest.mark.parametrize("dark", [
    "() => { document.body.dataset.jpThemeLight = 'false'; delete document.documentElement.dataset.theme; }",
    "() => { delete document.documentElement.dataset.theme; }",
], ids=["JupyterLab", "system"])  # fmt: skip
@pytest.mark.parametrize("colors", [{}, {"forced_colors": "active"}], ids=["own colours", "forced colours"])
def test_it_is_light_whatever_makes_the_page_dark(opened, dark, colors):
    figure = opened(RopeRotation, {}, color_scheme="dark", **colors)
    ground = figure.evaluate("figure => getComputedStyle(figure).backgroundColor")
    figure.page.evaluate(dark)
    if not colors:
        assert figure.evaluate("figure => getComputedStyle(figure).backgroundColor") != ground, "the page isn't dark"
    check_inks(ElementTree.fromstring(press(open_tray(figure), "SVG")[1]))


# How each shape and each text of a panel looks, and which texts have a halo; of what is seen.
LOOKS = """(panels) => panels.map((panel) => [...panel.querySelectorAll("path, rect, circle, text")].flatMap((node) => {
    const style = getComputedStyle(node);
    if (style.display === "none" || node.matches(".x-hold, text:empty")) return [];
    const text = node.localName === "text";
    if (text && node.matches("[stroke]")) return [["halo", node.textContent, style.stroke, style.strokeWidth, style.strokeOpacity]];
    const halo = text && style.stroke !== "none" ? [["halo", node.textContent, style.stroke, style.strokeWidth, style.strokeOpacity]] : [];
    const line = ["stroke", "strokeWidth", "strokeDasharray", "strokeLinecap", "strokeLinejoin"].map((name) => style.stroke === "none" || style[name]);
    return [...halo, text
        ? [node.textContent, style.fill, style.fontSize, style.textAnchor, style.fontWeight >= 600]
        : [node.localName, node.getAttribute("d"), style.fill, style.fillOpacity, style.opacity, ...line]];
}))"""
# All that is read in a picture, around its panels and in them; its keys; and where its panels lie, and how they look.
READ = f"""figure => {{
    const stage = figure.querySelector(".x-stage");
    const texts = [[], []];
    const walker = document.createTreeWalker(stage, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {{
        const node = walker.currentNode;
        if (node.data.trim() && node.parentElement.checkVisibility() && !node.parentElement.matches(".x-unseen")) texts[node.parentElement.closest("svg") ? 1 : 0].push(node.data);
    }}
    const {{ left, top }} = stage.getBoundingClientRect();
    const panels = [...stage.querySelectorAll(".x-plot > svg")];
    const places = panels.map((svg) => svg.getBoundingClientRect());
    return {{ texts, looks: ({LOOKS})(panels), signs: stage.querySelectorAll(".x-crumbs span + span").length,
        keys: [...stage.querySelectorAll(".x-key")].map((key) => [key.textContent, getComputedStyle(key).color, key.className]),
        places: places.map((place) => [place.left - left, place.top - top, place.width, place.height]) }};
}}"""


@pytest.fixture(scope="module")
def light(opened):
    """light(explorer) -> the same state in a light window as wide as the file: what READ reads, and the stage's pixels."""
    seen = {}

    def of(explorer):
        if explorer not in seen:
            figure = opened(explorer, state_of(explorer, "moved"), **AS_SAVED)
            figure.evaluate("""figure => {
                figure.style.setProperty("--x-ground", "#fff");
                figure.dataset.dragged = figure.dataset.pressed = ""; // no hints
                for (const frame of figure.querySelectorAll(".x-parts-frame")) frame.style.minHeight = 0;
                figure.querySelector(".x-stage").style.cssText = "position: absolute; width: 638px; left: 0; top: 0"; // on whole pixels
            }""")
            seen[explorer] = figure.evaluate(READ), pixels(figure.locator(".x-stage").screenshot())
        return seen[explorer]

    return of


def pixels(png):
    """Levels of red, green and blue, 0 to 1."""
    return imread(BytesIO(png), format="png")[:, :, :3].astype(float)


def words(texts):
    return sorted(word for text in texts for word in text.replace("-", " ").split())  # a line may end at a hyphen


@every
def test_every_word_of_the_picture_is_in_the_file(saved, light, explorer):
    file, (read, _) = saved(explorer), light(explorer)
    around, inside = file.texts()
    assert words(inside) == words(read["texts"][1])
    caption = 1 + next(i for i, text in enumerate(around[::-1]) if text.startswith(f"{explorer.name}:"))
    assert around[0] == explorer.title
    assert words(around[1:-caption]) == words(read["texts"][0] + ["›"] * read["signs"])


@every
def test_every_mark_looks_as_it_does(saved, light, blank, explorer):
    """In width, dashes, corners, inks and letters, told without a style sheet."""
    blank.evaluate("text => { document.body.innerHTML = text; }", saved(explorer).text)
    drawn = blank.evaluate(f"() => ({LOOKS})([...document.querySelectorAll('svg > g')])")
    assert drawn == light(explorer)[0]["looks"]


@every
def test_every_key_has_its_sample_before_it(saved, light, explorer):
    samples = []
    children = list(saved(explorer).root)
    for node, text in zip(children, children[1:]):
        if node.tag == f"{SVG}path" and node.get("stroke-width"):
            left, middle, width = map(float, re.fullmatch(r"M([\d.]+) ([\d.]+)h([\d.]+)", node.get("d")).groups())
            assert 3 < float(text.get("x")) - left - width < 9 and 0 < float(text.get("y")) - middle < 7
            look = " x-square" if float(node.get("stroke-width")) > 5 else " x-dashed" if node.get("stroke-dasharray") else ""
            samples.append([text.text, node.get("stroke"), f"x-key{look}"])
    keys = [[" ".join(text.split()), color, look] for text, color, look in light(explorer)[0]["keys"] if text]
    assert [sample[1:] for sample in samples] == [key[1:] for key in keys]
    assert all(key[0].startswith(sample[0]) for sample, key in zip(samples, keys))


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
def test_no_text_leaves_the_file_and_no_lines_of_text_meet(saved, blank, explorer):
    found = blank.evaluate(
        """text => {
        document.body.innerHTML = text;
        const ground = document.querySelector("svg").getBoundingClientRect();
        const texts = [...document.querySelectorAll("text")].filter((text) => text.textContent.trim());
        const boxes = texts.map((text) => text.getBoundingClientRect());
        const outside = texts.filter((_, i) => boxes[i].left < ground.left || boxes[i].top < ground.top || boxes[i].right > ground.right || boxes[i].bottom > ground.bottom);
        const around = boxes.filter((_, i) => !texts[i].closest("g"));
        const meet = around.flatMap((a, i) => around.slice(i + 1).filter((b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
            Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5));
        return [outside.map((text) => text.textContent), meet.length];
    }""",
        saved(explorer).text,
    )
    assert found == [[], 0]


def alike(one, other):
    """How alike two pictures are, up to 1: correlated over squares of 4 px, so that a letter's edge counts for little."""
    height, width = (min(size) // 8 * 8 for size in zip(one.shape[:2], other.shape[:2]))
    small = [image[:height, :width].reshape(height // 8, 8, width // 8, 8, 3).mean((1, 3)).ravel() for image in (one, other)]
    return np.corrcoef(*small)[0, 1]


@every
def test_the_file_shows_the_picture(saved, light, explorer):
    """The PNG, which the browser draws from the SVG: each panel where it is, and nothing else that it could be taken for."""
    file, (read, stage) = saved(explorer), light(explorer)
    drawn = pixels(file.png)
    assert file.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert drawn.shape[:2] == (2 * int(file.root.get("height")), 2 * int(file.root.get("width")))
    assert (drawn[[0, 0, -1, -1], [0, -1, 0, -1]] == 1).all()
    at = [tuple(map(float, re.findall(r"[\d.]+", group.get("transform")))) for group in file.root.findall(f"{SVG}g")]
    assert len(at) == len(read["places"])
    cut = lambda image, x, y, w, h: image[round(2 * y) : round(2 * (y + h)), round(2 * x) : round(2 * (x + w))]  # noqa: E731
    panels = [(cut(drawn, *here, *place[2:]), cut(stage, *place)) for here, place in zip(at, read["places"])]
    for number, (ours, theirs) in enumerate(panels):
        same = alike(ours, theirs)
        assert same > 0.94, number
        assert same > alike(ours[::-1], theirs) and same > alike(ours[:, ::-1], theirs), number
        others = [
            other for k, (_, other) in enumerate(panels) if k != number and other.shape == theirs.shape and alike(other, theirs) < 0.99
        ]
        assert all(same > alike(ours, other) for other in others), number
    # Around the panels too: keys, notes, readouts.
    left, top = (at[0][i] - read["places"][0][i] for i in (0, 1))
    assert alike(cut(drawn, left, top, stage.shape[1] / 2, stage.shape[0] / 2), stage) > 0.96


@every
def test_the_caption_names_the_state_and_its_address_opens_it(saved, opened, explorer):
    state, (said, address) = state_of(explorer, "moved"), saved(explorer).caption()
    turned = {name: control for name, control in explorer.controls.items() if state[name] != control.default_value}
    assert turned
    for control in explorer.controls.values():
        assert (" ".join(control.label.split()) in said) == (control in turned.values()), control.label
    figure = opened(explorer, {}, fragment=address.removeprefix(f"{SITE}{explorer.name}.html"))
    assert figure.page.url == address
    assert figure.evaluate(VALUES) == explorer(**state).value


def test_the_caption_says_values_as_the_controls_do(opened):
    file = lambda explorer, **state: caption_of(opened(explorer, state), explorer)  # noqa: E731
    assert file(LSTMCell)[0] == "lstm-cell: at its defaults"
    assert file(LSTMCell, cell="gru", second=-0.25, misread=True)[0] == (
        "lstm-cell: cell = GRU; height of the second = \u22120.25; break it: read the weights in another convention"
    )
    assert file(PermutationLab, order=[5, 4, 0, 1, 3, 2])[0].endswith("= man old a dog the bites")
    assert file(RopeRotation, m=3)[1] == f"{SITE}rope-rotation.html#rope-rotation?m=3"


def caption_of(figure, explorer):
    name, svg = press(open_tray(figure), "SVG")
    return Saved(name, svg.decode(), b"", ElementTree.fromstring(svg)).caption()


def test_a_text_that_is_too_long_is_named_and_its_address_is_the_explorers(opened):
    pasted = json.dumps({"model_type": "gpt2", "n_layer": 3, "note": "x" * 600})
    said, address = caption_of(opened(ParameterCounter, {"pasted": pasted}), ParameterCounter)
    assert said == "parameter-counter: or your own config.json"
    assert address == f"{SITE}parameter-counter.html#parameter-counter"


def test_what_no_xml_may_hold_is_left_out(opened):
    """A text may have anything; the scene's slider says it under its name."""
    file = caption_of(opened(Scene, {"text": "yes \x01\x0b\uffff<&\U0001f600", "start": 4}), Scene)
    assert "start = start at 4yes <&\U0001f600" in file[0]


# The page's markup but for what the tray says, and all that a reader has set.
PAGE = f"""() => {{
    const page = document.documentElement.cloneNode(true);
    for (const said of page.querySelectorAll(".x-save [role=status]")) said.remove();
    return [page.outerHTML, ({STANDING})(), scrollX, scrollY, document.activeElement.textContent, visualViewport.scale, innerWidth];
}}"""


@pytest.mark.parametrize("options", [PHONE, {"viewport": {"width": 1200, "height": 500}}], ids=["phone", "desk"])
@pytest.mark.parametrize("explorer", [RopeRotation, ParameterCounter], ids=lambda explorer: explorer.name)
def test_the_page_stays_as_it_is(opened, explorer, options):
    figure = open_tray(opened(explorer, state_of(explorer, "moved"), "dark", **options))
    page = figure.page
    expect(figure.locator("[aria-live]")).not_to_be_empty()
    page.evaluate("""() => {
        document.body.prepend(Object.assign(document.createElement("div"), { style: "height: 900px" }));
        document.body.append(Object.assign(document.createElement("div"), { style: "height: 900px" }));
        document.querySelector("figure").scrollIntoView();
        const drawn = [...document.querySelectorAll(".x-plot > svg")];
        window.changed = [];
        const watch = new MutationObserver((changes) => window.changed.push(...changes.map((change) => change.target.outerHTML.slice(0, 60))));
        for (const node of [document.documentElement, document.body, document.querySelector("figure")]) watch.observe(node, { attributes: true });
        for (const node of drawn) watch.observe(node, { attributes: true, childList: true, subtree: true });
        window.moves = 0;
        addEventListener("scroll", () => moves++);
        addEventListener("resize", () => moves++);
    }""")
    for kind in ("SVG", "PNG"):
        figure.get_by_role("button", name=kind).evaluate("node => node.focus({ preventScroll: true })")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => { moves = 0; done(); })))")
        before = page.evaluate(PAGE)
        with page.expect_download():
            page.keyboard.press("Enter")
        expect(figure.locator(".x-save [role=status]")).to_have_text(f"saved {explorer.name}.{kind.lower()}")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate(PAGE) == before
        assert page.evaluate("[changed, moves]") == [[], 0]
    page.watch.check(SITE, "about:blank")


def test_a_notebook_saves_without_an_address(opened):
    figure = opened(RopeRotation, {})
    figure.page.evaluate("""spec => {
        const state = { ...Object.fromEntries(spec.controls.map(({ name, default: value }) => [name, value])), m: 3 };
        const model = { get: (name) => state[name], set: (name, value) => (state[name] = value), on() {}, off() {}, send() {}, save_changes() {} };
        document.body.replaceChildren();
        explorers.render({ model, el: document.body }, spec);
        return document.querySelector("figure").explorer.ready;
    }""", RopeRotation().spec)  # fmt: skip
    said, address = caption_of(figure, RopeRotation)
    assert said == "rope-rotation: query position m = 3 tokens" and address == ""


def test_in_a_frame_that_is_shut_in_nothing_fails(opened):
    page = opened(RopeRotation, {}).page
    page.evaluate(
        """srcdoc => {
            const frame = Object.assign(document.createElement("iframe"), { srcdoc, width: 900, height: 600, sandbox: "allow-scripts" });
            document.body.replaceChildren(frame);
        }""",
        document_of(RopeRotation()),
    )
    figure = page.frame_locator("iframe").locator("figure.explorer")
    figure.evaluate("(figure) => figure.explorer.ready")
    figure.evaluate(DRAWN)  # laid out for its frame: nothing moves under the click
    figure.get_by_role("button", name="save").click()
    for kind in ("SVG", "PNG"):
        figure.get_by_role("button", name=kind).click()
        expect(figure.locator(".x-save [role=status]")).to_have_text(f"saved rope-rotation.{kind.lower()}, if this frame may save files")
    assert page.watch.errors == []
    page.watch.console.clear()  # the browser's own remark on a download that it forbids


def test_a_browser_that_cant_draw_it_says_so(opened):
    figure = open_tray(opened(RopeRotation, {}))
    figure.evaluate("() => { HTMLCanvasElement.prototype.toDataURL = () => { throw new Error(); }; }")
    figure.get_by_role("button", name="PNG").click()
    expect(figure.locator(".x-save [role=status]")).to_have_text("can't draw rope-rotation.png here")
    assert figure.locator(".x-paper").count() == 0


def test_what_is_pinned_is_saved_too(opened):
    """The faint layer, both numbers, and a map's difference with the scale that it has then."""
    figure = open_tray(opened(RopeRotation, {}))
    plain = ElementTree.fromstring(press(figure, "SVG")[1])
    figure.get_by_role("button", name="pin").click()
    figure.evaluate("figure => figure.explorer.set({ m: 20, n: 2 })")
    figure.get_by_role("button", name="difference").click()
    both = ElementTree.fromstring(press(figure, "SVG")[1])
    faint = [group for group in both.iter(f"{SVG}g") if group.get("opacity") == "0.4"]
    marks = sum(not isinstance(mark, Heatmap) for panel in panels(RopeRotation.view) for mark in panel.marks)
    assert len(faint) == marks and not any(group.get("opacity") for group in plain.iter(f"{SVG}g"))
    assert all(node.tag != f"{SVG}text" for group in faint for node in group.iter())
    texts = [node.text for node in both.iter(f"{SVG}text")]
    assert sum("◉" in (text or "") for text in texts) == len(RopeRotation.view.readouts)
    assert "difference" in texts


def test_a_scale_is_a_gradient_between_the_ends(saved):
    [gradient] = saved(RopeRotation).root.iter(f"{SVG}linearGradient")
    wanted = [tuple(bytes.fromhex(LIGHT[name][1:])) for name in ("negative", "middle", "positive")]
    assert [tuple(map(int, re.findall(r"\d+", stop.get("stop-color")))) for stop in gradient] == wanted


def test_on_stage_the_file_is_the_same(opened):
    figure = open_tray(opened(RopeRotation, {}, viewport={"width": 1920, "height": 1000}))
    file = press(figure, "SVG")[1]
    figure.get_by_role("button", name="stage").click()
    expect(figure.get_by_role("button", name="leave")).to_be_visible()
    for one, other in zip(re.split(r"([\d.]+)", press(figure, "SVG")[1].decode()), re.split(r"([\d.]+)", file.decode()), strict=True):
        assert one == other or abs(float(one) - float(other)) < 0.3
