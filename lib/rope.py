"""Rotary position embedding (RoPE): a position is an angle by which pairs of coordinates turn.

A vector of width d is cut into d/2 pairs. At position m pair i turns by the
angle m·θ_i, with θ_i = base**(−2(i−1)/d). Queries and keys turn alike, so their
product depends on the distance m − n alone. This module computes the
frequencies θ, the rotation, what it does to scores, and the ways to stretch a
trained model to longer texts.

Two conventions for the pairs are in use. They are the same map up to an order
of the coordinates, and weights trained with one are wrong for the other:

- ``interleaved``: pairs (1, 2), (3, 4), …; the paper, GPT-J, Meta's Llama code;
- ``halves``: pairs (1, d/2 + 1), (2, d/2 + 2), …; GPT-NeoX, Llama in Hugging Face.

Positions are counted in tokens and may be any real number; frequencies are in
rad per token. Tokens are rows: a query q at position m becomes q R_mᵀ, in code
``q @ rotation_matrix(m, d).T``, and q_m k_nᵀ = q R_{n−m} kᵀ.

Papers
------
- Su et al. 2021, "RoFormer: Enhanced Transformer with Rotary Position
  Embedding", arXiv:2104.09864: the rotation.
- Black et al. 2022, "GPT-NeoX-20B", arXiv:2204.06745: turning a part of the width.
- Chen et al. 2023, "Extending Context Window of Large Language Models via
  Positional Interpolation", arXiv:2306.15595: ``linear``.
- Peng et al. 2023, "YaRN: Efficient Context Window Extension of Large Language
  Models", arXiv:2309.00071v2: ``yarn``; and ``ntk``, which bloc97 had posted on Reddit,
  as ``linear`` had been by kaiokendev.
- ``llama3`` was published with the Llama 3.1 models of 2024, as code only. It is the
  paper's NTK-by-parts with other turns, ``yarn(…, ramp="turns")``.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from . import arguments
from ._angles import angles_at

PAIRINGS = ("interleaved", "halves")


# --- frequencies and rotation -----------------------------------------------------------


@arguments.named
def frequencies(d, *, base=10000.0, scaling=None):
    """Return the angle θ_i by which each pair turns per position.

    θ_i = base**(−2(i−1)/d) for i = 1 … d/2: the first pair turns by one radian per
    token, the last one base**(1 − 2/d) times slower: for base 10,000 that is 100 times
    at d = 4 and 8,660 times at d = 128.

    Parameters
    ----------
    d : int
        Width that turns; even, at least 2.
    base : float
        Above 0.
    scaling : linear, ntk, yarn or llama3, optional
        How to stretch the frequencies to longer texts.

    Returns
    -------
    ndarray (d/2,)
        rad per token.

    Raises
    ------
    ValueError
        If an argument is outside its range, or ``scaling`` is no scaling object.

    References
    ----------
    Su et al. 2021, §3.2.2, eq. 15.

    See Also
    --------
    partial_frequencies : where only some of the coordinates turn.

    Examples
    --------
    >>> frequencies(4).round(12).tolist()
    [1.0, 0.01]
    >>> frequencies(4, scaling=linear(8)).round(12).tolist()
    [0.125, 0.00125]
    """
    d = arguments.even("d", d)
    base = arguments.number("base", base, above=0)
    if scaling is None:
        return _unscaled(d, base)
    if not isinstance(scaling, Scaling):
        expected = "None or one of linear(…), ntk(…), yarn(…), llama3(…)"
        arguments.refuse("scaling", expected, arguments.describe(scaling))
    return scaling.apply(d, base)


@arguments.named
def partial_frequencies(d, turned, *, convention="partial", base=10000.0):
    """Return the frequencies with which ``turned`` of a head's d coordinates turn.

    Two conventions are in use. Both turn as many coordinates; they differ in the
    exponent and in which coordinates form a pair:

    - ``partial``: the first ``turned`` coordinates are a small head of their own,
      θ_i = base**(−2(i−1)/turned); GPT-NeoX, Phi, Qwen3-Next;
    - ``proportional``: the pairs and the exponent are those of the whole head,
      θ_i = base**(−2(i−1)/d), and all after the first turned/2 are 0; the global
      layers of Gemma 4.

    Give the result to ``rotate(x, positions, frequencies=…)``. With "halves" the first
    convention then pairs coordinate i with i + turned/2, the second with i + d/2.

    Parameters
    ----------
    d : int
        Width of the head; even, at least 2.
    turned : int
        Coordinates that turn; even, from 2 to d.
    convention : {"partial", "proportional"}
        Whose width counts.
    base : float
        Above 0.

    Returns
    -------
    ndarray (turned/2,) or (d/2,)
        rad per token: the first shape with "partial", the second with "proportional".

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Black et al. 2022, §2.1, for the first; ``_compute_proportional_rope_parameters`` in
    Hugging Face transformers 5.24 for the second.

    Examples
    --------
    >>> partial_frequencies(8, 4).round(12).tolist()
    [1.0, 0.01]
    >>> partial_frequencies(8, 4, convention="proportional").round(12).tolist()
    [1.0, 0.1, 0.0, 0.0]
    """
    d = arguments.even("d", d)
    turned = arguments.even("turned", turned)
    if turned > d:
        arguments.refuse("turned", f"at most d = {d}", str(turned))
    arguments.choice("convention", convention, ("partial", "proportional"))
    base = arguments.number("base", base, above=0)
    if convention == "partial":
        return _unscaled(turned, base)
    theta = _unscaled(d, base)
    theta[turned // 2 :] = 0.0
    return theta


@arguments.named
def rotation_matrix(position, d, *, base=10000.0, pairing="interleaved"):
    """Return the rotation R_m of one position as a matrix, to be read rather than used.

    R_m is block diagonal: block i turns pair i by m·θ_i against the clock. Its d²
    numbers are mostly zeros; ``rotate`` does the same work without them.

    Parameters
    ----------
    position : float
        Position m, in tokens; any finite number.
    d : int
        Width; even, at least 2.
    base : float
        Above 0.
    pairing : {"interleaved", "halves"}
        Which coordinates form a pair. With "halves" the blocks lie scattered.

    Returns
    -------
    ndarray (d, d)
        R_m. It turns a row x as ``x @ rotation_matrix(m, d).T``, a column as
        ``rotation_matrix(m, d) @ x``.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Su et al. 2021, §3.2.2, eq. 15.

    Examples
    --------
    >>> rotation_matrix(0, 4).shape
    (4, 4)
    >>> rotation_matrix(np.pi / 2, 2).round(12).tolist()
    [[0.0, -1.0], [1.0, 0.0]]
    """
    position = arguments.number("position", position)
    theta = frequencies(d, base=base)
    first, second = _pairs(len(theta), arguments.choice("pairing", pairing, PAIRINGS))
    angles = angles_at("position", position, theta)
    matrix = np.zeros((d, d))
    np.fill_diagonal(matrix[first, first], np.cos(angles))
    np.fill_diagonal(matrix[first, second], -np.sin(angles))
    np.fill_diagonal(matrix[second, first], np.sin(angles))
    np.fill_diagonal(matrix[second, second], np.cos(angles))
    return matrix + 0.0  # −sin 0 prints as -0.


@arguments.named
def rotate(x, positions, *, base=10000.0, pairing="interleaved", frequencies=None):
    """Turn each token's vector by its position.

    Parameters
    ----------
    x : array_like (…, N, d)
        Queries or keys.
    positions : array_like (N,) or (…, N)
        In tokens; any finite numbers, in any order. One row of them serves all leading
        axes of x (batch, heads); positions with leading axes of their own broadcast with
        those of x. A batch of texts that are padded on the left has a row for each text:
        (B, 1, N) for x (B, H, N, d).
    base : float
        Above 0; unused where ``frequencies`` are given.
    pairing : {"interleaved", "halves"}
        Which coordinates form a pair.
    frequencies : array_like (r,), optional
        rad per token, in place of those that ``base`` gives; 2r ≤ d. Where 2r < d
        only the first 2r coordinates turn and the rest pass through unchanged
        (GPT-NeoX); the pairs, halves too, are formed within the first 2r.

    Returns
    -------
    ndarray (…, N, d)
        A new array; its leading axes are those of x and positions, broadcast. A scaling's
        ``attention_factor`` is not applied.

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, d is odd and no
        frequencies are given, or the pairing has another name.

    References
    ----------
    Su et al. 2021, §3.4.2, eq. 34.

    Examples
    --------
    >>> rotate(np.ones((2, 3, 5, 8)), np.arange(5)).shape
    (2, 3, 5, 8)
    >>> rotate([[1.0, 0.0, 2.0]], [np.pi], frequencies=[0.5]).round(12).tolist()
    [[0.0, 1.0, 2.0]]
    """
    x = arguments.array("x", x, "... N d")
    *_, n_tokens, d = x.shape
    positions = arguments.array("positions", positions)
    if positions.shape[-1:] != (n_tokens,):
        arguments.refuse(
            "positions", f"shape ({n_tokens},), a position for each token of x with shape {x.shape}", f"shape {positions.shape}"
        )
    try:
        leading = np.broadcast_shapes(positions.shape[:-1], x.shape[:-2])
    except ValueError:
        arguments.refuse(
            "positions", f"leading axes that broadcast with {x.shape[:-2]}, those of x with shape {x.shape}", f"shape {positions.shape}"
        )
    arguments.choice("pairing", pairing, PAIRINGS)
    if frequencies is not None:
        theta = arguments.array("frequencies", frequencies, "r")
        if 2 * len(theta) > d:
            arguments.refuse(
                "frequencies", f"shape (r,) with r at most {d // 2}, half the width of x with shape {x.shape}", f"shape {theta.shape}"
            )
    elif d < 2 or d % 2:
        arguments.refuse("x", "an even width d of at least 2", f"d = {d} in shape {x.shape}")
    else:
        theta = _unscaled(d, arguments.number("base", base, above=0))

    first, second = _pairs(len(theta), pairing)
    angles = angles_at("positions", positions, theta)  # (…, N, r)
    cos, sin = np.cos(angles), np.sin(angles)
    turned = np.broadcast_to(x, (*leading, n_tokens, d)).copy()
    turned[..., first] = x[..., first] * cos - x[..., second] * sin  # (…, N, r) · (…, N, r)
    turned[..., second] = x[..., first] * sin + x[..., second] * cos
    return turned


@arguments.named
def pairing_permutation(d):
    """Return the order of coordinates that carries one pairing into the other.

    With ``p = pairing_permutation(d)``::

        rotate(x, pos, pairing="halves")[..., p] == rotate(x[..., p], pos, pairing="interleaved")

    Put into the columns of a head's W_Q and W_K, (d_model, d) as in q = x W_Q, this order
    converts weights trained with halves to interleaved pairs; ``np.argsort(p)`` goes back.
    torch's Linear stores the transpose: there it goes into the rows.

    Parameters
    ----------
    d : int
        Width; even, at least 2.

    Returns
    -------
    ndarray of int (d,)

    Raises
    ------
    ValueError
        If d is odd or no positive integer.

    Examples
    --------
    >>> pairing_permutation(6).tolist()
    [0, 3, 1, 4, 2, 5]
    """
    d = arguments.even("d", d)
    return np.arange(d).reshape(2, d // 2).T.ravel()


# --- longer texts -----------------------------------------------------------------------


class Scaling:
    """What the scalings share: a factor of at least 1, and the map to frequencies.

    Attributes
    ----------
    factor : float
        How many times longer the texts become; 1 changes nothing.
    attention_factor : float
        To multiply both queries and keys, so that scores get its square. 1.0 where the
        method has none. If only a part of the head turns, the paper's temperature
        multiplies the whole score; code that puts the factor into cosines and sines, as
        transformers does, multiplies the turned part alone.
    """

    attention_factor = 1.0

    def _check(self, name, **bounds):
        # The objects are frozen, so a checked value goes in by the back door, once.
        object.__setattr__(self, name, arguments.number(name, getattr(self, name), **bounds))

    def __post_init__(self):
        self._check("factor", least=1)

    def apply(self, d, base=10000.0):
        """Return the scaled frequencies (d/2,), rad per token, for width ``d`` and ``base``."""
        d = arguments.even("d", d)
        base = arguments.number("base", base, above=0)
        return self._scale(_unscaled(d, base), d, base)


# The scalings have lower-case names because they are used as options: linear(4) reads, and
# prints, as what it is.


@dataclass(frozen=True)
class linear(Scaling):
    """Position interpolation: every pair turns ``factor`` times slower.

    No angle leaves the arc that training swept, but near neighbours are harder to tell
    apart.

    Parameters
    ----------
    factor : float
        At least 1.

    References
    ----------
    Chen et al. 2023, §2.3, eq. 4.

    Examples
    --------
    >>> linear(4)
    linear(factor=4.0)
    """

    factor: float

    def _scale(self, theta, d, base):
        return theta / self.factor


@dataclass(frozen=True)
class ntk(Scaling):
    """NTK-aware scaling: a larger base, base·factor**(d/(d−2)).

    The exponent is chosen so that the fastest pair stays as it is and the slowest
    turns exactly ``factor`` times slower. Pairs between them are slowed by less than
    the factor, so some angles may stay new to the model. d = 2 has one pair, which is
    both, and is refused. The *dynamic* form takes its factor from the length n of the
    text at hand, ``ntk(f·n/L − (f − 1))`` in transformers with a setting f, and so
    changes the frequencies while a text grows: keys must then be cached unturned.

    Parameters
    ----------
    factor : float
        At least 1.

    References
    ----------
    Peng et al. 2023, §3.1, definition 1; §3.3 for the dynamic form.

    Examples
    --------
    >>> (frequencies(4) / frequencies(4, scaling=ntk(8))).round(12).tolist()
    [1.0, 8.0]
    """

    factor: float

    def _scale(self, theta, d, base):
        if d == 2:
            arguments.refuse("d", "at least 4 with ntk, as d/(d − 2) has no value at 2", "2")
        # The larger base, taken apart: θ_i·factor**(−2(i−1)/(d−2)) cannot overflow.
        return theta * self.factor ** (-2 * np.arange(d // 2) / (d - 2))


@dataclass(frozen=True)
class yarn(Scaling):
    """YaRN: fast pairs stay, slow pairs are interpolated, and scores are sharpened.

    A pair that makes more than ``beta_fast`` turns within the original length stays;
    one that makes fewer than ``beta_slow`` turns ``factor`` times slower; between them
    the share of interpolation rises in a straight line. Over what the line is straight,
    paper and code don't agree, and pairs between the ends come out by up to a factor of
    two apart:

    - ``ramp="index"``: over the pairs' indices; the code released with the paper, and
      transformers, vLLM and others after it;
    - ``ramp="turns"``: over the turns, definition 2 of the paper. With 1 and 4 for the
      two betas this is ``llama3``.

    With "index", transformers rounds the two ends outward to whole indices (``truncate``)
    and keeps them within 0 … d − 1; gpt-oss leaves them unrounded. Where both ends lie on
    the same side of all pairs (an original length far too short or too long for the base)
    the pairs are here all interpolated or all kept, as the definition asks; the line
    of transformers runs backwards there.

    Parameters
    ----------
    factor : float
        At least 1.
    original_length : float
        Length of the training texts, tokens; above 0.
    beta_fast, beta_slow : float
        Turns within the original length; beta_fast > beta_slow > 0. The paper's β and α.
    ramp : {"index", "turns"}
        Over what the ramp is a straight line.
    truncate : bool
        Whether the ramp's ends are rounded outward to whole indices; without effect
        with ramp="turns".
    mscale, mscale_all_dim : float, optional
        At least 0. DeepSeek's two numbers: where both are given and above 0 the attention
        factor is m(mscale)/m(mscale_all_dim) with m(a) = 0.1·a·ln(factor) + 1. Its models
        multiply every score by m(mscale_all_dim)² as well, the unturned part too; that
        stands in the model's code and isn't done here.
    attention_factor : float, optional
        Above 0; it wins over mscale. 0.1·ln(factor) + 1 if none of them is given. It
        multiplies queries and keys both, so scores get its square.

    References
    ----------
    Peng et al. 2023 (v2), §3.2, definition 2 (the ramp) and §3.4, definition 3 (the
    attention factor, √(1/t) there). ``_compute_yarn_parameters`` in transformers 5.24 for
    the ramp over indices, ``truncate`` and ``mscale``.

    Examples
    --------
    >>> round(yarn(16, 4096).attention_factor, 6)
    1.277259
    >>> yarn(16, 4096, mscale=1, mscale_all_dim=1).attention_factor
    1.0
    """

    factor: float
    original_length: float
    beta_fast: float = field(default=32.0, kw_only=True)
    beta_slow: float = field(default=1.0, kw_only=True)
    ramp: str = field(default="index", kw_only=True)
    truncate: bool = field(default=True, kw_only=True)
    mscale: float | None = field(default=None, kw_only=True)
    mscale_all_dim: float | None = field(default=None, kw_only=True)
    attention_factor: float | None = field(default=None, kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        self._check("original_length", above=0)
        self._check("beta_slow", above=0)
        self._check("beta_fast", above=self.beta_slow)
        arguments.choice("ramp", self.ramp, ("index", "turns"))
        if not isinstance(self.truncate, (bool, np.bool_)):
            arguments.refuse("truncate", "True or False", arguments.describe(self.truncate))
        object.__setattr__(self, "truncate", bool(self.truncate))
        for name in ("mscale", "mscale_all_dim"):
            if getattr(self, name) is not None:
                self._check(name, least=0)
        if self.attention_factor is None:
            above, below = (self.mscale, self.mscale_all_dim) if self.mscale and self.mscale_all_dim else (1.0, 0.0)
            log = math.log(self.factor)
            object.__setattr__(self, "attention_factor", (0.1 * above * log + 1.0) / (0.1 * below * log + 1.0))
        self._check("attention_factor", above=0)

    def _scale(self, theta, d, base):
        if self.ramp == "turns":
            return _by_turns(theta, self.factor, self.original_length, self.beta_slow, self.beta_fast)
        base = arguments.number("base", base, above=1)  # the ramp divides by ln(base)

        def index_of(turns):
            # The (fractional) index, from 0, of the pair that makes so many turns in training.
            return d * math.log(self.original_length / (turns * 2 * math.pi)) / (2 * math.log(base))

        low, high = index_of(self.beta_fast), index_of(self.beta_slow)
        if self.truncate:
            low, high = np.floor(low), np.ceil(high)
        if high >= 0 and low <= d - 1:
            low, high = max(low, 0), min(high, d - 1)
        # Where both ends coincide the line is a step: one pair wide, or next to none.
        narrowest = 1.0 if self.truncate else 1e-3
        interpolated = np.clip((np.arange(d // 2) - low) / max(high - low, narrowest), 0.0, 1.0)
        return theta * (1.0 - interpolated * (1.0 - 1.0 / self.factor))


@dataclass(frozen=True)
class llama3(Scaling):
    """Llama 3.1's scaling: short wavelengths stay, long ones are interpolated.

    A pair with more than ``high_frequency_factor`` turns within the original length
    stays; one with fewer than ``low_frequency_factor`` turns ``factor`` times slower;
    between them the share of interpolation falls in a straight line over the turns: the
    paper's NTK-by-parts with α = 1 and β = 4, where ``yarn`` has 1 and 32, and no attention
    factor.

    Parameters
    ----------
    factor : float
        At least 1; 8 in Llama 3.1.
    original_length : float
        Length of the training texts, tokens; above 0; 8192 in Llama 3.1.
    low_frequency_factor, high_frequency_factor : float
        Turns within the original length; high > low > 0.

    References
    ----------
    The code released with Llama 3.1 (2024), which doesn't say so; Peng et al. 2023 (v2),
    §3.2, definition 2, for the formula.

    Examples
    --------
    >>> theta = frequencies(128, base=500_000.0, scaling=llama3(8, 8192))
    >>> (frequencies(128, base=500_000.0) / theta)[[0, 32, -1]].round(2).tolist()
    [1.0, 2.69, 8.0]
    """

    factor: float
    original_length: float
    low_frequency_factor: float = 1.0
    high_frequency_factor: float = 4.0

    def __post_init__(self):
        super().__post_init__()
        self._check("original_length", above=0)
        self._check("low_frequency_factor", above=0)
        self._check("high_frequency_factor", above=self.low_frequency_factor)

    def _scale(self, theta, d, base):
        low, high = self.low_frequency_factor, self.high_frequency_factor
        return _by_turns(theta, self.factor, self.original_length, low, high)


# --- what the rotation does to scores ---------------------------------------------------


@arguments.named
def wavelengths(frequencies):
    """Return how many tokens each pair takes for one full turn, 2π/θ.

    Parameters
    ----------
    frequencies : array_like (r,)
        rad per token, above 0.

    Returns
    -------
    ndarray (r,)
        Tokens.

    Raises
    ------
    ValueError
        If a frequency is not a number above 0.

    References
    ----------
    Peng et al. 2023, §2.

    Examples
    --------
    >>> wavelengths([1.0, 0.01]).round(2).tolist()
    [6.28, 628.32]
    """
    return 2 * np.pi / _positive("frequencies", frequencies)


@arguments.named
def similarity(distances, frequencies):
    """Return the score of a vector against itself, ``distances`` tokens away.

    The vector has norm 1 and the same length in every pair, so the score is
    q R_Δ qᵀ = (1/r) Σ_i cos(Δ·θ_i). It is 1 at Δ = 0, its largest value, and falls from
    there in waves; but a sum of finitely many cosines is almost periodic, so it comes back
    as near to 1 as one likes, if Δ may grow.

    Parameters
    ----------
    distances : array_like (K,)
        Δ, in tokens; any finite numbers.
    frequencies : array_like (r,)
        rad per token; r at least 1.

    Returns
    -------
    ndarray (K,)
        Between −1 and 1.

    Raises
    ------
    ValueError
        If a shape does not fit or a number is not finite.

    Examples
    --------
    >>> similarity([0, 1, 100], frequencies(4)).round(4).tolist()
    [1.0, 0.7701, 0.7013]
    """
    return np.cos(_turns_by_distance(distances, frequencies)).mean(axis=-1)


@arguments.named
def decay_bound(distances, frequencies):
    """Return the paper's upper bound on the score, up to a factor: (1/r) Σ_j |S_j|.

    S_j = e^{iΔθ_1} + … + e^{iΔθ_j} are partial sums. Write h_i for the product of
    pair i of the query with pair i of the key as complex numbers (and h_{r+1} = 0).
    Summation by parts gives

        |score(Δ)| ≤ max_i |h_{i+1} − h_i| · r · decay_bound(Δ).

    What it says: for given q and k no score at distance Δ exceeds that value. The value
    falls at first, in waves, and doesn't go on falling: r·decay_bound is almost periodic
    (r = 64, base 10,000: its mean is 429 over the distances 10² … 10³ and stays near 300
    in every later decade). What it does not say: that a score falls, or, as a rule, anything
    beyond |score| ≤ Σ|h_i|, which holds without it. For equal h_i and r = 64 it lies
    above that at every whole distance up to 200,000. It undercuts it where neighbouring
    pairs carry nearly equal content that fades to 0 at the last pair.

    Parameters
    ----------
    distances : array_like (K,)
        Δ, in tokens; any finite numbers.
    frequencies : array_like (r,)
        rad per token; r at least 1. Their order matters.

    Returns
    -------
    ndarray (K,)
        The "relative upper bound" of the paper's figure: its shape; (r + 1)/2 at Δ = 0.

    Raises
    ------
    ValueError
        If a shape does not fit or a number is not finite.

    References
    ----------
    Su et al. 2021, §3.4.3.

    Examples
    --------
    >>> decay_bound([0, 1, 100], frequencies(128)).round(2).tolist()
    [32.5, 31.54, 10.23]
    """
    angles = _turns_by_distance(distances, frequencies)  # (K, r)
    return np.abs(np.cumsum(np.exp(1j * angles), axis=-1)).mean(axis=-1)


@arguments.named
def unseen_share(frequencies, trained, original_length, length):
    """Return, for each pair, the share of distances that lead to an angle new to the model.

    In training a pair met the angles of all distances in [0, original_length): the arc
    [0, a) with a = θ_trained·original_length, or the whole circle once a ≥ 2π. Now the
    distances fill [0, length) and the pair turns with ``frequencies``. The share counts
    the distances whose angle, mod 2π, lies outside the arc. Distances are taken as a
    continuous interval, and in one direction, as under a causal mask. So "new" means
    outside the interval that training swept: between the whole-number angles of a slow
    pair there are always others that no text had, only close to some that it had.

    Parameters
    ----------
    frequencies : array_like (r,)
        Those in use now, rad per token, above 0.
    trained : array_like (r,)
        Those of training, rad per token, above 0.
    original_length, length : float
        Tokens, above 0.

    Returns
    -------
    ndarray (r,)
        Between 0 and 1.

    Raises
    ------
    ValueError
        If the shapes differ or a number is not above 0 and finite.

    Examples
    --------
    >>> theta = frequencies(4)
    >>> unseen_share(theta, theta, 100, 200).round(4).tolist()
    [0.0, 0.5]
    >>> unseen_share(frequencies(4, scaling=linear(2)), theta, 100, 200).tolist()
    [0.0, 0.0]
    """
    sizes = {}
    theta = _positive("frequencies", frequencies, sizes)
    trained = _positive("trained", trained, sizes)
    arc = trained * arguments.number("original_length", original_length, above=0)
    swept = theta * arguments.number("length", length, above=0)
    full_turns, rest = np.divmod(swept, 2 * np.pi)
    gap = np.maximum(0.0, 2 * np.pi - arc)  # what training left of the circle
    share = (full_turns * gap + np.maximum(0.0, rest - arc)) / swept
    # Interpolation ends the angles at the arc's very end; less than 1e-12 is rounding.
    return np.where(share < 1e-12, 0.0, share)


# --- shared pieces ----------------------------------------------------------------------


def _unscaled(d, base):
    """θ_i = base**(−2(i−1)/d), of checked arguments."""
    return base ** (-2 * np.arange(d // 2) / d)


def _by_turns(theta, factor, original_length, low, high):
    """θ with NTK-by-parts: kept above ``high`` turns, divided by factor below ``low``, a ramp over turns between."""
    kept = np.clip((original_length / wavelengths(theta) - low) / (high - low), 0.0, 1.0)
    return theta * (kept + (1.0 - kept) / factor)


def _pairs(r, pairing):
    """Slices that take the first and the second coordinate of each of r pairs."""
    if pairing == "interleaved":
        return slice(0, 2 * r, 2), slice(1, 2 * r, 2)
    return slice(0, r), slice(r, 2 * r)


def _turns_by_distance(distances, frequencies):
    """Angles Δ·θ_i (K, r) of checked arguments."""
    theta = arguments.array("frequencies", frequencies, "r")
    if not len(theta):
        arguments.refuse("frequencies", "at least one frequency", "shape (0,)")
    return angles_at("distances", arguments.array("distances", distances, "K"), theta)


def _positive(name, value, sizes=None):
    result = arguments.array(name, value, "r", sizes)
    if (result <= 0).any():
        arguments.refuse(name, "numbers above 0", str(result.min()))
    return result
