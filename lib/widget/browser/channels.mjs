// What a mark is drawn from: arrays and numbers of the frame, numbers as they are, and an index. As lib/widget/channels.py.

import { resolve } from "./template.mjs";

export const isIndex = (channel) => channel?.kind === "index";

const FINGER = 8; // px

/** Channels as arrays of one length; a number beside an array is the same everywhere. */
export function together(values, ...channels) {
  const resolved = channels.map((channel) => (isIndex(channel) ? channel : resolve(values, channel)));
  const length = resolved.reduce((most, value) => (Array.isArray(value) ? Math.max(most, value.length) : most), 1);
  return resolved.map((value) => {
    if (Array.isArray(value) && value.length === length) return value;
    const list = new Array(length);
    if (isIndex(value)) {
      const start = resolve(values, value.start);
      for (let i = 0; i < length; i++) list[i] = start + value.step * i;
      return list;
    }
    return list.fill(Array.isArray(value) ? value[0] : value);
  });
}

/** The place in a list whose number is the nearest. */
export function nearest(list, value) {
  let best = 0;
  for (let i = 1; i < list.length; i++) if (Math.abs(list[i] - value) < Math.abs(list[best] - value)) best = i;
  return best;
}

/**
 * The entry of a list that the pointer means along x: the nearest, if it is within half the way to its neighbour, or within
 * a finger's breadth; −1 if there is none. `place` turns values into pixels.
 */
export function under(list, { pixel, place, finger = FINGER }) {
  const away = (i) => (Number.isFinite(list[i]) ? Math.abs(place(list[i]) - pixel[0]) : Infinity);
  let near = 0;
  for (let i = 1; i < list.length; i++) if (away(i) < away(near)) near = i;
  const other = list[near ? near - 1 : 1];
  const neighbour = Number.isFinite(other) ? Math.abs(place(list[near]) - place(other)) / 2 : 0;
  return away(near) <= Math.max(finger, neighbour) ? near : -1;
}

/** The least and the greatest of the finite numbers in lists, however deep; undefined without any. */
export function extremes(...lists) {
  let [least, greatest] = [Infinity, -Infinity];
  const visit = (value) => {
    if (Array.isArray(value)) { for (const entry of value) visit(entry); }
    else if (Number.isFinite(value)) [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
  };
  visit(lists);
  return least <= greatest ? [least, greatest] : undefined;
}
