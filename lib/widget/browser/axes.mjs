// A panel's axes: lines, ticks, numbers and labels, or the unit circle. They may change with every frame: what is
// there is moved, not made anew.

import { isIndex } from "./channels.mjs";
import { children, element, px, setAttributes, setText } from "./dom.mjs";
import { resolve } from "./template.mjs";
import { tickLabel, ticks } from "./ticks.mjs";

const LETTER = 7.5; // px that a letter takes
const OVER = 34; // px that a label beside an axis may be longer than that
const LINE = 13; // px from one label beside an axis to the next; nearer ones are smaller

/** Whether neighbours among labels along x would touch. */
const meeting = (labels, x) =>
  labels.slice(1).some(([at, text], i) => (LETTER * (text.length + labels[i][1].length)) / 2 + 4 > Math.abs(x(at) - x(labels[i][0])));

/** Where an axis has its labels. */
export const labelled = (axis, values) => (axis.at ? resolve(values, axis.at) : axis.labels.map((_, i) => i));

/** Axes in the group `frame`; returns draw({ x, y, box, values }, axis of x, axis of y). */
export function axesOf(frame, spec) {
  if (spec.bare) return () => {};
  const line = (name) => frame.appendChild(element("path", { class: name, fill: "none" }));
  if (spec.circle) return unitCircle(line("x-guide"), line("x-guide x-thin"));
  const lines = line("x-tick");
  const columns = element("g", { "text-anchor": "middle", "data-axis": "x" });
  const rows = element("g", { "text-anchor": "end", "dominant-baseline": "central", "data-axis": "y" });
  const [below, beside] = [1, 2].map(() => element("text", { class: "x-title", "text-anchor": "middle" }));
  frame.append(columns, rows, below, beside);
  const isCounted = (side) => spec.marks.some((mark) => isIndex(mark[side])); // there are no halves
  const counted = { x: isCounted("x"), y: isCounted("y") };
  const marked = (side, axis, { low, high }, count, values) =>
    axis.labels
      ? labelled(axis, values).map((at, i) => [at, axis.labels[i]])
      : ticks(low, high, count, { log: axis.log, counted: counted[side] }).map((value) => [value, tickLabel(value)]);
  const write = (group, labels, place) =>
    children(group, "text", labels.length).forEach((node, i) => {
      setAttributes(node, place(labels[i][0], i));
      setText(node, labels[i][1]);
    });
  return ({ x, y, box, values }, axisOfX, axisOfY) => {
    const [width, height] = [box.right - box.left, box.bottom - box.top];
    const across = marked("x", axisOfX, x, Math.max(2, Math.floor(width / 60)), values);
    const up = marked("y", axisOfY, y, Math.min(Math.max(4, Math.floor(height / 42)), Math.max(3, Math.floor(height / 26))), values);
    // Of words that don't fit beside one another every second one stands lower.
    const lower = axisOfX.labels && meeting(across, x) ? 11 : 0;
    columns.toggleAttribute("data-tight", lower > 0);
    rows.toggleAttribute("data-tight", up.length > 1 && Math.abs(y(up[1][0]) - y(up[0][0])) < LINE);
    write(columns, across, (value, i) => ({ x: px(x(value)), y: px(box.bottom + (lower ? 13 : 16) + (i % 2) * lower) }));
    write(rows, up, (value) => ({ x: px(box.left - 8), y: px(y(value)) }));
    const ticked = [
      ...(axisOfX.labels ? [] : across.map(([value]) => `M${px(x(value))} ${box.bottom}v4`)),
      ...(axisOfY.labels ? [] : up.map(([value]) => `M${box.left} ${px(y(value))}h-4`)),
    ];
    lines.setAttribute("d", `M${box.left} ${box.top}V${box.bottom}H${box.right}${ticked.join("")}`);
    setAttributes(below, { x: px(box.left + width / 2), y: px(box.bottom + (lower ? 37 : 35)) });
    setText(below, axisOfX.label);
    setText(beside, axisOfY.label);
    // A label that is longer than its panel is high is set narrower, and reaches down beside the numbers below.
    const long = LETTER * axisOfY.label.length > height + OVER;
    setAttributes(beside, {
      transform: `translate(10 ${px(box.top + height / 2 + (long ? 10 : 0))}) rotate(-90)`,
      textLength: long ? px(height + OVER) : null,
      lengthAdjust: long ? "spacingAndGlyphs" : null,
    });
  };
}

function unitCircle(circle, cross) {
  return ({ x, y }) => {
    const radius = px(x(1) - x(0));
    circle.setAttribute(
      "d",
      `M${px(x(-1))} ${px(y(0))}a${radius} ${radius} 0 1 0 ${px(x(1) - x(-1))} 0a${radius} ${radius} 0 1 0 ${px(x(-1) - x(1))} 0`,
    );
    cross.setAttribute("d", `M${px(x(-1))} ${px(y(0))}H${px(x(1))}M${px(x(0))} ${px(y(-1))}V${px(y(1))}`);
  };
}
