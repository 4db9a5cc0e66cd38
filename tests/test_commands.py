"""The commands: book.py without a network, what it says of a wrong Python, port or package, and that every text names commands that exist."""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import book

ROOT = Path(__file__).resolve().parents[1]
NAMES = {command.__name__ for command in book.COMMANDS}


def said(capsys, *words):
    """(exit code or message, standard output, standard error) of a command line that ends."""
    with pytest.raises(SystemExit) as end:
        book.main(list(words))
    return end.value.code, *capsys.readouterr()


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """What a command changes of this process is put back."""
    monkeypatch.chdir(ROOT)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


# --- which Python ------------------------------------------------------------------------------------


@pytest.fixture
def old(monkeypatch):
    """A Python 3.6 that runs book.py, and nothing better, unless a test names it in the set that it gets."""
    better = set()
    monkeypatch.setattr(book, "sys", SimpleNamespace(version_info=(3, 6, 15), executable="/usr/bin/python3", exit=sys.exit))
    monkeypatch.setattr(book, "new_enough", lambda python: python[0] in better)
    monkeypatch.setattr(book, "version_of", lambda python: {"/usr/bin/python3": "Python 3.6.15", "/opt/python": "Python 3.9.1"}[python[0]])
    monkeypatch.setattr(book, "ready", lambda wanted: pytest.fail("an old Python went on"))
    monkeypatch.delenv("PYTHON", raising=False)
    return better


def test_an_old_python_says_so(old, monkeypatch, capsys):
    assert "Python 3.11 or newer is needed, but there is Python 3.6.15." in said(capsys, "serve")[0]
    monkeypatch.setenv("PYTHON", "/opt/python")
    assert "there is Python 3.9.1. Install one, or name it in the variable PYTHON." in said(capsys, "serve")[0]


def test_an_old_python_can_read_the_script():
    ast.parse((ROOT / "book.py").read_text("utf-8"), feature_version=(3, 6))


def test_a_named_python_that_does_not_run(old, monkeypatch, capsys):
    monkeypatch.setenv("PYTHON", "/gone")
    monkeypatch.setattr(book, "version_of", lambda python: subprocess.check_output(python))
    assert "there is no /gone that runs" in said(capsys)[0]


def test_an_old_python_hands_over_to_a_newer_one(old, monkeypatch):
    class Became(Exception):
        pass

    def become(command, variables):
        raise Became(command)

    monkeypatch.setattr(book, "become", become)
    old.add("python3.12")
    with pytest.raises(Became) as handed:
        book.main(["serve", "--port", "8001"])
    assert handed.value.args[0] == ["python3.12", str(ROOT / "book.py"), "serve", "--port", "8001"]


def test_a_python_is_asked_whether_it_is_new_enough(monkeypatch):
    assert book.new_enough([sys.executable]) and not book.new_enough(["/gone"])
    monkeypatch.setattr(book, "OLDEST", (99, 0))
    assert not book.new_enough([sys.executable])
    assert re.fullmatch(r"Python 3\.\d+\.\d+\S*", book.version_of([sys.executable]))


def test_where_an_environment_has_its_python():
    venv = Path("v")
    assert book.programs(venv, windows=True) == (venv / "Scripts", venv / "Scripts/python.exe")
    assert book.programs(venv, windows=False) == (venv / "bin", venv / "bin/python")


def test_no_other_pythons_modules_come_along(monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME"):
        monkeypatch.setenv(name, "/elsewhere")
    variables = book.inside(OPENBLAS_NUM_THREADS="1")
    assert not {"PYTHONPATH", "PYTHONHOME"} & variables.keys() and variables["OPENBLAS_NUM_THREADS"] == variables["PYTHONUTF8"] == "1"
    assert variables["PATH"].split(os.pathsep) == [str(book.PROGRAMS), *os.environ["PATH"].split(os.pathsep)]


# --- the environment ---------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder with the files that decide, and a list of what was done there: no venv and no pip runs."""
    done = []

    def move(root):
        venv = root / ".venv"
        folder, python = book.programs(venv)
        for name, value in {"ROOT": root, "VENV": venv, "PROGRAMS": folder, "PYTHON": python, "LOG": venv / "install.log"}.items():
            monkeypatch.setattr(book, name, value)

    def run(command, **_):
        done.append("environment")
        shutil.rmtree(book.VENV, ignore_errors=True)  # --clear
        book.PROGRAMS.mkdir(parents=True)
        book.PYTHON.touch()
        return SimpleNamespace(returncode=0)

    for name in (book.READER, book.TESTER, "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    move(tmp_path)
    monkeypatch.setattr(book.subprocess, "run", run)
    monkeypatch.setattr(book, "version_of", lambda python: "Python 3.12.1")
    monkeypatch.setattr(book, "install", lambda wanted: done.append(wanted) or 1.0)
    monkeypatch.setattr(book, "new_enough", lambda python: python != [str(book.PYTHON)] or book.PYTHON.exists())

    def did(wanted):
        done.clear()
        book.ready(wanted)
        return list(done)

    return SimpleNamespace(root=tmp_path, did=did, move=move)


def test_an_environment_is_made_once(checkout):
    assert checkout.did(book.READER) == ["environment", book.READER]
    assert checkout.did(book.READER) == []
    assert checkout.did(book.TESTER) == [book.TESTER]
    assert checkout.did(book.TESTER) == checkout.did(book.READER) == [], "the tester's packages hold the reader's"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt", "constraints.txt", "pyproject.toml"])
def test_a_changed_file_of_requirements_installs_again(checkout, name):
    checkout.did(book.TESTER)
    with open(checkout.root / name, "a") as file:
        file.write("# changed\n")
    assert checkout.did(book.READER) == [book.READER]
    assert checkout.did(book.TESTER) == [book.TESTER], "a stamp of the files as they were is left"


def test_a_moved_folder_gets_an_environment_anew(checkout):
    checkout.did(book.READER)
    moved = checkout.root.with_name(checkout.root.name + " moved")
    checkout.root.rename(moved)
    checkout.move(moved)
    assert checkout.did(book.READER) == ["environment", book.READER]
    assert checkout.did(book.READER) == []


def test_an_environment_whose_python_is_gone_is_made_anew(checkout):
    checkout.did(book.READER)
    book.PYTHON.unlink()
    assert checkout.did(book.READER) == ["environment", book.READER]


def test_what_was_interrupted_is_not_ready(checkout, monkeypatch):
    checkout.did(book.READER)
    with open(checkout.root / "constraints.txt", "a") as file:
        file.write("# changed\n")
    with monkeypatch.context() as patch:
        patch.setattr(book, "install", lambda wanted: sys.exit(130))
        with pytest.raises(SystemExit):
            book.ready(book.READER)
    assert not list(book.VENV.glob("ready-*"))
    assert checkout.did(book.READER) == [book.READER]


def test_an_environment_that_cannot_be_made(checkout, monkeypatch):
    failed = SimpleNamespace(returncode=1, stdout="The virtual environment was not created\n\nensurepip is not available\n\n")
    monkeypatch.setattr(book.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(SystemExit, match=r"on Debian and Ubuntu it needs the package python3-venv\): ensurepip is not available$"):
        book.ready(book.READER)


class Pip:
    """A process that takes its turns from a list: exceptions that waiting raises, then the exit code."""

    def __init__(self, *turns):
        self.turns, self.returncode, self.ended = list(turns), None, False

    def poll(self):
        return self.returncode

    def wait(self, timeout=None):
        turn = self.turns.pop(0)
        if isinstance(turn, BaseException):
            raise turn
        self.returncode = turn

    def terminate(self):
        self.ended = True


def pip(monkeypatch, tmp_path, *turns, says=""):
    process = Pip(*turns)
    monkeypatch.setattr(book, "LOG", tmp_path / "install.log")
    monkeypatch.setattr(book.subprocess, "Popen", lambda command, stdout, **_: stdout.write(says.encode()) and process or process)
    return process


LATE = subprocess.TimeoutExpired("pip", book.PACE)


def test_long_work_is_heard_of(monkeypatch, tmp_path, capsys):
    pip(
        monkeypatch,
        tmp_path,
        LATE,
        LATE,
        0,
        says="Collecting numpy\n  Downloading numpy.whl\nCollecting brotli\n  Using cached brotli.whl\n",
    )
    assert book.install(book.READER) < 10
    assert re.findall(r"… \d+ s, 4 packages looked at", capsys.readouterr().out) == ["… 0 s, 4 packages looked at"] * 2


def test_ctrl_c_ends_pip_and_says_how_to_go_on(monkeypatch, tmp_path, capsys):
    process = pip(monkeypatch, tmp_path, KeyboardInterrupt(), -15)
    monkeypatch.setattr(book, "ready", book.install)
    assert book.main(["env"]) == 130 and process.ended
    assert capsys.readouterr().err == "Stopped; run the same command again to go on.\n"


@pytest.mark.parametrize("log, words", [
    ("Collecting numpy\nWARNING: Retrying … NewConnectionError('…: Failed to establish a new connection')\nERROR: No matching distribution\n",
     "could not be fetched: no connection to the package index"),
    ("socket.gaierror: [Errno 11001] getaddrinfo failed\n", "no connection to the package index"),
    ("Collecting numpy\nERROR: No matching distribution found for numpy==99\nERROR: later\n",
     "could not be installed: ERROR: No matching distribution found for numpy==99 (log: .venv/install.log)"),
    ("  error: subprocess-exited-with-error\n", "could not be installed: error: subprocess-exited-with-error"),
    ("", "could not be installed: pip gave no reason"),
])  # fmt: skip
def test_why_the_packages_are_not_there(monkeypatch, tmp_path, log, words):
    pip(monkeypatch, tmp_path, 1, says=log)
    with pytest.raises(SystemExit, match=re.escape(words)):
        book.install(book.READER)


# --- a program in place of this one, or as a step ----------------------------------------------------


def test_a_step_is_waited_for_even_after_ctrl_c():
    assert book.ended(Pip(KeyboardInterrupt(), KeyboardInterrupt(), 0)) == (0, True)
    assert [book.ended(Pip(code)) for code in (0, 3, -9)] == [(0, False), (3, False), (137, False)]


def test_a_step_that_fails_or_is_stopped_ends_the_command(monkeypatch):
    for turns, code in (([0], None), ([7], 7), ([KeyboardInterrupt(), 1], 1), ([KeyboardInterrupt(), 0], 130)):
        monkeypatch.setattr(book.subprocess, "Popen", lambda command, env, turns=turns: Pip(*turns))
        try:
            book.run("scripts/build.py")
        except SystemExit as end:
            assert end.code == code
        else:
            assert code is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("way", ["book.become(child, book.settings())", "sys.exit(book.ended(book.subprocess.Popen(child))[0])"])
def test_a_request_to_end_reaches_the_program(way):
    """The child says that it is there, and how it was asked to end; what waits for it passes its exit code on."""
    child = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\nprint('there', flush=True)\nsignal.pause()"
    script = f"import sys, book; child = [sys.executable, '-c', {child!r}]; {way}"
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "there\n"
        process.terminate()
        assert process.wait(20) == 5


def test_on_windows_the_exit_code_is_handed_on(monkeypatch):
    monkeypatch.setattr(book, "WINDOWS", True)
    with pytest.raises(SystemExit) as end:
        book.become([sys.executable, "-c", "import sys; sys.exit(6)"], book.settings())
    assert end.value.code == 6


# --- the command line --------------------------------------------------------------------------------


@pytest.fixture
def steps(monkeypatch):
    """What a command line would do: the environment, the steps, and what it goes on as."""
    taken = []
    monkeypatch.setattr(book, "ready", taken.append)
    monkeypatch.setattr(book, "run", lambda *words: taken.append(" ".join(words)))
    monkeypatch.setattr(book, "go_on", lambda *words, **_: taken.append(list(words)))
    for name in ("PORT", "PYTHON"):
        monkeypatch.delenv(name, raising=False)

    def of(*words):
        taken.clear()
        book.main(list(words))
        return list(taken)

    return of


def test_alone_it_lists_every_command(capsys):
    assert book.main([]) is None
    listed = capsys.readouterr().out
    assert NAMES == set(re.findall(r"^    (\w+) ", listed, re.M)) and {"PYTHON=", "PORT=", "CHROME="} <= set(re.findall(r"[A-Z]+=", listed))


def test_what_it_does_not_know(capsys):
    code, _, error = said(capsys, "srve")
    assert code == 2 and "'srve'" in error and all(name in error for name in NAMES)
    code, _, error = said(capsys, "serve", "now", "--fast")
    assert code == 2 and "unexpected: now --fast" in error


@pytest.mark.parametrize("command", ["serve", "lab"])
def test_a_port(steps, monkeypatch, capsys, command):
    last = lambda *words: steps(*words)[-1]  # noqa: E731
    assert last(command) == [f"scripts/{command}.py", "8000"]
    assert last(command, "--port", "8123") == [f"scripts/{command}.py", "8123"]
    monkeypatch.setenv("PORT", "8200")
    assert last(command) == [f"scripts/{command}.py", "8200"]
    for nonsense in ("eighty", "0", "65000", "-1", "80.5"):
        monkeypatch.setenv("PORT", nonsense)
        code, _, error = said(capsys, command)
        assert code == 2 and f"PORT must be a whole number from 1 to 64999, but is '{nonsense}'" in error
    monkeypatch.setenv("PORT", "")
    assert last(command) == [f"scripts/{command}.py", "8000"]


WHOLE = [book.TESTER, "tests/browser/find_browser.py", "scripts/build.py"]


@pytest.mark.parametrize("words, before", [
    ([], WHOLE),
    (["tests/test_rope.py", "-k", "norm or not angle", "-x", "--maxfail=2"], WHOLE[:1]),
    (["-k", "norm", "tests/test_rope.py::test_it[a b]"], WHOLE[:1]),
    (["-x"], WHOLE),
    (["tests/"], WHOLE),
    (["tests/test_rope.py", "tests/browser/test_card.py"], WHOLE),
    ([os.path.join("tests", "browser", "test_card.py")], WHOLE),
    ([os.path.join("tests", "show")], WHOLE[:1]),
])  # fmt: skip
def test_pytests_arguments_pass_through(steps, words, before):
    *first, last = steps("test", *words)
    assert first == before
    assert last == ["-m", "pytest", *(words or ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"])]


def test_what_the_others_run(steps):
    assert steps("book") == [book.READER, "scripts/build.py"]
    assert steps("env") == [book.READER]
    assert steps("mutants", "--only", "views", "--count", "20") == [*WHOLE, ["tests/mutants/run.py", "--only", "views", "--count", "20"]]
    assert steps("bench") == [*WHOLE, ["scripts/bench.py"]]
    assert steps("look", "rope-rotation") == [*WHOLE[:2], ["scripts/look.py", "rope-rotation"]]
    assert steps("versions") == [book.TESTER, ["scripts/versions.py"]]


def test_training_installs_what_it_needs_on_top(steps, monkeypatch):
    installed = []
    monkeypatch.setattr(book, "install", installed.append)
    assert steps("train", "table") == [book.READER, ["experiments/length.py", "table"]] and installed == [book.TRAINER]
    pinned = [line for line in (ROOT / book.TRAINER).read_text("utf-8").splitlines() if line[:1].isalpha()]
    kept = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if "==" in line}
    assert all("==" in line or line in kept for line in pinned)


def test_every_script_that_is_run_exists():
    for path in re.findall(r'"((?:scripts|tests|experiments)/[\w/]+\.py)"', (ROOT / "book.py").read_text("utf-8")):
        assert (ROOT / path).is_file(), path


def test_clean_removes_what_was_made(checkout):
    for name in (".venv/bin", "_build/html", "gates.egg-info", "lib"):
        (checkout.root / name).mkdir(parents=True)
    book.clean(None)
    assert not [path for path in checkout.root.iterdir() if path.is_dir() and path.name != "lib"]
    book.clean(None)


# --- the texts that name commands --------------------------------------------------------------------

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TEXTS = [
    ROOT / name for name in ("README.md", "CONTRIBUTING.md", "intro.md", "Makefile", ".ci/run", "requirements-test.txt", "constraints.txt")
]
TEXTS += [
    path
    for folder in ("chapters", "scripts", "tests", "binder", ".github")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.is_file()
]


def test_a_target_of_make_is_a_command_in_one_line():
    rules = re.findall(r"^(\w+):(.*)\n((?:\t.*\n)*)", MAKEFILE, re.M)
    assert {name for name, _, _ in rules} == NAMES | {"help"} == set(re.search(r"^\.PHONY: (.*)", MAKEFILE, re.M)[1].split())
    for name, needs, recipe in rules:
        assert not needs and re.fullmatch(rf"\t@exec \$\(RUN\){'' if name == 'help' else ' ' + name}( \$\([A-Z]+\))?\n", recipe), recipe


def test_texts_name_commands_that_exist():
    for path in TEXTS:
        if path.suffix in (".md", ".py", ".yml", ".txt", "") and path != Path(__file__):
            text = path.read_text("utf-8")
            named = (
                re.findall(r"\bpython book\.py (\w+)", text) + re.findall(r"`make (\w+)", text) + re.findall(r"^ *make (\w+)", text, re.M)
            )
            assert set(named) <= NAMES, (path, set(named) - NAMES)


def test_the_readme_shows_both_ways_to_both_commands():
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in ("serve", "test"):
        assert f"`python book.py {name}`" in readme and f"`make {name}`" in readme
    assert "make test" in (ROOT / ".ci/run").read_text("utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / ".github/workflows").iterdir()), ids=lambda path: path.stem)
def test_a_workflow_is_well_formed_and_its_actions_are_pinned(path):
    steps = [step for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values() for step in job["steps"]]
    assert any("python book.py" in step.get("run", "") for step in steps)
    assert all(re.fullmatch(r"actions/(checkout|setup-python)@v\d+", step["uses"]) for step in steps if "uses" in step)


def test_the_image_has_a_python_and_the_packages_of_a_reader():
    assert tuple(map(int, re.fullmatch(r"python-(\d+)\.(\d+)\n", (ROOT / "binder/runtime.txt").read_text()).groups())) >= book.OLDEST
    assert "-r ../requirements.txt" in (ROOT / "binder/requirements.txt").read_text().splitlines()
    assert os.access(ROOT / "binder/postBuild", os.X_OK)


# --- versions ----------------------------------------------------------------------------------------


@pytest.fixture
def versions(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import versions

    monkeypatch.setattr(versions, "FOLDER", tmp_path)
    monkeypatch.setattr(versions, "bounds", lambda metadata: ("1.26.0", "numpy>=1.26.0"))
    return versions


def test_the_bounds_of_numpy_are_those_of_the_metadata(versions, monkeypatch):
    monkeypatch.undo()
    metadata = '[project]\ndependencies = ["numpydoc>=1", "numpy >= 1.26, <3", "matplotlib"]\n'
    assert versions.bounds(metadata) == ("1.26", "numpy >= 1.26, <3")


def test_only_tests_of_lib_are_run(versions):
    names = {path.name for path in versions.tests()}
    assert {"captions", "explorers", "show", "widget", "test_calls.py", "test_rope.py", "test_parameters.py"} <= names
    assert not {"browser", "mutants", "test_commands.py", "test_style.py", "calls.txt"} & names


@pytest.mark.parametrize("oldest, later", [("1.26.4", "numpy==2.0.0"), ("2.1.2", "numpy==2.2.0")])
def test_the_oldest_that_a_python_can_have_is_looked_for_upwards(versions, oldest, later):
    choices = versions.since(oldest)
    assert [next(choices), next(choices)] == [f"numpy=={oldest}", later]


def test_a_python_is_found_or_not(versions):
    assert versions.python(f"{sys.version_info[0]}.{sys.version_info[1]}") and not versions.python("3.99")


def pair_of(versions, monkeypatch, results=()):
    """A Pair that runs nothing; results: words of a command → (whether it went well, what it said). Gives the commands that are asked for."""
    asked = []

    class Pair(versions.Pair):
        def run(self, *command, **_):
            words = " ".join(map(str, command))
            asked.append(words)
            good, said = next((result for name, result in dict(results).items() if name in words), (True, "3 passed"))
            with open(self.log, "a", encoding="utf-8") as log:
                log.write(said + "\n")
            return good

        def versions(self):
            return self.folder.name.split("-")

    monkeypatch.setattr(versions, "Pair", Pair)
    return asked


def test_what_has_no_wheel_is_passed_over_and_another_error_is_not(versions, monkeypatch):
    asked = pair_of(versions, monkeypatch, {"numpy==1": (False, "ERROR: No matching distribution found for numpy==1")})
    assert versions.Pair(["python"], "one").install(["numpy==1", "numpy==2", "numpy==3"])
    assert len(asked) == 3 and "numpy==2 matplotlib" in asked[-1]
    asked = pair_of(versions, monkeypatch, {"numpy==1": (False, "ERROR: No space left on device")})
    assert not versions.Pair(["python"], "two").install(["numpy==1", "numpy==2"]) and len(asked) == 2
    pins = (versions.FOLDER / "constraints.txt").read_text().splitlines()
    assert any(pin.startswith("pytest==") for pin in pins) and not any(pin.startswith(("numpy==", "matplotlib==")) for pin in pins)


def test_the_table_tells_each_pair_and_what_is_missing(versions, monkeypatch, capsys):
    monkeypatch.setattr(versions, "python", lambda version: None if version == "3.12" else ["python"])
    pair_of(versions, monkeypatch)
    assert versions.main() == 0
    table = capsys.readouterr().out.partition("Python    NumPy     result\n")[2].splitlines()
    assert [line.split(maxsplit=2) for line in table[:-1]] == [
        [v, name, "3 passed"] for v in ("3.11", "3.13") for name in ("oldest", "newest")
    ]
    assert table[-1] == "Not found: Python 3.12 (looked for as python3.12 on PATH)."


@pytest.mark.parametrize("what, said, row", [
    ("pytest -q", "FAILED tests/test_rope.py::test_it - assert\n1 failed, 2 passed", "3.11 oldest 1 failed, 2 passed"),
    ("numpy==1.26.0", "ERROR: No space left on device", "3.11 oldest not installed: ERROR: No space left on device"),
])  # fmt: skip
def test_one_that_fails_is_told_and_fails_all(versions, monkeypatch, capsys, what, said, row):
    monkeypatch.setattr(versions, "python", lambda version: ["python"])
    monkeypatch.setattr(versions, "PYTHONS", ("3.11",))
    pair_of(versions, monkeypatch, {what: (False, said)})
    assert versions.main() == 1
    told = capsys.readouterr().out
    assert row in [" ".join(line.split()) for line in told.splitlines()]
    assert ("  FAILED tests/test_rope.py::test_it - assert\n" in told) == ("FAILED" in said)
