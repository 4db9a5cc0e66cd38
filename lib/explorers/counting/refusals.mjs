// What is refused, in the words of lib.parameters.

import { format } from "../../widget/browser/format.mjs";

export function decline(name, expected, got) {
  throw new Error(`${name}: expected ${expected}, got ${got}`);
}

export function came(value) {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : format(value, ".6g");
  if (typeof value !== "string") return value && typeof value === "object" ? "an object" : String(value);
  const letters = Array.from(value);
  const escaped = (letter) => "\\u" + letter.charCodeAt(0).toString(16).padStart(4, "0");
  return JSON.stringify(letters.slice(0, 40).join("")).replace(/[^ -~]/g, escaped) + (letters.length > 40 ? "…" : "");
}

export function wholeNumber(name, value, least, most) {
  if (!Number.isInteger(value) || value < least || value > most) decline(name, `a whole number from ${least} to ${most}`, came(value));
  return value;
}

export function trueOrFalse(name, value) {
  if (typeof value !== "boolean") decline(name, "true or false", came(value));
  return value;
}

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
