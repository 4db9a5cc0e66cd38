// What a test wants to see of functions that JSON can't hand over: sliders' stops, and the kernel's side with a model that
// the test plays.

import { kernelFrames } from "../../lib/widget/browser/kernel.mjs";
import { onward } from "../../lib/widget/browser/play.mjs";
import { track } from "../../lib/widget/controls/slider.mjs";

/** Every value at which a slider stops, and where each of them stands. */
export function stops(control) {
  const { low, high, step, at, value } = track(control);
  const places = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step);
  return places.map((place) => [value(place), at(value(place)) - place]);
}

/** The shares of a sweep, a step of `elapsed` ms at a time. */
export function sweep(share, elapsed, steps) {
  let direction = 1;
  return Array.from({ length: steps }, () => {
    [share, direction] = onward(share, direction, elapsed);
    return share;
  });
}

/**
 * Plays a list of events against kernelFrames: ["ask", controls], ["answer", frame], ["fail", words], ["foreign"] (another
 * view's answer), ["refresh"], ["wait"] (until the browser's patience is over). Returns what was sent and what was heard.
 */
export async function kernel(events) {
  const [sent, heard] = [[], []];
  let receive;
  const model = { send: (message) => sent.push(message), on: (_, callback) => (receive = callback), off: () => heard.push(["off"]) };
  const side = kernelFrames(model, {
    answered: (frame, controls) => heard.push(["answered", frame, controls]),
    failed: (words) => heard.push(["failed", words]),
    overdue: () => heard.push(["overdue"]),
    stale: () => heard.push(["stale"]),
  });
  let open = 0; // the oldest request without an answer
  for (const [what, given] of events) {
    if (what === "ask") side.ask(given);
    else if (what === "answer") receive({ id: sent[open++].id, frame: given });
    else if (what === "fail") receive({ id: sent[open++].id, error: given });
    else if (what === "foreign") receive({ id: "another.1", frame: given });
    else if (what === "refresh") receive({ refresh: true });
    else await new Promise((resume) => setTimeout(resume, 260));
    heard.push([what, side.late]);
  }
  side.stop();
  return { sent: sent.map(({ controls }) => controls), heard };
}
