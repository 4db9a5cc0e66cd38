"""Two models beside each other: parts add up to what is counted of each alone, and are aligned by their names."""

import pytest
from test_families import CACHES, CONFIGS
from test_families import RECORD as FAMILIES

from lib import parameters
from lib.parameters import Size, compare, count_hf

GPT2 = {"model_type": "gpt2"}


def models():
    for file in (*(model["config"] for model in CACHES["models"]), *(file["config"] for file in CONFIGS), *(c["config"] for c in FAMILIES)):
        try:
            yield count_hf(file)._replace(places=None)
        except ValueError:  # the ones that are refused
            continue


def test_parts_add_up_to_parameters_cache_and_operations():
    llama, seen = count_hf({"model_type": "llama"}), 0
    for counted in models():
        sizes = compare(counted, llama, 7, 3)
        total = [sum(pair[0][i] for pair in sizes.values()) for i in range(3)]
        work = parameters.multiply_adds_per_token(counted, 7, 3)
        assert total == [counted.total, parameters.cache_bytes(counted, 7, 1, "int8", n_source_tokens=3), sum(work.values())]
        assert sum(other.parameters for _, other in sizes.values()) == llama.total
        seen += 1
    assert seen > 1300


def test_what_two_models_share_stands_in_one_row():
    next_80b, v3 = (
        {model["name"]: model["config"] for model in parameters.recent()}[name] for name in ("Qwen3-Next-80B-A3B", "DeepSeek-V3")
    )
    sizes = compare(next_80b, v3, 1000)
    assert list(sizes) == ["embedding", "delta-net", "feed-forward", "norms", "self-attention", "output layer"]
    assert sizes["delta-net"][1] == Size() and sizes["delta-net"][0].cached == compare(next_80b, v3, 1)["delta-net"][0].cached
    # 12 layers with 2 heads of 256 for keys and for values; 61 with a latent of 512 and a rotary key of 64
    assert [size.cached for size in sizes["self-attention"]] == [1000 * 12 * 2 * 2 * 256, 1000 * 61 * (512 + 64)]
    assert {name.split(",")[0] for name in compare({"model_type": "t5"}, GPT2, 5)} >= {"encoder", "decoder", "self-attention"}


def test_what_is_no_length_is_refused():
    with pytest.raises(ValueError, match="n_tokens: expected at most 1024, the places of the model's position table, got 1025"):
        compare({"model_type": "llama"}, GPT2, 1025)
    with pytest.raises(ValueError, match="n_tokens: expected an integer of at least 1, got 0"):
        compare(GPT2, GPT2, 0)
