"""The notebook beside each page, for whoever has nothing else of the book, and the package that it installs.

`NAME.ipynb` has the text of the page as plain Markdown, its code cells with their outputs, and before them a cell that
installs `lib` under the name that it has elsewhere. With the book's address in `_config.yml` (`html: baseurl`) that is
the wheel beside the published pages, with `repository: url` alone the repository.
"""

import os
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path
from urllib.parse import quote

import nbformat
from nbformat import v4
from sphinx.util import logging

from .launch import repository_of
from .markdown import BREAK, FOLD, Markdown, link
from .notebooks import executed, is_notebook

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[1]
VERSION = version("gates-to-rotations")
WHEEL = f"gates_to_rotations-{VERSION}-py3-none-any.whl"
FIRST_CELL = Path(__file__).with_name("first_cell.py").read_text("utf-8").partition('"""\n\n')[2].rstrip()


def renamed(code):
    """The package is `lib` in the book's own folder alone."""
    return re.sub(r"\blib\b", "gates_to_rotations", code)


def address(base, config):
    """What pip installs: the wheel of the published book, else the repository, else nothing. `config` is `_config.yml` as a dictionary."""
    if base:
        return f"{base.rstrip('/')}/_static/{WHEEL}"
    found = repository_of(config)
    if not found:
        return ""
    host, _, url = found
    branch, folder = config["repository"].get("branch") or "main", (config["repository"].get("path_to_book") or "").strip("/")
    # An archive needs no git.
    place = f"{url}/archive/{quote(branch)}.zip" if host == "github.com" else f"git+{url}@{branch}"
    return place + (f"#subdirectory={folder}" if folder else "")


def find_address(app, config):
    """A value of the kind `html`: another address or version has all pages written anew, and so their notebooks."""
    config.notebook_needs = [VERSION, address(config.html_baseurl, config.book_configuration)]


@cache
def distributions():
    """What is installed here, by the names that are imported."""
    return {name: found[0].lower() for name, found in packages_distributions().items()}


def imports(notebook):
    """What pip shall install because a cell imports it and the package doesn't bring it along."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    names = set(re.findall(r"^\s*(?:from|import) (\w+)", code, re.M)) - {"lib"}
    brought = {re.match(r"[\w.-]+", needed)[0].lower() for needed in requires("gates-to-rotations")}
    return sorted({distributions()[name] for name in names if name in distributions()} - brought)


def opening(config, page, notebook):
    """What the notebook is, and the cell that installs what it needs."""
    title = page.inline(page.app.env.titles[page.docname])
    shown = link(title, f"{page.base}{page.docname}.html") if page.base else title
    words = (
        f"{shown}, from the book *{config.html_title}*, as a notebook. Its cells need Python 3.11 or newer and the package "
        "`gates-to-rotations`; the next cell installs that where it is missing. Change what you like and run it. Licence: MIT."
    )
    for name, tex in config.math_macros.items():
        words += rf" $\def\{name}{''.join(sorted(set(re.findall('#[1-9]', tex))))}{{{tex}}}$"
    needed, place = config.notebook_needs
    code = FIRST_CELL.replace('"0", []', f'"{needed}", {imports(notebook)}'.replace("'", '"'), 1).replace('""', f'"{place}"', 1)
    return [v4.new_markdown_cell(words), v4.new_code_cell(code, metadata={"jupyter": {"source_hidden": True}})]


def text_cell(text, page, folded=False):
    cell = v4.new_markdown_cell(text.strip(), metadata={"jp-MarkdownHeadingCollapsed": True} if folded else {})
    if pictures := {name: content for name, content in page.pictures.items() if f"(attachment:{name})" in text}:
        cell.attachments = pictures
    return cell


def cells_of(page, notebook):
    """The text of the page, cut at the places of its code cells. A cell that the page leaves out stands before the next that it shows."""
    code = {index: cell for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"}
    first, *rest = page.text.split(BREAK)
    cells = [text_cell(first, page)]
    for order, text in zip(rest[::2], rest[1::2]):
        if order.isdigit():
            cells += [code.pop(index) for index in sorted(code) if index <= int(order)]
        cells.append(text_cell(text, page, order == FOLD))
    return [cell for cell in [*cells, *code.values()] if cell.source]


def notebook_of(app, pagename, doctree):
    """The whole, as text."""
    notebook = executed(app, pagename)
    page = Markdown(app, pagename, doctree, renamed)
    notebook.cells = [*opening(app.config, page, notebook), *cells_of(page, notebook)]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        if cell.cell_type == "code":
            cell.source = renamed(cell.source)
            for output in cell.outputs:
                if "text/plain" in output.get("data", {}):
                    output.data["text/plain"] = renamed(output.data["text/plain"])
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def offer_notebook(app, pagename, templatename, context, doctree):
    if doctree is None or not is_notebook(app, pagename):
        return
    context["notebook"] = pagename.rpartition("/")[2] + ".ipynb"
    out = Path(app.outdir, pagename + ".ipynb")
    text = notebook_of(app, pagename, doctree)
    if not out.exists() or out.read_text("utf-8") != text:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, "utf-8")


def write_wheel(app, exception):
    """The package beside the published pages, built anew where one of its files is younger."""
    if exception or app.builder.name != "html" or not app.config.html_baseurl:
        return
    wheel = Path(app.outdir, "_static", WHEEL)
    files = [*(ROOT / "lib").rglob("*"), ROOT / "pyproject.toml", ROOT / "setup.py", ROOT / "scripts/backend.py", ROOT / "README.md"]
    youngest = max(path.stat().st_mtime for path in files if path.is_file() and path.suffix != ".pyc")
    if wheel.exists() and wheel.stat().st_mtime > youngest:
        return
    for old in wheel.parent.glob("gates_to_rotations-*.whl"):
        old.unlink()
    command = [sys.executable, "-c", "import backend, sys; backend.build_wheel(sys.argv[1])", str(wheel.parent)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")}, capture_output=True, text=True)
    if not wheel.exists():
        logger.warning("the wheel %s was not built: %s", WHEEL, (done.stderr or done.stdout)[-2000:], type="wheel")


def setup(app):
    app.add_config_value("notebook_needs", [], "html")
    app.setup_extension("extensions.launch")  # it reads `_config.yml`
    app.connect("config-inited", find_address, priority=900)
    app.connect("html-page-context", offer_notebook)
    app.connect("build-finished", write_wheel)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
