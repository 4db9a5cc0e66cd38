// Elements, and changes to them that touch only what changes.

const SVG = new Set(["svg", "g", "path", "line", "rect", "circle", "text", "image", "title", "desc", "linearGradient", "stop"]);

/** An element with attributes and children; texts are text, never markup. */
export function element(tag, attributes = {}, ...children) {
  const node = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) if (value != null) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) node.removeAttribute(name);
    else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
}

/** The first `count` children of a node; elements that are missing are made, those beyond go. */
export function children(node, tag, count) {
  while (node.childNodes.length > count) node.lastChild.remove();
  while (node.childNodes.length < count) node.append(element(tag));
  return [...node.childNodes];
}

/** By how much a node is drawn larger than it was laid out, on stage or on somebody's slide. */
export const zoomOf = (node) => node.getBoundingClientRect().width / node.offsetWidth || 1;

/** Whether the page has nothing but an explorer and stands for it in frames: embeds lie beside it. */
export const isEmbed = () => document.documentElement.dataset.embeds === "";

/** A length in a path: a tenth of a pixel is all that can be seen. */
export const px = (value) => value.toFixed(1);
