"""Order: what a layer does when its tokens change places, and attention as one matrix.

A layer is *equivariant* to permutations if its output is reordered as its input was,
f(x[order]) = f(x)[order], and *invariant* if its output stays as it is. This module
measures both; it has the parts that make up a block of a transformer beside attention,
each of which acts on every token by itself; and it writes attention, for the weights that
an input gives, as the one matrix that acts on all tokens laid end to end, and counts what
stands in it.

Axes: N tokens, D model width, H heads, d_k width of queries and keys, d_v width of values,
d_ff inner width of the feed-forward net. A token is a row, as in ``lib.attention``.

Papers
------
- Zaheer et al. 2017, "Deep Sets", arXiv:1703.06114: what equivariant and invariant maps
  look like.
- Lee et al. 2019, "Set Transformer", arXiv:1810.00825: attention among them.
- Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762.
- Ba et al. 2016, "Layer Normalization", arXiv:1607.06450.
- Xiong et al. 2020, "On Layer Normalization in the Transformer Architecture",
  arXiv:2002.04745: the norm before each part.
"""

from dataclasses import dataclass

import numpy as np

from . import arguments
from .attention import merge_value_output, multi_head_attention

# --- permutations -----------------------------------------------------------------------


@arguments.named
def permutation_matrix(order):
    """Return P with (P x)[i] = x[order[i]]: row i has its 1 in column order[i].

    PᵀP = I, so Pᵀ puts everything back; it is the matrix of ``np.argsort(order)``.

    Parameters
    ----------
    order : array_like of int (N,)
        Which token comes first, second, …: each of 0 … N − 1 once.

    Returns
    -------
    ndarray (N, N)

    Raises
    ------
    ValueError
        If the order is no permutation.

    Examples
    --------
    >>> permutation_matrix([2, 0, 1]) @ [10.0, 20.0, 30.0]
    array([30., 10., 20.])
    >>> permutation_matrix([2, 0, 2])
    Traceback (most recent call last):
    ValueError: order: expected each of 0 … 2 once, got 2 twice or more
    """
    order = _order(order)
    return np.eye(len(order))[order]


@arguments.named
def equivariance_error(layer, x, order):
    """Return the largest |layer(x[order]) − layer(x)[order]|: 0 if reordering commutes.

    Parameters
    ----------
    layer : function
        From (N, D) to (N, E), for any E: a row out for each row in.
    x : array_like (N, D)
        Tokens.
    order : array_like of int (N,)
        Each of 0 … N − 1 once.

    Returns
    -------
    float
        At least 0. Zero for one order proves nothing about others.

    Raises
    ------
    ValueError
        If the order is no permutation of the tokens, or what the layer returns has not a
        row for each token or is not finite.

    References
    ----------
    Zaheer et al. 2017, §2.

    Examples
    --------
    >>> equivariance_error(np.tanh, [[1.0], [2.0], [3.0]], [2, 0, 1])
    0.0
    >>> equivariance_error(lambda x: np.cumsum(x, axis=0), [[1.0], [2.0], [3.0]], [2, 0, 1])
    3.0
    """
    x, order = _tokens(layer, x, order)
    sizes = {"N": len(x)}
    kept = arguments.array("layer(x)", layer(x), "N E", sizes)
    moved = arguments.array("layer(x[order])", layer(x[order]), "N E", sizes)
    return float(np.abs(moved - kept[order]).max(initial=0.0))


@arguments.named
def invariance_error(layer, x, order):
    """Return the largest |layer(x[order]) − layer(x)|: 0 if the layer does not see the order.

    Parameters
    ----------
    layer : function
        From (N, D) to an array of any shape, such as the mean over the tokens (E,).
    x : array_like (N, D)
        Tokens.
    order : array_like of int (N,)
        Each of 0 … N − 1 once.

    Returns
    -------
    float
        At least 0. Zero for one order proves nothing about others.

    Raises
    ------
    ValueError
        If the order is no permutation of the tokens, or what the layer returns is not
        finite or changes its shape.

    References
    ----------
    Zaheer et al. 2017, §2.

    Examples
    --------
    >>> invariance_error(lambda x: x.max(axis=0), [[1.0], [2.0], [3.0]], [2, 0, 1])
    0.0
    >>> invariance_error(lambda x: x[0], [[1.0], [2.0], [3.0]], [2, 0, 1])
    2.0
    """
    x, order = _tokens(layer, x, order)
    kept = arguments.array("layer(x)", layer(x))
    moved = arguments.array("layer(x[order])", layer(x[order]))
    if moved.shape != kept.shape:
        expected = f"shape {kept.shape} as layer(x)"
        arguments.refuse("layer(x[order])", expected, f"shape {moved.shape}")
    return float(np.abs(moved - kept).max(initial=0.0))


# --- a block of a transformer -----------------------------------------------------------


@arguments.named
def layer_norm(x, *, eps=1e-5):
    """Return every token less its mean, divided by its standard deviation.

    (x − mean)/√(variance + eps) over the last axis, the variance with 1/D. Gain and bias,
    which are the same for all tokens, are left out: gain 1, bias 0.

    Parameters
    ----------
    x : array_like (..., D)
        D at least 1.
    eps : float
        Above 0.

    Returns
    -------
    ndarray (..., D)

    Raises
    ------
    ValueError
        If D = 0, a number is not finite, or eps is not above 0.

    References
    ----------
    Ba et al. 2016, §3, eq. 3.

    Examples
    --------
    >>> layer_norm([[1.0, 3.0], [5.0, 5.0]]).round(4).tolist()
    [[-1.0, 1.0], [0.0, 0.0]]
    """
    x = arguments.array("x", x, "... D")
    if not x.shape[-1]:
        arguments.refuse("x", "a width of at least 1", f"shape {x.shape}")
    eps = arguments.number("eps", eps, above=0)
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)


@arguments.named
def feed_forward(x, W_1, b_1, W_2, b_2):
    """Return max(0, x W_1 + b_1) W_2 + b_2, the same net for every token.

    Parameters
    ----------
    x : array_like (..., D)
    W_1 : array_like (D, d_ff)
    b_1 : array_like (d_ff,)
    W_2 : array_like (d_ff, D)
    b_2 : array_like (D,)

    Returns
    -------
    ndarray (..., D)

    Raises
    ------
    ValueError
        If the shapes do not fit or a number is not finite.

    References
    ----------
    Vaswani et al. 2017, §3.3, eq. 2.

    Examples
    --------
    >>> feed_forward(np.ones((5, 2)), np.ones((2, 3)), np.ones(3), np.ones((3, 2)), np.ones(2))[0]
    array([10., 10.])
    """
    sizes = {}
    x = arguments.array("x", x, "... D", sizes)
    W_1 = arguments.array("W_1", W_1, "D d_ff", sizes)
    b_1 = arguments.array("b_1", b_1, "d_ff", sizes)
    W_2 = arguments.array("W_2", W_2, "d_ff D", sizes)
    b_2 = arguments.array("b_2", b_2, "D", sizes)
    return np.maximum(x @ W_1 + b_1, 0.0) @ W_2 + b_2  # (..., D) -> (..., d_ff) -> (..., D)


@arguments.named
def transformer_block(x, W_q, W_k, W_v, W_o, W_1, b_1, W_2, b_2, *, mask=None, bias=None):
    """Return z + feed_forward(norm(z)) with z = x + attention(norm(x)).

    The norm stands before each part, as in GPT-2; the first transformer had it after the
    sum. Attention alone lets tokens meet, so the block is equivariant if that is. (Not only if:
    at D = 1 the norm of every token is 0, and so is all that a mask could change.)

    Parameters
    ----------
    x : array_like (N, D)
        Tokens.
    W_q, W_k : array_like (H, D, d_k)
    W_v : array_like (H, D, d_v)
    W_o : array_like (H, d_v, D)
    W_1, b_1, W_2, b_2 : array_like
        As in ``feed_forward``.
    mask, bias : array_like, optional
        As in ``multi_head_attention``.

    Returns
    -------
    ndarray (N, D)

    Raises
    ------
    ValueError
        As ``multi_head_attention`` and ``feed_forward`` do.

    References
    ----------
    Xiong et al. 2020, figure 1b.

    Examples
    --------
    >>> N, D, d_ff, heads = 5, 2, 3, np.ones((4, 2, 2))
    >>> network = np.ones((D, d_ff)), np.ones(d_ff), np.ones((d_ff, D)), np.ones(D)
    >>> transformer_block(np.ones((N, D)), heads, heads, heads, heads, *network).shape
    (5, 2)
    """
    x = arguments.array("x", x, "N D")
    z = x + multi_head_attention(layer_norm(x), W_q, W_k, W_v, W_o, mask=mask, bias=bias)[0]
    return z + feed_forward(layer_norm(z), W_1, b_1, W_2, b_2)


# --- attention as one matrix ------------------------------------------------------------


@arguments.named
def attention_as_matrix(x, W_q, W_k, W_v, W_o, *, mask=None):
    """Return the matrix that maps the tokens laid end to end to the outputs laid end to end.

    Σ_i A_i ⊗ W⁽ⁱ⁾ᵀ over the heads, with W⁽ⁱ⁾ = W_V⁽ⁱ⁾ W_O⁽ⁱ⁾: block (n, m) is the sum of
    α_nm W⁽ⁱ⁾ᵀ. It is transposed because a token, a row of x, is a piece of a column here.
    The weights A_i are those that x gives; for another x the matrix is another one, so the
    layer is not linear in x.

    Parameters
    ----------
    x : array_like (N, D)
        Tokens.
    W_q, W_k : array_like (H, D, d_k)
    W_v : array_like (H, D, d_v)
    W_o : array_like (H, d_v, D)
    mask : array_like of bool, optional
        As in ``multi_head_attention``; what it closes is a block of zeros, if it does so in
        every head.

    Returns
    -------
    ndarray (N·D, N·D)
        M with ``M @ x.ravel()`` = ``multi_head_attention(x, …)[0].ravel()``.

    Raises
    ------
    ValueError
        As ``multi_head_attention`` does.

    References
    ----------
    Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits": A ⊗ W.

    Examples
    --------
    >>> H, N, D, d_k, d_v = 2, 5, 6, 4, 3
    >>> W_q, W_v, W_o = np.ones((H, D, d_k)), np.ones((H, D, d_v)), np.ones((H, d_v, D))
    >>> attention_as_matrix(np.ones((N, D)), W_q, W_q, W_v, W_o).shape
    (30, 30)
    """
    _, weights = multi_head_attention(x, W_q, W_k, W_v, W_o, mask=mask)  # (H, N, N)
    merged = merge_value_output(W_v, W_o)  # (H, D, D)
    blocks = np.einsum("hnm,hde->nemd", weights, merged)  # entry (e, d) of block (n, m)
    size = blocks.shape[0] * blocks.shape[1]
    return blocks.reshape(size, size)


@dataclass(frozen=True)
class MatrixCounts:
    """What stands in an ND × ND matrix from N tokens of width D to N of width D.

    Attributes
    ----------
    entries : int
        All of them, (ND)². A dense layer without biases learns every one.
    zero : int
        0 by construction, whatever the tokens and the weights are: closed by the mask, or
        out of a convolution's reach. An entry that only happens to be 0 is not counted.
    weights : int
        Attention weights α_nm that are not closed, over all heads. They are computed from
        the tokens, not learned, and each multiplies a whole D × D matrix.
    shared : int
        Learned numbers of the D × D matrices, each standing in many blocks at once.
    free : int
        Of all numbers in the matrix, how many can be chosen independently of each other:
        the dimension of the set of such matrices, weights and shared numbers taken as free.
    """

    entries: int
    zero: int
    weights: int
    shared: int
    free: int

    @property
    def nonzero(self):
        """entries − zero: what a dense layer under the same zeros learns."""
        return self.entries - self.zero


@arguments.named
def matrix_counts(n_tokens, d_model, n_heads, *, d_v=None, causal=False):
    """Count what stands in ``attention_as_matrix``.

    With u = N² open pairs of tokens, or N(N + 1)/2 under the causal mask, there are
    (N² − u)D² zeros, Hu weights and HD² shared numbers. Fewer are free:

        free = r (w + D² − r),   w = u − N + 1,   r = min(H, w, D²).

    For the blocks, one to a row of a table with D² columns, are Σ_i α_nm⁽ⁱ⁾ W⁽ⁱ⁾, so the table
    has rank H at most; w of its rows fix the others, as the blocks of each token add up to
    the same Σ_i W⁽ⁱ⁾; and the tables of rank r, with w rows, have that dimension. For one
    head this is u − N + D²: every weight but one in each row, and its matrix.

    Parameters
    ----------
    n_tokens, d_model, n_heads : int
        N, D, H; each at least 1.
    d_v : int, optional
        Width of a head's values, at least 1. If given, W⁽ⁱ⁾ is counted as its two factors:
        2HDd_v shared numbers, of which a matrix of rank d_v has d_v (2D − d_v) a head free,
        as W_V G and G⁻¹ W_O do the same. ``free`` is then the smaller of H(u − N +
        d_v (2D − d_v)) and the number above: never too small, and exact but in special
        cases (a single token is one). By default W⁽ⁱ⁾ is counted whole.
    causal : bool
        True: a token sees itself and those before it.

    Returns
    -------
    MatrixCounts

    Raises
    ------
    ValueError
        If a size is no integer of at least 1.

    References
    ----------
    Counted here; the tests compare ``free`` with the rank of a Jacobian.

    Examples
    --------
    >>> matrix_counts(3, 4, 2)
    MatrixCounts(entries=144, zero=0, weights=18, shared=32, free=42)
    >>> matrix_counts(3, 4, 2, d_v=1, causal=True)
    MatrixCounts(entries=144, zero=48, weights=12, shared=16, free=20)
    """
    N, D = _sizes(n_tokens, d_model)
    H = arguments.integer("n_heads", n_heads, least=1)
    pairs = N * (N + 1) // 2 if causal else N**2
    rows = pairs - N + 1
    rank = min(H, rows, D**2)
    shared, free = H * D**2, rank * (rows + D**2 - rank)
    if d_v is not None:
        d_v = arguments.integer("d_v", d_v, least=1)
        shared, r = 2 * H * D * d_v, min(d_v, D)
        free = min(free, H * (pairs - N + r * (2 * D - r)))
    return MatrixCounts(entries=(N * D) ** 2, zero=(N**2 - pairs) * D**2, weights=H * pairs, shared=shared, free=free)


@arguments.named
def convolution_counts(n_tokens, d_model, width, *, causal=False):
    """Count what stands in the matrix of a convolution along the tokens, D channels to D.

    Output n sees the tokens n − (w − 1)/2 … n + (w − 1)/2, or n − w + 1 … n if causal,
    with zeros past the ends. Block (n, m) depends on m − n alone: one learned D × D matrix
    for each offset.

    Parameters
    ----------
    n_tokens, d_model : int
        N, D; each at least 1.
    width : int
        w, at least 1; odd unless causal.
    causal : bool

    Returns
    -------
    MatrixCounts
        With weights = 0 and free = shared; offsets of N or more, which meet no token, are
        not counted.

    Raises
    ------
    ValueError
        If a size is no integer of at least 1, or the width is even and not causal.

    Examples
    --------
    >>> convolution_counts(5, 2, 3)
    MatrixCounts(entries=100, zero=48, weights=0, shared=12, free=12)
    """
    N, D = _sizes(n_tokens, d_model)
    width = arguments.integer("width", width, least=1)
    if not causal and width % 2 == 0:
        arguments.refuse("width", "an odd integer, or causal=True", str(width))
    reach = min(width - 1 if causal else width // 2, N - 1)
    before = sum(N - offset for offset in range(1, reach + 1))  # pairs on the diagonals below
    sides = 1 if causal else 2
    shared = (1 + sides * reach) * D**2
    return MatrixCounts(entries=(N * D) ** 2, zero=(N**2 - N - sides * before) * D**2, weights=0, shared=shared, free=shared)


# --- shared pieces ----------------------------------------------------------------------


def _order(order, n=None):
    """The order as integers, each of 0 … n − 1 once; n is its own length by default."""
    sizes = {} if n is None else {"N": n}
    checked = arguments.integers("order", order, "N", sizes)
    n = sizes["N"]
    if not n:
        arguments.refuse("order", "at least one index", "none")
    outside = checked[(checked < 0) | (checked >= n)]
    if outside.size:
        arguments.refuse("order", f"each of 0 … {n - 1} once", f"{outside[0]:.0f}")
    indices = checked.astype(int)
    repeated = np.flatnonzero(np.bincount(indices) > 1)
    if repeated.size:
        arguments.refuse("order", f"each of 0 … {n - 1} once", f"{repeated[0]} twice or more")
    return indices


def _tokens(layer, x, order):
    if not callable(layer):
        arguments.refuse("layer", "a function of an array (N, D)", arguments.describe(layer))
    x = arguments.array("x", x, "N D")
    return x, _order(order, len(x))


def _sizes(n_tokens, d_model):
    N = arguments.integer("n_tokens", n_tokens, least=1)
    return N, arguments.integer("d_model", d_model, least=1)
