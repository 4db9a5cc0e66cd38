"""browser/parameters.mjs against lib.parameters: same trees, same numbers, same refusals."""

import json
import random
from dataclasses import asdict

import pytest
from test_parameters import BAD_CONFIGS, BAD_FILES, BASE_OF_BAD, FAMILIES, RECORD, random_config

from lib import parameters
from lib.explorers import bundle

NAMES = (
    "ARCHITECTURE architecture architectureOf classOf countArchitecture countConfig parseConfig "
    "bytesOf kvCacheBytes trainingBytes activationBytes multiplyAddsPerToken shapesThrough"
)


@pytest.fixture(scope="module")
def page(browser):
    """The browser half's functions in a page without anything, and the families beside them."""
    page = browser.new_page()
    page.add_script_tag(content=f"(() => {{ {bundle._joined()} window.lib = {{ {NAMES.replace(' ', ', ')} }}; }})();")
    page.evaluate("(text) => { window.families = JSON.parse(text); }", json.dumps(parameters.families()))
    # What a call returns, as JSON: NaN and -0 would not survive it, and must not occur.
    page.evaluate("""() => { window.said = (call) => {
        try { return JSON.stringify(call()); } catch (error) { return `${error.name}: ${error.message}`; }
    }; }""")
    yield page
    page.close()


def called(page, script, cases):
    """The results of a script over cases, each handed over as JSON, as a page reads it."""
    texts = [json.dumps(case) for case in cases]
    return page.evaluate(f"(texts) => texts.map((text) => {{ const given = JSON.parse(text); return said(() => {script}); }})", texts)


def said(call):
    """The same of a Python call."""
    try:
        return call()
    except ValueError as error:
        return f"Error: {error}"


def read(text):
    return text if text.startswith("Error") else json.loads(text)


def drawn(n):
    rng = random.Random(3)
    return [asdict(random_config(rng)) for _ in range(n)]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_tree_of_every_recorded_file(page, family):
    cases = [case for case in RECORD["cases"] if case["config"]["model_type"] == family]
    files = [case["config"] for case in cases]
    trees = [read(text) for text in called(page, "lib.countConfig(given, families)", files)]
    assert [tree["total"] for tree in trees] == [case["parameters"] for case in cases]
    assert trees == [parameters.count(parameters.from_hf(file)).as_dict() for file in files]
    named = [read(text) for text in called(page, "lib.classOf(given, families)", files)]
    assert named == [case["class"] for case in cases]


def test_the_published_totals(page):
    published = parameters.published()
    trees = called(page, "lib.countConfig(given, families)", [model["config"] for model in published])
    assert [read(tree)["total"] for tree in trees] == [model["total"] for model in published]


def test_the_architecture_of_a_file(page):
    files = [case["config"] for case in RECORD["cases"][::7]]
    ours = [read(text) for text in called(page, "lib.architectureOf(given, families)", files)]
    assert ours == [asdict(parameters.from_hf(file)) for file in files]


def test_the_defaults_are_pythons(page):
    needed = {"vocab_size": 8, "d_model": 4, "n_heads": 2, "d_ff": 3, "n_decoder_layers": 1}
    ours = page.evaluate("(values) => lib.architecture(values)", needed)
    assert ours == asdict(parameters.TransformerConfig(**needed))
    assert list(page.evaluate("() => Object.keys(lib.ARCHITECTURE)")) == list(ours)


def test_random_architectures(page):
    values = drawn(150)
    trees = [read(text) for text in called(page, "lib.countArchitecture(given)", values)]
    assert trees == [parameters.count(parameters.TransformerConfig(**c)).as_dict() for c in values]


def spoilt(n):
    """Recorded files with one field set to something else, mostly nonsense."""
    rng = random.Random(5)
    values = [-1, 0, 1, 3, 5, 7, 2.5, 1e-9, 1e15, 1e30, 10**9, "12", "", "gated-x", "ä" * 60, True, False, None, [], [1], {}, {"0": "a"}]
    for _ in range(n):
        file = dict(rng.choice(RECORD["cases"])["config"])
        fields = [*parameters._family(file["model_type"])["reads"], *file, "architectures", "id2label"]
        file[rng.choice(fields)] = rng.choice(values)
        yield file


@pytest.mark.parametrize("files", [[case[0] for case in BAD_FILES], list(spoilt(1500))], ids=["known", "random"])
def test_refusals_in_the_same_words(page, files):
    # JSON has no NaN; Python writes and reads one all the same, and a page says that the text is no JSON.
    files = [file for file in files if "NaN" not in (text := json.dumps(file)) and "Infinity" not in text]
    ours = [read(text) for text in called(page, "lib.countConfig(given, families).total", files)]
    theirs = [said(lambda file=file: parameters.count(parameters.from_hf(file)).total) for file in files]
    assert [(f, a, b) for f, a, b in zip(files, ours, theirs) if a != b] == []
    assert sum(isinstance(answer, str) for answer in theirs) > len(files) / 3


def test_numbers_that_json_cannot_write(page):
    ours = page.evaluate("() => [NaN, -Infinity].map((n_embd) => said(() => lib.countConfig({ model_type: 'gpt2', n_embd }, families)))")
    nan, infinity = float("nan"), float("-inf")
    assert ours == [said(lambda n=n: parameters.from_hf({"model_type": "gpt2", "n_embd": n})) for n in (nan, infinity)]
    # Both languages read it as infinite, though Python as an integer.
    huge = '{"model_type": "gpt2", "n_embd": 1' + "0" * 400 + "}"
    ours = page.evaluate("(text) => said(() => lib.countConfig(lib.parseConfig(text), families))", huge)
    assert ours == said(lambda: parameters.from_hf(json.loads(huge)))


def test_configs_refused_in_the_same_words(page):
    values = [{**BASE_OF_BAD, **changes} for changes, _ in BAD_CONFIGS]
    ours = called(page, "lib.countArchitecture(given).total", values)
    assert ours == [f"Error: {message}" for _, message in BAD_CONFIGS]


def test_the_largest_total(page):
    largest = {"vocab_size": 441_650_585, "d_model": 20_394_401, "n_heads": 1, "d_ff": 1, "n_decoder_layers": 1, "d_k": 1, "norm": "layernorm-bare"}
    ours = called(page, "lib.countArchitecture(given).total", [largest, {**largest, "n_labels": 1, "bias_labels": False}])
    assert ours == [str(2**53 - 1), f"Error: total: expected at most {2**53 - 1} parameters, got more"]


def test_a_files_own_keys_cannot_reach_objects_insides(page):
    text = '{"model_type": "gpt2", "__proto__": {"n_embd": 6}, "constructor": 1, "architectures": ["GPT2Model"]}'
    assert page.evaluate("(text) => lib.countConfig(lib.parseConfig(text), families).total", text) == 124_439_808


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "config_json: expected JSON, got an empty text"),
        (" \n", "config_json: expected JSON, got an empty text"),
        ("{'model_type': 'gpt2'}", "config_json: expected JSON, got text that is none"),
        ('{"model_type": "gpt2", "n_embd": NaN}', "config_json: expected JSON, got text that is none"),
        ("[" * 10_000_000, "config_json: expected at most 2097152 characters, got 10000000"),
    ],
    ids=["empty", "blank", "quotes", "NaN", "10 MB"],
)
def test_texts_that_are_no_json(page, text, message):
    assert page.evaluate("(text) => said(() => lib.parseConfig(text))", text) == f"Error: {message}"


def test_a_text_of_many_brackets_is_answered(page):
    ours = page.evaluate("() => said(() => lib.countConfig(lib.parseConfig('['.repeat(1e6) + ']'.repeat(1e6)), families))")
    assert ours.startswith("Error: config_json: expected ")


def test_memory_operations_and_shapes(page):
    rng = random.Random(7)
    values = drawn(100)
    sizes = [[rng.randint(1, 5000), rng.randint(1, 9), rng.randint(1, 5000), rng.choice(list(parameters.NUMBER_FORMATS))] for _ in values]
    cases = [{"c": c, "n": n, "b": b, "s": s, "f": f} for c, (n, b, s, f) in zip(values, sizes)]
    ours = called(page, """[
        lib.bytesOf(given.n, given.f),
        lib.kvCacheBytes(given.c, given.n, given.b, given.f, given.s),
        lib.kvCacheBytes(given.c, given.n),
        lib.trainingBytes(given.n, "fp32"),
        lib.trainingBytes(given.n),
        lib.multiplyAddsPerToken(given.c, given.n, given.s),
        lib.multiplyAddsPerToken(given.c, given.n),
        lib.shapesThrough(given.c, given.b, given.n, given.s),
        lib.shapesThrough(given.c, given.b, given.n),
        ["nothing", "attention", "layers"].map((what) => lib.activationBytes(given.c, given.b, given.n, "fp32", what, given.s)),
        lib.activationBytes(given.c, given.b, given.n),
    ]""", cases)
    for text, values, (n, b, s, f) in zip(ours, values, sizes):
        c = parameters.TransformerConfig(**values)
        theirs = [
            parameters.bytes_of(n, f),
            parameters.kv_cache_bytes(c, n, b, f, n_source_tokens=s),
            parameters.kv_cache_bytes(c, n),
            parameters.training_bytes(n, number_format="fp32"),
            parameters.training_bytes(n),
            parameters.multiply_adds_per_token(c, n, s),
            parameters.multiply_adds_per_token(c, n),
            [step._asdict() for step in parameters.shapes_through(c, b, n, s)],
            [step._asdict() for step in parameters.shapes_through(c, b, n)],
            [
                parameters.activation_bytes(c, b, n, "fp32", n_source_tokens=s, recompute=what)
                for what in ("nothing", "attention", "layers")
            ],
            parameters.activation_bytes(c, b, n),
        ]
        assert json.loads(text) == json.loads(json.dumps(theirs))
    refused = page.evaluate("() => said(() => lib.bytesOf(1, 'fp8'))")
    assert refused == said(lambda: parameters.bytes_of(1, "fp8"))
