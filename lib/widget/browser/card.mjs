// The card around the picture: heading, actions, controls, caption, the Python lines, the sentence for screen readers.

import { controls as kinds, same } from "./controls.mjs";
import { element } from "./dom.mjs";
import { embedOf } from "./embed.mjs";
import { readable } from "./format.mjs";
import { fill } from "./template.mjs";

const QUIET = 400; // ms without a change until the sentence is said
const GROUPS = ["orders", "handles", "controls", "switches"];

/** A button with an icon: { node, icon, label }. */
export function buttonOf(sign, words, act) {
  const [icon, label] = [element("span", { "aria-hidden": "true" }, sign), element("span", {}, words)];
  const node = element("button", { type: "button" }, icon, " ", label);
  node.addEventListener("click", act);
  return { node, icon, label };
}

/** Puts the parts into the figure. `link` is missing in a notebook. */
export function cardOf(figure, spec, elements, { play, pin, stage, reset, link, save, picture, hand, state }) {
  const sentence = element("p", { class: "x-unseen", "aria-live": "polite" });
  const source = element("p", { class: "x-source" });
  const code = element("pre", { class: "x-code", tabindex: 0, hidden: "", role: "group", "aria-label": "Python lines of this state" });
  const drawLines = () => (code.textContent = fill(spec.code, state));
  const embed = link && embedOf(figure, spec, link);
  const lines = { sign: "</>", words: "Python", node: code, opened: drawLines, drawn: drawLines };
  const trays = [...(embed ? [embed] : []), lines, save];
  for (const { node } of trays) node.classList.add("x-tray");
  const grouped = (controls) =>
    GROUPS.flatMap((name) => {
      const nodes = controls.filter(({ kind }) => kinds[kind].group === name).map((control) => elements[control.name].node);
      return nodes.length ? [element("div", { class: `x-${name}` }, ...nodes)] : [];
    });
  // What to try stands above the picture; what is to be seen is folded until somebody has turned something, or asks.
  const caption = figure.querySelector("figcaption") ?? element("figcaption", {}, element("b", {}, "Try"), ` ${spec.tries}`);
  const see = caption.querySelector("details") ?? element("details", { class: "x-see" }, element("summary", {}, "See"), ` ${spec.sees}`);
  see.open = false;
  const actions = [play, buttonOf("↺", "reset", reset), ...pin, stage, ...(link ? [link.button] : []), ...trayButtons(trays)];
  const [rare, usual] = [true, false].map((rare) =>
    spec.controls.filter(({ name }) => name !== spec.play && spec.more.includes(name) === rare)
  );
  const more = element("details", { class: "x-more" }, element("summary", {}, "more"), ...grouped(rare));
  const hands = element(
    "div",
    { class: "x-hands" },
    element("div", { class: "x-controls x-first" }, elements[spec.play].node),
    ...grouped(usual),
    ...(rare.length ? [more] : []),
  );
  let folded; // what the controls behind "more" stood at
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
    /** What follows the state in a tray that stands open. */
    draw() {
      for (const { node, drawn } of trays) if (!node.hidden) drawn?.();
    },
    /** Opens "more" where somebody else has turned what it hides. */
    unfold() {
      const now = rare.map(({ name }) => String(state[name])).join();
      if (now !== folded && rare.some((control) => !same(state[control.name], control.default))) more.open = true;
      folded = now;
    },
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
    button.node.classList.add(`x-opens-${words}`);
    return button;
  });
  return buttons;
}
