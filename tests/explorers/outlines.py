"""Every view in words, a line a mark: what `views.txt` records, so that a view is said twice.

`python tests/explorers/outlines.py` prints the lines of today; what changed on purpose goes into views.txt by hand.
"""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1])]

from lib.explorers import every  # noqa: E402
from lib.widget.view import describe, panels  # noqa: E402

SHORT = {"marks", "kind", "x", "y"}


def words(value):
    """A field's value: templates as they are, an index and a reach by their numbers."""
    if isinstance(value, dict):
        if "fill" in value:
            return value["fill"]
        return f"{value['kind']}({', '.join(f'{key}={words(item)}' for key, item in value.items() if key != 'kind')})"
    return "[" + ", ".join(map(words, value)) + "]" if isinstance(value, list) else str(value)


def fields(item, without=()):
    return "; ".join(
        f"{key} {words(value)}" for key, value in item.items() if key != "kind" and key not in without and value not in ("", [])
    )


def outline(explorer):
    """The lines of one explorer."""
    yield f"{explorer.name}: {explorer.title}; play {explorer.play}"
    for name, control in explorer.controls.items():
        yield f"  control {name}: {fields(control.describe(), ('name',))}"
    for number, panel in enumerate(panels(explorer.view)):
        told = describe(panel)
        yield f"  panel {number}: {fields(told, SHORT)}"
        for side in "xy":
            yield f"    {side}: {fields(told[side])}"
        for mark in told["marks"]:
            yield f"    {mark['kind']}: {fields(mark)}"
    for readout in explorer.view.readouts:
        yield f"  readout {fields(describe(readout))}"
    yield f"  says {explorer.sentence}"


if __name__ == "__main__":
    for _, explorer in sorted(every().items()):
        print(*outline(explorer), sep="\n")
