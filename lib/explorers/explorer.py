"""What an explorer is: controls, a frame computed with `lib`, and a view of it.

Subclass `Explorer`, declare the controls as traits, write `frame` and `view`, and put a twin of
`frame` into `browser/twins/`. Everything else, both renderers, the figure for paper, the kernel's
answers, the page without a kernel, is here.
"""

import html
import json
import weakref

import anywidget
import numpy as np
import traitlets

from . import bundle, paper
from .controls import Control

_live = weakref.WeakSet()


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


class Explorer(anywidget.AnyWidget):
    """A picture of `frame(**controls)` that answers its controls.

    Class attributes of a subclass:

    name : the explorer's name in pages, links and tests.
    title, tries, sees : its heading; what the reader should try; what there is to see.
    play : the control that the play button sweeps.
    sentence : the state in words for screen readers, a template.
    code : Python lines that reproduce the state with `lib`, a template; each name that the lines
        share with the frame has the frame's value.
    view : a `View`.
    data() : arrays that a twin can't compute (random tables, trained weights), by name.

    Every control is a trait; all of them together are the trait `value`, so that
    `ipywidgets.interactive_output(f, {"state": explorer})` works.

    Raises
    ------
    ControlError (a ValueError) where a control is given a value outside its range.
    TypeError for a control that doesn't exist.
    """

    name = title = tries = sees = play = sentence = code = view = None

    controls = {}
    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    value = traitlets.Dict()

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # Added to those it inherits: anywidget derives a class of its own from every explorer.
        cls.controls = cls.controls | {key: v for key, v in vars(cls).items() if isinstance(v, Control)}

    def __init__(self, **controls):
        self._refuse_unknown(controls)
        # The texts are handed over and not read from files, so that a notebook needs no server for them.
        super().__init__(_esm=bundle.widget_module(), _css=bundle.stylesheet(), spec=self.describe(), **controls)
        self._collect()
        self.observe(self._collect, list(self.controls))
        self.observe(self._spread, "value")
        self.on_msg(self._answer)
        _live.add(self)
        _refresh_after_cells()

    def _refuse_unknown(self, names):
        for name in names:
            if name not in self.controls:
                raise TypeError(
                    f"{name}: expected one of the controls {', '.join(self.controls)} of {type(self).__name__}"
                )

    @staticmethod
    def frame(**controls):
        """Named arrays, numbers and texts of one state, computed with `lib`."""
        raise NotImplementedError

    @staticmethod
    def data():
        """Named arrays that travel to the browser for the twin."""
        return {}

    @classmethod
    def describe(cls):
        """The explorer as JSON: all that the browser needs besides the twin."""
        return {
            "name": cls.name,
            "title": cls.title,
            "tries": cls.tries,
            "sees": cls.sees,
            "play": cls.play,
            "sentence": cls.sentence,
            "code": cls.code.strip(),
            "controls": [control.describe() for control in cls.controls.values()],
            "view": cls.view.describe(),
            "data": {key: plain(value) for key, value in cls.data().items()},
        }

    def _collect(self, _=None):
        self.value = {key: getattr(self, key) for key in self.controls}

    @traitlets.validate("value")
    def _complete(self, proposal):
        """All of it is checked before any of it is taken."""
        self._refuse_unknown(proposal.value)
        taken = {key: self.controls[key]._validate(self, value) for key, value in proposal.value.items()}
        return {key: getattr(self, key) for key in self.controls} | taken

    def _spread(self, change):
        with self.hold_trait_notifications():
            for key, value in change.new.items():
                setattr(self, key, value)

    def python(self):
        """The Python lines that reproduce this state."""
        return self.code.strip().format(**{key: _Literal(value) for key, value in self.value.items()})

    def alt(self):
        """This state in a sentence."""
        return self.sentence.format(**(self.value | self.frame(**self.value)))

    def figure(self, *, dark=False):
        """This state as a matplotlib figure."""
        return paper.figure(self.view, self.value | self.frame(**self.value), title=self.title, dark=dark)

    def refresh(self):
        """Ask every shown copy to draw again, with `lib` as it is now."""
        self.send({"refresh": True})

    def _answer(self, _, request, buffers):
        reply = {"id": request.get("id")}
        try:
            controls = {key: control.check(request["controls"][key]) for key, control in self.controls.items()}
            # The request brings the traits' new values as well: taken over, but not sent back.
            with self._lock_property(**controls), self.hold_trait_notifications():
                for key, value in controls.items():
                    setattr(self, key, value)
            reply["frame"] = {key: plain(value) for key, value in self.frame(**controls).items()}
        except Exception as error:  # whatever the reader's own edit of lib raises belongs beside the picture
            reply["error"] = f"{type(error).__name__}: {error}"
        self.send(reply)

    def _repr_mimebundle_(self, **kwargs):
        bundled = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundled if isinstance(bundled, tuple) else (bundled or {}, {})
        svg = paper.svg(self.figure(), name=self.name, alt=self.alt())
        data = dict(data) | {"text/html": self._page(svg), "image/svg+xml": svg}
        return data, metadata

    def _page(self, svg):
        # "</script" would end the script element and "<!--" keep it open; JSON may write "<" as \u003c.
        state = json.dumps({"spec": self.spec, "value": self.value}, ensure_ascii=False).replace("<", "\\u003c")
        caption = f"<b>Try</b> {html.escape(self.tries)} <b>See</b> {html.escape(self.sees)}"
        return (
            f'<figure class="explorer" data-explorer="{self.name}">'
            f"<noscript>{svg}</noscript><figcaption>{caption}</figcaption>"
            f'<script type="application/json">{state}</script></figure>'
            "<script>window.explorers?.mount(document.currentScript.previousElementSibling)</script>"
        )


class _Literal:
    """Formats as a Python literal, whatever the template's format says of numbers."""

    def __init__(self, value):
        self.value = value

    def __format__(self, spec):
        return format(self.value, spec) if spec else repr(self.value)


def _refresh_after_cells(registered=[]):
    """After every cell of a notebook the live explorers draw again: the cell may have changed `lib`."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None or shell in registered:
        return
    registered.append(shell)
    shell.events.register("post_run_cell", lambda result: [explorer.refresh() for explorer in list(_live)])
