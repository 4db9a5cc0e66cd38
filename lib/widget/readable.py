"""Numbers as a book prints them: a real minus sign, powers of ten, ∞. The browser's half is `readable` in browser/format.mjs."""

import re
from string import Formatter

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
POWER = re.compile(r"e([+-]\d+)")


def readable(value, spec=""):
    """A value in a format specification, for reading; a text stays as it is.

    >>> print(readable(-0.25, ".2f"), readable(-0.001, ".2f"), readable(0.0888, ".1e"))
    −0.25 0.00 0.089
    """
    if isinstance(value, str):
        return value
    text = format(value, spec)
    power = spec.endswith("e") and POWER.search(text)
    if power and -3 <= int(power[1]) <= int(spec[-2]):  # as easily read without it
        text = format(value, f"{spec[:-3]}.{int(spec[-2]) - int(power[1])}f") if value else "0"
    sign = "−" if re.search("[1-9i]", text) else ""  # a zero has none
    text = re.sub("^-", sign, text).replace("inf", "∞")
    return POWER.sub(lambda match: f"·10{str(int(match[1])).translate(RAISED)}", text)


class _Readable(Formatter):
    def format_field(self, value, spec):
        return readable(value, spec)


def fill(template, values):
    """A template in Python's format language with its numbers for reading.

    >>> fill("{q[1]:.1e} of {n} tokens", {"q": [1, -1e-9], "n": 3})
    '−1.0·10⁻⁹ of 3 tokens'
    """
    return _Readable().vformat(template, (), values)
