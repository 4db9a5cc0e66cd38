"""A real browser and the built book, over http and out of the folder.

Nothing here sleeps: tests wait on conditions (`page.wait_for_function`, `expect`).
"""

import contextlib
import importlib.util
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import find_browser
import pytest
from playwright.sync_api import sync_playwright

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
        pytest.fail("No Chromium or Chrome found: make test installs one, CHROME=/path/to/chrome names one.", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(find_browser.ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def book():
    """The folder of the built book."""
    if not (HTML / "index.html").exists():
        pytest.fail("There is no book in _build/html: run make book first.", pytrace=False)
    return HTML


@pytest.fixture(scope="session")
def site(book):
    """The address of the book, served as `make serve` serves it."""
    spec = importlib.util.spec_from_file_location("serve", ROOT / "scripts/serve.py")
    serve = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(serve)
    with serving(serve.open_server(book)) as address:
        yield address


@contextlib.contextmanager
def serving(server):
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["http", "file"])
def place(request, book):
    """The book's address both ways: a web host's, and that of a folder opened by double click."""
    return request.getfixturevalue("site") if request.param == "http" else book.as_uri()


class Watch:
    """What a page did beside showing itself."""

    def __init__(self, page):
        self.console, self.errors, self.requests = [], [], []
        page.on("console", lambda message: message.type in ("error", "warning") and self.console.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def check(self, *allowed):
        """No error; and every request went to one of these addresses, or nowhere at all."""
        assert self.errors == [] and self.console == []
        foreign = [url for url in self.requests if not url.startswith((*allowed, "data:", "blob:"))]
        assert foreign == []


@pytest.fixture
def open_page(browser):
    """open_page(address, **context options) -> a page in a context of its own, with `page.watch`.

    A page that logs an error, or asks for anything outside the place it came from, fails its test."""
    pages = []

    def open_one(address, *, wait="load", before=None, **options):
        context = browser.new_context(**options)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.watch = Watch(page)
        if before:
            page.add_init_script(before)
        page.goto(address, wait_until=wait)
        pages.append((page, address))
        return page

    yield open_one
    try:
        for page, address in pages:
            parts = urlsplit(address)
            page.watch.check("file:" if parts.scheme == "file" else f"{parts.scheme}://{parts.netloc}/")
    finally:
        for page, _ in pages:
            page.context.close()
