"""What the kernel answers to a live explorer's browser."""

import json

import numpy as np
import pytest
from every_explorer import EXPLORERS, states

from lib import rope
from lib.explorers.rope import RopeRotation, RopeScore
from lib.widget import Explorer, bundle, kernel
from lib.widget.kernel import plain

every = pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)


@pytest.fixture
def asked(monkeypatch):
    """asked(explorer, request) -> the reply."""

    def ask(shown, request):
        replies = []
        monkeypatch.setattr(shown, "send", replies.append)
        kernel.answer(shown, request, [])
        [reply] = replies
        return json.loads(json.dumps(reply, allow_nan=False))

    return ask


@every
def test_the_kernel_answers_with_the_frame_as_json(explorer, asked):
    for number, state in enumerate(states(explorer, 2)):
        reply = asked(explorer(), {"id": number, "controls": state})
        frame = explorer.frame(**state)
        assert reply["id"] == number and set(reply["frame"]) == set(frame)
        for name, value in frame.items():
            kind = np.asarray(value).dtype.type if np.asarray(value).dtype.kind == "U" else float
            np.testing.assert_array_equal(np.array(reply["frame"][name], dtype=kind), value, err_msg=name)


def test_the_answer_is_about_the_controls_asked_for_and_takes_them_over(asked):
    shown, state, heard = RopeRotation(m=1), RopeRotation(m=20).value, []
    shown.observe(lambda change: heard.append(change.new), "m")
    assert asked(shown, {"id": 1, "controls": state})["frame"]["distance"] == 16
    assert (shown.m, shown.value, heard) == (20, state, [20])


@every
def test_data_on_demand_travel_as_they_are(explorer, asked):
    files = [file for file, _ in bundle.scripts_on_demand(explorer).values()]
    assert files == list(explorer.describe()["on_demand"].values())
    for name, data in explorer.on_demand().items():
        assert asked(explorer(), {"on_demand": name}) == {"on_demand": name, "value": json.loads(json.dumps(data))}


def test_what_is_not_a_number_travels_as_none():
    assert plain(np.array([[1.0, np.nan], [np.inf, -2.0]])) == [[1.0, None], [None, -2.0]]
    assert plain(np.float64("nan")) is None
    assert (plain(np.int64(3)), plain(2.5), plain(np.array([True])), plain("a")) == (3, 2.5, [True], "a")
    mixed = {"is": [["if", "a", 1, True], np.array([1.0, np.nan]), None], "of": {"b": []}}
    assert plain(mixed) == {"is": [["if", "a", 1, True], [1.0, None], None], "of": {"b": []}}


def test_an_error_of_lib_is_answered_in_words(asked, monkeypatch):
    def broken(*arguments, **options):
        raise ZeroDivisionError("a reader's own edit")

    monkeypatch.setattr(rope, "frequencies", broken)
    reply = asked(RopeScore(), {"id": 7, "controls": RopeScore().value})
    assert reply == {"id": 7, "error": "ZeroDivisionError: a reader's own edit"}


@pytest.mark.parametrize(
    "controls, words",
    [({"m": 99}, "ControlError: m: expected a whole number from 0 to 23, got 99"), (None, "KeyError"), ({"m": None}, "ControlError: m")],
)
def test_a_wrong_request_is_refused_in_words(asked, controls, words):
    controls = controls and RopeRotation(n=2).value | controls
    shown = RopeRotation()
    reply = asked(shown, {"id": 1} if controls is None else {"id": 1, "controls": controls})
    assert reply["error"].startswith(words) and "frame" not in reply
    assert shown.value == RopeRotation().value


def test_a_change_of_lib_is_in_the_next_answer(asked, monkeypatch):
    shown = RopeScore()
    before = asked(shown, {"id": 1, "controls": shown.value})["frame"]["longest"]
    original = rope.frequencies
    monkeypatch.setattr(rope, "frequencies", lambda *a, **k: original(*a, **k) / 2)
    assert asked(shown, {"id": 2, "controls": shown.value})["frame"]["longest"] == pytest.approx(2 * before)


def test_an_explorer_without_a_frame_says_so():
    with pytest.raises(NotImplementedError):
        Explorer.frame()
