"""The pictures that stand still: readable, in the palette, and in the letters of the notation page."""

import re
from pathlib import Path

import pytest

from lib.show.diagrams import WIDTH, GRUDiagram, LSTMDiagram, TransformerBlock
from lib.widget.palette import DARK, LIGHT

NOTATION = (Path(__file__).parents[2] / "chapters/notation.md").read_text("utf-8")
DIAGRAMS = [LSTMDiagram, GRUDiagram, TransformerBlock]


@pytest.fixture(params=DIAGRAMS, ids=lambda kind: kind.__name__)
def page(request):
    return request.param()._repr_html_()


def test_it_has_words_for_those_who_do_not_see_it(page):
    alt = re.search(r'role="img" aria-label="([^"]+)"', page)[1]
    assert len(alt.split()) > 40 and "<figcaption>" in page


def test_no_letter_is_too_small_for_a_phone(page):
    # 390 px less the margins of the page leave 350 for 360 units.
    assert f'viewBox="0 0 {WIDTH} ' in page
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', page)) * 350 / WIDTH >= 11


def test_every_colour_is_the_palettes_light_and_dark(page):
    named = set(re.findall(r"var\(--d-(\w+)\)", page))
    assert named and re.findall(r"#[0-9a-f]{6}", re.sub(r"light-dark\([^)]*\)", "", page)) == []
    for name in named:
        assert f"--d-{name}:light-dark({LIGHT[name]},{DARK[name]});" in page


@pytest.mark.parametrize("kind", DIAGRAMS, ids=lambda kind: kind.__name__)
def test_everything_is_drawn_inside(kind):
    drawn = kind()
    numbers = [
        float(number) for part in drawn.parts for path in re.findall(r'd="([^"]+)"', part) for number in re.findall(r"-?[\d.]+", path)
    ]
    assert min(numbers) >= 0 and max(numbers) <= max(WIDTH, drawn.height)


@pytest.mark.parametrize("kind", DIAGRAMS, ids=lambda kind: kind.__name__)
def test_its_letters_are_the_notations(kind):
    texts = re.findall(r"<text[^>]*>(.*?)</text>", kind()._repr_html_())
    bold = {letter for text in texts for letter in re.findall(r'font-weight="700"[^>]*>(\w)<', text)}
    assert bold or kind is TransformerBlock
    for letter in bold:
        assert rf"\mathbf{{{letter}}}" in NOTATION, letter


def test_the_lstm_has_what_its_formula_has():
    drawn = re.sub(r"<[^>]+>", "", LSTMDiagram()._repr_html_())
    assert drawn.count("σ") == 3 and drawn.split("An LSTM")[0].count("tanh") == 2
    assert drawn.count("×") == 3 and drawn.split("An LSTM")[0].count("+") == 1
