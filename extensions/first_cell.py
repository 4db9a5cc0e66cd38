"""The first code cell of a downloaded chapter, from its first comment on; extensions/download.py sets VERSION, ALSO and ADDRESS.

An old Python must be able to read it, or it couldn't say that it is too old: no syntax newer than Python 3.6.
"""

# What this chapter needs: where it is missing, this cell installs it or says what to do.
import importlib
import re
import subprocess
import sys

PYTHON, VERSION, ALSO = (3, 11), "0", []
ADDRESS = ""


class Stop(Exception):
    def _render_traceback_(self):
        return [str(self)]  # a sentence, no traceback


def present():
    """Whether gates-to-rotations is here, and no older than this chapter, and what else the chapter imports."""
    from importlib import metadata, util

    importlib.invalidate_caches()
    try:
        found, *_ = map(metadata.version, ["gates-to-rotations", *ALSO])
    except metadata.PackageNotFoundError:
        return False
    old = [int(n) for n in re.findall("[0-9]+", found)] < [int(n) for n in re.findall("[0-9]+", VERSION)]
    return not old and util.find_spec("gates_to_rotations") is not None


def install():
    """Let pip install it for this very Python. Returns what pip complains of, or an empty text."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2"]
    try:
        done = subprocess.run([*pip, ADDRESS, *ALSO], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    except OSError as error:
        return str(error)
    lines = [line.strip("× ") for line in done.stdout.splitlines() if re.match("error|×", line, re.I)]
    return (lines or [done.stdout.strip() or "no word why"])[-1] if done.returncode else ""


if sys.version_info < PYTHON:
    raise Stop(f"This chapter needs Python 3.11 or newer, and this kernel is Python {sys.version.split()[0]}. Choose another kernel.")
if not present() and not ADDRESS:
    raise Stop(
        f"This chapter needs {' and '.join(['gates-to-rotations ' + VERSION, *ALSO])}, not all of it is here. With a checkout of the book, "
        "install it from there in the environment of this kernel, then restart the kernel and run all cells:\n"
        f"    python -m pip install {' '.join(['PATH/TO/THE/CHECKOUT', *ALSO])}"
    )
if not present():
    print("Installing gates-to-rotations (about a minute) …", flush=True)
    complaint = install()
    if complaint and not present():  # another kernel may have installed it meanwhile
        raise Stop(
            f"pip could not install gates-to-rotations: {complaint}\nTry it by hand, in the environment of this kernel or in a new one, "
            f"then restart the kernel and run all cells:\n    python -m pip install {' '.join([ADDRESS, *ALSO])}"
        )
    if not present() or "gates_to_rotations" in sys.modules:
        raise Stop("gates-to-rotations is installed now. Restart the kernel, so that it is found, and run all cells.")
    print("Installed. If a picture below has no controls, reload the page of JupyterLab, once.")
if "google.colab" in sys.modules:  # which shows no widget but its own unless it is asked
    from google.colab import output

    output.enable_custom_widget_manager()
