// Bars that lie one under another, each with a name and a text.

import { together } from "../browser/channels.mjs";
import { children, element, px, setAttributes, setText } from "../browser/dom.mjs";
import { readable } from "../browser/format.mjs";
import { pick, resolve } from "../browser/template.mjs";

const NARROW = 240; // px in which names and texts have room for the smallest type alone

// Of the type's size, in the widest face of a system: letters and figures, and what is thin among them.
const [LETTER, THIN] = [0.63, 0.36];
const wide = (text) => [...text].reduce((sum, letter) => sum + (" ,.;:()fijlrt|".includes(letter) ? THIN : LETTER), 0);

export default {
  downwards: true,
  spans(mark, values) {
    const [sizes, starts] = together(values, mark.sizes, mark.starts);
    return [[0, ...sizes.map((size, i) => starts[i] + size)], [mark.first - 0.5, mark.first + sizes.length - 0.5]];
  },
  make(spec, { layer }) {
    const [bars, standing] = ["", "x-standing"].map((name) =>
      element("path", { class: `x-row-bar ${name}`, fill: `var(--x-${spec.color})` })
    );
    const [paths, broken] = ["x-join", "x-join x-broken"].map((name) => element("path", { class: name, fill: "none" }));
    const [names, texts] = [element("g", {}), element("g", { "text-anchor": "end" })];
    layer.append(bars, standing, paths, broken, names, texts);
    return {
      draw(mark, { x, y, values, box }) {
        const [sizes, starts] = together(values, mark.sizes, mark.starts);
        const wrong = mark.wrong ? pick(values, mark.wrong) : [];
        const [half, foot] = [0.43 * Math.abs(y(1) - y(0)), x(0)];
        const middle = (i) => y(mark.first + i);
        const bar = (i) => {
          const [left, right] = [x(starts[i]), x(starts[i] + sizes[i])];
          return `M${px(left)} ${px(middle(i) - half)}H${px(right)}v${px(2 * half)}H${px(left)}Z`;
        };
        const at = mark.at ? resolve(values, mark.at) - mark.first : -1;
        const join = (from, i) => {
          const left = foot - 0.75 * (foot - box.left);
          return `M${px(foot)} ${px(middle(from))}H${px(left)}V${px(middle(i))}H${px(foot)}m-5 -3l5 3l-5 3`;
        };
        const joins = mark.joins ? pick(values, mark.joins) : [];
        const d = (node, pieces) => node.setAttribute("d", pieces.join(""));
        d(bars, sizes.map((_, i) => (i === at ? "" : bar(i))));
        d(standing, sizes[at] === undefined ? [] : [bar(at)]);
        d(paths, joins.map((from, i) => (from >= 0 && !wrong[i] ? join(from, i) : "")));
        d(broken, joins.map((from, i) => (from >= 0 && wrong[i] ? join(from, i) : "")));
        const type = box.right - box.left < NARROW ? 11 : Math.min(12.5, Math.max(11, 2.3 * half)); // as high as the rows
        layer.style.setProperty("--row-type", `${type.toFixed(1)}px`);
        // Where both don't fit the name stands alone; the text is under the pointer.
        const [called, told] = [mark.names, mark.texts].map((list) => pick(values, list));
        const fits = (i) => (wide(called[i]) + wide(told[i]) + LETTER) * type < box.right - 4 - foot - 12;
        const shown = told.map((text, i) => (fits(i) ? text : ""));
        for (const [group, list, left] of [[names, called, foot + 12], [texts, shown, box.right - 4]]) {
          children(group, "text", sizes.length).forEach((node, i) => {
            setAttributes(node, { x: px(left), y: px(middle(i)), class: wrong[i] ? "x-row-text x-broken" : "x-row-text" });
            setText(node, list[i]);
          });
        }
      },
      probe(mark, { values, y, axes }) {
        const i = Math.round(y) - mark.first;
        const [name, size, text] = [mark.names, mark.sizes, mark.texts].map((list) => pick(values, list)[i]);
        return name === undefined ? null : { head: name, text: `${text}, ${readable(size, ",.4g")} ${axes.x.symbol}` };
      },
    };
  },
};
