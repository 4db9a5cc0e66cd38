"""What `experiments/recurrent_tasks.py` trained and recorded."""

import functools
import json
from pathlib import Path

FOLDER = Path(__file__).parent / "recorded"


@functools.cache
def recorded(name):
    """The contents of a record: "recurrent_tasks.json", "recurrent_dropped.json", "recurrent_weights.json"."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
