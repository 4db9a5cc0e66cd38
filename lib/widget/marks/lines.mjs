// A curve.

import { together } from "../browser/channels.mjs";
import { element, px, setText } from "../browser/dom.mjs";
import { told } from "../browser/probe.mjs";

export default {
  spans: ({ x, y }, values) => together(values, x, y),
  make(spec, { layer, key }) {
    const inPlot = spec.at != null;
    const path = element("path", {
      fill: "none",
      stroke: `var(--x-${spec.color})`,
      "stroke-width": spec.width,
      "stroke-dasharray": spec.dashed ? "4 3" : null,
    });
    layer.append(path);
    const label = inPlot
      ? element("text", { class: "x-halo", style: "fill:var(--x-ink)", "text-anchor": "middle" })
      : spec.label
      ? key(spec)
      : null;
    if (inPlot) layer.append(label);
    return {
      draw(mark, { x, y, values, within }) {
        const [xs, ys] = together(values, mark.x, mark.y);
        let d = "";
        let pen = "M";
        for (let i = 0; i < xs.length; i++) {
          if (!Number.isFinite(ys[i]) || !Number.isFinite(xs[i])) {
            pen = "M";
            continue;
          }
          d += pen + px(x(xs[i])) + " " + px(y(ys[i]));
          pen = "L";
        }
        path.setAttribute("d", d);
        if (label) setText(label, mark.label);
        if (!inPlot) return;
        const at = (list) => list[0] + (list.at(-1) - list[0]) * mark.at;
        label.setAttribute("x", px(within(x(at(xs)), 42)));
        label.setAttribute("y", px(y(at(ys)) - 6));
      },
      probe: (mark, pointer) => (inPlot || !mark.label ? null : told(mark, pointer)),
    };
  },
};
