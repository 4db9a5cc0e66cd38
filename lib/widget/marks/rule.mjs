// Straight lines across the panel.

import { element, px, setText } from "../browser/dom.mjs";
import { resolve } from "../browser/template.mjs";

export default {
  make(spec, { layer }) {
    const line = element("path", { class: "x-rule", stroke: `var(--x-${spec.color})` });
    const label = element("text", { class: "x-halo", style: `fill:var(--x-${spec.color})` });
    layer.append(line, label);
    return {
      draw(mark, { x, y, values, box }) {
        const places = [resolve(values, mark.x ?? mark.y)].flat();
        if (mark.x != null) {
          line.setAttribute("d", places.map((at) => `M${px(x(at))} ${box.top}V${box.bottom}`).join(""));
          return;
        }
        line.setAttribute("d", places.map((at) => `M${box.left} ${px(y(at))}H${box.right}`).join(""));
        setText(label, mark.label);
        label.setAttribute("x", box.left + 6);
        label.setAttribute("y", px(y(places[0]) - 5));
      },
    };
  },
};
