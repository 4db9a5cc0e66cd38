"""Every view is what views.txt says: a curve that takes another's numbers, a colour or a range that changes is named. Its words are a book's."""

import re
from pathlib import Path
from string import Formatter

import numpy as np
import pytest
from every_explorer import EXPLORERS, states

from lib.widget.names import hints_of, mapped
from lib.widget.view import within

from .outlines import outline

RECORDED = Path(__file__).with_name("views.txt").read_text("utf-8").splitlines()


STARTS = {line.partition(":")[0]: i for i, line in enumerate(RECORDED) if not line.startswith(" ")}


@pytest.mark.parametrize("name", STARTS)
def test_the_view_is_the_recorded_one(name):
    [explorer] = [explorer for explorer in EXPLORERS if explorer.name == name]
    end = min((start for start in STARTS.values() if start > STARTS[name]), default=len(RECORDED))
    assert list(outline(explorer)) == RECORDED[STARTS[name] : end]


NAME_IN_CODE = re.compile(r"[A-Za-z]_[A-Za-z{]")


def shown_by(explorer):
    """Every text of an explorer that readers see, without what its templates fill in. A view's names are none."""
    texts = [explorer.sentence]
    yield from (explorer.title, explorer.tries, explorer.sees)
    for control in explorer.controls.values():
        yield from (control.label, getattr(control, "unit", ""), *getattr(control, "options", {}).values())
    for item in within(explorer.view):
        for field, hint in hints_of(type(item)).items():
            mapped(hint, getattr(item, field), lambda kind, text: texts.append(text) if kind in (None, "template") else None)
    for text in texts:
        yield "".join(words for words, *_ in Formatter().parse(text))


def filled_in(explorer, state):
    """The texts that a frame makes."""
    for value in explorer.frame(**state).values():
        yield from (str(text) for text in np.ravel(value) if isinstance(text, str))


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
def test_what_readers_see_is_written_as_in_a_book(explorer):
    """hₜ and "forget gate", no h_t or W_f: names of code stand in code alone."""
    texts = set(shown_by(explorer))
    for state in states(explorer, 0):
        texts.update(filled_in(explorer, state))
    assert len(texts) > 20
    assert [text for text in texts if NAME_IN_CODE.search(text)] == []
