// The card around the picture: heading, actions, controls, caption, the Python lines, the sentence for screen readers.

import { controls as kinds } from "./controls.mjs";
import { element } from "./dom.mjs";
import { readable } from "./format.mjs";
import { fill } from "./template.mjs";

const QUIET = 400; // ms without a change until the sentence is said

/** A button with an icon: { node, icon, label }. */
export function buttonOf(sign, words, act) {
  const [icon, label] = [element("span", { "aria-hidden": "true" }, sign), element("span", {}, words)];
  const node = element("button", { type: "button" }, icon, " ", label);
  node.addEventListener("click", act);
  return { node, icon, label };
}

/** Puts the parts into the figure. `link` is missing in a notebook. */
export function cardOf(figure, spec, elements, { play, reset, link, save, picture, hand, state }) {
  const sentence = element("p", { class: "x-unseen", "aria-live": "polite" });
  const source = element("p", { class: "x-source" });
  const code = element("pre", { class: "x-code", tabindex: 0, hidden: "", role: "group", "aria-label": "Python lines of this state" });
  const drawLines = () => (code.textContent = fill(spec.code, state));
  const trays = [{ sign: "</>", words: "Python", node: code, opened: drawLines }, save];
  const group = (name) => {
    const nodes = spec.controls.filter(({ kind }) => kinds[kind].group === name).map((control) => elements[control.name].node);
    return nodes.length ? [element("div", { class: `x-${name}` }, ...nodes)] : [];
  };
  // What to try stands above the picture; what is to be seen is folded until somebody has turned something, or asks.
  const caption = figure.querySelector("figcaption") ?? element("figcaption", {}, element("b", {}, "Try"), ` ${spec.tries}`);
  const see = figure.querySelector(".x-see") ?? element("details", { class: "x-see" }, element("summary", {}, "See"), ` ${spec.sees}`);
  see.open = false;
  const actions = [play, buttonOf("↺", "reset", reset), ...(link ? [link.button] : []), ...trayButtons(trays)];
  const hands = element("div", { class: "x-hands" }, ...["orders", "handles", "controls", "switches"].flatMap(group));
  // Somebody who comes by keyboard gets the picture too; a hand that has pressed a control sees it already.
  hands.addEventListener("focusin", ({ target }) => target.matches(":focus-visible") && target.scrollIntoView({ block: "nearest" }));
  figure.replaceChildren(
    element(
      "div",
      { class: "x-head" },
      element("span", { class: "x-heading" }, spec.title),
      element("span", { class: "x-actions" }, ...actions.map(({ node }) => node)),
    ),
    ...trays.map(({ node }) => node),
    caption,
    element("div", { class: "x-work" }, picture.stage, hands),
    see,
    source,
    sentence,
    hand.hint,
  );

  let speaking;
  return {
    /** The lines, where they stand open. */
    draw: () => code.hidden || drawLines(),
    /** Who computed the picture, under it. */
    say: (words) => source.textContent !== words && (source.textContent = words),
    said: () => source.textContent,
    /** The state in a sentence, once it has come to rest. */
    speak(values) {
      clearTimeout(speaking);
      speaking = setTimeout(() => {
        const now = values();
        if (now) sentence.textContent = fill(spec.sentence, now, readable);
      }, QUIET);
    },
    /** Somebody turned something: what there is to see may be read. */
    turned: () => (see.open = true),
    stop: () => clearTimeout(speaking),
  };
}

/** Buttons that each open a box under the head, one at a time. */
function trayButtons(trays) {
  const buttons = trays.map(({ sign, words, node, opened }) => {
    const button = buttonOf(sign, words, () => {
      const opening = node.hidden;
      trays.forEach((tray, i) => {
        tray.node.hidden = !(opening && tray.node === node);
        buttons[i].node.setAttribute("aria-expanded", String(!tray.node.hidden));
      });
      if (opening) opened();
    });
    button.node.setAttribute("aria-expanded", "false");
    return button;
  });
  return buttons;
}
