// A matrix in colours, on a canvas with a pixel for each cell.

import { labelled } from "../browser/axes.mjs";
import { extremes, nearest } from "../browser/channels.mjs";
import { element, setText } from "../browser/dom.mjs";
import { readable } from "../browser/format.mjs";
import { pick, resolve } from "../browser/template.mjs";

const MOST_CANVASES = 64;

/** The magnitude of full colour. */
function full({ z, limit }, values) {
  if (typeof limit !== "object") return resolve(values, limit);
  const found = extremes(...(limit.of.length ? limit.of : [z]).map((name) => pick(values, name))) ?? [0, 0];
  return Math.max(limit.least, limit.factor * Math.max(-found[0], found[1]));
}

/** 256 colours from the ground to the accent, or from negative over the ground to positive, as the canvas stores them (ABGR). */
export function colorRamp(colors, sequential) {
  const [negative, middle, positive, accent] = ["negative", "middle", "positive", "accent"].map((name) =>
    [1, 3, 5].map((i) => parseInt(colors[name].slice(i, i + 2), 16))
  );
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const share = sequential ? i / 255 : Math.abs(i / 127.5 - 1);
    const end = sequential ? accent : i < 127.5 ? negative : positive;
    const [r, g, b] = middle.map((from, channel) => Math.round(from + (end[channel] - from) * share));
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
}

/** What the colours stand for: the ramp between its ends. */
function scaleOf({ sequential }) {
  const [low, high] = [element("span", {}), element("span", {})];
  const node = element("span", { class: "x-scale" }, low, element("i", { class: sequential ? "" : "x-diverging" }), high);
  return {
    node,
    draw(limit) {
      setText(low, sequential ? "0" : readable(-limit, ".3g"));
      setText(high, readable(limit, ".3g"));
    },
  };
}

export default {
  downwards: true,
  spans({ z, x, y }, values) {
    const matrix = pick(values, z);
    return [[x, matrix[0].length], [y, matrix.length]].map(([along, count]) => {
      const start = resolve(values, along.start);
      return [start - 0.5, start + count - 0.5];
    });
  },
  make(spec, { plot, number, keys }) {
    const scale = keys.querySelector(".x-scale") ? null : scaleOf(spec); // maps of one panel have one scale
    if (scale) keys.append(scale.node);
    const holder = element("div", { class: "x-heat", "aria-hidden": "true", "data-mark": number });
    plot.append(holder);
    const made = new Map(); // a canvas for each size: to resize one costs more than all else here
    let shown, ramp, theme, placed;
    function sized(rows, columns) {
      const size = `${rows} ${columns}`;
      if (made.size === MOST_CANVASES && !made.has(size)) made.clear();
      if (!made.has(size)) {
        const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { width: columns, height: rows }));
        const context = canvas.getContext("2d");
        const image = context.createImageData(columns, rows);
        made.set(size, { canvas, context, image, pixels: new Uint32Array(image.data.buffer) });
      }
      return made.get(size);
    }
    return {
      draw(mark, { x, y, values, colors }) {
        const z = pick(values, mark.z);
        const limit = full(mark, values) || 1;
        scale?.draw(limit);
        const columns = z[0].length;
        const { canvas, context, image, pixels } = sized(z.length, columns);
        if (theme !== colors) [ramp, theme] = [colorRamp(colors, mark.sequential), colors];
        const [slope, middle] = mark.sequential ? [255 / limit, 0] : [127.5 / limit, 127.5];
        let i = 0;
        for (const row of z) {
          for (let j = 0; j < columns; j++) {
            const place = row[j] * slope + middle;
            pixels[i++] = Number.isFinite(place) ? ramp[Math.round(Math.min(255, Math.max(0, place)))] : 0;
          }
        }
        context.putImageData(image, 0, 0);
        if (shown !== canvas) holder.replaceChildren(shown = canvas);
        const [left, top] = [x(resolve(values, mark.x.start) - 0.5), y(resolve(values, mark.y.start) - 0.5)];
        const [right, bottom] = [left + (x(1) - x(0)) * columns, top + (y(1) - y(0)) * z.length];
        const where = `left:${left}px;top:${top}px;width:${right - left}px;height:${bottom - top}px`;
        if (placed !== where) holder.style.cssText = placed = where;
      },
      probe(mark, { values, x, y, axes }) {
        const [column, row] = [x, y].map(Math.round);
        const value = pick(values, mark.z)[row - resolve(values, mark.y.start)]?.[column - resolve(values, mark.x.start)];
        const place = (axis, at) => (axis.labels ? axis.labels[nearest(labelled(axis, values), at)] : `${axis.symbol} = ${at}`);
        return value === undefined || Number.isNaN(value)
          ? null
          : `${place(axes.y, row)}, ${place(axes.x, column)}: ${readable(value, mark.format)}`;
      },
    };
  },
};
