// Counting a transformer as lib/parameters.py does it, from the same families.json: same tree, same
// numbers, same sentences where something is refused. No DOM here; a test holds both to each other.

import { fill, format } from "./text.mjs";

const NORM_PARTS = {
  layernorm: ["gain", "bias"],
  "layernorm-gain": ["gain"],
  "layernorm-bare": [],
  rmsnorm: ["gain"],
};
const ARCHITECTURE_CHOICES = {
  norm: Object.keys(NORM_PARTS),
  positions: ["none", "fixed", "learned", "relative", "rotary", "ALiBi"],
  output: ["none", "tied", "separate"],
  qk_norm: ["none", "head", "all"],
};
const FORMAT_BITS = { fp32: 32, fp16: 16, bf16: 16, int8: 8, int4: 4 };
const LARGEST_SIZE = 10 ** 9;
const LARGEST_FIELD = 10 ** 8;
const LONGEST_TEXT = 2 ** 21; // characters of a config.json; a thousand times the usual one

/** The fields of TransformerConfig with their defaults; null where none is given. */
export const ARCHITECTURE = {
  vocab_size: undefined, d_model: undefined, n_heads: undefined, d_ff: undefined,
  n_encoder_layers: 0, n_decoder_layers: 0,
  n_decoder_heads: null, d_decoder_ff: null, n_kv_heads: null, d_k: null, d_v: null, d_embedding: null,
  bias_q: false, bias_k: false, bias_v: false, bias_o: false, bias_gate: false, bias_up: false, bias_down: false,
  cross_attention: null, qk_norm: "none", gated: false, n_experts: 0, n_active_experts: 0,
  norm: "layernorm", norms_per_layer: 2, embedding_norm: false, final_norm: false,
  positions: "fixed", n_positions: 0, n_buckets: 0, n_token_types: 0, n_embedding_tables: 1,
  pooler: false, output: "none", n_output_biases: 0, transform_output: false,
  n_labels: 0, bias_labels: true, transform_labels: false,
};

// --- what is refused -----------------------------------------------------------------------------

function decline(name, expected, got) {
  throw new Error(`${name}: expected ${expected}, got ${got}`);
}

function came(value) {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : format(value, ".6g");
  if (typeof value !== "string") return value && typeof value === "object" ? "an object" : String(value);
  const letters = Array.from(value);
  const escaped = (letter) => "\\u" + letter.charCodeAt(0).toString(16).padStart(4, "0");
  return JSON.stringify(letters.slice(0, 40).join("")).replace(/[^ -~]/g, escaped) + (letters.length > 40 ? "…" : "");
}

function wholeNumber(name, value, least, most) {
  if (!Number.isInteger(value) || value < least || value > most) decline(name, `a whole number from ${least} to ${most}`, came(value));
  return value;
}

function trueOrFalse(name, value) {
  if (typeof value !== "boolean") decline(name, "true or false", came(value));
  return value;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

// --- what a transformer is -----------------------------------------------------------------------

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

function sizesOf(c, stack) {
  const decoder = stack === "decoder";
  const H = (decoder && c.n_decoder_heads) || c.n_heads;
  const d_k = c.d_k ?? Math.floor(c.d_model / H);
  return { H, H_kv: c.n_kv_heads ?? H, d_k, d_v: c.d_v ?? d_k, d_ff: (decoder && c.d_decoder_ff) || c.d_ff };
}

const layersOf = (c, stack) => (stack === "encoder" ? c.n_encoder_layers : c.n_decoder_layers);
const stacksOf = (c) => ["encoder", "decoder"].filter((stack) => layersOf(c, stack));
const crossesIn = (c, stack) => stack === "decoder" && (c.cross_attention ?? stacksOf(c).length === 2);

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

// --- the tree ------------------------------------------------------------------------------------

/** A module of parts. `total` holds all `times` of it, `active` those that one token meets. */
function modulePart(name, parts, times = 1, active = times) {
  const sum = (what) => parts.reduce((all, part) => all + part[what], 0);
  return {
    name, times, active_times: active, kind: "", axes: [], shape: [], tied: false,
    total: times * sum("total"), active: active * sum("active"), parts,
  };
}

/** An array of parameters; an axis is [letter, size]. */
function arrayPart(name, kind, axes, tied = false) {
  const shape = axes.map(([, size]) => size);
  const total = tied ? 0 : shape.reduce((a, b) => a * b, 1);
  return { name, times: 1, active_times: 1, kind, axes: axes.map(([letter]) => letter), shape, tied, total, active: total, parts: [] };
}

function linearParts(name, rows, columns, biases = 0, tied = false) {
  const names = [`b_${name}`, `b_${name} (unused)`].slice(0, Number(biases));
  return [arrayPart(`W_${name}`, "matrix", [rows, columns], tied), ...names.map((bias) => arrayPart(bias, "bias", [columns]))];
}

function normParts(c, name, width) {
  const stored = NORM_PARTS[c.norm].map((kind) => arrayPart(kind, kind, [width]));
  return stored.length ? [modulePart(name, stored)] : [];
}

const those = (...items) => items.flat().filter(Boolean);
const joinedAxis = (a, b) => [`${a[0]}·${b[0]}`, a[1] * b[1]];
const isNarrow = (c) => c.d_embedding !== null && c.d_embedding !== c.d_model;
const tableWidth = (c) => (isNarrow(c) ? ["d_e", c.d_embedding] : ["D", c.d_model]);

/** The tree of a transformer's parts, from values of ARCHITECTURE. */
export function countArchitecture(values) {
  const c = architecture(values);
  const stacks = stacksOf(c);
  const [single, last] = [stacks.length === 1, stacks.at(-1)];
  const built = stacks.map((stack) => stackParts(c, stack, single || c.n_embedding_tables > 1, stack === last));
  const table = (name) => arrayPart(name, "table", [["V", c.vocab_size], tableWidth(c)]);
  const tree = modulePart("model", single ? built[0] : those(
    c.n_embedding_tables === 1 && table("shared token table"),
    c.n_embedding_tables === 3 && table("unused token table"),
    stacks.map((stack, i) => modulePart(stack, built[i])),
  ));
  if (tree.total > Number.MAX_SAFE_INTEGER) decline("total", `at most ${Number.MAX_SAFE_INTEGER} parameters`, "more");
  return tree;
}

function stackParts(c, stack, ownsTable, isLast) {
  const [D, E, V] = [["D", c.d_model], tableWidth(c), ["V", c.vocab_size]];
  const [s, narrow, layers] = [sizesOf(c, stack), isNarrow(c), layersOf(c, stack)];
  const embedding = those(
    ownsTable && arrayPart("token table", "table", [V, E]),
    narrow && linearParts("in", E, D),
    c.positions === "learned" && arrayPart("position table", "table", [["n", c.n_positions], D]),
    c.n_token_types && arrayPart("type table", "table", [["types", c.n_token_types], D]),
    c.embedding_norm && normParts(c, "norm", D),
  );
  return those(
    embedding.length && modulePart("embedding", embedding),
    modulePart("layers", layerParts(c, s, crossesIn(c, stack)), layers),
    c.positions === "relative" && arrayPart("relative positions", "table", [["buckets", c.n_buckets], ["H", s.H]]),
    c.final_norm && normParts(c, "final norm", D),
    narrow && linearParts("out", D, E),
    isLast && topParts(c, E, V),
  );
}

function topParts(c, E, V) {
  return those(
    c.output !== "none" && modulePart("output layer", those(
      c.transform_output && [...linearParts("dense", E, E, 1), ...normParts(c, "norm", E)],
      linearParts("words", E, V, c.n_output_biases, c.output === "tied"),
    )),
    c.pooler && modulePart("pooler", linearParts("pool", E, E, 1)),
    c.n_labels && modulePart("classifier", those(
      c.transform_labels && linearParts("dense", E, E, 1),
      linearParts("labels", E, ["labels", c.n_labels], c.bias_labels),
    )),
  );
}

function layerParts(c, s, crosses) {
  const kinds = ["attention", ...(crosses ? ["cross-attention"] : []), "feed-forward"];
  const norms =
    c.norms_per_layer === 1 ? ["norm", ...(crosses ? ["cross-attention norm"] : [])]
    : c.norms_per_layer === 2 ? kinds.map((kind) => `${kind} norm`)
    : kinds.flatMap((kind) => ["before", "after"].map((side) => `norm ${side} ${kind}`));
  return those(
    modulePart("self-attention", attentionParts(c, s)),
    crosses && modulePart("cross-attention", attentionParts(c, s)),
    modulePart("feed-forward", feedForwardParts(c, s)),
    norms.flatMap((name) => normParts(c, name, ["D", c.d_model])),
  );
}

function attentionParts(c, s) {
  const [D, k, v] = [["D", c.d_model], ["d_k", s.d_k], ["d_v", s.d_v]];
  const kv = [s.H_kv === s.H ? "H" : "H_kv", s.H_kv];
  const [queries, keys] = [joinedAxis(["H", s.H], k), joinedAxis(kv, k)];
  const wide = c.qk_norm === "all";
  return those(
    linearParts("Q", D, queries, c.bias_q),
    linearParts("K", D, keys, c.bias_k),
    linearParts("V", D, joinedAxis(kv, v), c.bias_v),
    linearParts("O", joinedAxis(["H", s.H], v), D, c.bias_o),
    c.qk_norm !== "none" && normParts(c, "query norm", wide ? queries : k),
    c.qk_norm !== "none" && normParts(c, "key norm", wide ? keys : k),
  );
}

function feedForwardParts(c, s) {
  const [D, F] = [["D", c.d_model], ["d_ff", s.d_ff]];
  const net = those(
    c.gated && linearParts("gate", D, F, c.bias_gate),
    linearParts("up", D, F, c.bias_up),
    linearParts("down", F, D, c.bias_down),
  );
  if (!c.n_experts) return net;
  return [...linearParts("router", D, ["E", c.n_experts]), modulePart("experts", net, c.n_experts, c.n_active_experts)];
}

/** Every array below a part: { path, array, times, active_times }. */
export function leavesOf(part) {
  if (part.kind) return [{ path: [part.name], array: part, times: 1, active_times: 1 }];
  return part.parts.flatMap((child) =>
    leavesOf(child).map(({ path, array, times, active_times }) => ({
      path: child.kind ? path : [child.name, ...path], array,
      times: child.times * times, active_times: child.active_times * active_times,
    })),
  );
}

// --- reading a config.json -----------------------------------------------------------------------

/** The object in a pasted text. */
export function parseConfig(text) {
  if (text.length > LONGEST_TEXT) decline("config_json", `at most ${LONGEST_TEXT} characters`, text.length);
  try {
    return JSON.parse(text);
  } catch {
    return decline("config_json", "JSON", text.trim() ? "text that is none" : "an empty text");
  }
}

/** The tree of a config.json's model; `families` are the contents of families.json. */
export const countConfig = (config, families) => countArchitecture(architectureOf(config, families));

/** The values of ARCHITECTURE of a config.json: from_hf in lib/parameters.py. */
export function architectureOf(config, families) {
  const family = familyOf(config, families);
  const [values, named] = readFields(config, family);
  for (const [holds, field, expected] of family.needs) {
    if (valueOf(holds, values)) continue;
    const byDefault = (config[named[field]] ?? null) === null ? ", its default" : "";
    decline(named[field], fill(expected, values), came(values[field]) + byDefault);
  }
  const settings = { ...family.is, ...classAndWhatItAdds(config, family)[1] };
  return architecture(Object.fromEntries(Object.entries(settings).map(([name, e]) => [name, valueOf(e, values)])));
}

/** The name of the class that is counted. */
export const classOf = (config, families) => classAndWhatItAdds(config, familyOf(config, families))[0];

function familyOf(config, { families, reads, heads }) {
  if (!isObject(config)) decline("config_json", "a JSON object", came(config));
  const [known, given] = [Object.keys(families).sort(), Object.hasOwn(config, "model_type")];
  const name = given ? config.model_type : undefined;
  if (!known.includes(name)) decline("model_type", `one of ${known.join(", ")}`, given ? came(name) : "nothing");
  const own = families[name];
  const like = families[own.like] ?? {};
  const spread = (settings = {}) =>
    Object.fromEntries(Object.entries(settings).flatMap(([names, e]) => names.split(" ").map((one) => [one, e])));
  return {
    heads,
    alias: { ...like.alias, ...own.alias },
    reads: { ...reads, ...like.reads, ...own.reads },
    needs: [...(like.needs ?? []), ...(own.needs ?? [])],
    is: { ...spread(like.is), ...spread(own.is) },
    classes: Object.entries(own.classes ?? like.classes).map(([suffix, adds]) => [own.prefix + suffix, adds]),
  };
}

function classAndWhatItAdds(config, family) {
  const names = family.classes.map(([name]) => name);
  let named = Object.hasOwn(config, "architectures") ? config.architectures : null;
  if (named === null || (Array.isArray(named) && !named.length)) named = names;
  if (!Array.isArray(named) || typeof named[0] !== "string") decline("architectures", "a list of names of classes", came(named));
  if (!names.includes(named[0])) decline("architectures", `one of ${names.join(", ")}`, came(named[0]));
  const [name, adds] = family.classes[names.indexOf(named[0])];
  return [name, typeof adds === "string" ? family.heads[adds] : adds];
}

function readFields(config, family) {
  const has = (name) => name !== undefined && Object.hasOwn(config, name);
  const holds = (name) => has(name) && config[name] !== null;
  const [values, named] = [{}, {}];
  for (const [field, short] of Object.entries(family.reads)) {
    const spec = isObject(short) ? short : { kind: typeof short === "boolean" ? "flag" : "whole", default: short };
    const other = Object.keys(family.alias).find((alias) => family.alias[alias] === field && holds(alias));
    const name = other ?? field;
    if (has(name)) {
      values[field] = givenValue(name, config[name], spec, values);
    } else if (holds(spec.entries)) {
      if (!isObject(config[spec.entries])) decline(spec.entries, "a JSON object", came(config[spec.entries]));
      values[field] = wholeNumber(name, Object.keys(config[spec.entries]).length, 1, LARGEST_FIELD);
    } else {
      values[field] = valueOf(spec.default, values);
    }
    named[field] = name;
  }
  return [values, named];
}

function givenValue(name, value, spec, values) {
  const { kind = "whole", default: standard } = spec;
  if (value === null && kind === "flag") return false;
  if (value === null && ("null" in spec || Array.isArray(standard) || typeof standard === "string")) {
    return valueOf(spec.null ?? standard, values);
  }
  if (kind === "flag") return trueOrFalse(name, value);
  if (kind === "whole") return wholeNumber(name, value, 1, LARGEST_FIELD);
  if (typeof value !== "string") decline(name, "a text", came(value));
  return value;
}

const OPERATORS = {
  "+": (a, b) => a + b,
  "*": (a, b) => a * b,
  "//": (a, b) => Math.floor(a / b),
  "<": (a, b) => a < b,
  "==": (a, b) => a === b,
  not: (a) => !a,
  and: (a, b) => a && b,
  or: (a, b) => a || b,
  if: (condition, a, b) => (condition ? a : b),
  divides: (a, b) => b % a === 0,
  starts: (text, start) => text.startsWith(start),
};

function valueOf(expression, values) {
  if (Array.isArray(expression)) {
    const [name, ...operands] = expression;
    return OPERATORS[name](...operands.map((operand) => valueOf(operand, values)));
  }
  return typeof expression === "string" && Object.hasOwn(values, expression) ? values[expression] : expression;
}

// --- memory, operations, shapes ------------------------------------------------------------------

export function bytesOf(n, numberFormat) {
  if (!Object.hasOwn(FORMAT_BITS, numberFormat)) {
    decline("number_format", Object.keys(FORMAT_BITS).map((name) => `'${name}'`).join(" or "), `'${numberFormat}'`);
  }
  return Math.ceil((n * FORMAT_BITS[numberFormat]) / 8);
}

export function kvCacheBytes(values, tokens, batch = 1, numberFormat = "fp16", sourceTokens = tokens) {
  const c = architecture(values);
  const { H_kv, d_k, d_v } = sizesOf(c, "decoder");
  const kept = tokens + (crossesIn(c, "decoder") ? sourceTokens : 0);
  return bytesOf(c.n_decoder_layers * batch * kept * H_kv * (d_k + d_v), numberFormat);
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

export function multiplyAddsPerToken(values, tokens, sourceTokens = tokens) {
  const [c, tree] = [architecture(values), countArchitecture(values)];
  const stacks = stacksOf(c);
  const both = stacks.length === 2;
  const work = {
    encoder_matrices: 0, encoder_attention: 0, cross_keys_values: 0,
    decoder_matrices: 0, decoder_attention: 0, cross_attention: 0,
  };
  for (const stack of stacks) {
    const s = sizesOf(c, stack);
    for (const { path, array, active_times } of leavesOf(both ? tree.parts.find((part) => part.name === stack) : tree)) {
      if (array.kind !== "matrix" || ["pooler", "classifier"].includes(path[0])) continue;
      const crossing = path.at(-2) === "cross-attention" && ["W_K", "W_V"].includes(path.at(-1));
      work[crossing ? "cross_keys_values" : `${stack}_matrices`] += active_times * array.shape[0] * array.shape[1];
    }
    const attends = layersOf(c, stack) * s.H * (s.d_k + s.d_v);
    work[`${stack}_attention`] = attends * (both && stack === "encoder" ? sourceTokens : tokens);
    if (crossesIn(c, stack)) work.cross_attention = attends * sourceTokens;
  }
  return work;
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
    subLayer("feed-forward", c.n_experts
      ? [["router", B, N, c.n_experts], ["hidden", B, N, c.n_active_experts, s.d_ff]]
      : [["hidden", B, N, s.d_ff]]);
    if (c.final_norm) step("final norm", wide, 1);
    if (stack === stacks.at(-1) && c.output !== "none") step("scores of the words", [B, N, c.vocab_size], 1);
  }
  return steps;
}
