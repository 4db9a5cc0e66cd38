"""Attention: scores into weights, weights into means.

So far the softmax alone; the chapter on attention brings the rest.
"""

import numpy as np

from . import arguments


def softmax(z, axis=-1):
    """Return e^z / Σ e^z along an axis: numbers above 0 that add up to 1.

    The largest entry is subtracted first, which changes nothing but keeps e^z finite.

    Parameters
    ----------
    z : array_like
        Scores; finite, of any shape with at least one axis.
    axis : int
        The axis over which the result adds up to 1.

    Returns
    -------
    ndarray
        Of z's shape.

    Raises
    ------
    ValueError
        If an entry is not finite, or z has no axis.

    References
    ----------
    Vaswani et al. 2017, §3.2.1, eq. 1.

    Examples
    --------
    >>> softmax([0.0, np.log(3.0)]).round(12).tolist()
    [0.25, 0.75]
    """
    z = arguments.array("z", z)
    if z.ndim == 0:
        arguments.refuse("z", "an array with at least one axis", "a number")
    powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)
