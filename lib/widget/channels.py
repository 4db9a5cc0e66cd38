"""What a mark is drawn from: arrays and numbers of the frame, numbers as they are, and an index.

A number beside an array stands for an array that is the same everywhere, as in NumPy.
"""

from dataclasses import dataclass

import numpy as np

from .names import Name, resolve


@dataclass(frozen=True)
class Index:
    """Numbers of the entries: start, start + step, start + 2·step, … as many as their partner has."""

    start: float | Name = 0
    step: float = 1


Channel = Name | float | tuple[float, ...] | Index


def numbers(values, channel):
    """A channel other than an index as floats."""
    return np.asarray(resolve(values, channel), dtype=float)


def together(values, *channels):
    """Channels as arrays (n,) of one length."""
    arrays = [None if isinstance(channel, Index) else numbers(values, channel) for channel in channels]
    length = max(array.size for array in arrays if array is not None)
    return [
        resolve(values, channel.start) + channel.step * np.arange(length) if array is None else np.broadcast_to(array, length)
        for channel, array in zip(channels, arrays)
    ]
