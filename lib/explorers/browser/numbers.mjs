// The little arithmetic that the twins share. No DOM here.

export const TURN = 2 * Math.PI;

/** [f(0), f(1), …], count of them. */
export const range = (count, f) => Array.from({ length: count }, (_, i) => f(i));

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** θ_i in rad per token, as lib.rope.frequencies. */
export const frequencies = (d, base) => range(d / 2, (i) => base ** ((-2 * i) / d));
