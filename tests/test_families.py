"""What families.json says of every family, against recorded counts of the reference and of real files."""

import json
from pathlib import Path

import pytest

from lib import parameters
from lib.parameters import cache_bytes, count_hf
from lib.parameters._expressions import OPERATORS
from lib.parameters._family import family_named

FIXTURES = Path(__file__).with_name("fixtures")
RECORD = json.loads(FIXTURES.joinpath("families.json").read_text())["cases"]
CONFIGS = json.loads(FIXTURES.joinpath("configs.json").read_text())["files"]
CACHES = json.loads(FIXTURES.joinpath("caches.json").read_text())
FAMILIES = sorted(parameters.families()["families"])
BUILT = [family for family in FAMILIES if family != "params.json"]  # by the reference


@pytest.mark.parametrize("family", BUILT)
def test_recorded_counts_of_every_family_and_class(family):
    cases = [case for case in RECORD if case["config"]["model_type"] == family]
    ours = [count_hf(case["config"]) for case in cases]
    wrong = {json.dumps(c["config"]): n.total for c, n in zip(cases, ours) if n.total != c["parameters"]}
    assert wrong == {}
    assert [counted.counted_as for counted in ours] == [case["class"] for case in cases]
    assert {case["class"] for case in cases} == set(family_named(family)["classes"])
    assert all(counted.complete for counted in ours)


@pytest.mark.parametrize("family", sorted({*BUILT} - {"lfm2_moe"}))  # which can't be built without a list of its layers
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


def texts_in(expression):
    """The texts of an expression; among those of `each` are names of blocks."""
    if isinstance(expression, list):
        return {text for operand in expression[1:] for text in texts_in(operand)}
    return {expression[1:-1]} if isinstance(expression, str) and expression.startswith("'") else set()


def asked_by(items, data, local, seen):
    """The names that a block's items ask for, and that aren't named around them."""
    for item in items:
        if isinstance(item, str):
            if (item, frozenset(local)) not in seen:
                seen.add((item, frozenset(local)))
                block = data["blocks"][item]
                yield from asked_by(block if isinstance(block, list) else [block], data, local, seen)
        elif isinstance(item, dict):
            inside = set(local)
            for name, expression in item.get("with", {}).items():
                yield from names_in(expression) - inside
                inside.add(name)
            for key in ("times", "active", "layers"):
                yield from names_in(item.get(key, 0)) - inside
            for _, size, length in item.get("cache", []):
                yield from (names_in(length) | letters_in(size)) - inside
            if "layers" in item:
                inside |= set(data["each"])
                for expression in data["each"].values():
                    yield from names_in(expression) - inside - {"i"}
            if "block" in item:
                for text in texts_in(data["each"].get(item["block"], item["block"])) & set(data["blocks"]):
                    yield from asked_by([text], data, inside, seen)
            if "nested" in item:
                yield item["nested"]
            else:
                yield from asked_by(item.get("parts", []), data, inside, seen)
        elif item[0] == "if":
            yield from names_in(item[1]) - local
            yield from asked_by(item[2:], data, local, seen)
        else:
            axes = [item[2]] if isinstance(item[2], str) else texts_in(item[2])
            yield from {letter for text in axes for letter in letters_in(text)} - local
            yield from {name for e in item[3:] for name in names_in(e)} - local


def letters_in(axes):
    return {letter for axis in axes.split(", ") for letter in axis.split("·") if not letter.isdigit()}


@pytest.mark.parametrize("family", FAMILIES)
def test_expressions_name_what_there_is(family):
    """Also where no recorded file leads."""
    data = family_named(family)
    adds = [a if isinstance(a, dict) else parameters.families()["heads"][a] for a in data["classes"].values()]
    stand_for = [(name, e) for settings in (data["is"], *adds) for name, e in settings.items()]
    known = {*data["reads"], *data["nested"], *(name for name, _ in stand_for)}
    asked = set(asked_by(["model"], data, set(), set()))
    for _, spec in data["reads"].items():
        spec = spec if isinstance(spec, dict) else {"default": spec}
        asked |= names_in(spec["default"]) | names_in(spec.get("null", 0))
    for holds, field, _ in data["needs"]:
        assert field in data["reads"]
        asked |= names_in(holds)
    asked |= {name for condition, _ in (*data["left_out"], *data["notices"]) for name in names_in(condition)}
    while True:
        more = {other for name, e in stand_for if name in asked for other in names_in(e)} - asked
        if not more:
            break
        asked |= more
    assert asked <= known
    assert set(data["alias"].values()) <= set(data["reads"])


# The published files of Meta and Mistral, and the totals of the same models as Hugging Face has them.
PARAMS = [
    ({"dim": 4096, "multiple_of": 256, "n_heads": 32, "n_layers": 32, "vocab_size": -1}, 6_738_415_616),
    ({"dim": 8192, "multiple_of": 4096, "ffn_dim_multiplier": 1.3, "n_heads": 64, "n_kv_heads": 8, "n_layers": 80, "vocab_size": -1}, 68_976_648_192),
    ({"dim": 4096, "multiple_of": 1024, "ffn_dim_multiplier": 1.3, "n_heads": 32, "n_kv_heads": 8, "n_layers": 32, "vocab_size": 128256}, 8_030_261_248),
    ({"dim": 4096, "n_layers": 32, "head_dim": 128, "hidden_dim": 14336, "n_heads": 32, "n_kv_heads": 8, "vocab_size": 32000}, 7_241_732_096),
    (
        {"dim": 4096, "n_layers": 32, "head_dim": 128, "hidden_dim": 14336, "n_heads": 32, "n_kv_heads": 8, "vocab_size": 32000,
         "moe": {"num_experts_per_tok": 2, "num_experts": 8}},
        46_702_792_704,
    ),
    ({"dim": 2048, "n_layers": 22, "n_heads": 32, "n_kv_heads": 4, "hidden_dim": 5632, "vocab_size": 32000, "model_type": "llama"}, 1_100_048_384),
]  # fmt: skip


@pytest.mark.parametrize(("file", "total"), PARAMS)
def test_params_json_of_metas_and_mistrals_releases(file, total):
    counted = count_hf(file)
    assert (counted.total, counted.counted_as) == (total, "Transformer")
    assert counted.assumed == ({"vocab_size": 32000} if file["vocab_size"] == -1 else {})
    assert counted.notices[0].startswith("params.json")


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file["name"])
def test_a_real_file_is_exact_or_says_what_it_is_not(file):
    """Exact where the reference builds the model that the file describes; else never a bare number."""
    try:
        counted = count_hf(file["config"])
    except ValueError:
        assert file["total"] is None
        return
    if file["total"] is not None and "note" not in file:
        assert counted.total == file["total"]
    else:
        assert not counted.complete or counted.assumed or counted.notices


# --- caches -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", CACHES["models"], ids=lambda model: model["name"])
def test_a_cache_has_the_bytes_of_the_references(model):
    """Of the tensors in the cache of a small model of each kind, at six lengths."""
    source = CACHES["source"]
    ours = [cache_bytes(model["config"], n, CACHES["batch"], "fp32", n_source_tokens=source) for n in CACHES["lengths"]]
    assert ours == model["bytes"] and len(ours) == 6
    assert cache_bytes(count_hf(model["config"]), 21, CACHES["batch"], n_source_tokens=source) == model["bytes"][4] // 2


GIB, MIB, KIB = 2**30, 2**20, 2**10
REAL = {file["name"]: file["config"] for file in CONFIGS}
MISTRAL = {"model_type": "mistral", "sliding_window": 4096}
GEMMA_2 = {"model_type": "gemma2", "num_hidden_layers": 42, "hidden_size": 3584, "num_attention_heads": 16, "num_key_value_heads": 8}
PUBLISHED = [
    (GEMMA_2 | {"sliding_window": 4096}, 8192, 0, 1.96875 * GIB),
    (MISTRAL, 32_768, 0, GIB / 2),
    (REAL["u-deepseek-v3"], 1, 0, 70_272),
    (REAL["aic-openai_gpt-oss-120b"], 100_001, 100_000, 36_864),
    (REAL["u-gemma3-1b-text"], 32_768, 0, 139 * MIB),
    (REAL["real-Llama-3.1-8B"], 1, 0, 128 * KIB),
]


@pytest.mark.parametrize(("config", "n", "before", "known"), PUBLISHED)
def test_caches_that_are_known(config, n, before, known):
    assert cache_bytes(config, n) - cache_bytes(config, before) == known


def test_a_cache_ends_with_the_table_of_positions():
    assert cache_bytes({"model_type": "gpt2"}, 1024) == 2 * 12 * 768 * 2 * 1024
    with pytest.raises(ValueError, match="n_tokens: expected at most 1024, the places of the model's position table, got 1025"):
        cache_bytes({"model_type": "gpt2"}, 1025)
    with pytest.raises(ValueError, match="at most 2048"):  # OPT's table has two rows more than places
        cache_bytes({"model_type": "opt"}, 2049)
    with pytest.raises(ValueError, match="at most 512"):
        cache_bytes(parameters.TransformerConfig(9, 8, 2, 9, n_decoder_layers=1, positions="learned", n_positions=512), 513)
    assert cache_bytes({"model_type": "llama"}, 10**6) > 0


@pytest.mark.parametrize("bad", ["llama", None, 3])
def test_what_has_no_cache_is_refused(bad):
    with pytest.raises(ValueError, match="TransformerConfig"):
        cache_bytes(bad, 1)


# --- texts as people paste them -----------------------------------------------------------------------

FILE = {"model_type": "gpt2", "n_embd": 1024.0, "n_layer": 24.0, "n_head": 16.0, "tie_word_embeddings": True, "n_inner": None}
TEXTS = {
    '{"a": 1}': [],
    "\ufeff" + json.dumps(FILE): ["a byte-order mark"],
    "```json\n" + json.dumps(FILE) + "\n```\n": ["a fence"],
    "GPT2Config " + json.dumps(FILE, indent=2) + "\n": ["a name before it"],
    repr(FILE): ["single quotes", "the word True", "the word None"],
    '{"a": 1, // the first\n "b": [2, /* and\n more */ 3], # all\n}': ["comments", "a comma too many"],
    '{"a": Infinity, "b": [NaN, -Infinity], "c": (1, 2)}': ["the word Infinity", "the word NaN", "the word -Infinity", "a tuple"],
    "{'it': 'isn\\'t \\u00e4 \\n', \"x\": []}": ["single quotes"],
}
NO_TEXTS = {
    "": "expected the text of a config.json (nothing is fetched here: open the file, copy what it shows), got an empty text",
    " https://some.where/config.json\n": "copy what it shows), got a link",
    "meta-llama/Llama-3.1-8B": "copy what it shows), got a model’s name",
    "model_type: gpt2": 'expected a value in line 1, column 1, got "model_type: gpt2"',
    '{"a": 1\n "b": 2}': 'expected a comma or } in line 2, column 2, got "\\"b\\": 2}"',
    '{"a": torch.float16}': 'expected a value in line 1, column 7, got "torch.float16}"',
    '{"a": __import__("os")}': 'expected a value in line 1, column 7, got "__import__(\\"os\\")}"',
    '{"a": "x\ny"}': 'expected a text in quotes in line 1, column 7, got "\\"x"',
    '{"a" 1}': 'expected a colon in line 1, column 6, got "1}"',
    "{1: 2}": 'expected a text in quotes in line 1, column 2, got "1: 2}"',
    '{"ä": 01}': 'expected a value in line 1, column 7, got "01}"',
    '{"a": 1}}': 'expected the end of the text in line 1, column 9, got "}"',
    '{"a": [1, 2': "expected a comma or ] in line 1, column 12, got the end of the text",
    "[" * 300: "expected at most 200 brackets in brackets in line 1, column 201",
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_read_where_its_meaning_is_sure(text):
    value, remarks = parameters.read_text(text)
    assert remarks == ([f"The text is not quite JSON: {', '.join(TEXTS[text])} in it"] if TEXTS[text] else [])
    assert "n_embd" not in text or value == FILE
    assert "inf" not in text.lower() or (value["a"], value["c"]) == (float("inf"), [1, 2])
    assert "isn" not in text or value == {"it": "isn't ä \n", "x": []}


@pytest.mark.parametrize(("text", "words"), NO_TEXTS.items())
def test_any_other_text_is_refused_where_it_stops_making_sense(text, words):
    with pytest.raises(ValueError) as error:
        parameters.parse_config(text)
    assert str(error.value).startswith("config_json: ") and words in str(error.value)


OTHER_FILES = [
    ({"peft_type": "LORA", "r": 8, "base_model_name_or_path": "x"}, "the file of an adapter"),
    ({"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>"}, "a tokenizer’s file"),
    ({"image_processor_type": "CLIPImageProcessor"}, "a preprocessor’s file"),
    ({"_from_model_config": True, "eos_token_id": 1}, "a generation_config.json"),
]


@pytest.mark.parametrize(("file", "what"), OTHER_FILES)
def test_another_file_is_named_as_what_it_is(file, what):
    with pytest.raises(ValueError, match=f"expected a config.json, got {what}: paste the config.json"):
        count_hf(file)


HEADER = {
    "__metadata__": {"format": "pt"},
    "wte.weight": {"dtype": "BF16", "shape": [50257, 768], "data_offsets": [0, 77194752]},
    "h.0.bias": {"dtype": "F32", "shape": [768], "data_offsets": [77194752, 77197824]},
    "h.0.packed": {"dtype": "I32", "shape": [96, 768], "data_offsets": [77197824, 77492736]},
    "scalar": {"dtype": "F32", "shape": [], "data_offsets": [77492736, 77492740]},
}
BAD_HEADERS = [
    ({"a": {"dtype": "F32", "shape": 3, "data_offsets": [0, 4]}}, "a.shape: expected a list of whole numbers, got something else"),
    ({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, "a.shape: expected a list of whole numbers"),
    ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4]}}, "a.data_offsets: expected a list of whole numbers, two of them"),
]


def test_the_header_of_a_file_of_weights():
    counted = count_hf(HEADER)
    assert counted.total == 50257 * 768 + 768 + 96 * 768 + 1 and counted.complete
    assert {part.name: part.total for part in counted.tree.parts} == {"BF16": 50257 * 768, "F32": 769, "I32": 96 * 768}
    assert counted.notices[0].startswith(
        "a .safetensors file: 4 arrays of 38,671,873 elements in 77,492,740 bytes, 16.03 bits an element; whole"
    )
    for header, words in BAD_HEADERS:
        with pytest.raises(ValueError, match=words):
            count_hf(header)


WEIGHT_MAP = {"model.embed.weight": "model-1-of-2.safetensors", "a": "model-2-of-2.safetensors", "b": "model-2-of-2.safetensors"}
INDICES = [
    ({"metadata": {"total_size": 2001.0}, "weight_map": WEIGHT_MAP}, 1000, False),
    ({"metadata": {"total_size": 2001, "total_parameters": 1500}, "weight_map": WEIGHT_MAP}, 1500, True),
    ({"metadata": {"total_size": True}, "weight_map": WEIGHT_MAP}, "metadata.total_size: expected a whole number", None),
    ({"weight_map": {}}, "metadata.total_size: expected a whole number", None),
]


def test_the_index_of_weights():
    for index, total, complete in INDICES:
        if complete is None:
            with pytest.raises(ValueError, match=total):
                count_hf(index)
            continue
        counted = count_hf(index)
        assert (counted.total, counted.complete, bool(counted.left_out), bool(counted.assumed)) == (
            total,
            complete,
            not complete,
            not complete,
        )
        assert counted.notices[0].startswith("an index of weights: 3 arrays in 2 files")


def test_an_unknown_type_or_class_is_never_a_bare_number():
    llama = {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32}
    counted = count_hf(llama | {"model_type": "some-new-one"})
    assert counted.total == count_hf(llama | {"model_type": "llama"}).total and not counted.complete
    assert "some-new-one" in counted.notices[0] and "llama" in counted.notices[0]
    with pytest.raises(ValueError, match="model_type"):
        count_hf({"model_type": "some-new-one", "hidden_size": 4096})
    known = count_hf(llama | {"model_type": "llama", "architectures": ["LlamaForSomethingNew"]})
    assert (known.complete, known.counted_as) == (False, "LlamaModel") and "LlamaForSomethingNew" in known.left_out[0]


def test_sizes_that_are_absent_are_named_and_those_that_do_not_matter_are_not():
    counted = count_hf({"model_type": "gpt2", "n_embd": 1024, "n_layer": 24, "n_head": 16})
    assert counted.assumed == {"vocab_size": 50257, "n_positions": 1024}
    assert "num_labels" not in counted.assumed
    assert count_hf({"model_type": "gpt2", "architectures": ["GPT2ForSequenceClassification"]}).assumed["num_labels"] == 2


def test_what_else_a_reader_must_know():
    quantized = count_hf({"model_type": "llama", "quantization_config": {"bits": 4}, "auto_map": {"AutoConfig": "x"}})
    assert [notice.split(":")[0] for notice in quantized.notices] == ["auto_map", "quantization_config"]
