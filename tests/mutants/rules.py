"""The rules by which mutants are drawn: each changes one idea in one place of a file, or alike in a frame and its twin."""

import ast
import importlib
import re
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import get_args

import numpy as np

OTHER = {"sin": "cos", "min": "max", "nanmin": "nanmax", "minimum": "maximum", "argmin": "argmax", "floor": "ceil", "any": "all"}
OTHER |= {"<": "<=", ">": ">=", "==": "!=", "===": "!==", "is": "is not", "in": "not in", "+": "-", "+=": "-=", "*": "/", "*=": "/="}
OTHER |= {"some": "every", "and": "or", "&&": "||", "True": "False", "true": "false", "x": "y"}
OTHER |= {new: old for old, new in OTHER.items()}
FUNCTIONS = {name for name in OTHER if name.isalpha()} - {"is", "in", "and", "or", "True", "False", "true", "false", "x", "y"}
COMMUTE = {"min", "max", "minimum", "maximum", "hypot", "isclose", "allclose", "array_equal", "gcd"}


@dataclass(frozen=True)
class Edit:
    """text[start:end] becomes `new`. `part` says where in an explorer's file: view, frame (all functions and constants), class."""

    path: str
    start: int
    end: int
    old: str
    new: str
    rule: str
    part: str = ""

    def apply(self, text):
        return text[: self.start] + self.new + text[self.end :]

    def __str__(self):
        old, new = (" ".join(side.split()) for side in (self.old, self.new))
        return f"{self.rule}: {old} → {new}"


def _number(old):
    """n + 1; 1 for what isn't whole, and 2 for 1.0."""
    value = ast.literal_eval(old)
    return str(value + 1) if isinstance(value, int) else "2.0" if value == 1 else "1.0"


class _Edits:
    """What is found in one text."""

    def __init__(self, path, text):
        self.path, self.text, self.found = path, text, {}

    def add(self, rule, start, end, new, part=""):
        old = self.text[start:end]
        if "".join(old.split()) != "".join(new.split()):
            self.found.setdefault((start, end, new), Edit(self.path, start, end, old, new, rule, part))

    def swap(self, rule, first, second, part=""):
        (a, b), (c, d) = sorted((first, second))
        if self.text[a:b] != self.text[c:d]:
            self.add(rule, a, d, self.text[c:d] + self.text[b:c] + self.text[a:b], part)

    def all(self):
        return sorted(self.found.values(), key=lambda edit: (edit.start, edit.end, edit.new))


# --- Python -----------------------------------------------------------------------------


def shapes_of(module):
    """Shape, and whether it is of texts, of each array and number that an explorer's module computes at its defaults."""
    found = {}
    for explorer in vars(importlib.import_module(module)).values():
        if isinstance(explorer, type) and explorer.__module__ == module and getattr(explorer, "view", None):
            default = {name: control.default_value for name, control in explorer.controls.items()}
            made = explorer.frame(**default)
            if "compute" in vars(explorer):
                made = explorer.compute(**default) | made
            arrays = {name: np.asarray(value) for name, value in made.items() if isinstance(value, (np.ndarray, np.generic, int, float))}
            found |= {name: (array.shape, array.dtype.kind == "U") for name, array in arrays.items()}
    return found


def _walk(node, part):
    """Nodes with the part they are in; without messages, annotations, decorators and random seeds, any of which will do."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, (ast.JoinedStr, ast.Raise)):
                continue
            if isinstance(child, ast.keyword) and child.arg == "seed" or isinstance(child, ast.Call) and _name(child) == "default_rng":
                continue
            inner = part
            if isinstance(node, ast.ClassDef) and name == "body":
                inner = "frame" if isinstance(child, ast.FunctionDef) else "class"
                if isinstance(child, ast.Assign) and ast.unparse(child.targets[0]) == "view":
                    inner = "view"
            yield child, inner
            yield from _walk(child, inner)


def _name(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def python(path, text, shapes=None):
    """All changes of a Python file. With `shapes`, also entries of a frame of one shape swapped."""
    edits, shapes = _Edits(path, text), shapes or {}
    lines = text.splitlines(keepends=True)
    starts = [0, *np.cumsum([len(line) for line in lines]).tolist()]

    def span(node):
        """In characters; ast counts bytes."""
        places = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
        return tuple(starts[row - 1] + len(lines[row - 1].encode()[:column].decode()) for row, column in places)

    def source(node):
        return text[slice(*span(node))]

    def between(rule, left, right, symbol, part):
        """The operator between two nodes."""
        start, end = span(left)[1], span(right)[0]
        gap = re.fullmatch(rf"([\s)\\]*)({re.escape(symbol)})[\s(\\]*", text[start:end])
        if gap and symbol in OTHER:
            edits.add(rule, start + gap.start(2), start + gap.end(2), OTHER[symbol], part)

    def entries(pairs, part):
        """Values of one shape swapped, each with the next such one."""
        pairs = [(key, value) for key, value in pairs if key in shapes]
        for i, (key, value) in enumerate(pairs):
            other = next((v for k, v in pairs[i + 1 :] if shapes[k] == shapes[key]), None)
            if other is not None:
                edits.swap("entries swapped", span(value), span(other), part)

    symbols = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
    symbols |= {ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}
    symbols |= {ast.And: "and", ast.Or: "or"}
    arithmetic = {"+": "plus and minus", "-": "plus and minus", "*": "times and over", "/": "times and over"}
    done = set()  # nodes that another rule has changed
    for node, part in _walk(ast.parse(text), "frame"):
        if isinstance(node, ast.keyword) and node.arg == "axis" and re.fullmatch(r"-?\d", source(node.value)):
            new = {"0": "1", "1": "0", "-1": "-2", "-2": "-1"}.get(source(node.value), "0")
            edits.add("axis", *span(node.value), new, part)
            done |= set(ast.walk(node.value))
        elif node in done:
            continue
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            edits.add("flag", *span(node), str(not node.value), part)
        elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            edits.add("number", *span(node), _number(source(node)), part)
        elif isinstance(node, ast.BinOp) and type(node.op) in symbols:
            texts = [isinstance(side, ast.JoinedStr) or isinstance(getattr(side, "value", None), str) for side in (node.left, node.right)]
            if not any(texts):
                between(arithmetic[symbols[type(node.op)]], node.left, node.right, symbols[type(node.op)], part)
        elif isinstance(node, ast.AugAssign) and type(node.op) in symbols:
            between(arithmetic[symbols[type(node.op)]], node.target, node.value, symbols[type(node.op)] + "=", part)
        elif isinstance(node, ast.Compare):
            for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators):
                between("comparison", left, right, symbols[type(operator)], part)
        elif isinstance(node, ast.BoolOp):
            for left, right in zip(node.values, node.values[1:]):
                between("and and or", left, right, symbols[type(node.op)], part)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            edits.add("not dropped", *span(node), source(node.operand), part)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
            edits.add("sign dropped", *span(node), source(node.operand), part)
        elif isinstance(node, ast.Dict):
            entries([(getattr(key, "value", None), value) for key, value in zip(node.keys, node.values)], part)
        if isinstance(node, (ast.If, ast.IfExp, ast.While)):
            edits.add("condition negated", *span(node.test), f"not ({source(node.test)})", part)
        for condition in getattr(node, "ifs", ()):
            edits.add("condition negated", *span(condition), f"not ({source(condition)})", part)
        if isinstance(node, ast.Attribute) and node.attr in FUNCTIONS or isinstance(node, ast.Name) and node.id in FUNCTIONS:
            name, end = getattr(node, "attr", getattr(node, "id", "")), span(node)[1]
            edits.add("functions", end - len(name), end, OTHER[name], part)
        if isinstance(node, ast.Call) and part != "view":
            if _name(node) == "dict":
                entries([(keyword.arg, keyword.value) for keyword in node.keywords], part)
            if _name(node) not in COMMUTE and not any(isinstance(given, ast.Starred) for given in node.args):
                for first, second in zip(node.args, node.args[1:]):
                    edits.swap("arguments swapped", span(first), span(second), part)
        if part == "view" and isinstance(node, ast.Call) and _name(node) in ("View", "Panel"):
            _view(edits, node, span, source)
    return edits.all()


def _kinds(hint):
    """What a string in a field means: name, color, template, …"""
    return set(getattr(hint, "__metadata__", ())).union(*map(_kinds, get_args(hint)))


def _strings(call, widget, hints_of):
    """(class, field, kinds, node) of each string of an item of a view."""
    cls = getattr(widget, _name(call), None)
    if not is_dataclass(cls):
        return
    names = [field.name for field in fields(cls)] if cls.__name__ not in ("View", "Row", "Grid", "Panel") else []
    given = [*zip(names, call.args), *((keyword.arg, keyword.value) for keyword in call.keywords)]
    for field, value in given:
        nodes = value.elts if isinstance(value, ast.Tuple) else [value]
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield cls.__name__, field, _kinds(hints_of(cls)[field]), node


def _view(edits, call, span, source):
    """Names, colours, labels, ends and formats of a panel, or of a view's readouts."""
    from lib import widget
    from lib.widget.names import hints_of

    if _name(call) == "View":
        inside = [item for item in call.args[1:] if isinstance(item, ast.Call)]
    else:
        inside = [item for item in ast.walk(call) if isinstance(item, ast.Call)]
    strings = [string for item in inside for string in _strings(item, widget, hints_of)]
    for kind in ("name", "color"):
        of_kind = [(field, node) for _, field, kinds, node in strings if kind in kinds]
        for i, (field, node) in enumerate(of_kind):
            after = of_kind[i + 1 :] + of_kind[:i]
            others = [other for other in sorted(after, key=lambda item: item[0] != field) if other[1].value != node.value]
            if others:
                edits.add(f"another {kind}", *span(node), source(others[0][1]), "view")
    labels = [(cls, node) for cls, field, kinds, node in strings if field == "label" and "template" in kinds]
    for axes in (True, False):
        some = [node for cls, node in labels if (cls == "Axis") == axes]
        for first, second in zip(some, some[1:]):
            edits.swap("labels swapped", span(first), span(second), "view")
    for _, field, _, node in strings:
        places = re.search(r"\.(\d)", node.value)
        if field == "format" and places:
            new = source(node).replace(places[0], f".{int(places[1]) + 1}")
            edits.add("format", *span(node), new, "view")
    for item in inside:
        if _name(item) == "Axis":
            ends = [*item.args[1:3], *(keyword.value for keyword in item.keywords if keyword.arg in ("low", "high"))]
            if len(ends) == 2:
                edits.swap("ends swapped", *map(span, ends), "view")


# --- JavaScript -------------------------------------------------------------------------

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<number>0[xX][\da-fA-F]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[\w$\#]+)
    |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<operator>>>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=
        |=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.|\+\+|--|\+=|-=|\*=|/=|%=|\*\*|<<|>>|.)""",
    re.S | re.X,
)
REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[\n])+/\w*")
KEYWORDS = set("return typeof case in of new delete void else do await yield if for while switch catch".split())


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def ends_value(self):
        named = self.kind == "name" and self.text not in KEYWORDS
        return named or self.kind in ("number", "string", "template", "regex") or self.text in (")", "]")


NOTHING = Token("", "", 0, 0)  # before the first and after the last


def _template_end(text, at):
    """Where a template literal that starts at `at` ends."""
    at += 1
    while text[at] != "`":
        if text[at] == "\\":
            at += 2
        elif text.startswith("${", at):
            at += 2
            depth = 1
            while depth:
                if text[at] == "`":
                    at = _template_end(text, at)
                    continue
                if text[at] in "\"'":
                    at = TOKEN.match(text, at).end()
                    continue
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 1
        else:
            at += 1
    return at + 1


def tokens(text):
    """Of JavaScript, without space and comments; a template literal is one."""
    found, at = [], 0
    while at < len(text):
        if text[at] == "`":
            kind, end = "template", _template_end(text, at)
        elif text[at] == "/" and text[at + 1] not in "/*" and not (found and found[-1].ends_value):
            kind, end = "regex", REGEX.match(text, at).end()
        else:
            match = TOKEN.match(text, at)
            kind, end = match.lastgroup, match.end()
        if kind != "space":
            found.append(Token(kind, text[at:end], at, end))
        at = end
    return found


def javascript(path, text):
    """All changes of a JavaScript file; imports aside."""
    edits, all_tokens = _Edits(path, text), tokens(text)
    partner, waiting = {}, []
    for i, token in enumerate(all_tokens):
        if token.text in ("(", "[", "{"):
            waiting.append(i)
        elif token.text in (")", "]", "}"):
            partner[waiting.pop()] = i

    def until(i, stops):
        """The first token from i on, on the same level, that is one of `stops` and of no inner ternary."""
        inner = 0
        while i < len(all_tokens):
            here = all_tokens[i].text
            if here == "?":
                inner += 1
            elif here == ":" and inner:
                inner -= 1
            elif here in stops:
                return i
            i = partner.get(i, i) + 1
        return None

    def stretch(first, last):
        return all_tokens[first].start, all_tokens[last].end

    importing = False
    for i, token in enumerate(all_tokens):
        before, after = all_tokens[i - 1] if i else NOTHING, all_tokens[i + 1] if i + 1 < len(all_tokens) else NOTHING
        starts = before.text in ("", ";", "}")
        importing = importing or token.text == "import" and starts or token.text == "export" and after.text in ("{", "*")
        if importing:
            importing = token.text != ";"
            continue
        here, place = token.text, (token.start, token.end)
        texts = {"string", "template"} & {before.kind, after.kind}
        if token.kind == "number" and not (after.text == ":" and before.text in ("{", ",")):
            edits.add("number", *place, _number(here))
        elif here in ("<", "<=", ">", ">=", "===", "!==", "==", "!="):
            edits.add("comparison", *place, OTHER[here])
        elif here in ("+", "-", "*", "/") and before.ends_value and not texts or here in ("+=", "-=", "*=", "/=") and not texts:
            edits.add("plus and minus" if here[0] in "+-" else "times and over", *place, OTHER[here])
        elif here in ("&&", "||"):
            edits.add("and and or", *place, OTHER[here])
        elif here == "-" and token.kind == "operator" and not before.ends_value and after.kind != "number":
            edits.add("sign dropped", *place, "")
        elif here == "!" and "!" not in (before.text, after.text):
            edits.add("not dropped", *place, "")
        elif here in ("true", "false"):
            edits.add("flag", *place, OTHER[here])
        elif token.kind == "name" and here in FUNCTIONS and before.text == ".":
            edits.add("functions", *place, OTHER[here])
        elif here in ("x", "y") and token.kind == "name" and (before.text == "." or after.text == "("):
            edits.add("x and y", *place, OTHER[here])
        elif here == "if" and after.text == "(":
            inside = text[after.end : all_tokens[partner[i + 1]].start]
            edits.add("condition negated", after.end, after.end + len(inside), f"!({inside})")
        elif here == "?":
            colon = until(i + 1, ":")
            end = colon and until(colon + 1, (")", "]", "}", ",", ";", ":"))
            if end:
                edits.swap("branches swapped", stretch(i + 1, colon - 1), stretch(colon + 1, end - 1))
        if token.kind == "name" and here not in KEYWORDS | COMMUTE | {"function"} and after.text == "(" and before.text != "function":
            close = partner[i + 1]
            comma = until(i + 2, (",", ")"))
            second = comma is not None and comma < close and until(comma + 1, (",", ")"))
            called = all_tokens[close + 1].text not in ("{", "=>") if close + 1 < len(all_tokens) else True
            if called and second and second > comma + 1 and "..." not in (all_tokens[i + 2].text, all_tokens[comma + 1].text):
                edits.swap("arguments swapped", stretch(i + 2, comma - 1), stretch(comma + 1, second - 1))
    return edits.all()


# --- both alike -------------------------------------------------------------------------

ALIKE = ("number", "comparison", "plus and minus", "times and over", "functions", "and and or", "not dropped", "condition negated", "flag")
SAME = {"===": "==", "!==": "!=", "&&": "and", "||": "or", "true": "True", "false": "False"}
PASSED_OVER = {"math", "np", "c", "const", "controls", "return", "let", "float", "int"}


def _keys(edit, text):
    """What a place is recognized by in both languages, with more and with fewer of its neighbours."""
    negated = edit.rule in ("condition negated", "not dropped")
    what = edit.rule, ast.literal_eval(edit.old) if edit.rule == "number" else "" if negated else SAME.get(edit.old, edit.old)
    words = re.findall(r"\w+", text[max(0, edit.start - 80) : edit.start])[::-1], re.findall(r"\w+", text[edit.end : edit.end + 80])
    if negated:  # by the first two words of what is negated
        inside = [word for word in re.findall(r"\w+", edit.old) if word.lower() not in PASSED_OVER]
        words = inside[:1], inside[1:]
    left, right = (next((word for word in map(str.lower, side) if word not in PASSED_OVER), "").replace("_", "") for side in words)
    return (what, left, right), (what, left, None), (what, None, right), (what, None, None)


def alike(first, second, texts):
    """Pairs of edits, one of each list, that change the same thing: found by its neighbours, and in no other place of either."""
    sides = [[edit for edit in side if edit.rule in ALIKE and edit.part not in ("view", "class")] for side in (first, second)]
    pairs = []
    for level in range(4):
        keyed = []
        for side, text in zip(sides, texts):
            keyed.append({})
            for edit in side:
                if level == 0 or edit.rule not in ("condition negated", "not dropped"):
                    keyed[-1].setdefault(_keys(edit, text)[level], []).append(edit)
        for key, ours in keyed[0].items():
            theirs = keyed[1].get(key, [])
            if len(ours) == len(theirs) == 1:
                there = replace(theirs[0], new=ours[0].new) if ours[0].rule == "number" else theirs[0]
                pairs.append((ours[0], there))
                sides[0].remove(ours[0])
                sides[1].remove(theirs[0])
    return pairs
