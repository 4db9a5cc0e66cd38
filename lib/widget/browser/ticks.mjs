// Where an axis has its numbers, and how they are written.

import { readable } from "./format.mjs";

/** A number on an axis: short, 10k for 10,000 and 10⁻⁵ for 0.00001. */
export function tickLabel(value) {
  const size = Math.abs(value);
  if (size > 0 && size < 1e-3) {
    const [mantissa, power] = Number(value.toPrecision(6)).toExponential().split("e");
    const raised = power.replace(/./g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);
    return (mantissa === "1" ? "" : readable(Number(mantissa)) + "·") + "10" + raised;
  }
  const [unit, name] = size >= 1e9 ? [1e9, "G"] : size >= 1e6 ? [1e6, "M"] : size >= 1e3 ? [1e3, "k"] : [1, ""];
  return readable(Number((value / unit).toPrecision(6))) + name;
}

/** Round values between low and high: 1, 2 or 5 times a power of ten apart, no less than 1 where they are `counted`; or powers of ten. */
export function ticks(low, high, count, { log = false, counted = false } = {}) {
  const [a, b] = low < high ? [low, high] : [high, low];
  const out = [];
  if (log) {
    const decades = Math.floor(Math.log10(b) + 1e-9) - Math.ceil(Math.log10(a) - 1e-9);
    const stride = Math.max(1, Math.ceil(decades / count));
    for (let e = Math.ceil(Math.log10(a) - 1e-9); 10 ** e <= b * (1 + 1e-9); e += stride) out.push(10 ** e);
    return out;
  }
  const raw = Math.max((b - a) / count, counted ? 1 : 0);
  const power = 10 ** Math.floor(Math.log10(raw));
  const off = (factor) => Math.abs(Math.log((factor * power) / raw));
  const step = [1, 2, 5, 10].reduce((best, factor) => (off(factor) < off(best) ? factor : best)) * power;
  for (let i = Math.ceil(a / step - 1e-9); i * step <= b + step * 1e-9; i++) out.push(Number((i * step).toPrecision(12)));
  return out;
}
