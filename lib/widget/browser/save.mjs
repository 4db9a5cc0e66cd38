// The picture as a file: an SVG that needs nothing besides itself, or a PNG drawn from it. It is laid out anew beside the
// card, at one width and in light colours whatever the window and the theme, so that the page itself stays as it is.

import { same } from "./controls.mjs";
import { element, px } from "./dom.mjs";
import { readable } from "./format.mjs";
import { pictureOf } from "./picture.mjs";
import { fill } from "./template.mjs";

const FINE = 2; // pixels of a PNG for one of the picture
const SHARP = 1000; // pixels of a map's longer side at least: many viewers blur what they enlarge
const LONGEST = 400; // characters of an address that a caption has room for
const LINKED = "http://www.w3.org/1999/xlink"; // where all viewers look for an image

const PLACE = ["x", "y", "width", "height", "viewBox", "d", "cx", "cy", "r", "transform"];
/** What a style sheet says of a shape or a text, and what needs no saying. */
const LOOK = [
  "fill-opacity",
  "stroke",
  "stroke-opacity",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "font-size",
  "font-weight",
  "text-anchor",
];
const USUAL = ["none", "1", "1px", "butt", "miter", "15px", "400", "start"];

/** The tray that saves what is `drawn`: { values, pinned, difference }. `link` is missing in a notebook. */
export function saveOf(figure, spec, elements, drawn, link) {
  const words = element("p", { role: "status" });
  const buttons = ["svg", "png"].map((kind) => {
    const node = element("button", { type: "button" }, kind.toUpperCase());
    node.addEventListener("click", async () => {
      const name = `${spec.name}.${kind}`;
      try {
        const svg = svgOf(figure, spec, drawn, captionOf(spec, elements, drawn.values, link));
        const href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
        element("a", { href: kind === "svg" ? href : await pngOf(href), download: name }).click();
        // A frame may not be allowed to, and nobody is told.
        words.textContent = `saved ${name}${globalThis.self === globalThis.top ? "" : ", if this frame may save files"}`;
      } catch {
        words.textContent = `can't draw ${name} here`;
      }
    });
    return node;
  });
  const node = element("div", { class: "x-save", role: "group", "aria-label": "save the picture", hidden: "" }, ...buttons, words);
  return { sign: "↓", words: "save", node, opened: () => (words.textContent = "") };
}

/** Which explorer, the controls that aren't at their defaults, and the address of that. */
function captionOf({ name, controls }, elements, values, link) {
  const told = ({ name, label, options, labels }) => {
    const value = values[name];
    const text = value === false
      ? "off"
      : options?.find(([option]) => option === value)[1] ?? labels?.map((_, i) => labels[value[i]]).join(" ") ??
        elements[name].input.getAttribute("aria-valuetext");
    return text ? `${label} = ${text}` : label; // a switch that is on, or a text, which may be long
  };
  const turned = controls.filter(({ name, default: value }) => !same(values[name], value)).map(told);
  const address = link?.here() ?? "";
  // Where nobody could type the state, the address leads to the explorer.
  return [`${name}: ${turned.join("; ") || "at its defaults"}`, address.length > LONGEST ? address.split("?")[0] : address];
}

/** The picture over these lines. */
function svgOf(figure, spec, { values, pinned, difference }, lines) {
  const paper = element("figure", { class: "explorer x-paper", "data-printed": "" });
  const picture = pictureOf(paper, spec.view, { grip() {} });
  const caption = lines.map((line) => element("p", { class: "x-source" }, line));
  paper.append(element("p", { class: "x-heading" }, spec.title), element("div", {}, picture.stage), ...caption);
  const holder = element("div", { class: "x-unseen" }, paper);
  figure.append(holder);
  try {
    paper.style.zoom = String(1 / (Number(figure.style.zoom) || 1)); // on stage the figure is enlarged
    picture.resize();
    picture.pin(pinned, difference);
    picture.draw(values);
    return written(paper, spec.title, fill(spec.sentence, values, readable));
  } finally {
    holder.remove();
  }
}

function written(paper, title, sentence) {
  const ground = paper.getBoundingClientRect();
  /** Where a node lies on the paper. */
  const place = (node) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    return { x: left - ground.left, y: top - ground.top, width, height };
  };

  let ramps = 0;
  /** What is seen of a node, as nodes of an SVG that say themselves how they look. */
  function seen(node) {
    if (node.nodeType === Node.TEXT_NODE) return linesOf(node, place);
    const style = getComputedStyle(node);
    if (style.display === "none" || node.matches(".x-hold, .x-unseen, text:empty")) return [];
    const own = Object.fromEntries(PLACE.map((name) => [name, node.getAttribute(name)]));
    if (node.matches("text")) return letters(own, style, node.textContent);
    if (node.matches("path, rect, circle")) return [element(node.localName, { ...own, ...look(style) })];
    const inside = [...node.childNodes].flatMap(seen);
    const box = place(node);
    if (node.matches(".x-scale i")) return ramp(box, style.backgroundImage.match(/rgb\([^)]*\)/g), ++ramps);
    if (node.matches(".x-plot > svg")) return [element("g", { transform: `translate(${px(box.x)} ${px(box.y)})` }, ...inside)];
    if (style.opacity !== "1") return [element("g", { opacity: style.opacity }, ...inside)];
    if (node.matches("svg")) return [element("svg", { ...own, overflow: style.overflow }, ...inside)];
    if (node.matches("canvas")) {
      inside[0] = element("image", { ...box, preserveAspectRatio: "none" });
      inside[0].setAttributeNS(LINKED, "xlink:href", enlarged(node, Math.ceil(SHARP / Math.max(node.width, node.height))).toDataURL());
    }
    if (node.matches(".x-parts :is(th, td)")) {
      inside.push(element("path", { d: `M${px(box.x)} ${px(box.y + box.height)}h${px(box.width)}`, stroke: style.borderBottomColor }));
    }
    return inside;
  }

  const [width, height] = [ground.width, ground.height].map((size) => Math.ceil(size - 0.1));
  const root = element(
    "svg",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": getComputedStyle(paper).fontFamily,
      "font-size": 15,
      style: "font-variant-numeric:tabular-nums",
    },
    element("title", {}, title),
    element("desc", {}, sentence),
    element("rect", { width, height, fill: "#fff" }),
    ...seen(paper),
  );
  const text = new XMLSerializer().serializeToString(root);
  return text.replace(/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, ""); // the rest can't stand in XML
}

/** The attributes for a style. */
const look = (style) => ({
  fill: style.fill,
  ...Object.fromEntries(
    LOOK.map((name) => [name, style.getPropertyValue(name)]).filter(([, value]) => !USUAL.includes(value))
      .map(([name, value]) => [name, name === "font-weight" ? "bold" : value.replaceAll("px", "")]),
  ),
});

/** A text, and before it its halo: not every viewer knows a stroke under the letters, or a baseline in the middle. */
function letters(own, style, text) {
  const all = { ...own, ...look(style) };
  if (style.dominantBaseline === "central") all.y = lowered(Number(own.y), style);
  const plain = element("text", { ...all, stroke: null }, text);
  return all.stroke ? [element("text", all, text), plain] : [plain];
}

/** The baseline of a text whose middle is here. */
const lowered = (middle, { fontSize }) => px(middle + 0.35 * parseFloat(fontSize));

/** A text of the page, line by line, and what the style sheet sets before it: a key's sample, or a sign between crumbs. */
function linesOf(node, place) {
  const [style, before] = [null, "::before"].map((part) => getComputedStyle(node.parentElement, part));
  const [range, lines, out] = [document.createRange(), [], []];
  for (const { 0: letter, index } of node.data.matchAll(/./gsu)) {
    range.setStart(node, index);
    range.setEnd(node, index + letter.length);
    const { x, y, width, height } = place(range);
    const [line, middle] = [lines.at(-1), y + height / 2];
    if (line && (!width || Math.abs(middle - line.middle) < height / 2)) line.text += letter;
    else if (letter.trim() && width) lines.push({ text: letter, x, middle });
  }
  const write = ({ text, x, middle }, { color }, anchor = null) =>
    out.push(element("text", { ...look(style), x: px(x), y: lowered(middle, style), fill: color, "text-anchor": anchor }, text.trim()));
  const [first] = lines;
  if (first && before.content === '""') out.push(sample(first, before));
  else if (first && before.content !== "none") write({ ...first, text: before.content.slice(1, -1), x: first.x - 4 }, before, "end");
  for (const line of lines) write(line, style);
  return out;
}

/** What stands before a key: a line, or a square, which is a short and thick one. */
function sample({ x, middle }, style) {
  const [width, gap, thick] = [style.width, style.marginRight, style.borderTopWidth].map(parseFloat);
  return element("path", {
    d: `M${px(x - gap - width)} ${px(middle)}h${width}`,
    stroke: style.borderTopColor,
    "stroke-width": thick,
    "stroke-dasharray": style.borderTopStyle === "dashed" ? "5 3" : null,
    opacity: style.opacity,
  });
}

/** The colours of a map's scale, from left to right. */
function ramp(box, colors, number) {
  const stops = colors.map((color, i) => element("stop", { offset: i / (colors.length - 1), "stop-color": color }));
  return [
    element("linearGradient", { id: `ramp-${number}` }, ...stops),
    element("rect", { ...box, fill: `url(#ramp-${number})` }),
  ];
}

/** A canvas with an image so many times as large. */
function enlarged(image, factor) {
  const [width, height] = [factor * image.width, factor * image.height];
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { width, height }));
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0, width, height);
  return canvas;
}

/** The address of a picture's pixels. */
async function pngOf(src) {
  const image = new Image();
  await new Promise((onload, onerror) => Object.assign(image, { onload, onerror, src }));
  return enlarged(image, FINE).toDataURL();
}
