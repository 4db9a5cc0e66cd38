"""backward-step: every gradient of one LSTM step, split by where it comes from, beside its finite difference."""

import functools

import numpy as np

from ... import recurrent
from ...widget import Axis, Bars, Choice, Explorer, Grid, Heatmap, Index, Panel, Points, Reach, Readout, Row, Rule, Slider, Switch, View

K, D, M = 3, 2, 3  # hidden size, input size, classes
GATES = ("i", "f", "o", "g")
GRADIENTS = {
    "c": "∂L/∂cₜ", "h": "∂L/∂hₜ",
    "W_o": "∂L/∂W, output gate", "W_i": "∂L/∂W, input gate", "W_f": "∂L/∂W, forget gate", "W_g": "∂L/∂W, candidate",
    "b_o": "∂L/∂b, output gate", "b_i": "∂L/∂b, input gate", "b_f": "∂L/∂b, forget gate", "b_g": "∂L/∂b, candidate",
    "c_prev": "∂L/∂cₜ₋₁", "h_prev": "∂L/∂hₜ₋₁", "x": "∂L/∂xₜ",
    "W_y": "∂L/∂W, output layer", "b_y": "∂L/∂b, output layer",
}  # fmt: skip
SOURCES = ("output", "dh", "dc")  # the streams that feed a step
ALL = ("value", "measured", "from_output", "from_dh", "from_dc")  # what both axes of the bars have room for


@functools.cache
def drawn():
    """What one step starts from: weights W (4, k, k + d), b (4, k), states, input, what comes from the next step, output layer."""
    rng = np.random.default_rng(5)
    shapes = {
        "W": (4, K, K + D), "b": (4, K), "x": (D,), "h_prev": (K,), "c_prev": (K,), "dh_next": (K,), "dc_next": (K,),
        "W_y": (M, K), "b_y": (M,),
    }  # fmt: skip
    return {name: np.round(rng.standard_normal(shape), 2) for name, shape in shapes.items()}


def forward(given):
    """The step of what is given, and the probabilities that its output layer says."""
    weights = recurrent.LSTMWeights(given["W"][:, :, :K], given["W"][:, :, K:], given["b"])
    step = recurrent.lstm_step(given["x"], given["h_prev"], given["c_prev"], weights)
    return step, recurrent.output_layer(step.h, given["W_y"], given["b_y"])


class BackwardStep(Explorer):
    """Every gradient of one LSTM step, split by where it comes from, beside its finite difference."""

    name = "backward-step"
    title = "One step backward"
    tries = "going through the list of gradients, with dcₙₑₓₜ at 0 and at 2. Then drop it."
    sees = (
        "three streams feed a step: its own output, and dhₙₑₓₜ and dcₙₑₓₜ from the step after it. The output layer, ∂L/∂hₜ and "
        "the output gate have no part of dcₙₑₓₜ. All others do, and where it is above 0 and dropped, their bars leave the points of the finite differences."
    )
    play = "dc"

    gradient = Choice("c", GRADIENTS, label="gradient")
    target = Slider(0, 0, M - 1, label="right class", step=1)
    dh = Slider(0.5, 0.0, 2.0, label="size of dhₙₑₓₜ", step=0.02, format=".2f")
    dc = Slider(1.0, 0.0, 2.0, label="size of dcₙₑₓₜ", step=0.02, format=".2f")
    forget = Slider(1.0, -6.0, 6.0, label="added to the forget bias", step=0.1, format="+.1f")
    carried = Slider(1.0, -2.0, 2.0, label="cell state before, times", step=0.05, format="+.2f")
    dropped = Switch(False, label="break it: drop dcₙₑₓₜ", breaks=True)

    sentence = (
        "{symbol}; with dhₙₑₓₜ {dh:.2f} and dcₙₑₓₜ {dc:.2f} its norm is {norm:.4f}; the loss of the step is {loss:.4f}; "
        "the largest difference from the finite differences is {deviation:.7f}."
    )

    @staticmethod
    def data():
        return drawn() | {"symbols": GRADIENTS}

    @staticmethod
    def compute(*, gradient, target, dh, dc, forget, carried, dropped):
        start = drawn()
        forget_bias = forget * np.array([[0.0], [1.0], [0.0], [0.0]])
        given = start | {"b": start["b"] + forget_bias, "c_prev": carried * start["c_prev"]}
        step, probabilities = forward(given)
        loss = float(recurrent.cross_entropy(probabilities, target))
        ds = recurrent.cross_entropy_gradient(probabilities, target)
        of_output = recurrent.output_layer_backward(ds, step.h, given["W_y"])
        dh_next, dc_next = dh * given["dh_next"], dc * given["dc_next"]
        arriving = 0 * dc_next if dropped else dc_next
        of_step = recurrent.lstm_step_backward(step, of_output.h, dh_next, arriving)
        source = of_output if gradient in ("W_y", "b_y") else of_step
        value = getattr(source, gradient).ravel()
        return dict(
            given=given,
            step=step,
            loss=loss,
            of_output=of_output,
            dh_next=dh_next,
            dc_next=dc_next,
            arriving=arriving,
            of_step=of_step,
            value=value,
        )

    @classmethod
    def frame(cls, **controls):
        gradient, target = controls["gradient"], controls["target"]
        found = cls.compute(**controls)
        given, step, of_output, dh_next = (found[name] for name in ("given", "step", "of_output", "dh_next"))
        gate = GATES.index(gradient[2]) if gradient[:2] in ("W_", "b_") and gradient[2] in GATES else None

        def loss(value):
            """What the step does to the whole loss, where the chosen thing has another value."""
            if gradient in ("h", "c"):  # what comes before h_t or c_t no longer matters
                c = step.c if gradient == "h" else value
                h = value if gradient == "h" else step.o * np.tanh(c)
                said = recurrent.output_layer(h, given["W_y"], given["b_y"])
            else:
                name = gradient if gate is None else gradient[0]
                array = value if gate is None else given[name].copy()
                if gate is not None:
                    array[gate] = value
                at, said = forward(given | {name: array})
                h, c = at.h, at.c
            return float(recurrent.cross_entropy(said, target)) + dh_next @ h + found["dc_next"] @ c

        # The gradients are linear in the three streams that come in, so each stream has a part of its own.
        none = np.zeros(K)
        streams = {"output": (of_output.h, none, none), "dh": (none, dh_next, none), "dc": (none, none, found["arriving"])}
        parts = {source: recurrent.lstm_step_backward(step, *stream) for source, stream in streams.items()}

        def part(source):
            if gradient in ("W_y", "b_y"):
                return getattr(of_output, gradient).ravel() * (source == "output")
            return getattr(parts[source], gradient).ravel()

        # A row for each unit, the bias behind the weights; an empty row under each gate.
        maps = np.full((4, K + 1, K + D + 2), np.nan)
        for name, rows in zip(GATES, maps):
            rows[:K, : K + D] = getattr(found["of_step"], f"W_{name}")
            rows[:K, -1] = getattr(found["of_step"], f"b_{name}")
        at = given[gradient[0]][gate] if gate is not None else given[gradient] if gradient in given else getattr(step, gradient)
        measured = recurrent.finite_difference(loss, at).ravel()
        return {
            "symbol": GRADIENTS[gradient],
            "maps": maps.reshape(4 * (K + 1), -1),
            "value": found["value"],
            "measured": measured,
            **{f"from_{source}": part(source) for source in SOURCES},
            "norm": np.linalg.norm(found["value"]),
            "loss": found["loss"],
            "deviation": np.abs(found["value"] - measured).max(),
        }

    view = View(
        Row(
            Panel(
                Heatmap("maps", Reach(1e-6), x=Index(1)),
                x=Axis("meets", labels=("h₁", "h₂", "h₃", "x₁", "x₂", "bias"), at=(1, 2, 3, 4, 5, 7)),
                y=Axis(labels=("input", "forget", "output", "cand."), at=(1, 5, 9, 13)),
                ratio=1.3,
                title="∂L/∂W and ∂L/∂b, three units a gate",
            ),
            Grid(
                Panel(
                    Bars("value", "derived", "blue", x=Index(1), format="+.6f"),
                    Points(Index(1), "measured", "finite difference", "vermilion", format="+.6f"),
                    Rule(y=0),
                    x=Axis("entry, row by row", symbol="entry"),
                    y=Axis("gradient", Reach(-0.055, 1.1, of=ALL), Reach(0.055, 1.1, of=ALL)),
                    ratio=0.42,
                    title="{symbol}",
                    main=True,
                ),
                Panel(
                    Bars("from_output", "from this step’s output", "muted", x=Index(0.73), width=0.25, format="+.6f"),
                    Bars("from_dh", "from dhₙₑₓₜ", "green", x=Index(1), width=0.25, format="+.6f"),
                    Bars("from_dc", "from dcₙₑₓₜ", "purple", x=Index(1.27), width=0.25, format="+.6f"),
                    Rule(y=0),
                    x=Axis("entry, row by row", symbol="entry"),
                    y=Axis("its three parts", Reach(-0.055, 1.1, of=ALL), Reach(0.055, 1.1, of=ALL)),
                    ratio=0.42,
                ),
                columns=1,
            ),
            widths=(3, 4),
        ),
        Readout("norm", "norm of this gradient", ".5f"),
        Readout("loss", "loss of the step", ".4f"),
        Readout("deviation", "largest difference from finite differences", ".7f", must_vanish=1e-7),
    )
