// Numbers as Python's format language writes them: the sentence, the labels and the Python lines read the same
// here and in lib. A test compares both over many values.

/** A value in Python's format mini-language, as far as the book uses it: [+][,][.N](d|e|f|g|%). */
export function format(value, spec = "") {
  if (!spec) return literal(value);
  const [, plus, comma, places, type] = /^(\+?)(,?)(?:\.(\d+))?([defg%]?)$/.exec(spec);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  const digits = places === undefined ? 6 : Number(places);
  let text = type === "f"
    ? rounded(value, "toFixed", digits)
    : type === "%"
    ? rounded(value * 100, "toFixed", digits) + "%"
    : type === "e"
    ? scientific(...rounded(value, "toExponential", digits).split("e"))
    : type === "g"
    ? general(value, Math.max(1, digits))
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

/** For reading: a choice without quotes, a true minus sign, powers of ten, ∞. */
export function readable(value, spec) {
  if (typeof value === "string") return value;
  let text = format(value, spec);
  const [, sign, digits] = /^(.*)\.(\d)e$/.exec(spec) ?? [];
  const places = Number(digits) - Number(/e([+-]\d+)/.exec(text)?.[1]);
  if (places >= 0 && places <= Number(digits) + 3) text = value ? format(value, `${sign}.${places}f`) : "0"; // as easily read without the power
  const minus = /[1-9i]/.test(text) ? "\u2212" : ""; // a zero has none
  return text.replace(/^-/, minus).replace("inf", "∞").replace(/e([+-]\d+)/, (_, power) => `·10${raised(Number(power))}`);
}

const raised = (power) => [...String(power)].map((digit) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(digit)]).join("");
