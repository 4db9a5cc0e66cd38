// backward-step: the twin of backward_step.py.

import { dot, largest, norm, range, softmax } from "../mathematics.mjs";
import { added, back, lstmStep, lstmStepBack, slopeAt0, zeros } from "./cells.mjs";

const HIDDEN = 3;
const GATES = ["i", "f", "o", "g"];
const SOURCES = ["output", "dh", "dc"];
const NUDGE = 1e-2; // lib.recurrent.finite_difference's own step

const split = ({ W, b }) => ({
  W_h: W.map((gate) => gate.map((row) => row.slice(0, HIDDEN))),
  W_x: W.map((gate) => gate.map((row) => row.slice(HIDDEN))),
  b,
});
const forward = (given) => lstmStep(split(given), given.x, { h: given.h_prev, c: given.c_prev });
const say = ({ W_y, b_y }, h) => softmax(W_y.map((row, i) => dot(row, h) + b_y[i]));
const outer = (a, b) => a.map((left) => b.map((right) => left * right));

export default function backwardStep(c, data) {
  const given = {
    ...data,
    b: data.b.map((row, gate) => row.map((value) => value + (gate === 1 ? c.forget : 0))),
    c_prev: data.c_prev.map((value) => c.carried * value),
  };
  const [dhNext, dcNext] = [data.dh_next.map((value) => c.dh * value), data.dc_next.map((value) => c.dc * value)];
  const step = forward(given);
  const said = say(given, step.h);
  const gate = /^[Wb]_[ifog]$/.test(c.gradient) ? GATES.indexOf(c.gradient[2]) : -1;
  const group = c.gradient[0];

  /** The step's effect on the whole loss where the chosen thing has another value. */
  const loss = (value) => {
    let at = step;
    let changed = given;
    if (c.gradient === "h") at = { ...step, h: value };
    else if (c.gradient === "c") at = { ...step, c: value, h: step.o.map((open, r) => open * Math.tanh(value[r])) };
    else {
      changed = gate < 0
        ? { ...given, [c.gradient]: value }
        : { ...given, [group]: given[group].map((old, i) => (i === gate ? value : old)) };
      at = forward(changed);
    }
    return -Math.log(say(changed, at.h)[c.target]) + dot(dhNext, at.h) + dot(dcNext, at.c);
  };

  const ds = said.map((share, i) => share - (i === c.target ? 1 : 0));
  const none = zeros(HIDDEN);
  const weights = split(given);
  const streams = { output: [back(given.W_y, ds), none], dh: [dhNext, none], dc: [none, c.dropped ? none : dcNext] };
  const steps = Object.fromEntries(SOURCES.map((source) => [source, lstmStepBack(weights, step, streams[source][0], streams[source][1])]));
  const met = [...given.h_prev, ...given.x];
  /** A gradient's part of one stream, as a list. */
  const part = (source, name) => {
    if (name === "W_y" || name === "b_y") {
      const ours = source === "output" ? ds : ds.map(() => 0);
      return name === "b_y" ? ours : outer(ours, step.h).flat();
    }
    const one = steps[source];
    if (`d${name}` in one) return one[`d${name}`];
    if (name === "x") return added(...one.da.map((bracket, g) => back(weights.W_x[g], bracket)));
    const bracket = one.da[GATES.indexOf(name[2])];
    return name[0] === "b" ? bracket : outer(bracket, met).flat();
  };
  const total = (name) => added(...SOURCES.map((source) => part(source, name)));
  const maps = GATES.flatMap((name) => {
    const [W, bias] = [total(`W_${name}`), total(`b_${name}`)];
    const rows = bias.map((value, unit) => [...W.slice(unit * met.length, (unit + 1) * met.length), NaN, value]);
    return [...rows, new Array(met.length + 2).fill(NaN)];
  });

  const value = total(c.gradient);
  const at = gate >= 0 ? given[group][gate] : given[c.gradient] ?? step[c.gradient];
  const flat = at.flat();
  const columns = flat.length / at.length;
  const folded = (values) => (Array.isArray(at[0]) ? range(at.length, (row) => values.slice(row * columns, (row + 1) * columns)) : values);
  const measured = flat.map((_, i) => slopeAt0((by) => loss(folded(flat.map((old, j) => (i === j ? old + by : old)))), NUDGE));
  return {
    symbol: data.symbols[c.gradient],
    maps,
    value,
    measured,
    from_output: part("output", c.gradient),
    from_dh: part("dh", c.gradient),
    from_dc: part("dc", c.gradient),
    norm: norm(value),
    loss: -Math.log(said[c.target]),
    deviation: largest(value.map((x, i) => x - measured[i])),
  };
}
