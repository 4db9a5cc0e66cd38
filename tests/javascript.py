"""The browser's modules, called from Python in one deno process: no page, no browser, errors with file and line."""

import functools
import json
import subprocess
from pathlib import Path

import numpy as np

from lib.widget import bundle

LIB = Path(bundle.LIB)


class JavaScriptError(Exception):
    """What a module raised, with its stack."""


@functools.cache
def _process():
    script = Path(__file__).with_suffix(".mjs")
    return subprocess.Popen(
        [bundle.deno(), "run", "--quiet", "--no-prompt", "--allow-read", script],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=bundle.environment(),
    )  # fmt: skip


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return f"\0{'NaN' if np.isnan(value) else 'Infinity' if value > 0 else '-Infinity'}"
    return value


def _revive(value):
    if isinstance(value, dict):
        return {key: _revive(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_revive(item) for item in value]
    if isinstance(value, str) and value.startswith("\0"):
        return None if value == "\0undefined" else float(value[1:])
    return value


def call_each(module, name, calls, *last):
    """The results of a module's export, called with each list of arguments and the `last`; `module` is a path within lib."""
    request = {"module": (LIB / module).as_uri(), "name": name, "calls": [_plain(list(given)) for given in calls], "last": _plain(last)}
    process = _process()
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    reply = json.loads(process.stdout.readline())
    if "error" in reply:
        raise JavaScriptError(reply["error"].replace(f"file://{LIB.parent}/", ""))
    return _revive(reply["results"])


def call(module, name, *given):
    """The result of one call."""
    return call_each(module, name, [given])[0]
