// A text as people paste it, read as JSON where its meaning is sure, as in lib/parameters/_text.py.

import { came, decline } from "./refusals.mjs";

const DEEPEST = 200; // brackets in brackets
const WORDS = { true: true, false: false, null: null, True: true, False: false, None: null };
Object.assign(WORDS, { NaN: NaN, nan: NaN, Infinity: Infinity, inf: Infinity, "-Infinity": -Infinity, "-inf": -Infinity });
const OF_JSON = ["true", "false", "null"];
const OVER = {
  "a byte-order mark": /\ufeff/y,
  "a fence": /```[A-Za-z0-9]*/y,
  comments: /\/\/[^\n]*|#[^\n]*|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//y,
};
const [SPACE, NAME] = [/[ \t\r\n]+/y, /[A-Za-z_]\w*\s*(?=\{)/y];
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![A-Za-z0-9_.])/y;
const WORD = /-?[A-Za-z]+(?![A-Za-z0-9_.])/y;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'/y;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([^\n]))/gu;
const ESCAPED = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };
const [LINK, MODEL] = [/^\s*https?:\/\/\S+\s*$/, /^\s*[\w.-]+\/[\w.-]+\s*$/];
const PASTE = "the text of a config.json (nothing is fetched here: open the file, copy what it shows)";

/** The value that a text is, and what was read over on the way. */
export function read(text) {
  if (LINK.test(text)) decline("config_json", PASTE, "a link");
  if (MODEL.test(text)) decline("config_json", PASTE, "a model’s name");
  if (!text.trim()) decline("config_json", PASTE, "an empty text");
  const reader = new Reader(text);
  return [reader.whole(), reader.over];
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.over = [];
  }

  /** What a pattern finds here, which is then behind; null if it finds nothing. */
  take(pattern, over = null) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return null;
    this.at = pattern.lastIndex;
    this.note(over);
    return found[0];
  }

  note(over) {
    if (over && !this.over.includes(over)) this.over.push(over);
  }

  /** Over all that stands between values. */
  between() {
    while (this.take(SPACE) !== null || Object.entries(OVER).some(([what, pattern]) => this.take(pattern, what) !== null));
  }

  whole() {
    this.between();
    this.take(NAME, "a name before it");
    const value = this.value(0);
    this.between();
    if (this.at < this.text.length) this.refuse("the end of the text");
    return value;
  }

  value(depth) {
    this.between();
    const start = this.text[this.at];
    if (start === "{" || start === "[" || start === "(") {
      if (depth === DEEPEST) this.refuse(`at most ${DEEPEST} brackets in brackets`);
      this.at++;
      return start === "{" ? this.entries(depth + 1) : this.items(start === "[" ? "]" : ")", depth + 1);
    }
    if (start === "'" || start === '"') return this.string();
    const number = this.take(NUMBER);
    if (number !== null) return Number(number);
    const before = this.at;
    const word = this.take(WORD);
    if (word === null || !Object.hasOwn(WORDS, word)) {
      this.at = before;
      this.refuse("a value");
    }
    this.note(OF_JSON.includes(word) ? null : `the word ${word}`);
    return WORDS[word];
  }

  entries(depth) {
    const found = {};
    while (!this.ends("}")) {
      const key = this.string();
      this.between();
      if (this.text[this.at] !== ":") this.refuse("a colon");
      this.at++;
      const value = this.value(depth);
      Object.defineProperty(found, key, { value, enumerable: true, configurable: true, writable: true }); // "__proto__" is a key too
      this.comma("}");
    }
    return found;
  }

  items(end, depth) {
    const found = [];
    this.note(end === ")" ? "a tuple" : null);
    while (!this.ends(end)) {
      found.push(this.value(depth));
      this.comma(end);
    }
    return found;
  }

  /** Whether the bracket is closed here, after what was read over. */
  ends(end) {
    this.between();
    if (this.text[this.at] !== end) return false;
    this.at++;
    return true;
  }

  comma(end) {
    this.between();
    if (this.text[this.at] === ",") {
      this.at++;
      this.between();
      if (this.text[this.at] === end) this.note("a comma too many");
    } else if (this.text[this.at] !== end) this.refuse(`a comma or ${end}`);
  }

  string() {
    const found = this.take(STRING);
    if (found === null) this.refuse("a text in quotes");
    this.note(found[0] === "'" ? "single quotes" : null);
    return found.slice(1, -1).replace(
      ESCAPE,
      (_, code, letter) => (code ? String.fromCharCode(parseInt(code, 16)) : ESCAPED[letter] ?? letter),
    );
  }

  refuse(expected) {
    const letters = (text) => Array.from(text);
    const before = this.text.slice(0, this.at);
    const here = letters(this.text.slice(this.at, this.at + 40)).slice(0, 20).join("").split("\n")[0].trim();
    const [line, column] = [before.split("\n").length, letters(before.slice(before.lastIndexOf("\n") + 1)).length + 1];
    const got = here ? came(here) : this.at >= this.text.length ? "the end of the text" : "the end of the line";
    decline("config_json", `${expected} in line ${line}, column ${column}`, got);
  }
}
