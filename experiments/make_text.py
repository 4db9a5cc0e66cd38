"""Make text.txt, on whose characters `length.py` trains: the prose of this book's own chapters, in ASCII.

    python experiments/make_text.py

Without cells, tables, headings and displayed formulas; formulas within a sentence lose their TeX; a sentence that still has a
character outside the alphabet is left out. Made once, at the commit that added it: the chapters go on, the text stays.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ("intro", "chapters/verification", "chapters/recurrent", "chapters/attention", "chapters/counting", "chapters/equivariance")
CHAPTERS += ("chapters/positional", "chapters/rope")  # the end is what the models are tested on
ALPHABET = r"""[A-Za-z0-9 .,;:?!'"()/+*%=<>_^-]+"""
PLAIN = {"−": "-", "–": "-", "—": "-", "×": "x", "“": '"', "”": '"', "’": "'", "‘": "'", "…": "...", "\u00a0": " ", "→": "to"}
PLAIN |= {"√": "the root of ", "·": " ", "≤": "<=", "≥": ">=", "≈": "about ", "²": "^2", "³": "^3", "é": "e", "ö": "o", "ü": "u", "ï": "i"}
PLAIN |= {"θ": "theta", "α": "alpha", "β": "beta", "Δ": "delta", "ρ": "rho"}
LEFT_OUT = (
    r"\A---\n.*?\n---\n",
    r"^(`{3,})\{?(code-cell|math|bibliography|[a-z]*table[a-z-]*).*?^\1\s*$",
    r"^```(?!\{).*?^```$",
    r"^\$\$.*?^\$\$.*?$",
    r"^(:|`{3,}|\||#|\(|<|>|%)[^\n]*$",  # fences, options, tables, headings, labels
    r"\{[a-z:-]+\}`[^`]*`",  # roles
)


def formula(found):
    text = found[1]
    for _ in range(3):  # they are nested
        text = re.sub(r"\\(?:math[a-z]+|text[a-z]*|operatorname|boldsymbol|bar|hat|tilde|sqrt)\*?\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", text)
    for name, plain in {"leq?": "<=", "geq?": ">=", "c?dots|ldots": "...", "times": "x", "top": "T"}.items():
        text = re.sub(rf"\\(?:{name})\b", plain, text)
    text = re.sub(r"\\(?:cdot|left|right|[lr]Vert|[Bb]ig[lr]?|q?quad)\b|\\[,;! ]", " ", text)
    return " ".join(re.sub(r"[{}\\|]", "", re.sub(r"\\([A-Za-z]+)", r"\1 ", text)).split())


def prose(text):
    for pattern in LEFT_OUT:
        text = re.sub(pattern, "", text, flags=re.S | re.M)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"[*`]+", "", re.sub(r"\$([^$]+)\$", formula, text))
    for old, new in PLAIN.items():
        text = text.replace(old, new)
    for paragraph in re.split(r"\n\s*\n|\n(?=- |\d+\. )", text):
        sentences = re.split(r"(?<=[.?!:]) (?=[A-Z])", re.sub(r"^(- |\d+\. )", "", " ".join(paragraph.split())))
        kept = [sentence for sentence in sentences if len(sentence) > 20 and re.fullmatch(ALPHABET, sentence)]
        if kept:
            yield re.sub(r" +([.,;:?!)])", r"\1", " ".join(re.sub(r"\( *[,;]* *\)", "", " ".join(kept)).split()))


def main():
    paragraphs = [paragraph for chapter in CHAPTERS for paragraph in prose((ROOT / f"{chapter}.md").read_text("utf-8"))]
    (ROOT / "experiments/text.txt").write_text("\n".join(paragraphs) + "\n", "utf-8")


if __name__ == "__main__":
    main()
