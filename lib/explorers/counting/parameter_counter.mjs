// parameter-counter: the twin of parameter_counter.py.

import { format } from "../../widget/browser/format.mjs";
import { architecture } from "./architecture.mjs";
import { architectureOf, countFile, readText } from "./config_json.mjs";
import { readFile } from "./weights.mjs";
import { compare } from "./compare.mjs";
import { countArchitecture } from "./count.mjs";
import { parseNumber, told } from "./told.mjs";

const product = (sizes) => sizes.reduce((a, b) => a * b, 1);
const nameOfModel = (name) => (name === "assignment" ? "the assignment’s" : name);

// The last two texts and presets that were read: a slider then moves without reading them again.
const lastRead = [], lastPresets = [];

function keep(list, item) {
  list.unshift(item);
  list.length = Math.min(2, list.length);
  return item;
}

/** What a pasted config.json counts, and its values where its layers are those of a config; else null. */
function readConfig(text, { families }) {
  const known = lastRead.find((read) => read.text === text && read.families === families);
  if (known) return known;
  const [config, remarks] = readText(text);
  const counted = countFile(config, families);
  counted.notices.unshift(...remarks);
  let values = null;
  try {
    values = architectureOf(config, families);
  } catch { /* layers of several kinds, a tower, an unknown class */ }
  return keep(lastRead, { text, families, counted, values });
}

/** What a preset's file counts, where its layers are of several kinds. */
function readPreset(name, data) {
  if (!data.models[name].of_kinds) return null;
  const file = data.files[name];
  return (lastPresets.find((preset) => preset.file === file) ?? keep(lastPresets, { file, counted: countFile(file, data.families) }))
    .counted;
}

/** @type {[string, number, string][]} */
const COMPARED = [
  ["parameters", 1e6, "Parameters, in millions,"],
  ["cached", 2 ** 19, "Cache of {} tokens in 16 bits, in MiB,"],
  ["multiply_adds", 1e6, "Multiply-adds for token {}, in millions,"],
];
const LONG = 131_072; // tokens

/** What stands beside the model: its name, its tree, and how many tokens it may read; null where nothing does. */
function besideOf(c, data) {
  if (c.second) {
    const { counted } = readConfig(c.second, data);
    return { about: `the second file (${counted.counted_as})`, tree: counted.tree, places: counted.places };
  }
  if (c.beside === "none") return null;
  const { values, places } = data.models[c.beside];
  const tree = readPreset(c.beside, data)?.tree ?? countArchitecture(architecture(values), data.plain);
  return { about: nameOfModel(c.beside), tree, places };
}

/** What differs between two models, in sentences: the sums, and the parts that differ most. */
function compared(about, tree, places, beside, shown) {
  const tokens = Math.min(LONG, places || LONG, beside.places || LONG);
  const parts = compare(tree, beside.tree, tokens);
  const pair = (one, other) => `${format(one, ",.1f")} | ${format(other, ",.1f")}`;
  const sentences = COMPARED.map(([what, unit, words]) => {
    const rows = parts.map(([name, a, b]) => ({ name: shown(name), one: a[what] / unit, other: b[what] / unit }));
    const sum = (side) => rows.reduce((all, row) => all + row[side], 0);
    const most = rows.filter(({ one, other }) => one !== other)
      .sort((a, b) => Math.abs(b.one - b.other) - Math.abs(a.one - a.other)).slice(0, 4)
      .map(({ name, one, other }) => `${name} ${pair(one, other)}`);
    return `${words.replace("{}", format(tokens, ",d"))} ${pair(sum("one"), sum("other"))}${most.length ? `: ${most.join("; ")}` : ""}.`;
  });
  return [`${about} | ${beside.about}:`, ...sentences];
}

/** The architecture shown: a model's or the pasted one, with the sizes that the reader gave. */
function chosenArchitecture(c, data) {
  const { values: own } = data.models[c.model];
  const base = c.pasted ? readConfig(c.pasted, data).values : own ? architecture(own) : null;
  if (!base) return null;
  const values = { ...base };
  for (const [name, size] of Object.entries({ vocab_size: c.vocab, d_model: c.width, n_heads: c.heads, d_ff: c.hidden })) {
    if (size) values[name] = size;
  }
  if (c.layers) { for (const name of ["n_encoder_layers", "n_decoder_layers"]) if (base[name]) values[name] = c.layers; }
  if (c.width || c.heads) values.d_k = base.d_k ?? Math.floor(base.d_model / base.n_heads);
  if (c.hidden) values.d_decoder_ff = null;
  if (c.heads || c.sharing !== "model") {
    const H = c.heads || base.n_heads;
    let keys = Math.max(1, { model: Math.min(base.n_kv_heads ?? H, H), each: H, four: Math.floor(H / 4), one: 1 }[c.sharing]);
    while (H % keys) keys--;
    Object.assign(values, { n_kv_heads: keys, n_decoder_heads: null });
  }
  if (c.net === "mixture") Object.assign(values, { n_experts: 8, n_active_experts: 2 });
  else if (c.net !== "model") {
    const gated = c.net === "gated";
    Object.assign(values, { n_experts: 0, n_active_experts: 0, gated, bias_gate: gated && base.bias_up });
  }
  return values;
}

const SIZES_ITS_OWN = "The sizes of this file are its own: the sliders move models whose layers are all of one plain kind.";
const AS_IT_IS = { sharing: "Keys and values are shared as in the model.", net: "The feed-forward net is as in the model." };

/** Which of the four colours a leaf has. */
function groupOf(path, { kind, name }) {
  if (kind === "gain" || (kind === "bias" && name === "bias")) return 3; // of a norm
  if (path.some((part) => part.startsWith("layers"))) return path.includes("feed-forward") ? 2 : 1;
  return path[0] === "pooler" || path[0] === "classifier" ? 3 : 0;
}

/** Every part of a tree, before its own parts. */
function listedParts(tree) {
  const found = [];
  const visit = (part, parent, path, times, active) => {
    const here = found.length;
    const item = { part, parent, path, times: times * part.times, active: active * part.active_times };
    found.push(item);
    for (const child of part.parts) visit(child, here, [...path, child.name], item.times, item.active);
  };
  visit(tree, -1, [], 1, 1);
  return found;
}

/** A part's size in numbers, with how many there are of it. */
function inNumbers({ part, times }) {
  const often = times > 1 ? `${format(times, ",d")} × ` : "";
  if (!part.kind) return often && often + format(part.total / part.times, ",d");
  const sides = part.shape.map((size) => format(size, ",d")).join(" × ");
  return often + (often && part.shape.length > 1 ? `(${sides})` : sides) + (part.tied ? ", tied" : "");
}

const [LETTERS, BELOW] = ["aehijklmnoprstuvx0123456789", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉"];

/** A name as it stands in the areas: W_K_up is "K up", b_K_up its bias, H_m is Hₘ, d_state "d state". */
function inPlain(name) {
  const cut = name.indexOf("_");
  const [first, rest] = [name.slice(0, cut), name.slice(cut + 1)];
  const words = rest.replaceAll("_", " ");
  if (first === "W" || first === "b") return first === "b" ? `${words} bias` : words;
  return first + (rest.length < 3 ? rest.replace(/./g, (letter) => BELOW[LETTERS.indexOf(letter)] ?? letter) : ` ${words}`);
}

/** What a reader must know of a file's number, in sentences. */
function said({ left_out, assumed, notices }) {
  const taken = Object.entries(assumed).map(([name, size]) => `${name} ${format(size, ",d")}`).join(", ");
  return [
    ...(left_out.length ? [`Not counted: ${left_out.join("; ")}.`] : []),
    ...(taken ? [`Not in the file, so assumed: ${taken}.`] : []),
    ...notices.map((notice) => `${notice}.`),
  ].map((text) => text.replaceAll("_", " ")); // names of fields, as words
}

/** What is known of a number that the reader was told. */
function knownAs(number, ways, distinct) {
  const thousands = format(number, ",d");
  if (ways.length) return `${thousands} is ${ways.join("; or ")}.`;
  const off = `${format(Math.abs(number / distinct - 1), ".1%")} ${number < distinct ? "less" : "more"}`;
  return `No way of counting that is known here gives ${thousands}: it is ${off} than all that are distinct.`;
}

export default function parameterCounter(c, data) {
  const values = chosenArchitecture(c, data);
  const changed = c.vocab || c.width || c.layers || c.heads || c.hidden || c.sharing !== "model" || c.net !== "model";
  const file = c.pasted ? readConfig(c.pasted, data).counted : readPreset(c.model, data);
  const listed = listedParts(file && (!values || !changed) ? file.tree : countArchitecture(values, data.plain));
  const published = c.pasted || changed ? null : data.models[c.model].total;
  const parents = listed.map(({ parent }) => parent);
  const [totals, actives, groups] = [0, 0, 0].map(() => new Array(listed.length).fill(0));
  const groupTotals = [0, 0, 0, 0];
  let tied = 0;
  listed.forEach(({ part, path, times, active }, i) => {
    if (!part.kind) return;
    const number = product(part.shape);
    if (part.tied) tied += number;
    if (!part.tied || c.twice) [totals[i], actives[i]] = [number * times, number * active];
    groups[i] = groupOf(path, part);
    groupTotals[groups[i]] += totals[i];
  });
  for (let i = listed.length - 1; i > 0; i--) {
    totals[parents[i]] += totals[i];
    actives[parents[i]] += actives[i];
  }
  const distinct = listed[0].part.total;
  const remarks = c.twice && !tied ? ["No table is tied in this model: there is nothing to count twice."] : [];
  if (!values && changed) remarks.push(SIZES_ITS_OWN);
  for (const [name, words] of Object.entries(AS_IT_IS)) {
    if (
      values && c[name] !== "model" &&
      countArchitecture(chosenArchitecture({ ...c, [name]: "model" }, data), data.plain).total === distinct
    ) {
      remarks.push(words);
    }
  }
  if (c.pasted) remarks.push(...said(file));
  const given = c.told ? parseNumber(c.told) : { number: 0, place: 1 };
  if (given.number) remarks.push(knownAs(given.number, told(given, listed[0].part), distinct));
  const shown = (text) => text.replace(/\w+_\w+/g, (name) => data.shown[name] ?? inPlain(name));
  const opened = c.part % listed.length;
  const named = c.pasted ? `the pasted file (${file.counted_as}${file.complete ? "" : ", in part"})` : nameOfModel(c.model);
  const about = named + (changed && values ? " with your own sizes" : "");
  const [beside, lines] = [besideOf(c, data), []];
  if (beside?.tree.name.startsWith("file")) { // weights: do they agree with the config?
    const { total } = beside.tree;
    remarks.push(`The weights beside it: ${knownAs(total, told({ number: total, place: 1 }, listed[0].part), distinct)}`);
  } else if (beside) {
    const asItIs = c.pasted ? file.places : data.models[c.model].places;
    const places = changed && values ? values.positions === "learned" && values.n_positions : asItIs;
    lines.push(...compared(about, listed[0].part, places, beside, shown));
  }
  const sizes = values ? { ...values, n_layers: Math.max(values.n_encoder_layers, values.n_decoder_layers) } : file.sizes;
  return {
    names: listed.map(({ part }) => shown(part.name)),
    parents,
    sizes: totals,
    groups,
    group_share: groupTotals.map((total) => total / totals[0]),
    letters: listed.map(({ part }) => shown(part.axes.join(" × "))),
    shapes: listed.map(inNumbers),
    sides: listed.map(({ part }) => (part.kind ? [1, ...part.shape].slice(-2) : [0, 0])),
    opened,
    opened_path: shown(["model", ...listed[opened].path].join(" › ")),
    opened_size: totals[opened],
    opened_share: totals[opened] / totals[0],
    about,
    total: totals[0],
    active: actives[0],
    tied,
    remark: [remarks.join(" "), ...lines].join("\n").trim(),
    reference: published ? "from the published total" : "from all that are distinct",
    difference: totals[0] - (published ?? distinct),
    V: sizes.vocab_size,
    D: sizes.d_model,
    L: sizes.n_layers,
    H: sizes.n_heads,
    d_ff: sizes.d_ff,
  };
}
parameterCounter.parse = { pasted: readConfig, second: readConfig, told: parseNumber };
parameterCounter.files = { pasted: readFile, second: readFile };
