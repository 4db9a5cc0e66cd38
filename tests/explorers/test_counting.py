"""The explorers of the chapter on counting: what they show, in numbers known from elsewhere."""

import doctest
import json
import re
from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import pytest
from every_explorer import default_of, frame_of
from hypothesis import given
from hypothesis import strategies as st

from lib import parameters
from lib.explorers.counting import MemoryMeter, ParameterCounter, ShapeTrace
from lib.explorers.counting.memory_meter import LENGTHS, longest_text
from lib.explorers.counting.models import assignment, models
from lib.explorers.counting.parameter_counter import LAST_PART, architecture
from lib.show import matrices
from lib.widget import ControlError

FIXTURES = Path(__file__).parents[1] / "fixtures"
RECORD = json.loads(FIXTURES.joinpath("parameters.json").read_text())
FAMILY_RECORD = json.loads(FIXTURES.joinpath("families.json").read_text())["cases"]
HUGE = '{"model_type": "gpt2", "n_embd": 96000000}'


# --- parameter-counter ------------------------------------------------------------------


def total(**sizes):
    return parameters.count(architecture(**sizes)).total


def test_every_model_has_the_total_that_it_must_have():
    for name, model in models().items():
        frame = frame_of(ParameterCounter, model=name)
        assert (frame["total"], frame["difference"]) == (model.total, 0)
        assert not model.config or parameters.count(model.config).total == model.total


def test_a_files_parts_can_all_be_opened():
    for case in [*RECORD["cases"], *FAMILY_RECORD[::3]]:
        frame = frame_of(ParameterCounter, pasted=json.dumps(case["config"]))
        assert frame["total"] == case["parameters"] and len(frame["names"]) <= LAST_PART + 1


def test_sizes_replace_the_models_and_a_head_keeps_its_width():
    gpt2 = models()["gpt2"].config
    assert architecture(model="gpt2", layers=24) == replace(gpt2, n_decoder_layers=24)
    assert architecture(model="gpt2", vocab=1000, hidden=128) == replace(gpt2, vocab_size=1000, d_ff=128)
    assert architecture(model="gpt2", width=1024) == replace(gpt2, d_model=1024, d_k=64)
    assert architecture(model="gpt2", heads=5) == replace(gpt2, n_heads=5, n_kv_heads=5, d_k=64)
    both = architecture(model="assignment", layers=3)
    assert (both.n_encoder_layers, both.n_decoder_layers) == (3, 3)
    assert architecture(model="bert-base-uncased", layers=3).n_decoder_layers == 0
    assert architecture(model="gpt2", pasted='{"model_type": "llama"}') == parameters.from_hf({"model_type": "llama"})


@pytest.mark.parametrize("sharing, heads, keys", [
    ("each", 0, 64), ("four", 0, 16), ("one", 0, 1), ("model", 32, 8), ("model", 12, 6), ("model", 7, 7), ("four", 2, 1), ("four", 30, 6),
])  # fmt: skip
def test_keys_are_shared_by_whole_groups(sharing, heads, keys):
    config = architecture(model="Llama-2-70b", sharing=sharing, heads=heads)
    assert config.n_kv_heads == keys and config.n_heads == (heads or 64)


def test_the_nets_kinds():
    D, F, L = 768, 3072, 12
    plain = total(model="gpt2")
    assert total(model="gpt2", net="plain") == plain
    assert total(model="gpt2", net="gated") == plain + L * (D * F + F)
    tree = parameters.count(architecture(model="gpt2", net="mixture"))
    net = 2 * D * F + F + D
    assert tree.total == plain + L * (7 * net + 8 * D) and tree.active == plain + L * (net + 8 * D)
    assert not architecture(model="Llama-2-7b", net="plain").gated


def test_a_tied_table_counted_twice_is_gpt2s_163_million():
    frame = frame_of(ParameterCounter, twice=True)
    assert (frame["total"], frame["difference"], frame["tied"]) == (163_037_184, 38_597_376, 38_597_376)
    assert frame["remark"] == ""
    for name in ("Llama-2-7b", "bert-base-uncased"):
        frame = frame_of(ParameterCounter, model=name, twice=True)
        assert frame["difference"] == 0 and "nothing to count twice" in frame["remark"]


def test_a_choice_that_changes_nothing_says_so():
    def remark(**state):
        return frame_of(ParameterCounter, **state)["remark"]

    assert remark() == remark(sharing="one") == remark(net="gated") == remark(model="gemma-2b", sharing="each") == ""
    assert remark(sharing="each") == remark(model="gemma-2b", sharing="one") == "Keys and values are shared as in the model."
    assert remark(net="plain") == "The feed-forward net is as in the model."
    assert remark(pasted='{"model_type": "mixtral"}', net="mixture").startswith("The feed-forward net is as in the model. Not in the file")
    assert remark(model="Llama-2-7b", net="gated", sharing="each", twice=True).count(".") == 3


def test_the_colours_shares_are_those_of_the_parts():
    frame = frame_of(ParameterCounter)
    tree = parameters.count(models()["gpt2"].config)
    layers = tree["layers"]
    norms = 12 * (layers["attention norm"].total + layers["feed-forward norm"].total) + tree["final norm"].total
    wanted = [tree["embedding"].total, 12 * layers["self-attention"].total, 12 * layers["feed-forward"].total, norms]
    np.testing.assert_allclose(frame["group_share"], np.array(wanted) / tree.total)


# --- the text control -------------------------------------------------------------------


@pytest.mark.parametrize("text, message", [
    ("nonsense", 'config_json: expected a value in line 1, column 1, got "nonsense"'),
    ("[1]", "config_json: expected a JSON object, got a list"),
    ('{"model_type": "gpt2", "n_head": 11}', "n_head: expected a divisor of n_embd = 768, got 11"),
    (HUGE, f"total: expected at most {2**53 - 1} parameters, got more"),
])  # fmt: skip
def test_a_text_that_cannot_be_read_is_refused_in_its_readers_words(text, message):
    good = '{"model_type": "opt"}'
    counter = ParameterCounter(pasted=good)
    for attempt in (lambda: setattr(counter, "pasted", text), lambda: ParameterCounter(pasted=text)):
        with pytest.raises(ControlError) as error:
            attempt()
        assert str(error.value) == message and isinstance(error.value, ValueError)
    assert counter.pasted == good


def test_a_blank_text_is_no_text():
    assert ParameterCounter(pasted=" \n").pasted == ""


def test_a_text_is_a_trait_to_observe_and_to_link():
    counter, area, seen = ParameterCounter(), widgets.Textarea(), []
    counter.observe(lambda change: seen.append(change.new), "pasted")
    link = widgets.dlink((area, "value"), (counter, "pasted"))
    area.value = '{"model_type": "bert"}'
    link.unlink()
    assert seen == [area.value] and counter.value["pasted"] == area.value


def test_the_python_lines_hold_any_text():
    text = '{"model_type": "gpt2", "note": "it\'s \\\\ {braces} \\u00e4 \\n"}\n'
    scope = {}
    exec(ParameterCounter(pasted=text).python(), scope)
    assert scope["total"] == 124_439_808


# --- shape-trace ------------------------------------------------------------------------


@given(st.integers(1, 256), st.integers(16, 8192), st.integers(1, 64), st.integers(1, 32), st.integers(1, 32), st.booleans())
def test_shapes_are_libs_and_a_sum_joins_what_has_the_same_shape(B, N, D, h, d_k, broken):
    state = default_of(ShapeTrace) | {"B": B, "N": N, "D": 64 * D, "h": h, "d_k": 16 * d_k, "unprojected": broken}
    frame, config = ShapeTrace.frame(**state), assignment(d_model=64 * D, n_heads=h, d_k=16 * d_k)
    mismatch = abs(h * 16 * d_k - 64 * D) if broken else 0
    assert frame["mismatch"] == mismatch and bool(frame["remark"]) == (broken and not mismatch)
    steps = parameters.shapes_through(config, B, N)
    for side in ("encoder", "decoder"):
        own = [step for step in steps if step.stack == side]
        assert list(frame[f"{side}_names"]) == [step.name for step in own]
        for i, (step, join, wrong, text) in enumerate(zip(own, *(frame[f"{side}_{what}"] for what in ("joins", "wrong", "texts")))):
            attends = own[i - 1].name.endswith("attention")
            assert (join >= 0) == step.residual and wrong == int(step.residual and attends and mismatch > 0)
            if step.residual:
                assert own[join].shape == step.shape and own[join].name in ("embedding", "norm")
            if not wrong and not (broken and step.name.endswith("-attention")):
                assert text == str(step.shape)


def test_the_assignments_shapes_and_bytes():
    frame = frame_of(ShapeTrace)
    assert (frame["step_shape"], frame["step_mib"]) == ("(32, 2048, 1024)", 256)
    assert frame["decoder_texts"][-1] == "(32, 2048, 30000)"
    assert frame["decoder_mib"].max() == 32 * 2048 * 30_000 * 4 / 2**20
    assert frame_of(ShapeTrace, number_format="bf16")["step_mib"] == 128


# --- memory-meter -----------------------------------------------------------------------


@given(st.sampled_from(list(MemoryMeter.controls["model"].options)), st.integers(1, 256), st.integers(1, 24), st.booleans())
def test_one_token_more_than_the_longest_text_does_not_fit(model, batch, card, broken):
    state = default_of(MemoryMeter) | {"model": model, "batch": batch, "card": 8 * card, "all_heads": broken}
    longest, ends = int(MemoryMeter.frame(**state)["longest"]), longest_text(model)
    if longest:
        assert MemoryMeter.frame(**state | {"tokens": longest})["run"] <= 8 * card
    after = MemoryMeter.frame(**state | {"tokens": longest + 1})
    assert after["run"] > 8 * card or longest == 2**40 or (longest == ends == after["read"] and f"{ends:,d} places" in after["table_ends"])


def test_a_table_of_positions_ends_a_text():
    """GPT-2 reads 1,024 tokens and OPT 2,048 (its table has two rows more), however much memory is left."""
    ends = {name: longest_text(name) for name in MemoryMeter.controls["model"].options}
    assert {name: n for name, n in ends.items() if n} == {
        "gpt2": 1024, "gpt2-medium": 1024, "gpt2-large": 1024, "gpt2-xl": 1024, "opt-125m": 2048,
    }  # fmt: skip
    assert models()["opt-125m"].config.n_positions == 2050
    for name, n in ends.items():
        if not n:
            continue
        frame = frame_of(MemoryMeter, model=name, tokens=8192)
        assert frame["longest"] == frame["read"] == n
        assert frame["cache"] == parameters.kv_cache_bytes(models()[name].config, n) / 2**30
        assert f"{n:,d} places" in frame["table_ends"]
        assert np.isnan(frame["over_length"][LENGTHS > n]).all()
        assert np.isfinite(frame["over_length"][LENGTHS <= n]).all()


def test_the_meter_adds_up():
    frame = frame_of(MemoryMeter)
    config, count = models()["Llama-3-8B"].config, models()["Llama-3-8B"].total
    activations = parameters.activation_bytes(config, 1, 8192)
    assert frame["train"] == pytest.approx((16 * count + activations) / 2**30)
    assert frame["activations"] == activations / 2**30 and frame["remark"] == frame["table_ends"] == ""
    assert frame["run"] == pytest.approx((2 * count + parameters.kv_cache_bytes(config, 8192)) / 2**30)
    assert frame["over_length"][np.searchsorted(LENGTHS, 8192)] == pytest.approx(frame["run"])
    broken = frame_of(MemoryMeter, all_heads=True)
    assert broken["cache"] == 4 * frame["cache"] and broken["difference"] == 3 * frame["cache"]


# --- pictures of matrices ---------------------------------------------------------------


def test_matrices_are_drawn_to_scale():
    assert doctest.testmod(matrices) == doctest.TestResults(0, 4)
    page = matrices.Matrices(parameters.count(assignment())["encoder"]["layers"]["self-attention"])._repr_html_()
    boxes = [tuple(map(float, pair)) for pair in re.findall(r'<rect width="([\d.]+)" height="([\d.]+)"', page)]
    assert boxes[0] == boxes[1] == boxes[2] == boxes[3][::-1] and boxes[4][1] == 2
    assert boxes[0][1] / boxes[0][0] == pytest.approx(1024 / 768, abs=0.01)
    assert "786,432" in page and "H·<i>d</i><sub>v</sub> × D" in page
    tied = matrices.Matrices(parameters.count(models()["gpt2"].config)["output layer"])._repr_html_()
    assert "tied: counts 0" in tied
