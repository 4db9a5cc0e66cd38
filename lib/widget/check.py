"""A view against its frame, in words: `temperature: Bars.y: expected a name of the frame (key, weights, …), got 'wieghts'`.

An explorer is checked when its class is made, so a wrong name never gets as far as a page.
"""


import sys

import numpy as np

from . import palette
from .controls import Handle, Slider, Switch
from .ends import ends
from .names import hints_of, mapped, pick
from .view import Panel, within



class ViewError(ValueError):
    """What can't be in an explorer; the message names explorer, part, field, what was expected and what came."""


def check(explorer):
    """Refuses an explorer whose texts, controls, frame and view don't fit together, at its defaults."""
    controls = explorer.controls
    default = {name: control.default_value for name, control in controls.items()}

    def refuse(place, expected, came):
        raise ViewError(f"{explorer.name}: {place}: expected {expected}, got {came!r}")

    for field in ("title", "tries", "sees", "play", "sentence", "view"):
        if not getattr(explorer, field):
            refuse(field, "a text" if field != "view" else "a View", getattr(explorer, field))
    for field in ("tries", "sees"):
        text = getattr(explorer, field)
        if text[:2] != text[:2].lower() and text[:2] != text[:2].upper() or not text.endswith("."):
            refuse(field, "a text that goes on after “Try” or “See”, in lower case, with a full stop at its end", text)
    if not hasattr(sys.modules[explorer.__module__], "__file__"):
        refuse("twin", "a class in a file, with its twin beside it", "a class of a notebook")
    if not explorer.twin().is_file():
        refuse("twin", f"a file {explorer.twin().name} beside the class", "none")

    frame = explorer.frame(**default)
    values = explorer.data() | default | frame
    known = ", ".join(frame)
    for name in set(frame) & (set(controls) | set(explorer.data())):
        refuse("frame", "a name that no control and no data have", name)

    def number_or_text(place, name, kinds, words):
        try:
            kind = np.asarray(pick(values, name)).dtype.kind
        except (KeyError, IndexError, TypeError, ValueError):
            refuse(place, f"a name of the frame ({known}), of a control or of the data", name)
        if kind not in kinds:
            refuse(place, f"the name of {words}", name)

    def template(place, text):
        try:
            text.format(**values)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            refuse(place, f"a template of names of the frame ({known}), of a control or of the data", f"{text} ({error!r})")

    def control(place, name, kind):
        if not isinstance(controls.get(name), kind):
            fitting = ", ".join(key for key, item in controls.items() if isinstance(item, kind))
            refuse(place, f"the name of a {kind.__name__.lower()} ({fitting})", name)

    def held(place):
        def string(kind, text):
            if kind == "name":
                number_or_text(place, text, "fiub", "numbers")
            elif kind == "texts":
                number_or_text(place, text, "U", "texts")
            elif kind == "template":
                template(place, text)
            elif kind == "color" and text not in palette.LIGHT:
                refuse(place, f"a colour of the palette ({', '.join(palette.LIGHT)})", text)
            elif kind == "control":
                control(place, text, Handle if place.endswith(".drag") else Slider)
            return text

        return string

    for item in within(explorer.view):
        kind = type(item).__name__
        for field, hint in hints_of(type(item)).items():
            mapped(hint, getattr(item, field), held(f"{kind}.{field}"))
        if isinstance(item, Panel):
            try:
                ends(item, values)
            except ValueError as error:  # NumPy's own words on shapes
                refuse("Panel.marks", "arrays that fit together", f"{', '.join(type(mark).__name__ for mark in item.marks)} ({error})")

    template("sentence", explorer.sentence)
    control("play", explorer.play, Slider)
    for name, item in controls.items():
        for other in item.resets:
            if other not in controls:
                refuse(f"{name}.resets", f"a control ({', '.join(controls)})", other)
        if isinstance(item, Slider) and item.caption:
            number_or_text(f"{name}.caption", item.caption, "U", "a text")
        if isinstance(item, Slider) and item.automatic:
            number_or_text(f"{name}.automatic", item.automatic, "iu", "a whole number")

    invariants = [readout for readout in explorer.view.readouts if readout.invariant]
    breaks = [name for name, item in controls.items() if isinstance(item, Switch) and item.breaks]
    if bool(invariants) != bool(breaks):
        refuse("view", "a red switch for a readout that must be something, and such a readout for a red switch", [*breaks, *invariants])
    wrong = [readout.value for readout in explorer.view.readouts if readout.wrong(values)]
    if wrong:
        refuse("Readout.value", "readouts that are right at the defaults", wrong)
    for name in breaks:
        broken = explorer.values(**default | {name: True})
        if not any(readout.wrong(broken) for readout in invariants):
            refuse(name, "a red switch that breaks a readout at the defaults", [float(pick(broken, readout.value)) for readout in invariants])
