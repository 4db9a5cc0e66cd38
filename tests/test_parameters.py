"""lib.parameters against recorded counts, allocated arrays, published totals and slow loops."""

import copy
import json
import math
import random
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modules import hold_examples

from lib import parameters
from lib.parameters import TransformerConfig, count, from_hf
from lib.parameters._family import family_named

FIXTURES = Path(__file__).with_name("fixtures")
RECORD = json.loads(FIXTURES.joinpath("parameters.json").read_text())
PUBLISHED = {model["name"]: model["config"] for model in parameters.published()}
FAMILIES = sorted({case["config"]["model_type"] for case in RECORD["cases"]})  # the plain ones; test_families.py has all
ASSIGNMENT = TransformerConfig(
    vocab_size=30_000,
    d_model=1024,
    n_heads=4,
    d_ff=512,
    n_encoder_layers=12,
    n_decoder_layers=8,
    d_k=192,
    d_v=192,
    bias_o=True,
    bias_up=True,
    bias_down=True,
    n_embedding_tables=2,
    output="separate",
    n_output_biases=1,
)


def random_config(rng):
    """Any transformer with small sizes."""
    heads, width = rng.choice([1, 2, 3, 4, 6]), rng.randint(1, 5)
    encoder, decoder = rng.choice([(0, 2), (3, 0), (1, 1), (2, 3)])
    kv = rng.choice([None, *(n for n in range(1, heads + 1) if heads % n == 0)])
    experts = rng.choice([0, 0, 3, 5])
    flags = [name for name, value in asdict(ASSIGNMENT).items() if isinstance(value, bool)]
    return TransformerConfig(
        vocab_size=rng.randint(1, 50),
        d_model=heads * width,
        n_heads=heads,
        d_ff=rng.randint(1, 20),
        n_encoder_layers=encoder,
        n_decoder_layers=decoder,
        n_decoder_heads=rng.choice([None, heads, *([width] if kv in (None, 1) else [])]),
        d_decoder_ff=rng.choice([None, 7]),
        n_kv_heads=kv,
        d_k=rng.choice([None, 3]),
        d_v=rng.choice([None, 4]),
        d_embedding=rng.choice([None, None, heads * width, 5]),
        cross_attention=rng.choice([None, decoder > 0, False]),
        qk_norm=rng.choice(parameters.QK_NORMS),
        n_experts=experts,
        n_active_experts=experts and rng.randint(1, experts),
        norm=rng.choice(list(parameters.NORMS)),
        norms_per_layer=rng.choice([1, 2, 4]),
        positions=rng.choice(parameters.POSITIONS),
        n_positions=rng.randint(1, 30),
        n_buckets=rng.randint(1, 9),
        n_token_types=rng.choice([0, 2]),
        n_embedding_tables=rng.randint(1, 3) if encoder and decoder else 1,
        output=rng.choice(parameters.OUTPUTS),
        n_output_biases=rng.randint(0, 2),
        n_labels=rng.choice([0, 4]),
        **{name: rng.random() < 0.5 for name in flags},
    )


configs = st.randoms(use_true_random=False).map(random_config)


def allocate(c):
    """Every parameter of a model as an array, layer by layer and head by head: (arrays, idle).

    Idle arrays are those of the experts that a token does not pass."""
    arrays, idle = [], []

    def new(*shape, into=arrays):
        into.append(np.empty(shape, dtype=np.int8))

    def norm(width):
        if c.norm != "layernorm-bare":
            new(width)
        if c.norm == "layernorm":
            new(width)

    def attention(heads):
        kv = c.n_kv_heads or heads
        d_k = c.d_k if c.d_k else c.d_model // heads
        d_v = c.d_v if c.d_v else d_k
        for _ in range(heads):
            new(c.d_model, d_k)  # its W_Q, and its rows of W_O
            new(d_v, c.d_model)
            if c.bias_q:
                new(d_k)
        for _ in range(kv):
            new(c.d_model, d_k)
            new(c.d_model, d_v)
            if c.bias_k:
                new(d_k)
            if c.bias_v:
                new(d_v)
        if c.bias_o:
            new(c.d_model)
        if c.qk_norm == "head":
            norm(d_k)
            norm(d_k)
        if c.qk_norm == "all":
            norm(d_k * heads)
            norm(d_k * kv)

    def feed_forward(d_ff):
        if c.n_experts:
            new(c.d_model, c.n_experts)
        for expert in range(max(1, c.n_experts)):
            into = idle if expert >= max(1, c.n_active_experts) else arrays
            for bias in [c.bias_gate, c.bias_up] if c.gated else [c.bias_up]:
                new(c.d_model, d_ff, into=into)
                if bias:
                    new(d_ff, into=into)
            new(d_ff, c.d_model, into=into)
            if c.bias_down:
                new(c.d_model, into=into)

    both = c.n_encoder_layers > 0 and c.n_decoder_layers > 0
    table = c.d_embedding if c.d_embedding else c.d_model
    for _ in range(c.n_embedding_tables):
        new(c.vocab_size, table)
    for decoder, layers in enumerate([c.n_encoder_layers, c.n_decoder_layers]):
        if layers == 0:
            continue
        heads = c.n_decoder_heads if decoder and c.n_decoder_heads else c.n_heads
        d_ff = c.d_decoder_ff if decoder and c.d_decoder_ff else c.d_ff
        crosses = decoder and (both if c.cross_attention is None else c.cross_attention)
        if table != c.d_model:
            new(table, c.d_model)
            new(c.d_model, table)
        if c.positions == "learned":
            new(c.n_positions, c.d_model)
        if c.positions == "relative":
            new(c.n_buckets, heads)
        for _ in range(c.n_token_types):
            new(c.d_model)
        for wanted in (c.embedding_norm, c.final_norm):
            if wanted:
                norm(c.d_model)
        for _ in range(layers):
            attention(heads)
            feed_forward(d_ff)
            for _ in range(c.norms_per_layer):
                norm(c.d_model)
            if crosses:
                attention(heads)
                for _ in range(max(1, c.norms_per_layer // 2)):
                    norm(c.d_model)
    if c.output != "none":
        if c.transform_output:
            new(table, table)
            new(table)
            norm(table)
        if c.output == "separate":
            new(table, c.vocab_size)
        for _ in range(c.n_output_biases):
            new(c.vocab_size)
    if c.pooler:
        new(table, table)
        new(table)
    if c.n_labels:
        if c.transform_labels:
            new(table, table)
            new(table)
        new(table, c.n_labels)
        if c.bias_labels:
            new(c.n_labels)
    return arrays, idle


# --- counts -----------------------------------------------------------------------------


@pytest.mark.parametrize("model", parameters.published(), ids=lambda model: model["name"])
def test_published_totals(model):
    tree = count(from_hf(model["config"]))
    assert tree.total - model["total"] == 0
    assert tree.active == tree.total
    assert model["source"]


def test_the_published_table_is_the_one_we_promise():
    assert {model["name"]: model["total"] for model in parameters.published()} == {
        "gpt2": 124_439_808,
        "gpt2-medium": 354_823_168,
        "gpt2-large": 774_030_080,
        "gpt2-xl": 1_557_611_200,
        "bert-base-uncased": 109_482_240,
        "bert-large-uncased": 335_141_888,
        "t5-small": 60_506_624,
        "t5-base": 222_903_552,
        "Llama-2-7b": 6_738_415_616,
        "Llama-2-13b": 13_015_864_320,
        "Llama-2-70b": 68_976_648_192,
        "Llama-3-8B": 8_030_261_248,
        "Mistral-7B-v0.1": 7_241_732_096,
        "gemma-2b": 2_506_172_416,
        "Qwen2.5-0.5B": 494_032_768,
        "Qwen2.5-7B": 7_615_616_512,
        "Phi-3-mini-4k-instruct": 3_821_079_552,
        "opt-125m": 125_239_296,
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_recorded_counts_of_every_family(family):
    cases = [case for case in RECORD["cases"] if case["config"]["model_type"] == family]
    assert len(cases) >= 10
    ours = [count(from_hf(case["config"])).total for case in cases]
    wrong = {json.dumps(c["config"]): n for c, n in zip(cases, ours) if n != c["parameters"]}
    assert wrong == {}
    assert [parameters.class_of(case["config"]) for case in cases] == [c["class"] for c in cases]


def test_the_model_of_the_assignment():
    tree = count(ASSIGNMENT)
    encoder, decoder = tree["encoder"], tree["decoder"]
    assert (encoder.total, decoder.total, tree.total) == (81_131_520, 120_268_080, 201_399_600)
    assert (encoder["layers"].total, decoder["layers"].total) == (12 * 4_200_960, 8 * 7_349_760)
    assert encoder["embedding"].total == decoder["embedding"].total == 30_720_000
    assert decoder["output layer"].total == 30_750_000
    layer = decoder["layers"]
    assert layer["self-attention"].total == 4 * 1024 * 768 + 1024
    assert layer["feed-forward"].total == 2 * 1024 * 512 + 512 + 1024
    assert layer["feed-forward norm"].total == 2 * 1024
    assert [part.name for part in layer.parts] == [
        "self-attention",
        "cross-attention",
        "feed-forward",
        "attention norm",
        "cross-attention norm",
        "feed-forward norm",
    ]


@pytest.mark.parametrize(("changes", "total"), [({}, 124_439_808), ({"tie_word_embeddings": False}, 163_037_184)])
def test_what_gpt2s_count_may_mean(changes, total):
    tree = count(from_hf({"model_type": "gpt2", **changes}))
    assert tree.total == total
    assert tree["layers"].total + tree["final norm"].total == 85_056_000


@given(configs)
def test_leaves_add_up(config):
    tree = count(config)
    sizes = [(0 if a.tied else math.prod(a.shape), n, m) for _, a, n, m in tree.leaves()]
    assert tree.total == sum(size * times for size, times, _ in sizes)
    assert tree.active == sum(size * times for size, _, times in sizes)
    assert len({path for path, *_ in tree.leaves()}) == len(sizes)
    for path, array, times, _ in tree.leaves():
        part = tree
        for name in path:
            part, times = part[name], times // part[name].times
        assert part is array and times == 1
        assert len(array.axes) == len(array.shape) == (2 if array.kind in ("matrix", "table") else 1)


@given(configs)
def test_counts_are_those_of_allocated_arrays(config):
    arrays, idle = allocate(config)
    tree, active = count(config), sum(array.size for array in arrays)
    assert (tree.total, tree.active) == (active + sum(array.size for array in idle), active)


def test_the_allocated_arrays_see_every_field():
    """Else a field that count and allocate both forget would pass unseen."""
    rng, unseen = random.Random(1), set(asdict(ASSIGNMENT))

    def sizes(config):
        return [sum(array.size for array in arrays) for arrays in allocate(config)]

    for _ in range(100):
        base, other = random_config(rng), asdict(random_config(rng))
        for name in sorted(unseen):
            try:
                changed = replace(base, **{name: other[name]})
            except ValueError:
                continue
            if sizes(changed) != sizes(base):
                unseen.remove(name)
    assert unseen == set()


def test_totals_and_leaves_of_a_single_array():
    array = count(ASSIGNMENT)["encoder"]["embedding"]["token table"]
    assert array.total == array.active == 30_000 * 1024
    assert list(array.leaves()) == [(("token table",), array, 1, 1)]
    with pytest.raises(KeyError, match="W_Q"):
        array["W_Q"]


def test_a_tied_layer_is_shown_and_counts_nothing():
    tied = count(replace(ASSIGNMENT, output="tied"))["decoder"]["output layer"]["W_words"]
    assert tied.tied and tied.shape == (1024, 30_000) and tied.total == 0


def test_the_tree_of_a_mixture():
    tree = count(from_hf({"model_type": "mixtral"}))
    experts = tree["layers"]["feed-forward"]["experts"]
    assert (experts.times, experts.active_times) == (8, 2)
    assert experts.total == 4 * experts.active == 8 * 3 * 4096 * 14336
    assert tree.total - tree.active == 32 * 6 * 3 * 4096 * 14336


def test_the_tree_stays_small_and_says_the_same_as_json():
    tree = count(from_hf({"model_type": "llama", "num_hidden_layers": 10_000}))
    assert len(list(tree.leaves())) < 20
    shown = json.loads(json.dumps(tree.as_dict()))
    assert shown["total"] == tree.total and shown["parts"][1]["times"] == 10_000
    assert shown["parts"][1]["parts"][0]["parts"][0] == {
        "name": "W_Q",
        "times": 1,
        "active_times": 1,
        "kind": "matrix",
        "axes": ["D", "H·d_k"],
        "shape": [4096, 4096],
        "tied": False,
        "total": 4096**2,
        "active": 4096**2,
        "passes": 1,
        "caches": [],
        "meets": [],
        "parts": [],
    }


def test_formulas_have_the_sizes_of_the_shapes():
    tree = count(from_hf({"model_type": "mistral"}))
    attention = tree["layers"]["self-attention"]
    axes = {part.name: (part.axes, part.shape) for part in attention.parts}
    assert axes["W_K"] == (("D", "H_kv·d_k"), (4096, 8 * 128))
    assert axes["W_O"] == (("H·d_v", "D"), (4096, 4096))
    same = count(from_hf({"model_type": "llama"}))["layers"]["self-attention"]
    assert same["W_K"].axes == ("D", "H·d_k")


# --- config.json ------------------------------------------------------------------------


def test_a_whole_file():
    file = {
        "activation_function": "gelu_new",
        "architectures": ["GPT2LMHeadModel"],
        "attn_pdrop": 0.1,
        "bos_token_id": 50256,
        "embd_pdrop": 0.1,
        "eos_token_id": 50256,
        "initializer_range": 0.02,
        "layer_norm_epsilon": 1e-05,
        "model_type": "gpt2",
        "n_ctx": 1024,
        "n_embd": 768,
        "n_head": 12,
        "n_inner": None,
        "n_layer": 12,
        "n_positions": 1024,
        "resid_pdrop": 0.1,
        "summary_activation": None,
        "summary_first_dropout": 0.1,
        "summary_proj_to_labels": True,
        "summary_type": "cls_index",
        "summary_use_proj": True,
        "task_specific_params": {"text-generation": {"do_sample": True, "max_length": 50}},
        "vocab_size": 50257,
    }
    before = copy.deepcopy(file)
    assert from_hf(file) == from_hf({"model_type": "gpt2"})
    assert file == before


@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_may_say_no_more_than_its_family(family):
    default = from_hf({"model_type": family})
    name = parameters.class_of({"model_type": family})
    for empty in (None, [], [name, "Other"]):
        assert from_hf({"model_type": family, "architectures": empty}) == default
    for name in family_named(family)["classes"]:
        assert count(from_hf({"model_type": family, "architectures": [name]})).total > 0


def test_null_is_absence_or_what_stands_for_it():
    llama = {"model_type": "llama", "num_attention_heads": 16}
    assert from_hf({**llama, "head_dim": None, "num_key_value_heads": None}) == from_hf(llama)
    assert from_hf({"model_type": "mistral"}).n_kv_heads == 8
    assert from_hf({"model_type": "mistral", "num_key_value_heads": None}).n_kv_heads == 32
    assert from_hf({"model_type": "falcon", "multi_query": None}).n_kv_heads == 71


def test_whole_numbers_may_be_written_with_a_point():
    assert from_hf({"model_type": "gpt2", "n_embd": 768.0}) == from_hf({"model_type": "gpt2"})


# What is wrong with a file, and what the message says; the browser is held to the same.
BAD_FILES = [
    ([], "config_json: expected a JSON object, got a list"),
    ("gpt2", 'config_json: expected a JSON object, got "gpt2"'),
    (None, "config_json: expected a JSON object, got null"),
    ({}, "model_type: expected one of ", " types, such as bert, gpt2 or llama, got nothing"),
    ({"model_type": None}, "model_type: expected one of ", "got null"),
    ({"model_type": "mambo"}, "model_type: expected one of ", 'got "mambo"'),
    ({"model_type": "constructor"}, "model_type: expected one of ", 'got "constructor"'),
    ({"model_type": ["gpt2"]}, "model_type: expected one of ", "got a list"),
    ({"model_type": "x" * 50}, "model_type: ", 'got "' + "x" * 40 + '"…'),
    ({"model_type": "Größe\n\u2028"}, "model_type: ", 'got "Gr\\u00f6\\u00dfe\\n\\u2028"'),
    ({"model_type": "gpt2", "n_embd": "768"}, 'n_embd: expected a whole number from 1 to 100000000, got "768"'),
    ({"model_type": "gpt2", "n_embd": -768}, "n_embd: expected a whole number", "got -768"),
    ({"model_type": "gpt2", "n_embd": 0}, "n_embd: expected a whole number", "got 0"),
    ({"model_type": "gpt2", "n_embd": True}, "n_embd: expected a whole number", "got true"),
    ({"model_type": "gpt2", "n_embd": None}, "n_embd: expected a whole number", "got null"),
    ({"model_type": "gpt2", "n_embd": [768]}, "n_embd: expected a whole number", "got a list"),
    ({"model_type": "gpt2", "n_embd": {}}, "n_embd: expected a whole number", "got an object"),
    ({"model_type": "gpt2", "n_embd": 3.5}, "n_embd: expected a whole number", "got 3.5"),
    ({"model_type": "gpt2", "n_embd": 1e-7}, "n_embd: expected a whole number", "got 1e-07"),
    ({"model_type": "gpt2", "n_embd": math.nan}, "n_embd: expected a whole number", "got nan"),
    ({"model_type": "gpt2", "n_embd": -math.inf}, "n_embd: expected a whole number", "got -inf"),
    ({"model_type": "gpt2", "n_embd": 10**9}, "n_embd: expected a whole number", "got 1000000000"),
    ({"model_type": "gpt2", "n_embd": 1e30}, "n_embd: expected a whole number", "got 1e+30"),
    ({"model_type": "gpt2", "hidden_size": 3.5}, "hidden_size: expected a whole number", "got 3.5"),
    ({"model_type": "gpt2", "n_head": 7}, "n_head: expected a divisor of n_embd = 768, got 7"),
    ({"model_type": "gpt2", "num_attention_heads": 7}, "num_attention_heads: expected a divisor of n_embd = 768, got 7"),
    ({"model_type": "gpt2", "tie_word_embeddings": 1}, "tie_word_embeddings: expected true or false, got 1"),
    ({"model_type": "gpt2", "add_cross_attention": "no"}, "add_cross_attention: expected true or false", 'got "no"'),
    ({"model_type": "gpt2", "architectures": "GPT2Model"}, 'architectures: expected a list of names of classes, got "GPT2Model"'),
    ({"model_type": "gpt2", "architectures": [3]}, "architectures: expected a list of names of classes, got a list"),
    (
        {"model_type": "olmo", "architectures": ["LlamaModel"]},
        'architectures: expected one of OlmoForCausalLM, OlmoModel, OlmoForSequenceClassification, got "LlamaModel"',
    ),
    ({"model_type": "bert", "architectures": ["toString"]}, "architectures: expected one of BertModel, ", 'got "toString"'),
    ({"model_type": "bert", "num_labels": 0}, "num_labels: expected a whole number", "got 0"),
    ({"model_type": "bert", "id2label": {}}, "num_labels: expected a whole number", "got 0"),
    ({"model_type": "bert", "id2label": ["a"]}, "id2label: expected a JSON object, got a list"),
    ({"model_type": "bert", "num_attention_heads": 11}, "num_attention_heads: expected a divisor of hidden_size = 768, got 11"),
    ({"model_type": "bert", "add_cross_attention": True}, "add_cross_attention: expected false where is_decoder is false, got true"),
    ({"model_type": "distilbert", "n_heads": 11}, "n_heads: expected a divisor of dim = 768, got 11"),
    ({"model_type": "bart", "decoder_attention_heads": 11}, "decoder_attention_heads: expected a divisor of d_model = 1024, got 11"),
    ({"model_type": "t5", "feed_forward_proj": 5}, "feed_forward_proj: expected a text, got 5"),
    ({"model_type": "llama", "hidden_size": 100}, "num_attention_heads: expected a divisor of hidden_size = 100, got 32, its default"),
    ({"model_type": "llama", "num_key_value_heads": 5}, "num_key_value_heads: expected a divisor of num_attention_heads = 32, got 5"),
    (
        {"model_type": "mistral", "hidden_size": 16},
        "num_attention_heads: expected at most hidden_size = 16 where head_dim is absent, got 32, its default",
    ),
    (
        {"model_type": "mistral", "num_attention_heads": 6, "hidden_size": 96, "num_key_value_heads": None, "head_dim": 0},
        "head_dim: expected a whole number",
        "got 0",
    ),
    (
        {"model_type": "mistral", "num_attention_heads": 6, "hidden_size": 96},
        "num_key_value_heads: expected a divisor of num_attention_heads = 6, got 8, its default",
    ),
    ({"model_type": "mixtral", "num_experts_per_tok": 9}, "num_experts_per_tok: expected at most num_local_experts = 8, got 9"),
    ({"model_type": "qwen3", "head_dim": None}, "head_dim: expected a whole number", "got null"),
    ({"model_type": "gemma2", "hidden_size": 100}, "num_attention_heads: expected a divisor of hidden_size = 100, got 8, its default"),
    ({"model_type": "opt", "num_attention_heads": 5}, "num_attention_heads: expected a divisor of hidden_size = 768, got 5"),
    ({"model_type": "gpt_neox", "num_attention_heads": 5}, "num_attention_heads: expected a divisor of hidden_size = 6144, got 5"),
    ({"model_type": "falcon", "hidden_size": 100}, "num_attention_heads: expected a divisor of hidden_size = 100, got 71, its default"),
    (
        {"model_type": "falcon", "new_decoder_architecture": True, "num_kv_heads": 8},
        "num_kv_heads: expected a divisor of num_attention_heads = 71, got 8",
    ),
    ({"model_type": "bloom", "n_head": 7}, "n_head: expected a divisor of hidden_size = 64, got 7"),
    (
        {"model_type": "llama", "hidden_size": 10**8, "num_attention_heads": 1},
        "total: expected at most 9007199254740991 parameters, got more",
    ),
    (
        {"model_type": "llama", "hidden_size": 10**8, "num_attention_heads": 1, "intermediate_size": 10**8, "num_hidden_layers": 10**8},
        "total: expected at most 9007199254740991 parameters, got more",
    ),
]


@pytest.mark.parametrize("case", BAD_FILES, ids=lambda case: json.dumps(case[0])[:60])
def test_bad_files(case):
    file, *parts = case
    pattern = "^" + ".*".join(map(re.escape, parts)) + "$"
    with pytest.raises(ValueError, match=pattern):
        count(from_hf(file))


def test_the_largest_total():
    """2**53 − 1 = 20394401 · 441650591, and a layer as plain as this has 6·D parameters."""
    largest = TransformerConfig(441_650_585, 20_394_401, 1, 1, n_decoder_layers=1, d_k=1, norm="layernorm-bare")
    assert count(largest).total == 2**53 - 1
    with pytest.raises(ValueError, match="^total: expected at most 9007199254740991 parameters, got more$"):
        count(replace(largest, n_labels=1, bias_labels=False))


def test_numbers_beyond_all_floats_are_refused():
    for value, said in ((10**400, "inf"), (-(10**400), "-inf"), (10**30, "1e+30")):
        with pytest.raises(ValueError, match=f"^n_embd: .* got {re.escape(said)}$"):
            from_hf({"model_type": "gpt2", "n_embd": value})


BAD_CONFIGS = [
    ({"d_model": 0}, "d_model: expected a whole number from 1 to 1000000000, got 0"),
    ({"d_model": 1023}, "n_heads: expected a divisor of d_model = 1023 where d_k is not given, got 4"),
    ({"n_heads": 3.5}, "n_heads: expected a whole number from 1 to 1000000000, got 3.5"),
    ({"n_heads": "4"}, 'n_heads: expected a whole number from 1 to 1000000000, got "4"'),
    ({"n_heads": True}, "n_heads: expected a whole number from 1 to 1000000000, got true"),
    ({"vocab_size": None}, "vocab_size: expected a whole number from 1 to 1000000000, got null"),
    ({"vocab_size": 2 * 10**9}, "vocab_size: expected a whole number from 1 to 1000000000, got 2000000000"),
    ({"n_encoder_layers": -1}, "n_encoder_layers: expected a whole number from 0 to 1000000000, got -1"),
    ({"n_encoder_layers": 0, "n_decoder_layers": 0}, "n_decoder_layers: expected a layer in the encoder or the decoder, got 0"),
    ({"n_decoder_heads": 3}, "n_decoder_heads: expected a divisor of d_model = 1024 where d_k is not given, got 3"),
    ({"n_kv_heads": 3}, "n_kv_heads: expected a divisor of n_heads = 4, got 3"),
    ({"n_kv_heads": 0}, "n_kv_heads: expected a whole number from 1 to 1000000000, got 0"),
    ({"n_kv_heads": 4, "n_decoder_heads": 2}, "n_kv_heads: expected a divisor of n_decoder_heads = 2, got 4"),
    ({"n_experts": 4}, "n_active_experts: expected from 1 to n_experts = 4, got 0"),
    ({"n_active_experts": 1}, "n_active_experts: expected from 0 to n_experts = 0, got 1"),
    ({"gated": 1}, "gated: expected true or false, got 1"),
    ({"gated": None}, "gated: expected true or false, got null"),
    ({"cross_attention": "yes"}, 'cross_attention: expected true or false, got "yes"'),
    ({"cross_attention": True, "n_decoder_layers": 0}, "cross_attention: expected false where there is no decoder, got true"),
    ({"norm": "batchnorm"}, 'norm: expected layernorm or layernorm-gain or layernorm-bare or rmsnorm, got "batchnorm"'),
    ({"output": None}, "output: expected none or tied or separate, got null"),
    ({"qk_norm": ["head"]}, "qk_norm: expected none or head or all, got a list"),
    ({"positions": "learned"}, "n_positions: expected at least 1 where positions are learned, got 0"),
    ({"positions": "relative"}, "n_buckets: expected at least 1 where positions are relative, got 0"),
    ({"norms_per_layer": 3}, "norms_per_layer: expected 1 or 2 or 4, got 3"),
    ({"n_embedding_tables": 4}, "n_embedding_tables: expected at most 3 with encoder and decoder, else 1, got 4"),
    ({"n_embedding_tables": 2, "n_encoder_layers": 0}, "n_embedding_tables: expected at most 3 with encoder and decoder, else 1, got 2"),
    ({"n_output_biases": 3}, "n_output_biases: expected at most 2, got 3"),
    ({"d_model": 10**9, "d_ff": 10**9}, "total: expected at most 9007199254740991 parameters, got more"),
]
BASE_OF_BAD = asdict(replace(ASSIGNMENT, d_k=None, d_v=None, n_embedding_tables=1))


@pytest.mark.parametrize(("changes", "message"), BAD_CONFIGS)
def test_bad_configs(changes, message):
    with pytest.raises(ValueError, match="^" + re.escape(message) + "$"):
        count(TransformerConfig(**{**BASE_OF_BAD, **changes}))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: count({}), "config: expected a TransformerConfig, got a value of type dict"),
        (lambda: parameters.kv_cache_bytes(1, 2), "config: expected a TransformerConfig, got a value of type int"),
        (lambda: parameters.shapes_through(None, 1, 1), "config: expected a TransformerConfig, got a value of type NoneType"),
        (lambda: parameters.bytes_of(-1, "fp32"), "n: expected an integer of at least 0, got -1"),
        (lambda: parameters.bytes_of(1, "fp6"), f"number_format: expected {' or '.join(map(repr, parameters.NUMBER_FORMATS))}, got 'fp6'"),
        (lambda: parameters.training_bytes(1, number_format="int8"), "number_format: expected 'fp32' or 'fp16' or 'bf16', got 'int8'"),
        (lambda: parameters.training_bytes(1, master_weights=1), "master_weights: expected true or false, got 1"),
        (lambda: parameters.kv_cache_bytes(ASSIGNMENT, 1.5), "n_tokens: expected an integer of at least 0, got 1.5"),
        (lambda: parameters.kv_cache_bytes(ASSIGNMENT, 1, 0), "batch: expected an integer of at least 1, got 0"),
        (lambda: parameters.multiply_adds_per_token(ASSIGNMENT, 0), "n_tokens: expected an integer of at least 1, got 0"),
        (lambda: parameters.shapes_through(ASSIGNMENT, 1, 1, 0), "n_source_tokens: expected an integer of at least 1, got 0"),
        (lambda: parameters.activation_bytes(ASSIGNMENT, 1, 1, "int8"), "number_format: expected 'fp32' or 'fp16' or 'bf16', got 'int8'"),
        (
            lambda: parameters.activation_bytes(ASSIGNMENT, 1, 1, recompute="all"),
            "recompute: expected 'nothing' or 'attention' or 'layers', got 'all'",
        ),
        (lambda: parameters.activation_bytes(ASSIGNMENT, 1, 1, fp32_softmax=2), "fp32_softmax: expected true or false, got 2"),
        (lambda: parameters.activation_bytes({}, 1, 1), "config: expected a TransformerConfig, got a value of type dict"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match="^" + re.escape(message) + "$"):
        call()


def test_numpy_integers_are_sizes():
    config = replace(ASSIGNMENT, d_model=np.int64(1024))
    assert config == ASSIGNMENT and type(config.d_model) is int
    assert from_hf({"model_type": "gpt2", "n_embd": np.int32(768)}).d_model == 768


# --- memory and operations --------------------------------------------------------------


@pytest.mark.parametrize(("number_format", "stored"), [("fp32", np.float32), ("fp16", np.float16), ("int8", np.int8)])
def test_bytes_are_those_of_arrays(number_format, stored):
    assert parameters.bytes_of(1001, number_format) == np.zeros(1001, dtype=stored).nbytes


def test_bytes_without_a_numpy_type():
    assert parameters.bytes_of(1001, "bf16") == 2002
    assert [parameters.bytes_of(n, "int4") for n in (0, 1, 2, 3)] == [0, 1, 1, 2]


def cache_slowly(c, n_tokens, batch, n_source):
    """Numbers kept, one vector after the other."""
    kept = 0
    heads = c.n_decoder_heads or c.n_heads
    d_k = c.d_k or c.d_model // heads
    crosses = c.n_encoder_layers > 0 if c.cross_attention is None else c.cross_attention
    for _ in range(c.n_decoder_layers):
        for tokens in [n_tokens, n_source] if crosses else [n_tokens]:
            for _ in range(batch * tokens * (c.n_kv_heads or heads)):
                kept += d_k
                kept += c.d_v or d_k
    return kept


@given(configs, st.integers(0, 5), st.integers(1, 3), st.integers(0, 4))
def test_the_cache_against_a_loop(config, n_tokens, batch, source):
    ours = parameters.kv_cache_bytes(config, n_tokens, batch, "int8", n_source_tokens=source)
    assert ours == cache_slowly(config, n_tokens, batch, source)
    doubled = parameters.kv_cache_bytes(config, n_tokens, batch, n_source_tokens=source)
    assert doubled == 2 * ours
    assert parameters.kv_cache_bytes(config, 3, batch) == parameters.kv_cache_bytes(config, 3, batch, n_source_tokens=3)


def test_caches_people_know():
    llama70 = {"model_type": "llama", "hidden_size": 8192, "num_hidden_layers": 80}
    llama70 = from_hf({**llama70, "num_attention_heads": 64, "num_key_value_heads": 8})
    assert parameters.kv_cache_bytes(llama70, 1) == 2 * 80 * 8 * 128 * 2  # 320 KiB a token
    assert parameters.kv_cache_bytes(from_hf({"model_type": "bert"}), 512) == 0


def test_windows_that_alternate_are_added_up():
    """Gemma 2 9B at 8,192 tokens, half of its layers with a window of 4,096, kept layer by layer."""
    config = from_hf({
        "model_type": "gemma2", "hidden_size": 3584, "num_hidden_layers": 42, "num_attention_heads": 16, "num_key_value_heads": 8,
    })  # fmt: skip
    slowly = sum(min(8192, 4096 if layer % 2 == 0 else 8192) * 8 * (256 + 256) * 2 for layer in range(42))
    half = replace(config, n_decoder_layers=21)
    assert slowly == sum(parameters.kv_cache_bytes(half, n) for n in (4096, 8192)) == 1.96875 * 2**30
    assert [parameters.kv_cache_bytes(config, n) / 2**30 for n in (4096, 8192)] == [1.3125, 2.625]


def test_training_takes_sixteen_bytes_a_parameter():
    assert parameters.training_bytes(10) == {"weights": 20, "gradients": 20, "moments": 80, "master_weights": 40}
    assert parameters.training_bytes(10, number_format="fp32") == {"weights": 40, "gradients": 40, "moments": 80, "master_weights": 0}
    assert parameters.training_bytes(10, master_weights=False)["master_weights"] == 0
    assert parameters.training_bytes(10, number_format="fp32", master_weights=True)["master_weights"] == 40


GPT2, LLAMA_3, MIXTRAL = {"model_type": "gpt2"}, PUBLISHED["Llama-3-8B"], {"model_type": "mixtral"}
TOLD = [
    ("163,037,184", GPT2, ["a tied output layer counted as one of its own"]),
    ("163M", GPT2, ["a tied output layer counted as one of its own, rounded"]),
    ("124 439 808", GPT2, ["every parameter once"]),
    ("124M", GPT2, ["every parameter once, rounded"]),
    ("85,056,000", GPT2, ["no tables"]),
    ("123,653,376", GPT2, ["no table of positions"]),
    ("117M", GPT2, []),
    ("8.0B", LLAMA_3, ["every parameter once, rounded"]),
    (str(8_030_261_248 + 32 * 2 * 4096 * (4096 - 1024)), LLAMA_3, ["keys and values as wide as queries"]),
    (str(8_030_261_248 - 32 * 4096 * 14_336), LLAMA_3, ["no gates"]),
    (str(8_030_261_248 - 65 * 4096 - 128_256 * 4096), LLAMA_3, ["no output layer and no norms", "no token table and no norms", "no tables and no norms"]),
    ("12.9B", MIXTRAL, ["the experts that a token meets, rounded"]),
    (str(46_702_792_704 - 32 * 7 * 3 * 4096 * 14_336), MIXTRAL, ["one expert for all"]),
    ("124,439,808.5", None, None), ("-3", None, None), ("many", None, None), ("1e9", None, None), ("9" * 16, None, None), ("1.23456k", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "model", "ways"), TOLD)
def test_what_a_number_may_mean(text, model, ways):
    if model is None:
        with pytest.raises(ValueError, match="^told: expected a number such as 163,037,184 or 124M, got"):
            parameters.parse_number(text)
        return
    number, place = parameters.parse_number(text)
    assert sorted(parameters.told(number, model, place=place)) == sorted(ways)


def test_a_padded_vocabulary():
    assert parameters.told(124_439_808 + 768 * (50_304 - 50_257), GPT2) == [
        "a vocabulary filled up to a multiple of 64", "a vocabulary filled up to a multiple of 128",
    ]  # fmt: skip


@pytest.mark.parametrize(("recipe", "bytes_a_parameter"), [
    ({}, 16), ({"number_format": "fp32"}, 16), ({"gradients": "fp32"}, 18), ({"moments": "bf16", "master_weights": False}, 8),
    ({"moments": "int8"}, 10.03125), ({"number_format": "fp32", "moments": "int8"}, 10.03125),
    ({"zero_stage": 1, "n_cards": 64}, 4 + 12 / 64), ({"zero_stage": 2, "n_cards": 64}, 2 + 14 / 64), ({"zero_stage": 3, "n_cards": 64}, 16 / 64),
    ({"n_trained": 0}, 2), ({"n_trained": 2**20}, 2 + 16 / 64),
])  # fmt: skip
def test_recipes_of_training(recipe, bytes_a_parameter):
    """The shares of ZeRO are those of its paper's figure 1: 16, 4.19, 2.22 and 0.25 bytes with 64 cards."""
    assert sum(parameters.training_bytes(2**26, **recipe).values()) == 2**26 * bytes_a_parameter


def test_what_no_training_is():
    for bad in ({"zero_stage": 4}, {"zero_stage": -1}, {"n_cards": 0}, {"gradients": "int8"}, {"moments": "fp16"}, {"n_trained": -1}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            parameters.training_bytes(10, **bad)


def test_lora_trains_two_thin_matrices_beside_each():
    llama = from_hf({"model_type": "llama"})
    assert parameters.lora_parameters(llama, 8) == 32 * 2 * 8 * (4096 + 4096)
    assert parameters.lora_parameters(llama, 1, matrices=("W_up",)) == 32 * (4096 + 11_008)
    mixtral = {"model_type": "mixtral"}
    assert parameters.lora_parameters(mixtral, 2, matrices=("W_up",)) == 32 * 8 * 2 * (4096 + 14_336)
    with pytest.raises(ValueError, match="matrices: expected names of matrices such as W_K, W_O"):
        parameters.lora_parameters(llama, 8, matrices=("W_Z",))


def test_formats_with_scales_against_packed_arrays():
    """As they are packed: numbers, and a scale for every group that has begun."""
    for name, (group, scale) in parameters.SCALES.items():
        for n in (0, 1, group - 1, group, group + 1, 1000):
            packed = n * parameters.NUMBER_FORMATS[name] + scale * len(range(0, n, group))
            assert parameters.bytes_of(n, name) == len(np.packbits(np.zeros(packed, dtype=bool)))
    bits = {name: 8 * parameters.bytes_of(2**20, name) / 2**20 for name in parameters.SCALES}
    assert bits == {"mxfp8": 8.25, "mxfp4": 4.25, "nvfp4": 4.5, "nf4": 4.5, "int4-g128": 4.15625}


class Counted:
    """A forward pass of zeros that counts the multiply-adds of every product it takes."""

    def __init__(self, c, B, N, S):
        self.work, self.shapes = {}, []
        both = c.n_encoder_layers > 0 and c.n_decoder_layers > 0
        self.c, self.B = c, B
        for stack, layers in (("encoder", c.n_encoder_layers), ("decoder", c.n_decoder_layers)):
            if layers:
                self.stack, self.N = stack, S if stack == "encoder" and both else N
                crosses = both if c.cross_attention is None else c.cross_attention
                self.run(layers, S if crosses and stack == "decoder" else 0)
        if c.output != "none":
            x = np.zeros((B, self.N, c.d_embedding or c.d_model))
            if c.transform_output:
                self.product(x, (x.shape[-1], x.shape[-1]))
            self.shapes.append(self.product(x, (x.shape[-1], c.vocab_size)).shape)

    def add(self, name, n):
        self.work[name] = self.work.get(name, 0) + n

    def product(self, x, shape, name=None):
        y = x @ np.zeros(shape)
        self.add(name or f"{self.stack}_matrices", x.shape[-1] * shape[-1])  # for one token
        return y

    def attend(self, x, source, name):
        c, decoder = self.c, self.stack == "decoder"
        H = c.n_decoder_heads if decoder and c.n_decoder_heads else c.n_heads
        kv, d_k = c.n_kv_heads or H, c.d_k or c.d_model // H
        d_v = c.d_v or d_k
        on_source = "cross_keys_values" if name == "cross_attention" else None
        q = self.product(x, (c.d_model, H * d_k)).reshape(*x.shape[:2], H, d_k).swapaxes(1, 2)
        k = self.product(source, (c.d_model, kv * d_k), on_source)
        v = self.product(source, (c.d_model, kv * d_v), on_source)
        k, v = (a.reshape(*source.shape[:2], kv, -1).swapaxes(1, 2) for a in (k, v))
        self.shapes += [q.shape, k.shape, v.shape]
        k, v = np.repeat(k, H // kv, axis=1), np.repeat(v, H // kv, axis=1)
        scores = q @ k.swapaxes(-1, -2)
        heads = scores @ v
        self.shapes += [scores.shape, heads.shape]
        for _ in range(H):
            for _ in range(source.shape[1]):  # the last token meets every key
                self.add(name, d_k)
                self.add(name, d_v)
        heads = heads.swapaxes(1, 2).reshape(*x.shape[:2], -1)
        return self.product(heads, (H * d_v, c.d_model))

    def run(self, layers, source):
        c, B, N = self.c, self.B, self.N
        narrow = c.d_embedding and c.d_embedding != c.d_model
        self.shapes.append((B, N))
        x = np.zeros((B, N, c.d_embedding or c.d_model))
        if narrow:
            self.shapes.append(x.shape)
            x = self.product(x, (c.d_embedding, c.d_model))
        self.shapes.append(x.shape)
        start = len(self.shapes)
        for _ in range(layers):
            del self.shapes[start:]  # layers are alike
            x = self.end(x, self.attend(self.begin(x), x, f"{self.stack}_attention"))
            if source:
                memory = np.zeros((B, source, c.d_model))
                x = self.end(x, self.attend(self.begin(x), memory, "cross_attention"))
            self.begin(x)
            d_ff = c.d_decoder_ff if self.stack == "decoder" and c.d_decoder_ff else c.d_ff
            if c.n_experts:
                self.shapes.append(self.product(x, (c.d_model, c.n_experts)).shape)
            hidden = []
            for _ in range(max(1, c.n_active_experts)):
                if c.gated:
                    self.product(x, (c.d_model, d_ff))
                hidden.append(self.product(x, (c.d_model, d_ff)))
                y = self.product(hidden[-1], (d_ff, c.d_model))
            self.shapes.append(np.stack(hidden, 2).shape if c.n_experts else hidden[0].shape)
            x = self.end(x, y)
        if c.final_norm:
            self.shapes.append(x.shape)
        if narrow:
            self.product(x, (c.d_model, c.d_embedding))

    def begin(self, x):
        if self.c.final_norm:
            self.shapes.append(x.shape)
        return x

    def end(self, x, y):
        self.shapes += [y.shape, (x + y).shape]
        if not self.c.final_norm:
            self.shapes.append(x.shape)
        return x + y


@given(configs, st.integers(1, 2), st.integers(1, 4), st.integers(1, 5))
def test_operations_and_shapes_are_those_of_a_forward_pass(config, batch, n_tokens, n_source):
    ran = Counted(config, batch, n_tokens, n_source)
    ours = parameters.multiply_adds_per_token(config, n_tokens, n_source)
    assert {name: n for name, n in ours.items() if n} == ran.work
    steps = parameters.shapes_through(config, batch, n_tokens, n_source)
    assert [step.shape for step in steps] == ran.shapes
    assert all(step.shape[2:] == (config.d_model,) for step in steps if step.residual)


def otherwise(family, number_format, recompute):
    """What a family computes otherwise than the docstring's program, as it says: the family's bytes for ours, by term."""
    factors = {}
    if number_format == "bf16" and family in ("bert", "bart"):
        factors["loss"] = 2 / 4
    if recompute != "nothing" and family in ("phi", "glm4"):
        factors["attention outputs"] = 2  # heads that are rotated in part
    return factors


KEPT = json.loads(FIXTURES.joinpath("activations.json").read_text())


@pytest.mark.parametrize("model", KEPT["models"], ids=lambda model: model["name"])
def test_activations_are_what_the_reference_keeps(model):
    """In fp32 to the byte; in bf16 the CPU's LayerNorm keeps its statistics in 16 bits, a graphics card's in fp32."""
    file = model["config"]
    config, source = from_hf(file), KEPT["source"] if file["model_type"] in ("bart", "t5") else None
    for recompute, formats in model["bytes"].items():
        for number_format, recorded in formats.items():
            factors = otherwise(file["model_type"], number_format, recompute)
            for n, size in zip(KEPT["lengths"], recorded):
                in_fp32 = file["model_type"] not in ("gpt2", "bert", "bart")
                options = {"n_source_tokens": source, "recompute": recompute, "fp32_softmax": in_fp32}
                terms = parameters.activation_terms(config, KEPT["batch"], n, number_format, **options)
                assert sum(terms.values()) == parameters.activation_bytes(config, KEPT["batch"], n, number_format, **options)
                ours = sum(kept * factors.get(term, 1) for term, kept in terms.items())
                assert ours == pytest.approx(size, rel=0.015), (recompute, number_format, n)
                if number_format == "fp32" and not factors and file["model_type"] != "glm4":  # it makes its rotary tables in each layer
                    assert ours == size, (recompute, n)


@given(configs, st.integers(1, 2), st.integers(1, 4), st.integers(1, 5))
def test_what_computing_twice_leaves_of_the_activations(config, batch, n_tokens, n_source):
    def kept(what, c=config):
        return parameters.activation_terms(c, batch, n_tokens, "fp32", n_source_tokens=n_source, recompute=what)

    steps = parameters.shapes_through(config, batch, n_tokens, n_source)
    weights = sum(4 * step.times * math.prod(step.shape) for step in steps if step.name == "attention weights")
    assert [kept(what)["attention weights"] for what in parameters.RECOMPUTED] == [weights, 0, 0]
    without, twice = sum(kept("attention").values()), sum(kept("layers").values())
    assert twice <= without or max(config.n_encoder_layers, config.n_decoder_layers) == 1
    # One layer more costs its input alone.
    stack = "n_decoder_layers" if config.n_decoder_layers else "n_encoder_layers"
    deeper = kept("layers", replace(config, **{stack: getattr(config, stack) + 1}))
    more = {term: deeper[term] - size for term, size in kept("layers").items() if deeper[term] != size}
    assert more == {"layer inputs": 4 * batch * n_tokens * config.d_model}


def test_activations_of_what_no_recorded_model_has():
    """A decoder that reads a source from outside, an output transformed at the table's width, RMSNorm after the sub-layers."""
    plain = TransformerConfig(50, 24, 3, 40, n_decoder_layers=2)

    def more(a, b, number_format="bf16", **options):
        of_a, of_b = (parameters.activation_terms(c, 2, 7, number_format, n_source_tokens=11, **options) for c in (a, b))
        return {term: of_b[term] - size for term, size in of_a.items() if of_b[term] != size}

    wide, far, statistics = 2 * 7 * 24 * 2, 2 * 11 * 24 * 2, 2 * 7 * 8
    assert more(plain, replace(plain, cross_attention=True)) == {
        "norms": 2 * (wide + statistics),
        "sub-layer inputs": 2 * wide + far,  # the source once, for both layers
        "queries, keys, values": 2 * (wide + 2 * far),
        "attention outputs": 2 * (wide + 2 * 7 * 3 * 4),
    }
    thin = replace(plain, d_embedding=10, output="tied")
    assert more(thin, replace(thin, transform_output=True)) == {"norms": 2 * 7 * 10 * 2 + statistics, "output layer": 2 * (2 * 7 * 10 * 2)}
    # A layer's input is read by the matrices first, or, in a copy in fp32, by the norm before them.
    after, before = (replace(plain, norm="rmsnorm", final_norm=final) for final in (False, True))
    assert more(after, before, recompute="layers") == {"layer inputs": wide, "norms": 2 * 7 * (24 * 6 + 4)}
    assert more(after, before, "fp32", recompute="layers") == {"norms": 2 * 7 * (24 * 8 + 4)}


def test_the_activations_of_korthikanti():
    """34·B·N·D and 5·B·H·N² in a layer, with dropout's masks and what it makes of the weights; without, 32 and 2."""
    shape = {"vocab_size": 5, "d_model": 24, "n_heads": 3, "d_ff": 96, "final_norm": True}
    one, two = (parameters.activation_terms(TransformerConfig(**shape, n_decoder_layers=n), 2, 7, recompute="nothing") for n in (1, 2))
    layer = {term: two[term] - one[term] for term in one}
    statistics, in_fp32 = 2 * 2 * 4 * 2 * 7, 4 * 2 * 3 * 7**2
    assert sum(layer.values()) == 32 * 2 * 7 * 24 + 2 * 2 * 3 * 7**2 + statistics + in_fp32


def test_the_assignments_activations():
    """28 times 2 GiB of attention weights, and 7.3 GiB for the loss, beside 3.0 GiB of parameters with Adam."""
    gib = 2**30
    everything, without, twice = (
        parameters.activation_terms(ASSIGNMENT, 32, 2048, "fp32", recompute=what) for what in parameters.RECOMPUTED
    )
    assert everything["attention weights"] == 28 * 2 * gib
    wide, heads, hidden = (32 * 2048 * width * 4 for width in (1024, 768, 512))
    words, row = (32 * 2048 * 30_000 + 1) * 4, 32 * 2048 * 4
    norm, sums = wide + 2 * row, 4 * row  # mean and spread; of each head the logarithm of its softmax's sum
    attends, feeds = norm + wide + 4 * heads + sums, norm + wide + 2 * hidden
    around = 2 * wide + words  # what reads the encoder's output, and the decoder's
    assert sum(everything.values()) - sum(without.values()) == 28 * (2 * gib - sums)
    assert sum(without.values()) == around + 12 * (attends + feeds) + 8 * (2 * attends + feeds)
    assert sum(twice.values()) == around + 19 * wide + 2 * attends + feeds
    assert round(words / gib, 1) == 7.3 and round(sum(parameters.training_bytes(201_399_600).values()) / gib, 1) == 3.0


def test_where_most_parameters_are():
    """The nets are the largest part of every published model, the words of the assignment's."""

    def largest(config):
        sizes = dict.fromkeys(("attention", "net", "words"), 0)
        for path, array, times, _ in count(config).leaves():
            kind = "net" if "feed-forward" in path else "attention" if {"self-attention", "cross-attention"} & set(path) else "words"
            sizes[kind] += times * math.prod(array.shape) * (not array.tied)
        return max(sizes, key=sizes.get)

    assert {largest(from_hf(model["config"])) for model in parameters.published()} == {"net"}
    assert largest(ASSIGNMENT) == "words"


@pytest.mark.parametrize("family", ["gemma2", "phi", "falcon", "bert", "bloom", "gpt2"])
def test_the_list_of_shapes_is_that_of_a_plain_block(family):
    """One norm at each of two sub-layers, in turn, whatever the config has: as the docstring says."""
    config = from_hf({"model_type": family})
    names = [step.name for step in parameters.shapes_through(config, 1, 3)]
    names = names[names.index("embedding") + 1 :]
    assert names.count("norm") == names.count("input added") == 2
    assert names[0] == ("norm" if config.final_norm else "queries")
    has = {"gemma2": 4, "phi": 1, "falcon": 1, "bert": 2, "bloom": 2, "gpt2": 2}
    assert config.norms_per_layer == has[family]
    assert config.embedding_norm == (family in ("bert", "bloom"))


def test_source_tokens_are_as_many_as_tokens_unless_given():
    for function, arguments in ((parameters.multiply_adds_per_token, (ASSIGNMENT, 7)), (parameters.shapes_through, (ASSIGNMENT, 2, 7))):
        assert function(*arguments) == function(*arguments, n_source_tokens=7)
        assert function(*arguments) != function(*arguments, n_source_tokens=8)


def test_the_shapes_of_the_assignment():
    steps = parameters.shapes_through(ASSIGNMENT, 32, 2048)
    residual = [step for step in steps if step.residual]
    assert [(step.stack, step.times) for step in residual] == [("encoder", 12)] * 2 + [("decoder", 8)] * 3
    assert {step.shape for step in residual} == {(32, 2048, 1024)}
    shapes = {step.name: step.shape for step in steps if step.stack == "decoder"}
    assert shapes["queries"] == shapes["keys"] == shapes["heads"] == (32, 4, 2048, 192)
    assert shapes["scores of the words"] == steps[-1].shape == (32, 2048, 30_000)


def test_attention_alone_grows_with_the_length():
    short, long = (parameters.multiply_adds_per_token(ASSIGNMENT, n) for n in (100, 300))
    grown = {name for name in short if long[name] == 3 * short[name] > 0}
    assert grown == {"encoder_attention", "decoder_attention", "cross_attention"}
    assert all(long[name] == short[name] for name in set(short) - grown)


def test_docstring_examples():
    hold_examples(parameters)
