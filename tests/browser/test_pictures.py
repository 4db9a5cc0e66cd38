"""What the browser draws, read back from SVG paths and canvas pixels: of every mark in the scene and of every explorer at a state of its own.

The machine is put into an empty page: no book is needed. Places are turned into data by the ticks and what they say.
"""

import json
from pathlib import Path

import numpy as np
import pictures
import pytest
from every_explorer import EXPLORERS
from kept import READOUTS
from matplotlib.colors import to_rgb
from scene import Scene
from test_pictures_on_paper import SCENES, state_of

from lib.widget import Arrows, Heatmap, Rule, Tree, bundle, palette
from lib.widget.readable import fill, readable
from lib.widget.view import panels

every_scene = pytest.mark.parametrize("explorer, state", SCENES, ids=lambda item: getattr(item, "name", str(item)[:12]))
HALF = 0.5  # px
POINTER = json.loads(Path(__file__).with_name("pointer.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def mounted(browser):
    """mounted(explorer, state) -> its figure in a page that has nothing else."""
    page = browser.new_page(viewport={"width": 1000, "height": 3000})  # room for every picture, whatever the fonts
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_content("<!doctype html><html data-theme='light'><body></body></html>")
    page.add_style_tag(content=bundle.stylesheet())
    page.add_script_tag(content=bundle.page_script())

    def mount(explorer, state):
        shown = explorer(**state)
        on_demand = "".join(text for _, text in bundle.scripts_on_demand(explorer).values())
        page.evaluate(f"() => {{ {bundle.twin_script(explorer)} {on_demand} }}")
        page.evaluate(
            """state => {
                const figure = Object.assign(document.createElement("figure"), { className: "explorer" });
                const script = Object.assign(document.createElement("script"), { type: "application/json", textContent: state });
                figure.append(script);
                document.body.replaceChildren(figure);
                explorers.mount(figure);
            }""",
            json.dumps({"spec": shown.spec, "value": shown.value}),
        )
        assert errors == []
        return page.locator("figure.explorer")

    yield mount
    page.close()


def rgb(color):
    return np.array(to_rgb(palette.LIGHT[color])) * 255


@every_scene
def test_the_paths_and_pixels_are_the_frame(mounted, explorer, state):
    state = state_of(explorer, state)
    values = explorer.values(**state)
    read = mounted(explorer, state).evaluate(pictures.READ)
    shown = panels(explorer.view)
    assert len(read) == len(shown)
    for panel, drawn in zip(shown, read):
        assert {part["mark"] for part in drawn["marks"]} == set(range(len(panel.marks)))
        places = places_of(panel, drawn, values)
        for number, mark in enumerate(panel.marks):
            what = f"{panel.title}: {pictures.describe(mark)}"
            parts = [part for part in drawn["marks"] if part["mark"] == number]
            nodes = [node for part in parts for node in part["nodes"]]
            if isinstance(mark, Heatmap):
                [canvas] = [part["canvas"] for part in parts if part["canvas"]]
                check_heatmap(mark, values, canvas, places, what)
                if not any(isinstance(other, Heatmap) for other in panel.marks[:number]):
                    assert [float(end.replace("−", "-").replace(",", "")) for end in drawn["scale"]] == [
                        0 if mark.sequential else pytest.approx(-mark.full(values), rel=6e-3),
                        pytest.approx(mark.full(values), rel=6e-3),
                    ], what
            elif isinstance(mark, Tree):
                check_tree(mark, values, nodes, drawn, what)
            else:
                x, y = places
                foot = panel_ends(panel, values)[1][0] if panel.y.log else 0.0
                geometry, inks = pictures.in_browser(mark, nodes)
                pictures.compare(geometry, pictures.in_pixels(pictures.expected(mark, values, foot, panel.y.log), x, y), HALF, what)
                assert set(inks) <= {f"var(--x-{mark.color})"}, what
                assert inks or not any(geometry.values()) or (isinstance(mark, Rule) and mark.color), what


def places_of(panel, drawn, values):
    """Data to pixels along x and y: by the ticks, or, where there are none, by the unit circle or the whole plot."""
    if panel.circle:
        ((left, middle),) = [tuple(pictures.numbers_in(drawn["guide"])[:2])]
        radius = pictures.numbers_in(drawn["guide"])[2]
        return (lambda x: left + radius * (1 + np.asarray(x, float))), (lambda y: middle - radius * np.asarray(y, float))
    if panel.bare or panel.y.labels == ():
        (low, high), (top, bottom) = panel_ends(panel, values)
        left, right, up, down = (
            (2, drawn["width"] - 2, 2, drawn["height"] - 2) if panel.bare else (58, drawn["width"] - 12, 8, drawn["height"] - 40)
        )
        return (lambda x: left + (np.asarray(x, float) - low) / (high - low) * (right - left)), (
            lambda y: down + (np.asarray(y, float) - top) / (bottom - top) * (up - down)
        )
    return tuple(pictures.Place(drawn[side], axis, values) for side, axis in (("x", panel.x), ("y", panel.y)))


def panel_ends(panel, values):
    from lib.widget.ends import ends  # held to hand-made numbers in test_pictures_on_paper

    return ends(panel, values)


def check_heatmap(mark, values, canvas, places, what):
    shares = pictures.shares_of(mark, values)
    rows, columns = shares.shape
    assert (canvas["height"], canvas["width"]) == shares.shape, what
    pixels = np.array(canvas["pixels"]).reshape(rows, columns, 4)
    ends = ("middle", "accent", "accent") if mark.sequential else ("middle", "negative", "positive")
    middle, below, above = (rgb(name) for name in ends)
    for (row, column), share in np.ndenumerate(shares):
        red, green, blue, opacity = pixels[row, column]
        assert opacity == (255 if np.isfinite(share) else 0), what
        if np.isfinite(share):
            wanted = middle + ((below if share < 0 else above) - middle) * abs(share)
            np.testing.assert_allclose([red, green, blue], wanted, atol=2.5, err_msg=f"{what} [{row}, {column}]")
    x, y = places
    left, top = (pictures.value_of(values, along.start) - 0.5 for along in (mark.x, mark.y))
    corners = [canvas["left"], canvas["top"], canvas["left"] + canvas["across"], canvas["top"] + canvas["down"]]
    np.testing.assert_allclose(corners, [x(left), y(top), x(left + columns), y(top + rows)], atol=HALF, err_msg=what)


def check_tree(mark, values, nodes, drawn, what):
    leaves = pictures.leaves_of(mark, values)
    left, right, top, bottom = 2, drawn["width"] - 2, 2 + 20, drawn["height"] - 2
    groups = pictures.value_of(values, mark.groups)
    boxes = [[float(node[name]) for name in ("x", "y", "width", "height")] + [node["fill"]] for node in nodes if node["tag"] == "rect"]
    if len(leaves) == 1:  # a single array is drawn to the scale of its sides
        [[_, _, width, height, fill]] = boxes
        rows, columns = pictures.value_of(values, mark.sides)[next(iter(leaves))]
        assert width / height == pytest.approx(columns / rows, rel=0.02) and fill == f"var(--x-{mark.keys[groups[next(iter(leaves))]][1]})"
        return
    assert len(boxes) == len(leaves), what
    for (x, y, width, height, fill), (part, (a, b, w, h)) in zip(boxes, leaves.items()):
        wanted = [left + a * (right - left), top + b * (bottom - top), w * (right - left), h * (bottom - top)]
        np.testing.assert_allclose([x, y, width, height], wanted, atol=HALF, err_msg=what)
        assert fill == f"var(--x-{mark.keys[groups[part]][1]})", what


@every_scene
def test_labels_notes_and_readouts_say_what_the_templates_say(mounted, explorer, state):
    state = state_of(explorer, state)
    values = {name: value.tolist() if hasattr(value, "tolist") else value for name, value in explorer.values(**state).items()}
    figure = mounted(explorer, state)

    def said(template):
        return fill(template, values).replace("-", "−")

    nodes = figure.locator(".x-panel").all()
    for panel, node in zip(panels(explorer.view), nodes):
        words = [panel.title and said(panel.title)]
        words += [
            said(mark.label)
            for mark in panel.marks
            if getattr(mark, "label", "") and getattr(mark, "at", None) is None and not isinstance(mark, (Arrows, Rule))
        ]
        words += [said(label) for mark in panel.marks if isinstance(mark, Tree) for label, _ in mark.keys]
        keys = node.locator(".x-keys > span:not(.x-scale, .x-press)")
        assert [text.replace("-", "−") for text in keys.all_inner_texts() if text] == [word for word in words if word]
        titles = [text.replace("-", "−") for text in node.locator(".x-axes .x-title").all_text_contents()]
        assert titles == ([] if panel.circle or panel.bare else [said(panel.x.label), said(panel.y.label)])
        if panel.note:
            unused = any(
                values_named != values_named for values_named in [pictures.value_of(values, name) for name in names_in(panel.note)]
            )
            assert node.locator(".x-note").inner_text().replace("-", "−") == ("not used" if unused else said(panel.note))
    for readout, shown in zip(explorer.view.readouts, figure.evaluate(READOUTS), strict=True):
        number = readable(pictures.value_of(values, readout.value), readout.format)
        told = [said(readout.label), readout.column, f"{number} {readout.unit}".strip(), bool(readout.wrong(values))]
        assert [shown[0].replace("-", "−"), *shown[1:]] == told


def names_in(template):
    from string import Formatter

    return [name for _, name, _, _ in Formatter().parse(template) if name]


def test_what_is_not_finite_is_red(mounted):
    figure = mounted(Scene, Scene().value | {"broken": True})
    assert figure.locator(".x-readouts b.x-wrong").all_inner_texts() == ["nan", "nan"]


def under_the_pointer(figure, panel):
    """What is said at an arrow's tip where there is one, else in a plot at three tenths of its width and of its height, or elsewhere
    where nothing is drawn there."""
    plot = figure.locator(f"[data-panel='{panel}']")
    tip = plot.locator("circle.x-tip:visible")
    box = (tip if tip.count() else plot.locator("svg")).first.bounding_box()
    left, top, width, height = (0, 0, box["width"], box["height"]) if tip.count() else (58, 8, box["width"] - 70, box["height"] - 48)
    hint = figure.locator(".x-hint")
    for across, down in ((0.5, 0.5),) if tip.count() else ((0.3, 0.3), (0.3, 0.95), (0.6, 0.6)):
        figure.page.mouse.move(box["x"] + left + across * width, box["y"] + top + down * height)
        if hint.is_visible():
            return hint.locator("span").all_inner_texts()
    return []


@pytest.mark.parametrize("explorer", [e for e in (Scene, *EXPLORERS) if e.name in POINTER], ids=lambda explorer: explorer.name)
def test_what_stands_under_the_pointer(mounted, explorer):
    """Literally, in one place of every panel, as pointer.json has it; the numbers were looked at, and compared with the frame, once."""
    figure = mounted(explorer, state_of(explorer, "moved"))
    said = {}
    for number in range(len(panels(explorer.view))):
        figure.locator(f"[data-panel='{number}']").scroll_into_view_if_needed()
        said[number] = under_the_pointer(figure, number)
    assert list(said.values()) == POINTER[explorer.name]


WORDS = """figure => {
    const rounded = (text) => text.replace(/ ?scroll-margin: [^;]*;/, "").replace(/-?\\d+\\.\\d+/g, (number) => String(Math.round(Number(number))));
    const lines = (node, indent) => {
        if (node.style.display === "none") return [];
        const kept = [...node.attributes].filter(({ name }) => !["id", "aria-describedby"].includes(name)); // drawn by lot
        const told = kept.map(({ name, value }) => ` ${name}=${rounded(value)}`).join("");
        const text = node.childElementCount ? "" : ` ${node.textContent}`;
        return [`${indent}${node.localName}${told}${text}`.trimEnd(), ...[...node.children].flatMap((child) => lines(child, indent + " "))];
    };
    return lines(figure, "");
}"""


def test_the_scene_in_words(mounted, tmp_path):
    """Every node with its attributes, to whole pixels, as scene.txt has it; what changed on purpose goes there by hand."""
    recorded, drawn = Path(__file__).with_name("scene.txt"), tmp_path / "scene.txt"
    drawn.write_text("\n".join(mounted(Scene, Scene().value).evaluate(WORDS)) + "\n", "utf-8")
    assert drawn.read_text("utf-8").splitlines() == recorded.read_text("utf-8").splitlines(), f"{drawn} is not {recorded}"


@pytest.mark.parametrize("explorer", [Scene, *EXPLORERS], ids=lambda explorer: explorer.name)
def test_what_has_changed_is_drawn_as_what_is_new(mounted, explorer):
    """Nothing of another state is left: not in an axis, a key, a label, a note or a control."""
    there, away = state_of(explorer, "moved"), state_of(explorer, {})
    words = lambda figure: [line for line in figure.evaluate(WORDS) if "aria-live" not in line]  # noqa: E731 (said when at rest)
    wanted = words(mounted(explorer, there))
    figure = mounted(explorer, away)
    assert words(figure) != wanted
    figure.evaluate("(figure, state) => figure.explorer.set(state)", there)
    for height in (2999, 3000):  # the room is found anew: other texts may have more lines
        figure.page.set_viewport_size({"width": 1000, "height": height})
        figure.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert words(figure) == wanted
