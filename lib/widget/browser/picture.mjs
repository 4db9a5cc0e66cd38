// The picture of a view: its panels in rows and grids, and the readouts under them.

import { element, setText } from "./dom.mjs";
import { readable } from "./format.mjs";
import { panel } from "./panel.mjs";
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
  let colors, width;
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

  return {
    body,
    readouts: element("p", { class: "x-readouts" }, ...readouts.map(({ node }) => node)),
    themed: readColors,
    /** Lays the panels out for the figure's width; false where that hasn't changed or there is none. */
    resize() {
      if (figure.clientWidth < NARROWEST || figure.clientWidth === width) return false;
      width = figure.clientWidth;
      for (const part of panels) part.resize();
      return readColors();
    },
    /** Draws the values; false as long as there is no room. */
    draw(values) {
      if (!width) return false;
      for (const part of panels) part.draw(values, colors);
      for (const { readout, filled, label, value } of readouts) {
        const number = pick(values, readout.value);
        setText(label, filled(values).label);
        value.textContent = readable(number, readout.format) + (readout.unit ? ` ${readout.unit}` : "");
        value.className = isWrong(readout, number, values) ? "x-wrong" : "";
      }
      return true;
    },
  };
}
