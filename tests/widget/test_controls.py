"""Controls in Python: traits that refuse, link and observe."""

import json
import re

import drivers
import ipywidgets as widgets
import numpy as np
import pytest
from every_explorer import EXPLORERS, states
from scene import Scene

from lib.explorers.equivariance import PermutationLab
from lib.explorers.rope import RopeRotation, RopeScore
from lib.widget import ControlError, Slider

every = pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
CONTROLS = [(explorer, name) for explorer in EXPLORERS for name in explorer.controls]
every_control = pytest.mark.parametrize("explorer, name", CONTROLS, ids=lambda item: getattr(item, "name", item))


@every_control
def test_a_control_refuses_what_it_cannot_take_and_says_what_it_can(explorer, name):
    control, shown = explorer.controls[name], explorer()
    values, expected = drivers.of(control).wrong(control)
    for value in [None, [1], {"a": 1}, np.array([1.0, 2.0]), *values]:
        for attempt in (lambda: setattr(shown, name, value), lambda: explorer(**{name: value})):
            with pytest.raises(ControlError, match=rf"^{name}: expected .*{re.escape(expected)}.*, got ") as error:
                attempt()
            assert isinstance(error.value, ValueError)
            assert str(error.value).endswith(repr(value))
    assert shown.value == explorer().value


@every_control
def test_a_control_takes_its_default_and_its_corners(explorer, name):
    for value in (explorer.controls[name].default_value, *drivers.of(explorer.controls[name]).corners(explorer.controls[name])):
        shown = explorer(**{name: value})
        assert shown.value[name] == getattr(shown, name) == value


def test_a_number_arrives_as_the_control_counts():
    shown = RopeRotation(m=np.int64(3), base=500, mixed=np.True_)
    assert [(type(value), value) for value in (shown.m, shown.base, shown.mixed)] == [(int, 3), (float, 500.0), (bool, True)]
    shown.m = 5.0  # as JSON from a browser may say
    assert (type(shown.m), shown.m) == (int, 5)


def test_an_order_arrives_as_a_list_of_its_own():
    given = np.array([5, 0, 4, 1, 3, 2])
    shown = PermutationLab(order=given)
    assert shown.order == [5, 0, 4, 1, 3, 2] and {type(place) for place in shown.order} == {int}
    shown.order = (0, 1, 2, 3, 4, 5)
    assert shown.order == [0, 1, 2, 3, 4, 5]
    PermutationLab().order.reverse()
    assert PermutationLab().order == PermutationLab.controls["order"].default_value == [3, 4, 5, 2, 0, 1]


def test_a_control_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(TypeError, match=r"^angle: expected one of the controls m, n, base, .* of RopeRotation$"):
        RopeRotation(angle=1)


@every
def test_controls_can_be_told_apart_and_read(explorer):
    controls = explorer.controls.values()
    labels = [control.label for control in controls]
    assert all(labels) and len(labels) == len(set(labels))
    for control in controls:
        description = json.loads(json.dumps(control.describe(), allow_nan=False))
        assert description["name"] == control.name and description["default"] == control.default_value
        if isinstance(control, Slider):
            assert control.low < control.high and control.step > 0
            assert not control.log or control.low > 0
            assert not control.automatic or (control.default_value == 0 and control.low > 0 and not control.log)
        assert set(control.resets) <= set(explorer.controls) - {control.name}
    shown = explorer()
    hosts = {*widgets.DOMWidget().keys, "_anywidget_id", "_esm", "_css"}
    assert set(shown.keys) - hosts == set(explorer.controls)  # what travels between kernel and page, whatever the host takes it for
    given = {name: value for name, value in shown.get_state().items() if name not in hosts}
    assert shown.frame(**given).keys() == shown.frame(**shown.value).keys()


# --- as ipywidgets ----------------------------------------------------------------------


def test_a_text_may_be_as_long_as_it_is_said():
    longest = "yes" + 17 * "!"
    assert Scene(text=longest).text == longest
    with pytest.raises(ControlError, match="^text: expected .*20"):
        Scene(text=longest + "!")


def test_controls_are_traits_to_observe_and_to_link():
    first, second, seen = RopeRotation(base=100.0), RopeScore(), []
    second.observe(lambda change: seen.append((change.name, change.new)), "base")
    link = widgets.link((first, "base"), (second, "base"))
    first.base = 500.0
    second.base = 700.0
    link.unlink()
    first.base = 900.0
    assert seen == [("base", 100.0), ("base", 500.0), ("base", 700.0)]


def test_interactive_output_follows_the_value():
    shown, states_seen = RopeRotation(), []
    widgets.interactive_output(lambda state: states_seen.append(state), {"state": shown})
    shown.m = 3
    assert states_seen == [RopeRotation().value, RopeRotation(m=3).value]


@every
def test_the_value_holds_every_control_and_goes_round(explorer):
    shown, fresh = explorer(), explorer()
    for state in states(explorer, 5):
        for name, value in state.items():
            setattr(shown, name, value)
        assert shown.value == state
        fresh.value = shown.value
        assert {name: getattr(fresh, name) for name in explorer.controls} == state


def test_the_value_takes_a_part_of_the_controls():
    shown = RopeRotation()
    shown.value = {"m": 3, "n": 2}
    assert shown.value == RopeRotation(m=3, n=2).value


@pytest.mark.parametrize(
    "value, error", [({"n": 2, "m": 99}, ControlError), ({"n": 2, "angle": 1}, TypeError), ({"title": "x"}, TypeError)]
)
def test_a_wrong_value_is_refused_as_a_whole(value, error):
    shown = RopeRotation()
    with pytest.raises(error, match=r"expected .*, got |expected one of the controls"):
        shown.value = value
    assert shown.value == RopeRotation().value
    assert (shown.m, shown.n, shown.title) == (9, 4, RopeRotation.title)


def test_one_explorers_controls_are_not_anothers():
    first, second = RopeRotation(), RopeRotation()
    first.m = 3
    assert second.m == RopeRotation.controls["m"].default_value
    assert set(RopeScore.controls) == {"distance", "base", "d", "share"}
