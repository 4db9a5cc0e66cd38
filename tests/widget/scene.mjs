// scene: the twin of scene.py.

export default function scene(c, data) {
  const factor = c.sign === "plus" ? c.size : -c.size;
  const curve = data.curve.map((value) => (value === null ? NaN : factor * value));
  const total = curve.filter((value) => !Number.isNaN(value)).reduce((sum, value) => sum + value, 0);
  const [top, middle, bottom] = [6 * c.size, 4 * c.size, 4 * c.size];
  const right = top + middle + bottom;
  const lengths = [2 * c.size, 5 * c.size, c.size];
  const off = c.broken ? NaN : 0;
  return {
    scaled: data.map.map((row) => row.map((value) => (value === null ? NaN : factor * value))),
    bent: curve,
    higher: curve.map((value) => value + 0.4 * c.size),
    tip: [Math.cos(c.turn), 0.8 * Math.sin(c.turn)],
    ghosts: [[0.6, -0.2], [NaN, NaN]],
    tall: data.powers.map((value) => value * c.size),
    lengths,
    feet: [0, c.size, 0.5 * c.size],
    row_texts: lengths.map((length) => length.toFixed(1)),
    sizes: [10 * c.size + right, 10 * c.size, right, top, middle, bottom],
    opened: c.start === 9 ? 1 : 0,
    places: data.parts.slice(0, 3).map((_, i) => c.order.indexOf(i)),
    total,
    off,
    one: 1 + off,
    words: `start at ${c.start}${c.text}`,
    chosen: c.many || 4,
  };
}
scene.parse = {
  text(text) {
    if (!text.startsWith("yes")) throw new Error(`text: expected a text that begins with yes, got ${text}`);
  },
};
