"""One step of an LSTM for one sequence, forward and backward, a line for each formula of Gers et al. 2000."""

from dataclasses import dataclass

import numpy as np

from .. import arguments
from ._shared import instance, or_zeros, sizes_of
from .weights import LSTMWeights


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
    instance("weights", weights, LSTMWeights)
    sizes = sizes_of(weights)
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
    instance("step", step, LSTMStep)
    sizes, k = {"k": len(step.h)}, len(step.h)
    dh = arguments.array("dh", dh, "k", sizes)
    dh_next = or_zeros("dh_next", dh_next, "k", sizes, dh)
    dc_next = or_zeros("dc_next", dc_next, "k", sizes, dh)
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


def _sigmoid(a):
    """1/(1 + e^{−a}), by way of tanh, which never overflows."""
    return 0.5 * np.tanh(0.5 * a) + 0.5
