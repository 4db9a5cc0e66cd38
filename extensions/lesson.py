"""What makes a page a lesson and not a listing: folds for code that isn't the idea, one box for an exercise with its hints and its solution.

A cell of the tag `hide-input` begins with a comment that says what it does: the fold's words. In a notebook it is
an ordinary cell. A solution, `{solution-start}` with class `dropdown`, goes into the box of its exercise; a hint is
an `{admonition}` of class `dropdown` between the two. An exercise's title ends with its grade: (assignment), (easy), (medium) or (hard).
"""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx_exercise.nodes import is_exercise_node

logger = logging.getLogger(__name__)
WORDS = 180  # a minute, of a text with formulas
GRADE = re.compile(r"(.*) \((assignment|easy|medium|hard)\)")


class details(nodes.General, nodes.Element):
    """A native box that folds, alive without a script."""


class summary(nodes.General, nodes.TextElement):
    """Its first line, always seen."""


def visit_details(self, node):
    self.body.append(self.starttag(node, "details"))


def depart_details(self, node):
    self.body.append("</details>\n")


def visit_summary(self, node):
    self.body.append("<summary>")


def depart_summary(self, node):
    self.body.append("</summary>\n")


class FoldCode(SphinxPostTransform):
    """Before myst-nb's own fold, which knows one summary for all."""

    default_priority = 198
    formats = ("html",)

    def run(self, **kwargs):
        for cell in self.document.findall(nodes.container):
            if cell.get("hide_mode") != "input":
                continue
            del cell["hide_mode"]
            source = cell[0]
            block = source.next_node(nodes.literal_block)
            first, _, code = block.astext().partition("\n")
            if not first.startswith("# "):
                logger.warning(
                    "a folded cell begins with a comment that says what it does, not with: %s", first, location=cell, type="fold"
                )
            block.rawsource, block[:] = code.lstrip("\n"), [nodes.Text(code.lstrip("\n"))]
            cell[0] = details("", summary("", "", nodes.Text(first.lstrip("# ").replace("'", "’"))), source, classes=["code"])


class FoldDropdowns(SphinxPostTransform):
    """After the titles are final (sphinx-exercise resolves them at 20 and 21)."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs):
        for node in list(self.document.findall(lambda n: "dropdown" in getattr(n, "attributes", {}).get("classes", ()))):
            titled = bool(node.children) and isinstance(node[0], nodes.title)
            if not titled and "proof" not in node["classes"]:
                continue
            head = summary("", "", *(node[0].children if titled else [nodes.Text("Proof")]))
            box = details("", head, *node.children[titled:], ids=node["ids"], classes=["admonition", *node["classes"]])
            box.source, box.line = node.source, node.line
            node.replace_self(box)


class BoxExercises(SphinxPostTransform):
    """An exercise's folds go into its box, and its grade becomes a tag."""

    default_priority = 901
    formats = ("html",)

    def run(self, **kwargs):
        for exercise in list(self.document.findall(is_exercise_node)):
            place = exercise.parent.index(exercise) + 1
            while place < len(exercise.parent) and isinstance(exercise.parent[place], details):
                exercise += exercise.parent.pop(place)
            title = exercise[0]
            # sphinx-exercise sets a title of its own in brackets, and then its grade is the last word before the last.
            words = title.children[1:-1]
            found = words and GRADE.fullmatch(words[-1].astext())
            if not found:
                logger.warning("an exercise's title ends with its grade, not as: %s", title.astext(), location=exercise, type="exercise")
                continue
            before, grade = found.groups()
            title[:] = [*words[:-1], nodes.Text(before), nodes.inline("", grade, classes=["grade", grade])]


class TellTime(SphinxPostTransform):
    """Under a chapter's title: how long it takes, and what there is to turn and to solve. Counted without solutions and folded code."""

    default_priority = 902  # the outputs are chosen by then
    formats = ("html",)

    def run(self, **kwargs):
        exercises = sum(1 for _ in self.document.findall(is_exercise_node))
        title = next(iter(self.document.findall(nodes.title)), None)
        if not exercises:
            return
        open_text = [node for node in self.document.findall(nodes.paragraph) if not folded(node)]
        formulas = [node for node in self.document.findall(nodes.math_block) if not folded(node)]
        explorers = sum(node.astext().count('<figure class="explorer"') for node in self.document.findall(nodes.raw))
        minutes = sum(len(node.astext().split()) for node in open_text) / WORDS + 0.5 * len(formulas) + 2 * explorers
        words = f"About {5 * round(minutes / 5)} minutes to read and turn · {explorers} explorers · {exercises} exercises"
        title.parent.insert(1, nodes.paragraph("", words, classes=["pace"]))


def folded(node):
    """Whether a fold stands around it."""
    while node := node.parent:
        if isinstance(node, details):
            return True
    return False


def setup(app):
    app.add_node(details, html=(visit_details, depart_details))
    app.add_node(summary, html=(visit_summary, depart_summary))
    for transform in (FoldCode, FoldDropdowns, BoxExercises, TellTime):
        app.add_post_transform(transform)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
