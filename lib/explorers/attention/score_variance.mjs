// score-variance: the twin of score_variance.py.

import { kept, mean, range, softmax, TURN } from "../mathematics.mjs";

const WIDEST = 1024;
const SAMPLES = 256;
const [ROWS, KEYS] = [16, 16];
const BINS = 24;
const SPREAD = 4.5;
const KURTOSIS = { normal: 3, uniform: 1.8, signs: 1 };

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
    for (let row = 0; known < d && row < rows; row++) {
      for (let i = known; i < d; i++) {
        const q = entry(Math.floor(row / each) * WIDEST + i, left);
        all[row][i + 1] = all[row][i] + q * (right === left ? q : entry(row * WIDEST + i, right));
      }
    }
    known = Math.max(known, d);
    return all.map((sums) => sums[d]);
  };
}

const drawn = {};
const sumsOf = (law) => (drawn[law] ??= {
  squares: runningSums(law, SAMPLES, 1, 1),
  products: runningSums(law, SAMPLES, 1, 3),
  squaresOfRows: runningSums(law, ROWS, 5, 5),
  productsOfRows: runningSums(law, ROWS * KEYS, 5, 7, KEYS),
});

/** Norm of the softmax's Jacobian; the diagonal is summed from the row, so that small slopes keep their digits. */
function slopeOf(p) {
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
}

const largestOf = (p) => Math.max(...p);

/** Shares of the scores in the bins, theory's curve, and the band that holds 95 % of counts by it. */
function histogram(scores, centre, deviation) {
  const width = (2 * SPREAD * deviation) / BINS;
  const counts = new Array(BINS).fill(0);
  for (const score of scores) {
    const place = Math.floor((score - (centre - SPREAD * deviation)) / width + 1e-9); // on an edge: above it
    if (place >= 0 && place < BINS) counts[place]++;
  }
  const edges = range(BINS + 1, (b) => centre + deviation * SPREAD * ((2 * b) / BINS - 1));
  const centres = range(BINS, (b) => (edges[b + 1] + edges[b]) / 2);
  const density = centres.map((x) => Math.exp(-(((x - centre) / deviation) ** 2) / 2) / (deviation * Math.sqrt(TURN)));
  const error = density.map((y) => (1.96 * Math.sqrt((y * width * (1 - y * width)) / SAMPLES)) / width);
  return {
    outline: edges.flatMap((x) => [x, x]),
    bars: [0, ...counts.flatMap((count) => [count / (SAMPLES * width), count / (SAMPLES * width)]), 0],
    centres,
    density,
    least: density.map((y, b) => Math.max(0, y - error[b])),
    greatest: density.map((y, b) => y + error[b]),
  };
}

/** The curves over the width, in which the width that is looked at has no part. */
const curvesOf = kept((compute) => compute());

export default function scoreVariance(c, { widths }) {
  const sums = sumsOf(c.law);
  const rest = Math.sqrt(1 - c.correlation ** 2);
  const divisor = (d) => (c.of_model ? Math.sqrt(c.heads * d) : c.scaled ? Math.sqrt(d) : 1);
  const by = divisor(c.d);
  const products = sums.products(c.d);
  const scores = sums.squares(c.d).map((square, i) => (c.correlation * square + rest * products[i]) / by);
  const centre = (c.d * c.correlation) / by;
  const deviation = Math.sqrt(c.d * (1 + c.correlation ** 2 * (KURTOSIS[c.law] - 2))) / by;
  const average = mean(scores);

  /** Of each query's keys, the first of which is correlated with it. */
  const weightsAt = (d) => {
    const [products, squares, by] = [sums.productsOfRows(d), sums.squaresOfRows(d), divisor(d)];
    return range(ROWS, (row) =>
      softmax(range(KEYS, (key) => {
        const product = products[row * KEYS + key];
        return (key ? product : c.correlation * squares[row] + rest * product) / by;
      })));
  };
  const meanOf = (rows, f) => mean(rows.map(f));
  const here = weightsAt(c.d);
  const overD = curvesOf(`${c.law} ${c.correlation} ${c.of_model ? c.heads : c.scaled}`, () => {
    const over = widths.map(weightsAt);
    return { largest_over_d: over.map((rows) => meanOf(rows, largestOf)), slope_over_d: over.map((rows) => meanOf(rows, slopeOf)) };
  });
  const divides = c.scaled || c.of_model;
  const farthest = Math.max(divides ? 5 : 160, Math.abs(centre) + 5 * deviation);
  return {
    d_model: c.heads * c.d,
    off: divides ? Math.abs(by / Math.sqrt(c.d) - 1) : 0,
    mean: average,
    variance: mean(scores.map((score) => (score - average) ** 2)),
    mean_theory: centre,
    variance_theory: deviation ** 2,
    weights: here[0],
    largest: largestOf(here[0]),
    largest_mean: meanOf(here, largestOf),
    slope_mean: meanOf(here, slopeOf),
    ...overD,
    ...histogram(scores, centre, deviation),
    farthest,
  };
}
