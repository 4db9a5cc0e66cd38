"""The text face: Source Serif 4 beside STIX Two, cut to the characters that the built pages use.

It comes out of the installed `justmytype-western-core` package (SIL Open Font License; its copyright and licence
stay in the name table): regular, italic and semibold at the optical size of the text. `font-display: optional`
lets it come with the first page or not at all, so that no line moves; a page in a folder takes it at once.
"""

import hashlib
import re
from html import unescape
from pathlib import Path

from sphinx.util import logging

from .fonts import woff2

logger = logging.getLogger(__name__)

SIZE = 14  # points, of the text
PACKAGE, FEATURES = "justmytype_western_core", ["kern", "mark", "mkmk", "liga", "ccmp", "locl", "tnum", "lnum"]
FACES = {
    "regular": ("ofl/sourceserif4/SourceSerif4[opsz,wght].ttf", 400),
    "semibold": ("ofl/sourceserif4/SourceSerif4[opsz,wght].ttf", 600),
    "italic": ("ofl/sourceserif4/SourceSerif4-Italic[opsz,wght].ttf", 400),
}
# Formulas, code and explorers have letters of their own.
OTHERS = re.compile(r"<(math|pre|code|script|style|template|svg|head|nav|header)\b.*?</\1>", re.S)
PLAIN = {chr(code) for code in range(32, 127)} | set("’‘“”–—…·×−é")


def used_characters(pages):
    return PLAIN | {letter for page in pages for letter in unescape(re.sub(r"<[^>]*>", "", OTHERS.sub("", page))) if letter > " "}


def write_faces(app, exception):
    if exception or app.builder.name != "html":
        return
    characters = used_characters(path.read_text("utf-8") for path in sorted(Path(app.outdir).rglob("*.html")))
    folder = Path(app.outdir, "_static/type")
    state, mark = hashlib.sha256("".join(sorted(characters)).encode() + Path(__file__).read_bytes()).hexdigest(), folder / "state.txt"
    if mark.exists() and mark.read_text("utf-8") == state:
        return
    folder.mkdir(exist_ok=True)
    for face, (name, weight) in FACES.items():
        # What a rarer style lacks is shown in the next family of the style sheet.
        (folder / f"{face}.woff2").write_bytes(
            woff2(PACKAGE, name, characters if face == "regular" else characters & PLAIN, FEATURES, {"opsz": SIZE, "wght": weight})
        )
    mark.write_text(state, "utf-8")
    logger.info("text face: %d characters, %d kB", len(characters), sum(path.stat().st_size for path in folder.glob("*.woff2")) // 1000)


def setup(app):
    app.connect("build-finished", write_faces)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
