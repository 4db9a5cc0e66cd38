// A matrix in colours, on a canvas with a pixel for each cell.

import { labelled } from "../browser/axes.mjs";
import { extremes, nearest } from "../browser/channels.mjs";
import { element, setText } from "../browser/dom.mjs";
import { readable } from "../browser/format.mjs";
import { pick, resolve } from "../browser/template.mjs";

const MOST_CANVASES = 64;
const LEAST = 1e-3; // of a map's full colour: the least full colour of a difference

/** The largest magnitude in arrays. */
function reach(...arrays) {
  const [least, greatest] = extremes(...arrays) ?? [0, 0];
  return Math.max(-least, greatest);
}

const sameSize = (a, b) => a.length === b.length && a[0].length === b[0].length;
const minus = (a, b) => a.map((row, i) => row.map((value, j) => value - b[i]?.[j]));

/** The magnitude of full colour. */
function full({ z, limit }, values) {
  if (typeof limit !== "object") return resolve(values, limit);
  return Math.max(limit.least, limit.factor * reach(...(limit.of.length ? limit.of : [z]).map((name) => pick(values, name))));
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
function scaleOf() {
  const [what, low, ramp, high] = ["b", "span", "i", "span"].map((tag) => element(tag, {}));
  let said;
  return {
    node: element("span", { class: "x-scale" }, what, low, ramp, high),
    draw(limit, sequential, differs) {
      const now = [limit, sequential, differs].join();
      if (said === now) return;
      said = now;
      setText(what, differs ? "difference" : "");
      ramp.classList.toggle("x-diverging", !sequential);
      setText(low, sequential ? "0" : readable(-limit, ".3g"));
      setText(high, readable(limit, ".3g"));
    },
  };
}

export default {
  downwards: true,
  areas: true, // it covers its ground: what is pinned is seen in the difference
  spans({ z, x, y }, values) {
    const matrix = pick(values, z);
    return [[x, matrix[0].length], [y, matrix.length]].map(([along, count]) => {
      const start = resolve(values, along.start);
      return [start - 0.5, start + count - 0.5];
    });
  },
  make(_, { plot, number, keys }) {
    const scale = keys.querySelector(".x-scale") ? null : scaleOf(); // maps of one panel have one scale
    if (scale) keys.append(scale.node);
    const holder = element("div", { class: "x-heat", "aria-hidden": "true", "data-mark": number });
    plot.append(holder);
    const made = new Map(); // a canvas for each size: to resize one costs more than all else here
    let shown, ramp, theme, ramped, placed;
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
      draw(mark, { x, y, values, colors, pinned, marks }) {
        const differs = pinned && sameSize(pick(values, mark.z), pick(pinned, mark.z));
        const difference = ({ z }) => minus(pick(values, z), pick(pinned, z));
        const z = differs ? difference(mark) : pick(values, mark.z);
        const sequential = mark.sequential && !differs;
        let limit = full(mark, values) || 1;
        // The maps of a panel share the scale of their differences too; what the last digits differ by is none.
        if (differs) limit = Math.max(limit * LEAST, reach(...marks.filter(({ kind }) => kind === "heatmap").map(difference)));
        scale?.draw(limit, sequential, differs);
        const columns = z[0].length;
        const { canvas, context, image, pixels } = sized(z.length, columns);
        if (theme !== colors || ramped !== sequential) [ramp, theme, ramped] = [colorRamp(colors, sequential), colors, sequential];
        const [slope, middle] = sequential ? [255 / limit, 0] : [127.5 / limit, 127.5];
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
      probe(mark, { values, pinned, x, y, axes }) {
        const [column, row] = [x, y].map(Math.round);
        const of = (values) => pick(values, mark.z)[row - resolve(values, mark.y.start)]?.[column - resolve(values, mark.x.start)];
        const [value, before] = [of(values), pinned && of(pinned)];
        const kept = before == null ? "" : ` (pinned ${readable(before, mark.format)})`;
        const place = (axis, at) => (axis.labels ? axis.labels[nearest(labelled(axis, values), at)] : `${axis.symbol} = ${at}`);
        return value === undefined || Number.isNaN(value)
          ? null
          : `${place(axes.y, row)}, ${place(axes.x, column)}: ${readable(value, mark.format)}${kept}`;
      },
    };
  },
};
