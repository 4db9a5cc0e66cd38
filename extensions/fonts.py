"""Fonts cut to the characters that the built pages use, for the formulas (math.py) and the text (type.py)."""

import io
from importlib import resources


def woff2(package, name, characters, features, axes=None):
    """A font out of an installed package with these characters and layout features alone; `axes` fixes those of a variable one."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    options = Options()
    options.layout_features = features
    options.hinting = False
    options.name_IDs = [0, 1, 2, 13, 14]  # the licence stays with the font
    with resources.as_file(resources.files(package) / "fonts" / name) as path:
        font = TTFont(path, recalcTimestamp=False)
        subsetter = Subsetter(options)
        subsetter.populate(text="".join(characters))
        subsetter.subset(font)
        if axes:
            font = instantiateVariableFont(font, axes)
        font.flavor = "woff2"
        out = io.BytesIO()
        font.save(out)
    return out.getvalue()
