"""Train RNN, LSTM and GRU with `lib.recurrent` on tasks of memory, and record what came out.

    python experiments/recurrent_tasks.py           # all of it, some two hours on two cores
    python experiments/recurrent_tasks.py race      # one part: race, dropped or holding
    python experiments/recurrent_tasks.py short     # what tests/test_experiments.py runs again

The results go to lib/explorers/recurrent/recorded/, where the chapter and its explorers read them. Two tasks:

- adding (Hochreiter & Schmidhuber 1997, experiment 4, in the form of Le et al. 2015,
  arXiv:1504.00941, §4.1): every step brings a number from 0 to 1 and a marker, which is 1 at two
  steps and else 0; at the end the net says the sum of the two marked numbers. Right is what is
  within 0.1.
- copy (delayed recall, after Hochreiter & Schmidhuber 1997 and Arjovsky et al. 2016,
  arXiv:1511.06464, §4.1): some symbols, a long pause, a signal; then the net says the symbols in
  their order. Counted is the share of symbols that are right.

The three cells of a task have about as many parameters as each other (`SIZES`), the same optimiser
(Adam, Kingma & Ba 2015, arXiv:1412.6980), the same clipping of the gradient's norm and the same
batches. What does differ is how each is started, and so every cell runs from several starts (`STARTS`):
the gated ones with the bias of the gate that keeps (the LSTM's forget gate, the GRU's update gate) at
0, at 1 and at the logarithm of the length (Tallec & Ollivier 2018, arXiv:1804.11188, have ln T as the
largest of such biases); the plain one with W_h uniform within ±1/√k, and orthogonal (every singular value 1).

What is recorded of the starts "1" and "uniform" was run on another machine than the others. A seed fixes
the draws, not the rounding of sums, which training carries on: on another processor a run may take
another course.

- dropped: the same LSTM trained with the gradient that lacks the carry dc_next, the classic mistake.
- holding: an LSTM and a GRU of 4 units that learn to hold the last impulse that they saw. Their weights
  are what the explorer lstm-cell runs.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices are small; and one order of sums

import json
import sys
import time
from dataclasses import fields
from multiprocessing import Pool
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from lib import recurrent
from lib.recurrent import GRUWeights, LSTMWeights, RNNWeights

RECORDED = Path(__file__).parents[1] / "lib/explorers/recurrent/recorded"
SIZES = {"rnn": 66, "lstm": 32, "gru": 37}  # k: about 4500 parameters each with d = 2
SEEDS = range(5)
BATCH, RATE, CLIP = 32, 3e-3, 1.0
LENGTHS = {"adding": 100, "copy": 40}  # steps; of the pause
UPDATES = 4000
EVERY = 50  # updates between two looks at the test sequences
STARTS = {"rnn": ("uniform", "orthogonal"), "gru": ("0", "1", "ln"), "lstm": ("0", "1", "ln")}
SYMBOLS, TO_COPY = 4, 3
LEAST = 0.1  # the smallest impulse of the task latch: less is no impulse


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
    """x (T, B, 1): impulses of `LEAST` to 1 and of either sign, rare ones in some sequences and more in others;
    targets (T, B, 1), the last impulse so far."""
    x = rng.uniform(LEAST, 1, (length, batch)) * rng.choice((-1, 1), (length, batch))
    x = x * (rng.random((length, batch)) < rng.uniform(0.01, 0.12, batch))
    held = x.copy()
    for t in range(1, length):
        held[t] = np.where(x[t] == 0, held[t - 1], x[t])
    return x[:, :, None], held[:, :, None], slice(None)


TASKS = {"adding": adding, "copy": copy, "latch": latch}
WIDTHS = {"adding": (2, 1), "copy": (SYMBOLS + 2, SYMBOLS), "latch": (1, 1)}  # d, m


# --- nets ---------------------------------------------------------------------------------------


def keeping_bias(start, length):
    """What is added to the bias of the gate that keeps: 0, 1, or ln of the length."""
    return np.log(length) if start == "ln" else float(start)


def initial(cell, d, k, m, rng, *, start, length):
    """A cell's weights and an output layer: uniform within ±1/√k, as torch's, but for what `start` says."""

    def uniform(*shape):
        return rng.uniform(-1, 1, shape) / np.sqrt(k)

    if cell == "rnn":
        W_h = np.linalg.qr(rng.standard_normal((k, k)))[0] if start == "orthogonal" else uniform(k, k)
        weights = RNNWeights(W_h, uniform(k, d), np.zeros(k))
    elif cell == "lstm":
        bias = keeping_bias(start, length)
        weights = LSTMWeights(uniform(4, k, k), uniform(4, k, d), np.outer([0, bias, 0, 0], np.ones(k)))
    else:
        bias = keeping_bias(start, length)
        weights = GRUWeights(uniform(3, k, k), uniform(3, k, d), np.zeros((3, k)), np.outer([0, bias, 0], np.ones(k)))
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


def gradients(cell, task, net, x, targets, answers, carried=True):
    """Loss, and the gradient of every array of the net; without `carried`, as an LSTM's comes out without dc_next."""
    trace = run(cell, net, x)
    loss, _, ds = judge(task, net, trace.h[answers], targets)
    out = recurrent.output_layer_backward(ds, trace.h[answers], net["W_y"])
    dh = np.zeros_like(trace.h)
    dh[answers] = out.h
    back = getattr(recurrent, f"{cell}_backward")(trace, dh) if carried else without_carry(trace, dh)
    return loss, {name: getattr(out if name[-2:] == "_y" else back, name) for name in net}


def without_carry(trace, dh):
    """The gradients of an LSTM where every step forgets dc_next: each step is a sequence of its own, which hands back dh alone."""
    h, c = trace.h0, trace.c0
    steps = []
    for x in trace.x:
        steps.append(recurrent.lstm_forward(x[None], h, c, trace.weights))
        h, c = steps[-1].h[-1], steps[-1].c[-1]
    total, dh_next = {"W_h": 0, "W_x": 0, "b": 0}, np.zeros_like(h)
    for step, own in zip(steps[::-1], dh[::-1]):
        back = recurrent.lstm_backward(step, (own + dh_next)[None])
        dh_next = back.h0
        total = {name: value + getattr(back, name) for name, value in total.items()}
    return SimpleNamespace(**total)


def train(cell, task, seed, *, k, length, updates, start="1", rate=RATE, every=EVERY, batch=BATCH, carried=True, cooling=False):
    """The trained net and its course: (update, loss, share right) on 512 test sequences. `cooling` lets the
    rate fall to a hundredth along half a cosine."""
    rng, first_draw = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    d, m = WIDTHS[task]
    net = initial(cell, d, k, m, first_draw, start=start, length=length)
    test = TASKS[task](np.random.default_rng(0), 512, length)
    first = {name: np.zeros_like(value) for name, value in net.items()}
    second = {name: np.zeros_like(value) for name, value in net.items()}
    course = []
    for step in range(updates + 1):
        if step % every == 0:
            x, targets, answers = test
            loss, right, _ = judge(task, net, run(cell, net, x).h[answers], targets)
            course.append((step, loss, right))
        _, slopes = gradients(cell, task, net, *TASKS[task](rng, batch, length), carried)
        norm = np.sqrt(sum((slope**2).sum() for slope in slopes.values()))
        now = rate * (0.01 + 0.99 * (1 + np.cos(np.pi * step / updates)) / 2) if cooling else rate
        for name, slope in slopes.items():
            slope = slope * min(1, CLIP / norm)
            first[name] = 0.9 * first[name] + 0.1 * slope
            second[name] = 0.999 * second[name] + 0.001 * slope**2
            mean, square = first[name] / (1 - 0.9 ** (step + 1)), second[name] / (1 - 0.999 ** (step + 1))
            net[name] = net[name] - now * mean / (np.sqrt(square) + 1e-8)
    return net, course


def chance(task):
    """What a net gets that has learned nothing but the targets' distribution: share right and loss.

    adding: the sum of two uniform numbers has mean 1, variance 1/6, and lies within 0.1 of 1 with probability
    1 − 0.9². copy: one of four symbols, cross-entropy ln 4."""
    return {"adding": (1 - 0.9**2, 1 / 6), "copy": (1 / SYMBOLS, np.log(SYMBOLS))}[task]


# --- what is recorded ---------------------------------------------------------------------------


def one_run(case):
    cell, task, start, seed = case
    began = time.perf_counter()
    _, course = train(cell, task, seed, k=SIZES[cell], length=LENGTHS[task], updates=UPDATES, start=start)
    print(
        f"{task:7} {cell:5} {start:10} seed {seed}: {course[-1][2]:.1%} right, loss {course[-1][1]:.4f}, {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    return course


def race(pool):
    """Every cell from every start on both tasks: what is right along the training."""
    cases = [(cell, task, start, seed) for task in LENGTHS for cell, starts in STARTS.items() for start in starts for seed in SEEDS]
    right = {task: {cell: {start: [] for start in starts} for cell, starts in STARTS.items()} for task in LENGTHS}
    for (cell, task, start, _), course in zip(cases, pool.map(one_run, cases, chunksize=1)):
        right[task][cell][start].append([round(share, 3) for _, _, share in course])
    write(
        "recurrent_tasks.json",
        {
            "made_by": "experiments/recurrent_tasks.py",
            "numpy": np.__version__,
            "sizes": SIZES,
            "seeds": list(SEEDS),
            "lengths": LENGTHS,
            "batch": BATCH,
            "rate": RATE,
            "clip": CLIP,
            "updates": list(range(0, UPDATES + 1, EVERY)),
            "chance": {task: chance(task) for task in LENGTHS},
            "right": right,
            "short": short(),
        },
    )


def short():
    """The beginning of a small run of every cell on every task from every start; takes seconds."""
    return {
        task: {
            f"{cell} {start}": [loss for _, loss, _ in train(cell, task, 0, k=5, length=8, updates=20, every=5, start=start)[1]]
            for cell, starts in STARTS.items()
            for start in starts
        }
        for task in TASKS
    }


SMALL = {"adding": 30, "copy": 10, "latch": 40}  # lengths for `dropped`


def one_loss(case):
    task, seed, carried = case
    return train("lstm", task, seed, k=24, length=SMALL[task], updates=800, every=800, carried=carried)[1][-1][1]


def dropped(pool):
    """Losses of an LSTM of 24 units after 800 updates, with its gradient and with the one that lacks dc_next."""
    cases = [(task, seed, carried) for task in SMALL for seed in SEEDS for carried in (True, False)]
    losses = {task: {"right": [], "dropped": []} for task in SMALL}
    for (task, _, carried), loss in zip(cases, pool.map(one_loss, cases, chunksize=1)):
        losses[task]["right" if carried else "dropped"].append(round(loss, 5))
    nothing = {"adding": chance("adding")[1], "copy": chance("copy")[1]}
    nothing["latch"] = (TASKS["latch"](np.random.default_rng(0), 512, SMALL["latch"])[1] ** 2).mean()
    write("recurrent_dropped.json", {"made_by": "experiments/recurrent_tasks.py", "lengths": SMALL, "chance": nothing, "losses": losses})


def one_holding(cell):
    net, course = train(cell, "latch", 0, k=4, length=60, updates=60_000, every=10_000, batch=64, rate=1e-2, start="ln", cooling=True)
    print(f"holding {cell}: losses {[round(loss, 6) for _, loss, _ in course]}", flush=True)
    return {name: np.round(value, 4).tolist() for name, value in net.items()}


def holding(pool):
    """The weights of an LSTM and a GRU of 4 units that hold the last impulse."""
    cells = ("lstm", "gru")
    nets = dict(zip(cells, pool.map(one_holding, cells, chunksize=1)))
    write("recurrent_weights.json", {"made_by": "experiments/recurrent_tasks.py"} | nets)


def write(name, record):
    RECORDED.mkdir(exist_ok=True)
    (RECORDED / name).write_text(json.dumps(record, separators=(",", ":")) + "\n")


PARTS = {"holding": holding, "dropped": dropped, "race": race}


def main():
    if sys.argv[1:] == ["short"]:
        return print(json.dumps(short(), indent=1))
    with Pool(int(os.environ.get("PROCESSES", 2))) as pool:
        for part in sys.argv[1:] or PARTS:
            PARTS[part](pool)


if __name__ == "__main__":
    main()
