r"""Formulas at build time: TeX to MathML (math-core), set in a subset of STIX Two Math.

No script runs in the reader's browser and nothing is fetched. `math_core` refuses TeX it does
not know; such a formula is reported with file and line, and `python book.py book` fails on every report.
The font comes out of the installed `ziamath` package (SIL Open Font License; its copyright and
licence stay in the name table), cut to the characters that the built pages use, and travels as
a data: URI in `_static/math.css`: a font *file* may not be preloaded over file://, and a late
font would shift the lines.
"""

import base64
import hashlib
import html
import re
from pathlib import Path
from xml.etree import ElementTree

import math_core
from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from .fonts import woff2

logger = logging.getLogger(__name__)

# Environments that number their own lines. Sphinx numbers the whole block, once.
INNER = {
    "align": "aligned",
    "alignat": "aligned",
    "flalign": "aligned",
    "eqnarray": "aligned",
    "split": "aligned",
    "gather": "gathered",
    "multline": "gathered",
    "equation": None,
    "math": None,
}
ENVIRONMENT = re.compile(r"\\(begin|end)\{(" + "|".join(INNER) + r")\*?\}")


def plain_environments(tex):
    r"""The same formula without self-numbering environments: align becomes aligned."""

    def swap(match):
        inner = INNER[match[2]]
        return f"\\{match[1]}{{{inner}}}" if inner else ""

    return ENVIRONMENT.sub(swap, tex).strip()


def displayed(tex):
    """The TeX of a displayed formula, as one formula without empty lines."""
    tex = plain_environments(tex)
    # An empty line parts two formulas of one directive.
    parts = [part.strip() for part in re.split(r"\n\s*\n", tex) if part.strip()]
    if len(parts) > 1:
        return r"\begin{gathered}" + r"\\".join(parts) + r"\end{gathered}"
    return r"\begin{aligned}" + tex + r"\end{aligned}" if r"\\" in tex and r"\begin" not in tex else tex


def to_mathml(config, tex, node, *, display):
    """MathML of `tex`; a formula that math_core refuses becomes a warning at the node's place."""
    converter = math_core.LatexToMathML(annotation=True, fancy_error=False, macros=dict(config.math_macros))
    try:
        mathml = converter.convert_with_local_state(tex, displaystyle=display)
    except math_core.LatexError as error:
        logger.warning("bad TeX: %s In: %s", error, tex, location=place(node), type="math")
        return f"<code>{html.escape(tex)}</code>"
    return mend(mathml)


def mend(mathml):
    r"""The same MathML where browsers misplace what math_core chose (seen in Chromium).

    \bar and \overline touch the letter: the bar is drawn as a border, and the accent stays for
    screen readers. \vec's combining arrow hangs to the left: a small ordinary arrow. A \big
    delimiter with a script isn't stretched unless a row holds it.
    """
    if not BAD.search(mathml):
        return mathml
    tree = ElementTree.fromstring(mathml.replace("&ApplyFunction;", "\u2061"))  # the one entity XML lacks
    for node in tree.iter():
        first, last = (node[0], node[-1]) if len(node) else (None, None)
        if node.tag == "mover" and last.text in ("\u00af", "\u0332"):
            row = ElementTree.Element("mrow", style="border-top:.06em solid;padding-top:.1em")
            row.append(first)
            node[0] = row
            last.attrib.update(stretchy="false", style="opacity:0")
            last.text = "\u00af"
        elif node.tag == "mover" and last.text == "\u20d7":
            last.text, last.attrib["style"] = "→", "font-size:60%"
        elif node.tag in ("msub", "msup", "msubsup") and "minsize" in first.attrib:
            row = ElementTree.Element("mrow")
            row.append(first)
            node[0] = row
    return ElementTree.tostring(tree, encoding="unicode")


BAD = re.compile("\u00af|\u0332|\u20d7|<m(?:sub|sup|subsup)><mo minsize")


def place(node):
    """File and line of a node, or of the nearest node around it that knows them."""
    while node is not None and not (node.source and node.line):
        node = node.parent
    return node and f"{node.source}:{node.line}"


def visit_inline(self, node):
    self.body.append(to_mathml(self.builder.config, node.astext().strip(), node, display=False))
    raise nodes.SkipNode


def visit_block(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math-block"))
    # The formula scrolls in a box of its own; book.js makes it focusable where it overflows.
    self.body.append(
        f'<div class="scroll" data-what="Equation">{to_mathml(self.builder.config, displayed(node.astext()), node, display=True)}</div>'
    )
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


# --- the font ---------------------------------------------------------------------------------

MATH = re.compile(r"<math\b.*?</math>", re.S)
ANNOTATION = re.compile(r"<annotation.*?</annotation>", re.S)
SINGLE = re.compile(r"<mi(?: [^>]*)?>(.)</mi>")
# Always there: what the browser draws without it standing in the text, and what explorers may write.
ALWAYS = "√ℎ()[]{}|‖⟨⟩⌊⌋⌈⌉←→↔⇒⇔−+×·=≠≈≤≥∞∑∏∫∂′…0123456789"


def italic(letter):
    """The math italic that a browser shows for a one-letter <mi>."""
    if letter == "h":
        return "ℎ"
    for first, last, base in (("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("Α", "Ω", 0x1D6E2), ("α", "ω", 0x1D6FC)):
        if first <= letter <= last:
            return chr(base + ord(letter) - ord(first))
    special = dict(zip("∂ϵϑϰϕϱϖ∇ı", "𝜕𝜖𝜗𝜘𝜙𝜚𝜛𝛁𝚤"))
    return special.get(letter, letter)


def used_characters(pages):
    """Every character that the formulas of these HTML texts show."""
    used = set(ALWAYS)
    for page in pages:
        for formula in MATH.findall(page):
            formula = html.unescape(ANNOTATION.sub("", formula))
            used.update(re.sub(r"<[^>]*>", "", formula))
            used.update(italic(letter) for letter in SINGLE.findall(formula))
    return "".join(sorted(used - {"\n"}))


def write_font(app, exception):
    if exception or app.builder.name != "html":
        return
    pages = (path.read_text("utf-8") for path in sorted(Path(app.outdir).rglob("*.html")))
    characters = used_characters(pages)
    mark = "/* " + hashlib.sha256(characters.encode()).hexdigest()[:16] + " */"
    out = Path(app.outdir, "_static", "math.css")
    if out.exists() and out.read_text("utf-8").startswith(mark):
        return
    # Its letters cut anew for small sizes are left out: Chromium doesn’t ask for them, and they are more than half of the file.
    font = base64.b64encode(woff2("ziamath", "STIXTwoMath-Regular.ttf", characters, ["dtls"])).decode()
    out.write_text(f'{mark}@font-face{{font-family:"STIX Two Math";src:url(data:font/woff2;base64,{font}) format("woff2")}}\n', "utf-8")
    logger.info("math font: %d characters, %d kB", len(characters), len(font) * 3 // 4 // 1000)


def note_math(app, pagename, templatename, context, doctree):
    context["has_math"] = "<math" in context.get("body", "")  # read by theme/layout.html


def setup(app):
    app.add_config_value("math_macros", {}, "env")  # \name: TeX, e.g. {R: '\mathbb{R}'}
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("html-page-context", note_math)
    app.connect("build-finished", write_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
