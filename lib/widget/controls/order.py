"""A permutation."""

from numbers import Integral

import numpy as np

from .control import Control


class Order(Control):
    """A permutation: words in a row, to drag, or to move with the arrow keys.

    The value lists which word stands first, second, …, as indices into `labels`.
    """

    def __init__(self, default: list[int], labels: tuple[str, ...], *, label: str):
        super().__init__(default, label)
        self.labels = labels

    def check(self, value):
        places = list(value) if isinstance(value, (list, tuple, np.ndarray)) else []
        whole = all(isinstance(place, Integral) and not isinstance(place, bool) for place in places)
        if not whole or sorted(places) != list(range(len(self.labels))):
            self.refuse(f"a list that has each of 0 to {len(self.labels) - 1} once", value)
        return [int(place) for place in places]

    def describe(self):
        return super().describe() | {"labels": list(self.labels)}
