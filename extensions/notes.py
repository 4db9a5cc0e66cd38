"""What stands behind a symbol or a link, for the notes that theme/notes.js shows: a `<template>` on every page with formulas.

The meanings are the rows of the notation page, which a test holds to the code: those of the page's own chapter
first, then those that hold everywhere. A symbol is found by its shape: `key` writes a piece of MathML as text, and
notes.js writes the piece under the pointer in the same way.
"""

import html
import re
from pathlib import Path
from xml.etree import ElementTree

from .math import to_mathml

NOTATION = "chapters/notation"
EVERYWHERE = "Everywhere"
ROW = re.compile(r"^\| (\$.*?\$) \| (.*?) \| (.*) \|$", re.M)
TITLE = re.compile(r"^## (.*)$", re.M)
LINK = re.compile(r'href="([^"#:]+\.html)(?:#[^"]*)?"')


def key(node):
    """A piece of MathML as text: `𝐪_m` for q with the index m. Only what is read counts, not how it is laid out."""
    parts = [key(child) for child in node if child.tag != "annotation"]
    if node.tag in ("msub", "msup", "msubsup", "mover"):
        return parts[0] + "".join(
            mark + part for mark, part in zip({"msub": "_", "msup": "^", "msubsup": "_^", "mover": "~"}[node.tag], parts[1:])
        )
    return "".join(parts) or (node.text or "").strip()


def symbols(tex):
    """The single symbols of a table's first column: commas part them, but not within braces or brackets. It may hold several formulas."""
    return [part.strip() for part in re.split(r",(?![^{(]*[})])", tex.replace("$", "")) if part.strip()]


def rows(text, title):
    """(symbols in TeX, code, meaning in Markdown) of one table of the notation page."""
    section = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return [(symbols(symbol), code.strip("`— "), meaning) for symbol, code, meaning in ROW.findall(section[1])] if section else []


def inline(config, text):
    """Markdown of a table's cell as HTML: formulas, code, text."""
    pieces = re.split(r"(\$[^$]+\$|`[^`]+`)", text)
    shown = {"$": lambda tex: mathml(config, tex), "`": lambda code: f"<code>{html.escape(code)}</code>"}
    return "".join(shown[piece[0]](piece[1:-1]) if piece[:1] in shown else html.escape(piece) for piece in pieces)


def mathml(config, tex):
    return re.sub(r"<annotation.*?</annotation>|</?semantics>", "", to_mathml(config, tex, None, display=False))


def notes_of(app, pagename, body):
    """The rows of the template: `data-of` has the keys of a row's symbols, or the address of another page."""
    text = Path(app.srcdir, NOTATION + ".md").read_text("utf-8")
    known = set()
    for title in [title for title in TITLE.findall(text) if app.env.titles[pagename].astext().startswith(title)] + [EVERYWHERE]:
        for tex, code, meaning in rows(text, title):
            shapes = [mathml(app.config, one) for one in tex]
            keys = [key(ElementTree.fromstring(shape)) for shape in shapes]
            if not set(keys) - known or not any(shape[len("<math>") : -len("</math>")] in body for shape in shapes):
                continue
            known.update(keys)
            named = f" <code>{html.escape(code)}</code>" if code else ""
            yield f'<p data-of="{html.escape(" ".join(keys))}">{", ".join(shapes)}: {inline(app.config, meaning)}{named}</p>'
    for target in sorted(set(LINK.findall(body))):
        name = re.sub(r"\.html$", "", Path(pagename).parent.joinpath(target).as_posix())
        about = description(app, name)
        if about:
            yield f'<p data-of="{target}"><b>{html.escape(app.env.titles[name].astext())}</b> {html.escape(about)}</p>'


def description(app, name):
    """What another page says of itself."""
    source = Path(app.srcdir, name + ".md")
    found = re.search(r'^    description: "(.*)"$', source.read_text("utf-8"), re.M) if source.exists() else None
    return found and found[1]


def pages_of_other_rows(app, env, added, changed, removed):
    """Where the notation page has changed, so have the notes of every page."""
    return list(env.found_docs) if NOTATION in changed else []


def add_notes(app, pagename, templatename, context, doctree):
    body = context.get("body", "")
    if doctree is not None and "<math" in body:
        context["notes"] = "".join(notes_of(app, pagename, body))


def setup(app):
    app.connect("env-get-outdated", pages_of_other_rows)
    app.connect("html-page-context", add_notes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
