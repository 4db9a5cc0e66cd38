"""Distances for curves over a logarithmic axis."""

import numpy as np


def distances(longest):
    """Whole distances from 1 to `longest` tokens, 50 a decade and no distance twice.

    The small term keeps the whole powers of ten whole where 10**x falls just short of them.
    """
    steps = np.arange(0, 50 * np.log10(longest) + 1e-9)
    return np.unique(np.floor(10 ** (steps / 50) + 1e-6))
