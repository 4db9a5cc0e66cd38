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

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A mark: how to draw it with the panel's scales, and what it says under the pointer.
const marks = {
  heatmap(mark, { under }) {
    const holder = element("div", { class: "x-heat", "aria-hidden": "true" });
    under.append(holder);
    const made = new Map(); // a canvas for each size: to resize one costs more than all else here
    let shown, ramp, theme, placed;
    function sized(rows, columns) {
      const size = `${rows} ${columns}`;
      if (made.size === MOST_CANVASES && !made.has(size)) made.clear();
      if (!made.has(size)) {
        const canvas = element("canvas", { width: columns, height: rows });
        const context = canvas.getContext("2d");
        const image = context.createImageData(columns, rows);
        made.set(size, { canvas, context, image, pixels: new Uint32Array(image.data.buffer) });
      }
      return made.get(size);
    }
    return {
      draw({ x, y, values, colors }) {
        const z = pick(values, mark.z);
        const limit = resolve(values, mark.limit);
        const [rows, columns] = [z.length, z[0].length];
        const { canvas, context, image, pixels } = sized(rows, columns);
        if (theme !== colors) [ramp, theme] = [colorRamp(colors, mark.sequential), colors];
        const [slope, middle] = mark.sequential ? [255 / limit, 0] : [127.5 / limit, 127.5];
        let i = 0;
        for (const row of z)
          for (let j = 0; j < columns; j++) {
            const place = row[j] * slope + middle;
            pixels[i++] = Number.isFinite(place) ? ramp[Math.round(Math.min(255, Math.max(0, place)))] : 0;
          }
        context.putImageData(image, 0, 0);
        if (shown !== canvas) holder.replaceChildren((shown = canvas));
        const [left, top] = [x(x.low), y(y.high)];
        const where = `left:${left}px;top:${top}px;width:${x(x.high) - left}px;height:${y(y.low) - top}px`;
        if (placed !== where) holder.style.cssText = placed = where;
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
        const [foot, half] = [y.log ? y.low : 0, mark.width / 2];
        const zero = y(foot);
        const top = (value) => y(y.log ? Math.max(value, foot) : value); // below the axis of powers there is no bar
        path.setAttribute("d", pick(values, mark.y).map((value, i) =>
          Number.isFinite(value) ? `M${px(x(xs[i] - half))} ${px(zero)}V${px(top(value))}H${px(x(xs[i] + half))}V${px(zero)}` : "").join(""));
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

  rows(mark, { layer }) {
    const [bars, standing] = ["", "x-standing"].map((name) => element("path", { class: `x-row-bar ${name}`, fill: `var(--x-${mark.color})` }));
    const [paths, broken] = ["x-join", "x-join x-broken"].map((name) => element("path", { class: name, fill: "none" }));
    const [names, texts] = [element("g", {}), element("g", { "text-anchor": "end" })];
    layer.append(bars, standing, paths, broken, names, texts);
    return {
      draw({ x, y, values, box }) {
        const [sizes, wrong, starts] = [mark.sizes, mark.wrong, mark.starts].map((name) => name && pick(values, name));
        const [middle, half, foot] = [(i) => y(mark.first + i), 0.43 * Math.abs(y(1) - y(0)), x(0)];
        const bar = (i) => {
          const [left, right] = [x(starts?.[i] ?? 0), x((starts?.[i] ?? 0) + sizes[i])];
          return `M${px(left)} ${px(middle(i) - half)}H${px(right)}v${px(2 * half)}H${px(left)}Z`;
        };
        const at = mark.at ? resolve(values, mark.at) - mark.first : -1;
        const join = (from, i) => {
          const left = foot - 0.75 * (foot - box.left);
          return `M${px(foot)} ${px(middle(from))}H${px(left)}V${px(middle(i))}H${px(foot)}m-5 -3l5 3l-5 3`;
        };
        const joins = mark.joins ? pick(values, mark.joins) : [];
        const d = (node, pieces) => node.setAttribute("d", pieces.join(""));
        d(bars, sizes.map((_, i) => (i === at ? "" : bar(i))));
        d(standing, sizes[at] === undefined ? [] : [bar(at)]);
        d(paths, joins.map((from, i) => (from >= 0 && !wrong?.[i] ? join(from, i) : "")));
        d(broken, joins.map((from, i) => (from >= 0 && wrong?.[i] ? join(from, i) : "")));
        for (const [group, name, left] of [[names, mark.names, foot + 12], [texts, mark.texts, box.right - 4]]) {
          children(group, "text", pick(values, name).length).forEach((node, i) => {
            setAttributes(node, { x: px(left), y: px(middle(i)), class: wrong?.[i] ? "x-row-text x-broken" : "x-row-text" });
            setText(node, pick(values, name)[i]);
          });
        }
      },
      probe(values, x, y, axes) {
        const i = Math.round(y) - mark.first;
        const [name, size, text] = [mark.names, mark.sizes, mark.texts].map((list) => pick(values, list)[i]);
        return name === undefined ? null : { head: name, text: `${text}, ${readable(size, ",.4g")} ${axes.x.symbol}` };
      },
    };
  },

  parts(mark, { layer, key, node, ask }) {
    const labels = mark.keys.map(([, color]) => key({ color, square: true }));
    const [areas, words, outline] = [element("g", {}), element("g", {}), element("path", { class: "x-outline", fill: "none" })];
    layer.append(areas, outline, words);
    const crumbs = element("p", { class: "x-crumbs" });
    const body = element("tbody", {});
    const head = ["part", "shape", "parameters", "share"].map((text) => element("th", { scope: "col" }, text));
    const table = element("table", { class: "x-parts" }, element("thead", {}, element("tr", {}, ...head)), body);
    node.prepend(crumbs);
    node.append(element("div", { class: "x-parts-frame" }, table));
    const open = (event) => {
      const to = event.target.closest("[data-part]");
      if (to) ask.press({ picks: [mark.opens] }, Number(to.dataset.part));
    };
    for (const list of [crumbs, body]) list.addEventListener("click", open);
    let cells, shown;

    const fields = ["names", "parents", "sizes", "letters", "shapes", "sides", "groups"];
    const read = (values) => ({
      opened: pick(values, mark.opened), ...Object.fromEntries(fields.map((field) => [field, pick(values, mark[field])])),
    });
    const below = (tree, part) => tree.parents.flatMap((parent, i) => (parent === part ? [i] : []));
    const above = (tree, part) => (tree.parents[part] < 0 ? [part] : [...above(tree, tree.parents[part]), part]);
    const path = (tree, part) => above(tree, part).map((i) => tree.names[i]).join(" › ");

    /** The areas of a part's leaves: its own parts side by side, theirs one under another, and so on by turns. */
    function areasOf(tree, part, [left, top, width, height], across) {
      const inside = below(tree, part);
      if (!inside.length) return [{ part, left, top, width, height }];
      return inside.filter((child) => tree.sizes[child]).flatMap((child) => {
        const share = tree.sizes[child] / tree.sizes[part];
        const own = across ? [left, top, share * width, height] : [left, top, width, share * height];
        if (across) left += own[2];
        else top += own[3];
        if (part === tree.opened) shown.push({ part: child, left: own[0], width: own[2] });
        return areasOf(tree, child, own, !across);
      });
    }

    /** A single array, to scale, with the letters of its sides. */
    function picture(tree, [left, top, width, height]) {
      const [rows, columns] = tree.sides[tree.opened];
      const scale = Math.min((width - 190) / columns, (height - 8) / rows);
      const [w, h] = [Math.max(3, columns * scale), Math.max(3, rows * scale)];
      const at = { part: tree.opened, left: left + (width - w) / 2, top: top + (height - h) / 2, width: w, height: h };
      const letters = tree.letters[tree.opened].split(" × ");
      const side = (letter, size) => `${letter} = ${readable(size, ",d")}`;
      const texts = [{ text: side(letters.at(-1), columns), x: left + width / 2, y: top - 9 }];
      if (letters.length > 1) texts.push({ text: side(letters[0], rows), x: at.left - 8, y: top + height / 2, anchor: "end" });
      return [[at], texts];
    }

    function draw({ values, box }) {
      const tree = read(values);
      const { opened } = tree;
      const area = [box.left, box.top + 20, box.right - box.left, box.bottom - box.top - 20];
      const inside = below(tree, opened);
      let texts;
      shown = [];
      if (inside.length) {
        cells = areasOf(tree, opened, area, true);
        texts = cells.filter(({ part, width, height }) => height > 17 && width > wide(tree.names[part]))
          .map(({ part, left, top, width, height }) => ({ text: tree.names[part], x: left + width / 2, y: top + height / 2 }));
        texts.push(...shown.filter(({ part, width }) => width > wide(tree.names[part]))
          .map(({ part, left, width }) => ({ text: tree.names[part], x: left + width / 2, y: area[1] - 10, strong: true })));
      } else {
        [cells, texts] = picture(tree, area);
      }
      children(areas, "rect", cells.length).forEach((rect, i) => {
        const { part, left, top, width, height } = cells[i];
        setAttributes(rect, { x: px(left), y: px(top), width: px(width), height: px(height), fill: `var(--x-${mark.keys[tree.groups[part]][1]})` });
      });
      outline.setAttribute("d", shown.slice(1).map(({ left }) => `M${px(left)} ${px(area[1] - 18)}V${px(box.bottom)}`).join(""));
      children(words, "text", texts.length).forEach((label, i) => {
        const { text, x, y, strong, anchor } = texts[i];
        setAttributes(label, {
          x: px(x), y: px(y), class: strong ? "x-area-name x-strong" : "x-area-name", "text-anchor": anchor ?? "middle", "dominant-baseline": "central",
        });
        setText(label, text);
      });
      labels.forEach((label, i) => setText(label, fill(mark.keys[i][0], values, readable)));
      list(tree, inside.length ? listing(tree, inside) : [opened]);
    }

    /** The parts of the open part, and, from the largest on, theirs, as far as the table has room. */
    function listing(tree, inside) {
      let room = TABLE_ROWS - inside.length;
      const unfolded = inside.toSorted((a, b) => tree.sizes[b] - tree.sizes[a]).filter((part) => {
        const { length } = below(tree, part);
        if (length > room) return false;
        room -= length;
        return true;
      });
      return inside.flatMap((part) => [part, ...(unfolded.includes(part) ? below(tree, part) : [])]);
    }

    /** The way to the part that is open, and the table of what it has. */
    function list(tree, rows) {
      const way = above(tree, tree.opened);
      children(crumbs, "span", way.length).forEach((crumb, i) => {
        crumb.dataset.part = way[i];
        setText(crumb, tree.names[way[i]]);
      });
      children(body, "tr", rows.length).forEach((row, i) => {
        const part = rows[i];
        row.dataset.part = part;
        row.className = [tree.parents[part], part].includes(tree.opened) ? "" : "x-inner";
        const [name, shape, size, share] = children(row, "td", 4);
        setText(name, tree.names[part]);
        const [letters, numbers] = children(shape, "span", 2);
        setText(letters, tree.letters[part]);
        setText(numbers, tree.shapes[part]);
        setText(size, readable(tree.sizes[part], ",d"));
        setText(share, readable(tree.sizes[part] / tree.sizes[0], ".2%"));
      });
    }

    /** The area under a point of the panel, in pixels of the plot. */
    const under = ([x, y]) => cells?.find(({ left, top, width, height }) => x >= left && x <= left + width && y >= top && y <= top + height);
    return {
      draw,
      probe(values, x, y, axes, pixel) {
        const found = under(pixel);
        if (!found) return null;
        const [tree, { part }] = [read(values), found];
        const share = readable(tree.sizes[part] / tree.sizes[0], ".2%");
        return {
          head: path(tree, part),
          text: [[tree.letters[part], tree.shapes[part]].filter(Boolean).join(" = "), `${readable(tree.sizes[part], ",d")} parameters, ${share} of all`],
        };
      },
      /** A press opens the part of the open one that lies there. */
      press(values, pixel) {
        const [tree, found] = [read(values), under(pixel) ?? shown.find(({ left, width }) => pixel[0] >= left && pixel[0] <= left + width)];
        if (!found) return;
        const way = above(tree, found.part);
        ask.press({ picks: [mark.opens] }, way[way.indexOf(tree.opened) + 1] ?? tree.opened);
      },
    };
  },
};

const MOST_CANVASES = 64;
const TABLE_ROWS = 10;

/** About how wide a name is in the picture, in px. */
const wide = (text) => 7 * text.length + 6;

/** The first `count` children of a node; elements that are missing are made, those beyond go. */
function children(node, tag, count) {
  while (node.childNodes.length > count) node.lastChild.remove();
  while (node.childNodes.length < count) node.append(element(tag));
  return [...node.childNodes];
}

function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

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
  const bare = spec.circle || spec.bare;
  const [frame, layer] = [element("g", { class: "x-axes" }), element("svg", bare ? {} : { class: "x-clip" })];
  svg.append(frame, layer);
  const under = element("div", { class: "x-plot" });
  const keys = element("p", { class: "x-keys" });
  const note = element("p", { class: "x-note" });
  const node = element("div", { class: `x-panel${spec.circle ? " x-circle" : spec.bare ? " x-bare" : ""}` });
  const title = element("span", {});
  if (spec.title) keys.append(title);
  node.append(keys, under);
  if (spec.note) node.append(note);

  const key = (mark) => {
    const look = mark.square ? " x-square" : mark.dashed || mark.outline ? " x-dashed" : "";
    const label = element("span", { class: "x-key" + look, style: `color:var(--x-${mark.color})` });
    keys.append(label);
    return label;
  };
  const grip = (name, dot) => {
    const hold = element("circle", { class: "x-hold", r: 18 });
    layer.append(hold);
    ask.grip(name, { dot, hold, angle: (event) => angleAt(event) });
    return hold;
  };
  const drawn = spec.marks.map((mark) => marks[mark.kind](mark, { under, layer, key, grip, node, ask }));
  under.append(svg);
  if (!keys.childNodes.length) keys.remove();

  const paintAxes = axes(frame, spec);
  let box, x, y, values, painted;
  const pixel = (event) => {
    const bounds = svg.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  };
  const point = (event) => {
    const [left, top] = pixel(event);
    return [x.invert(left), y.invert(top)];
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
  for (const mark of drawn) if (mark.press) svg.addEventListener("click", (event) => mark.press(values, pixel(event)));
  svg.addEventListener("pointermove", (event) => ask.tell(texts(event), event));
  svg.addEventListener("pointerleave", () => ask.tell([]));

  function texts(event) {
    const at = point(event);
    if (!within(at[0], ends(spec.x)) || !within(at[1], ends(spec.y))) return [];
    const found = drawn.map((mark) => mark.probe?.(values, ...at, spec, pixel(event))).filter(Boolean);
    const heads = found.filter((item) => item.head).slice(0, 1).map((item) => item.head);
    return [...heads, ...found.flatMap((item) => item.text ?? item)];
  }

  return {
    node,
    /** Lays the panel out for its present width. */
    resize() {
      const width = Math.floor(under.clientWidth);
      const left = bare ? 2 : 58;
      box = { left, right: width - (bare ? 2 : 12), top: bare ? 2 : 8 };
      box.bottom = Math.round(box.top + Math.max(spec.least ?? 0, (box.right - box.left) * spec.ratio));
      const height = box.bottom + (bare ? 2 : 40);
      svg.setAttribute("width", width);
      svg.setAttribute("height", height);
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      const [x0, y0, w, h] = bare ? [0, 0, width, height]
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
      const limits = [x.low, x.high, y.low, y.high, ...[spec.x, spec.y].map(({ at }) => at && resolve(values, at))].join();
      if (painted !== limits) {
        paintAxes(x, y, box, values);
        painted = limits;
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

/** The axes of a panel, in `frame`. They may change with every frame: what is there is moved, not made anew. */
function axes(frame, spec) {
  if (spec.bare) return () => {};
  const line = (name) => frame.appendChild(element("path", { class: name, fill: "none" }));
  if (spec.circle) {
    const [circle, cross] = ["x-guide", "x-guide x-thin"].map(line);
    return (x, y) => {
      const radius = x(1) - x(0);
      circle.setAttribute("d", `M${px(x(-1))} ${px(y(0))}a${px(radius)} ${px(radius)} 0 1 0 ${px(2 * radius)} 0a${px(radius)} ${px(radius)} 0 1 0 ${px(-2 * radius)} 0`);
      cross.setAttribute("d", `M${px(x(-1))} ${px(y(0))}H${px(x(1))}M${px(x(0))} ${px(y(-1))}V${px(y(1))}`);
    };
  }
  const lines = line("x-tick");
  const columns = element("g", { "text-anchor": "middle" });
  const rows = element("g", { "text-anchor": "end", "dominant-baseline": "central" });
  const [below, beside] = [spec.x, spec.y].map(({ label }) => element("text", { class: "x-title", "text-anchor": "middle" }, label));
  frame.append(columns, rows, below, beside);
  const marked = (axis, { low, high }, count, values) =>
    axis.labels ? labelled(axis, values).map((at, i) => [at, axis.labels[i]])
    : ticks(low, high, count, axis.log).map((value) => [value, tickLabel(value)]);
  const write = (group, labels, place) => children(group, "text", labels.length).forEach((node, i) => {
    setAttributes(node, place(labels[i][0]));
    setText(node, labels[i][1]);
  });
  return (x, y, box, values) => {
    const [width, height] = [box.right - box.left, box.bottom - box.top];
    const across = marked(spec.x, x, Math.max(2, Math.floor(width / 60)), values);
    const up = marked(spec.y, y, Math.max(4, Math.floor(height / 42)), values);
    write(columns, across, (value) => ({ x: px(x(value)), y: px(box.bottom + 16) }));
    write(rows, up, (value) => ({ x: px(box.left - 8), y: px(y(value)) }));
    const ticked = [
      ...(spec.x.labels ? [] : across.map(([value]) => `M${px(x(value))} ${box.bottom}v4`)),
      ...(spec.y.labels ? [] : up.map(([value]) => `M${box.left} ${px(y(value))}h-4`)),
    ];
    lines.setAttribute("d", `M${box.left} ${box.top}V${box.bottom}H${box.right}${ticked.join("")}`);
    setAttributes(below, { x: px(box.left + width / 2), y: px(box.bottom + 35) });
    setAttributes(beside, { transform: `translate(10 ${px(box.top + height / 2)}) rotate(-90)` });
  };
}
