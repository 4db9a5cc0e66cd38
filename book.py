"""The book's commands, on Linux, macOS and Windows: `python book.py` lists them. Each does all of its own set-up, in .venv and _build.

Needs nothing but Python's own library. The whole keeps to the syntax of Python 3.6, and what runs before the version is looked at to its
library, so that an old one can say so.
"""

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
OLDEST = (3, 11)
READER, TESTER = "requirements.txt", "requirements-test.txt"  # the tester's holds the reader's
TRAINER = "experiments/requirements.txt"  # comes on top of either
PACE = 15  # seconds between two words while packages are installed
OFFLINE = re.compile(
    "NewConnectionError|ConnectTimeout|Name or service not known|Temporary failure in name resolution|getaddrinfo failed|nodename nor servname"
    "|Network is unreachable|ProxyError|Connection refused|Read timed out",
    re.I,
)
VARIABLES = """\
environment variables:
  PYTHON=/path/to/python3.12   makes the environment with this Python, not with the one that runs book.py
  PORT=8000                    where serve and lab listen (the next free port if it is taken)
  CHROME=/path/to/chrome       another browser for the tests than the first one that is found
  JOBS=4                       how many runs train has at a time (as many as there are cores)
  CLUSTER=tcp://host:8786      a Dask scheduler, on whose workers train runs
"""


def programs(venv, windows=WINDOWS):
    """The folder of an environment's programs, and its Python."""
    folder = venv / ("Scripts" if windows else "bin")
    return folder, folder / ("python.exe" if windows else "python")


VENV = ROOT / ".venv"
PROGRAMS, PYTHON = programs(VENV)
LOG = VENV / "install.log"


# --- running other programs ----------------------------------------------------------------------


def settings(**more):
    """The variables for a Python: without another one's modules, and with text in UTF-8, as Windows has it only if asked."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return dict(kept, PYTHONUTF8="1", **more)


def inside(**more):
    """The variables for .venv's Python: what is installed with it is found first."""
    return settings(PATH=str(PROGRAMS) + os.pathsep + os.environ.get("PATH", ""), **more)


def ended(process):
    """Waits for a program: (its exit code, whether Ctrl-C was pressed). A terminal tells it of Ctrl-C too; a request to end is handed on."""
    before, stopped = signal.signal(signal.SIGTERM, lambda *_: process.terminate()), False
    while process.returncode is None:
        try:
            process.wait()
        except KeyboardInterrupt:
            stopped = True
    signal.signal(signal.SIGTERM, before)
    return 128 - process.returncode if process.returncode < 0 else process.returncode, stopped


def run(*words):
    """Runs .venv's Python for one step of a command; where it fails, the command ends."""
    code, stopped = ended(subprocess.Popen([str(PYTHON), *words], env=inside()))
    if code or stopped:
        sys.exit(code or 130)


def become(command, variables):
    """Goes on as another program: its signals, its exit code. On Windows none can; there this one waits for it."""
    sys.stdout.flush()
    if WINDOWS:
        sys.exit(ended(subprocess.Popen(command, env=variables))[0])
    os.execvpe(command[0], command, variables)


def go_on(*words, **more):
    """The last step: .venv's Python in place of this one."""
    become([str(PYTHON), *words], inside(**more))


# --- the environment -----------------------------------------------------------------------------


def new_enough(python):
    """Whether a command runs a Python that the book can use."""
    try:
        test = f"import sys; sys.exit(sys.version_info < {OLDEST})"
        return subprocess.call([*python, "-c", test], env=settings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def version_of(python):
    return subprocess.check_output([*python, "-c", "import sys; print('Python', sys.version.split()[0])"], env=settings()).decode().strip()


def find_python():
    """The command of a Python that is new enough: the one that is named, or this one, or the first one found."""
    named = os.environ.get("PYTHON")
    # Not .venv's own, which may have to be made anew: the one that it was made with.
    own = getattr(sys, "_base_executable", sys.executable)
    others = [["python3"], ["python3.13"], ["python3.12"], ["python3.11"], ["python"], ["py", "-3"], [str(PYTHON)]]
    for python in [[named]] if named else [[own], *others]:
        if new_enough(python):
            return python
    try:
        found = version_of([named or own])
    except (OSError, subprocess.CalledProcessError):
        found = f"no {named} that runs"
    sys.exit(f"Python 3.11 or newer is needed, but there is {found}. Install one, or name it in the variable PYTHON.")


def state():
    """The folder, and a checksum of every file that decides what is installed."""
    digest = hashlib.sha256()
    for pattern in ("*.txt", "pyproject.toml", "setup.py"):
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return f"{ROOT}\n{digest.hexdigest()}\n"


def read(path):
    return path.read_text("utf-8") if path.exists() else ""


def ready(wanted):
    """Makes .venv with the packages of a file of requirements, or finds it ready.

    .venv/ready-<file> is written last: what was interrupted, or is of another state, never counts as ready."""
    if read(VENV / f"ready-{wanted}") == state() and new_enough([str(PYTHON)]):
        return
    if read(VENV / "owner").rstrip("\n") != str(ROOT) or not new_enough([str(PYTHON)]):
        make_environment(find_python())
    for old in VENV.glob("ready-*"):
        old.unlink()
    seconds = install(wanted)
    for held in {wanted, READER}:
        (VENV / f"ready-{held}").write_text(state(), "utf-8")
    print(f"Installed in {seconds:.0f} s.", flush=True)


def make_environment(python):
    print(f"Making a Python environment in .venv with {version_of(python)} …", flush=True)
    made = subprocess.run(
        [*python, "-m", "venv", "--clear", VENV], env=settings(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        said = made.stdout.strip().splitlines()[-1:] or ["no reason given"]
        sys.exit(
            "Could not make a Python environment in .venv "
            f"({' '.join(python)} -m venv; on Debian and Ubuntu it needs the package python3-venv): {said[0]}"
        )
    (VENV / "owner").write_text(f"{ROOT}\n", "utf-8")


def install(wanted):
    """The seconds that pip took. What it says goes to the log."""
    print(f"Installing the packages of {wanted} into .venv (a minute or two; log: .venv/install.log) …", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--retries", "2", "-r", wanted]
    start = time.monotonic()
    with open(LOG, "wb") as log:
        process = subprocess.Popen(pip, env=inside(), stdout=log, stderr=subprocess.STDOUT)
    try:
        while process.poll() is None:
            try:
                process.wait(PACE)
            except subprocess.TimeoutExpired:
                seen = len(re.findall(r"^ *Downloading|^Collecting|Using cached", LOG.read_text("utf-8", "replace"), re.M))
                print(f"  … {time.monotonic() - start:.0f} s, {seen} packages looked at", flush=True)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    if process.returncode:
        sys.exit(why_not(wanted, LOG.read_text("utf-8", "replace")))
    return time.monotonic() - start


def why_not(wanted, said):
    """What pip failed with, in a sentence."""
    if OFFLINE.search(said):
        return (
            f"The packages of {wanted} could not be fetched: no connection to the package index. "
            "Check the network and run the same command again (log: .venv/install.log)"
        )
    first = re.search(r"^ *error.*", said, re.I | re.M)
    return f"The packages of {wanted} could not be installed: {first[0].strip()[:200] if first else 'pip gave no reason'} (log: .venv/install.log)"


# --- the commands --------------------------------------------------------------------------------


def env(given):
    ready(READER)
    print("The environment in .venv is ready.")


def book(given):
    ready(READER)
    run("scripts/build.py")


def serve(given):
    book(given)
    go_on("scripts/serve.py", str(given.port))


def lab(given):
    ready(READER)
    go_on("scripts/lab.py", str(given.port))


def test(given):
    """The book is built and a browser looked for unless the paths that are given are all of other tests."""
    ready(TESTER)
    paths = [word.replace(os.sep, "/").rstrip("/") for word in given.words if word.startswith("tests")]
    if not paths or any(path == "tests" or path.startswith("tests/browser") for path in paths):
        browser_and_book()
    # All of them on two cores, a file on one: its tests share pages. In their own order, the long ones of the browser first, so that both
    # cores end together. Fewer are run in a row, with their output as it comes.
    words = given.words or ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    # The arrays are small: threads would only wait for each other.
    go_on("-m", "pytest", *words, OPENBLAS_NUM_THREADS="1")


def browser_and_book():
    run("tests/browser/find_browser.py")
    run("scripts/build.py")


def mutants(given):
    ready(TESTER)
    browser_and_book()
    go_on("tests/mutants/run.py", *given.words)


def bench(given):
    ready(TESTER)
    browser_and_book()
    go_on("scripts/bench.py")


def versions(given):
    ready(TESTER)
    go_on("scripts/versions.py")


def look(given):
    ready(TESTER)
    run("tests/browser/find_browser.py")
    go_on("scripts/look.py", given.explorer)


def format(given):
    ready(TESTER)
    tools = ("ruff check --fix --quiet .", "ruff format --quiet .", "deno fmt --quiet", "deno lint --quiet")
    return max(ended(subprocess.Popen([str(PYTHON), "-m", *tool.split()], env=inside()))[0] for tool in tools)


def train(given):
    ready(READER)
    install(TRAINER)
    go_on("experiments/length.py", *given.words, OMP_NUM_THREADS="1")  # a run is small: one thread each


def clean(given):
    for path in (VENV, ROOT / "_build", *ROOT.glob("*.egg-info")):
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            pass
        except OSError as error:  # Windows keeps what runs
            sys.exit(f"{error.filename} could not be removed: {error.strerror}. Is the book being served, or a notebook open?")


COMMANDS = {
    serve: "build the book and serve it on this computer",
    lab: "open the chapters as notebooks in JupyterLab",
    book: "build the book into _build/html",
    env: "make the environment alone, in .venv",
    test: "everything CI runs: unit tests, and the built book in a real browser; or what pytest's arguments name",
    versions: "the tests of lib under every supported Python that is found, with the oldest and the newest NumPy",
    mutants: "change the code in 150 places, one at a time, and count what the tests notice (an hour or more)",
    look: "pictures of an explorer, light, dark, 390 px",
    format: "format and lint the code",
    bench: "measure the budgets, each beside its peer",
    train: "train the models of the chapter on lengths anew, all that aren't there yet (hours); with a task and a scheme those of one curve (minutes)",
    clean: "remove the environment and all that was built",
}
PASSING = (test, mutants, train)  # what they don't know goes on to pytest, tests/mutants/run.py or experiments/length.py


def port(text):
    if not text.isdigit() or not 0 < int(text) < 65000:
        raise argparse.ArgumentTypeError(f"PORT must be a whole number from 1 to 64999, but is {text!r}")
    return int(text)


def parser():
    whole = argparse.ArgumentParser(
        "book.py", description="From Gates to Rotations.", epilog=VARIABLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = whole.add_subparsers(title="commands", metavar="command")
    for command, what in COMMANDS.items():
        own = commands.add_parser(command.__name__, help=what, description=what, allow_abbrev=False)
        own.set_defaults(command=command)
        if command in (serve, lab):
            own.add_argument(
                "--port", type=port, default=os.environ.get("PORT") or "8000", help="where it listens (the next free one if taken)"
            )
        if command is look:
            own.add_argument("explorer", nargs="?", default="", help="its name, as rope-rotation")
    return whole


def main(words):
    os.chdir(str(ROOT))
    if sys.version_info < OLDEST:
        become([*find_python(), str(ROOT / "book.py"), *words], settings())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    whole = parser()
    given, given.words = whole.parse_known_args(words)
    if "command" not in given:
        return whole.print_help()
    if given.words and given.command not in PASSING:
        whole.error(f"unexpected: {' '.join(given.words)}")
    try:
        return given.command(given)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; run the same command again to go on.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
