"""One driver for each kind of control: values to try it with, and what a reader's hand does to its element."""

import numpy as np

from lib.widget import Choice, Handle, Order, Slider, Switch, Text


class Driver:
    """corners(control): where something may change; drawn(control, rng): a random value; wrong(control): values that Python
    refuses, and the range that the refusal names; operate(element, control): another value, given by hand; role: that of the
    element; key(control, value): what changes the value; reached(control): how often Tab stops at it."""

    role = "slider"

    def drawn(self, control, rng):
        return rng.choice(self.corners(control))

    def reached(self, control):
        return 1


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


class SwitchDriver(Driver):
    role = "switch"

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


DRIVERS = {Slider: SliderDriver(), Handle: SliderDriver(), Choice: ChoiceDriver(), Switch: SwitchDriver(), Order: OrderDriver(), Text: TextDriver()}


def of(control):
    return DRIVERS[type(control)]
