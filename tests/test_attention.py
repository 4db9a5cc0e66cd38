"""lib.attention against slow loops and closed forms."""

import doctest
import math

import numpy as np
import pytest

from lib import attention


def test_softmax_is_the_definition_row_by_row():
    z = np.random.default_rng(0).standard_normal((3, 5))
    slow = [[math.exp(value) / sum(math.exp(other) for other in row) for value in row] for row in z]
    np.testing.assert_allclose(attention.softmax(z), slow, rtol=1e-14)
    np.testing.assert_allclose(attention.softmax(z.T, axis=0), np.transpose(slow), rtol=1e-14)


def test_softmax_ignores_a_shift_and_survives_large_scores():
    np.testing.assert_allclose(attention.softmax([1000.0, 1001.0]), attention.softmax([0.0, 1.0]), rtol=1e-14)


@pytest.mark.parametrize("z, message", [(np.nan, "z: expected"), ([1.0, np.inf], "z: expected"), (3.0, "got a number")])
def test_softmax_refuses(z, message):
    with pytest.raises(ValueError, match=message):
        attention.softmax(z)


def test_the_examples_hold():
    assert doctest.testmod(attention).failed == 0
