"""An explorer against its frame, in words: `temperature: Bars.y: expected a name of the frame (key, weights, …), got 'wieghts'`.

It is checked when its class is made, so a wrong name never gets as far as a page.
"""

import sys
from functools import partial

import numpy as np

from . import palette
from .controls import Handle, Slider, Switch
from .ends import ends
from .names import hints_of, mapped, pick
from .view import panels, within

LONGEST_TRY = 100


class ViewError(ValueError):
    """What can't be in an explorer; the message names explorer, part, field, what was expected and what came."""


def check(explorer):
    """Refuses an explorer whose texts, controls, frame and view don't fit together, at its defaults."""
    refuse = partial(_refuse, explorer)
    default = {name: control.default_value for name, control in explorer.controls.items()}
    for field in ("title", "tries", "sees", "play", "sentence", "view"):
        if not getattr(explorer, field):
            refuse(field, "something", getattr(explorer, field))
    for field in ("tries", "sees"):
        text = getattr(explorer, field)
        if text[:2].istitle() or not text.endswith("."):
            refuse(field, "a text that goes on after “Try” or “See” in lower case and ends with a full stop", text)
    if len(explorer.tries) > LONGEST_TRY:
        refuse("tries", f"at most {LONGEST_TRY} characters, a line above the picture", f"{len(explorer.tries)}")
    for name in explorer.more:
        if name not in explorer.controls or name == explorer.play or isinstance(explorer.controls[name], Handle):
            refuse("more", "controls beside the main one that are no handles", name)
    for name, control in explorer.controls.items():
        for other in set(control.resets) - set(explorer.controls):
            refuse(f"{name}.resets", f"a control ({', '.join(explorer.controls)})", other)
    if not hasattr(sys.modules[explorer.__module__], "__file__"):
        refuse("twin", "a class in a file, with its twin beside it", "a class of a notebook")
    if not explorer.twin().is_file():
        refuse("twin", f"a file {explorer.twin().name} beside {explorer.twin().with_suffix('.py').name}", "none")

    frame = explorer.frame(**default)
    for name in set(frame) & (set(explorer.controls) | set(explorer.data())):
        refuse("frame", "a name that no control and no data have", name)
    values = explorer.data() | default | frame
    check_names(explorer, values)
    _check_invariants(explorer, default, values)


def check_names(explorer, values):
    """Refuses a view whose strings are not what their fields say, or whose arrays don't fit together, in the state of these values."""
    controls, refuse = explorer.controls, partial(_refuse, explorer)
    known = f"a name of the frame, the data or the controls ({', '.join(values)})"

    def string(place, kind, text):
        if kind in KINDS:
            words, dtypes = KINDS[kind]
            try:
                found = np.asarray(pick(values, text)).dtype.kind
            except (KeyError, IndexError, TypeError, ValueError):
                refuse(place, known, text)
            if found not in dtypes:
                refuse(place, f"the name of {words}", text)
        elif kind == "template":
            try:
                text.format(**values)
            except (KeyError, IndexError, TypeError, ValueError) as error:
                refuse(place, f"a template whose names are each {known}", f"{text} ({error!r})")
        elif kind == "color" and text not in palette.LIGHT:
            refuse(place, f"a colour of the palette ({', '.join(palette.LIGHT)})", text)
        elif kind == "control":
            fitting = Handle if place.endswith(".drag") else Slider
            if not isinstance(controls.get(text), fitting):
                names = ", ".join(name for name, control in controls.items() if isinstance(control, fitting))
                refuse(place, f"the name of a {fitting.__name__.lower()} ({names})", text)
        return text

    for item in within(explorer.view):
        for field, hint in hints_of(type(item)).items():
            mapped(hint, getattr(item, field), partial(string, f"{type(item).__name__}.{field}"))
    for panel in panels(explorer.view):
        try:
            ends(panel, values)
        except ValueError as error:  # NumPy's own words on shapes
            refuse("Panel.marks", "arrays that fit together", f"{', '.join(type(mark).__name__ for mark in panel.marks)} ({error})")
    main = [panel.title for panel in panels(explorer.view) if panel.main]
    if len(main) != 1:
        refuse("Panel.main", "one panel that is the main one, to look at first", main)
    for name in {name for name, control in controls.items() if isinstance(control, Handle)} - {
        getattr(item, "drag", None) for item in within(explorer.view)
    }:
        refuse(name, "an arrow in the picture for each handle (Arrows.drag)", "none")
    string("sentence", "template", explorer.sentence)
    string("play", "control", explorer.play)
    for name, control in controls.items():
        if getattr(control, "caption", None):
            string(f"{name}.caption", "texts", control.caption)
        if getattr(control, "automatic", None):
            string(f"{name}.automatic", "whole", control.automatic)


KINDS = {"name": ("numbers", "fiub"), "texts": ("texts", "U"), "whole": ("a whole number", "iu")}


def _check_invariants(explorer, default, values):
    """What must hold does at the defaults, and a red switch breaks some of it."""
    refuse, readouts = partial(_refuse, explorer), explorer.view.readouts
    invariants = [readout.value for readout in readouts if readout.invariant]
    breaks = [name for name, control in explorer.controls.items() if isinstance(control, Switch) and control.breaks]
    if bool(invariants) != bool(breaks):
        refuse(
            "view",
            "a red switch for a readout that must vanish or be something, and such a readout for a red switch",
            [*breaks, *invariants],
        )
    for readout in readouts:
        if readout.wrong(values):
            refuse(f"Readout {readout.value}", "a number that is right at the defaults", float(pick(values, readout.value)))
    for name in breaks:
        broken = explorer.values(**default | {name: True})
        if not any(readout.wrong(broken) for readout in readouts):
            refuse(name, f"a red switch that at the defaults makes {' or '.join(invariants)} wrong", "none that does")


def _refuse(explorer, place, expected, came):
    raise ViewError(f"{explorer.name}: {place}: expected {expected}, got {came!r}")
