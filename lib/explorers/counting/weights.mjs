// The header of a .safetensors file and the index of several, counted, as in lib/parameters/_weights.py; and how files are read.

import { format } from "../../widget/browser/format.mjs";
import { arrayPart, modulePart } from "./building.mjs";
import { decline, isObject } from "./refusals.mjs";

const PACKED = ["I8", "U8", "I32", "U32"]; // integers in which quantized numbers are packed
const thousands = (n) => format(n, ",d");
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

const wholeTotal = (n) => Number.isInteger(n) && n >= 0;

/** Whether an object is a model.safetensors.index.json: for each array, the name of the file that has it. */
export const isIndex = (found) => Object.hasOwn(found, "weight_map") && isObject(found.weight_map);

/** The tree of an index, a sentence on it, and bytes of a number, where its total is not given and they were assumed. */
export function indexed(index) {
  const given = Object.hasOwn(index, "metadata") && isObject(index.metadata) ? index.metadata : {};
  const name = ["total_parameters", "total_size"].find((total) => Object.hasOwn(given, total) && wholeTotal(given[total]));
  if (!name) decline("metadata.total_size", "a whole number", "something else");
  const assumed = name === "total_size" ? { "bytes of a number": 2 } : {};
  const total = Math.floor(given[name] / (assumed["bytes of a number"] ?? 1));
  const files = new Set(Object.values(index.weight_map).map(String));
  const said = `an index of weights: ${thousands(Object.keys(index.weight_map).length)} arrays in ${thousands(files.size)} files`;
  const tree = modulePart("files", [arrayPart("elements", "other", [["elements", total]])]);
  return { tree, said: name === "total_size" ? `${said}, ${thousands(given[name])} bytes` : said, assumed };
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
  const bits = tree.total ? `, ${format((8 * bytes) / tree.total, ".2f")} bits an element` : "";
  const packed = PACKED.some((dtype) => formats.has(dtype)) ? "; whole numbers among them may each hold several quantized ones" : "";
  const said = `a .safetensors file: ${thousands(arrays)} arrays of ${thousands(tree.total)} elements in ${thousands(bytes)} bytes`;
  return { tree, said: said + bits + packed };
}
