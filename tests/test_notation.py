"""The notation page names things as the code does."""

import inspect
import re
from pathlib import Path

import pytest

from lib import attention, equivariance, parameters, positional, recurrent, rope

PAGE = Path(__file__).parents[1] / "chapters/notation.md"
ROWS = re.findall(r"^\| (\$.*?\$) \| `(\w+)` \| (.*) \|$", PAGE.read_text("utf-8"), flags=re.M)
RETURNED = ("Trace", "Gradients", "Step", "Cost", "Costs", "Counts", "Part", "Leaf", "Config")  # classes that functions return: their fields are no parameters
MODULES = [recurrent, attention, parameters, positional, rope, equivariance]


def names_in_code():
    """Public functions, their parameters, and the axis letters that their docstrings use in shapes."""
    names = set()
    for module in MODULES:
        for name, member in inspect.getmembers(module, lambda m: inspect.isfunction(m) or inspect.isclass(m)):
            if name.startswith("_"):
                continue
            names.add(name)
            names.update(inspect.signature(member).parameters)
            for shape in re.findall(r"\(([^()]*)\)", inspect.getdoc(member) or ""):
                names.update(re.findall(r"\b[A-Za-z]\b", shape))
    return names


def test_the_page_has_its_tables():
    assert len(ROWS) > 10


@pytest.mark.parametrize("symbol, name, meaning", ROWS)
def test_every_name_stands_in_the_code(symbol, name, meaning):
    assert name in names_in_code(), f"{symbol}: expected a name of the code, got {name!r}"


def test_every_parameter_of_the_mathematics_is_explained():
    explained = {name for _, name, _ in ROWS}
    # Of one function each, and explained there.
    local = {"position", "n_buckets", "n_queries", "n_keys", "layout", "offsets", "seed", "scale", "bidirectional", "causal", "q",
             "pairing", "scaling", "trained", "length", "attention_factor", "beta_fast", "beta_slow",
             "low_frequency_factor", "high_frequency_factor", "arguments", "args", "kwargs",
             "weights", "trace", "step", "reset", "dh_last", "dc_last", "targets", "cell", "loss", "value",
             "z", "axis", "mask", "bias", "block", "weight", "variance_q", "variance_k",
             "config", "config_json", "text", "number_format", "n_source_tokens", "master_weights", "eps"}
    parameters = {
        parameter
        for module in MODULES
        for name, member in inspect.getmembers(module, lambda m: inspect.isfunction(m) or inspect.isclass(m))
        if not name.startswith("_") and member.__module__ == module.__name__ and not name.endswith(RETURNED)
        for parameter in inspect.signature(member).parameters
    }
    assert parameters - explained <= local
