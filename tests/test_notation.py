"""The notation page names things as the code does."""

import inspect
import re
from pathlib import Path

import pytest
from modules import own
from symbols import formulas, symbols

from lib import attention, equivariance, parameters, positional, recurrent, rope, transformer

PAGE = Path(__file__).parents[1] / "chapters/notation.md"
ROWS = re.findall(r"^\| (\$.*?\$) \| `(\w+)` \| (.*) \|$", PAGE.read_text("utf-8"), flags=re.M)
CHAPTERS = {
    "recurrent": "Recurrent cells",
    "attention": "Attention",
    "counting": "Counting",
    "positional": "Positional encodings",
    "rope": "Rotary positions",
    "equivariance": "Order, and attention as one matrix",
}
RETURNED = (
    "Trace",
    "Gradients",
    "Step",
    "Count",
    "Amount",
    "Cost",
    "Size",
    "Costs",
    "Counts",
    "Part",
    "Leaf",
    "Config",
    "Block",
    "Decoder",
)  # classes that functions return or take whole: their fields are no parameters
MODULES = [recurrent, attention, parameters, positional, rope, equivariance, transformer]


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
    local = {
        "position",
        "fp32_softmax",
        "other",
        "n_buckets",
        "n_queries",
        "n_keys",
        "layout",
        "offsets",
        "seed",
        "scale",
        "bidirectional",
        "causal",
        "q",
        "pairing",
        "scaling",
        "trained",
        "length",
        "attention_factor",
        "beta_fast",
        "beta_slow",
        "low_frequency_factor",
        "high_frequency_factor",
        "turned",
        "convention",
        "ramp",
        "truncate",
        "mscale",
        "mscale_all_dim",
        "arguments",
        "args",
        "kwargs",
        "weights",
        "trace",
        "step",
        "reset",
        "dh_last",
        "dc_last",
        "targets",
        "cell",
        "loss",
        "value",
        "z",
        "axis",
        "mask",
        "bias",
        "block",
        "weight",
        "variance_q",
        "variance_k",
        "config",
        "config_json",
        "model",
        "number",
        "place",
        "text",
        "number_format",
        "n_source_tokens",
        "master_weights",
        "gradients",
        "moments",
        "n_trained",
        "zero_stage",
        "n_cards",
        "matrices",
        "recompute",
        "eps",
        "tokens",
        "scheme",
        "arrays",
        "name",
        "window",
        "log_n",
    }
    parameters = {
        parameter
        for module in MODULES
        for name, member in own(module).items()
        if not name.endswith(RETURNED)
        for parameter in inspect.signature(member).parameters
    }
    assert parameters - explained <= local


def tables():
    """Of each table, by its heading, the symbols of each row, those in its meaning too."""
    found = {}
    for heading, body in re.findall(r"^## (.+?)$(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), flags=re.S | re.M):
        rows = re.findall(r"^\| (\$.*?\$) \| (`\w+`|—) \| (.*) \|$", body, flags=re.M)
        found[heading] = [(symbol, code, set().union(*map(symbols, formulas(symbol + " " + meaning)))) for symbol, code, meaning in rows]
    return found


def symbols_of(chapter):
    return set().union(*map(symbols, formulas((PAGE.parent / f"{chapter}.md").read_text("utf-8"))))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_symbol_of_a_chapter_is_explained(chapter):
    explained = {symbol for heading in ("Everywhere", CHAPTERS[chapter]) for _, _, row in tables()[heading] for symbol in row}
    assert symbols_of(chapter) - explained == set()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_row_is_left_over_from_an_older_chapter(chapter):
    used = symbols_of(chapter)  # a row with a name of the code may be of its docstrings' shapes alone
    assert [symbol for symbol, code, _ in tables()[CHAPTERS[chapter]] if code == "—" and not symbols(symbol) & used] == []


def test_what_counts_as_a_symbol():
    found = symbols(
        r"\mathbf{q}_m R_{n-m}\,\mathbf{k}_n^\top \operatorname{softmax}(W_Q^{(i)}) e^{s} \hat{\mathbf{y}} d_{ff} \boldsymbol\delta_a \mathrm{PE}(t)"
    )
    assert found == {r"\mathbf{q}", "R", r"\mathbf{k}", "W_Q", "i", "s", r"\mathbf{y}", "d_ff", r"\delta", r"\mathrm{PE}", "t"}
    assert formulas("a $x$ `$y$` $$z\n$$\n```{code-cell} ipython3\n$w$\n```\n") == ["z\n", "x"]


def test_one_convention_for_rows():
    """Tokens are rows: no W_Q to the left of a vector, no qᵀk, in any chapter but the one on recurrent cells."""
    for chapter in set(CHAPTERS) - {"recurrent"}:
        for formula in formulas((PAGE.parent / f"{chapter}.md").read_text("utf-8")):
            assert not re.search(r"W_[QKV](\^\S+)?\s*\\mathbf|\\mathbf\{[qk]\}(_\w)?\^\\top\s*(R|\\mathbf\{[qk]\})", formula), (
                chapter,
                formula,
            )
