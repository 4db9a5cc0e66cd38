"""Every twin against Python's frame over random controls, and the templates that both languages fill."""

import json
import math
import random
from dataclasses import fields, is_dataclass
from string import Formatter

import numpy as np
import pytest
from every_explorer import EXPLORERS, states

from lib.explorers import bundle

RELATIVE = 1e-9  # of an array's largest magnitude
STATES = 60


@pytest.fixture(scope="module")
def script(browser):
    """The page's script in a page without anything: a twin needs no document."""
    page = browser.new_page()
    page.add_script_tag(content=bundle.page_script())
    yield page
    page.close()


def as_arrays(frame):
    """Every value as an array: of texts, or of floats, where null is no number."""
    arrays = {name: np.asarray(value) for name, value in frame.items()}
    return {name: array if array.dtype.kind == "U" else array.astype(float) for name, array in arrays.items()}


def differences(twin, frame):
    """What a twin's frame says otherwise than Python's, in words."""
    found = [f"{name}: only one of the two has it" for name in set(twin) ^ set(frame)]
    for name in set(twin) & set(frame):
        ours, theirs = frame[name], twin[name]
        if ours.shape != theirs.shape:
            found.append(f"{name}: shape {theirs.shape}, not {ours.shape}")
        elif "U" in (ours.dtype.kind, theirs.dtype.kind):
            if ours.dtype.kind != theirs.dtype.kind or (ours != theirs).any():
                found.append(f"{name}: {theirs.tolist()}, not {ours.tolist()}")
        elif not np.array_equal(np.isnan(ours), np.isnan(theirs)):
            found.append(f"{name}: NaN in other places")
        elif ours.size and not np.isnan(ours).all():
            error, size = np.nanmax(np.abs(ours - theirs)), np.nanmax(np.abs(ours))
            # Rounding in sums of terms of size 1 is no error of their tiny total.
            if error > RELATIVE * size and error > 1e-12:
                found.append(f"{name}: differs by {error:.3g} where the largest entry is {size:.3g}")
    return found


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
def test_the_twin_computes_the_frame(script, explorer):
    tried = [{name: value for name, value in explorer(**state).value.items()} for state in states(explorer, STATES)]
    # JSON has no NaN, playwright's own encoding has; shapes and NaN survive it.
    frames = script.evaluate(
        "([name, states, data]) => states.map((state) => explorers.twins[name](state, data))",
        [explorer.name, tried, explorer.describe()["data"]])
    assert len(frames) == len(tried) >= STATES
    for state, twin in zip(tried, frames):
        assert not differences(as_arrays(twin), as_arrays(explorer.frame(**state))), json.dumps(state)


def test_a_difference_is_noticed():
    frame = {"a": np.array([1.0, np.nan]), "b": np.array([[1.0, 2.0]]), "c": np.array(1e6)}
    same = {name: value.copy() for name, value in frame.items()}
    assert differences(same, frame) == []
    wrong = {"a": np.array([1.0, 0.0]), "b": np.array([1.0, 2.0]), "c": np.array(1e6 + 1), "d": np.array(0.0)}
    assert sorted(text.split(":")[0] for text in differences(wrong, frame)) == ["a", "b", "c", "d"]
    texts = {"a": np.array(["x", "y"])}
    assert differences({"a": np.array(["x", "y"])}, texts) == []
    for other in (np.array(["x", "z"]), np.array([1.0, 2.0])):
        assert len(differences({"a": other}, texts)) == 1


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
def test_the_twin_leaves_its_controls_alone(script, explorer):
    state = explorer().value
    assert script.evaluate("([name, state, data]) => { explorers.twins[name](state, data); return state; }",
                           [explorer.name, state, explorer.describe()["data"]]) == state


def specs_of(explorer):
    """Every format specification that an explorer's controls, marks, readouts and templates use."""
    texts = [explorer.sentence, explorer.code]
    waiting = [explorer.view]
    for control in explorer.controls.values():
        yield getattr(control, "format", "")
    while waiting:
        item = waiting.pop()
        for field in fields(item):
            value = getattr(item, field.name)
            if field.name == "format":
                yield value
            elif isinstance(value, str):
                texts.append(value)
            waiting += [child for child in (value if isinstance(value, tuple) else (value,)) if is_dataclass(child)]
    for text in texts:
        yield from (spec for _, name, spec, _ in Formatter().parse(text) if name)


SPECS = sorted({spec for explorer in EXPLORERS for spec in specs_of(explorer)} | {"", "d", ",d", "+d", ".0f", ",.2f", "+.3g", ".1%", "g", "f"})


def numbers(spec):
    rng = random.Random(spec)
    if spec.endswith("d") or spec == ",":  # whole numbers alone are written so
        return [0, 1, -1, 999, 1000, -1000, 123456789, *(rng.randint(-(10**9), 10**9) for _ in range(200))]
    known = [0.0, 1.0, -1.0, 0.1, 1 / 3, math.pi, -math.e, 1e-5, 1e-4, 9.9995, 99.95, 999.5, 999.4999, 1e5, 1e6, 123456.789, -0.0004, 1e15, 5e-324]
    ties = [0.5, 1.5, 2.5, -2.5, 0.125, 0.375, 0.0625, 0.005, 0.015, 10.5, 1024.5, 0.28125, 1.125, 100.5, 1.125e6, 0.0625]
    return known + ties + [rng.choice((1, -1)) * 10 ** rng.uniform(-6, 7) for _ in range(300)]


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec])
def test_numbers_read_as_python_formats_them(script, spec):
    values = numbers(spec)
    shown = script.evaluate("([values, spec]) => values.map((value) => explorers.format(value, spec))", [values, spec])
    assert {value: text for value, text in zip(values, shown) if text != format(value, spec)} == {}
    assert script.evaluate("(spec) => explorers.format(NaN, spec)", spec).endswith("nan")


def test_a_template_is_filled_as_python_fills_it(script):
    values = {"m": 3, "base": 12345.6, "q": [0.25, [1.0, -2.0]], "share": 0.5, "method": "yarn", "mixed": True}
    template = "{{{m}}}: m = {m}, {base:,.0f} {share:.1%} {q[0]:+.3f} {q[1][1]:.2f} {{{{}}}} {m:d}{m}"
    assert script.evaluate("([text, values]) => explorers.fill(text, values)", [template, values]) == template.format(**values)


def test_a_template_never_reads_what_a_value_says(script):
    assert script.evaluate("""explorers.fill("{a} {b}", { a: "{b}", b: "$& $1 <b>" })""") == "'{b}' '$& $1 <b>'"


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
def test_the_python_lines_and_the_sentence_are_pythons(script, explorer):
    for state in states(explorer, 10):
        shown = explorer(**state)
        code = script.evaluate("([text, values]) => explorers.fill(text, values)", [explorer.code.strip(), shown.value])
        ours, theirs = {}, {}
        exec(code, theirs)
        exec(shown.python(), ours)
        for name in set(ours) - {"__builtins__"}:
            if isinstance(ours[name], (int, float, str, np.ndarray)):
                np.testing.assert_array_equal(theirs[name], ours[name], err_msg=name)
        values = shown.value | {key: value for key, value in as_lists(explorer.frame(**state)).items()}
        sentence = script.evaluate(
            """([text, values]) => explorers.fill(text, values, (value, spec) =>
                typeof value === "string" ? value : explorers.format(value, spec))""", [explorer.sentence, values])
        assert sentence == shown.alt()


def as_lists(frame):
    return {name: np.asarray(value).tolist() for name, value in frame.items()}
