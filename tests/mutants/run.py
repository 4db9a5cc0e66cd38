"""Mutants: changes drawn by rule over the code, each tried alone against the tests; at least 95 % must be noticed.

    python book.py mutants                              all strata
    python book.py mutants --only views --count 20      one of them (--only may come several times), more of it
    python book.py mutants --list                       what would be drawn
    python book.py mutants --near                       with the nearest tests alone, for a quick look

Each mutant meets the nearest tests first; what they don't notice meets the others, those of the built book last.

Works in copies of the files that Git knows or would add: as they were at the start (the working directory of this script),
one without mutants, and one for each worker. The draw depends on the text of the changed lines alone, so it stays as it is
when others change. Reasons for what no test notices are in survivors.toml.
"""

import argparse
import hashlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePath
from queue import SimpleQueue
from threading import Lock

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

import rules  # noqa: E402

SEED, COUNT, WORKERS, ENOUGH = 1, 17, 2, 0.95

# Stratum → patterns of paths in lib, and the part of an explorer's file (rules.Edit.part).
STRATA = {
    "mathematics": ("*.py parameters/*.py recurrent/*.py show/*.py", None),
    "frames": ("explorers/*/*.py", "frame"),
    "views": ("explorers/*/*.py", "view"),
    "twins": ("explorers/*.mjs explorers/*/*.mjs", None),
    "alike": ("explorers/*/*.py", "alike"),
    "matplotlib": ("widget/figure.py widget/ends.py widget/marks/*.py", None),
    "browser": ("widget/browser/*.mjs widget/marks/*.mjs", None),
    "controls": ("widget/controls/*.py widget/controls/*.mjs", None),
    "kernel": (" ".join(f"widget/{name}.py" for name in "explorer kernel check lines names channels page view".split()), None),
}

# Pattern of a changed path → the tests that may notice, quickest and likeliest first: each text is one run of pytest, and
# what doesn't exist is passed over. All rows that fit count, from above. Filled in: {stem} and {folder} of the path; {name}:
# the explorer's, or those of its chapter for a file that they share; {few}: without the explorers that are not in FEW.
FEW = {"rope-rotation", "rope-score", "permutation-lab", "score-variance", "parameter-counter"}  # together they have all marks and controls
TESTS = (
    ("lib/explorers/*/*.py", ["tests/explorers/test_views.py -k '{name}'"]),
    ("lib/explorers/*/*", ["tests/widget/test_twins.py -k '{name}'", "tests/explorers/test_{folder}*.py tests/captions/test_{folder}.py"]),
    ("lib/explorers/*/*", ["tests/widget tests/captions tests/explorers -k '{name}'"]),
    ("lib/explorers/*/*", ["tests/browser/test_pictures.py -k '{name}'"]),
    ("lib/explorers/*.mjs", ["tests/widget/test_twins.py"]),
    ("lib/arguments.py", ["tests/test_calls.py", "tests/test_*.py"]),
    ("lib/widget/controls/*.mjs", ["tests/widget/test_browser_parts.py", "tests/browser/test_pictures.py -k '{few}'"]),
    ("lib/widget/controls/*", ["tests/widget/test_controls.py"]),
    ("lib/widget/*.py", ["tests/widget/test_{stem}*.py -k '{few}'"]),
    ("lib/widget/*/*", ["tests/widget/test_{stem}*.py -k '{few}'"]),
    ("lib/widget/*/*.mjs", ["tests/widget/test_browser_parts.py -k '{few}'", "tests/browser/test_pictures.py -k '{few}'"]),
    ("lib/widget/*/*", ["tests/widget/test_scene*.py tests/widget/test_pictures*.py -k '{few}'"]),
    ("lib/widget/", ["tests/widget -k '{few}'"]),
    ("lib/*.py", ["tests/test_{stem}.py", "tests/captions/test_{stem}.py tests/explorers/test_{stem}*.py"]),
    ("lib/[!ew]*/*.py", ["tests/test_{folder}.py", "tests/{folder}", "tests/captions/test_{folder}.py tests/explorers/test_{folder}*.py"]),
    ("lib/parameters/*.py", ["tests/explorers/test_counting*.py"]),
)
ALL = (("*", ["tests/widget tests/explorers", "tests/test_*.py tests/captions tests/show"]),)
BROWSER = (
    ("lib/widget/marks/t*", ["tests/browser/test_counter.py"]),  # trees and their tables
    ("lib/widget/*/*", ["tests/browser/test_page.py -k '{few}'"]),
    ("lib/explorers/*/*", ["tests/browser/test_page.py -k '{name}'"]),
)


def explorers(folder="*"):
    return sorted(twin.stem.replace("_", "-") for twin in Path("lib/explorers").glob(f"{folder}/*.mjs") if twin.with_suffix(".py").exists())


def commands(paths, given):
    """The runs of pytest for changes of these files, without repetition."""
    few, out = "not (" + " or ".join(name for name in explorers() if name not in FEW) + ")", []
    for pattern, runs in TESTS if given.near else (*TESTS, *ALL, *BROWSER):
        for path in map(PurePath, paths):
            if path.match(pattern) or pattern.endswith("/") and str(path).startswith(pattern):
                own = path.stem.replace("_", "-")
                name = own if own in explorers() else " or ".join(explorers(path.parent.name))
                out += [run.format(stem=path.stem, folder=path.parent.name, name=name, few=few) for run in runs]
    return list(dict.fromkeys(out))


# --- the draw ---------------------------------------------------------------------------


def files(patterns):
    return sorted({path for pattern in patterns.split() for path in Path("lib").glob(pattern) if not path.name.startswith("__init__")})


def edits_of(path, text):
    name = path.as_posix()
    if path.suffix == ".mjs":
        return rules.javascript(name, text)
    explorer = path.with_suffix(".mjs").exists() and "explorers" in path.parts
    return rules.python(name, text, rules.shapes_of(name[:-3].replace("/", ".")) if explorer else None)


def candidates(stratum):
    """All mutants of a stratum, each a tuple of edits."""
    patterns, part = STRATA[stratum]
    for path in files(patterns):
        text = path.read_text("utf-8")
        edits = edits_of(path, text)
        if part == "alike":
            twin = path.with_suffix(".mjs")
            if twin.exists():
                theirs = twin.read_text("utf-8")
                yield from rules.alike(edits, edits_of(twin, theirs), (text, theirs))
        else:
            yield from ((edit,) for edit in edits if part in (None, edit.part))


def where(edit):
    """(number, text) of the line on which a change begins."""
    text = Path(edit.path).read_text("utf-8")
    number = text.count("\n", 0, edit.start) + 1
    return number, text.splitlines()[number - 1].strip()


def drawn(stratum):
    """The mutants of a stratum in the order in which they are tried: the rules by turns, no line twice."""
    by_rule, lines = {}, {}
    for mutant in candidates(stratum):
        lines[mutant] = where(mutant[0])
        told = f"{SEED} {mutant[0].path} {lines[mutant][1]} {mutant[0]}"
        by_rule.setdefault(mutant[0].rule, []).append((hashlib.sha256(told.encode()).hexdigest(), len(by_rule), mutant))
    waiting, seen = [sorted(by_rule[rule], key=lambda item: item[:2])[::-1] for rule in sorted(by_rule)], set()
    while any(waiting):
        for some in filter(None, waiting):
            mutant = some.pop()[2]
            place = mutant[0].path, lines[mutant][0]
            if place not in seen:
                seen.add(place)
                yield mutant


def told(mutant):
    return " and ".join(f"{edit.path}:{where(edit)[0]} {edit}" for edit in mutant)


# --- a try ------------------------------------------------------------------------------


def copy_files(start, folder):
    known = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, known.split("\0")):
        if (start / name).is_file():  # and not deleted, but known to Git
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(start / name, folder / name)


RUNNING = set()


class Copy:
    """A copy of the repository in which mutants are tried, one at a time."""

    def __init__(self, folder, given):
        self.folder = folder
        copy_files(Path(), folder)
        if not given.near:
            shutil.copytree(ROOT / "_build/html", folder / "_build/html")
        code, out = self.run([sys.executable, "-c", READY], 300)
        if code != 0:
            sys.exit(f"The copy's lib can't be used:\n{out}")
        self.built = folder / "lib/widget/built"  # the bundled scripts, which are made anew wherever a module changes
        shutil.copytree(self.built, folder / "built")

    def run(self, command, seconds):
        """(return code, output); None where it took longer. Without bytecode: it is told apart by seconds and size alone."""
        settings = {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1", "NO_COLOR": "1"}
        settings["DENO_DIR"] = str(Path(sys.prefix) / "deno")
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        process = subprocess.Popen(command, cwd=self.folder, env=os.environ | settings, **pipes)
        RUNNING.add(process)
        try:
            out = process.communicate(timeout=seconds)[0]
            return process.returncode, out
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return None, process.communicate()[0]
        finally:
            RUNNING.discard(process)

    def pytest(self, command, seconds, failing, *options):
        """A run of pytest without the tests, and the files, that fail without a mutant; 5 where there are no tests."""
        words = shlex.split(command)
        given = words[words.index("-k") :] if "-k" in words else []
        paths = [path for word in words[: len(words) - len(given)] for path in sorted(self.folder.glob(word))]
        paths = [name for name in (str(path.relative_to(self.folder)) for path in paths) if name not in failing]
        if not paths:
            return 5, ""
        given += [f"--deselect={test}" if "::" in test else f"--ignore={test}" for test in failing]
        return self.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *given, *paths], seconds)

    def broken(self, mutant):
        """Whether a changed file can't be imported any more."""
        for edit in mutant:
            if edit.path.endswith(".py"):
                command = [sys.executable, "-c", f"import {edit.path[:-3].replace('/', '.').removesuffix('.__init__')}"]
            else:
                command = [str(Path(sys.executable).with_name("deno")), "eval", f"await import({(self.folder / edit.path).as_uri()!r})"]
            if self.run(command, 60)[0]:
                return True
        return False

    def tried(self, mutant, given, known):
        """ "broken", "survived", or the run that noticed."""
        for edit in mutant:
            path = self.folder / edit.path
            path.write_text(edit.apply(path.read_text("utf-8")), "utf-8")
        try:
            if self.broken(mutant):
                return "broken"
            for command in commands([edit.path for edit in mutant], given):
                if not known(command):
                    continue
                seconds, failing = known(command)
                if "tests/browser/test_page" in command or "tests/browser/test_counter" in command:
                    self.run([sys.executable, "-c", WRITE], 300)
                code, _ = self.pytest(command, 30 + 5 * seconds, failing, "-x")
                if code not in (0, 5):
                    return f"{command}{' (time)' if code is None else ''}"
            return "survived"
        finally:
            for edit in mutant:
                shutil.copyfile(edit.path, self.folder / edit.path)
            shutil.rmtree(self.built, ignore_errors=True)
            shutil.copytree(self.folder / "built", self.built)
            shutil.rmtree(self.folder / ".hypothesis", ignore_errors=True)


# Bundles the scripts, with the copy's own lib.
READY = "import os, lib.explorers as e; assert e.__file__.startswith(os.getcwd()), e; [explorer() for explorer in e.every().values()]"
WRITE = "from types import SimpleNamespace; from extensions.host import write_files; write_files(SimpleNamespace(outdir='_build/html'))"


class Unchanged(Copy):
    """Where runs of pytest are tried without a mutant, when they are needed first."""

    def __init__(self, *given):
        super().__init__(*given)
        self.known, self.lock = {}, Lock()

    def __call__(self, command):
        """(seconds, the tests and files that fail even so); None where nothing can run."""
        with self.lock:
            if command not in self.known:
                self.known[command] = self._first(command)
            return self.known[command]

    def _first(self, command):
        start = time.monotonic()
        code, out = self.pytest(command, 1800, (), "-rfE", "--continue-on-collection-errors")
        seconds, failing = time.monotonic() - start, re.findall(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", out, re.M)
        if code not in (0, 5):
            print(f"without a mutant, {command} fails; left out: {' '.join(failing) or out[-300:]}", flush=True)
            code = self.pytest(command, 1800, failing, "-x")[0] if failing else code
        return (seconds, failing) if code == 0 else None


# --- all of it --------------------------------------------------------------------------


def main():
    if os.name == "nt":
        sys.exit("The mutants need Linux or macOS: what hangs is ended there with all that it has started.")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=STRATA, help="a stratum, instead of all")
    parser.add_argument("--count", type=int, default=COUNT, help="mutants of each stratum")
    parser.add_argument("--list", action="store_true", help="only say what would be drawn first")
    parser.add_argument("--near", action="store_true", help="with the nearest tests alone")
    given = parser.parse_args()
    strata = given.only or list(STRATA)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        start = Path(folder, "start")
        copy_files(ROOT, start)
        os.chdir(start)
        sys.path.insert(0, str(start))
        try:
            return of(strata, given, Path(folder))
        finally:
            os.chdir(ROOT)


def of(strata, given, folder):
    draws = {stratum: list(drawn(stratum)) for stratum in strata}
    if given.list:
        for stratum, mutants in draws.items():
            print(f"{stratum}: {len(mutants)}", *(f"    {told(mutant)}" for mutant in mutants[: given.count]), sep="\n")
        return 0

    free, lock, results = SimpleQueue(), Lock(), []

    def stop(*_):
        """Stopped from outside: nothing goes on, nothing is left, and what was found is said."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if not lock.acquire(timeout=5):  # kept, so that what is killed now counts as nothing; this may be called twice
            return
        for process in list(RUNNING):
            os.killpg(process.pid, signal.SIGKILL)
        report(strata, results)
        sys.stdout.flush()
        os.chdir(ROOT)
        time.sleep(1)  # until the workers have put their files back
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(130)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with ThreadPoolExecutor(WORKERS) as pool:
        for copy in pool.map(lambda i: Copy(folder / str(i), given), range(WORKERS)):
            free.put(copy)
        known = Unchanged(folder / "unchanged", given)
        queues = {stratum: iter(mutants) for stratum, mutants in draws.items()}

        def one(stratum):
            """The next mutant of a stratum that can be imported."""
            while True:
                with lock:
                    mutant = next(queues[stratum], None)
                if mutant is None:
                    return
                copy, start = free.get(), time.monotonic()
                try:
                    result = copy.tried(mutant, given, known)
                finally:
                    free.put(copy)
                with lock:
                    results.append((stratum, mutant, result))
                    print(f"{len(results):4} {stratum}: {told(mutant)}\n     {result[:100]} ({time.monotonic() - start:.0f} s)", flush=True)
                if result != "broken":
                    return

        list(pool.map(one, [stratum for stratum in strata for _ in range(given.count)]))
    return report(strata, results)


def report(strata, results):
    reasons = {}
    for entry in tomllib.loads((HERE / "survivors.toml").read_text("utf-8")).get("survivor", []):
        reasons[entry["file"], entry["line"], entry["change"]] = entry["reason"]
    survivors = []
    for stratum, mutant, result in results:
        if result == "survived":
            survivors.append((stratum, mutant, reasons.get((mutant[0].path, where(mutant[0])[1], str(mutant[0])), "")))
    equivalent = Counter(stratum for stratum, _, reason in survivors if reason.startswith("equivalent:"))
    rows = []
    for stratum in strata:
        of_it = [result for other, _, result in results if other == stratum]
        broken, survived, same = of_it.count("broken"), of_it.count("survived"), equivalent[stratum]
        tried = len(of_it) - broken
        rows.append((stratum, tried, tried - survived, survived - same, same, broken))
    rows.append(("all", *(sum(row[i] for row in rows) for i in range(1, 6))))
    print(f"\n{'':12}{'drawn':>10}{'noticed':>10}{'survived':>10}{'equivalent':>12}{'not importable':>16}")
    for name, tried, noticed, survived, same, broken in rows:
        print(f"{name:12}{tried:10}{noticed:10}{survived:10}{same:12}{broken:16}")
    print("\nNot noticed:" if survivors else "")
    for stratum, mutant, reason in survivors:
        print(f"  {told(mutant)}  [{stratum}]\n      line = {where(mutant[0])[1]!r}\n      {reason or 'no reason given in survivors.toml'}")
    _, tried, noticed, _, same, _ = rows[-1]
    share = noticed / max(1, tried - same)
    print(f"\n{share:.1%} noticed; at least {ENOUGH:.0%} must be.")
    return int(share < ENOUGH)


if __name__ == "__main__":
    sys.exit(main())
