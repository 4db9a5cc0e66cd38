// The link to a state: #NAME?control=value, #NAME.2? for a page's second copy of an explorer; after it, as NAME:control=value,
// the states of the page's other explorers.

import { buttonOf } from "./card.mjs";
import { same } from "./controls.mjs";
import { isEmbed } from "./dom.mjs";
import { attempt } from "./kernel.mjs";

const LONGEST = 2000; // characters of a text
export const SHOWN = 2000; // ms for which a button says what happened

const states = new Map(); // of each explorer of the page: what its link says

/** Whether a text came to the clipboard, which may be refused, or not be there. */
export const copied = (text) => Promise.resolve(attempt(() => navigator.clipboard.writeText(text).then(() => true, () => false)));

/** A fragment as { target, given }: the explorer it leads to, and pairs of names and values. A messenger may have encoded it whole, or its "&". */
function read(fragment, isText) {
  const whole = fragment.includes("?") ? fragment : attempt(() => decodeURIComponent(fragment)) ?? fragment;
  const [target, query = ""] = whole.split("?");
  const given = [...new URLSearchParams(query)].flatMap(([name, value]) =>
    isText(name) || !value.includes("&") ? [[name, value]] : [...new URLSearchParams(`${encodeURIComponent(name)}=${value}`)]
  );
  return { target, given };
}

/**
 * Returns { button, here, alone, left, follow, turned, forget }: the button that copies the address, the address of this state, the fragment of
 * this explorer on a page of its own, what no fragment holds, in words, what takes the page's own address, and what is to do after a turn
 * and at the end.
 */
export function linkOf(figure, spec, state, set, listen) {
  const address = () => {
    const copies = [...document.querySelectorAll(`figure.explorer[data-explorer="${spec.name}"]`)];
    const place = copies.indexOf(figure);
    return place > 0 ? `${spec.name}.${place + 1}` : spec.name;
  };
  const tooLong = ({ name, kind }) => kind === "text" && state[name].length > LONGEST;
  const changed = () => spec.controls.filter((control) => !same(state[control.name], control.default) && !tooLong(control));
  const isText = (name) => spec.controls.some((control) => control.name === name.split(":").at(-1) && control.kind === "text");
  states.set(figure, () => changed().map(({ name }) => [`${address()}:${name}`, String(state[name])]));
  const own = () => changed().map(({ name }) => [name, String(state[name])]);
  const others = () => [...states].flatMap(([other, its]) => (other === figure || !other.isConnected ? [] : its()));
  // A link may keep an order's commas and a name's colon.
  const written = (place, pairs) => `#${place}?${new URLSearchParams(pairs)}`.replaceAll("%2C", ",").replaceAll("%3A", ":");
  /** This explorer's state, and after it those of the others that have been turned. */
  const fragment = () => written(address(), [...own(), ...others()]);
  const left = () => (spec.controls.some(tooLong) ? ", without the text" : "");
  function follow() {
    const { target, given } = read(location.hash.slice(1), isText);
    const here = target === address();
    const mine = given.flatMap(([name, value]) => {
      const [head, tail] = name.includes(":") ? name.split(":") : [target, name];
      return head === address() ? [[tail, value]] : [];
    });
    if (!here && !mine.length) return;
    set(Object.fromEntries(mine));
    if (!here || isEmbed()) return; // which has nothing else, and may not move the page that frames it
    const show = () => figure.scrollIntoView({ block: "center" });
    if (document.readyState === "loading") addEventListener("load", show, { once: true });
    else show();
  }
  const button = buttonOf("⌁", "link", async () => {
    const noted = attempt(() => (history.replaceState(null, "", fragment()), true));
    const taken = await copied(location.href);
    const seen = noted && globalThis.self === globalThis.top; // a frame has no address bar
    button.label.textContent = taken
      ? `link copied${left()}`
      : seen
      ? `link is in the address bar${left()}`
      : "this frame may not copy a link";
    setTimeout(() => (button.label.textContent = "link"), SHOWN);
  });
  listen(window, "hashchange", follow);
  return {
    button,
    here: () => location.href.split("#")[0] + written(address(), own()),
    alone: () => written(spec.name, own()),
    left,
    follow,
    /** The address no longer says a state that isn't there, so that the same link may be followed again. */
    turned() {
      if (location.hash.startsWith(`#${address()}?`)) attempt(() => history.replaceState(null, "", `#${address()}`));
    },
    forget: () => states.delete(figure),
  };
}
