// The ground between two curves.

import { together } from "../browser/channels.mjs";
import { element, px } from "../browser/dom.mjs";

export default {
  spans({ x, low, high }, values) {
    const [xs, ...sides] = together(values, x, low, high);
    return [xs, sides];
  },
  make(spec, { layer }) {
    const path = element("path", { class: "x-band", fill: `var(--x-${spec.color})` });
    layer.append(path);
    return {
      draw(mark, { x, y, values }) {
        const [xs, low, high] = together(values, mark.x, mark.low, mark.high);
        const corners = [];
        for (let i = 0; i < xs.length; i++) if (Number.isFinite(high[i])) corners.push([xs[i], high[i]]);
        for (let i = xs.length - 1; i >= 0; i--) if (Number.isFinite(low[i])) corners.push([xs[i], low[i]]);
        path.setAttribute("d", corners.map(([across, up], i) => `${i ? "L" : "M"}${px(x(across))} ${px(y(up))}`).join(""));
      },
    };
  },
};
