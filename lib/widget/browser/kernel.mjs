// Frames from a notebook's kernel: one request under way, the newest waiting, the rest forgotten.

const PATIENCE = 200; // ms without an answer until the twin takes over; a frame takes some 10 ms

/**
 * `answered(frame, controls)` gets the frames that the kernel computed, `failed(message)` what it
 * raised, `overdue()` is called when it doesn't answer, `stale()` when it says that `lib` changed.
 * While `late` is true the caller draws its twin.
 */
export function kernelFrames(model, { answered, failed, overdue, stale }) {
  let [under, waiting, count, timer] = [null, null, 0, 0];
  const view = Math.random().toString(36).slice(2); // a widget may be shown twice; each hears all answers
  const kernel = {
    late: false,
    heard: false, // of it, ever
    ask(controls) {
      if (under) waiting = controls;
      else send(controls);
    },
    stop() {
      clearTimeout(timer);
      attempt(() => model.off("msg:custom", received));
    },
  };
  function send(controls) {
    under = { id: `${view}.${++count}`, controls };
    timer = setTimeout(() => {
      kernel.late = true;
      overdue();
    }, PATIENCE);
    attempt(() => model.send({ id: under.id, controls })); // a dead kernel may throw: the timer speaks for it
  }
  function received(message) {
    kernel.heard = true;
    if (message.refresh) return stale();
    if (!under || message.id !== under.id) return;
    clearTimeout(timer);
    // After a pause the twin is ahead of this answer, and only the newest may be drawn.
    const overtaken = kernel.late && waiting;
    const { controls } = under;
    [under, kernel.late] = [null, false];
    if (waiting) {
      send(waiting);
      waiting = null;
    }
    if (message.error) failed(message.error, controls);
    else if (!overtaken) answered(revive(message.frame), controls);
  }
  model.on("msg:custom", received);
  return kernel;
}

/** For calls into a host that may lack them or refuse them. */
export function attempt(call) {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** JSON has no NaN: null stands for it. */
export function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
  }
  return value === null ? NaN : value;
}
