"""rope-rotation: query and key as arrows on unit circles, turned by their positions, and all their scores."""

import numpy as np

from ... import rope
from ...widget import Arrows, Axis, Explorer, Grid, Heatmap, Index, Lines, Panel, Points, Readout, Row, View
from ...widget.controls import Handle, Slider, Switch

PAIRS = 4  # circles in the picture
WINDOW = 24  # positions along each side of the map


class RopeRotation(Explorer):
    """Query and key as arrows on unit circles, turned by their positions, and all their scores."""

    name = "rope-rotation"
    title = "Turning queries and keys"
    tries = "moving both positions by the same amount with “shift both by”, then the red switch."
    sees = (
        "every arrow turns, the score stands still: it is constant along the diagonals of the map. "
        "With the mixed pairing the diagonals break up (not with one pair: there both pairings are the same)."
    )
    play = "shift"
    more = ("base", "pairs")

    m = Slider(9, 0, WINDOW - 1, label="query position m", unit="tokens", step=1)
    n = Slider(4, 0, WINDOW - 1, label="key position n", unit="tokens", step=1)
    base = Slider(10000.0, 10.0, 1e6, label="base", log=True, format=",.0f")
    shift = Slider(0, 0, 512, label="shift both by", unit="tokens", step=1)
    pairs = Slider(PAIRS, 1, PAIRS, label="pairs of coordinates, d/2", step=1)
    mixed = Switch(False, label="break it: pair q interleaved, k by halves", breaks=True)
    q1 = Handle(0.5, label="query, pair 1: angle")
    q2 = Handle(1.2, label="query, pair 2: angle")
    q3 = Handle(-0.4, label="query, pair 3: angle")
    q4 = Handle(0.9, label="query, pair 4: angle")
    k1 = Handle(0.1, label="key, pair 1: angle")
    k2 = Handle(0.7, label="key, pair 2: angle")
    k3 = Handle(0.5, label="key, pair 3: angle")
    k4 = Handle(0.2, label="key, pair 4: angle")

    sentence = (
        "Query at position {m}, key at {n}, both shifted by {shift} tokens, base {base:,.0f}: "
        "distance {distance} tokens, score {score:.3f}, largest deviation along a diagonal {deviation:.3f}."
    )

    @staticmethod
    def compute(*, m, n, base, shift, pairs, mixed, q1, q2, q3, q4, k1, k2, k3, k4):
        d = 2 * pairs
        q_angles, k_angles = np.array([[q1, q2, q3, q4], [k1, k2, k3, k4]])[:, :pairs]
        query = np.stack([np.cos(q_angles), np.sin(q_angles)], axis=-1)  # (pairs, 2), arrows of length 1
        key = np.stack([np.cos(k_angles), np.sin(k_angles)], axis=-1)
        # The same query and the same key at every position of the window: (WINDOW, d)
        positions = np.arange(shift, shift + WINDOW)
        q_at = rope.rotate(np.tile(query.reshape(d), (WINDOW, 1)), positions, base=base)
        pairing = "halves" if mixed else "interleaved"
        k_at = rope.rotate(np.tile(key.reshape(d), (WINDOW, 1)), positions, base=base, pairing=pairing)
        scores = q_at @ k_at.T  # (WINDOW, WINDOW)
        score = scores[m, n]
        diagonals = [np.diagonal(scores, offset) for offset in range(1 - WINDOW, WINDOW)]
        deviation = max(np.ptp(diagonal) for diagonal in diagonals)
        return dict(query=query, key=key, q_at=q_at, k_at=k_at, scores=scores, score=score, deviation=deviation)

    @classmethod
    def frame(cls, **controls):
        m, n, shift, pairs = (controls[name] for name in ("m", "n", "shift", "pairs"))
        found = cls.compute(**controls)

        def padded(x):
            """A row for every circle; those of circles without a pair are no numbers."""
            return np.concatenate([x, np.full((PAIRS - pairs, *x.shape[1:]), np.nan)])

        distance = m - n
        # The first and the last row of the map that the diagonal through (m, n) crosses.
        rows = np.array([max(0, distance), min(WINDOW, WINDOW + distance) - 1])
        return {name: found[name] for name in ("scores", "score", "deviation")} | {
            "theta": padded(rope.frequencies(2 * pairs, base=controls["base"])),
            "q": padded(found["query"]),
            "k": padded(found["key"]),
            "q_turned": padded(found["q_at"][m].reshape(pairs, 2)),
            "k_turned": padded(found["k_at"][n].reshape(pairs, 2)),
            "distance": distance,
            "diagonal_m": rows + shift,
            "diagonal_n": rows + shift - distance,
            "query_at": m + shift,
            "key_at": n + shift,
        }

    view = View(
        Row(
            Grid(
                *(
                    Panel(
                        Arrows(f"q[{i}]", "q", "blue", dashed=True),
                        Arrows(f"k[{i}]", "k", "vermilion", dashed=True),
                        Arrows(f"q_turned[{i}]", "q", "blue", drag=f"q{i + 1}"),
                        Arrows(f"k_turned[{i}]", "k", "vermilion", drag=f"k{i + 1}"),
                        x=Axis("first coordinate", -1.35, 1.35),
                        y=Axis("second coordinate", -1.35, 1.35),
                        ratio=1,
                        circle=True,
                        note=f"θ{'₁₂₃₄'[i]} = {{theta[{i}]:.3g}} rad/token",
                    )
                    for i in range(PAIRS)
                )
            ),
            Panel(
                Heatmap("scores", PAIRS, x=Index("shift"), y=Index("shift")),
                Lines("diagonal_n", "diagonal_m", "m − n = {distance}", "ink", dashed=True, width=1.2, at=0.8),
                Points("key_at", "query_at", "", "ink", shape="cell"),
                x=Axis("key position n (tokens)", symbol="n"),
                y=Axis("query position m (tokens)", symbol="m"),
                ratio=1,
                title="score of every query with every key",
                picks=("n", "m"),
                relative_to="shift",
                main=True,
            ),
        ),
        Readout("score", "score qₘ·kₙ", "+.3f"),
        Readout("distance", "distance m − n", "d", unit="tokens"),
        Readout("deviation", "largest deviation along a diagonal", ".3f", must_vanish=1e-9),
    )
