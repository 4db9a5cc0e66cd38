"""The texts that a trained model reads in the pictures: a fixed one for each task at every length, or the reader's own."""

import functools
from pathlib import Path

import numpy as np

from .training import recorded

SIGN, SYMBOLS = 16, "abcdefghijklmnop"  # of copying; in recall keys are A to P, values a to p
PAIRS, LONGEST, SCORED, PROSE = 20, 512, 32, 600  # pairs of a key and its value; tokens; targets in the test on characters


@functools.cache
def fixed():
    """What is drawn once, as in the script: a longer text goes on where a shorter one ends, or has more between the same pairs."""
    rng = np.random.default_rng(5)
    which = rng.integers(0, 8, PAIRS)
    keys, values = rng.permutation(16)[which], rng.integers(16, 32, 8)[which]
    return {
        "symbols": rng.integers(0, 16, LONGEST // 2),
        "pairs": np.stack([keys, values], axis=1),
        "order": rng.permutation(LONGEST - PAIRS),  # of the places where a pair may begin
        "others": rng.integers(32, 48, LONGEST),
        "prose": _prose()[-PROSE:],
        "alphabet": recorded()["tasks"]["characters"]["alphabet"],
    }


def _prose():
    """Of the last eighth of the text, on which no model was trained."""
    return Path(__file__).with_name("sample.txt").read_text("utf-8").removesuffix("\n")


def held_out():
    """2,400 characters of the text that no model was trained on, as tokens."""
    return np.array([fixed()["alphabet"].index(character) for character in _prose()])


def known(text):
    """Refuses a text with a character that the recorded text hasn't."""
    alphabet = recorded()["tasks"]["characters"]["alphabet"]
    for character in text:
        if character not in alphabet:
            signs = " ".join(sign for sign in alphabet if not sign.isspace() and not sign.isalnum())
            raise ValueError(f"text: expected a to z, A to Z, 0 to 9, spaces, line breaks and {signs} alone, got “{character}”")


def sample(task, n, text):
    """Tokens (n,), targets (n,) with −1 where nothing is asked, the place (n,) that has the answer with −1 for none, and what the text is in words."""
    return {"copying": _copying, "recall": _recall, "characters": _characters}[task](n, text)


def _copying(n, text):
    own, count = [SYMBOLS.index(letter) for letter in text if letter in SYMBOLS], -(-n // 2)
    symbols = np.resize(own or fixed()["symbols"], count)
    whole, place = np.concatenate([symbols, [SIGN], symbols]), np.arange(n)
    said = f"{'from your text' if own else 'a sample'}: {count} symbols, the sign #, and again"
    if text and not own:
        said = f"no letter from a to p: a sample of {count} symbols"
    return whole[:n], np.where(place < count, -1, whole[1 : n + 1]), np.where(place < count, -1, place - count), said


def _recall(n, text):
    if text:
        codes, said = [_token(letter) for letter in text], "your text, repeated: keys A to P, values a to p"
        tokens = np.resize(codes, n)
    else:
        count = min(PAIRS, n // 2)
        places = np.sort(np.argsort(fixed()["order"][: n - count])[:count]) + np.arange(count)
        tokens, said = fixed()["others"][:n].copy(), f"{count} pairs of a key, A to P, and a value, a to p"
        tokens[places], tokens[places + 1] = fixed()["pairs"][:count].T
    targets, sought, last = np.full(n, -1), np.full(n, -1), {}
    for place, token in enumerate(tokens.tolist()):
        if token < 16:
            answer = last.get(token, -2) + 1
            if answer >= 0 and 16 <= tokens[answer] < 32:
                targets[place], sought[place] = tokens[answer], answer
            last[token] = place
    return tokens, targets, sought, said


def _token(letter):
    """What a character of the reader's text is in recall."""
    if letter.lower() in SYMBOLS:
        return SYMBOLS.index(letter.lower()) + (0 if letter.isupper() else 16)
    return 32 + fixed()["alphabet"].index(letter) % 16


def _characters(n, text):
    line = text or fixed()["prose"]
    whole = np.array([fixed()["alphabet"].index(character) for character in (line * (n // len(line) + 2))[-n - 1 :]])
    asked = np.arange(n) >= n - SCORED
    said = f"{'your text' if text else 'prose'}: the last {min(n, SCORED)} characters are asked"
    return whole[:-1], np.where(asked, whole[1:], -1), np.full(n, -1), said


def named(task, token):
    """A token in quotes."""
    letters = {"copying": SYMBOLS + "#", "recall": SYMBOLS.upper() + SYMBOLS + 16 * "·"}.get(task, fixed()["alphabet"].replace("\n", "↵"))
    return f"“{letters[token]}”"
