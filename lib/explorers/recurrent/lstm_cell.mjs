// lstm-cell: the twin of lstm_cell.py.

import { dot, largest, mean, range } from "../mathematics.mjs";
import { gruStep, lstmStep, run, scaled, zeros } from "./cells.mjs";

const [LENGTH, UNITS] = [60, 4];
const START = { h: zeros(UNITS), c: zeros(UNITS) };

export default function lstmCell(c, data) {
  const net = data[c.cell];
  const x = zeros(LENGTH);
  x[c.at] += c.height;
  x[c.later] += c.second;
  const inputs = x.map((value) => [value]);
  let held = 0;
  const target = x.map((value) => (held = value === 0 ? held : value));
  const [W_h, W_x] = [net.W_h, net.W_x].map((all) => all.map((gate) => scaled(gate, c.scale)));
  const moved = (b, by) => b.map((gate, i) => gate.map((value) => value + by[i]));
  const states = (misread) => {
    if (c.cell === "lstm") {
      const b = moved(net.b, [c.inputs, c.forget, c.output, 0]);
      const order = misread ? [0, 1, 3, 2] : [0, 1, 2, 3];
      const weights = { W_h: order.map((i) => W_h[i]), W_x: order.map((i) => W_x[i]), b: order.map((i) => b[i]) };
      return run(inputs, START, (at, before) => lstmStep(weights, at, before));
    }
    const weights = { W_h, W_x, b_h: net.b_h, b_x: moved(net.b_x, [c.output, c.forget - c.inputs, 0]) };
    return run(inputs, START, (at, before) => gruStep(weights, at, before.h, misread ? "before" : "after"));
  };
  const steps = states(c.misread);
  const gates = c.cell === "lstm"
    ? ["i", "f", "o", "g"].map((name) => steps.map((step) => step[name]))
    : [steps.map(({ z }) => z.map((open) => 1 - open)), ...["z", "r", "n"].map((name) => steps.map((step) => step[name]))];
  const byUnit = (of) => range(UNITS, (u) => steps.map((step) => of(step)[u]));
  const said = steps.map(({ h }) => dot(net.W_y[0], h) + net.b_y[0]);
  const right = c.misread ? states(false) : steps;
  return {
    x,
    target,
    said,
    gates: gates.flatMap((gate) => [...range(UNITS, (u) => gate.map((at) => at[u])), new Array(LENGTH).fill(NaN)]),
    c: byUnit((step) => step.c ?? step.h),
    h: byUnit(({ h }) => h),
    said_last: said.at(-1),
    target_last: target.at(-1),
    kept: mean(gates[1].flat()),
    deviation: largest(steps.flatMap(({ h }, t) => h.map((value, u) => value - right[t].h[u]))),
  };
}
