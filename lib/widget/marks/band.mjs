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
        let d = "";
        let back = ""; // the way back under the piece that is being drawn
        for (let i = 0; i < xs.length; i++) {
          const across = px(x(xs[i]));
          if (Number.isFinite(high[i]) && Number.isFinite(low[i])) {
            d += `${back ? "L" : "M"}${across} ${px(y(high[i]))}`;
            back = `L${across} ${px(y(low[i]))}${back}`;
          } else {
            d += back && `${back}Z`;
            back = "";
          }
        }
        path.setAttribute("d", d + (back && `${back}Z`));
      },
    };
  },
};
