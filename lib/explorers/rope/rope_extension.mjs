// rope-extension: the twin of rope_extension.py.

import { frequencies, mean, scaled, sharpened, TURN } from "../mathematics.mjs";

const HEAD = 128;

/** As lib.rope.similarity. */
function similarity(distance, theta) {
  let sum = 0;
  for (let i = 0; i < theta.length; i++) sum += Math.cos(distance * theta[i]);
  return sum / theta.length;
}

/** Each method's frequencies and attention factor; the formulas' sources stand in lib/rope.py. */
const scalings = {
  none: (_, theta) => [theta, 1],
  linear: (c) => [scaled.linear(c), 1],
  ntk: (c) => [scaled.ntk(c), 1],
  yarn: (c) => [scaled.yarn(c), sharpened(c.factor)],
  parts: (c, theta) => [byTurns(c, theta, 1, 32), sharpened(c.factor)],
  llama3: (c, theta) => [byTurns(c, theta, 1, 4), 1],
};

/** NTK-by-parts: kept above `high` turns, divided by the factor below `low`, a ramp over turns between. */
function byTurns(c, theta, low, high) {
  return theta.map((rate) => {
    const kept = Math.min(1, Math.max(0, ((c.original * rate) / TURN - low) / (high - low)));
    return (1 - kept) * (rate / c.factor) + kept * rate;
  });
}

/** Share of the angles up to `length` that lie outside the arc swept up to `original`. */
function unseenShare(rate, trained, original, length) {
  const arc = trained * original;
  if (arc >= TURN) return 0;
  const total = rate * length;
  const turns = Math.floor(total / TURN);
  const share = (turns * (TURN - arc) + Math.max(0, total - turns * TURN - arc)) / total;
  return share < 1e-12 ? 0 : share; // rounding, as in lib
}

export default function ropeExtension(c, { x }) {
  const theta = frequencies(HEAD, c.base);
  const [stretched, attention] = scalings[c.method]({ d: HEAD, ...c }, theta);
  const length = c.factor * c.original;
  const share = stretched.map((rate, i) => unseenShare(rate, theta[i], c.original, length));
  return {
    before: theta.map((rate) => TURN / rate),
    after: stretched.map((rate) => TURN / rate),
    top: 10 ** Math.max(6, Math.ceil(Math.log10(TURN / stretched.at(-1)))),
    unseen_pairs: share,
    unseen: mean(share),
    length,
    score_before: x.map((distance) => similarity(distance, theta)),
    score_after: x.map((distance) => attention ** 2 * similarity(distance, stretched)),
    fastest: stretched[0],
    attention_factor: attention,
    untouched: stretched.filter((rate, i) => Math.abs(rate / theta[i] - 1) < 1e-9).length,
  };
}
