"""The notebook beside a page: text that any viewer shows, and a first cell that sees to what the others need."""

import ast
import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
import types
import zipfile
from base64 import b64decode
from pathlib import Path

import nbformat
import pytest
import rendered
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from extensions import download

ROOT = Path(__file__).resolve().parents[1]
CONSTRUCTS = ROOT / "tests/constructs"
BASE = "https://example.org/book/"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fedccc59e70000000049454e44ae426082"
)


def build(folder, base=""):
    """(folder of the built pages, warnings)"""
    shutil.copytree(CONSTRUCTS, folder, dirs_exist_ok=True)
    (folder / "dot.png").write_bytes(PIXEL)
    (folder / "data.txt").write_text("data")
    command = [sys.executable, "-m", "sphinx", "-q", "--no-color", f"-Dhtml_baseurl={base}", str(folder), str(folder / "html")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "html", done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("constructs"))


@pytest.fixture(scope="module")
def cells(built):
    return nbformat.read(built[0] / "page.ipynb", as_version=4).cells


@pytest.fixture(scope="module")
def text(cells):
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


# --- the text


def test_words_formulas_and_numbers_are_the_page_s(built, cells):
    seen = rendered.page((built[0] / "page.html").read_text("utf-8"))
    assert min(map(len, seen)) > 2
    assert rendered.notebook(cells[1:]) == seen


def test_a_node_that_nobody_thought_of_is_reported_where_it_stands_and_written_all_the_same(built, text):
    assert re.search(r"page\.md:\d+: WARNING: extensions/markdown.py has no method to write: option_list\n", built[1])
    assert "Nobody writes lists of options." in text
    assert all("no method to write" in line for line in built[1].splitlines())


@pytest.mark.parametrize(
    "piece",
    [
        "# 1. Everything *at once* with $x_1$",
        "``co`de``",
        "`gates_to_rotations.rope` in `gates_to_rotations/rope.py`",
        "1&#46; Not a list.",
        "<span>&#36;</span>5 and <span>&#36;</span>6",
        "[Knu68], Knuth [Knu68], Theorem 1.1, Exercise 1.1, Exercise 1.1",
        "<https://example.org/a_(b)>",
        "$$\n\\begin{aligned}a &= b \\\\\nc &= d\\end{aligned} \\tag{1.2}\n$$",
        "- three\n\n* another list\n\n3. starts at three",
        "2. deeper\n\n       ```python\n       import gates_to_rotations\n",
        "| left | right | $x$? |\n| :-- | --: | :-: |\n| a &#124; b | `c \\| d` | $\\vert x\\vert$ |\n",
        '<td colspan="2">\n\nwide cell\n\n</td>',
        "An inline target, <em>done.</em>after.",
        "**Fig. 1.1** The *caption* of it.",
        "**Listing 1.2** Captioned",
        "**Theorem 1.1 (Pythagoras)**",
        "<details>\n<summary>\n\nFolded, with $x$\n\n</summary>\n\nInside `a`.",
        "line *one*, two<br>line two",
        "<summary>Hint</summary>\n\nThink of $x$.\n\n</details>",
        "### Exercise 1.2: Another (hard)",
        "<sup>[1]</sup> The first, with $x$.",
        "- **[Knu68]** Donald Knuth. *The Art*. AW, 1968. URL: <https://doi.org/10.1/x_y>.",
    ],
)
def test_a_construct_is_written_so(text, piece):
    assert piece in text


def test_nothing_leads_to_another_page_without_an_address(text):
    assert "See Everything at once with x_1, words, Fig. 1.1, Table 1.1, Another, other page, a section" in text
    assert set(re.findall(r"\]\(([^)]*)\)", text)) == {
        "https://example.org/a_%28b%29?x=1&amp;y=2",
        "https://example.org/x.png",
        "attachment:dot.png",
    }


def test_with_an_address_links_lead_there_and_the_wheel_lies_beside_the_pages(tmp_path):
    pages, warnings = build(tmp_path, BASE)
    notebook = nbformat.read(pages / "page.ipynb", as_version=4)
    text, code = "\n\n".join(cell.source for cell in notebook.cells), notebook.cells[1].source
    assert text.startswith(f"[Everything *at once* with $x_1$]({BASE}page.html), from the book *A book*")
    assert f"[Another]({BASE}other.html), [other page]({BASE}other.html), a section" in text
    for link in re.findall(rf"\({re.escape(BASE)}([^)#]*)", text):
        assert (pages / link).exists(), link
    wheel = re.search(rf'^ADDRESS = "{re.escape(BASE)}(.*)"$', code, re.M)[1]
    names = zipfile.ZipFile(pages / wheel).namelist()
    assert any(name.endswith("/rope.py") for name in names) and any("/built/" in name for name in names)
    assert "wheel" not in warnings


def test_macros_are_defined_where_the_notebook_begins(cells):
    assert cells[0].source.endswith(r" $\def\half#1{\tfrac{#1}{2}}$ $\def\R{\mathbb{R}}$")


def test_a_picture_goes_along(cells):
    at = [cell for cell in cells if "attachment:dot.png" in cell.source]
    assert at and all(b64decode(cell.attachments["dot.png"]["image/png"]) == PIXEL for cell in at)


def test_code_stands_where_it_stood_and_a_solution_folds_unless_text_follows(cells):
    after = cells[[cell.source[:12] for cell in cells].index("### Exercise") :]
    assert [(cell.source.partition("\n")[0], dict(cell.metadata)) for cell in after[:-1]] == [
        ("### Exercise 1.1: A title with $x$ (easy)", {}),
        ("#### Solution", {"jp-MarkdownHeadingCollapsed": True}),
        ("Words before.", {}),
        ('print("first")', {}),
        ("Words after.", {}),
        ("### Exercise 1.2: Another (hard)", {}),
        ("#### Solution", {}),
        ('print("second")', {}),
        ("***", {}),
        ("import re", {"tags": ["remove-cell"]}),
        ("rope", {"tags": ["remove-input"]}),
        ("# What it does", {"tags": ["hide-input"]}),
    ]
    assert after[8].source.startswith("***\n\nText after the exercises.")


# --- what the notebook installs


@pytest.mark.parametrize(
    "base, repository, address",
    [
        ("", None, ""),
        ("", {"url": None}, ""),
        ("https://example.org/book", {"url": "https://github.com/a/b"}, f"https://example.org/book/_static/{download.WHEEL}"),
        ("", {"url": "https://github.com/a/b.git"}, "https://github.com/a/b/archive/main.zip"),
        ("", {"url": "https://github.com/a/b/", "branch": "next"}, "https://github.com/a/b/archive/next.zip"),
        ("", {"url": "https://github.com/a/b", "path_to_book": "docs/"}, "https://github.com/a/b/archive/main.zip#subdirectory=docs"),
        ("", {"url": "https://example.org/a/b", "branch": "next"}, "git+https://example.org/a/b@next"),
    ],
)
def test_where_the_package_comes_from(base, repository, address):
    assert download.address(base, {"repository": repository}) == address


def test_the_first_cell_is_an_old_python_s_too(cells):
    ast.parse(download.FIRST_CELL, feature_version=(3, 6))
    assert cells[1].source.startswith("# What this chapter needs")
    assert f'VERSION, ALSO = (3, 11), "{importlib.metadata.version("gates-to-rotations")}", ["jupyter-cache"]\n' in cells[1].source


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the first cell: which version it finds, which after pip, what pip says, what else is needed. Returns what it prints, and pip's calls."""

    def one(found, then=None, *, address="PLACE", pip=(0, ""), also=""):
        state, calls = {"found": found}, []

        def version(name):
            if name == "gates-to-rotations" and state["found"]:
                return state["found"]
            if name == also and calls:
                return "1"
            raise importlib.metadata.PackageNotFoundError(name)

        def pip_run(command, **options):
            calls.append(command)
            state["found"] = then
            if isinstance(pip, OSError):
                raise pip
            return subprocess.CompletedProcess(command, pip[0], stdout=pip[1])

        with monkeypatch.context() as patch:
            patch.setattr(importlib.metadata, "version", version)
            patch.setattr(importlib.util, "find_spec", lambda name: state["found"] and name)
            patch.setattr(subprocess, "run", pip_run)
            code = download.FIRST_CELL.replace('"0", []', f'"0.10.2", {[also] if also else []}').replace('""', f'"{address}"', 1)
            exec(compile(code, "cell", "exec"), {})
        return capsys.readouterr().out, calls

    return one


@pytest.mark.parametrize("version", ["0.10.2", "0.10.10", "1.0"])
def test_a_package_that_is_here_is_left_alone(run, version):
    assert run(version) == ("", [])


@pytest.mark.parametrize("version", [None, "0.9.9", "0.10.1"])
def test_a_package_that_is_missing_or_old_is_installed_for_this_python(run, version):
    said, calls = run(version, "0.10.2")
    assert said.startswith("Installing") and "reload the page" in said
    assert [(call[:4], call[-1]) for call in calls] == [([sys.executable, "-m", "pip", "install"], "PLACE")]


@pytest.mark.parametrize(
    "pip, line",
    [
        (
            (1, "Looking\nERROR: Could not find a version\n\nERROR: No matching distribution found for numpy\n[notice] new pip\n"),
            "for numpy",
        ),
        (
            (1, "error: externally-managed-environment\n\n× This environment is externally managed\nhint: See PEP 668\n"),
            "This environment is externally managed",
        ),
        ((1, "/usr/bin/python3: No module named pip\n"), "No module named pip"),
        ((1, "error: subprocess-exited-with-error\n\n× git clone did not run successfully.\n│ exit code: 128\n"), "git clone did not run"),
        ((1, ""), "no word why"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
    ],
)
def test_what_pip_complains_of_is_told_in_a_sentence_that_ends_the_run(run, pip, line):
    with pytest.raises(
        Exception, match=f"pip could not install gates-to-rotations: .*{line}.*\n.*:\n    python -m pip install PLACE$"
    ) as stop:
        run(None, pip=pip)
    assert stop.value._render_traceback_() == [str(stop.value)]


def test_another_kernel_may_have_installed_it_meanwhile(run):
    assert "Installed" in run(None, "0.10.2", pip=(1, "ERROR: file exists"))[0]


def test_what_the_running_kernel_cannot_see_yet_takes_a_restart(run, monkeypatch):
    with pytest.raises(Exception, match="Restart the kernel"):
        run(None, None)
    monkeypatch.setitem(sys.modules, "gates_to_rotations", types.ModuleType("gates_to_rotations"))
    with pytest.raises(Exception, match="Restart the kernel"):
        run("0.9", "0.10.2")


def test_without_an_address_the_checkout_is_named(run):
    with pytest.raises(Exception, match="needs gates-to-rotations 0.10.2, (.|\n)*:\n    python -m pip install PATH/TO/THE/CHECKOUT$"):
        run(None, address="")


def test_what_else_the_cells_import_comes_along(run):
    said, calls = run("0.10.2", "0.10.2", also="threadpoolctl")
    assert calls[0][-2:] == ["PLACE", "threadpoolctl"] and said.startswith("Installing")
    with pytest.raises(Exception, match="0.10.2 and threadpoolctl, (.|\n)*CHECKOUT threadpoolctl$"):
        run("0.10.2", also="threadpoolctl", address="")


def test_an_old_python_is_told_before_all_else(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    with pytest.raises(Exception, match="needs Python 3.11 or newer"):
        exec(compile(download.FIRST_CELL, "cell", "exec"), {})


def test_colab_is_asked_for_widgets(run, monkeypatch):
    asked = []
    output = types.SimpleNamespace(enable_custom_widget_manager=lambda: asked.append(True))
    monkeypatch.setitem(sys.modules, "google.colab", types.SimpleNamespace(output=output))
    run("1.0")
    assert asked


def test_run_all_stops_at_the_sentence():
    code = download.FIRST_CELL.replace('"0", []', '"999", []')
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code), nbformat.v4.new_code_cell("1 / 0")])
    with pytest.raises(CellExecutionError) as stop:
        NotebookClient(notebook, kernel_name="python3").execute()
    assert str(stop.value).rstrip().endswith("run all cells:\n    python -m pip install PATH/TO/THE/CHECKOUT") and "Traceback" not in str(
        stop.value
    )
    assert notebook.cells[1].execution_count is None
