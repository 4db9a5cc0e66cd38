"""The decoder in the browser against lib.transformer: every recorded model, within and beyond its trained length, however it is stretched."""

import numpy as np
import pytest
from javascript import LIB, call

from lib import rope, transformer
from lib.explorers.length import TrainedAttention, training
from lib.explorers.length.trained_attention import D_K, MODELS, STRETCHES, arranged, reaching
from lib.transformer import Scheme

DECODER = "explorers/length/decoder.mjs"
LEVELS, FIRST, SKIPPED = 45, ord("#"), ord("\\")
AT_REST = ("fire", "partial", "alternate")  # schemes of which no weights are recorded


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """both(letters, tokens, scheme of JavaScript) -> logits, scores and weights as the twin has them: decoderOf and forward in one call."""
    module = tmp_path_factory.mktemp("twin") / "run.mjs"
    module.write_text(
        f'import {{ decoderOf, forward }} from "{(LIB / DECODER).as_uri()}";\n'
        "export const run = (letters, tokens, scheme) => {\n"
        "  const [model, count] = [decoderOf(letters), scheme.rows];\n"
        "  if (count) model.table = Float64Array.from({ length: count * model.D }, (_, i) => i < model.table.length ? model.table[i] : model.table[model.table.length - model.D + i % model.D]);\n"
        "  const { logits, scores, weights } = forward(model, tokens, scheme);\n"
        "  const plain = (kind) => kind.map((layer) => layer.map((flat) => [...flat]));\n"
        "  return { logits: [...logits], scores: plain(scores), weights: plain(weights) };\n"
        "};\n"
    )
    return lambda *given: call(module, "run", *given)


def in_javascript(scheme):
    """A Scheme as forward of decoder.mjs takes it."""
    given = {"name": scheme.name, "factor": scheme.attention_factor, "window": scheme.window}
    given |= {} if scheme.frequencies is None else {"theta": scheme.frequencies}
    return given | ({} if scheme.log_n is None else {"log_n": scheme.log_n})


def agree(ours, trace):
    n = len(trace.logits)
    np.testing.assert_allclose(np.reshape(ours["logits"], (n, -1)), trace.logits, rtol=1e-9, atol=1e-10)
    for name in ("scores", "weights"):
        theirs = getattr(trace, name)
        np.testing.assert_allclose(np.reshape(ours[name], theirs.shape), theirs, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("model", MODELS)
def test_every_recorded_model_under_every_stretching(both, model):
    task, name = model.split("-", 1)
    decoder = training.model(task, name)
    rng = np.random.default_rng([*model.encode()])
    for n in (30, 100):
        tokens = rng.integers(0, len(decoder.tokens), n)
        for stretch in STRETCHES:
            scheme, *_ = arranged(task, name, stretch, n)
            rows = {"rows": n} if scheme.name == "learned" and n > len(decoder.table) else {}
            trace = transformer.forward(reaching(decoder, scheme.name, n), tokens, scheme)
            agree(both(training.letters(task, name), tokens, in_javascript(scheme) | rows), trace)


def packed(array):
    """As experiments/length.py packs it, and what is left of it."""
    array = np.asarray(array, float)
    if array.ndim < 2:
        return array.tolist()
    parts = array.reshape(len(array), -1)
    scales = np.abs(parts).max(axis=1) / LEVELS
    codes = np.round(parts / scales[:, None]).astype(int).ravel() + LEVELS + FIRST
    return {"shape": array.shape, "scales": scales, "numbers": "".join(map(chr, codes + (codes >= SKIPPED)))}


def small(scheme, V=11, D=24, H=3, d_k=8, d_ff=20, width=5):
    """A model of random numbers in the recorded form, of sizes that differ from each other and from the recorded ones'."""
    rng = np.random.default_rng([*scheme.encode()])
    shapes = {"tokens": (V, D), "gain": (D,), "W_out": (D, V)}
    block = {"gain_1": (D,), "W_q": (H, D, d_k), "W_k": (H, D, d_k), "W_v": (H, D, d_k), "W_o": (H, d_k, D), "gain_2": (D,)}
    block |= {"W_1": (D, d_ff), "b_1": (d_ff,), "W_2": (d_ff, D), "b_2": (D,)}
    if scheme == "fire":
        block |= {
            "fire_c": (),
            "fire_threshold": (),
            "fire_W_1": (1, width),
            "fire_b_1": (width,),
            "fire_W_2": (width, H),
            "fire_b_2": (H,),
        }
    shapes |= {f"blocks.{layer}.{name}": shape for layer in range(3) for name, shape in block.items()}
    arrays = {name: rng.standard_normal(shape) * (0.5 if len(shape) > 1 else 1) for name, shape in shapes.items()}
    arrays |= {name: 7.0 + arrays[name] for name in arrays if name.endswith("fire_threshold")}
    return {"levels": LEVELS} | {name: packed(array) for name, array in arrays.items()}, d_k


@pytest.mark.parametrize("name", AT_REST)
@pytest.mark.parametrize("n", [5, 40])
def test_schemes_of_which_no_weights_are_recorded(both, name, n):
    letters, d_k = small(name)
    model = transformer.decoder({key: training.unpacked(value, LEVELS) for key, value in letters.items() if key != "levels"})
    tokens = np.random.default_rng(n).integers(0, len(model.tokens), n)
    schemes = [Scheme(name), Scheme(name, log_n=4)]
    if name != "fire":
        r, slower = len(schemes[0].turning(0, d_k)), rope.yarn(3, 12)
        theta = rope.frequencies(d_k, scaling=slower)[:r]
        schemes.append(Scheme(name, frequencies=theta, attention_factor=slower.attention_factor))
    for scheme in schemes:
        agree(both(letters, tokens, in_javascript(scheme)), transformer.forward(model, tokens, scheme))


def test_all_recorded_models_are_offered_and_all_offered_are_recorded():
    files = {path.stem for path in training.FOLDER.glob("*-*.json")}
    assert files == set(MODELS) and set(TrainedAttention.on_demand()) == {name.replace("-", "_") for name in MODELS}
    assert {training.model(*name.split("-", 1)).blocks[0].W_q.shape[-1] for name in MODELS} == {D_K}
