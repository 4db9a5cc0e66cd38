"""The browser's scripts, out of the modules in `browser/`, beside the marks and controls, and beside the explorers.

deno (its esbuild) joins and minifies them: one script for the machine, one for each twin. It is a tool for
building alone: the scripts are kept in `built/`, with a checksum of what they were made from, and an installed
package carries them. What can't be parsed, imported or found fails here, with file and line.
"""

import contextlib
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import palette

WIDGET = Path(__file__).parent
LIB = WIDGET.parent
BUILT = WIDGET / "built"
MACHINE = WIDGET / "browser" / "main.mjs"
# A twin's bundle has none of what the machine beside it has.
SHARED = ("--import-map", WIDGET / "browser" / "shared.json")
EXPORT = re.compile(r"export\s*\{\s*([\w$]+) as default\s*\};?\s*$")


class BundleError(RuntimeError):
    """The scripts can't be built; the message has the tool's own words, with file and line."""


def twins():
    """The file of every twin of the book, by its stem: a module beside a Python file of the same name."""
    return {path.stem: path for path in sorted(LIB.glob("explorers/*/*.mjs")) if path.with_suffix(".py").exists()}


def _sources():
    return [path for path in sorted([*LIB.rglob("*.mjs"), SHARED[1]]) if BUILT not in path.parents]


def _state(paths):
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def deno():
    """The path of deno."""
    beside = [Path(sys.executable).parent / name for name in ("deno", "deno.exe")]
    found = next((str(path) for path in beside if path.exists()), None) or shutil.which("deno")
    if not found:
        raise BundleError(
            "The browser's scripts are not built, and deno, which builds them, is not installed: run make env (or python book.py env), or pip install deno."
        )
    return found


def environment():
    """Its settings: what it fetches (esbuild, once) stays with the Python environment."""
    return os.environ | {"DENO_DIR": str(Path(sys.prefix) / "deno"), "NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1"}


def _deno(root, *arguments):
    """Runs deno in a folder; a `BundleError` with its own words where it fails."""
    done = subprocess.run([deno(), *map(str, arguments)], cwd=root, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise BundleError(re.sub(r"\n+Stack backtrace:.*", "", done.stderr, flags=re.S).replace(f"file://{root}/", "").strip())


def bundled(paths, root, *options):
    """The scripts of modules with a default export, by stem: each an expression that is that export; with deno's own options."""
    _deno(root, "check", "--quiet", *paths)
    with tempfile.TemporaryDirectory() as out:
        _deno(root, "bundle", "--quiet", "--minify", "--platform", "browser", *options, "--outdir", out, *paths)
        made = {path.stem: path.read_text(encoding="utf-8") for path in Path(out).rglob("*.js")}
    return {path.stem: "(()=>{" + EXPORT.sub(r"return \1", made[path.stem]) + "})()" for path in paths}


@functools.cache
def scripts():
    """All scripts by stem; built anew if a module has changed since."""
    stamp, state = BUILT / "state", _state(_sources())
    if stamp.exists() and stamp.read_text() == state:
        return {path.stem: path.read_text(encoding="utf-8") for path in BUILT.glob("*.js")}
    made = bundled([MACHINE], LIB.parent) | bundled([*twins().values()], LIB.parent, *SHARED)
    with contextlib.suppress(OSError):  # a folder that may not be written to: every process builds its own
        BUILT.mkdir(exist_ok=True)
        for old in set(BUILT.glob("*.js")) - {BUILT / f"{stem}.js" for stem in made}:
            old.unlink(missing_ok=True)
        for stem, text in made.items():
            _replace(BUILT / f"{stem}.js", text)
        _replace(stamp, state)
    return made


def _replace(path, text):
    """Writes a file at once: another process may be about the same."""
    own = path.with_name(f"{path.name}.{os.getpid()}")
    own.write_text(text, encoding="utf-8")
    os.replace(own, path)


@functools.cache
def _twin(path):
    """A twin's script: the book's own, or, for an explorer from elsewhere, built now."""
    return scripts()[path.stem] if LIB in path.parents else bundled([path], LIB.parent, *SHARED)[path.stem]


def widget_module(explorer):
    """The ES module that an anywidget loads: the machine, this explorer's description and its twin alone."""
    render = f"(given)=>explorers.render(given,{json.dumps(explorer.describe(), ensure_ascii=False)})"
    return f"const explorers={scripts()['main']};\nexplorers.twins[{explorer.name!r}]={_twin(explorer.twin())};\nexport default {{render:{render}}};\n"


def page_script():
    """The classic script that a page loads: it defines `explorers.mount(figure)`."""
    return f"window.explorers={scripts()['main']};\n"


def twin_script(explorer):
    """The classic script that a page with this explorer loads as well."""
    return f"explorers.twins[{explorer.name!r}]={_twin(explorer.twin())};\n"


def scripts_on_demand(explorer):
    """The classic scripts of the data that come on demand, by the data's name: each a file's name, with a checksum, and its text."""
    written = {name: json.dumps(data, ensure_ascii=False, separators=(",", ":")) for name, data in explorer.on_demand().items()}
    files = {name: f"{explorer.name}.{name}.{hashlib.sha256(text.encode()).hexdigest()[:8]}.js" for name, text in written.items()}
    return {name: (file, f"explorers.arrived[{file!r}]={written[name]};\n") for name, file in files.items()}


@functools.cache
def stylesheet():
    """The style sheet, with both palettes as variables."""
    light, dark = palette.style_variables(palette.LIGHT), palette.style_variables(palette.DARK)
    card = ".explorer:not(.x-paper)"  # a picture that is being saved is light
    themes = (
        f".explorer{{{light}}}\n"
        f'html[data-theme="dark"] {card}, body[data-jp-theme-light="false"] {card}{{{dark}}}\n'
        "@media (prefers-color-scheme: dark){"
        f"html:not([data-theme]) body:not([data-jp-theme-light]) {card}{{{dark}}}}}\n"
    )
    return themes + (WIDGET / "browser" / "explorer.css").read_text(encoding="utf-8")


def embed_stylesheet():
    """The style sheet of a page that has nothing but an explorer, whose ground goes on under it."""
    ground, muted = (f"light-dark({palette.LIGHT[name]},{palette.DARK[name]})" for name in ("ground", "muted"))
    rest = (WIDGET / "browser" / "embed.css").read_text(encoding="utf-8")
    return f"{stylesheet()}:root{{--ground:{ground};--muted:{muted}}}\n{rest}"
