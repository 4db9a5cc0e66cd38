// An arrow from the origin, that a hand may turn.

import { element, px, setText } from "../browser/dom.mjs";
import { readable } from "../browser/format.mjs";
import { pick } from "../browser/template.mjs";

const REACH = 0.25; // how near to a tip the pointer has to be, in the panel's units

export default {
  make(spec, { layer, grip }) {
    const color = `var(--x-${spec.color})`;
    const line = element("path", {
      class: spec.dashed ? "x-ghost" : "x-arrow",
      stroke: color,
      "stroke-dasharray": spec.dashed ? "3 3" : null,
    });
    layer.append(line);
    const from = (x, y) => `M${px(x(0))} ${px(y(0))}L`;
    if (spec.dashed) {
      return {
        draw(mark, { x, y, values }) {
          const [across, up] = pick(values, mark.tip);
          line.setAttribute("d", Number.isFinite(across) ? `${from(x, y)}${px(x(across))} ${px(y(up))}` : "");
        },
      };
    }
    const dot = element("circle", { class: spec.drag ? "x-tip x-free-tip" : "x-tip", r: 6, fill: color });
    const label = element("text", { class: "x-name", style: `fill:${color}`, "text-anchor": "middle", "dominant-baseline": "central" });
    layer.append(dot, label);
    const hold = spec.drag && grip(spec.drag, dot);
    return {
      draw(mark, { x, y, values }) {
        const tip = pick(values, mark.tip);
        const shown = Number.isFinite(tip[0]);
        for (const node of [line, dot, label, hold]) if (node) node.style.display = shown ? "" : "none";
        if (!shown) return;
        const [left, top] = [x(tip[0]), y(tip[1])];
        line.setAttribute("d", `${from(x, y)}${px(left)} ${px(top)}`);
        for (const node of [dot, hold]) {
          node?.setAttribute("cx", px(left));
          node?.setAttribute("cy", px(top));
        }
        const length = Math.hypot(tip[0], tip[1]) || 1;
        label.setAttribute("x", px(left + (15 * tip[0]) / length));
        label.setAttribute("y", px(top - (15 * tip[1]) / length));
        setText(label, mark.label);
      },
      probe(mark, { values, x, y }) {
        const tip = pick(values, mark.tip);
        return Math.hypot(tip[0] - x, tip[1] - y) < REACH
          ? `${mark.label ? `${mark.label} = ` : ""}(${tip.map((value) => readable(value, "+.3f")).join(", ")})`
          : null;
      },
    };
  },
};
