// The words to a tree: the way to the part that is open, and a table of what it has.

import { children, element, setText } from "../browser/dom.mjs";
import { readable } from "../browser/format.mjs";

const ROWS = 10;

/** Crumbs and table in the panel's `node`; a press on a part calls `open(part)`. Returns { draw(tree) }. */
export function treeTable(node, open) {
  const crumbs = element("p", { class: "x-crumbs" });
  const body = element("tbody", {});
  const head = ["part", "shape", "parameters", "share"].map((text) => element("th", { scope: "col" }, text));
  node.prepend(crumbs);
  const table = element("table", { class: "x-parts" }, element("thead", {}, element("tr", {}, ...head)), body);
  const frame = element("div", { class: "x-parts-frame", role: "group", "aria-label": "parts and their parameters" }, table);
  node.append(frame);
  // Where the table has no room it scrolls, and can be reached by keyboard.
  const size = new ResizeObserver(() => frame.scrollHeight > frame.clientHeight ? (frame.tabIndex = 0) : frame.removeAttribute("tabindex"));
  size.observe(frame);
  size.observe(table);
  for (const list of [crumbs, body]) {
    list.addEventListener("click", (event) => {
      const to = /** @type {Element} */ (event.target).closest("[data-part]");
      if (to) open(Number(to.getAttribute("data-part")));
    });
  }

  /** The parts of the open part, and, from the largest on, theirs, as far as the table has room. */
  function listing(tree) {
    const inside = tree.below(tree.opened);
    if (!inside.length) return [tree.opened];
    let room = ROWS - inside.length;
    const unfolded = inside.toSorted((a, b) => tree.sizes[b] - tree.sizes[a]).filter((part) => {
      const { length } = tree.below(part);
      if (length > room) return false;
      room -= length;
      return true;
    });
    return inside.flatMap((part) => [part, ...(unfolded.includes(part) ? tree.below(part) : [])]);
  }

  return {
    draw(tree) {
      const way = tree.above(tree.opened);
      children(crumbs, "span", way.length).forEach((crumb, i) => {
        crumb.dataset.part = way[i];
        setText(crumb, tree.names[way[i]]);
      });
      const rows = listing(tree);
      children(body, "tr", rows.length).forEach((row, i) => {
        const part = rows[i];
        row.dataset.part = part;
        row.className = [tree.parents[part], part].includes(tree.opened) ? "" : "x-inner";
        const [name, shape, size, share] = children(row, "td", 4);
        setText(name, tree.names[part]);
        const [letters, numbers] = children(shape, "span", 2);
        setText(letters, tree.letters[part]);
        setText(numbers, tree.shapes[part]);
        setText(size, readable(tree.sizes[part], ",d"));
        setText(share, readable(tree.sizes[part] / tree.sizes[0], ".2%"));
      });
    },
  };
}
