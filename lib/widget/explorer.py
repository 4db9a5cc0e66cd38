"""What an explorer is: controls, a frame computed with `lib`, and a view of it.

Subclass `Explorer`, declare the controls as traits, write `compute`, `frame` and `view`, and put the twin of
`frame` beside the file, under the same name.
"""

import copy
import functools
import json
import sys
from pathlib import Path

import anywidget
import ipywidgets
import traitlets

from . import bundle, exported, hosts, kernel, page
from . import figure as matplotlib_figure
from .check import check
from .controls import Control
from .kernel import plain
from .lines import lines_of
from .readable import fill
from .view import View, describe

hosts.check_versions()
registered = {}  # every explorer by its name


class Explorer(anywidget.AnyWidget, ipywidgets.ValueWidget):
    """A picture of `frame(**controls)` that answers its controls.

    Class attributes of a subclass:

    name : the explorer's name in pages, links and tests.
    title, tries, sees : its heading; what the reader should try; what there is to see.
    play : the main control: it stands first, and the play button sweeps it.
    more : the controls that are turned rarely; they stand behind "more".
    sentence : the state in words for screen readers, a template.
    compute(**controls) : the computation that the *Python* button shows, ending in `return dict(name=name, …)`.
    frame(**controls) : all that is drawn, by name: what `compute` found and what else the view needs.
        Without a `frame`, it is what `compute` returns.
    data() : arrays that never change, by name: they travel once, for the view and for the twin.
    on_demand() : what the twin reads in some states alone, as JSON, by name: it travels when such a state comes.
    with_first : whether every state reads such data: then the frame of the defaults travels in their place.
    view : a `View`.

    Every control is a trait, and nothing else travels between Python and page; all of them together are the trait `value`,
    so that `ipywidgets.interact(f, state=explorer)` and `interactive_output` work. A copy, or what comes out of a pickle, is
    an explorer of its own in the same state.

    Raises
    ------
    ControlError (a ValueError) where a control is given a value outside its range.
    TypeError for a control that doesn't exist.
    ViewError (a ValueError), when the class is made, for a view that names what isn't there.
    """

    name: str = ""
    title: str = ""
    tries: str = ""
    sees: str = ""
    play: str = ""
    more: tuple[str, ...] = ()
    sentence: str = ""
    with_first: bool = False
    view: View | None = None
    controls: dict[str, Control] = {}

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    value = traitlets.Dict()

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # Added to those it inherits: anywidget derives a class of its own from every explorer.
        cls.controls = cls.controls | {key: v for key, v in vars(cls).items() if isinstance(v, Control)}
        if "view" in vars(cls):
            other = registered.setdefault(cls.name, cls)
            if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
                raise ValueError(f"{cls.name}: expected a name of its own, but {other.__module__}.{other.__qualname__} has it")
            registered[cls.name] = cls
            check(cls)

    def __init__(self, **controls):
        self._refuse_unknown(controls)
        self._made_as = type(self)  # anywidget goes on to derive a class for this one widget, which nothing can import
        # The texts are handed over and not read from files, so that a notebook needs no server for them.
        super().__init__(_esm=bundle.widget_module(type(self)), _css=bundle.stylesheet(), **controls)
        self._collect()
        self.observe(self._collect, list(self.controls))
        self.observe(self._spread, "value")
        kernel.serve(self)

    def _refuse_unknown(self, names):
        for name in names:
            if name not in self.controls:
                raise TypeError(f"{name}: expected one of the controls {', '.join(self.controls)} of {type(self).__name__}")

    @staticmethod
    def compute(**controls) -> dict:
        """What the *Python* button shows."""
        raise NotImplementedError

    @classmethod
    def frame(cls, **controls) -> dict:
        """Named arrays, numbers and texts of one state, computed with `lib`."""
        return cls.compute(**controls)

    @staticmethod
    def data() -> dict:
        """Named arrays that never change."""
        return {}

    @staticmethod
    def on_demand() -> dict:
        """Data of the twin that a page loads when a state asks for them."""
        return {}

    @classmethod
    def twin(cls) -> Path:
        """The file of the frame's twin, beside that of the class which has the view."""
        owner = next(base for base in cls.__mro__ if "view" in vars(base))
        return Path(sys.modules[owner.__module__].__file__).with_suffix(".mjs")

    @classmethod
    def values(cls, **controls) -> dict:
        """All that a view can name in a state: data, controls, frame."""
        return cls.data() | controls | cls.frame(**controls)

    @classmethod
    def describe(cls) -> dict:
        """The explorer as JSON: all that the browser needs besides the twin."""
        defaults = {name: control.default_value for name, control in cls.controls.items()}
        return {
            "name": cls.name,
            "title": cls.title,
            "tries": cls.tries,
            "sees": cls.sees,
            "play": cls.play,
            "more": cls.more,
            "sentence": cls.sentence,
            "code": lines_of(cls),
            "controls": [control.describe() for control in cls.controls.values()],
            "view": describe(cls.view),
            "data": plain(cls.data()),
            "on_demand": {name: file for name, (file, _) in bundle.scripts_on_demand(cls).items()},
            "first": _rounded(plain(cls.frame(**defaults))) if cls.with_first else None,
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

    @property
    def spec(self) -> dict:
        """What a page and a widget are told of the explorer."""
        return self.describe()

    def python(self) -> str:
        """The Python lines that reproduce this state."""
        return lines_of(type(self)).format(**{key: _Literal(value) for key, value in self.value.items()})

    def alt(self) -> str:
        """This state in a sentence."""
        return fill(self.sentence, self.values(**self.value))

    def figure(self, *, dark: bool = False):
        """This state as a matplotlib figure."""
        return matplotlib_figure.figure(self.view, self.values(**self.value), title=self.title, dark=dark)

    def refresh(self):
        """Ask every shown copy to draw again, with `lib` as it is now."""
        self.send({"refresh": True})

    def __copy__(self):
        return self._made_as(**self.value)

    def __deepcopy__(self, memo):
        return copy.copy(self)  # nothing in a state can be changed in place

    def __reduce__(self):
        return functools.partial(self._made_as, **self.value), ()

    def _repr_mimebundle_(self, **kwargs):
        exported.revive()
        bundled = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundled if isinstance(bundled, tuple) else (bundled or {}, {})
        return dict(data) | page.outputs_of(self), metadata


def _rounded(frame):
    """To ten digits, for it travels with every page."""
    return json.loads(json.dumps(frame), parse_float=lambda text: float(f"{float(text):.10g}"))


class _Literal:
    """Formats as a Python literal, whatever the template's format says of numbers."""

    def __init__(self, value):
        self.value = value

    def __format__(self, spec):
        return format(self.value, spec) if spec else repr(self.value)
