// On or off: a checkbox that looks like a switch.

import { element } from "../browser/dom.mjs";

export default {
  group: "switches",
  admit: (_, value) => ([true, "true", "1"].includes(value) ? true : [false, "false", "0"].includes(value) ? false : undefined),
  element({ name, label, breaks }, changed) {
    const input = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox", role: "switch", name }));
    const node = element("label", { class: breaks ? "x-switch x-breaks" : "x-switch" }, input, element("span", {}, label));
    input.addEventListener("input", () => changed(input.checked));
    return { node, input, show: (value) => (input.checked = value) };
  },
};
