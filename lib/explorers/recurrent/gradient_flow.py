"""gradient-flow: how much of the last step's gradient reaches each earlier one, in three untrained cells."""

import functools

import numpy as np

from ... import recurrent
from ...widget import Axis, Bars, Explorer, Index, Lines, Panel, Readout, Row, Slider, Switch, View

LONGEST = 64  # steps
WIDTH = 8  # the hidden size
NUDGE = 1e-3  # small: where gradients grow over 60 steps, the loss bends within a hundredth


@functools.cache
def drawn():
    """Q (4, k, k), orthogonal, so that the gain is every singular value; W_x (4, k, 1); inputs x; v of the loss
    v·h_T; u (4, k), the direction in which the biases are tried."""
    rng = np.random.default_rng(3)
    return {
        "Q": np.round([np.linalg.qr(rng.standard_normal((WIDTH, WIDTH)))[0] for _ in range(4)], 4),
        "W_x": np.round(rng.standard_normal((4, WIDTH, 1)), 2),
        "x": np.round(rng.standard_normal(LONGEST), 2),
        "v": np.round(rng.standard_normal(WIDTH) / np.sqrt(WIDTH), 3),
        "u": np.round(rng.standard_normal((4, WIDTH)) / np.sqrt(4 * WIDTH), 3),
    }


def without_carry(weights, x, v, c0=None):
    """∂L/∂h and ∂L/∂c (T, k) and ∂L/∂b (4, k) of the loss v·h_T as they come out where every step forgets dc_next;
    c0 (k,) is the cell state at the start, if not 0."""
    k = len(v)
    steps, h, c = [], np.zeros(k), np.zeros(k) if c0 is None else c0
    for x_t in x:
        steps.append(recurrent.lstm_step(x_t, h, c, weights))
        h, c = steps[-1].h, steps[-1].c
    dh, back = v, []
    for step in reversed(steps):
        back.append(recurrent.lstm_step_backward(step, dh))
        dh = back[-1].h_prev
    db = np.sum([[one.b_i, one.b_f, one.b_o, one.b_g] for one in back], axis=0)
    return np.array([one.h for one in back[::-1]]), np.array([one.c for one in back[::-1]]), db


class GradientFlow(Explorer):
    """How much of the last step's gradient reaches each earlier one, in three untrained cells."""

    name = "gradient-flow"
    title = "What is left of a gradient"
    tries = "the forget bias from −4 to 6 at gain 0.2; then, at bias 2, the gain up to 1.4. Then drop the carry."
    sees = (
        "the dashed line is the carry alone, the product of the forget gates: the bias tilts it, the gain hardly moves it. The LSTM’s solid "
        "line is the carry and all that comes through the matrices besides: at the gain 0.2 and a bias of 3 or more the two stay within a factor of 2, "
        "at larger gains the matrices may outweigh the carry many times. The RNN has these alone, and stays under the power of the gain (grey). "
        "Without dcₙₑₓₜ the LSTM’s gradient is no longer the one that is measured."
    )
    play = "forget"

    length = Slider(48, 8, LONGEST, label="length T", unit="steps", step=1)
    gain = Slider(0.3, 0.2, 1.4, label="recurrent gain", step=0.01, format=".2f")
    forget = Slider(3.0, -4.0, 6.0, label="forget bias (GRU: update bias)", step=0.1, format="+.1f")
    drive = Slider(0.5, 0.2, 2.0, label="size of the inputs", step=0.05, format=".2f")
    dropped = Switch(False, label="break it: drop dcₙₑₓₜ", breaks=True)

    sentence = (
        "{length} steps, gain {gain:.2f}, forget bias {forget:.1f}: the gradient at the first step over that at the last is {arrives[0]:.1e} in the RNN, "
        "{arrives[1]:.1e} in the GRU, {arrives[2]:.1e} in the LSTM, and {arrives[3]:.1e} by the LSTM's carry alone; "
        "the LSTM's gradient of its biases is off by {deviation:.6f}."
    )

    data = staticmethod(drawn)

    @staticmethod
    def compute(*, length, gain, forget, drive, dropped):
        given = drawn()
        Q, W_x, v, one = given["Q"], given["W_x"], given["v"], np.ones(WIDTH)
        x = drive * given["x"][:length, None, None]
        h0 = np.zeros((1, WIDTH))
        dh = np.zeros((length, 1, WIDTH))
        dh[-1] = v  # the loss is v·h_T
        lstm = recurrent.LSTMWeights(gain * Q, W_x, np.outer([0.0, forget, 0.0, 0.0], one))
        gru = recurrent.GRUWeights(gain * Q[:3], W_x[:3], 0 * Q[:3, 0], np.outer([0.0, forget, 0.0], one))
        rnn = recurrent.RNNWeights(gain * Q[3], W_x[3], 0 * one)
        of_rnn = recurrent.rnn_backward(recurrent.rnn_forward(x, h0, rnn), dh).h[:, 0]
        of_gru = recurrent.gru_backward(recurrent.gru_forward(x, h0, gru), dh).h[:, 0]
        trace = recurrent.lstm_forward(x, h0, h0, lstm)
        back = recurrent.lstm_backward(trace, dh)
        of_c, db = back.c[:, 0], back.b
        # From the last c to each earlier one by the forget gates alone: their product over all later steps.
        later = np.concatenate([trace.f[1:, 0], np.ones((1, WIDTH))])
        of_carry = np.cumprod(later[::-1], axis=0)[::-1] * of_c[-1]
        if dropped:
            _, of_c, db = without_carry(lstm, x[:, 0], v)
        norm_rnn, norm_gru, norm_lstm, carry = (np.linalg.norm(flow, axis=1) for flow in (of_rnn, of_gru, of_c, of_carry))
        return dict(x=x, h0=h0, lstm=lstm, db=db, norm_rnn=norm_rnn, norm_gru=norm_gru, norm_lstm=norm_lstm, carry=carry)

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        x, h0, lstm, db = (found.pop(name) for name in ("x", "h0", "lstm", "db"))
        u, v = drawn()["u"], drawn()["v"]

        def loss(s):
            moved = recurrent.LSTMWeights(lstm.W_h, lstm.W_x, lstm.b + s * u)
            return v @ recurrent.lstm_forward(x, h0, h0, moved).h[-1, 0]

        measured = recurrent.finite_difference(loss, 0.0, step=NUDGE)
        return found | {
            "bound": found["norm_rnn"][-1] * controls["gain"] ** np.arange(len(x) - 1.0, -1.0, -1.0),
            "arrives": np.array([norms[0] / norms[-1] for norms in found.values()]),
            "deviation": np.abs((db * u).sum() - measured) / np.linalg.norm(db),
        }

    view = View(
        Row(
            Panel(
                Lines(Index(1), "bound", "gain to the power T − t", "muted", dashed=True, width=1.0, format=".2e"),
                Lines(Index(1), "norm_rnn", "RNN, of h", "green", format=".2e"),
                Lines(Index(1), "norm_gru", "GRU, of h", "vermilion", format=".2e"),
                Lines(Index(1), "norm_lstm", "LSTM, of c", "blue", format=".2e"),
                Lines(Index(1), "carry", "its carry alone", "ink", dashed=True, width=1.5, format=".2e"),
                x=Axis("step t", symbol="t"),
                y=Axis("norm of ∂L/∂h or ∂L/∂c", 1e-9, 1e3, log=True),
                ratio=0.68,
                main=True,
            ),
            Panel(
                *(
                    Bars(f"arrives[{i}]", "", color, x=i, format=".1e", outline=color == "ink")
                    for i, color in enumerate(("green", "vermilion", "blue", "ink"))
                ),
                x=Axis(labels=("RNN", "GRU", "LSTM", "carry")),
                y=Axis("first step against last", 1e-9, 1e3, log=True),
                ratio=1.28,
            ),
            widths=(12, 8),
        ),
        *(
            Readout(f"arrives[{i}]", "first over last step", ".1e", column=column)
            for i, column in enumerate(("RNN", "GRU", "LSTM", "carry alone"))
        ),
        Readout("deviation", "∂L/∂b of the LSTM off its finite difference by", ".6f", must_vanish=1e-6),
    )
