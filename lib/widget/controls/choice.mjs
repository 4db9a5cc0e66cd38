// One of a few options: a select.

import { element } from "../browser/dom.mjs";

export default {
  group: "controls",
  admit: ({ options }, value) => (options.some(([option]) => option === value) ? value : undefined),
  element({ name, label, options }, changed) {
    const select =
      /** @type {HTMLSelectElement} */ (element("select", { name }, ...options.map(([value, text]) => element("option", { value }, text))));
    select.addEventListener("input", () => changed(select.value));
    return {
      node: element("label", { class: "x-choice" }, element("span", {}, label), select),
      input: select,
      show: (value) => (select.value = value),
    };
  },
};
