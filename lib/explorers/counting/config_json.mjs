// Reading a config.json, as lib.parameters.from_hf; `families` are the contents of families.json.

import { fill } from "../../widget/browser/template.mjs";
import { architecture } from "./architecture.mjs";
import { came, decline, isObject, trueOrFalse, wholeNumber } from "./refusals.mjs";

const LARGEST_FIELD = 10 ** 8;
const LONGEST_TEXT = 2 ** 21; // characters of a config.json; a thousand times the usual one

/** The object in a pasted text. */
export function parseConfig(text) {
  if (text.length > LONGEST_TEXT) decline("config_json", `at most ${LONGEST_TEXT} characters`, text.length);
  try {
    return JSON.parse(text);
  } catch {
    return decline("config_json", "JSON", text.trim() ? "text that is none" : "an empty text");
  }
}

/** The values of ARCHITECTURE of a config.json, as from_hf's; `families` are the contents of families.json. */
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
