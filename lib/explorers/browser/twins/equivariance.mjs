// Twins of lib/explorers/equivariance.py. No DOM here; a test holds each to its frame.

import { dot, frequencies, largest, mean, range, softmax, times, transposed } from "../numbers.mjs";

const sumOf = (matrices) => matrices[0].map((row, i) => row.map((_, j) => matrices.reduce((sum, matrix) => sum + matrix[i][j], 0)));

/** Pairs of neighbours turned by the row's number, as lib.rope.rotate. */
function turned(rows) {
  const theta = frequencies(rows[0].length, 10_000);
  return rows.map((row, position) => theta.flatMap((rate, i) => {
    const [cos, sin] = [Math.cos(position * rate), Math.sin(position * rate)];
    return [row[2 * i] * cos - row[2 * i + 1] * sin, row[2 * i] * sin + row[2 * i + 1] * cos];
  }));
}

function permutationLab(c, data) {
  const [N, D, H] = [data.X.length, data.X[0].length, data.W_q.length];
  const theta = frequencies(D, 10_000);
  const encoded = (row, position) => row.map((x, j) => x + (j % 2 ? Math.cos : Math.sin)(position * theta[j >> 1]));
  const bias = (h, query, key) => {
    if (c.causal && key > query) return -Infinity;
    const distance = Math.abs(key - query);
    const slope = 2 ** ((-8 * (h + 1)) / H); // ALiBi's, H being a power of two
    // The words are so few that each distance has a T5 bucket of its own: one half of them for earlier keys, one for later.
    return (c.alibi ? -slope * distance : 0) + (c.t5 ? data.table[distance + (key > query ? 16 : 0)][h] : 0);
  };
  const layer = (X) => {
    const Z = c.sinusoidal ? X.map(encoded) : X;
    const heads = range(H, (h) => {
      let [q, k] = [times(Z, data.W_q[h]), times(Z, data.W_k[h])];
      if (c.rotary) [q, k] = [turned(q), turned(k)];
      const scale = c.sharpness / Math.sqrt(q[0].length);
      const A = q.map((query, i) => softmax(k.map((key, j) => scale * dot(query, key) + bias(h, i, j))));
      return { A, Y: times(times(A, times(Z, data.W_v[h])), data.W_o[h]) };
    });
    return { A: heads[0].A, Y: sumOf(heads.map(({ Y }) => Y)) };
  };
  const reorder = (rows) => c.order.map((word) => rows[word]);
  const tokens = reorder(data.X);
  const { A, Y: moved } = layer(tokens);
  const kept = layer(data.X).Y;
  const expected = c.forgotten ? kept : reorder(kept);
  const difference = moved.map((row, i) => row.map((x, j) => x - expected[i][j]));
  const means = [moved, expected, difference].map((rows) => transposed(rows).map(mean));
  const beside = (blocks) => blocks.flatMap((block, i) => (i ? [NaN, ...block] : block));
  const rows = moved.map((row, i) => beside([row, expected[i], difference[i]]));
  const empty = rows[0].map(() => NaN);
  const places = range(N, (word) => c.order.indexOf(word));
  return {
    tokens, weights: A,
    outputs: [...(c.pooled ? rows.map(() => empty) : rows), empty, beside(means)],
    places, output_places: [...places, N + 1],
    moved: places.filter((place, word) => place !== word).length,
    error: largest(c.pooled ? means[2] : difference.flat()), size: largest(moved.flat()),
  };
}

function attentionMatrix(c, data) {
  const [N, D, H] = [c.tokens, c.width, c.heads];
  const shown = Math.min(c.head, H);
  const corner = (matrix, rows, columns) => matrix.slice(0, rows).map((row) => row.slice(0, columns));
  const X = corner(data.X, N, D);
  const open = (n, m) => !c.causal || m <= n;
  const heads = range(H, (h) => {
    const [q, k] = [data.W_q[h], data.W_k[h]].map((W) => times(X, W.slice(0, D)));
    const scale = 1 / Math.sqrt(q[0].length);
    const A = q.map((query, n) => softmax(k.map((key, m) => (open(n, m) ? scale * dot(query, key) : -Infinity))));
    const W = times(data.W_v[h].slice(0, D), data.W_o[h].map((row) => row.slice(0, D)));
    return { A, W, tile: c.untransposed ? W : transposed(W) };
  });
  const side = N * D;
  const [block, within] = [range(side, (i) => Math.floor(i / D)), range(side, (i) => i % D)];
  const M = range(side, (row) => {
    const [n, e] = [block[row], within[row]];
    const line = new Array(side).fill(0);
    for (const { A, tile } of heads)
      for (let column = 0; column < side; column++) line[column] += A[n][block[column]] * tile[e][within[column]];
    return line;
  });
  const seen = (value) => range(side, (row) => range(side, (column) => (open(block[row], block[column]) ? value(row, column) : NaN)));
  const { A, tile } = heads[shown - 1];
  const Y = sumOf(heads.map((head) => times(head.A, times(X, head.W)))).flat();
  const input = X.flat();
  const pairs = c.causal ? (N * (N + 1)) / 2 : N ** 2;
  const [rows, size] = [pairs - N + 1, D ** 2];
  const rank = Math.min(H, rows, size);
  const ofHead = Math.min(D, data.W_o[0].length);
  const learned = 2 * H * D * data.W_o[0].length;
  const free = Math.min(rank * (rows + size - rank), H * (pairs - N + ofHead * (2 * D - ofHead)));
  const edge = side - 0.5;
  const cuts = (ends) => range(3 * (N - 1) - 1, (i) => (i % 3 === 2 ? NaN : ends(i)));
  return {
    matrix: seen((row, column) => M[row][column]), most: Math.max(...M.map(largest)),
    tiles: seen((row, column) => tile[within[row]][within[column]]), most_of_tile: largest(tile.flat()),
    weights: A.map((row, n) => row.map((weight, m) => (open(n, m) ? weight : NaN))), head_shown: shown,
    remark: c.head > H ? ` (there is no head ${c.head})` : "",
    along: cuts((i) => (i % 3 ? edge : -0.5)), across: cuts((i) => (Math.floor(i / 3) + 1) * D - 0.5),
    edge, last: N - 0.5, side,
    bars: [side ** 2, pairs * size, 3 * size, free, learned],
    error: largest(M.map((row, i) => dot(row, input) - Y[i])),
    entries: side ** 2, zero: side ** 2 - pairs * size, free, learned, computed: H * pairs,
  };
}

export const equivarianceTwins = { "permutation-lab": permutationLab, "attention-matrix": attentionMatrix };
