"""What each family of models is, as ``families.json`` says it."""

import functools
import json
from pathlib import Path


@functools.cache
def families():
    """Return the contents of ``families.json``, for the browser; not to be written to."""
    return json.loads(Path(__file__).with_name("families.json").read_text(encoding="utf-8"))


@functools.cache
def family_named(name):
    """One family, with all that it has of those that it is like and of the plain transformer, which None stands for."""
    chain = []
    while name:
        chain.insert(0, families()["families"][name])
        name = chain[0].get("like")
    every = [families()["transformer"], *chain]

    def merged(what):
        return {key: value for own in every for key, value in own.get(what, {}).items()}

    classes = next((own["classes"] for own in reversed(every) if "classes" in own), {})
    return {
        "alias": merged("alias"),
        "reads": families()["reads"] | merged("reads"),
        "needs": [need for own in every for need in own.get("needs", [])],
        "is": {name: e for own in every for names, e in own.get("is", {}).items() for name in names.split()},
        "each": merged("each"),
        "blocks": merged("blocks"),
        "nested": merged("nested"),
        "left_out": [entry for own in every for entry in own.get("left_out", [])],
        "notices": [entry for own in every for entry in own.get("notices", [])],
        "prefix": every[-1].get("prefix"),
        "is plain": all({"blocks", "nested"}.isdisjoint(own) and set(own.get("each", {})) <= {"window"} for own in chain),
        "classes": {every[-1]["prefix"] + suffix: adds for suffix, adds in classes.items()},
    }
