"""JupyterLab on the chapters: a click on a .md opens it as a notebook (through jupytext).

The setting goes into the environment, .venv; nothing is written into the reader's home.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OVERRIDES = {
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {
        "markdown": "Jupytext Notebook", "myst": "Jupytext Notebook"}},
    # No question about news, and no request for them.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


def command(*more):
    """The command line of this JupyterLab, after its settings are in place."""
    settings = Path(sys.prefix, "share/jupyter/lab/settings/overrides.json")
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(OVERRIDES, indent=2) + "\n", "utf-8")
    return [sys.executable, "-m", "jupyter", "lab", f"--ServerApp.root_dir={ROOT}",
            "--LabApp.default_url=/lab/tree/chapters", *more]


def environment():
    """Settings, workspaces and signatures in .venv too."""
    return os.environ | {"JUPYTER_CONFIG_DIR": str(Path(sys.prefix, "etc/jupyter-reader")),
                         "JUPYTER_DATA_DIR": str(Path(sys.prefix, "share/jupyter-reader"))}


if __name__ == "__main__":
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        sys.argv.append("--allow-root")   # in a container
    print("Starting JupyterLab; its address follows (Ctrl-C twice stops). A chapter (.md) opens as a notebook.", flush=True)
    line = command(f"--ServerApp.port={os.environ.get('PORT') or 8888}", *sys.argv[1:])
    os.execve(line[0], line, environment())
