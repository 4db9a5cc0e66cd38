// The multiply-adds of a forward pass, for one token, from a tree of parts, as lib.parameters.multiply_adds_per_token.

import { decline } from "./refusals.mjs";

const SIX = ["encoder_matrices", "encoder_attention", "cross_keys_values", "decoder_matrices", "decoder_attention", "cross_attention"];

/** Six numbers, for a token that meets `tokens` keys in its own stack and, where it reads a source, `sourceTokens` there. */
export function multiplyAdds(tree, tokens, sourceTokens = tokens) {
  const both = tree.parts.filter((part) => part.name === "encoder" || part.name === "decoder");
  const stacks = (both.length ? both : [tree]).map((stack) => ({ stack, met: [...onTheWay(stack)] }));
  if (!stacks.some(({ met }) => met.length)) {
    decline("model", "one whose matrices are known (a file of weights says how many numbers there are)", `'${tree.name}'`);
  }
  const work = Object.fromEntries(SIX.map((name) => [name, 0]));
  for (const { stack, met } of stacks) {
    const side = both.length ? stack.name : writes(tree) ? "decoder" : "encoder";
    const own = both.length && side === "encoder" ? sourceTokens : tokens;
    for (const { path, passes, matrix, amount } of met) {
      if (amount) {
        work[amount.length === "source" ? "cross_attention" : `${side}_attention`] += passes * amount.size *
          tokensOf(amount, own, sourceTokens);
      } else {
        const crosses = path.at(-2) === "cross-attention" && ["W_K", "W_V"].includes(path.at(-1));
        work[crosses ? "cross_keys_values" : `${side}_matrices`] += passes * matrix.shape.reduce((a, b) => a * b, 1);
      }
    }
  }
  return work;
}

/** Whether something is kept: then the model writes. */
const writes = (part) => part.caches.length > 0 || part.parts.some(writes);

/** What a token meets inside: the names that lead to it, how often, and the matrix or the amount. */
function* onTheWay(part, path = [], outside = 1) {
  const [here, passes] = [[...path, part.name], outside * part.passes];
  if (part.kind === "matrix") yield { path: here, passes, matrix: part };
  for (const amount of part.kind ? [] : part.meets) yield { path: here, passes, amount };
  for (const inside of part.parts) yield* onTheWay(inside, here, passes);
}

/** How often an amount is there, for so many tokens. */
export function tokensOf({ length }, tokens, sourceTokens) {
  if (typeof length === "number") return Math.min(tokens, length);
  const [word, m = 1, most = Infinity] = length.split(" ").map((part, i) => (i ? Number(part) : part));
  const groups = Math.floor(tokens / Number(m));
  return {
    all: tokens,
    source: sourceTokens,
    once: 1,
    every: Math.min(groups, Number(most)),
    rest: tokens % Number(m),
    past: Math.min(groups, 1),
  }[word];
}
