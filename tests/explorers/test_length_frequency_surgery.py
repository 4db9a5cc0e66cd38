"""frequency-surgery: what its caption says, over its controls, and the texts that it reads."""

import numpy as np
import pytest
from every_explorer import frame_of

from lib import transformer
from lib.explorers.length import FrequencySurgery
from lib.explorers.length.frequency_surgery import loss, tokens_of
from lib.explorers.length.samples import fixed, sample
from lib.explorers.length.training import model

TASKS = ("characters", "copying", "recall")


def texts(task, times):
    """Tokens and targets of the sample that the picture reads."""
    return sample(task, tokens_of(task, times), "")[:2]


every_task = pytest.mark.parametrize("task", TASKS)


@every_task
@pytest.mark.parametrize("pair, width, times", [(1, 1, 1.0), (3, 2, 2.0), (5, 8, 1.5)])
def test_muting_empties_columns_and_turning_changes_no_length(task, pair, width, times):
    state = {"task": task, "pair": pair, "width": width, "times": times}
    muted, still, slowed = (frame_of(FrequencySurgery, treatment=each, **state)["reaches"] for each in ("muted", "still", "slowed"))
    empty = np.isin(np.arange(1, 9), np.arange(pair, pair + width))
    assert (muted[:, empty] == 0).all() and (muted[:, ~empty] > 0).all()
    np.testing.assert_array_equal(still[:4], slowed[:4])
    np.testing.assert_array_equal(muted[:4, ~empty], still[:4, ~empty])
    assert (np.abs(still[4:] - slowed[4:]) > 0).any()


def test_slow_pairs_tell_what_and_not_where_and_one_pair_was_not_trained_to_turn_so_far():
    trained, twice = (frame_of(FrequencySurgery, times=times) for times in (1.0, 2.0))
    assert (np.abs(trained["if_still"][4:]) < 0.02).all() and (trained["if_muted"][4:] > 0.03).all()
    assert twice["if_slowed"][3] < -0.1 and twice["if_still"][3] > 0.1 and trained["if_slowed"][3] < 0.1
    assert twice["if_slowed"].argmin() == 3
    # Live, too: one text of each task.
    assert frame_of(FrequencySurgery, times=2.0, pair=4, treatment="slowed")["cost"] < -0.1
    costs = [frame_of(FrequencySurgery, task="copying", times=2.0, pair=pair, treatment="slowed") for pair in range(1, 9)]
    assert np.argmin([frame["cost"] for frame in costs]) == 2 and costs[2]["loss_before"] > 3 and costs[2]["loss_after"] < 0.3


def test_all_pairs_held_still_are_a_model_without_positions():
    for task in TASKS:
        tokens, targets = texts(task, 2.0)
        without = transformer.forward(model(task, "rope"), tokens, transformer.Scheme("none"))
        frame = frame_of(FrequencySurgery, task=task, times=2.0, treatment="still", width=8)
        assert frame["loss_after"] == pytest.approx(loss(without.logits, targets), rel=1e-12)


@every_task
@pytest.mark.parametrize("times", [1.0, 1.37, 8.0])
def test_attention_by_distance_is_complete(task, times):
    frame = frame_of(FrequencySurgery, task=task, times=times, layer=1, head=3)
    for name in ("before", "after"):
        assert frame[f"near_{name}"][0] + frame[f"back_{name}"].sum() == pytest.approx(1)
        assert frame[f"near_{name}"][1] == frame[f"back_{name}"][0]


def test_a_distance_is_counted_back_from_the_query():
    """In copying, the first layer's second head looks at the token before (see the chapter)."""
    tokens, targets = texts("copying", 1.0)
    weights = transformer.forward(model("copying", "rope"), tokens, transformer.Scheme("rope")).weights[0, 1]
    before = np.mean([weights[n, n - 1] for n in np.flatnonzero(targets >= 0)])
    assert frame_of(FrequencySurgery, task="copying", layer=1, head=2)["near_before"][1] == pytest.approx(before) and before > 0.5


@pytest.mark.parametrize("times", [1.0, 1.5, 3.333, 8.0])
def test_the_samples_ask_what_the_tasks_ask(times):
    tokens, targets = texts("copying", times)
    n = int(20 * times + 0.5)
    assert len(tokens) == len(targets) == 2 * n and tokens[n] == 16 and (targets[:n] == -1).all()
    np.testing.assert_array_equal(targets[n:], tokens[:n])
    np.testing.assert_array_equal(targets[n:-1], tokens[n + 1 :])

    tokens, targets = texts("recall", times)
    assert len(tokens) == int(64 * times + 0.5)
    keys = np.flatnonzero(tokens < 16)
    assert len(keys) == 20 and ((16 <= tokens[keys + 1]) & (tokens[keys + 1] < 32)).all() and (tokens >= 32).sum() == len(tokens) - 40
    last = {}
    for place in keys:
        assert targets[place] == last.get(tokens[place], -1)
        last[tokens[place]] = tokens[place + 1]
    assert (targets >= 0).sum() == 20 - len(last) and (np.delete(targets, keys) == -1).all()

    tokens, targets = texts("characters", times)
    prose = np.array([fixed()["alphabet"].index(character) for character in fixed()["prose"]])
    np.testing.assert_array_equal(tokens, prose[-len(tokens) - 1 : -1])
    np.testing.assert_array_equal(targets[-32:], prose[-32:])
    assert len(tokens) == int(64 * times + 0.5) and (targets[:-32] == -1).all()
