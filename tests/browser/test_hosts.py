"""Notebooks and explorers where readers open them: nbconvert, papermill, Notebook 7, Voila, marimo, Panel.

In an environment of its own, `_build/hosts`, with the book's package as it is installed: from a wheel, without the name `lib`.
Nothing but the hosts' own files may be needed: every request to another place is refused, and an explorer lives.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import venv
from contextlib import ExitStack, suppress
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect
from servers import JUPYTER, LAB, TOKEN, free_port, open_notebook, open_server, serving, settings, started

import book

ROOT = Path(__file__).resolve().parents[2]
HOSTS = ROOT / "_build/hosts"
NAME = "Wörter 語/try it.ipynb"  # a folder with a space and with letters of other scripts
CELLS = [
    "from lib import helper\nfrom gates_to_rotations.explorers.rope import RopeRotation, RopeScore\nexplorer = RopeRotation(m=12)\nexplorer",
    "RopeScore()",
    "assert helper == 'of my own lib'\nexplorer.frame(**explorer.value)['distance']",
]
KERNEL = "computed by lib in the kernel"
# The hand at the first explorer's query position.
TURN = """figure => {
    const input = figure.querySelector("input[name=m]");
    input.value = 3;
    input.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def run(*command, cwd=ROOT, env=None, timeout=None):
    """The output of a command; where it fails, the test says with which words."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def python():
    """The Python of the environment with all the hosts; made where its requirements have changed since."""
    wanted = [ROOT / "tests/browser/hosts.txt", ROOT / "constraints.txt"]
    state = hashlib.sha256(b"".join(path.read_bytes() for path in wanted)).hexdigest()
    program, stamp = book.programs(HOSTS)[1], HOSTS / "state"
    if not stamp.exists() or stamp.read_text() != state:
        venv.create(HOSTS, clear=True, with_pip=True)
        run(program, "-m", "pip", "install", "--quiet", "-r", wanted[0])
        stamp.write_text(state)
    return program


@pytest.fixture(scope="module")
def installed(python, tmp_path_factory):
    """That Python, with the book's package from a wheel."""
    made = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", made, ROOT)
    [wheel] = made.iterdir()
    run(python, "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", wheel)
    run(python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", "gates-to-rotations")
    return python


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A reader's folder, with a `lib` of the reader's own."""
    folder = tmp_path_factory.mktemp("hosts")
    path = folder / NAME
    (path.parent / "lib").mkdir(parents=True)
    (path.parent / "lib/__init__.py").write_text("helper = 'of my own lib'\n")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(notebook, path)
    return folder


@pytest.fixture(scope="module")
def env(python, tmp_path_factory):
    """The environment is the first on PATH, as when it is activated."""
    return settings(tmp_path_factory.mktemp("settings"), PYTHONPATH="", PATH=f"{python.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def page(browser):
    """A page without any other host than this computer; `page.asked` has what it asked of them, `page.files` what it gets for an address."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.asked, page.files, page.errors = [], {}, []

    def answer(route):
        address = route.request.url
        if address.startswith(("http://127.0.0.1", "http://localhost", "file:", "data:", "blob:")):
            return route.continue_()
        page.asked.append(address)
        found = next((path for start, path in page.files.items() if address.startswith(start)), None)
        return route.fulfill(path=found, headers={"access-control-allow-origin": "*"}) if found else route.abort()

    page.route("**/*", answer)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    context.close()


def first(page):
    return page.locator('figure.explorer[data-explorer="rope-rotation"]').first


def turns(figure, distance=-1):
    """The reader's hand sets m = 3; what is drawn follows."""
    expect(figure).to_be_visible(timeout=60_000)
    figure.evaluate(TURN)
    expect(figure.locator(".x-readouts b").nth(1)).to_have_text(re.compile(f"^{str(distance).replace('-', '−')} tokens$"), timeout=20_000)


# --- a downloaded chapter -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The address of a book whose configuration names it, and a repository."""
    copy, port = tmp_path_factory.mktemp("published") / "book", free_port()
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "hosts", "versions", "__pycache__", ".hypothesis"))
    address, config = f"http://127.0.0.1:{port}", copy / "_config.yml"
    text = config.read_text("utf-8")
    assert 'baseurl: ""' in text and 'url: ""' in text
    text = text.replace('baseurl: ""', f"baseurl: {address}").replace('url: ""', "url: https://github.com/some/book", 1)
    config.write_text(text, "utf-8")
    run(sys.executable, copy / "scripts/build.py", cwd=copy, env=os.environ | {"PYTHONPATH": str(copy)})
    with serving(open_server(copy / "_build/html", port)):
        yield address


@pytest.fixture
def download(python, published, tmp_path):
    """A folder with nothing but the chapter on RoPE, as a reader's browser saves it; the environment has never seen the book."""
    run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "gates-to-rotations", "anywidget", "matplotlib")
    path = tmp_path / "Wörter 語/rope.ipynb"
    path.parent.mkdir()
    urllib.request.urlretrieve(f"{published}/chapters/rope.ipynb", path)
    return path


def test_a_downloaded_chapter_runs_by_run_all(python, download, env, page):
    port = free_port()
    command = [str(python), "-m", "jupyterlab", *JUPYTER, *LAB, f"--ServerApp.port={port}", f"--ServerApp.root_dir={download.parent}"]
    with started(command, port, env=env, cwd=download.parent):
        open_notebook(page, f"http://127.0.0.1:{port}/lab/tree/rope.ipynb?token={TOKEN}")
        assert page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
        page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        # Widgets' packages came while the page was open.
        open_notebook(page, f"http://127.0.0.1:{port}/lab/tree/rope.ipynb?token={TOKEN}")
        figure = first(page)
        expect(figure.locator(".x-source")).to_have_text(KERNEL, timeout=30_000)
        figure.evaluate(TURN)
        expect(figure.locator(".x-readouts b").nth(1)).to_have_text("−1 tokens")
    cells = [cell for cell in nbformat.read(download, 4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)) and len(cells) > 30
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]
    assert cells[0].outputs[0].text.startswith("Installing gates-to-rotations") and "Installed." in cells[0].outputs[0].text


def test_a_downloaded_chapter_runs_by_nbconvert(python, download, env, page):
    command = [python, "-m", "nbconvert", "--to", "html", "--execute", download]
    # Beside a cell with an Output widget nbclient sometimes misses the kernel's answer and waits for ever (its issue 312).
    for patience in (60, 120, 240):
        with suppress(subprocess.TimeoutExpired):
            run(*command, cwd=download.parent, env=env, timeout=patience)
            break
    page.goto(download.with_suffix(".html").as_uri())
    turns(first(page))
    expect(page.locator("figure.explorer")).to_have_count(3)


# jupyter_client's blocking loop, for nbclient's may wait for an answer that is there.
TWICE = """
import sys
import nbformat
from jupyter_client.manager import run_kernel

cells = [cell.source for cell in nbformat.read(sys.argv[1], 4).cells if cell.cell_type == "code"]
with run_kernel(kernel_name="python3") as client:
    print("ready", flush=True)
    for source in 2 * cells:
        reply = client.execute_interactive(source, output_hook=lambda message: None)["content"]
        assert reply["status"] == "ok", reply
print(reply["execution_count"])
"""


def test_a_chapter_runs_twice_in_a_kernel_in_two_kernels_at_once_and_without_a_network(installed, published, env, tmp_path):
    path = tmp_path / "rope.ipynb"
    urllib.request.urlretrieve(f"{published}/chapters/rope.ipynb", path)
    closed = env | dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    command, pipe, kernels = [str(installed), "-c", TWICE, str(path)], subprocess.PIPE, []
    with ExitStack() as leaving:
        for _ in range(2):
            kernels.append(subprocess.Popen(command, cwd=tmp_path, env=closed, stdout=pipe, stderr=pipe, text=True))
            leaving.enter_context(kernels[-1])
            leaving.callback(kernels[-1].kill)  # what hangs is no matter of the next test
            kernels[-1].stdout.readline()  # ready: two that start in the same moment may choose the same ports
        cells = sum(cell.cell_type == "code" for cell in nbformat.read(path, 4).cells)
        for kernel in kernels:
            out, words = kernel.communicate(timeout=300)
            assert kernel.returncode == 0 and out.split() == [str(2 * cells)], words[-3000:]


def test_a_published_page_offers_to_run_it_elsewhere_and_to_edit_it(published, page):
    page.goto(f"{published}/chapters/rope.html")
    page.get_by_role("button", name="Run elsewhere, or edit").click()
    links = page.get_by_role("navigation", name="Run elsewhere, or edit").get_by_role("link")
    assert [link.inner_text() for link in links.all()] == ["Run it on Binder", "Run it on Colab", "Suggest an edit"]
    assert links.last.get_attribute("href") == "https://github.com/some/book/edit/main/chapters/rope.md"
    page.set_viewport_size({"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.keyboard.press("Escape")
    expect(links.first).to_be_hidden()
    page.goto(f"{published}/chapters/notation.html")
    page.get_by_role("button", name="Run elsewhere, or edit").click()
    assert [link.inner_text() for link in links.all()] == ["Suggest an edit"]


# --- without a kernel ---------------------------------------------------------------------------------


@pytest.mark.parametrize("template", ["lab", "classic", "basic"])
def test_a_page_that_nbconvert_made_has_living_explorers(installed, folder, env, page, template):
    """Executed by nbconvert, so with the widgets' state, and with a widget manager from another host, which isn't reached."""
    place = (folder / NAME).parent
    out = f"{template}.html"
    run(
        installed,
        "-m",
        "nbconvert",
        "--to",
        "html",
        "--template",
        template,
        "--execute",
        folder / NAME,
        "--output",
        out,
        cwd=place,
        env=env,
    )
    page.goto((place / out).as_uri())
    turns(first(page))
    expect(page.locator("figure.explorer")).to_have_count(2)
    assert "kernel" not in " ".join(page.locator("figure.explorer").all_inner_texts()) and "8" in page.inner_text("body")
    assert not [address for address in page.asked if "anywidget" in address]
    # A widget manager that comes later finds nothing more to show.
    assert page.locator('script[type="application/vnd.jupyter.widget-view+json"]').count() == 0
    # What is drawn for paper has room there, between the margins of A4 and beside the prompts: nothing is drawn again.
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    drawn = first(page).bounding_box()["width"]
    page.set_viewport_size({"width": 718, "height": 1000})
    assert drawn <= first(page).evaluate("figure => figure.parentElement.clientWidth")


def test_a_page_without_the_widgets_state_has_the_pictures(installed, folder, env, page):
    """As a notebook is saved by JupyterLab, and as nbviewer shows it."""
    place = (folder / NAME).parent
    run(installed, "-m", "nbconvert", "--to", "notebook", "--execute", folder / NAME, "--output", "saved.ipynb", cwd=place, env=env)
    notebook = nbformat.read(place / "saved.ipynb", 4)
    del notebook.metadata["widgets"]
    nbformat.write(notebook, place / "saved.ipynb")
    run(installed, "-m", "nbconvert", "--to", "html", place / "saved.ipynb", cwd=place, env=env)
    page.goto((place / "saved.html").as_uri())
    for name, title in (("rope-rotation", "Turning queries and keys"), ("rope-score", "The score over distance")):
        figure = page.locator(f'figure.explorer[data-explorer="{name}"]')
        expect(figure.locator("svg")).to_be_visible()
        assert figure.locator("svg").bounding_box()["height"] > 300 and title in figure.locator("svg").get_attribute("aria-label") + title
        expect(figure.locator("input")).to_have_count(0)
    assert page.errors == []


def test_papermill_runs_it_and_its_outputs_have_a_picture(installed, folder, env):
    place = (folder / NAME).parent
    run(
        installed,
        "-m",
        "papermill",
        "--cwd",
        place,
        "--log-level",
        "ERROR",
        "--no-progress-bar",
        folder / NAME,
        place / "ran.ipynb",
        cwd=place,
        env=env,
    )
    cells = nbformat.read(place / "ran.ipynb", 4).cells
    shown = [output["data"] for output in cells[0].outputs if "image/svg+xml" in output["data"]]
    assert len(shown) == 1 and "application/vnd.jupyter.widget-view+json" in shown[0]
    assert cells[2].outputs[0]["data"]["text/plain"] == "8"


# --- with a kernel ------------------------------------------------------------------------------------


def test_notebook_7_and_a_saved_notebook(installed, folder, env, page):
    port = free_port()
    command = [installed, "-m", "notebook", *JUPYTER, *LAB[1:], "--JupyterNotebookApp.expose_app_in_browser=True"]
    with started([*map(str, command), f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}"], port, env=env, cwd=folder):
        open_notebook(page, f"http://127.0.0.1:{port}/notebooks/{NAME}?token={TOKEN}")
        page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
        figure = first(page)
        expect(figure.locator(".x-source")).to_have_text(KERNEL, timeout=30_000)
        turns(figure)
        # What is for exported pages alone takes no room.
        outputs = page.locator(".jp-CodeCell").first.locator(".jp-OutputArea-child")
        assert [output.is_visible() for output in outputs.all()] == [False, True]


def test_voila(installed, folder, env, page):
    port = free_port()
    command = [installed, "-m", "voila", folder / NAME, "--no-browser", f"--port={port}"]
    with started([str(part) for part in command], port, env=env, cwd=folder):
        page.goto(f"http://localhost:{port}/")
        expect(first(page).locator(".x-source")).to_have_text(KERNEL, timeout=60_000)
        turns(first(page))
    assert not [address for address in page.asked if "anywidget" in address]


MARIMO = """
import marimo
app = marimo.App()

@app.cell
def _():
    import marimo as mo
    from gates_to_rotations.explorers.rope import RopeRotation
    explorer = mo.ui.anywidget(RopeRotation(m=12))
    explorer
    return explorer, mo

@app.cell
def _(explorer, mo):
    mo.md(f"the distance is {explorer.frame(**explorer.value)['distance']}")
    return

if __name__ == "__main__":
    app.run()
"""


def test_in_marimo_dependent_cells_run_when_a_control_is_turned(installed, folder, env, page):
    (folder / "app.py").write_text(MARIMO)
    port = free_port()
    command = [str(installed), "-m", "marimo", "run", "app.py", "--headless", "--no-token", "--port", str(port)]
    with started(command, port, env=env, cwd=folder):
        page.goto(f"http://localhost:{port}/")
        expect(page.get_by_text("the distance is 8")).to_be_visible(timeout=60_000)
        turns(first(page))
        expect(page.get_by_text("the distance is -1")).to_be_visible(timeout=20_000)
        expect(first(page).locator(".x-source")).to_have_text(KERNEL)
    assert not [address for address in page.asked if "anywidget" in address]


PANEL = """
import panel as pn
from gates_to_rotations.explorers.rope import RopeRotation
pn.extension("ipywidgets")
explorer = RopeRotation(m=12)
told = pn.pane.Markdown("the distance is 8")
explorer.observe(lambda _: setattr(told, "object", f"the distance is {explorer.frame(**explorer.value)['distance']}"), "value")
pn.Column(explorer, told).servable()
"""


def test_panel(installed, folder, env, page):
    """Panel asks another host for anywidget's script; here it gets the one that is installed."""
    (folder / "panel_app.py").write_text(PANEL)
    page.files["https://unpkg.com/anywidget@"] = HOSTS / "share/jupyter/nbextensions/anywidget/index.js"
    port = free_port()
    command = [str(installed), "-m", "panel", "serve", "panel_app.py", "--port", str(port)]
    with started(command, port, env=env, cwd=folder):
        page.goto(f"http://localhost:{port}/panel_app")
        turns(first(page))
        expect(page.get_by_text("the distance is -1")).to_be_visible(timeout=20_000)
        expect(first(page).locator(".x-source")).to_have_text(KERNEL)
