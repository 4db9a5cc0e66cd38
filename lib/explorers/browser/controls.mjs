// Controls: native, labelled form elements whose `name` is the control's and which fire `input`.

import { element, nearest } from "./marks.mjs";
import { readable } from "./text.mjs";

const LOG_STEPS = 400;

/** What a control can take of a value from anywhere: clamped, or undefined where it makes no sense. */
export function admit(control, value) {
  if (control.kind === "text") return typeof value === "string" && !refusal(control, value) ? (value.trim() && value) : undefined;
  if (control.kind === "choice") return control.options.some(([option]) => option === value) ? value : undefined;
  if (control.kind === "switch") return [true, "true", "1"].includes(value) ? true : [false, "false", "0"].includes(value) ? false : undefined;
  const number = typeof value === "string" && value.trim() ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number)) return undefined;
  if (control.own && number === 0) return 0;
  const clamped = Math.min(control.high, Math.max(control.low, number));
  return control.whole ? Math.round(clamped) : clamped;
}

/** Why a text is not taken, in the words of Python's ControlError; "" if it is. */
function refusal({ name, most, reads }, text) {
  if (text.length > most) return `${name}: expected a text of at most ${most} characters, got ${text.length}`;
  try {
    if (text.trim()) reads(text);
    return "";
  } catch (error) {
    return error.message;
  }
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

function textElement(control, changed) {
  const { name, label, most, example } = control;
  const mark = Math.random().toString(36).slice(2); // an id of its own, whatever else is on the page
  const input = element("textarea", { name, rows: 3, spellcheck: "false", placeholder: example, "aria-describedby": mark });
  const words = element("p", { class: "x-refusal", id: mark, role: "status" });
  let held; // the last text that the state had
  const say = (sentence) => {
    words.textContent = sentence;
    input.setAttribute("aria-invalid", String(sentence !== ""));
  };
  // What is far too long is turned away before the field has to lay it out.
  input.addEventListener("beforeinput", (event) => {
    const coming = event.data ?? event.dataTransfer?.getData("text/plain") ?? "";
    if (coming.length <= most) return;
    event.preventDefault();
    say(refusal(control, coming));
  });
  input.addEventListener("input", () => {
    const { value } = input;
    if (value.length > most) input.value = held;
    const sentence = refusal(control, value);
    say(sentence);
    if (!sentence) changed((held = admit(control, value)));
  });
  input.addEventListener("keydown", (event) => event.stopPropagation()); // JupyterLab would take them
  return {
    node: element("div", { class: "x-text" }, element("label", {}, element("span", {}, label), input), words), input,
    /** Other controls may turn while a text stands here that was refused: it stays. */
    show(value) {
      if (value === held) return;
      input.value = held = value;
      say("");
    },
    /** What stands here goes, even if the state has nothing else to show. */
    forget: () => (held = undefined),
  };
}

/** The element of one control. `changed(value)` is called when the reader changes it. */
export function controlElement(control, changed) {
  const { name, label } = control;
  if (control.kind === "switch") {
    const input = element("input", { type: "checkbox", role: "switch", name });
    const node = element("label", { class: control.breaks ? "x-switch x-breaks" : "x-switch" }, input, element("span", {}, label));
    input.addEventListener("input", () => changed(input.checked));
    return { node, input, show: (value) => (input.checked = value) };
  }
  if (control.kind === "text") return textElement(control, changed);
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
    : element("label", { class: control.words ? "x-slider x-whole" : "x-slider" }, element("span", {}, label), output, input);
  input.addEventListener("input", () => changed(admit(control, valueAt(Number(input.value)))));
  input.addEventListener("keydown", (event) => event.stopPropagation()); // JupyterLab would take the arrow keys
  return {
    node, input,
    /** The value at a share of the way from low to high, for the sweep. */
    along: (share) => admit(control, valueAt(low + share * (high - low))),
    share: (value) => (at(value) - low) / (high - low),
    /** The frame has the words, and the number where the reader left that to it. */
    show(given, frame) {
      const own = control.own && given === 0;
      const value = own ? frame?.[control.own] ?? low : given;
      const place = Math.min(high, Math.max(low, at(value)));
      if (Number(input.value) !== place) input.value = place;
      const text = frame?.[control.words] ?? shown(control, value);
      output.classList.toggle("x-own", Boolean(own));
      input.setAttribute("aria-valuetext", text);
      if (hidden) return;
      if (output.textContent !== text) output.textContent = text;
      input.style.setProperty("--share", `${(100 * (place - low)) / (high - low)}%`);
    },
  };
}
