// The reader's hand inside the picture: arrows to drag, places to press, values under the pointer.

import { admit } from "./controls.mjs";
import { element, zoomOf } from "./dom.mjs";

/**
 * The drags of a node with the pointer's main button: began(event), moved(event), and cancelled() where the browser takes the
 * pointer away, to scroll the page for instance.
 */
export function onDrag(node, { began, moved, cancelled }) {
  node.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary || began(event) === false) return;
    node.setPointerCapture(event.pointerId);
  });
  node.addEventListener("pointermove", (event) => node.hasPointerCapture(event.pointerId) && moved(event));
  node.addEventListener("pointercancel", (event) => node.hasPointerCapture(event.pointerId) && cancelled());
}

/** What a panel asks for: { grip, press, tell }, and the `hint` that stands beside the pointer. */
export function handOf(figure, elements, controls, state, frame) {
  const hint = element("div", { class: "x-hint", hidden: "" });

  /** As if the control's element had been moved. */
  function operate(name, value) {
    elements[name].show(admit(controls[name], value), frame());
    elements[name].input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  return {
    hint,
    grip(name, { dot, hold, angle }) {
      let last, goal, found;
      // A finger on an arrow turns it and doesn't scroll: inside an SVG Chromium doesn't look at touch-action.
      hold.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
      onDrag(hold, {
        began(event) {
          [last, goal, found] = [angle(event), state[name], state[name]];
          figure.dataset.dragged = "";
        },
        moved(event) {
          const now = angle(event);
          // By how much the pointer went round, so that a turned arrow is dragged like an unturned one.
          goal += Math.atan2(Math.sin(now - last), Math.cos(now - last));
          last = now;
          operate(name, Math.atan2(Math.sin(goal), Math.cos(goal)));
        },
        cancelled: () => operate(name, found),
      });
      const { input } = elements[name];
      for (const type of ["focus", "blur"]) input.addEventListener(type, () => dot.classList.toggle("x-focus", type === "focus"));
    },
    /** Sets the controls named for x and y to a point of the panel, counted from the control `relativeTo`. */
    press(names, point, relativeTo) {
      figure.dataset.pressed = "";
      const origin = relativeTo ? state[relativeTo] : 0;
      names.forEach((name, i) => name && operate(name, point[i] - origin));
    },
    /** What these controls are now, and a way back to it. */
    found(names) {
      const values = names.map((name) => name && state[name]);
      return () => names.forEach((name, i) => name && operate(name, values[i]));
    },
    tell(lines, event) {
      hint.hidden = !lines.length;
      if (!lines.length) return;
      hint.replaceChildren(...lines.map((line) => element("span", {}, line)));
      const [bounds, zoom] = [figure.getBoundingClientRect(), zoomOf(figure)];
      const [x, y] = [(event.clientX - bounds.left) / zoom, (event.clientY - bounds.top) / zoom + figure.scrollTop];
      const beside = x + 14 + hint.offsetWidth < figure.clientWidth ? x + 14 : Math.max(4, x - 14 - hint.offsetWidth);
      hint.style.transform = `translate(${Math.round(beside)}px, ${Math.round(y + 14)}px)`;
    },
  };
}
