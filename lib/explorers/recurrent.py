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
SMALLEST = 0.02  # of an impulse that the cells were trained to notice, less is nothing


class LSTMCell(Explorer):
    """A trained cell reads a sequence with two impulses: its gates, its states, what it says."""

    name = "lstm-cell"
    title = "A cell that holds the last impulse"
    tries = "moving the impulses, then the forget bias down to −6 and up to 6. Then the same with the GRU."
    sees = (
        "the gates fall still between impulses and the states stand; with a low forget gate the cell loses "
        "what it held, with a high one it can't let go of the old value when the new one comes."
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
MOST_STEPS = 1000.0  # a longer half-life is shown as this one


class GradientFlow(Explorer):
    """How much of the last step's gradient reaches each earlier one, in three untrained cells."""

    name = "gradient-flow"
    title = "What is left of a gradient"
    tries = "the gain from 0.2 to 1.4, then the forget bias from −4 to 6. Then drop the carry."
    sees = (
        "the RNN's gradient goes down or up like a power of the gain; the LSTM's and the GRU's follow their gates; "
        "without the carry the LSTM forgets like an RNN, and the weights' gradient is wrong. A half-life of 1,000 stands for all longer ones."
    )
    play = "forget"

    length = Slider(48, 8, LONGEST, label="length T", unit="steps", step=1)
    gain = Slider(0.9, 0.2, 1.4, label="recurrent gain", step=0.01, format=".2f")
    forget = Slider(2.0, -4.0, 6.0, label="forget bias (GRU: update bias)", step=0.1, format="+.1f")
    drive = Slider(0.5, 0.2, 2.0, label="size of the inputs", step=0.05, format=".2f")
    dropped = Switch(False, label="break it: drop dc_next", breaks=True)

    sentence = (
        "{length} steps, gain {gain:.2f}, forget bias {forget:.1f}: half of the gradient is gone after {half_rnn:.1f} steps in the RNN, "
        "{half_lstm:.1f} in the LSTM, {half_gru:.1f} in the GRU; the LSTM's gradient of its biases is off by {deviation:.6f}."
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
gradients = {{
    "rnn": recurrent.rnn_backward(recurrent.rnn_forward(x, zeros, rnn), dh),
    "gru": recurrent.gru_backward(recurrent.gru_forward(x, zeros, gru), dh),
    "lstm": recurrent.lstm_backward(recurrent.lstm_forward(x, zeros, zeros, lstm), dh),
}}
norm_rnn = np.linalg.norm(gradients["rnn"].h[:, 0], axis=1)
norm_gru = np.linalg.norm(gradients["gru"].h[:, 0], axis=1)
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

        back = {
            "rnn": recurrent.rnn_backward(recurrent.rnn_forward(x, zeros, RNNWeights(gain * Q[3], W_x[3], 0 * one)), dh),
            "gru": recurrent.gru_backward(
                recurrent.gru_forward(x, zeros, GRUWeights(gain * Q[:3], W_x[:3], 0 * b[:3], b[:3])), dh
            ),
            "lstm": recurrent.lstm_backward(lstm(b), dh),
        }
        along = {cell: gradients.h[:, 0] for cell, gradients in back.items()}
        of_c, db = back["lstm"].c[:, 0], back["lstm"].b
        if dropped:
            along["lstm"], of_c, db = without_carry(LSTMWeights(gain * Q, W_x, b), x[:, 0], v)
        norms = {cell: np.linalg.norm(gradient, axis=1) for cell, gradient in along.items()}
        measured = recurrent.finite_difference(lambda s: v @ lstm(b + s * u).h[-1, 0], 0.0)
        half = {cell: half_life(norm) for cell, norm in norms.items()}
        return {
            "t": np.arange(1, length + 1),
            **{f"norm_{cell}": norm for cell, norm in norms.items()},
            "norm_c": np.linalg.norm(of_c, axis=1),
            **{f"half_{cell}": steps for cell, steps in half.items()},
            "place": np.arange(3),
            "halves": np.array([half[cell] for cell in COLORS]),
            **{f"bar_{cell}": np.where(np.arange(3) == place, half[cell], np.nan) for place, cell in enumerate(COLORS)},
            "deviation": np.abs((db * u).sum() - measured) / np.linalg.norm(db),
        }

    view = View(
        Row(
            (
                Panel(
                    (
                        *(Lines("t", f"norm_{cell}", NAMES[cell], color, format=".2e") for cell, color in COLORS.items()),
                        Lines("t", "norm_c", "LSTM, of c", "blue", dashed=True, width=1.3, format=".2e"),
                    ),
                    Axis("step t", 1, "length", symbol="t"),
                    Axis("norm of ∂L/∂h", 1e-9, 1e3, log=True),
                    ratio=0.68,
                ),
                Panel(
                    tuple(Bars(f"bar_{cell}", "", color, format=".1f") for cell, color in COLORS.items()),
                    Axis("cell", -0.6, 2.6, labels=tuple(NAMES[cell] for cell in COLORS)),
                    Axis("half-life (steps)", 0.1, MOST_STEPS, log=True),
                    ratio=1.28,
                ),
            ),
            widths=(13, 7),
        ),
        (
            Readout("half_rnn", "half-life: RNN", ".1f", "steps"),
            Readout("half_gru", "half-life: GRU", ".1f", "steps"),
            Readout("half_lstm", "half-life: LSTM", ".1f", "steps"),
            Readout("deviation", "∂L/∂b of the LSTM off its finite difference by", ".6f", must_vanish=1e-6),
        ),
    )


def without_carry(weights, x, v):
    """∂L/∂h and ∂L/∂c (T, k) and ∂L/∂b (4, k) of the loss v·h_T as they come out where every step forgets dc_next."""
    k = len(v)
    steps, h, c = [], np.zeros(k), np.zeros(k)
    for x_t in x:
        steps.append(recurrent.lstm_step(x_t, h, c, weights))
        h, c = steps[-1].h, steps[-1].c
    dh, back = v, []
    for step in reversed(steps):
        back.append(recurrent.lstm_step_backward(step, dh))
        dh = back[-1].h_prev
    db = np.sum([[one.b_i, one.b_f, one.b_o, one.b_g] for one in back], axis=0)
    return np.array([one.h for one in back[::-1]]), np.array([one.c for one in back[::-1]]), db


def half_life(norms):
    """Steps back over which a gradient halves, from the straight line through its logarithm; at most 1000.

    The last two steps are left out: there the gradient has not yet found its course."""
    t, logs = np.arange(len(norms) - 2), np.log(norms[:-2])
    slope = ((t - t.mean()) * (logs - logs.mean())).sum() / ((t - t.mean()) ** 2).sum()
    return np.log(2) / max(slope, np.log(2) / MOST_STEPS)


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
        "three streams feed a step: its own output, and dh_next and dc_next from the step after it. Only the output layer and "
        "the output gate live without dc_next; where it is dropped, the bars leave the points of the finite differences."
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


class CellRace(Explorer):
    """What the three cells cost, and how they learned two tasks of memory."""

    name = "cell-race"
    title = "Three cells in a race"
    tries = "sliding over the training, on both tasks. Then d and k: look for a ratio that changes."
    sees = (
        "the bars stand as 1 to 3 to 4 whatever d and k are; at about 4,500 parameters each, the gated cells learn what the plain one doesn't. "
        "The line is the median of five runs, the band reaches from the worst to the best."
    )
    play = "update"

    task = Choice("adding", TASKS, label="task")
    update = Slider(4000, 0, 4000, label="training", unit="updates", step=50)
    d = Slider(64, 1, 1024, label="input size d", step=1, log=True)
    k = Slider(128, 1, 1024, label="hidden size k", step=1, log=True)

    sentence = (
        "Task {task}, after {update} updates: RNN {right_rnn:.1%} right, GRU {right_gru:.1%}, LSTM {right_lstm:.1%} in the middle run. "
        "With d {d} and k {k} the LSTM has {parameters[2]:,d} parameters, the GRU {parameters[1]:,d}, the RNN {parameters[0]:,d}."
    )
    code = """
import numpy as np
from lib import recurrent
from lib.explorers.recurrent import CellRace

costs = [recurrent.cell_cost(cell, d={d}, k={k}) for cell in ("rnn", "gru", "lstm")]
parameters = np.array([cost.parameters for cost in costs])
products = np.array([cost.products for cost in costs])
runs = np.array(CellRace.data()[{task}]["lstm"])  # (seeds, looks), recorded
right_lstm = float(np.median(runs[:, {update} // 50]))
"""

    @staticmethod
    @functools.cache
    def data():
        return recorded("recurrent_tasks.json")["right"]

    @staticmethod
    def frame(*, task, update, d, k):
        runs = {cell: np.array(CellRace.data()[task][cell]) for cell in COLORS}  # (seeds, looks)
        updates = 50 * np.arange(runs["lstm"].shape[1])
        shown, look = updates <= update, update // 50
        costs = [recurrent.cell_cost(cell, d, k) for cell in COLORS]
        budget = costs[2].parameters

        def largest(gates):
            """The largest hidden size with which so many gates have at most the LSTM's parameters."""
            return np.floor((np.sqrt((d + 1) ** 2 + 4 * budget / gates) - (d + 1)) / 2)

        out = {
            "updates": updates,
            "place": np.arange(3),
            "parameters": np.array([cost.parameters for cost in costs]),
            "products": np.array([cost.products for cost in costs]),
            "most": 1.05 * max(costs[2].parameters, costs[2].products),
            "k_gru": largest(3),
            "k_rnn": largest(1),
        }
        for cell, courses in runs.items():
            curve = {"middle": np.median(courses, axis=0), "worst": courses.min(axis=0), "best": courses.max(axis=0)}
            out |= {f"{name}_{cell}": np.where(shown, values, np.nan) for name, values in curve.items()}
            out[f"right_{cell}"] = curve["middle"][look]
        return out

    view = View(
        Row(
            (
                Panel(
                    (
                        *(Band("updates", f"worst_{cell}", f"best_{cell}", color) for cell, color in COLORS.items()),
                        *(Lines("updates", f"middle_{cell}", NAMES[cell], color, format=".1%") for cell, color in COLORS.items()),
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
            Readout("right_rnn", "right: RNN", ".1%"),
            Readout("right_gru", "right: GRU", ".1%"),
            Readout("right_lstm", "right: LSTM", ".1%"),
            Readout("parameters[0]", "parameters: RNN", ",d"),
            Readout("parameters[1]", "parameters: GRU", ",d"),
            Readout("parameters[2]", "parameters: LSTM", ",d"),
            Readout("k_gru", "k of a GRU as large as this LSTM", ",.0f"),
            Readout("k_rnn", "k of an RNN as large", ",.0f"),
        ),
    )
