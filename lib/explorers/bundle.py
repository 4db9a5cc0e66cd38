"""Puts the browser half together: one script without imports, from the files in `browser/`.

A page opened from a folder can't import a module's files, so the modules are joined: their `import`
lines go, their `export` words go, and all of them share one scope. The same text is the anywidget's
module and, in an envelope, the page's script.
"""

import functools
import re
from pathlib import Path

from . import palette

FOLDER = Path(__file__).parent / "browser"
# In the order in which they need each other.
FILES = ("numbers", "text", "parameters", "marks", "controls", "kernel", "explorer")


@functools.cache
def _joined():
    twins = sorted((FOLDER / "twins").glob("*.mjs"))
    paths = [*(FOLDER / f"{name}.mjs" for name in FILES), *twins]
    parts, owners = [], {}
    for path in paths:
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^import [^;]*;\n", "", text, flags=re.M)
        for name in re.findall(r"^(?:export )?(?:const|let|class|function) (\w+)", text, flags=re.M):
            if name in owners:
                raise ValueError(f"{path.name}: expected a name of its own, got {name}, which {owners[name]} has")
            owners[name] = path.name
        parts.append(re.sub(r"^export (?=const|let|class|function)", "", text, flags=re.M))
    registry = ", ".join(f"...{path.stem}Twins" for path in twins)
    return "".join(parts) + f"Object.assign(twins, {{{registry}}});\n"


def widget_module():
    """The ES module that an anywidget loads."""
    return _joined() + "export default { render };\n"


def page_script():
    """The classic script that a page loads: it defines `explorers.mount(figure)`."""
    return f"(() => {{\n{_joined()}window.explorers = {{ mount, twins, format, fill }};\n}})();\n"


@functools.cache
def stylesheet():
    """The style sheet, with both palettes as variables."""
    light, dark = palette.style_variables(palette.LIGHT), palette.style_variables(palette.DARK)
    themes = (
        f".explorer{{{light}}}\n"
        f'html[data-theme="dark"] .explorer, body[data-jp-theme-light="false"] .explorer{{{dark}}}\n'
        "@media (prefers-color-scheme: dark){"
        f"html:not([data-theme]) body:not([data-jp-theme-light]) .explorer{{{dark}}}}}\n"
    )
    return themes + (FOLDER / "explorer.css").read_text(encoding="utf-8")
