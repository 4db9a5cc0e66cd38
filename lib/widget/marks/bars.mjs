// Upright bars.

import { nearest, together } from "../browser/channels.mjs";
import { element, px, setText } from "../browser/dom.mjs";
import { readable } from "../browser/format.mjs";

export default {
  spans({ x, y }, values) {
    const [xs, ys] = together(values, x, y);
    return [[xs.map((at) => at - 0.5), xs.map((at) => at + 0.5)], ys];
  },
  make(spec, { layer, key }) {
    const path = element("path", {
      fill: spec.outline ? "none" : `var(--x-${spec.color})`,
      stroke: `var(--x-${spec.color})`,
      "stroke-dasharray": spec.outline ? "2 2" : null,
    });
    layer.append(path);
    const label = spec.label ? key(spec) : null;
    return {
      draw(mark, { x, y, values }) {
        const [xs, ys] = together(values, mark.x, mark.y);
        const [foot, half] = [y.log ? y.low : 0, mark.width / 2];
        const zero = y(foot);
        const top = (value) => y(y.log ? Math.max(value, foot) : value); // below the axis of powers there is no bar
        path.setAttribute(
          "d",
          ys.map((value, i) =>
            Number.isFinite(value) ? `M${px(x(xs[i] - half))} ${px(zero)}V${px(top(value))}H${px(x(xs[i] + half))}V${px(zero)}` : ""
          ).join(""),
        );
        if (label) setText(label, mark.label);
      },
      probe(mark, { values, x, axes }) {
        const [xs, ys] = together(values, mark.x, mark.y);
        const near = nearest(xs, x);
        return Number.isNaN(ys[near]) ? null : {
          head: axes.x.labels?.[Math.round(xs[near])] ?? `${axes.x.symbol ?? ""} ${Math.round(xs[near])}`,
          text: `${mark.label || axes.y.label}: ${readable(ys[near], mark.format)}`,
        };
      },
    };
  },
};
