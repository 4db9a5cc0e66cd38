// A number that somebody gave for a model, as in lib/parameters/told.py.

import { decline } from "./refusals.mjs";

const UNITS = { "": 0, k: 3, m: 6, b: 9, g: 9, t: 12 };
const NUMBER = /^\s*([0-9]+(?:[,_ ’'][0-9]{3})*)(?:\.([0-9]+))?\s*([kmbgt]?)\s*$/i;

/** A number of parameters as people write it, and the place to which it is given. */
export function parseNumber(text) {
  const found = NUMBER.exec(text);
  const bad = () => decline("told", "a number such as 163,037,184 or 124M", inQuotes(Array.from(text).slice(0, 40).join("")));
  if (!found) bad();
  const [whole, part, unit] = [found[1].replace(/[^0-9]/g, ""), found[2] ?? "", UNITS[found[3].toLowerCase()]];
  if (part.length > unit || whole.length + unit > 15) bad();
  const digits = whole + part;
  let places = unit - part.length;
  const number = Number(digits) * 10 ** places;
  if (!found[3]) places = number ? digits.length - digits.replace(/0+$/, "").length : 0;
  return { number, place: 10 ** places };
}

/** A text as Python writes it. */
const inQuotes = (text) => (text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("'", "\\'")}'`);

/** The ways of counting that give a number, those of the fewest steps. */
export function told({ number, place }, tree) {
  const ways = waysOf(tree);
  const pairs = ways.flatMap((one, i) => ways.slice(i + 1).filter((other) => other.kind !== one.kind).map((other) => [one, other]));
  for (const chosen of [[[]], ways.map((way) => [way]), pairs]) {
    for (const rounded of place >= 1000 ? [false, true] : [false]) {
      const found = chosen.filter((way) => {
        const total = way.reduce((all, { difference }) => all + difference, tree.total);
        return rounded ? 2 * Math.abs(total - number) <= place : total === number;
      });
      const inWords = (way) => (way.map(({ words }) => words).join(" and ") || "every parameter once") + (rounded ? ", rounded" : "");
      if (found.length) return found.map(inWords);
    }
  }
  return [];
}

function waysOf(tree) {
  const every = leavesOf(tree, [], 1);
  const leaves = every.filter(({ array }) => !array.tied);
  const product = (sizes) => sizes.reduce((a, b) => a * b, 1);
  const sum = (those, of) => those.reduce((all, leaf) => all + of(leaf), 0);
  const size = ({ array, times }) => times * product(array.shape);
  const without = (holds) => -sum(leaves.filter(holds), size);
  const named = (...ends) => without(({ array }) => array.kind === "table" && ends.some((end) => array.name.endsWith(end)));
  const way = (words, kind, difference) => ({ words, kind, difference });
  const padded = (multiple) =>
    sum(leaves, ({ array, times }) =>
      sum(
        array.axes.map((letter, side) => ({ letter, rows: array.shape[side] })).filter(({ letter }) => letter === "V"),
        ({ rows }) => (times * product(array.shape)) / rows * ((multiple - (rows % multiple)) % multiple),
      ));
  return [
    way("a tied output layer counted as one of its own", "output", sum(every.filter(({ array }) => array.tied), size)),
    way("no output layer", "output", without(({ path }) => path.includes("output layer"))),
    way("no token table", "tables", named("token table")),
    way("no table of positions", "tables", named("position table", "relative positions")),
    way("no tables", "tables", without(({ array }) => array.kind === "table")),
    way("no biases", "biases", without(({ array }) => array.kind === "bias" && array.name !== "bias")),
    way("no norms", "norms", without(({ array }) => array.kind === "gain" || array.name === "bias")),
    way("no gates", "gates", without(({ array }) => array.name === "W_gate" || array.name === "b_gate")),
    way("keys and values as wide as queries", "keys", fullKeys(tree, 1)),
    way("one expert for all", "experts", oneExpert(tree, 1)),
    way("the experts that a token meets", "experts", tree.active - tree.total),
    ...[64, 128, 256, 512, 1024].map((multiple) =>
      way(`a vocabulary filled up to a multiple of ${multiple}`, "vocabulary", padded(multiple))
    ),
  ].filter(({ difference }) => difference);
}

/** Every array below a part, with the names that lead to it and how often it is there in all. */
function leavesOf(part, path, times) {
  if (part.kind) return [{ path: [...path, part.name], array: part, times }];
  return part.parts.flatMap((inside) => leavesOf(inside, [...path, part.name], times * part.times));
}

/** By how much W_K and W_V grow where they are as wide as W_Q. */
function fullKeys(part, outer) {
  const times = outer * part.times;
  const widths = Object.fromEntries(part.parts.filter(({ kind }) => kind).map(({ name, shape }) => [name, shape]));
  let grown = 0;
  for (const name of widths.W_Q && widths.W_K && widths.W_V ? ["K", "V"] : []) {
    const [rows, columns] = widths[`W_${name}`];
    grown += times * (widths.W_Q[1] - columns) * (rows + Number(`b_${name}` in widths));
  }
  return part.parts.reduce((all, inside) => all + fullKeys(inside, times), grown);
}

/** By how much a model shrinks that has one expert in each layer. */
function oneExpert(part, times) {
  if (part.name === "experts") return (-times * (part.times - 1) * part.total) / part.times;
  return part.parts.reduce((all, inside) => all + oneExpert(inside, times * part.times), 0) || 0;
}
