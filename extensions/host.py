"""Puts explorers into pages: their script and style sheet, only where a page has an explorer.

The figures themselves come out of the cells (`Explorer._repr_mimebundle_`); each calls
`explorers.mount` right where it stands, so the script has to be loaded before the text: it mounts
before the first paint, and nothing moves.
"""

from pathlib import Path

from rcssmin import cssmin
from rjsmin import jsmin

from lib.explorers import bundle

FILES = {
    "explorers.js": lambda: jsmin(bundle.page_script()),
    "explorers.css": lambda: cssmin(bundle.stylesheet()),
}


def write_files(app):
    """Written before the pages, which name them with a checksum against stale caches."""
    folder = Path(app.outdir, "_static")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text(), encoding="utf-8")


def add_files(app, pagename, templatename, context, doctree):
    if 'class="explorer"' in context.get("body", ""):
        app.add_css_file("explorers.css")
        app.add_js_file("explorers.js")


def setup(app):
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
