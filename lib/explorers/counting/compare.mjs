// Two trees beside each other, as lib.parameters.compare.

import { tokensOf } from "./work.mjs";

const none = { parameters: 0, cached: 0, multiply_adds: 0 };

/** The parts of two trees by name, each with its sizes in the one and in the other. */
export function compare(tree, other, tokens, sourceTokens = tokens) {
  const [one, two] = [tree, other].map((which) => sizesOf(which, tokens, sourceTokens));
  const names = [...one.keys(), ...[...two.keys()].filter((name) => !one.has(name))];
  return names.map((name) => [name, one.get(name) ?? none, two.get(name) ?? none]);
}

function sizesOf(tree, tokens, sourceTokens) {
  const both = tree.parts.some(({ name }) => name === "decoder");
  const found = new Map();
  const add = (path, sizes) => {
    const name = nameOf(path);
    const before = found.get(name) ?? none;
    found.set(name, Object.fromEntries(Object.keys(none).map((what) => [what, before[what] + (sizes[what] ?? 0)])));
  };
  const visit = (part, path, outside, way) => {
    const [times, passes, own] = [outside * part.times, way * part.passes, both && path[0] === "encoder" ? sourceTokens : tokens];
    if (part.kind) {
      const size = part.shape.reduce((a, b) => a * b, 1);
      return add(path, { parameters: part.tied ? 0 : times * size, multiply_adds: part.kind === "matrix" ? passes * size : 0 });
    }
    for (const kept of part.caches) add(path, { cached: times * kept.size * tokensOf(kept, tokens, sourceTokens) });
    for (const met of part.meets) add(path, { multiply_adds: passes * met.size * tokensOf(met, own, sourceTokens) });
    for (const inside of part.parts) {
      visit(inside, inside.parts.length ? [...path, inside.name] : path.length ? path : [inside.name], times, passes);
    }
  };
  visit(tree, [], 1, 1);
  return found;
}

/** What a part is called, wherever it stands in its model. */
function nameOf(path) {
  const names = path.filter((name) => name !== "language model").map((name) => name.split(" (")[0]);
  const stack = ["encoder", "decoder"].includes(names[0]) && names.length > 1 ? `${names.shift()}, ` : "";
  const name = names[0] === "layers" && names.length > 1 ? names[1] : names[0];
  return stack + (name.includes("norm") ? "norms" : name);
}
