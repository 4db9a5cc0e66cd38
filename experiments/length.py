"""Train the same small decoder under thirteen schemes of positions, and test it far beyond the trained length.

    python experiments/length.py                           # all runs, some two hours of one core; JOBS says on how many, else all
    CLUSTER=tcp://host:8786 python experiments/length.py   # on the workers of a Dask cluster
    python experiments/length.py short                     # a few steps of every kind: what tests/test_experiments.py runs
    python experiments/length.py table                     # of what has been run so far
    python experiments/length.py copying rope              # the five runs of one curve anew, in minutes, beside what is recorded

Needs experiments/requirements.txt; `python book.py train` installs it and runs this. A run (task, scheme, seed) is a job of its own,
and its result a file in _build/length: a run that is there is not run again, so this can be stopped at any time, and a worker that
is lost costs the run that it was at. At the end everything is in lib/explorers/length/recorded: length.json (every seed, every
length, every logged step) and the weights of some models (of the first seed), one file each.

The model is that of lib/transformer.py, here in torch, with 2 layers, width 64, 4 heads and a net of 128. Three tasks:

- copying: some symbols of sixteen, a sign, and the same symbols once more; 1 to 20 in training, up to 160 in tests. Counted is the
  share of symbols that are right, each with all before it given, and of copies that are right as a whole.
- recall (in the manner of Arora et al. 2023, "Zoology", arXiv:2312.04927): twenty pairs of a key and its value stand somewhere among
  other tokens; a text has eight keys (in training 2 to 8), each with one value, and where a key has been before, its value is asked
  for. 40 to 64 tokens in training, up to 512 in tests, with as many pairs. Counted are the keys that were seen once before: the
  share of values that are right, by length and by the distance back to where the key stood.
- characters of text.txt, the prose of this book: windows of 64 in training. The test asks for the same characters of its last
  eighth with more and more of the text before them: the last 32 targets of every window. Loss in nats.

Every model is also tested with queries sharpened by log n. Those under rope are tested stretched, and without their positions. On
characters they are trained 100 steps more without positions, stretched, or unchanged (`recalibrated`); and each of their pairs of
coordinates is muted, held still, or slowed to half its frequency (`surgery`).

A seed fixes the draws, not the rounding of sums, which training carries on: on another processor a run may take another course.
"""

import gzip
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import torch
from torch.nn import functional as F
from tqdm import tqdm

from lib import positional, rope, transformer
from lib.transformer import SCHEMES, Scheme

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "lib/explorers/length/recorded"
SCRATCH = ROOT / "_build/length"

LAYERS, D, H, D_FF = 2, 64, 4, 128
D_K = D // H
SEEDS = range(5)
ADAM = {"betas": (0.9, 0.98), "weight_decay": 0.01}
WARM_UP, CLIP, LOG_EVERY = 0.05, 1.0, 50
SHAW_DISTANCE, BUCKETS, FIRE_WIDTH = 16, 32, 32


# --- tasks: inputs (B, N), targets (B, N), −100 where nothing is asked ---------------------------------


class Copying:
    vocabulary, chance = 17, 1 / 16
    trained, trained_tokens = 20, 40
    lengths = (5, 10, 15, 20, 25, 30, 40, 60, 80, 120, 160)
    batch, rate, steps = 64, 4e-3, 2000

    def draw(self, rng, batch, n):
        symbols = rng.integers(0, 16, (batch, n))
        whole = np.concatenate([symbols, np.full((batch, 1), 16), symbols], axis=1)
        targets = whole[:, 1:].copy()
        targets[:, :n] = -100
        return whole[:, :-1], targets

    def train(self, rng, batch):
        return self.draw(rng, batch, rng.integers(1, self.trained + 1))

    def test(self, model, scheme, n):
        """[share of symbols that are right, share of copies]"""
        tokens, targets = self.draw(np.random.default_rng([9, n]), 128, n)
        right = model.predict(tokens, scheme, n).argmax(-1) == targets[:, -n:]
        return [share(right), share(right.all(axis=1))]


class Recall:
    vocabulary, chance = 48, 1 / 16  # 16 keys, 16 values, 16 other tokens
    keys, pairs = 8, 20
    trained = trained_tokens = 64
    lengths = (48, 64, 80, 96, 128, 192, 256, 384, 512)
    distances = (1, 16, 32, 64, 128, 256)  # a bin's first distance
    batch, rate, steps = 32, 3e-3, 2000

    def draw(self, rng, batch, n, n_keys):
        """Tokens; targets wherever a key was there before; how often it was (0 where no key stands), and the distance to the last time."""
        rows, later = np.arange(batch)[:, None], np.tri(self.pairs, k=-1, dtype=bool)
        is_pair = rng.permuted(np.tile(np.arange(n - self.pairs) < self.pairs, (batch, 1)), axis=1)
        places = (np.cumsum(1 + is_pair, axis=1) - 1 - is_pair)[is_pair].reshape(batch, self.pairs)
        which = rng.integers(0, n_keys, (batch, self.pairs))
        keys = rng.permuted(np.tile(np.arange(16), (batch, 1)), axis=1)[rows, which]
        values = rng.integers(16, 32, (batch, n_keys))[rows, which]
        tokens = rng.integers(32, 48, (batch, n))
        tokens[rows, places], tokens[rows, places + 1] = keys, values
        before = (which[:, :, None] == which[:, None]) & later
        targets, times, distance = (np.full((batch, n), fill) for fill in (-100, 0, 0))
        targets[rows, places] = np.where(before.any(axis=2), values, -100)
        times[rows, places] = before.sum(axis=2)
        distance[rows, places] = places - np.where(before, places[:, None], 0).max(axis=2)
        return tokens, targets, times, distance

    def train(self, rng, batch):
        """Texts with few keys are easy, and the others are learned after them; with eight alone most schemes learn nothing in this time."""
        return self.draw(rng, batch, rng.integers(2 * self.pairs, self.trained + 1), rng.integers(2, self.keys + 1))[:2]

    def test(self, model, scheme, n):
        """[share right, [share right in each bin of distances, None where none lies]]"""
        tokens, targets, times, distance = self.draw(np.random.default_rng([9, n]), 128, n, self.keys)
        once = times == 1
        right = (model.predict(tokens, scheme, n).argmax(-1) == targets)[once]
        bins = np.digitize(distance[once], self.distances)
        return [share(right), [share(right[bins == b]) if (bins == b).any() else None for b in range(1, len(self.distances) + 1)]]


class Characters:
    trained = trained_tokens = 64
    lengths = (32, 64, 80, 96, 128, 192, 256, 384, 512)
    scored, windows = 32, 128
    batch, rate, steps = 32, 3e-3, 1500

    def __init__(self):
        text = (ROOT / "experiments/text.txt").read_text("utf-8")
        self.alphabet = "".join(sorted(set(text)))
        self.vocabulary = len(self.alphabet)
        numbers = np.array([self.alphabet.index(character) for character in text])
        split = len(numbers) * 7 // 8
        self.text, self.tested = numbers[:split], numbers[split:]
        counts = np.bincount(self.text, minlength=self.vocabulary) + 1
        self.chance = float(-np.log(counts / counts.sum())[self.tested].mean())  # what one knows from frequencies alone

    def train(self, rng, batch, n=trained):
        starts = rng.integers(0, len(self.text) - n, batch)[:, None]
        windows = self.text[starts + np.arange(n + 1)]
        return windows[:, :-1], windows[:, 1:]

    def test(self, model, scheme, n):
        """The loss."""
        ends = np.linspace(max(self.lengths) + 1, len(self.tested), self.windows).astype(int)[:, None]
        windows = self.tested[ends + np.arange(-n - 1, 0)]
        logits = model.predict(windows[:, :-1], scheme, self.scored).astype(float)
        logits -= np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        targets = windows[:, -self.scored :]
        return round(float(-np.take_along_axis(logits, targets[..., None], axis=-1).mean()), 4)


def tests(task, model, scheme, lengths=None):
    """What the task's test says at each length. A function of the factor by which a length is beyond the trained one may stand for the scheme."""
    return [task.test(model, scheme(max(1, n / task.trained)) if callable(scheme) else scheme, n) for n in lengths or task.lengths]


TASKS = {"copying": Copying, "recall": Recall, "characters": Characters}


def share(right):
    return round(float(right.mean()), 4)


# --- the model of lib/transformer.py, in torch -------------------------------------------------------


class Model(torch.nn.Module):
    """Weights as in lib.transformer, but W_q, W_k, W_v as one matrix (D, 3·D)."""

    def __init__(self, name, vocabulary, trained):
        super().__init__()
        self.tokens = normal(vocabulary, D, scale=1.0)
        self.blocks = torch.nn.ModuleList(torch.nn.ParameterDict(first_block(name, trained)) for _ in range(LAYERS))
        self.gain = torch.nn.Parameter(torch.ones(D))
        self.W_out = normal(D, vocabulary, scale=D**-0.5)
        if name == "learned":
            self.table = normal(trained, D, scale=0.5)
        if name == "t5":
            self.table = torch.nn.Parameter(torch.zeros(BUCKETS, H))

    def forward(self, tokens, scheme):
        B, N = tokens.shape
        x = self.tokens[tokens]
        if scheme.name == "learned":  # past the table's end its last row
            x = x + self.table[torch.arange(N).clamp(max=len(self.table) - 1)]
        if scheme.name == "sinusoidal":
            x = x + torch.tensor(positional.sinusoidal(N, D), dtype=x.dtype)
        for layer, block in enumerate(self.blocks):
            y = F.layer_norm(x, (D,), block.gain_1)
            qk, v = (y @ block.W_qkv).view(B, N, 3 * H, D_K).split([2 * H, H], dim=2)
            theta = scheme.turning(layer, D_K)
            if theta is not None:
                qk = scheme.attention_factor * turned(qk, torch.tensor(np.outer(np.arange(N), theta)))
            q, k, v = (each.transpose(1, 2) for each in (*qk.split(H, dim=2), v))  # (B, H, N, d_k)
            if scheme.log_n is not None:
                q = q * (torch.log(torch.arange(1.0, N + 1)) / np.log(scheme.log_n)).clamp(min=1.0)[:, None]
            closed = torch.zeros(N, N).masked_fill(~torch.tensor(scheme.mask(layer, N)), -torch.inf)
            heads = F.scaled_dot_product_attention(q, k, v, attn_mask=closed + self.bias(block, scheme, q, y))
            x = x + heads.transpose(1, 2).reshape(B, N, D) @ block.W_o
            x = x + torch.relu(F.layer_norm(x, (D,), block.gain_2) @ block.W_1 + block.b_1) @ block.W_2 + block.b_2
        return F.layer_norm(x, (D,), self.gain) @ self.W_out

    def bias(self, block, scheme, q, y):
        N = q.shape[2]
        distance = (torch.arange(N)[:, None] - torch.arange(N)).clamp(min=0)
        if scheme.name == "shaw":
            row = (SHAW_DISTANCE - distance).clamp(min=0)
            return (q @ block.shaw.T).gather(-1, row.expand(*q.shape[:2], N, N)) / D_K**0.5
        if scheme.name == "t5":
            bucket = positional.t5_bucket(-distance.numpy(), bidirectional=False, n_buckets=BUCKETS, max_distance=transformer.T5_DISTANCE)
            return self.table[torch.tensor(bucket)].permute(2, 0, 1)
        if scheme.name == "alibi":
            return -torch.tensor(positional.alibi_slopes(H), dtype=q.dtype)[:, None, None] * distance
        if scheme.name == "fire":
            longest = torch.arange(N).to(q.dtype).maximum(block.fire_threshold.abs())
            share = torch.log1p(block.fire_c.abs() * distance) / torch.log1p(block.fire_c.abs() * longest)[:, None]
            return (torch.relu(share[..., None] @ block.fire_W_1 + block.fire_b_1) @ block.fire_W_2 + block.fire_b_2).permute(2, 0, 1)
        if scheme.name == "fox":
            forgotten = F.logsigmoid(y @ block.W_f + block.b_f).cumsum(1).transpose(1, 2)  # (B, H, N)
            return forgotten[..., None] - forgotten[..., None, :]
        return 0.0

    def predict(self, tokens, scheme, last):
        """The logits of the last places, 32 sequences at a time."""
        self.eval()
        with torch.inference_mode():
            parts = torch.tensor(tokens).split(32)
            return torch.cat([self(part, scheme)[:, -last:] for part in parts]).numpy()

    def arrays(self):
        """The weights by name, in float32, with the axes of lib.transformer."""
        own = {name: value.detach().numpy() for name, value in self.named_parameters()}
        for layer in range(LAYERS):
            q, k, v = own.pop(f"blocks.{layer}.W_qkv").reshape(D, 3, H, D_K).transpose(1, 2, 0, 3)
            own |= {f"blocks.{layer}.W_q": q, f"blocks.{layer}.W_k": k, f"blocks.{layer}.W_v": v}
            own[f"blocks.{layer}.W_o"] = own[f"blocks.{layer}.W_o"].reshape(H, D_K, D)
        return own


def normal(*shape, scale):
    return torch.nn.Parameter(scale * torch.randn(shape))


def first_block(name, trained):
    """A layer's weights before training. W_o and the net's second matrix are smaller by √(2·layers), as in GPT-2."""
    deep = (2 * LAYERS) ** -0.5
    block = {"gain_1": torch.ones(D), "W_qkv": normal(D, 3 * D, scale=D**-0.5), "W_o": normal(D, D, scale=deep * D**-0.5)}
    block |= {"gain_2": torch.ones(D), "W_1": normal(D, D_FF, scale=(2 / D) ** 0.5), "b_1": torch.zeros(D_FF)}
    block |= {"W_2": normal(D_FF, D, scale=deep * D_FF**-0.5), "b_2": torch.zeros(D)}
    if name == "shaw":
        block["shaw"] = normal(2 * SHAW_DISTANCE + 1, D_K, scale=0.5)
    if name == "fire":  # as in the paper, where the threshold begins at a quarter of the trained length
        block |= {"fire_c": torch.tensor(0.1), "fire_threshold": torch.tensor(trained / 4)}
        block |= {"fire_W_1": normal(1, FIRE_WIDTH, scale=1.0), "fire_b_1": normal(FIRE_WIDTH, scale=0.5)}
        block |= {"fire_W_2": normal(FIRE_WIDTH, H, scale=FIRE_WIDTH**-0.5), "fire_b_2": torch.zeros(H)}
    if name == "fox":  # a gate of 0.95 at first: half is forgotten in 14 tokens
        block |= {"W_f": normal(D, H, scale=0.02), "b_f": torch.full((H,), 3.0)}
    return {key: torch.nn.Parameter(value) for key, value in block.items()}


def turned(x, angles):
    """x (B, N, heads, d_k), its first pairs of coordinates turned by the angles (N, r)."""
    d_k = x.shape[-1]
    angles = F.pad(angles, (0, d_k // 2 - angles.shape[1])).repeat_interleave(2, dim=1)[:, None]  # (N, 1, d_k)
    return x * angles.cos().float() + (x @ QUARTER[:d_k, :d_k]) * angles.sin().float()


QUARTER = torch.block_diag(*[torch.tensor([[0.0, 1.0], [-1.0, 0.0]])] * (D_K // 2))  # turns pairs (x, y) to (−y, x)


# --- training ----------------------------------------------------------------------------------------


def fit(model, scheme, batches, *, steps, rate):
    """Trains the model in place. The mean losses of every LOG_EVERY steps."""
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, fused=True, **ADAM)
    warm = max(1, int(WARM_UP * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, 0.5 + 0.5 * np.cos(np.pi * max(0, step - warm) / (steps - warm)))
    )
    losses = []
    for _ in range(steps):
        tokens, targets = map(torch.tensor, batches())
        loss = F.cross_entropy(model(tokens, scheme).flatten(0, 1), targets.flatten(), ignore_index=-100)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    return [round(float(np.mean(losses[start : start + LOG_EVERY])), 4) for start in range(0, steps, LOG_EVERY)]


def run(task_name, name, seed, steps=None):
    """One job: (what is recorded of it, the weights)."""
    began = time.perf_counter()
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    task, scheme, rng = TASKS[task_name](), Scheme(name), np.random.default_rng([seed, *task_name.encode()])
    model = Model(name, task.vocabulary, task.trained_tokens)
    losses = fit(model, scheme, lambda: task.train(rng, task.batch), steps=steps or task.steps, rate=task.rate)
    weights = {key: value.copy() for key, value in model.arrays().items()}
    trained = time.perf_counter() - began
    record = {"task": task_name, "scheme": name, "seed": seed, "losses": losses, "test": tests(task, model, scheme)}
    record["log_n"] = tests(task, model, Scheme(name, log_n=task.trained_tokens))
    if name == "rope":
        record["stretched"] = {key: tests(task, model, made) for key, made in stretched(task.trained_tokens).items()}
    if (task_name, name) == ("characters", "rope"):
        record["surgery"] = surgery(task, model)
        record["recalibrated"] = recalibrated(task, model, seed, 100 if steps is None else steps)
    record |= {"parameters": sum(value.size for value in weights.values()), "training": round(trained, 1)}
    return record | {"seconds": round(time.perf_counter() - began, 1)}, weights


# --- what is done to a trained model under rope -------------------------------------------------------


def stretch(scaling):
    return Scheme("rope", frequencies=rope.frequencies(D_K, scaling=scaling), attention_factor=scaling.attention_factor)


def stretched(trained):
    """For each way to stretch, the scheme as a function of the factor."""
    return {
        "linear": lambda factor: stretch(rope.linear(factor)),
        "ntk": lambda factor: stretch(rope.ntk(factor)),
        "yarn": lambda factor: stretch(rope.yarn(factor, trained)),
        "yarn, log n": lambda factor: replace(stretch(rope.yarn(factor, trained)), attention_factor=1.0, log_n=trained),
        "dropped": lambda factor: Scheme("none"),
    }


RECALIBRATED = {  # the scheme, and the length of 100 steps more
    "dropped": (Scheme("none"), 64),
    "dropped, 256": (Scheme("none"), 256),
    "linear": (stretch(rope.linear(4)), 256),
    "yarn": (stretch(rope.yarn(4, 64)), 256),
    "unchanged": (Scheme("rope"), 256),
}
SURGERY_LENGTHS = (64, 128, 512)


def recalibrated(task, model, seed, steps):
    """{what was done: for each length the loss} after some steps more, with as many characters in each as in training."""
    before, result = {key: value.clone() for key, value in model.state_dict().items()}, {}
    for key, (scheme, n) in RECALIBRATED.items():
        model.load_state_dict(before)
        rng = np.random.default_rng([seed, 100])
        fit(model, scheme, lambda: task.train(rng, task.batch * task.trained // n, n), steps=steps, rate=1e-3)
        result[key] = tests(task, model, scheme)
    model.load_state_dict(before)
    return result


def surgery(task, model):
    """{what was done: for each pair of coordinates, for each length the loss}: muted, held still, slowed to half its frequency."""
    theta, result = rope.frequencies(D_K), {}
    for key, factor in {"frozen": 0.0, "slowed": 0.5}.items():
        schemes = [Scheme("rope", frequencies=np.where(np.arange(D_K // 2) == pair, factor, 1.0) * theta) for pair in range(D_K // 2)]
        result[key] = [tests(task, model, scheme, SURGERY_LENGTHS) for scheme in schemes]
    before, result["muted"] = {key: value.clone() for key, value in model.state_dict().items()}, []
    for pair in range(D_K // 2):
        with torch.no_grad():
            for block in model.blocks:  # queries alone: a product with 0 is 0
                block.W_qkv.view(D, 3, H, D_K)[:, 0, :, 2 * pair : 2 * pair + 2] = 0.0
        result["muted"].append(tests(task, model, Scheme("rope"), SURGERY_LENGTHS))
        model.load_state_dict(before)
    return result


# --- jobs and records ---------------------------------------------------------------------------------


def jobs():
    """The first seed of everything comes first."""
    return [(task, name, seed) for seed in SEEDS for task in TASKS for name in SCHEMES]


def path_of(task, name, seed):
    return SCRATCH / f"{task}-{name}-{seed}.json"


def keep(record, weights):
    """The weights first, the record by renaming: a run whose record is there is whole."""
    path = path_of(record["task"], record["scheme"], record["seed"])
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path.with_suffix(".npz"), **weights)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record), "utf-8")
    os.replace(part, path)


def run_all():
    todo = [job for job in jobs() if not path_of(*job).exists()]
    where, cluster = {"n_jobs": int(os.environ.get("JOBS", -1))}, os.environ.get("CLUSTER")
    if cluster:
        from distributed import Client

        client = Client(cluster)  # dask worker tcp://host:8786 --nthreads 1, with this checkout's lib to be found: PYTHONPATH=.
        where = {"backend": "dask"}
        print(f"{len(client.scheduler_info()['workers'])} workers", flush=True)
    with joblib.parallel_config(**where):
        done = joblib.Parallel(return_as="generator_unordered", pre_dispatch="all" if cluster else "2*n_jobs")(
            joblib.delayed(run)(*job) for job in todo
        )
        for record, weights in tqdm(done, total=len(todo), unit="run", mininterval=10):
            keep(record, weights)
            tqdm.write(f"{record['task']:10} {record['scheme']:10} seed {record['seed']}: {record['seconds']:.0f} s")
    collect()
    table()


def collect():
    """Writes what has been run into the folder that the book reads."""
    RECORDED.mkdir(parents=True, exist_ok=True)
    runs = [json.loads(path_of(*job).read_text("utf-8")) for job in jobs() if path_of(*job).exists()]
    tasks = {}
    for name, kind in TASKS.items():
        task = kind()
        tasks[name] = {key: getattr(task, key) for key in ("trained", "trained_tokens", "lengths", "vocabulary", "chance")}
        tasks[name] |= {key: getattr(task, key) for key in ("batch", "rate", "steps")}
    tasks["recall"]["distances"] = Recall.distances
    tasks["characters"]["alphabet"] = Characters().alphabet
    record = {
        "made_by": "experiments/length.py",
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
        "seconds": round(sum(run["seconds"] for run in runs)),
        "model": {"layers": LAYERS, "width": D, "heads": H, "d_ff": D_FF},
        "training": {**ADAM, "warm_up": WARM_UP, "clip": CLIP, "log_every": LOG_EVERY},
        "schemes": SCHEMES,
        "seeds": len(SEEDS),
        "tasks": tasks,
        "recalibrated": {key: n for key, (_, n) in RECALIBRATED.items()},
        "surgery": SURGERY_LENGTHS,
        "runs": runs,
    }
    (RECORDED / "length.json").write_text(json.dumps(record, separators=(",", ":")) + "\n", "utf-8")
    for task, names in KEPT.items():
        for name in names:
            path = path_of(task, name, 0).with_suffix(".npz")
            if path.exists():
                (RECORDED / f"{task}-{name}.json").write_text(written(dict(np.load(path))), "utf-8")


# Whose weights are kept, of the first seed: all would be 3 MB.
KEPT = {"characters": ("none", "learned", "sinusoidal", "t5", "alibi", "rope", "p-rope", "windowed", "fox")}
KEPT |= {"copying": ("shaw", "alibi", "rope"), "recall": ("none", "t5", "rope")}
LEVELS = 45  # on either side of 0: a character of ASCII for each number, none that JSON escapes
MOST = 61_000  # bytes of a model's weights, compressed: with the script around them less than 60 KiB


def written(arrays):
    """The weights as text, with as many levels as their compressed size allows."""
    for levels in range(LEVELS, 0, -1):
        weights = {"levels": levels} | {key: packed(value, levels) for key, value in arrays.items()}
        text = json.dumps(weights, separators=(",", ":")) + "\n"
        if len(gzip.compress(text.encode())) <= MOST:
            return text
    raise ValueError(f"arrays: expected at most {MOST} bytes, compressed, got more at every precision")


def packed(array, levels):
    """A vector as it is; else the shape, a scale for every part along the first axis, and a character a number.

    lib/explorers/length/training.py and decoder.mjs read it.
    """
    if array.ndim < 2:
        return np.round(array.astype(float), 4).tolist()
    parts = array.reshape(len(array), -1).astype(float)
    scales = np.maximum(np.abs(parts).max(axis=1), 1e-9) / levels
    codes = np.round(parts / scales[:, None]).astype(int).ravel() + levels + ord("#")
    text = (codes + (codes >= ord("\\"))).astype(np.uint8).tobytes().decode("ascii")
    return {"shape": array.shape, "scales": [float(f"{scale:.4g}") for scale in scales], "numbers": text}


def table():
    """The medians over the seeds that are there, from the trained length on."""
    for name, task in TASKS.items():
        shown = [n for n in task.lengths if n >= task.trained]
        measure = "loss" if name == "characters" else "share right"
        print(f"\n{name}: {measure}, trained to {task.trained}; chance {task().chance:.3f}\n{'':15}" + "".join(f"{n:8}" for n in shown))
        for scheme in SCHEMES:
            runs = [json.loads(path.read_text("utf-8")) for seed in SEEDS if (path := path_of(name, scheme, seed)).exists()]
            if runs:
                values = [[first(each) for each in run["test"][-len(shown) :]] for run in runs]
                print(f"{scheme:12}({len(runs)})" + "".join(f"{value:8.3f}" for value in np.median(values, axis=0)))


def again(task, scheme):
    """Trains the runs of one curve anew, and prints them beside those that are recorded."""
    recorded = json.loads((RECORDED / "length.json").read_text("utf-8"))["runs"]
    before = [run["test"] for run in recorded if (run["task"], run["scheme"]) == (task, scheme)]
    done = joblib.Parallel(n_jobs=int(os.environ.get("JOBS", -1)), return_as="generator_unordered")(
        joblib.delayed(run)(task, scheme, seed) for seed in SEEDS
    )
    after = [record["test"] for record, _ in tqdm(done, total=len(SEEDS), unit="run")]
    print(f"{task}, {scheme}: least, median and most of {len(SEEDS)} runs\n{'length':>8}{'recorded':>14}{'again':>24}")
    for place, n in enumerate(TASKS[task].lengths):
        values = [[first(run[place]) for run in runs] for runs in (before, after)]
        print(f"{n:8}" + "   ".join("".join(f"{value:7.3f}" for value in np.quantile(each, [0, 0.5, 1])) for each in values))


def first(measured):
    """Of several measures the first."""
    return measured[0] if isinstance(measured, list) else measured


def short():
    """A few steps of every task under every scheme, and all that is measured, at three lengths; takes seconds."""
    for kind in TASKS.values():
        kind.lengths = kind.lengths[:3]
    Characters.windows = 4
    return [run(*job, steps=3) for job in jobs() if job[2] == 0]


def main():
    if sys.argv[1:] == ["short"]:
        return print(json.dumps([record for record, _ in short()], indent=1))
    if sys.argv[1:] == ["table"]:
        return table()
    if len(sys.argv) == 3 and sys.argv[1] in TASKS and sys.argv[2] in SCHEMES:
        return again(*sys.argv[1:])
    if sys.argv[1:]:
        sys.exit(
            f"expected nothing, short, table, or a task ({', '.join(TASKS)}) and a scheme ({', '.join(SCHEMES)}), got {' '.join(sys.argv[1:])}"
        )
    run_all()


if __name__ == "__main__":
    main()
