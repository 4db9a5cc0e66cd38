// Points, or outlines of a map's cells.

import { together } from "../browser/channels.mjs";
import { element, px, setText } from "../browser/dom.mjs";
import { told } from "../browser/probe.mjs";

export default {
  spans: ({ x, y }, values) => together(values, x, y),
  make(spec, { layer, key }) {
    const cell = spec.shape === "cell";
    const color = `var(--x-${spec.color})`;
    const path = element("path", { class: cell ? "x-cell" : null, stroke: cell ? color : "none", fill: cell ? "none" : color });
    layer.append(path);
    const label = spec.label ? key(spec) : null;
    return {
      draw(mark, { x, y, values }) {
        const [xs, ys] = together(values, mark.x, mark.y);
        path.setAttribute(
          "d",
          xs.map((at, i) =>
            !Number.isFinite(at) || !Number.isFinite(ys[i])
              ? ""
              : cell
              ? `M${px(x(at - 0.5))} ${px(y(ys[i] - 0.5))}H${px(x(at + 0.5))}V${px(y(ys[i] + 0.5))}H${px(x(at - 0.5))}Z`
              : `M${px(x(at) - 4)} ${px(y(ys[i]))}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0`
          ).join(""),
        );
        if (label) setText(label, mark.label);
      },
      probe: (mark, pointer) => (cell ? null : told(mark, pointer)),
    };
  },
};
