// A number: a range input; as a handle it is there for the keyboard, and the arrow in the picture for the hand.

import { nearest } from "../browser/channels.mjs";
import { element } from "../browser/dom.mjs";
import { readable } from "../browser/format.mjs";

const LOG_STEPS = 400;

/** What the slider can take of a value from anywhere: clamped, or undefined where it makes no sense. */
export function admit(control, value) {
  const number = typeof value === "string" && value.trim() ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number)) return undefined;
  if (control.automatic && number === 0) return 0;
  const clamped = Math.min(control.high, Math.max(control.low, number));
  return control.whole ? Math.round(clamped) : clamped;
}

/** Where a value stands on the slider, and back. A logarithmic slider moves by equal ratios. */
export function track(control) {
  const { low, high, log, step } = control;
  if (!log) return { low, high, step, at: Number, value: Number };
  // The values it stops at, each once: whole numbers near 1 would come up many times, and an arrow
  // key that leads to the same value again would never get any further.
  const even = Array.from({ length: LOG_STEPS + 1 }, (_, i) => low * (high / low) ** (i / LOG_STEPS));
  const rounded = even.slice(1, -1).map((value) => admit(control, Number(value.toPrecision(3))));
  const stops = [...new Set([low, ...rounded, high])]; // the ends as they are, 1024 too
  return { low: 0, high: stops.length - 1, step: 1, at: (value) => nearest(stops, value), value: (at) => stops[Math.round(at)] };
}

const shown = (control, value) => readable(value, control.format) + (control.unit ? ` ${control.unit}` : "");

export const slider = {
  group: "controls",
  admit,
  element(control, changed) {
    const { label, name } = control;
    const { low, high, step, at, value: valueAt } = track(control);
    const input =
      /** @type {HTMLInputElement} */ (element("input", { type: "range", name, min: low, max: high, step, "aria-label": label }));
    const output = element("span", { class: "x-value", "aria-hidden": "true" });
    const hidden = control.kind === "handle";
    const node = hidden
      ? element("label", { class: "x-unseen" }, input)
      : element("label", { class: control.caption ? "x-slider x-whole" : "x-slider" }, element("span", {}, label), output, input);
    input.addEventListener("input", () => changed(admit(control, valueAt(Number(input.value)))));
    input.addEventListener("keydown", (event) => event.stopPropagation()); // JupyterLab would take the arrow keys
    // A finger that scrolls the page from here has moved the slider before: it goes back to where it was found.
    let now, found;
    input.addEventListener("pointerdown", () => (found = now));
    input.addEventListener("pointercancel", () => changed(found));
    return {
      node,
      input,
      /** The value at a share of the way from low to high, for the sweep. */
      along: (share) => admit(control, valueAt(low + share * (high - low))),
      share: (value) => (at(value) - low) / (high - low),
      /** The frame has the caption, and the number where the reader left that to it. */
      show(given, frame) {
        now = given;
        const automatic = control.automatic && given === 0;
        const value = automatic ? frame?.[control.automatic] ?? low : given;
        const place = Math.min(high, Math.max(low, at(value)));
        if (Number(input.value) !== place) input.value = String(place);
        const text = frame?.[control.caption] ?? shown(control, value);
        output.classList.toggle("x-own", Boolean(automatic));
        input.setAttribute("aria-valuetext", text);
        if (hidden) return;
        if (output.textContent !== text) output.textContent = text;
        input.style.setProperty("--share", `${(100 * (place - low)) / (high - low)}%`);
      },
    };
  },
};

export const handle = { ...slider, group: "handles" };
