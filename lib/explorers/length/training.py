"""What `experiments/length.py` trained and recorded: the results of every run, and the weights of some models."""

import functools
import json
from pathlib import Path

import numpy as np

from ... import transformer

FOLDER = Path(__file__).parent / "recorded"


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
    arrays = dict(letters(task, scheme))
    levels = arrays.pop("levels")
    return transformer.decoder({name: unpacked(value, levels) for name, value in arrays.items()})


def unpacked(given, levels):
    """The array of what the script's `packed` made of it, with so many levels on either side of 0."""
    if not isinstance(given, dict):
        return np.array(given)
    codes = np.frombuffer(given["numbers"].encode("ascii"), np.uint8).astype(int)
    steps = codes - (codes > ord("\\")) - levels - ord("#")
    return (steps.reshape(len(given["scales"]), -1) * np.array(given["scales"])[:, None]).reshape(given["shape"])


STRETCHED = ("linear", "ntk", "yarn", "yarn, log n", "dropped")
MEASURES = {"copying": ("symbols", "copies"), "recall": ("values",), "characters": ("loss",)}  # of a test the first numbers


@functools.cache
def results(task):
    """The results of a task, as `length-race` reads them.

    Under ``runners``, for each scheme and for each way in which the model under rope was stretched, ``test`` (measures, seeds, lengths);
    for schemes also ``log_n``, the same with queries sharpened, and ``losses`` (seeds, looks) of training. ``lengths`` and ``trained`` are in symbols to copy, else in tokens.
    """
    record = recorded()
    settings = record["tasks"][task]
    runners = {}
    for scheme in record["schemes"]:
        runs = [run for run in record["runs"] if (run["task"], run["scheme"]) == (task, scheme)]
        runners[scheme] = {key: _by_measure(task, [run[key] for run in runs]) for key in ("test", "log_n")}
        runners[scheme]["losses"] = [run["losses"] for run in runs]
        if scheme == "rope":
            stretched = {f"rope {way}": {"test": _by_measure(task, [run["stretched"][way] for run in runs])} for way in STRETCHED}
            runners |= {name: found | {"losses": runners["rope"]["losses"]} for name, found in stretched.items()}
    return {
        "lengths": settings["lengths"],
        "trained": settings["trained"],
        "chance": [settings["chance"], 0.0][: len(MEASURES[task])],
        "runners": runners,
    }


def _by_measure(task, tests):
    """(seeds, lengths) of a number or of several, of which the last may be a list by distance: (measures, seeds, lengths)."""
    return [[[found[i] if isinstance(found, list) else found for found in test] for test in tests] for i in range(len(MEASURES[task]))]


def over_seeds(task, runner, measure=0, key="test"):
    """The least, the median and the most of the seeds, (3, lengths)."""
    return np.quantile(results(task)["runners"][runner][key][measure], [0, 0.5, 1], axis=0)
