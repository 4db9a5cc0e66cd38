"""Puts explorers into pages: their scripts and style sheet, only where a page has an explorer.

The figures themselves come out of the cells (`Explorer._repr_mimebundle_`); each calls
`explorers.mount` right where it stands, so the scripts have to be loaded before the text: it mounts
before the first paint, and nothing moves. Every page with explorers loads the machine, which the browser
keeps, and the twins of its own explorers.

Each explorer also gets a page of its own, `embed/NAME.html`, one file to stand in frames elsewhere.
"""

import hashlib
import re
import shutil
from pathlib import Path

from docutils import nodes
from rcssmin import cssmin
from sphinx.transforms.post_transforms import SphinxPostTransform

from lib.explorers import every
from lib.widget import bundle, exported, page

EXPLORER = re.compile(r'<figure class="explorer" data-explorer="([\w-]+)"')


def write_files(app):
    """Written before the pages, which name them with a checksum against stale caches."""
    folder = Path(app.outdir, "_static", "explorers")
    shutil.rmtree(folder, ignore_errors=True)  # some names have checksums
    folder.mkdir(parents=True)
    (folder / "explorers.css").write_text(cssmin(bundle.stylesheet()), encoding="utf-8")
    (folder / "explorers.js").write_text(bundle.page_script(), encoding="utf-8")
    for name, explorer in every().items():
        for file, text in [(f"{name}.js", bundle.twin_script(explorer)), *bundle.scripts_on_demand(explorer).values()]:
            (folder / file).write_text(text, encoding="utf-8")


def pages_of_other_scripts(app, env, added, changed, removed):
    """Where a script has changed, every page with explorers is written again: it names the scripts with a checksum."""
    state = hashlib.sha256(
        "".join(path.read_text("utf-8") for path in sorted(Path(app.outdir, "_static/explorers").iterdir())).encode()
    ).hexdigest()
    before, env.explorer_scripts = getattr(env, "explorer_scripts", state), state
    return list(env.found_docs) if state != before else []


class LeaveOutRevivals(SphinxPostTransform):
    """What revives explorers in nbconvert's pages is of no use here."""

    default_priority = 900  # the outputs are chosen by then
    formats = ("html",)

    def run(self, **kwargs):
        for node in [node for node in self.document.findall(nodes.raw) if node.astext() == exported.OUTPUT]:
            node.parent.remove(node)


def add_files(app, pagename, templatename, context, doctree):
    names = sorted(set(EXPLORER.findall(context.get("body", ""))))
    if names:
        app.add_css_file("explorers/explorers.css")
        for name in ("explorers", *names):
            app.add_js_file(f"explorers/{name}.js")


def picture_of(app, explorer, draw):
    """A picture without a script; drawn anew only where lib has changed: the folder is that of its state (extensions/notebooks.py)."""
    kept = Path(app.config.nb_execution_cache_path, draw.__name__, f"{explorer.name}.svg")
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(draw(explorer), encoding="utf-8")
    return kept.read_text("utf-8")


def write_embeds(app, exception):
    """The pages for frames. An explorer's folder has the name of its chapter."""
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir, "embed")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, explorer in every().items():
        chapter, shown = "chapters/" + explorer.__module__.split(".")[-2], explorer()
        text = page.embed_of(
            shown,
            picture_of(app, shown, page.picture_of),
            home=f"../{chapter}.html#{name}",
            scripts="../_static/explorers/",
            words=f"{app.config.html_title}: {app.env.titles[chapter].astext()}",
            minify=cssmin,
        )
        (folder / f"{name}.html").write_text(text, encoding="utf-8")


def setup(app):
    app.add_post_transform(LeaveOutRevivals)
    app.connect("builder-inited", write_files)
    app.connect("env-get-outdated", pages_of_other_scripts)
    app.connect("html-page-context", add_files)
    app.connect("build-finished", write_embeds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
