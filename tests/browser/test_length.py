"""Trained models alive in the page: their weights come when a hand comes near, from a folder too; what doesn't come is said."""

import numpy as np
import pytest
from playwright.sync_api import expect
from test_page import READY, button, control_of, figure_of, page_with, put

from lib.explorers.length import FrequencySurgery, LengthRace, TrainedAttention

ASKED = (
    "() => performance.getEntriesByType('resource').map(({ name }) => name.split('/').pop()).filter((name) => name.split('.').length > 3)"
)
KINDS = [LengthRace, TrainedAttention, FrequencySurgery]
STATES = [
    (TrainedAttention, {"length": 160}),
    (TrainedAttention, {"model": "characters-learned", "length": 90, "layer": 1}),
    (TrainedAttention, {"model": "characters-rope", "stretch": "yarn", "length": 128, "text": "A model of one's own."}),
    (LengthRace, {"task": "characters loss", "times": 8.0, "c": "fox", "sharpened": True}),
    (FrequencySurgery, {"task": "copying", "pair": 3, "treatment": "slowed", "times": 2.0}),
]


@pytest.fixture
def fresh(open_page, site, book):
    return open_page(site + page_with(book, TrainedAttention), fresh=True)


def alike(figure, explorer, state):
    """The page's frame and Python's, for what are numbers."""
    found, frame = figure.evaluate("figure => figure.explorer.frame()"), explorer.frame(**explorer(**state).value)
    assert found.keys() == frame.keys()
    for name, value in frame.items():
        if np.asarray(value).dtype.kind in "fiub" and np.isfinite(value).all():
            np.testing.assert_allclose(found[name], value, rtol=1e-8, atol=1e-10, err_msg=name)


def test_weights_come_when_a_hand_comes_near_and_not_before(fresh):
    for explorer in KINDS:
        figure = figure_of(fresh, explorer)
        alike(figure, explorer, {})  # that of the defaults came with the page
        figure.scroll_into_view_if_needed()
    assert fresh.evaluate(ASKED) == []
    figure_of(fresh, TrainedAttention).hover()
    fresh.wait_for_function(f"({ASKED})().length === 1")
    [file] = fresh.evaluate(ASKED)
    assert file.startswith("trained-attention.copying_rope.")
    put(figure_of(fresh, TrainedAttention), length=80, head=1)
    assert fresh.evaluate(ASKED) == [file]


@pytest.mark.parametrize("explorer, state", STATES, ids=lambda value: getattr(value, "name", ""))
def test_the_page_computes_what_lib_does(open_page, site, book, explorer, state):
    figure = figure_of(open_page(site + page_with(book, explorer)), explorer)
    put(figure, **state)
    alike(figure, explorer, state)
    button(figure, "reset").click()
    alike(figure, explorer, {})


def test_weights_come_from_a_folder_without_a_server(open_page, book):
    figure = figure_of(open_page(book.as_uri() + page_with(book, TrainedAttention)), TrainedAttention)
    put(figure, model="characters-t5", length=100)
    alike(figure, TrainedAttention, {"model": "characters-t5", "length": 100})


@pytest.mark.parametrize("answer", [{"status": 404}, {"body": "explorers.arrived['spoilt"}], ids=["missing", "spoilt"])
def test_weights_that_do_not_come_are_said_and_the_rest_lives(browser, site, book, answer):
    page = browser.new_page()
    page.goto(site + page_with(book, TrainedAttention))
    page.route("**/trained-attention.copying_alibi.*", lambda route: route.fulfill(**answer))
    figure = figure_of(page, TrainedAttention)
    control_of(figure, "model").select_option("copying-alibi")
    expect(figure.locator_of_it).to_contain_text("could not be loaded")
    control_of(figure, "model").select_option("copying-shaw")
    figure.evaluate(READY)
    alike(figure, TrainedAttention, {"model": "copying-shaw"})
    expect(figure.locator_of_it).not_to_contain_text("could not be loaded")
    put(figure_of(page, LengthRace), times=4.0)
    alike(figure_of(page, LengthRace), LengthRace, {"times": 4.0})
    page.unroute("**/trained-attention.copying_alibi.*")
    control_of(figure, "model").select_option("copying-alibi")  # they are asked for again
    figure.evaluate(READY)
    alike(figure, TrainedAttention, {"model": "copying-alibi"})
    page.close()


def test_a_letter_that_no_model_knows_is_kept_out_with_a_sentence(open_page, site, book):
    figure = figure_of(open_page(site + page_with(book, TrainedAttention)), TrainedAttention)
    figure.locator("details:has([name=text])").evaluate("details => { details.open = true; }")
    field = control_of(figure, "text")
    field.fill("plain")
    figure.evaluate(READY)
    before = figure.evaluate("figure => figure.explorer.frame().measured")
    field.fill("plain é")
    expect(figure.locator(".x-text:has([name=text]) .x-refusal")).to_contain_text("got “é”")
    assert figure.evaluate("figure => figure.explorer.frame().measured") == before
    assert figure.evaluate("figure => figure.explorer.controls.text.value") == "plain"
