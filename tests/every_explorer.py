"""Every explorer of the book, found by walking lib.explorers, and control states to try it with."""

import importlib
import itertools
import pkgutil
import random

import lib.explorers
from lib.explorers.controls import Choice, Order, Slider, Switch, Text
from lib.explorers.explorer import Explorer


def _found():
    modules = [importlib.import_module(f"lib.explorers.{m.name}") for m in pkgutil.iter_modules(lib.explorers.__path__)]
    own = [item for module in modules for item in vars(module).values() if getattr(item, "__module__", "") == module.__name__]
    return [item for item in own if isinstance(item, type) and issubclass(item, Explorer) and item.name]


EXPLORERS = sorted(_found(), key=lambda explorer: explorer.name)


def frame_of(explorer, **state):
    """The frame with its defaults, but for what is given; checked as a trait is."""
    return explorer.frame(**explorer(**state).value)


def corners(control):
    """The values of a control at which something may change: its ends, all of its options, its examples."""
    if isinstance(control, Slider):
        return [control.low, control.high, *([0] if control.own else [])]
    if isinstance(control, Order):
        straight = list(range(len(control.labels)))
        return [straight, straight[::-1]]
    if isinstance(control, Text):
        return ["", *control.examples]
    return list(control.options) if isinstance(control, Choice) else [False, True]


def drawn(control, rng):
    """A random value, in the way in which the control's slider moves."""
    if isinstance(control, Order):
        return rng.sample(range(len(control.labels)), len(control.labels))
    if not isinstance(control, Slider):
        return rng.choice(corners(control))
    share = rng.random()
    value = control.low * (control.high / control.low) ** share if control.log else control.low + share * (control.high - control.low)
    value = min(control.high, max(control.low, value))
    return round(value) if control.whole else value


def on_the_grid(control, value):
    """Whole sliders move by their step."""
    if isinstance(control, Slider) and control.whole and not control.log:
        return control.low + (value - control.low) // control.step * control.step
    return value


def states(explorer, count, seed=0):
    """The defaults; each control at each of its corners; the combinations of all lows, highs and
    choices (an order straight with the lows, reversed with the highs); then `count` random states."""
    rng = random.Random(f"{explorer.name} {seed}")
    controls = explorer.controls
    default = {name: control.default_value for name, control in controls.items()}
    yield default
    for name, control in controls.items():
        yield from (default | {name: value} for value in corners(control))
    choices = {name: corners(control) for name, control in controls.items() if isinstance(control, (Choice, Switch))}
    sliders = [name for name, control in controls.items() if isinstance(control, (Slider, Order))]
    for end in (0, 1):
        ends = {name: corners(controls[name])[end] for name in sliders}
        for chosen in itertools.product(*choices.values()):
            yield default | ends | dict(zip(choices, chosen))
    for _ in range(count):
        yield {name: on_the_grid(control, drawn(control, rng)) for name, control in controls.items()}
