"""The lines behind the *Python* button: the source of `compute` with what it needs."""

import functools
import textwrap

import numpy as np
import pytest

from lib import rope
from lib.widget.lines import lines_of

HEIGHT = 2**4
SIDES = (3, 4)


@functools.cache
def drawn():
    return {"v": 3.0}


class Example:
    name = "example"
    controls = {"m": None, "n": None, "unused": None}

    @staticmethod
    def compute(*, m, n, unused):
        """A docstring isn't shown."""
        # a comment is
        theta = rope.frequencies(4) * HEIGHT
        n = n + drawn()["v"]  # a control that the lines change

        def inner(x):
            return {"x": x * m}

        total = float(np.sum(theta)) + inner(n)["x"] + SIDES[0]
        return dict(theta=theta, total=total)


def test_the_lines_are_the_source_with_its_imports_constants_and_controls():
    wanted = """
        import numpy as np
        from lib import rope
        from MODULE import drawn

        HEIGHT = 2**4
        SIDES = (3, 4)
        m = {m}
        n = {n}
        # a comment is
        theta = rope.frequencies(4) * HEIGHT
        n = n + drawn()["v"]  # a control that the lines change

        def inner(x):
            return {{"x": x * m}}

        total = float(np.sum(theta)) + inner(n)["x"] + SIDES[0]
    """
    assert lines_of(Example) == textwrap.dedent(wanted).strip().replace("MODULE", __name__)
    scope = {}
    exec(lines_of(Example).format(m=2, n=5), scope)
    assert scope["total"] == Example.compute(m=2, n=5, unused=0)["total"]


def test_a_compute_must_end_in_its_only_return():
    class Early(Example):
        @staticmethod
        def compute(*, m, n, unused):
            if m:
                return {}
            total = n
            return dict(total=total)

    class Bare(Example):
        @staticmethod
        def compute(*, m, n, unused):
            return dict(total=m)

    for wrong in (Early, Bare):
        with pytest.raises(ValueError, match=r"^example: compute: expected .*return"):
            lines_of(wrong)
