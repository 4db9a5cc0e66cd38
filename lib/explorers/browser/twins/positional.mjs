// Twins of lib/explorers/positional.py. No DOM here; a test holds each to its frame.

import { dot, frequencies, largest, norm, range } from "../numbers.mjs";

/** One row of the sinusoidal encoding: sines and cosines alternating, or all sines before all cosines. */
function encodingAt(position, theta, layout = "interleaved") {
  const r = theta.length;
  const [step, cosines] = layout === "interleaved" ? [2, 1] : [1, r];
  const row = new Array(2 * r);
  for (let i = 0; i < r; i++) {
    row[step * i] = Math.sin(position * theta[i]);
    row[step * i + cosines] = Math.cos(position * theta[i]);
  }
  return row;
}

const CLOCKS = 4;

function sinusoidalEncoding(c) {
  const first = Math.floor(c.position / c.n) * c.n;
  const theta = frequencies(c.d, c.base);
  const r = c.d / 2;
  const encoding = range(c.n, (i) => encodingAt(first + i, theta, c.layout_of_pairs));
  const chosen = r >= CLOCKS ? range(CLOCKS, (j) => Math.floor((j * (r - 1)) / (CLOCKS - 1) + 0.5)) : range(r, (j) => j);
  const clock = (f, empty) => range(CLOCKS, (j) => (j < chosen.length ? f(c.position * theta[chosen[j]], chosen[j]) : empty));
  const [sin1, cos1, sin2, cos2] = encodingAt(c.position, theta);
  return {
    encoding, row: encoding[c.position - first], column: range(c.d, (i) => i),
    row_shown: c.position, first, last: first + c.n - 1,
    hands: clock((angle) => [Math.cos(angle), Math.sin(angle)], [NaN, NaN]),
    starts: clock(() => [1, 0], [NaN, NaN]),
    pair: clock((_, i) => i + 1, NaN),
    sin_1: sin1, cos_1: cos1, sin_2: sin2, cos_2: cos2, right: c.d - 0.5, top: first - 0.5, bottom: first + c.n - 0.5,
  };
}

const OFFSETS = range(65, (k) => k);
const UNEQUAL = [0.5, 1.5];

function shiftKernel(c, data) {
  const theta = frequencies(c.d, c.base);
  const row = (position) => encodingAt(position, theta);
  const weights = c.multiplied ? UNEQUAL : [1, 1];
  const content = c.added ? data.content.slice(0, c.d) : range(c.d, () => 0);
  const vector = (position) => row(position).map((x, i) => content[i] + weights[i % 2] * x);
  const scale = (norm(content) + Math.max(...weights) * Math.sqrt(c.d / 2)) ** 2;
  const curve = (position) => {
    const own = vector(position);
    return OFFSETS.map((k) => dot(own, vector(position + k)) / scale);
  };
  const [here, at0] = [curve(c.p), curve(0)];
  const M = range(c.d, () => new Array(c.d).fill(0));
  theta.forEach((rate, i) => {
    const [cos, sin] = [Math.cos(c.k * rate), Math.sin(c.k * rate)];
    M[2 * i][2 * i] = M[2 * i + 1][2 * i + 1] = cos;
    M[2 * i][2 * i + 1] = sin;
    M[2 * i + 1][2 * i] = -sin;
  });
  const learned = data.table[c.p];
  return {
    offset: OFFSETS, here, at_0: at0,
    random: OFFSETS.map((k) => dot(learned, data.table[c.p + k]) / dot(learned, learned)),
    value: here[c.k], deviation: largest(here.map((x, k) => x - at0[k])),
    M, error: norm(row(c.p + c.k).map((value, i) => value - dot(M[i], row(c.p)))),
    residual: data.residuals[c.k], width: data.table[0].length, edge: c.d - 0.5,
  };
}

const N = 32;
const CLIP = 8;
const MOST_HEADS = 16;

/** ALiBi's published slopes: for other counts than powers of two, every second slope of the next one fills up. */
function publishedSlopes(heads) {
  const power = 2 ** Math.floor(Math.log2(heads));
  const geometric = (count) => range(count, (h) => 2 ** ((-8 * (h + 1)) / count));
  return [...geometric(power), ...geometric(2 * power).filter((_, i) => i % 2 === 0)].slice(0, heads);
}

/** T5's bucket of key − query: 32 of them up to distance 128, half of them for each direction if both are seen. */
function t5Bucket(relative, bidirectional) {
  const perSide = bidirectional ? 16 : 32;
  const exact = perSide / 2;
  const distance = bidirectional ? Math.abs(relative) : Math.max(-relative, 0);
  const share = Math.log(Math.max(distance, exact) / exact) / Math.log(128 / exact);
  const wide = Math.min(perSide - 1, exact + Math.floor(share * (perSide - exact) * (1 + 1e-12)));
  return (distance < exact ? distance : wide) + (bidirectional && relative > 0 ? perSide : 0);
}

function relativeBias(c, data) {
  const shown = Math.min(c.head, c.heads);
  const published = publishedSlopes(c.heads);
  const slopes = c.miscounted ? range(c.heads, (h) => 2 ** ((-8 * h) / c.heads)) : published;
  const biasAt = {
    none: () => 0,
    clipped: (relative) => data.clipped[shown - 1][Math.min(CLIP, Math.max(-CLIP, relative)) + CLIP],
    t5: (relative) => data.t5[shown - 1][t5Bucket(relative, !c.causal)],
    alibi: (relative) => -slopes[shown - 1] * Math.abs(relative),
  }[c.scheme];
  const seen = (query, key) => !c.causal || key <= query;
  const bias = range(N, (query) => range(N, (key) => (seen(query, key) ? biasAt(key - query) : NaN)));
  const byDistance = range(N, (distance) => biasAt(-distance));
  const content = range(N, (key) => c.height * Math.exp(-(((key - c.peak) / 1.5) ** 2)));
  const attention = (scores) => {
    const powers = scores.map((score, key) => (seen(c.query, key) ? Math.exp(score) : 0));
    const total = powers.reduce((sum, x) => sum + x, 0);
    return powers.map((x) => x / total);
  };
  const before = attention(content);
  const after = attention(content.map((score, key) => score + bias[c.query][key]));
  return {
    bias, limit: Math.max(1, largest(bias.flat().filter((x) => !Number.isNaN(x)))),
    key: range(N, (key) => key), by_distance: byDistance,
    lowest: Math.min(-1, ...byDistance), highest: Math.max(1, ...byDistance),
    content, before, after, most: Math.max(...before, ...after),
    before_at_peak: before[c.peak], after_at_peak: after[c.peak],
    head_shown: shown, slope: slopes[shown - 1],
    head_numbers: range(MOST_HEADS, (h) => h + 1), slopes: range(MOST_HEADS, (h) => slopes[h] ?? NaN),
    head_here: [shown], slope_here: [slopes[shown - 1]], deviation: largest(slopes.map((slope, h) => slope - published[h])),
  };
}

export const positionalTwins = {
  "sinusoidal-encoding": sinusoidalEncoding, "shift-kernel": shiftKernel, "relative-bias": relativeBias,
};
