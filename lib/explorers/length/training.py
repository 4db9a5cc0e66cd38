"""What `experiments/length.py` trained and recorded: the results of every run, and the weights of some models."""

import functools
import json
from pathlib import Path

import numpy as np

from ... import transformer

FOLDER = Path(__file__).parent / "recorded"
LEVELS = 45  # on either side of 0, as in the script


@functools.cache
def recorded():
    """Of all tasks, schemes and seeds the losses while they trained and the results of their tests."""
    return json.loads((FOLDER / "length.json").read_text("utf-8"))


@functools.cache
def letters(task, scheme):
    """The weights of a model as they are recorded: numbers, or letters with scales."""
    return json.loads((FOLDER / f"{task}-{scheme}.json").read_text("utf-8"))


@functools.cache
def model(task, scheme):
    """A trained model, a `transformer.Decoder`: that of the first seed."""
    return transformer.decoder({name: unpacked(value) for name, value in letters(task, scheme).items()})


def unpacked(given):
    """The array of what the script's `packed` made of it."""
    if not isinstance(given, dict):
        return np.array(given)
    codes = np.frombuffer(given["numbers"].encode("ascii"), np.uint8).astype(int)
    levels = codes - (codes > ord("\\")) - LEVELS - ord("#")
    return (levels.reshape(len(given["scales"]), -1) * np.array(given["scales"])[:, None]).reshape(given["shape"])
