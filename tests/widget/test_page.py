"""What pages and notebooks get of an explorer: HTML, the picture, the description, the style sheet."""

import json
import re

import numpy as np
import pytest
from every_explorer import EXPLORERS

from lib.explorers.rope import RopeScore
from lib.widget import bundle, palette

every = pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)


@every
def test_a_notebook_gets_the_widget_the_page_and_the_picture(explorer):
    shown = explorer()
    data, metadata = shown._repr_mimebundle_()
    assert {"text/html", "image/svg+xml", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == shown.model_id
    svg = data["image/svg+xml"]
    assert svg.startswith("<svg ") and 'role="img"' in svg
    assert shown.alt() in svg.replace("&lt;", "<").replace("&amp;", "&").replace("&#x27;", "'")
    for color in palette.LIGHT.values():
        assert f": {color}" not in svg and f'"{color}"' not in svg, "a colour that doesn't follow the theme"
    assert svg == explorer()._repr_mimebundle_()[0]["image/svg+xml"], "the same state, another picture"
    page = data["text/html"]
    assert page.startswith(f'<figure class="explorer" data-explorer="{explorer.name}">') and svg in page
    assert json.loads(baked(page)) == json.loads(json.dumps({"spec": shown.spec, "value": shown.value}))


def baked(page):
    return re.search(r'<script type="application/json">(.*?)</script>', page, re.S)[1]


def test_text_never_ends_or_opens_a_script_and_is_never_markup():
    class Hostile(RopeScore):
        title = "a </script><img src=x onerror=alert(1)> b"
        tries = "c </SCRIPT > <!-- <script> d"
        sees = "e </figcaption><b onclick=alert(1)>"
        sentence = 'f "><script>alert(1)</script> {distance}'

    page = Hostile()._repr_mimebundle_()[0]["text/html"]
    state = baked(page)
    assert "<" not in state
    spec = json.loads(state)["spec"]
    assert (spec["title"], spec["tries"], spec["sees"]) == (Hostile.title, Hostile.tries, Hostile.sees)
    outside = re.sub(r"<!--.*?-->", "", page.replace(state, ""), flags=re.S)  # matplotlib's own remarks
    assert not re.search(r"<img|<b on|<!--|<script>alert", outside, re.I)
    assert outside.lower().count("</script>") == 2


@every
def test_the_description_is_json_and_says_all(explorer):
    described = json.loads(json.dumps(explorer.describe(), allow_nan=False))
    assert [control["name"] for control in described["controls"]] == list(explorer.controls)
    for text in ("title", "tries", "sees", "sentence", "code"):
        assert described[text].strip(), text
    assert explorer.tries[0].islower() and explorer.tries.endswith("."), "the caption goes on after “Try”"


def test_the_style_sheet_holds_both_palettes():
    text = bundle.stylesheet()
    assert all(f"--x-{name}:{value};" in text for colors in (palette.LIGHT, palette.DARK) for name, value in colors.items())
    assert set(palette.LIGHT) == set(palette.DARK)


def contrast(first, second):
    def luminance(color):
        shares = np.array(list(bytes.fromhex(color[1:]))) / 255
        linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_coloured_text_can_be_read(colors):
    for name in ("ink", "muted", "accent", "wrong", "blue", "vermilion", "green", "purple"):
        assert contrast(colors[name], colors["ground"]) >= 4.5, name
