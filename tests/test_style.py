"""Formatters and linters have nothing to say, and every file says in its first line what it is for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lib.widget import bundle

ROOT = Path(__file__).resolve().parents[1]
RUFF = str(Path(sys.executable).with_name("ruff"))
LISTED = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
FILES = [ROOT / name for name in LISTED.stdout.splitlines() if (ROOT / name).exists()]


@pytest.mark.parametrize("command", [["check", "--quiet", "."], ["format", "--check", "."]], ids=lambda command: command[0])
def test_ruff(command):
    done = subprocess.run([RUFF, *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + "python book.py format mends most of this"


@pytest.mark.parametrize("command", [["fmt", "--check", "--quiet"], ["lint", "--quiet"]], ids=lambda command: command[0])
def test_deno(command):
    done = subprocess.run([bundle.deno(), *command], cwd=ROOT, capture_output=True, text=True, env=bundle.environment())
    assert done.returncode == 0, done.stderr + "python book.py format mends most of this"


def test_every_file_says_in_its_first_line_what_it_is_for():
    assert len(FILES) > 150
    for path in FILES:
        lines = path.read_text("utf-8").splitlines() if path.suffix in (".py", ".mjs", ".sh") else []
        if lines:
            first = lines[1] if lines[0].startswith("#!") else lines[0]
            assert re.match(r'r?"""\S|// \S|# \S', first), f"{path.relative_to(ROOT)}: {first}"


def test_nothing_in_lib_knows_its_own_name():
    """Imports inside lib are relative: the package may be installed under another name."""
    for path in FILES:
        if path.suffix == ".py" and path.is_relative_to(ROOT / "lib"):
            assert not re.findall(r"^(?:from|import) lib\b", path.read_text("utf-8"), re.M), path
