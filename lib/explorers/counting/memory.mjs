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

const AROUND_LAYERS = ["token table", "embedding", "final norm", "scores of the words"];

export function activationBytes(values, B, tokens, numberFormat = "bf16", recompute = "attention", sourceTokens = tokens) {
  const n = { encoder: values.n_encoder_layers ?? 0, decoder: values.n_decoder_layers ?? 0 };
  const [layers, outputs] = [{ encoder: 0, decoder: 0 }, { encoder: 0, decoder: 0 }];
  let [around, weights] = [0, 0];
  for (const { stack, name, shape, times } of shapesThrough(values, B, tokens, sourceTokens)) {
    const size = bytesOf(shape.reduce((a, b) => a * b, 1), numberFormat);
    if (name === "attention weights") weights += times * size;
    else if (AROUND_LAYERS.includes(name)) around += size;
    else if (name !== "tokens") {
      layers[stack] += size;
      outputs[stack] = size; // a layer's last step
    }
  }
  const inAll = (each) => n.encoder * each.encoder + n.decoder * each.decoder;
  if (recompute === "layers") return around + inAll(outputs) + Math.max(layers.encoder, layers.decoder);
  return around + inAll(layers) + (recompute === "nothing" ? weights : 0);
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
