"""From states to a loss: the output layer, its softmax and the cross-entropy, forward and backward."""

from dataclasses import dataclass

import numpy as np

from .. import arguments
from ..attention import softmax
from ._shared import nonempty


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
    W_y = nonempty("W_y", arguments.array("W_y", W_y, "m k", sizes))
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
