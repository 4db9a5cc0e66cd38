// Twins of lib/explorers/rope.py, for pages without Python. No DOM here; a test holds each to its frame.

import { frequencies, mean, range, TURN } from "../numbers.mjs";

/** x turned by its position; pairs (2i, 2i+1) if interleaved, (i, i + d/2) by halves. */
function rotate(x, position, theta, halves) {
  const out = new Array(x.length);
  const half = x.length / 2;
  for (let i = 0; i < half; i++) {
    const [a, b] = halves ? [i, i + half] : [2 * i, 2 * i + 1];
    const cos = Math.cos(position * theta[i]);
    const sin = Math.sin(position * theta[i]);
    out[a] = cos * x[a] - sin * x[b];
    out[b] = sin * x[a] + cos * x[b];
  }
  return out;
}

function similarity(distance, theta) {
  let sum = 0;
  for (let i = 0; i < theta.length; i++) sum += Math.cos(distance * theta[i]);
  return sum / theta.length;
}

const grids = {};
function distances(longest) {
  return (grids[longest] ??= [
    ...new Set(range(Math.ceil(80 * Math.log10(longest) + 1e-9), (k) => Math.floor(10 ** (k / 80) + 1e-6))),
  ]);
}

const PAIRS = 4;
const WINDOW = 24;

function ropeRotation(c) {
  const d = 2 * c.pairs;
  const theta = frequencies(d, c.base);
  const arrows = (side) => range(c.pairs, (i) => [Math.cos(c[side + (i + 1)]), Math.sin(c[side + (i + 1)])]);
  const padded = (x, empty = [NaN, NaN]) => [...x, ...range(PAIRS - c.pairs, () => empty)];
  const inPairs = (x) => range(c.pairs, (i) => [x[2 * i], x[2 * i + 1]]);
  const [q, k] = [arrows("q"), arrows("k")];
  const qAt = range(WINDOW, (m) => rotate(q.flat(), m + c.shift, theta, false));
  const kAt = range(WINDOW, (n) => rotate(k.flat(), n + c.shift, theta, c.mixed));
  const scores = qAt.map((a) => kAt.map((b) => a.reduce((sum, x, i) => sum + x * b[i], 0)));
  const [low, high] = [{}, {}]; // smallest and largest score of each diagonal
  scores.forEach((row, m) =>
    row.forEach((score, n) => {
      low[m - n] = Math.min(low[m - n] ?? score, score);
      high[m - n] = Math.max(high[m - n] ?? score, score);
    }),
  );
  const distance = c.m - c.n;
  const ends = [Math.max(0, distance), Math.min(WINDOW, WINDOW + distance) - 1].map((m) => m + c.shift);
  return {
    theta: padded(theta, NaN), q: padded(q), k: padded(k),
    q_turned: padded(inPairs(qAt[c.m])), k_turned: padded(inPairs(kAt[c.n])),
    scores, score: scores[c.m][c.n], distance,
    deviation: Math.max(...Object.keys(low).map((key) => high[key] - low[key])),
    diagonal_m: ends, diagonal_n: ends.map((m) => m - distance),
    at_m: [c.m + c.shift], at_n: [c.n + c.shift],
    low: c.shift - 0.5, high: c.shift + WINDOW - 0.5,
  };
}

const BANDS = [10, 100, 1000, 10000, 100000];

/** Σ|S_j| at a distance. */
function partialSums(distance, theta) {
  let [re, im, total] = [0, 0, 0];
  for (const rate of theta) {
    re += Math.cos(distance * rate);
    im += Math.sin(distance * rate);
    total += Math.sqrt(re * re + im * im);
  }
  return total;
}

function ropeScore(c) {
  const pairs = c.d / 2;
  const rotated = Math.max(1, Math.floor(c.share * pairs + 0.5));
  const still = pairs - rotated;
  const theta = frequencies(2 * rotated, c.base);
  const x = distances(100000);
  // Of content that fades in a straight line, h_j = (pairs − j)/pairs for j = 0, 1, …
  const whole = (pairs + 1) / 2;
  const rest = (still * (still + 1)) / 2 / pairs;
  const step = Math.max(rotated > 1 ? 1 / pairs : 0, (still + 1) / pairs);
  const [curve, proved, fading, fadingProved] = [[], [], [], []];
  for (const distance of x) {
    let [re, im, total, faded] = [0, 0, 0, 0];
    for (let i = 0; i < rotated; i++) {
      const cosine = Math.cos(distance * theta[i]);
      re += cosine;
      im += Math.sin(distance * theta[i]);
      total += Math.sqrt(re * re + im * im);
      faded += ((pairs - i) / pairs) * cosine;
    }
    curve.push((re + still) / pairs);
    proved.push((Math.min(total, rotated) + still) / pairs);
    fading.push((faded + rest) / whole);
    fadingProved.push((Math.min(step * total, whole - rest) + rest) / whole);
  }
  const [bands, size] = [new Array(7).fill(0), new Array(7).fill(0)];
  for (const rate of theta) {
    const band = BANDS.filter((edge) => edge <= TURN / rate).length;
    size[band] += 1 / pairs;
    bands[band] += Math.cos(c.distance * rate) / pairs;
  }
  size[6] = bands[6] = still / pairs;
  return {
    x, curve, proved, fading, fading_proved: fadingProved,
    lowest: Math.min(-0.4, ...curve, ...fading),
    bands, band_size: size, least: Math.min(-0.3, ...bands), most: Math.max(0.8, ...size),
    score: bands.reduce((sum, band) => sum + band, 0),
    bound: (partialSums(c.distance, theta) + still) / pairs,
    rotated, pairs, longest: TURN / theta[rotated - 1],
    slow: theta.filter((rate) => TURN / rate > 2 * c.distance).length,
  };
}

const HEAD = 128;

/** Each method's frequencies and attention factor; the formulas' sources stand in lib/rope.py. */
const scalings = {
  none: (c, theta) => [theta, 1],
  linear: (c, theta) => [theta.map((rate) => rate / c.factor), 1],
  ntk: (c) => [frequencies(HEAD, c.base * c.factor ** (HEAD / (HEAD - 2))), 1],
  yarn: (c, theta) => {
    const turns = (count) => (HEAD * Math.log(c.original / (count * TURN))) / (2 * Math.log(c.base));
    let [low, high] = [Math.floor(turns(32)), Math.ceil(turns(1))];
    if (high >= 0 && low <= HEAD - 1) [low, high] = [Math.max(low, 0), Math.min(high, HEAD - 1)];
    return [
      theta.map((rate, i) => {
        const ramp = Math.min(1, Math.max(0, (i - low) / Math.max(high - low, 1)));
        return (rate / c.factor) * ramp + rate * (1 - ramp);
      }),
      0.1 * Math.log(c.factor) + 1,
    ];
  },
  parts: (c, theta) => [byTurns(c, theta, 1, 32), 0.1 * Math.log(c.factor) + 1],
  llama3: (c, theta) => [byTurns(c, theta, 1, 4), 1],
};

/** NTK-by-parts: kept above `high` turns, divided by the factor below `low`, a ramp over turns between. */
function byTurns(c, theta, low, high) {
  return theta.map((rate) => {
    const kept = Math.min(1, Math.max(0, ((c.original * rate) / TURN - low) / (high - low)));
    return (1 - kept) * (rate / c.factor) + kept * rate;
  });
}

/** Share of the angles up to `length` that lie outside the arc swept up to `original`. */
function unseenShare(rate, trained, original, length) {
  const arc = trained * original;
  if (arc >= TURN) return 0;
  const total = rate * length;
  const turns = Math.floor(total / TURN);
  const share = (turns * (TURN - arc) + Math.max(0, total - turns * TURN - arc)) / total;
  return share < 1e-12 ? 0 : share; // rounding, as in lib
}

function ropeExtension(c) {
  const theta = frequencies(HEAD, c.base);
  const [stretched, attention] = scalings[c.method](c, theta);
  const length = c.factor * c.original;
  const share = stretched.map((rate, i) => unseenShare(rate, theta[i], c.original, length));
  const x = distances(1048576).filter((_, i) => i % 2 === 0);
  return {
    pair: range(HEAD / 2, (i) => i + 1),
    before: theta.map((rate) => TURN / rate), after: stretched.map((rate) => TURN / rate),
    top: 10 ** Math.max(6, Math.ceil(Math.log10(TURN / stretched.at(-1)))),
    unseen_pairs: share, unseen: mean(share), length, x,
    score_before: x.map((distance) => similarity(distance, theta)),
    score_after: x.map((distance) => attention ** 2 * similarity(distance, stretched)),
    fastest: stretched[0], attention_factor: attention,
    untouched: stretched.filter((rate, i) => Math.abs(rate / theta[i] - 1) < 1e-9).length,
  };
}

export const ropeTwins = {
  "rope-rotation": ropeRotation, "rope-score": ropeScore, "rope-extension": ropeExtension,
};
