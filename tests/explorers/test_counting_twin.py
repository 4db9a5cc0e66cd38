"""The counting twins' modules against lib.parameters: same trees, same numbers, same refusals."""

import itertools
import json
import random
from dataclasses import asdict

import pytest
from javascript import JavaScriptError, call, call_each
from test_families import BAD_HEADERS, CONFIGS, HEADER, INDICES, NO_TEXTS, OTHER_FILES, PARAMS, TEXTS
from test_families import RECORD as FAMILY_RECORD
from test_parameters import BAD_CONFIGS, BAD_FILES, BASE_OF_BAD, FAMILIES, RECORD, TOLD, random_config

from lib import parameters
from lib.parameters._family import family_named

ARCHITECTURE, COUNT, FILES, MEMORY, WORK = (
    f"explorers/counting/{name}.mjs" for name in ("architecture", "count", "config_json", "memory", "work")
)
READ = "explorers/counting/parameter_counter.mjs", "default.parse.pasted"  # a text, as the page reads it: parsed, checked, counted
RECORDED, REAL = [case["config"] for case in FAMILY_RECORD], [file["config"] for file in CONFIGS]
DATA = {"families": parameters.families()}


def refusal(module, name, *given):
    """The words in which a call is refused; an `Error`, and none that JavaScript raises by itself."""
    with pytest.raises(JavaScriptError) as error:
        call(module, name, *given)
    message, stack, *_ = str(error.value).split("\n")
    assert stack == f"Error: {message}"
    return message


def trees_of(files):
    """The trees of configs, counted in JavaScript."""
    values = call_each(FILES, "architectureOf", [[file] for file in files], DATA["families"])
    return call_each(COUNT, "countArchitecture", [[v] for v in values], DATA["families"])


def drawn(n):
    rng = random.Random(3)
    return [asdict(random_config(rng)) for _ in range(n)]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_tree_and_the_class_of_every_recorded_file(family):
    cases = [case for case in RECORD["cases"] if case["config"]["model_type"] == family]
    files = [case["config"] for case in cases]
    trees = trees_of(files)
    assert [tree["total"] for tree in trees] == [case["parameters"] for case in cases]
    assert trees == [parameters.count(parameters.from_hf(file)).as_dict() for file in files]
    assert call_each(FILES, "classOf", [[file] for file in files], DATA["families"]) == [case["class"] for case in cases]


def test_the_published_totals():
    published = parameters.published()
    assert [tree["total"] for tree in trees_of([model["config"] for model in published])] == [model["total"] for model in published]


def test_the_architecture_of_a_file():
    files = [case["config"] for case in RECORD["cases"][::7]]
    ours = call_each(FILES, "architectureOf", [[file] for file in files], DATA["families"])
    assert ours == [asdict(parameters.from_hf(file)) for file in files]


def test_the_defaults_are_pythons():
    needed = {"vocab_size": 8, "d_model": 4, "n_heads": 2, "d_ff": 3, "n_decoder_layers": 1}
    ours = call(ARCHITECTURE, "architecture", needed)
    assert ours == asdict(parameters.TransformerConfig(**needed))
    assert list(call(ARCHITECTURE, "ARCHITECTURE")) == list(ours)


def test_random_architectures():
    values = drawn(150)
    trees = call_each(COUNT, "countArchitecture", [[c] for c in values], DATA["families"])
    assert trees == [parameters.count(parameters.TransformerConfig(**c)).as_dict() for c in values]


def spoilt(n):
    """Recorded files with one field set to something else, mostly nonsense."""
    rng = random.Random(5)
    values = [-1, 0, 1, 3, 5, 7, 2.5, 1e-9, 1e15, 1e30, 10**9, "12", "", "gated-x", "ä" * 60, True, False, None, [], [1], {}, {"0": "a"}]
    for _ in range(n):
        file = dict(rng.choice(RECORD["cases"])["config"])
        fields = [*family_named(file["model_type"])["reads"], *file, "architectures", "id2label"]
        file[rng.choice(fields)] = rng.choice(values)
        yield file


def as_json(counted):
    """A Count as the page has it."""
    return json.loads(json.dumps(counted._asdict() | {"tree": counted.tree.as_dict()}))


@pytest.mark.parametrize("files", [[case[0] for case in BAD_FILES], list(spoilt(400))], ids=["known", "random"])
def test_files_counted_or_refused_in_the_same_words(files):
    # JSON has no NaN; Python writes and reads one all the same, and a page says that the text is no JSON.
    texts = [text for text in map(json.dumps, files) if "NaN" not in text and "Infinity" not in text]
    refused = 0
    for text in texts:
        try:
            counted = parameters.count_hf(json.loads(text))
        except ValueError as error:
            refused += 1
            assert refusal(*READ, text, DATA) == str(error), text
        else:
            assert call(*READ, text, DATA)["counted"] == as_json(counted), text
        try:
            config = asdict(parameters.from_hf(json.loads(text)))
        except ValueError as error:
            assert refusal(FILES, "architectureOf", json.loads(text), DATA["families"]) == str(error), text
        else:
            assert call(FILES, "architectureOf", json.loads(text), DATA["families"]) == config, text
    assert refused > len(texts) / 4


@pytest.mark.parametrize("record", [RECORDED, REAL], ids=["drawn", "real"])
def test_every_recorded_file_of_every_family(record):
    """The whole answer: the tree, what it keeps and what is met, the class, what is left out, assumed, said; and the work."""
    counts, files, trees = [], [], []
    for file in record:
        try:
            counts.append(as_json(parameters.count_hf(file)))
            trees.append(parameters.count_hf(file).tree)
            files.append(file)
        except ValueError as error:
            assert refusal(FILES, "countFile", file, DATA["families"]) == str(error)
    assert call_each(FILES, "countFile", [[file] for file in files], DATA["families"]) == counts
    for n, source in ((3, 11), (5000, None)):
        given = [[tree.as_dict(), n] + [source] * (source is not None) for tree in trees]
        assert call_each(WORK, "multiplyAdds", given) == [parameters.multiply_adds_per_token(tree, n, source) for tree in trees]


def test_the_work_of_a_file_of_weights_is_refused_in_the_same_words():
    tree = parameters.count_hf(HEADER).tree
    with pytest.raises(ValueError) as error:
        parameters.multiply_adds_per_token(tree, 1)
    assert refusal(WORK, "multiplyAdds", tree.as_dict(), 1) == str(error.value)


def test_the_header_of_a_file_of_weights_and_params_json():
    for file in (HEADER, *(file for file, _ in PARAMS), *(file for file, _, complete in INDICES if complete is not None)):
        assert call(FILES, "countFile", file, DATA["families"]) == as_json(parameters.count_hf(file))
    for header, words in (*BAD_HEADERS, *((file, words) for file, words, complete in INDICES if complete is None)):
        assert words in refusal(FILES, "countFile", header, DATA["families"])
    for file, what in OTHER_FILES:
        assert what in refusal(FILES, "countFile", file, DATA["families"])


@pytest.mark.parametrize("n_embd", [float("nan"), float("-inf"), float("inf")], ids=str)
def test_numbers_that_json_cannot_write(n_embd):
    config = {"model_type": "gpt2", "n_embd": n_embd}
    with pytest.raises(ValueError) as error:
        parameters.from_hf(config)
    assert refusal(FILES, "architectureOf", config, DATA["families"]) == str(error.value)


def test_a_number_with_400_digits_is_infinite():
    """Both languages read it so, though Python as an integer."""
    text = '{"model_type": "gpt2", "n_embd": 1' + "0" * 400 + "}"
    with pytest.raises(ValueError) as error:
        parameters.from_hf(json.loads(text))
    assert refusal(*READ, text, DATA) == str(error.value)


@pytest.mark.parametrize(("changes", "message"), BAD_CONFIGS, ids=lambda item: None if isinstance(item, dict) else item.split(":")[0])
def test_configs_refused_in_the_same_words(changes, message):
    assert refusal(COUNT, "countArchitecture", {**BASE_OF_BAD, **changes}, DATA["families"]) == message


def test_the_largest_total():
    largest = {
        "vocab_size": 441_650_585,
        "d_model": 20_394_401,
        "n_heads": 1,
        "d_ff": 1,
        "n_decoder_layers": 1,
        "d_k": 1,
        "norm": "layernorm-bare",
    }
    assert call(COUNT, "countArchitecture", largest, DATA["families"])["total"] == 2**53 - 1
    one_more = {**largest, "n_labels": 1, "bias_labels": False}
    assert refusal(COUNT, "countArchitecture", one_more, DATA["families"]) == f"total: expected at most {2**53 - 1} parameters, got more"


def test_a_files_own_keys_cannot_reach_objects_insides():
    text = '{"model_type": "gpt2", "__proto__": {"n_embd": 6}, "constructor": 1, "architectures": ["GPT2Model"]}'
    assert call(COUNT, "countArchitecture", call(*READ, text, DATA)["values"], DATA["families"])["total"] == 124_439_808


def broken(n):
    """Texts with letters put in, taken out or doubled."""
    rng, texts = random.Random(9), [text for text in TEXTS if len(text) > 10]
    for _ in range(n):
        text = rng.choice(texts)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(text))
            text = (
                text[:at]
                + rng.choice(["", "'", '"', "{", "}", "[", "]", ",", ":", "\\", "\n", "/", "#", "ä😀", "1", "e", "-", "True"])
                + text[at + rng.randint(0, 2) :]
            )
        yield text


@pytest.mark.parametrize("texts", [[*TEXTS, *NO_TEXTS], list(broken(600))], ids=["known", "broken"])
def test_texts_read_or_refused_in_the_same_words(texts):
    refused = 0
    for text in texts:
        try:
            value, remarks = parameters.read_text(text)
        except ValueError as error:
            refused += 1
            assert refusal(FILES, "readText", text) == str(error), text
        else:
            same = call(FILES, "readText", text)
            assert repr(json.loads(json.dumps(same), parse_int=float)) == repr([value, remarks]), text
    assert len(texts) / 4 < refused < len(texts)


def test_a_text_longer_than_16_million_characters():
    assert refusal(FILES, "readText", "[" * 2**25) == f"config_json: expected at most {2**24} characters, got {2**25}"


def test_a_text_of_many_brackets_is_answered():
    """Deeper than any stack: it may be read or not, but it is refused in words."""
    assert refusal(*READ, "[" * 10**6 + "]" * 10**6, DATA).startswith("config_json: expected ")


def test_what_a_number_may_mean_in_the_same_words():
    for text, model, _ in TOLD:
        if model is None:
            with pytest.raises(ValueError) as error:
                parameters.parse_number(text)
            assert refusal("explorers/counting/told.mjs", "parseNumber", text) == str(error.value)
        else:
            number, place = parameters.parse_number(text)
            given = {"number": number, "place": place}
            assert call("explorers/counting/told.mjs", "parseNumber", text) == given
            counted = parameters.count_hf(model)
            assert call("explorers/counting/told.mjs", "told", given, as_json(counted)["tree"]) == parameters.told(
                number, counted, place=place
            )


def test_memory_and_shapes():
    rng = random.Random(7)
    configs = [(values, parameters.TransformerConfig(**values)) for values in drawn(100)]
    sizes = [(rng.randint(1, 5000), rng.randint(1, 9), rng.randint(1, 5000), rng.choice(list(parameters.NUMBER_FORMATS))) for _ in configs]
    cases = [(*config, *size) for config, size in zip(configs, sizes)]

    def ours(name, given):
        return call_each(MEMORY, name, [given(values, n, b, s, f) for values, _, n, b, s, f in cases])

    def theirs(said):
        return [said(config, n, b, s, f) for _, config, n, b, s, f in cases]

    assert ours("bytesOf", lambda c, n, b, s, f: [n, f]) == theirs(lambda c, n, b, s, f: parameters.bytes_of(n, f))
    assert ours("trainingBytes", lambda c, n, b, s, f: [n, "fp32"]) == theirs(
        lambda c, n, b, s, f: parameters.training_bytes(n, number_format="fp32")
    )
    assert ours("trainingBytes", lambda c, n, b, s, f: [n]) == theirs(lambda c, n, b, s, f: parameters.training_bytes(n))

    def steps(shapes):
        return [{**step._asdict(), "shape": list(step.shape)} for step in shapes]

    assert ours("shapesThrough", lambda c, n, b, s, f: [c, b, n, s]) == theirs(
        lambda c, n, b, s, f: steps(parameters.shapes_through(c, b, n, s))
    )
    assert ours("shapesThrough", lambda c, n, b, s, f: [c, b, n]) == theirs(lambda c, n, b, s, f: steps(parameters.shapes_through(c, b, n)))
    for what, number in itertools.product(parameters.RECOMPUTED, ("fp32", "bf16")):
        assert ours("activationTerms", lambda c, n, b, s, f: [c, b, n, number, what, s]) == theirs(
            lambda c, n, b, s, f: parameters.activation_terms(c, b, n, number, n_source_tokens=s, recompute=what)
        )
    assert ours("activationBytes", lambda c, n, b, s, f: [c, b, n]) == theirs(lambda c, n, b, s, f: parameters.activation_bytes(c, b, n))


def test_an_unknown_number_format_is_refused_in_the_same_words():
    with pytest.raises(ValueError) as error:
        parameters.bytes_of(1, "fp6")
    assert refusal(MEMORY, "bytesOf", 1, "fp6") == str(error.value)


def test_two_trees_are_compared_alike():
    llama = parameters.count_hf({"model_type": "llama"})
    counts = [
        parameters.count_hf(file["config"]) for file in CONFIGS if file["config"].get("model_type") in parameters.families()["families"]
    ]
    given = [[as_json(counted)["tree"], as_json(llama)["tree"]] for counted in counts]
    assert len(given) > 80
    for counted, theirs in zip(counts, call_each("explorers/counting/compare.mjs", "compare", given, 300, 20)):
        ours = parameters.compare(counted._replace(places=None), llama, 300, 20)
        assert theirs == [[name, one._asdict(), other._asdict()] for name, (one, other) in ours.items()]
