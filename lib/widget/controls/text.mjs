// A text to type or to paste.

import { element } from "../browser/dom.mjs";
import { Awaited, patiently } from "../browser/on_demand.mjs";

/** Why a text is not taken, in the words of Python's ControlError; "" if it is. */
function refusal({ name, most, parse }, text) {
  if (text.length > most) return `${name}: expected a text of at most ${most} characters, got ${text.length}`;
  try {
    if (text.trim()) parse(text);
    return "";
  } catch (error) {
    if (error instanceof Awaited) throw error;
    return error.message;
  }
}

const admit = (control, value) => (typeof value === "string" && !refusal(control, value) ? (value.trim() && value) : undefined);

/** What chooses a file, and takes one that is dropped on the field. */
function fileRow({ accepts }, input, take) {
  if (!accepts) return [];
  const title = "choose a file, or drop one on the field: it stays in this page";
  const button = element("button", { type: "button", title, "aria-label": title }, "file …");
  button.addEventListener("click", () => {
    const chosen = /** @type {HTMLInputElement} */ (element("input", { type: "file", accept: accepts }));
    chosen.addEventListener("change", () => take(chosen.files[0]));
    chosen.click();
  });
  input.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
  input.addEventListener("drop", (event) => {
    const [file] = event.dataTransfer.files;
    if (!file) return;
    event.preventDefault();
    take(file);
  });
  return [element("span", { class: "x-file" }, button)];
}

export default {
  group: "controls",
  admit,
  element(control, changed) {
    const { name, label, most, example } = control;
    const mark = Math.random().toString(36).slice(2); // an id of its own, whatever else is on the page
    const input = /** @type {HTMLTextAreaElement} */ (element("textarea", {
      name,
      rows: most > 80 ? 3 : 1,
      spellcheck: "false",
      placeholder: example,
      "aria-describedby": mark,
    }));
    const words = element("p", { class: "x-refusal", id: mark, role: "status" });
    let held; // the last text that the state had
    let typed; // the last one of the hand, whatever became of it
    const say = (sentence) => {
      words.textContent = sentence;
      input.setAttribute("aria-invalid", String(sentence !== ""));
    };
    // What is far too long is turned away before the field has to lay it out.
    input.addEventListener("beforeinput", (event) => {
      const coming = event.data ?? event.dataTransfer?.getData("text/plain") ?? "";
      if (coming.length <= most) return;
      event.preventDefault();
      say(refusal(control, coming));
    });
    input.addEventListener("input", () => {
      const { value } = input;
      typed = value;
      if (value.length > most) input.value = held;
      patiently(() => {
        if (value !== typed) return; // while data were on their way
        const sentence = refusal(control, value);
        say(sentence);
        if (!sentence) changed(held = admit(control, value));
      }, say);
    });
    input.addEventListener("keydown", (event) => event.stopPropagation()); // JupyterLab would take them
    const take = async (file) => {
      try {
        input.value = await control.read(file);
        input.dispatchEvent(new Event("input", { bubbles: true }));
      } catch (error) {
        say(error.message);
      }
    };
    return {
      node: element(
        "div",
        { class: "x-text" },
        element("label", {}, element("span", {}, label), input),
        ...fileRow(control, input, take),
        words,
      ),
      input,
      /** Other controls may turn while a text stands here that was refused: it stays. */
      show(value) {
        if (value === held) return;
        input.value = held = value;
        say("");
      },
      /** What stands here goes, even if the state has nothing else to show. */
      forget: () => (held = undefined),
    };
  },
};
