"""*Play* sweeps a control that changes the picture, all the way from one end to the other."""

import itertools

import numpy as np
import pytest
from every_explorer import EXPLORERS

STEPS = 25


def along(control):
    ends = np.geomspace if control.log else np.linspace
    values = ends(control.low, control.high, STEPS)
    if not control.whole:
        return values.tolist()
    step = 1 if control.log else control.step
    return sorted({int(control.low + step * round((value - control.low) / step)) for value in values})


def differ(before, after):
    before, after = np.asarray(before), np.asarray(after)
    if before.shape != after.shape or before.dtype.kind == "U":
        return not np.array_equal(before, after)
    return not np.array_equal(before, after, equal_nan=True)


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
def test_no_part_of_the_sweep_stands_still(explorer):
    values = along(explorer.controls[explorer.play])
    frames = [explorer.frame(**explorer(**{explorer.play: value}).value) for value in values]
    for (value, before), (_, after) in itertools.pairwise(zip(values, frames)):
        assert any(differ(before[name], after[name]) for name in before), f"{explorer.play} from {value} on"
