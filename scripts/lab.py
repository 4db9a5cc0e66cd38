"""JupyterLab on the chapters: a click on a .md opens it as a notebook (through jupytext).

The settings go into the environment, .venv; nothing is written into the reader's home.
"""

import json
import os
import sys
from pathlib import Path

from jupyterlab.labapp import LabApp

ROOT = Path(__file__).resolve().parents[1]
OVERRIDES = {
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Jupytext Notebook", "myst": "Jupytext Notebook"}},
    # No question about news, and no request for them.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}

# Jupyter's server leaves TCP's gathering of small packets on (Nagle): of two short messages the second
# waits for the browser's acknowledgement of the first, some 40 ms, and an explorer's frame is the second.
PROMPT = """\
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

class PromptConnection(ZMQChannelsWebsocketConnection):
    def connect(self):
        self.websocket_handler.set_nodelay(True)
        return super().connect()

c.ServerApp.kernel_websocket_connection_class = PromptConnection
"""


def settle():
    """Put the settings into the environment that runs this script."""
    for name, text in (
        ("share/jupyter/lab/settings/overrides.json", json.dumps(OVERRIDES, indent=2) + "\n"),
        ("etc/jupyter/jupyter_server_config.py", PROMPT),
    ):
        path = Path(sys.prefix, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def main(port):
    settle()
    # What a reader sets, workspaces and signatures are kept in .venv too.
    os.environ["JUPYTER_CONFIG_DIR"] = str(Path(sys.prefix, "etc/jupyter-reader"))
    os.environ["JUPYTER_DATA_DIR"] = str(Path(sys.prefix, "share/jupyter-reader"))
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # in a container
    print("Starting JupyterLab; its address follows (Ctrl-C twice stops). A chapter (.md) opens as a notebook.", flush=True)
    LabApp.launch_instance([f"--ServerApp.port={port}", f"--ServerApp.root_dir={ROOT}", "--LabApp.default_url=/lab/tree/chapters", *root])


if __name__ == "__main__":
    main(sys.argv[1])
