"""The search's index, by Pagefind out of its package, from the pages as they were built.

A section is found by the id of its heading, which Sphinx gives to the section; of a formula, its letters are
indexed as they are typed. `theme/search.js` asks; over file://, where the index can't be fetched, Sphinx's own does.
"""

import asyncio
import json
import re
import shutil
import unicodedata
from collections import Counter
from pathlib import Path

from pagefind.index import IndexConfig, PagefindIndex

SECTION = re.compile(r'<section id="([^"]+)"[^>]*>\s*((?:<span id="[^"]*"></span>\s*)*)<(h\d)>')
FORMULA = re.compile(r"<math\b.*?</math>", re.S)
ANNOTATION = re.compile(r"<annotation.*?</annotation>", re.S)
SKIPPED = ["script", ".headerlink", ".cell_input", "figure.explorer svg", ".x-bar", ".copy", ".pace"]
UNLISTED = ("index.html", "search.html", "404.html")  # the cover is intro.html


def letters(formula):
    """A formula as it is typed: bold and italic letters are plain ones, and a number has its comma."""
    text = unicodedata.normalize("NFKC", re.sub(r"<[^>]*>", "", ANNOTATION.sub("", formula[0])))
    return re.sub(r"(?<=\d)\s(?=\d{3})", ",", text)


def indexed(page):
    """A built page as Pagefind shall read it."""
    title = re.search(r"<title>(.*?)(?: · .*)?</title>", page, re.S)[1]
    article = re.search(r"<article>(.*)</article>", page, re.S)[1]
    article = FORMULA.sub(letters, SECTION.sub(r'<section>\2<\3 id="\1">', article))
    return f'<html lang="en"><head><title>{title}</title></head><body>{article}</body></html>'


def words_of(pages):
    """The words that a misspelt one may have meant: of four letters or more, three times in the book or oftener."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", " ".join(pages), flags=re.S)
    counts = Counter(word.lower() for word in re.findall(r"[A-Za-z]{4,}", text))
    return sorted(word for word, count in counts.items() if count >= 3)


async def write(folder):
    out = folder / "_static/pagefind"
    shutil.rmtree(out, ignore_errors=True)
    pages = []
    async with PagefindIndex(config=IndexConfig(output_path=str(out), exclude_selectors=SKIPPED)) as index:
        for path in sorted(folder.rglob("*.html")):
            name = path.relative_to(folder).as_posix()
            if name not in UNLISTED and not name.startswith("embed/"):
                pages.append(indexed(path.read_text("utf-8")))
                await index.add_html_file(content=pages[-1], url=name)
        await index.write_files()
    for extra in {*out.glob("*ui*"), *out.glob("*highlight*")}:
        extra.unlink()
    (out / "words.json").write_text(json.dumps(words_of(pages)), "utf-8")


def write_index(app, exception):
    if not exception and app.builder.name == "html":
        asyncio.run(write(Path(app.outdir)))


def setup(app):
    app.connect("build-finished", write_index, priority=900)  # after the last change of a page
    return {"parallel_read_safe": True, "parallel_write_safe": True}
