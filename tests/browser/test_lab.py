"""An explorer in a real JupyterLab: computed by the lib on disk, and alive when the kernel is not.

One server, one notebook and one page for the whole file; the tests go through the notebook from top
to bottom, and the last one kills the kernel.
"""

import contextlib
import re
import shutil
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
from playwright.sync_api import expect
from servers import JUPYTER, LAB, TOKEN, free_port, open_notebook, settings, started

from lib import parameters
from lib.explorers.rope import RopeScore

ROOT = Path(__file__).resolve().parents[2]
KERNEL, TWIN = "computed by lib in the kernel", "browser's own twin"
FRAME = "figure => figure.explorer.frame()"

CELLS = {
    "show": "from lib import rope\nfrom lib.explorers.rope import RopeScore\nexplorer = RopeScore()\nexplorer",
    "move": "explorer.distance = 1000",
    "tell": "print('Python has', explorer.distance, explorer.value['distance'])",
    "patch": "unpatched = rope.frequencies\nrope.frequencies = lambda *a, **k: unpatched(*a, **k) / 2",
    "restore": "rope.frequencies = unpatched",
    "raise": "rope.frequencies = lambda *a, **k: 1 / 0",
    "reload": "%load_ext autoreload\n%autoreload 2",
    "any": "1 + 1",
    "who": "import os\nprint(os.getpid())",
    "words": "from lib.explorers.equivariance import PermutationLab\nwords = PermutationLab()\nwords",
    "read": "print(words.order)",
    "reverse": "words.order = [5, 4, 3, 2, 1, 0]",
    "count": "from lib.explorers.counting import ParameterCounter\ncounter = ParameterCounter()\ncounter",
    "pasted": "print(counter.pasted)",
    "paste": 'counter.pasted = \'{"model_type": "opt"}\'',
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A reader's folder: a notebook beside a lib of their own to edit."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "lib", folder / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS.values()])
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(notebook, folder / "explorer.ipynb")
    return folder


@pytest.fixture(scope="module")
def lab(folder, tmp_path_factory):
    """The address of a JupyterLab that knows nothing of the settings of whoever runs the tests."""
    port, env = free_port(), settings(tmp_path_factory.mktemp("settings"), PYTHONPATH=str(folder))
    command = [sys.executable, "-m", "jupyterlab", *JUPYTER, *LAB, f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}"]
    with started(command, port, env=env, cwd=folder):
        yield f"http://127.0.0.1:{port}"


class Notebook:
    """The notebook's page, worked as a reader works it."""

    def __init__(self, page):
        self.page = page
        self.figure = page.locator("figure.explorer").first
        self.source = self.figure.locator(".x-source")

    def run(self, name):
        """Run one cell, and wait until it has run."""
        self.start(name)
        expect(self.prompt(name)).to_have_text(re.compile(r"\[\d+\]"), timeout=30_000)

    def start(self, name):
        cell = self.cell(name)
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        expect(cell.locator(".cm-content")).to_be_focused()
        before = self.prompt(name).inner_text()
        self.page.keyboard.press("Control+Enter")
        expect(self.prompt(name)).not_to_have_text(before)

    def cell(self, name):
        return self.page.locator(".jp-CodeCell").nth(list(CELLS).index(name))

    def output(self, name):
        return self.cell(name).locator(".jp-OutputArea-output")

    def prompt(self, name):
        return self.cell(name).locator(".jp-InputPrompt")

    def control(self, name):
        return self.figure.locator(f"[name={name}]")

    def move(self, name, value):
        """Another value of a slider, in the way in which a hand gives it."""
        self.control(name).evaluate(
            """(input, value) => { input.value = value; input.dispatchEvent(new Event("input", { bubbles: true })); }""", value
        )

    def shows(self, **wanted):
        """Wait until the frame has these values."""
        self.page.wait_for_function(
            """([figure, wanted]) => Object.entries(wanted).every(([name, value]) =>
                Math.abs(figure.explorer.frame()[name] - value) <= 1e-9 * Math.abs(value))""",
            arg=[self.figure.element_handle(), {name: float(value) for name, value in wanted.items()}],
        )

    def value(self, name):
        return self.figure.evaluate("(figure, name) => figure.explorer.controls[name].value", name)


@pytest.fixture(scope="module")
def notebook(browser, lab):
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(20_000)
    page = context.new_page()
    open_notebook(page, f"{lab}/lab/tree/explorer.ipynb?token={TOKEN}")
    notebook = Notebook(page)
    notebook.run("show")
    expect(notebook.source).to_have_text(KERNEL)
    yield notebook
    context.close()


def frame(**controls):
    return RopeScore.frame(**RopeScore(**controls).value)


def test_the_explorer_is_live_and_computed_by_lib(notebook):
    truth = frame()
    notebook.shows(score=truth["score"], longest=truth["longest"])
    expect(notebook.source).to_have_text(KERNEL)
    assert notebook.figure.evaluate("figure => getComputedStyle(figure).borderRadius") != "0px", "the style sheet is missing"
    assert len(notebook.figure.evaluate("figure => figure.explorer.frame().curve")) == len(truth["curve"])


# Of the main panel, while each control is scrolled to: the least share that is in the notebook's window; and what is wider than its cell.
SHARE = """figure => {
    const port = figure.closest(".jp-WindowedPanel-outer").getBoundingClientRect();
    const main = figure.querySelector("[data-main]");
    const shares = [...figure.querySelectorAll(".x-hands :is(input, select)")].map((control) => {
        control.scrollIntoView({ block: "nearest" });
        const { top, bottom, height } = main.getBoundingClientRect();
        return Math.max(0, Math.min(bottom, port.bottom) - Math.max(top, port.top)) / height;
    });
    return [Math.min(...shares), figure.scrollWidth > figure.clientWidth];
}"""


@pytest.mark.parametrize("width, height", [(1280, 700), (760, 700), (560, 800)])
def test_the_picture_stays_with_the_hand_in_an_output_area(notebook, width, height):
    """Narrow or wide: the notebook's own window counts, not the browser's."""
    page = notebook.page
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_function("() => document.querySelector('figure.explorer').offsetWidth < innerWidth")
    share, wide = notebook.figure.evaluate(SHARE)
    page.set_viewport_size({"width": 1280, "height": 1000})
    assert share > 0.999 and not wide


def test_stage_pin_and_save_work_in_a_notebook(notebook):
    """The arrow keys don't go to another cell, Escape doesn't leave the cell, and the file has no address."""
    button = lambda words: notebook.figure.get_by_role("button", name=words)  # noqa: E731
    before = notebook.value("distance")
    button("pin").click()
    button("stage").click()
    expect(button("leave")).to_be_visible()
    box = notebook.figure.bounding_box()
    assert [round(box[side]) for side in ("x", "y", "width", "height")] == [0, 0, 1280, 1000]
    button("reset").focus()
    notebook.page.keyboard.press("ArrowRight")
    notebook.shows(score=frame(distance=notebook.value("distance"))["score"])
    assert notebook.value("distance") > before
    expect(notebook.figure.locator(".x-before").first).to_be_visible()
    with notebook.page.expect_download() as download:
        button("save").click()
        button("SVG").click()
    assert "http://127" not in download.value.path().read_text("utf-8")
    button("save").click()
    notebook.page.keyboard.press("Escape")
    expect(button("stage")).to_be_focused()
    expect(notebook.output("show").locator("figure.explorer")).to_be_visible()
    button("reset").click()
    notebook.shows(score=frame()["score"])
    expect(button("embed")).to_have_count(0)


def test_the_arrow_keys_move_a_slider_and_not_the_notebook(notebook):
    notebook.control("base").focus()
    before = notebook.value("base")
    for _ in range(5):
        notebook.page.keyboard.press("ArrowRight")
    after = notebook.value("base")
    assert after > before
    notebook.shows(longest=frame(base=after)["longest"])
    expect(notebook.control("base")).to_be_focused()
    expect(notebook.source).to_have_text(KERNEL)


def test_a_slider_is_heard_in_python(notebook):
    notebook.move("d", 64)
    notebook.shows(pairs=32)
    notebook.run("move")
    notebook.run("tell")
    expect(notebook.output("tell")).to_have_text("Python has 1000 1000")


def test_python_moves_the_picture(notebook):
    notebook.move("distance", 3)
    notebook.run("move")
    assert notebook.value("distance") == 1000
    values = {name: notebook.value(name) for name in RopeScore.controls}
    notebook.shows(score=frame(**values)["score"])


def test_a_drag_ends_at_the_newest_frame(notebook):
    for value in range(8, 257, 8):
        notebook.move("d", value)
    notebook.shows(pairs=128)
    notebook.move("d", 128)
    notebook.shows(pairs=64)
    expect(notebook.source).to_have_text(KERNEL)


def test_a_changed_lib_changes_the_picture_by_itself(notebook):
    longest = notebook.figure.evaluate(FRAME)["longest"]
    notebook.run("patch")
    notebook.shows(longest=2 * longest)
    expect(notebook.source).to_have_text(KERNEL)
    notebook.run("restore")
    notebook.shows(longest=longest)


def test_an_error_of_lib_stands_beside_the_picture_and_goes(notebook):
    longest = notebook.figure.evaluate(FRAME)["longest"]
    notebook.run("raise")
    expect(notebook.source).to_contain_text("lib raised ZeroDivisionError")
    notebook.shows(longest=longest)
    notebook.run("restore")
    expect(notebook.source).to_have_text(KERNEL)


def test_an_edited_file_of_lib_changes_the_picture(notebook, folder):
    notebook.run("reload")
    longest = notebook.figure.evaluate(FRAME)["longest"]
    path = folder / "lib/rope.py"
    text = path.read_text("utf-8")
    path.write_text(text + "\n_of_the_book = frequencies\ndef frequencies(*a, **k): return _of_the_book(*a, **k) / 3\n", "utf-8")
    notebook.run("any")
    notebook.shows(longest=3 * longest)
    path.write_text(text, "utf-8")
    notebook.run("any")
    notebook.shows(longest=longest)


def test_an_order_goes_to_python_and_back(notebook):
    notebook.run("words")
    figure = notebook.output("words").locator("figure.explorer")
    expect(figure.locator(".x-source")).to_have_text(KERNEL)
    figure.locator(".x-chip").first.press("ArrowRight")
    expect(figure.locator(".x-chip")).to_have_text(["old", "the", "man", "bites", "a", "dog"])
    expect(figure.locator(".x-chip").nth(1)).to_be_focused()
    notebook.run("read")
    expect(notebook.output("read")).to_have_text("[4, 3, 5, 2, 0, 1]")
    notebook.run("reverse")
    expect(figure.locator(".x-chip")).to_have_text(["man", "old", "the", "bites", "dog", "a"])
    notebook.page.wait_for_function(
        "figure => figure.explorer.frame().words.join(' ') === 'man old the bites dog a'", arg=figure.element_handle()
    )
    expect(figure.locator(".x-source")).to_have_text(KERNEL)


def test_a_text_goes_to_python_and_back(notebook):
    notebook.run("count")
    figure = notebook.output("count").locator("figure.explorer")
    expect(figure.locator(".x-source")).to_have_text(KERNEL)
    total = "([figure, total]) => figure.explorer.frame().total === total"
    text, field = '{"model_type": "gpt2", "n_layer": 24}', figure.locator("textarea[name=pasted]")
    field.press_sequentially(text)
    notebook.page.wait_for_function(total, arg=[figure.element_handle(), 209_494_272])  # the families have come from the kernel
    # Letters that are commands of the notebook too, where no field has the keyboard: a, b, d d, x.
    field.press_sequentially("abddx")
    expect(figure.locator(".x-text:has([name=pasted]) .x-refusal")).to_have_text(
        re.compile("^config_json: expected the end of the text in line 1, column 38")
    )
    assert figure.evaluate("figure => figure.explorer.frame().total") == 209_494_272
    for _ in "abddx":
        field.press("Backspace")
    expect(figure.locator(".x-text:has([name=pasted]) .x-refusal")).to_have_text("")
    field.press("Enter")
    expect(field).to_have_value(text + "\n")
    expect(notebook.page.locator(".jp-CodeCell")).to_have_count(len(CELLS))
    notebook.run("pasted")
    expect(notebook.output("pasted")).to_have_text(text)
    notebook.run("paste")
    notebook.page.wait_for_function(total, arg=[figure.element_handle(), parameters.count(parameters.from_hf({"model_type": "opt"})).total])
    expect(field).to_have_value('{"model_type": "opt"}')
    expect(figure.locator(".x-source")).to_have_text(KERNEL)


@pytest.fixture
def kernel(notebook):
    """The kernel's process. JupyterLab may answer widgets on a thread beside a running cell, so that a
    long cell alone doesn't make a kernel deaf."""
    notebook.run("who")
    process = psutil.Process(int(notebook.output("who").inner_text()))
    yield process
    with contextlib.suppress(psutil.NoSuchProcess):
        process.resume()


def test_a_kernel_that_does_not_answer_does_not_freeze_the_picture(notebook, kernel):
    kernel.suspend()
    for d in (32, 48, 200):
        notebook.move("d", d)
        notebook.shows(pairs=d // 2)
        expect(notebook.source).to_contain_text(TWIN)
    kernel.resume()
    expect(notebook.source).to_have_text(KERNEL)
    notebook.shows(pairs=100)
    assert notebook.value("d") == 200
    notebook.move("d", 64)
    notebook.shows(pairs=32)
    expect(notebook.source).to_have_text(KERNEL)


def test_a_killed_kernel_does_not_freeze_the_picture(notebook, kernel):
    kernel.kill()
    for d in (16, 240, 8):
        notebook.move("d", d)
        notebook.shows(pairs=d // 2)
        expect(notebook.source).to_contain_text(TWIN)
    # JupyterLab says so some seconds later, in a dialog that takes the keyboard.
    notebook.page.locator(".jp-Dialog button").first.click()
    expect(notebook.page.locator(".jp-Dialog")).to_have_count(0)
    notebook.control("d").focus()
    notebook.page.keyboard.press("ArrowRight")
    notebook.shows(pairs=8)
