// An explorer in the browser: one object of control values, and everything shown follows from it. `mount` serves a
// page, `render` a notebook.

import { cardOf } from "./card.mjs";
import { admit, controls as kinds, same } from "./controls.mjs";
import { element, isEmbed } from "./dom.mjs";
import { handOf } from "./hand.mjs";
import { attempt, kernelFrames, revive } from "./kernel.mjs";
import { Awaited, dataOf, patiently } from "./on_demand.mjs";
import { linkOf } from "./link.mjs";
import { pictureOf } from "./picture.mjs";
import { pinOf } from "./pin.mjs";
import { playOf } from "./play.mjs";
import { saveOf } from "./save.mjs";
import { stageOf } from "./stage.mjs";
import { watchTheme } from "./theme.mjs";

const RESTED = 100; // ms without a turn until a host hears of it

export const twins = {}; // of the explorers, by name: frame(state, data), with a parse for each text control

const HIGH = 1200; // px of a window in which more than a page's first explorer may be seen at once
const waiting = []; // figures that are below the window

/**
 * A page's figure: its state is baked in as JSON. The first is brought to life where it stands, before the first paint. The next ones wait for
 * the frame that lays out the text around them, or each would be a layout of its own; all are alive when the page has been read, and
 * one that a script asks for at once.
 */
export function mount(figure) {
  const first = figure === document.querySelector("figure.explorer");
  // Who comes back, or by a link into the page, may be below it.
  const [visit] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  const below = innerHeight > HIGH || location.hash || visit?.type !== "navigate";
  if (first || below || document.readyState !== "loading") return bring(figure);
  Object.defineProperty(figure, "explorer", { configurable: true, get: () => (bring(figure), figure.explorer) });
  if (!waiting.length) nextFrame();
  waiting.push(figure);
}
globalThis.document?.addEventListener("DOMContentLoaded", () => waiting.splice(0).forEach(bring));

function nextFrame() {
  requestAnimationFrame(() =>
    setTimeout(() => {
      if (waiting.length) bring(waiting.shift());
      if (waiting.length) nextFrame();
    })
  );
}

function bring(figure) {
  const place = waiting.indexOf(figure);
  if (place >= 0) waiting.splice(place, 1);
  delete figure.explorer; // what waited for it
  const { spec, value } = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  explorer(figure, spec, value, null);
}

/** A notebook's widget, of this description; returns the clean-up. */
export function render({ model, el }, spec) {
  const figure = element("figure", { class: "explorer" });
  el.append(figure);
  return explorer(figure, spec, Object.fromEntries(spec.controls.map(({ name }) => [name, model.get(name)])), model);
}

function explorer(figure, spec, initial, model) {
  const twin = twins[spec.name];
  const [data, settled] = dataOf(spec, model);
  figure.dataset.explorer = spec.name;
  figure.setAttribute("aria-label", spec.title);
  const controls = Object.fromEntries(spec.controls.map((control) => [control.name, control]));
  // What a text must be, the twin knows.
  for (const control of spec.controls) {
    if (control.kind !== "text") continue;
    control.parse = (text) => twin.parse[control.name](text, data);
    control.read = (file) => (twin.files?.[control.name] ?? ((given) => given.text()))(file);
  }
  const state = { ...initial };
  let frame, saving;
  const unsaved = new Set(); // the controls whose values no host has heard of yet
  const drawn = { values: null, pinned: null, difference: false };
  const cleanups = [];
  const listen = (target, type, heard) => {
    target.addEventListener(type, heard);
    cleanups.push(() => target.removeEventListener(type, heard));
  };

  // --- the state and who changes it ----------------------------------------------------------
  /** Takes what makes sense of the values, clamped; the rest is left as it is. */
  const set = (values) => patiently(() => take(values), (words) => card.say(words));
  function take(values) {
    const known = Object.entries(values ?? {}).filter(([name]) => Object.hasOwn(controls, name));
    const taken = known.map(([name, value]) => [name, admit(controls[name], value)]); // all before any
    Object.assign(state, Object.fromEntries(taken.filter(([, value]) => value !== undefined)));
    // The request for a frame carries the values to Python, so that one message does for both; other
    // views of the model hear of them here, and hosts without our kernel once the hand has come to rest.
    if (model) {
      const news = Object.keys(controls).filter((name) => !same(model.get(name), state[name]));
      for (const name of news) unsaved.add(name); // all before the first, which the model announces at once
      for (const name of news) attempt(() => model.set(name, state[name]));
      clearTimeout(saving);
      saving = setTimeout(() => {
        unsaved.clear();
        attempt(() => model.save_changes());
      }, RESTED);
    }
    update();
  }
  /** The reader's hand turned a control. */
  function turn(name, value) {
    play.stop();
    link?.turned();
    card.turned();
    set({ ...Object.fromEntries(controls[name].resets.map((other) => [other, controls[other].default])), [name]: value });
  }
  // All of the model's values at once: Python may have set several, and each is announced by itself. What a host
  // has not heard of stays: a kernel that was busy confirms an earlier save while the hand is further.
  const fromModel = () => {
    const given = spec.controls.map(({ name }) => [name, model.get(name)]);
    if (given.every(([name, value]) => same(value, state[name]))) return;
    set(Object.fromEntries(given.filter(([name]) => !unsaved.has(name))));
  };
  const elements = Object.fromEntries(
    spec.controls.map((control) => [control.name, kinds[control.kind].element(control, (value) => turn(control.name, value))]),
  );
  // After Back a browser would put its own values into the fields, and the picture wouldn't know.
  for (const { input } of Object.values(elements)) if ("autocomplete" in input) input.autocomplete = "off";
  for (const { name } of model ? spec.controls : []) {
    model.on(`change:${name}`, fromModel);
    cleanups.push(() => attempt(() => model.off(`change:${name}`, fromModel)));
  }
  // A control that is in the window already isn't scrolled to by Tab, but its picture may be cut.
  listen(figure, "focusin", ({ target }) => {
    if (!target.matches(".x-hands :focus-visible")) return;
    (target.closest(".x-handles") ? figure.querySelector(".x-stage") : target).scrollIntoView({ block: "nearest" });
  });
  const reset = () => {
    play.stop();
    link?.turned();
    for (const name in elements) elements[name].forget?.();
    pin.clear();
    set(Object.fromEntries(spec.controls.map(({ name, default: value }) => [name, value])));
  };

  // --- what is drawn -------------------------------------------------------------------------
  const hand = handOf(figure, elements, controls, state, () => frame);
  const picture = pictureOf(figure, spec.view, hand);
  const link = model ? null : linkOf(figure, spec, state, set, listen);
  const play = playOf(elements[spec.play], () => state[spec.play], (value) => {
    link?.turned();
    set({ [spec.play]: value });
  }, listen);
  const pin = pinOf(picture.hasMaps, (kept, differs) => {
    Object.assign(drawn, { pinned: kept ? drawn.pinned ?? drawn.values : null, difference: differs });
    picture.pin(drawn.pinned, differs);
    if (frame) paint();
  });
  const stage = stageOf(figure, spec.title, elements[spec.play], listen);
  const card = cardOf(figure, spec, elements, {
    play: play.button,
    pin: pin.buttons,
    stage: stage.button,
    reset,
    link,
    save: saveOf(figure, spec, elements, drawn, link),
    picture,
    hand,
    state,
  });
  pin.clear();
  cleanups.push(stage.leave, play.stop, card.stop, () => clearTimeout(saving), () => link?.forget());

  const values = (computed = frame, given = state) => ({ ...spec.data, ...given, ...computed });
  function paint(given = values()) {
    drawn.values = given;
    card.unfold(); // it takes room, and a frame holds just that
    if (!picture.draw(given)) return;
    for (const name in elements) if (controls[name].caption || controls[name].automatic) elements[name].show(state[name], frame);
    card.draw();
  }
  // Where every state needs data on demand, that of the defaults came with the page, and the others are fetched when a hand comes near.
  const first = spec.first && revive(spec.first);
  const atDefaults = () => spec.controls.every(({ name, default: value }) => same(state[name], value));
  let near = model || !first;
  const fetch = () => {
    if (!near) patiently(() => twin(state, data), () => {});
    near = true;
  };
  for (const type of ["pointerenter", "focusin"]) listen(figure, type, fetch);
  const drawTwin = (words = "") =>
    patiently(() => {
      try {
        frame = first && atDefaults() ? first : twin(state, data);
      } catch (error) {
        if (error instanceof Awaited) throw error;
        return card.say(error.message); // sizes that no number can hold: the picture stays as it is
      }
      card.say(words);
      paint();
    }, card.say);

  // --- the kernel, where there is one --------------------------------------------------------
  /** @type {(value?: unknown) => void} */
  let firstDrawn;
  const ready = new Promise((resolve) => {
    firstDrawn = resolve;
  });
  const kernel = model?.send && kernelFrames(model, {
    answered(computed, asked) {
      frame = computed;
      card.say("computed by lib in the kernel");
      paint(values(computed, asked));
      firstDrawn();
    },
    failed(message) {
      drawTwin(`lib raised ${message} (the picture shows the browser's own twin)`);
      firstDrawn();
    },
    overdue() {
      // A host may have no kernel behind the model: only of one that has answered is it known that it's silent now.
      drawTwin(`${kernel.heard ? "the kernel is busy or gone: " : ""}computed by the browser's own twin`);
      firstDrawn();
    },
    stale: () => kernel.ask({ ...state }),
  });
  if (kernel) cleanups.push(kernel.stop);

  function update() {
    for (const name in elements) elements[name].show(state[name], frame);
    if (kernel) kernel.ask({ ...state });
    if (!kernel || kernel.late) drawTwin(kernel ? card.said() : "");
    card.speak(() => frame && values());
  }

  figure.explorer = {
    get controls() {
      return Object.fromEntries(
        spec.controls.map(({ name, kind, label, low, high, unit, options, labels }) => [
          name,
          structuredClone({
            name,
            kind,
            label,
            value: state[name],
            min: low,
            max: high,
            unit,
            options: options?.map(([option]) => option),
            labels,
          }),
        ]),
      );
    },
    set,
    frame: () => structuredClone(frame),
    get ready() {
      return ready.then(settled);
    },
  };

  cleanups.push(watchTheme(figure, listen, {
    themed: () => picture.themed() && frame && paint(),
    resized: () => picture.resize() && frame && paint(),
    printed: (width) => {
      figure.style.maxWidth = width;
      if (model) figure.style.zoom = width && "0.88"; // a notebook on paper leaves room for its prompts
      figure.toggleAttribute("data-printed", width !== "");
      const themed = picture.themed();
      if ((picture.resize() || themed) && frame) paint();
    },
  }));
  // An embed is laid out at the state it comes with: its frame was measured there.
  if (isEmbed()) {
    link?.follow();
    settled().then(() => frame || update());
  } else {
    update();
    link?.follow();
  }
  if (!kernel) firstDrawn();
  return () => {
    for (const clean of cleanups) clean();
    figure.remove();
  };
}
