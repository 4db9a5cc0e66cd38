// Counting a transformer, as lib.parameters.count.

import { architecture } from "./architecture.mjs";
import { counted } from "./building.mjs";
import { Scope } from "./expressions.mjs";
import { familyNamed } from "./families.mjs";

/** The tree of a transformer's parts, from values of ARCHITECTURE; `families` are the contents of families.json. */
export function countArchitecture(values, families) {
  const plain = familyNamed(null, families);
  return counted(new Scope(architecture(values), plain.is, { family: plain }));
}
