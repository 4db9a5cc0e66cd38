"""Multiply-adds of every kind of layer, against torch's count of the reference's steps and slow loops of the equations."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from test_families import CONFIGS, HEADER

from lib import parameters
from lib.parameters import Amount, TransformerConfig, count_hf, from_hf, multiply_adds_per_token

WORK = json.loads(Path(__file__).with_name("fixtures").joinpath("work.json").read_text())
REAL = {file["name"]: file["config"] for file in CONFIGS}
BY_TYPE = {model["config"]["model_type"]: model["config"] for model in WORK["models"]}

# Of what a recurrence takes, by type: the share that the reference writes as a product of matrices, which torch counts.
# Mamba's and Mamba 2's reading of the state; all of lightning attention; of streams how they go over into one another.
IN_PRODUCTS = dict.fromkeys(("mamba", "mamba2", "jamba", "falcon_h1", "nemotron_h", "zamba2", "bamba"), 1 / 2)
IN_PRODUCTS |= {"minimax": 1, "gemma3n_text": 4 / 5, "deepseek_v4": 2 / 3}
# What is met of the keys that an index chooses, while the reference hides the others behind a mask.
CHOSEN = {"deepseek_v4": ("scores of compressed keys", "compressed values")}
CHOSEN |= dict.fromkeys(("deepseek_v32", "glm_moe_dsa"), ("scores", "values"))


def met_by_a_token(config):
    for path, passes, met in count_hf(config).tree.on_the_way():
        size = met.size if isinstance(met, Amount) else math.prod(met.shape)
        yield path[-1], getattr(met, "length", None), met.name, passes * size


def too_many(length, n):
    """How many keys there are beyond those that an index chooses: of n, or of a key for every m tokens."""
    m, *most = (1, length) if isinstance(length, int) else map(int, length.removeprefix("every ").split())
    return max(0, n // m - most[0]) if most else 0


@pytest.mark.parametrize("model", WORK["models"], ids=lambda model: model["name"])
def test_a_step_has_the_products_of_the_references(model):
    """Matrices and attention at six lengths: all that torch counts, which are products of matrices without convolutions.

    Two things the reference does beyond what is needed. It works out every key and value from the latents again at each
    step, W_K_up and W_V_up for all tokens before; and the index hides keys instead of leaving them out.
    """
    config, met = model["config"], list(met_by_a_token(model["config"]))
    convolutions = sum(size for name, *_, size in met if name.startswith("convolution"))
    once = sum(size for _, length, _, size in met if length == "once") * (1 - IN_PRODUCTS.get(config["model_type"], 0))
    again = sum(size for name, *_, size in met if name in ("W_K_up", "W_V_up"))
    chosen = [(length, size) for _, length, name, size in met if name in CHOSEN.get(config["model_type"], ()) and length != "all"]
    for n, theirs in zip(WORK["lengths"], model["steps"]):
        hidden = sum(too_many(length, n) * size for length, size in chosen)
        work = multiply_adds_per_token(config, n, WORK["source"])
        ours = work["decoder_matrices"] + work["decoder_attention"] + work["cross_attention"]
        assert ours - convolutions - once + (n - 1) * again + hidden == theirs
        if "encoder" in model:
            assert WORK["source"] * (work["encoder_matrices"] + work["encoder_attention"]) == model["encoder"]


class Loop:
    """Slow loops over a recurrence's step, in which every multiply-add that is counted is one."""

    def __init__(self):
        self.counted = 0

    def added(self, total, a, b):
        self.counted += 1
        return total + a * b

    def outer(self, state, k, v):
        return [[self.added(state[i][j], k[i], v[j]) for j in range(len(v))] for i in range(len(k))]

    def read(self, state, q):
        out = [0.0] * len(state[0])
        for i, row in enumerate(state):
            for j, entry in enumerate(row):
                out[j] = self.added(out[j], entry, q[i])
        return out


def scaled(state, by):
    return [[a * entry for entry in row] for a, row in zip(by, state)]


def linear_step(loop, state, q, k, v, decay):
    """Mamba 2 (k is B, q is C, v a head's inputs times dt), and lightning attention."""
    state = loop.outer(scaled(state, decay), k, v)
    return state, loop.read(state, q)


def delta_step(loop, state, q, k, v, decay):
    """The delta-net's, after Yang et al. 2024, equation 10, with beta = 1; one decay, or one for each channel."""
    state = scaled(state, decay)
    wrong = [a - b for a, b in zip(v, loop.read(state, k))]
    state = loop.outer(state, k, wrong)
    return state, loop.read(state, q)


def mamba_step(loop, state, x, dt, A, B, C):
    """Mamba's, each channel with a state of its own."""
    y = []
    for c in range(len(x)):
        state[c] = [loop.added(math.exp(dt[c] * a) * h, dt[c] * x[c], b) for a, h, b in zip(A[c], state[c], B)]
        total = 0.0
        for h, read in zip(state[c], C):
            total = loop.added(total, h, read)
        y.append(total)
    return state, y


def rwkv_step(loop, above, below, k, v, decay, bonus):
    """RWKV's, each channel with a numerator and a denominator."""
    y = []
    for c in range(len(k)):
        key, here = math.exp(k[c]), math.exp(k[c] + bonus[c])
        y.append(loop.added(above[c], here, v[c]) / loop.added(below[c], here, 1))
        above[c] = loop.added(math.exp(-decay[c]) * above[c], key, v[c])
        below[c] = loop.added(math.exp(-decay[c]) * below[c], key, 1)
    return above, below, y


def drawn(rng, *shape):
    return rng.normal(size=shape).tolist()


RECURRENT = [  # a file, its layers with a state, their heads, and a head's d_k and d_v
    (BY_TYPE["mamba"], 5, "mamba", 24, (4, None)),
    (BY_TYPE["mamba2"], 5, "linear", 8, (4, 8)),
    (BY_TYPE["jamba"], 3, "mamba", 64, (16, None)),
    (BY_TYPE["falcon_h1"], 5, "linear", 4, (4, 8)),
    (BY_TYPE["nemotron_h"], 2, "linear", 4, (4, 8)),
    (BY_TYPE["zamba2"], 5, "linear", 4, (4, 16)),
    (BY_TYPE["bamba"], 3, "linear", 8, (4, 8)),
    (BY_TYPE["minimax"], 2, "linear", 4, (8, 8)),
    (BY_TYPE["qwen3_next"], 3, "delta", 4, (16, 16)),
    (BY_TYPE["qwen3_5_text"], 3, "delta", 4, (8, 8)),
    (BY_TYPE["kimi_linear"], 3, "delta", 4, (8, 8)),
    (BY_TYPE["rwkv"], 5, "rwkv", 32, (None, None)),
]


@pytest.mark.parametrize(
    ("config", "layers", "kind", "heads", "sizes"), RECURRENT, ids=lambda item: item.get("model_type") if isinstance(item, dict) else None
)
def test_a_step_of_a_recurrence_is_a_slow_loop_of_its_equations(config, layers, kind, heads, sizes):
    rng, loop, (d_k, d_v) = np.random.default_rng(0), Loop(), sizes
    if kind == "mamba":
        mamba_step(loop, drawn(rng, heads, d_k), *drawn(rng, 2, heads), drawn(rng, heads, d_k), *drawn(rng, 2, d_k))
    elif kind == "rwkv":
        rwkv_step(loop, *drawn(rng, 6, heads))
    else:
        step = linear_step if kind == "linear" else delta_step
        for _ in range(heads):
            step(loop, drawn(rng, d_k, d_v), *drawn(rng, 2, d_k), drawn(rng, d_v), drawn(rng, d_k))
    assert sum(size for _, length, _, size in met_by_a_token(config) if length == "once") == layers * loop.counted


def test_the_steps_are_the_recurrences():
    """So that what is counted is the recurrence: the same state and output as matrices have."""
    rng = np.random.default_rng(1)
    S, q, k, v, a = rng.normal(size=(3, 4)), *rng.normal(size=(2, 3)), rng.normal(size=4), rng.uniform(size=3)
    state, out = linear_step(Loop(), S.tolist(), q, k, v, a)
    expected = a[:, None] * S + np.outer(k, v)
    assert np.allclose(state, expected) and np.allclose(out, q @ expected)
    k = k / np.linalg.norm(k)
    state, out = delta_step(Loop(), S.tolist(), q, k, v, a)
    expected = (np.eye(3) - np.outer(k, k)) @ (a[:, None] * S) + np.outer(k, v)
    assert np.allclose(state, expected) and np.allclose(out, q @ expected)


def attention(config, n):
    return multiply_adds_per_token(config, n)["decoder_attention"]


def test_attention_that_is_known_by_hand():
    deepseek = REAL["u-deepseek-v3"]  # 61 layers, 128 heads of 128 + 64 and 128
    assert attention(deepseek, 1000) == 61 * 128 * (192 + 128) * 1000
    with_index = deepseek | {"model_type": "deepseek_v32", "architectures": ["DeepseekV32ForCausalLM"], "index_topk": 2048}
    index = 61 * 64 * (128 + 1)
    assert attention(with_index, 2048) == attention(deepseek, 2048) + index * 2048
    assert attention(with_index, 100_000) == attention(deepseek, 2048) + index * 100_000
    shared = with_index | {"model_type": "glm_moe_dsa", "architectures": ["GlmMoeDsaForCausalLM"], "index_topk_freq": 4}
    grown = attention(shared, 100_000) - attention(shared, 50_000)
    assert 0 < grown < (attention(with_index, 100_000) - attention(with_index, 50_000)) / 3  # fewer layers have an index
    gemma = {"model_type": "gemma3_text", "num_hidden_layers": 6, "sliding_window": 512, "num_attention_heads": 4, "head_dim": 256}
    assert attention(gemma, 10_000) == (5 * 512 + 10_000) * 2 * 4 * 256


def test_compressed_attention_by_hand():
    """DeepSeek-V4: 4 tokens to a key of which 512 are chosen, or 128 to one; a window of 128; four streams."""
    config = {"model_type": "deepseek_v4", "hidden_size": 64, "num_attention_heads": 8, "num_hidden_layers": 3, "n_routed_experts": 8}
    kinds = {"sparse": "compressed_sparse_attention", "heavy": "heavily_compressed_attention", "window": "sliding_attention"}
    n, window, streams = 8192, 128 * 2 * 8 * 512, 2 * (2 * 4 + 4 * 4) * 64
    index = 64 * 128 * n // 4
    known = {"window": window, "heavy": window + n // 128 * 2 * 8 * 512, "sparse": window + index + 512 * 2 * 8 * 512}
    for name, kind in kinds.items():
        assert attention(config | {"layer_types": [kind] * 3}, n) == 3 * (known[name] + streams)


def test_layers_that_share_weights_are_passed_as_often_as_they_stand():
    albert = {"model_type": "albert", "hidden_size": 64, "embedding_size": 16, "num_attention_heads": 4, "intermediate_size": 96}
    one, twelve = (multiply_adds_per_token(albert | {"num_hidden_layers": n}, 10) for n in (1, 12))
    layer = 4 * 64 * 64 + 2 * 64 * 96
    assert twelve["encoder_matrices"] - one["encoder_matrices"] == 11 * layer
    assert twelve["encoder_attention"] == 12 * 10 * 2 * 64
    assert count_hf(albert | {"num_hidden_layers": 1}).total == count_hf(albert | {"num_hidden_layers": 12}).total


def test_what_works_once_is_not_in_a_tokens_work():
    """Towers and projectors, pooler and classifier: a nested model's decoder takes what its text alone takes."""
    text = {"num_hidden_layers": 3, "hidden_size": 32, "head_dim": 8, "num_attention_heads": 4, "num_key_value_heads": 2}
    alone = multiply_adds_per_token(text | {"model_type": "gemma3_text"}, 100)
    assert multiply_adds_per_token({"model_type": "gemma3", "text_config": text}, 100) == alone and alone["decoder_matrices"]
    once = {"bert": ("ForSequenceClassification", "Model"), "albert": ("ForSequenceClassification", "Model"), "vit": ("Model",)}
    sizes = {"hidden_size": 32, "num_attention_heads": 4, "intermediate_size": 48, "num_hidden_layers": 2, "embedding_size": 32}
    for family, (prefix, before) in {"bert": ("Bert", 0), "albert": ("Albert", 32 * 32), "vit": ("ViT", 3 * 16 * 16 * 32)}.items():
        for suffix in once[family]:
            work = multiply_adds_per_token(sizes | {"model_type": family, "architectures": [prefix + suffix]}, 7)
            layers = 2 * (4 * 32 * 32 + 2 * 32 * 48)
            assert {name: n for name, n in work.items() if n} == {"encoder_matrices": before + layers, "encoder_attention": 2 * 7 * 2 * 32}
    whisper = multiply_adds_per_token({"model_type": "whisper", "architectures": ["WhisperModel"]}, 9)
    assert whisper["encoder_matrices"] == 4 * (4 * 384**2 + 2 * 384 * 1536)  # not the convolutions before
    towers = multiply_adds_per_token({"model_type": "clip"}, 77)
    assert towers["encoder_matrices"] == 12 * 12 * (512**2 + 768**2) + 3 * 32 * 32 * 768  # a token of each tower
    deberta = {
        "model_type": "deberta-v2",
        "architectures": ["DebertaV2Model"],
        "hidden_size": 24,
        "num_attention_heads": 2,
        "num_hidden_layers": 1,
    }
    relative = deberta | {"relative_attention": True, "position_buckets": 4, "pos_att_type": "p2c|c2p"}
    more = {name: n - multiply_adds_per_token(deberta, 100)[name] for name, n in multiply_adds_per_token(relative, 100).items()}
    assert {name: n for name, n in more.items() if n} == {"encoder_attention": 2 * 24 * 8}


def test_every_layer_that_keeps_or_attends_says_what_it_meets():
    without = set()

    def look(part):
        if part.passes and (part.caches or part.name in ("self-attention", "cross-attention", "Mamba", "Mamba 2", "delta-net")):
            without.update([part.name] if not part.meets else [])
        for inside in part.parts if part.passes else ():
            look(inside)

    for config in [*REAL.values(), *BY_TYPE.values()]:
        try:
            look(count_hf(config).tree)
        except ValueError:
            continue
    # One keeps its last input, the other the inputs of a convolution, which is a matrix; zamba2's shared layer is met elsewhere.
    assert without <= {"channel mixing", "short convolution", "self-attention"}
    zamba = count_hf(BY_TYPE["zamba2"]).tree
    assert not zamba["shared layer"]["self-attention"].meets


def test_a_config_a_count_and_a_file_are_the_same():
    for file in ({"model_type": "llama"}, {"model_type": "t5"}, {"model_type": "bert"}):
        config = from_hf(file)
        assert isinstance(config, TransformerConfig)
        ours = [multiply_adds_per_token(model, 50, 60) for model in (config, file, count_hf(file), parameters.count(config))]
        assert ours[0] == ours[1] == ours[2] == ours[3]


def test_a_file_of_weights_is_refused():
    with pytest.raises(ValueError, match="model: expected one whose matrices are known .*, got 'file'"):
        multiply_adds_per_token(HEADER, 1)
