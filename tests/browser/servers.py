"""Servers of pages and of notebooks, started for a test and ended with it; none knows the settings of whoever runs the tests."""

import contextlib
import importlib.util
import os
import socket
import subprocess
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest

TOKEN = "of-this-test"
FOLDERS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")  # fmt: skip
JUPYTER = ("--no-browser", "--allow-root", f"--IdentityProvider.token={TOKEN}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1")
LAB = (
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
)


def open_server(folder, port=0):
    """A server of a book's folder, the one of `python book.py serve`."""
    spec = importlib.util.spec_from_file_location("serve", Path(__file__).resolve().parents[2] / "scripts/serve.py")
    serve = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(serve)
    return serve.open_server(folder, port)


@contextlib.contextmanager
def serving(server):
    """Its address, while the block runs."""
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("localhost", port)):
        return True
    return False


def settings(folder, **more):
    """An environment whose programs keep their settings in a folder."""
    own = {name: str(folder / name) for name in (*FOLDERS, "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
    return os.environ | own | more


@contextlib.contextmanager
def started(command, port, *, env, cwd):
    """Runs while the block does, which begins when the port takes a connection (Jupyter prints its address before it does)."""
    server = subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    log = []
    reader = Thread(target=lambda: log.extend(server.stdout))  # a full pipe would stop the server
    reader.start()
    try:
        end = monotonic() + 60
        while not answers(port):
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.1)
            if server.poll() is not None or monotonic() > end:
                pytest.fail(f"{command[:4]} ended or never took a connection:\n" + "".join(log), pytrace=False)
        yield
    finally:
        server.terminate()  # it ends its kernels with it
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        reader.join()
        server.stdout.close()


def open_notebook(page, address):
    """A notebook's page in JupyterLab or Notebook 7, when its kernel is idle."""
    page.goto(address)
    page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.sessionContext", timeout=60_000)
    page.evaluate("() => jupyterapp.restored.then(() => jupyterapp.shell.currentWidget.sessionContext.ready)")
    page.wait_for_function("() => jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'", timeout=60_000)
