// One panel: marks over two axes, SVG for lines and text, a canvas for heatmaps. It is laid out for its width in
// pixels, so that text never shrinks; a draw only moves what is there.

import { axesOf } from "./axes.mjs";
import { element, setText } from "./dom.mjs";
import { readable } from "./format.mjs";
import { onDrag } from "./hand.mjs";
import { marks } from "./marks.mjs";
import { endsOf, scale } from "./scale.mjs";
import { fill, filler } from "./template.mjs";

const MARGIN = { left: 58, right: 12, top: 8, bottom: 40 }; // px around the plot, for numbers and labels
const SMALL = 220; // px of a panel whose keys take all of its width
const BARE = { left: 2, right: 2, top: 2, bottom: 2 };

/**
 * `place` is the panel's number in the view. `ask` is how it reaches the explorer: `grip(name, { dot, hold, angle })`
 * makes a dot draggable, `press(names, point, relative_to)` sets controls, `found(names)` knows the way back, `tell(lines, event)`
 * shows values under the pointer.
 */
export function panel(spec, place, ask) {
  const bare = spec.circle || spec.bare;
  const margin = bare ? BARE : MARGIN;
  const svg = element("svg", { "aria-hidden": "true" });
  // What leaves the plot is cut off; an inner svg does that without an id.
  const [frame, layer] = [element("g", { class: "x-axes" }), element("svg", bare ? {} : { class: "x-clip" })];
  svg.append(frame, layer);
  const plot = element("div", { class: "x-plot", "data-panel": place, "data-main": spec.main ? "" : null });
  const keys = element("p", { class: "x-keys" });
  const note = element("p", { class: "x-note" });
  const node = element("div", { class: `x-panel${spec.circle ? " x-circle" : spec.bare ? " x-bare" : ""}` });
  const title = element("span", {});
  if (spec.title) keys.append(title);
  node.append(keys, plot);
  if (spec.note) node.append(note);

  const key = (mark) => {
    const look = mark.square ? " x-square" : mark.dashed || mark.outline ? " x-dashed" : "";
    const label = element("span", { class: "x-key" + look, style: `color:var(--x-${mark.color})` });
    keys.append(label);
    return label;
  };
  const angle = (event) => {
    const [across, up] = point(event);
    return Math.atan2(up, across);
  };
  const drawn = spec.marks.map((mark, number) => {
    const group = element("g", { "data-mark": number });
    layer.append(group);
    const grip = (name, dot) => {
      const hold = element("circle", { class: "x-hold", r: 18 });
      group.append(hold);
      ask.grip(name, { dot, hold, angle });
      return hold;
    };
    const made = marks[mark.kind].make(mark, { layer: group, number, plot, node, keys, key, grip, ask });
    return { ...made, fill: filler(mark), mark };
  });
  plot.append(svg);
  const hint = spec.picks ? "press here" : spec.marks.some(({ kind }) => marks[kind].opens) && "press a part";
  // Not over rows of text: there it stands above them.
  if (hint) {
    (spec.y.labels?.length === 0 || spec.bare ? keys : plot).append(element("span", { class: "x-press", "aria-hidden": "true" }, hint));
  }
  if (!keys.childNodes.length) keys.remove();

  const hasMap = spec.marks.some(({ kind }) => kind === "heatmap"); // it would shrink in axes that hold another one as well
  const paintAxes = axesOf(frame, spec);
  const [filledPanel, filledX, filledY] = [spec, spec.x, spec.y].map(filler);
  let box, width, x, y, values, pinned, painted, axes;
  const pixel = (event) => {
    const bounds = svg.getBoundingClientRect();
    const zoom = bounds.width / width;
    return [(event.clientX - bounds.left) / zoom, (event.clientY - bounds.top) / zoom];
  };
  const point = (event) => {
    const [left, top] = pixel(event);
    return [x.invert(left), y.invert(top)];
  };
  const between = (value, { low, high }) => value >= Math.min(low, high) && value <= Math.max(low, high);
  const inside = (event) => {
    const at = point(event);
    return between(at[0], x) && between(at[1], y);
  };
  const pointer = (event) => {
    const [across, up] = point(event);
    return { values, pinned, x: across, y: up, axes, pixel: pixel(event), place: x, circle: spec.circle };
  };

  if (spec.picks) {
    svg.classList.add("x-picks");
    const press = (event) => ask.press(spec.picks, point(event), spec.relative_to);
    // A mouse presses at once. What touches may be about to scroll the page: it presses when it is lifted.
    const atOnce = (event) => event.pointerType === "mouse";
    let goBack;
    onDrag(svg, {
      began(event) {
        if (!inside(event)) return false;
        goBack = ask.found(spec.picks);
        if (atOnce(event)) press(event);
      },
      moved: (event) => atOnce(event) && press(event),
      cancelled: () => goBack(),
    });
    svg.addEventListener("pointerup", (event) => svg.hasPointerCapture(event.pointerId) && !atOnce(event) && inside(event) && press(event));
  }
  for (const mark of drawn) if (mark.press) svg.addEventListener("click", (event) => mark.press(mark.mark, pointer(event)));
  svg.addEventListener("pointermove", (event) => ask.tell(inside(event) ? said(pointer(event)) : [], event));
  svg.addEventListener("pointerleave", () => ask.tell([]));

  let layers; // the pinned picture's marks, made when they are first asked for
  function ghosts(kept, scene) {
    if (!kept) {
      for (const { group } of layers ?? []) group.remove();
      return;
    }
    layers ??= spec.marks.filter(({ kind }) => !marks[kind].areas).map((mark) => {
      const group = element("g", { class: "x-pinned", "data-pinned": spec.marks.indexOf(mark) });
      const host = { layer: group, plot: element("div"), node: element("div"), key: () => element("span") };
      // Bars would hide behind those that are now higher: outlines on top of them.
      const bars = mark.kind === "bars";
      const made = marks[mark.kind].make({ ...mark, drag: null, ...(bars && { outline: true, color: "ink" }) }, host);
      return { group, bars, fill: filler(mark), ...made };
    });
    for (const { group, bars } of layers) bars ? layer.append(group) : layer.prepend(group);
    for (const ghost of layers) ghost.draw(ghost.fill(kept), scene);
  }

  /** What the marks say of the place under the pointer: the first head, then each one's text. */
  function said(at) {
    const found = drawn.map((mark) => mark.probe?.(mark.mark, at)).filter(Boolean);
    const heads = found.filter((item) => item.head).slice(0, 1).map((item) => item.head);
    return [...heads, ...found.flatMap((item) => item.text ?? item)];
  }

  return {
    node,
    main: Boolean(spec.main),
    /** The width that there is for it. */
    width: () => Math.floor(plot.clientWidth),
    /** Lays the panel out for a width, at a share of its height. */
    resize(share, room) {
      width = room;
      if (width <= margin.left + margin.right) return; // another panel stands in its place
      node.classList.toggle("x-small", width < SMALL);
      box = { left: margin.left, right: width - margin.right, top: margin.top, bottom: 0 };
      box.bottom = Math.round(box.top + Math.max(spec.least ?? 0, share * (box.right - box.left) * spec.ratio));
      if (spec.circle) { // it stays round, in the middle
        const aside = Math.max(0, (box.right - box.left - (box.bottom - box.top) / spec.ratio) / 2);
        [box.left, box.right] = [box.left + aside, box.right - aside];
      }
      const height = box.bottom + margin.bottom;
      const [x0, y0, w, h] = bare ? [0, 0, width, height] : [box.left - 4, box.top - 4, box.right - box.left + 8, box.bottom - box.top + 8];
      const sizes = { x: x0, y: y0, width: w, height: h, viewBox: `${x0} ${y0} ${w} ${h}` };
      for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) {
        svg.setAttribute(name, String(value));
      }
      for (const [name, value] of Object.entries(sizes)) layer.setAttribute(name, String(value));
      painted = null;
    },
    /** Draws the values; `colors` is the theme's palette. Of values that are `kept` a faint layer stays, and maps may show the difference. */
    draw(given, colors, kept, difference) {
      [values, pinned] = [given, kept];
      const [across, up] = kept && !hasMap ? together(endsOf(spec, values), endsOf(spec, kept)) : endsOf(spec, values);
      [x, y] = [scale(spec.x, across, box.left, box.right), scale(spec.y, up, box.bottom, box.top)];
      axes = { x: filledX(values), y: filledY(values) };
      const texts = [axes.x, axes.y].flatMap(({ at, label, labels }) => [typeof at === "string" ? values[at] : at, label, labels]);
      const limits = [...across, ...up, ...texts].join();
      if (painted !== limits) paintAxes({ x, y, box, values }, axes.x, axes.y);
      painted = limits;
      const within = (at, margin) => Math.min(box.right - margin, Math.max(box.left + margin, at));
      for (const mark of drawn) {
        mark.mark = mark.fill(values);
        mark.draw(mark.mark, { x, y, values, colors, box, within, pinned: difference && kept, marks: spec.marks });
      }
      ghosts(kept, { x, y, values: kept, colors, box, within });
      if (spec.title) setText(title, filledPanel(values).title);
      if (spec.note) setText(note, noteOf(spec.note, values));
    },
  };
}

/** Ends that hold two pictures. */
const together = (ends, others) =>
  ends.map(([low, high], i) => {
    const all = [low, high, ...others[i]];
    const [least, most] = [Math.min(...all), Math.max(...all)];
    return low <= high ? [least, most] : [most, least];
  });

/** A note whose number is no number stands under a panel in which nothing is drawn. */
function noteOf(note, values) {
  if (typeof note === "string") return note;
  let unused = false;
  const text = fill(note.fill, values, (value, spec) => {
    unused ||= Number.isNaN(value);
    return readable(value, spec);
  });
  return unused ? "not used" : text;
}
