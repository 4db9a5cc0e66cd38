// The numbers under a picture: each with its label, those of one kind in a small table; red where they aren't what they must be.

import { element, setText } from "./dom.mjs";
import { readable } from "./format.mjs";
import { filler, pick, resolve } from "./template.mjs";

/** Whether a readout's number isn't what it must be; what isn't finite never is. */
function isWrong({ must_vanish: tolerance, must_be: wanted }, number, values) {
  if (!Number.isFinite(number)) return true;
  if (wanted != null) return !(Math.abs(number - resolve(values, wanted)) <= 1e-9);
  return tolerance != null && Math.abs(number) > tolerance;
}

const labelOf = ({ readout }) => JSON.stringify(readout.label);

/** Neighbours with a column as a table: a row for each label. */
function tableOf(cells) {
  const columns = [...new Set(cells.map(({ readout }) => readout.column))];
  const rows = new Map(); // by label, as the view has it
  for (const cell of cells) {
    const label = labelOf(cell);
    if (!rows.has(label)) rows.set(label, { label: cell.label, cells: new Map() });
    rows.get(label).cells.set(cell.readout.column, [cell.value, cell.before]);
  }
  const head = (scope, text) => element("th", { scope }, text);
  return element(
    "table",
    { class: "x-numbers" },
    element("thead", {}, element("tr", {}, element("td", {}), ...columns.map((column) => head("col", column)))),
    element(
      "tbody",
      {},
      ...[...rows.values()].map((row) =>
        element("tr", {}, head("row", row.label), ...columns.map((column) => element("td", {}, ...(row.cells.get(column) ?? []))))
      ),
    ),
  );
}

/** Returns { node, say(values, pinned) }. */
export function readoutsOf(readouts) {
  const shown = readouts.map((readout) => ({
    readout,
    filled: filler(readout),
    label: element("span", {}),
    value: element("b", {}),
    before: element( // what is pinned
      "span",
      { class: "x-before", hidden: "" },
      element("span", { class: "x-unseen" }, "pinned "),
      element("i", {}, "◉ "),
      "",
    ),
  }));
  const runs = []; // a readout by itself, or those of one table
  for (const one of shown) {
    const { column } = one.readout;
    const run = runs.at(-1) ?? [];
    // A row that starts with a column that isn't there yet starts a table of its own.
    const fits = column && run[0]?.readout.column &&
      (run.some(({ readout }) => readout.column === column) || labelOf(run.at(-1)) === labelOf(one));
    if (fits) run.push(one);
    else runs.push([one]);
  }
  const node = element(
    "div",
    { class: "x-readouts" },
    ...runs.map((run) => run[0].readout.column ? tableOf(run) : element("span", {}, run[0].label, " ", run[0].value, run[0].before)),
  );

  return {
    node,
    say(values, pinned) {
      for (const { readout, filled, label, value, before } of shown) {
        const number = pick(values, readout.value);
        setText(label, filled(values).label);
        value.textContent = readable(number, readout.format) + (readout.unit ? ` ${readout.unit}` : "");
        before.hidden = !pinned;
        if (pinned) before.lastChild.data = readable(pick(pinned, readout.value), readout.format);
        value.className = isWrong(readout, number, values) ? "x-wrong" : "";
      }
    },
  };
}
