// memory-meter: the twin of memory_meter.py.

import { format } from "../../widget/browser/format.mjs";
import { tokensOf } from "./work.mjs";
import { activationBytes, bytesOf, trainingBytes } from "./memory.mjs";

const GIB = 2 ** 30;
const LONGEST = 2 ** 40; // tokens; nothing that fits them ever fills a card

/** A kind of layer, by what it keeps: what grows with the text, a window, or what doesn't grow. */
function kindOf({ length }) {
  const word = typeof length === "string" ? length.split(" ")[0] : "window";
  return { every: "all", rest: "once", past: "once" }[word] ?? word;
}

/** The largest whole number up to `most` for which it holds, 0 if none; it holds for those below, too. */
function largest(holds, most) {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.floor((low + high + 1) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

export default function memoryMeter(c, { models, length: lengths, cards }) {
  const { values, parameters, longest: ends, kept } = models[c.model];
  const read = Math.min(c.tokens, ends ?? c.tokens);
  const number = c.batch * bytesOf(1, c.cache_in);
  const keeping = (entries, n, what) => number * entries.reduce((all, entry) => all + entry[what] * tokensOf(entry, n, n), 0);
  const what = c.all_heads ? "unshared" : "numbers";
  const cache = (n) => keeping(kept, n, what);
  const withoutSharing = keeping(kept, read, "unshared") / keeping(kept, read, "numbers");
  const kinds = kept.map(kindOf);
  const weights = bytesOf(parameters, c.weights_in);
  const trainedIn = c.weights_in === "fp32" ? "fp32" : "bf16";
  const trained = trainingBytes(parameters, trainedIn);
  const activations = values ? activationBytes(values, c.batch, read, trainedIn, c.recompute) : 0;
  const training = [trained.weights, trained.gradients, trained.moments, trained.master_weights];
  const sizes = [weights, cache(read), ...training, activations].map((bytes) => bytes / GIB);
  const sums = [0, 1, 2, 3, 4].map((i) => training.slice(0, i).reduce((a, b) => a + b, 0) / GIB);
  const over = (...kinds) => {
    const drawn = kept.filter((entry) => kinds.includes(kindOf(entry)));
    return lengths.map((n) => (drawn.length && n <= (ends ?? n) ? keeping(drawn, n, what) / GIB : NaN));
  };
  const longest = (card) => largest((n) => weights + cache(n) <= card * GIB, Math.min(ends ?? LONGEST, LONGEST));
  const [fits, drawn] = [longest(c.card), Math.min(ends ?? LONGEST, lengths.at(-1))];
  const ended = read < c.tokens ? `The model’s table of positions has ${format(ends, ",d")} places: no text is longer.` : "";
  return {
    names: [
      `run: weights, ${c.weights_in}`,
      `run: cache, ${c.cache_in}`,
      `train: weights, ${trainedIn}`,
      `train: gradients, ${trainedIn}`,
      "train: moments, fp32",
      "train: copy, fp32",
      `train: activations, ${trainedIn}`,
    ],
    sizes,
    starts: [0, sizes[0], ...sums],
    texts: sizes.map((size, i) => (i === 6 && !values ? "not counted here" : `${format(size, ",.2f")} GiB`)),
    of_them: values ? `${format(sizes[6], ".2f")} of them activations` : "without activations, which are not counted here",
    run: sizes[0] + sizes[1],
    train: sums[4] + sizes[6],
    cache: sizes[1],
    activations: sizes[6],
    read,
    full: kinds.includes("all") || kinds.includes("source") ? "full attention" : "",
    windows: kinds.includes("window") ? "windows" : "",
    states: kinds.includes("once") ? "states" : "",
    over_full: over("all", "source"),
    over_windows: over("window"),
    over_states: over("once"),
    over_length: over("all", "source", "window", "once").map((bytes) => weights / GIB + bytes),
    longest: fits,
    full_at: cards.map(longest).map((n) => (n === 0 || n >= drawn ? NaN : n)), // by its weights, or never as long as is drawn
    cache_of_a_token: (cache(read + 1) - cache(read)) / 1024,
    without_sharing: withoutSharing,
    difference: (cache(read) - keeping(kept, read, "numbers")) / GIB,
    remark: c.all_heads && withoutSharing === 1 ? "Each query head of this model has keys of its own: there is nothing to forget." : "",
    table_ends: ended || (fits === LONGEST ? "What it keeps doesn’t grow: no length fills the card." : ""),
  };
}
