// A permutation: words in a row, to drag or to move with the arrow keys.

import { element, zoomOf } from "../browser/dom.mjs";

/** A list of 0 … n − 1, or "2,0,1" as a link has it; undefined if it isn't each of them once. */
function admit({ labels }, value) {
  const places = typeof value === "string" && /^\d+(,\d+)*$/.test(value) ? value.split(",").map(Number) : value;
  const whole = Array.isArray(places) && places.length === labels.length && labels.every((_, i) => places.includes(i));
  return whole ? [...places] : undefined;
}

/**
 * Words to bring into another order. Each place is a slider whose value is where its word stands; the
 * elements are the places, so that the tab key goes through them as the eye does, and a word that moves
 * takes the focus along to its new place. The fieldset is the form element that has the control's name.
 */
function wordsElement({ name, label, labels }, changed) {
  const chips = labels.map((_, place) =>
    element("span", {
      class: "x-chip",
      role: "slider",
      tabindex: 0,
      "aria-valuemin": 1,
      "aria-valuemax": labels.length,
      "aria-valuenow": place + 1,
    })
  );
  const row = element("div", { class: "x-chips" }, ...chips);
  const node = element("fieldset", { class: "x-order", name }, element("legend", {}, label), row);
  let order, hand; // the words by place; what the pointer holds: the word's place, and how far from its corner

  const show = (value) => {
    if (String(order) === String(value)) return;
    order = value;
    chips.forEach((chip, place) => {
      chip.textContent = labels[order[place]];
      chip.setAttribute("aria-label", labels[order[place]]);
      chip.setAttribute("aria-valuetext", `place ${place + 1} of ${labels.length}`);
    });
  };
  const move = (from, to) => {
    if (to === from || !chips[to]) return;
    const moved = [...order];
    moved.splice(to, 0, ...moved.splice(from, 1));
    show(moved);
    chips[to].focus();
    node.dispatchEvent(new Event("input", { bubbles: true }));
  };
  node.addEventListener("input", () => changed(order));

  row.addEventListener("keydown", (event) => {
    const from = chips.indexOf(event.target);
    const to =
      { ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1, Home: 0, End: chips.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault(); // or the page would scroll
    move(from, to);
  });

  // The chip that is held is drawn where the hand is; the others stand at their places.
  const draw = (event) =>
    chips.forEach((chip, place) => {
      const held = place === hand?.place;
      chip.classList.toggle("x-held", held);
      chip.style.transform = held
        ? `translate(${event.clientX / hand.zoom - hand.x - chip.offsetLeft}px, ${event.clientY / hand.zoom - hand.y - chip.offsetTop}px)`
        : "";
    });
  row.addEventListener("pointerdown", (event) => {
    const place = chips.indexOf(event.target);
    if (place < 0 || event.button || hand) return;
    row.setPointerCapture(event.pointerId);
    const zoom = zoomOf(row);
    hand = { place, zoom, x: event.clientX / zoom - chips[place].offsetLeft, y: event.clientY / zoom - chips[place].offsetTop };
    draw(event);
  });
  row.addEventListener("pointermove", (event) => {
    if (!row.hasPointerCapture(event.pointerId)) return;
    const box = row.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / hand.zoom, (event.clientY - box.top) / hand.zoom];
    const away = chips.map(({ offsetLeft, offsetTop, offsetWidth, offsetHeight }) =>
      Math.hypot(x - offsetLeft - offsetWidth / 2, y - offsetTop - offsetHeight / 2)
    );
    const to = away.indexOf(Math.min(...away));
    move(hand.place, to);
    hand.place = to;
    draw(event);
  });
  row.addEventListener("lostpointercapture", () => {
    hand = undefined;
    draw();
  });
  return { node, input: node, show };
}

export default { group: "orders", admit, element: wordsElement };
