// identity-attention: the twin of identity_attention.py.

import { dot, norm, range, softmax, times, transposed, TURN } from "../mathematics.mjs";

/** Tokens of equal norm, as `arrange` in Python. */
function arranged({ n, d, norm: size, correlation, turn }) {
  let X;
  if (n <= d) {
    const own = Math.sqrt(1 - correlation);
    const common = (Math.sqrt(1 + (n - 1) * correlation) - own) / n;
    X = range(n, (i) => range(d, (j) => (j < n ? size * (common + (i === j ? own : 0)) : 0)));
  } else {
    const [apart, shared] = [size * Math.sqrt(1 - correlation) * Math.sqrt(2 / d), size * Math.sqrt(correlation)];
    const angles = (i) => range(d / 2, (j) => (TURN * i * (j + 1)) / n);
    X = range(n, (i) => [...angles(i).flatMap((angle) => [apart * Math.cos(angle), apart * Math.sin(angle)]), shared]);
  }
  const [[x, y]] = X;
  [X[0][0], X[0][1]] = [Math.cos(turn) * x - Math.sin(turn) * y, Math.sin(turn) * x + Math.cos(turn) * y];
  return X;
}

/** The mean cosine of two, from the length of the sum; never below that of a simplex. */
function meanCosine(X) {
  const n = X.length;
  const sum = X[0].map((_, j) => X.reduce((total, x) => total + x[j], 0));
  return Math.min(1, Math.max(-1 / (n - 1), (dot(sum, sum) / dot(X[0], X[0]) / n - 1) / (n - 1)));
}

export default function identityAttention(c, { norms }) {
  const { n, norm: size } = c;
  const X = arranged(c);
  const A = X.map((x) => softmax(X.map((other) => dot(x, other))));
  const Y = times(A, X);
  const cosine = meanCosine(X);
  const odds = (s) => (n - 1) * Math.exp(-(1 - cosine) * s); // of the others, against the token itself
  const rest = (s) => odds(s) / (1 + odds(s));
  const [tokens, outputs] = [X, Y].map((rows) => transposed(rows.map((row) => [row[0] / size, row[1] / size])));
  const first = (columns) => columns.map((column) => column[0]);
  return {
    A,
    own: A[0][0],
    cosine,
    exact: 1 / (1 + odds(size * size)),
    distance: norm(A.flatMap((row, i) => row.map((weight, j) => weight - (i === j ? 1 : 0)))),
    moved: norm(Y[0].map((y, j) => y - X[0][j])) / size,
    token: first(tokens),
    output: first(outputs),
    others: tokens.map((column) => column.slice(1)),
    outputs,
    curve: norms.map((at) => (rest(at * at) * n) / Math.sqrt(n - 1)),
  };
}
