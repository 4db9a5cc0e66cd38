"""The book's look, `paper`: a theme over Sphinx's bare one, and what holds for every built page.

jupyter-book's own theme weighs 300 KiB a page without its icons, and needs Bootstrap's script for
its menus. This one is a template, a stylesheet and fifty lines of script (under 10 KiB together).

Every picture must have an alt text: one without is a warning, and so fails `python book.py book`.
"""

import hashlib
import re
import shutil
from pathlib import Path

from docutils import nodes
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES
from rcssmin import cssmin
from rjsmin import jsmin
from sphinx.util import logging

logger = logging.getLogger(__name__)
HERE = Path(__file__).parent

# --- what a page gets --------------------------------------------------------------------------

# Assets that other extensions add and this theme replaces or does without.
DROPPED = re.compile(
    r"_static/(pygments|basic|book|exercise|proof|togglebutton|mystnb\.\w+)\.css"
    r"|_static/(documentation_options|doctools|sphinx_highlight)\.js"
)
# A formula in the text and the punctuation that touches it stay on one line; so does a name with a hyphen, in a table's cell.
TOUCHED = re.compile(r"([(\[“‘]+)?(<math>(?:(?!</math>).)*</math>)([.,;:!?)\]’”…]+)?", re.S)
HYPHENATED = re.compile(r"<td>(<p>[^<\s]{1,24}-[^<\s]{1,24}</p></td>)")
# Names, punctuation and spaces of code have the text's own colour: without their tags a chapter is 4 KiB lighter.
PLAIN_CODE = re.compile(r'<span class="(?:n|nn|p|w)">([^<]*)</span>')
IMAGE = re.compile(r"<img\b[^>]*>")


def keep(asset):
    """No widget manager, no saved widget state: the pages' explorers carry their own."""
    kind = getattr(asset, "attributes", {}).get("type") or ""
    return "jupyter.widget" not in kind and not DROPPED.match(str(getattr(asset, "filename", asset) or ""))


def describe(doctree):
    """The first paragraph, cut at a word: the description that search engines show."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + " …"
    return ""


def fill_page(app, pagename, templatename, context, doctree):
    for name in ("css_files", "script_files"):
        context[name] = [asset for asset in context[name] if keep(asset)]
    context["sections"] = context.get("display_toc") and pagename != app.config.root_doc
    context["root_title"] = app.env.titles[app.config.root_doc].astext()
    context["chapters"] = context["toctree"](collapse=False, includehidden=True, maxdepth=1, titles_only=True).replace(
        'class="current reference internal"', 'aria-current="page"'
    )
    context["metatags"] = re.sub(r'<meta name="viewport"[^>]*>\n?', "", context.get("metatags") or "")  # the template has it for all pages
    if doctree is not None and 'name="description"' not in (context.get("metatags") or ""):
        context["description"] = describe(doctree)
    body = context.get("body", "")
    for image in IMAGE.findall(body):
        if not re.search(r'\balt="[^"]*[^"\s][^"]*"', image):
            logger.warning("picture without alt text: %s", image[:200], location=pagename, type="alt")
    # A wide table scrolls in a box of its own.
    body = body.replace("<table", '<div class="scroll" data-what="Table"><table').replace("</table>", "</table></div>")
    # theme/notes.js shows the whole entry, and to all of a citation's keys.
    body = re.sub(r'(<a class="reference internal" href="#id\d+") title="[^"]*"', r"\1", body)
    body = PLAIN_CODE.sub(r"\1", body)
    body = TOUCHED.sub(lambda match: f'<span class="nb">{match[0]}</span>' if match[1] or match[3] else match[0], body)
    body = HYPHENATED.sub(r'<td class="nb">\1', body)
    # A third of the tab stops: the list of sections leads to the same places.
    body = body.replace('<a class="headerlink"', '<a tabindex="-1" class="headerlink"')
    # sphinx-exercise gives all of its boxes the same id.
    body = re.sub(r' id="(?:exercise|solution)-content"', "", body)
    # sphinxcontrib-bibtex marks its entries with roles that ARIA has withdrawn or forbids here.
    body = re.sub(r' role="(?:doc-biblioentry|doc-backlink|list)"', "", body)
    context["body"] = body


# --- after the build ---------------------------------------------------------------------------


def size_of(path):
    """Width and height in CSS pixels of a PNG or SVG file, or None."""
    if path.suffix == ".png" and path.exists():
        data = path.read_bytes()[16:24]
        return int.from_bytes(data[:4], "big"), int.from_bytes(data[4:], "big")
    if path.suffix == ".svg" and path.exists():
        box = re.search(r'<svg[^>]*\bviewBox="([^"]+)"', path.read_text("utf-8"))
        if box:
            _, _, width, height = map(float, box[1].replace(",", " ").split())
            return round(width * 4 / 3), round(height * 4 / 3)  # matplotlib writes points
    return None


def reserve_space(page):
    """Give every picture its size, so that nothing moves when it arrives."""
    text = page.read_text("utf-8")

    def sized(match):
        image = match[0]
        source = re.search(r'\bsrc="([^"?#:]+)"', image)
        size = source and " width=" not in image and "style=" not in image and size_of(page.parent / source[1])
        return image if not size else f'<img width="{size[0]}" height="{size[1]}" loading="lazy"' + image[4:]

    new = IMAGE.sub(sized, text)
    if new != text:
        page.write_text(new, "utf-8")


def code_colours():
    """Colours of code, light and dark in one rule."""
    light, dark = (get_style_by_name(name) for name in ("a11y-high-contrast-light", "a11y-high-contrast-dark"))
    rules = []
    for token, short in STANDARD_TYPES.items():
        day, night = light.style_for_token(token)["color"], dark.style_for_token(token)["color"]
        if short and day and night:
            rules.append(f".{short}{{color:light-dark(#{day},#{night})}}")
    return ".highlight{" + "".join(rules) + "}\n"


def finish(app, exception):
    if exception or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    static.joinpath("book.css").write_text(cssmin(HERE.joinpath("book.css").read_text("utf-8") + code_colours()), "utf-8")
    for name in ("book.js", "notes.js", "search.js"):
        static.joinpath(name).write_text(jsmin(HERE.joinpath(name).read_text("utf-8")), "utf-8")
    for page in Path(app.outdir).rglob("*.html"):
        reserve_space(page)
    # The folder's own address shows the cover; jupyter-book would write a redirect.
    if app.config.root_doc != "index":
        shutil.copyfile(Path(app.outdir, app.config.root_doc + ".html"), Path(app.outdir, "index.html"))


def note_own_state(app, config):
    """A change in extensions/ makes every page anew; Sphinx itself looks at templates only."""
    files = [path for path in sorted(HERE.parent.rglob("*")) if path.suffix in (".py", ".html", ".css", ".js")]
    config.state_of_extensions = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def setup(app):
    app.add_config_value("state_of_extensions", "", "env")
    app.connect("config-inited", note_own_state)
    app.add_config_value("comments_config", {}, "")  # jupyter-book sets it, for an extension left out
    app.add_html_theme("paper", HERE)
    app.connect("html-page-context", fill_page, priority=900)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
