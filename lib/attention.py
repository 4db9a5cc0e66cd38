"""Attention: scores into weights, weights into means, and the shortcuts that explain it.

A query meets every key, the scores become weights by a softmax, and the output is the mean
of the values under these weights. This module computes that, for one head and for several;
what it turns into for tokens of equal norm and correlation (when does attention do
nothing?); the moments of a score and the slope of the softmax (why divide by √d_k?); the
heads as a sum, with their matrices merged, and what merging costs; and the same attention
in one pass over the keys, without a matrix of weights.

Axes: N tokens or queries, M keys, D model width, H heads, d_k width of queries and keys,
d_v width of values. A token is a *row*, x (N, D), and weights stand to its right:
q = x W_q. Projections have no biases. A mask is boolean, and True means "may be seen";
torch's MultiheadAttention has it the other way round.

Papers
------
- Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762.
- Bishop & Bishop 2024, "Deep Learning: Foundations and Concepts", chapter 12.
- Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits",
  transformer-circuits.pub: heads as a sum, with merged matrices.
- Milakov & Gimelshein 2018, "Online Normalizer Calculation for Softmax", arXiv:1805.02867.
- Rabe & Staats 2021, "Self-attention Does Not Need O(n²) Memory", arXiv:2112.05682.
- Dao et al. 2022, "FlashAttention: Fast and Memory-Efficient Exact Attention with
  IO-Awareness", arXiv:2205.14135.
"""

from dataclasses import dataclass

import numpy as np

from . import arguments

# --- attention --------------------------------------------------------------------------


@arguments.named
def softmax(z, axis=-1):
    """Return e^z / Σ e^z along an axis: numbers above 0 that add up to 1.

    The largest entry is subtracted first, which changes nothing but keeps e^z finite.

    Parameters
    ----------
    z : array_like
        Scores; finite, of any shape with at least one axis.
    axis : int
        The axis over which the result adds up to 1.

    Returns
    -------
    ndarray
        Of z's shape.

    Raises
    ------
    ValueError
        If an entry is not finite, or z has no axis.

    References
    ----------
    Vaswani et al. 2017, §3.2.1, eq. 1.

    Examples
    --------
    >>> softmax([0.0, np.log(3.0)]).round(12).tolist()
    [0.25, 0.75]
    """
    closed = _closed(z)
    if closed.any():
        where = tuple(map(int, np.argwhere(closed)[0]))
        expected = "finite numbers (attention takes −inf as bias=, and closed keys as mask=)"
        arguments.refuse("z", expected, f"-inf at index {where}" if where else "-inf")
    z = arguments.array("z", z)
    if z.ndim == 0:
        arguments.refuse("z", "an array with at least one axis", "a number")
    return _softmax(z, axis)


@arguments.named
def attention(q, k, v, *, mask=None, bias=None, scale=None):
    """Return the mean of the values for each query, and the weights it is taken with.

    weights = softmax(scale · q kᵀ + bias) over the keys; output = weights v.

    Parameters
    ----------
    q : array_like (..., N, d_k)
        Queries; the leading axes (batch, heads) of q, k and v broadcast.
    k : array_like (..., M, d_k)
        Keys.
    v : array_like (..., M, d_v)
        Values.
    mask : array_like of bool, optional
        True where a query may see a key; broadcast to the (..., N, M) of q kᵀ. A query
        must see at least one key. All may be seen by default.
    bias : array_like, optional
        Added to the scaled scores; broadcast like the mask. −inf closes a key to a query.
    scale : float, optional
        1/√d_k by default.

    Returns
    -------
    output : ndarray (..., N, d_v)
    weights : ndarray (..., N, M)
        Rows add up to 1; exactly 0 where a key may not be seen.

    Raises
    ------
    ValueError
        If the shapes do not fit, an axis is empty, mask and bias leave a query no key, a
        number is not finite, or the scores overflow.

    References
    ----------
    Vaswani et al. 2017, §3.2.1, eq. 1.

    Examples
    --------
    >>> output, weights = attention(np.ones((7, 5, 4)), np.ones((6, 4)), np.ones((6, 3)))
    >>> output.shape, weights.shape
    ((7, 5, 3), (7, 5, 6))
    >>> output, weights = attention([[1.0]], [[0.0], [2.0]], [[5.0], [9.0]], mask=[True, False])
    >>> output.tolist(), weights.tolist()
    ([[5.0]], [[1.0, 0.0]])
    """
    q, k, v, scale = _inputs(q, k, v, scale)
    visible, added = _open(mask, bias, _scores_shape(q, k))
    weights = _softmax(np.where(visible, _scores(q, k, scale, added), -np.inf))
    return weights @ v, weights  # (..., N, M) @ (..., M, d_v) -> (..., N, d_v)


@arguments.named
def multi_head_attention(x, W_q, W_k, W_v, W_o, *, mask=None, bias=None):
    """Return Concat(H_1 … H_H) W_O, where head H_i is attention among the rows of x.

    q, k, v = x W_q, x W_k, x W_v, for each head its own; scores are divided by √d_k, the
    width of a head.

    Parameters
    ----------
    x : array_like (N, D)
        Tokens.
    W_q, W_k : array_like (H, D, d_k)
    W_v : array_like (H, D, d_v)
    W_o : array_like (H, d_v, D)
        Rows of W_O, head by head.
    mask : array_like of bool, optional
        True where a token may see another; broadcast to (H, N, N).
    bias : array_like, optional
        Added to the scaled scores; broadcast to (H, N, N). −inf closes a key to a query.

    Returns
    -------
    output : ndarray (N, D)
    weights : ndarray (H, N, N)
        Row n holds what token n takes from each of the tokens.

    Raises
    ------
    ValueError
        If the shapes do not fit, an axis is empty, mask and bias leave a token none to
        see, or a number is not finite.

    References
    ----------
    Vaswani et al. 2017, §3.2.2.

    Examples
    --------
    >>> H, N, D, d_k, d_v = 2, 5, 6, 4, 3
    >>> W_q, W_v, W_o = np.ones((H, D, d_k)), np.ones((H, D, d_v)), np.ones((H, d_v, D))
    >>> output, weights = multi_head_attention(np.ones((N, D)), W_q, W_q, W_v, W_o)
    >>> output.shape, weights.shape
    ((5, 6), (2, 5, 5))
    """
    sizes = {}
    x = _array("x", x, "N D", sizes)
    W_q = _array("W_q", W_q, "H D d_k", sizes)
    W_k = _array("W_k", W_k, "H D d_k", sizes)
    W_v = _array("W_v", W_v, "H D d_v", sizes)
    W_o = _array("W_o", W_o, "H d_v D", sizes)
    # (N, D) @ (H, D, d) -> (H, N, d)
    heads, weights = attention(x @ W_q, x @ W_k, x @ W_v, mask=mask, bias=bias)
    concatenated = heads.swapaxes(0, 1).reshape(len(x), -1)  # (H, N, d_v) -> (N, H·d_v)
    return concatenated @ W_o.reshape(-1, sizes["D"]), weights  # (N, H·d_v) @ (H·d_v, D)


@arguments.named
def causal_mask(n_queries, n_keys=None):
    """Return the mask under which a token sees itself and what came before it.

    The queries are the last of the tokens, as where the keys of earlier ones were kept: the
    last query sees all keys, and the mask's corner is at the bottom right, as in
    ``positional.alibi_bias``, ``t5_bias`` and FlashAttention since its version 2.1. The
    ``is_causal`` of torch's scaled_dot_product_attention has it at the top left: there
    query 0 stands at key 0. For as many queries as keys they agree.

    Parameters
    ----------
    n_queries : int
        N, at least 1.
    n_keys : int, optional
        M, at least N; N by default.

    Returns
    -------
    ndarray of bool (N, M)
        True where key m ≤ n + M − N.

    Raises
    ------
    ValueError
        If a number is no integer of at least 1, or there are fewer keys than queries.

    References
    ----------
    Vaswani et al. 2017, §3.2.3. torch 2.13, documentation of scaled_dot_product_attention;
    FlashAttention, README, "2.1: Change behavior of causal flag".

    Examples
    --------
    >>> causal_mask(3).astype(int).tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    >>> causal_mask(2, 4).astype(int).tolist()
    [[1, 1, 1, 0], [1, 1, 1, 1]]
    """
    n_queries = arguments.integer("n" if n_keys is None else "n_queries", n_queries, least=1)
    n_keys = n_queries if n_keys is None else arguments.integer("n_keys", n_keys, least=1)
    if n_keys < n_queries:
        expected = f"at least as many as the {n_queries} queries, the last of these tokens"
        arguments.refuse("n_keys", expected, str(n_keys))
    return np.tri(n_queries, n_keys, n_keys - n_queries, dtype=bool)


@arguments.named
def streaming_attention(q, k, v, *, block, mask=None, bias=None, scale=None):
    """Return the output of ``attention`` in one pass over blocks of keys.

    Only three things are carried from block to block: each query's largest score so far,
    the sum of e^{score − largest}, and the values' sum with these factors. Where a block
    brings a larger score, both sums shrink by e^{old largest − new largest}. In exact
    arithmetic the result is that of ``attention``; the (N, M) weights never exist at once.

    Parameters
    ----------
    q : array_like (..., N, d_k)
    k : array_like (..., M, d_k)
    v : array_like (..., M, d_v)
    block : int
        Keys at a time, at least 1; the last block may be shorter.
    mask, bias : array_like, optional
        As in ``attention``.
    scale : float, optional
        1/√d_k by default.

    Returns
    -------
    ndarray (..., N, d_v)

    Raises
    ------
    ValueError
        As ``attention`` does, or if the block is no integer of at least 1.

    References
    ----------
    Milakov & Gimelshein 2018, algorithm 3, for the sum; Rabe & Staats 2021 and Dao et al.
    2022, algorithm 1, for the output.

    Examples
    --------
    >>> q, k, v = [[1.0]], [[0.0], [np.log(2.0)], [0.0]], [[1.0], [2.0], [3.0]]
    >>> streaming_attention(q, k, v, block=2).round(12).tolist()
    [[2.0]]
    """
    q, k, v, scale = _inputs(q, k, v, scale)
    block = arguments.integer("block", block, least=1)
    *leading, n_queries, n_keys = shape = _scores_shape(q, k)
    visible, added = _open(mask, bias, shape)
    # Finite, because a query may see no key of the first blocks and −inf − (−inf) is NaN.
    largest = np.full((*leading, n_queries, 1), np.finfo(float).min)
    total, output = np.zeros_like(largest), 0.0
    for start in range(0, n_keys, block):
        keys = slice(start, start + block)
        part = added[..., keys] if bias is not None else added
        scores = _scores(q, k[..., keys, :], scale, part)  # (..., N, block)
        scores = np.where(visible[..., keys], scores, -np.inf)
        previous, largest = largest, np.maximum(largest, scores.max(axis=-1, keepdims=True))
        with np.errstate(over="ignore"):  # −inf is right: its power is 0
            shrunk, powers = np.exp(previous - largest), np.exp(scores - largest)
        total = shrunk * total + powers.sum(axis=-1, keepdims=True)  # (..., N, 1)
        output = shrunk * output + powers @ v[..., keys, :]  # (..., N, d_v)
    return output / total


# --- tokens of equal norm and correlation -----------------------------------------------


@arguments.named
def self_weight(norm_squared, n, *, correlation=0.0):
    """Return the weight α_nn that a token keeps for itself in softmax(X Xᵀ).

    The n tokens have x_n·x_n = s and x_n·x_m = ρs, so that, exactly,

        α_nn = e^s / (e^s + (n − 1) e^{ρs}) = 1 / (1 + (n − 1) e^{−(1−ρ)s}),

    and all other weights of the row are equal. Such tokens exist for −1/(n − 1) ≤ ρ ≤ 1
    alone, and span n dimensions, but for the two ends: n − 1 and 1. So n orthogonal ones
    need n ≤ D.

    Of *any* tokens: if x_n·x_n exceeds every other score of row n by at least g ≥ 0, then
    α_nn ≥ self_weight(g, n).

    Parameters
    ----------
    norm_squared : array_like
        s = ‖x‖², at least 0; with scores divided by √d it is ‖x‖²/√d. All arguments
        broadcast.
    n : array_like of int
        Tokens, at least 1.
    correlation : array_like
        ρ, the cosine between any two tokens; 0 for orthogonal ones.

    Returns
    -------
    float or ndarray
        Between 1/n and 1.

    Raises
    ------
    ValueError
        If an argument is outside its range, or there are no such tokens.

    References
    ----------
    Bishop & Bishop 2024, chapter 12, pose the limit as an exercise.

    Examples
    --------
    >>> self_weight([0.0, 4.0, 16.0], 8).round(4).tolist()
    [0.125, 0.8864, 1.0]
    >>> self_weight(4.0, 8, correlation=1.0).item()
    0.125
    """
    return _equal_tokens(norm_squared, n, correlation)[0]


@arguments.named
def identity_distance(norm_squared, n, *, correlation=0.0):
    """Return ‖A − I‖ (Frobenius) of A = softmax(X Xᵀ), for the tokens of ``self_weight``.

    The diagonal lacks 1 − α and each entry beside it has (1 − α)/(n − 1), so that, exactly,

        ‖A − I‖ = (1 − α) n/√(n − 1) ≤ n √(n − 1) e^{−(1−ρ)s}.

    The largest entry of |A − I| is 1 − α, and the largest singular value (1 − α) n/(n − 1).
    1 − α is computed without the cancellation, so small distances are right too.

    Parameters
    ----------
    norm_squared, n, correlation : array_like
        As in ``self_weight``.

    Returns
    -------
    float or ndarray
        Between 0 and √(n − 1); 0 for a single token.

    Raises
    ------
    ValueError
        If an argument is outside its range, or there are no such tokens.

    Examples
    --------
    >>> identity_distance([0.0, 4.0, 16.0], 5).round(8).tolist()
    [2.0, 0.17065385, 1.13e-06]
    """
    weight, power, n, _ = _equal_tokens(norm_squared, n, correlation)
    return n * np.sqrt(n - 1) * power * weight


@arguments.named
def output_distance(norm_squared, n, *, correlation=0.0):
    """Return ‖y_n − x_n‖ of Y = softmax(X Xᵀ) X, for the tokens of ``self_weight``.

    y_n moves from x_n towards the mean of the others, by 1 − α of the way. Exactly, with
    t = (1 − ρ)s,

        ‖y_n − x_n‖ = (1 − α) √(t n/(n − 1)) ≤ √(t n (n − 1)) e^{−t}.

    It is 0 for zero vectors too: it first grows with the norm, then falls.

    Parameters
    ----------
    norm_squared, n, correlation : array_like
        As in ``self_weight``.

    Returns
    -------
    float or ndarray
        At least 0; 0 for a single token.

    Raises
    ------
    ValueError
        If an argument is outside its range, or there are no such tokens.

    Examples
    --------
    >>> output_distance([0.0, 1.0, 4.0, 16.0], 5).round(6).tolist()
    [0.0, 0.665667, 0.152637, 2e-06]
    """
    weight, power, n, gap = _equal_tokens(norm_squared, n, correlation)
    return np.sqrt(gap * n * (n - 1)) * power * weight


@arguments.named
def norm_squared_for(weight, n, *, correlation=0.0):
    """Return the ‖x‖² at which a token keeps so much weight: the inverse of ``self_weight``.

    s = (ln(n − 1) + ln(α/(1 − α))) / (1 − ρ): to keep a given weight the squared norm need
    only grow with the logarithm of the number of tokens.

    Parameters
    ----------
    weight : array_like
        α, at least 1/n and below 1. All arguments broadcast.
    n : array_like of int
        Tokens, at least 2; one token has weight 1 at any norm.
    correlation : array_like
        ρ, from −1/(n − 1) up, below 1: equal tokens share their weight at any norm.

    Returns
    -------
    float or ndarray
        At least 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Examples
    --------
    >>> norm_squared_for(0.99, [2, 20, 200]).round(2).tolist()
    [4.6, 7.54, 9.89]
    """
    weight = arguments.array("weight", weight)
    n, correlation = arguments.integers("n", n, least=2), arguments.array("correlation", correlation)
    names = "weight, n and correlation"
    _broadcast(names, weight.shape, n.shape, correlation.shape)
    outside = (weight < 1 / n) | (weight >= 1)
    _refuse_where(outside, "weight", weight, "numbers from 1/n to below 1")
    _check_correlation(correlation, n)
    _refuse_where(correlation == 1, "correlation", correlation, "numbers below 1")
    score = np.log(n - 1) + np.log(weight) - np.log1p(-weight)
    return np.maximum(score, 0.0) / (1 - correlation)  # at 1/n the sum may round below 0


@arguments.named
def correlated_tokens(n, d_model, *, norm_squared, correlation=0.0):
    """Return tokens of equal norm and correlation, those of ``self_weight``.

    √s (√(1 − ρ) I + c 11ᵀ) with c = (√(1 + (n − 1)ρ) − √(1 − ρ))/n, the symmetric root of
    their Gram matrix, filled up with zeros to the width.

    Parameters
    ----------
    n : int
        Tokens, at least 1.
    d_model : int
        Width D, at least n: they are built here with a dimension for each. (In general they
        need n; at ρ = −1/(n − 1), a regular simplex, n − 1 would do, and at ρ = 1 one.)
    norm_squared : float
        s = ‖x‖², at least 0.
    correlation : float
        ρ, from −1/(n − 1) to 1.

    Returns
    -------
    ndarray (n, d_model)
        X, with X Xᵀ = s ((1 − ρ) I + ρ 11ᵀ).

    Raises
    ------
    ValueError
        If an argument is outside its range, or there are no such tokens.

    Examples
    --------
    >>> x = correlated_tokens(3, 4, norm_squared=2.0, correlation=0.5)
    >>> (x @ x.T).round(12).tolist()
    [[2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 2.0]]
    """
    n = arguments.integer("n", n, least=1)
    d_model = arguments.integer("d_model", d_model, least=1)
    s = arguments.number("norm_squared", norm_squared, least=0)
    rho = arguments.number("correlation", correlation)
    if d_model < n:
        reason = "a dimension for each token" if rho else "as n orthogonal vectors need n dimensions"
        arguments.refuse("d_model", f"at least n = {n}, {reason}", str(d_model))
    _check_correlation(np.array(rho), np.array(n))
    own = np.sqrt(1 - rho)
    common = (np.sqrt(1 + (n - 1) * rho) - own) / n
    return np.sqrt(s) * np.hstack([own * np.eye(n) + common, np.zeros((n, d_model - n))])


# --- why divide by √d -------------------------------------------------------------------


@arguments.named
def score_moments(d, *, variance_q=1.0, variance_k=1.0, correlation=0.0, kurtosis=3.0):
    """Return mean and variance of q·k for d independent pairs (q_i, k_i) of mean 0.

    A key follows its query by a correlation ρ: k_i/σ_k = ρ q_i/σ_q + √(1 − ρ²) r_i, with
    r_i independent of q_i, of mean 0 and variance 1. With κ the kurtosis of q_i, E[q⁴]/σ_q⁴,

        mean = d ρ σ_q σ_k,   variance = d (1 + ρ² (κ − 2)) σ_q² σ_k².

    Jointly Gaussian pairs have κ = 3 and the variance d (1 + ρ²) σ_q² σ_k². With ρ = 0 the
    distribution does not matter. Divided by √d a score has a variance that is the same for
    every d, but its mean ρ σ_q σ_k √d still grows.

    Parameters
    ----------
    d : array_like of int
        Coordinates, at least 1. All arguments broadcast.
    variance_q, variance_k : array_like
        σ² of a coordinate, at least 0.
    correlation : array_like
        ρ between q_i and k_i, from −1 to 1.
    kurtosis : array_like
        κ of q_i, its fourth moment over the square of its variance, at least 1: 3 for
        Gaussian entries, 9/5 for uniform ones, 1 for ±σ.

    Returns
    -------
    mean, variance : float or ndarray

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Vaswani et al. 2017, §3.2.1, footnote 4, for ρ = 0.

    Examples
    --------
    >>> mean, variance = score_moments([1, 64], correlation=0.5)
    >>> mean.tolist(), variance.tolist()
    ([0.5, 32.0], [1.25, 80.0])
    """
    d = arguments.integers("d", d, least=1)
    variance_q = _least("variance_q", variance_q, 0)
    variance_k = _least("variance_k", variance_k, 0)
    rho = arguments.array("correlation", correlation)
    kurtosis = _least("kurtosis", kurtosis, 1)
    names = "d, variance_q, variance_k, correlation and kurtosis"
    _broadcast(names, d.shape, variance_q.shape, variance_k.shape, rho.shape, kurtosis.shape)
    _refuse_where(np.abs(rho) > 1, "correlation", rho, "numbers from −1 to 1")
    mean = d * rho * np.sqrt(variance_q * variance_k)
    return mean, d * (1 + rho**2 * (kurtosis - 2)) * variance_q * variance_k


@arguments.named
def softmax_jacobian(z):
    """Return ∂p_i/∂z_j of p = softmax(z), diag(p) − p pᵀ.

    Symmetric, its rows add up to 0, and no singular value exceeds 1/2: vᵀJv is the variance
    of v under p, so at most (max v − min v)²/4. As p approaches a single 1 all of it
    vanishes, and so does the gradient that passes through; for n equal weights it is small
    too, with a largest singular value of 1/n. The diagonal p_i (1 − p_i) is
    summed from the rest of its row, so it is right even where p_i rounds to 1.

    Parameters
    ----------
    z : array_like (..., n)
        Scores.

    Returns
    -------
    ndarray (..., n, n)

    Raises
    ------
    ValueError
        If an entry is not finite, or z has no axis.

    References
    ----------
    Bishop & Bishop 2024, chapter 12, on scaled attention, for the vanishing gradient.

    Examples
    --------
    >>> softmax_jacobian([0.0, np.log(3.0)]).round(12).tolist()
    [[0.1875, -0.1875], [-0.1875, 0.1875]]
    """
    p = softmax(z)
    jacobian = -p[..., :, None] * p[..., None, :]  # (..., n, n)
    diagonal = np.arange(p.shape[-1])
    jacobian[..., diagonal, diagonal] = 0.0
    jacobian[..., diagonal, diagonal] = -jacobian.sum(axis=-1)
    return jacobian


# --- heads add up -----------------------------------------------------------------------


@arguments.named
def merge_value_output(W_v, W_o):
    """Return W⁽ⁱ⁾ = W_V⁽ⁱ⁾ W_O⁽ⁱ⁾ of every head: what a head writes, of rank d_v at most.

    Parameters
    ----------
    W_v : array_like (H, D, d_v)
    W_o : array_like (H, d_v, D)

    Returns
    -------
    ndarray (H, D, D)
        To stand right of a row: head i adds A_i x W⁽ⁱ⁾ to the output.

    Raises
    ------
    ValueError
        If the shapes do not fit, an axis is empty, or a number is not finite.

    References
    ----------
    Elhage et al. 2021, the OV circuit.

    Examples
    --------
    >>> merge_value_output(np.ones((2, 5, 3)), np.ones((2, 3, 5))).shape
    (2, 5, 5)
    """
    sizes = {}
    W_v = _array("W_v", W_v, "H D d_v", sizes)
    return W_v @ _array("W_o", W_o, "H d_v D", sizes)  # (H, D, d_v) @ (H, d_v, D)


@arguments.named
def merge_query_key(W_q, W_k):
    """Return W_QK⁽ⁱ⁾ = W_Q⁽ⁱ⁾ W_K⁽ⁱ⁾ᵀ of every head: how a head compares, of rank d_k at most.

    Parameters
    ----------
    W_q, W_k : array_like (H, D, d_k)

    Returns
    -------
    ndarray (H, D, D)
        The bilinear form between two tokens: the scores of head i, before they are
        divided by √d_k, are x W_QK⁽ⁱ⁾ xᵀ. It is not symmetric in general.

    Raises
    ------
    ValueError
        If the shapes do not fit, an axis is empty, or a number is not finite.

    References
    ----------
    Elhage et al. 2021, the QK circuit.

    Examples
    --------
    >>> merge_query_key(np.ones((2, 5, 3)), np.ones((2, 5, 3))).shape
    (2, 5, 5)
    """
    sizes = {}
    W_q = _array("W_q", W_q, "H D d_k", sizes)
    W_k = _array("W_k", W_k, "H D d_k", sizes)
    return W_q @ W_k.swapaxes(1, 2)  # (H, D, d_k) @ (H, d_k, D)


@arguments.named
def head_outputs(x, W_q, W_k, W_v, W_o, *, mask=None, bias=None):
    """Return what each head adds to the output, Y_i = A_i x W⁽ⁱ⁾.

    Their sum is the output of ``multi_head_attention``, up to rounding; nothing is
    concatenated here.

    Parameters
    ----------
    x, W_q, W_k, W_v, W_o, mask, bias
        As in ``multi_head_attention``.

    Returns
    -------
    ndarray (H, N, D)
        Y_i has rank d_v at most.

    Raises
    ------
    ValueError
        As ``multi_head_attention`` does.

    References
    ----------
    Elhage et al. 2021.

    Examples
    --------
    >>> H, N, D, d_k, d_v = 2, 5, 6, 4, 3
    >>> W_q, W_v, W_o = np.ones((H, D, d_k)), np.ones((H, D, d_v)), np.ones((H, d_v, D))
    >>> head_outputs(np.ones((N, D)), W_q, W_q, W_v, W_o).shape
    (2, 5, 6)
    """
    _, weights = multi_head_attention(x, W_q, W_k, W_v, W_o, mask=mask, bias=bias)
    return weights @ (np.asarray(x) @ merge_value_output(W_v, W_o))  # (H, N, N) @ (H, N, D)


@dataclass(frozen=True)
class HeadCosts:
    """Parameters and multiply-adds of a layer of heads, factored and merged.

    A multiply-add is one product added to a sum. Softmax, scaling, mask and the adding up
    of the heads are not counted.
    """

    factored_parameters: int
    merged_parameters: int
    factored_multiply_adds: int
    merged_multiply_adds: int


@arguments.named
def head_costs(n_tokens, d_model, d_k, d_v, n_heads):
    """Return what a layer of heads costs with W_Q, W_K, W_V, W_O apart, and merged.

    Merged, a head has two D × D matrices in place of four thin ones, and compares and
    averages whole tokens: x W (D per token) where q and k have d_k, x W⁽ⁱ⁾ where v has d_v.

        parameters      2HD²                and   2HD (d_k + d_v)
        multiply-adds   2HND² + 2HN²D       and   2HND (d_k + d_v) + HN² (d_k + d_v)

    So merging saves parameters only where D < d_k + d_v: with the usual d_k = d_v = D/H for
    a single head, while two heads come out even, and H of them cost H/2 times as much.

    Parameters
    ----------
    n_tokens, d_model, d_k, d_v, n_heads : int
        N, D, d_k, d_v, H; each at least 1.

    Returns
    -------
    HeadCosts

    Raises
    ------
    ValueError
        If an argument is no integer of at least 1.

    Examples
    --------
    >>> costs = head_costs(n_tokens=10, d_model=8, d_k=3, d_v=2, n_heads=4)
    >>> costs.factored_parameters, costs.merged_parameters
    (320, 512)
    >>> costs.factored_multiply_adds, costs.merged_multiply_adds
    (5200, 11520)
    """
    N = arguments.integer("n_tokens", n_tokens, least=1)
    D = arguments.integer("d_model", d_model, least=1)
    thin = arguments.integer("d_k", d_k, least=1) + arguments.integer("d_v", d_v, least=1)
    H = arguments.integer("n_heads", n_heads, least=1)
    factored, merged = 2 * H * D * thin, 2 * H * D**2
    return HeadCosts(
        factored_parameters=factored,
        merged_parameters=merged,
        factored_multiply_adds=N * factored + H * N**2 * thin,
        merged_multiply_adds=N * merged + H * N**2 * 2 * D,
    )


# --- shared pieces ----------------------------------------------------------------------


def _softmax(z, axis=-1):
    """``softmax`` of checked scores, in which −inf may stand: its weight is 0."""
    with np.errstate(over="ignore"):  # a gap too wide for a float is −inf
        powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _array(name, value, axes, sizes):
    result = arguments.array(name, value, axes, sizes)
    if 0 in result.shape:
        arguments.refuse(name, "every axis at least 1 long", f"shape {result.shape}")
    return result


def _inputs(q, k, v, scale):
    """Checked q, k, v, and the scale, 1/√d_k where none is given."""
    sizes = {}
    q = _array("q", q, "... N d_k", sizes)
    k = _array("k", k, "... M d_k", sizes)
    v = _array("v", v, "... M d_v", sizes)
    _broadcast("q, k and v", *(each.shape[:-2] for each in (q, k, v)), what="leading axes")
    scale = sizes["d_k"] ** -0.5 if scale is None else arguments.number("scale", scale)
    return q, k, v, scale


def _scores_shape(q, k):
    return (*np.broadcast_shapes(q.shape[:-2], k.shape[:-2]), q.shape[-2], k.shape[-2])


def _scores(q, k, scale, bias=0.0):
    """scale · q kᵀ + bias (..., N, M); refused where it overflows."""
    with np.errstate(over="ignore", invalid="ignore"):
        scores = scale * (q @ k.swapaxes(-1, -2)) + bias  # (..., N, d_k) @ (..., d_k, M)
    if not np.isfinite(scores).all():
        largest = f"numbers up to {np.abs(q).max():g} and {np.abs(k).max():g}"
        arguments.refuse("q and k", "scores that a float64 can hold", largest)
    return scores


def _open(mask, bias, shape):
    """Which keys a query may see, by mask and bias, and the bias, 0 where it is −inf or none is given."""
    visible, added = _visible(mask, shape), 0.0
    if bias is not None:
        added, closed = _bias(bias, shape)
        visible = visible & ~closed
    names = " and ".join(n for n, given in [("mask", mask), ("bias", bias)] if given is not None)
    _refuse_empty_rows(names, visible)
    return visible, added


def _visible(mask, shape):
    """The mask in the scores' shape (..., N, M), all True where none is given."""
    if mask is None:
        return np.broadcast_to(True, shape)
    try:
        result = np.asarray(mask)
    except (ValueError, TypeError, RuntimeError):  # rows of several lengths; another library's array
        result = np.empty(0)
    if result.dtype != bool:
        expected = "an array of booleans, True where a key may be seen"
        arguments.refuse("mask", expected, arguments.describe(mask))
    return _fit("mask", result, shape)


def _bias(bias, shape):
    """The bias with 0 for −inf, and where −inf stood; both in the scores' shape."""
    closed = _closed(bias)
    finite = np.where(closed, 0.0, bias) if closed.any() else bias
    return _fit("bias", arguments.array("bias", finite), shape), np.broadcast_to(closed, shape)


def _closed(scores):
    """Where −inf stands; nowhere in what are no numbers, which is refused later."""
    try:
        return np.isneginf(scores)
    except (TypeError, ValueError, RuntimeError):
        return np.False_


def _fit(name, value, shape):
    try:
        return np.broadcast_to(value, shape)
    except ValueError:
        expected = f"a shape that broadcasts to the scores' {shape}"
        arguments.refuse(name, expected, f"shape {value.shape}")


def _refuse_empty_rows(name, visible):
    empty = np.argwhere(~visible.any(axis=-1))
    if len(empty):
        where = ", ".join(map(str, empty[0]))
        arguments.refuse(name, "a key that each query may see", f"none in row ({where})")


def _broadcast(names, *shapes, what="shapes"):
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        arguments.refuse(names, f"{what} that broadcast", " and ".join(map(str, shapes)))


def _refuse_where(wrong, name, value, expected):
    """Refuse the first number that is wrong; both arrays broadcast."""
    if wrong.any():
        arguments.refuse(name, expected, f"{np.broadcast_to(value, wrong.shape)[wrong][0]:g}")


def _least(name, value, least):
    result = arguments.array(name, value)
    _refuse_where(result < least, name, result, f"numbers of at least {least}")
    return result


def _check_correlation(correlation, n):
    # The Gram matrix has the eigenvalues 1 − ρ and 1 + (n − 1)ρ, which may not be negative.
    lowest = -1 / np.maximum(n - 1, 1)
    wrong = (correlation > 1) | (correlation < lowest)
    expected = "numbers from −1/(n − 1) to 1, as there are no such vectors beyond"
    _refuse_where(wrong, "correlation", correlation, expected)


def _equal_tokens(norm_squared, n, correlation):
    """α, e^{−t}, n and t = (1 − ρ)s, of checked arguments."""
    s = _least("norm_squared", norm_squared, 0)
    n, rho = arguments.integers("n", n, least=1), arguments.array("correlation", correlation)
    _broadcast("norm_squared, n and correlation", s.shape, n.shape, rho.shape)
    _check_correlation(rho, n)
    gap = (1 - rho) * s
    power = np.exp(-gap)  # at most 1, so nothing overflows however long the tokens are
    return 1 / (1 + (n - 1) * power), power, n, gap
