// What a transformer is: the fields of lib.parameters.TransformerConfig, completed and checked.

import { NORM_PARTS } from "./building.mjs";
import { came, decline, trueOrFalse, wholeNumber } from "./refusals.mjs";

const ARCHITECTURE_CHOICES = {
  norm: Object.keys(NORM_PARTS),
  positions: ["none", "fixed", "learned", "relative", "rotary", "ALiBi"],
  output: ["none", "tied", "separate"],
  qk_norm: ["none", "head", "all"],
};
const LARGEST_SIZE = 10 ** 9;

/** The fields of TransformerConfig with their defaults; null where none is given. */
export const ARCHITECTURE = {
  vocab_size: undefined,
  d_model: undefined,
  n_heads: undefined,
  d_ff: undefined,
  n_encoder_layers: 0,
  n_decoder_layers: 0,
  n_decoder_heads: null,
  d_decoder_ff: null,
  n_kv_heads: null,
  d_k: null,
  d_v: null,
  d_embedding: null,
  bias_q: false,
  bias_k: false,
  bias_v: false,
  bias_o: false,
  bias_gate: false,
  bias_up: false,
  bias_down: false,
  cross_attention: null,
  qk_norm: "none",
  gated: false,
  n_experts: 0,
  n_active_experts: 0,
  norm: "layernorm",
  norms_per_layer: 2,
  embedding_norm: false,
  final_norm: false,
  positions: "fixed",
  n_positions: 0,
  n_buckets: 0,
  n_token_types: 0,
  n_embedding_tables: 1,
  pooler: false,
  output: "none",
  n_output_biases: 0,
  transform_output: false,
  n_labels: 0,
  bias_labels: true,
  transform_labels: false,
};

/** Values of ARCHITECTURE, completed by its defaults and checked. */
export function architecture(values) {
  const c = { ...ARCHITECTURE, ...values };
  for (const [name, standard] of Object.entries(ARCHITECTURE)) {
    const [value, choices] = [c[name], ARCHITECTURE_CHOICES[name]];
    if (value === null && standard === null) continue;
    if (choices) {
      if (!choices.includes(value)) decline(name, choices.join(" or "), came(value));
    } else if (typeof standard === "boolean" || name === "cross_attention") {
      trueOrFalse(name, value);
    } else {
      wholeNumber(name, value, standard === 0 ? 0 : 1, LARGEST_SIZE);
    }
  }
  holdTogether(c);
  return c;
}

export function sizesOf(c, stack) {
  const decoder = stack === "decoder";
  const H = (decoder && c.n_decoder_heads) || c.n_heads;
  const d_k = c.d_k ?? Math.floor(c.d_model / H);
  return { H, H_kv: c.n_kv_heads ?? H, d_k, d_v: c.d_v ?? d_k, d_ff: (decoder && c.d_decoder_ff) || c.d_ff };
}

export const layersOf = (c, stack) => (stack === "encoder" ? c.n_encoder_layers : c.n_decoder_layers);
export const stacksOf = (c) => ["encoder", "decoder"].filter((stack) => layersOf(c, stack));
export const crossesIn = (c, stack) => stack === "decoder" && (c.cross_attention ?? stacksOf(c).length === 2);

function holdTogether(c) {
  const stacks = stacksOf(c);
  if (!stacks.length) decline("n_decoder_layers", "a layer in the encoder or the decoder", "0");
  for (const stack of stacks) {
    const name = stack === "decoder" && c.n_decoder_heads ? "n_decoder_heads" : "n_heads";
    const H = c[name];
    if (c.d_k === null && c.d_model % H) decline(name, `a divisor of d_model = ${c.d_model} where d_k is not given`, H);
    if (H % (c.n_kv_heads ?? H)) decline("n_kv_heads", `a divisor of ${name} = ${H}`, c.n_kv_heads);
  }
  const fewest = Math.min(1, c.n_experts);
  if (c.n_active_experts < fewest || c.n_active_experts > c.n_experts) {
    decline("n_active_experts", `from ${fewest} to n_experts = ${c.n_experts}`, c.n_active_experts);
  }
  if (c.cross_attention && !c.n_decoder_layers) decline("cross_attention", "false where there is no decoder", "true");
  if (![1, 2, 4].includes(c.norms_per_layer)) decline("norms_per_layer", "1 or 2 or 4", c.norms_per_layer);
  if (c.n_embedding_tables > (stacks.length === 2 ? 3 : 1)) {
    decline("n_embedding_tables", "at most 3 with encoder and decoder, else 1", c.n_embedding_tables);
  }
  if (c.n_output_biases > 2) decline("n_output_biases", "at most 2", c.n_output_biases);
  for (const [kind, rows] of [["learned", "n_positions"], ["relative", "n_buckets"]]) {
    if (c.positions === kind && !c[rows]) decline(rows, `at least 1 where positions are ${kind}`, "0");
  }
}

/** Whether the tables are narrower than the model, or wider. */
export const isNarrow = (c) => c.d_embedding !== null && c.d_embedding !== c.d_model;
