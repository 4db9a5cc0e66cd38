"""A small decoder, whole: tokens in, logits out, with its positions told by one of thirteen schemes.

Blocks are pre-norm: x + attention(norm(x)), then x + net(norm(x)), then a last norm and the
output layer. A norm is a layer norm with a gain and no bias; the net is max(0, x W_1 + b_1) W_2 + b_2;
projections have no biases; scores are divided by √d_k under every scheme, T5's too. What tells the
order is the ``Scheme``, and it is no part of the weights: a model trained under one can be run under
another, which is how positions are stretched, or dropped, after training.

Axes: N tokens, V vocabulary, D model width, H heads, d_k width of queries, keys and values. A token
is a row. ``experiments/length.py`` trains such models.

Papers
------
- Vaswani et al. 2017, arXiv:1706.03762: ``sinusoidal``; Shaw et al. 2018, arXiv:1803.02155: ``shaw``;
  Raffel et al. 2020, arXiv:1910.10683: ``t5``; Press et al. 2022, arXiv:2108.12409: ``alibi``;
  Su et al. 2021, arXiv:2104.09864: ``rope``; Black et al. 2022, arXiv:2204.06745: ``partial``.
- Haviv et al. 2022, "Transformer Language Models without Positional Encodings Still Learn Positional
  Information", arXiv:2203.16634; Kazemnejad et al. 2023, "The Impact of Positional Encoding on Length
  Generalization in Transformers", arXiv:2305.19466: ``none``.
- Li et al. 2024, "Functional Interpolation for Relative Positions Improves Long Context
  Transformers", arXiv:2310.04418: ``fire``.
- Barbero et al. 2024, "Round and Round We Go! What makes Rotary Positional Encodings useful?",
  arXiv:2410.06205: ``p-rope``.
- Yang et al. 2025, "Rope to Nope and Back Again", arXiv:2501.18795: ``windowed``, and without its
  window ``alternate``.
- Lin et al. 2025, "Forgetting Transformer: Softmax Attention with a Forget Gate", arXiv:2503.02130:
  ``fox``.
- Gelberg et al. 2025, "Extending the Context of Pretrained LLMs by Dropping Their Positional
  Embeddings", arXiv:2512.12167: the scheme ``none`` for a model that was trained under ``rope``.
"""

from dataclasses import dataclass

import numpy as np

from . import arguments, positional, rope
from .attention import attention, causal_mask
from .equivariance import feed_forward, layer_norm

SCHEMES = ("none", "learned", "sinusoidal", "shaw", "t5", "alibi", "fire", "rope", "partial", "p-rope", "alternate", "windowed", "fox")
T5_DISTANCE = 128  # from which T5's last bucket is certain, tokens


@dataclass(frozen=True)
class Scheme:
    """How a model is told the order of its tokens.

    Parameters
    ----------
    name : str
        - ``none``: by the causal mask alone (NoPE);
        - ``learned``, ``sinusoidal``: a table's rows, added to the tokens;
        - ``shaw``: an embedding for each distance, a table for each layer, shared by its heads;
        - ``t5``: a number for each bucket of distances and head, shared by the layers;
        - ``alibi``: a slope for each head;
        - ``fire``: a small net of the distance, measured against the query's position;
        - ``rope``: all coordinates of queries and keys turn; ``partial``: the first half of them,
          as a small head of its own; ``p-rope``: the faster 3/8 of the pairs, the slow ones stand
          still;
        - ``alternate``: rope in the first layer, the third, …, none in the others; ``windowed``: that,
          and the turning layers see the last ``window`` tokens alone;
        - ``fox``: a forget gate lowers a score by what is forgotten between key and query.
    frequencies : array_like (r,), optional
        rad per token, in place of those that the name stands for (base 10,000): stretched by
        ``rope.frequencies(d_k, scaling=…)``, or with a pair at 0. Not for schemes that turn nothing.
    attention_factor : float
        That of a ``rope`` scaling: queries and keys are multiplied by it. Above 0.
    window : int
        Tokens, the query's own among them, at least 1; for ``windowed``.
    log_n : int, optional
        The trained length, at least 2. A query that sees n keys is multiplied by ln n / ln(log_n)
        where that is above 1, so that attention over more keys stays as sharp.

    Raises
    ------
    ValueError
        If a value is not of its kind, or frequencies are given to a scheme that turns nothing.

    References
    ----------
    The module lists the papers. Su Jianlin 2021, kexue.fm/archives/8823, for log n; Qwen's code has it
    as here.

    Examples
    --------
    >>> Scheme("rope").turning(0, 4).round(12).tolist()
    [1.0, 0.01]
    >>> Scheme("alternate").turning(1, 4) is None
    True
    """

    name: str
    frequencies: np.ndarray | None = None
    attention_factor: float = 1.0
    window: int = 16
    log_n: int | None = None

    def __post_init__(self):
        arguments.choice("name", self.name, SCHEMES)
        if self.frequencies is not None:
            if self.name not in ("rope", "partial", "p-rope", "alternate", "windowed"):
                arguments.refuse("frequencies", f"none for {self.name}, which turns nothing", arguments.describe(self.frequencies))
            object.__setattr__(self, "frequencies", arguments.array("frequencies", self.frequencies, "r"))
        arguments.number("attention_factor", self.attention_factor, above=0)
        arguments.integer("window", self.window, least=1)
        if self.log_n is not None:
            arguments.integer("log_n", self.log_n, least=2)

    def turning(self, layer, d_k):
        """Return the frequencies (r,) with which a layer's queries and keys turn, rad per token, or None."""
        if self.name in ("alternate", "windowed") and layer % 2:
            return None
        if self.frequencies is not None:
            return self.frequencies
        if self.name in ("rope", "alternate", "windowed"):
            return rope.frequencies(d_k)
        if self.name == "partial":
            return rope.partial_frequencies(d_k, d_k // 2)
        if self.name == "p-rope":
            return rope.partial_frequencies(d_k, 2 * (3 * d_k // 16), convention="proportional")
        return None

    def mask(self, layer, n):
        """Return which keys each of n queries may see in a layer, boolean (n, n)."""
        seen = causal_mask(n)
        return seen & ~np.tri(n, n, -self.window, dtype=bool) if self.name == "windowed" and layer % 2 == 0 else seen


@dataclass(frozen=True)
class Block:
    """The weights of a layer; at the end what its scheme has in every layer, None under the others."""

    gain_1: np.ndarray  # (D,)
    W_q: np.ndarray  # (H, D, d_k)
    W_k: np.ndarray  # (H, D, d_k)
    W_v: np.ndarray  # (H, D, d_k)
    W_o: np.ndarray  # (H, d_k, D)
    gain_2: np.ndarray  # (D,)
    W_1: np.ndarray  # (D, d_ff)
    b_1: np.ndarray  # (d_ff,)
    W_2: np.ndarray  # (d_ff, D)
    b_2: np.ndarray  # (D,)
    shaw: np.ndarray | None = None  # (2·max_distance + 1, d_k)
    fire_c: np.ndarray | None = None  # ()
    fire_threshold: np.ndarray | None = None  # (), tokens; the paper's L
    fire_W_1: np.ndarray | None = None  # (1, width)
    fire_b_1: np.ndarray | None = None  # (width,)
    fire_W_2: np.ndarray | None = None  # (width, H)
    fire_b_2: np.ndarray | None = None  # (H,)
    W_f: np.ndarray | None = None  # (D, H)
    b_f: np.ndarray | None = None  # (H,)


@dataclass(frozen=True)
class Decoder:
    """The weights of a model: what ``forward`` needs beside tokens and a scheme."""

    tokens: np.ndarray  # (V, D)
    blocks: tuple  # of Block
    gain: np.ndarray  # (D,)
    W_out: np.ndarray  # (D, V)
    table: np.ndarray | None = None  # (positions, D) if learned, (buckets, H) if t5


@arguments.named
def decoder(arrays):
    """Make a ``Decoder`` of its arrays by name, as they are recorded.

    Parameters
    ----------
    arrays : dict
        ``tokens``, ``gain``, ``W_out``, perhaps ``table``, and a block's fields as
        ``blocks.0.W_q``, …

    Returns
    -------
    Decoder
        All in float64.

    Raises
    ------
    ValueError
        If a name is missing or isn't a field, or a number is not finite.

    Examples
    --------
    >>> names = ["gain_1", "W_q", "W_k", "W_v", "W_o", "gain_2", "W_1", "b_1", "W_2", "b_2"]
    >>> arrays = dict.fromkeys(["tokens", "gain", "W_out"] + [f"blocks.0.{name}" for name in names], [1.0])
    >>> len(decoder(arrays).blocks)
    1
    """
    parts = {}
    for path, value in arrays.items():
        *block, name = path.split(".")
        parts.setdefault(tuple(block), {})[name] = arguments.array(path, value)
    whole = parts.pop((), {})
    blocks = tuple(_made(Block, ".".join(path), parts[path]) for path in sorted(parts, key=lambda path: int(path[1])))
    return _made(Decoder, "model", whole | {"blocks": blocks})


def _made(kind, where, given):
    try:
        return kind(**given)
    except TypeError:
        arguments.refuse("arrays", f"the fields of a {kind.__name__} in {where}", ", ".join(given))


@dataclass(frozen=True)
class Trace:
    """What a forward pass computed."""

    logits: np.ndarray  # (N, V)
    scores: np.ndarray  # (layers, H, N, N); −inf where a key may not be seen
    weights: np.ndarray  # (layers, H, N, N)
    queries: np.ndarray  # (layers, H, N, d_k), before they turn
    keys: np.ndarray  # (layers, H, N, d_k)


@arguments.named
def forward(model, tokens, scheme):
    """Run a decoder over a text.

    Parameters
    ----------
    model : Decoder
    tokens : array_like of int (N,)
        0 … V − 1; at least one.
    scheme : Scheme
        Need not be the one of training; but ``learned``, ``shaw``, ``t5``, ``fire`` and ``fox`` need
        their weights in the model.

    Returns
    -------
    Trace
        The logits (N, V): row n scores every token as the one to follow token n; of every layer and
        head the scores and attention weights, (layers, H, N, N), and the queries and keys before they
        turn, (layers, H, N, d_k).

    Raises
    ------
    ValueError
        If a token is outside the vocabulary, the text is longer than a learned table, the model lacks
        what the scheme needs, or the weights' shapes don't fit.

    Examples
    --------
    >>> V, D, H, d_k, d_ff = 5, 8, 2, 4, 6
    >>> heads, norm = np.ones((H, D, d_k)), np.ones(D)
    >>> net = np.ones((D, d_ff)), np.ones(d_ff), np.ones((d_ff, D)), np.ones(D)
    >>> block = Block(norm, heads, heads, heads, np.ones((H, d_k, D)), norm, *net)
    >>> model = Decoder(np.eye(V, D), (block, block), norm, np.eye(D, V))
    >>> trace = forward(model, [0, 3, 1, 4], Scheme("alibi"))
    >>> trace.logits.shape, trace.weights.shape
    ((4, 5), (2, 2, 4, 4))
    """
    if not isinstance(model, Decoder):
        arguments.refuse("model", "a Decoder", arguments.describe(model))
    if not isinstance(scheme, Scheme):
        arguments.refuse("scheme", "a Scheme", arguments.describe(scheme))
    tokens = arguments.integers("tokens", tokens, "N", least=0).astype(int)
    if not len(tokens):
        arguments.refuse("tokens", "at least one token", "none")
    if tokens.max() >= len(model.tokens):
        arguments.refuse("tokens", f"numbers below V = {len(model.tokens)}", str(tokens.max()))
    n, x = len(tokens), model.tokens[tokens]  # (N, D)
    if scheme.name == "learned":
        if len(_own("table", model, scheme)) < n:
            arguments.refuse("tokens", f"at most {len(model.table)}, the rows of the learned table", str(n))
        x = x + model.table[:n]
    if scheme.name == "sinusoidal":
        x = x + positional.sinusoidal(n, x.shape[1])

    traced = []
    for layer, block in enumerate(model.blocks):
        y = layer_norm(x) * block.gain_1
        q, k, v = y @ block.W_q, y @ block.W_k, y @ block.W_v  # (N, D) @ (H, D, d_k) -> (H, N, d_k)
        unturned, theta = (q, k), scheme.turning(layer, q.shape[-1])
        if theta is not None:
            q, k = (scheme.attention_factor * rope.rotate(each, np.arange(n), frequencies=theta) for each in (q, k))
        if scheme.log_n is not None:
            q = q * np.maximum(1.0, np.log(np.arange(1, n + 1)) / np.log(scheme.log_n))[:, None]
        bias, mask = _bias(model, block, scheme, q, y), scheme.mask(layer, n)
        heads, weights = attention(q, k, v, mask=mask, bias=bias)
        x = x + np.einsum("hnd,hdm->nm", heads, block.W_o)
        x = x + feed_forward(layer_norm(x) * block.gain_2, block.W_1, block.b_1, block.W_2, block.b_2)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]) + bias  # (H, N, d_k) @ (H, d_k, N)
        traced.append((np.where(mask, scores, -np.inf), weights, *unturned))
    return Trace((layer_norm(x) * model.gain) @ model.W_out, *map(np.stack, zip(*traced)))


def _bias(model, block, scheme, q, y):
    """What the scheme adds to the scaled scores, broadcast to (H, N, N)."""
    n_heads, n, d_k = q.shape
    if scheme.name == "shaw":
        return positional.shaw_scores(q, _own("shaw", block, scheme)) / np.sqrt(d_k)
    if scheme.name == "t5":
        return positional.t5_bias(_own("table", model, scheme), n, n, bidirectional=False, max_distance=T5_DISTANCE)
    if scheme.name == "alibi":
        return positional.alibi_bias(n_heads, n, n, causal=False)
    if scheme.name == "fire":
        _own("fire_c", block, scheme)
        return _fire(block, n)
    if scheme.name == "fox":
        forgotten = np.cumsum(-np.logaddexp(0.0, -(y @ _own("W_f", block, scheme) + block.b_f)), axis=0).T  # Σ ln σ, (H, N)
        return np.tril(forgotten[:, :, None] - forgotten[:, None, :])
    return np.zeros((1, 1, 1))


def _fire(block, n):
    """f(ψ(i − j) / ψ(max(L, i))) with ψ(x) = ln(c x + 1), for each head (H, N, N); later keys as at distance 0."""
    c, position = np.abs(block.fire_c), np.arange(n)
    distance, longest = np.maximum(position[:, None] - position, 0), np.maximum(np.abs(block.fire_threshold), position)
    share = np.log1p(c * distance) / np.log1p(c * longest)[:, None]
    hidden = np.maximum(share[..., None] @ block.fire_W_1 + block.fire_b_1, 0.0)
    return np.moveaxis(hidden @ block.fire_W_2 + block.fire_b_2, -1, 0)


def _own(name, part, scheme):
    """What a scheme needs of a model or of a block; refused where it isn't there."""
    if getattr(part, name) is None:
        arguments.refuse("model", f"{name}, which the scheme {scheme.name} needs", "none")
    return getattr(part, name)
