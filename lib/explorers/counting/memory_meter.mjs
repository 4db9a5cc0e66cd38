// memory-meter: the twin of memory_meter.py.

import { format } from "../../widget/browser/format.mjs";
import { activationBytes, bytesOf, kvCacheBytes, trainingBytes } from "./memory.mjs";

const GIB = 2 ** 30;

export default function memoryMeter(c, { models, length: lengths }) {
  const { values, parameters, longest: ends } = models[c.model];
  const read = Math.min(c.tokens, ends ?? c.tokens);
  const H = values.n_decoder_heads ?? values.n_heads;
  const queriesPerKey = H / (values.n_kv_heads ?? H);
  const needed = kvCacheBytes(values, 1, c.batch, c.cache_in);
  const each = c.all_heads ? needed * queriesPerKey : needed;
  const weights = bytesOf(parameters, c.weights_in);
  const trainedIn = c.weights_in === "fp32" ? "fp32" : "bf16";
  const kept = trainingBytes(parameters, trainedIn);
  const activations = activationBytes(values, c.batch, read, trainedIn, c.recompute);
  const training = [kept.weights, kept.gradients, kept.moments, kept.master_weights, activations];
  const sizes = [weights, each * read, ...training].map((bytes) => bytes / GIB);
  const sums = training.map((_, i) => training.slice(0, i).reduce((a, b) => a + b, 0) / GIB);
  const [run, train] = [sizes[0] + sizes[1], training.reduce((a, b) => a + b, 0) / GIB];
  const overLength = lengths.map((length) => (length <= (ends ?? length) ? (weights + each * length) / GIB : NaN));
  const fits = Math.max(0, Math.floor((c.card * GIB - weights) / each));
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
    texts: sizes.map((size) => `${format(size, ",.2f")} GiB`),
    run,
    train,
    cache: sizes[1],
    activations: sizes[6],
    read,
    over_length: overLength,
    longest: Math.min(fits, ends ?? fits),
    cache_of_a_token: each / 1024,
    queries_per_key: queriesPerKey,
    difference: ((each - needed) * read) / GIB,
    remark: c.all_heads && queriesPerKey === 1 ? "Each query head of this model has keys of its own: there is nothing to forget." : "",
    table_ends: read < c.tokens ? `The model’s table of positions has ${format(ends, ",d")} places: no text is longer.` : "",
  };
}
