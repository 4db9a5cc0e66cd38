"""On or off."""

import numpy as np

from .control import Control


class Switch(Control):
    """On or off. `breaks=True` makes it the red switch that commits a common mistake."""

    described = ("breaks",)

    def __init__(self, default: bool, *, label: str, breaks: bool = False):
        super().__init__(default, label)
        self.breaks = breaks

    def check(self, value):
        if not isinstance(value, (bool, np.bool_)):
            self.refuse("True or False", value)
        return bool(value)
