"""Gradients by finite differences, to check derivations: Fornberg's seven-point formula."""

import numpy as np

from .. import arguments


@arguments.named
def finite_difference(loss, value, *, step=1e-2):
    """Return the gradient of a loss with respect to an array, without any derivation.

    Every entry is moved in turn, and with D(s) = f(s) − f(−s) the seven-point formula

        f'(0) ≈ (45 D(s) − 9 D(2s) + D(3s)) / 60s

    is taken, whose error is s⁶/140 times a seventh derivative. It costs six losses an
    entry, which is why nobody trains with it.

    Parameters
    ----------
    loss : function
        Takes an array of value's shape, returns a number.
    value : array_like
        Where the gradient is taken.
    step : float
        How far an entry is moved, s; above 0.

    Returns
    -------
    ndarray
        Of value's shape.

    Raises
    ------
    ValueError
        If value is not finite, or step is not above 0.

    References
    ----------
    Fornberg 1988, "Generation of Finite Difference Formulas on Arbitrarily Spaced Grids",
    Mathematics of Computation 51(184), table 1.

    Examples
    --------
    >>> finite_difference(lambda a: (a**5).sum(), [1.0, 2.0]).round(9).tolist()
    [5.0, 80.0]
    """
    value = arguments.array("value", value)
    step = arguments.number("step", step, above=0)
    slopes = np.empty(value.shape)
    for index in np.ndindex(value.shape):
        moved = np.zeros(value.shape)
        moved[index] = step
        near, middle, far = (loss(value + n * moved) - loss(value - n * moved) for n in (1, 2, 3))
        slopes[index] = (45 * near - 9 * middle + far) / (60 * step)
    return slopes
