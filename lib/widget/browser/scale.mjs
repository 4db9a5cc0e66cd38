// Where an axis ends, and the place in pixels of a value on it. The ends are those of lib/widget/ends.py.

import { extremes } from "./channels.mjs";
import { marks } from "./marks.mjs";
import { pick, resolve } from "./template.mjs";

const follows = (end) => end === undefined || (typeof end === "object" && end.kind === "reach");

/** [low, high] for x and for y, as given or as far as what is drawn. */
export function endsOf(panel, values) {
  const axes = [panel.x, panel.y];
  const open = axes.some((axis) => follows(axis.low) || follows(axis.high));
  const spans = open ? panel.marks.map((mark) => marks[mark.kind].spans?.(mark, values) ?? [[], []]) : [];
  return axes.map((axis, place) => {
    const drawn = spans.map((span) => span[place]);
    const ends = [endOf(axis.low, 0, drawn, values), endOf(axis.high, 1, drawn, values)];
    const down = place === 1 && axis.low === undefined && panel.marks.some((mark) => marks[mark.kind].downwards);
    return down ? ends.reverse() : ends;
  });
}

function endOf(end, side, drawn, values) {
  if (!follows(end)) return resolve(values, end);
  const found = extremes(...(end?.of?.length ? end.of.map((name) => pick(values, name)) : drawn));
  if (end === undefined) return found ? found[side] : side;
  const reached = [end.least ?? [], found ? found.map((extreme) => end.factor * extreme) : []].flat();
  return side ? Math.max(...reached) : Math.min(...reached);
}

/** A function from a value to its place between two pixels; `invert` goes back. */
export function scale(axis, ends, from, to) {
  const [low, high] = ends;
  const [f, back] = axis.log ? [Math.log, Math.exp] : [Number, Number];
  const slope = (to - from) / (f(high) - f(low));
  return Object.assign((value) => from + (f(value) - f(low)) * slope, {
    low,
    high,
    log: Boolean(axis.log),
    invert: (at) => back(f(low) + (at - from) / slope),
  });
}
