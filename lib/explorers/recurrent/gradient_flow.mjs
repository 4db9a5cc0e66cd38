// gradient-flow: the twin of gradient_flow.py. Every frame runs three cells forward and backward and the LSTM six
// times more, so the matrices and the states lie flat in typed arrays.

import { dot, norm, range } from "../mathematics.mjs";
import { slopeAt0 } from "./cells.mjs";

const WIDTH = 8;
const NUDGE = 1e-3; // where gradients grow over 60 steps, the loss bends within a hundredth
const sigmoid = (a) => 0.5 * Math.tanh(0.5 * a) + 0.5;
const states = (steps) => new Float64Array(steps * WIDTH);
const normOf = (flat, t) => norm(flat.subarray(t * WIDTH, (t + 1) * WIDTH));

/** Σ_j M[row][j] v[j], with M's rows and v's start in flat arrays. */
function product(M, row, v, start) {
  let sum = 0;
  for (let j = 0; j < WIDTH; j++) sum += M[row * WIDTH + j] * v[start + j];
  return sum;
}

/** out[start + j] += Σ_row M[row][j] a[row]: what brackets send back through their matrix. */
function sendBack(M, a, out, start) {
  for (let row = 0; row < a.length; row++) {
    for (let j = 0; j < WIDTH; j++) out[start + j] += M[row * WIDTH + j] * a[row];
  }
}

/** h of a plain RNN, and of ∂L/∂h the norms. */
function rnnNorms(W, wx, x, v) {
  const T = x.length;
  const [h, dh] = [states(T + 1), states(T)];
  for (let t = 0; t < T; t++) {
    for (let r = 0; r < WIDTH; r++) h[(t + 1) * WIDTH + r] = Math.tanh(product(W, r, h, t * WIDTH) + wx[r] * x[t]);
  }
  dh.set(v, (T - 1) * WIDTH);
  const a = new Float64Array(WIDTH);
  for (let t = T - 1; t > 0; t--) {
    for (let r = 0; r < WIDTH; r++) a[r] = dh[t * WIDTH + r] * (1 - h[(t + 1) * WIDTH + r] ** 2);
    sendBack(W, a, dh, (t - 1) * WIDTH);
  }
  return range(T, (t) => normOf(dh, t));
}

/** The norms of ∂L/∂h of a GRU with its reset after the product; `bias` is that of z. */
function gruNorms(W, wx, bias, x, v) {
  const T = x.length;
  const k = WIDTH;
  const [h, r, z, n, s, dh] = [states(T + 1), states(T), states(T), states(T), states(T), states(T)];
  for (let t = 0; t < T; t++) {
    for (let i = 0; i < k; i++) {
      const at = t * k + i;
      r[at] = sigmoid(product(W, i, h, t * k) + wx[i] * x[t]);
      z[at] = sigmoid(product(W, k + i, h, t * k) + wx[k + i] * x[t] + bias);
      s[at] = product(W, 2 * k + i, h, t * k);
      n[at] = Math.tanh(r[at] * s[at] + wx[2 * k + i] * x[t]);
      h[at + k] = (1 - z[at]) * n[at] + z[at] * h[at];
    }
  }
  dh.set(v, (T - 1) * k);
  const a = new Float64Array(3 * k);
  for (let t = T - 1; t > 0; t--) {
    for (let i = 0; i < k; i++) {
      const at = t * k + i;
      const dn = dh[at] * (1 - z[at]) * (1 - n[at] ** 2);
      a[i] = dn * s[at] * r[at] * (1 - r[at]);
      a[k + i] = dh[at] * (h[at] - n[at]) * z[at] * (1 - z[at]);
      a[2 * k + i] = dn * r[at];
      dh[at - k] += dh[at] * z[at];
    }
    sendBack(W, a, dh, (t - 1) * k);
  }
  return range(T, (t) => normOf(dh, t));
}

/** Gates i, f, o, g (T, 4, k), c and h (T + 1, k) of an LSTM; b (4, k). */
function lstmForward(W, wx, b, x) {
  const T = x.length;
  const k = WIDTH;
  const [gates, c, h] = [states(4 * T), states(T + 1), states(T + 1)];
  for (let t = 0; t < T; t++) {
    for (let row = 0; row < 4 * k; row++) {
      const a = product(W, row, h, t * k) + wx[row] * x[t] + b[row];
      gates[4 * t * k + row] = row < 3 * k ? sigmoid(a) : Math.tanh(a);
    }
    for (let r = 0, at = 4 * t * k; r < k; r++, at++) {
      c[(t + 1) * k + r] = gates[at + k] * c[t * k + r] + gates[at] * gates[at + 3 * k];
      h[(t + 1) * k + r] = gates[at + 2 * k] * Math.tanh(c[(t + 1) * k + r]);
    }
  }
  return { gates, c, h };
}

/** ∂L/∂c (T, k) and ∂L/∂b (4, k); with `dropped` every step forgets what comes from the next one's c. */
function lstmBackward(W, { gates, c }, v, dropped) {
  const T = c.length / WIDTH - 1;
  const k = WIDTH;
  const [dh, dc, db, a] = [states(T + 1), states(T), states(4), states(4)];
  dh.set(v, T * k);
  for (let t = T - 1; t >= 0; t--) {
    for (let r = 0; r < k; r++) {
      const at = 4 * t * k + r;
      const [i, f, o, g] = [gates[at], gates[at + k], gates[at + 2 * k], gates[at + 3 * k]];
      const squashed = Math.tanh(c[(t + 1) * k + r]);
      const arriving = dh[(t + 1) * k + r];
      const d = (dc[t * k + r] += arriving * o * (1 - squashed ** 2));
      a[r] = d * g * i * (1 - i);
      a[k + r] = d * c[t * k + r] * f * (1 - f);
      a[2 * k + r] = arriving * squashed * o * (1 - o);
      a[3 * k + r] = d * i * (1 - g ** 2);
      if (t && !dropped) dc[(t - 1) * k + r] = d * f;
    }
    for (let row = 0; row < 4 * k; row++) db[row] += a[row];
    if (t) sendBack(W, a, dh, t * k);
  }
  return { dc, db };
}

/** From the last c to each earlier one by the forget gates alone: the norms. */
function carryNorms({ gates }, dc) {
  const T = dc.length / WIDTH;
  const carried = Float64Array.from(dc.subarray((T - 1) * WIDTH));
  const norms = [norm(carried)];
  for (let t = T - 1; t > 0; t--) {
    for (let r = 0; r < WIDTH; r++) carried[r] *= gates[(4 * t + 1) * WIDTH + r];
    norms.unshift(norm(carried));
  }
  return norms;
}

export default function gradientFlow(c, given) {
  const { v } = given;
  const x = given.x.slice(0, c.length).map((value) => c.drive * value);
  const W = Float64Array.from(given.Q.flat(2), (value) => c.gain * value);
  const wx = given.W_x.flat(2);
  const u = given.u.flat();
  const b = range(4 * WIDTH, (row) => (row >= WIDTH && row < 2 * WIDTH ? c.forget : 0));
  const rnn = rnnNorms(W.subarray(3 * WIDTH * WIDTH), wx.slice(3 * WIDTH), x, v);
  const gru = gruNorms(W, wx, c.forget, x, v);
  const trace = lstmForward(W, wx, b, x);
  const { dc, db } = lstmBackward(W, trace, v, c.dropped);
  const measured = slopeAt0((by) => {
    const { h } = lstmForward(W, wx, b.map((bias, row) => bias + by * u[row]), x);
    return dot(v, h.subarray(c.length * WIDTH));
  }, NUDGE);
  const lstm = range(c.length, (t) => normOf(dc, t));
  const carry = carryNorms(trace, dc);
  return {
    norm_rnn: rnn,
    norm_gru: gru,
    norm_lstm: lstm,
    carry,
    bound: range(c.length, (t) => rnn.at(-1) * c.gain ** (c.length - 1 - t)),
    arrives: [rnn, gru, lstm, carry].map((norms) => norms[0] / norms.at(-1)),
    deviation: Math.abs(dot(u, db) - measured) / norm(db),
  };
}
