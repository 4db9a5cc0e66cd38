// Play: the main control swept from end to end and back, until the reader takes it over.

import { buttonOf } from "./card.mjs";

const SWEEP = 9000; // ms of one sweep from end to end

/** The next share of the way, and the direction, after a time: at an end it turns. */
export function onward(share, direction, elapsed) {
  const next = share + (direction * elapsed) / SWEEP;
  return next >= 1 || next <= 0 ? [Math.min(1, Math.max(0, next)), -direction] : [next, direction];
}

/** `element` is the control's; `now()` its value, `set(value)` changes it. Returns { button, stop }. */
export function playOf(element, now, set, listen) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let ticking = 0;
  const button = buttonOf("▶", "play", () => (ticking ? stop() : start()));
  function start() {
    let [share, direction, before] = [element.share(now()), 1, performance.now()];
    const tick = (time) => {
      [share, direction] = onward(share, direction, time - before);
      before = time;
      set(element.along(share));
      ticking = requestAnimationFrame(tick);
    };
    ticking = requestAnimationFrame(tick);
    show("❚❚", "pause");
  }
  function stop() {
    if (!ticking) return;
    cancelAnimationFrame(ticking);
    ticking = 0;
    show("▶", "play");
  }
  function show(icon, words) {
    button.icon.textContent = icon;
    button.label.textContent = words;
    button.node.setAttribute("aria-pressed", String(ticking > 0));
  }
  const mayPlay = () => {
    button.node.hidden = calm.matches;
    if (calm.matches) stop();
  };
  listen(calm, "change", mayPlay);
  listen(document, "keydown", (event) => event.key === "Escape" && stop());
  show("▶", "play");
  mayPlay();
  return { button, stop };
}
