"""The language in which ``families.json`` says what a model is: names, and expressions that stand for them.

An expression is a number, a flag, null, a name, a text in single quotes, or [operator, operands...]. A name
is a field of the file, or stands for an expression; it is worked out when it is first asked for, so no order
matters, and one that stands for nothing is an error. The browser evaluates the same, in
``lib/explorers/counting/expressions.mjs``.
"""

import math
import operator


class Scope:
    """Names with their values, and those that stand for expressions; what is not here is looked up outside."""

    def __init__(self, values, stand_for=(), *, outer=None, family=None):
        self.values, self.stand_for, self.outer = dict(values), dict(stand_for), outer
        self.family = outer.family if outer else family

    def __getitem__(self, name):
        if name not in self.values:
            if name not in self.stand_for:
                if self.outer is None:
                    raise LookupError(f"families.json: nothing is named {name}")
                return self.outer[name]
            self.values[name] = evaluate(self.stand_for.pop(name), self)
        return self.values[name]

    def within(self, names):
        """A scope inside, where each name stands for an expression that sees the names before it."""
        scope = Scope({}, outer=self)
        for name, expression in names.items():
            scope.values[name] = evaluate(expression, scope)
        return scope


def evaluate(expression, scope):
    """The value of an expression."""
    if isinstance(expression, str):
        return expression[1:-1] if expression.startswith("'") else scope[expression]
    if not isinstance(expression, list):
        return expression
    name, *operands = expression
    if name in _SPECIAL:
        return _SPECIAL[name](scope, *operands)
    return OPERATORS[name](*(evaluate(operand, scope) for operand in operands))


def _if(scope, condition, then, otherwise):
    return evaluate(then if evaluate(condition, scope) else otherwise, scope)


def _first(scope, wanted, operands):
    """The first operand's value that is true, or that is not; else the last one's."""
    for operand in operands:
        value = evaluate(operand, scope)
        if bool(value) == wanted:
            return value
    return value


def _is_size(value):
    """Whether this is a whole number of at least 1, as large as a field may be."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= 10**8 and value % 1 == 0


# These evaluate no operand that does not matter; "in" looks into a part of the file with a family of its own.
_SPECIAL = {
    "if": _if,
    "and": lambda scope, *operands: _first(scope, False, operands),
    "or": lambda scope, *operands: _first(scope, True, operands),
    "in": lambda scope, nested, expression: evaluate(expression, scope[nested]),
}
OPERATORS = {
    "+": lambda *terms: sum(terms),
    "-": operator.sub,
    "*": lambda *factors: math.prod(factors),
    "//": lambda a, b: a // b if b else 0,
    "%": lambda a, b: a % b if b else 0,
    "<": operator.lt,
    "==": operator.eq,
    "not": operator.not_,
    "max": max,
    "min": min,
    "divides": lambda a, b: bool(a) and b % a == 0,
    "whole": lambda number: int(number // 1),
    "starts": str.startswith,
    "contains": lambda a, b: isinstance(a, str | list | dict) and b in a,
    "length": lambda items: len(items) if isinstance(items, str | list) else 1,
    "numbers": lambda items: [int(word) for word in items.split(",") if word.strip().isdecimal()] if isinstance(items, str) else items,
    "sizes": lambda items: all(_is_size(item) for item in (items if isinstance(items, list) else [items])),
    "at": lambda items, i: items if isinstance(items, int | float) else items[i],
    "count": lambda items, word: items.count(word),
    "text": str,
    "every": lambda *numbers: " ".join(("every", *(str(int(n)) for n in numbers))),
    "rest": lambda m: f"rest {int(m)}",
    "past": lambda m: f"past {int(m)}",
    "only": lambda items, *words: all(item in words for item in items),
}
