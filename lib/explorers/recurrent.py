"""The explorers of the chapter on recurrent cells; `lib.recurrent` computes.

What was trained stands in `recorded/`, written by `experiments/recurrent_tasks.py`.
"""

import functools
import json
from pathlib import Path

import numpy as np

from .. import recurrent
from ..recurrent import GRUWeights, LSTMWeights, RNNWeights
from .controls import Choice, Slider, Switch
from .explorer import Explorer
from .view import Axis, Band, Bars, Grid, Heatmap, Lines, Panel, Points, Readout, Row, Rule, View

RECORDED = Path(__file__).parent / "recorded"
COLORS = {"rnn": "green", "gru": "vermilion", "lstm": "blue"}
NAMES = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}


@functools.cache
def recorded(name):
    return json.loads((RECORDED / name).read_text(encoding="utf-8"))


T = 60  # steps in lstm-cell
UNITS = 4  # of its trained cells
UNIT_COLORS = ("blue", "vermilion", "green", "purple")


class LSTMCell(Explorer):
    """A trained cell reads a sequence with two impulses: its gates, its states, what it says."""

    name = "lstm-cell"
    title = "A cell that holds the last impulse"
    tries = (
        "moving the impulses, with heights of 0.1 and more either way (in training there were no smaller ones). "
        "Then a forget bias lower by 1 and higher by 1, of both cells, and the GRU’s lower by 2."
    )
    sees = (
        "an impulse makes the gates jump; some ten steps later they rest, and what the cell says stays. But they don’t rest at 1: what they let go, "
        "the matrices bring back, in a balance that training found. So 24 steps after an impulse the LSTM has lost its value with a forget bias lower by 1, and says more than twice of it "
        "with one higher by 1. The GRU bears 1 more; with 2 less it loses what is above 0 and keeps what is below."
    )
    play = "at"

    cell = Choice("lstm", {"lstm": "LSTM", "gru": "GRU"}, label="cell")
    scale = Slider(1.0, 0.0, 2.0, label="weights times", step=0.02, format=".2f")
    at = Slider(8, 0, T - 1, label="first impulse at", unit="steps", step=1)
    height = Slider(0.8, -1.0, 1.0, label="its height", step=0.02, format="+.2f")
    later = Slider(33, 0, T - 1, label="second impulse at", unit="steps", step=1)
    second = Slider(-0.5, -1.0, 1.0, label="height of the second", step=0.02, format="+.2f")
    forget = Slider(0.0, -6.0, 6.0, label="added to the forget bias", step=0.1, format="+.1f")
    inputs = Slider(0.0, -6.0, 6.0, label="added to the input bias", step=0.1, format="+.1f")
    output = Slider(0.0, -6.0, 6.0, label="added to the output (GRU: reset) bias", step=0.1, format="+.1f")
    misread = Switch(False, label="break it: read the weights in another convention", breaks=True)

    sentence = (
        "Cell {cell}: an impulse of {height:.2f} at step {at}, another of {second:.2f} at step {later}. At the end the cell "
        "says {said_last:.2f} where {target_last:.2f} is right; its forget gates are open to {kept:.2f} on average."
    )
    code = """
import numpy as np
from lib import recurrent
from lib.explorers.recurrent import LSTMCell

net = {{name: np.array(value) for name, value in LSTMCell.data()[{cell}].items()}}
x = np.zeros(60)
x[{at}] += {height}
x[{later}] += {second}
W_h, W_x, zeros = {scale} * net["W_h"], {scale} * net["W_x"], np.zeros((1, 4))
if {cell} == "lstm":
    b = net["b"] + np.array([[{inputs}], [{forget}], [{output}], [0.0]])
    order = [0, 1, 3, 2] if {misread} else [0, 1, 2, 3]  # torch's order is i, f, g, o
    weights = recurrent.LSTMWeights(W_h[order], W_x[order], b[order])
    trace = recurrent.lstm_forward(x[:, None, None], zeros, zeros, weights)
else:
    b_x = net["b_x"] + np.array([[{output}], [{forget} - {inputs}], [0.0]])
    weights = recurrent.GRUWeights(W_h, W_x, net["b_h"], b_x)
    trace = recurrent.gru_forward(x[:, None, None], zeros, weights, reset="before" if {misread} else "after")
h = trace.h[:, 0].T
said = trace.h[:, 0] @ net["W_y"][0] + net["b_y"][0]
said_last = float(said[-1])
"""

    @staticmethod
    @functools.cache
    def data():
        nets = recorded("recurrent_weights.json")
        return {cell: nets[cell] for cell in ("lstm", "gru")}

    @staticmethod
    def frame(*, cell, scale, at, height, later, second, forget, inputs, output, misread):
        net = {name: np.array(value) for name, value in LSTMCell.data()[cell].items()}
        x = np.zeros((T, 1, 1))
        x[at] += height
        x[later] += second
        target, held = np.zeros(T), 0.0
        for t in range(T):
            held = target[t] = held if x[t] == 0 else x[t, 0, 0]
        W_h, W_x, zeros = scale * net["W_h"], scale * net["W_x"], np.zeros((1, UNITS))

        def run(misread):
            """Gates (4, T, k) in the rows' order, c and h (T, k)."""
            if cell == "lstm":
                b = net["b"] + np.array([[inputs], [forget], [output], [0.0]])
                order = [0, 1, 3, 2] if misread else [0, 1, 2, 3]
                trace = recurrent.lstm_forward(x, zeros, zeros, LSTMWeights(W_h[order], W_x[order], b[order]))
                return np.stack([trace.i, trace.f, trace.o, trace.g])[:, :, 0], trace.c[:, 0], trace.h[:, 0]
            b_x = net["b_x"] + np.array([[output], [forget - inputs], [0.0]])
            weights = GRUWeights(W_h, W_x, net["b_h"], b_x)
            trace = recurrent.gru_forward(x, zeros, weights, reset="before" if misread else "after")
            return np.stack([1 - trace.z, trace.z, trace.r, trace.n])[:, :, 0], trace.h[:, 0], trace.h[:, 0]

        gates, c, h = run(misread)
        said = h @ net["W_y"][0] + net["b_y"][0]
        # Four rows a gate, and an empty one under each.
        rows = np.full((4, UNITS + 1, T), np.nan)
        rows[:, :UNITS] = gates.swapaxes(1, 2)
        kept = gates[1].mean()
        return {
            "t": np.arange(T),
            "x": x[:, 0, 0],
            "target": target,
            "said": said,
            "gates": rows.reshape(-1, T),
            "c": c.T,
            "h": h.T,
            "most": max(1.0, np.abs(c).max()),
            "least": -max(1.0, np.abs(c).max()),
            "widest": max(1.0, np.abs(said).max()),
            "narrowest": -max(1.0, np.abs(said).max()),
            "said_last": said[-1],
            "target_last": target[-1],
            "kept": kept,
            "deviation": np.abs(h - run(False)[2]).max(),
        }

    view = View(
        Row(
            (
                Grid(
                    (
                        Panel(
                            (
                                Bars("x", "input", "muted"),
                                Lines("t", "target", "right answer", "ink", dashed=True, width=1.2, format="+.3f"),
                                Lines("t", "said", "the cell says", "vermilion", format="+.3f"),
                                Rule("", y=0),
                            ),
                            Axis("step t", -0.5, T - 0.5, symbol="t"),
                            Axis("input, answer", "narrowest", "widest"),
                            ratio=0.5,
                            picks=("at", "height"),
                        ),
                        Panel(
                            (Heatmap("gates", 1),),
                            Axis("step t", -0.5, T - 0.5, symbol="t"),
                            Axis(
                                "", 19.5, -0.5,
                                labels=("i | 1−z", "f | z", "o | r", "g | n"), at=(1.5, 6.5, 11.5, 16.5),
                            ),
                            ratio=0.62,
                            title="gates (LSTM | GRU) of the four units: red 1, blue −1",
                        ),
                    ),
                    columns=1,
                ),
                Grid(
                    tuple(
                        Panel(
                            (
                                *(
                                    Lines("t", f"{state}[{u}]", f"unit {u + 1}", color, format="+.3f")
                                    for u, color in enumerate(UNIT_COLORS)
                                ),
                                Rule("", y=0),
                            ),
                            Axis("step t", -0.5, T - 0.5, symbol="t"),
                            Axis(label, *ends),
                            ratio=0.56,
                        )
                        for state, label, ends in (
                            ("c", "cell state c (GRU: h)", ("least", "most")),
                            ("h", "hidden state h", (-1.0, 1.0)),
                        )
                    ),
                    columns=1,
                ),
            ),
            widths=(1, 1),
        ),
        (
            Readout("said_last", "the cell says at the end", "+.3f"),
            Readout("target_last", "right", "+.3f"),
            Readout("kept", "mean of the forget gates (GRU: z)", ".3f"),
            Readout("deviation", "deviation of h from the net as it was trained", ".3f", must_vanish=1e-12),
        ),
    )


LONGEST = 64  # steps in gradient-flow
WIDTH = 8  # its hidden size
ARRIVING = ("rnn", "gru", "lstm", "carry")
NUDGE = 1e-3  # of the finite difference of its biases


class GradientFlow(Explorer):
    """How much of the last step's gradient reaches each earlier one, in three untrained cells."""

    name = "gradient-flow"
    title = "What is left of a gradient"
    tries = "the forget bias from −4 to 6 at the gain 0.2; then, at a bias of 2, the gain up to 1.4. Then drop the carry."
    sees = (
        "the dashed line is the carry alone, the product of the forget gates: the bias tilts it, the gain hardly moves it. The LSTM’s solid "
        "line is the carry and all that comes through the matrices besides: at the gain 0.2 and a bias of 3 or more the two stay within a factor of 2, "
        "at larger gains the matrices may outweigh the carry many times. The RNN has these alone, and stays under the power of the gain (grey). "
        "Without dc_next the LSTM’s gradient is no longer the one that is measured."
    )
    play = "forget"

    length = Slider(48, 8, LONGEST, label="length T", unit="steps", step=1)
    gain = Slider(0.3, 0.2, 1.4, label="recurrent gain", step=0.01, format=".2f")
    forget = Slider(3.0, -4.0, 6.0, label="forget bias (GRU: update bias)", step=0.1, format="+.1f")
    drive = Slider(0.5, 0.2, 2.0, label="size of the inputs", step=0.05, format=".2f")
    dropped = Switch(False, label="break it: drop dc_next", breaks=True)

    sentence = (
        "{length} steps, gain {gain:.2f}, forget bias {forget:.1f}: the gradient at the first step over that at the last is {arrives[0]:.1e} in the RNN, "
        "{arrives[1]:.1e} in the GRU, {arrives[2]:.1e} in the LSTM, and {arrives[3]:.1e} by the LSTM's carry alone; "
        "the LSTM's gradient of its biases is off by {deviation:.6f}."
    )
    code = """
import numpy as np
from lib import recurrent
from lib.explorers.recurrent import GradientFlow

length, gain = {length}, {gain}
data = GradientFlow.data()
x = {drive} * data["x"][:length, None, None]
zeros = np.zeros((1, 8))
dh = np.zeros((length, 1, 8))
dh[-1] = data["v"]  # the loss is v·h_T
Q, W_x = data["Q"], data["W_x"]
one, b = np.ones(8), {forget}
lstm = recurrent.LSTMWeights(gain * Q, W_x, np.outer([0.0, b, 0.0, 0.0], one))
gru = recurrent.GRUWeights(gain * Q[:3], W_x[:3], 0 * Q[:3, 0], np.outer([0.0, b, 0.0], one))
rnn = recurrent.RNNWeights(gain * Q[3], W_x[3], 0 * one)
of_rnn = recurrent.rnn_backward(recurrent.rnn_forward(x, zeros, rnn), dh).h[:, 0]
of_gru = recurrent.gru_backward(recurrent.gru_forward(x, zeros, gru), dh).h[:, 0]
trace = recurrent.lstm_forward(x, zeros, zeros, lstm)
of_c = recurrent.lstm_backward(trace, dh).c[:, 0]
later = np.concatenate([trace.f[1:, 0], np.ones((1, 8))])
carry = np.linalg.norm(np.cumprod(later[::-1], axis=0)[::-1] * of_c[-1], axis=1)
norm_rnn = np.linalg.norm(of_rnn, axis=1)
norm_gru = np.linalg.norm(of_gru, axis=1)
"""

    @staticmethod
    @functools.cache
    def data():
        rng = np.random.default_rng(3)
        return {
            # Orthogonal, so that the gain is every singular value.
            "Q": np.round([np.linalg.qr(rng.standard_normal((WIDTH, WIDTH)))[0] for _ in range(4)], 4),
            "W_x": np.round(rng.standard_normal((4, WIDTH, 1)), 2),
            "x": np.round(rng.standard_normal(LONGEST), 2),
            "v": np.round(rng.standard_normal(WIDTH) / np.sqrt(WIDTH), 3),
            "u": np.round(rng.standard_normal((4, WIDTH)) / np.sqrt(4 * WIDTH), 3),
        }

    @staticmethod
    def frame(*, length, gain, forget, drive, dropped):
        data = GradientFlow.data()
        Q, W_x, v, u = data["Q"], data["W_x"], data["v"], data["u"]
        x, zeros, one = drive * data["x"][:length, None, None], np.zeros((1, WIDTH)), np.ones(WIDTH)
        b = np.outer([0.0, forget, 0.0, 0.0], one)
        dh = np.zeros((length, 1, WIDTH))
        dh[-1] = v

        def lstm(b):
            return recurrent.lstm_forward(x, zeros, zeros, LSTMWeights(gain * Q, W_x, b))

        trace = lstm(b)
        back = recurrent.lstm_backward(trace, dh)
        of_c, db = back.c[:, 0], back.b
        # From the last c to each earlier one by the forget gates alone: their product over all later steps.
        later = np.concatenate([trace.f[1:, 0], np.ones((1, WIDTH))])
        carry = np.cumprod(later[::-1], axis=0)[::-1] * of_c[-1]
        if dropped:
            _, of_c, db = without_carry(LSTMWeights(gain * Q, W_x, b), x[:, 0], v)
        plain = recurrent.rnn_forward(x, zeros, RNNWeights(gain * Q[3], W_x[3], 0 * one))
        gated = recurrent.gru_forward(x, zeros, GRUWeights(gain * Q[:3], W_x[:3], 0 * b[:3], b[:3]))
        flows = {
            "rnn": recurrent.rnn_backward(plain, dh).h[:, 0],
            "gru": recurrent.gru_backward(gated, dh).h[:, 0],
            "lstm": of_c,
            "carry": carry,
        }
        norms = {name: np.linalg.norm(flow, axis=1) for name, flow in flows.items()}
        # A small step: where gradients grow over 60 steps, the loss bends within a hundredth.
        measured = recurrent.finite_difference(lambda s: v @ lstm(b + s * u).h[-1, 0], 0.0, step=NUDGE)
        arrives = np.array([norms[name][0] / norms[name][-1] for name in ARRIVING])
        return {
            "t": np.arange(1, length + 1),
            **{f"norm_{cell}": norms[cell] for cell in COLORS},
            "carry": norms["carry"],
            "bound": norms["rnn"][-1] * gain ** np.arange(length - 1.0, -1.0, -1.0),
            "arrives": arrives,
            **{f"bar_{name}": np.where(np.arange(4) == place, arrives, np.nan) for place, name in enumerate(ARRIVING)},
            "deviation": np.abs((db * u).sum() - measured) / np.linalg.norm(db),
        }

    view = View(
        Row(
            (
                Panel(
                    (
                        Lines("t", "bound", "gain to the power T − t", "muted", dashed=True, width=1.0, format=".2e"),
                        Lines("t", "norm_rnn", "RNN, of h", "green", format=".2e"),
                        Lines("t", "norm_gru", "GRU, of h", "vermilion", format=".2e"),
                        Lines("t", "norm_lstm", "LSTM, of c", "blue", format=".2e"),
                        Lines("t", "carry", "its carry alone", "ink", dashed=True, width=1.5, format=".2e"),
                    ),
                    Axis("step t", 1, "length", symbol="t"),
                    Axis("norm of ∂L/∂h or ∂L/∂c", 1e-9, 1e3, log=True),
                    ratio=0.68,
                ),
                Panel(
                    tuple(
                        Bars(f"bar_{name}", "", color, format=".1e", outline=name == "carry")
                        for name, color in zip(ARRIVING, (*COLORS.values(), "ink"))
                    ),
                    Axis("", -0.6, 3.6, labels=("RNN", "GRU", "LSTM", "carry")),
                    Axis("first step against last", 1e-9, 1e3, log=True),
                    ratio=1.28,
                ),
            ),
            widths=(12, 8),
        ),
        (
            Readout("arrives[0]", "first step’s gradient over the last’s: RNN", ".1e"),
            Readout("arrives[1]", "GRU", ".1e"),
            Readout("arrives[2]", "LSTM", ".1e"),
            Readout("arrives[3]", "the LSTM’s carry alone", ".1e"),
            Readout("deviation", "∂L/∂b of the LSTM off its finite difference by", ".6f", must_vanish=1e-6),
        ),
    )


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


K, D, M = 3, 2, 3  # hidden size, input size, classes in backward-step
GATES = ("i", "f", "o", "g")
GRADIENTS = {
    "c": "∂L/∂c_t", "h": "∂L/∂h_t",
    "W_o": "∂L/∂W_o", "W_i": "∂L/∂W_i", "W_f": "∂L/∂W_f", "W_g": "∂L/∂W_g",
    "b_o": "∂L/∂b_o", "b_i": "∂L/∂b_i", "b_f": "∂L/∂b_f", "b_g": "∂L/∂b_g",
    "c_prev": "∂L/∂c_{t−1}", "h_prev": "∂L/∂h_{t−1}", "x": "∂L/∂x_t",
    "W_y": "∂L/∂W_y", "b_y": "∂L/∂b_y",
}
SOURCES = ("output", "dh", "dc")


class BackwardStep(Explorer):
    """Every gradient of one LSTM step, split by where it comes from, beside its finite difference."""

    name = "backward-step"
    title = "One step backward"
    tries = "going through the list of gradients, with dc_next at 0 and at 2. Then drop it."
    sees = (
        "three streams feed a step: its own output, and dh_next and dc_next from the step after it. The output layer, ∂L/∂h_t and "
        "the output gate have no part of dc_next. All others do, and where it is above 0 and dropped, their bars leave the points of the finite differences."
    )
    play = "dc"

    gradient = Choice("c", GRADIENTS, label="gradient")
    target = Slider(0, 0, M - 1, label="right class", step=1)
    dh = Slider(0.5, 0.0, 2.0, label="size of dh_next", step=0.02, format=".2f")
    dc = Slider(1.0, 0.0, 2.0, label="size of dc_next", step=0.02, format=".2f")
    forget = Slider(1.0, -6.0, 6.0, label="added to the forget bias", step=0.1, format="+.1f")
    carried = Slider(1.0, -2.0, 2.0, label="cell state before, times", step=0.05, format="+.2f")
    dropped = Switch(False, label="break it: drop dc_next", breaks=True)

    sentence = (
        "Gradient {gradient}, dh_next {dh:.2f}, dc_next {dc:.2f}: its norm is {norm:.4f}; the loss of the step is {loss:.4f}; "
        "the largest difference from the finite differences is {deviation:.7f}."
    )
    code = """
import numpy as np
from lib import recurrent
from lib.explorers.recurrent import BackwardStep

given = BackwardStep.data()
W, b = given["W"], given["b"] + {forget} * np.array([[0.0], [1.0], [0.0], [0.0]])
weights = recurrent.LSTMWeights(W[:, :, :3], W[:, :, 3:], b)
step = recurrent.lstm_step(given["x"], given["h_prev"], {carried} * given["c_prev"], weights)
probabilities = recurrent.output_layer(step.h, given["W_y"], given["b_y"])
loss = float(recurrent.cross_entropy(probabilities, {target}))
ds = recurrent.cross_entropy_gradient(probabilities, {target})
of_output = recurrent.output_layer_backward(ds, step.h, given["W_y"])
dc_next = 0 * given["dc_next"] if {dropped} else {dc} * given["dc_next"]
of_step = recurrent.lstm_step_backward(step, of_output.h, {dh} * given["dh_next"], dc_next)
source = of_output if {gradient} in ("W_y", "b_y") else of_step
value = getattr(source, {gradient}).ravel()
"""

    @staticmethod
    @functools.cache
    def data():
        rng = np.random.default_rng(5)
        shapes = {
            "W": (4, K, K + D), "b": (4, K), "x": (D,), "h_prev": (K,), "c_prev": (K,), "dh_next": (K,), "dc_next": (K,),
            "W_y": (M, K), "b_y": (M,),
        }
        return {name: np.round(rng.standard_normal(shape), 2) for name, shape in shapes.items()}

    @staticmethod
    def frame(*, gradient, target, dh, dc, forget, carried, dropped):
        given = dict(BackwardStep.data())
        given["b"] = given["b"] + forget * np.array([[0.0], [1.0], [0.0], [0.0]])
        given["c_prev"] = carried * given["c_prev"]
        dh_next, dc_next = dh * given["dh_next"], dc * given["dc_next"]

        def forward(g):
            weights = LSTMWeights(g["W"][:, :, :K], g["W"][:, :, K:], g["b"])
            step = recurrent.lstm_step(g["x"], g["h_prev"], g["c_prev"], weights)
            return step, recurrent.output_layer(step.h, g["W_y"], g["b_y"])

        step, probabilities = forward(given)

        def loss(value):
            """What the step does to the whole loss, where the chosen thing has another value."""
            gate = GATES.index(gradient[2]) if gradient[:2] in ("W_", "b_") and gradient[2] in GATES else None
            if gradient in ("h", "c"):  # what comes before h_t or c_t no longer matters
                c = step.c if gradient == "h" else value
                h = value if gradient == "h" else step.o * np.tanh(c)
                said = recurrent.output_layer(h, given["W_y"], given["b_y"])
            else:
                changed = given
                if gate is None:
                    changed = given | {gradient: value}
                else:
                    arrays = given[gradient[0]].copy()
                    arrays[gate] = value
                    changed = given | {gradient[0]: arrays}
                at, said = forward(changed)
                h, c = at.h, at.c
            return float(recurrent.cross_entropy(said, target)) + dh_next @ h + dc_next @ c

        ds = recurrent.cross_entropy_gradient(probabilities, target)
        of_output = recurrent.output_layer_backward(ds, step.h, given["W_y"])
        nothing, of_layer = np.zeros(K), gradient in ("W_y", "b_y")
        # The gradients are linear in the three streams that come in, so each stream has a part of its own.
        streams = {
            "output": (of_output.h, nothing, nothing),
            "dh": (nothing, dh_next, nothing),
            "dc": (nothing, nothing, nothing if dropped else dc_next),
        }
        parts = {source: recurrent.lstm_step_backward(step, *stream) for source, stream in streams.items()}

        def part(source, name):
            if of_layer and name == gradient:
                return getattr(of_output, name) * (source == "output")
            return getattr(parts[source], name)

        # A row for each unit, the bias behind the weights; an empty row under each gate.
        maps = np.full((4, K + 1, K + D + 2), np.nan)
        for gate, rows in zip(GATES, maps):
            rows[:K, : K + D] = sum(part(source, f"W_{gate}") for source in SOURCES)
            rows[:K, -1] = sum(part(source, f"b_{gate}") for source in SOURCES)
        chosen = {source: part(source, gradient).ravel() for source in SOURCES}
        value = sum(chosen.values())
        at = given[gradient] if gradient in given else getattr(step, gradient, None)
        if at is None:
            at = given[gradient[0]][GATES.index(gradient[2])]
        measured = recurrent.finite_difference(loss, at).ravel()
        n = len(value)
        most = max(0.05, np.abs([value, measured, *chosen.values()]).max())
        return {
            "maps": maps.reshape(4 * (K + 1), -1),
            "limit": max(1e-6, np.nanmax(np.abs(maps))),
            "entry": np.arange(1, n + 1),
            "value": value,
            "measured": measured,
            **{f"from_{source}": chosen[source] for source in SOURCES},
            **{f"at_{source}": np.arange(1, n + 1) + offset for source, offset in zip(SOURCES, (-0.27, 0.0, 0.27))},
            "last": n + 0.6,
            "top": 1.1 * most,
            "bottom": -1.1 * most,
            "norm": np.linalg.norm(value),
            "loss": float(recurrent.cross_entropy(probabilities, target)),
            "deviation": np.abs(value - measured).max(),
        }

    view = View(
        Row(
            (
                Panel(
                    (Heatmap("maps", "limit"),),
                    Axis("meets", 0.5, K + D + 2.5, labels=("h₁", "h₂", "h₃", "x₁", "x₂", "bias"), at=(1, 2, 3, 4, 5, 7)),
                    Axis("", 15.5, -0.5, labels=("input", "forget", "output", "cand."), at=(1, 5, 9, 13)),
                    ratio=1.3,
                    title="∂L/∂W and ∂L/∂b, three units a gate",
                ),
                Grid(
                    (
                        Panel(
                            (
                                Bars("value", "derived", "blue", x="entry", format="+.6f"),
                                Points("entry", "measured", "finite difference", "vermilion", format="+.6f"),
                                Rule("", y=0),
                            ),
                            Axis("entry, row by row", 0.4, "last", symbol="entry"),
                            Axis("gradient", "bottom", "top"),
                            ratio=0.42,
                            title="∂L/∂{gradient}",
                        ),
                        Panel(
                            (
                                *(
                                    Bars(f"from_{source}", label, color, x=f"at_{source}", width=0.25, format="+.6f")
                                    for source, label, color in zip(
                                        SOURCES, ("from this step’s output", "from dh_next", "from dc_next"), ("muted", "green", "purple")
                                    )
                                ),
                                Rule("", y=0),
                            ),
                            Axis("entry, row by row", 0.4, "last", symbol="entry"),
                            Axis("its three parts", "bottom", "top"),
                            ratio=0.42,
                        ),
                    ),
                    columns=1,
                ),
            ),
            widths=(3, 4),
        ),
        (
            Readout("norm", "norm of this gradient", ".5f"),
            Readout("loss", "loss of the step", ".4f"),
            Readout("deviation", "largest difference from finite differences", ".7f", must_vanish=1e-7),
        ),
    )


TASKS = {"adding": "adding two numbers among 100", "copy": "recalling 3 symbols after 40 steps"}
STARTS = {"0": "0", "1": "1", "ln": "ln of the length"}
RUNNERS = {
    "uniform": ("RNN, uniform start", "muted"), "orthogonal": ("RNN, orthogonal start", "green"),
    "gru": ("GRU", "vermilion"), "lstm": ("LSTM", "blue"),
}


class CellRace(Explorer):
    """What the three cells cost, and how they learned two tasks of memory from several starts."""

    name = "cell-race"
    title = "Three cells in a race"
    tries = "sliding over the training, on both tasks, with each bias of the gates. Then d and k: look for a ratio that changes."
    sees = (
        "with one bias a gate, the filled bars, parameters, stand as 1 to 3 to 4 whatever d and k are; products per step, in outline, come near that where k + d is large. "
        "In training the order of the cells changes with the task and with the start, at some 4,500 to 5,000 parameters each. "
        "The line is the median of five runs, the band reaches from the worst to the best."
    )
    play = "update"

    task = Choice("adding", TASKS, label="task")
    bias = Choice("0", STARTS, label="gates that keep start with the bias")
    update = Slider(4000, 0, 4000, label="training", unit="updates", step=50)
    d = Slider(64, 1, 1024, label="input size d", step=1, log=True)
    k = Slider(128, 1, 1024, label="hidden size k", step=1, log=True)

    sentence = (
        "Task {task}, gates started with bias {bias}, after {update} updates, right in the middle run: RNN from a uniform start {right_uniform:.1%}, from an orthogonal "
        "one {right_orthogonal:.1%}, GRU {right_gru:.1%}, LSTM {right_lstm:.1%}; by chance {chance:.1%}. "
        "With d {d} and k {k} the LSTM has {parameters[2]:,d} parameters, the GRU {parameters[1]:,d}, the RNN {parameters[0]:,d}."
    )
    code = """
import numpy as np
from lib import recurrent
from lib.explorers.recurrent import recorded

costs = [recurrent.cell_cost(cell, d={d}, k={k}) for cell in ("rnn", "gru", "lstm")]
parameters = np.array([cost.parameters for cost in costs])
products = np.array([cost.products for cost in costs])
race = recorded("recurrent_tasks.json")
runs = np.array(race["right"][{task}]["lstm"][{bias}])  # (seeds, looks)
right_lstm = float(np.median(runs[:, {update} // 50]))
chance = race["chance"][{task}][0]
"""

    @staticmethod
    @functools.cache
    def data():
        """For each task, runner and start the worst, the middle and the best of five runs along the training."""
        race = recorded("recurrent_tasks.json")

        def courses(runs):
            return {"worst": np.min(runs, axis=0), "middle": np.median(runs, axis=0), "best": np.max(runs, axis=0)}

        return {
            task: {
                **{start: courses(runs) for start, runs in cells["rnn"].items()},
                **{f"{cell} {start}": courses(runs) for cell in ("gru", "lstm") for start, runs in cells[cell].items()},
                "chance": race["chance"][task][0],
            }
            for task, cells in race["right"].items()
        }

    @staticmethod
    def frame(*, task, bias, update, d, k):
        courses = CellRace.data()[task]
        updates = 50 * np.arange(len(courses["uniform"]["middle"]))
        shown, look = updates <= update, update // 50
        costs = [recurrent.cell_cost(cell, d, k) for cell in COLORS]
        budget = costs[2].parameters

        def largest(gates):
            """The largest hidden size with which so many gates have at most the LSTM's parameters."""
            return np.floor((np.sqrt((d + 1) ** 2 + 4 * budget / gates) - (d + 1)) / 2)

        out = {
            "updates": updates,
            "chance": courses["chance"],
            "by_chance": np.full(len(updates), courses["chance"]),
            "parameters": np.array([cost.parameters for cost in costs]),
            "products": np.array([cost.products for cost in costs]),
            "most": 1.05 * max(costs[2].parameters, costs[2].products),
            "k_gru": largest(3),
            "k_rnn": largest(1),
        }
        for runner in RUNNERS:
            course = courses[runner if runner in courses else f"{runner} {bias}"]
            out |= {f"{name}_{runner}": np.where(shown, values, np.nan) for name, values in course.items()}
            out[f"right_{runner}"] = course["middle"][look]
        return out

    view = View(
        Row(
            (
                Panel(
                    (
                        *(Band("updates", f"worst_{runner}", f"best_{runner}", color) for runner, (_, color) in RUNNERS.items()),
                        *(Lines("updates", f"middle_{runner}", name, color, format=".1%") for runner, (name, color) in RUNNERS.items()),
                        Lines("updates", "by_chance", "by chance", "ink", dashed=True, width=1.0, format=".1%"),
                        Rule("", x="update", color="ink"),
                    ),
                    Axis("updates", 0, 4000, symbol="update"),
                    Axis("share right", 0, 1.02),
                    ratio=0.62,
                    picks=("update", None),
                ),
                Panel(
                    (
                        Bars("parameters", "parameters", "blue", format=",d"),
                        Bars("products", "products per step", "ink", outline=True, format=",d"),
                    ),
                    Axis("cell", -0.6, 2.6, labels=tuple(NAMES[cell] for cell in COLORS)),
                    Axis("count", 0, "most"),
                    ratio=1.06,
                ),
            ),
            widths=(3, 2),
        ),
        (
            *(Readout(f"right_{runner}", f"right: {name}", ".1%") for runner, (name, _) in RUNNERS.items()),
            Readout("chance", "by chance", ".1%"),
            Readout("parameters[0]", "parameters: RNN", ",d"),
            Readout("parameters[1]", "parameters: GRU", ",d"),
            Readout("parameters[2]", "parameters: LSTM", ",d"),
            Readout("k_gru", "k of a GRU as large as this LSTM", ",.0f"),
            Readout("k_rnn", "k of an RNN as large", ",.0f"),
        ),
    )
