"""Frames and views of every explorer: what holds in any state.

An explorer's names, templates, colours and controls are checked when its class is made (test_check.py); here its
states are walked through.
"""

import numpy as np
import pytest
from every_explorer import EXPLORERS, default_of, states

from lib.widget import Handle, Heatmap, Switch, Tree
from lib.widget.check import check_names
from lib.widget.ends import ends
from lib.widget.names import pick
from lib.widget.view import panels, within

every = pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)


def breaks_of(explorer):
    return [name for name, control in explorer.controls.items() if isinstance(control, Switch) and control.breaks]


def test_explorers_are_found_and_have_names_of_their_own():
    names = [explorer.name for explorer in EXPLORERS]
    assert {"rope-rotation", "rope-score", "rope-extension"} <= set(names)
    assert len(names) == len(set(names)) >= 18


@every
def test_a_frame_is_the_same_each_time(explorer):
    for state in states(explorer, 3):
        first, second = explorer.frame(**state), explorer.frame(**state)
        for name in first:
            np.testing.assert_array_equal(first[name], second[name], err_msg=name)


@every
def test_names_and_ends_hold_in_every_state(explorer):
    """What is checked at the defaults when the class is made, and axes with two different ends."""
    for state in states(explorer, 10):
        values = explorer.values(**state)
        check_names(explorer, values)
        for panel in panels(explorer.view):
            limits = np.array(ends(panel, values))
            assert np.isfinite(limits).all() and (limits[:, 0] != limits[:, 1]).all(), (panel.title, state)
            for axis, (low, high) in zip((panel.x, panel.y), limits):
                assert not axis.log or min(low, high) > 0


@every
def test_every_handle_is_an_arrow_of_the_picture(explorer):
    grips = [item.drag for item in within(explorer.view) if getattr(item, "drag", None)]
    assert sorted(grips) == sorted(name for name, control in explorer.controls.items() if isinstance(control, Handle))
    assert sum(panel.main for panel in panels(explorer.view)) == 1


@every
def test_a_red_switch_breaks_what_must_hold_and_nothing_else_does(explorer):
    readouts = explorer.view.readouts
    for state in states(explorer, 20):
        if not any(state[name] for name in breaks_of(explorer)):
            values = explorer.values(**state)
            assert [readout.value for readout in readouts if readout.wrong(values)] == [], state
    for name in breaks_of(explorer):
        values = explorer.values(**default_of(explorer) | {name: True})
        wrong = [readout for readout in readouts if readout.wrong(values)]
        assert sum(readout.invariant for readout in wrong) == 1, "a mistake breaks one promise; others, where there are, hold"
        others = [pick(values, readout.value) for readout in wrong if not readout.invariant]
        assert not np.isfinite(others).any(), "what isn't an invariant is wrong only where it is no number"


@every
def test_the_python_lines_compute_what_the_frame_holds(explorer):
    for state in states(explorer, 8):
        shown, scope = explorer(**state), {}
        exec(shown.python(), scope)
        frame = explorer.frame(**state)
        shared = set(scope) & set(frame)
        assert shared, "the lines compute nothing that the picture shows"
        for name in shared:
            np.testing.assert_allclose(scope[name], frame[name], rtol=1e-9, atol=1e-12, err_msg=name)


@every
def test_a_map_has_no_colour_beyond_its_limit_unless_it_says_so(explorer):
    """A limit that follows the data is the largest magnitude there is."""
    for item in within(explorer.view):
        if isinstance(item, Heatmap):
            values = explorer.values(**default_of(explorer))
            assert item.full(values) > 0
            assert not item.sequential or np.nanmin(np.asarray(pick(values, item.z), dtype=float)) >= 0


@every
def test_a_trees_parts_come_before_their_own_and_add_up(explorer):
    for item in within(explorer.view):
        if isinstance(item, Tree):
            for state in states(explorer, 20):
                frame = explorer.frame(**state)
                parents, sizes = pick(frame, item.parents), pick(frame, item.sizes)
                assert parents[0] == -1 and (0 <= parents[1:]).all() and (parents[1:] < np.arange(1, len(parents))).all()
                sums = np.bincount(parents[1:], weights=sizes[1:], minlength=len(parents))
                inner = np.isin(np.arange(len(parents)), parents)
                np.testing.assert_array_equal(sums[inner], sizes[inner])
                sides = pick(frame, item.sides)
                assert (sides[~inner] > 0).all() and not sides[inner].any()
                assert 0 <= pick(frame, item.opened) < len(parents) <= explorer.controls[item.opens].high + 1
