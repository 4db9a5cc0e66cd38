"""A real browser and the built book, over http and out of the folder.

A page is opened once and kept: tests that can leave it as they found it share it, and each is held to that. Nothing here
sleeps: tests wait on conditions (`page.wait_for_function`, `expect`).
"""

from pathlib import Path
from urllib.parse import urlsplit

import find_browser
import pytest
from kept import Kept
from playwright.sync_api import sync_playwright
from servers import open_server, serving

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build/html"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser():
    path = find_browser.find()
    if not path:
        pytest.fail("No Chromium or Chrome found: python book.py test installs one, the variable CHROME names one.", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(find_browser.ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def book():
    """The folder of the built book."""
    if not (HTML / "index.html").exists():
        pytest.fail("There is no book in _build/html: run python book.py book first.", pytrace=False)
    return HTML


@pytest.fixture(scope="session")
def site(book):
    """The address of the book, served as `python book.py serve` does."""
    with serving(open_server(book)) as address:
        yield address


@pytest.fixture(scope="session")
def kept(browser):
    pages = {}

    def page(scheme, options, before):
        key = scheme, before, repr(sorted(options.items()))
        pages[key] = pages.get(key) or Kept(browser, options, before)
        return pages[key]

    yield page
    for one in pages.values():
        one.context.close()


@pytest.fixture
def open_page(kept):
    """open_page(address, fresh=False, **context options) -> the page, the same for all tests that give the same options and the same script to run before.

    A page that logs an error, or asks for anything outside the place it came from, fails its test; so does a test whose marks
    the reset buttons don't undo. `fresh`: loaded for this test alone."""
    used = []

    def one(address, *, fresh=False, before=None, **options):
        held = kept(urlsplit(address).scheme, options, before)
        if held not in used:
            used.append(held)
        return held.go(address, fresh)

    yield one
    failures = []
    for held in used:
        try:
            held.give_back()
        except BaseException as failure:  # pytest's own are no Exceptions
            held.fresh = True
            failures.append(failure)
    if failures:
        raise failures[0]
