// Data that come when a state asks for them: in a page as a script beside the machine's, which works from a file too;
// in a notebook out of the kernel.

import { element } from "./dom.mjs";

export const arrived = {}; // what came, by file

/** Thrown where data are read that have not come yet; `coming` is fulfilled when they are there. */
export class Awaited extends Error {
  constructor(coming) {
    super("one moment: this needs data that are on their way");
    this.coming = coming;
  }
}

// The folder of those scripts: the machine's own; a page of one file says where it is.
const { currentScript: own, documentElement: root } = globalThis.document ?? {};
const folder = own?.getAttribute("src") ? /** @type {HTMLScriptElement} */ (own).src : root?.dataset.scripts ?? "";

/** What the twin is given: the explorer's data, and under its name what comes on demand; and a promise until what was asked for is there or isn't. */
export function dataOf({ data, on_demand }, model) {
  const [given, under] = [{ ...data }, new Set()];
  for (const [name, file] of Object.entries(on_demand)) {
    let coming = null; // a failed one may be asked for again
    const get = () => {
      if (Object.hasOwn(arrived, file)) return arrived[file];
      coming ??= (model ? fromKernel(model, name, file) : fromScript(file)).finally(() => {
        under.delete(coming);
        coming = null;
      });
      under.add(coming);
      throw new Awaited(coming);
    };
    Object.defineProperty(given, name, { get });
  }
  return [given, () => Promise.allSettled(under)];
}

/** Does it; where it reads what has not come yet, again when that is there. `say` gets what the reader has to know meanwhile. */
export function patiently(act, say) {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Awaited)) throw error;
    say(error.message);
    error.coming.then(() => patiently(act, say), (failure) => say(failure.message));
  }
}

function fromScript(file) {
  const failed = new Error("the data for this could not be loaded: reload the page, or look whether the book’s folder is complete");
  return new Promise((done, fail) => {
    const script = element("script", { src: new URL(file, new URL(folder, document.baseURI)).href });
    script.addEventListener("load", () => (Object.hasOwn(arrived, file) ? done() : fail(failed)));
    script.addEventListener("error", () => fail(failed));
    document.head.append(script);
  });
}

function fromKernel(model, name, file) {
  if (!model.send) return Promise.reject(new Error("the data for this come from a kernel, and here is none: the book’s page has them"));
  return new Promise((done) => {
    const received = (message) => {
      if (message.on_demand !== name) return;
      arrived[file] = message.value;
      model.off("msg:custom", received);
      done();
    };
    model.on("msg:custom", received);
    model.send({ on_demand: name });
  });
}
