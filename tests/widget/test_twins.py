"""Every twin against Python's frame over random controls; what twins share against lib."""

import functools
import json

import numpy as np
import pytest
from every_explorer import EXPLORERS, states
from javascript import LIB, call, call_each

from lib import positional, rope
from lib.attention import softmax

every = pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
RELATIVE = 1e-9  # of an array's largest magnitude
STATES = 60


def as_arrays(frame):
    """Every value as an array: of texts, or of floats."""
    arrays = {name: np.asarray(value) for name, value in frame.items()}
    return {name: array if array.dtype.kind == "U" else array.astype(float) for name, array in arrays.items()}


def differences(twin, frame):
    """What a twin's frame says otherwise than Python's, in words."""
    found = [f"{name}: only one of the two has it" for name in set(twin) ^ set(frame)]
    for name in set(twin) & set(frame):
        ours, theirs = frame[name], twin[name]
        if ours.shape != theirs.shape:
            found.append(f"{name}: shape {theirs.shape}, not {ours.shape}")
        elif "U" in (ours.dtype.kind, theirs.dtype.kind):
            if ours.dtype.kind != theirs.dtype.kind or (ours != theirs).any():
                found.append(f"{name}: {theirs.tolist()}, not {ours.tolist()}")
        elif not np.array_equal(np.isnan(ours), np.isnan(theirs)):
            found.append(f"{name}: NaN in other places")
        elif ours.size and not np.isnan(ours).all():
            error, size = np.abs(ours - theirs), np.nanmax(np.abs(ours))
            # Rounding in sums of terms of size 1 is no error of their tiny total.
            if np.nanmax(error) > RELATIVE * size and np.nanmax(error) > 1e-12:
                at = np.unravel_index(np.nanargmax(error), error.shape)
                found.append(f"{name}[{', '.join(map(str, at))}]: {theirs[at]:.10g}, not {ours[at]:.10g}; the largest entry is {size:.3g}")
    return found


@functools.cache
def data_of(explorer):
    return explorer.describe()["data"] | explorer.on_demand()


@every
def test_the_twin_computes_the_frame(explorer):
    tried = [{name: explorer.controls[name].check(value) for name, value in state.items()} for state in states(explorer, STATES)]
    assert len(tried) >= STATES
    twin = explorer.twin().relative_to(LIB)
    for state, frame in zip(tried, call_each(twin, "default", [[state] for state in tried], data_of(explorer))):
        found = differences(as_arrays(frame), as_arrays(explorer.frame(**state)))
        assert not found, json.dumps(state)


def test_a_difference_is_noticed():
    frame = {"a": np.array([1.0, np.nan]), "b": np.array([[1.0, 2.0]]), "c": np.array(1e6)}
    same = {name: value.copy() for name, value in frame.items()}
    assert differences(same, frame) == []
    wrong = {"a": np.array([1.0, 0.0]), "b": np.array([1.0, 2.0]), "c": np.array(1e6 + 1), "d": np.array(0.0)}
    assert sorted(text[0] for text in differences(wrong, frame)) == ["a", "b", "c", "d"]
    texts = {"a": np.array(["x", "y"])}
    assert differences({"a": np.array(["x", "y"])}, texts) == []
    for other in (np.array(["x", "z"]), np.array([1.0, 2.0])):
        assert len(differences({"a": other}, texts)) == 1


# --- the mathematics that twins share ---------------------------------------------------------------

MATHEMATICS = "explorers/mathematics.mjs"


@pytest.mark.parametrize("d, base", [(2, 10_000.0), (8, 10.0), (128, 5e5)])
def test_frequencies_rotations_and_encodings(d, base):
    rng = np.random.default_rng(d)
    theta = rope.frequencies(d, base=base)
    np.testing.assert_allclose(call(MATHEMATICS, "frequencies", d, base), theta, rtol=1e-12)
    x = rng.standard_normal(d)
    for halves, pairing in ((False, "interleaved"), (True, "halves")):
        ours = call_each(MATHEMATICS, "rotate", [[x, m, theta, halves] for m in (0, 7, 1000)])
        theirs = [rope.rotate(x[None], [m], base=base, pairing=pairing)[0] for m in (0, 7, 1000)]
        np.testing.assert_allclose(ours, theirs, atol=1e-9)
    for layout in ("interleaved", "concatenated"):
        ours = call_each(MATHEMATICS, "sinusoidal", [[p, theta, layout] for p in range(5)])
        np.testing.assert_allclose(ours, positional.sinusoidal(5, d, base=base, layout=layout), atol=1e-12)


def test_slopes_and_buckets():
    for heads in range(1, 33):
        np.testing.assert_allclose(call(MATHEMATICS, "alibiSlopes", heads), positional.alibi_slopes(heads), rtol=1e-12)
    distances = np.arange(-300, 301)
    for bidirectional in (True, False):
        ours = call_each(MATHEMATICS, "t5Bucket", [[d, bidirectional] for d in distances])
        assert ours == positional.t5_bucket(distances, bidirectional=bidirectional).tolist()


def test_small_arithmetic():
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((3, 4)), rng.standard_normal((4, 2))
    np.testing.assert_allclose(call(MATHEMATICS, "times", A, B), A @ B, atol=1e-14)
    np.testing.assert_allclose(call(MATHEMATICS, "transposed", A), A.T)
    np.testing.assert_allclose(call(MATHEMATICS, "softmax", 300 * A[0]), softmax(300 * A[0]), atol=1e-15)
    for name, value in (("dot", A[0] @ A[1]), ("norm", np.linalg.norm(A[0])), ("largest", np.abs(A[0]).max()), ("mean", A[0].mean())):
        assert call(MATHEMATICS, name, *([A[0], A[1]] if name == "dot" else [A[0]])) == pytest.approx(value, rel=1e-12)
