// Pin: the present picture stays as a faint layer under what comes next; maps show the difference on demand.

import { buttonOf } from "./card.mjs";

/** `kept(pinned, difference)` keeps the present picture, lets it go, or shows differences. Returns { buttons, clear }. */
export function pinOf(hasMaps, kept) {
  const [pin, difference] = [
    buttonOf("◉", "pin", () => show(!pressed(pin), false)),
    buttonOf("Δ", "difference", () => show(true, !pressed(difference))),
  ];
  const pressed = ({ node }) => node.getAttribute("aria-pressed") === "true";
  function show(pinned, differs) {
    pin.node.setAttribute("aria-pressed", String(pinned));
    difference.node.setAttribute("aria-pressed", String(differs));
    difference.node.hidden = !(pinned && hasMaps);
    kept(pinned, differs);
  }
  return { buttons: [pin, difference], clear: () => show(false, false) };
}
