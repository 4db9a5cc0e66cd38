"""The packages that show an explorer in a notebook, and how old they may be."""

import re
from importlib.metadata import version

LEAST = {"ipywidgets": "8.0", "anywidget": "0.9"}  # as in pyproject.toml


def _numbers(text):
    return [int(number) for number in re.findall(r"\d+", text)[:2]]


def check_versions():
    """An `ImportError` in words where one of them is too old: a notebook would show an empty place and no reason."""
    for name, least in LEAST.items():
        found = version(name)
        if _numbers(found) < _numbers(least):
            raise ImportError(
                f"{name}: expected version {least} or newer, got {found}. "
                f"Run `python -m pip install --upgrade {name}`, then restart the kernel and reload the page."
            )
