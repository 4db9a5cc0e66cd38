"""The LSTM over batches of sequences, forward and backward through time: Gers et al. 2000; Werbos 1990."""

from dataclasses import dataclass

import numpy as np

from .. import arguments
from ._shared import arriving, before, from_inputs, inputs, instance, to_inputs, to_weights
from .weights import LSTMWeights


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
    instance("weights", weights, LSTMWeights)
    x, h0, c0 = inputs(x, weights, h0=h0, c0=c0)
    T, B, k = len(x), *h0.shape
    # σ(a) = ½ + ½ tanh(a/2): with three gates' rows halved, which is exact, one tanh serves all four.
    half = np.array([0.5, 0.5, 0.5, 1.0])[:, None]
    W_h = np.ascontiguousarray((half[:, :, None] * weights.W_h).reshape(4 * k, k).T)  # (k, 4k)
    a_x = from_inputs(x, half[:, :, None] * weights.W_x, half * weights.b)  # (T, B, 4k)
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
    instance("trace", trace, LSTMTrace)
    dh, dh_next, dc_next = arriving(trace, dh, dh_last=dh_last, dc_last=dc_last)
    i, f, o, g = trace.i, trace.f, trace.o, trace.g
    T, B, k = trace.h.shape
    W_h = trace.weights.W_h.reshape(4 * k, k)
    tanh_c = np.tanh(trace.c)
    h_to_c = o * (1 - tanh_c**2)  # ∂h_t/∂c_t
    # The brackets but for ∂L/∂c_t, or ∂L/∂h_t for o, which the loop brings.
    da = np.empty((T, B, 4, k))
    for gate, (value, other) in enumerate([(i, g), (f, before(trace.c0, trace.c)), (o, tanh_c)]):
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
    dx, dW_x, db = to_inputs(da, trace.x, trace.weights.W_x)
    dW_h = to_weights(da, before(trace.h0, trace.h))
    return LSTMGradients(dx, dh_next, dc_next, dW_h, dW_x, db, dh, dc)
