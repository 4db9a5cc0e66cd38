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

One idea a file: ``lstm``, ``gru`` and ``rnn``, their ``weights`` and what they ``cost``, one ``step`` of an LSTM,
the ``output`` layer, and gradients by ``differences``.

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

from .cost import CellCost, cell_cost
from .differences import finite_difference
from .gru import RESETS, GRUGradients, GRUTrace, gru_backward, gru_forward
from .lstm import LSTMGradients, LSTMTrace, lstm_backward, lstm_forward
from .output import OutputGradients, cross_entropy, cross_entropy_gradient, output_layer, output_layer_backward
from .rnn import RNNGradients, RNNTrace, rnn_backward, rnn_forward
from .step import LSTMStep, LSTMStepGradients, lstm_step, lstm_step_backward
from .weights import GRUWeights, LSTMWeights, RNNWeights, n_parameters

__all__ = [
    "RNNWeights",
    "LSTMWeights",
    "GRUWeights",
    "n_parameters",
    "CellCost",
    "cell_cost",
    "LSTMTrace",
    "LSTMGradients",
    "lstm_forward",
    "lstm_backward",
    "LSTMStep",
    "LSTMStepGradients",
    "lstm_step",
    "lstm_step_backward",
    "GRUTrace",
    "GRUGradients",
    "gru_forward",
    "gru_backward",
    "RESETS",
    "RNNTrace",
    "RNNGradients",
    "rnn_forward",
    "rnn_backward",
    "OutputGradients",
    "output_layer",
    "cross_entropy",
    "cross_entropy_gradient",
    "output_layer_backward",
    "finite_difference",
]
