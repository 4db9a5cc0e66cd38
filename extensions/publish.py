"""What a published book has beside its pages: 404.html, card.png for links in messages, and, where `_config.yml` names its address (`html: baseurl`), sitemap.xml."""

from html import escape
from io import BytesIO
from pathlib import Path

from matplotlib import image
from matplotlib.figure import Figure

from lib.explorers.rope import RopeRotation
from lib.widget import figure, palette

CARD = (1200, 630)  # pixels, as links in messages show it


def sitemap(base, names):
    """The addresses of all pages, for search engines."""
    places = "".join(f"<url><loc>{escape(base.rstrip('/'))}/{name}.html</loc></url>" for name in names)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>\n'


def card(title, words):
    """The title beside what the first explorer draws, as PNG."""
    shown = RopeRotation()
    picture = BytesIO()
    small = figure.thumbnail(shown.view, shown.values(**shown.value))
    small.savefig(picture, dpi=200, format="png")
    fig = Figure(figsize=(CARD[0] / 100, CARD[1] / 100), facecolor=palette.LIGHT["ground"])
    fig.text(0.06, 0.84, title, fontsize=40, fontweight="bold", color=palette.LIGHT["ink"], family="serif")
    fig.text(0.06, 0.74, words, fontsize=19, color=palette.LIGHT["muted"], family="serif")
    axes = fig.add_axes((0.2, 0.04, 0.6, 0.64))
    axes.imshow(image.imread(BytesIO(picture.getvalue())))
    axes.axis("off")
    out = BytesIO()
    fig.savefig(out, dpi=100, format="png", metadata={"Software": None})
    return out.getvalue()


def not_found(app):
    """Shown at any address, it can't know how deep it stands: the book's address leads to its files, else the host's root."""
    body = (
        "<section><h1>There is no such page</h1>"
        f'<p>It may have been renamed. <a href="{app.config.root_doc}.html">The cover</a> lists the chapters, and <a href="search.html">the search</a> finds words, names and symbols.</p></section>'
    )
    yield "404", {"title": "There is no such page", "body": body, "base": app.config.html_baseurl or "/"}, "layout.html"


def tell_card(app, pagename, templatename, context, doctree):
    context["card"] = (
        app.config.html_baseurl.rstrip("/") + "/" if app.config.html_baseurl else context["content_root"]
    ) + "_static/card.png"


def write_files(app, exception):
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    if not (out / "_static/card.png").exists():
        (out / "_static/card.png").write_bytes(card(app.config.html_title, "An interactive book on the mathematics of sequence models"))
    if app.config.html_baseurl:
        (out / "sitemap.xml").write_text(sitemap(app.config.html_baseurl, sorted(app.env.found_docs)), "utf-8")


def setup(app):
    app.connect("html-collect-pages", not_found)
    app.connect("html-page-context", tell_card)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
