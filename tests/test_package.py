"""The book's package: `lib` in a checkout, `gates_to_rotations` where it is installed, and never both in a process."""

import copy
import pickle
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from every_explorer import EXPLORERS
from ipywidgets import interact, interactive

from lib.explorers.equivariance import PermutationLab
from lib.explorers.rope import RopeRotation
from lib.widget import hosts

ROOT = Path(__file__).resolve().parents[1]
every = pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)


def python(code, cwd):
    """What a new process of this environment, in which the checkout is installed editable, prints in a folder; or its last word."""
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().splitlines()[-1]


# --- the two names --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The files of the wheel, by name."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    [path] = folder.iterdir()
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_has_the_files_of_lib_under_its_own_name_and_nothing_else(wheel):
    taken = {name.partition("/")[0] for name in wheel}
    assert taken == {"gates_to_rotations", next(name for name in taken if name.endswith(".dist-info"))}
    inside = {name.partition("/")[2] for name in wheel if name.startswith("gates_to_rotations/")}
    ours = {
        path.relative_to(ROOT / "lib").as_posix()
        for path in (ROOT / "lib").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == ours and any(name.endswith("built/main.js") for name in inside)
    assert not (ROOT / "build").exists(), "what stays there goes into the next wheel"


def test_an_editable_checkout_has_both_names_but_a_process_one():
    elsewhere = ROOT / "tests"
    for first, second in (("lib", "gates_to_rotations"), ("gates_to_rotations", "lib")):
        code = f"import {first}.rope; print({first}.rope.__file__)"
        assert python(code, elsewhere) == str(ROOT / "lib/rope.py")
        assert python(f"import {first}.rope; import {second}.rope", elsewhere).startswith(
            f"ImportError: {second}: expected one name of this book's package in a process, but {first}, the same files, is imported already."
        )


def test_a_project_with_a_lib_of_its_own_has_both(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/__init__.py").write_text("helper = 'mine'")
    code = "from lib import helper; from gates_to_rotations.explorers.rope import RopeRotation as R; print(helper, R(m=9, n=2).frame(**R(m=9, n=2).value)['distance'])"
    assert python(code, tmp_path) == "mine 7"
    assert (
        python("from gates_to_rotations import rope; from lib import helper; print(helper, rope.frequencies(2))", tmp_path) == "mine [1.]"
    )


def test_the_python_lines_import_the_name_that_there_is(tmp_path):
    code = "from gates_to_rotations.explorers.rope import RopeRotation as R; t = R().python(); exec(t); print(score)"
    assert python(code, tmp_path) == python(code.replace("gates_to_rotations", "lib"), ROOT)


# --- the versions that it needs -------------------------------------------------------------------------


def test_an_old_python_is_said():
    code = "import sys; sys.version_info, sys.version = (3, 10, 13), '3.10.13 (main)'; import lib"
    assert (
        python(code, ROOT) == "ImportError: expected Python 3.11 or newer, got 3.10.13: choose another kernel, or install a newer Python."
    )


def test_the_oldest_versions_are_those_of_the_metadata():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    given = dict(re.fullmatch(r"([\w-]+)>=([\d.]+)", one).groups() for one in project["dependencies"])
    assert {name: given[name] for name in hosts.LEAST} == hosts.LEAST


@pytest.mark.parametrize(
    "found, fits", [("8.0.0", True), ("8.1.9", True), ("10.0", True), ("8.0.0rc1", True), ("7.8.5", False), ("7", False)]
)
def test_an_old_ipywidgets_is_said(monkeypatch, found, fits):
    monkeypatch.setattr(hosts, "version", lambda name: {"ipywidgets": found, "anywidget": "0.11.0"}[name])
    if fits:
        hosts.check_versions()
        return
    with pytest.raises(
        ImportError,
        match=f"^ipywidgets: expected version 8.0 or newer, got {found}. Run `python -m pip install --upgrade ipywidgets`, then",
    ):
        hosts.check_versions()


# --- as any widget --------------------------------------------------------------------------------------


@every
def test_a_copy_is_an_explorer_of_its_own_in_the_same_state(explorer):
    first = explorer()
    control = explorer.controls[first.play]
    setattr(first, first.play, control.high)
    for again in (copy.copy(first), copy.deepcopy(first), pickle.loads(pickle.dumps(first)), copy.copy(copy.copy(first))):
        assert isinstance(again, explorer) and again.value == first.value and again.model_id != first.model_id
        setattr(again, first.play, control.low)
        assert first.value[first.play] == control.high


def test_a_copy_shares_no_order():
    first = PermutationLab()
    again = copy.deepcopy(first)
    again.order = again.order[::-1]
    assert first.order == PermutationLab().order != again.order


def test_an_explorer_of_a_readers_own_is_copied_as_what_it_is():
    class Mine(RopeRotation):
        """With another frame, under the same name."""

    assert type(copy.copy(Mine(m=3))).__mro__[1] is Mine


def test_interact_takes_an_explorer_and_follows_it():
    shown, seen = RopeRotation(m=3), []
    box = interact(lambda state: seen.append(state["m"]), state=shown)
    shown.m = 5
    assert seen == [3, 5] and box is not None
    assert interactive(lambda state: None, state=shown).kwargs_widgets == [shown]
