"""Where a panel's axes end: as given, or as far as what is drawn."""

import numpy as np

from .names import pick, resolve
from .view import Reach


def ends(panel, values):
    """((x low, x high), (y low, y high)) of a panel, its low end first even where the axis runs downwards."""
    spans = [mark.spans(values) for mark in panel.marks]
    out = []
    for place, axis in enumerate((panel.x, panel.y)):
        drawn = [array for span in spans for array in span[place]]
        low, high = (_end(values, end, drawn, extreme) for end, extreme in ((axis.low, np.nanmin), (axis.high, np.nanmax)))
        down = place == 1 and axis.low is None and any(mark.downwards for mark in panel.marks)
        out.append((high, low) if down else (low, high))
    return tuple(out)


def _end(values, end, drawn, extreme):
    """A low end with `extreme` nanmin, a high end with nanmax."""
    if end is not None and not isinstance(end, Reach):
        return float(resolve(values, end))
    if end is None:
        return float(extreme([extreme(array) for array in drawn if np.isfinite(array).any()]))
    arrays = [np.asarray(pick(values, name), dtype=float) for name in end.of] or drawn
    products = [end.factor * array for array in arrays if np.isfinite(array).any()]
    least = [] if end.least is None else [end.least]
    return float(extreme([*least, *map(extreme, products)]))
