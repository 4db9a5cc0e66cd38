"""What all controls are: traits that a reader turns.

A control is a trait of its explorer, so `explorer.m = 3`, `observe`, `link` and `dlink` work as with
every ipywidget. Python refuses a value outside the range; the browser clamps it.
"""

from traitlets import TraitError, TraitType


class ControlError(TraitError, ValueError):
    """A value that a control can't take; the message names control, range and what came."""


class Control(TraitType):
    """A label, a default and a description that travels to the browser as JSON.

    `resets` names the controls that go back to their defaults when the reader's hand turns this one.
    Subclasses name in `described` what they add to the description, and `check` a value.
    """

    described: tuple[str, ...] = ()

    def __init__(self, default, label: str, resets: tuple[str, ...] = ()):
        super().__init__(default)
        self.label = label
        self.resets = resets
        self.tag(sync=True)

    def check(self, value: object):
        """The value as the control counts; a `ControlError` for one that it can't take."""
        raise NotImplementedError

    def validate(self, obj, value):
        return self.check(value)

    def refuse(self, expected, value):
        raise ControlError(f"{self.name}: expected {expected}, got {value!r}")

    def describe(self) -> dict:
        out = {"kind": type(self).__name__.lower(), "name": self.name, "label": self.label, "default": self.default_value}
        return out | {"resets": list(self.resets)} | {name: getattr(self, name) for name in self.described}
