// The header of a .safetensors file, counted, as in lib/parameters/_weights.py; and how files are read.

import { format } from "../../widget/browser/format.mjs";
import { arrayPart, modulePart } from "./building.mjs";
import { decline, isObject } from "./refusals.mjs";

const PACKED = ["I8", "U8", "I32", "U32"]; // integers in which quantized numbers are packed
const LONGEST_HEADER = 10 ** 8; // bytes, as the format has it

/** The text of a file: of weights their header alone, which is read where it lies. */
export async function readFile(file) {
  if (!file.name.endsWith(".safetensors")) {
    if (file.size > LONGEST_HEADER) decline("file", `at most ${LONGEST_HEADER} bytes`, file.size);
    return file.text();
  }
  const length = Number(new DataView(await file.slice(0, 8).arrayBuffer()).getBigUint64(0, true));
  if (length > Math.min(LONGEST_HEADER, file.size)) decline("file", "a header of at most its own size", `${length} bytes`);
  return file.slice(8, 8 + length).text();
}

/** Whether an object is such a header: arrays by name, each with its format, shape and place in the file. */
export function isHeader(found) {
  const arrays = Object.entries(found).filter(([name]) => name !== "__metadata__").map(([, array]) => array);
  const whole = (array) => isObject(array) && ["dtype", "shape", "data_offsets"].every((field) => Object.hasOwn(array, field));
  return arrays.length > 0 && arrays.every(whole);
}

/** The tree of what is stored, an array for each format, and a sentence on it. */
export function stored(header) {
  const formats = new Map();
  let [arrays, bytes] = [0, 0];
  for (const [name, array] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    for (const [field, length] of /** @type {[string, number?][]} */ ([["shape"], ["data_offsets", 2]])) {
      const sizes = array[field];
      const numbers = Array.isArray(sizes) && sizes.every((n) => Number.isInteger(n) && n >= 0);
      if (!numbers || (length && sizes.length !== length)) {
        const start = Array.from(name).slice(0, 60).join("");
        decline(`${start}.${field}`, "a list of whole numbers" + (length ? ", two of them" : ""), "something else");
      }
    }
    arrays++;
    bytes += array.data_offsets[1] - array.data_offsets[0];
    const dtype = String(array.dtype);
    formats.set(dtype, (formats.get(dtype) ?? 0) + array.shape.reduce((a, b) => a * b, 1));
  }
  const sorted = [...formats].sort(([a], [b]) => (a < b ? -1 : 1));
  const tree = modulePart("file", sorted.map(([dtype, n]) => arrayPart(dtype, "other", [["elements", n]])));
  const thousands = (n) => format(n, ",d");
  const bits = tree.total ? `, ${format((8 * bytes) / tree.total, ".2f")} bits an element` : "";
  const packed = PACKED.some((dtype) => formats.has(dtype)) ? "; whole numbers among them may each hold several quantized ones" : "";
  const said = `a .safetensors file: ${thousands(arrays)} arrays of ${thousands(tree.total)} elements in ${thousands(bytes)} bytes`;
  return { tree, said: said + bits + packed };
}
