// Controls: native, labelled form elements whose `name` is the control's and which fire `input`.

import { element, nearest } from "./marks.mjs";
import { readable } from "./text.mjs";

const LOG_STEPS = 400;

/** What a control can take of a value from anywhere: clamped, or undefined where it makes no sense. */
export function admit(control, value) {
  if (control.kind === "choice") return control.options.some(([option]) => option === value) ? value : undefined;
  if (control.kind === "switch") return [true, "true", "1"].includes(value) ? true : [false, "false", "0"].includes(value) ? false : undefined;
  const number = typeof value === "string" && value.trim() ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number)) return undefined;
  const clamped = Math.min(control.high, Math.max(control.low, number));
  return control.whole ? Math.round(clamped) : clamped;
}

/** Where a value stands on the slider, and back. A logarithmic slider moves by equal ratios. */
function track(control) {
  const { low, high, log, step } = control;
  if (!log) return { low, high, step, at: Number, value: Number };
  // The values it stops at, each once: whole numbers near 1 would come up many times, and an arrow
  // key that leads to the same value again would never get any further.
  const even = Array.from({ length: LOG_STEPS + 1 }, (_, i) => low * (high / low) ** (i / LOG_STEPS));
  const rounded = even.slice(1, -1).map((value) => admit(control, Number(value.toPrecision(3))));
  const stops = [...new Set([low, ...rounded, high])]; // the ends as they are, 1024 too
  return {
    low: 0, high: stops.length - 1, step: 1,
    at: (value) => nearest(stops, value),
    value: (at) => stops[Math.round(at)],
  };
}

const shown = (control, value) => readable(value, control.format) + (control.unit ? ` ${control.unit}` : "");

/** The element of one control. `changed(value)` is called when the reader changes it. */
export function controlElement(control, changed) {
  const { name, label } = control;
  if (control.kind === "switch") {
    const input = element("input", { type: "checkbox", role: "switch", name });
    const node = element("label", { class: control.breaks ? "x-switch x-breaks" : "x-switch" }, input, element("span", {}, label));
    input.addEventListener("input", () => changed(input.checked));
    return { node, input, show: (value) => (input.checked = value) };
  }
  if (control.kind === "choice") {
    const select = element("select", { name }, ...control.options.map(([value, text]) => element("option", { value }, text)));
    select.addEventListener("input", () => changed(select.value));
    return { node: element("label", { class: "x-choice" }, element("span", {}, label), select), input: select, show: (value) => (select.value = value) };
  }
  const { low, high, step, at, value: valueAt } = track(control);
  const input = element("input", { type: "range", name, min: low, max: high, step, "aria-label": label });
  const output = element("span", { class: "x-value", "aria-hidden": "true" });
  const hidden = control.kind === "handle";
  const node = hidden
    ? element("label", { class: "x-unseen" }, input)
    : element("label", { class: "x-slider" }, element("span", {}, label), output, input);
  input.addEventListener("input", () => changed(admit(control, valueAt(Number(input.value)))));
  input.addEventListener("keydown", (event) => event.stopPropagation()); // JupyterLab would take the arrow keys
  return {
    node, input,
    /** The value at a share of the way from low to high, for the sweep. */
    along: (share) => admit(control, valueAt(low + share * (high - low))),
    share: (value) => (at(value) - low) / (high - low),
    show(value) {
      const place = at(value);
      if (Number(input.value) !== place) input.value = place;
      const text = shown(control, value);
      input.setAttribute("aria-valuetext", text);
      if (hidden) return;
      if (output.textContent !== text) output.textContent = text;
      input.style.setProperty("--share", `${(100 * (place - low)) / (high - low)}%`);
    },
  };
}
