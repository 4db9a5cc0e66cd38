// Upright bars.

import { together } from "../browser/channels.mjs";
import { element, px, setText } from "../browser/dom.mjs";
import { told } from "../browser/probe.mjs";

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
      /** A bar is told in its whole place, half a unit to each side. */
      probe(mark, pointer) {
        const { place, x } = pointer;
        return told(mark, { ...pointer, finger: Math.abs(place(x + 0.5) - place(x)) }, Math.round);
      },
    };
  },
};
