// A tree of parts, built from blocks of families.json, as in lib/parameters/_building.py.

import { came, decline } from "./refusals.mjs";
import { evaluate, Scope } from "./expressions.mjs";

export const NORM_PARTS = { layernorm: ["gain", "bias"], "layernorm-gain": ["gain"], "layernorm-bare": [], rmsnorm: ["gain"] };
const MOST_KINDS = 10_000; // layers that are looked at one by one

/** The part "model" with the block of this name in it, where a number can hold its total. */
export function counted(scope) {
  const tree = modulePart("model", partsOf(["model"], scope));
  if (tree.total > Number.MAX_SAFE_INTEGER) decline("total", `at most ${Number.MAX_SAFE_INTEGER} parameters`, "more");
  return tree;
}

/** A module of parts. `total` holds all `times` of it, `active` those that one token meets, which goes `passes` times through. */
export function modulePart(name, parts, times = 1, active = times, passes = active, caches = [], meets = []) {
  const sum = (what) => parts.reduce((all, part) => all + part[what], 0);
  const totals = { total: times * sum("total"), active: active * sum("active") };
  return { name, times, active_times: active, kind: "", axes: [], shape: [], tied: false, ...totals, passes, caches, meets, parts };
}

const partsOf = (items, scope) => items.flatMap((item) => ofItem(item, scope));

function ofItem(item, outer) {
  if (typeof item === "string") {
    const block = outer.family.blocks[item];
    return partsOf(Array.isArray(block) ? block : [block], outer);
  }
  if (Array.isArray(item)) {
    if (item[0] !== "if") return arrays(outer, ...item);
    return evaluate(item[1], outer) ? partsOf(item.slice(2), outer) : [];
  }
  const scope = outer.within(item.with);
  if (item.block) return ofItem(evaluate(item.block, scope), scope);
  if (item.layers) return layers(item, scope);
  const parts = item.nested ? partsOf(["model"], scope.get(item.nested)) : partsOf(item.parts, scope);
  if (!item.name) return "passes" in item ? parts.map((part) => ({ ...part, passes: evaluate(item.passes, scope) })) : parts;
  const times = evaluate(item.times ?? 1, scope);
  if (!parts.length || !times) return [];
  const active = "active" in item ? evaluate(item.active, scope) : times;
  const passes = "passes" in item ? evaluate(item.passes, scope) : active;
  const cached = item.cache && scope.get("writes") ? amounts(item.cache, scope) : [];
  return [modulePart(item.name, parts, times, active, passes, cached, amounts(item.meets, scope))];
}

const amounts = (entries, scope) =>
  (entries ?? []).map(([name, size, length]) => {
    const [letters, number] = axis(size, scope);
    return { name, letters, size: number, length: evaluate(length, scope) };
  });

function layers(item, scope) {
  const [kinds, each, n] = [new Map(), scope.family.each, evaluate(item.layers, scope)];
  for (let i = 0; i < n; i++) {
    const layer = new Scope({}, { i }, { outer: scope });
    const kind = Object.fromEntries(Object.entries(each).map(([name, expression]) => [name, evaluate(expression, layer)]));
    const alike = !layer.values.has("i"); // nobody asked which layer it is
    if (!alike && n > MOST_KINDS) decline("layers", `at most ${MOST_KINDS} where they are of several kinds`, n);
    const key = JSON.stringify(kind);
    kinds.set(key, [kind, (kinds.get(key)?.[1] ?? 0) + (alike ? n : 1)]);
    if (alike) break;
  }
  const all = [...kinds.values()];
  return all.map(([kind, times]) => {
    const differ = Object.keys(kind).filter((name) => all.some(([other]) => other[name] !== kind[name]));
    const words = differ.map((name) => inWords(name, kind[name])).join(", ");
    return modulePart(words ? `${item.name} (${words})` : item.name, partsOf(item.parts, new Scope(kind, {}, { outer: scope })), times);
  });
}

/** What makes a kind of layer differ from another, in words. */
function inWords(name, value) {
  if (typeof value === "string") return value;
  return value === true ? name : value ? `${name} ${value}` : `no ${name}`;
}

function arrays(scope, name, kind, given, ...more) {
  const axes = Array.isArray(given) ? evaluate(given, scope) : given;
  if (kind === "linear") return linear(scope, name, axes, ...more);
  if (kind !== "norm") return [leaf(scope, name, kind, axes)];
  const norm = evaluate(more[0] ?? "norm", scope);
  if (!Object.hasOwn(NORM_PARTS, norm)) decline("norm", Object.keys(NORM_PARTS).join(" or "), came(norm));
  const stored = NORM_PARTS[norm].map((one) => leaf(scope, one, one, axes));
  return stored.length ? [modulePart(name, stored)] : [];
}

function linear(scope, name, axes, biases = 0, tied = false) {
  const names = [`b_${name}`, `b_${name} (unused)`].slice(0, Number(evaluate(biases, scope)));
  const matrix = leaf(scope, `W_${name}`, "matrix", axes, evaluate(tied, scope));
  return [matrix, ...names.map((bias) => leaf(scope, bias, "bias", axes.split(", ")[1]))];
}

const leaf = (scope, name, kind, axes, tied = false) => arrayPart(name, kind, axes.split(", ").map((text) => axis(text, scope)), tied);

/** An array of parameters; an axis is [letters, size]. */
export function arrayPart(name, kind, axes, tied = false) {
  const shape = axes.map(([, size]) => size);
  const total = tied ? 0 : shape.reduce((a, b) => a * b, 1);
  const own = { kind, axes: axes.map(([letters]) => letters), shape, tied, total, active: total };
  return { name, times: 1, active_times: 1, ...own, passes: 1, caches: [], meets: [], parts: [] };
}

/** An axis in letters and in numbers. */
function axis(text, scope) {
  let size = 1;
  const letters = text.split("·").map((letter) => {
    let value = /^\d+$/.test(letter) ? Number(letter) : scope.get(letter);
    while (typeof value === "string") [letter, value] = [value, scope.get(value)];
    size *= value;
    return letter;
  });
  return [letters.join("·"), size];
}
