// permutation-lab: the twin of permutation_lab.py.

import {
  alibiSlopes,
  dot,
  frequencies,
  largest,
  mean,
  range,
  rotate,
  sinusoidal,
  softmax,
  t5Bucket,
  times,
  transposed,
} from "../mathematics.mjs";

const WORDS = ["a", "dog", "bites", "the", "old", "man"];
const BASE = 10_000;

/** The layer of lib, and the weights of its first head. */
function layer(X, c, { W_q, W_k, W_v, W_o, table }) {
  const [H, width, ofHead] = [W_q.length, X[0].length, W_q[0][0].length];
  const [encoding, theta] = [frequencies(width, BASE), frequencies(ofHead, BASE)];
  const slopes = alibiSlopes(H);
  const plus = (a, b) => a.map((x, j) => x + b[j]);
  const Z = c.sinusoidal ? X.map((row, position) => plus(row, sinusoidal(position, encoding))) : X;
  const turned = (rows) => (c.rotary ? rows.map((row, position) => rotate(row, position, theta)) : rows);
  const score = (h, query, key, product) =>
    c.causal && key > query
      ? -Infinity
      : product - (c.alibi ? slopes[h] * Math.abs(key - query) : 0) + (c.t5 ? table[t5Bucket(key - query, true)][h] : 0);
  const scale = c.sharpness / Math.sqrt(ofHead);
  const heads = range(H, (h) => {
    const [q, k] = [turned(times(Z, W_q[h])), turned(times(Z, W_k[h]))];
    const A = q.map((query, i) => softmax(k.map((key, j) => score(h, i, j, scale * dot(query, key)))));
    return { A, Y: times(times(A, times(Z, W_v[h])), W_o[h]) };
  });
  return { A: heads[0].A, Y: heads.map((head) => head.Y).reduce((sum, Y) => sum.map((row, i) => plus(row, Y[i]))) };
}

export default function permutationLab(c, data) {
  const reorder = (rows) => c.order.map((word) => rows[word]);
  const tokens = reorder(data.X);
  const { A, Y } = layer(tokens, c, data);
  const kept = layer(data.X, c, data).Y;
  const expected = c.forgotten ? kept : reorder(kept);
  const difference = Y.map((row, i) => row.map((x, j) => x - expected[i][j]));
  const outputs = [Y, expected, difference];
  const means = outputs.map((rows) => [transposed(rows).map(mean)]);
  return {
    tokens,
    weights: A,
    means,
    rows: c.pooled ? outputs.map((rows) => rows.map((row) => row.map(() => NaN))) : outputs,
    error: largest((c.pooled ? means[2] : difference).flat()),
    size: largest(Y.flat()),
    words: reorder(WORDS),
    moved: c.order.filter((word, place) => word !== place).length,
  };
}
