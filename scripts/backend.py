"""Builds the package: setuptools, and before a wheel the browser's scripts, which it carries.

An editable installation builds nothing: there deno makes the scripts when they are first asked for.
"""

import os
import sys
import tempfile
import types
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403

WIDGET = Path(__file__).resolve().parents[1] / "lib/widget"


def get_requires_for_build_wheel(config_settings=None):
    return [*build_meta.get_requires_for_build_wheel(config_settings), "deno==2.9.8"]


def build_wheel(*arguments, **options):
    # The package itself can't be imported here: what it needs isn't installed.
    sys.modules["widget"] = package = types.ModuleType("widget")
    package.__path__ = [str(WIDGET)]
    from widget import bundle

    bundle.scripts()
    # Not in the checkout: what an earlier build left there would go into this wheel.
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch, "extra.cfg").write_text(f"[build]\nbuild_base = {scratch}\n[egg_info]\negg_base = {scratch}\n", encoding="utf-8")
        os.environ["DIST_EXTRA_CONFIG"] = str(Path(scratch, "extra.cfg"))
        return build_meta.build_wheel(*arguments, **options)
