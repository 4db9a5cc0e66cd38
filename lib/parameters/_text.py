"""A text as people paste it, read as JSON where its meaning is sure; the browser's half is ``text.mjs``.

Read over, each with a remark: a byte-order mark, a Markdown fence, comments, a comma too many, the name that Python
prints before a config, single quotes, Python's words and tuples, numbers that JSON can't write. Nothing is evaluated.
"""

import math
import re

from .. import arguments
from ._checks import as_json

DEEPEST = 200  # brackets in brackets
_WORDS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_WORDS |= {"NaN": math.nan, "nan": math.nan, "Infinity": math.inf, "inf": math.inf, "-Infinity": -math.inf, "-inf": -math.inf}
_OF_JSON = ("true", "false", "null")
_OVER = {"a byte-order mark": r"\ufeff", "a fence": r"```[A-Za-z0-9]*", "comments": r"//[^\n]*|#[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/"}
_OVER = {what: re.compile(pattern) for what, pattern in _OVER.items()}
_SPACE, _NAME = re.compile(r"[ \t\r\n]+"), re.compile(r"[A-Za-z_]\w*\s*(?=\{)", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![A-Za-z0-9_.])")
_WORD = re.compile(r"-?[A-Za-z]+(?![A-Za-z0-9_.])")
_STRING = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_LINK, _MODEL = re.compile(r"\s*https?://\S+\s*"), re.compile(r"\s*[\w.-]+/[\w.-]+\s*", re.ASCII)
_PASTE = "the text of a config.json (nothing is fetched here: open the file, copy what it shows)"


def read(text):
    """The value that a text is, and what was read over on the way."""
    if _LINK.fullmatch(text):
        arguments.refuse("config_json", _PASTE, "a link")
    if _MODEL.fullmatch(text):
        arguments.refuse("config_json", _PASTE, "a model’s name")
    if not text.strip():
        arguments.refuse("config_json", _PASTE, "an empty text")
    reader = _Reader(text)
    return reader.whole(), reader.over


class _Reader:
    def __init__(self, text):
        self.text, self.at, self.over = text, 0, []

    def take(self, pattern, over=None):
        """What a pattern finds here, which is then behind; None if it finds nothing."""
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
            self.note(over)
        return found and found[0]

    def note(self, over):
        if over and over not in self.over:
            self.over.append(over)

    def between(self):
        """Over all that stands between values."""
        while self.take(_SPACE) or any(self.take(pattern, what) for what, pattern in _OVER.items()):
            pass

    def whole(self):
        self.between()
        self.take(_NAME, "a name before it")
        value = self.value(0)
        self.between()
        if self.at < len(self.text):
            self.refuse("the end of the text")
        return value

    def value(self, depth):
        self.between()
        start = self.text[self.at : self.at + 1]
        if start in ("{", "[", "("):
            if depth == DEEPEST:
                self.refuse(f"at most {DEEPEST} brackets in brackets")
            self.at += 1
            return self.entries(depth + 1) if start == "{" else self.items("]" if start == "[" else ")", depth + 1)
        if start in ("'", '"'):
            return self.string()
        number = self.take(_NUMBER)
        if number is not None:
            return float(number)
        before, word = self.at, self.take(_WORD)
        if word not in _WORDS:
            self.at = before
            self.refuse("a value")
        self.note(None if word in _OF_JSON else f"the word {word}")
        return _WORDS[word]

    def entries(self, depth):
        found = {}
        while not self.ends("}"):
            key = self.string()
            self.between()
            if self.text[self.at : self.at + 1] != ":":
                self.refuse("a colon")
            self.at += 1
            found[key] = self.value(depth)
            self.comma("}")
        return found

    def items(self, end, depth):
        found = []
        self.note("a tuple" if end == ")" else None)
        while not self.ends(end):
            found.append(self.value(depth))
            self.comma(end)
        return found

    def ends(self, end):
        """Whether the bracket is closed here, after what was read over."""
        self.between()
        if self.text[self.at : self.at + 1] == end:
            self.at += 1
            return True
        return False

    def comma(self, end):
        self.between()
        if self.text[self.at : self.at + 1] == ",":
            self.at += 1
            self.between()
            if self.text[self.at : self.at + 1] == end:
                self.note("a comma too many")
        elif self.text[self.at : self.at + 1] != end:
            self.refuse(f"a comma or {end}")

    def string(self):
        found = self.take(_STRING)
        if found is None:
            self.refuse("a text in quotes")
        self.note("single quotes" if found[0] == "'" else None)
        return _ESCAPE.sub(lambda e: chr(int(e[1], 16)) if e[1] else _ESCAPED.get(e[2], e[2]), found[1:-1])

    def refuse(self, expected):
        before, here = self.text[: self.at], self.text[self.at : self.at + 20].split("\n")[0].strip()
        line, column = before.count("\n") + 1, self.at - before.rfind("\n")
        came = as_json(here) if here else "the end of the text" if self.at >= len(self.text) else "the end of the line"
        arguments.refuse("config_json", f"{expected} in line {line}, column {column}", came)
