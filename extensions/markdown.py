"""A page as Markdown that any viewer shows: its resolved doctree written out, with nothing of MyST left.

Beyond CommonMark it takes what viewers of notebooks share: tables with pipes, formulas between dollars, and HTML around
Markdown that empty lines part from it. A reference within the page is its words, one to another page a link if the book
has an address. A node that no method knows is reported, and `python book.py book` fails on every report.
"""

import base64
import mimetypes
import re
from html import escape
from pathlib import Path
from urllib.parse import quote, unquote, urljoin

from docutils import nodes
from sphinx.locale import admonitionlabels
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx_exercise.nodes import is_exercise_node

from .math import displayed, place

logger = logging.getLogger(__name__)

# Parts the text where a cell begins: BREAK, an order, BREAK. The order is empty, a code cell's index or FOLD.
BREAK, FOLD = "\0", "fold"
# What Markdown would take for its own becomes a number: there no viewer has rules of its own.
SPECIAL = re.compile(r"\\(?=[^\w\s]|$)|[`~$]|(?<=\S)\*|\*(?=\S)|(?<!\w)_|_(?!\w)|<(?=[A-Za-z/!?])|&(?=#?\w+;)|\](?=[(\[])")
FIRST = re.compile(r"^(\d{1,9}(?=[.)]\s)|(?=[#>+-]|\[[^\]]*\]:))(.)")  # the same at the beginning of a paragraph
NORM, BAR = (r"\|", r"\Vert "), ("|", r"\vert ")  # as they stand within a table, where a bar parts columns
ADDRESS = re.compile(r"[A-Za-z][\w+.-]*:")


def coded(character):
    code = f"&#{ord(character)};"
    return f"<span>{code}</span>" if character in "\\$" else code  # MathJax finds no formula across elements


def plain(text):
    return SPECIAL.sub(lambda match: coded(match[0]), text.replace("\n", " "))


def indented(text, width):
    return re.sub(r"\n(?!\n|$)", "\n" + " " * width, text)


def framed(tag, text):
    return f"<{tag}>\n\n{text}\n\n</{tag}>"


def link(text, target):
    return f"[{text}]({quote(target, safe='%/:?#@!$&+,;=~*')})"


class Markdown:
    """The `text` of a page and its `pictures`, as attachments of cells. `renamed` says what code is called there.

    A node is written by the method of its class, else of the first class that it inherits from: `write_Admonition` for a note."""

    def __init__(self, app, docname, doctree, renamed):
        self.app, self.docname, self.renamed = app, docname, renamed
        self.base = app.config.html_baseurl and app.config.html_baseurl.rstrip("/") + "/"
        self.html = app.builder.create_translator(doctree, app.builder)  # it knows the numbers that the page shows
        self.level, self.in_table, self.pictures = 0, False, {}
        self.apart = True  # whether something follows that a folded heading would take with it
        self.text = self.write(doctree)

    def write(self, node):
        for kind in type(node).__mro__:
            if method := getattr(self, f"write_{kind.__name__}", None):
                return method(node)
        logger.warning("extensions/markdown.py has no method to write: %s", type(node).__name__, location=place(node), type="markdown")
        return self.blocks(node)

    def blocks(self, children, between="\n\n"):
        return between.join(filter(None, (self.write(child).strip("\n") for child in children)))

    def inline(self, children):
        return "".join(map(self.write, children))

    def nothing(self, node):
        return ""

    write_Invisible = write_meta = write_tabular_col_spec = nothing
    write_document = write_compound = write_figure = write_glossary = write_hlist = write_hlistcol = write_legend = blocks
    write_Inline = write_line = write_target = inline
    write_proof_node = blocks  # around a box

    # --- headings, boxes, folds

    def number(self, add, node):
        """What Sphinx's own writer sets before a heading or a caption."""
        self.html.body = []
        add(node)
        return re.sub("<[^>]*>", "", "".join(self.html.body)).strip()

    def heading(self, text):
        return "#" * min(6, self.level) + " " + text

    def write_section(self, node):
        if not isinstance(node[0], nodes.title):  # the inside of an exercise or a theorem
            return self.blocks(node)
        self.level += 1
        head = self.number(self.html.add_secnumber, node[0]) + " " + self.inline(node[0])
        text = BREAK * 2 + self.heading(head.strip()) + "\n\n" + self.blocks(node[1:])
        self.level -= 1
        return text

    def write_Admonition(self, node):
        titled = bool(node.children) and isinstance(node[0], nodes.title)
        title = self.inline(node[0]) if titled else admonitionlabels.get(node.tagname, "")
        if is_exercise_node(node):
            return self.exercise(node, title)
        if "realtype" in node:  # a theorem and the like
            number = self.app.builder.fignumbers.get(node["countertype"], {}).get(node["ids"][0], ())
            title = f"{node['realtype'].title()} {'.'.join(map(str, number))}".strip() + title
        head = [f"**{title.strip()}**"] if title else []
        return framed("blockquote", "\n\n".join([*head, self.blocks(node[titled:])]))

    write_topic = write_sidebar = write_Admonition

    def exercise(self, node, title):
        """A heading, so that JupyterLab can fold it away; a rule parts it from text that doesn't belong to it."""
        self.level += 1
        last = node.next_node(descend=False, siblings=True)
        self.apart = last is not None and not is_exercise_node(last) and not isinstance(last, nodes.section)
        number = self.number(self.html.add_fignumber, node)
        text = BREAK * 2 + self.heading(": ".join(filter(None, (number, title)))) + "\n\n" + self.blocks(node[1:])
        self.level -= 1
        apart, self.apart = self.apart, True
        return text + "\n\n***" * apart

    def write_details(self, node):
        """HTML can't fold cells. A heading can, in JupyterLab, if it stands in a cell of its own; it takes with it all that follows."""
        self.level += 1
        head, text = self.inline(node[0]), self.blocks(node[1:])
        line = f"<summary>{head}</summary>" if head == node[0].astext() else framed("summary", head)
        whole = f"<details>\n{line}\n\n{text}\n\n</details>"
        if BREAK in text:
            whole = f"{BREAK}{'' if self.apart else FOLD}{BREAK}{self.heading(head)}{BREAK * 2}{text}"
        self.level -= 1
        return whole

    def write_container(self, node):
        return f"{BREAK}{node['cell_index']}{BREAK}" if node.get("nb_element") == "cell_code" else self.blocks(node)

    # --- blocks

    def write_paragraph(self, node):
        return FIRST.sub(lambda match: match[1] + coded(match[2]), self.inline(node).strip())

    def write_rubric(self, node):
        return f"**{self.inline(node)}**"

    write_centered = write_subtitle = write_rubric

    def write_caption(self, node):
        return f"**{self.number(self.html.add_fignumber, node.parent)}** {self.inline(node)}".replace("**** ", "")

    def write_transition(self, node):
        return "***"

    def write_literal_block(self, node):
        code, language = self.renamed(node.astext().rstrip()), node.get("language", "")
        fence = max(["``", *re.findall("`+", code)], key=len) + "`"
        return f"{fence}{'' if language in ('default', 'none') else language}\n{code}\n{fence}"

    write_doctest_block = write_literal_block

    def write_math_block(self, node):
        tag = rf" \tag{{{get_node_equation_number(self.html, node)}}}" if node.get("number") else ""
        return f"\n\n$$\n{displayed(node.astext())}{tag}\n$$\n\n"

    def write_raw(self, node):
        return node.astext() if "html" in node["format"].split() else ""

    def write_line_block(self, node):
        return self.blocks(node, "<br>")

    def write_block_quote(self, node):
        return framed("blockquote", self.blocks(node))

    def write_attribution(self, node):
        return f"— {self.inline(node)}"

    def listed(self, node, marker):
        tight = all(isinstance(child, nodes.bullet_list) for item in node for child in item[1:])
        items = [(marker(number), self.blocks(item, "\n" if tight else "\n\n")) for number, item in enumerate(node)]
        return ("\n" if tight else "\n\n").join(f"{mark} {indented(text, len(mark) + 1)}" for mark, text in items)

    def again(self, node):
        """Whether it follows one of its kind, with which the same marker would join it."""
        here = node.parent.index(node)
        return here > 0 and isinstance(node.parent[here - 1], type(node))

    def write_bullet_list(self, node):
        return self.listed(node, lambda number: "*" if self.again(node) else "-")

    def write_enumerated_list(self, node):
        return self.listed(node, lambda number: f"{node.get('start', 1) + number}{')' if self.again(node) else '.'}")

    def write_definition_list(self, node):
        parts = [part for item in node for part in item]
        tags = ["dd" if isinstance(part, (nodes.definition, nodes.field_body)) else "dt" for part in parts]
        written = [self.blocks(part) if tag == "dd" else self.inline(part) for tag, part in zip(tags, parts)]
        return "<dl>\n" + "\n".join(map(framed, tags, written)) + "\n</dl>"

    write_field_list = write_definition_list

    def write_footnote(self, node):
        return f"<sup>[{node[0].astext()}]</sup> {self.blocks(node[1:])}"

    def write_citation(self, node):
        return f"- **[{node[0].astext()}]** {indented(self.blocks(node[1:]), 2)}"

    # --- tables

    def write_table(self, node):
        group = node[-1]
        head = [row for part in group if isinstance(part, nodes.thead) for row in part]
        body = [row for part in group if isinstance(part, nodes.tbody) for row in part]
        title = [self.write_caption(node[0])] if len(node) > 1 else []
        whole = all(len(entry) <= 1 and all(isinstance(text, nodes.paragraph) for text in entry) for row in head + body for entry in row)
        if len(head) > 1 or not whole or any("morecols" in entry or "morerows" in entry for row in head + body for entry in row):
            rows = [*(("th", row) for row in head), *(("td", row) for row in body)]
            return "\n\n".join([*title, "<table>\n" + "\n".join(self.html_row(tag, row) for tag, row in rows) + "\n</table>"])
        self.in_table = True
        first = (head + body)[0]
        ends = {"text-left": ":--", "text-center": ":-:", "text-right": "--:"}
        rows = [
            [self.blocks(entry) for entry in head[0]] if head else [""] * len(first),
            [next((ends[name] for name in entry["classes"] if name in ends), "---") for entry in first],
            *([self.blocks(entry) for entry in row] for row in body),
        ]
        self.in_table = False
        return "\n\n".join([*title, "\n".join(f"| {' | '.join(row)} |" for row in rows)])

    def html_row(self, tag, row):
        """A row that pipes can't write: entries over several columns or rows, or of more than one paragraph."""
        text = "<tr>\n"
        for entry in row:
            spans = "".join(
                f' {name}="{entry[more] + 1}"' for name, more in (("colspan", "morecols"), ("rowspan", "morerows")) if more in entry
            )
            text += f"<{tag}{spans}>\n\n{self.blocks(entry)}\n\n</{tag}>\n"
        return text + "</tr>"

    # --- within a paragraph

    def write_Text(self, node):
        text = plain(node.astext())
        return text.replace("|", coded("|")) if self.in_table else text

    def marked(self, node, mark, tag):
        """Markdown's mark where its rules let it open and close, else the element."""
        text, here = self.inline(node).strip(), node.parent.index(node)
        before, after = ("".join(one.astext() for one in part) for part in (node.parent[:here], node.parent[here + 1 :]))
        opens = text[:1].isalnum() or not before[-1:].isalnum()
        closes = text[-1:].isalnum() or not after[:1].isalnum()
        return f"{mark}{text}{mark}" if text and opens and closes and "*" not in text[0] + text[-1] else f"<{tag}>{text}</{tag}>"

    def write_emphasis(self, node):
        return self.marked(node, "*", "em")

    def write_strong(self, node):
        return self.marked(node, "**", "strong")

    def write_literal(self, node):
        code = self.renamed(node.astext().replace("\n", " "))
        fence = max(["", *re.findall("`+", code)], key=len) + "`"
        pad = " " if code[:1] == "`" or code[-1:] == "`" else ""
        return fence + pad + (code.replace("|", r"\|") if self.in_table else code) + pad + fence

    def write_math(self, node):
        tex = " ".join(node.astext().split())
        return f"${tex.replace(*NORM).replace(*BAR).strip() if self.in_table else tex}$"

    def write_subscript(self, node):
        return f"<sub>{self.inline(node)}</sub>"

    def write_superscript(self, node):
        return f"<sup>{self.inline(node)}</sup>"

    def write_abbreviation(self, node):
        return f'<abbr title="{escape(node.get("explanation", ""))}">{self.inline(node)}</abbr>'

    def write_footnote_reference(self, node):
        return f"<sup>[{node.astext()}]</sup>"

    def write_inline(self, node):
        return f" ({node.astext()})" if "grade" in node["classes"] else self.inline(node)  # extensions/lesson.py

    def write_reference(self, node):
        text, target = self.inline(node), node.get("refuri", "")
        if ADDRESS.match(target):
            return f"<{target}>" if node.astext() == target else link(text, target)
        return link(text, urljoin(self.base + self.docname, target)) if self.base and target.partition("#")[0] else text

    def write_download_reference(self, node):
        text = self.inline(node)
        if "refuri" in node or self.base:
            return link(text, node.get("refuri") or f"{self.base}_downloads/{node['filename']}")
        return text

    def write_image(self, node):
        """A file goes along as an attachment of its cell."""
        words, target = plain(node.get("alt", "")), node["uri"]
        if not ADDRESS.match(target):
            name = unquote(target.rpartition("/")[2])
            path = next(path for path, copied in self.app.builder.images.items() if copied == name)
            content = base64.b64encode(Path(self.app.srcdir, path).read_bytes()).decode()
            self.pictures[quote(name)] = {mimetypes.guess_type(name)[0]: content}
            target = f"attachment:{quote(name)}"
        return f"![{words}]({target})"
