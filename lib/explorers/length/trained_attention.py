"""trained-attention: a trained model at work within and beyond its trained length, under the scheme of its positions or another."""

import functools
from dataclasses import replace

import numpy as np

from ... import rope, transformer
from ...attention import softmax
from ...widget import Axis, Choice, Explorer, Grid, Heatmap, Index, Lines, Panel, Points, Reach, Readout, Row, Rule, Slider, Text, View
from . import training
from .samples import fixed, known, named, sample

SCHEMES = {
    "rope": "RoPE", "alibi": "ALiBi", "shaw": "Shaw", "t5": "T5", "none": "NoPE", "learned": "learned table",
    "sinusoidal": "sinusoidal", "p-rope": "p-RoPE", "windowed": "window / NoPE", "fox": "FoX",
}  # fmt: skip
KEPT = {"copying": ("rope", "alibi", "shaw"), "recall": ("rope", "t5", "none")}
KEPT |= {"characters": ("rope", "p-rope", "windowed", "fox", "alibi", "t5", "none", "learned", "sinusoidal")}
MODELS = {f"{task}-{scheme}": f"{task}, {SCHEMES[scheme]}" for task, schemes in KEPT.items() for scheme in schemes}
STRETCHES = {
    "test": "as trained", "linear": "linear (position interpolation)", "ntk": "NTK-aware", "yarn": "YaRN", "log_n": "sharpened by log n",
    "dropped": "positions dropped",
}  # fmt: skip
LAYERS, HEADS, D_K, LONGEST = 2, 4, 16, 256
NOTHING_TURNS = "Nothing turns in this model: nothing is stretched."
NOTHING_TO_DROP = "This model has no positions to drop."
STILL_SHORT = "Up to the trained length nothing changes."
WINDOW_STAYS = "The window of the first layer stays."
TABLE_ENDS = "Past its {} rows the table’s last one is used."


@functools.cache
def tested():
    """Of every model what its whole test said, at each length, first as trained, then stretched where that was tested."""
    found = {}
    for run in training.recorded()["runs"]:
        if run["seed"] == 0:
            results = {"test": run["test"], "log_n": run["log_n"]} | run.get("stretched", {})
            kept = {kind: results[kind] for kind in STRETCHES if kind in results}
            found[f"{run['task']}-{run['scheme']}"] = {  # of several measures the first
                kind: [each[0] if isinstance(each, list) else each for each in values] for kind, values in kept.items()
            }
    return {name: found[name] for name in MODELS}


def arranged(task, name, stretch, n):
    """The scheme under which a model reads n tokens, what there is to say of it, and the name under which the test has it."""
    own, trained = transformer.Scheme(name), training.recorded()["tasks"][task]["trained_tokens"]
    theta, factor = own.turning(0, D_K), max(1.0, n / trained)
    table_ends = TABLE_ENDS.format(trained) if name == "learned" and n > trained else ""
    if stretch == "dropped":
        if theta is not None:
            return replace(own, frequencies=np.zeros(D_K // 2)), WINDOW_STAYS if name == "windowed" else "", stretch
        return transformer.Scheme("none"), NOTHING_TO_DROP if name == "none" else "", stretch
    if stretch != "test" and factor == 1:
        return own, NOTHING_TURNS if theta is None and stretch != "log_n" else STILL_SHORT, stretch
    if stretch == "log_n":
        return replace(own, log_n=trained), table_ends, stretch
    if stretch == "test" or theta is None:
        return own, "\n".join(filter(None, (NOTHING_TURNS if stretch != "test" else "", table_ends))), "test"
    scaling = {"linear": rope.linear(factor), "ntk": rope.ntk(factor), "yarn": rope.yarn(factor, trained)}[stretch]
    frequencies = np.where(np.pad(theta, (0, D_K // 2 - len(theta))) > 0, rope.frequencies(D_K, scaling=scaling), 0.0)
    return replace(own, frequencies=frequencies, attention_factor=scaling.attention_factor), "", stretch


def reaching(model, name, n):
    """The model, with the last row of a learned table for every place that it lacks, as in the test."""
    if name != "learned" or n <= len(model.table):
        return model
    return replace(model, table=np.pad(model.table, ((0, n - len(model.table)), (0, 0)), mode="edge"))


def row_of(query, targets):
    """The place of the query, from 1: the reader's, counted round where the text is shorter, or the last one where something is asked."""
    if query:
        return (query - 1) % len(targets) + 1
    asked = np.flatnonzero(targets >= 0)
    return int((asked[-1] if len(asked) else len(targets) - 1) + 1)


class TrainedAttention(Explorer):
    """A trained model at work within and beyond its trained length, under the scheme of its positions or another."""

    name = "trained-attention"
    title = "A trained model at work"
    tries = "lengths beyond 40. Then YaRN, and copying under ALiBi, whose layer 2 copies with head 4."
    sees = (
        "copying under RoPE is right up to 40 tokens, the trained length, and in layer 2, head 2 most of the last query’s weight lies on the "
        "outlined key, the one that it needs. From 60 tokens on fewer than half of the symbols are right: the scores peak at other keys. "
        "Stretched by YaRN, the same weights keep more than four of five right up to 256 tokens; a model trained under ALiBi keeps more "
        "than nine of ten."
    )
    play = "length"
    more = ("text",)
    with_first = True

    model = Choice("copying-rope", MODELS, label="model")
    stretch = Choice("test", STRETCHES, label="positions")
    length = Slider(40, 8, LONGEST, label="length", unit="tokens", step=1, log=True)
    layer = Slider(2, 1, LAYERS, label="layer", step=1)
    head = Slider(2, 1, HEADS, label="head", step=1)
    query = Slider(0, 0, LONGEST, label="query", step=1, caption="chosen")
    text = Text(
        label="your own text, repeated; copying takes its letters a to p, recall A to P for keys and a to p for values",
        parse=known, most=LONGEST, examples=("ladybird ladybird fly away home", "Ab Cd Ef Gh Ef Ab Gh Cd "),
    )  # fmt: skip

    sentence = (
        "{model}, {count} tokens: {measure} {measured:.3f} here, {recorded:.3f} in the whole test. In layer {layer}, head {head} the weights "
        "of the query at place {row} have an entropy of {entropy:.2f} nats; spread evenly they would have {uniform:.2f}."
    )

    @staticmethod
    def data():
        about = ("trained", "trained_tokens", "lengths", "chance")
        tasks = {task: {key: training.recorded()["tasks"][task][key] for key in about} for task in KEPT}
        return fixed() | {"tasks": tasks, "tested": tested()}

    @staticmethod
    def on_demand():
        return {name.replace("-", "_"): training.letters(*name.split("-", 1)) for name in MODELS}

    @staticmethod
    def compute(*, model, stretch, length, layer, head, query, text):
        task, name = model.split("-", 1)
        tokens, targets, sought, _ = sample(task, length, text)
        scheme, _, _ = arranged(task, name, stretch, length)
        trace = transformer.forward(reaching(training.model(task, name), name, length), tokens, scheme)
        scores, weights = (each[layer - 1, head - 1] for each in (trace.scores, trace.weights))
        row = row_of(query, targets)
        seen = weights[row - 1][np.isfinite(scores[row - 1])]
        entropy = -(seen * np.log(np.where(seen > 0, seen, 1.0))).sum()
        uniform = np.log(len(seen))
        asked = np.flatnonzero(targets >= 0)
        expected = softmax(trace.logits)  # of each token as the next one (N, V)
        probabilities = expected[asked, targets[asked]]
        following = expected[np.arange(length - 1), tokens[1:]]  # of the token that does follow
        answers = trace.logits.argmax(axis=1)
        is_right = answers[asked] == targets[asked]
        return dict(
            tokens=tokens, targets=targets, sought=sought, scores=scores, weights=weights, row=row, entropy=entropy, uniform=uniform,
            asked=asked, probabilities=probabilities, answers=answers, is_right=is_right, following=following,
        )  # fmt: skip

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        task, name = controls["model"].split("-", 1)
        names = ("tokens", "targets", "sought", "scores", "weights", "asked", "probabilities", "answers", "is_right", "following")
        tokens, targets, sought, scores, weights, asked, probabilities, answers, is_right, following = (found.pop(key) for key in names)
        n, row, of_task = len(tokens), found["row"], training.recorded()["tasks"][task]
        _, of_scheme, kind = arranged(task, name, controls["stretch"], n)
        target, answer, place = targets[row - 1], answers[row - 1], sought[row - 1]
        characters = task == "characters"
        results = tested()[controls["model"]]
        kind = kind if kind in results else "test"
        # Copying is measured in symbols.
        nearest = int(np.abs(np.array(of_task["lengths"]) * (2 if task == "copying" else 1) - n).argmin())
        where = f"{of_task['lengths'][nearest]} {'symbols' if task == 'copying' else 'tokens'}"
        as_trained = ", as trained" if kind == "test" and controls["stretch"] != "test" else ""
        measure = "loss (nats)" if characters else "share right"
        hit = np.arange(max(0, row - 8), row) if characters else np.array([place] if place >= 0 else [], int)
        what = "the 8 nearest keys" if characters else "the key that it needs" if place >= 0 else "the key that it needs: none here"
        said = f"query at place {row}, {named(task, tokens[row - 1])}: "
        said += f"asked {named(task, target)}, answered {named(task, answer)}" if target >= 0 else "nothing is asked"
        by_distance = scores[row - 1, row - 1 :: -1]
        marked = hit if not characters else hit[:0]
        return found | {
            "count": n,
            "chosen": f"place {row}" if controls["query"] else f"the last asked, {row}",
            "map": np.where(np.tri(n, dtype=bool), weights, np.nan),
            "edge": of_task["trained_tokens"] + 0.5,  # outside of the picture where the text is no longer
            "farthest": of_task["trained_tokens"] - 0.5,  # beyond it lie distances that training never had
            "longest": of_task["trained_tokens"],
            "sides": np.array([row - 0.5, row + 0.5]),
            "needed": marked + 1,
            "needed_row": np.full(len(marked), row),
            "score": np.where(np.isfinite(by_distance), by_distance, np.nan),
            "needed_distance": row - 1 - marked,
            "needed_score": scores[row - 1, marked],
            "places": asked + 1,
            "unasked": np.append(np.where(targets[:-1] < 0, following, np.nan), np.nan),
            "right": np.where(is_right, probabilities, np.nan),
            "wrong": np.where(is_right, np.nan, probabilities),
            "chance": float(np.exp(-of_task["chance"])) if characters else of_task["chance"],
            "by": "by frequencies alone" if characters else "by chance",
            "measure": measure,
            "measured": float(-np.log(probabilities).mean() if characters else is_right.mean() if len(asked) else 0.0),
            "of": f"{measure} here, of {len(asked)} asked",
            "recorded": results[kind][nearest],
            "of_test": f"in the whole test at {where}{as_trained}",
            "weight": float(weights[row - 1, hit].sum()),
            "what": f"weight on {what}",
            "said": said,
            "needs": "the key that it needs" if len(marked) else "",
            "of_scheme": of_scheme,
            "of_text": sample(task, n, controls["text"])[3],
        }  # fmt: skip

    view = View(
        Row(
            Panel(
                Heatmap("map", 1, format=".3f", sequential=True, x=Index(1), y=Index(1)),
                Rule(x="edge"),
                Rule(y="edge"),
                Rule(y="sides", color="ink"),
                Points("needed", "needed_row", "", "vermilion", shape="cell"),
                x=Axis("key", symbol="key"),
                y=Axis("query", symbol="query"),
                ratio=0.92,
                title="weights; trained to {longest} tokens",
                note="{of_scheme}",
                picks=(None, "query"),
                main=True,
            ),
            Grid(
                Panel(
                    Lines(Index(), "score", "score of the query", "blue"),
                    Points("needed_distance", "needed_score", "{needs}", "vermilion"),
                    Rule(x="farthest"),
                    x=Axis("distance back to the key (tokens)", 0, "count", symbol="distance"),
                    y=Axis("score", None, Reach(0, 1.1)),
                    ratio=0.34,
                    title="{said}",
                ),
                Panel(
                    Points(Index(1), "unasked", "not asked", "muted"),
                    Points("places", "right", "right", "blue"),
                    Points("places", "wrong", "wrong: another is likelier", "wrong"),
                    Rule("{by}", y="chance"),
                    Rule(x="edge"),
                    x=Axis("place", 0, Reach(0, 1.03, of=("count",)), symbol="place"),
                    y=Axis("of the right one", -0.04, 1.04),
                    ratio=0.34,
                    title="{of_text}",
                ),
                columns=1,
            ),
        ),
        Readout("measured", "{of}", ".3f"),
        Readout("recorded", "{of_test}", ".3f"),
        Readout("entropy", "entropy of the query’s weights", ".2f", unit="nats"),
        Readout("uniform", "ln of the keys that it sees", ".2f", unit="nats"),
        Readout("weight", "{what}", ".3f"),
    )
