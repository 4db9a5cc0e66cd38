"""The directive `{chapters}`: the list of chapters with what each is about, from the table of contents and their own front matter.

A new chapter stands in the list as soon as `_toc.yml` names it. A page with `back_matter: true` in its head is none, and has no number.
"""

from pathlib import Path

import yaml
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList


def chapters_of(root):
    """(document's name, title, what it is about) of every chapter; the latter is its description after the colon."""
    for chapter in yaml.safe_load((root / "_toc.yml").read_text("utf-8"))["chapters"]:
        _, head, text = (root / f"{chapter['file']}.md").read_text("utf-8").split("---\n", 2)
        head = yaml.safe_load(head)
        if head.get("back_matter"):
            continue
        title = next(line for line in text.splitlines() if line.startswith("# "))[2:]
        description = head["myst"]["html_meta"]["description"]
        yield chapter["file"], title, description.partition(": ")[2] or description


class Chapters(Directive):
    def run(self):
        environment = self.state.document.settings.env
        environment.note_dependency("_toc.yml")
        items, holder = [], nodes.Element()
        for name, title, about in chapters_of(Path(environment.srcdir)):
            environment.note_dependency(f"{name}.md")
            items.append(f"- [{title}]({name}): {about}")
        self.state.nested_parse(StringList(items, source="chapters"), self.content_offset, holder)
        return holder.children


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
    app.connect("env-get-updated", unnumber, priority=900)  # after Sphinx has numbered
    app.add_directive("chapters", Chapters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
