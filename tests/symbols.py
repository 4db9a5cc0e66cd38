"""The symbols in a chapter's formulas, as the notation page writes them."""

import re

# What stands in formulas and is no symbol: the grammar of TeX, operators, accents, spacing.
WORDS = {
    "left",
    "right",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
    "big",
    "Big",
    "begin",
    "end",
    "frac",
    "tfrac",
    "dfrac",
    "sqrt",
    "sum",
    "prod",
    "int",
    "quad",
    "qquad",
    "dots",
    "cdots",
    "ddots",
    "vdots",
    "ldots",
    "cdot",
    "times",
    "ast",
    "otimes",
    "oplus",
    "approx",
    "le",
    "ge",
    "leq",
    "geq",
    "ne",
    "neq",
    "in",
    "notin",
    "to",
    "iff",
    "implies",
    "top",
    "mid",
    "min",
    "max",
    "sin",
    "cos",
    "tan",
    "tanh",
    "ln",
    "log",
    "exp",
    "arg",
    "lVert",
    "rVert",
    "lvert",
    "rvert",
    "lfloor",
    "rfloor",
    "lceil",
    "rceil",
    "langle",
    "rangle",
    "partial",
    "infty",
    "pm",
    "mp",
    "ll",
    "gg",
    "sim",
    "equiv",
    "propto",
    "underbrace",
    "overbrace",
    "bar",
    "hat",
    "tilde",
    "overline",
    "mathrm",
    "operatorname",
    "text",
    "mathbf",
    "boldsymbol",
    "mathbb",
    "mathcal",
    "perp",
    "forall",
    "exists",
    "dim",
    "det",
    "circ",
    "prime",
    "star",
    "odot",
    "colon",
    "mapsto",
    "lim",
    "sup",
    "inf",
    "pmatrix",
    "aligned",
    "succ",
    "prec",
    "subset",
    "cup",
    "cap",
    "emptyset",
    "not",
    "middle",
    "limits",
    "displaystyle",
    "textstyle",
    "nolimits",
    "phantom",
    "hphantom",
    "vphantom",
    "Re",
    "Im",
    "rightarrow",
    "leftarrow",
    "Rightarrow",
    "longrightarrow",
    "uparrow",
    "downarrow",
    "setminus",
    "mod",
    "bmod",
    "pmod",
}
# Where what stands below makes another symbol of a letter, and doesn't just count.
NAMED = {
    "W": {"Q", "K", "V", "O", "QK", "h", "x", "y", "i", "f", "o", "g", "hr", "hz", "hn", "xr", "xz", "xn", "1", "2"},
    "d": {"k", "v", "ff", "model", "e"},
    "H": {"kv"},
    "M": {"k"},
    r"\mathbf{b}": {"y", "h", "x", "hr", "hz", "hn", "xr", "xz", "xn"},
    r"\mathbf{dh}": {"next"},
    r"\mathbf{dc}": {"next"},
}


def formulas(text):
    """All formulas of a page, without its code cells."""
    text = re.sub(r"^(`{3,})\{code-cell\}.*?^\1\s*$", "", text, flags=re.S | re.M)
    text = re.sub(r"`[^`\n]*`", "", text)
    displayed = re.findall(r"\$\$(.+?)\$\$", text, flags=re.S)
    inline = re.findall(r"(?<![\\$])\$([^$\n]+?)\$", re.sub(r"\$\$.+?\$\$", "", text, flags=re.S))
    return displayed + inline


def symbols(formula):
    """Letters of a formula: `x`, bold `\\mathbf{x}`, Greek `\\alpha`, and with a name below `W_Q`, `d_{ff}`, `\\mathbf{b}_y`."""
    formula = re.sub(
        r"\\(text|operatorname|begin|end|label|tag|cite\w*|mathrm)\{[^{}]*\}", lambda m: f" {m[0]} " if m[1] == "mathrm" else " ", formula
    )
    formula = re.sub(r"\\(?:hat|bar|tilde|overline)\{?(\\mathbf\{\w\}|\\\w+|\w)\}?", r" \1", formula)
    formula = re.sub(r"\\(?:mathbb|mathcal)\{(\w)\}", " ", formula)
    token = r"(\\mathrm\{\w+\}|\\mathbf\{\w+\}|\\boldsymbol\{?\\[A-Za-z]+\}?|\\[A-Za-z]+|[A-Za-z])"
    found = set()
    for match in re.finditer(token + r"(?:'*\^\{?\(\w\)\}?)?(?:_(\{[^{}]*\}|\\?\w))?", formula):
        base, below = match[1], (match[2] or "").strip("{}")
        if base.startswith("\\") and base[1:] in WORDS or base in (r"\mathrm{i}", r"\mathrm{d}"):
            continue
        base = re.sub(r"\\boldsymbol\{?(\\[A-Za-z]+)\}?", r"\1", base)
        if base == "e" and not below:
            continue  # the base of the natural logarithm
        found.add(f"{base}_{below}" if below in NAMED.get(base, ()) else base)
    return found
