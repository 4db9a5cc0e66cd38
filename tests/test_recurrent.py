"""lib.recurrent against torch's recorded values, finite differences and one slow step."""

import json
import re
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from modules import hold_examples

from lib import recurrent
from lib.recurrent import GRUWeights, LSTMWeights, RNNWeights

RECORD = json.loads(Path(__file__).with_name("fixtures").joinpath("recurrent.json").read_text())
SHAPES = [(4, 2, 3, 5), (1, 3, 4, 2), (6, 1, 2, 3)]  # T, B, d, k
CELLS = ["rnn", "lstm", "gru-after", "gru-before"]


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def weights_of(cell, d, k, seed=1):
    if cell == "rnn":
        return RNNWeights(*(draw(*s, seed=seed) for s in [(k, k), (k, d), (k,)]))
    if cell == "lstm":
        return LSTMWeights(*(draw(*s, seed=seed) for s in [(4, k, k), (4, k, d), (4, k)]))
    b_h, b_x = draw(3, k, seed=seed), draw(3, k, seed=seed + 1)
    return GRUWeights(draw(3, k, k, seed=seed), draw(3, k, d, seed=seed), b_h, b_x)


def inputs_of(cell, T, B, d, k):
    given = {"x": draw(T, B, d), "h0": draw(B, k, seed=2)}
    return {**given, "c0": draw(B, k, seed=3)} if cell == "lstm" else given


def loss_of(cell, T, B, k):
    terms = {"dh": draw(T, B, k, seed=4), "dh_last": draw(B, k, seed=5)}
    return {**terms, "dc_last": draw(B, k, seed=6)} if cell == "lstm" else terms


def forward(cell, given, weights):
    if cell == "rnn":
        return recurrent.rnn_forward(**given, weights=weights)
    if cell == "lstm":
        return recurrent.lstm_forward(**given, weights=weights)
    return recurrent.gru_forward(**given, weights=weights, reset=cell.removeprefix("gru-"))


def backward(cell, trace, terms):
    return getattr(recurrent, f"{cell[:4].rstrip('-')}_backward")(trace, **terms)


def loss(trace, terms):
    total = (terms["dh"] * trace.h).sum() + (terms["dh_last"] * trace.h[-1]).sum()
    return total + ((terms["dc_last"] * trace.c[-1]).sum() if "dc_last" in terms else 0.0)


def differences(function, value, step=1e-5):
    """The central difference of a number with respect to every entry of an array."""
    result = np.empty(value.shape)
    for index in np.ndindex(value.shape):
        above, below = value.copy(), value.copy()
        above[index] += step
        below[index] -= step
        result[index] = (function(above) - function(below)) / (2 * step)
    return result


# --- against torch ----------------------------------------------------------------------


def from_torch(cell, stacked, k):
    """torch's gates in our order: LSTM i, f, g, o -> i, f, o, g; one gate has no axis."""
    if cell == "rnn":
        return {name: np.array(value) for name, value in stacked.items()}
    gates = {name: np.array(v).reshape(-1, k, *np.shape(v)[1:]) for name, v in stacked.items()}
    return {n: v[[0, 1, 3, 2]] for n, v in gates.items()} if cell == "lstm" else gates


def test_the_record_says_which_version_made_it():
    assert RECORD["versions"] == {"torch": "2.13.0"}
    assert len(RECORD["cases"]) == 12
    assert all(len(set(case["shape"].values())) == 4 for case in RECORD["cases"])


@pytest.mark.parametrize("case", RECORD["cases"], ids=lambda c: "-".join(map(str, [c["cell"], *c["shape"].values()])))
def test_as_torch_computes_it(case):
    cell, k = case["cell"], case["shape"]["k"]
    w = from_torch(cell, case["weights"], k)
    if cell == "gru":
        weights = GRUWeights(w["weight_hh"], w["weight_ih"], b_h=w["bias_hh"], b_x=w["bias_ih"])
    else:
        kind = {"rnn": RNNWeights, "lstm": LSTMWeights}[cell]
        weights = kind(w["weight_hh"], w["weight_ih"], w["bias_hh"] + w["bias_ih"])
    terms = {name: v for name, v in case["given"].items() if name.startswith("d")}
    given = {name: v for name, v in case["given"].items() if name not in terms}
    cell = "gru-after" if cell == "gru" else cell

    trace = forward(cell, given, weights)
    np.testing.assert_allclose(trace.h, case["result"]["output"], rtol=1e-9, atol=1e-11)
    if cell == "lstm":
        np.testing.assert_allclose(trace.c[-1], case["result"]["c_last"], rtol=1e-9, atol=1e-11)

    recorded = case["gradients"]
    g = from_torch(case["cell"], {n: v for n, v in recorded.items() if n not in given}, k)
    expected = {name: recorded[name] for name in given}
    expected |= {"W_h": g["weight_hh"], "W_x": g["weight_ih"]}
    if cell == "gru-after":
        expected |= {"b_h": g["bias_hh"], "b_x": g["bias_ih"]}
    else:
        expected["b"] = g["bias_hh"]
        np.testing.assert_array_equal(g["bias_hh"], g["bias_ih"])
    gradients = backward(cell, trace, terms)
    for name, value in expected.items():
        actual = getattr(gradients, name)
        np.testing.assert_allclose(actual, value, rtol=1e-9, atol=1e-10, err_msg=name)


# --- against finite differences ---------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_every_gradient_against_differences(cell, shape):
    T, B, d, k = shape
    weights, given, terms = weights_of(cell, d, k), inputs_of(cell, *shape), loss_of(cell, T, B, k)
    gradients = backward(cell, forward(cell, given, weights), terms)
    for name, value in given.items():
        expected = differences(lambda v, name=name: loss(forward(cell, given | {name: v}, weights), terms), value)
        np.testing.assert_allclose(getattr(gradients, name), expected, atol=1e-7, err_msg=name)
    for each in fields(weights):
        expected = differences(
            lambda v, each=each.name: loss(forward(cell, given, replace(weights, **{each: v})), terms), getattr(weights, each.name)
        )
        actual = getattr(gradients, each.name)
        assert actual.shape == expected.shape
        np.testing.assert_allclose(actual, expected, atol=1e-7, err_msg=each.name)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_of_the_states_between(cell):
    """∂L/∂h_t is what a fresh start from h_t hands back, and the direct part on top."""
    T, B, d, k = 6, 2, 3, 5
    weights, given, terms = (weights_of(cell, d, k), inputs_of(cell, T, B, d, k), loss_of(cell, T, B, k))
    trace = forward(cell, given, weights)
    gradients = backward(cell, trace, terms)
    for t in range(T - 1):
        rest = {"x": given["x"][t + 1 :], "h0": trace.h[t]}
        rest |= {"c0": trace.c[t]} if cell == "lstm" else {}
        tail = backward(cell, forward(cell, rest, weights), terms | {"dh": terms["dh"][t + 1 :]})
        np.testing.assert_allclose(gradients.h[t], terms["dh"][t] + tail.h0, atol=1e-12)
        if cell == "lstm":
            own = gradients.h[t] * trace.o[t] * (1 - np.tanh(trace.c[t]) ** 2)
            np.testing.assert_allclose(gradients.c[t], own + tail.c0, atol=1e-12)


def test_reset_forms_differ_and_after_is_the_default():
    given, weights = inputs_of("gru", 4, 2, 3, 5), weights_of("gru", 3, 5)
    after, before = (forward(f"gru-{form}", given, weights) for form in recurrent.RESETS)
    np.testing.assert_array_equal(recurrent.gru_forward(**given, weights=weights).h, after.h)
    assert np.abs(after.h - before.h).max() > 0.05


def test_gru_forward_before_against_a_loop():
    T, B, d, k = 4, 2, 3, 5
    given, w = inputs_of("gru", T, B, d, k), weights_of("gru", d, k)
    trace = forward("gru-before", given, w)
    for b in range(B):
        h = given["h0"][b]
        for t in range(T):
            x_part = [w.W_x[gate] @ given["x"][t, b] + w.b_x[gate] for gate in range(3)]
            r = 1 / (1 + np.exp(-(w.W_h[0] @ h + w.b_h[0] + x_part[0])))
            z = 1 / (1 + np.exp(-(w.W_h[1] @ h + w.b_h[1] + x_part[1])))
            n = np.tanh(w.W_h[2] @ (r * h) + w.b_h[2] + x_part[2])
            h = (1 - z) * n + z * h
            np.testing.assert_allclose(trace.h[t, b], h, atol=1e-13)


# --- the slow step ----------------------------------------------------------------------


def assert_same_weights_gradients(steps, gradients, k, atol):
    for gate, letter in enumerate("ifog"):
        W = sum(getattr(step, f"W_{letter}") for step in steps)
        b = sum(getattr(step, f"b_{letter}") for step in steps)
        np.testing.assert_allclose(gradients.W_h[gate], W[:, :k], atol=atol)
        np.testing.assert_allclose(gradients.W_x[gate], W[:, k:], atol=atol)
        np.testing.assert_allclose(gradients.b[gate], b, atol=atol)


@pytest.mark.parametrize("T", [1, 7])
def test_slow_step_and_vectorised_agree(T):
    d, k = 3, 5
    weights, given, terms = (weights_of("lstm", d, k), inputs_of("lstm", T, 1, d, k), loss_of("lstm", T, 1, k))
    trace = forward("lstm", given, weights)
    steps, h, c = [], given["h0"][0], given["c0"][0]
    for t in range(T):
        steps.append(recurrent.lstm_step(given["x"][t, 0], h, c, weights))
        h, c = steps[-1].h, steps[-1].c
        for name in "hcifog":
            np.testing.assert_allclose(getattr(trace, name)[t, 0], getattr(steps[t], name), atol=1e-14)

    gradients = backward("lstm", trace, terms)
    dh_next, dc_next, back = terms["dh_last"][0], terms["dc_last"][0], []
    for t in reversed(range(T)):
        one = recurrent.lstm_step_backward(steps[t], terms["dh"][t, 0], dh_next, dc_next)
        np.testing.assert_allclose(gradients.x[t, 0], one.x, atol=1e-12)
        np.testing.assert_allclose(gradients.h[t, 0], one.h, atol=1e-12)
        np.testing.assert_allclose(gradients.c[t, 0], one.c, atol=1e-12)
        dh_next, dc_next = one.h_prev, one.c_prev
        back.append(one)
    np.testing.assert_allclose(gradients.h0[0], dh_next, atol=1e-12)
    np.testing.assert_allclose(gradients.c0[0], dc_next, atol=1e-12)
    assert_same_weights_gradients(back, gradients, k, atol=1e-12)


def test_without_dc_next_the_gradient_is_wrong():
    weights, given = weights_of("lstm", 3, 5), inputs_of("lstm", 2, 1, 3, 5)
    trace = forward("lstm", given, weights)
    gradients = backward("lstm", trace, {"dh": draw(2, 1, 5, seed=4)})
    first = recurrent.lstm_step(given["x"][0, 0], given["h0"][0], given["c0"][0], weights)
    dropped = recurrent.lstm_step_backward(first, gradients.h[0, 0])
    assert np.abs(dropped.c - gradients.c[0, 0]).max() > 0.01


# --- output layer -----------------------------------------------------------------------


def test_output_layer_against_differences():
    h, W_y, b_y = draw(4, 2, 5), draw(3, 5), draw(3)
    targets = np.array([[0, 1], [2, 2], [1, 0], [0, 0]])

    def total(h=h, W_y=W_y, b_y=b_y):
        return recurrent.cross_entropy(recurrent.output_layer(h, W_y, b_y), targets).sum()

    probabilities = recurrent.output_layer(h, W_y, b_y)
    ds = recurrent.cross_entropy_gradient(probabilities, targets)
    gradients = recurrent.output_layer_backward(ds, h, W_y)
    np.testing.assert_allclose(gradients.h, differences(lambda v: total(h=v), h), atol=1e-8)
    np.testing.assert_allclose(gradients.W_y, differences(lambda v: total(W_y=v), W_y), atol=1e-8)
    np.testing.assert_allclose(gradients.b_y, differences(lambda v: total(b_y=v), b_y), atol=1e-8)


def test_output_layer_for_one_prediction():
    h, W_y, b_y = draw(5), draw(3, 5), draw(3)
    scores = W_y @ h + b_y
    y_hat = np.exp(scores) / np.exp(scores).sum()
    probabilities = recurrent.output_layer(h, W_y, b_y)
    np.testing.assert_allclose(probabilities, y_hat, atol=1e-15)
    assert recurrent.cross_entropy(probabilities, 2) == pytest.approx(-np.log(y_hat[2]))
    ds = recurrent.cross_entropy_gradient(probabilities, 2)
    np.testing.assert_allclose(ds, y_hat - [0, 0, 1], atol=1e-15)
    gradients = recurrent.output_layer_backward(ds, h, W_y)
    np.testing.assert_allclose(gradients.W_y, np.outer(ds, h), atol=1e-15)
    np.testing.assert_allclose(gradients.h, W_y.T @ ds, atol=1e-15)


def test_cross_entropy_of_an_underflowed_probability_is_finite():
    probabilities = recurrent.output_layer([1.0], [[0.0], [2000.0]], [0.0, 0.0])
    assert recurrent.cross_entropy(probabilities, 0) == pytest.approx(708.396, abs=1e-3)


# --- properties -------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
def test_batch_rows_are_independent(cell):
    T, B, d, k = 4, 3, 2, 5
    weights, given, terms = (weights_of(cell, d, k), inputs_of(cell, T, B, d, k), loss_of(cell, T, B, k))
    trace = forward(cell, given, weights)
    gradients = backward(cell, trace, terms)
    summed = {each.name: 0.0 for each in fields(weights)}
    for b in range(B):
        row = slice(b, b + 1)
        one = {n: v[:, row] if n == "x" else v[row] for n, v in given.items()}
        its = {n: v[:, row] if n == "dh" else v[row] for n, v in terms.items()}
        alone = forward(cell, one, weights)
        np.testing.assert_allclose(alone.h, trace.h[:, row], atol=1e-14)
        back = backward(cell, alone, its)
        np.testing.assert_allclose(back.x, gradients.x[:, row], atol=1e-12)
        np.testing.assert_allclose(back.h0, gradients.h0[row], atol=1e-12)
        summed = {name: value + getattr(back, name) for name, value in summed.items()}
    for name, value in summed.items():
        np.testing.assert_allclose(value, getattr(gradients, name), atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_may_be_cut(cell):
    T, B, d, k = 6, 2, 3, 5
    weights, given, terms = (weights_of(cell, d, k), inputs_of(cell, T, B, d, k), loss_of(cell, T, B, k))
    whole = forward(cell, given, weights)
    expected = backward(cell, whole, terms)
    first = forward(cell, given | {"x": given["x"][:2]}, weights)
    handed = {"h0": first.h[-1]} | ({"c0": first.c[-1]} if cell == "lstm" else {})
    second = forward(cell, handed | {"x": given["x"][2:]}, weights)
    np.testing.assert_allclose(np.concatenate([first.h, second.h]), whole.h, atol=1e-14)
    later = backward(cell, second, terms | {"dh": terms["dh"][2:]})
    last = {"dh_last": later.h0} | ({"dc_last": later.c0} if cell == "lstm" else {})
    earlier = backward(cell, first, {"dh": terms["dh"][:2]} | last)
    np.testing.assert_allclose(earlier.h0, expected.h0, atol=1e-12)
    np.testing.assert_allclose(earlier.W_h + later.W_h, expected.W_h, atol=1e-12)


def test_a_saturated_forget_gate_carries_c_unchanged():
    T, B, d, k = 50, 2, 3, 5
    w = weights_of("lstm", d, k)
    b = w.b.copy()
    b[0], b[1] = -1e3, 1e3  # input shut, forget gate open
    given = inputs_of("lstm", T, B, d, k)
    trace = forward("lstm", given, replace(w, b=b))
    np.testing.assert_array_equal(trace.c, np.broadcast_to(given["c0"], (T, B, k)))
    dc_last = draw(B, k, seed=6)
    gradients = recurrent.lstm_backward(trace, np.zeros((T, B, k)), dc_last=dc_last)
    np.testing.assert_array_equal(gradients.c0, dc_last)


@pytest.mark.parametrize("form", recurrent.RESETS)
def test_an_update_gate_at_one_keeps_the_state(form):
    T, B, d, k = 50, 2, 3, 5
    w = weights_of("gru", d, k)
    b = w.b_x.copy()
    b[1] = 1e3
    given = inputs_of("gru", T, B, d, k)
    trace = recurrent.gru_forward(**given, weights=replace(w, b_x=b), reset=form)
    np.testing.assert_array_equal(trace.h, np.broadcast_to(given["h0"], (T, B, k)))


def test_extreme_inputs_raise_no_warning():
    for cell in CELLS:
        given = {n: 1e150 * v for n, v in inputs_of(cell, 3, 2, 4, 5).items() if n == "x"}
        given = inputs_of(cell, 3, 2, 4, 5) | given
        trace = forward(cell, given, weights_of(cell, 4, 5))
        assert np.isfinite(trace.h).all()


@pytest.mark.parametrize("cell", CELLS)
def test_nothing_given_is_written_to(cell):
    T, B, d, k = 4, 2, 3, 5
    weights, given, terms = (weights_of(cell, d, k), inputs_of(cell, T, B, d, k), loss_of(cell, T, B, k))
    for value in [*given.values(), *terms.values(), *(getattr(weights, f.name) for f in fields(weights))]:
        value.setflags(write=False)
    trace = forward(cell, given, weights)
    once, again = backward(cell, trace, terms), backward(cell, trace, terms)
    np.testing.assert_array_equal(once.W_h, again.W_h)


@pytest.mark.parametrize("d, k", [(3, 5), (7, 2)])
def test_parameter_counts(d, k):
    assert recurrent.n_parameters(weights_of("rnn", d, k)) == k * (k + d) + k
    assert recurrent.n_parameters(weights_of("lstm", d, k)) == 4 * (k * (k + d) + k)
    assert recurrent.n_parameters(weights_of("gru", d, k)) == 3 * (k * (k + d) + 2 * k)
    for case in RECORD["cases"]:
        size = sum(np.size(value) for value in case["weights"].values())
        d_, k_ = case["shape"]["d"], case["shape"]["k"]
        ours = recurrent.n_parameters(weights_of(case["cell"], d_, k_))
        second_bias = {"rnn": k_, "lstm": 4 * k_, "gru": 0}[case["cell"]]
        assert size == ours + second_bias


@pytest.mark.parametrize("d, k", [(3, 5), (7, 2), (1, 1)])
def test_what_a_cell_costs_against_counting(d, k):
    """Parameters from the arrays; products and functions one by one, over units and what they meet."""
    for cell in ("rnn", "lstm", "gru"):
        cost, weights = recurrent.cell_cost(cell, d, k), weights_of(cell, d, k)
        second_bias = 3 * k if cell == "gru" else 0
        assert cost.parameters == recurrent.n_parameters(weights) - second_bias
        gates = {"rnn": "h", "lstm": "ifog", "gru": "rzn"}[cell]
        products = sum(1 for _ in gates for _ in range(k) for _ in range(k + d))
        pointwise = {"rnn": [], "lstm": ["f c", "i g", "o tanh c"], "gru": ["r s", "(1 - z) n", "z h"]}[cell]
        assert cost.products == products + len(pointwise) * k
        assert cost.functions == (len(gates) + (cell == "lstm")) * k
    assert recurrent.cell_cost("gru", d, k).parameters * 4 == recurrent.cell_cost("lstm", d, k).parameters * 3


def test_finite_differences_of_known_functions():
    value = np.array([[0.3, -1.2], [2.0, 0.0]])
    for loss, slope in [
        (lambda a: np.sin(a).sum(), np.cos(value)),
        (lambda a: (a**6).sum(), 6 * value**5),  # degree 6: the formula is exact, but for rounding
        (lambda a: float(a[0, 0] * a[1, 0]), np.array([[2.0, 0.0], [0.3, 0.0]])),
    ]:
        np.testing.assert_allclose(recurrent.finite_difference(loss, value), slope, rtol=1e-10, atol=1e-11)
    # The error falls like the sixth power of the step.
    errors = [abs(recurrent.finite_difference(np.exp, 0.0, step=s) - 1) for s in (0.4, 0.2)]
    assert errors[0] / errors[1] == pytest.approx(64, rel=0.05)
    assert recurrent.finite_difference(lambda a: a.sum(), np.empty((0, 3))).shape == (0, 3)


# --- errors -----------------------------------------------------------------------------

LSTM, GRU, RNN = (weights_of(cell, 3, 5) for cell in ("lstm", "gru", "rnn"))
X, H = np.zeros((4, 2, 3)), np.zeros((2, 5))
NAN = np.where(np.arange(24).reshape(4, 2, 3) == 9, np.nan, 0.0)
TRACE, STEP = recurrent.lstm_forward(X, H, H, LSTM), recurrent.lstm_step(X[0, 0], H[0], H[0], LSTM)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: recurrent.cell_cost("elman", 3, 5), "cell: expected 'rnn' or 'lstm' or 'gru', got 'elman'"),
        (lambda: recurrent.cell_cost("gru", 0, 5), "d: expected an integer of at least 1, got 0"),
        (lambda: recurrent.cell_cost("gru", 3, 5.0), "k: expected an integer of at least 1, got 5.0"),
        (lambda: recurrent.finite_difference(np.sum, [np.nan]), "value: expected finite numbers, got nan at index (0,)"),
        (lambda: recurrent.finite_difference(np.sum, [1.0], step=0), "step: expected a finite number above 0, got 0"),
        (
            lambda: LSTMWeights(np.ones((3, 5, 5)), np.ones((4, 5, 3)), np.ones((4, 5))),
            "W_h: expected shape (4, k, k), got shape (3, 5, 5)",
        ),
        (
            lambda: LSTMWeights(np.ones((4, 5, 5)), np.ones((4, 6, 3)), np.ones((4, 5))),
            "W_x: expected shape (4, k, d) with k = 5, got shape (4, 6, 3)",
        ),
        (
            lambda: LSTMWeights(np.ones((4, 5, 5)), np.ones((4, 5, 0)), np.ones((4, 5))),
            "W_x: expected every axis at least 1 long, got shape (4, 5, 0)",
        ),
        (
            lambda: GRUWeights(np.ones((3, 5, 5)), np.ones((3, 5, 2)), np.ones((3, 5)), np.ones(5)),
            "b_x: expected shape (3, k) with k = 5, got shape (5,)",
        ),
        (lambda: RNNWeights(np.eye(2), np.eye(2), [0.0, np.nan]), "b: expected finite numbers, got nan at index (1,)"),
        (lambda: recurrent.lstm_forward(X[:0], H, H, LSTM), "x: expected every axis at least 1 long, got shape (0, 2, 3)"),
        (lambda: recurrent.gru_forward(X[:0], H, GRU), "x: expected every axis at least 1 long, got shape (0, 2, 3)"),
        (lambda: recurrent.rnn_forward(X[:0], H, RNN), "x: expected every axis at least 1 long, got shape (0, 2, 3)"),
        (lambda: recurrent.lstm_forward(X[0], H, H, LSTM), "x: expected shape (T, B, d) with d = 3, got shape (2, 3)"),
        (lambda: recurrent.lstm_forward(X, H, H[:1], LSTM), "c0: expected shape (B, k) with B = 2, k = 5, got shape (1, 5)"),
        (lambda: recurrent.gru_forward(X, np.zeros((2, 4)), GRU), "h0: expected shape (B, k) with B = 2, k = 5, got shape (2, 4)"),
        (lambda: recurrent.rnn_forward(NAN, H, RNN), "x: expected finite numbers, got nan at index (1, 1, 0)"),
        (lambda: recurrent.gru_forward(X, H, GRU, reset="between"), "reset: expected 'after' or 'before', got 'between'"),
        (lambda: recurrent.lstm_forward(X, H, H, GRU), "weights: expected LSTMWeights, got a value of type GRUWeights"),
        (lambda: recurrent.n_parameters([1, 2]), "weights: expected RNNWeights or LSTMWeights or GRUWeights, got a value of type list"),
        (lambda: recurrent.gru_backward(TRACE, np.zeros((4, 2, 5))), "trace: expected GRUTrace, got a value of type LSTMTrace"),
        (
            lambda: recurrent.lstm_backward(TRACE, np.zeros((3, 2, 5))),
            "dh: expected shape (T, B, k) with T = 4, B = 2, k = 5, got shape (3, 2, 5)",
        ),
        (
            lambda: recurrent.lstm_backward(TRACE, np.zeros((4, 2, 5)), dc_last=np.zeros(5)),
            "dc_last: expected shape (B, k) with B = 2, k = 5, got shape (5,)",
        ),
        (lambda: recurrent.lstm_step(X[0], H[0], H[0], LSTM), "x_t: expected shape (d,) with d = 3, got shape (2, 3)"),
        (
            lambda: recurrent.lstm_step_backward(STEP, np.zeros(5), dc_next=np.zeros(4)),
            "dc_next: expected shape (k,) with k = 5, got shape (4,)",
        ),
        (lambda: recurrent.output_layer(H, np.ones((3, 4)), np.ones(3)), "W_y: expected shape (m, k) with k = 5, got shape (3, 4)"),
        (
            lambda: recurrent.output_layer_backward(np.ones((4, 3)), H, np.ones((3, 5))),
            "ds: expected leading axes (2,) as h has, got shape (4, 3)",
        ),
        (
            lambda: recurrent.cross_entropy([[2.0, -1.0]], [0]),
            "probabilities: expected numbers of at least 0 that add up to 1 along m, got other",
        ),
        (lambda: recurrent.cross_entropy([[0.5, 0.5]], [2]), "targets: expected classes 0 … 1, got 2"),
        (
            lambda: recurrent.cross_entropy_gradient([[0.5, 0.5]], [[0]]),
            "targets: expected shape (1,), a class for each prediction, got shape (1, 1)",
        ),
        (lambda: recurrent.cross_entropy([[0.5, 0.5]], [0.0]), "targets: expected an array of integers, got [0.0]"),
    ],
)
def test_refusals_name_argument_expectation_and_what_came(call, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)) as refusal:
        call()
    assert len(str(refusal.value)) < 200


def test_docstring_examples():
    hold_examples(recurrent)
