// The mathematics that several twins share; a test holds each function to lib. No DOM here.

export const TURN = 2 * Math.PI;

/** [f(0), f(1), …], count of them. */
export function range(count, f) {
  const list = new Array(count); // several times as fast as Array.from, and every frame is made of these
  for (let i = 0; i < count; i++) list[i] = f(i);
  return list;
}

/** f(…), kept as long as it is asked for under the same key: what the control that moves has no part in. */
export function kept(f) {
  let key, value;
  return (asked, ...given) => {
    if (asked !== key) [key, value] = [asked, f(...given)];
    return value;
  };
}

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

export const dot = (a, b) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

export const norm = (values) => Math.sqrt(dot(values, values));

/** The largest magnitude. */
export const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** e^z / Σ e^z, with the largest entry subtracted first. */
export const softmax = (z) => {
  const top = Math.max(...z);
  const powers = z.map((score) => Math.exp(score - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
};

export const transposed = (matrix) => range(matrix[0].length, (j) => matrix.map((row) => row[j]));

/** The product of two matrices. */
export const times = (A, B) =>
  A.map((row) => {
    const sums = new Array(B[0].length).fill(0);
    for (let k = 0; k < B.length; k++) for (let j = 0; j < sums.length; j++) sums[j] += row[k] * B[k][j];
    return sums;
  });

/** θ_i in rad per token, as lib.rope.frequencies. */
export const frequencies = (d, base) => range(d / 2, (i) => base ** ((-2 * i) / d));

/** What lib.rope's scalings make of frequencies of width d: `original` tokens of training. */
export const scaled = {
  linear: ({ d, base, factor }) => frequencies(d, base).map((rate) => rate / factor),
  ntk: ({ d, base, factor }) => frequencies(d, base * factor ** (d / (d - 2))),
  yarn({ d, base, factor, original }) {
    const index = (turns) => (d * Math.log(original / (turns * TURN))) / (2 * Math.log(base));
    let [low, high] = [Math.floor(index(32)), Math.ceil(index(1))];
    if (high >= 0 && low <= d - 1) [low, high] = [Math.max(low, 0), Math.min(high, d - 1)];
    return frequencies(d, base).map((rate, i) => {
      const ramp = Math.min(1, Math.max(0, (i - low) / Math.max(high - low, 1)));
      return (rate / factor) * ramp + rate * (1 - ramp);
    });
  },
};

/** YaRN's attention factor. */
export const sharpened = (factor) => 0.1 * Math.log(factor) + 1;

/** x turned by its position, as lib.rope.rotate; pairs (2i, 2i+1) if interleaved, (i, i + d/2) by halves. */
export function rotate(x, position, theta, halves = false) {
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

/** A row of the sinusoidal encoding, as lib.positional.sinusoidal: sines and cosines by turns, or all sines first. */
export function sinusoidal(position, theta, layout = "interleaved") {
  const r = theta.length;
  const [step, cosines] = layout === "interleaved" ? [2, 1] : [1, r];
  const row = new Array(2 * r);
  for (let i = 0; i < r; i++) {
    row[step * i] = Math.sin(position * theta[i]);
    row[step * i + cosines] = Math.cos(position * theta[i]);
  }
  return row;
}

/** ALiBi's slopes, as lib.positional.alibi_slopes: for other counts than powers of two, every second slope of the next one fills up. */
export function alibiSlopes(heads) {
  const power = 2 ** Math.floor(Math.log2(heads));
  const geometric = (count) => range(count, (h) => 2 ** ((-8 * (h + 1)) / count));
  return [...geometric(power), ...geometric(2 * power).filter((_, i) => i % 2 === 0)].slice(0, heads);
}

/** T5's bucket of key − query, as lib.positional.t5_bucket with 32 buckets up to distance 128. */
export function t5Bucket(relative, bidirectional) {
  const perSide = bidirectional ? 16 : 32;
  const exact = perSide / 2;
  const distance = bidirectional ? Math.abs(relative) : Math.max(-relative, 0);
  const share = Math.log(Math.max(distance, exact) / exact) / Math.log(128 / exact);
  const wide = Math.min(perSide - 1, exact + Math.floor(share * (perSide - exact) * (1 + 1e-12)));
  return (distance < exact ? distance : wide) + (bidirectional && relative > 0 ? perSide : 0);
}
