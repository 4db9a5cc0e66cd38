"""The angles of positions, for rotary and sinusoidal encodings: every position times every frequency."""

import numpy as np

from . import arguments


def angles_at(name, positions, theta):
    """Every position times every frequency (…, r), in rad; refused under ``name`` where it overflows."""
    with np.errstate(over="ignore"):
        angles = np.multiply.outer(positions, theta)
    if not np.isfinite(angles).all():
        largest = np.abs(positions).max()
        arguments.refuse(name, "angles that a float64 can hold", f"a number of size {largest:g}")
    return angles
