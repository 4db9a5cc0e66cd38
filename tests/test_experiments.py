"""The committed scripts of experiments/ make the recorded results: a short run is run again."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "lib/explorers/recorded"
TASKS = json.loads((RECORDED / "recurrent_tasks.json").read_text())
HOLDING = json.loads((RECORDED / "recurrent_weights.json").read_text())


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
        assert cells.keys() == again[task].keys() == {"rnn", "lstm", "gru"}
        for cell, losses in cells.items():
            # Other orders of summation differ in the last digits, and training carries them on.
            np.testing.assert_allclose(again[task][cell], losses, rtol=1e-6, err_msg=f"{task} {cell}")


def test_the_record_is_of_the_settings_that_the_script_has(script):
    assert (TASKS["sizes"], TASKS["lengths"], TASKS["seeds"]) == (script.SIZES, script.LENGTHS, list(script.SEEDS))
    for task, cells in TASKS["right"].items():
        assert TASKS["updates"][task] == list(range(0, script.UPDATES[task] + 1, script.EVERY))
        assert {np.shape(courses) for courses in cells.values()} == {(len(script.SEEDS), len(TASKS["updates"][task]))}
        assert all(0 <= share <= 1 for courses in cells.values() for course in courses for share in course)


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


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_recorded_weights_hold_an_impulse(script, cell):
    net = {name: np.array(value) for name, value in HOLDING[cell].items()}
    x, held, _ = script.latch(np.random.default_rng(0), 512, 40)
    said = script.run(cell, net, x).h @ net["W_y"].T + net["b_y"]
    # The script prints this loss; saying nothing at all would be wrong by the impulses' own square.
    assert ((said - held) ** 2).mean() < 0.02 < 0.2 < (held**2).mean()
