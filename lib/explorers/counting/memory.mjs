// Shapes through the net and the memory that they take, as lib.parameters.

import { architecture, crossesIn, isNarrow, layersOf, sizesOf, stacksOf } from "./architecture.mjs";
import { decline } from "./refusals.mjs";

const FORMAT_BITS = { fp32: 32, fp16: 16, bf16: 16, fp8: 8, int8: 8, int4: 4, mxfp8: 8, mxfp4: 4, nvfp4: 4, nf4: 4, "int4-g128": 4 };
const SCALES = { mxfp8: [32, 8], mxfp4: [32, 8], nvfp4: [16, 8], nf4: [64, 32], "int4-g128": [128, 20] }; // for how many, bits

export function bytesOf(n, numberFormat) {
  if (!Object.hasOwn(FORMAT_BITS, numberFormat)) {
    decline("number_format", Object.keys(FORMAT_BITS).map((name) => `'${name}'`).join(" or "), `'${numberFormat}'`);
  }
  const [group, scale] = SCALES[numberFormat] ?? [1, 0];
  return Math.ceil((n * FORMAT_BITS[numberFormat] + Math.ceil(n / group) * scale) / 8);
}

export function trainingBytes(parameters, numberFormat = "bf16", masterWeights = numberFormat !== "fp32") {
  const [once, single] = [bytesOf(parameters, numberFormat), bytesOf(parameters, "fp32")];
  return { weights: once, gradients: once, moments: 2 * single, master_weights: masterWeights ? single : 0 };
}

const FP32 = 4; // bytes
const TERMS = [
  "embedding",
  "layer inputs",
  "norms",
  "sub-layer inputs",
  "queries, keys, values",
  "attention weights",
  "attention outputs",
  "feed-forward",
  "experts",
  "output layer",
  "loss",
];
const noTerms = () => Object.fromEntries(TERMS.map((term) => [term, 0]));
const sumOf = (kept) => Object.values(kept).reduce((a, b) => a + b);

export function activationBytes(values, B, tokens, numberFormat = "bf16", recompute = "attention", sourceTokens = tokens) {
  return sumOf(activationTerms(values, B, tokens, numberFormat, recompute, sourceTokens));
}

/** What training keeps for the backward pass; why, says lib.parameters.activation_terms. */
export function activationTerms(values, B, tokens, numberFormat = "bf16", recompute = "attention", sourceTokens = tokens) {
  const c = architecture(values);
  const [number, stacks, terms] = [bytesOf(1, numberFormat), stacksOf(c), noTerms()];
  let layers = [];
  for (const stack of stacks) {
    const readAcross = stack === "encoder" && stacks.length === 2;
    const rows = B * (readAcross ? sourceTokens : tokens);
    const [wide, narrow] = [rows * c.d_model * number, isNarrow(c) ? rows * c.d_embedding * number : 0];
    terms.embedding += narrow + (c.embedding_norm ? keptByNorm(c, number, rows, c.d_model) : 0);
    terms.norms += c.final_norm ? keptByNorm(c, number, rows, c.d_model) : 0;
    terms[readAcross ? "sub-layer inputs" : "output layer"] += wide + narrow;
    const kept = keptByLayer(c, stack, number, B, readAcross ? sourceTokens : tokens, sourceTokens, recompute);
    layers.push({ times: layersOf(c, stack), kept, wide });
  }
  if (crossesIn(c, "decoder") && stacks.length === 1) terms["sub-layer inputs"] += B * sourceTokens * c.d_model * number;
  if (c.output !== "none") {
    const width = c.d_embedding ?? c.d_model;
    if (c.transform_output) {
      terms.norms += keptByNorm(c, number, B * tokens, width);
      terms["output layer"] += 2 * B * tokens * width * number;
    }
    terms.loss = (B * tokens * c.vocab_size + 1) * FP32;
  }
  if (recompute === "layers") {
    for (const { times, wide } of layers) terms["layer inputs"] += times * wide;
    const again = layers.reduce((a, b) => (sumOf(b.kept) > sumOf(a.kept) ? b : a));
    layers = [{ ...again, times: 1 }];
    if (c.norm !== "rmsnorm" || number === FP32 || !c.final_norm) terms["layer inputs"] -= again.wide;
  }
  for (const { times, kept } of layers) for (const term of TERMS) terms[term] += times * kept[term];
  return terms;
}

const keptByNorm = (c, number, rows, width) => rows * (c.norm === "rmsnorm" ? width * (FP32 + number) + FP32 : width * number + 2 * FP32);

function keptByLayer(c, stack, number, B, N, sourceTokens, recompute) {
  const [s, kept, weighs, crosses] = [sizesOf(c, stack), noTerms(), recompute === "nothing", crossesIn(c, stack)];
  for (const keys of crosses ? [N, sourceTokens] : [N]) {
    kept["queries, keys, values"] += B * (N * s.H * s.d_k + keys * (weighs ? s.H : s.H_kv) * (s.d_k + s.d_v)) * number;
    if (weighs) kept["attention weights"] += B * s.H * N * keys * (number === FP32 ? FP32 : FP32 + number);
    kept["attention outputs"] += B * N * s.H * (s.d_v * number + (weighs ? 0 : FP32));
    for (const [n, heads] of c.qk_norm === "none" ? [] : [[N, s.H], [keys, s.H_kv]]) {
      const [rows, width] = c.qk_norm === "head" ? [n * heads, s.d_k] : [n, heads * s.d_k];
      kept.norms += keptByNorm(c, number, B * rows, width);
    }
  }
  const before = Math.min(c.norms_per_layer, 2) + (crosses ? 1 : 0);
  kept.norms += (c.norms_per_layer === 4 ? 2 : 1) * before * keptByNorm(c, number, B * N, c.d_model);
  kept["sub-layer inputs"] = before * B * N * c.d_model * number;
  const passed = B * N * (c.n_active_experts || 1);
  kept["feed-forward"] = passed * (c.gated ? 4 : 2) * s.d_ff * number;
  if (c.n_experts) kept.experts = B * N * (c.n_experts + 1) * FP32 + 2 * passed * (c.d_model * number + FP32);
  return kept;
}

export function shapesThrough(values, B, tokens, sourceTokens = tokens) {
  const c = architecture(values);
  const [steps, stacks] = [[], stacksOf(c)];
  for (const stack of stacks) {
    const N = stack === "encoder" && stacks.length === 2 ? sourceTokens : tokens;
    const [s, wide, layers] = [sizesOf(c, stack), [B, N, c.d_model], layersOf(c, stack)];
    const step = (name, shape, times = layers, residual = false) => steps.push({ stack, name, shape, residual, times });
    const subLayer = (name, inner) => {
      if (c.final_norm) step("norm", wide);
      for (const [label, ...shape] of inner) step(label, shape);
      step(name, wide);
      step("input added", wide, layers, true);
      if (!c.final_norm) step("norm", wide);
    };
    const attention = (name, keys) =>
      subLayer(name, [
        ["queries", B, s.H, N, s.d_k],
        ["keys", B, s.H_kv, keys, s.d_k],
        ["values", B, s.H_kv, keys, s.d_v],
        ["attention weights", B, s.H, N, keys],
        ["heads", B, s.H, N, s.d_v],
      ]);
    step("tokens", [B, N], 1);
    if (isNarrow(c)) step("token table", [B, N, c.d_embedding], 1);
    step("embedding", wide, 1);
    attention("self-attention", N);
    if (crossesIn(c, stack)) attention("cross-attention", sourceTokens);
    subLayer(
      "feed-forward",
      c.n_experts ? [["router", B, N, c.n_experts], ["hidden", B, N, c.n_active_experts, s.d_ff]] : [["hidden", B, N, s.d_ff]],
    );
    if (c.final_norm) step("final norm", wide, 1);
    if (stack === stacks.at(-1) && c.output !== "none") step("scores of the words", [B, N, c.vocab_size], 1);
  }
  return steps;
}
