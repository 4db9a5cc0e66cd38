// trained-attention: the twin of trained_attention.py.

import { kept, mean, range, scaled, sharpened } from "../mathematics.mjs";
import { decoderOf, forward, turning } from "./decoder.mjs";
import { known, named, sample } from "./samples.mjs";

const D_K = 16;
const NOTHING_TURNS = "Nothing turns in this model: nothing is stretched.";
const NOTHING_TO_DROP = "This model has no positions to drop.";
const STILL_SHORT = "Up to the trained length nothing changes.";
const WINDOW_STAYS = "The window of the first layer stays.";

/** The scheme under which a model reads n tokens, what there is to say of it, and the name under which the test has it. */
function arranged(name, stretch, n, trained) {
  const own = { name, theta: undefined };
  const [theta, factor] = [turning(own, 0, D_K), Math.max(1, n / trained)];
  const tableEnds = name === "learned" && n > trained ? `Past its ${trained} rows the table’s last one is used.` : "";
  if (stretch === "dropped") {
    if (theta) return { scheme: { name, theta: range(D_K / 2, () => 0) }, said: name === "windowed" ? WINDOW_STAYS : "", kind: stretch };
    return { scheme: { name: "none" }, said: name === "none" ? NOTHING_TO_DROP : "", kind: stretch };
  }
  if (stretch !== "test" && factor === 1) {
    return { scheme: own, said: !theta && stretch !== "log_n" ? NOTHING_TURNS : STILL_SHORT, kind: stretch };
  }
  if (stretch === "log_n") return { scheme: { name, log_n: trained }, said: tableEnds, kind: stretch };
  if (stretch === "test" || !theta) {
    return { scheme: own, said: [stretch !== "test" && NOTHING_TURNS, tableEnds].filter(Boolean).join("\n"), kind: "test" };
  }
  const rates = scaled[stretch]({ d: D_K, base: 10_000, factor, original: trained });
  const scheme = { name, theta: rates.map((rate, i) => (theta[i] ? rate : 0)), factor: stretch === "yarn" ? sharpened(factor) : 1 };
  return { scheme, said: "", kind: stretch };
}

/** The model, with the last row of a learned table for every place that it lacks, as in the test. */
function reaching(model, { name }, n) {
  const { D, table } = model;
  if (name !== "learned" || n * D <= table.length) return model;
  const longer = Float64Array.from({ length: n * D }, (_, i) => table[i < table.length ? i : table.length - D + (i % D)]);
  return { ...model, table: longer };
}

const traced = kept((letters, tokens, scheme) => forward(reaching(decoderOf(letters), scheme, tokens.length), tokens, scheme));

/** The softmax of a row of logits, and its largest. */
function answered(logits, V, row) {
  const z = logits.subarray(row * V, (row + 1) * V);
  let answer = 0;
  for (let i = 1; i < V; i++) if (z[i] > z[answer]) answer = i;
  const powers = z.map((score) => Math.exp(score - z[answer]));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return { answer, probability: (token) => powers[token] / total };
}

export default function trainedAttention(c, data) {
  const letters = data[c.model.replaceAll("-", "_")];
  const task = c.model.slice(0, c.model.indexOf("-"));
  const [characters, copying] = [task === "characters", task === "copying"];
  const ofTask = data.tasks[task];
  const { tokens, targets, sought, said: ofText } = sample(task, c.length, c.text, data);
  const n = tokens.length;
  const { scheme, said: ofScheme, kind: asked } = arranged(c.model.slice(task.length + 1), c.stretch, n, ofTask.trained_tokens);
  const trace = traced([c.model, c.stretch, n, c.text].join("\n"), letters, tokens, scheme);
  const [scores, weights] = [trace.scores, trace.weights].map((each) => each[c.layer - 1][c.head - 1]);
  const places = range(n, (place) => place).filter((place) => targets[place] >= 0);
  const row = c.query ? ((c.query - 1) % n) + 1 : (places.at(-1) ?? n - 1) + 1; // counted round
  const at = (row - 1) * n;
  let [entropy, seen, weight] = [0, 0, 0];
  for (let m = 0; m < row; m++) {
    const share = weights[at + m];
    if (scores[at + m] > -Infinity) seen++;
    if (share > 0) entropy -= share * Math.log(share);
  }
  const V = trace.logits.length / n;
  const answers = places.map((place) => {
    const { answer, probability } = answered(trace.logits, V, place);
    return { right: answer === targets[place], probability: probability(targets[place]) };
  });
  const [token, target, place] = [tokens, targets, sought].map((list) => list[row - 1]);
  const needed = place >= 0 ? [place] : [];
  for (const key of characters ? range(Math.min(8, row), (i) => row - 1 - i) : needed) weight += weights[at + key];
  const word = (which) => named(task, which, data);
  const next = target < 0 ? "nothing is asked" : `asked ${word(target)}, answered ${word(answered(trace.logits, V, row - 1).answer)}`;
  const results = data.tested[c.model];
  const kind = asked in results ? asked : "test";
  const away = ofTask.lengths.map((length) => Math.abs(length * (copying ? 2 : 1) - n));
  const nearest = away.indexOf(Math.min(...away));
  const where = `${ofTask.lengths[nearest]} ${copying ? "symbols" : "tokens"}`;
  const measure = characters ? "loss (nats)" : "share right";
  const measures = answers.map(({ right, probability }) => (characters ? -Math.log(probability) : Number(right)));
  const score = range(row, (distance) => {
    const value = scores[at + row - 1 - distance];
    return value > -Infinity ? value : NaN;
  });
  return {
    count: n,
    chosen: c.query ? `place ${row}` : `the last asked, ${row}`,
    map: range(n, (query) => range(n, (key) => (key <= query ? weights[query * n + key] : NaN))),
    edge: ofTask.trained_tokens + 0.5,
    farthest: ofTask.trained_tokens - 0.5,
    longest: ofTask.trained_tokens,
    row,
    sides: [row - 0.5, row + 0.5],
    needed: needed.map((key) => key + 1),
    needed_row: needed.map(() => row),
    score,
    needed_distance: needed.map((key) => row - 1 - key),
    needed_score: needed.map((key) => scores[at + key]),
    places: places.map((place) => place + 1),
    unasked: range(n, (i) => (targets[i] < 0 && i < n - 1 ? answered(trace.logits, V, i).probability(tokens[i + 1]) : NaN)),
    right: answers.map(({ right, probability }) => (right ? probability : NaN)),
    wrong: answers.map(({ right, probability }) => (right ? NaN : probability)),
    chance: characters ? Math.exp(-ofTask.chance) : ofTask.chance,
    by: characters ? "by frequencies alone" : "by chance",
    measure,
    measured: measures.length ? mean(measures) : 0,
    of: `${measure} here, of ${places.length} asked`,
    recorded: results[kind][nearest],
    of_test: `in the whole test at ${where}${kind === "test" && c.stretch !== "test" ? ", as trained" : ""}`,
    entropy,
    uniform: Math.log(seen),
    weight,
    what: `weight on ${characters ? "the 8 nearest keys" : needed.length ? "the key that it needs" : "the key that it needs: none here"}`,
    said: `query at place ${row}, ${word(token)}: ${next}`,
    needs: needed.length ? "the key that it needs" : "",
    of_scheme: ofScheme,
    of_text: ofText,
  };
}
trainedAttention.parse = { text: known };
