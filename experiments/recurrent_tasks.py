"""Train RNN, LSTM and GRU with `lib.recurrent` on tasks of memory, and record what came out.

    python experiments/recurrent_tasks.py           # all of it, some twenty minutes on two cores
    python experiments/recurrent_tasks.py short     # what tests/test_experiments.py runs again

The results go to lib/explorers/recorded/, where the chapter and its explorers read them. Two tasks:

- adding (Hochreiter & Schmidhuber 1997, experiment 4, in the form of Le et al. 2015,
  arXiv:1504.00941, §4.1): every step brings a number from 0 to 1 and a marker, which is 1 at two
  steps and else 0; at the end the net says the sum of the two marked numbers. Right is what is
  within 0.1.
- copy (delayed recall, after Hochreiter & Schmidhuber 1997 and Arjovsky et al. 2016,
  arXiv:1511.06464, §4.1): some symbols, a long pause, a signal; then the net says the symbols in
  their order. Counted is the share of symbols that are right.

A third net of each sort with 4 units learns to hold the last impulse that it saw; its weights are
what the explorer lstm-cell runs.

The three cells of a task have about as many parameters as each other (`SIZES`), the same optimiser
(Adam, Kingma & Ba 2015, arXiv:1412.6980), the same clipping of the gradient's norm and the same
batches. Nothing was tuned for one of them.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices are small; and one order of sums

import json
import sys
import time
from dataclasses import fields
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from lib import recurrent
from lib.recurrent import GRUWeights, LSTMWeights, RNNWeights

RECORDED = Path(__file__).parents[1] / "lib/explorers/recorded"
SIZES = {"rnn": 66, "lstm": 32, "gru": 37}  # k: about 4500 parameters each with d = 2
SEEDS = range(5)
BATCH, RATE, CLIP = 32, 3e-3, 1.0
LENGTHS = {"adding": 100, "copy": 40}  # steps; of the pause
UPDATES = {"adding": 4000, "copy": 4000}
EVERY = 50  # updates between two looks at the test sequences
SYMBOLS, TO_COPY = 4, 3


# --- tasks: x (T, B, d), targets, and at which steps the net answers -----------------------------


def adding(rng, batch, length):
    """x (T, B, 2): a number and a marker; targets (1, B, 1)."""
    numbers = rng.random((length, batch))
    first, second = rng.integers(0, length // 2, batch), rng.integers(length // 2, length, batch)
    markers, each = np.zeros((length, batch)), np.arange(batch)
    markers[first, each] = markers[second, each] = 1
    return np.stack([numbers, markers], axis=2), (numbers * markers).sum(axis=0)[None, :, None], slice(-1, None)


def copy(rng, batch, pause):
    """x (T, B, 6): one of four symbols, nothing, or the signal; targets (TO_COPY, B) classes."""
    symbols = rng.integers(0, SYMBOLS, (TO_COPY, batch))
    said = np.full((2 * TO_COPY + pause, batch), SYMBOLS)
    said[:TO_COPY] = symbols
    said[-TO_COPY:] = SYMBOLS + 1
    return np.eye(SYMBOLS + 2)[said], symbols, slice(-TO_COPY, None)


def latch(rng, batch, length):
    """x (T, B, 1): rare impulses; targets (T, B, 1), the last impulse so far."""
    x = rng.uniform(-1, 1, (length, batch)) * (rng.random((length, batch)) < 0.06)
    held = x.copy()
    for t in range(1, length):
        held[t] = np.where(x[t] == 0, held[t - 1], x[t])
    return x[:, :, None], held[:, :, None], slice(None)


TASKS = {"adding": adding, "copy": copy, "latch": latch}
WIDTHS = {"adding": (2, 1), "copy": (SYMBOLS + 2, SYMBOLS), "latch": (1, 1)}  # d, m


# --- nets ---------------------------------------------------------------------------------------


def initial(cell, d, k, m, rng):
    """A cell's weights and an output layer: uniform within ±1/√k, as torch's; gates start open to
    memory: 1 is added to the bias of the LSTM's forget gate and of the GRU's update gate."""
    def uniform(*shape):
        return rng.uniform(-1, 1, shape) / np.sqrt(k)

    if cell == "rnn":
        weights = RNNWeights(uniform(k, k), uniform(k, d), np.zeros(k))
    elif cell == "lstm":
        weights = LSTMWeights(uniform(4, k, k), uniform(4, k, d), np.outer([0, 1, 0, 0], np.ones(k)))
    else:
        weights = GRUWeights(uniform(3, k, k), uniform(3, k, d), np.zeros((3, k)), np.outer([0, 1, 0], np.ones(k)))
    return {each.name: getattr(weights, each.name) for each in fields(weights)} | {"W_y": uniform(m, k), "b_y": np.zeros(m)}


KINDS = {"rnn": RNNWeights, "lstm": LSTMWeights, "gru": GRUWeights}


def run(cell, net, x):
    """The trace of a net over x (T, B, d), from states of 0."""
    weights = KINDS[cell](**{name: value for name, value in net.items() if name[-2:] != "_y"})
    zeros = np.zeros((x.shape[1], net["W_y"].shape[1]))
    if cell == "lstm":
        return recurrent.lstm_forward(x, zeros, zeros, weights)
    return (recurrent.rnn_forward if cell == "rnn" else recurrent.gru_forward)(x, zeros, weights)


def judge(task, net, h, targets):
    """Loss and share of right answers; and the gradient of the scores, for the mean of the loss."""
    if task == "copy":
        said = recurrent.output_layer(h, net["W_y"], net["b_y"])
        loss = recurrent.cross_entropy(said, targets).mean()
        return loss, (said.argmax(axis=-1) == targets).mean(), recurrent.cross_entropy_gradient(said, targets) / targets.size
    error = h @ net["W_y"].T + net["b_y"] - targets
    return (error**2).mean(), (np.abs(error) < 0.1).mean(), 2 * error / error.size


def gradients(cell, task, net, x, targets, answers):
    """Loss, and the gradient of every array of the net."""
    trace = run(cell, net, x)
    loss, _, ds = judge(task, net, trace.h[answers], targets)
    out = recurrent.output_layer_backward(ds, trace.h[answers], net["W_y"])
    dh = np.zeros_like(trace.h)
    dh[answers] = out.h
    back = getattr(recurrent, f"{cell}_backward")(trace, dh)
    return loss, {name: getattr(out if name[-2:] == "_y" else back, name) for name in net}


def train(cell, task, seed, *, k, length, updates, rate=RATE, every=EVERY):
    """The trained net and its course: (update, loss, share right) on 512 test sequences."""
    rng, start = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    d, m = WIDTHS[task]
    net = initial(cell, d, k, m, start)
    test = TASKS[task](np.random.default_rng(0), 512, length)
    first = {name: np.zeros_like(value) for name, value in net.items()}
    second = {name: np.zeros_like(value) for name, value in net.items()}
    course = []
    for step in range(updates + 1):
        if step % every == 0:
            x, targets, answers = test
            loss, right, _ = judge(task, net, run(cell, net, x).h[answers], targets)
            course.append((step, loss, right))
        _, slopes = gradients(cell, task, net, *TASKS[task](rng, BATCH, length))
        norm = np.sqrt(sum((slope**2).sum() for slope in slopes.values()))
        for name, slope in slopes.items():
            slope = slope * min(1, CLIP / norm)
            first[name] = 0.9 * first[name] + 0.1 * slope
            second[name] = 0.999 * second[name] + 0.001 * slope**2
            mean, square = first[name] / (1 - 0.9 ** (step + 1)), second[name] / (1 - 0.999 ** (step + 1))
            net[name] = net[name] - rate * mean / (np.sqrt(square) + 1e-8)
    return net, course


# --- what is recorded ---------------------------------------------------------------------------


def one_run(case):
    cell, task, seed = case
    start = time.perf_counter()
    _, course = train(cell, task, seed, k=SIZES[cell], length=LENGTHS[task], updates=UPDATES[task])
    print(f"{task:7} {cell:5} seed {seed}: {course[-1][2]:.1%} right, loss {course[-1][1]:.4f}, {time.perf_counter() - start:.0f} s", flush=True)
    return course


def short():
    """The beginning of a small run of every cell on every task; takes seconds."""
    return {
        task: {cell: [loss for _, loss, _ in train(cell, task, 0, k=5, length=8, updates=20, every=5)[1]] for cell in KINDS}
        for task in TASKS
    }


def holding():
    """The weights of an LSTM and a GRU of 4 units that hold the last impulse, and their losses."""
    out = {}
    for cell in ("lstm", "gru"):
        tried = [train(cell, "latch", seed, k=4, length=40, updates=6000, every=6000, rate=1e-2) for seed in range(3)]
        net, course = min(tried, key=lambda one: one[1][-1][1])
        out[cell] = {name: np.round(value, 3).tolist() for name, value in net.items()}
        print(f"holding {cell}: loss {course[-1][1]:.5f}", flush=True)
    return out


def write(name, record):
    RECORDED.mkdir(exist_ok=True)
    (RECORDED / name).write_text(json.dumps(record, separators=(",", ":")) + "\n")


def main():
    if sys.argv[1:] == ["short"]:
        return print(json.dumps(short(), indent=1))
    cases = [(cell, task, seed) for task in UPDATES for cell in KINDS for seed in SEEDS]
    with Pool(int(os.environ.get("PROCESSES", 2))) as pool:
        courses = pool.map(one_run, cases, chunksize=1)
    right = {task: {cell: [] for cell in KINDS} for task in UPDATES}
    for (cell, task, _), course in zip(cases, courses):
        right[task][cell].append([round(share, 3) for _, _, share in course])
    updates = {task: list(range(0, UPDATES[task] + 1, EVERY)) for task in UPDATES}
    write("recurrent_tasks.json", {
        "made_by": "experiments/recurrent_tasks.py", "numpy": np.__version__,
        "sizes": SIZES, "seeds": list(SEEDS), "lengths": LENGTHS, "batch": BATCH, "rate": RATE, "clip": CLIP,
        "updates": updates, "right": right, "short": short(),
    })
    write("recurrent_weights.json", {"made_by": "experiments/recurrent_tasks.py"} | holding())


if __name__ == "__main__":
    main()
