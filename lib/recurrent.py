"""Recurrent cells: RNN, LSTM and GRU, forward, and backward through time by hand.

A cell reads a sequence one step after the other and carries a state along. Each cell has
a ``…_forward``, which returns a *trace* of all that was computed, and a ``…_backward``,
which takes the trace and the gradient of a loss and returns the gradients of everything
that went in. Both run over whole sequences and batches: the inputs of all steps are
multiplied at once, and the state once a step for all gates together. ``lstm_step`` and
``lstm_step_backward`` do one step for one sequence, slowly, a line for each formula.

Axes: T steps, B sequences of a batch, d input size, k hidden size, m classes. Weights of
several gates are stacked, and the order of the gates is

- LSTM: input i, forget f, output o, candidate g. torch.nn.LSTM has i, f, g, o;
- GRU: reset r, update z, candidate n, as torch.nn.GRU. The new state is
  (1 − z) ∗ n + z ∗ h_{t−1}, so z = 1 keeps the old one. Some papers swap n and h_{t−1}.

Here ∗ is the product of entry and entry, σ(a) = 1/(1 + e^{−a}), and da is the gradient
with respect to a, what goes into a gate's σ or tanh.

Papers
------
- Elman 1990, "Finding Structure in Time", Cognitive Science 14(2): the plain RNN.
- Hochreiter & Schmidhuber 1997, "Long Short-Term Memory", Neural Computation 9(8).
- Gers, Schmidhuber & Cummins 2000, "Learning to Forget: Continual Prediction with LSTM",
  Neural Computation 12(10): the forget gate.
- Cho et al. 2014, "Learning Phrase Representations using RNN Encoder–Decoder for
  Statistical Machine Translation", arXiv:1406.1078: the GRU.
- Werbos 1990, "Backpropagation Through Time: What It Does and How to Do It",
  Proceedings of the IEEE 78(10).
"""

from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from . import arguments
from .attention import softmax

RESETS = ("after", "before")


# --- weights ----------------------------------------------------------------------------


class _Weights:
    """Checks every array against the axes in ``_axes`` when the object is made."""

    _axes: ClassVar[dict[str, str]] = {}

    def __post_init__(self):
        sizes = {}
        for name, axes in self._axes.items():
            value = arguments.array(name, getattr(self, name), axes, sizes)
            object.__setattr__(self, name, _nonempty(name, value))


@dataclass(frozen=True, eq=False)
class RNNWeights(_Weights):
    """The weights of a plain RNN, h_t = tanh(W_h h_{t−1} + W_x x_t + b).

    Parameters
    ----------
    W_h : array_like (k, k)
        Meets the state.
    W_x : array_like (k, d)
        Meets the input.
    b : array_like (k,)

    Raises
    ------
    ValueError
        If the shapes do not fit each other, an axis is empty, or a number is not finite.

    References
    ----------
    Elman 1990.

    Examples
    --------
    >>> n_parameters(RNNWeights(W_h=np.eye(3), W_x=np.ones((3, 2)), b=np.zeros(3)))
    18
    """

    W_h: np.ndarray
    W_x: np.ndarray
    b: np.ndarray

    _axes: ClassVar[dict[str, str]] = {"W_h": "k k", "W_x": "k d", "b": "k"}


@dataclass(frozen=True, eq=False)
class LSTMWeights(_Weights):
    """The weights of an LSTM; gates in the order input, forget, output, candidate.

    torch.nn.LSTM stacks input, forget, candidate, output, and has two biases that act as
    their sum (in training each of them gets the whole gradient). Keras stacks as torch does;
    ONNX has input, output, forget, candidate.

    Parameters
    ----------
    W_h : array_like (4, k, k)
        Meets the state.
    W_x : array_like (4, k, d)
        Meets the input.
    b : array_like (4, k)

    Raises
    ------
    ValueError
        If the shapes do not fit each other, an axis is empty, or a number is not finite.

    References
    ----------
    Hochreiter & Schmidhuber 1997; Gers et al. 2000.

    Examples
    --------
    >>> k, d = 3, 2
    >>> weights = LSTMWeights(np.zeros((4, k, k)), np.zeros((4, k, d)), np.zeros((4, k)))
    >>> n_parameters(weights) == 4 * (k * (k + d) + k)
    True
    >>> LSTMWeights(np.zeros((4, 3, 3)), np.zeros((4, 3, 2)), np.zeros((3, 3)))
    Traceback (most recent call last):
    ValueError: b: expected shape (4, k) with k = 3, got shape (3, 3)
    """

    W_h: np.ndarray
    W_x: np.ndarray
    b: np.ndarray

    _axes: ClassVar[dict[str, str]] = {"W_h": "4 k k", "W_x": "4 k d", "b": "4 k"}


@dataclass(frozen=True, eq=False)
class GRUWeights(_Weights):
    """The weights of a GRU; gates in the order reset, update, candidate.

    There are two biases because, with the reset after the product, r multiplies that of
    the candidate's state, b_h[2], and does not multiply b_x[2]. All others act as a sum.

    Parameters
    ----------
    W_h : array_like (3, k, k)
        Meets the state.
    W_x : array_like (3, k, d)
        Meets the input.
    b_h, b_x : array_like (3, k)
        Added to the product with the state and with the input.

    Raises
    ------
    ValueError
        If the shapes do not fit each other, an axis is empty, or a number is not finite.

    References
    ----------
    Cho et al. 2014, §2.3, which has no biases.

    Examples
    --------
    >>> k, d, b = 3, 2, np.zeros((3, 3))
    >>> n_parameters(GRUWeights(np.zeros((3, k, k)), np.zeros((3, k, d)), b, b))
    63
    >>> 3 * (k * (k + d) + k)  # as counted with one bias
    54
    """

    W_h: np.ndarray
    W_x: np.ndarray
    b_h: np.ndarray
    b_x: np.ndarray

    _axes: ClassVar[dict[str, str]] = {"W_h": "3 k k", "W_x": "3 k d", "b_h": "3 k", "b_x": "3 k"}


@arguments.named
def n_parameters(weights):
    """Return how many numbers the weights hold.

    RNN k(k + d) + k, LSTM 4(k(k + d) + k), GRU 3(k(k + d) + 2k): the GRU's two biases are
    both counted, as torch does; with one bias it would be 3(k(k + d) + k).

    Parameters
    ----------
    weights : RNNWeights, LSTMWeights or GRUWeights

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is none of these.
    """
    _instance("weights", weights, _Weights)
    return sum(getattr(weights, each.name).size for each in fields(weights))


@dataclass(frozen=True)
class CellCost:
    """What one step of one sequence costs: ``parameters`` (one bias a gate), ``products``
    (multiplications, those in W_h h and W_x x and those of entry and entry) and
    ``functions`` (evaluations of σ and tanh)."""

    parameters: int
    products: int
    functions: int


@arguments.named
def cell_cost(cell, d, k):
    """Return the size of a cell and the work of one of its steps.

    Parameters: RNN k(k + d) + k, GRU 3(k(k + d) + k), LSTM 4(k(k + d) + k). Here every
    gate has one bias; torch's and cuDNN's cells have two, of which only the GRU's
    candidate needs the second.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru"}
    d : int
        Input size, at least 1.
    k : int
        Hidden size, at least 1.

    Returns
    -------
    CellCost

    Raises
    ------
    ValueError
        If the cell is unknown, or a size is no integer of at least 1.

    Examples
    --------
    >>> cell_cost("lstm", d=2, k=3)
    CellCost(parameters=72, products=69, functions=15)
    >>> cell_cost("gru", d=2, k=3).parameters
    54
    """
    arguments.choice("cell", cell, tuple(_PER_UNIT))
    d, k = arguments.integer("d", d, least=1), arguments.integer("k", k, least=1)
    gates, products, functions = _PER_UNIT[cell]
    return CellCost(gates * (k * (k + d) + k), gates * k * (k + d) + products * k, functions * k)


# Gates; products of entry and entry; σ and tanh: f ∗ c, i ∗ g, o ∗ tanh c of an LSTM, r ∗ s,
# (1 − z) ∗ n, z ∗ h of a GRU.
_PER_UNIT = {"rnn": (1, 0, 1), "lstm": (4, 3, 5), "gru": (3, 3, 3)}


# --- LSTM -------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LSTMTrace:
    """What ``lstm_forward`` computed. All but x (T, B, d), h0 and c0 (B, k) and the weights
    are (T, B, k); entry t of h and c is the state *after* step t."""

    x: np.ndarray
    h0: np.ndarray
    c0: np.ndarray
    weights: LSTMWeights
    h: np.ndarray
    c: np.ndarray
    i: np.ndarray
    f: np.ndarray
    o: np.ndarray
    g: np.ndarray


@dataclass(frozen=True, eq=False)
class LSTMGradients:
    """∂L/∂ of what went into ``lstm_forward``, each in its shape; and of every state,
    h and c (T, B, k), through all the ways in which that state acts on the loss."""

    x: np.ndarray
    h0: np.ndarray
    c0: np.ndarray
    W_h: np.ndarray
    W_x: np.ndarray
    b: np.ndarray
    h: np.ndarray
    c: np.ndarray


@arguments.named
def lstm_forward(x, h0, c0, weights):
    """Run an LSTM over a batch of sequences.

    i, f, o = σ(W_h h_{t−1} + W_x x_t + b) and g = tanh(the same), each with its own
    weights; c_t = f ∗ c_{t−1} + i ∗ g; h_t = o ∗ tanh(c_t).

    Parameters
    ----------
    x : array_like (T, B, d)
        Inputs, the steps along the first axis; no axis empty.
    h0, c0 : array_like (B, k)
        The states before the first step.
    weights : LSTMWeights

    Returns
    -------
    LSTMTrace

    Raises
    ------
    ValueError
        If the shapes do not fit, T = 0, or a number is not finite.

    References
    ----------
    Gers et al. 2000, without peepholes.

    Examples
    --------
    >>> weights = LSTMWeights(np.ones((4, 3, 3)), np.ones((4, 3, 2)), np.zeros((4, 3)))
    >>> trace = lstm_forward(np.ones((7, 5, 2)), np.zeros((5, 3)), np.zeros((5, 3)), weights)
    >>> trace.h.shape, trace.i.shape
    ((7, 5, 3), (7, 5, 3))
    """
    _instance("weights", weights, LSTMWeights)
    x, h0, c0 = _inputs(x, weights, h0=h0, c0=c0)
    T, B, k = len(x), *h0.shape
    # σ(a) = ½ + ½ tanh(a/2): with three gates' rows halved, which is exact, one tanh serves all four.
    half = np.array([0.5, 0.5, 0.5, 1.0])[:, None]
    W_h = np.ascontiguousarray((half[:, :, None] * weights.W_h).reshape(4 * k, k).T)  # (k, 4k)
    a_x = _from_inputs(x, half[:, :, None] * weights.W_x, half * weights.b)  # (T, B, 4k)
    gates = np.empty((T, B, 4, k))
    i, f, o, g = np.moveaxis(gates, 2, 0)  # (T, B, k) each
    c, h = np.empty((T, B, k)), np.empty((T, B, k))
    a, i_g = np.empty((B, 4 * k)), np.empty((B, k))
    h_prev, c_prev = h0, c0
    for t in range(T):
        np.matmul(h_prev, W_h, out=a)  # (B, k) @ (k, 4k)
        a += a_x[t]
        np.tanh(a, out=gates[t].reshape(B, 4 * k))
        sigmas = gates[t, :, :3]
        sigmas *= 0.5
        sigmas += 0.5
        np.multiply(f[t], c_prev, out=c[t])
        c[t] += np.multiply(i[t], g[t], out=i_g)
        np.tanh(c[t], out=h[t])
        h[t] *= o[t]
        h_prev, c_prev = h[t], c[t]
    return LSTMTrace(x, h0, c0, weights, h, c, i, f, o, g)


@arguments.named
def lstm_backward(trace, dh, dh_last=None, dc_last=None):
    """Return the gradients of a loss, backward through time.

    Two streams run back. What reaches c_t is the sum of both:

        dc_t = dh_t ∗ o ∗ (1 − tanh²c_t) + dc_next,   dc_next = dc_{t+1} ∗ f_{t+1}.

    dc_next is the carry, the way along which gradients survive. To leave it out is the
    classic mistake: every number then still has the right shape, and at T = 1 even the
    right value.

    Parameters
    ----------
    trace : LSTMTrace
        From ``lstm_forward``.
    dh : array_like (T, B, k)
        What each h_t does to the loss *directly*, from the output at step t. What it does
        through later steps is added here and must not be in it.
    dh_last, dc_last : array_like (B, k), optional
        What the last h and c do to the loss beyond these T steps, 0 by default: the
        ``h0`` and ``c0`` of the gradients of the piece that follows, where a sequence was
        cut into pieces. dh_last is added to dh[-1].

    Returns
    -------
    LSTMGradients
        Of the weights, summed over steps and batch.

    Raises
    ------
    ValueError
        If the shapes do not fit or a number is not finite.

    References
    ----------
    Werbos 1990.

    Examples
    --------
    >>> weights = LSTMWeights(np.ones((4, 3, 3)), np.ones((4, 3, 2)), np.zeros((4, 3)))
    >>> trace = lstm_forward(np.ones((7, 5, 2)), np.zeros((5, 3)), np.zeros((5, 3)), weights)
    >>> gradients = lstm_backward(trace, np.ones((7, 5, 3)))
    >>> gradients.W_h.shape, gradients.x.shape, gradients.c0.shape
    ((4, 3, 3), (7, 5, 2), (5, 3))
    """
    _instance("trace", trace, LSTMTrace)
    dh, dh_next, dc_next = _arriving(trace, dh, dh_last=dh_last, dc_last=dc_last)
    i, f, o, g = trace.i, trace.f, trace.o, trace.g
    T, B, k = trace.h.shape
    W_h = trace.weights.W_h.reshape(4 * k, k)
    tanh_c = np.tanh(trace.c)
    h_to_c = o * (1 - tanh_c**2)  # ∂h_t/∂c_t
    # The brackets but for ∂L/∂c_t, or ∂L/∂h_t for o, which the loop brings.
    da = np.empty((T, B, 4, k))
    for gate, (value, other) in enumerate([(i, g), (f, _before(trace.c0, trace.c)), (o, tanh_c)]):
        np.multiply((1 - value) * value, other, out=da[:, :, gate])
    np.multiply(1 - g**2, i, out=da[:, :, 3])
    dc = np.empty((T, B, k))
    for t in reversed(range(T)):
        dh[t] += dh_next
        np.multiply(dh[t], h_to_c[t], out=dc[t])
        dc[t] += dc_next
        da[t, :, :2] *= dc[t][:, None]
        da[t, :, 2] *= dh[t]
        da[t, :, 3] *= dc[t]
        dh_next = da[t].reshape(B, 4 * k) @ W_h  # (B, 4k) @ (4k, k)
        dc_next = dc[t] * f[t]
    dx, dW_x, db = _to_inputs(da, trace.x, trace.weights.W_x)
    dW_h = _to_weights(da, _before(trace.h0, trace.h))
    return LSTMGradients(dx, dh_next, dc_next, dW_h, dW_x, db, dh, dc)


# --- LSTM, one step, line by line -------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LSTMStep:
    """What ``lstm_step`` computed: x_t (d,), the rest (k,), and the weights."""

    x: np.ndarray
    h_prev: np.ndarray
    c_prev: np.ndarray
    weights: LSTMWeights
    i: np.ndarray
    f: np.ndarray
    o: np.ndarray
    g: np.ndarray
    c: np.ndarray
    h: np.ndarray


@dataclass(frozen=True, eq=False)
class LSTMStepGradients:
    """∂L/∂ of each thing in one step: h, c, h_prev, c_prev (k,), x (d,), and for each gate
    W (k, k + d), which meets [h_{t−1}; x_t], and b (k,)."""

    h: np.ndarray
    c: np.ndarray
    W_i: np.ndarray
    W_f: np.ndarray
    W_o: np.ndarray
    W_g: np.ndarray
    b_i: np.ndarray
    b_f: np.ndarray
    b_o: np.ndarray
    b_g: np.ndarray
    h_prev: np.ndarray
    c_prev: np.ndarray
    x: np.ndarray


@arguments.named
def lstm_step(x_t, h_prev, c_prev, weights):
    """Do one step of an LSTM for one sequence, a line for each formula.

    Parameters
    ----------
    x_t : array_like (d,)
    h_prev, c_prev : array_like (k,)
        h_{t−1} and c_{t−1}.
    weights : LSTMWeights

    Returns
    -------
    LSTMStep
        Its c and h are c_t and h_t.

    Raises
    ------
    ValueError
        If the shapes do not fit or a number is not finite.

    Examples
    --------
    >>> weights = LSTMWeights(np.zeros((4, 3, 3)), np.zeros((4, 3, 2)), np.zeros((4, 3)))
    >>> step = lstm_step(np.ones(2), np.zeros(3), np.ones(3), weights)
    >>> step.c.tolist()
    [0.5, 0.5, 0.5]
    """
    _instance("weights", weights, LSTMWeights)
    sizes = _sizes(weights)
    x_t = arguments.array("x_t", x_t, "d", sizes)
    h_prev = arguments.array("h_prev", h_prev, "k", sizes)
    c_prev = arguments.array("c_prev", c_prev, "k", sizes)

    W_i, W_f, W_o, W_g = np.concatenate([weights.W_h, weights.W_x], axis=2)  # (k, k + d) each
    b_i, b_f, b_o, b_g = weights.b  # (k,) each
    h_x = np.concatenate([h_prev, x_t])  # [h_{t−1}; x_t] (k + d,)
    i = _sigmoid(W_i @ h_x + b_i)  # (k,), as all below
    f = _sigmoid(W_f @ h_x + b_f)
    o = _sigmoid(W_o @ h_x + b_o)
    g = np.tanh(W_g @ h_x + b_g)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return LSTMStep(x_t, h_prev, c_prev, weights, i, f, o, g, c, h)


@arguments.named
def lstm_step_backward(step, dh, dh_next=None, dc_next=None):
    """Return every gradient of one step, a line for each formula.

    Parameters
    ----------
    step : LSTMStep
        From ``lstm_step``.
    dh : array_like (k,)
        From this step's output, W_yᵀ(ŷ − y): ``output_layer_backward(…).h``.
    dh_next, dc_next : array_like (k,), optional
        What step t + 1 hands back, its ``h_prev`` and ``c_prev``; 0 at the last step.
        To leave out dc_next is the classic mistake.

    Returns
    -------
    LSTMStepGradients

    Raises
    ------
    ValueError
        If the shapes do not fit or a number is not finite.

    Examples
    --------
    >>> weights = LSTMWeights(np.zeros((4, 3, 3)), np.zeros((4, 3, 2)), np.zeros((4, 3)))
    >>> step = lstm_step(np.ones(2), np.zeros(3), np.zeros(3), weights)
    >>> gradients = lstm_step_backward(step, np.ones(3), dc_next=np.ones(3))
    >>> gradients.c.tolist(), gradients.W_f.shape
    ([1.5, 1.5, 1.5], (3, 5))
    """
    _instance("step", step, LSTMStep)
    sizes, k = {"k": len(step.h)}, len(step.h)
    dh = arguments.array("dh", dh, "k", sizes)
    dh_next = _or_zeros("dh_next", dh_next, "k", sizes, dh)
    dc_next = _or_zeros("dc_next", dc_next, "k", sizes, dh)
    i, f, o, g, c_prev = step.i, step.f, step.o, step.g, step.c_prev
    W_i, W_f, W_o, W_g = np.concatenate([step.weights.W_h, step.weights.W_x], axis=2)
    h_x = np.concatenate([step.h_prev, step.x])  # (k + d,)
    tanh_c = np.tanh(step.c)

    dh = dh + dh_next  # (k,)
    dc = dh * o * (1 - tanh_c**2) + dc_next  # (k,)
    da_o = dh * tanh_c * o * (1 - o)  # the brackets, (k,) each
    da_i = dc * g * i * (1 - i)
    da_f = dc * c_prev * f * (1 - f)
    da_g = dc * i * (1 - g**2)
    dW_o = np.outer(da_o, h_x)  # (k,) (k + d,)ᵀ -> (k, k + d)
    dW_i = np.outer(da_i, h_x)
    dW_f = np.outer(da_f, h_x)
    dW_g = np.outer(da_g, h_x)
    dc_prev = dc * f  # (k,)
    dh_x = W_i.T @ da_i + W_f.T @ da_f + W_o.T @ da_o + W_g.T @ da_g  # (k + d,)
    dh_prev, dx = dh_x[:k], dh_x[k:]  # (k,), (d,)
    return LSTMStepGradients(
        h=dh, c=dc, h_prev=dh_prev, c_prev=dc_prev, x=dx,
        W_i=dW_i, W_f=dW_f, W_o=dW_o, W_g=dW_g,
        b_i=da_i, b_f=da_f, b_o=da_o, b_g=da_g,
    )  # fmt: skip


# --- GRU --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class GRUTrace:
    """What ``gru_forward`` computed. h, r, z and n are (T, B, k); ``reset`` says which form.

    W_h_n h_{t−1} + b_h_n, before r multiplies it, is ``s`` (T, B, k) with the reset after
    the product; with the reset before, s is r ∗ h_{t−1}, which the product is taken of."""

    x: np.ndarray
    h0: np.ndarray
    weights: GRUWeights
    reset: str
    h: np.ndarray
    r: np.ndarray
    z: np.ndarray
    n: np.ndarray
    s: np.ndarray


@dataclass(frozen=True, eq=False)
class GRUGradients:
    """∂L/∂ of what went into ``gru_forward``, each in its shape; and of every state,
    h (T, B, k), through all the ways in which that state acts on the loss."""

    x: np.ndarray
    h0: np.ndarray
    W_h: np.ndarray
    W_x: np.ndarray
    b_h: np.ndarray
    b_x: np.ndarray
    h: np.ndarray


@arguments.named
def gru_forward(x, h0, weights, *, reset="after"):
    """Run a GRU over a batch of sequences.

    r, z = σ(W_h h_{t−1} + b_h + W_x x_t + b_x); h_t = (1 − z) ∗ n + z ∗ h_{t−1}, with

        after:   n = tanh(r ∗ (W_h h_{t−1} + b_h) + W_x x_t + b_x),
        before:  n = tanh(W_h (r ∗ h_{t−1}) + b_h + W_x x_t + b_x).

    "after" is cuDNN's and torch.nn.GRU's; the state then meets all three gates in one
    product. "before" is the paper's, and needs a second product a step. Weights trained
    with one form are wrong for the other.

    Parameters
    ----------
    x : array_like (T, B, d)
        Inputs, the steps along the first axis; no axis empty.
    h0 : array_like (B, k)
        The state before the first step.
    weights : GRUWeights
    reset : {"after", "before"}
        Where r multiplies, after or before the product with the candidate's W_h.

    Returns
    -------
    GRUTrace

    Raises
    ------
    ValueError
        If the shapes do not fit, T = 0, the reset is unknown, or a number is not finite.

    References
    ----------
    Cho et al. 2014, §2.3, eq. 5–8.

    Examples
    --------
    >>> weights = GRUWeights(
    ...     np.ones((3, 3, 3)), np.ones((3, 3, 2)), np.zeros((3, 3)), np.zeros((3, 3))
    ... )
    >>> gru_forward(np.ones((7, 5, 2)), np.zeros((5, 3)), weights, reset="before").h.shape
    (7, 5, 3)
    """
    _instance("weights", weights, GRUWeights)
    arguments.choice("reset", reset, RESETS)
    x, h0 = _inputs(x, weights, h0=h0)
    T, B, k = len(x), *h0.shape
    # As in lstm_forward: r's and z's rows halved, so that σ is a tanh. Their two biases act as one.
    half = np.array([0.5, 0.5, 1.0])[:, None]
    W_h = np.ascontiguousarray((half[:, :, None] * weights.W_h).reshape(3 * k, k).T)  # (k, 3k)
    b_n = weights.b_h[2]
    b = half * (weights.b_x + weights.b_h * [[1], [1], [0]])
    a_x = _from_inputs(x, half[:, :, None] * weights.W_x, b)  # (T, B, 3k)
    r_z = np.empty((T, B, 2, k))
    r, z = np.moveaxis(r_z, 2, 0)  # (T, B, k) each
    n, s, h = np.empty((3, T, B, k))
    a_h, kept = np.empty((B, 3 * k)), np.empty((B, k))
    met = slice(None) if reset == "after" else slice(2 * k)  # before: n waits for r
    h_prev = h0
    for t in range(T):
        np.matmul(h_prev, W_h[:, met], out=a_h[:, met])  # (B, k) @ (k, 3k), before: (k, 2k)
        sigmas = r_z[t].reshape(B, 2 * k)
        np.add(a_h[:, : 2 * k], a_x[t, :, : 2 * k], out=sigmas)
        np.tanh(sigmas, out=sigmas)
        sigmas *= 0.5
        sigmas += 0.5
        if reset == "after":
            np.add(a_h[:, 2 * k :], b_n, out=s[t])
            np.multiply(r[t], s[t], out=n[t])
        else:
            np.multiply(r[t], h_prev, out=s[t])
            np.matmul(s[t], W_h[:, 2 * k :], out=n[t])  # (B, k) @ (k, k)
            n[t] += b_n
        n[t] += a_x[t, :, 2 * k :]
        np.tanh(n[t], out=n[t])
        np.subtract(1, z[t], out=h[t])
        h[t] *= n[t]
        h[t] += np.multiply(z[t], h_prev, out=kept)
        h_prev = h[t]
    return GRUTrace(x, h0, weights, reset, h, r, z, n, s)


@arguments.named
def gru_backward(trace, dh, dh_last=None):
    """Return the gradients of a loss, backward through time, in the trace's reset form.

    h_{t−1} is reached in three ways: directly, dh_t ∗ z; through the gates r and z; and
    through the candidate. With the reset after the product r multiplies what goes back
    *before* W_hᵀ does; with the reset before, W_hᵀ comes first and r after it.

    Parameters
    ----------
    trace : GRUTrace
        From ``gru_forward``.
    dh : array_like (T, B, k)
        What each h_t does to the loss *directly*, from the output at step t. What it does
        through later steps is added here and must not be in it.
    dh_last : array_like (B, k), optional
        What the last h does to the loss beyond these T steps, 0 by default: the ``h0`` of
        the gradients of the piece that follows. It is added to dh[-1].

    Returns
    -------
    GRUGradients
        Of the weights, summed over steps and batch.

    Raises
    ------
    ValueError
        If the shapes do not fit or a number is not finite.

    References
    ----------
    Werbos 1990.

    Examples
    --------
    >>> weights = GRUWeights(
    ...     np.ones((3, 3, 3)), np.ones((3, 3, 2)), np.zeros((3, 3)), np.zeros((3, 3))
    ... )
    >>> trace = gru_forward(np.ones((7, 5, 2)), np.zeros((5, 3)), weights)
    >>> gru_backward(trace, np.ones((7, 5, 3))).b_h.shape
    (3, 3)
    """
    _instance("trace", trace, GRUTrace)
    dh, dh_next = _arriving(trace, dh, dh_last=dh_last)
    r, z, n, s = trace.r, trace.z, trace.n, trace.s
    T, B, k = trace.h.shape
    W_h = trace.weights.W_h.reshape(3 * k, k)
    h_prev = _before(trace.h0, trace.h)
    # What goes into each gate, from the input's side, but for what the loop brings.
    da = np.empty((T, B, 3, k))
    other = s if trace.reset == "after" else h_prev
    np.multiply((1 - r) * r, other, out=da[:, :, 0])
    np.multiply((1 - z) * z, h_prev - n, out=da[:, :, 1])
    np.multiply(1 - n**2, 1 - z, out=da[:, :, 2])
    da_h = np.empty((T, B, 3, k))  # and from the state's side
    for t in reversed(range(T)):
        dh[t] += dh_next
        da[t, :, 1:] *= dh[t][:, None]
        dh_next = dh[t] * z[t]
        if trace.reset == "after":
            da[t, :, 0] *= da[t, :, 2]
            da_h[t] = da[t]
            da_h[t, :, 2] *= r[t]
            dh_next += da_h[t].reshape(B, 3 * k) @ W_h  # (B, 3k) @ (3k, k)
        else:
            ds = da[t, :, 2] @ W_h[2 * k :]  # of s = r ∗ h_{t−1}: (B, k) @ (k, k)
            da[t, :, 0] *= ds
            da_h[t] = da[t]
            dh_next += ds * r[t]
            dh_next += da[t, :, :2].reshape(B, 2 * k) @ W_h[: 2 * k]  # (B, 2k) @ (2k, k)
    dx, dW_x, db_x = _to_inputs(da, trace.x, trace.weights.W_x)
    dW_h = _to_weights(da_h, h_prev)
    if trace.reset == "before":
        dW_h[2:] = _to_weights(da_h[:, :, 2:], s)
    return GRUGradients(dx, dh_next, dW_h, dW_x, da_h.sum(axis=(0, 1)), db_x, dh)


# --- plain RNN --------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class RNNTrace:
    """What ``rnn_forward`` computed: h (T, B, k), and what went in."""

    x: np.ndarray
    h0: np.ndarray
    weights: RNNWeights
    h: np.ndarray


@dataclass(frozen=True, eq=False)
class RNNGradients:
    """∂L/∂ of what went into ``rnn_forward``, each in its shape; and of every state,
    h (T, B, k), through all the ways in which that state acts on the loss."""

    x: np.ndarray
    h0: np.ndarray
    W_h: np.ndarray
    W_x: np.ndarray
    b: np.ndarray
    h: np.ndarray


@arguments.named
def rnn_forward(x, h0, weights):
    """Run a plain RNN over a batch of sequences: h_t = tanh(W_h h_{t−1} + W_x x_t + b).

    Parameters
    ----------
    x : array_like (T, B, d)
        Inputs, the steps along the first axis; no axis empty.
    h0 : array_like (B, k)
        The state before the first step.
    weights : RNNWeights

    Returns
    -------
    RNNTrace

    Raises
    ------
    ValueError
        If the shapes do not fit, T = 0, or a number is not finite.

    References
    ----------
    Elman 1990.

    Examples
    --------
    >>> weights = RNNWeights(W_h=np.eye(1), W_x=np.eye(1), b=np.zeros(1))
    >>> rnn_forward([[[1.0]], [[0.0]]], [[0.0]], weights).h.round(4).ravel().tolist()
    [0.7616, 0.642]
    """
    _instance("weights", weights, RNNWeights)
    x, h0 = _inputs(x, weights, h0=h0)
    a_x = _from_inputs(x, weights.W_x[None], weights.b)  # (T, B, k)
    h = np.empty(a_x.shape)
    h_prev = h0
    for t in range(len(x)):
        h[t] = np.tanh(h_prev @ weights.W_h.T + a_x[t])  # (B, k) @ (k, k)
        h_prev = h[t]
    return RNNTrace(x, h0, weights, h)


@arguments.named
def rnn_backward(trace, dh, dh_last=None):
    """Return the gradients of a loss, backward through time.

    Every step back multiplies by the Jacobian diag(1 − h_t²) W_h, transposed; this
    product is what fades or grows.

    Parameters
    ----------
    trace : RNNTrace
        From ``rnn_forward``.
    dh : array_like (T, B, k)
        What each h_t does to the loss *directly*, from the output at step t. What it does
        through later steps is added here and must not be in it.
    dh_last : array_like (B, k), optional
        What the last h does to the loss beyond these T steps, 0 by default. It is added
        to dh[-1].

    Returns
    -------
    RNNGradients
        Of the weights, summed over steps and batch.

    Raises
    ------
    ValueError
        If the shapes do not fit or a number is not finite.

    References
    ----------
    Werbos 1990.

    Examples
    --------
    >>> weights = RNNWeights(W_h=[[0.5]], W_x=[[1.0]], b=[0.0])
    >>> trace = rnn_forward(np.zeros((4, 1, 1)), [[0.0]], weights)
    >>> rnn_backward(trace, np.zeros((4, 1, 1)), dh_last=[[1.0]]).h.ravel().tolist()
    [0.125, 0.25, 0.5, 1.0]
    """
    _instance("trace", trace, RNNTrace)
    dh, dh_next = _arriving(trace, dh, dh_last=dh_last)
    slope = 1 - trace.h**2
    da = np.empty(trace.h.shape)
    for t in reversed(range(len(dh))):
        dh[t] += dh_next
        da[t] = dh[t] * slope[t]
        dh_next = da[t] @ trace.weights.W_h  # (B, k) @ (k, k)
    da = da[:, :, None]  # (T, B, 1, k): one gate
    dx, dW_x, db = _to_inputs(da, trace.x, trace.weights.W_x[None])
    dW_h = _to_weights(da, _before(trace.h0, trace.h))
    return RNNGradients(dx, dh_next, dW_h[0], dW_x[0], db[0], dh)


# --- output layer -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class OutputGradients:
    """∂L/∂h (..., k), ∂L/∂W_y (m, k) and ∂L/∂b_y (m,)."""

    h: np.ndarray
    W_y: np.ndarray
    b_y: np.ndarray


@arguments.named
def output_layer(h, W_y, b_y):
    """Return ŷ = softmax(W_y h + b_y).

    Parameters
    ----------
    h : array_like (..., k)
        Hidden states; leading axes are steps, batch or nothing.
    W_y : array_like (m, k)
    b_y : array_like (m,)
        m is at least 1.

    Returns
    -------
    ndarray (..., m)
        Probabilities.

    Raises
    ------
    ValueError
        If the shapes do not fit or a number is not finite.

    Examples
    --------
    >>> output_layer(np.zeros((7, 5, 3)), np.ones((2, 3)), np.log([1.0, 3.0]))[0, 0].round(12)
    array([0.25, 0.75])
    """
    sizes = {}
    h = arguments.array("h", h, "... k", sizes)
    W_y = _nonempty("W_y", arguments.array("W_y", W_y, "m k", sizes))
    b_y = arguments.array("b_y", b_y, "m", sizes)
    return softmax(h @ W_y.T + b_y)


@arguments.named
def cross_entropy(probabilities, targets):
    """Return −ln ŷ[target], the loss of every prediction by itself; sum or average as you like.

    A probability that has underflowed to 0 counts as 2.2·10^−308, a loss of 708.

    Parameters
    ----------
    probabilities : array_like (..., m)
        ŷ from ``output_layer``; at least 0, 1 together.
    targets : array_like of int (...)
        The right classes, 0 … m − 1.

    Returns
    -------
    ndarray (...)

    Raises
    ------
    ValueError
        If these are no probabilities, or a target is no class.

    Examples
    --------
    >>> cross_entropy([[0.25, 0.75], [1.0, 0.0]], [0, 0]).round(4).tolist()
    [1.3863, 0.0]
    """
    probabilities, targets = _predictions(probabilities, targets)
    right = np.take_along_axis(probabilities, targets[..., None], axis=-1)[..., 0]
    return 0.0 - np.log(np.maximum(right, np.finfo(float).tiny))  # 0, not −0, where ŷ is 1


@arguments.named
def cross_entropy_gradient(probabilities, targets):
    """Return ŷ − y, the gradient of ``cross_entropy`` with respect to the *scores* W_y h + b_y.

    y is 1 at the target and 0 elsewhere. It belongs to the sum of the losses: divide by
    their number for the mean.

    Parameters
    ----------
    probabilities : array_like (..., m)
    targets : array_like of int (...)

    Returns
    -------
    ndarray (..., m)
        Adds up to 0 over the last axis.

    Raises
    ------
    ValueError
        If these are no probabilities, or a target is no class.

    Examples
    --------
    >>> cross_entropy_gradient([[0.25, 0.75]], [1]).tolist()
    [[0.25, -0.25]]
    """
    probabilities, targets = _predictions(probabilities, targets)
    return probabilities - (targets[..., None] == np.arange(probabilities.shape[-1]))


@arguments.named
def output_layer_backward(ds, h, W_y):
    """Return the gradients of the output layer from that of its scores.

    ∂L/∂W_y = ds hᵀ and ∂L/∂b_y = ds, summed over the leading axes; ∂L/∂h = W_yᵀ ds, which
    is the dh of ``lstm_backward``.

    Parameters
    ----------
    ds : array_like (..., m)
        ∂L/∂scores: ŷ − y from ``cross_entropy_gradient``.
    h : array_like (..., k)
        As given to ``output_layer``.
    W_y : array_like (m, k)

    Returns
    -------
    OutputGradients

    Raises
    ------
    ValueError
        If the shapes do not fit or a number is not finite.

    Examples
    --------
    >>> gradients = output_layer_backward(np.ones((7, 5, 2)), np.ones((7, 5, 3)), np.ones((2, 3)))
    >>> gradients.h.shape, gradients.W_y.tolist()
    ((7, 5, 3), [[35.0, 35.0, 35.0], [35.0, 35.0, 35.0]])
    """
    sizes = {}
    W_y = arguments.array("W_y", W_y, "m k", sizes)
    h = arguments.array("h", h, "... k", sizes)
    ds = arguments.array("ds", ds, "... m", sizes)
    if ds.shape[:-1] != h.shape[:-1]:
        arguments.refuse("ds", f"leading axes {h.shape[:-1]} as h has", f"shape {ds.shape}")
    m, k = W_y.shape
    flat = ds.reshape(-1, m)
    return OutputGradients(ds @ W_y, flat.T @ h.reshape(-1, k), flat.sum(axis=0))


# --- the check --------------------------------------------------------------------------


@arguments.named
def finite_difference(loss, value, *, step=1e-2):
    """Return the gradient of a loss with respect to an array, without any derivation.

    Every entry is moved in turn, and with D(s) = f(s) − f(−s) the seven-point formula

        f'(0) ≈ (45 D(s) − 9 D(2s) + D(3s)) / 60s

    is taken, whose error is s⁶/140 times a seventh derivative. It costs six losses an
    entry, which is why nobody trains with it.

    Parameters
    ----------
    loss : function
        Takes an array of value's shape, returns a number.
    value : array_like
        Where the gradient is taken.
    step : float
        How far an entry is moved, s; above 0.

    Returns
    -------
    ndarray
        Of value's shape.

    Raises
    ------
    ValueError
        If value is not finite, or step is not above 0.

    References
    ----------
    Fornberg 1988, "Generation of Finite Difference Formulas on Arbitrarily Spaced Grids",
    Mathematics of Computation 51(184), table 1.

    Examples
    --------
    >>> finite_difference(lambda a: (a**5).sum(), [1.0, 2.0]).round(9).tolist()
    [5.0, 80.0]
    """
    value = arguments.array("value", value)
    step = arguments.number("step", step, above=0)
    slopes = np.empty(value.shape)
    for index in np.ndindex(value.shape):
        moved = np.zeros(value.shape)
        moved[index] = step
        near, middle, far = (loss(value + n * moved) - loss(value - n * moved) for n in (1, 2, 3))
        slopes[index] = (45 * near - 9 * middle + far) / (60 * step)
    return slopes


# --- shared pieces ----------------------------------------------------------------------


def _sigmoid(a):
    """1/(1 + e^{−a}), by way of tanh, which never overflows."""
    return 0.5 * np.tanh(0.5 * a) + 0.5


def _from_inputs(x, W_x, b):
    """W_x x_t + b for all steps and all G gates at once: (T, B, d) -> (T, B, G·k)."""
    T, B, d = x.shape
    a = x.reshape(T * B, d) @ W_x.reshape(-1, d).T  # (TB, d) @ (d, Gk): one product, not T of them
    a += b.reshape(-1)
    return a.reshape(T, B, -1)


def _to_inputs(da, x, W_x):
    """Back through ``_from_inputs``: gradients of x (T, B, d), W_x (G, k, d) and b (G, k)."""
    T, B, d = x.shape
    dx = da.reshape(T * B, -1) @ W_x.reshape(-1, d)  # (TB, Gk) @ (Gk, d)
    return dx.reshape(T, B, d), _to_weights(da, x), da.sum(axis=(0, 1))


def _to_weights(da, met):
    """Σ over steps and batch of da metᵀ: (T, B, G, k) and (T, B, e) -> (G, k, e)."""
    T, B, G, k = da.shape
    product = da.reshape(T * B, G * k).T @ met.reshape(T * B, -1)  # (Gk, TB) @ (TB, e)
    return product.reshape(G, k, -1)


def _before(first, states):
    """The state before each step: first, then all states but the last."""
    return np.concatenate([first[None], states[:-1]])


def _instance(name, value, kind):
    if not isinstance(value, kind):
        kinds = [each.__name__ for each in kind.__subclasses__()] or [kind.__name__]
        arguments.refuse(name, " or ".join(kinds), f"a value of type {type(value).__name__}")


def _nonempty(name, value):
    if 0 in value.shape:
        arguments.refuse(name, "every axis at least 1 long", f"shape {value.shape}")
    return value


def _sizes(weights):
    k, d = weights.W_x.shape[-2:]
    return {"k": k, "d": d}


def _inputs(x, weights, **states):
    """x (T, B, d) and the states before the first step (B, k), held to the weights."""
    sizes = _sizes(weights)
    checked = [_nonempty("x", arguments.array("x", x, "T B d", sizes))]
    for name, value in states.items():
        checked.append(arguments.array(name, value, "B k", sizes))
    return checked


def _arriving(trace, dh, **last):
    """A copy of dh (T, B, k), and what reaches the last states, 0 where nothing is given."""
    sizes = dict(zip("TBk", trace.h.shape))
    dh = arguments.array("dh", dh, "T B k", sizes).copy()
    return [dh, *(_or_zeros(name, value, "B k", sizes, dh[0]) for name, value in last.items())]


def _or_zeros(name, value, axes, sizes, like):
    return np.zeros_like(like) if value is None else arguments.array(name, value, axes, sizes)


def _predictions(probabilities, targets):
    probabilities = arguments.array("probabilities", probabilities, "... m")
    if (probabilities < 0).any() or (np.abs(probabilities.sum(axis=-1) - 1) > 1e-6).any():
        came = "other numbers; scores go through output_layer or softmax first"
        arguments.refuse("probabilities", "numbers of at least 0 that add up to 1 along m", came)
    checked = arguments.integers("targets", targets)
    m = probabilities.shape[-1]
    if checked.shape != probabilities.shape[:-1]:
        expected = f"shape {probabilities.shape[:-1]}, a class for each prediction"
        arguments.refuse("targets", expected, f"shape {checked.shape}")
    wrong = checked[(checked < 0) | (checked >= m)]
    if wrong.size:
        arguments.refuse("targets", f"classes 0 … {m - 1}", f"{wrong[0]:.0f}")
    return probabilities, checked.astype(int)
