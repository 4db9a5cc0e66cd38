// The steps of the three cells, as lib.recurrent takes them: what the twins of this chapter share.

import { dot, range, times } from "../mathematics.mjs";

// As lib.recurrent computes it: near 0 other forms round otherwise.
const sigmoid = (a) => 0.5 * Math.tanh(0.5 * a) + 0.5;
export const zeros = (count) => new Array(count).fill(0);
export const scaled = (matrix, by) => matrix.map((row) => row.map((value) => by * value));
/** Wᵀ a. */
export const back = (W, a) => times([a], W)[0];
/** The sum of vectors. */
export const added = (...vectors) =>
  range(vectors[0].length, (i) => {
    let sum = 0;
    for (const vector of vectors) sum += vector[i];
    return sum;
  });

/** W_h h + W_x x + b, a vector for each gate. */
const products = ({ W_h, W_x, b }, h, x) => W_h.map((gate, g) => gate.map((row, r) => dot(row, h) + dot(W_x[g][r], x) + b[g][r]));

export function lstmStep(weights, x, before) {
  const [i, f, o, g] = products(weights, before.h, x).map((a, gate) => a.map(gate < 3 ? sigmoid : Math.tanh));
  const c = f.map((open, r) => open * before.c[r] + i[r] * g[r]);
  return { x, before, i, f, o, g, c, h: o.map((open, r) => open * Math.tanh(c[r])) };
}

/** The brackets of the gates i, f, o, g, and what goes back to the step before. */
export function lstmStepBack(weights, step, dh, dcNext) {
  const { i, f, o, g, c, before } = step;
  const dc = dh.map((d, r) => d * o[r] * (1 - Math.tanh(c[r]) ** 2) + dcNext[r]);
  const da = [
    dc.map((d, r) => d * g[r] * i[r] * (1 - i[r])),
    dc.map((d, r) => d * before.c[r] * f[r] * (1 - f[r])),
    dh.map((d, r) => d * Math.tanh(c[r]) * o[r] * (1 - o[r])),
    dc.map((d, r) => d * i[r] * (1 - g[r] ** 2)),
  ];
  return {
    dh,
    dc,
    da,
    dc_prev: dc.map((d, r) => d * f[r]),
    dh_prev: added(...da.map((bracket, gate) => back(weights.W_h[gate], bracket))),
  };
}

export function gruStep({ W_h, W_x, b_h, b_x }, x, before, reset) {
  const through = (W, b, v) => W.map((gate, g) => gate.map((row, r) => dot(row, v) + b[g][r]));
  const [ah, ax] = [through(W_h, b_h, before), through(W_x, b_x, x)];
  const [r, z] = [0, 1].map((gate) => ah[gate].map((a, row) => sigmoid(a + ax[gate][row])));
  const fromState = reset === "after"
    ? ah[2].map((s, row) => r[row] * s)
    : W_h[2].map((line, row) => dot(line, before.map((h, i) => r[i] * h)) + b_h[2][row]);
  const n = fromState.map((s, row) => Math.tanh(s + ax[2][row]));
  return { before, r, z, n, s: ah[2], h: n.map((value, row) => (1 - z[row]) * value + z[row] * before[row]) };
}

/** All steps of a cell, each from the one before; `step(x, before)` does one. */
export function run(inputs, first, step) {
  const steps = [];
  for (const x of inputs) steps.push(step(x, steps.at(-1) ?? first));
  return steps;
}

/** f'(0) by seven points, as lib.recurrent.finite_difference. */
export function slopeAt0(f, nudge) {
  const [near, middle, far] = [1, 2, 3].map((n) => f(n * nudge) - f(-n * nudge));
  return (45 * near - 9 * middle + far) / (60 * nudge);
}
