"""cell-race: what the three cells cost, and how they learned two tasks of memory from several starts."""

import functools

import numpy as np

from ... import recurrent
from ...widget import Axis, Band, Bars, Choice, Explorer, Index, Lines, Panel, Reach, Readout, Row, Rule, Slider, View
from .training import recorded

TASKS = {"adding": "adding two numbers among 100", "copy": "recalling 3 symbols after 40 steps"}
STARTS = {"0": "0", "1": "1", "ln": "ln of the length"}
RUNNERS = {
    "uniform": ("RNN, uniform start", "muted"), "orthogonal": ("RNN, orthogonal start", "green"),
    "gru": ("GRU", "vermilion"), "lstm": ("LSTM", "blue"),
}  # fmt: skip
EVERY = 50  # updates between two looks at a net


@functools.cache
def courses():
    """For each task, runner and start the worst, the middle and the best of five runs along the training."""
    race = recorded("recurrent_tasks.json")

    def course(runs):
        return {"worst": np.min(runs, axis=0), "middle": np.median(runs, axis=0), "best": np.max(runs, axis=0)}

    return {
        task: {
            **{start: course(runs) for start, runs in cells["rnn"].items()},
            **{f"{cell} {start}": course(runs) for cell in ("gru", "lstm") for start, runs in cells[cell].items()},
            "chance": race["chance"][task][0],
        }
        for task, cells in race["right"].items()
    }


class CellRace(Explorer):
    """What the three cells cost, and how they learned two tasks of memory from several starts."""

    name = "cell-race"
    title = "Three cells in a race"
    tries = "sliding over the training, on both tasks, with each bias of the gates. Then d and k."
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

    data = staticmethod(courses)

    @staticmethod
    def compute(*, task, bias, update, d, k):
        costs = [recurrent.cell_cost(cell, d=d, k=k) for cell in ("rnn", "gru", "lstm")]
        parameters = np.array([cost.parameters for cost in costs])
        products = np.array([cost.products for cost in costs])
        race = courses()[task]  # of five runs the worst, the middle and the best
        right_lstm = race[f"lstm {bias}"]["middle"][update // EVERY]
        chance = race["chance"]
        return dict(parameters=parameters, products=products, right_lstm=right_lstm, chance=chance)

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        d, update, race = controls["d"], controls["update"], courses()[controls["task"]]

        def largest(gates):
            """The largest hidden size with which so many gates have at most the LSTM's parameters."""
            return np.floor((np.sqrt((d + 1) ** 2 + 4 * found["parameters"][2] / gates) - (d + 1)) / 2)

        out = found | {"k_gru": largest(3), "k_rnn": largest(1)}
        for runner in RUNNERS:
            course = race[runner if runner in race else f"{runner} {controls['bias']}"]
            for name, values in course.items():
                out[f"{name}_{runner}"] = np.where(EVERY * np.arange(len(values)) <= update, values, np.nan)
            out[f"right_{runner}"] = course["middle"][update // EVERY]
        return out

    view = View(
        Row(
            Panel(
                *(Band(Index(0, EVERY), f"worst_{runner}", f"best_{runner}", color) for runner, (_, color) in RUNNERS.items()),
                *(Lines(Index(0, EVERY), f"middle_{runner}", name, color, format=".1%") for runner, (name, color) in RUNNERS.items()),
                Lines((0.0, 4000.0), "chance", "by chance", "ink", dashed=True, width=1.0, format=".1%"),
                Rule(x="update", color="ink"),
                x=Axis("updates", 0, 4000, symbol="update"),
                y=Axis("share right", 0, 1.02),
                ratio=0.62,
                picks=("update", None),
                main=True,
            ),
            Panel(
                Bars("parameters", "parameters", "blue", format=",d"),
                Bars("products", "products per step", "ink", outline=True, format=",d"),
                x=Axis("cell", labels=("RNN", "GRU", "LSTM")),
                y=Axis("count", 0, Reach(0, 1.05)),
                ratio=1.06,
            ),
            widths=(3, 2),
        ),
        *(Readout(f"right_{runner}", "right", ".1%", column=name) for runner, (name, _) in RUNNERS.items()),
        Readout("chance", "right", ".1%", column="by chance"),
        *(Readout(f"parameters[{i}]", "parameters", ",d", column=cell) for i, cell in enumerate(("RNN", "GRU", "LSTM"))),
        *(Readout(name, "k at the LSTM’s size", ",.0f", column=cell) for name, cell in (("k_rnn", "RNN"), ("k_gru", "GRU"), ("k", "LSTM"))),
    )
