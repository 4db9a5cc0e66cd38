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
export function cardOf(figure, spec, elements, { play, reset, link, picture, hand, state }) {
  const sentence = element("p", { class: "x-unseen", "aria-live": "polite" });
  const source = element("p", { class: "x-source" });
  const code = element("pre", { class: "x-code", tabindex: 0, hidden: "", role: "group", "aria-label": "Python lines of this state" });
  const drawLines = () => (code.textContent = fill(spec.code, state));
  const lines = buttonOf("</>", "Python", () => {
    code.hidden = !code.hidden;
    lines.node.setAttribute("aria-expanded", String(!code.hidden));
    drawLines();
  });
  lines.node.setAttribute("aria-expanded", "false");
  const group = (name) => {
    const nodes = spec.controls.filter(({ kind }) => kinds[kind].group === name).map((control) => elements[control.name].node);
    return nodes.length ? [element("div", { class: `x-${name}` }, ...nodes)] : [];
  };
  const caption = figure.querySelector("figcaption") ??
    element("figcaption", {}, element("b", {}, "Try"), ` ${spec.tries} `, element("b", {}, "See"), ` ${spec.sees}`);
  const actions = [play, buttonOf("↺", "reset", reset), ...(link ? [link.button] : []), lines];
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
    code,
    element(
      "div",
      { class: "x-work" },
      picture.stage,
      hands,
    ),
    caption,
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
    stop: () => clearTimeout(speaking),
  };
}
