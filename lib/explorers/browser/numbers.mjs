// The little arithmetic that the twins share. No DOM here.

export const TURN = 2 * Math.PI;

/** [f(0), f(1), …], count of them. */
export function range(count, f) {
  const list = new Array(count); // several times as fast as Array.from, and every frame is made of these
  for (let i = 0; i < count; i++) list[i] = f(i);
  return list;
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
export const times = (A, B) => A.map((row) => {
  const sums = new Array(B[0].length).fill(0);
  for (let k = 0; k < B.length; k++) for (let j = 0; j < sums.length; j++) sums[j] += row[k] * B[k][j];
  return sums;
});

/** θ_i in rad per token, as lib.rope.frequencies. */
export const frequencies = (d, base) => range(d / 2, (i) => base ** ((-2 * i) / d));
