// cell-race: the twin of cell_race.py.

const EVERY = 50;
const COSTS = [[1, 0], [3, 3], [4, 3]]; // of RNN, GRU, LSTM: gates; products of entry and entry
const RUNNERS = ["uniform", "orthogonal", "gru", "lstm"];

export default function cellRace(c, data) {
  const race = data[c.task];
  const parameters = COSTS.map(([gates]) => gates * (c.k * (c.k + c.d) + c.k));
  const products = COSTS.map(([gates, entries]) => gates * c.k * (c.k + c.d) + entries * c.k);
  const widest = (gates) => Math.floor((Math.sqrt((c.d + 1) ** 2 + (4 * parameters[2]) / gates) - (c.d + 1)) / 2);
  const out = { parameters, products, chance: race.chance, k_gru: widest(3), k_rnn: widest(1) };
  for (const runner of RUNNERS) {
    const course = race[runner] ?? race[`${runner} ${c.bias}`];
    for (const name of ["worst", "middle", "best"]) {
      out[`${name}_${runner}`] = course[name].map((value, look) => (EVERY * look <= c.update ? value : NaN));
    }
    out[`right_${runner}`] = course.middle[Math.floor(c.update / EVERY)];
  }
  return out;
}
