"""What a page gets of an explorer: the figure that its script brings to life, and the picture without a script."""

import html
import json

from . import bundle, figure

# Where the script didn't arrive, the picture that stands for it does: in <noscript> it is text.
MOUNT = (
    "(f=>{if(window.explorers)explorers.mount(f);"
    "else f.dataset.still='',f.firstChild.outerHTML='<div>'+f.firstChild.textContent+'</div>'})(document.currentScript.previousElementSibling)"
)


def page_of(explorer, svg):
    """The HTML of an explorer in its present state."""
    # "</script" would end the script element and "<!--" keep it open; JSON may write "<" as \u003c.
    state = json.dumps({"spec": explorer.spec, "value": explorer.value}, ensure_ascii=False).replace("<", "\\u003c")
    tries, sees = html.escape(explorer.tries), html.escape(explorer.sees)
    return (
        f'<figure class="explorer" data-explorer="{explorer.name}">'
        f"<noscript>{svg}</noscript><figcaption><b>Try</b> {tries}"
        f' <details class="x-see" open><summary>See</summary> {sees}</details></figcaption>'
        f'<script type="application/json">{state}</script></figure>'
        f"<script>{MOUNT}</script>"
    )


# Before the first paint: what the address says of the theme, if it says one that there is. Else the system's holds.
THEME = "(t=>{if(t==='dark'||t==='light')document.documentElement.dataset.theme=t})(new URLSearchParams(location.search).get('theme'))"


def _document(explorer, attributes, head, style, body, on_demand=""):
    """A page with this explorer's scripts and none of its surroundings."""
    scripts = bundle.page_script() + bundle.twin_script(type(explorer)) + on_demand
    return (
        f'<!doctype html><html lang="en"{attributes}><head><meta charset="utf-8"><title>{html.escape(explorer.title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}<style>{style}</style>'
        f"<script>{scripts}</script></head><body>{body}</body></html>"
    )


def document_of(explorer):
    """A page that has nothing but this explorer: what `python book.py look` and the tests of the picture open."""
    on_demand = "".join(text for _, text in bundle.scripts_on_demand(type(explorer)).values())
    return _document(explorer, ' data-theme="light"', "", bundle.stylesheet(), page_of(explorer, ""), on_demand)


def embed_of(explorer, svg, *, home, scripts, words, minify):
    """A page for frames in other pages, all in one file: this explorer, its picture without a script, a link to its home.

    `scripts` is the folder of data that come on demand; `minify` makes a style sheet smaller."""
    head = f'<meta name="robots" content="noindex"><link rel="icon" href="data:,"><script>{THEME}</script>'
    link = f'<a class="home" href="{html.escape(home)}" target="_blank" rel="noopener">{html.escape(words)}</a>'
    return _document(
        explorer,
        f' data-embeds="" data-scripts="{scripts}"',
        head,
        minify(bundle.embed_stylesheet()),
        f"<main>{page_of(explorer, svg)}{link}</main>",
    )


def picture_of(explorer):
    """The picture without a script, in the explorer's present state."""
    return figure.svg(explorer.figure(), name=explorer.name, alt=explorer.alt())


def thumbnail_of(explorer):
    """The picture without a word, for a list of explorers; whoever shows it says what it leads to."""
    svg = figure.svg(figure.thumbnail(explorer.view, explorer.values(**explorer.value)), name=f"{explorer.name}, small", alt="")
    return svg.replace('role="img" aria-label=""', 'aria-hidden="true"')


def outputs_of(explorer):
    """The page's HTML and the picture alone, by MIME type."""
    svg = picture_of(explorer)
    return {"text/html": page_of(explorer, svg), "image/svg+xml": svg}
