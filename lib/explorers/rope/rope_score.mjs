// rope-score: the twin of rope_score.py.

import { frequencies, kept, TURN } from "../mathematics.mjs";

const BANDS = [10, 100, 1000, 10_000, 100_000];

/** At a distance: Σcos, Σ|S_j|, and Σ of the cosines of content that fades in a straight line, h_j = (pairs − j)/pairs. */
function sums(distance, theta, pairs) {
  let [re, im, total, faded] = [0, 0, 0, 0];
  for (let i = 0; i < theta.length; i++) {
    const cosine = Math.cos(distance * theta[i]);
    re += cosine;
    im += Math.sin(distance * theta[i]);
    total += Math.sqrt(re * re + im * im);
    faded += ((pairs - i) / pairs) * cosine;
  }
  return [re, total, faded];
}

/** The four curves, in which the distance that is looked at has no part. */
const curvesOf = kept((theta, pairs, x) => {
  const [rotated, still] = [theta.length, pairs - theta.length];
  const whole = (pairs + 1) / 2; // Σh, and of it what isn't rotated
  const rest = (still * (still + 1)) / 2 / pairs;
  const step = Math.max(rotated > 1 ? 1 / pairs : 0, (still + 1) / pairs);
  const [curve, proved, fading, fadingProved] = [[], [], [], []];
  for (const distance of x) {
    const [turned, total, faded] = sums(distance, theta, pairs);
    curve.push((turned + still) / pairs);
    proved.push((Math.min(total, rotated) + still) / pairs);
    fading.push((faded + rest) / whole);
    fadingProved.push((Math.min(step * total, whole - rest) + rest) / whole);
  }
  return { curve, proved, fading, fading_proved: fadingProved };
});

export default function ropeScore(c, { x }) {
  const pairs = c.d / 2;
  const rotated = Math.max(1, Math.floor(c.share * pairs + 0.5));
  const still = pairs - rotated;
  const theta = frequencies(2 * rotated, c.base);
  const [bands, size] = [new Array(7).fill(0), new Array(7).fill(0)];
  for (const rate of theta) {
    const band = BANDS.filter((edge) => edge <= TURN / rate).length;
    size[band] += 1 / pairs;
    bands[band] += Math.cos(c.distance * rate) / pairs;
  }
  size[6] = bands[6] = still / pairs;
  const [here, total] = sums(c.distance, theta, pairs);
  return {
    ...curvesOf(`${c.d} ${c.base} ${rotated}`, theta, pairs, x),
    bands,
    band_size: size,
    score: (here + still) / pairs,
    bound: (total + still) / pairs,
    rotated,
    pairs,
    longest: TURN / theta[rotated - 1],
    slow: theta.filter((rate) => TURN / rate > 2 * c.distance).length,
  };
}
