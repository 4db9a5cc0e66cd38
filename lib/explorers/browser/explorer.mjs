// The explorer in the browser: mounts a figure, keeps its state, draws it. `mount` serves a page,
// `render` a notebook. The state is one object of control values; everything shown follows from it.

import { admit, controlElement, same } from "./controls.mjs";
import { attempt, kernelFrames } from "./kernel.mjs";
import { element, panel, setText } from "./marks.mjs";
import { fill, pick, readable } from "./text.mjs";

export const twins = {};

const SWEEP = 9000; // ms of one sweep from end to end
const QUIET = 400; // ms without a change until the sentence is said
const LONGEST_IN_LINK = 2000; // characters of a text

/** A page's figure: its state is baked in as JSON. */
export function mount(figure) {
  const { spec, value } = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  explorer(figure, spec, value, null);
}

/** A notebook's widget; returns the clean-up. */
export function render({ model, el }) {
  const figure = element("figure", { class: "explorer" });
  el.append(figure);
  const spec = model.get("spec");
  return explorer(figure, spec, Object.fromEntries(spec.controls.map(({ name }) => [name, model.get(name)])), model);
}

function explorer(figure, spec, initial, model) {
  figure.dataset.explorer = spec.name;
  figure.setAttribute("aria-label", spec.title);
  const controls = Object.fromEntries(spec.controls.map((control) => [control.name, control]));
  // What a text must be, the twin knows.
  for (const control of spec.controls) if (control.kind === "text") control.reads = (text) => twins[spec.name].reads[control.name](text, spec.data);
  const state = { ...initial };
  const parts = {}; // the element of every control
  const cleanups = [];
  const listen = (target, type, heard) => {
    target.addEventListener(type, heard);
    cleanups.push(() => target.removeEventListener(type, heard));
  };

  // --- what is drawn -------------------------------------------------------------------------
  let frame, colors, width;
  const tip = element("div", { class: "x-hint", hidden: "" });
  const sentence = element("p", { class: "x-unseen", "aria-live": "polite" });
  const source = element("p", { class: "x-source" });
  const code = element("pre", { class: "x-code", tabindex: 0, hidden: "", role: "group", "aria-label": "Python lines of this state" });
  const panels = [];
  const body = layout(spec.view.body);
  const readouts = spec.view.readouts.map((readout) => {
    const value = element("b", {});
    const label = element("span", {});
    return { readout, label, value, node: element("span", {}, label, " ", value) };
  });

  function layout(item) {
    if (item.kind === "panel") {
      const made = panel(item, { grip, press, tell });
      panels.push(made);
      return made.node;
    }
    const columns = item.kind === "row" ? item.widths.map((share) => `minmax(0, ${share}fr)`).join(" ") : `repeat(${item.columns}, minmax(0, 1fr))`;
    return element("div", { class: `x-${item.kind}`, style: `--columns:${columns}` }, ...item.items.map(layout));
  }

  function resize() {
    if (figure.clientWidth < 100) return; // not in the page yet or folded away; the observer calls again
    width = figure.clientWidth;
    readColors(); // outside the page there are none to read
    for (const part of panels) part.resize();
    if (frame) paint();
  }

  function paint(values = { ...state, ...frame }) {
    if (!width) return;
    for (const part of panels) part.draw(values, colors);
    for (const name in parts) if (controls[name].words || controls[name].own) parts[name].show(state[name], frame);
    for (const { readout, label, value } of readouts) {
      setText(label, fill(readout.label, values, readable));
      const number = pick(values, readout.value);
      value.textContent = readable(number, readout.format) + (readout.unit ? ` ${readout.unit}` : "");
      if (readout.must_vanish != null) value.className = Math.abs(number) > readout.must_vanish ? "x-wrong" : "";
    }
    if (!code.hidden) code.textContent = python();
  }

  function drawTwin(words = "") {
    try {
      frame = twins[spec.name](state, spec.data);
    } catch (error) {
      return say(error.message); // sizes that no number can hold: the picture stays as it is
    }
    say(words);
    paint();
  }
  const say = (words) => source.textContent !== words && (source.textContent = words);

  // --- the kernel, where there is one --------------------------------------------------------
  let firstDrawn;
  const ready = new Promise((resolve) => (firstDrawn = resolve));
  const kernel = model && kernelFrames(model, {
    answered(computed, asked) {
      frame = computed;
      say("computed by lib in the kernel");
      paint({ ...asked, ...computed });
      firstDrawn();
    },
    failed(message) {
      drawTwin(`lib raised ${message} (the picture shows the browser's own twin)`);
      firstDrawn();
    },
    overdue() {
      drawTwin("the kernel is busy or gone: computed by the browser's own twin");
      firstDrawn();
    },
    stale: () => kernel.ask({ ...state }),
  });
  if (kernel) cleanups.push(kernel.stop);

  function update() {
    for (const name in parts) parts[name].show(state[name], frame);
    if (kernel) kernel.ask({ ...state });
    if (!kernel || kernel.late) drawTwin(kernel ? source.textContent : "");
    speakLater();
  }

  let speaking;
  function speakLater() {
    clearTimeout(speaking);
    speaking = setTimeout(() => frame && (sentence.textContent = fill(spec.sentence, { ...state, ...frame }, readable)), QUIET);
  }
  cleanups.push(() => clearTimeout(speaking));

  // --- the state and who changes it ----------------------------------------------------------
  /** Takes what makes sense of the values, clamped; the rest is left as it is. */
  function set(values) {
    for (const [name, value] of Object.entries(values ?? {})) {
      const taken = Object.hasOwn(controls, name) ? admit(controls[name], value) : undefined;
      if (taken !== undefined) state[name] = taken;
    }
    // The request for a frame carries the values to Python, so that one message does for both; other
    // views of the model hear of them here.
    if (model) for (const name in controls) if (!same(model.get(name), state[name])) attempt(() => model.set(name, state[name]));
    update();
  }
  const turn = (name, value) => {
    stopPlay();
    const cleared = (controls[name].clears ?? []).map((other) => [other, controls[other].default]);
    set({ ...Object.fromEntries(cleared), [name]: value });
  };

  // All of the model's values at once: Python may have set several, and each is announced by itself.
  const fromModel = () => {
    const given = Object.fromEntries(spec.controls.map(({ name }) => [name, model.get(name)]));
    if (spec.controls.some(({ name }) => !same(given[name], state[name]))) set(given);
  };
  for (const control of spec.controls) {
    parts[control.name] = controlElement(control, (value) => turn(control.name, value));
    if (!model) continue;
    model.on(`change:${control.name}`, fromModel);
    cleanups.push(() => attempt(() => model.off(`change:${control.name}`, fromModel)));
  }

  /** The reader changes a control inside the picture: as if its element had been moved. */
  function operate(name, value) {
    parts[name].show(admit(controls[name], value), frame);
    parts[name].input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function grip(name, { dot, hold, angle }) {
    let last, goal;
    hold.addEventListener("pointerdown", (event) => {
      hold.setPointerCapture(event.pointerId);
      [last, goal] = [angle(event), state[name]];
    });
    hold.addEventListener("pointermove", (event) => {
      if (!hold.hasPointerCapture(event.pointerId)) return;
      const now = angle(event);
      // By how much the pointer went round, so that a turned arrow is dragged like an unturned one.
      goal += Math.atan2(Math.sin(now - last), Math.cos(now - last));
      last = now;
      operate(name, Math.atan2(Math.sin(goal), Math.cos(goal)));
    });
    queueMicrotask(() => {
      const { input } = parts[name];
      for (const type of ["focus", "blur"]) input.addEventListener(type, () => dot.classList.toggle("x-focus", type === "focus"));
    });
  }

  function press({ picks, picks_from: from }, ...point) {
    const origin = from ? state[from] : 0;
    picks.forEach((name, i) => name && operate(name, point[i] - origin));
  }

  function tell(lines, event) {
    tip.hidden = !lines.length;
    if (!lines.length) return;
    tip.replaceChildren(...lines.map((line) => element("span", {}, line)));
    const bounds = figure.getBoundingClientRect();
    const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const beside = x + 14 + tip.offsetWidth < figure.clientWidth ? x + 14 : Math.max(4, x - 14 - tip.offsetWidth);
    tip.style.transform = `translate(${Math.round(beside)}px, ${Math.round(y + 14)}px)`;
  }

  // --- the actions ---------------------------------------------------------------------------
  const button = (icon, words, act) => {
    const label = element("span", {}, words);
    const node = element("button", { type: "button" }, element("span", { "aria-hidden": "true" }, icon), " ", label);
    node.addEventListener("click", act);
    return { node, label, icon: node.firstChild };
  };
  const python = () => fill(spec.code, state);

  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let ticking = 0;
  const play = button("▶", "play", () => (ticking ? stopPlay() : startPlay()));
  function startPlay() {
    const part = parts[spec.play];
    let [share, direction, before] = [part.share(state[spec.play]), 1, performance.now()];
    const tick = (now) => {
      share += (direction * (now - before)) / SWEEP;
      before = now;
      if (share >= 1 || share <= 0) [share, direction] = [Math.min(1, Math.max(0, share)), -direction];
      set({ [spec.play]: part.along(share) });
      ticking = requestAnimationFrame(tick);
    };
    ticking = requestAnimationFrame(tick);
    play.label.textContent = "pause";
    play.icon.textContent = "❚❚";
  }
  function stopPlay() {
    if (!ticking) return;
    cancelAnimationFrame(ticking);
    ticking = 0;
    play.label.textContent = "play";
    play.icon.textContent = "▶";
  }
  cleanups.push(stopPlay);
  const mayPlay = () => {
    play.node.hidden = calm.matches;
    if (calm.matches) stopPlay();
  };
  listen(calm, "change", mayPlay);
  mayPlay();

  const reset = button("↺", "reset", () => {
    stopPlay();
    for (const name in parts) parts[name].forget?.();
    set(Object.fromEntries(spec.controls.map(({ name, default: value }) => [name, value])));
  });
  const link = button("⌁", "link", async () => {
    history.replaceState(null, "", fragment());
    const copied = await Promise.resolve(attempt(() => navigator.clipboard.writeText(location.href).then(() => true, () => false)));
    const left = spec.controls.some(tooLong) ? ", without the text" : "";
    link.label.textContent = (copied ? "link copied" : "link is in the address bar") + left;
    setTimeout(() => (link.label.textContent = "link"), 2000);
  });
  const lines = button("</>", "Python", () => {
    code.hidden = !code.hidden;
    lines.node.setAttribute("aria-expanded", String(!code.hidden));
    code.textContent = python();
  });
  lines.node.setAttribute("aria-expanded", "false");

  // --- the link: #NAME?control=value, #NAME.2? for a page's second copy of it ---------------------
  const address = () => {
    const copies = [...document.querySelectorAll(`figure.explorer[data-explorer="${spec.name}"]`)];
    const place = copies.indexOf(figure);
    return place > 0 ? `${spec.name}.${place + 1}` : spec.name;
  };
  const tooLong = ({ name, kind }) => kind === "text" && state[name].length > LONGEST_IN_LINK;
  function fragment() {
    const changed = spec.controls.filter((control) => !same(state[control.name], control.default) && !tooLong(control));
    const query = new URLSearchParams(changed.map(({ name }) => [name, String(state[name])]));
    return `#${address()}?${query}`.replaceAll("%2C", ","); // an order's commas, which a link may keep
  }
  function follow() {
    const [target, query = ""] = location.hash.slice(1).split("?");
    if (target !== address()) return;
    set(Object.fromEntries(new URLSearchParams(query)));
    const show = () => figure.scrollIntoView({ block: "center" });
    document.readyState === "loading" ? addEventListener("load", show, { once: true }) : show();
  }

  // --- the card ------------------------------------------------------------------------------
  const group = (name, kinds) => {
    const nodes = spec.controls.filter(kinds).map((control) => parts[control.name].node);
    return nodes.length ? [element("div", { class: name }, ...nodes)] : [];
  };
  const caption = figure.querySelector("figcaption") ??
    element("figcaption", {}, element("b", {}, "Try"), ` ${spec.tries} `, element("b", {}, "See"), ` ${spec.sees}`);
  figure.replaceChildren(
    element("div", { class: "x-head" }, element("span", { class: "x-heading" }, spec.title),
      element("span", { class: "x-actions" }, ...[play, reset, ...(model ? [] : [link]), lines].map(({ node }) => node))),
    code, ...group("x-orders", ({ kind }) => kind === "order"), body,
    element("p", { class: "x-readouts" }, ...readouts.map(({ node }) => node)),
    ...group("x-handles", ({ kind }) => kind === "handle"),
    ...group("x-controls", ({ kind }) => kind === "slider" || kind === "choice" || kind === "text"),
    ...group("x-switches", ({ kind }) => kind === "switch"),
    caption, source, sentence, tip,
  );

  figure.explorer = {
    get controls() {
      return Object.fromEntries(spec.controls.map(({ name, kind, label, low, high, unit, options, labels }) =>
        [name, structuredClone({ name, kind, label, value: state[name], min: low, max: high, unit, options: options?.map(([option]) => option), labels })]));
    },
    set,
    frame: () => structuredClone(frame),
    ready,
  };

  // --- theme and size ------------------------------------------------------------------------
  function readColors() {
    const style = getComputedStyle(figure);
    colors = Object.fromEntries(["negative", "middle", "positive", "accent"].map((name) => [name, style.getPropertyValue(`--x-${name}`).trim()]));
  }
  const themed = () => {
    readColors();
    if (frame) paint();
  };
  const watchTheme = new MutationObserver(themed);
  watchTheme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  watchTheme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  listen(matchMedia("(prefers-color-scheme: dark)"), "change", themed);
  const watchSize = new ResizeObserver(() => figure.clientWidth !== width && resize());
  watchSize.observe(figure);
  cleanups.push(() => watchTheme.disconnect(), () => watchSize.disconnect());

  resize();
  update();
  if (!model) {
    listen(window, "hashchange", follow);
    follow();
    firstDrawn();
  }
  return () => {
    for (const clean of cleanups) clean();
    figure.remove();
  };
}
