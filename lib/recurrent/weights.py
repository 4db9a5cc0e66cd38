"""The weights of the three cells, held to their shapes; gates stacked in the order that the package tells."""

from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from .. import arguments
from ._shared import instance, nonempty


class _Weights:
    """Checks every array against the axes in ``_axes`` when the object is made."""

    _axes: ClassVar[dict[str, str]] = {}

    def __post_init__(self):
        sizes = {}
        for name, axes in self._axes.items():
            value = arguments.array(name, getattr(self, name), axes, sizes)
            object.__setattr__(self, name, nonempty(name, value))


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
    instance("weights", weights, _Weights)
    return sum(getattr(weights, each.name).size for each in fields(weights))
