// The link to a state: #NAME?control=value, #NAME.2? for a page's second copy of an explorer.

import { buttonOf } from "./card.mjs";
import { same } from "./controls.mjs";
import { attempt } from "./kernel.mjs";

const LONGEST = 2000; // characters of a text
const SHOWN = 2000; // ms for which the button says what happened

/** Returns { button, follow }: the button that copies the address, and what takes the page's own address. */
export function linkOf(figure, spec, state, set, listen) {
  const address = () => {
    const copies = [...document.querySelectorAll(`figure.explorer[data-explorer="${spec.name}"]`)];
    const place = copies.indexOf(figure);
    return place > 0 ? `${spec.name}.${place + 1}` : spec.name;
  };
  const tooLong = ({ name, kind }) => kind === "text" && state[name].length > LONGEST;
  function fragment() {
    const changed = spec.controls.filter((control) => !same(state[control.name], control.default) && !tooLong(control));
    const query = new URLSearchParams(changed.map(({ name }) => [name, String(state[name])]));
    return `#${address()}?${query}`.replaceAll("%2C", ","); // an order's commas, which a link may keep
  }
  function follow() {
    const [target, query = ""] = location.hash.slice(1).split("?");
    if (target !== address()) return;
    set(Object.fromEntries(new URLSearchParams(query)));
    const show = () => figure.scrollIntoView({ block: "center" });
    if (document.readyState === "loading") addEventListener("load", show, { once: true });
    else show();
  }
  const button = buttonOf("⌁", "link", async () => {
    history.replaceState(null, "", fragment());
    const copied = await Promise.resolve(attempt(() => navigator.clipboard.writeText(location.href).then(() => true, () => false)));
    const left = spec.controls.some(tooLong) ? ", without the text" : "";
    button.label.textContent = (copied ? "link copied" : "link is in the address bar") + left;
    setTimeout(() => (button.label.textContent = "link"), SHOWN);
  });
  listen(window, "hashchange", follow);
  return { button, follow };
}
