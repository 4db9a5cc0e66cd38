// Names of values, and templates filled with them. A view's templates arrive as { fill: "…" } and are filled in one
// place, before a mark or an axis sees them.

import { format, readable } from "./format.mjs";

/** The value under a name with indices: "scores", "q[2]". */
export function pick(values, name) {
  if (!name.includes("[")) return values[name];
  const [head, ...indices] = name.replaceAll("]", "").split("[");
  return indices.reduce((value, index) => value[index], values[head]);
}

/** A number as it is, a name as the value of that name. */
export const resolve = (values, value) => (typeof value === "string" ? pick(values, value) : value);

/** A template with its {name:format} places filled; {{ and }} stand for braces. */
export function fill(template, values, show = format) {
  return template.replace(
    /\{\{|\}\}|\{([^{}:]+)(?::([^{}]*))?\}/g,
    (all, name, spec) => name === undefined ? all[0] : show(pick(values, name), spec),
  );
}

const isTemplate = (value) => Boolean(value) && typeof value.fill === "string";
const needsFilling = (value) => (Array.isArray(value) ? value.some(needsFilling) : isTemplate(value));
const filledIn = (value, values) =>
  isTemplate(value) ? fill(value.fill, values, readable) : Array.isArray(value) ? value.map((entry) => filledIn(entry, values)) : value;

/** A function from values to the same item with its templates filled in. */
export function filler(item) {
  const open = Object.entries(item).filter(([, value]) => needsFilling(value));
  if (!open.length) return () => item;
  return (values) => ({ ...item, ...Object.fromEntries(open.map(([field, value]) => [field, filledIn(value, values)])) });
}
