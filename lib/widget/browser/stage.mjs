// The stage: an explorer with the whole window to itself, for a lecture. A dialog, in full screen where the browser lets it.

import { buttonOf } from "./card.mjs";
import { element } from "./dom.mjs";
import { attempt } from "./kernel.mjs";

const [WIDE, HIGH] = [960, 680]; // px of the window that a figure on stage is laid out for; it is zoomed to the one there is
const OWN_KEYS = "input, select, textarea, .x-chip"; // what turns with the arrow keys by itself

/** `main` is the element of the main control. Returns { button, leave }. */
export function stageOf(figure, title, main, listen) {
  const place = element("div", {}); // keeps the page as long as it is
  const dialog = /** @type {HTMLDialogElement} */ (element("dialog", { class: "x-dialog", "aria-label": title }));
  const button = buttonOf("▭", "stage", () => (dialog.open ? leave() : enter()));

  async function enter() {
    // Full screen first: the dialog has to come to lie above it.
    if (document.fullscreenEnabled) await document.documentElement.requestFullscreen().catch(() => {});
    if (dialog.open) return;
    place.style.height = `${figure.offsetHeight}px`;
    figure.replaceWith(place);
    place.append(dialog);
    dialog.append(figure);
    dialog.showModal();
    fill();
    say("✕", "leave");
    main.input.focus();
  }
  function leave() {
    if (!dialog.open) return;
    dialog.close();
    if (document.fullscreenElement) attempt(() => document.exitFullscreen());
    figure.style.zoom = "";
    place.replaceWith(figure);
    dialog.remove();
    say("▭", "stage");
    button.node.focus();
  }
  function say(icon, words) {
    button.icon.textContent = icon;
    button.label.textContent = words;
  }
  /** Type grows with the window, so that the last row can read it. */
  function fill() {
    if (dialog.open) figure.style.zoom = String(Math.max(1, Math.min(innerWidth / WIDE, innerHeight / HIGH)).toFixed(2));
  }

  dialog.addEventListener("cancel", (event) => {
    event.preventDefault(); // its own way out would leave the figure in it
    leave();
  });
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: "stepDown", ArrowRight: "stepUp" }[event.key];
    const target = /** @type {Element} */ (event.target);
    if (!step || target.matches(OWN_KEYS)) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab would go to another cell
    main.input[step]();
    main.input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  listen(window, "resize", fill);
  listen(document, "fullscreenchange", () => {
    fill();
    if (!document.fullscreenElement) leave();
  });
  return { button, leave };
}
