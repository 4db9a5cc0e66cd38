// Draws the panels of a view: SVG for lines and text, a canvas for heatmaps. A panel is laid out for
// its width in pixels, so that text never shrinks; a draw only moves what is there.

import { fill, pick, readable, resolve, tickLabel, ticks } from "./text.mjs";

/** An element with attributes and children; texts are text, never markup. */
export function element(tag, attributes = {}, ...children) {
  const node = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) if (value != null) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
const SVG = new Set(["svg", "g", "path", "line", "rect", "circle", "text"]);

function scale(axis, values, from, to) {
  const [low, high] = [resolve(values, axis.low), resolve(values, axis.high)];
  const [f, back] = axis.log ? [Math.log, Math.exp] : [Number, Number];
  const slope = (to - from) / (f(high) - f(low));
  const place = (value) => from + (f(value) - f(low)) * slope;
  place.invert = (at) => back(f(low) + (at - from) / slope);
  [place.low, place.high, place.log] = [low, high, axis.log];
  return place;
}

const px = (value) => value.toFixed(1);

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A mark: how to draw it with the panel's scales, and what it says under the pointer.
const marks = {
  heatmap(mark, { under }) {
    const canvas = element("canvas", { class: "x-heat", "aria-hidden": "true" });
    under.append(canvas);
    const context = canvas.getContext("2d");
    let image, pixels, ramp, theme;
    return {
      draw({ x, y, values, colors }) {
        const z = pick(values, mark.z);
        const limit = resolve(values, mark.limit);
        const [rows, columns] = [z.length, z[0].length];
        if (!image || image.width !== columns || image.height !== rows) {
          canvas.width = columns;
          canvas.height = rows;
          image = context.createImageData(columns, rows);
          pixels = new Uint32Array(image.data.buffer);
        }
        if (theme !== colors) [ramp, theme] = [colorRamp(colors, mark.sequential), colors];
        const [slope, middle] = mark.sequential ? [255 / limit, 0] : [127.5 / limit, 127.5];
        let i = 0;
        for (const row of z)
          for (let j = 0; j < columns; j++) {
            const place = row[j] * slope + middle;
            pixels[i++] = Number.isFinite(place) ? ramp[Math.round(Math.min(255, Math.max(0, place)))] : 0;
          }
        context.putImageData(image, 0, 0);
        const [left, top] = [x(x.low), y(y.high)];
        canvas.style.cssText = `left:${left}px;top:${top}px;width:${x(x.high) - left}px;height:${y(y.low) - top}px`;
      },
      probe(values, x, y, axes) {
        const z = pick(values, mark.z);
        const [column, row] = [x, y].map(Math.round);
        const first = Math.ceil(Math.min(resolve(values, axes.x.low), resolve(values, axes.x.high)));
        const top = Math.ceil(Math.min(resolve(values, axes.y.low), resolve(values, axes.y.high)));
        const value = z[row - top]?.[column - first];
        const place = (axis, at) => (axis.labels ? axis.labels[nearest(labelled(axis, values), at)] : `${axis.symbol} = ${at}`);
        return value === undefined || Number.isNaN(value) ? null
          : `${place(axes.y, row)}, ${place(axes.x, column)}: ${readable(value, mark.format)}`;
      },
    };
  },

  lines(mark, { layer, key }) {
    const path = element("path", {
      fill: "none", stroke: `var(--x-${mark.color})`, "stroke-width": mark.width,
      "stroke-dasharray": mark.dashed ? "4 3" : null,
    });
    layer.append(path);
    const label = mark.at == null ? key(mark) : element("text", { class: "x-halo", style: "fill:var(--x-ink)", "text-anchor": "middle" });
    if (mark.at != null) layer.append(label);
    return {
      draw({ x, y, values, inside }) {
        const [xs, ys] = [pick(values, mark.x), pick(values, mark.y)];
        let d = "";
        let pen = "M";
        for (let i = 0; i < xs.length; i++) {
          if (!Number.isFinite(ys[i])) { pen = "M"; continue; }
          d += pen + px(x(xs[i])) + " " + px(y(ys[i]));
          pen = "L";
        }
        path.setAttribute("d", d);
        setText(label, fill(mark.label, values, readable));
        if (mark.at == null) return;
        const at = (list) => list[0] + (list.at(-1) - list[0]) * mark.at;
        label.setAttribute("x", px(inside(x(at(xs)), 42)));
        label.setAttribute("y", px(y(at(ys)) - 6));
      },
      probe(values, x, y, axes) {
        if (mark.at != null) return null;
        const xs = pick(values, mark.x);
        const near = nearest(xs, x);
        return {
          head: `${axes.x.symbol ?? axes.x.label} ${tickLabel(xs[near])}`,
          text: `${fill(mark.label, values, readable)}: ${readable(pick(values, mark.y)[near], mark.format)}`,
        };
      },
    };
  },

  band(mark, { layer }) {
    const path = element("path", { class: "x-band", fill: `var(--x-${mark.color})` });
    layer.append(path);
    return {
      draw({ x, y, values }) {
        const [xs, low, high] = [mark.x, mark.low, mark.high].map((name) => pick(values, name));
        const corners = [];
        for (let i = 0; i < xs.length; i++) if (Number.isFinite(high[i])) corners.push([xs[i], high[i]]);
        for (let i = xs.length - 1; i >= 0; i--) if (Number.isFinite(low[i])) corners.push([xs[i], low[i]]);
        path.setAttribute("d", corners.map(([across, up], i) => `${i ? "L" : "M"}${px(x(across))} ${px(y(up))}`).join(""));
      },
    };
  },

  bars(mark, { layer, key }) {
    const path = element("path", {
      fill: mark.outline ? "none" : `var(--x-${mark.color})`, stroke: `var(--x-${mark.color})`,
      "stroke-dasharray": mark.outline ? "2 2" : null,
    });
    layer.append(path);
    if (mark.label) setText(key(mark), mark.label);
    const positions = (values) => (mark.x ? pick(values, mark.x) : pick(values, mark.y).map((_, i) => i));
    return {
      draw({ x, y, values }) {
        const xs = positions(values);
        const [zero, half] = [y(y.log ? y.low : 0), mark.width / 2];
        path.setAttribute("d", pick(values, mark.y).map((value, i) =>
          Number.isFinite(value) ? `M${px(x(xs[i] - half))} ${px(zero)}V${px(y(value))}H${px(x(xs[i] + half))}V${px(zero)}` : "").join(""));
      },
      probe(values, x, y, axes) {
        const xs = positions(values);
        const near = nearest(xs, x);
        const value = pick(values, mark.y)[near];
        return Number.isNaN(value) ? null : {
          head: axes.x.labels?.[near] ?? `${axes.x.symbol ?? ""} ${Math.round(xs[near])}`,
          text: `${mark.label || axes.y.label}: ${readable(value, mark.format)}`,
        };
      },
    };
  },

  arrows(mark, { layer, grip }) {
    const color = `var(--x-${mark.color})`;
    const line = element("path", {
      class: mark.dashed ? "x-ghost" : "x-arrow", stroke: color, "stroke-dasharray": mark.dashed ? "3 3" : null,
    });
    layer.append(line);
    if (mark.dashed) {
      return {
        draw({ x, y, values }) {
          const tip = pick(values, mark.tip);
          line.setAttribute("d", Number.isFinite(tip[0]) ? `M${px(x(0))} ${px(y(0))}L${px(x(tip[0]))} ${px(y(tip[1]))}` : "");
        },
      };
    }
    const dot = element("circle", { class: "x-tip", r: 6, fill: color });
    const label = element("text", { class: "x-name", style: `fill:${color}`, "text-anchor": "middle", "dominant-baseline": "central" });
    label.textContent = mark.label;
    layer.append(dot, label);
    const hold = mark.drag && grip(mark.drag, dot);
    return {
      draw({ x, y, values }) {
        const tip = pick(values, mark.tip);
        const shown = Number.isFinite(tip[0]);
        for (const node of [line, dot, label, hold]) if (node) node.style.display = shown ? "" : "none";
        if (!shown) return;
        const [left, top] = [x(tip[0]), y(tip[1])];
        line.setAttribute("d", `M${px(x(0))} ${px(y(0))}L${px(left)} ${px(top)}`);
        for (const node of [dot, hold]) {
          node?.setAttribute("cx", px(left));
          node?.setAttribute("cy", px(top));
        }
        const length = Math.hypot(...tip) || 1;
        label.setAttribute("x", px(left + (15 * tip[0]) / length));
        label.setAttribute("y", px(top - (15 * tip[1]) / length));
      },
      probe(values, x, y) {
        const tip = pick(values, mark.tip);
        return Math.hypot(tip[0] - x, tip[1] - y) < 0.25
          ? `${mark.label} = (${tip.map((value) => readable(value, "+.3f")).join(", ")})` : null;
      },
    };
  },

  points(mark, { layer, key }) {
    const cell = mark.shape === "cell";
    const color = `var(--x-${mark.color})`;
    const path = element("path", { class: cell ? "x-cell" : null, stroke: cell ? color : "none", fill: cell ? "none" : color });
    layer.append(path);
    if (mark.label) setText(key(mark), mark.label);
    return {
      draw({ x, y, values }) {
        const ys = pick(values, mark.y);
        path.setAttribute("d", pick(values, mark.x).map((at, i) =>
          !Number.isFinite(ys[i]) ? ""
          : cell ? `M${px(x(at - 0.5))} ${px(y(ys[i] - 0.5))}H${px(x(at + 0.5))}V${px(y(ys[i] + 0.5))}H${px(x(at - 0.5))}Z`
          : `M${px(x(at) - 4)} ${px(y(ys[i]))}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0`).join(""));
      },
      probe(values, x, y, axes) {
        if (cell) return null;
        const near = nearest(pick(values, mark.x), x);
        const value = pick(values, mark.y)[near];
        return Number.isFinite(value) ? {
          head: `${axes.x.symbol ?? axes.x.label} ${tickLabel(pick(values, mark.x)[near])}`,
          text: `${mark.label}: ${readable(value, mark.format)}`,
        } : null;
      },
    };
  },

  rule(mark, { layer }) {
    const line = element("path", { class: "x-rule", stroke: `var(--x-${mark.color})` });
    const label = element("text", { class: "x-halo", style: `fill:var(--x-${mark.color})` });
    layer.append(line, label);
    return {
      draw({ x, y, values, box }) {
        if (mark.x != null) {
          const at = px(x(resolve(values, mark.x)));
          line.setAttribute("d", `M${at} ${box.top}V${box.bottom}`);
          return;
        }
        const at = y(resolve(values, mark.y));
        line.setAttribute("d", `M${box.left} ${px(at)}H${box.right}`);
        setText(label, fill(mark.label, values, readable));
        label.setAttribute("x", box.left + 6);
        label.setAttribute("y", px(at - 5));
      },
    };
  },
};

/** Where an axis has its labels. */
const labelled = (axis, values) => (axis.at ? resolve(values, axis.at) : axis.labels.map((_, i) => i));

export function nearest(list, value) {
  let best = 0;
  for (let i = 1; i < list.length; i++) if (Math.abs(list[i] - value) < Math.abs(list[best] - value)) best = i;
  return best;
}

/** 256 colours from the ground to the accent, or from negative over the ground to positive, as the canvas stores them (ABGR). */
function colorRamp(colors, sequential) {
  const [negative, middle, positive, accent] = ["negative", "middle", "positive", "accent"].map((name) =>
    [1, 3, 5].map((i) => parseInt(colors[name].slice(i, i + 2), 16)));
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const [share, end] = sequential ? [i / 255, accent] : [Math.abs(i / 127.5 - 1), i < 127.5 ? negative : positive];
    const [r, g, b] = middle.map((from, channel) => Math.round(from + (end[channel] - from) * share));
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
}

/**
 * One panel. `ask` is how it reaches the explorer: `grip(name, dot)` makes a dot draggable,
 * `press(spec, x, y)` sets controls, `tell(lines, event)` shows values under the pointer.
 */
export function panel(spec, ask) {
  const svg = element("svg", { "aria-hidden": "true" });
  // What leaves the plot is cut off; an inner svg does that without an id.
  const [frame, layer] = [element("g", { class: "x-axes" }), element("svg", spec.circle ? {} : { class: "x-clip" })];
  svg.append(frame, layer);
  const under = element("div", { class: "x-plot" });
  const keys = element("p", { class: "x-keys" });
  const note = element("p", { class: "x-note" });
  const node = element("div", { class: spec.circle ? "x-panel x-circle" : "x-panel" });
  const title = element("span", {});
  if (spec.title) keys.append(title);
  node.append(keys, under);
  if (spec.note) node.append(note);

  const key = (mark) => {
    const label = element("span", { class: mark.dashed || mark.outline ? "x-key x-dashed" : "x-key", style: `color:var(--x-${mark.color})` });
    keys.append(label);
    return label;
  };
  const grip = (name, dot) => {
    const hold = element("circle", { class: "x-hold", r: 18 });
    layer.append(hold);
    ask.grip(name, { dot, hold, angle: (event) => angleAt(event) });
    return hold;
  };
  const drawn = spec.marks.map((mark) => marks[mark.kind](mark, { under, layer, key, grip }));
  under.append(svg);
  if (!keys.childNodes.length) keys.remove();

  let box, x, y, values, painted;
  const point = (event) => {
    const bounds = svg.getBoundingClientRect();
    return [x.invert(event.clientX - bounds.left), y.invert(event.clientY - bounds.top)];
  };
  const angleAt = (event) => {
    const [across, up] = point(event);
    return Math.atan2(up, across);
  };
  const ends = (axis) => [resolve(values, axis.low), resolve(values, axis.high)];
  const within = (value, [a, b]) => value >= Math.min(a, b) && value <= Math.max(a, b);

  if (spec.picks) {
    svg.classList.add("x-picks");
    const press = (event) => ask.press(spec, ...point(event));
    svg.addEventListener("pointerdown", (event) => {
      if (!within(point(event)[0], ends(spec.x)) || !within(point(event)[1], ends(spec.y))) return;
      svg.setPointerCapture(event.pointerId);
      press(event);
    });
    svg.addEventListener("pointermove", (event) => svg.hasPointerCapture(event.pointerId) && press(event));
  }
  svg.addEventListener("pointermove", (event) => ask.tell(texts(event), event));
  svg.addEventListener("pointerleave", () => ask.tell([]));

  function texts(event) {
    const at = point(event);
    if (!within(at[0], ends(spec.x)) || !within(at[1], ends(spec.y))) return [];
    const found = drawn.map((mark) => mark.probe?.(values, ...at, spec)).filter(Boolean);
    const heads = found.filter((item) => item.head).slice(0, 1).map((item) => item.head);
    return [...heads, ...found.map((item) => item.text ?? item)];
  }

  return {
    node,
    /** Lays the panel out for its present width. */
    resize() {
      const width = Math.floor(under.clientWidth);
      const left = spec.circle ? 2 : 58;
      box = { left, right: width - (spec.circle ? 2 : 12), top: spec.circle ? 2 : 8 };
      box.bottom = Math.round(box.top + (box.right - box.left) * spec.ratio);
      const height = box.bottom + (spec.circle ? 2 : 40);
      svg.setAttribute("width", width);
      svg.setAttribute("height", height);
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      const [x0, y0, w, h] = spec.circle ? [0, 0, width, height]
        : [box.left - 4, box.top - 4, box.right - box.left + 8, box.bottom - box.top + 8];
      for (const [name, value] of Object.entries({ x: x0, y: y0, width: w, height: h, viewBox: `${x0} ${y0} ${w} ${h}` }))
        layer.setAttribute(name, value);
      painted = null;
    },
    /** Draws the values; `colors` is the theme's palette. */
    draw(given, colors) {
      values = given;
      x = scale(spec.x, values, box.left, box.right);
      y = scale(spec.y, values, box.bottom, box.top);
      const axes = [x.low, x.high, y.low, y.high, ...[spec.x, spec.y].map(({ at }) => at && resolve(values, at))].join();
      if (painted !== axes) {
        paintAxes(frame, spec, x, y, box, values);
        painted = axes;
      }
      const inside = (at, margin) => Math.min(box.right - margin, Math.max(box.left + margin, at));
      for (const mark of drawn) mark.draw({ x, y, values, colors, box, inside });
      if (spec.title) setText(title, fill(spec.title, values, readable));
      if (!spec.note) return;
      const text = fill(spec.note, values, readable);
      setText(note, text.includes("nan") ? "not used" : text); // an empty panel
    },
  };
}

function paintAxes(frame, spec, x, y, box, values) {
  frame.replaceChildren();
  const line = (d, name) => frame.append(element("path", { class: name, d, fill: "none" }));
  if (spec.circle) {
    const radius = x(1) - x(0);
    line(`M${px(x(-1))} ${px(y(0))}a${px(radius)} ${px(radius)} 0 1 0 ${px(2 * radius)} 0a${px(radius)} ${px(radius)} 0 1 0 ${px(-2 * radius)} 0`, "x-guide");
    line(`M${px(x(-1))} ${px(y(0))}H${px(x(1))}M${px(x(0))} ${px(y(-1))}V${px(y(1))}`, "x-guide x-thin");
    return;
  }
  const write = (text, at) => frame.append(element("text", at, text));
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const marked = (axis, { low, high }, count) =>
    axis.labels ? labelled(axis, values).map((at, i) => [at, axis.labels[i]])
    : ticks(low, high, count, axis.log).map((value) => [value, tickLabel(value)]);
  for (const [value, label] of marked(spec.x, x, Math.max(2, Math.floor(width / 60)))) {
    write(label, { x: px(x(value)), y: box.bottom + 16, "text-anchor": "middle" });
    if (!spec.x.labels) line(`M${px(x(value))} ${box.bottom}v4`, "x-tick");
  }
  for (const [value, label] of marked(spec.y, y, Math.max(4, Math.floor(height / 42)))) {
    write(label, { x: box.left - 8, y: px(y(value)), "text-anchor": "end", "dominant-baseline": "central" });
    if (!spec.y.labels) line(`M${box.left} ${px(y(value))}h-4`, "x-tick");
  }
  line(`M${box.left} ${box.top}V${box.bottom}H${box.right}`, "x-tick");
  write(spec.x.label, { class: "x-title", x: px(box.left + width / 2), y: box.bottom + 35, "text-anchor": "middle" });
  const middle = box.top + height / 2;
  write(spec.y.label, { class: "x-title", "text-anchor": "middle", transform: `translate(10 ${px(middle)}) rotate(-90)` });
}
