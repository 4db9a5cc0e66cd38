// rope-rotation: the twin of rope_rotation.py.

import { dot, frequencies, range, rotate } from "../mathematics.mjs";

const [PAIRS, WINDOW] = [4, 24];

export default function ropeRotation(c) {
  const theta = frequencies(2 * c.pairs, c.base);
  const arrows = (side) => range(c.pairs, (i) => [Math.cos(c[side + (i + 1)]), Math.sin(c[side + (i + 1)])]);
  const padded = (x, empty) => [...x, ...range(PAIRS - c.pairs, () => empty)];
  const inPairs = (x) => range(c.pairs, (i) => [x[2 * i], x[2 * i + 1]]);
  const [q, k] = [arrows("q"), arrows("k")];
  const qAt = range(WINDOW, (m) => rotate(q.flat(), m + c.shift, theta));
  const kAt = range(WINDOW, (n) => rotate(k.flat(), n + c.shift, theta, c.mixed));
  const scores = qAt.map((a) => kAt.map((b) => dot(a, b)));
  // Smallest and largest score of each diagonal.
  const [low, high] = [new Array(2 * WINDOW - 1).fill(Infinity), new Array(2 * WINDOW - 1).fill(-Infinity)];
  for (let m = 0; m < WINDOW; m++) {
    for (let n = 0; n < WINDOW; n++) {
      const diagonal = m - n + WINDOW - 1;
      low[diagonal] = Math.min(low[diagonal], scores[m][n]);
      high[diagonal] = Math.max(high[diagonal], scores[m][n]);
    }
  }
  const distance = c.m - c.n;
  const rows = [Math.max(0, distance), Math.min(WINDOW, WINDOW + distance) - 1].map((m) => m + c.shift);
  const none = [NaN, NaN];
  return {
    theta: padded(theta, NaN),
    q: padded(q, none),
    k: padded(k, none),
    q_turned: padded(inPairs(qAt[c.m]), none),
    k_turned: padded(inPairs(kAt[c.n]), none),
    scores,
    score: scores[c.m][c.n],
    distance,
    deviation: Math.max(...high.map((most, i) => most - low[i])),
    diagonal_m: rows,
    diagonal_n: rows.map((m) => m - distance),
    query_at: c.m + c.shift,
    key_at: c.n + c.shift,
  };
}
