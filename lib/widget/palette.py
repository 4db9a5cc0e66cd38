"""The book's colours, once: matplotlib, the style sheet and the heatmaps all read them here.

Categorical colours are Okabe and Ito's (2008), which stay apart for colour-blind readers; on dark
ground the darker ones give way to lighter neighbours of the same hue, and on light ground the lighter
ones are darkened until text in them reads (contrast 4.5). Diverging maps have their
middle at 0 and take the colour of the ground there, so that "nothing" looks like nothing.
"""

LIGHT = {
    "ink": "#1d2126",
    "muted": "#5a6270",
    "faint": "#dfe3e8",
    "ground": "#f8f9fb",
    "accent": "#0072b2",
    "wrong": "#c0211f",
    "blue": "#0072b2",
    "vermilion": "#bf5000",
    "green": "#00805d",
    "purple": "#a8558a",
    "negative": "#2166ac",
    "middle": "#f7f5f4",
    "positive": "#b5222f",
}
DARK = {
    "ink": "#e8eaed",
    "muted": "#a2abb8",
    "faint": "#3a424c",
    "ground": "#1c2127",
    "accent": "#56b4e9",
    "wrong": "#ff7b72",
    "blue": "#56b4e9",
    "vermilion": "#f58a4b",
    "green": "#35c79b",
    "purple": "#dd93c3",
    "negative": "#4a94d8",
    "middle": "#23292f",
    "positive": "#e5525c",
}


def style_variables(palette):
    """CSS declarations `--x-NAME: #hex;` of one palette."""
    return "".join(f"--x-{name}:{value};" for name, value in palette.items())
