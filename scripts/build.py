"""Build the book into _build/html; warnings are errors.

Sphinx reports a page's warnings only when it reads that page. After a failed build the pages
read so far are forgotten, or the next build would pass over them in silence. What the cells
computed stays cached.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [
    sys.executable,
    "-c",
    "from jupyter_book.cli.main import main; main()",
    "build",
    str(ROOT),
    "--warningiserror",
    "--nitpick",
    "--keep-going",
]
COLOURS = re.compile(r"\x1b\[[0-9;]*m|\r")
# Worth showing while it runs; all of it goes to the log. The kernel's remark on TCP is no matter of ours.
SHOWN = re.compile(r"WARNING: |ERROR: |SEVERE: |Executing notebook|Executed notebook|Error: ")
NOISE = re.compile(r"IPKernelApp|^RuntimeError: *$")


def main():
    log = ROOT / "_build/book.log"
    log.parent.mkdir(exist_ok=True)
    start = time.monotonic()
    print("Building the book (the first time its cells are computed; log: _build/book.log) …", flush=True)
    shown = cell = 0
    with open(log, "w", encoding="utf-8") as out:
        process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        try:
            for line in process.stdout:
                line = COLOURS.sub("", line).rstrip()
                out.write(line + "\n")
                # A failing cell: the cell and its traceback, as they would stand in the notebook. A script: with file and line.
                begins = line.endswith("while executing the following cell:") or "BundleError: " in line
                cell = 80 if begins else cell - 1 if line[:9] != "The above" else 0
                if cell > 0 or (SHOWN.search(line) and not NOISE.search(line)):
                    shown += "xecut" not in line
                    print(" ", line.replace(str(ROOT) + os.sep, ""), flush=True)
        except KeyboardInterrupt:
            process.wait()
            process.returncode = process.returncode or 130
        code = process.wait()
    if code:
        shutil.rmtree(ROOT / "_build/.doctrees", ignore_errors=True)
        if not shown:
            print(*log.read_text("utf-8").splitlines()[-12:], sep="\n", file=sys.stderr)
        print(f"The book was not built: see above, and _build/book.log (exit code {code}).", file=sys.stderr)
        return 1
    print(f"Built in {time.monotonic() - start:.0f} s: _build/html/index.html", flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before Sphinx runs
        sys.exit(130)
