// Counting a transformer: the tree of its parts, as lib.parameters.count.

import { architecture, crossesIn, isNarrow, layersOf, NORM_PARTS, sizesOf, stacksOf, tableWidth } from "./architecture.mjs";
import { decline } from "./refusals.mjs";

/** A module of parts. `total` holds all `times` of it, `active` those that one token meets. */
function modulePart(name, parts, times = 1, active = times) {
  const sum = (what) => parts.reduce((all, part) => all + part[what], 0);
  return {
    name,
    times,
    active_times: active,
    kind: "",
    axes: [],
    shape: [],
    tied: false,
    total: times * sum("total"),
    active: active * sum("active"),
    parts,
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

/** The tree of a transformer's parts, from values of ARCHITECTURE. */
export function countArchitecture(values) {
  const c = architecture(values);
  const stacks = stacksOf(c);
  const [single, last] = [stacks.length === 1, stacks.at(-1)];
  const built = stacks.map((stack) => stackParts(c, stack, single || c.n_embedding_tables > 1, stack === last));
  const table = (name) => arrayPart(name, "table", [["V", c.vocab_size], tableWidth(c)]);
  const tree = modulePart(
    "model",
    single ? built[0] : those(
      c.n_embedding_tables === 1 && table("shared token table"),
      c.n_embedding_tables === 3 && table("unused token table"),
      stacks.map((stack, i) => modulePart(stack, built[i])),
    ),
  );
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
    c.output !== "none" && modulePart(
      "output layer",
      those(
        c.transform_output && [...linearParts("dense", E, E, 1), ...normParts(c, "norm", E)],
        linearParts("words", E, V, c.n_output_biases, c.output === "tied"),
      ),
    ),
    c.pooler && modulePart("pooler", linearParts("pool", E, E, 1)),
    c.n_labels && modulePart(
      "classifier",
      those(c.transform_labels && linearParts("dense", E, E, 1), linearParts("labels", E, ["labels", c.n_labels], c.bias_labels)),
    ),
  );
}

function layerParts(c, s, crosses) {
  const kinds = ["attention", ...(crosses ? ["cross-attention"] : []), "feed-forward"];
  const norms = c.norms_per_layer === 1
    ? ["norm", ...(crosses ? ["cross-attention norm"] : [])]
    : c.norms_per_layer === 2
    ? kinds.map((kind) => `${kind} norm`)
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
