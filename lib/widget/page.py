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


def document_of(explorer):
    """A page that has nothing but this explorer: what `make look` and the tests of the picture open."""
    scripts = bundle.page_script() + bundle.twin_script(type(explorer))
    return (
        f'<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{html.escape(explorer.title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{bundle.stylesheet()}</style>'
        f"<script>{scripts}</script></head><body>{page_of(explorer, '')}</body></html>"
    )


def outputs_of(explorer):
    """The page's HTML and the picture alone, by MIME type."""
    svg = figure.svg(explorer.figure(), name=explorer.name, alt=explorer.alt())
    return {"text/html": page_of(explorer, svg), "image/svg+xml": svg}
