// The picture of a view: its panels in rows and grids, and the readouts under them.

import { element } from "./dom.mjs";
import { panel } from "./panel.mjs";
import { readoutsOf } from "./readouts.mjs";
import { roomOf } from "./room.mjs";

const NARROWEST = 100; // px; below that a figure is folded away, or not in the page yet

const within = (item) => [item, ...(item.items ?? item.marks ?? []).flatMap(within)];

/** `hand` is what a panel asks the explorer for. */
export function pictureOf(figure, view, hand) {
  const panels = [];
  let colors, width, height, fitted, drawn, pinned, difference;
  const body = laidOut(view.body);
  const readouts = readoutsOf(view.readouts);

  function laidOut(item) {
    if (item.kind === "panel") {
      const made = panel(item, panels.length, hand);
      panels.push(made);
      return made.node;
    }
    const shares = item.widths ?? item.items.map(() => 1);
    const columns = item.kind === "row"
      ? shares.map((share) => `minmax(0, ${share}fr)`).join(" ")
      : `repeat(${item.columns}, minmax(0, 1fr))`;
    return element("div", { class: `x-${item.kind}`, style: `--columns:${columns}` }, ...item.items.map(laidOut));
  }

  function readColors() {
    const style = getComputedStyle(figure);
    colors = Object.fromEntries(
      ["negative", "middle", "positive", "accent"].map((name) => [name, style.getPropertyValue(`--x-${name}`).trim()]),
    );
    return Boolean(width);
  }

  const inOrder = panels.toSorted((a, b) => Number(b.main) - Number(a.main));
  const room = roomOf(body, readouts.node, {
    lay: resized,
    nodes: inOrder.map(({ node }) => node),
    draw: drawSeen,
  });

  return {
    stage: room.stage,
    /** Reads the theme's colours; false where they are as they were or there is no room. */
    themed() {
      const before = String(Object.values(colors ?? {}));
      return readColors() && String(Object.values(colors)) !== before;
    },
    hasMaps: within(view.body).some(({ kind }) => kind === "heatmap"),
    /** Values that stay as a faint layer, or null; maps may show the difference from them. */
    pin(kept, differs) {
      if (Boolean(kept) !== Boolean(pinned)) fitted = false; // readouts take another room
      [pinned, difference] = [kept, differs];
    },
    /** Notes that there is another width or height; false where that hasn't changed or there is none. */
    resize() {
      const now = [figure.clientWidth, Math.round(room.room())];
      if (now[0] < NARROWEST || (now[0] === width && now[1] === height)) return false;
      [width, height] = now;
      fitted = false;
      return readColors();
    },
    /** Draws the values; false as long as there is no room. */
    draw(values) {
      if (!width) return false;
      readouts.say(values, pinned);
      drawn = values;
      if (!fitted) {
        resized(1);
        for (const part of panels) part.draw(values, colors, pinned, difference); // with titles and keys, which take room too
        room.fit();
        room.reach(figure.querySelectorAll(".x-hands :is(input, select, textarea, .x-chip)"));
        fitted = true;
      }
      drawSeen();
      return true;
    },
  };

  /** Lays the panels out; all widths are read before anything is changed, or each would be a layout of the page. */
  function resized(share) {
    const widths = panels.map((part) => part.width());
    panels.forEach((part, i) => part.resize(share, widths[i]));
  }

  /** A panel that is turned away is drawn when it comes. */
  function drawSeen() {
    for (const part of panels) if (!part.node.matches(".x-away")) part.draw(drawn, colors, pinned, difference);
  }
}
