"""lstm-cell: a trained cell reads a sequence with two impulses: its gates, its states, what it says."""

import functools

import numpy as np

from ... import recurrent
from ...widget import Axis, Bars, Choice, Explorer, Grid, Heatmap, Index, Lines, Panel, Reach, Readout, Row, Rule, Slider, Switch, View
from .training import recorded

T = 60  # steps
UNITS = 4  # of the trained cells
COLORS = ("blue", "vermilion", "green", "purple")  # of the units


@functools.cache
def trained(cell):
    """The weights of the trained "lstm" or "gru", and of its output layer, by name."""
    return {name: np.array(value) for name, value in recorded("recurrent_weights.json")[cell].items()}


class LSTMCell(Explorer):
    """A trained cell reads a sequence with two impulses: its gates, its states, what it says."""

    name = "lstm-cell"
    title = "A cell that holds the last impulse"
    tries = "moving the impulses, heights of 0.1 and more. Then a forget bias lower by 1, and higher by 1."
    sees = (
        "an impulse makes the gates jump; some ten steps later they rest, and what the cell says stays. But they don’t rest at 1: what they let go, "
        "the matrices bring back, in a balance that training found. So 24 steps after an impulse the LSTM has lost its value with a forget bias lower by 1, and says more than twice of it "
        "with one higher by 1. The GRU bears 1 more; with 2 less it loses what is above 0 and keeps what is below. "
        "Training had no impulses smaller than 0.1."
    )
    play = "at"
    more = ("scale", "inputs", "output")

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

    @staticmethod
    def data():
        return {cell: trained(cell) for cell in ("lstm", "gru")}

    @staticmethod
    def compute(*, cell, scale, at, height, later, second, forget, inputs, output, misread):
        net = trained(cell)
        x = np.zeros(T)
        x[at] += height
        x[later] += second
        W_h, W_x, zeros = scale * net["W_h"], scale * net["W_x"], np.zeros((1, UNITS))
        if cell == "lstm":
            b = net["b"] + np.array([[inputs], [forget], [output], [0.0]])
            order = [0, 1, 3, 2] if misread else [0, 1, 2, 3]  # torch's order is i, f, g, o
            weights = recurrent.LSTMWeights(W_h[order], W_x[order], b[order])
            trace = recurrent.lstm_forward(x[:, None, None], zeros, zeros, weights)
        else:
            b_x = net["b_x"] + np.array([[output], [forget - inputs], [0.0]])
            weights = recurrent.GRUWeights(W_h, W_x, net["b_h"], b_x)
            trace = recurrent.gru_forward(x[:, None, None], zeros, weights, reset="before" if misread else "after")
        h = trace.h[:, 0].T  # (UNITS, T)
        said = h.T @ net["W_y"][0] + net["b_y"][0]
        said_last = said[-1]
        return dict(trace=trace, x=x, h=h, said=said, said_last=said_last)

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        trace, x, h = found.pop("trace"), found["x"], found["h"]
        target, held = np.zeros(T), 0.0
        for t in range(T):
            held = target[t] = held if x[t] == 0 else x[t]
        if controls["cell"] == "lstm":
            gates, c = [trace.i, trace.f, trace.o, trace.g], trace.c[:, 0].T
        else:
            gates, c = [1 - trace.z, trace.z, trace.r, trace.n], h
        # Four rows a gate, and an empty one under each.
        rows = np.full((4, UNITS + 1, T), np.nan)
        rows[:, :UNITS] = np.stack(gates)[:, :, 0].swapaxes(1, 2)
        return found | {
            "target": target,
            "target_last": target[-1],
            "gates": rows.reshape(-1, T),
            "c": c,
            "kept": gates[1].mean(),
            "deviation": np.abs(h - cls.compute(**controls | {"misread": False})["h"]).max(),
        }

    view = View(
        Row(
            Grid(
                Panel(
                    Bars("x", "input", "muted"),
                    Lines(Index(), "target", "right answer", "ink", dashed=True, width=1.2, format="+.3f"),
                    Lines(Index(), "said", "the cell says", "vermilion", format="+.3f"),
                    Rule(y=0),
                    x=Axis("step t", symbol="t"),
                    y=Axis("input, answer", Reach(-1), Reach(1)),
                    ratio=0.5,
                    picks=("at", "height"),
                    main=True,
                ),
                Panel(
                    Heatmap("gates", 1),
                    x=Axis("step t", symbol="t"),
                    y=Axis(labels=("i | 1−z", "f | z", "o | r", "g | n"), at=(1.5, 6.5, 11.5, 16.5)),
                    ratio=0.62,
                    title="gates (LSTM | GRU) of the four units",
                ),
                columns=1,
            ),
            Grid(
                *(
                    Panel(
                        *(Lines(Index(), f"{state}[{u}]", f"unit {u + 1}", color, format="+.3f") for u, color in enumerate(COLORS)),
                        Rule(y=0),
                        x=Axis("step t", -0.5, T - 0.5, symbol="t"),
                        y=Axis(label, Reach(-1), Reach(1)),
                        ratio=0.56,
                    )
                    for state, label in (("c", "cell state c (GRU: h)"), ("h", "hidden state h"))
                ),
                columns=1,
            ),
        ),
        Readout("said_last", "the cell says at the end", "+.3f"),
        Readout("target_last", "right", "+.3f"),
        Readout("kept", "mean of the forget gates (GRU: z)", ".3f"),
        Readout("deviation", "deviation of h from the net as it was trained", ".3f", must_vanish=1e-12),
    )
