// A tree of named parts: areas proportional to their sizes, the way to the part that is open, and a table of what it has.

import { children, element, px, setAttributes, setText } from "../browser/dom.mjs";
import { readable } from "../browser/format.mjs";
import { pick } from "../browser/template.mjs";
import { treeTable } from "./tree_table.mjs";

const HEADING = 20; // px above the areas, for the names of the open part's own parts

/** The lists of a tree by name, and who is above and below whom. */
function read(mark, values) {
  const [opened, names, parents, sizes, letters, shapes, sides, groups] = [
    mark.opened,
    mark.names,
    mark.parents,
    mark.sizes,
    mark.letters,
    mark.shapes,
    mark.sides,
    mark.groups,
  ].map((name) => pick(values, name));
  const below = (part) => parents.flatMap((parent, i) => (parent === part ? [i] : []));
  const above = (part) => (parents[part] < 0 ? [part] : [...above(parents[part]), part]);
  return { opened, names, parents, sizes, letters, shapes, sides, groups, below, above };
}

/** About how wide a name is in the picture, in px. */
const wide = (text) => 7 * text.length + 6;

/**
 * The leaves of a part as areas: its own parts side by side, theirs one under another, and so on by turns.
 * What the open part has itself is added to `shown`.
 */
function areasOf(tree, part, area, across, shown) {
  let [left, top] = area;
  const [, , width, height] = area;
  const inside = tree.below(part);
  if (!inside.length) return [{ part, left, top, width, height }];
  return inside.filter((child) => tree.sizes[child]).flatMap((child) => {
    const share = tree.sizes[child] / tree.sizes[part];
    const own = across ? [left, top, share * width, height] : [left, top, width, share * height];
    if (across) left += own[2];
    else top += own[3];
    if (part === tree.opened) shown.push({ part: child, left: own[0], width: own[2] });
    return areasOf(tree, child, own, !across, shown);
  });
}

/** A single array, to scale, with the letters of its sides. */
function picture(tree, area) {
  const [left, top, width, height] = area;
  const [rows, columns] = tree.sides[tree.opened];
  const scale = Math.min((width - 190) / columns, (height - 8) / rows);
  const [w, h] = [Math.max(3, columns * scale), Math.max(3, rows * scale)];
  const at = { part: tree.opened, left: left + (width - w) / 2, top: top + (height - h) / 2, width: w, height: h };
  const letters = tree.letters[tree.opened].split(" × ");
  const side = (letter, size) => `${letter} = ${readable(size, ",d")}`;
  const texts = [{ text: side(letters.at(-1), columns), x: left + width / 2, y: top - 9, anchor: "middle", strong: false }];
  if (letters.length > 1) texts.push({ text: side(letters[0], rows), x: at.left - 8, y: top + height / 2, anchor: "end", strong: false });
  return { cells: [at], texts };
}

/** The areas of the open part, with the names that fit. */
function areas(tree, area, shown) {
  const cells = areasOf(tree, tree.opened, area, true, shown);
  const name = (part, x, y, strong) => ({ text: tree.names[part], x, y, anchor: "middle", strong });
  const fits = ({ part, width }) => width > wide(tree.names[part]);
  return {
    cells,
    texts: [
      ...cells.filter((cell) => cell.height > 17 && fits(cell)).map(({ part, left, top, width, height }) =>
        name(part, left + width / 2, top + height / 2, false)
      ),
      ...shown.filter(fits).map(({ part, left, width }) => name(part, left + width / 2, area[1] - 10, true)),
    ],
  };
}

export default {
  downwards: true,
  areas: true,
  opens: true,
  spans: () => [[0, 1], [0, 1]],
  make(spec, { layer, key, node, ask }) {
    const labels = spec.keys.map(([, color]) => key({ color, square: true }));
    const [boxes, words, outline] = [element("g", {}), element("g", {}), element("path", { class: "x-outline", fill: "none" })];
    layer.append(boxes, outline, words);
    const open = (part) => ask.press([spec.opens], [part]);
    const table = treeTable(node, open);
    let cells = [];
    let shown = []; // the open part's own parts
    const under = ([x, y]) => cells.find(({ left, top, width, height }) => x >= left && x <= left + width && y >= top && y <= top + height);
    return {
      draw(mark, { values, box }) {
        const tree = read(mark, values);
        const area = [box.left, box.top + HEADING, box.right - box.left, box.bottom - box.top - HEADING];
        shown = [];
        const drawn = tree.below(tree.opened).length ? areas(tree, area, shown) : picture(tree, area);
        cells = drawn.cells;
        children(boxes, "rect", cells.length).forEach((rect, i) => {
          const { part, left, top, width, height } = cells[i];
          setAttributes(rect, {
            x: px(left),
            y: px(top),
            width: px(width),
            height: px(height),
            fill: `var(--x-${mark.keys[tree.groups[part]][1]})`,
          });
        });
        outline.setAttribute("d", shown.slice(1).map(({ left }) => `M${px(left)} ${px(area[1] - 18)}V${px(box.bottom)}`).join(""));
        children(words, "text", drawn.texts.length).forEach((label, i) => {
          const { text, x, y, strong, anchor } = drawn.texts[i];
          setAttributes(label, {
            x: px(x),
            y: px(y),
            class: strong ? "x-area-name x-strong" : "x-area-name",
            "text-anchor": anchor,
            "dominant-baseline": "central",
          });
          setText(label, text);
        });
        labels.forEach((label, i) => setText(label, mark.keys[i][0]));
        table.draw(tree);
      },
      probe(mark, { values, pixel }) {
        const found = under(pixel);
        if (!found) return null;
        const [tree, { part }] = [read(mark, values), found];
        const share = readable(tree.sizes[part] / tree.sizes[0], ".2%");
        return {
          head: tree.above(part).map((i) => tree.names[i]).join(" › "),
          text: [
            [tree.letters[part], tree.shapes[part]].filter(Boolean).join(" = "),
            `${readable(tree.sizes[part], ",d")} parameters, ${share} of all`,
          ],
        };
      },
      /** A press opens the part of the open one that lies there. */
      press(mark, { values, pixel }) {
        const found = under(pixel) ?? shown.find(({ left, width }) => pixel[0] >= left && pixel[0] <= left + width);
        if (!found) return;
        const tree = read(mark, values);
        const way = tree.above(found.part);
        open(way[way.indexOf(tree.opened) + 1] ?? tree.opened);
      },
    };
  },
};
