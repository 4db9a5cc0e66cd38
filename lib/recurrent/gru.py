"""The GRU over batches of sequences, forward and backward through time: Cho et al. 2014; Werbos 1990."""

from dataclasses import dataclass

import numpy as np

from .. import arguments
from ._shared import arriving, before, from_inputs, inputs, instance, to_inputs, to_weights
from .weights import GRUWeights

RESETS = ("after", "before")


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
    instance("weights", weights, GRUWeights)
    arguments.choice("reset", reset, RESETS)
    x, h0 = inputs(x, weights, h0=h0)
    T, B, k = len(x), *h0.shape
    # As in lstm_forward: r's and z's rows halved, so that σ is a tanh. Their two biases act as one.
    half = np.array([0.5, 0.5, 1.0])[:, None]
    W_h = np.ascontiguousarray((half[:, :, None] * weights.W_h).reshape(3 * k, k).T)  # (k, 3k)
    b_n = weights.b_h[2]
    b = half * (weights.b_x + weights.b_h * [[1], [1], [0]])
    a_x = from_inputs(x, half[:, :, None] * weights.W_x, b)  # (T, B, 3k)
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
    instance("trace", trace, GRUTrace)
    dh, dh_next = arriving(trace, dh, dh_last=dh_last)
    r, z, n, s = trace.r, trace.z, trace.n, trace.s
    T, B, k = trace.h.shape
    W_h = trace.weights.W_h.reshape(3 * k, k)
    h_prev = before(trace.h0, trace.h)
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
    dx, dW_x, db_x = to_inputs(da, trace.x, trace.weights.W_x)
    dW_h = to_weights(da_h, h_prev)
    if trace.reset == "before":
        dW_h[2:] = to_weights(da_h[:, :, 2:], s)
    return GRUGradients(dx, dh_next, dW_h, dW_x, da_h.sum(axis=(0, 1)), db_x, dh)
