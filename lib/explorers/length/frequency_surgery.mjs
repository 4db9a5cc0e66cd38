// frequency-surgery: the twin of frequency_surgery.py.

import { frequencies, kept, range } from "../mathematics.mjs";
import { decoderOf, forward } from "./decoder.mjs";
import { sample } from "./samples.mjs";

const [D_K, HEADS, PAIRS] = [16, 4, 8];
const WAVELENGTHS = ["6.3", "20", "63", "199", "628", "1,987", "6,283", "19,869"];
const NOT_RECORDED = "The curves are recorded for characters alone.";
const THETA = frequencies(D_K, 10_000);

/** As tokens_of. */
const tokensOf = (
  task,
  trained,
  times,
) => (task === "copying" ? 2 * Math.floor((trained / 2) * times + 0.5) : Math.floor(trained * times + 0.5));

/** The model with queries that have nothing in a band of pairs. */
function muted(model, inBand) {
  const blocks = model.blocks.map((block) => ({
    ...block,
    W_q: block.W_q.map((weight, i) => (inBand[Math.floor((i % D_K) / 2)] ? 0 : weight)),
  }));
  return { ...model, blocks };
}

/** The mean of −ln p over the targets that are asked, nats, and the trace of the pass. */
function run(model, { tokens, targets }, theta) {
  const asked = range(targets.length, (n) => n).filter((n) => targets[n] >= 0);
  const { logits, weights, queries, keys } = forward(model, tokens, { name: "rope", theta }, asked);
  let loss = 0;
  asked.forEach((n, i) => {
    const row = logits.subarray(i * model.V, (i + 1) * model.V);
    const top = Math.max(...row);
    loss += (top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0)) - row[targets[n]]) / asked.length;
  });
  return { loss, weights, queries, keys, asked, N: tokens.length };
}

/** How much attention goes 0, 1, 2, … tokens back. */
function byDistance({ weights, asked, N }, layer, head) {
  const shares = new Array(N).fill(0);
  asked.forEach((n, i) => {
    for (let back = 0; back <= n; back++) shares[back] += weights[layer][head][i * N + n - back] / asked.length;
  });
  return shares;
}

/** |q||k| / √d_k with lengths that are means over the text, a row for each layer and head. */
function reachesOf({ queries, keys, N }) {
  const width = HEADS * D_K;
  const mean = (x, first) => {
    let sum = 0;
    for (let at = first; at < x.length; at += width) sum += Math.hypot(x[at], x[at + 1]);
    return sum / N;
  };
  return queries.flatMap((q, layer) =>
    range(HEADS, (h) => range(PAIRS, (i) => mean(q, h * D_K + 2 * i) * mean(keys[layer], h * D_K + 2 * i) / Math.sqrt(D_K)))
  );
}

const untouched = kept((model, text) => run(model, text, THETA));
const operated = kept((model, text, inBand, treatment) => {
  const factor = { muted: 1, still: 0, slowed: 0.5 }[treatment];
  const trace = run(treatment === "muted" ? muted(model, inBand) : model, text, THETA.map((rate, i) => (inBand[i] ? factor * rate : rate)));
  return { ...trace, reaches: reachesOf(trace) };
});

export default function frequencySurgery(c, data) {
  const { costs, recorded_at, trained_tokens, texts } = data;
  const model = decoderOf(data[c.task]);
  const count = tokensOf(c.task, trained_tokens[c.task], c.times);
  const text = sample(c.task, count, "", texts);
  const last = Math.min(PAIRS, c.pair + c.width - 1);
  const inBand = range(PAIRS, (i) => i >= c.pair - 1 && i < last);
  const state = `${c.task} ${count}`;
  const before = untouched(state, model, text);
  const after = operated(`${state} ${c.treatment} ${c.pair} ${last}`, model, text, inBand, c.treatment);
  const [shares_before, shares_after] = [before, after].map((trace) => byDistance(trace, c.layer - 1, c.head - 1));
  const off = recorded_at.map((n) => Math.abs(Math.log(n / before.N)));
  const nearest = off.indexOf(Math.min(...off));
  const isRecorded = c.task === "characters";
  const known = (name) => (isRecorded ? costs[name][nearest] : new Array(PAIRS).fill(NaN));
  return {
    loss_before: before.loss,
    loss_after: after.loss,
    cost: after.loss - before.loss,
    reaches: after.reaches,
    begins: `${c.pair}, ${WAVELENGTHS[c.pair - 1]} tokens`,
    operated: c.pair === last ? `pair ${last} alone` : `pairs ${c.pair} to ${last}`,
    length: `${before.N} tokens`,
    band: range(last - c.pair + 1, (i) => c.pair + i),
    edges: [c.pair - 0.5, last + 0.5],
    turned: THETA.filter((rate) => (2 * Math.PI) / rate <= trained_tokens[c.task]).length + 0.5,
    row: HEADS * (c.layer - 1) + c.head,
    of_all: isRecorded ? `; curves: whole test, ${recorded_at[nearest]} tokens` : "",
    keys: isRecorded ? ["muted", "held still", "slowed"] : ["", "", ""],
    sought: c.task === "copying" ? before.N / 2 : NaN,
    answer: c.task === "copying" ? "the symbol to copy" : "",
    remark: isRecorded ? "" : NOT_RECORDED,
    if_muted: known("muted"),
    if_still: known("still"),
    if_slowed: known("slowed"),
    chosen: known(c.treatment).slice(c.pair - 1, last),
    back_before: shares_before.slice(1),
    back_after: shares_after.slice(1),
    near_before: shares_before.slice(0, 2),
    near_after: shares_after.slice(0, 2),
  };
}
