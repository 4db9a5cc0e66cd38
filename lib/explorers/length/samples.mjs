// The texts that a trained model reads in the pictures, as samples.py.

import { range } from "../mathematics.mjs";

const [SIGN, SYMBOLS] = [16, "abcdefghijklmnop"];
const [PAIRS, SCORED] = [20, 32];

/** Refuses a text with a character that the recorded text hasn't. */
export function known(text, { alphabet }) {
  for (const character of text) {
    if (!alphabet.includes(character)) {
      const signs = [...alphabet].filter((sign) => /[^\sA-Za-z0-9]/.test(sign)).join(" ");
      throw new Error(`text: expected a to z, A to Z, 0 to 9, spaces, line breaks and ${signs} alone, got “${character}”`);
    }
  }
}

/** { tokens, targets, sought, said }: −1 where nothing is asked, or nothing has the answer. */
export const sample = (task, n, text, data) => ({ copying, recall, characters })[task](n, text, data);

function copying(n, text, data) {
  const own = [...text].map((letter) => SYMBOLS.indexOf(letter)).filter((symbol) => symbol >= 0);
  const from = own.length ? own : data.symbols;
  const count = Math.ceil(n / 2);
  const symbols = range(count, (i) => from[i % from.length]);
  const whole = [...symbols, SIGN, ...symbols];
  const whose = own.length ? "from your text" : "a sample";
  return {
    tokens: whole.slice(0, n),
    targets: range(n, (place) => (place < count ? -1 : whole[place + 1])),
    sought: range(n, (place) => (place < count ? -1 : place - count)),
    said: text && !own.length ? `no letter from a to p: a sample of ${count} symbols` : `${whose}: ${count} symbols, the sign #, and again`,
  };
}

function recall(n, text, data) {
  let tokens, said;
  if (text) {
    const own = [...text].map((letter) => tokenOf(letter, data));
    tokens = range(n, (i) => own[i % own.length]);
    said = "your text, repeated: keys A to P, values a to p";
  } else {
    const count = Math.min(PAIRS, Math.floor(n / 2));
    const begins = range(n - count, (i) => i).sort((i, j) => data.order[i] - data.order[j]).slice(0, count).sort((i, j) => i - j);
    tokens = data.others.slice(0, n);
    begins.forEach((place, i) => [tokens[place + i], tokens[place + i + 1]] = data.pairs[i]);
    said = `${count} pairs of a key, A to P, and a value, a to p`;
  }
  const [targets, sought] = [range(n, () => -1), range(n, () => -1)];
  const last = {};
  tokens.forEach((token, place) => {
    if (token >= 16) return;
    const answer = (last[token] ?? -2) + 1;
    if (answer >= 0 && tokens[answer] >= 16 && tokens[answer] < 32) [targets[place], sought[place]] = [tokens[answer], answer];
    last[token] = place;
  });
  return { tokens, targets, sought, said };
}

function tokenOf(letter, { alphabet }) {
  const symbol = SYMBOLS.indexOf(letter.toLowerCase());
  if (symbol >= 0) return letter === letter.toLowerCase() ? symbol + 16 : symbol;
  return 32 + (alphabet.indexOf(letter) % 16);
}

function characters(n, text, { prose, alphabet }) {
  const line = text || prose;
  const whole = [...line.repeat(Math.floor(n / line.length) + 2).slice(-n - 1)].map((character) => alphabet.indexOf(character));
  return {
    tokens: whole.slice(0, -1),
    targets: range(n, (place) => (place < n - SCORED ? -1 : whole[place + 1])),
    sought: range(n, () => -1),
    said: `${text ? "your text" : "prose"}: the last ${Math.min(n, SCORED)} characters are asked`,
  };
}

/** A token in quotes. */
export function named(task, token, { alphabet }) {
  const letters = { copying: `${SYMBOLS}#`, recall: SYMBOLS.toUpperCase() + SYMBOLS + "·".repeat(16) };
  return `“${(letters[task] ?? alphabet.replaceAll("\n", "↵"))[token]}”`;
}
