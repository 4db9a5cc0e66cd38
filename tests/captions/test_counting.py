"""What the captions of the chapter on counting promise, over the whole range of their controls."""

import numpy as np
import pytest
from every_explorer import frame_of

from lib.explorers.counting import MemoryMeter, ParameterCounter, ShapeTrace
from lib.explorers.counting.memory_meter import LENGTHS, WRITERS, kept_by, longest_text
from lib.explorers.counting.models import models
from lib.explorers.counting.parameter_counter import LAST_PART, architecture
from lib.explorers.counting.shape_trace import DECODER, ENCODER

# --- parameter-counter ------------------------------------------------------------------


@pytest.mark.parametrize("name", list(models()))
def test_areas_are_numbers_of_parameters_and_the_slider_walks_through_all(name):
    frame = frame_of(ParameterCounter, model=name)
    sizes, parents = frame["sizes"], frame["parents"]
    assert len(sizes) <= LAST_PART + 1
    for part in range(len(sizes)):
        below = sizes[parents == part]
        assert not below.size or below.sum() == sizes[part]
    for part in range(0, LAST_PART + 1, 13):
        opened = frame_of(ParameterCounter, model=name, part=part)
        assert opened["opened"] == part % len(sizes)  # "and then begins again"
        assert opened["opened_size"] == sizes[part % len(sizes)] == pytest.approx(opened["opened_share"] * opened["total"])
        assert opened["opened_path"].split(" › ")[-1] == frame["names"][part % len(sizes)]


PLAIN = [name for name, model in models().items() if model.config]
GROWING = [name for name in WRITERS if {entry["length"] for entry in kept_by(models()[name])} <= {"all", "source"}]


@pytest.mark.parametrize("name", PLAIN)
def test_a_head_keeps_its_width_and_other_sizes_stay_the_models(name):
    base = models()[name].config
    d_k = base.d_k or base.d_model // base.n_heads
    for width in (64, 768, 4096, 12_288):
        for heads in (0, 1, 7, 96):
            config = architecture(model=name, width=width, heads=heads)
            assert config.d_k == d_k and config.d_model == width and config.n_heads == (heads or base.n_heads)
            assert (config.vocab_size, config.d_ff) == (base.vocab_size, base.d_ff)


def test_how_wide_the_tables_are():
    share = {name: frame_of(ParameterCounter, model=name)["group_share"][0] for name in models()}
    assert 0.3 < share["gpt2"] < 1 / 3
    assert share["Llama-2-70b"] < 0.01
    assert share["gemma-2b"] > 0.2 > share["Llama-3-8B"]


def test_only_a_tied_table_can_be_counted_twice():
    for name, model in models().items():
        frame = frame_of(ParameterCounter, model=name, twice=True)
        tied = any(leaf.array.tied for leaf in model.tree.leaves())
        assert (frame["difference"] > 0) == tied == (frame["remark"] == "")


@pytest.mark.parametrize("name", sorted({*models()} - {*PLAIN}))
def test_a_model_of_several_kinds_of_layers_keeps_its_sizes(name):
    still, moved = frame_of(ParameterCounter, model=name), frame_of(ParameterCounter, model=name, width=4096, net="plain")
    assert moved["total"] == still["total"] == models()[name].total and moved["difference"] == 0
    assert "sizes of this file are its own" in moved["remark"] and still["remark"] == ""


# --- shape-trace ------------------------------------------------------------------------

SIZES = (
    {},
    {"B": 1, "N": 16, "D": 64, "h": 1, "d_k": 16},
    {"B": 256, "N": 4096, "D": 4096, "h": 32, "d_k": 512, "V": 256_000},
    {"D": 768, "h": 4},
)


def shapes(frame):
    return {side: list(zip(frame[f"{side}_names"], frame[f"{side}_texts"], frame[f"{side}_mib"])) for side in ("encoder", "decoder")}


@pytest.mark.parametrize("sizes", SIZES)
def test_every_sub_layer_ends_in_b_n_d(sizes):
    state = ShapeTrace(**sizes).value
    wide = f"({state['B']}, {state['N']}, {state['D']})"
    for rows in shapes(ShapeTrace.frame(**state)).values():
        ends = [text for name, text, _ in rows if name in ("self-attention", "cross-attention", "feed-forward", "input added")]
        assert len(ends) in (4, 6) and set(ends) == {wide}


def test_the_walk_goes_from_the_tokens_to_the_scores():
    seen = [frame_of(ShapeTrace, step=step)["step_name"] for step in range(ENCODER + DECODER)]
    assert seen[0] == "encoder, tokens" and seen[-1] == "decoder, scores of the words"
    assert ShapeTrace.controls["step"].high == len(seen) - 1


@pytest.mark.parametrize("sizes", SIZES)
def test_what_grows_with_the_square_of_the_length(sizes):
    state = ShapeTrace(**sizes).value
    longer = shapes(ShapeTrace.frame(**state | {"N": 2 * state["N"]}))
    for side, rows in shapes(ShapeTrace.frame(**state)).items():
        for (name, _, before), (_, _, after) in zip(rows, longer[side]):
            assert after / before == (4 if name == "attention weights" else 2)
    words = [shapes(frame_of(ShapeTrace, **sizes | {"V": V}))["decoder"][-1][2] for V in (10_000, 30_000)]
    assert words[1] / words[0] == 3


def test_which_addition_fails_without_w_o():
    for h in (1, 3, 4, 8, 32):
        for d_k in (16, 192, 256, 512):
            frame = frame_of(ShapeTrace, h=h, d_k=d_k, unprojected=True)
            fails = h * d_k != 1024
            assert frame["mismatch"] == abs(h * d_k - 1024) and bool(frame["remark"]) == (not fails)
            assert frame["encoder_wrong"].sum() == fails and frame["decoder_wrong"].sum() == 2 * fails
            for side in ("encoder", "decoder"):  # an attention's addition, never the net's
                names = frame[f"{side}_names"]
                for at in np.flatnonzero(frame[f"{side}_wrong"]):
                    assert names[at] == "input added" and names[at - 1].endswith("attention")


# --- memory-meter -----------------------------------------------------------------------


def test_the_cache_of_llama_3_8b_grows_as_large_as_its_weights():
    for weights_in in ("bf16", "int8", "int4", "fp32"):
        for cache_in in ("bf16", "int8", "fp32"):
            state = {"weights_in": weights_in, "cache_in": cache_in}
            short, long = (frame_of(MemoryMeter, tokens=n, **state) for n in (128, 2**20))
            assert short["cache"] < short["sizes"][0] < long["cache"]
    weights = {form: frame_of(MemoryMeter, weights_in=form)["sizes"][0] for form in ("bf16", "int4")}
    assert weights["bf16"] == 4 * weights["int4"]


@pytest.mark.parametrize("name", GROWING)
def test_weights_are_there_once_and_the_cache_for_every_token_of_every_sequence(name):
    one, more = frame_of(MemoryMeter, model=name, tokens=500), frame_of(MemoryMeter, model=name, tokens=1000, batch=32)
    assert one["sizes"][0] == more["sizes"][0] and more["cache"] == pytest.approx(64 * one["cache"])


@pytest.mark.parametrize("name", sorted({*WRITERS} - {*GROWING}))
def test_a_window_keeps_that_many_at_most_and_a_state_is_kept_once(name):
    """The lines of the kinds add up, a window's ends level, and a state's is level."""
    frame = frame_of(MemoryMeter, model=name, batch=3)
    full, windows, states, all_of_it = (frame[f"over_{kind}"] for kind in ("full", "windows", "states", "length"))
    kinds = np.nansum([full, windows, states], axis=0)
    np.testing.assert_allclose(kinds + frame["sizes"][0], all_of_it)
    assert np.isnan(windows).all() or windows[0] <= windows[-1] == windows[-2]
    assert np.isnan(states).all() or (states == states[0]).all()
    assert np.isnan(full).all() or full[-1] == pytest.approx(full[0] * LENGTHS[-1] / LENGTHS[0])
    assert not (np.isnan(windows).all() and np.isnan(states).all())


@pytest.mark.parametrize("name", [name for name in WRITERS if name in PLAIN])
def test_training_keeps_eight_times_the_weights_and_activations_on_top(name):
    def sizes(**state):
        return frame_of(MemoryMeter, model=name, **state)["sizes"]

    for weights_in, times in (("bf16", 8), ("int4", 8), ("fp32", 4)):
        trained = sizes(weights_in=weights_in)
        assert trained[2:6].sum() == pytest.approx(times * trained[2])
    for batch in (1, 7):
        n = 200
        kept = {}
        for what in ("nothing", "attention", "layers"):
            kept[what] = [sizes(tokens=tokens, batch=batch, recompute=what)[6] for tokens in (n, 2 * n, 4 * n)]
            assert kept[what][0] == pytest.approx(batch * sizes(tokens=n, recompute=what)[6])
        for what in ("attention", "layers"):
            assert kept[what][1] == pytest.approx(2 * kept[what][0])
        short, middle, long = kept["nothing"]
        assert long - 2 * middle == pytest.approx(4 * (middle - 2 * short)) and middle > 2 * short
        assert kept["attention"][0] > kept["layers"][0]


def test_training_the_8b_model_fits_on_no_80_gib():
    for what in ("nothing", "attention", "layers"):
        for tokens in (128, 8192, 2**20):
            assert frame_of(MemoryMeter, tokens=tokens, card=80, recompute=what)["train"] > 80


@pytest.mark.parametrize("name", WRITERS)
def test_the_longest_text_is_the_memorys_or_the_tables(name):
    config, ends = models()[name].config, longest_text(name)
    assert bool(ends) == bool(config and config.positions == "learned")
    for card in (8, 24, 192):
        for batch in (1, 256):
            frame = frame_of(MemoryMeter, model=name, card=card, batch=batch)
            if name in GROWING:
                by_memory = max(0, int((card - frame["sizes"][0]) * 2**20 // frame["cache_of_a_token"]))
                assert abs(frame["longest"] - min(by_memory, ends or by_memory)) <= 1
            assert bool(ends) == ("places" in frame["table_ends"])  # 8,192 tokens are asked for
    frame = frame_of(MemoryMeter, model=name, tokens=2**20)
    assert frame["read"] == (ends or 2**20) and np.isnan(frame["over_length"]).sum() == (LENGTHS > (ends or 2**20)).sum()


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_cached_for_nothing(name):
    frame = frame_of(MemoryMeter, model=name, all_heads=True)
    assert (frame["difference"] > 0) == (frame["without_sharing"] > 1) == ("nothing to forget" not in frame["remark"])


def test_the_smaller_llama_needs_more_at_the_length_that_the_chapter_names():
    def run(name, tokens):
        return frame_of(MemoryMeter, model=name, tokens=tokens)["run"]

    assert run("Llama-2-7b", 8192) > run("Llama-3-8B", 8192)
    assert run("Llama-2-7b", 4096) < run("Llama-3-8B", 4096)
