"""The plain RNN over batches of sequences, forward and backward through time: Elman 1990; Werbos 1990."""

from dataclasses import dataclass

import numpy as np

from .. import arguments
from ._shared import arriving, before, from_inputs, inputs, instance, to_inputs, to_weights
from .weights import RNNWeights


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
    instance("weights", weights, RNNWeights)
    x, h0 = inputs(x, weights, h0=h0)
    a_x = from_inputs(x, weights.W_x[None], weights.b)  # (T, B, k)
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
    instance("trace", trace, RNNTrace)
    dh, dh_next = arriving(trace, dh, dh_last=dh_last)
    slope = 1 - trace.h**2
    da = np.empty(trace.h.shape)
    for t in reversed(range(len(dh))):
        dh[t] += dh_next
        da[t] = dh[t] * slope[t]
        dh_next = da[t] @ trace.weights.W_h  # (B, k) @ (k, k)
    da = da[:, :, None]  # (T, B, 1, k): one gate
    dx, dW_x, db = to_inputs(da, trace.x, trace.weights.W_x[None])
    dW_h = to_weights(da, before(trace.h0, trace.h))
    return RNNGradients(dx, dh_next, dW_h[0], dW_x[0], db[0], dh)
