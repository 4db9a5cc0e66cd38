"""What families.json says of every family, against recorded counts of the reference and of real files."""

import json
from pathlib import Path

import pytest

from lib import parameters
from lib.parameters import count_hf
from lib.parameters._expressions import OPERATORS
from lib.parameters._family import family_named

FIXTURES = Path(__file__).with_name("fixtures")
RECORD = json.loads(FIXTURES.joinpath("families.json").read_text())["cases"]
CONFIGS = json.loads(FIXTURES.joinpath("configs.json").read_text())["files"]
FAMILIES = sorted(parameters.families()["families"])


@pytest.mark.parametrize("family", FAMILIES)
def test_recorded_counts_of_every_family_and_class(family):
    cases = [case for case in RECORD if case["config"]["model_type"] == family]
    ours = [count_hf(case["config"]) for case in cases]
    wrong = {json.dumps(c["config"]): n.total for c, n in zip(cases, ours) if n.total != c["parameters"]}
    assert wrong == {}
    assert [counted.counted_as for counted in ours] == [case["class"] for case in cases]
    assert {case["class"] for case in cases} == set(family_named(family)["classes"])
    assert all(counted.complete for counted in ours)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_type_alone_is_a_file(family):
    """All its sizes are the family's own, and said to be assumed."""
    counted = count_hf({"model_type": family})
    assert counted.total > 0 and counted.assumed and counted.complete
    assert counted.counted_as == next(iter(family_named(family)["classes"]))


def names_in(expression):
    """The names of an expression; "in" looks for its own in another family."""
    if isinstance(expression, str):
        return set() if expression.startswith("'") else {expression}
    if not isinstance(expression, list):
        return set()
    name, *operands = expression
    assert name in OPERATORS or name in ("if", "and", "or", "in")
    return {text for operand in operands[: 1 if name == "in" else None] for text in names_in(operand)}


def names_of_items(items, known, blocks, seen):
    """Hold every name in a block's items to those that are known there."""
    for item in items:
        if isinstance(item, str):
            if (item, frozenset(known)) not in seen:
                seen.add((item, frozenset(known)))
                block = blocks[item]
                names_of_items(block if isinstance(block, list) else [block], known, blocks, seen)
        elif isinstance(item, dict):
            inside = set(known)
            for name, expression in item.get("with", {}).items():
                assert names_in(expression) <= inside, (name, expression)
                inside.add(name)
            for key in ("times", "active", "block", "layers"):
                assert names_in(item.get(key, 0)) <= inside, item
            for _, size, length in item.get("cache", []):
                assert names_in(length) | {letter for letter in size.split("·") if not letter.isdigit()} <= inside, item
            if "nested" in item:
                assert item["nested"] in inside
            else:
                names_of_items(item.get("parts", []), inside, blocks, seen)
        elif item[0] == "if":
            assert names_in(item[1]) <= known, item
            names_of_items(item[2:], known, blocks, seen)
        else:
            axes = [item[2]] if isinstance(item[2], str) else [text[1:-1] for text in item[2][2:]]
            letters = {letter for text in axes for axis in text.split(", ") for letter in axis.split("·") if not letter.isdigit()}
            assert letters | {name for e in item[3:] for name in names_in(e)} <= known, item


@pytest.mark.parametrize("family", FAMILIES)
def test_expressions_name_what_there_is(family):
    """Also where no recorded file leads."""
    data = family_named(family)
    adds = [a if isinstance(a, dict) else parameters.families()["heads"][a] for a in data["classes"].values()]
    known = {*data["reads"], *data["is"], *data["nested"], *(name for a in adds for name in a)}
    for settings in (data["is"], *adds):
        for name, expression in settings.items():
            assert names_in(expression) <= known, name
    for name, spec in data["reads"].items():
        spec = spec if isinstance(spec, dict) else {"default": spec}
        assert names_in(spec["default"]) | names_in(spec.get("null", 0)) <= known, name
    for holds, field, _ in data["needs"]:
        assert names_in(holds) <= known and field in data["reads"]
    assert set(data["alias"].values()) <= set(data["reads"])
    for expression in data["each"].values():
        assert names_in(expression) <= known | {"i"}
    names_of_items(["model"], known | set(data["each"]), data["blocks"], set())
