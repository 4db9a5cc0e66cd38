"""Every explorer of the book, and states to try it with."""

import functools
import itertools
import math
import random

import drivers

from lib.explorers import every
from lib.widget import Choice, Order, Slider, Switch

EXPLORERS = sorted(every().values(), key=lambda explorer: explorer.name)
MOST_COMBINATIONS = 64
MOST_TRIED = 4096  # combinations from which those are chosen


def frame_of(explorer, **state):
    """The frame with its defaults, but for what is given; checked as a trait is. The explorer's data are in it as well."""
    given = {name: explorer.controls[name].check(value) for name, value in state.items()}
    return explorer.data() | explorer.frame(**default_of(explorer) | given)


def default_of(explorer):
    return {name: control.default_value for name, control in explorer.controls.items()}


def states(explorer, count, seed=0):
    """The defaults; each control at each of its corners; combinations of choices with all lows and with all highs (an order
    straight with the lows, reversed with the highs): each pair of options of two controls, and beyond that a sample of at most
    64; then `count` random states."""
    rng = random.Random(f"{explorer.name} {seed}")
    controls, default = explorer.controls, default_of(explorer)
    yield default
    for name, control in controls.items():
        yield from (default | {name: value} for value in drivers.of(control).corners(control))
    for chosen, end in combinations(explorer):
        ends = {
            name: drivers.of(control).corners(control)[end] for name, control in controls.items() if isinstance(control, (Slider, Order))
        }
        yield default | ends | chosen
    for _ in range(count):
        yield {name: drivers.of(control).drawn(control, rng) for name, control in controls.items()}


@functools.cache
def _combinations(explorer):
    rng = random.Random(f"{explorer.name} combinations")
    choices = {
        name: drivers.of(control).corners(control) for name, control in explorer.controls.items() if isinstance(control, (Choice, Switch))
    }
    if math.prod(map(len, choices.values())) > MOST_TRIED:
        whole = [{name: rng.choice(options) for name, options in choices.items()} for _ in range(MOST_TRIED)]
    else:
        whole = [dict(zip(choices, chosen)) for chosen in itertools.product(*choices.values())]
    if len(whole) <= MOST_COMBINATIONS // 2:
        return whole
    rng.shuffle(whole)
    pairs_of = {id(one): set(itertools.combinations(one.items(), 2)) for one in whole}
    missing, kept = set().union(*pairs_of.values()), []
    for _ in range(MOST_COMBINATIONS // 2):  # greedily those with most pairs of options that haven't been seen yet
        kept.append(max(whole, key=lambda one: len(missing & pairs_of[id(one)])))
        missing -= pairs_of[id(kept[-1])]
    return kept


def combinations(explorer):
    """Settings of all choices and switches, each with the number of the end (0 or 1) at which the sliders stand."""
    return [(chosen, end) for chosen in _combinations(explorer) for end in (0, 1)]
