// The forward pass of lib/transformer.py, over the weights that experiments/length.py recorded. Matrices are flat, row after row.

import { alibiSlopes, frequencies, range, sinusoidal, t5Bucket } from "../mathematics.mjs";

const [FIRST, SKIPPED] = ["#".charCodeAt(0), "\\".charCodeAt(0)];
const EPS = 1e-5;

/** An array of numbers, of what experiments/length.py packed: a list, or letters with a scale for each part along the first axis and so many levels on either side of 0. */
export function unpacked(given, levels) {
  if (Array.isArray(given)) return { shape: [given.length], values: Float64Array.from(given) };
  if (typeof given === "number") return { shape: [], values: Float64Array.of(given) };
  const { shape, scales, numbers } = given;
  const each = numbers.length / scales.length;
  const values = Float64Array.from(numbers, (letter, i) => {
    const code = letter.charCodeAt(0);
    return (code - (code > SKIPPED ? 1 : 0) - levels - FIRST) * scales[Math.floor(i / each)];
  });
  return { shape, values };
}

const decoders = new WeakMap();

/** { V, D, H, d_k, tokens, blocks, gain, W_out, table? } of recorded weights. */
export function decoderOf(recorded) {
  if (decoders.has(recorded)) return decoders.get(recorded);
  const { levels, ...arrays } = recorded;
  const { values: tokens, shape: [V, D] } = unpacked(arrays.tokens, levels);
  const [H, , d_k] = arrays["blocks.0.W_q"].shape;
  const model = { V, D, H, d_k, tokens, blocks: [] };
  for (const [path, given] of Object.entries(arrays)) {
    const [name, ...block] = path.split(".").reverse();
    const part = block.length ? (model.blocks[Number(block[0])] ??= {}) : model;
    if (name === "W_q" || name === "W_k" || name === "W_v") part[name] = headsBeside(unpacked(given, levels));
    else part[name] = unpacked(given, levels).values;
  }
  decoders.set(recorded, model);
  return model;
}

/** (H, D, d_k) as (D, H·d_k). */
function headsBeside({ shape: [H, D, d_k], values }) {
  const out = new Float64Array(values.length);
  for (let h = 0; h < H; h++) {
    for (let i = 0; i < D; i++) out.set(values.subarray((h * D + i) * d_k, (h * D + i + 1) * d_k), (i * H + h) * d_k);
  }
  return out;
}

/** (N, D) times (D, M); four terms at a time, in their order: faster, and the same sums. */
function product(x, W, N) {
  const D = x.length / N;
  const M = W.length / D;
  const out = new Float64Array(N * M);
  for (let n = 0; n < N; n++) {
    const to = n * M;
    let i = 0;
    for (; i + 4 <= D; i += 4) {
      const at = n * D + i;
      const [a, b, c, d] = [x[at], x[at + 1], x[at + 2], x[at + 3]];
      if (!a && !b && !c && !d) continue;
      const [A, B, C, E] = [i * M, (i + 1) * M, (i + 2) * M, (i + 3) * M];
      for (let j = 0; j < M; j++) out[to + j] = out[to + j] + a * W[A + j] + b * W[B + j] + c * W[C + j] + d * W[E + j];
    }
    for (; i < D; i++) for (let j = 0, a = x[n * D + i]; j < M; j++) out[to + j] += a * W[i * M + j];
  }
  return out;
}

function layerNorm(x, gain, N) {
  const D = gain.length;
  const out = new Float64Array(x.length);
  for (let n = 0; n < N; n++) {
    let [mean, variance] = [0, 0];
    for (let i = 0; i < D; i++) mean += x[n * D + i] / D;
    for (let i = 0; i < D; i++) variance += (x[n * D + i] - mean) ** 2 / D;
    const scale = 1 / Math.sqrt(variance + EPS);
    for (let i = 0; i < D; i++) out[n * D + i] = (x[n * D + i] - mean) * scale * gain[i];
  }
  return out;
}

/** The frequencies with which a layer turns queries and keys, or null; as lib.transformer.Scheme.turning. */
export function turning({ name, theta }, layer, d_k) {
  if ((name === "alternate" || name === "windowed") && layer % 2) return null;
  if (theta) return theta;
  if (name === "partial") return frequencies(d_k / 2, 10_000);
  if (name === "p-rope") return frequencies(d_k, 10_000).map((rate, i) => (i < Math.floor((3 * d_k) / 16) ? rate : 0));
  return ["rope", "alternate", "windowed"].includes(name) ? frequencies(d_k, 10_000) : null;
}

/** The first pairs of every head's coordinates turned in place, and all of them times a factor. */
function turn(x, theta, factor, { H, d_k }) {
  const width = H * d_k;
  for (let n = 0; n < x.length / width; n++) {
    for (let i = 0; i < d_k / 2; i++) {
      const angle = n * (theta[i] ?? 0);
      const [cos, sin] = [factor * Math.cos(angle), factor * Math.sin(angle)];
      for (let a = n * width + 2 * i; a < (n + 1) * width; a += d_k) {
        [x[a], x[a + 1]] = [cos * x[a] - sin * x[a + 1], sin * x[a] + cos * x[a + 1]];
      }
    }
  }
}

const logSigmoid = (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));

/** What the scheme adds to the scaled scores: a function of head, query, key; null where it adds nothing. */
function biasOf(scheme, model, block, q, y, N) {
  const { H, d_k } = model;
  if (scheme.name === "alibi") {
    const slopes = alibiSlopes(H);
    return (h, n, m) => -slopes[h] * (n - m);
  }
  if (scheme.name === "t5") {
    const bucket = range(N, (distance) => H * t5Bucket(-distance, false));
    return (h, n, m) => model.table[bucket[n - m] + h];
  }
  if (scheme.name === "shaw") {
    const farthest = (block.shaw.length / d_k - 1) / 2;
    return (h, n, m) => {
      const [row, query] = [Math.max(farthest - (n - m), 0) * d_k, (n * H + h) * d_k];
      let sum = 0;
      for (let i = 0; i < d_k; i++) sum += q[query + i] * block.shaw[row + i];
      return sum / Math.sqrt(d_k);
    };
  }
  if (scheme.name === "fire") {
    const [c, threshold, width] = [Math.abs(block.fire_c[0]), Math.abs(block.fire_threshold[0]), block.fire_b_1.length];
    const kept = new Float64Array(N * N * H);
    for (let n = 0; n < N; n++) {
      for (let m = 0; m <= n; m++) {
        const share = Math.log1p(c * (n - m)) / Math.log1p(c * Math.max(threshold, n));
        const to = (n * N + m) * H;
        for (let h = 0; h < H; h++) kept[to + h] = block.fire_b_2[h];
        for (let j = 0; j < width; j++) {
          const hidden = Math.max(share * block.fire_W_1[j] + block.fire_b_1[j], 0);
          for (let h = 0; h < H; h++) kept[to + h] += hidden * block.fire_W_2[j * H + h];
        }
      }
    }
    return (h, n, m) => kept[(n * N + m) * H + h];
  }
  if (scheme.name === "fox") {
    const forgotten = product(y, block.W_f, N).map((x, i) => logSigmoid(x + block.b_f[i % H]));
    for (let i = H; i < forgotten.length; i++) forgotten[i] += forgotten[i - H];
    return (h, n, m) => forgotten[n * H + h] - forgotten[m * H + h];
  }
  return null;
}

/** Some rows (each of a width) of a flat matrix. */
function taken(x, rows, width) {
  const out = new Float64Array(rows.length * width);
  rows.forEach((row, i) => out.set(x.subarray(row * width, (row + 1) * width), i * width));
  return out;
}

/** The coordinates of one head, (N, d_k), of all heads beside one another. */
function ofHead(x, h, N, width, d_k) {
  const out = new Float64Array(N * d_k);
  for (let n = 0; n < N; n++) for (let i = 0; i < d_k; i++) out[n * d_k + i] = x[n * width + h * d_k + i];
  return out;
}

/**
 * As lib.transformer.forward: { logits (N, V), scores, weights, queries, keys }. Scores and weights are flat (N, N) matrices for each layer
 * and head, −Infinity and 0 where a key may not be seen; queries and keys (N, H·d_k) for each layer, before they turn.
 * `scheme` is { name, theta?, factor = 1, window = 16, log_n? }. With `rows`, some places, logits and weights have these rows alone and
 * there are no scores: less than half the time.
 */
export function forward(model, tokens, scheme, rows = null) {
  const { D, H, d_k } = model;
  const { factor = 1, window = 16, log_n } = scheme;
  const N = tokens.length;
  const width = H * d_k;
  let x = new Float64Array(N * D);
  tokens.forEach((token, n) => x.set(model.tokens.subarray(token * D, (token + 1) * D), n * D));
  if (scheme.name === "learned") { for (let i = 0; i < x.length; i++) x[i] += model.table[i]; }
  if (scheme.name === "sinusoidal") {
    const theta = frequencies(D, 10_000);
    for (let n = 0; n < N; n++) sinusoidal(n, theta).forEach((value, i) => (x[n * D + i] += value));
  }
  const all = range(N, (n) => n);
  const stored = rows ?? all;
  const place = new Int32Array(N).fill(-1); // of a query among those that are stored
  stored.forEach((n, i) => (place[n] = i));
  const traced = { scores: [], weights: [], queries: [], keys: [] };
  const [scores, weights] = [new Float64Array(N), new Float64Array(N)]; // of one query
  model.blocks.forEach((block, layer) => {
    const last = rows && layer === model.blocks.length - 1;
    const asked = last ? rows : all;
    const y = layerNorm(x, block.gain_1, N);
    const [q, k, v] = [block.W_q, block.W_k, block.W_v].map((W) => product(y, W, N));
    [traced.queries[layer], traced.keys[layer]] = [q.slice(), k.slice()];
    const theta = turning(scheme, layer, d_k);
    if (theta) { for (const each of [q, k]) turn(each, theta, factor, model); }
    if (log_n) { for (let i = 0; i < q.length; i++) q[i] *= Math.max(1, Math.log(Math.floor(i / width) + 1) / Math.log(log_n)); }
    const bias = biasOf(scheme, model, block, q, y, N);
    const farthest = scheme.name === "windowed" && layer % 2 === 0 ? window - 1 : N;
    const heads = new Float64Array(asked.length * width);
    if (!rows) traced.scores[layer] = range(H, () => new Float64Array(N * N).fill(-Infinity));
    traced.weights[layer] = range(H, () => new Float64Array(stored.length * N));
    for (let h = 0; h < H; h++) {
      const [keys, values] = [k, v].map((each) => ofHead(each, h, N, width, d_k));
      const query = new Float64Array(d_k);
      const sums = new Float64Array(d_k);
      for (let a = 0; a < asked.length; a++) {
        const n = asked[a];
        for (let i = 0; i < d_k; i++) query[i] = q[n * width + h * d_k + i];
        let [top, total] = [-Infinity, 0];
        const from = Math.max(0, n - farthest);
        for (let m = from; m <= n; m++) {
          let sum = 0;
          for (let i = 0, key = m * d_k; i < d_k; i++) sum += query[i] * keys[key + i];
          const score = sum / Math.sqrt(d_k) + (bias ? bias(h, n, m) : 0);
          scores[m] = score;
          if (score > top) top = score;
        }
        for (let m = from; m <= n; m++) total += weights[m] = Math.exp(scores[m] - top);
        sums.fill(0);
        for (let m = from; m <= n; m++) {
          const weight = (weights[m] /= total);
          for (let i = 0, value = m * d_k; i < d_k; i++) sums[i] += weight * values[value + i];
        }
        heads.set(sums, a * width + h * d_k);
        if (place[n] < 0) continue;
        traced.weights[layer][h].set(weights.subarray(from, n + 1), place[n] * N + from);
        if (!rows) traced.scores[layer][h].set(scores.subarray(from, n + 1), n * N + from);
      }
    }
    if (last) x = taken(x, rows, D);
    add(x, product(heads, block.W_o, asked.length));
    const hidden = product(layerNorm(x, block.gain_2, asked.length), block.W_1, asked.length);
    for (let i = 0; i < hidden.length; i++) hidden[i] = Math.max(0, hidden[i] + block.b_1[i % block.b_1.length]);
    add(x, product(hidden, block.W_2, asked.length));
    for (let i = 0; i < x.length; i++) x[i] += block.b_2[i % D];
  });
  return { logits: product(layerNorm(x, model.gain, stored.length), model.W_out, stored.length), ...traced };
}

function add(x, y) {
  for (let i = 0; i < x.length; i++) x[i] += y[i];
}
