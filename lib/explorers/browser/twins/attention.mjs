// Twins of lib/explorers/attention.py. No DOM here; a test holds each to its frame.

import { dot, largest, mean, norm, range, softmax, times, TURN } from "../numbers.mjs";

const minus = (a, b) => a.map((value, i) => value - b[i]);
/** softmax of rows of scores, and the means of v's rows under it. */
const weighted = (scores, v) => {
  const A = scores.map(softmax);
  return [A, times(A, v)];
};

const NORMS = range(39, (i) => 0.2 + (3.8 * i) / 38);

/** Tokens of equal norm, as `arrange` in Python. */
function arranged({ n, d, norm: size, correlation, turn }) {
  let X;
  if (n <= d) {
    const own = Math.sqrt(1 - correlation);
    const common = (Math.sqrt(1 + (n - 1) * correlation) - own) / n;
    X = range(n, (i) => range(d, (j) => (j < n ? size * (common + (i === j ? own : 0)) : 0)));
  } else {
    const [apart, shared] = [size * Math.sqrt(1 - correlation) * Math.sqrt(2 / d), size * Math.sqrt(correlation)];
    X = range(n, (i) => [...range(d / 2, (j) => (TURN * i * (j + 1)) / n).flatMap((a) => [apart * Math.cos(a), apart * Math.sin(a)]), shared]);
  }
  const [[x, y]] = X;
  [X[0][0], X[0][1]] = [Math.cos(turn) * x - Math.sin(turn) * y, Math.sin(turn) * x + Math.cos(turn) * y];
  return X;
}

function identityAttention(c) {
  const { n, norm: size } = c;
  const X = arranged(c);
  // The mean cosine of two, from the length of the sum; never below that of a simplex.
  const total = X[0].reduce((sum, _, j) => sum + X.reduce((column, x) => column + x[j], 0) ** 2, 0) / dot(X[0], X[0]);
  const cosine = Math.min(1, Math.max(-1 / (n - 1), (total / n - 1) / (n - 1)));
  const [A, Y] = weighted(X.map((x) => X.map((other) => dot(x, other))), X);
  const odds = (s) => (n - 1) * Math.exp(-(1 - cosine) * s); // of the others, against the token itself
  const rest = (s) => odds(s) / (1 + odds(s));
  const distance = norm(A.flatMap((row, i) => row.map((weight, j) => weight - (i === j ? 1 : 0))));
  const over = (vectors, i) => vectors.map((vector) => vector[i] / size);
  return {
    A, cosine, token: [X[0][0] / size, X[0][1] / size], output: [Y[0][0] / size, Y[0][1] / size],
    tokens_x: over(X.slice(1), 0), tokens_y: over(X.slice(1), 1), outputs_x: over(Y, 0), outputs_y: over(Y, 1),
    norms: NORMS, curve: NORMS.map((at) => (rest(at * at) * n) / Math.sqrt(n - 1)), here: [size], measured: [distance],
    last: n - 0.5, own: A[0][0], exact: 1 / (1 + odds(size * size)), distance, moved: norm(minus(Y[0], X[0])) / size, room: c.d,
  };
}

const WIDEST = 1024;
const SAMPLES = 256;
const [ROWS, KEYS] = [16, 16];
const BINS = 24;
const REACH = 4.5;
const KURTOSIS = { normal: 3, uniform: 1.8, signs: 1 };
const WIDTHS = [...new Set(range(21, (j) => Math.round(2 ** (j / 2))))];

/** A uniform number in (0, 1) for every place of a stream; as `noise` in Python. */
function noise(index, stream) {
  let h = (Math.imul(index, 0x9e3779b1) + Math.imul(stream, 0x7f4a7c15)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (((h ^ (h >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
const ENTRIES = {
  normal: (index, stream) => Math.sqrt(-2 * Math.log(noise(index, stream))) * Math.cos(TURN * noise(index, stream + 1)),
  uniform: (index, stream) => Math.sqrt(12) * (noise(index, stream) - 0.5),
  signs: (index, stream) => (noise(index, stream) < 0.5 ? -1 : 1),
};

/** Running sums of products of two streams, of which the left one changes every `each` rows; more coordinates
    are drawn when somebody asks for them. */
function runningSums(law, rows, left, right, each = 1) {
  const entry = ENTRIES[law];
  const all = range(rows, () => new Float64Array(WIDEST + 1));
  let known = 0;
  return (d) => {
    for (let row = 0; known < d && row < rows; row++)
      for (let i = known; i < d; i++) {
        const q = entry(Math.floor(row / each) * WIDEST + i, left);
        all[row][i + 1] = all[row][i] + q * (right === left ? q : entry(row * WIDEST + i, right));
      }
    known = Math.max(known, d);
    return all.map((sums) => sums[d]);
  };
}
const drawnSums = {};
const sumsOf = (law) => (drawnSums[law] ??= {
  squares: runningSums(law, SAMPLES, 1, 1), products: runningSums(law, SAMPLES, 1, 3),
  square: runningSums(law, ROWS, 5, 5), row: runningSums(law, ROWS * KEYS, 5, 7, KEYS),
});

function scoreVariance(c) {
  const sums = sumsOf(c.law);
  const [follow, own] = [c.correlation, Math.sqrt(1 - c.correlation ** 2)];
  const divisor = (d) => (c.of_model ? Math.sqrt(c.heads * d) : c.scaled ? Math.sqrt(d) : 1);
  const by = divisor(c.d);
  const products = sums.products(c.d);
  const scores = sums.squares(c.d).map((square, i) => (follow * square + own * products[i]) / by);
  const centre = (c.d * follow) / by;
  const deviation = Math.sqrt(c.d * (1 + follow ** 2 * (KURTOSIS[c.law] - 2))) / by;
  const width = (2 * REACH * deviation) / BINS;
  const counts = new Array(BINS).fill(0);
  for (const score of scores) {
    const place = Math.floor((score - (centre - REACH * deviation)) / width);
    if (place >= 0 && place < BINS) counts[place]++;
  }
  const edges = range(BINS + 1, (b) => centre + deviation * REACH * ((2 * b) / BINS - 1));
  const centres = range(BINS, (b) => (edges[b + 1] + edges[b]) / 2);
  const density = centres.map((x) => Math.exp(-(((x - centre) / deviation) ** 2) / 2) / (deviation * Math.sqrt(TURN)));
  const error = density.map((y) => (1.96 * Math.sqrt((y * width * (1 - y * width)) / SAMPLES)) / width);

  const weightsAt = (d) => {
    const [products, square, by] = [sums.row(d), sums.square(d), divisor(d)];
    return range(ROWS, (row) => softmax(range(KEYS, (key) => {
      const product = products[row * KEYS + key];
      return (key ? product : follow * square[row] + own * product) / by;
    })));
  };
  /** Norm of the softmax's Jacobian; the diagonal is summed from the row, so that small slopes keep their digits. */
  const slopeOf = (p) => {
    let squares = 0;
    for (let i = 0; i < KEYS; i++) {
      let rest = 0;
      for (let j = 0; j < KEYS; j++) {
        if (i === j) continue;
        const product = p[i] * p[j];
        rest += product;
        squares += product * product;
      }
      squares += rest * rest;
    }
    return Math.sqrt(squares);
  };
  const meanOf = (rows, f) => mean(rows.map(f));
  const most = (p) => Math.max(...p);
  const over = WIDTHS.map(weightsAt);
  const here = weightsAt(c.d);
  const reach = Math.max(c.scaled || c.of_model ? 5 : 160, Math.abs(centre) + 5 * deviation);
  const average = mean(scores);
  return {
    outline: edges.flatMap((x) => [x, x]), floor: new Array(2 * BINS + 2).fill(0),
    bars: [0, ...counts.flatMap((count) => [count / (SAMPLES * width), count / (SAMPLES * width)]), 0],
    centres, density, least: density.map((y, b) => Math.max(0, y - error[b])), greatest: density.map((y, b) => y + error[b]),
    peak: 1.5 * Math.max(...density), left: -reach, right: reach,
    key: range(KEYS, (i) => i + 1), weights: here[0],
    widths: WIDTHS, largest_over_d: over.map((rows) => meanOf(rows, most)), slope_over_d: over.map((rows) => meanOf(rows, slopeOf)),
    mean: average, variance: mean(scores.map((score) => (score - average) ** 2)),
    mean_theory: centre, variance_theory: deviation ** 2, largest: most(here[0]), largest_mean: meanOf(here, most), slope_mean: meanOf(here, slopeOf),
    d_model: c.heads * c.d, off: c.scaled || c.of_model ? Math.abs(by / Math.sqrt(c.d) - 1) : 0,
  };
}

const [TOKENS, MODEL, MOST] = [8, 12, 8];
const plus = (A, B) => A.map((row, i) => row.map((value, j) => value + B[i][j]));
const distant = (A, B) => norm(minus(A.flat(), B.flat()));

function headSum(c, { x, W_q, W_k, W_v, W_o, singular }) {
  const [H, k] = [c.heads, c.d_k];
  const shown = Math.min(c.shown, H);
  const values = range(H, (h) => {
    const [q, keys, v] = [W_q, W_k, W_v].map((W) => times(x, W[h].map((row) => row.slice(0, k))));
    return weighted(q.map((row) => keys.map((key) => dot(row, key) / Math.sqrt(k))), v)[1];
  });
  const each = values.map((value, h) => times(value, W_o[c.mixed ? 0 : h].slice(0, k)));
  const concatenated = x.map((_, n) => values.flatMap((value) => value[n]));
  const whole = times(concatenated, W_o.slice(0, H).flatMap((block) => block.slice(0, k)));
  const partial = [];
  for (const Y of each) partial.push(partial.length ? plus(partial.at(-1), Y) : Y);
  const left = partial.map((sum) => distant(sum, whole));
  const values12 = singular[k - 1][shown - 1];
  const [thin, full] = [2 * H * MODEL * k * 2, 2 * H * MODEL ** 2];
  return {
    head: each[shown - 1], partial: partial[shown - 1], whole, limit: Math.max(largest(whole.flat()), largest(partial[shown - 1].flat())),
    number: range(MOST + 1, (i) => i), distances: range(MOST + 1, (i) => (i ? left[i - 1] ?? NaN : norm(whole.flat()))),
    most: 1.1 * Math.max(norm(whole.flat()), ...left), here: [shown], left_here: [left[shown - 1]],
    index: range(MODEL, (i) => i + 1), singular_values: values12, highest: 1.1 * Math.max(...values12),
    factored_costs: [thin, TOKENS * thin + H * TOKENS ** 2 * 2 * k], merged_costs: [full, TOKENS * full + H * TOKENS ** 2 * 2 * MODEL],
    at_factored: [-0.18, 0.82], at_merged: [0.18, 1.18],
    added: shown, left: left[shown - 1], error: largest(minus(partial.at(-1).flat(), whole.flat())),
    rank: values12.filter((value) => value > 1e-5).length, factored: thin, merged: full,
  };
}

export const attentionTwins = {
  "identity-attention": identityAttention, "score-variance": scoreVariance, "head-sum": headSum,
};
