"""The committed scripts of experiments/ make the recorded results: a short run is run again."""

import gzip
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from lib import positional, transformer
from lib.explorers.length import training

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "lib/explorers/recurrent/recorded"
TASKS = json.loads((RECORDED / "recurrent_tasks.json").read_text())
HOLDING = json.loads((RECORDED / "recurrent_weights.json").read_text())
DROPPED = json.loads((RECORDED / "recurrent_dropped.json").read_text())


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("recurrent_tasks", ROOT / "experiments/recurrent_tasks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_short_run_gives_the_recorded_losses(script):
    again = script.short()
    assert again.keys() == TASKS["short"].keys()
    for task, cells in TASKS["short"].items():
        assert cells.keys() == again[task].keys() == {f"{cell} {start}" for cell, starts in script.STARTS.items() for start in starts}
        for cell, losses in cells.items():
            # Other orders of summation differ in the last digits, and training carries them on.
            np.testing.assert_allclose(again[task][cell], losses, rtol=1e-6, err_msg=f"{task} {cell}")


def test_the_record_is_of_the_settings_that_the_script_has(script):
    assert TASKS["made_by"] == "experiments/recurrent_tasks.py"
    assert (TASKS["sizes"], TASKS["lengths"], TASKS["seeds"]) == (script.SIZES, script.LENGTHS, list(script.SEEDS))
    assert (TASKS["batch"], TASKS["rate"], TASKS["clip"]) == (script.BATCH, script.RATE, script.CLIP)
    assert TASKS["updates"] == list(range(0, script.UPDATES + 1, script.EVERY))
    for cells in TASKS["right"].values():
        assert {cell: tuple(starts) for cell, starts in cells.items()} == script.STARTS
        for courses in (runs for starts in cells.values() for runs in starts.values()):
            assert np.shape(courses) == (len(script.SEEDS), len(TASKS["updates"]))
            assert np.min(courses) >= 0 and np.max(courses) <= 1


def test_the_record_shows_what_the_chapter_concludes():
    updates = np.array(TASKS["updates"])

    def last(task, cell, start):
        return np.array(TASKS["right"][task][cell][start])[:, -1]

    def first(task, cell, start):
        """In the middle run, the updates until 95 % are right."""
        good = np.array(TASKS["right"][task][cell][start]) >= 0.95
        return np.median(np.where(good.any(axis=1), updates[good.argmax(axis=1)], np.inf))

    chance = {task: right for task, (right, _) in TASKS["chance"].items()}
    # copy: a matter of the start
    for cell in ("gru", "lstm"):
        assert last("copy", cell, "0").max() < chance["copy"] + 0.03
        assert np.median(last("copy", cell, "ln")) > 0.95
    assert last("copy", "gru", "1").min() > 0.95 > np.median(last("copy", "lstm", "1")) > 2 * chance["copy"]
    assert first("copy", "lstm", "ln") < first("copy", "gru", "ln")
    assert last("copy", "rnn", "uniform").max() < 0.5
    fastest = first("copy", "rnn", "orthogonal")
    assert fastest < 500 and all(first("copy", cell, start) > fastest for cell in ("gru", "lstm") for start in ("0", "1", "ln"))
    # adding: a matter of gates
    assert max(last("adding", "rnn", start).max() for start in TASKS["right"]["adding"]["rnn"]) < chance["adding"] + 0.03
    for start in ("0", "1", "ln"):
        assert last("adding", "gru", start).min() > 0.95
        assert 0.3 < first("adding", "gru", start) / first("adding", "lstm", start) < 0.7
    assert first("adding", "lstm", "ln") > first("adding", "lstm", "1") and last("adding", "lstm", "ln").min() < 0.95


def test_the_starts_are_what_they_say(script):
    def start(cell, name):
        return script.initial(cell, 2, 9, 1, np.random.default_rng(1), start=name, length=50)

    np.testing.assert_allclose(np.linalg.svd(start("rnn", "orthogonal")["W_h"])[1], 1)
    assert np.abs(start("rnn", "uniform")["W_h"]).max() <= 1 / 3
    for name, bias in (("0", 0), ("1", 1), ("ln", np.log(50))):
        np.testing.assert_allclose(start("lstm", name)["b"], np.outer([0, bias, 0, 0], np.ones(9)))
        np.testing.assert_allclose(start("gru", name)["b_x"], np.outer([0, bias, 0], np.ones(9)))


def test_chance_is_what_the_best_answer_without_the_input_gets(script):
    _, sums, _ = script.adding(np.random.default_rng(5), 200_000, 20)
    right, loss = script.chance("adding")
    assert (np.abs(sums - 1) < 0.1).mean() == pytest.approx(right, abs=0.004)
    assert ((sums - 1) ** 2).mean() == pytest.approx(loss, rel=0.01)
    assert max((np.abs(sums - said) < 0.1).mean() for said in np.linspace(0.2, 1.8, 17)) < right + 0.004
    assert script.chance("copy") == (pytest.approx(1 / script.SYMBOLS), pytest.approx(np.log(4)))
    assert TASKS["chance"] == {task: list(script.chance(task)) for task in TASKS["right"]}


def test_without_the_carry_is_the_step_by_step_gradient_without_it(script):
    from lib.explorers.recurrent.gradient_flow import without_carry

    rng = np.random.default_rng(2)
    weights = script.LSTMWeights(rng.standard_normal((4, 3, 3)), rng.standard_normal((4, 3, 2)), rng.standard_normal((4, 3)))
    x, v, zeros = rng.standard_normal((7, 1, 2)), rng.standard_normal(3), np.zeros((1, 3))
    dh = np.zeros((7, 1, 3))
    dh[-1] = v
    trace = script.recurrent.lstm_forward(x, zeros, zeros, weights)
    np.testing.assert_allclose(script.without_carry(trace, dh).b, without_carry(weights, x[:, 0], v)[2], rtol=1e-12)
    assert np.abs(script.without_carry(trace, dh).b - script.recurrent.lstm_backward(trace, dh).b).max() > 1e-3


def test_what_was_trained_without_the_carry_is_recorded(script):
    assert DROPPED["lengths"] == script.SMALL
    for task, losses in DROPPED["losses"].items():
        assert {len(losses[name]) for name in ("right", "dropped")} == {len(script.SEEDS)}
        # Either way the loss has fallen: training doesn't give the mistake away.
        assert max(np.median(losses["right"]), np.median(losses["dropped"])) < DROPPED["chance"][task]


def test_the_tasks_are_what_they_say(script):
    rng = np.random.default_rng(3)
    x, targets, answers = script.adding(rng, 6, 20)
    assert x.shape == (20, 6, 2) and (x[:, :, 1].sum(axis=0) == 2).all()
    for b in range(6):
        first, second = np.flatnonzero(x[:, b, 1])
        assert first < 10 <= second
        assert targets[0, b, 0] == pytest.approx(x[first, b, 0] + x[second, b, 0])
    assert len(range(20)[answers]) == 1

    x, targets, answers = script.copy(rng, 5, 7)
    assert x.shape == (2 * 3 + 7, 5, 6) and (x.sum(axis=2) == 1).all()
    said = x.argmax(axis=2)
    np.testing.assert_array_equal(said[:3], targets)
    assert (said[3:-3] == 4).all() and (said[-3:] == 5).all()
    assert list(range(13)[answers]) == [10, 11, 12]

    x, held, _ = script.latch(rng, 4, 30)
    for b in range(4):
        last = 0.0
        for t in range(30):
            last = x[t, b, 0] or last
            assert held[t, b, 0] == last
    assert set(np.sign(x.ravel())) == {-1, 0, 1} and script.LEAST <= np.abs(x[x != 0]).min() <= np.abs(x).max() <= 1


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_recorded_weights_hold_an_impulse(script, cell):
    net = {name: np.array(value) for name, value in HOLDING[cell].items()}
    x, held, _ = script.latch(np.random.default_rng(0), 512, 60)
    said = script.run(cell, net, x).h @ net["W_y"].T + net["b_y"]
    # The script prints this loss; saying nothing at all would be wrong by the impulses' own square.
    assert ((said - held) ** 2).mean() < 0.02**2 < 0.2 < (held**2).mean()


# --- length.py: the decoder beyond its trained length ---------------------------------------------------

TEXT = ROOT / "experiments/text.txt"


@pytest.fixture(scope="module")
def length():
    for package in ("torch", "joblib"):
        pytest.importorskip(
            package, reason="python book.py train installs what experiments/length.py needs; this environment hasn't got it"
        )
    spec = importlib.util.spec_from_file_location("length", ROOT / "experiments/length.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_recorded_of_the_lengths_is_complete():
    record = training.recorded()
    assert record["schemes"] == list(transformer.SCHEMES) and record["seeds"] == 5
    expected = {(task, name, seed) for task in record["tasks"] for name in record["schemes"] for seed in range(5)}
    assert {(run["task"], run["scheme"], run["seed"]) for run in record["runs"]} == expected and len(record["runs"]) == len(expected)
    for run in record["runs"]:
        task = record["tasks"][run["task"]]
        assert len(run["test"]) == len(run["log_n"]) == len(task["lengths"])
        assert len(run["losses"]) == task["steps"] // record["training"]["log_every"]
        assert ("stretched" in run) == (run["scheme"] == "rope")
        assert ("surgery" in run) == ("recalibrated" in run) == ((run["task"], run["scheme"]) == ("characters", "rope"))
    assert len({json.dumps(run["losses"]) for run in record["runs"]}) == len(expected)  # no run stands for another
    assert sum(path.stat().st_size for path in training.FOLDER.iterdir()) <= 1.5e6


def test_the_recorded_models_are_as_the_chapter_on_lengths_tells():
    # T5 on characters: no distance of training has reached the last five buckets, and 0 stands above all that lies four tokens back or more.
    table = training.model("characters", "t5").table
    assert positional.t5_bucket(-63, bidirectional=False) == 26 and (table[27:] == 0).all() and (table[4:27] < 0).all()
    assert -2 < table[16:27].min() and table[16:27].max() < -1.2
    # RoPE, copying: one clock, of a wavelength of 62.8 tokens, has half of the score of the right key, which was never farther than 20.
    model, scheme, n, a = training.model("copying", "rope"), transformer.Scheme("rope"), 20, 0
    for symbols in np.random.default_rng(7).integers(0, 16, (40, n)):
        trace = transformer.forward(model, np.concatenate([symbols, [16], symbols[:-1]]), scheme)
        q, k = (x[1, 0, :, 0::2] + 1j * x[1, 0, :, 1::2] for x in (trace.queries, trace.keys))
        a = a + (q[n + 1 : 2 * n] * k[1:n].conj()).mean(axis=0)
    assert np.abs(a).argmax() == 2 and np.abs(a[2]) > 0.5 * np.abs(a).sum()
    score = (a * np.exp(1j * np.outer(np.arange(161), scheme.turning(0, 16)))).real.sum(axis=1)
    assert 18 <= score[:41].argmax() <= 22 and score[41:120].argmax() + 41 in range(78, 88) and score[50] < 0.2 * score[20]


def test_a_models_weights_are_light():
    files = [path for path in training.FOLDER.iterdir() if path.name != "length.json"]
    assert len(files) == 15 and max(len(gzip.compress(path.read_bytes())) for path in files) <= 60 * 1024


def test_the_record_shows_what_the_chapter_on_lengths_says():
    def at(task, runner, times, key="test"):
        found = training.results(task)
        return training.over_seeds(task, runner, 0, key)[1][found["lengths"].index(times * found["trained"])]

    schemes, flat = transformer.SCHEMES, ("shaw", "alibi", "windowed", "fox")
    chance = {task: found["chance"] for task, found in training.recorded()["tasks"].items()}
    # At the trained length: three half-trained curves.
    short = {(task, name) for task in ("copying", "recall") for name in schemes if at(task, name, 1) < 0.95}
    assert short == {("copying", "none"), ("recall", "none"), ("recall", "sinusoidal")}
    assert at("characters", "none", 1) > 0.4 + max(at("characters", name, 1) for name in schemes if name != "none")
    # Copying
    assert all(at("copying", name, 2) < 0.1 for name in ("rope", "partial", "p-rope"))
    assert all(at("copying", name, 2) < 0.3 for name in ("learned", "sinusoidal"))
    assert all(at("copying", name, 2) > 0.95 for name in flat)
    assert at("copying", "windowed", 8) == max(at("copying", name, 8) for name in schemes) > 0.9
    assert 0.8 < at("copying", "t5", 2) and at("copying", "t5", 8) < 0.3
    for run in np.array(training.results("copying")["runners"]["rope"]["test"][0]):  # each comes back
        assert run[8] > 2 * chance["copying"] > run[7]  # at four times the length, after three times
    # Recall
    assert all(at("recall", name, 8) > 0.97 for name in (*flat, "fire", "p-rope"))
    assert at("recall", "rope", 8) < 0.93 and at("recall", "learned", 8) < 0.5
    # Characters
    assert at("characters", "learned", 1.5) > chance["characters"] and at("characters", "rope", 4) > chance["characters"]
    assert all(at("characters", name, 8) < at("characters", name, 1) + 0.05 for name in flat)
    assert all(at("characters", name, times) > at("characters", name, 1) - 0.02 for name in schemes for times in (2, 4, 8))
    assert sorted(schemes, key=lambda name: at("characters", name, 1))[:2] == ["shaw", "fox"]
    # Sharpened by log n
    assert all(at("copying", name, 8, "log_n") > at("copying", name, 8) for name in ("alibi", "shaw", "fox"))
    assert all(at("characters", name, 8, "log_n") > at("characters", name, 8) for name in schemes)
    # Stretched
    assert at("copying", "rope yarn", 8) > 0.6 and at("recall", "rope yarn", 8) > 0.95
    assert at("characters", "rope linear", 2) > at("characters", "rope", 2) > 2 > at("characters", "rope yarn", 2)
    assert at("characters", "rope dropped", 1) > chance["characters"] and at("copying", "rope dropped", 1) < 0.3
    # A hundred steps more, and surgery
    runs = [run for run in training.recorded()["runs"] if "surgery" in run]
    again = {key: np.median([run["recalibrated"][key] for run in runs], axis=0) for key in training.recorded()["recalibrated"]}
    assert again["yarn"][6] < at("characters", "rope", 1) + 0.1 and np.ptp(again["dropped"]) < 0.15 < again["dropped"].min() - 2
    whole = np.array([[run["test"][training.results("characters")["lengths"].index(n)] for n in (64, 128, 512)] for run in runs])
    still, slowed = (
        np.median([run["surgery"][key] - whole[i, None] for i, run in enumerate(runs)], axis=0) for key in ("frozen", "slowed")
    )
    assert np.abs(still[4:, 0]).max() < 0.02 < 0.2 < still[:4, 0].min()
    assert slowed[:, 1].argmin() == 3 and slowed[3, 1] < -0.3


def test_the_recorded_weights_do_in_numpy_what_is_recorded_of_them(length):
    runs = {(run["task"], run["scheme"]): run for run in training.recorded()["runs"] if run["seed"] == 0}
    for name, schemes in length.KEPT.items():
        for scheme in schemes:
            weights, task = training.model(name, scheme), length.TASKS[name]()

            class Model:
                def predict(self, tokens, scheme, last):
                    return np.stack([transformer.forward(weights, each, scheme).logits[-last:] for each in tokens])

            said = task.test(Model(), transformer.Scheme(scheme), task.trained)
            recorded = runs[name, scheme]["test"][task.lengths.index(task.trained)]
            # What is kept is rounded.
            assert length.first(said) == pytest.approx(length.first(recorded), abs=0.02), (name, scheme)


def test_the_text_is_plain_and_small_enough():
    text = TEXT.read_text("ascii")
    assert 100_000 < len(text) == TEXT.stat().st_size < 300_000
    assert 60 <= len(set(text)) <= 90 and not set("$`{}|\\") & set(text)


def test_a_short_training_run(length):
    kept = {kind: (kind.lengths, vars(kind).get("windows")) for kind in length.TASKS.values()}
    runs = length.short()
    assert [(record["task"], record["scheme"]) for record, _ in runs] == [(task, name) for task in length.TASKS for name in length.SCHEMES]
    for record, weights in runs:
        assert record["parameters"] == sum(value.size for value in weights.values()) and 60_000 < record["parameters"] < 100_000
        assert len(record["losses"]) == 1 and 2 < record["losses"][0] < 6
        assert len(record["test"]) == len(record["log_n"]) == 3
        assert set(record) >= {"stretched"} if record["scheme"] == "rope" else "stretched" not in record
    # Queries aren't sharpened within the trained length.
    assert all(record["test"][:1] == record["log_n"][:1] for record, _ in runs)
    for kind, (lengths, windows) in kept.items():
        kind.lengths = lengths
        if windows:
            kind.windows = windows


@pytest.mark.parametrize("name", transformer.SCHEMES)
def test_the_model_is_that_of_the_library(length, name):
    """At the sizes of the experiment; the small models of the fixture hold the rest."""
    import torch

    torch.manual_seed(1)
    model, tokens = length.Model(name, 48, 64), np.random.default_rng(1).integers(0, 48, 64)
    for value in model.parameters():
        value.data += 0.1 * torch.randn_like(value)
    scheme = transformer.Scheme(name)
    mine = transformer.forward(transformer.decoder(model.arrays()), tokens, scheme).logits
    np.testing.assert_allclose(mine, model.predict(tokens[None], scheme, 64)[0], atol=1e-5 * np.abs(mine).max())


def test_a_copy_is_asked_for_once_all_is_said(length):
    tokens, targets = length.Copying().draw(np.random.default_rng(0), 5, 7)
    assert tokens.shape == targets.shape == (5, 14) and (tokens[:, 7] == 16).all() and (targets[:, :7] == -100).all()
    np.testing.assert_array_equal(targets[:, 7:], tokens[:, :7])
    np.testing.assert_array_equal(tokens[:, 8:], tokens[:, :6])


@pytest.mark.parametrize("n", [40, 64, 300])
def test_a_value_is_asked_for_where_its_key_comes_again(length, n):
    task = length.Recall()
    tokens, targets, times, distance = task.draw(np.random.default_rng(0), 6, n, task.keys)
    assert tokens.shape == (6, n)
    for b in range(6):
        seen, pairs = {}, 0
        for i, token in enumerate(tokens[b]):
            before = seen.get(token, [])
            if token < 16:
                pairs += 1
                assert 16 <= tokens[b, i + 1] < 32 and len({tokens[b, j + 1] for j in [*before, i]}) == 1
                seen[token] = [*before, i]
            assert targets[b, i] == (tokens[b, i + 1] if token < 16 and before else -100)
            assert times[b, i] == len(before) and (not before or distance[b, i] == i - before[-1])
        assert pairs == task.pairs and len(seen) <= task.keys


def test_the_same_characters_are_asked_for_at_every_length(length):
    task, asked = length.Characters(), []

    class Watched:
        def predict(self, tokens, scheme, last):
            asked.append(tokens[:, -last:])
            return np.zeros((*tokens[:, -last:].shape, task.vocabulary))

    losses = [task.test(Watched(), None, n) for n in task.lengths]
    assert all((each == asked[0]).all() for each in asked) and losses == [round(np.log(task.vocabulary), 4)] * len(losses)
    assert losses[0] > task.chance > 2


def test_weights_go_into_letters_and_back(length):
    weights = np.random.default_rng(0).normal(size=(5, 7, 3))
    weights[1] = 0.0
    again = training.unpacked(json.loads(json.dumps(length.packed(weights, 20))), 20)
    assert again.shape == weights.shape and np.abs(again - weights).max() < 0.51 * np.abs(weights).max() / 20
    np.testing.assert_allclose(training.unpacked(length.packed(weights[0, 0], 20), 20), weights[0, 0], atol=1e-4)
