// What marks say of the entry under the pointer: the same words for curves, points and bars.

import { together, under } from "./channels.mjs";
import { readable } from "./format.mjs";
import { resolve } from "./template.mjs";
import { tickLabel } from "./ticks.mjs";

const REACH = 0.12; // how near to a point the pointer has to be in a circle, whose unit is its radius

/** Where an entry stands, in the axis' words: a label, or the symbol and the number. */
function headOf(axis, at, values) {
  const place = axis.at ? resolve(values, axis.at).indexOf(at) : Math.round(at);
  return axis.labels?.[place] ?? `${axis.symbol ?? axis.label} ${tickLabel(Number(at.toPrecision(6)))}`;
}

/** { head, text } of a mark's entry under the pointer, its place `rounded`; null where there is none. */
export function told(mark, pointer, rounded = (at) => at) {
  const { values, axes } = pointer;
  const [xs, ys] = together(values, mark.x, mark.y);
  if (pointer.circle) return inCircle(mark, pointer, xs, ys);
  const near = under(xs, pointer);
  if (near < 0 || !Number.isFinite(ys[near])) return null;
  return { head: headOf(axes.x, rounded(xs[near]), values), text: `${mark.label || axes.y.label}: ${readable(ys[near], mark.format)}` };
}

function inCircle({ label }, { x, y }, xs, ys) {
  const away = xs.map((at, i) => Math.hypot(at - x, ys[i] - y));
  const near = away.indexOf(Math.min(...away));
  return away[near] < REACH ? `${label}: (${readable(xs[near], "+.3f")}, ${readable(ys[near], "+.3f")})` : null;
}
