// head-sum: the twin of head_sum.py.

import { dot, largest, norm, range, softmax, times } from "../mathematics.mjs";

const [TOKENS, WIDTH] = [8, 12];

const combined = (A, B, sign) => A.map((row, i) => row.map((value, j) => value + sign * B[i][j]));

export default function headSum(c, { x, W_q, W_k, W_v, W_o, singular }) {
  const [H, k] = [c.heads, c.d_k];
  const values = range(H, (h) => {
    const [q, keys, v] = [W_q, W_k, W_v].map((W) => times(x, W[h].map((row) => row.slice(0, k))));
    return times(q.map((row) => softmax(keys.map((key) => dot(row, key) / Math.sqrt(k)))), v);
  });
  const concatenated = x.map((_, n) => values.flatMap((value) => value[n]));
  const whole = times(concatenated, W_o.slice(0, H).flatMap((block) => block.slice(0, k)));
  const each = values.map((value, h) => times(value, W_o[c.mixed ? 0 : h].slice(0, k)));
  const sums = [];
  for (const Y of each) sums.push(sums.length ? combined(sums.at(-1), Y, 1) : Y);
  const missing = [whole, ...sums.map((sum) => combined(whole, sum, -1))].map((matrix) => matrix.flat());
  const distances = missing.map(norm);
  const added = Math.min(c.shown, H);
  const ofHead = singular[k - 1][added - 1];
  const [thin, full] = [4 * H * WIDTH * k, 2 * H * WIDTH ** 2];
  return {
    whole,
    error: largest(missing.at(-1)),
    distances,
    added,
    head: each[added - 1],
    partial: sums[added - 1],
    left: distances[added],
    singular_values: ofHead,
    rank: ofHead.filter((value) => value > 1e-5).length,
    factored_costs: [thin, TOKENS * thin + 2 * H * TOKENS ** 2 * k],
    merged_costs: [full, TOKENS * full + 2 * H * TOKENS ** 2 * WIDTH],
  };
}
