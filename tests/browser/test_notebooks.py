"""The notebooks of the built book: each has the words, formulas and cells of its page, and nothing of MyST."""

import json
import re
from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
import rendered
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parents[2]
NAMES = [path.stem for path in sorted((ROOT / "chapters").glob("*.md")) if "kernelspec" in path.read_text("utf-8")]
# Roles, directives and colon fences, targets, labels after a formula, attributes, block breaks, comments.
MYST = re.compile(r"\{[a-z:]+\}`|^\s*(?:`{3,}|~{3,}|:{3,})\s*\{|^:{3,}|^\s*\([\w-]+\)=|\$\$ \(|^\{[.#]|^\+\+\+|^% |\{code-cell\}", re.M)


@pytest.fixture(params=NAMES)
def pair(request, book):
    """(source, page, notebook)"""
    page = book / "chapters" / f"{request.param}.html"
    source = (ROOT / "chapters" / f"{request.param}.md").read_text("utf-8")
    return source, page.read_text("utf-8"), nbformat.read(page.with_suffix(".ipynb"), as_version=4)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_each_chapter_offers_one_and_the_cover_none(book):
    offered = {path.stem: re.findall(r'href="([^"]*)" download', path.read_text("utf-8")) for path in book.rglob("*.html")}
    assert len(NAMES) > 6
    assert {name: links for name, links in offered.items() if links} == {name: [f"{name}.ipynb"] for name in NAMES}


def test_words_formulas_and_numbers_are_the_page_s(pair):
    _, page, notebook = pair
    seen = rendered.page(page)
    assert len(seen[0]) > 1000 and rendered.notebook(notebook.cells[1:]) == seen


def test_nothing_of_myst_is_left(pair):
    source, _, notebook = pair
    assert MYST.search(source)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not MYST.search(cell.source), cell.source


def test_each_cell_of_code_is_there_once_and_in_order(pair):
    source, _, notebook = pair
    cells = re.findall(r"^```\{code-cell\} ipython3\n(?::tags:[^\n]*\n)?\n?(.*?)\n```$", source, re.M | re.S)
    assert len(cells) == source.count("{code-cell}")
    assert [cell.source for cell in code_of(notebook)[1:]] == [re.sub(r"\blib\b", "gates_to_rotations", cell) for cell in cells]


def test_code_compiles_and_what_it_makes_lies_under_it(pair):
    _, _, notebook = pair
    for cell in code_of(notebook):
        compile(TransformerManager().transform_cell(cell.source), "cell", "exec")
        if "remove-input" in cell.metadata.get("tags", ()):
            assert any({"text/html", "text/markdown"} & output.data.keys() for output in cell.outputs)


def test_pictures_are_images_that_stand_for_themselves(pair):
    """JupyterLab shows nothing of an SVG, and no script, of a notebook that it doesn't trust yet."""
    _, page, notebook = pair
    pages = [output.data["text/html"] for cell in code_of(notebook) for output in cell.outputs if "text/html" in output.get("data", {})]
    pictures = [
        picture
        for one in pages
        for picture in re.findall(r'<img alt="([^"]*)" style="[^"]*" src="data:image/svg\+xml;base64,([^"]*)">', one)
    ]
    assert len([words for words, _ in pictures if words]) == page.count('<figure class="explorer"') + page.count('<figure class="diagram"')
    for _, picture in pictures:
        svg = b64decode(picture).decode()
        assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
        assert not re.search(r"var\(--[\w-]+\)|<script|light-dark", svg)
    assert not any("<svg" in one or "<script" in one for one in pages)


def test_the_package_has_its_own_name_everywhere(pair):
    source, _, notebook = pair
    assert re.search(r"\blib\b", source)
    for cell in notebook.cells:
        for text in [cell.source, *(json.dumps(output) for output in cell.get("outputs", ()))]:
            assert not re.search(r"\blib\b", text), text


def test_another_name_hits_no_word_of_the_code(pair):
    """`lib` stands in imports, and in comments before a slash or alone; it is no variable, key or text."""
    for cell in code_of(pair[2])[1:]:
        for line in cell.source.splitlines():
            if "gates_to_rotations" in line:
                assert re.match(r"(from gates_to_rotations[\w.]* import |import gates_to_rotations|# )", line), line


def test_it_is_a_valid_notebook_for_any_viewer(pair):
    _, _, notebook = pair
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert [cell.id for cell in notebook.cells] == [f"cell-{number}" for number in range(len(notebook.cells))]
    for cell in notebook.cells:
        assert "widget-view" not in json.dumps(cell)
        for target in re.findall(r"\]\(([^)]*)\)", cell.source if cell.cell_type == "markdown" else ""):
            assert re.match(r"https?://|attachment:", target), target
