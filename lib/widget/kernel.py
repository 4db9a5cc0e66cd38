"""The kernel's side of a live explorer: answers to the browser, and new pictures after the reader's cells."""

import weakref

import numpy as np

_live = weakref.WeakSet()
_shells = []  # that tell of their cells already


def plain(value):
    """Arrays, and dictionaries and lists of them, as nested lists for JSON, where what is not finite becomes None."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    value = np.asarray(value)
    if value.dtype.kind not in "fiub":
        return value.tolist()
    if value.dtype.kind == "f" and not np.isfinite(value).all():
        value = np.where(np.isfinite(value), value.astype(object), None)
    return value.tolist()


def serve(explorer):
    """From now on the explorer answers its copies in the browser."""
    explorer.on_msg(answer)
    _live.add(explorer)
    _refresh_after_cells()


def answer(explorer, request, buffers):
    """Sends the frame of the controls that the browser asks for, or what was raised, in words."""
    if "on_demand" in request:
        explorer.send({"on_demand": request["on_demand"], "value": explorer.on_demand()[request["on_demand"]]})
        return
    reply = {"id": request.get("id")}
    try:
        controls = {key: control.check(request["controls"][key]) for key, control in explorer.controls.items()}
        # The request brings the traits' new values as well: taken over, but not sent back.
        with explorer._lock_property(**controls), explorer.hold_trait_notifications():
            for key, value in controls.items():
                setattr(explorer, key, value)
        reply["frame"] = {key: plain(value) for key, value in explorer.frame(**controls).items()}
    except Exception as error:  # whatever the reader's own edit of lib raises belongs beside the picture
        reply["error"] = f"{type(error).__name__}: {error}"
    explorer.send(reply)


def _refresh_after_cells():
    """After every cell of a notebook the live explorers draw again: the cell may have changed `lib`."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None or shell in _shells:
        return
    _shells.append(shell)
    shell.events.register("post_run_cell", lambda result: [explorer.refresh() for explorer in list(_live)])
