// The picture of a view: its panels in rows and grids, and the readouts under them.

import { element, setText } from "./dom.mjs";
import { readable } from "./format.mjs";
import { panel } from "./panel.mjs";
import { roomOf } from "./room.mjs";
import { filler, pick, resolve } from "./template.mjs";

const NARROWEST = 100; // px; below that a figure is folded away, or not in the page yet

/** Whether a readout's number isn't what it must be; what isn't finite never is. */
export function isWrong({ must_vanish: tolerance, must_be: wanted }, number, values) {
  if (!Number.isFinite(number)) return true;
  if (wanted != null) return !(Math.abs(number - resolve(values, wanted)) <= 1e-9);
  return tolerance != null && Math.abs(number) > tolerance;
}

/** `hand` is what a panel asks the explorer for. */
export function pictureOf(figure, view, hand) {
  const panels = [];
  let colors, width, height, fitted, drawn;
  const body = laidOut(view.body);
  const readouts = view.readouts.map((readout) => {
    const [label, value] = [element("span", {}), element("b", {})];
    return { readout, filled: filler(readout), label, value, node: element("span", {}, label, " ", value) };
  });

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
  const room = roomOf(body, element("p", { class: "x-readouts" }, ...readouts.map(({ node }) => node)), {
    lay: (share) => panels.forEach((part) => part.resize(share)),
    nodes: inOrder.map(({ node }) => node),
    draw: drawSeen,
  });

  return {
    stage: room.stage,
    themed: readColors,
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
      say(values);
      drawn = values;
      if (!fitted) {
        for (const part of panels) part.resize(1);
        for (const part of panels) part.draw(values, colors); // with titles and keys, which take room too
        room.fit();
        room.reach(figure.querySelectorAll(".x-hands :is(input, select, textarea, .x-chip)"));
        fitted = true;
      }
      drawSeen();
      return true;
    },
  };

  /** A panel that is turned away is drawn when it comes. */
  function drawSeen() {
    for (const part of panels) if (!part.node.matches(".x-away")) part.draw(drawn, colors);
  }

  function say(values) {
    for (const { readout, filled, label, value } of readouts) {
      const number = pick(values, readout.value);
      setText(label, filled(values).label);
      value.textContent = readable(number, readout.format) + (readout.unit ? ` ${readout.unit}` : "");
      value.className = isWrong(readout, number, values) ? "x-wrong" : "";
    }
  }
}
