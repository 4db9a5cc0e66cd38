"""What the cells share: products over all steps and gates at once, there and back, and checks of arguments."""

import numpy as np

from .. import arguments


def from_inputs(x, W_x, b):
    """W_x x_t + b for all steps and all G gates at once: (T, B, d) -> (T, B, G·k)."""
    T, B, d = x.shape
    a = x.reshape(T * B, d) @ W_x.reshape(-1, d).T  # (TB, d) @ (d, Gk): one product, not T of them
    a += b.reshape(-1)
    return a.reshape(T, B, -1)


def to_inputs(da, x, W_x):
    """Back through ``from_inputs``: gradients of x (T, B, d), W_x (G, k, d) and b (G, k)."""
    T, B, d = x.shape
    dx = da.reshape(T * B, -1) @ W_x.reshape(-1, d)  # (TB, Gk) @ (Gk, d)
    return dx.reshape(T, B, d), to_weights(da, x), da.sum(axis=(0, 1))


def to_weights(da, met):
    """Σ over steps and batch of da metᵀ: (T, B, G, k) and (T, B, e) -> (G, k, e)."""
    T, B, G, k = da.shape
    product = da.reshape(T * B, G * k).T @ met.reshape(T * B, -1)  # (Gk, TB) @ (TB, e)
    return product.reshape(G, k, -1)


def before(first, states):
    """The state before each step: first, then all states but the last."""
    return np.concatenate([first[None], states[:-1]])


def instance(name, value, kind):
    if not isinstance(value, kind):
        kinds = [each.__name__ for each in kind.__subclasses__()] or [kind.__name__]
        arguments.refuse(name, " or ".join(kinds), f"a value of type {type(value).__name__}")


def nonempty(name, value):
    if 0 in value.shape:
        arguments.refuse(name, "every axis at least 1 long", f"shape {value.shape}")
    return value


def sizes_of(weights):
    k, d = weights.W_x.shape[-2:]
    return {"k": k, "d": d}


def inputs(x, weights, **states):
    """x (T, B, d) and the states before the first step (B, k), held to the weights."""
    sizes = sizes_of(weights)
    checked = [nonempty("x", arguments.array("x", x, "T B d", sizes))]
    for name, value in states.items():
        checked.append(arguments.array(name, value, "B k", sizes))
    return checked


def arriving(trace, dh, **last):
    """A copy of dh (T, B, k), and what reaches the last states, 0 where nothing is given."""
    sizes = dict(zip("TBk", trace.h.shape))
    dh = arguments.array("dh", dh, "T B k", sizes).copy()
    return [dh, *(or_zeros(name, value, "B k", sizes, dh[0]) for name, value in last.items())]


def or_zeros(name, value, axes, sizes, like):
    return np.zeros_like(like) if value is None else arguments.array(name, value, axes, sizes)
