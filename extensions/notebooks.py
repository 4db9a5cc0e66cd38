"""Notebooks as they were executed, from a cache that notices a change in lib/.

jupyter-cache looks at a notebook's cells alone. So the cache gets a folder for each state of
lib/ and of the pinned packages; myst-nb reads all pages anew when that path changes.
"""

import base64
import hashlib
import math
import re
import shutil
import time
from pathlib import Path
from queue import Empty

from jupyter_cache import get_cache
from jupyter_client.channels import AsyncZMQSocketChannel
from myst_nb.core.read import create_nb_reader

from lib.widget import exported
from lib.widget.palette import LIGHT

# A live widget is of no use in a notebook that is not running, nor is the page's explorer beside
# its picture; a viewer that prefers them would show nothing.
WIDGET, PAGE, PICTURE = "application/vnd.jupyter.widget-view+json", "text/html", "image/svg+xml"
SVG = re.compile(r"<svg\b.*?</svg>", re.S)
ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # of an object in memory: chance


def state_of_lib(root):
    """A short hash of the Python and the data of lib/ and of the pinned versions; no cell's output holds a script or a style sheet."""
    digest = hashlib.sha256()
    files = [path for path in sorted((root / "lib").rglob("*")) if path.suffix in (".py", ".json")]
    for path in [*files, root / "constraints.txt"]:
        if path.exists():
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def choose_cache(app, config):
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = caches / state_of_lib(Path(app.srcdir))
    for old in caches.glob("*"):
        if old.is_dir() and old != current:
            shutil.rmtree(old, ignore_errors=True)
    config.nb_execution_cache_path = str(current)


def listen_in_slices():
    """Ask for a kernel's answer once a second instead of waiting for it in one piece.

    On a busy machine zmq's wake-up is sometimes lost (some 1 of 15 runs of the RoPE chapter); the
    answer is there, but nbclient sees it only when the cell's whole timeout has passed.
    """
    whole = AsyncZMQSocketChannel.get_msg
    if getattr(whole, "in_slices", False):
        return

    async def get_msg(self, timeout=None):
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            try:
                return await whole(self, timeout=max(0.0, min(1.0, end - time.monotonic())))
            except Empty:
                if time.monotonic() >= end:
                    raise

    get_msg.in_slices = True
    AsyncZMQSocketChannel.get_msg = get_msg


def is_notebook(app, docname):
    """Whether a page can be run. The cover is no chapter: its one cell is there for its picture."""
    return "kernelspec" in app.env.metadata.get(docname, {}) and docname != app.config.root_doc


def executed(app, docname):
    """The notebook of a page with its outputs, the same whether they were computed now or cached."""
    path = app.env.doc2path(docname)
    text = Path(path).read_text("utf-8")
    notebook = create_nb_reader(path, app.env.myst_config, app.env.mystnb_config, text).read(text)
    try:
        _, notebook = get_cache(app.config.nb_execution_cache_path).merge_match_into_notebook(notebook)
    except KeyError:  # no code cell, or not executed
        pass
    return tidy(notebook)


def still(svg, page):
    """An SVG as an image, in the light colours that its page names: of a file that was just downloaded JupyterLab shows no other SVG."""
    light = dict(re.findall(r"(--[\w-]+):light-dark\((#\w+),", page))
    svg = re.sub(r"var\((--[\w-]+)\)", lambda name: light[name[1]], svg)
    svg = svg.replace(">", f'><rect width="100%" height="100%" fill="{LIGHT["ground"]}"/>', 1)
    if "xmlns=" not in svg:
        svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    words, style = re.search('aria-label="([^"]*)"', svg), re.match('<svg[^>]* style="([^"]*)"', svg)
    code = base64.b64encode(svg.encode()).decode()
    return f'<img alt="{words[1] if words else ""}" style="{style[1] if style else "width:100%"}" src="data:{PICTURE};base64,{code}">'


def tidy(notebook):
    """In place: only what a reader needs, nothing that changes from one run to the next."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {key: value for key, value in cell.metadata.items() if key in ("tags", "mystnb")}
        if cell.cell_type != "code":
            continue
        outputs = []
        for output in cell.outputs:
            last = outputs[-1] if outputs else {}
            if output.output_type == "stream" and last.get("name") == output.name:
                last.text += output.text  # where a stream breaks is chance
                continue
            data = output.get("data", {})
            if data.get(PAGE) == exported.OUTPUT:
                continue
            if PICTURE in data:
                data[PAGE] = SVG.search(data[PICTURE])[0]
            if PAGE in data:
                data[PAGE] = SVG.sub(lambda found: still(found[0], data[PAGE]), data[PAGE])
            if data.pop(WIDGET, None) and not data.keys() - {"text/plain"}:
                continue
            if "text/plain" in data:
                data["text/plain"] = ADDRESS.sub("", data["text/plain"])
            outputs.append(output)
        cell.outputs = outputs
    return notebook


def setup(app):
    listen_in_slices()
    app.connect("config-inited", choose_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
