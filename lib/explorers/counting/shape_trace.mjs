// shape-trace: the twin of shape_trace.py.

import { format } from "../../widget/browser/format.mjs";
import { bytesOf, shapesThrough } from "./memory.mjs";

const MIB = 2 ** 20;
const product = (sizes) => sizes.reduce((a, b) => a * b, 1);

const STEP_LETTERS = {
  tokens: "B, N",
  queries: "B, h, N, dₖ",
  keys: "B, h, N, dₖ",
  values: "B, h, N, dₖ",
  "attention weights": "B, h, N, N",
  heads: "B, h, N, dₖ",
  hidden: "B, N, hidden",
  "scores of the words": "B, N, V",
};
const asTuple = (shape) => `(${shape.join(", ")})`;

export default function shapeTrace(c, { kind }) {
  const values = { ...kind, vocab_size: c.V, d_model: c.D, n_heads: c.h, d_k: c.d_k, d_ff: c.d_ff };
  const joined = c.h * c.d_k;
  const mismatch = c.unprojected ? Math.abs(joined - c.D) : 0;
  const thousands = (n) => format(n, ",d");
  let [stack, first, subLayer, start] = ["", 0, "", 0];
  const steps = shapesThrough(values, c.B, c.N).map((made, i) => {
    if (made.stack !== stack) [stack, first] = [made.stack, i];
    if (made.name.includes("-")) subLayer = made.name; // the output of a sub-layer
    const attends = subLayer.endsWith("attention");
    const bare = c.unprojected && attends && made.name === subLayer;
    const shape = bare ? [c.B, c.N, joined] : made.shape;
    const wrong = made.residual && attends && mismatch ? 1 : 0;
    const step = {
      stack,
      names: made.name,
      shape,
      letters: bare ? "B, N, h·dₖ" : STEP_LETTERS[made.name] ?? "B, N, D",
      texts: wrong ? `${thousands(c.D)} + ${thousands(joined)}?` : asTuple(shape),
      mib: bytesOf(product(shape), made.name === "tokens" ? "fp32" : c.number_format) / MIB,
      joins: made.residual ? start - first : -1,
      wrong,
    };
    if (made.name === "embedding" || made.name === "norm") start = i; // what the next sub-layer reads
    return step;
  });
  const out = {};
  for (const side of ["encoder", "decoder"]) {
    const own = steps.filter((step) => step.stack === side);
    for (const what of ["names", "texts", "mib", "joins", "wrong"]) out[`${side}_${what}`] = own.map((step) => step[what]);
  }
  const shown = steps[c.step];
  return {
    ...out,
    step_name: `${shown.stack}, ${shown.names}`,
    step_letters: shown.letters,
    step_shape: asTuple(shown.shape),
    step_numbers: product(shown.shape),
    step_mib: shown.mib,
    mismatch,
    remark: c.unprojected && !mismatch ? "h·dₖ = D: shapes fit, but no head reaches another’s coordinates." : "",
  };
}
