// length-race: the twin of length_race.py.

import { format } from "../../widget/browser/format.mjs";
import { range } from "../mathematics.mjs";

const MEASURES = { copying: ["symbols", "copies"], recall: ["values"], characters: ["loss"] };

/** As np.median. */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return half % 1 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}
const overSeeds = (runs) => range(runs[0].length, (i) => median(runs.map((run) => run[i])));

export default function lengthRace(c, data) {
  const [task, measure] = c.task.split(" ");
  const { lengths, trained: unit, chance, runners } = data[task];
  const [which, loss] = [MEASURES[task].indexOf(measure), measure === "loss"];
  const chosen = [c.a, c.b, c.c, c.d].map((name) => runners[name]);
  const runs = chosen.map((runner) => (c.sharpened && runner.log_n ? runner.log_n : runner.test)[which]);
  const losses = chosen.map((runner) => runner.losses);
  const middle = runs.map(overSeeds);
  const multiples = lengths.map((length) => length / unit);
  const logs = multiples.map(Math.log);
  const next = logs.findIndex((x) => x >= Math.log(c.times));
  /** As np.interp over the logarithms. */
  const atTheRule = (line) => {
    if (next <= 0) return next ? line.at(-1) : line[0];
    const share = (Math.log(c.times) - logs[next - 1]) / (logs[next] - logs[next - 1]);
    return line[next - 1] + share * (line[next] - line[next - 1]);
  };
  const trained = middle.map((values) => values[multiples.indexOf(1)]);
  const extreme = (choose) => runs.map((seeds) => atTheRule(range(logs.length, (i) => choose(...seeds.map((run) => run[i])))));
  return {
    multiples,
    runs,
    middle,
    losses,
    course: losses.map(overSeeds),
    length: unit * c.times,
    trained,
    here: middle.map(atTheRule),
    low: extreme(Math.min),
    high: extreme(Math.max),
    chance: chance[which],
    counted: task === "copying" ? "symbols" : "tokens",
    unit: loss ? "loss (nats)" : "share right",
    names: [c.a, c.b, c.c, c.d].map((name, i) => {
      const short = loss ? trained[i] > 2 : trained[i] < 0.95;
      return data.called[name] + (short ? ` (at 1: ${format(trained[i], loss ? ".2f" : ".0%")})` : "");
    }),
  };
}
