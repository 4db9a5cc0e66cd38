// attention-matrix: the twin of attention_matrix.py.

import { dot, largest, range, softmax, times, transposed } from "../mathematics.mjs";

/** How many numbers the matrix has, closes, learns, computes and leaves free; as lib.equivariance.matrix_counts. */
function counted(N, D, H, d_v, causal) {
  const pairs = causal ? (N * (N + 1)) / 2 : N ** 2;
  const [rows, size] = [pairs - N + 1, D ** 2];
  const rank = Math.min(H, rows, size);
  const ofHead = Math.min(D, d_v);
  const [entries, open] = [(N * D) ** 2, pairs * size];
  const free = Math.min(rank * (rows + size - rank), H * (pairs - N + ofHead * (2 * D - ofHead)));
  const learned = 2 * H * D * d_v;
  return { entries, zero: entries - open, free, learned, computed: H * pairs, bars: [entries, open, 3 * size, free, learned] };
}

export default function attentionMatrix(c, { X: all, W_q, W_k, W_v, W_o }) {
  const [N, D, H] = [c.tokens, c.width, c.heads];
  const X = all.slice(0, N).map((row) => row.slice(0, D));
  const seen = (n, m) => !c.causal || m <= n;
  const heads = range(H, (h) => {
    const [q, k] = [W_q[h], W_k[h]].map((W) => times(X, W.slice(0, D)));
    const scale = 1 / Math.sqrt(q[0].length);
    const A = q.map((query, n) => softmax(k.map((key, m) => (seen(n, m) ? scale * dot(query, key) : -Infinity))));
    const W = times(W_v[h].slice(0, D), W_o[h].map((row) => row.slice(0, D)));
    return { A, tile: c.untransposed ? W : transposed(W), Y: times(A, times(X, W)).flat() };
  });
  const side = N * D;
  /** An ND × ND matrix of f(n, e, m, f), blocks outside and entries inside them. */
  const inBlocks = (entry) =>
    range(side, (row) => {
      const n = Math.floor(row / D);
      return range(side, (column) => {
        const m = Math.floor(column / D);
        return entry(n, row - n * D, m, column - m * D);
      });
    });
  const M = inBlocks((n, e, m, f) => {
    let sum = 0;
    for (let h = 0; h < H; h++) sum += heads[h].A[n][m] * heads[h].tile[e][f];
    return sum;
  });
  const shown = Math.min(c.head, H);
  const { A, tile } = heads[shown - 1];
  const input = X.flat();
  return {
    matrix: M.map((row, i) => row.map((value, j) => (seen(Math.floor(i / D), Math.floor(j / D)) ? value : NaN))),
    tiles: inBlocks((n, e, m, f) => (seen(n, m) ? tile[e][f] : NaN)),
    weights: A.map((row, n) => row.map((weight, m) => (seen(n, m) ? weight : NaN))),
    head_shown: shown,
    remark: c.head > H ? ` (there is no head ${c.head})` : "",
    cuts: range(N - 1, (n) => (n + 1) * D - 0.5), // between the blocks
    side,
    error: largest(M.map((row, i) => dot(row, input) - heads.reduce((sum, { Y }) => sum + Y[i], 0))),
    ...counted(N, D, H, W_o[0].length, c.causal),
  };
}
