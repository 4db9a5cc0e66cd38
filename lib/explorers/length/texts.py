"""Texts of the three tasks of `experiments/length.py`, one of each for every length: longer ones hold the same, farther apart.

A sample is (tokens, targets), both (N,), with −1 where nothing is asked.
"""

import functools
from pathlib import Path

import numpy as np

from .training import recorded

SCORED, PAIRS, KEYS, MOST = 32, 20, 8, 8  # characters asked; pairs and keys of recall; how many times the trained length
TEXT = Path(__file__).with_name("sample.txt")  # of the last eighth, which no model was trained on


@functools.cache
def given():
    """What the samples are made of."""
    rng = np.random.default_rng(4)
    alphabet = recorded()["tasks"]["characters"]["alphabet"]
    which = rng.integers(0, KEYS, PAIRS)
    return {
        "characters": np.array([alphabet.index(character) for character in TEXT.read_text("utf-8").removesuffix("\n")]),
        "symbols": rng.integers(0, 16, MOST * 20),
        "keys": rng.permutation(16)[which],
        "values": rng.integers(16, 32, KEYS)[which],
        "known": np.array([key in which[:i] for i, key in enumerate(which)]),  # whether the key was there before
        "shares": np.sort(rng.random(PAIRS)).round(4),  # of the text, where the pairs stand
        "others": rng.integers(32, 48, MOST * 64),
    }


def sample(task, times):
    """The sample of a task that is so many times as long as the longest in training."""
    made = {"characters": characters, "copying": copying, "recall": recall}[task]
    return made(int(recorded()["tasks"][task]["trained"] * times + 0.5))


def characters(n):
    """The last of the text; the same targets, with more of it before them."""
    tokens = given()["characters"][-n - 1 :]
    return tokens[:-1], np.where(np.arange(n) < n - SCORED, -1, tokens[1:])


def copying(n):
    """n symbols, a sign, the symbols again but for the last."""
    symbols = given()["symbols"][:n]
    return np.concatenate([symbols, [16], symbols[:-1]]), np.concatenate([np.full(n, -1), symbols])


def recall(n):
    """Keys and their values among other tokens; asked is the value where a key was before."""
    keys, values, known, shares, others = (given()[name] for name in ("keys", "values", "known", "shares", "others"))
    places = np.floor(shares * (n - 2 * PAIRS + 1)).astype(int) + 2 * np.arange(PAIRS)
    tokens, targets = others[:n].copy(), np.full(n, -1)
    tokens[places], tokens[places + 1] = keys, values
    targets[places] = np.where(known, values, -1)
    return tokens, targets


def loss(logits, targets):
    """The mean of −ln p over the targets that are asked, nats."""
    asked = targets >= 0
    logits, targets = logits[asked], targets[asked]
    return (np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(targets)), targets]).mean()
