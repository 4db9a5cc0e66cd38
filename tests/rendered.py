"""What a reader sees of a page and of its notebook: words, formulas and their numbers, in order.

The page is Sphinx's; the notebook's Markdown is rendered by markdown-it, which knows nothing of this book. A package that
is `lib` in the one and has its full name in the other counts as the same word.
"""

import re

from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

# Of the page alone: signs beside headings, and what a reader gets from the cells.
ASIDE = ".headerlink, .cell, .fn-backref, .backrefs, script, style, .eqno"


def read(soup):
    """(words, formulas) of HTML; a formula is its TeX in an `annotation`."""
    formulas = [" ".join(re.sub(r"\\vert\b ?", "|", formula.text).split()) for formula in soup.select("annotation")]
    for formula in soup.select("math"):
        formula.replace_with(" ")
    for node in soup.select("br, dd, div, .grade"):
        node.insert_before(" ")
        node.insert_after(" ")
    return re.findall(r"\w+", re.sub(r"\blib\b", "gates_to_rotations", soup.get_text())), formulas


def page(text):
    """(words, formulas, numbers of equations) of a built page."""
    soup = BeautifulSoup(text, "html.parser").select_one("article, div.body")
    numbers = [re.search(r"\((.*?)\)", number.text)[1] for number in soup.select(".eqno")]
    for node in soup.select(ASIDE):
        node.decompose()
    return *read(soup), numbers


def notebook(cells):
    """The same of the text of a notebook."""
    markdown = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, renderer=lambda tex, options: "")
    for kind in ("math_inline", "math_block"):
        markdown.add_render_rule(
            kind, lambda self, tokens, place, options, env: f"<math><annotation>{tokens[place].content}</annotation></math>\n"
        )
    html = "\n".join(markdown.render(cell.source) for cell in cells if cell.cell_type == "markdown")
    words, formulas = read(BeautifulSoup(html, "html.parser"))
    numbers = re.findall(r"\\tag\{(.*?)\}", " ".join(formulas))
    return words, [re.sub(r" *\\tag\{.*?\}", "", formula) for formula in formulas], numbers
