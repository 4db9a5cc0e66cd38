// The tray "embed": the address of a page with this explorer alone, at its present state, and the line that puts it into another page.

import { element } from "./dom.mjs";
import { copied, SHOWN } from "./link.mjs";
import { heightOf } from "./room.mjs";

const STEP = 10; // px to which a height is rounded up

const quoted = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** A line to copy: { node, show(text) }. `left()` says what isn't in it. */
function lineOf(words, left) {
  const field = element("input", { type: "text", readonly: "", spellcheck: "false" });
  field.addEventListener("focus", () => field.select());
  const label = element("span", {}, "copy");
  const button = element("button", { type: "button" }, label, element("span", { class: "x-unseen" }, ` the ${words}`));
  button.addEventListener("click", async () => {
    const taken = await copied(field.value);
    if (!taken) {
      field.focus();
      field.select();
    }
    label.textContent = taken ? `copied${left()}` : "press Ctrl+C";
    setTimeout(() => (label.textContent = "copy"), SHOWN);
  });
  return {
    node: element("div", { class: "x-line" }, element("label", {}, element("span", {}, words), field), button),
    show: (text) => field.value === text || (field.value = text),
  };
}

/** A tray of the card; null where the page doesn't say where its embeds are. */
export function embedOf(figure, spec, link) {
  const { embeds } = document.documentElement.dataset;
  if (embeds === undefined) return null;
  const [address, iframe] = [lineOf("address", link.left), lineOf("iframe", link.left)];
  const hint = element("p", {}, "Add ?theme=dark or ?theme=light before the # to fix the theme.");
  const node = element("div", { class: "x-embed", hidden: "", role: "group", "aria-label": "Embed" }, address.node, iframe.node, hint);
  const drawn = () => {
    const src = new URL(`${embeds}${spec.name}.html`, document.baseURI).href + link.alone();
    const height = STEP * Math.ceil(heightOf(figure) / STEP);
    address.show(src);
    iframe.show(
      `<iframe src="${quoted(src)}" title="${quoted(spec.title)}" width="100%" height="${height}" style="border:0" loading="lazy" ` +
        'allow="clipboard-write; fullscreen"></iframe>', // allowfullscreen as well, and the browser complains
    );
  };
  return { sign: "▣", words: "embed", node, opened: drawn, drawn };
}
