// A straight line across the panel.

import { element, px, setText } from "../browser/dom.mjs";
import { resolve } from "../browser/template.mjs";

export default {
  make(spec, { layer }) {
    const line = element("path", { class: "x-rule", stroke: `var(--x-${spec.color})` });
    const label = element("text", { class: "x-halo", style: `fill:var(--x-${spec.color})` });
    layer.append(line, label);
    return {
      draw(mark, { x, y, values, box }) {
        if (mark.x != null) {
          line.setAttribute("d", `M${px(x(resolve(values, mark.x)))} ${box.top}V${box.bottom}`);
          return;
        }
        const at = y(resolve(values, mark.y));
        line.setAttribute("d", `M${box.left} ${px(at)}H${box.right}`);
        setText(label, mark.label);
        label.setAttribute("x", box.left + 6);
        label.setAttribute("y", px(at - 5));
      },
    };
  },
};
