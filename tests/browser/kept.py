"""A page that tests share: loaded once, and held to its first state after each test."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout


class Watch:
    """What a page did beside showing itself."""

    def __init__(self, page):
        self.console, self.errors, self.requests = [], [], []
        page.on("console", lambda message: message.type in ("error", "warning") and self.console.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def check(self, *allowed):
        """No error; and every request went to one of these addresses, or nowhere at all. What was seen is forgotten."""
        seen = self.errors[:], self.console[:], [url for url in self.requests if not url.startswith((*allowed, "data:", "blob:"))]
        for what in (self.errors, self.console, self.requests):
            what.clear()
        assert seen == ([], [], []), "errors {}, console {}, foreign requests {}".format(*seen)


# All that the eye gets of an explorer's picture, as text.
PICTURE = """figure => [...figure.querySelectorAll(".x-plot > svg")].map((svg) => {
    const seen = svg.cloneNode(true);
    for (const node of seen.querySelectorAll("[style]")) node.style.display === "none" ? node.remove() : node.removeAttribute("style");
    return seen.innerHTML;
  }).join() +
  [...figure.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()).join() +
  [...figure.querySelectorAll(".x-readouts, .x-note, .x-keys, .x-crumbs, .x-parts")].map((node) => node.textContent).join()"""
VALUES = "figure => Object.fromEntries(Object.entries(figure.explorer.controls).map(([name, { value }]) => [name, value]))"
# What stands under a picture: label, column ("" outside a table), number, and whether it is red.
READOUTS = """figure => [...figure.querySelectorAll(".x-readouts b")].map((node) => {
    const cell = node.closest("td"), row = cell?.parentNode;
    const label = row ? row.querySelector("th").innerText : node.parentNode.firstChild.innerText;
    const column = row ? row.closest("table").querySelectorAll("thead tr > *")[[...row.children].indexOf(cell)].innerText : "";
    return [label, column, node.innerText, node.classList.contains("x-wrong")];
})"""
# Resolves once the page has drawn what was asked of it until now.
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

# What is turned rarely is turned by tests too.
UNFOLDED = "() => document.querySelectorAll('.x-more').forEach((box) => box.open = true)"

# What a test may have changed: each explorer's picture, controls and card, and what all of them share.
STANDING = f"""() => {{
    const figures = [...document.querySelectorAll("figure.explorer")];
    const of = (figure) => [({PICTURE})(figure), ({VALUES})(figure), figure.querySelector("pre").hidden,
        [...figure.querySelectorAll("[name], .x-refusal, .x-source, .x-hint:not([hidden]), .x-actions button:first-of-type")]
            .map((node) => [node.type === "checkbox" ? node.checked : node.value, node.innerText])];
    return {{
        ...Object.fromEntries(figures.map((figure, i) => [`${{figure.dataset.explorer}}, figure ${{i + 1}}`, of(figure)])),
        fragment: location.hash, width: innerWidth, theme: document.documentElement.dataset.theme,
        calm: matchMedia("(prefers-reduced-motion: reduce)").matches, markup: [typeof window.pwned, document.images.length],
    }};
}}"""
# The names of what is otherwise than on the page that was just loaded.
CHANGED = f"""() => {{
    const [before, now] = [window.standing, ({STANDING})()];
    return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]));
}}"""
RESTORE = f"""() => {{
    document.activeElement.blur();
    history.replaceState(null, "", location.pathname);
    localStorage.removeItem("theme");
    for (const figure of document.querySelectorAll("figure.explorer"))
        for (const button of figure.querySelectorAll("button"))
            if (button.innerText.includes("reset") || button.getAttribute("aria-expanded") === "true") button.click();
    return ({CHANGED})();
}}"""


class Kept:
    """A page of one context, kept for all tests."""

    def __init__(self, browser, options, before):
        self.context = browser.new_context(**options)
        if before:
            self.context.add_init_script(before)
        self.context.set_default_timeout(10_000)
        self.page = self.context.new_page()
        self.page.watch = Watch(self.page)
        self.viewport, self.address, self.fresh = self.page.viewport_size, None, True

    def go(self, address, fresh):
        """Loads the address, unless an earlier test left it as it was loaded. A `fresh` one is loaded in any case, and left to no other."""
        if fresh or self.fresh or self.address != address:
            if self.address and self.address.split("#")[0] == address.split("#")[0]:
                self.page.goto("about:blank")  # or another fragment would load nothing
            self.address, self.fresh = address, True
            self.page.goto(address)
            self.page.evaluate(UNFOLDED)
            if not fresh:
                self.page.evaluate(
                    "() => Promise.all([...document.querySelectorAll('figure.explorer')].map((figure) => figure.explorer.ready))"
                )
                self.page.evaluate(DRAWN)
                self.page.evaluate(f"() => void (window.standing = ({STANDING})())")
                self.fresh = False
        return self.page

    def give_back(self):
        """As it was loaded, for the next test."""
        parts = urlsplit(self.address)
        self.page.watch.check("file:" if parts.scheme == "file" else f"{parts.scheme}://{parts.netloc}/", "about:blank")
        if self.fresh or not self.page.evaluate(RESTORE):
            return
        self.page.mouse.move(0, 0)
        self.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        if self.page.viewport_size != self.viewport:
            self.page.set_viewport_size(self.viewport)
        try:
            self.page.wait_for_function(f"() => !({CHANGED})().length", timeout=3000)
        except PlaywrightTimeout:
            pytest.fail(f"The test left its mark on {', '.join(self.page.evaluate(CHANGED))}.", pytrace=False)
