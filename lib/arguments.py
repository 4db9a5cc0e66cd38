"""Checks of arguments, shared by every mathematical module.

Each check returns the value in the form the mathematics wants (``int``,
``float``, float64 array) or raises a ``ValueError`` that names the argument,
what was expected and what came::

    d: expected an even integer of at least 2, got 7

Booleans and strings are never numbers. An integer must be of an integer type:
``4`` and ``np.int64(4)`` pass, ``4.0`` and ``4.5`` do not, because a float where
a count is meant is nearly always a division with the wrong slash.

A call with an argument too many, too few or of an unknown name gets such an error as well, if
its function is ``named``.
"""

import functools
import inspect
import operator
import reprlib
from numbers import Real

import numpy as np

_SHORT = reprlib.Repr()
_SHORT.maxother = _SHORT.maxstring = 60


def describe(value):
    """Say what came, in one short line: an array by its type and shape, never by its numbers.

    So for other libraries' arrays, as far as they tell both.

    >>> describe(np.zeros((300, 400)))
    'a float64 array of shape (300, 400)'
    >>> describe(np.float64(0.5)), describe("both"), describe(range(10_000))
    ('0.5', "'both'", 'range(0, 10000)')
    """
    if isinstance(value, np.ndarray):
        return f"a {value.dtype} array of shape {value.shape}"
    if isinstance(value, np.generic):
        value = value.item()  # "0.5" rather than "np.float64(0.5)"
    shape, dtype = (getattr(value, name, None) for name in ("shape", "dtype"))
    if isinstance(shape, tuple) and dtype is not None:  # torch's shape is a tuple, too
        return f"a {dtype} {type(value).__name__} of shape {tuple(shape)}"
    text = " ".join(_SHORT.repr(value).split())
    return text if len(text) <= 70 else text[:70] + "…"


def refuse(name, expected, got):
    """Raise the ``ValueError`` that every check raises; all three are text."""
    raise ValueError(f"{name}: expected {expected}, got {got}")


def named(function):
    """Let a call that doesn't fit a function's arguments end in a refusal that names them.

    >>> @named
    ... def scaled(x, base, *, factor=1.0):
    ...     return x * base * factor
    >>> scaled(2.0, 3.0, factor=0.5)
    3.0
    >>> scaled(2.0)
    Traceback (most recent call last):
    ValueError: base: expected a value, as scaled(x, base, *, factor) needs it, got none
    >>> scaled(2.0, 3.0, 0.5)
    Traceback (most recent call last):
    ValueError: scaled: expected x, base by place and factor= by name, got 3 values by place
    >>> scaled(2.0, 3.0, factors=0.5)
    Traceback (most recent call last):
    ValueError: factors: expected x, base or factor, got a name that scaled does not have
    """

    @functools.wraps(function)
    def called(*values, **options):
        # Not `function`: autoreload, when it loads an edited file anew, brings what others imported from
        # it up to date by its attributes, and cannot reach what is closed over.
        try:
            return called.__wrapped__(*values, **options)
        except TypeError:  # Python's own, of a call that doesn't fit, or one from inside
            misfit = _misfit(called.__wrapped__, values, options)
            if misfit is None:
                raise
        refuse(*misfit)

    return called


def _misfit(function, values, options):
    """What `refuse` is to say of a call that doesn't fit, or None."""
    taken = inspect.signature(function).parameters
    by_name = [name for name, each in taken.items() if each.kind is each.KEYWORD_ONLY]
    by_place = [name for name in taken if name not in by_name]
    called = function.__name__
    if len(values) > len(by_place):
        expected = ", ".join(by_place) + " by place"
        if by_name:
            expected += " and " + ", ".join(f"{name}=" for name in by_name) + " by name"
        return called, expected, f"{len(values)} values by place"
    for name in options:
        if name not in taken:
            *others, last = taken
            expected = f"{', '.join(others)} or {last}" if others else last
            return name, expected, f"a name that {called} does not have"
        if name in by_place[: len(values)]:
            return name, "one value", "one by place and one by name"
    for name, each in taken.items():
        if each.default is each.empty and name not in options and name not in by_place[: len(values)]:
            form = ", ".join(by_place + (["*", *by_name] if by_name else []))
            return name, f"a value, as {called}({form}) needs it", "none"
    return None


def integer(name, value, *, least=None):
    """Return ``value`` as an ``int`` of at least ``least``.

    >>> integer("n", np.int64(3), least=1)
    3
    >>> integer("n", 4.0, least=1)
    Traceback (most recent call last):
    ValueError: n: expected an integer of at least 1, got 4.0
    """
    expected = "an integer" if least is None else f"an integer of at least {least}"
    result = index(value)
    if result is None or (least is not None and result < least):
        refuse(name, expected, describe(value))
    return result


def index(value):
    """Return ``value`` as an ``int`` if it is of an integer type, else None.

    >>> index(np.int64(3)), index(True), index(np.True_), index(3.0)
    (3, None, None, None)
    """
    # True is an index to Python, np.True_ to NumPy before 2, a tensor of one boolean to torch.
    if isinstance(value, bool) or str(getattr(value, "dtype", "")).endswith("bool"):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def even(name, value, *, least=2):
    """Return ``value`` as an even ``int`` of at least ``least``.

    >>> even("d", 7)
    Traceback (most recent call last):
    ValueError: d: expected an even integer of at least 2, got 7
    """
    try:
        result = integer(name, value, least=least)
    except ValueError:
        result = 1  # refused below, in the words of this check
    if result % 2:
        refuse(name, f"an even integer of at least {least}", describe(value))
    return result


def number(name, value, *, above=None, least=None):
    """Return ``value`` as a finite ``float``, greater than ``above``, not less than ``least``.

    >>> number("base", 10_000, above=0)
    10000.0
    >>> number("factor", 0.5, least=1)
    Traceback (most recent call last):
    ValueError: factor: expected a finite number of at least 1, got 0.5
    """
    expected = "a finite number"
    if above is not None:
        expected += f" above {above:g}"
    if least is not None:
        expected += f" of at least {least:g}"
    came = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
    try:
        result = float(came) if isinstance(came, Real) and not isinstance(came, bool) else np.nan
    except OverflowError:  # an int too large for a float
        result = np.inf
    if not np.isfinite(result) or (above is not None and result <= above) or (least is not None and result < least):
        refuse(name, expected, describe(came))
    return result


def choice(name, value, options):
    """Return ``value`` if it is one of the strings ``options``.

    >>> choice("pairing", "both", ("interleaved", "halves"))
    Traceback (most recent call last):
    ValueError: pairing: expected 'interleaved' or 'halves', got 'both'
    """
    if not isinstance(value, str) or value not in options:
        refuse(name, " or ".join(map(repr, options)), describe(value))
    return value


def array(name, value, axes=None, sizes=None):
    """Return ``value`` as a finite float64 array whose axes are ``axes``.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        Numbers; integers are converted, booleans and complex numbers refused.
    axes : str, optional
        The axes, separated by blanks: letters, fixed lengths, or leading ``...``,
        for example ``"... N d"`` or ``"4 k k"``. Without it any shape passes.
    sizes : dict, optional
        Lengths of axes known so far. A letter found here must have that length;
        a new letter is added, so one dict carried through several calls holds
        the arrays to each other.

    Returns
    -------
    ndarray
        The same memory if ``value`` already was a float64 array: do not write to it.

    Examples
    --------
    >>> sizes = {}
    >>> array("W_h", np.zeros((4, 5, 5)), "4 k k", sizes).shape, sizes
    ((4, 5, 5), {'k': 5})
    >>> array("b", np.zeros((4, 6)), "4 k", sizes)
    Traceback (most recent call last):
    ValueError: b: expected shape (4, k) with k = 5, got shape (4, 6)
    """
    try:
        result = np.asarray(value)
    except ValueError:  # NumPy's own message names no argument
        refuse(name, "an array of numbers, all rows equally long", describe(value))
    except (TypeError, RuntimeError) as error:  # another library's array: torch with a gradient, or in bfloat16
        refuse(name, "an array that NumPy can read", f"{describe(value)}: {error}")
    if result.dtype.kind not in "iuf":
        refuse(name, "an array of real numbers", describe(value))
    if axes is not None:
        _match(name, result.shape, axes.split(), {} if sizes is None else sizes)
    result = result.astype(np.float64, copy=False)
    if not np.isfinite(result).all():
        where = tuple(map(int, np.argwhere(~np.isfinite(result))[0]))
        place = f" at index {where}" if where else ""
        refuse(name, "finite numbers", f"{result[where]}{place}")
    return result


def integers(name, value, axes=None, sizes=None, *, least=None):
    """Return ``value`` as ``array`` does; refused unless its numbers are of an integer type, or none are there.

    >>> integers("order", [2, 0, 1], "N")
    array([2., 0., 1.])
    >>> integers("order", [2.0, 0.0])
    Traceback (most recent call last):
    ValueError: order: expected an array of integers, got [2.0, 0.0]
    """
    result = array(name, value, axes, sizes)
    expected = "an array of integers" if least is None else f"integers of at least {least}"
    if result.size and np.asarray(value).dtype.kind == "f":  # an empty list is of floats, to NumPy
        refuse(name, expected, describe(value))
    if least is not None and (result < least).any():
        refuse(name, expected, f"{result[result < least][0]:g}")
    return result


def _match(name, shape, axes, sizes):
    """Hold ``shape`` to the axes; lengths of new letters go into ``sizes``."""
    named = axes[1:] if axes[:1] == ["..."] else axes
    leading = len(shape) - len(named)
    fits = leading == 0 or (leading > 0 and len(named) < len(axes))
    bound = dict(sizes)
    for axis, length in zip(named, shape[leading:] if fits else ()):
        wanted = int(axis) if axis.isdigit() else bound.setdefault(axis, length)
        fits = fits and wanted == length
    if not fits:
        expected = f"shape ({', '.join(axes)}{',' * (len(axes) == 1)})"
        known = [f"{axis} = {sizes[axis]}" for axis in dict.fromkeys(named) if axis in sizes]
        if known:
            expected += " with " + ", ".join(known)
        refuse(name, expected, f"shape {shape}")
    sizes.update(bound)
