// shift-kernel: the twin of shift_kernel.py.

import { dot, frequencies, largest, norm, range, sinusoidal } from "../mathematics.mjs";

const LONGEST = 48;
const UNEQUAL = [0.5, 1.5];

export default function shiftKernel(c, { learned, residuals, content }) {
  const theta = frequencies(c.d, c.base);
  const weights = c.multiplied ? UNEQUAL : [1, 1];
  const added = c.added ? content.slice(0, c.d) : new Array(c.d).fill(0);
  const vector = (position) => sinusoidal(position, theta).map((x, i) => added[i] + weights[i % 2] * x);
  const most = (norm(added) + Math.max(...weights) * Math.sqrt(c.d / 2)) ** 2;
  const curve = (position, at, scale) => {
    const own = at(position);
    return range(LONGEST + 1, (k) => dot(own, at(position + k)) / scale);
  };
  const [here, at0] = [curve(c.p, vector, most), curve(0, vector, most)];
  const M = range(c.d, () => new Array(c.d).fill(0));
  theta.forEach((rate, i) => {
    const [cos, sin] = [Math.cos(c.k * rate), Math.sin(c.k * rate)];
    [M[2 * i][2 * i], M[2 * i][2 * i + 1]] = [cos, sin];
    [M[2 * i + 1][2 * i], M[2 * i + 1][2 * i + 1]] = [-sin, cos];
  });
  const [from, to] = [sinusoidal(c.p, theta), sinusoidal(c.p + c.k, theta)];
  return {
    M,
    error: norm(to.map((value, i) => value - dot(M[i], from))),
    here,
    at_0: at0,
    value: here[c.k],
    deviation: largest(here.map((x, k) => x - at0[k])),
    learned_here: range(LONGEST + 1, (k) => (c.p + k < learned.length ? dot(learned[c.p], learned[c.p + k]) : NaN)),
    residual: residuals[c.k],
  };
}
