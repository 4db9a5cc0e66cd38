"""Numbers and templates: JavaScript writes them as Python's format language does."""

import math
import random
import re
from string import Formatter

import numpy as np
import pytest
from every_explorer import EXPLORERS, states
from javascript import JavaScriptError, call, call_each

from lib.widget.names import hints_of, mapped
from lib.widget.readable import readable
from lib.widget.view import within

FORMAT, TEMPLATE = "widget/browser/format.mjs", "widget/browser/template.mjs"


def specs_of(explorer):
    """Every format specification that an explorer's controls, marks, readouts and templates use."""
    texts = [explorer.sentence]
    for control in explorer.controls.values():
        yield getattr(control, "format", "")
    for item in within(explorer.view):
        yield getattr(item, "format", "")
        for field, hint in hints_of(type(item)).items():
            mapped(hint, getattr(item, field), lambda kind, text: texts.append(text) if kind == "template" else None)
    for text in texts:
        yield from (spec for _, name, spec, _ in Formatter().parse(text) if name)


SPECS = sorted(
    {spec for explorer in EXPLORERS for spec in specs_of(explorer)} | {"", "d", ",d", "+d", ".0f", ",.2f", "+.3g", ".1%", "g", "f"}
)


def numbers(spec):
    rng = random.Random(spec)
    if spec.endswith("d") or spec == ",":  # whole numbers alone are written so
        return [0, 1, -1, 999, 1000, -1000, 123456789, *(rng.randint(-(10**9), 10**9) for _ in range(200))]
    known = [
        0.0,
        1.0,
        -1.0,
        0.1,
        1 / 3,
        math.pi,
        -math.e,
        1e-5,
        1e-4,
        9.9995,
        99.95,
        999.5,
        999.4999,
        1e5,
        1e6,
        123456.789,
        -0.0004,
        1e15,
        5e-324,
    ]
    ties = [0.5, 1.5, 2.5, -2.5, 0.125, 0.375, 0.0625, 0.005, 0.015, 10.5, 1024.5, 0.28125, 1.125, 100.5, 1.125e6, 0.0625]
    return known + ties + [rng.choice((1, -1)) * 10 ** rng.uniform(-6, 7) for _ in range(300)]


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec])
def test_numbers_read_as_python_formats_them(spec):
    values = numbers(spec)
    shown = call_each(FORMAT, "format", [[value, spec] for value in values])
    assert {value: text for value, text in zip(values, shown) if text != format(value, spec)} == {}
    assert call(FORMAT, "format", float("nan"), spec).endswith("nan")


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec] + [".0e", ".1e", "+.2e"])
def test_numbers_for_reading_are_the_same_in_both_halves(spec):
    values = numbers(spec)
    if spec[-1] in "efg":
        values += [8.88e-16, -2.7e-28, 0.00999, 9.96, 99.6]
    if spec == ".1e":
        values += [math.inf, -math.inf, math.nan]
    shown = call_each(FORMAT, "readable", [[value, spec] for value in values])
    ours = [readable(value, spec) for value in values]
    assert shown == ours
    assert not any(re.search(r"[-e]|−0\.?0*$", text) for text in ours)
    assert call(FORMAT, "readable", "a-b", spec) == readable("a-b", spec) == "a-b"


def test_a_template_is_filled_as_python_fills_it():
    values = {"m": 3, "base": 12345.6, "q": [0.25, [1.0, -2.0]], "share": 0.5, "method": "yarn", "mixed": True}
    template = "{{{m}}}: m = {m}, {base:,.0f} {share:.1%} {q[0]:+.3f} {q[1][1]:.2f} {{{{}}}} {m:d}{m}"
    assert call(TEMPLATE, "fill", template, values) == template.format(**values)


def test_a_template_never_reads_what_a_value_says():
    assert call(TEMPLATE, "fill", "{a} {b}", {"a": "{b}", "b": "$& $1 <b>"}) == "'{b}' '$& $1 <b>'"


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(JavaScriptError):
        call(TEMPLATE, "pick", {"q": None}, "q[0]")


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
def test_the_python_lines_are_filled_as_python_fills_them(explorer):
    """The very text: what a page shows is what a test of the frame runs."""
    for state in states(explorer, 5):
        shown = explorer(**state)
        ours, theirs = {}, {}
        exec(call(TEMPLATE, "fill", shown.spec["code"], shown.value), theirs)
        exec(shown.python(), ours)
        for name in set(ours) - {"__builtins__"}:
            if isinstance(ours[name], (int, float, str, np.ndarray)):
                np.testing.assert_array_equal(theirs[name], ours[name], err_msg=name)
