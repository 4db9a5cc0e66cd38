"""lib.transformer: the whole forward pass against torch and against a slow loop, and what the schemes promise."""

import doctest
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib import parameters, positional, rope, transformer
from lib.transformer import SCHEMES, Scheme, decoder, forward

RECORD = json.loads((Path(__file__).parent / "fixtures/transformer.json").read_text())
TOKENS, CASES = RECORD["tokens"], RECORD["cases"]
N = len(TOKENS)


def model_of(case):
    return decoder(RECORD["shared"] | case["own"])


def scheme_of(case):
    return Scheme(**case["scheme"])


MODELS = {case["scheme"]["name"]: model_of(case) for case in CASES}
PLAIN = MODELS["none"]


def test_every_scheme_is_recorded():
    assert tuple(MODELS) == SCHEMES


@pytest.mark.parametrize("case", CASES, ids=lambda case: ", ".join(map(str, case["scheme"].values())))
def test_logits_and_weights_are_torchs(case):
    trace = forward(model_of(case), TOKENS, scheme_of(case))
    np.testing.assert_allclose(trace.logits, case["logits"], atol=1e-5)
    rows, columns = np.tril_indices(N)
    np.testing.assert_allclose(trace.weights[..., rows, columns], case["weights"], atol=1e-5)
    assert (np.triu(trace.weights, 1) == 0).all()


@pytest.mark.parametrize("case", CASES, ids=lambda case: ", ".join(map(str, case["scheme"].values())))
def test_weights_are_the_softmax_of_the_scores(case):
    trace = forward(model_of(case), TOKENS, scheme_of(case))
    powers = np.exp(trace.scores - trace.scores.max(axis=-1, keepdims=True))
    np.testing.assert_allclose(trace.weights, powers / powers.sum(axis=-1, keepdims=True), atol=1e-12)
    np.testing.assert_array_equal(np.isneginf(trace.scores), trace.weights == 0)


@pytest.mark.parametrize("name", ["none", "rope", "p-rope"])
def test_queries_and_keys_are_those_before_turning(name):
    """Turned to their places by hand they give the scores; in the first layer they are the normed tokens times the weights."""
    model, scheme = MODELS[name], Scheme(name)
    trace = forward(model, TOKENS, scheme)
    for layer in range(len(model.blocks)):
        q, k = trace.queries[layer], trace.keys[layer]
        theta = scheme.turning(layer, q.shape[-1])
        if theta is not None:
            q, k = (rope.rotate(each, np.arange(N), frequencies=theta) for each in (q, k))
        seen = np.tri(N, dtype=bool)
        np.testing.assert_allclose((q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]))[:, seen], trace.scores[layer][:, seen], atol=1e-12)
    x = model.tokens[TOKENS]
    y = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5) * model.blocks[0].gain_1
    for mine, W in ((trace.queries, model.blocks[0].W_q), (trace.keys, model.blocks[0].W_k)):
        np.testing.assert_allclose(mine[0], y @ W, atol=1e-12)


# --- a slow loop ---------------------------------------------------------------------------------------


def score(model, block, scheme, layer, head, inputs, i, j):
    """What query i gives key j, number by number; None where it may not see it."""
    turns = layer % 2 == 0 or scheme.name not in ("alternate", "windowed")
    if j > i or (scheme.name == "windowed" and turns and i - j >= scheme.window):
        return None
    q, k = (sum(inputs[n][a] * W[head][a] for a in range(len(inputs[n]))) for n, W in ((i, block.W_q), (j, block.W_k)))
    d_k = len(q)
    theta = {"rope": 4, "alternate": 4, "windowed": 4, "partial": 2, "p-rope": 1}.get(scheme.name, 0) * turns
    for pair in range(theta):
        angle = (i - j) * 10000.0 ** (-2 * pair / (4 if scheme.name == "partial" else d_k))
        x, y = q[2 * pair : 2 * pair + 2]
        q[2 * pair : 2 * pair + 2] = math.cos(angle) * x - math.sin(angle) * y, math.sin(angle) * x + math.cos(angle) * y
    result = sum(a * b for a, b in zip(q, k))
    if scheme.name == "shaw":
        result += sum(a * b for a, b in zip(q, block.shaw[max(0, len(block.shaw) // 2 - (i - j))]))
    result /= math.sqrt(d_k)
    if scheme.name == "t5":  # 8 buckets: 0 1 2 3, then by the logarithm up to 128
        bucket = i - j if i - j < 4 else min(7, 4 + int(4 * math.log((i - j) / 4) / math.log(128 / 4) + 1e-9))
        result += model.table[bucket][head]
    if scheme.name == "alibi":
        result -= (i - j) * 2.0 ** (-8 * (head + 1) / len(block.W_q))
    if scheme.name == "fire":
        c, L = abs(block.fire_c), abs(block.fire_threshold)
        share = math.log(c * (i - j) + 1) / math.log(c * max(L, i) + 1)
        hidden = [max(0.0, share * w + b) for w, b in zip(block.fire_W_1[0], block.fire_b_1)]
        result += sum(h * w for h, w in zip(hidden, block.fire_W_2[:, head])) + block.fire_b_2[head]
    if scheme.name == "fox":
        for n in range(j + 1, i + 1):
            gate = sum(a * w for a, w in zip(inputs[n], block.W_f[:, head])) + block.b_f[head]
            result += math.log(1 / (1 + math.exp(-gate)))
    return result


def slow(model, tokens, scheme):
    x = [np.array(model.tokens[token]) for token in tokens]
    for i in range(len(x)):
        if scheme.name == "learned":
            x[i] = x[i] + model.table[i]
        if scheme.name == "sinusoidal":
            angles = [i * 10000.0 ** (-2 * (a // 2) / len(x[i])) for a in range(len(x[i]))]
            x[i] = x[i] + [math.sin(angle) if a % 2 == 0 else math.cos(angle) for a, angle in enumerate(angles)]

    def norm(row, gain):
        mean = sum(row) / len(row)
        deviation = math.sqrt(sum((a - mean) ** 2 for a in row) / len(row) + 1e-5)
        return np.array([(a - mean) / deviation * g for a, g in zip(row, gain)])

    for layer, block in enumerate(model.blocks):
        inputs, out = [norm(row, block.gain_1) for row in x], []
        for i in range(len(x)):
            added = np.zeros_like(x[i])
            for head in range(len(block.W_q)):
                scores = [score(model, block, scheme, layer, head, inputs, i, j) for j in range(len(x))]
                powers = [0.0 if each is None else math.exp(each) for each in scores]
                mean = sum(power / sum(powers) * (inputs[j] @ block.W_v[head]) for j, power in enumerate(powers))
                added = added + mean @ block.W_o[head]
            out.append(x[i] + added)
        x = [row + np.maximum(0.0, norm(row, block.gain_2) @ block.W_1 + block.b_1) @ block.W_2 + block.b_2 for row in out]
    return np.array([norm(row, model.gain) @ model.W_out for row in x])


@pytest.mark.parametrize("name", SCHEMES)
def test_a_slow_loop_gives_the_same(name):
    scheme = Scheme(name, window=4)
    np.testing.assert_allclose(forward(MODELS[name], TOKENS, scheme).logits, slow(MODELS[name], TOKENS, scheme), atol=1e-10)


# --- what the schemes promise --------------------------------------------------------------------------


def logits(model, scheme, tokens=TOKENS):
    return forward(model, tokens, scheme).logits


@pytest.mark.parametrize("name", ["rope", "partial", "p-rope", "alternate"])
def test_turning_by_nothing_is_no_scheme(name):
    np.testing.assert_allclose(logits(PLAIN, Scheme(name, frequencies=np.zeros(4))), logits(PLAIN, Scheme("none")), atol=1e-12)
    assert np.abs(logits(PLAIN, Scheme(name)) - logits(PLAIN, Scheme("none"))).max() > 1e-3


def test_rope_of_an_endless_base_turns_one_pair_alone():
    """θ_1 is 1 at any base: what is left at base → ∞ is that pair, and without it NoPE."""
    endless = Scheme("rope", frequencies=rope.frequencies(8, base=1e300))
    np.testing.assert_allclose(logits(PLAIN, endless), logits(PLAIN, Scheme("rope", frequencies=[1.0])), atol=1e-12)
    mute = [replace(block, W_q=np.concatenate([np.zeros_like(block.W_q[..., :2]), block.W_q[..., 2:]], axis=2)) for block in PLAIN.blocks]
    without = replace(PLAIN, blocks=tuple(mute))
    np.testing.assert_allclose(logits(without, endless), logits(without, Scheme("none")), atol=1e-12)


def test_alibi_without_slopes_is_no_scheme(monkeypatch):
    monkeypatch.setattr(positional, "alibi_slopes", lambda n_heads: np.zeros(n_heads))
    np.testing.assert_allclose(logits(PLAIN, Scheme("alibi")), logits(PLAIN, Scheme("none")), atol=1e-12)


def test_a_window_as_long_as_the_text_is_none():
    np.testing.assert_allclose(logits(PLAIN, Scheme("windowed", window=N)), logits(PLAIN, Scheme("alternate")), atol=1e-12)
    assert np.abs(logits(PLAIN, Scheme("windowed", window=N - 1)) - logits(PLAIN, Scheme("alternate"))).max() > 1e-6
    seen = forward(PLAIN, TOKENS, Scheme("windowed", window=1)).weights
    np.testing.assert_array_equal(seen[0], np.broadcast_to(np.eye(N), seen[0].shape))
    assert (seen[1][:, -1] > 0).all()


def test_a_gate_that_is_open_forgets_nothing():
    model = MODELS["fox"]
    still = [replace(block, W_f=0.0 * block.W_f, b_f=np.full_like(block.b_f, 60.0)) for block in model.blocks]
    np.testing.assert_allclose(logits(replace(model, blocks=tuple(still)), Scheme("fox")), logits(model, Scheme("none")), atol=1e-12)
    # A gate that is the same everywhere is a slope: ALiBi's.
    slopes = positional.alibi_slopes(2)
    sloped = [replace(block, W_f=0.0 * block.W_f, b_f=-np.log(np.expm1(slopes))) for block in model.blocks]
    np.testing.assert_allclose(logits(replace(model, blocks=tuple(sloped)), Scheme("fox")), logits(model, Scheme("alibi")), atol=1e-10)


def test_fire_takes_the_size_of_what_training_may_carry_below_0():
    model = MODELS["fire"]
    turned = [replace(block, fire_c=-block.fire_c, fire_threshold=-block.fire_threshold) for block in model.blocks]
    np.testing.assert_array_equal(logits(replace(model, blocks=tuple(turned)), Scheme("fire")), logits(model, Scheme("fire")))


@pytest.mark.parametrize("name", ["learned", "t5", "shaw"])
def test_a_table_of_zeros_is_no_scheme(name):
    model = MODELS[name]
    blocks = tuple(block if block.shaw is None else replace(block, shaw=0.0 * block.shaw) for block in model.blocks)
    zero = replace(model, blocks=blocks, table=None if model.table is None else 0.0 * model.table)
    np.testing.assert_allclose(logits(zero, Scheme(name)), logits(model, Scheme("none")), atol=1e-12)


@pytest.mark.parametrize("name", SCHEMES)
def test_what_comes_later_changes_nothing(name):
    np.testing.assert_allclose(logits(MODELS[name], Scheme(name), TOKENS[:6]), logits(MODELS[name], Scheme(name))[:6], atol=1e-12)


@pytest.mark.parametrize("name", SCHEMES)
def test_without_a_scheme_a_layer_does_not_see_the_order_of_what_it_hears(name):
    """One layer, the last token's view: swapping two earlier tokens changes its logits, unless only the mask tells the order."""
    one = replace(MODELS[name], blocks=MODELS[name].blocks[:1])
    swapped = [*TOKENS[:-3], TOKENS[-2], TOKENS[-3], TOKENS[-1]]
    change = np.abs(logits(one, Scheme(name, window=N), swapped)[-1] - logits(one, Scheme(name, window=N))[-1]).max()
    assert change < 1e-12 if name == "none" else change > 1e-6


def test_log_n_sharpens_beyond_the_trained_length_alone():
    plain, sharp = (forward(PLAIN, TOKENS, Scheme("none", log_n=length)).scores[0] for length in (N, 4))
    np.testing.assert_allclose(plain, forward(PLAIN, TOKENS, Scheme("none")).scores[0], atol=1e-12)
    for i in range(N):
        np.testing.assert_allclose(sharp[:, i, : i + 1], max(1, math.log(i + 1) / math.log(4)) * plain[:, i, : i + 1], atol=1e-12)


def test_an_attention_factor_comes_in_squared():
    plain, sharp = (forward(PLAIN, TOKENS, Scheme("rope", attention_factor=factor)).scores[0] for factor in (1.0, 1.2))
    np.testing.assert_allclose(sharp, 1.44 * plain)


def test_the_schemes_turn_what_the_book_says():
    assert [Scheme(name).turning(0, 16) is None for name in SCHEMES] == [
        name not in ("rope", "partial", "p-rope", "alternate", "windowed") for name in SCHEMES
    ]
    np.testing.assert_array_equal(Scheme("rope").turning(1, 16), rope.frequencies(16))
    np.testing.assert_array_equal(Scheme("partial").turning(1, 16), rope.frequencies(8))
    np.testing.assert_array_equal(Scheme("p-rope").turning(1, 16), [*rope.frequencies(16)[:3], 0, 0, 0, 0, 0])
    # The pairs that turn have seen their whole circle within 64 tokens; the next one has not.
    assert rope.wavelengths(rope.frequencies(16))[2] < 64 < rope.wavelengths(rope.frequencies(16))[3]


# --- counts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMES)
def test_the_counts_are_those_of_lib_parameters(name):
    """Shaw's table, FIRE's net and FoX's gates are no parts of a config: they are counted apart."""
    model = MODELS[name]
    positions = {"learned": {"positions": "learned", "n_positions": N}, "t5": {"positions": "relative", "n_buckets": 8}}
    config = parameters.TransformerConfig(
        7, 16, 2, 8, n_decoder_layers=2, bias_up=True, bias_down=True, norm="layernorm-gain", final_norm=True, output="separate",
        **positions.get(name, {"positions": "none"}),
    )  # fmt: skip
    blocks = sum(np.size(value) for block in model.blocks for value in vars(block).values() if value is not None)
    total = blocks + sum(np.size(part) for part in (model.tokens, model.gain, model.W_out, model.table) if part is not None)
    own = 2 * {"shaw": 7 * 8, "fire": 1 + 1 + 4 + 4 + 4 * 2 + 2, "fox": 16 * 2 + 2}.get(name, 0)
    assert total - own == parameters.count(config).total


# --- bad input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given, said",
    [
        ({"name": "RoPE"}, "name: expected 'none' or .*, got 'RoPE'"),
        ({"name": "alibi", "frequencies": [1.0]}, "frequencies: expected none for alibi, which turns nothing, got "),
        ({"name": "rope", "frequencies": [[1.0]]}, r"frequencies: expected shape \(r,\), got shape \(1, 1\)"),
        ({"name": "rope", "attention_factor": 0.0}, "attention_factor: expected a finite number above 0, got 0.0"),
        ({"name": "windowed", "window": 0}, "window: expected an integer of at least 1, got 0"),
        ({"name": "none", "log_n": 1}, "log_n: expected an integer of at least 2, got 1"),
    ],
)
def test_a_wrong_scheme_is_refused(given, said):
    with pytest.raises(ValueError, match=f"^{said}"):
        Scheme(**given)


@pytest.mark.parametrize(
    "model, tokens, scheme, said",
    [
        ("none", [], Scheme("none"), "tokens: expected at least one token, got none"),
        ("none", [0, 7], Scheme("none"), "tokens: expected numbers below V = 7, got 7"),
        ("none", [0, -1], Scheme("none"), "tokens: expected integers of at least 0, got -1"),
        ("none", [0.5], Scheme("none"), "tokens: expected integers"),
        ("none", [[0]], Scheme("none"), r"tokens: expected shape \(N,\), got shape \(1, 1\)"),
        ("none", [0], "none", "scheme: expected a Scheme, got 'none'"),
        ("learned", [0] * (N + 1), Scheme("learned"), "tokens: expected at most 10, the rows of the learned table, got 11"),
        ("none", [0], Scheme("learned"), "model: expected table, which the scheme learned needs, got none"),
        ("none", [0], Scheme("t5"), "model: expected table, which the scheme t5 needs, got none"),
        ("none", [0], Scheme("shaw"), "model: expected shaw, which the scheme shaw needs, got none"),
        ("none", [0], Scheme("fire"), "model: expected fire_c, which the scheme fire needs, got none"),
        ("none", [0], Scheme("fox"), "model: expected W_f, which the scheme fox needs, got none"),
        ("none", [0, 1], Scheme("rope", frequencies=np.ones(5)), r"frequencies: expected shape \(r,\) with r at most 4"),
    ],
)  # fmt: skip
def test_wrong_input_is_refused(model, tokens, scheme, said):
    with pytest.raises(ValueError, match=f"^{said}"):
        forward(MODELS[model], tokens, scheme)


def test_what_is_no_model_is_refused():
    with pytest.raises(ValueError, match="^model: expected a Decoder, got"):
        forward(None, [0], Scheme("none"))
    with pytest.raises(ValueError, match="^arrays: expected the fields of a Block in blocks.0, got"):
        decoder(RECORD["shared"] | {"blocks.0.W_x": [1.0]})
    with pytest.raises(ValueError, match="^arrays: expected the fields of a Decoder in model, got"):
        decoder({name: value for name, value in RECORD["shared"].items() if name != "gain"})
    with pytest.raises(ValueError, match="^gain: expected finite numbers, got nan"):
        decoder(RECORD["shared"] | {"gain": [np.nan] * 16})


def test_docstring_examples():
    result = doctest.testmod(transformer)
    assert result.failed == 0 and result.attempted > 5


def test_every_scheme_is_explained():
    assert all(f"``{name}``" in Scheme.__doc__ for name in SCHEMES)
