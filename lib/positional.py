"""Positional encodings: what tells a transformer in which order its tokens stand.

Attention without positions and without a mask treats a text as a set. Order comes in at
one of two places. *Absolute* encodings are vectors added to the embeddings of the tokens,
``sinusoidal`` by a formula, ``learned_table`` by training. *Relative* ones are terms
added to the scores before the softmax: Shaw's clipped embeddings, T5's buckets,
ALiBi's slopes. This module computes them, and the linear map that moves a sinusoidal
encoding along the text.

Positions are counted in tokens, from 0. A relative position is the key's position
less the query's, j − i, as in Shaw and T5: below 0 where the key came first. Of n_keys
positions the queries are the *last* n_queries, as when decoding with a cache; with as
many queries as keys that is the usual square.

Two layouts of a sinusoidal encoding are in use, equal up to an order of coordinates:

- ``interleaved``: sine and cosine alternate; the paper;
- ``concatenated``: all sines, then all cosines; tensor2tensor, Marian, M2M100.

tensor2tensor and M2M100 moreover space their frequencies so that the slowest is
exactly 1/base. They are had by ``base=10000.0 ** (d / (d - 2))``. Both layouts here
have the paper's frequencies.

Here d must be even. With an odd d the formula leaves one sine without its cosine, and
others do what is easiest: XLM's and Marian's code has one sine more than cosines,
tensor2tensor's and M2M100's appends a column of zeros (transformers 5.24). A shift is then no
rotation any more in the first case, and d − 1 columns carry all in the second.

Papers
------
- Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762: sinusoidal, and
  learned beside it.
- Shaw et al. 2018, "Self-Attention with Relative Position Representations",
  arXiv:1803.02155.
- Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified
  Text-to-Text Transformer", arXiv:1910.10683: T5; its buckets stand in the code only.
- Press et al. 2022, "Train Short, Test Long: Attention with Linear Biases Enables
  Input Length Extrapolation", arXiv:2108.12409: ALiBi.
"""

import math

import numpy as np

from . import arguments, rope
from ._angles import angles_at

# Each layout is RoPE's way of pairing coordinates under another name.
LAYOUTS = {"interleaved": "interleaved", "concatenated": "halves"}


# --- absolute: sinusoidal ---------------------------------------------------------------


@arguments.named
def sinusoidal(n, d, *, base=10000.0, layout="interleaved"):
    """Return the encodings of positions 0 … n − 1.

    PE(p, 2i) = sin(p·base**(−2i/d)) and PE(p, 2i+1) = cos(p·base**(−2i/d)) for
    i = 0 … d/2 − 1: d/2 clocks, the first turning by one radian per token.

    Parameters
    ----------
    n : int
        Number of positions, at least 1.
    d : int
        Width; even, at least 2.
    base : float
        Above 0.
    layout : {"interleaved", "concatenated"}
        Order of the coordinates.

    Returns
    -------
    ndarray (n, d)
        Between −1 and 1; every row has norm √(d/2).

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Vaswani et al. 2017, §3.5.

    Examples
    --------
    >>> sinusoidal(3, 4).round(4).tolist()
    [[0.0, 1.0, 0.0, 1.0], [0.8415, 0.5403, 0.01, 1.0], [0.9093, -0.4161, 0.02, 0.9998]]
    >>> sinusoidal(2, 4, layout="concatenated")[1].round(4).tolist()
    [0.8415, 0.01, 0.5403, 1.0]
    """
    n = arguments.integer("n", n, least=1)
    return sinusoidal_at(np.arange(n), d, base=base, layout=layout)


@arguments.named
def sinusoidal_at(positions, d, *, base=10000.0, layout="interleaved"):
    """Return the encodings of any positions, also below 0 and between two tokens.

    Parameters
    ----------
    positions : array_like (N,)
        In tokens; any finite numbers, in any order.
    d : int
        Width; even, at least 2.
    base : float
        Above 0.
    layout : {"interleaved", "concatenated"}
        Order of the coordinates.

    Returns
    -------
    ndarray (N, d)

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Vaswani et al. 2017, §3.5.

    Examples
    --------
    >>> sinusoidal_at([-1, np.pi / 2], 2).round(4).tolist()
    [[-0.8415, 0.5403], [1.0, 0.0]]
    """
    arguments.choice("layout", layout, LAYOUTS)
    positions = arguments.array("positions", positions, "N")
    angles = angles_at("positions", positions, rope.frequencies(d, base=base))
    clocks = np.stack([np.sin(angles), np.cos(angles)])  # (2, N, d/2)
    order = (1, 2, 0) if layout == "interleaved" else (1, 0, 2)
    return clocks.transpose(order).reshape(-1, d)


@arguments.named
def shift_matrix(k, d, *, base=10000.0, layout="interleaved"):
    """Return the map that moves an encoding k positions on: PE(p + k) = M_k PE(p) for every p.

    Each pair is turned by a block of its own, with a = p·θ:

        sin(a + kθ) =  cos kθ · sin a + sin kθ · cos a
        cos(a + kθ) = −sin kθ · sin a + cos kθ · cos a

    The minus stands below the diagonal, and above it in RoPE's R_k. It is the same hand:
    drawn as (cos a, sin a) it starts at the right and goes round against the clock, as in
    the chapter's pictures and in RoPE; here sine comes first, (sin a, cos a), which is the
    hand read from the other axis, and so it runs the other way round. Hence
    M_k = R_{−k} = R_kᵀ, and for an encoding as a row PE(p + k) = PE(p) M_kᵀ = PE(p) R_k.
    The maps compose as rotations do, M_a M_b = M_{a+b}.

    Parameters
    ----------
    k : float
        Shift, in tokens; any finite number.
    d : int
        Width; even, at least 2.
    base : float
        Above 0.
    layout : {"interleaved", "concatenated"}
        Order of the coordinates. With "concatenated" the blocks lie scattered.

    Returns
    -------
    ndarray (d, d)
        M_k. It moves a row as ``sinusoidal(n, d)[p] @ shift_matrix(k, d).T``, a column as
        ``shift_matrix(k, d) @ sinusoidal(n, d)[p]``.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Vaswani et al. 2017, §3.5, says that such a map exists.

    Examples
    --------
    >>> shift_matrix(3, 6).shape
    (6, 6)
    >>> shift_matrix(np.pi / 2, 2).round(12).tolist()
    [[0.0, 1.0], [-1.0, 0.0]]
    """
    k = arguments.number("k", k)
    pairing = LAYOUTS[arguments.choice("layout", layout, LAYOUTS)]
    angles_at("k", k, rope.frequencies(d, base=base))  # too large a k is refused under its own name
    return rope.rotation_matrix(-k, d, base=base, pairing=pairing)


@arguments.named
def shift_kernel(offsets, d, *, base=10000.0):
    """Return PE(p)·PE(p + k) = Σ_i cos(k·θ_i), whatever p is.

    d/2 at k = 0, and even in k: an inner product of two encodings knows their distance,
    but not which came first. The layout does not matter.

    Parameters
    ----------
    offsets : array_like (K,)
        k, in tokens; any finite numbers.
    d : int
        Width; even, at least 2.
    base : float
        Above 0.

    Returns
    -------
    ndarray (K,)
        Between −d/2 and d/2.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Follows from Vaswani et al. 2017, §3.5, by cos(a − b) = cos a cos b + sin a sin b.

    Examples
    --------
    >>> shift_kernel([0, 1, -1, 100], 4).round(4).tolist()
    [2.0, 1.5403, 1.5403, 1.4026]
    """
    offsets = arguments.array("offsets", offsets, "K")
    return np.cos(angles_at("offsets", offsets, rope.frequencies(d, base=base))).sum(axis=-1)


# --- absolute: learned ------------------------------------------------------------------


@arguments.named
def learned_table(n, d, *, seed, scale=0.02):
    """Return a table of position embeddings as it stands before training: n·d free numbers.

    Nothing is learned here, and nothing is defined past position n − 1. The standard
    deviation 0.02 is BERT's and that of Hugging Face's GPT-2. BERT truncates its normal
    distribution at two deviations, which is left out here; OpenAI's own GPT-2 code has
    0.01 for positions.

    Parameters
    ----------
    n : int
        Number of positions, at least 1.
    d : int
        Width, at least 1.
    seed : int
        At least 0; the same seed gives the same table.
    scale : float
        Standard deviation, above 0.

    Returns
    -------
    ndarray (n, d)
        Independent normal numbers of mean 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    The code released with Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional
    Transformers for Language Understanding", arXiv:1810.04805.

    Examples
    --------
    >>> learned_table(512, 6, seed=0).shape
    (512, 6)
    """
    shape = arguments.integer("n", n, least=1), arguments.integer("d", d, least=1)
    scale = arguments.number("scale", scale, above=0)
    random = np.random.default_rng(arguments.integer("seed", seed, least=0))
    return random.normal(scale=scale, size=shape)


@arguments.named
def fit_shift(table, k):
    """Return the matrix that shifts a table best, and how badly it does.

    M minimises Σ_p |E(p + k) − M E(p)|² over all p for which both rows exist. A
    sinusoidal table has an M without error. For a table of independent random numbers
    the residual is near √(1 − d/(n − |k|)): M has d² numbers to fit d·(n − |k|), so it
    memorises a share d/(n − |k|) of the squares and nothing more. Read a residual
    against that value, and take n well above d.

    Parameters
    ----------
    table : array_like (n, d)
        E, an encoding in each row.
    k : int
        Shift, in tokens; also 0 or below. n − |k| must exceed d: with fewer pairs of
        rows some M fits any table exactly.

    Returns
    -------
    M : ndarray (d, d)
        Moves a row as ``row @ M.T``; the smallest one where several fit alike. So it is
        not ``shift_matrix`` where slow pairs hardly move within n positions, as in wide
        sinusoidal tables.
    residual : float
        ‖E(p + k) − M E(p)‖ / ‖E(p + k)‖, Frobenius norms over all p; 0 is exact and 1
        is no better than M = 0. It is 0 where all E(p + k) are 0.

    Raises
    ------
    ValueError
        If the table has too few rows or a number is not finite.

    Examples
    --------
    >>> M, residual = fit_shift(sinusoidal(40, 6), 3)
    >>> M.shape, residual < 1e-10
    ((6, 6), True)
    >>> round(fit_shift(learned_table(40, 6, seed=0), 3)[1], 2), round((1 - 6 / 37) ** 0.5, 2)
    (0.91, 0.92)
    """
    table = arguments.array("table", table, "n d")
    k = arguments.integer("k", k)
    n, d = table.shape
    if n - abs(k) <= d:
        expected = f"more than {d + abs(k)} rows (n − |k| > d) at k = {k} and d = {d}"
        arguments.refuse("table", expected, f"shape {table.shape}")
    table = table / (np.abs(table).max(initial=0.0) or 1.0)  # so that no square overflows
    before = table[max(-k, 0) : n - max(k, 0)]  # E(p)
    after = table[max(k, 0) : n - max(-k, 0)]  # E(p + k)
    transposed = np.linalg.lstsq(before, after, rcond=None)[0]
    error = np.linalg.norm(after - before @ transposed)
    return transposed.T, float(error / (np.linalg.norm(after) or 1.0))


# --- relative: Shaw ---------------------------------------------------------------------


@arguments.named
def shaw_index(n_queries, n_keys, *, max_distance):
    """Return which row of the table belongs to each query and key.

    clip(j − i, −max_distance, max_distance) + max_distance: row 0 for keys that came
    max_distance or more before, the middle row for the token itself, the last row for
    keys that come max_distance or more later.

    Parameters
    ----------
    n_queries, n_keys : int
        At least 1, n_keys at least n_queries. Queries are the last n_queries positions.
    max_distance : int
        Where distances are clipped, tokens; at least 0. The paper's k.

    Returns
    -------
    ndarray of int (n_queries, n_keys)
        0 … 2·max_distance.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Shaw et al. 2018, §3.2.

    Examples
    --------
    >>> shaw_index(3, 4, max_distance=1).tolist()
    [[0, 1, 2, 2], [0, 0, 1, 2], [0, 0, 0, 1]]
    """
    max_distance = arguments.integer("max_distance", max_distance, least=0)
    return _clipped(_relative(n_queries, n_keys), max_distance)


@arguments.named
def shaw_scores(q, table, *, n_keys=None):
    """Return what Shaw's key embeddings add to the scores: q_i·w_{clip(j − i)}.

    It is unscaled: the paper divides q·k and this term together by √d. Its second
    table, which adds to the values, is not computed here.

    Parameters
    ----------
    q : array_like (..., N, d)
        Queries; leading axes (batch, heads) share the table.
    table : array_like (2·max_distance + 1, d)
        w, an embedding for each clipped relative position, from −max_distance up. Its
        length says what max_distance is.
    n_keys : int, optional
        Number of keys, at least N; the queries are the last N of these positions. N if not
        given, which is right without a cache only: a single query beside cached keys would
        stand at position 0.

    Returns
    -------
    ndarray (..., N, n_keys)

    Raises
    ------
    ValueError
        If the shapes do not fit, the table's length is even, there are fewer keys than
        queries, or a number is not finite.

    References
    ----------
    Shaw et al. 2018, §3.2 and eq. 4; multiplying before gathering is the idea of §3.3. The
    base model of §4.1 has tables of its own in every layer and head, the big model in every
    layer.

    Examples
    --------
    >>> shaw_scores([[1.0], [10.0], [100.0]], [[-1.0], [0.0], [1.0]]).tolist()
    [[0.0, 1.0, 1.0], [-10.0, 0.0, 10.0], [-100.0, -100.0, 0.0]]
    >>> shaw_scores([[100.0]], [[-1.0], [0.0], [1.0]], n_keys=3).tolist()
    [[-100.0, -100.0, 0.0]]
    """
    sizes = {}
    q = arguments.array("q", q, "... N d", sizes)
    table = arguments.array("table", table, "rows d", sizes)
    if len(table) % 2 == 0:
        expected = "an odd number of rows, 2·max_distance + 1"
        arguments.refuse("table", expected, f"shape {table.shape}")
    n_queries = sizes["N"]
    if n_keys is None:
        n_keys = n_queries
    n_keys = arguments.integer("n_keys", n_keys, least=0)
    if n_keys < n_queries:
        _too_few_keys(n_queries, n_keys)
    keys = np.arange(n_keys)
    index = _clipped(keys - keys[n_keys - n_queries :, None], len(table) // 2)
    products = q @ table.T  # (…, N, 2·max_distance + 1)
    return products[..., np.arange(n_queries)[:, None], index]


# --- relative: T5 -----------------------------------------------------------------------


@arguments.named
def t5_bucket(relative_position, *, bidirectional=True, n_buckets=32, max_distance=128):
    """Return T5's bucket of each relative position: one each while near, then ever wider ones.

    Bidirectional, keys at or before the query (j − i ≤ 0) have the first half of the
    buckets and later keys the second. In one direction later keys share bucket 0 with
    the token itself, for a mask to exclude. Of the b buckets of a direction the first
    e = ⌊b/2⌋ hold the distances 0 … e − 1; distance n ≥ e falls into bucket

        min(b − 1, e + ⌊(b − e)·ln(n/e) / ln(max_distance/e)⌋).

    Thus bidirectional bucket n_buckets/2 (later, at distance 0) stays empty.

    Parameters
    ----------
    relative_position : array_like of int
        Key − query, tokens; any shape.
    bidirectional : bool
        True as in T5's encoder, False as in its decoder.
    n_buckets : int
        At least 2; bidirectional even, at least 4.
    max_distance : int
        Distance from which the last bucket is certain, tokens; above e. The logarithm puts
        the last bucket's edge below it: 32 buckets and 128 share from 91 on (bidirectional)
        and from 113 on (one direction), and what lies beyond is no longer told apart.

    Returns
    -------
    ndarray of int, same shape
        0 … n_buckets − 1.

    Raises
    ------
    ValueError
        If an argument is outside its range, or a relative position is no integer.

    References
    ----------
    Raffel et al. 2020, §2.1, and the code released with it.

    Examples
    --------
    >>> t5_bucket([0, -1, -7, -8, -20, -127, -128, 1, 20, 5000]).tolist()
    [0, 1, 7, 8, 10, 15, 15, 17, 26, 31]
    >>> t5_bucket([0, -1, -20, 5], bidirectional=False).tolist()
    [0, 1, 17, 0]
    """
    check = arguments.even if bidirectional else arguments.integer
    n_buckets = check("n_buckets", n_buckets, least=4 if bidirectional else 2)
    relative = arguments.integers("relative_position", relative_position)

    per_side = n_buckets // 2 if bidirectional else n_buckets
    exact = per_side // 2
    max_distance = arguments.integer("max_distance", max_distance, least=exact + 1)
    distance = np.abs(relative) if bidirectional else np.maximum(-relative, 0.0)
    share = np.log(np.maximum(distance, exact) / exact) / math.log(max_distance / exact)
    # Distances such as 16 of 8 … 128 lie on an edge; rounding must not put them below it.
    wide = exact + np.floor(share * (per_side - exact) * (1 + 1e-12))
    bucket = np.where(distance < exact, distance, np.minimum(wide, per_side - 1)).astype(int)
    return bucket + per_side * (relative > 0) if bidirectional else bucket


@arguments.named
def t5_bias(table, n_queries, n_keys, *, bidirectional=True, max_distance=128):
    """Return what T5 adds to the scores: for each head, the learned number of the bucket.

    T5 does not divide its scores by √d_k; the bias is added to plain q·k, and all
    layers of a stack share one table. No mask is put in: with bidirectional=False later keys have
    the bias of bucket 0.

    Parameters
    ----------
    table : array_like (n_buckets, n_heads)
        A number for each bucket and head; n_buckets as ``t5_bucket`` asks.
    n_queries, n_keys : int
        At least 1, n_keys at least n_queries. Queries are the last n_queries positions.
    bidirectional : bool
        True as in T5's encoder, False as in its decoder.
    max_distance : int
        Distance from which the last bucket is certain, tokens: see ``t5_bucket``.

    Returns
    -------
    ndarray (n_heads, n_queries, n_keys)

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Raffel et al. 2020, §2.1, and the code released with it.

    Examples
    --------
    >>> t5_bias(np.zeros((32, 8)), 3, 5).shape
    (8, 3, 5)
    """
    table = arguments.array("table", table, "n_buckets n_heads")
    n_buckets, n_heads = table.shape
    least = 4 if bidirectional else 2
    if n_buckets < least or n_heads < 1 or (bidirectional and n_buckets % 2):
        even = "even and " if bidirectional else ""
        expected = f"n_buckets {even}at least {least} and n_heads at least 1"
        arguments.refuse("table", expected, f"shape {table.shape}")
    options = {"bidirectional": bidirectional, "max_distance": max_distance}
    bucket = t5_bucket(_relative(n_queries, n_keys), n_buckets=n_buckets, **options)
    return table.T[:, bucket]


# --- relative: ALiBi --------------------------------------------------------------------


@arguments.named
def alibi_slopes(n_heads):
    """Return the slope m of each head, the score lost per token of distance.

    For H a power of two, 2**(−8h/H) for h = 1 … H: a geometric sequence that starts at
    its own ratio, not at 1, and ends at 1/256. Any other H takes the slopes of P, the
    power of two below it, then every second slope of 2P (the first, third, …: those that P
    does not have) until there are H. They stand at the end, so the whole does not fall.

    Parameters
    ----------
    n_heads : int
        H, at least 1.

    Returns
    -------
    ndarray (n_heads,)
        Between 0 and 1, per token.

    Raises
    ------
    ValueError
        If n_heads is no integer of at least 1.

    References
    ----------
    Press et al. 2022, §3, for powers of two; the code released with it for the others.

    Examples
    --------
    >>> alibi_slopes(4).tolist()
    [0.25, 0.0625, 0.015625, 0.00390625]
    >>> alibi_slopes(3).tolist()
    [0.0625, 0.00390625, 0.25]
    """
    n_heads = arguments.integer("n_heads", n_heads, least=1)
    power = 1 << (n_heads.bit_length() - 1)  # the largest power of two up to n_heads
    between = np.arange(n_heads - power) + 0.5  # the first, third, … slope of 2·power
    return np.exp2(-8.0 * np.append(np.arange(1, power + 1), between) / power)


@arguments.named
def alibi_bias(n_heads, n_queries, n_keys, *, causal=True):
    """Return what ALiBi adds to the scores: −m times the distance.

    It is added after q·k has been divided by √d_k. Nothing in it is learned, and it is
    defined at any length.

    Parameters
    ----------
    n_heads : int
        At least 1.
    n_queries, n_keys : int
        At least 1, n_keys at least n_queries. Queries are the last n_queries positions.
    causal : bool
        True: −m·(i − j), and −inf where the key comes later. The paper has this form
        alone. False: −m·|i − j|, the usual extension to encoders. Bloom's code adds m·j, the
        key's position, instead: under a causal mask the same after the softmax, since the
        rows differ by m·i alone; without one it rewards what comes later.

    Returns
    -------
    ndarray (n_heads, n_queries, n_keys)
        At most 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Press et al. 2022, §3.

    Examples
    --------
    >>> alibi_bias(1, 2, 3).tolist()
    [[[-0.00390625, 0.0, -inf], [-0.0078125, -0.00390625, 0.0]]]
    >>> alibi_bias(1, 1, 3, causal=False).tolist()
    [[[-0.0078125, -0.00390625, 0.0]]]
    """
    slopes = alibi_slopes(n_heads)
    relative = _relative(n_queries, n_keys)
    bias = -slopes[:, None, None] * np.abs(relative) + 0.0  # (H, n_queries, n_keys); no -0.
    if causal:
        bias[:, relative > 0] = -np.inf
    return bias


# --- shared pieces ----------------------------------------------------------------------


def _relative(n_queries, n_keys):
    """Key − query (n_queries, n_keys), where the queries are the last of the keys' positions."""
    n_queries = arguments.integer("n_queries", n_queries, least=1)
    n_keys = arguments.integer("n_keys", n_keys, least=1)
    if n_keys < n_queries:
        _too_few_keys(n_queries, n_keys)
    keys = np.arange(n_keys)
    return keys - keys[n_keys - n_queries :, None]


def _too_few_keys(n_queries, n_keys):
    expected = f"at least as many as the {n_queries} queries, the last of these positions"
    arguments.refuse("n_keys", expected, str(n_keys))


def _clipped(relative, max_distance):
    return np.clip(relative, -max_distance, max_distance) + max_distance
