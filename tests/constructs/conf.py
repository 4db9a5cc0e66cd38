"""A small Sphinx project with a page of everything that MyST can say, for test_download.py."""

extensions = [
    "myst_nb",
    "sphinx_exercise",
    "sphinx_proof",
    "sphinxcontrib.bibtex",
    "extensions.download",
    "extensions.lesson",
    "extensions.math",
    "extensions.notebooks",
]
root_doc = "index"
html_title = "A book"
html_math_renderer = "mathml"
numfig = math_numfig = True
numfig_secnum_depth = 1
math_eqref_format = "({number})"
exercise_style = "solution_follow_exercise"
bibtex_bibfiles = ["refs.bib"]
nb_execution_mode = "off"
myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath", "smartquotes", "substitution"]
myst_substitutions = {"substitution": "**substituted**"}
math_macros = {"half": r"\tfrac{#1}{2}", "R": r"\mathbb{R}"}
