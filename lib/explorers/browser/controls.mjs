// Controls: native, labelled form elements whose `name` is the control's and which fire `input`.

import { element, nearest } from "./marks.mjs";
import { readable } from "./text.mjs";

const LOG_STEPS = 400;

/** What a control can take of a value from anywhere: clamped, or undefined where it makes no sense. */
export function admit(control, value) {
  if (control.kind === "text") return typeof value === "string" && !refusal(control, value) ? (value.trim() && value) : undefined;
  if (control.kind === "choice") return control.options.some(([option]) => option === value) ? value : undefined;
  if (control.kind === "order") return permutation(value, control.labels.length);
  if (control.kind === "switch") return [true, "true", "1"].includes(value) ? true : [false, "false", "0"].includes(value) ? false : undefined;
  const number = typeof value === "string" && value.trim() ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number)) return undefined;
  if (control.own && number === 0) return 0;
  const clamped = Math.min(control.high, Math.max(control.low, number));
  return control.whole ? Math.round(clamped) : clamped;
}

/** A list of 0 … n − 1, or "2,0,1" as a link has it; undefined if it isn't each of them once. */
function permutation(value, n) {
  const places = typeof value === "string" && /^\d+(,\d+)*$/.test(value) ? value.split(",").map(Number) : value;
  const whole = Array.isArray(places) && places.length === n && Array.from(places.keys()).every((i) => places.includes(i));
  return whole ? [...places] : undefined;
}

/** Whether two values of a control are the same one; an order is a list, and equal lists are not identical. */
export const same = (a, b) => String(a) === String(b);

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
  if (control.kind === "order") return orderElement(control, changed);
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

/**
 * Words to bring into another order. Each place is a slider whose value is where its word stands; the
 * elements are the places, so that the tab key goes through them as the eye does, and a word that moves
 * takes the focus along to its new place. The fieldset is the form element that has the control's name.
 */
function orderElement({ name, label, labels }, changed) {
  const chips = labels.map((_, place) => element("span", {
    class: "x-chip", role: "slider", tabindex: 0, "aria-valuemin": 1, "aria-valuemax": labels.length, "aria-valuenow": place + 1,
  }));
  const row = element("div", { class: "x-chips" }, ...chips);
  const node = element("fieldset", { class: "x-order", name }, element("legend", {}, label), row);
  let order, hand; // the words by place; what the pointer holds: the word's place, and how far from its corner

  const show = (value) => {
    if (order && same(order, value)) return;
    order = value;
    chips.forEach((chip, place) => {
      chip.textContent = labels[order[place]];
      chip.setAttribute("aria-label", labels[order[place]]);
      chip.setAttribute("aria-valuetext", `place ${place + 1} of ${labels.length}`);
    });
  };
  const move = (from, to) => {
    if (to === from || !chips[to]) return;
    const moved = [...order];
    moved.splice(to, 0, ...moved.splice(from, 1));
    show(moved);
    chips[to].focus();
    node.dispatchEvent(new Event("input", { bubbles: true }));
  };
  node.addEventListener("input", () => changed(order));

  row.addEventListener("keydown", (event) => {
    const from = chips.indexOf(event.target);
    const to = { ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1, Home: 0, End: chips.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault(); // or the page would scroll
    move(from, to);
  });

  // The chip that is held is drawn where the hand is; the others stand at their places.
  const draw = (event) => chips.forEach((chip, place) => {
    const held = place === hand?.place;
    chip.classList.toggle("x-held", held);
    chip.style.transform = held ? `translate(${event.clientX - hand.x - chip.offsetLeft}px, ${event.clientY - hand.y - chip.offsetTop}px)` : "";
  });
  row.addEventListener("pointerdown", (event) => {
    const place = chips.indexOf(event.target);
    if (place < 0 || event.button || hand) return;
    row.setPointerCapture(event.pointerId);
    hand = { place, x: event.clientX - chips[place].offsetLeft, y: event.clientY - chips[place].offsetTop };
    draw(event);
  });
  row.addEventListener("pointermove", (event) => {
    if (!row.hasPointerCapture(event.pointerId)) return;
    const box = row.getBoundingClientRect();
    const away = chips.map(({ offsetLeft, offsetTop, offsetWidth, offsetHeight }) => Math.hypot(
      event.clientX - box.left - offsetLeft - offsetWidth / 2, event.clientY - box.top - offsetTop - offsetHeight / 2));
    const to = away.indexOf(Math.min(...away));
    move(hand.place, to);
    hand.place = to;
    draw(event);
  });
  row.addEventListener("lostpointercapture", () => {
    hand = undefined;
    draw();
  });
  return { node, input: node, show };
}
