"""The tests of lib under every supported Python that is found, with the oldest and the newest NumPy that pyproject.toml allows.

A Python is found as python3.12 on PATH, or by Windows' py. Each pair has an environment and a log in _build/versions. Other packages are
those of constraints.txt. Tests of the book, of a browser and of style are left out.
"""

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import book  # noqa: E402

FOLDER = ROOT / "_build/versions"
PYTHONS = ("3.11", "3.12", "3.13")
OTHERS = ("matplotlib", "ipywidgets", "anywidget", "pytest", "hypothesis")


def python(version):
    """The command of this Python, or None."""
    for command in ([f"python{version}"], ["py", f"-{version}"]):
        try:
            if subprocess.run([*command, "-c", ""], capture_output=True).returncode == 0:
                return command
        except OSError:
            pass
    return None


def bounds(metadata):
    """(the oldest NumPy of the metadata, the whole requirement)"""
    wanted = tomllib.loads(metadata)["project"]["dependencies"]
    whole = next(each for each in wanted if re.match(r"numpy\b", each))
    return re.search(r">=\s*([\d.]+)", whole)[1], whole


def since(oldest):
    """The release that is the oldest, and the first ones of later series: a newer Python has no wheels of old ones."""
    yield f"numpy=={oldest}"
    major, minor = map(int, oldest.split(".")[:2])
    yield from (f"numpy==2.{later}.0" for later in range(0 if major < 2 else minor + 1, 100))


def tests():
    """The tests that are called as something in lib is, and those of all its calls, of what it trained and of what pictures promise."""
    called = {path.stem for path in (ROOT / "lib").glob("[a-z]*")} | {"calls", "captions", "experiments"}
    return [path for path in sorted((ROOT / "tests").glob("[a-z]*")) if path.suffix != ".txt" and path.stem.removeprefix("test_") in called]


class Pair:
    """A Python and a NumPy, in an environment of their own."""

    def __init__(self, command, name):
        self.folder, self.log = FOLDER / name, FOLDER / f"{name}.log"
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.python = str(book.programs(self.folder)[1])
        self.log.write_text("")
        self.run(*command, "-m", "venv", self.folder)

    def run(self, *command, **variables):
        """Whether it went well; what it says goes to the log."""
        with open(self.log, "a", encoding="utf-8") as log:
            done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, env=os.environ | variables)
        return done.returncode == 0

    def install(self, choices):
        """Whether the first of these NumPys that has a wheel for this Python could be installed, with what the tests need."""
        # Those that are built on NumPy may need another version for another NumPy; the rest is as tested.
        pins = [
            line
            for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
            if not re.match("numpy|matplotlib==|contourpy", line)
        ]
        (FOLDER / "constraints.txt").write_text("\n".join(pins), "utf-8")
        how = ("--disable-pip-version-check", "--upgrade", "--only-binary", ":all:", "-c", FOLDER / "constraints.txt")
        for numpy in choices:
            if self.run(self.python, "-m", "pip", "install", *how, numpy, *OTHERS):
                return True
            if "No matching distribution" not in self.said():
                break
        return False

    def said(self):
        return self.log.read_text("utf-8").splitlines()[-1]

    def versions(self):
        said = "import sys, numpy; print(sys.version.split()[0], numpy.__version__)"
        return subprocess.run([self.python, "-c", said], capture_output=True, text=True, check=True).stdout.split()

    def test(self):
        """(whether all passed, pytest's last line)"""
        passed = self.run(self.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests(), OPENBLAS_NUM_THREADS="1", NO_COLOR="1")
        for line in re.findall("^(?:FAILED|ERROR) .*", self.log.read_text("utf-8"), re.M):
            print(f"  {line[:200]}", flush=True)
        return passed, self.said()


def main():
    oldest, whole = bounds((ROOT / "pyproject.toml").read_text("utf-8"))
    rows, missing, good = [], [], True
    for version in PYTHONS:
        command = python(version)
        if not command:
            missing.append(version)
            continue
        for name, choices in (("oldest", since(oldest)), ("newest", [whole])):
            pair = Pair(command, f"{version}-{name}")
            print(f"Python {version} with the {name} NumPy (log: _build/versions/{pair.log.name}) …", flush=True)
            if pair.install(choices):
                passed, said = pair.test()
                rows.append((*pair.versions(), said))
            else:
                passed = False
                rows.append((version, name, f"not installed: {pair.said()[:150]}"))
            good &= passed
    print(f"\n{'Python':10}{'NumPy':10}result")
    for row in rows:
        print("{:10}{:10}{}".format(*row))
    if missing:
        print(f"Not found: Python {', '.join(missing)} (looked for as python{missing[0]} on PATH).")
    return int(not good or not rows)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
