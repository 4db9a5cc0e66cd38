"""The worked example of CONTRIBUTING.md is an explorer: made, drawn, and computed alike by its twin."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from javascript import call_each

import lib.explorers.attention
from lib.widget.explorer import registered

TEXT = (Path(__file__).resolve().parents[1] / "CONTRIBUTING.md").read_text("utf-8")


@pytest.fixture
def temperature(tmp_path):
    python, twin = (re.search(rf"```{language}\n(.*?)```", TEXT, re.S)[1] for language in ("python", "js"))
    assert len(python.splitlines()) <= 36 and len(twin.splitlines()) <= 12
    (tmp_path / "temperature.py").write_text(python)
    mathematics = Path(lib.explorers.attention.__file__).parents[1] / "mathematics.mjs"
    (tmp_path / "temperature.mjs").write_text(twin.replace("../mathematics.mjs", mathematics.as_uri()))
    name, before = "lib.explorers.attention.temperature", dict(registered)
    spec = importlib.util.spec_from_file_location(name, tmp_path / "temperature.py")
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module.Temperature
    del sys.modules[name], registered["temperature"]
    registered.update(before)


def test_the_worked_example_works(temperature):
    states = [{"temperature": t, "unscaled": broken} for t in (0.2, 1.0, 5.0) for broken in (False, True)]
    for state, twin in zip(states, call_each(temperature.twin(), "default", [[state] for state in states])):
        frame = temperature.frame(**state)
        assert twin.keys() == frame.keys()
        for name, value in frame.items():
            np.testing.assert_allclose(twin[name], value, rtol=1e-12)
        assert temperature.view.readouts[1].wrong(frame) == state["unscaled"]
