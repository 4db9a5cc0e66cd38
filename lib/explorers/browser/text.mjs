// Numbers and templates as Python formats them: the same template makes the sentence, the labels and
// the Python lines here and in lib. A test compares both over many values.

/** A value in Python's format mini-language, as far as the book uses it: [+][,][.N](d|e|f|g|%). */
export function format(value, spec = "") {
  if (!spec) return literal(value);
  const [, plus, comma, places, type] = /^(\+?)(,?)(?:\.(\d+))?([defg%]?)$/.exec(spec);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  const digits = places === undefined ? 6 : Number(places);
  let text =
    type === "f" ? rounded(value, "toFixed", digits)
    : type === "%" ? rounded(value * 100, "toFixed", digits) + "%"
    : type === "e" ? scientific(...rounded(value, "toExponential", digits).split("e"))
    : type === "g" ? general(value, Math.max(1, digits))
    : String(value);
  if (comma) text = text.replace(/^(-?)(\d+)/, (_, sign, whole) => sign + whole.replace(/\B(?=(\d{3})+$)/g, ","));
  return plus && !text.startsWith("-") ? "+" + text : text;
}

/** toFixed or toExponential, but with a tie rounded to the even neighbour, as Python does it. */
function rounded(value, write, digits) {
  const text = value[write](digits);
  if (!Number.isInteger(value * 2 ** 40)) return text; // no tie has so many binary places
  const [exact, power] = value[write](100).split("e");
  const cut = exact.indexOf(".") + 1 + digits;
  const down = exact.slice(0, cut).replace(/\.$/, "");
  if (!/^50*$/.test(exact.slice(cut)) || /[13579]$/.test(down)) return text;
  return power === undefined ? down : `${down}e${power}`;
}

function general(value, digits) {
  const [mantissa, power] = rounded(value, "toExponential", digits - 1).split("e");
  const exponent = Number(power);
  const strip = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent >= -4 && exponent < digits) return strip(rounded(value, "toFixed", digits - 1 - exponent));
  return scientific(strip(mantissa), power);
}

/** The exponent with its sign and two digits at least. */
const scientific = (mantissa, power) => `${mantissa}e${power[0]}${power.slice(1).padStart(2, "0")}`;

function literal(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "string") return String(value);
  return /['\\]|[^ -~]/.test(value) ? JSON.stringify(value) : `'${value}'`;
}

/** The value under a name with indices: "scores", "q[2]". */
export function pick(values, name) {
  if (!name.includes("[")) return values[name];
  const [head, ...indices] = name.replaceAll("]", "").split("[");
  return indices.reduce((value, index) => value[index], values[head]);
}

/** A number as it is, a name as the value of that name. */
export function resolve(values, value) {
  return typeof value === "string" ? pick(values, value) : value;
}

/** A template with its {name:format} places filled; {{ and }} stand for braces. */
export function fill(template, values, show = format) {
  return template.replace(/\{\{|\}\}|\{([^{}:]+)(?::([^{}]*))?\}/g, (all, name, spec) =>
    name === undefined ? all[0] : show(pick(values, name), spec),
  );
}

/** For reading: a choice without quotes, a true minus sign. */
export function readable(value, spec) {
  return typeof value === "string" ? value : format(value, spec).replace("-", "\u2212");
}

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

/** Round values between low and high: 1, 2 or 5 times a power of ten apart, or powers of ten. */
export function ticks(low, high, count, log) {
  const [a, b] = low < high ? [low, high] : [high, low];
  const out = [];
  if (log) {
    const decades = Math.floor(Math.log10(b) + 1e-9) - Math.ceil(Math.log10(a) - 1e-9);
    const stride = Math.max(1, Math.ceil(decades / count));
    for (let e = Math.ceil(Math.log10(a) - 1e-9); 10 ** e <= b * (1 + 1e-9); e += stride) out.push(10 ** e);
    return out;
  }
  const raw = (b - a) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= raw) * power;
  for (let i = Math.ceil(a / step - 1e-9); i * step <= b + step * 1e-9; i++) out.push(Number((i * step).toPrecision(12)));
  return out;
}
