"""One driver for each kind of control: values to try it with, what a reader's hand does to its element, and what is heard of it."""

import re

import numpy as np
import pytest

from lib.widget import Choice, Handle, Order, Slider, Switch, Text


def near(value, distance):
    return pytest.approx(value, abs=distance)


class Driver:
    """corners(control): where something may change; drawn(control, rng): a random value; wrong(control): values that Python
    refuses, and the range that the refusal names; operate(element, control): another value, given by hand; role: that of the
    element; key(control, value): what changes the value; reached(control): how often Tab stops at it.

    On a page: group, where it stands in the card, in the order in which Tab goes; offered(control): what `figure.explorer.controls`
    says beyond name, label and value; clamped(control): what `set` takes of values out of range, each as JavaScript; held(element):
    what has the keyboard; typed(control): what is typed before `key`; keys(control, value): further keys, each with the value after it;
    steps(control): ways of its native element from one end to the other; heard(control): parts of it by role and name, with attributes."""

    role = "slider"
    group = 2  # 0 orders, 1 handles, 2 the others, 3 switches

    def drawn(self, control, rng):
        return rng.choice(self.corners(control))

    def reached(self, control):
        return 1

    def offered(self, control):
        return {}

    def clamped(self, control):
        return []

    def held(self, element):
        return element

    def typed(self, control):
        return ""

    def keys(self, control, value):
        return []

    def steps(self, control):
        return []

    def heard(self, control):
        return [(self.role, control.label, {"name": control.name})]


class SliderDriver(Driver):
    def corners(self, control):
        return [control.low, control.high, *([0] if control.automatic else [])]

    def drawn(self, control, rng):
        """In the way in which the slider moves."""
        share = rng.random()
        value = control.low * (control.high / control.low) ** share if control.log else control.low + share * (control.high - control.low)
        value = min(control.high, max(control.low, value))
        if not control.whole:
            return value
        return round(value) if control.log else control.low + (round(value) - control.low) // control.step * control.step

    def wrong(self, control):
        values = [control.low - control.step, control.high + control.step, float("nan"), float("inf"), -float("inf"), "3", True, 1j]
        values += [control.low + 0.5] * control.whole
        values = [value for value in values if not (control.automatic and isinstance(value, int) and value == 0)]
        return values, f"from {control.low:,} to {control.high:,}"

    def operate(self, element, control):
        element.evaluate(
            """input => {
                const [low, high, now] = [input.min, input.max, input.value].map(Number);
                input.value = now - low > (high - low) / 2 ? low + (high - low) / 4 : high - (high - low) / 4;
                input.dispatchEvent(new Event("input", { bubbles: true }));
            }"""
        )

    def key(self, control, value):
        return "ArrowLeft" if value == control.high else "ArrowRight"

    def offered(self, control):
        return {"min": control.low, "max": control.high}

    def clamped(self, control):
        given = {"1e9": control.high, "-1e9": control.low, "Infinity": control.high, "-Infinity": control.low, "'1e999'": control.high}
        return list(given.items())

    def ends(self, control):
        """Where the native element ends: a linear one may stop short of the control's own end by less than a step."""
        return control.low, control.high, 0 if control.log else control.step

    def keys(self, control, value):
        low, high, short = self.ends(control)
        return [("Home", near(low, short)), ("End", near(high, short))]

    def steps(self, control):
        low, high, short = self.ends(control)
        return [("stepUp", low, near(high, short)), ("stepDown", high, near(low, short))]

    def heard(self, control):
        return [(self.role, control.label, {"name": control.name, "aria-valuetext": re.compile(re.escape(control.unit) or ".")})]


class HandleDriver(SliderDriver):
    group = 1


class ChoiceDriver(Driver):
    role = "combobox"

    def corners(self, control):
        return list(control.options)

    def wrong(self, control):
        return ["", "nonsense", 0, True], ", ".join(map(repr, control.options))

    def operate(self, element, control):
        element.select_option(next(option for option in control.options if option != control.default_value))

    def key(self, control, value):
        return "ArrowUp" if value == list(control.options)[-1] else "ArrowDown"

    def offered(self, control):
        return {"options": list(control.options)}


class SwitchDriver(Driver):
    role = "switch"
    group = 3

    def corners(self, control):
        return [False, True]

    def wrong(self, control):
        return ["True", 1, 0.0], "True or False"

    def operate(self, element, control):
        element.click()

    def key(self, control, value):
        return "Space"


class OrderDriver(Driver):
    role = "group"
    group = 0

    def corners(self, control):
        straight = list(range(len(control.labels)))
        return [straight, straight[::-1]]

    def drawn(self, control, rng):
        return rng.sample(range(len(control.labels)), len(control.labels))

    def wrong(self, control):
        n = len(control.labels)
        straight = list(range(n))
        values = [[], straight[1:], [*straight, n], [*straight[1:], n], [0, *straight[:-1]], [float(i) for i in straight], set(straight)]
        values += [[*straight[:-1], True], "0,1,2", [straight], 0, control.labels, np.eye(n)]
        return values, f"each of 0 to {n - 1} once"

    def operate(self, element, control):
        chips = element.get_by_role("slider")
        chips.first.drag_to(chips.last)

    def key(self, control, value):
        return "ArrowRight"

    def reached(self, control):
        return len(control.labels)  # every word

    def offered(self, control):
        return {"labels": list(control.labels)}

    def held(self, element):
        return element.get_by_role("slider").first

    def keys(self, control, value):
        """After `key`, which moved the first word to the second place."""
        first, second, *others = value
        return [("Home", value), ("End", [second, *others, first]), ("ArrowLeft", [second, *others[:-1], first, others[-1]])]

    def heard(self, control):
        n = len(control.labels)
        words = [control.labels[word] for word in control.default_value]
        places = [{"aria-valuenow": str(place), "aria-valuetext": f"place {place} of {n}"} for place in range(1, n + 1)]
        return super().heard(control) + [("slider", word, said) for word, said in zip(words, places)]


class TextDriver(Driver):
    role = "textbox"

    def corners(self, control):
        return ["", *control.examples]

    def wrong(self, control):
        return [0, True, b"{}"], f"a text of at most {control.most} characters"

    def operate(self, element, control):
        element.fill(control.examples[0])

    def key(self, control, value):
        return control.examples[0][-1]  # after the rest: a text is whole as soon as its last letter is there

    def typed(self, control):
        return control.examples[0][:-1]


DRIVERS = {
    Slider: SliderDriver(),
    Handle: HandleDriver(),
    Choice: ChoiceDriver(),
    Switch: SwitchDriver(),
    Order: OrderDriver(),
    Text: TextDriver(),
}


def of(control):
    return DRIVERS[type(control)]
