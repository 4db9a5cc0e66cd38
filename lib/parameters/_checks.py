"""Checks that say what came as JSON writes it, in the same words as the browser's half."""

import json
import math

from .. import arguments


def whole_number(name, value, least, most):
    result = arguments.index(value)
    if result is None or not least <= result <= most:
        arguments.refuse(name, f"a whole number from {least} to {most}", as_json(value))
    return result


def flag(name, value):
    if not isinstance(value, bool):
        arguments.refuse(name, "true or false", as_json(value))


def as_json(value):
    """The value as JSON writes it, in short."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return json.dumps(value[:40]) + ("…" if len(value) > 40 else "")
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if not isinstance(value, int | float):
        return arguments.describe(value)
    try:
        number = float(value)
    except OverflowError:  # an int beyond all floats, which the browser reads as infinite
        number = math.inf if value > 0 else -math.inf
    return str(int(number)) if abs(number) < 1e15 and number.is_integer() else f"{number:.6g}"
