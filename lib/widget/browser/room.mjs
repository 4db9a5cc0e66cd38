// How a picture finds room: beside its controls or above them, all of it where that fits, else one panel at a time.

import { element, isEmbed, zoomOf } from "./dom.mjs";

const BESIDE = 640; // px of a figure from which on the controls stand beside the picture,
const UPRIGHT = 800; // or from here on in a window that is higher than wide
const SHARES = [1, 0.88, 0.77, 0.67, 0.58, 0.5]; // of the panels' heights, until the picture fits
const ON_STAGE = [2, 1.7, 1.45, 1.2]; // before those: there the picture takes what there is
const LEAST = [...SHARES, 0.42, 0.35, 0.28];
const AIR = 8; // px left free of the window
const HOME = 40; // px of the line under an embed's figure; as in embed.css
const MOST = 0.65; // of the window that a picture above its controls may keep, or there would be no room for a hand

/**
 * `body` and `readouts` stay in view while the controls scroll. `lay(share)` lays the panels out, `nodes` are theirs, the main one's first;
 * `draw()` draws what has been laid out anew.
 * Returns { stage, fit, reach }: fit() after a change of room, reach(controls) so that a control that is scrolled to brings the picture.
 */
export function roomOf(body, readouts, { lay, nodes, draw }) {
  let share;
  const turner = turnerOf(nodes, () => {
    lay(share);
    draw();
  });
  const stage = element("div", { class: "x-stage" }, turner.node, body, readouts);
  const beside = () => stage.parentElement.clientWidth >= (innerWidth < innerHeight && !isEmbed() ? UPRIGHT : BESIDE);
  const onStage = () => {
    const figure = /** @type {HTMLElement} */ (stage.closest("figure"));
    return figure?.parentElement?.matches(".x-dialog") ? figure : null;
  };
  const high = () => onStage()?.clientHeight ?? document.documentElement.clientHeight;
  const free = () => high() - (onStage() && beside() ? stage.parentElement.offsetTop : Number.parseFloat(getComputedStyle(stage).top) || 0);
  const room = () => {
    if (stage.closest("[data-printed]")) return Infinity;
    return beside() ? free() - AIR : high() / 2;
  };
  const fits = () => stage.offsetHeight <= room();
  /** Whether an embed stands in its frame as a whole. */
  const whole = () => {
    const figure = stage.closest(".explorer");
    return figure.matches("[data-printed]") || heightOf(figure) <= document.documentElement.clientHeight;
  };
  /** Lays out all panels, or a strip of one at a time, at the first share that is right; false where none is. */
  const laid = (strip, shares, right) => {
    turner.show(strip && nodes.length > 1);
    stage.classList.toggle("x-strip", strip);
    const holds = (place) => {
      lay(share = shares[place]);
      return right();
    };
    if (holds(0)) return true;
    // Each try lays out the page, so the right share is looked for by halves: what holds at one holds at all smaller ones.
    let [least, most] = [1, shares.length - 1];
    if (!holds(most)) return false;
    while (least < most) {
      const middle = (least + most) >> 1;
      if (holds(middle)) most = middle;
      else least = middle + 1;
    }
    return holds(least);
  };
  return {
    stage,
    room,
    fit() {
      stage.parentElement.classList.toggle("x-beside", beside());
      stage.classList.remove("x-free");
      if (isEmbed() && !onStage() && (laid(false, SHARES, whole) || (!beside() && laid(true, LEAST, whole)))) return;
      if (laid(false, onStage() ? [...ON_STAGE, ...SHARES, 0.42] : SHARES, fits)) return;
      laid(true, LEAST, fits);
      stage.classList.toggle("x-free", !beside() && stage.offsetHeight > MOST * free());
    },
    reach(controls) {
      const [side, { top }, zoom] = [beside(), stage.parentElement.getBoundingClientRect(), zoomOf(stage)];
      const height = side ? Math.min(stage.offsetHeight, room()) : stage.offsetHeight; // or a control would leave the window itself
      // All places are read before anything is changed.
      const places = [...controls].map((control) => [control, control.getBoundingClientRect()]);
      for (const [control, place] of places) {
        const [start, tall] = [(place.top - top) / zoom, place.height / zoom];
        const above = side ? Math.min(start, height - tall) : stage.matches(".x-free") ? 0 : height + AIR;
        const below = side ? height - start - tall : 0;
        control.style.scrollMargin = `${Math.max(0, Math.round(above))}px 0 ${Math.max(0, Math.round(below))}px`;
      }
    },
  };
}

/** The height of a frame that holds a figure as it is: with its trays closed and what there is to see unfolded, so that no turn needs more. */
export function heightOf(figure) {
  const [see, trays] = [figure.querySelector(".x-see"), figure.querySelectorAll(".x-tray")];
  const before = see.open;
  const set = (position, open) => {
    for (const tray of trays) tray.style.position = position; // hidden, it would lose the focus
    see.open = open;
  };
  set("absolute", true);
  const { height } = figure.getBoundingClientRect();
  set("", before);
  return Math.ceil(height) + HOME;
}

/** Steps through panels of which one is seen at a time: { node, show(whether) }. */
function turnerOf(nodes, turned) {
  let at = 0;
  const count = element("span", {});
  const step = (sign, words, by) => {
    const node = element("button", { type: "button", "aria-label": words }, sign);
    node.addEventListener("click", () => {
      go(Math.min(nodes.length - 1, Math.max(0, at + by)));
      turned();
    });
    return node;
  };
  const node = element("div", { class: "x-turner", hidden: "" }, step("‹", "panel before", -1), count, step("›", "next panel", 1));
  function go(to) {
    at = to;
    nodes.forEach((panel, i) => panel.classList.toggle("x-away", i !== at));
    count.textContent = `${at + 1} of ${nodes.length}`;
  }
  return {
    node,
    show(whether) {
      node.hidden = !whether;
      if (whether) go(at);
      else nodes.forEach((panel) => panel.classList.remove("x-away"));
    },
  };
}
