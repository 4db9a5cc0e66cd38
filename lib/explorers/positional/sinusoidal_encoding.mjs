// sinusoidal-encoding: the twin of sinusoidal_encoding.py.

import { frequencies, range, sinusoidal } from "../mathematics.mjs";

const CLOCKS = 4;

export default function sinusoidalEncoding(c) {
  const first = Math.floor(c.position / c.n) * c.n;
  const theta = frequencies(c.d, c.base);
  const encoding = range(c.n, (i) => sinusoidal(first + i, theta, c.layout_of_pairs));
  const r = c.d / 2;
  const chosen = r >= CLOCKS ? range(CLOCKS, (j) => Math.floor((j * (r - 1)) / (CLOCKS - 1) + 0.5)) : range(r, (j) => j);
  const padded = (x, empty) => [...x, ...range(CLOCKS - x.length, () => empty)];
  const none = [NaN, NaN];
  const [sin1, cos1, sin2, cos2] = sinusoidal(c.position, theta);
  return {
    first,
    last: first + c.n - 1,
    encoding,
    row: encoding[c.position - first],
    hands: padded(chosen.map((i) => [Math.cos(c.position * theta[i]), Math.sin(c.position * theta[i])]), none),
    starts: padded(chosen.map(() => [1, 0]), none),
    pair: padded(chosen.map((i) => i + 1), NaN),
    sin_1: sin1,
    cos_1: cos1,
    sin_2: sin2,
    cos_2: cos2,
  };
}
