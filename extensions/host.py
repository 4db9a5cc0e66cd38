"""Puts explorers into pages: their scripts and style sheet, only where a page has an explorer.

The figures themselves come out of the cells (`Explorer._repr_mimebundle_`); each calls
`explorers.mount` right where it stands, so the scripts have to be loaded before the text: it mounts
before the first paint, and nothing moves. Every page with explorers loads the machine, which the browser
keeps, and the twins of its own explorers.
"""

import hashlib
import re
from pathlib import Path

from rcssmin import cssmin

from lib.explorers import every
from lib.widget import bundle

EXPLORER = re.compile(r'<figure class="explorer" data-explorer="([\w-]+)"')


def write_files(app):
    """Written before the pages, which name them with a checksum against stale caches."""
    folder = Path(app.outdir, "_static", "explorers")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "explorers.css").write_text(cssmin(bundle.stylesheet()), encoding="utf-8")
    (folder / "explorers.js").write_text(bundle.page_script(), encoding="utf-8")
    for name, explorer in every().items():
        (folder / f"{name}.js").write_text(bundle.twin_script(explorer), encoding="utf-8")


def pages_of_other_scripts(app, env, added, changed, removed):
    """Where a script has changed, every page with explorers is written again: it names the script with a checksum."""
    state = hashlib.sha256(
        "".join(path.read_text("utf-8") for path in sorted(Path(app.outdir, "_static/explorers").iterdir())).encode()
    ).hexdigest()
    before, env.explorer_scripts = getattr(env, "explorer_scripts", state), state
    return list(env.found_docs) if state != before else []


def add_files(app, pagename, templatename, context, doctree):
    names = sorted(set(EXPLORER.findall(context.get("body", ""))))
    if names:
        app.add_css_file("explorers/explorers.css")
        for name in ("explorers", *names):
            app.add_js_file(f"explorers/{name}.js")


def setup(app):
    app.connect("builder-inited", write_files)
    app.connect("env-get-outdated", pages_of_other_scripts)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
