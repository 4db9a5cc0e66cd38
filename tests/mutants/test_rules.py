"""The rules of the mutants: what they change in a line, what they leave alone, and which places of two files are the same."""

import ast
from pathlib import Path

import pytest
import rules

LIB = Path(__file__).parents[2] / "lib"


def changed(text, suffix="py", **given):
    """What a text becomes, by each rule's changes."""
    find = rules.python if suffix == "py" else rules.javascript
    return [(edit.rule, edit.apply(text)) for edit in find(f"file.{suffix}", text, **given)]


@pytest.mark.parametrize(
    "line, expected",
    [
        ("a < b", ["a <= b"]),
        ("a == b", ["a != b"]),
        ("α is not None", ["α is None"]),
        ("a - (b)", ["a + (b)"]),
        ("a * b", ["a / b"]),
        ("a += b", ["a -= b"]),
        ("1.96", ["1.0"]),
        ("1.0", ["2.0"]),
        ("1024", ["1025"]),
        ("True", ["False"]),
        ("not a", ["a"]),
        ("-a", ["a"]),
        ("a and b", ["a or b"]),
        ("np.sin(a)", ["np.cos(a)"]),
        ("min(a, b)", ["max(a, b)"]),
        ("f(a, b)", ["f(b, a)"]),
        ("f(a, axis=-1)", ["f(a, axis=-2)"]),
        ("a if b else c", ["a if not (b) else c"]),
        ("[a for a in b if c]", ["[a for a in b if not (c)]"]),
        ("default_rng(5)", []),
        ('f"{a + 1}"', []),
        ("raise E(1)", []),
        ('"π" + a', []),
    ],
)
def test_python(line, expected):
    assert [text for _, text in changed(line)] == expected


def test_entries_of_one_shape_are_swapped():
    text = "dict(a=u, b=v, c=w)"
    assert changed(text, shapes={"a": (2,), "b": (3,), "c": (2,)}) == [("entries swapped", "dict(a=w, b=v, c=u)")]


def test_a_view():
    text = """class A:
    size = Slider(3)
    view = View(
        Panel(
            Lines("x", "curve", "a curve", "blue", dashed=True),
            Lines("x", "other", "another", "green", format=".3f"),
            x=Axis("x", 0, "end", log=True),
            y=Axis("y"),
        ),
        Readout("one", "first", ",d"),
        Readout("two", "second", ",d"),
    )
"""
    found = {(rule, line) for rule, new in changed(text) for line, old in zip(new.splitlines(), text.splitlines()) if line != old}
    assert found >= {
        ("another name", '            Lines("x", "other", "a curve", "blue", dashed=True),'),
        ("another color", '            Lines("x", "curve", "a curve", "green", dashed=True),'),
        ("flag", '            Lines("x", "curve", "a curve", "blue", dashed=False),'),
        ("format", '            Lines("x", "other", "another", "green", format=".4f"),'),
        ("labels swapped", '            Lines("x", "curve", "another", "blue", dashed=True),'),
        ("labels swapped", '        Readout("one", "second", ",d"),'),
        ("ends swapped", '            x=Axis("x", "end", 0, log=True),'),
        ("flag", '            x=Axis("x", 0, "end", log=False),'),
        ("labels swapped", '            x=Axis("y", 0, "end", log=True),'),
        ("another name", '        Readout("two", "first", ",d"),'),
    }
    assert {edit.part for edit in rules.python("file.py", text)} == {"class", "view"}


@pytest.mark.parametrize(
    "line, expected",
    [
        ("a < b;", ["a <= b;"]),
        ("a === b;", ["a !== b;"]),
        ("a - b;", ["a + b;"]),
        ("a / b / c;", ["a * b / c;", "a / b * c;"]),
        ("1e-9;", ["1.0;"]),
        ("2;", ["3;"]),
        ("a && b;", ["a || b;"]),
        ("!a;", ["a;"]),
        ("Math.min(a, b);", ["Math.max(a, b);"]),
        ("Math.cos(a);", ["Math.sin(a);"]),
        ("f(a, [b, c]);", ["f([b, c], a);"]),
        ("a ? b : c ? d : e;", ["a ? c ? d : e : b;", "a ? b : c ? e : d;"]),
        ("if (a) b;", ["if (!(a)) b;"]),
        ("px(x(a));", ["px(y(a));"]),
        ("f(true);", ["f(false);"]),
        ("a?.b ?? c;", []),
        ("const f = (a, b) => a;", []),
        ("function f(a, b) {}", []),
        ("const a = { draw(b, c) {} };", []),
        ('import { a } from "1+1";', []),
        ("f(/[/]1+1/g); // 1 + 1", []),
        ("f(`1 ${a + `${1}`} < 2`, );", []),
        ('"1 + 1" + a; /* 1 */', []),
    ],
)
def test_javascript(line, expected):
    assert [text for _, text in changed(line, "mjs")] == expected


def test_frame_and_twin_alike():
    ours = "def frame(n):\n    half = 1.96 * n\n    return {'kib': n / 1024, 'most': max(half, n), 'two': 2, 'too': 2}\n"
    theirs = "export default function frame(n) {\n  const half = 1.96 * n;\n"
    theirs += "  return { kib: n / 1024, most: Math.max(half, n), one: 1 };\n}\n"
    pairs = rules.alike(rules.python("a.py", ours), rules.javascript("a.mjs", theirs), (ours, theirs))
    assert {(first.apply(ours), second.apply(theirs)) for first, second in pairs} >= {
        (ours.replace(old, new), theirs.replace(old, new)) for old, new in (("1.96", "1.0"), ("1024", "1025"), ("/", "*"))
    } | {(ours.replace("max", "min"), theirs.replace("max", "min"))}
    assert all(second.new != "3" for _, second in pairs)


def test_changes_of_the_code_are_code():
    for path in LIB.rglob("*.py"):
        text = path.read_text("utf-8")
        for edit in rules.python(path.name, text)[::40]:
            new = edit.apply(text)
            assert ast.dump(ast.parse(new)) != ast.dump(ast.parse(text)), edit


def test_tokens_are_the_whole_text():
    for path in LIB.rglob("*.mjs"):
        text = path.read_text("utf-8")
        found = rules.tokens(text)
        between = [text[a.end : b.start] for a, b in zip(found, found[1:])]
        assert all(not gap.strip() or gap.strip().startswith(("//", "/*")) for gap in between)
