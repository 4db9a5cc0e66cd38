"""length-race: what models under each scheme do beyond the length that they were trained with."""

import numpy as np

from ...widget import Axis, Choice, Explorer, Index, Lines, Panel, Reach, Readout, Row, Rule, Slider, Switch, View
from .training import MEASURES, results

TASKS = {
    "copying symbols": "copying: symbols right",
    "copying copies": "copying: whole copies right",
    "recall values": "recall: values right",
    "characters loss": "characters: loss (nats)",
}
RUNNERS = {
    "rope": "RoPE",
    "alibi": "ALiBi",
    "t5": "T5",
    "learned": "learned table",
    "none": "NoPE",
    "sinusoidal": "sinusoidal",
    "shaw": "Shaw",
    "fire": "FIRE",
    "partial": "RoPE, half",
    "p-rope": "p-RoPE",
    "alternate": "RoPE / NoPE",
    "windowed": "window / NoPE",
    "fox": "FoX",
    "rope linear": "RoPE, linear",
    "rope ntk": "RoPE, NTK-aware",
    "rope yarn": "RoPE, YaRN",
    "rope yarn, log n": "RoPE, YaRN with log n",
    "rope dropped": "RoPE, dropped",
}
PLACES = ("first", "second", "third", "fourth")
COLORS = ("vermilion", "blue", "green", "purple")
SEEDS = 5
EVERY = 50  # steps of training, whose mean loss was kept
MULTIPLES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def _place(label, default):
    """One of the four that race; the options begin with its default."""
    return Choice(default, {default: RUNNERS[default]} | RUNNERS, label=label)


def _curves(x, runs, middle, labels):
    """Every run faint, their median strong."""
    for place, color in enumerate(COLORS):
        for seed in range(SEEDS):
            yield Lines(x, f"{runs}[{place}][{seed}]", "", color, width=0.5)
        yield Lines(x, f"{middle}[{place}]", labels[place], color, width=2.4)


class LengthRace(Explorer):
    """What models under each scheme do beyond the length that they were trained with."""

    name = "length-race"
    title = "Beyond the trained length"
    tries = "one task after another; then RoPE stretched in the place of a scheme that fails."
    sees = (
        "each thin line is one training, the thick one the median of five. What a scheme does right of the rule at 1 can’t be read "
        "off what it does left of it. Beside a name stands what a scheme has at "
        "the trained length where its training didn’t bring it there."
    )
    play = "times"

    task = Choice("copying symbols", TASKS, label="task and measure")
    times = Slider(2.0, 0.25, 8.0, label="test length, of the trained one", log=True, format=".2f")
    a = _place(PLACES[0], "rope")
    b = _place(PLACES[1], "alibi")
    c = _place(PLACES[2], "t5")
    d = _place(PLACES[3], "learned")
    sharpened = Switch(False, label="queries sharpened by log n")

    sentence = (
        "{task}, at {length:.0f} {counted} ({times:.2f} times the trained length), median of five runs: {names[0]} {here[0]:.3f}, {names[1]} {here[1]:.3f}, "
        "{names[2]} {here[2]:.3f}, {names[3]} {here[3]:.3f}; by chance {chance:.3f}."
    )
    with_first = True

    @staticmethod
    def data():
        return {"called": RUNNERS}

    @staticmethod
    def on_demand():
        return {task: results(task) for task in MEASURES}

    @staticmethod
    def compute(*, task, times, a, b, c, d, sharpened):
        name, measure = task.split()
        found, which = results(name), MEASURES[name].index(measure)
        runners = [found["runners"][runner] for runner in (a, b, c, d)]
        tests = [runner["log_n" if sharpened and "log_n" in runner else "test"] for runner in runners]
        runs = np.array([test[which] for test in tests])  # (places, seeds, lengths)
        losses = np.array([runner["losses"] for runner in runners])  # while they trained
        middle = np.median(runs, axis=1)
        multiples = np.array(found["lengths"]) / found["trained"]
        length = found["trained"] * times
        trained = middle[:, multiples == 1][:, 0]

        def at_the_rule(lines):
            """Between two tested lengths as the lines are drawn, straight over the logarithm."""
            return np.array([np.interp(np.log(times), np.log(multiples), line) for line in lines])

        here, low, high = (at_the_rule(lines) for lines in (middle, runs.min(axis=1), runs.max(axis=1)))
        chance = found["chance"][which]
        return dict(
            multiples=multiples, runs=runs, middle=middle, losses=losses, length=length, trained=trained,
            here=here, low=low, high=high, chance=chance,
        )  # fmt: skip

    @classmethod
    def frame(cls, **controls):
        out = cls.compute(**controls)
        loss = controls["task"].endswith("loss")
        names = []
        for runner, trained in zip("abcd", out["trained"]):
            # Where training didn't bring it to where most are, its value at the trained length stands beside its name.
            short = trained > 2.0 if loss else trained < 0.95
            value = f"{trained:.2f}" if loss else f"{trained:.0%}"
            names.append(RUNNERS[controls[runner]] + (f" (at 1: {value})" if short else ""))
        return out | {
            "names": names,
            "unit": "loss (nats)" if loss else "share right",
            "counted": "symbols" if controls["task"].startswith("copying") else "tokens",
            "course": np.median(out["losses"], axis=1),
        }

    view = View(
        Row(
            Panel(
                *_curves("multiples", "runs", "middle", [f"{{names[{place}]}}" for place in range(len(COLORS))]),
                Rule(y="chance"),
                Rule("trained", x=1, color="ink"),
                Rule(x="times"),
                x=Axis(
                    "test length, of the trained one",
                    0.22,
                    9.0,
                    log=True,
                    symbol="times",
                    labels=("¼", "½", "1", "2", "4", "8"),
                    at=MULTIPLES,
                ),
                y=Axis("{unit}", 0, Reach(1.02)),
                ratio=0.7,
                picks=("times", None),
                main=True,
            ),
            Panel(
                *_curves(Index(EVERY, EVERY), "losses", "course", PLACES),
                x=Axis("steps of training", 0, symbol="step"),
                y=Axis("loss (nats)", 0),
                ratio=1.0,
                title="while they trained",
            ),
            widths=(5, 3),
        ),
        *(
            Readout(f"{name}[{place}]", f"{{names[{place}]}}", ".3f", column=column)
            for place in range(len(COLORS))
            for name, column in (("trained", "at 1"), ("here", "at the rule"), ("low", "least of 5"), ("high", "most of 5"))
        ),
        Readout("length", "{counted} at the rule", ".0f"),
        Readout("chance", "by chance", ".3f"),
    )
