// relative-bias: the twin of relative_bias.py.

import { alibiSlopes, largest, range, softmax, t5Bucket } from "../mathematics.mjs";

const [N, CLIP, TRAINED_HEADS] = [32, 16, 4];

export default function relativeBias(c, { clipped, t5, t5_encoder }) {
  const shown = Math.min(c.head, c.heads);
  const head = (shown - 1) % TRAINED_HEADS;
  const published = alibiSlopes(c.heads);
  const slopes = c.miscounted ? range(c.heads, (h) => 2 ** ((-8 * h) / c.heads)) : published;
  const slope = slopes[shown - 1];
  const biasOf = {
    none: () => 0,
    clipped: (relative) => clipped[head][Math.min(CLIP, Math.max(-CLIP, relative)) + CLIP],
    t5: (relative) => (c.causal ? t5 : t5_encoder)[head][t5Bucket(relative, !c.causal)],
    alibi: (relative) => -slope * Math.abs(relative),
  }[c.scheme];
  const ofDistance = range(2 * N - 1, (i) => biasOf(i - N + 1)); // from the last query's first key on
  const bias = range(N, (query) => range(N, (key) => (c.causal && key > query ? NaN : ofDistance[key - query + N - 1])));
  const content = range(N, (key) => c.height * Math.exp(-(((key - c.peak) / 1.5) ** 2)));
  const seen = c.causal ? c.query + 1 : N;
  const attention = (scores) => [...softmax(scores.slice(0, seen)), ...new Array(N - seen).fill(0)];
  const before = attention(content);
  const after = attention(content.map((score, key) => score + bias[c.query][key]));
  return {
    head_shown: shown,
    slopes,
    slope,
    deviation: largest(slopes.map((value, h) => value - published[h])),
    bias,
    by_distance: range(N, (distance) => ofDistance[N - 1 - distance]),
    content,
    before,
    after,
    before_at_peak: before[c.peak],
    after_at_peak: after[c.peak],
  };
}
