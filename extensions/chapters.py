"""The directive `{chapters}`: the way through the book as a picture, from the table of contents and the chapters themselves.

Each part is a link: the thumbnail that the chapter's first explorer draws, its title, and what its description says after the
colon. A new chapter stands there as soon as `_toc.yml` names it. A page with `back_matter: true` in its head is none, and
has no number.
"""

import html
import re
from pathlib import Path

import yaml
from docutils import nodes
from docutils.parsers.rst import Directive

from lib.explorers import every
from lib.widget import page, palette

from .host import picture_of


def chapters_of(root):
    """(document's name, title, what it is about, text) of every chapter; the third is its description after the colon."""
    for chapter in yaml.safe_load((root / "_toc.yml").read_text("utf-8"))["chapters"]:
        _, head, text = (root / f"{chapter['file']}.md").read_text("utf-8").split("---\n", 2)
        head = yaml.safe_load(head)
        if head.get("back_matter"):
            continue
        title = next(line for line in text.splitlines() if line.startswith("# "))[2:]
        description = head["myst"]["html_meta"]["description"]
        yield chapter["file"], title, description.partition(": ")[2] or description, text


def first_explorer(text):
    """The class of the explorer that a chapter shows first, or None."""
    classes = {explorer.__name__: explorer for explorer in every().values()}
    return next((classes[name] for name in re.findall(r"^(\w+)\(", text, re.M) if name in classes), None)


class Chapters(Directive):
    def run(self):
        environment = self.state.document.settings.env
        environment.note_dependency("_toc.yml")
        parts = []
        for number, (name, title, about, text) in enumerate(chapters_of(Path(environment.srcdir)), 1):
            environment.note_dependency(f"{name}.md")
            explorer = first_explorer(text)
            picture = picture_of(environment.app, explorer(), page.thumbnail_of) if explorer else ""
            address = environment.app.builder.get_relative_uri(environment.docname, name)
            words = f"<b>{number}. {html.escape(title)}</b> <span>{html.escape(about)}</span>"
            parts.append(f'<li><a href="{address}">{picture}{words}</a></li>')
        dark = f'<style>[data-theme="dark"] .way{{{palette.style_variables(palette.DARK)}}}</style>'
        return [nodes.raw("", f'{dark}<ol class="way wide">{"".join(parts)}</ol>', format="html")]


def unnumber(app, env):
    """Back matter stands last, so that no other number changes."""
    for name, metadata in env.metadata.items():
        if metadata.get("back_matter"):
            env.toc_secnumbers[name] = {}
            env.titles[name].attributes.pop("secnumber", None)
            for reference in env.tocs[name].findall(nodes.reference):
                reference["secnumber"] = None
    return []


def setup(app):
    app.add_directive("chapters", Chapters)
    app.connect("env-get-updated", unnumber, priority=900)  # after Sphinx has numbered
    return {"parallel_read_safe": True, "parallel_write_safe": True}
