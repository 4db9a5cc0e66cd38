"""Every view is what views.txt says: a curve that takes another's numbers, a colour or a range that changes is named."""

from pathlib import Path

import pytest
from every_explorer import EXPLORERS

from .outlines import outline

RECORDED = Path(__file__).with_name("views.txt").read_text("utf-8").splitlines()


STARTS = {line.partition(":")[0]: i for i, line in enumerate(RECORDED) if not line.startswith(" ")}


@pytest.mark.parametrize("name", STARTS)
def test_the_view_is_the_recorded_one(name):
    [explorer] = [explorer for explorer in EXPLORERS if explorer.name == name]
    end = min((start for start in STARTS.values() if start > STARTS[name]), default=len(RECORDED))
    assert list(outline(explorer)) == RECORDED[STARTS[name] : end]
