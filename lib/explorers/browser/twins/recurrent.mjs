// Twins of lib/explorers/recurrent.py. No DOM here; a test holds each to its frame.

import { dot, largest, mean, norm, range, softmax, times } from "../numbers.mjs";

// As lib.recurrent computes it: near 0 other forms round otherwise.
const sigmoid = (a) => 0.5 * Math.tanh(0.5 * a) + 0.5;
const zeros = (count) => new Array(count).fill(0);
const scaled = (matrix, by) => matrix.map((row) => row.map((value) => by * value));

/** W_h h + W_x x + b, a vector for each gate. */
const products = ({ W_h, W_x, b }, h, x) => W_h.map((gate, g) => gate.map((row, r) => dot(row, h) + dot(W_x[g][r], x) + b[g][r]));
/** Wᵀ a. */
const back = (W, a) => times([a], W)[0];
const added = (...vectors) => range(vectors[0].length, (i) => {
  let sum = 0;
  for (const vector of vectors) sum += vector[i];
  return sum;
});

function lstmStep(weights, x, before) {
  const [i, f, o, g] = products(weights, before.h, x).map((a, gate) => a.map(gate < 3 ? sigmoid : Math.tanh));
  const c = f.map((open, r) => open * before.c[r] + i[r] * g[r]);
  return { x, before, i, f, o, g, c, h: o.map((open, r) => open * Math.tanh(c[r])) };
}

/** The brackets of the gates i, f, o, g, and what goes back to the step before. */
function lstmStepBack(weights, step, dh, dcNext) {
  const { i, f, o, g, c, before } = step;
  const dc = dh.map((d, r) => d * o[r] * (1 - Math.tanh(c[r]) ** 2) + dcNext[r]);
  const da = [
    dc.map((d, r) => d * g[r] * i[r] * (1 - i[r])),
    dc.map((d, r) => d * before.c[r] * f[r] * (1 - f[r])),
    dh.map((d, r) => d * Math.tanh(c[r]) * o[r] * (1 - o[r])),
    dc.map((d, r) => d * i[r] * (1 - g[r] ** 2)),
  ];
  return {
    dh, dc, da, dc_prev: dc.map((d, r) => d * f[r]),
    dh_prev: added(...da.map((bracket, gate) => back(weights.W_h[gate], bracket))),
  };
}

function gruStep({ W_h, W_x, b_h, b_x }, x, before, reset) {
  const through = (W, b, v) => W.map((gate, g) => gate.map((row, r) => dot(row, v) + b[g][r]));
  const [ah, ax] = [through(W_h, b_h, before), through(W_x, b_x, x)];
  const [r, z] = [0, 1].map((gate) => ah[gate].map((a, row) => sigmoid(a + ax[gate][row])));
  const fromState = reset === "after" ? ah[2].map((s, row) => r[row] * s)
    : W_h[2].map((line, row) => dot(line, before.map((h, i) => r[i] * h)) + b_h[2][row]);
  const n = fromState.map((s, row) => Math.tanh(s + ax[2][row]));
  return { before, r, z, n, s: ah[2], h: n.map((value, row) => (1 - z[row]) * value + z[row] * before[row]) };
}

/** All steps of a cell, each from the one before; `step(x, before)` does one. */
function run(inputs, first, step) {
  const steps = [];
  for (const x of inputs) steps.push(step(x, steps.at(-1) ?? first));
  return steps;
}

const LENGTH = 60;
const UNITS = 4;
const HELD = { h: zeros(UNITS), c: zeros(UNITS) };

function lstmCell(c, data) {
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
      return run(inputs, HELD, (at, before) => lstmStep(weights, at, before));
    }
    const weights = { W_h, W_x, b_h: net.b_h, b_x: moved(net.b_x, [c.output, c.forget - c.inputs, 0]) };
    return run(inputs, HELD, (at, before) => gruStep(weights, at, before.h, misread ? "before" : "after"));
  };
  const steps = states(c.misread);
  const gates = c.cell === "lstm" ? ["i", "f", "o", "g"].map((name) => steps.map((step) => step[name]))
    : [steps.map(({ z }) => z.map((open) => 1 - open)), ...["z", "r", "n"].map((name) => steps.map((step) => step[name]))];
  const byUnit = (of) => range(UNITS, (u) => steps.map((step) => of(step)[u]));
  const cells = byUnit((step) => step.c ?? step.h);
  const said = steps.map(({ h }) => dot(net.W_y[0], h) + net.b_y[0]);
  const right = c.misread ? states(false) : steps;
  const [most, widest] = [Math.max(1, largest(cells.flat())), Math.max(1, largest(said))];
  const kept = mean(gates[1].flat());
  return {
    t: range(LENGTH, (t) => t), x, target, said,
    gates: gates.flatMap((gate) => [...range(UNITS, (u) => gate.map((at) => at[u])), new Array(LENGTH).fill(NaN)]),
    c: cells, h: byUnit(({ h }) => h), most, least: -most, widest, narrowest: -widest,
    said_last: said.at(-1), target_last: target.at(-1), kept,
    deviation: largest(steps.flatMap(({ h }, t) => h.map((value, u) => value - right[t].h[u]))),
  };
}

const WIDTH = 8;
const NUDGE = 1e-2; // finite_difference's own step
const SMALL_NUDGE = 1e-3; // where gradients grow
const CELLS = ["rnn", "gru", "lstm"];

/** The last h of an LSTM as a function of its biases, without a trace: finite differences want it six times a frame. */
function lstmLast(W_h, fromInputs, k) {
  const weights = Float64Array.from(W_h);
  const open = (a) => 1 / (1 + Math.exp(-a)); // half the time of a tanh, and near 0 nobody asks for its last digits here
  return (b) => {
    const [a, h, c] = [4 * k, k, k].map((size) => new Float64Array(size));
    for (const given of fromInputs) {
      for (let row = 0; row < 4 * k; row++) {
        let sum = given[row] + b[row];
        for (let j = 0; j < k; j++) sum += weights[row * k + j] * h[j];
        a[row] = sum;
      }
      for (let r = 0; r < k; r++) {
        c[r] = open(a[k + r]) * c[r] + open(a[r]) * Math.tanh(a[3 * k + r]);
        h[r] = open(a[2 * k + r]) * Math.tanh(c[r]);
      }
    }
    return h;
  };
}

/** f'(0) by seven points, as lib.recurrent.finite_difference. */
function slopeAt0(f, nudge = NUDGE) {
  const [near, middle, far] = [1, 2, 3].map((n) => f(n * nudge) - f(-n * nudge));
  return (45 * near - 9 * middle + far) / (60 * nudge);
}

function gradientFlow(c, { Q, W_x, x, v, u }) {
  const inputs = x.slice(0, c.length).map((value) => [c.drive * value]);
  const W_h = Q.map((gate) => scaled(gate, c.gain));
  const start = zeros(WIDTH);

  const plain = run(inputs, start, (at, before) => W_h[3].map((row, r) => Math.tanh(dot(row, before) + dot(W_x[3][r], at))));
  const rnn = [v];
  for (let t = c.length - 1; t > 0; t--) rnn.unshift(back(W_h[3], rnn[0].map((d, r) => d * (1 - plain[t][r] ** 2))));

  const gruWeights = { W_h: W_h.slice(0, 3), W_x: W_x.slice(0, 3), b_h: range(3, () => start), b_x: [0, c.forget, 0].map((b) => new Array(WIDTH).fill(b)) };
  const gated = run(inputs, { h: start }, (at, before) => gruStep(gruWeights, at, before.h, "after"));
  const gru = [v];
  for (let t = c.length - 1; t > 0; t--) {
    const { r, z, n, s, before } = gated[t];
    const dn = gru[0].map((d, i) => d * (1 - z[i]) * (1 - n[i] ** 2));
    const dz = gru[0].map((d, i) => d * (before[i] - n[i]) * z[i] * (1 - z[i]));
    const dr = dn.map((d, i) => d * s[i] * r[i] * (1 - r[i]));
    const direct = gru[0].map((d, i) => d * z[i]);
    gru.unshift(added(direct, back(W_h[0], dr), back(W_h[1], dz), back(W_h[2], dn.map((d, i) => d * r[i]))));
  }

  const b = u.map((row, gate) => row.map(() => (gate === 1 ? c.forget : 0)));
  const weights = { W_h, W_x, b };
  const steps = run(inputs, { h: start, c: start }, (at, before) => lstmStep(weights, at, before));
  const gradients = [];
  for (let t = c.length - 1, dh = v, dc = start; t >= 0; t--) {
    const one = lstmStepBack(weights, steps[t], dh, dc);
    gradients.unshift(one);
    dh = one.dh_prev;
    if (!c.dropped) dc = one.dc_prev;
  }
  const db = range(4, (gate) => added(...gradients.map(({ da }) => da[gate])));
  const [fromX, biases, along] = [W_x.flat(2), b.flat(), u.flat()];
  const last = lstmLast(W_h.flat(2), inputs.map(([x]) => fromX.map((w) => w * x)), WIDTH);
  const measured = slopeAt0((by) => dot(v, last(biases.map((bias, r) => bias + by * along[r]))), SMALL_NUDGE);
  // From the last c to each earlier one by the forget gates alone.
  const carry = [gradients.at(-1).dc];
  for (let t = c.length - 1; t > 0; t--) carry.unshift(carry[0].map((value, r) => value * steps[t].f[r]));
  const norms = [rnn, gru, gradients.map(({ dc }) => dc), carry].map((flow) => flow.map(norm));
  const arrives = norms.map((flow) => flow[0] / flow.at(-1));
  const bars = range(4, (place) => arrives.map((share, at) => (at === place ? share : NaN)));
  return {
    t: range(c.length, (t) => t + 1), norm_rnn: norms[0], norm_gru: norms[1], norm_lstm: norms[2], carry: norms[3],
    bound: range(c.length, (t) => norms[0].at(-1) * c.gain ** (c.length - 1 - t)),
    arrives, bar_rnn: bars[0], bar_gru: bars[1], bar_lstm: bars[2], bar_carry: bars[3],
    deviation: Math.abs(dot(db.flat(), along) - measured) / norm(db.flat()),
  };
}

const HIDDEN = 3;
const GATES = ["i", "f", "o", "g"];
const SOURCES = ["output", "dh", "dc"];

function backwardStep(c, data) {
  const given = {
    ...data, b: data.b.map((row, gate) => row.map((value) => value + (gate === 1 ? c.forget : 0))),
    c_prev: data.c_prev.map((value) => c.carried * value),
  };
  const [dhNext, dcNext] = [data.dh_next.map((value) => c.dh * value), data.dc_next.map((value) => c.dc * value)];
  const split = ({ W, b }) => ({ W_h: W.map((gate) => gate.map((row) => row.slice(0, HIDDEN))), W_x: W.map((gate) => gate.map((row) => row.slice(HIDDEN))), b });
  const forward = (g) => lstmStep(split(g), g.x, { h: g.h_prev, c: g.c_prev });
  const say = (g, h) => softmax(g.W_y.map((row, i) => dot(row, h) + g.b_y[i]));
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
      changed = gate < 0 ? { ...given, [c.gradient]: value } : { ...given, [group]: given[group].map((old, i) => (i === gate ? value : old)) };
      at = forward(changed);
    }
    return -Math.log(say(changed, at.h)[c.target]) + dot(dhNext, at.h) + dot(dcNext, at.c);
  };

  const ds = said.map((share, i) => share - (i === c.target ? 1 : 0));
  const none = zeros(HIDDEN);
  const streams = { output: [back(given.W_y, ds), none], dh: [dhNext, none], dc: [none, c.dropped ? none : dcNext] };
  const weights = split(given);
  const met = [...given.h_prev, ...given.x];
  const outer = (a, b) => a.map((left) => b.map((right) => left * right));
  const part = (source, name) => {
    if (name === "W_y" || name === "b_y") {
      const ours = source === "output" ? ds : ds.map(() => 0);
      return name === "b_y" ? ours : outer(ours, step.h);
    }
    const one = lstmStepBack(weights, step, ...streams[source]);
    if (`d${name}` in one) return one[`d${name}`];
    if (name === "x") return added(...one.da.map((bracket, g) => back(weights.W_x[g], bracket)));
    const bracket = one.da[GATES.indexOf(name[2])];
    return name[0] === "b" ? bracket : outer(bracket, met);
  };
  const total = (name) => SOURCES.map((source) => part(source, name)).reduce((sum, one) => sum.map((row, i) => (Array.isArray(row) ? added(row, one[i]) : row + one[i])));
  const maps = GATES.flatMap((name) => {
    const bias = total(`b_${name}`);
    return [...total(`W_${name}`).map((row, unit) => [...row, NaN, bias[unit]]), new Array(met.length + 2).fill(NaN)];
  });

  const chosen = SOURCES.map((source) => part(source, c.gradient).flat());
  const value = added(...chosen);
  const at = gate >= 0 ? given[group][gate] : given[c.gradient] ?? step[c.gradient];
  const flat = at.flat();
  const columns = Array.isArray(at[0]) ? at[0].length : 0;
  const folded = (values) => (columns ? range(at.length, (row) => values.slice(row * columns, (row + 1) * columns)) : values);
  const measured = flat.map((_, i) => slopeAt0((by) => loss(folded(flat.map((old, j) => (i === j ? old + by : old))))));
  const most = Math.max(0.05, largest([...value, ...measured, ...chosen.flat()]));
  const entry = range(value.length, (i) => i + 1);
  return {
    maps, limit: Math.max(1e-6, largest(maps.flat().filter((value) => !Number.isNaN(value)))),
    entry, value, measured, from_output: chosen[0], from_dh: chosen[1], from_dc: chosen[2],
    at_output: entry.map((i) => i - 0.27), at_dh: entry, at_dc: entry.map((i) => i + 0.27),
    last: value.length + 0.6, top: 1.1 * most, bottom: -1.1 * most,
    norm: norm(value), loss: -Math.log(said[c.target]), deviation: largest(value.map((x, i) => x - measured[i])),
  };
}

// Gates; products of entry and entry.
const PER_UNIT = { rnn: [1, 0], gru: [3, 3], lstm: [4, 3] };

function cellRace(c, data) {
  const courses = data[c.task];
  const updates = courses.uniform.middle.map((_, look) => 50 * look);
  const parameters = CELLS.map((cell) => PER_UNIT[cell][0] * (c.k * (c.k + c.d) + c.k));
  const products = CELLS.map((cell) => PER_UNIT[cell][0] * c.k * (c.k + c.d) + PER_UNIT[cell][1] * c.k);
  const widest = (gates) => Math.floor((Math.sqrt((c.d + 1) ** 2 + (4 * parameters[2]) / gates) - (c.d + 1)) / 2);
  const out = {
    updates, chance: courses.chance, by_chance: updates.map(() => courses.chance), parameters, products, most: 1.05 * Math.max(parameters[2], products[2]),
    k_gru: widest(3), k_rnn: widest(1),
  };
  for (const runner of ["uniform", "orthogonal", "gru", "lstm"]) {
    const course = courses[runner] ?? courses[`${runner} ${c.bias}`];
    for (const [name, values] of Object.entries(course)) {
      out[`${name}_${runner}`] = values.map((value, look) => (updates[look] <= c.update ? value : NaN));
    }
    out[`right_${runner}`] = course.middle[Math.floor(c.update / 50)];
  }
  return out;
}

export const recurrentTwins = {
  "lstm-cell": lstmCell, "gradient-flow": gradientFlow, "backward-step": backwardStep, "cell-race": cellRace,
};
