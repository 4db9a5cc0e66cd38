"""identity-attention: softmax(X Xᵀ) X of tokens with equal norms, and how near it is to doing nothing."""

import functools

import numpy as np

from ... import attention
from ...widget import Arrows, Axis, Explorer, Handle, Heatmap, Lines, Panel, Points, Readout, Row, Slider, View


def arrange(n, d, *, norm, correlation, turn):
    """Tokens (n, d or d + 1) of equal norm, any two correlated alike if d lets them, the first one turned.

    More tokens than dimensions can't be at right angles. They are spread evenly, as the n-th roots of
    unity and their powers, and get one dimension more for what they share."""
    if n <= d:
        X = attention.correlated_tokens(n, d, norm_squared=norm**2, correlation=correlation)
    else:
        angles = 2 * np.pi * np.outer(np.arange(n), np.arange(1, d // 2 + 1)) / n
        spread = np.sqrt(2 / d) * np.stack([np.cos(angles), np.sin(angles)], axis=2).reshape(n, d)
        X = norm * np.hstack([np.sqrt(1 - correlation) * spread, np.full((n, 1), np.sqrt(correlation))])
    cos, sin = np.cos(turn), np.sin(turn)
    X[0, :2] = cos * X[0, 0] - sin * X[0, 1], sin * X[0, 0] + cos * X[0, 1]
    return X


def mean_cosine(X):
    """The mean cosine of two of the tokens X (n, d), all of one norm; rounding apart, never below that of a simplex."""
    n, total = len(X), (X.sum(axis=0) ** 2).sum() / (X[0] ** 2).sum()
    return min(1.0, max(-1 / (n - 1), (total / n - 1) / (n - 1)))


class IdentityAttention(Explorer):
    """softmax(X Xᵀ) X of tokens with equal norms: how near it is to doing nothing."""

    name = "identity-attention"
    title = "Attention that does nothing"
    tries = "norms from 0.2 to 4. Then drag the blue token to the one above. Then more tokens than dimensions."
    sees = (
        "long tokens at right angles keep themselves, and the map is nearly the identity; short ones, and those with a near neighbour, "
        "are mixed. The point is what is computed. The curve is the closed form for tokens any two of which have the same cosine, the "
        "mean of these. Where all cosines are alike the point is on it: for N ≤ D, for N = D + 1, and for two. Turn one of more, or take "
        "more, and it leaves the curve, upwards."
    )
    play = "norm"

    n = Slider(4, 2, 16, label="tokens N", step=1)
    d = Slider(8, 2, 16, label="dimensions D", step=2)
    norm = Slider(2.0, 0.2, 4.0, label="norm of a token", step=0.05, format=".2f")
    correlation = Slider(0.0, 0.0, 0.95, label="correlation of any two", step=0.05, format=".2f")
    turn = Handle(0.0, label="turn of the first token")

    sentence = (
        "{n} tokens of norm {norm:.2f} in {d} dimensions, correlation {correlation:.2f}, the first turned by {turn:.2f} rad: it keeps "
        "{own:.1%} of its weight for itself, where tokens with this mean cosine between any two, {cosine:.3f}, would keep {exact:.1%}; "
        "the map is {distance:.4f} from the identity."
    )

    @staticmethod
    @functools.cache
    def data():
        return {"norms": np.linspace(0.2, 4.0, 39)}

    @staticmethod
    def compute(*, n, d, norm, correlation, turn):
        X = arrange(n, d, norm=norm, correlation=correlation, turn=turn)
        Y, A = attention.attention(X, X, X, scale=1.0)
        own = A[0, 0]
        cosine = mean_cosine(X)
        exact = attention.self_weight(norm**2, n, correlation=cosine)
        distance = np.linalg.norm(A - np.eye(n))
        moved = np.linalg.norm(Y[0] - X[0]) / norm
        return dict(X=X, Y=Y, A=A, own=own, cosine=cosine, exact=exact, distance=distance, moved=moved)

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        tokens, outputs = (found.pop(name)[:, :2].T / controls["norm"] for name in ("X", "Y"))  # (2, n)
        return found | {
            "token": tokens[:, 0],
            "output": outputs[:, 0],
            "others": tokens[:, 1:],
            "outputs": outputs,
            "curve": attention.identity_distance(cls.data()["norms"] ** 2, controls["n"], correlation=found["cosine"]),
        }

    view = View(
        Row(
            Panel(
                Points("others[0]", "others[1]", "other tokens", "muted"),
                Points("outputs[0]", "outputs[1]", "outputs", "vermilion"),
                Arrows("output", "", "vermilion", dashed=True),
                Arrows("token", "x", "blue", drag="turn"),
                x=Axis("first coordinate", -1.25, 1.25),
                y=Axis("second coordinate", -1.25, 1.25),
                ratio=1,
                circle=True,
                note="first two coordinates, over the norm",
                main=True,
            ),
            Panel(
                Heatmap("A", 1, format=".3f", sequential=True),
                x=Axis("token seen, m", symbol="m"),
                y=Axis("token, n", symbol="n"),
                ratio=1,
                title="the weights A",
            ),
            Panel(
                Lines("norms", "curve", "closed form, all alike", "muted", format=".2e"),
                Points("norm", "distance", "computed", "vermilion", format=".4f"),
                x=Axis("norm"),
                y=Axis("distance of A from I", 1e-6, 10, log=True),
                ratio=1,
                picks=("norm", None),
            ),
        ),
        Readout("own", "weight of x for itself", ".4f"),
        Readout("exact", "closed form, all alike", ".4f"),
        Readout("cosine", "mean cosine of two", "+.3f"),
        Readout("distance", "distance of A from I", ".4f"),
        Readout("moved", "x moved by", ".1%", "of its norm"),
        Readout("d", "room for right angles", "d", "tokens"),
    )
