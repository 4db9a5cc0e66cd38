// The language of families.json: names and expressions, as in lib/parameters/_expressions.py.

import { isObject } from "./refusals.mjs";

/** Names with their values, and those that stand for expressions; what is not here is looked up outside. */
export class Scope {
  constructor(values, standFor = {}, { outer = null, family = outer?.family } = {}) {
    this.values = new Map(Object.entries(values));
    this.standFor = new Map(Object.entries(standFor));
    this.outer = outer;
    this.family = family;
  }

  get(name) {
    if (this.values.has(name)) return this.values.get(name);
    if (!this.standFor.has(name)) {
      if (!this.outer) throw new Error(`families.json: nothing is named ${name}`);
      return this.outer.get(name);
    }
    const expression = this.standFor.get(name);
    this.standFor.delete(name);
    const value = evaluate(expression, this);
    this.values.set(name, value);
    return value;
  }

  /** A scope inside, where each name stands for an expression that sees the names before it. */
  within(names = {}) {
    const scope = new Scope({}, {}, { outer: this });
    for (const [name, expression] of Object.entries(names)) scope.values.set(name, evaluate(expression, scope));
    return scope;
  }

  /** A text with the values of the names in braces. */
  fill(text) {
    return text.replace(/\{(\w+)\}/g, (_, name) => String(this.get(name)));
  }
}

/** The value of an expression. */
export function evaluate(expression, scope) {
  if (typeof expression === "string") return expression.startsWith("'") ? expression.slice(1, -1) : scope.get(expression);
  if (!Array.isArray(expression)) return expression;
  const [name, ...operands] = expression;
  if (Object.hasOwn(SPECIAL, name)) return SPECIAL[name](scope, ...operands);
  return OPERATORS[name](...operands.map((operand) => evaluate(operand, scope)));
}

/** The first operand's value that is true, or that is not; else the last one's. */
function first(scope, wanted, operands) {
  let value;
  for (const operand of operands) {
    value = evaluate(operand, scope);
    if (Boolean(value) === wanted) break;
  }
  return value;
}

// These evaluate no operand that does not matter; "in" looks into a part of the file with a family of its own.
const SPECIAL = {
  if: (scope, condition, then, otherwise) => evaluate(evaluate(condition, scope) ? then : otherwise, scope),
  and: (scope, ...operands) => first(scope, false, operands),
  or: (scope, ...operands) => first(scope, true, operands),
  in: (scope, nested, expression) => evaluate(expression, scope.get(nested)),
};
const OPERATORS = {
  "+": (...terms) => terms.reduce((a, b) => a + b, 0),
  "-": (a, b) => a - b,
  "*": (...factors) => factors.reduce((a, b) => a * b, 1),
  "//": (a, b) => (b ? Math.floor(a / b) : 0),
  "%": (a, b) => (b ? a % b : 0),
  "<": (a, b) => a < b,
  "==": (a, b) => a === b,
  not: (a) => !a,
  max: Math.max,
  min: Math.min,
  divides: (a, b) => Boolean(a) && b % a === 0,
  whole: Math.floor,
  starts: (text, start) => text.startsWith(start),
  contains: (items, item) => (isObject(items) ? Object.hasOwn(items, item) : Boolean(items?.includes?.(item))),
  length: (items) => items?.length ?? 1,
  numbers: (items) => (typeof items === "string" ? items.split(",").filter((word) => /^\s*\d+\s*$/.test(word)).map(Number) : items),
  sizes: (items) => (Array.isArray(items) ? items : [items]).every((item) => Number.isInteger(item) && item >= 1 && item <= 10 ** 8),
  at: (items, i) => (typeof items === "number" ? items : isObject(items) && !Object.hasOwn(items, i) ? undefined : items[i]),
  count: (items, word) => [...items].filter((item) => item === word).length,
  text: String,
  every: (...numbers) => ["every", ...numbers].join(" "),
  rest: (m) => `rest ${m}`,
  past: (m) => `past ${m}`,
  only: (items, ...words) => [...items].every((item) => words.includes(item)),
};
