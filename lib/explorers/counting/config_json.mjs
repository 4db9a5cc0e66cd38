// Reading a config.json, as lib.parameters.from_hf and count_hf; `families` are the contents of families.json.

import { ARCHITECTURE, architecture } from "./architecture.mjs";
import { counted } from "./building.mjs";
import { evaluate, Scope } from "./expressions.mjs";
import { familyNamed } from "./families.mjs";
import { came, decline, isObject, trueOrFalse, wholeNumber } from "./refusals.mjs";
import { read } from "./text.mjs";
import { indexed, isHeader, isIndex, stored } from "./weights.mjs";

const LARGEST_FIELD = 10 ** 8;
const LONGEST_TEXT = 2 ** 24; // characters of a config.json: 16 MB, of which lists of quantized layers are most

/** The object in a pasted text, and what has to be said of how it was read. */
export function readText(text) {
  if (text.length > LONGEST_TEXT) decline("config_json", `at most ${LONGEST_TEXT} characters`, text.length);
  try {
    return [JSON.parse(text), []];
  } catch {
    const [config, over] = read(text);
    return [config, over.length ? [`The text is not quite JSON: ${over.join(", ")} in it`] : []];
  }
}

/** The values of ARCHITECTURE of a config.json, as from_hf's. */
export function architectureOf(config, families) {
  const family = familyOf(config, families);
  const scope = scopeOf(config, families, family, classAndWhatItAdds(config, families, family)[1]);
  if (!family.isPlain) {
    decline("model_type", "a family whose layers are those of a TransformerConfig (count_hf counts the others)", came(config.model_type));
  }
  return architecture(Object.fromEntries(Object.keys(ARCHITECTURE).map((name) => [name, scope.get(name)])));
}

/** The name of the class that is counted. */
export const classOf = (config, families) => classAndWhatItAdds(config, families, familyOf(config, families))[0];

const SIZES = ["vocab_size", "d_model", "n_heads", "d_ff", "n_layers"];
// What a decoder of the usual kind can't do without; a file of an unknown type that has all of it is counted as a llama's.
const FAMILIAR = ["vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"];
const BESIDE = {
  auto_map: "auto_map: the model has code of its own; counted is what the library’s {} is made of",
  quantization_config: "quantization_config: the weights are stored in fewer bits; counted are the parameters that they stand for",
  quantization: "quantization: the weights are stored in fewer bits; counted are the parameters that they stand for",
};

/** What a config.json says of a model's parameters, and what it doesn't, as count_hf's. */
export function countFile(config, families) {
  if (isObject(config) && isHeader(config)) return weightsAs("stored", { ...stored(config), assumed: {} });
  if (isObject(config) && isIndex(config)) return weightsAs("indexed", indexed(config));
  const [family, notices, leftOut] = familyOrLlama(config, families);
  const [name, adds, more] = classOrBare(config, families, family);
  leftOut.push(...more);
  const scope = scopeOf(config, families, family, adds);
  const tree = counted(scope);
  for (const inside of scopesIn(scope)) {
    for (const [entries, into] of [[inside.family.left_out, leftOut], [inside.family.notices, notices]]) {
      for (const [condition, text] of entries) if (evaluate(condition, inside)) into.push(inside.fill(text));
    }
  }
  for (const [field, words] of Object.entries(BESIDE)) if (isThere(valueIn(config, field))) notices.push(words.replace("{}", name));
  const assumed = assumedIn(scope);
  const places = scope.get("positions") === "learned" ? scope.get("places") : null;
  return {
    total: tree.total,
    tree,
    complete: !leftOut.length,
    left_out: leftOut,
    assumed,
    notices,
    counted_as: name,
    places,
    sizes: sizesOf(scope),
  };
}

function weightsAs(what, { tree, said, assumed }) {
  const complete = !Object.keys(assumed).length;
  return {
    total: tree.total,
    tree,
    complete,
    left_out: complete ? [] : ["how many bits a number has, and shapes: they are in the files"],
    assumed,
    notices: [said],
    counted_as: `weights as ${what}`,
    places: null,
    sizes: Object.fromEntries(SIZES.map((name) => [name, 0])),
  };
}

function sizesOf(outer) {
  let scope = outer;
  while (Object.keys(scope.family.nested).length) scope = scope.get(Object.keys(scope.family.nested)[0]);
  const sizes = Object.fromEntries(SIZES.slice(0, -1).map((name) => [name, scope.get(name) || 0]));
  return { ...sizes, n_layers: Math.max(scope.get("n_encoder_layers"), scope.get("n_decoder_layers")) };
}

const valueIn = (config, name) => (Object.hasOwn(config, name) ? config[name] : undefined);
/** Whether a value says something, as Python has it: an empty list or object doesn't. */
const isThere = (value) => Boolean(value && (typeof value !== "object" || Object.keys(value).length));

function familyOrLlama(config, families) {
  try {
    return [familyOf(config, families), [], []];
  } catch (error) {
    if (!isObject(config)) throw error;
    const [, other] = families.others.find(([field]) => Object.hasOwn(config, field)) ?? [];
    if (other && !Object.hasOwn(config, "model_type")) decline("config_json", "a config.json", other);
    if (!FAMILIAR.every((name) => isThere(valueIn(config, name)))) throw error;
  }
  const notices = [`model_type: ${came(valueIn(config, "model_type") ?? null)} is not known; its fields are counted as a llama’s would be`];
  return [familyNamed("llama", families), notices, ["whatever else the model has than a llama"]];
}

function classOrBare(config, families, family) {
  try {
    return [...classAndWhatItAdds(config, families, family), []];
  } catch (error) {
    const named = config.architectures;
    if (!Array.isArray(named) || typeof named[0] !== "string") throw error;
    const bare = bareClass(family);
    const letters = Array.from(named[0]).slice(0, 60).join("");
    return [bare, headsOf(family.classes[bare], families), [`whatever ${letters} has beside ${bare}`]];
  }
}

function familyOf(config, families, path = "") {
  if (!isObject(config)) decline("config_json", "a JSON object", came(config));
  const [known, given] = [Object.keys(families.families), Object.hasOwn(config, "model_type")];
  let name = given ? config.model_type : undefined;
  const own = [undefined, null, "llama", "mistral", "mixtral"].includes(name);
  if (own && ["dim", "n_layers", "n_heads"].every((field) => Object.hasOwn(config, field))) name = "params.json";
  if (typeof name === "string" && Object.hasOwn(families.types, name)) name = families.types[name];
  if (!known.includes(name)) {
    decline(path + "model_type", `one of ${known.length} types, such as bert, gpt2 or llama`, given ? came(name) : "nothing");
  }
  return familyNamed(name, families);
}

function classAndWhatItAdds(config, families, family) {
  const names = Object.keys(family.classes);
  let named = Object.hasOwn(config, "architectures") ? config.architectures : null;
  if (named === null || (Array.isArray(named) && !named.length)) named = names;
  if (!Array.isArray(named) || typeof named[0] !== "string") decline("architectures", "a list of names of classes", came(named));
  const name = Object.hasOwn(families.renamed, named[0]) ? families.renamed[named[0]] : named[0];
  if (!names.includes(name)) decline("architectures", `one of ${names.join(", ")}`, came(named[0]));
  return [name, headsOf(family.classes[name], families)];
}

/** What a class adds, or the entry of heads that it names. */
const headsOf = (adds, { heads }) => (typeof adds === "string" ? heads[adds] : adds);

/** The names of a family with the values of a file, which is held to what the family needs. */
function scopeOf(config, families, family, adds, path = "") {
  const { given, absent, named } = readFields(config, family, path);
  for (const [name, spec] of Object.entries(family.nested)) {
    given[name] = nestedScope(config, families, spec, path);
  }
  const scope = () => new Scope(given, { ...family.is, ...adds, ...absent }, { family });
  const held = scope();
  for (const [holds, field, expected] of family.needs) {
    if (evaluate(holds, held)) continue;
    const byDefault = (valueIn(config, named[field]) ?? null) === null ? ", its default" : "";
    decline(path + named[field], held.fill(expected), came(held.get(field)) + byDefault);
  }
  const isSize = (name) => ["whole", "count"].includes(inFull(family.reads[name]).kind);
  const sizes = Object.entries(absent).filter(([name, e]) => typeof e === "number" && e > 0 && isSize(name));
  return Object.assign(scope(), { defaults: sizes.map(([name]) => [name, path + name]) });
}

/** The names of a part of the file that has a family of its own. */
function nestedScope(config, families, spec, outer) {
  const [there, own] = [valueIn(config, spec.field) ?? null, { model_type: spec.family }];
  const flat = there === null && spec.flat;
  const absent = there === null && !flat ? spec.absent ?? {} : {};
  const path = flat ? outer : `${outer}${spec.field}.`;
  const part = flat ? { ...config, ...own } : there ?? absent;
  if (!isObject(part)) decline(path.slice(0, -1), "a JSON object", came(part));
  const file = spec.always ? { ...part, ...own } : { ...own, ...part };
  const family = familyOf(file, families, path);
  const scope = scopeOf(file, families, family, headsOf(nestedClass(family, spec.class), families), path);
  for (const name of Object.keys(absent)) scope.defaults.push([name, path + name]);
  return scope;
}

/** What the class that a nested part is made of adds: the one of this name, or the model without a head. */
const nestedClass = (family, suffix) => family.classes[suffix ? family.prefix + suffix : bareClass(family)];

/** The name of the class without a head. */
function bareClass({ classes, prefix }) {
  const names = Object.keys(classes);
  return [prefix + "Model", ...names.filter((name) => classes[name] === "bare"), ...names].find((name) => names.includes(name));
}

/** The sizes that were asked for and that the file did not give, with the values taken. */
function assumedIn(scope) {
  const asked = scopesIn(scope).flatMap(({ defaults, values }) =>
    defaults.filter(([name]) => values.has(name)).map(([name, path]) => [path, values.get(name)])
  );
  return Object.fromEntries(asked);
}

/** The scope of a file, and those of its parts that have a family of their own. */
const scopesIn = (scope) => [scope, ...Object.keys(scope.family.nested).flatMap((name) => scopesIn(scope.values.get(name)))];

/** The values of the fields that a file gives, the expressions for the others, and each one's name in the file. */
function readFields(config, family, path) {
  const has = (name) => name !== undefined && Object.hasOwn(config, name);
  const holds = (name) => has(name) && config[name] !== null;
  const [given, absent, named] = [{}, {}, {}];
  for (const [field, short] of Object.entries(family.reads)) {
    const spec = inFull(short);
    const name = Object.keys(family.alias).findLast((alias) => family.alias[alias] === field && holds(alias)) ?? field;
    if (holds(name) && config[name] === spec.absent) absent[field] = spec.default;
    else if (holds(name)) given[field] = givenValue(path + name, config[name], spec.kind);
    else if (has(name) && spec.kind === "flag") given[field] = false;
    else if (has(name) && "null" in spec) absent[field] = spec.null;
    else if (has(name) && spec.kind === "whole" && !Array.isArray(spec.default) && typeof spec.default !== "string") {
      givenValue(path + name, null, "whole"); // refuses it
    } else if (holds(spec.entries)) {
      if (!isObject(config[spec.entries])) decline(path + spec.entries, "a JSON object", came(config[spec.entries]));
      given[field] = wholeNumber(path + name, Object.keys(config[spec.entries]).length, 1, LARGEST_FIELD);
    } else absent[field] = spec.default;
    named[field] = name;
  }
  return { given, absent, named };
}

/** What is said of a field, in full. */
function inFull(short) {
  if (isObject(short)) return { kind: "whole", ...short };
  return { kind: typeof short === "boolean" ? "flag" : short === 0 ? "count" : "whole", default: short };
}

const KINDS = {
  text: [(value) => typeof value === "string", "a text"],
  list: [Array.isArray, "a list"],
  words: [(value) => typeof value === "string" || Array.isArray(value), "a text or a list"],
  layers: [(value) => typeof value === "number" || Array.isArray(value), "a number or a list"],
  object: [isObject, "a JSON object"],
  number: [(value) => typeof value === "number", "a number"],
};

function givenValue(name, value, kind) {
  if (kind === "flag") return trueOrFalse(name, value);
  if (kind === "whole" || kind === "count") return wholeNumber(name, value, Number(kind === "whole"), LARGEST_FIELD);
  if (!KINDS[kind][0](value)) decline(name, KINDS[kind][1], came(value));
  return value;
}
