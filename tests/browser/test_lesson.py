"""The pages as a lesson: what a reader meets first, how results read, how one finds the way, what explains itself."""

import gzip
import json
import re
from html import unescape
from pathlib import Path

import pytest
from kept import DRAWN
from lesson import LISTING, WINDOW
from playwright.sync_api import expect
from test_page import PHONE, SAMPLED, explorers_on, pages_of, violations

from extensions import notes, publish
from extensions.chapters import chapters_of

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = [name for name, *_ in chapters_of(ROOT)]
each_chapter = pytest.mark.parametrize("name", CHAPTERS)


@pytest.fixture
def read(open_page, site):
    """read(page's name) -> the page in a laptop's window."""

    def one(name, fresh=True, **options):
        return open_page(f"{site}/{name}.html", fresh=fresh, **{"viewport": WINDOW} | options)

    return one


# --- a question, a picture to turn, then the mathematics ------------------------------------------


@each_chapter
def test_a_chapter_begins_with_a_picture_and_is_no_listing(read, name):
    found = read(name, fresh=False).evaluate(LISTING)
    assert found["code"] < 0.15
    assert found["screens"] <= 1.5
    assert found["imports"] == []


@each_chapter
def test_there_is_something_to_predict_before_the_first_picture(book, name):
    article = (book / f"{name}.html").read_text("utf-8").partition("<article>")[2]
    before = re.sub(r"<[^>]*>", "", article.partition('<figure class="explorer"')[0])
    assert re.search(r"[Pp]redict|[Gg]uess|[Ee]xpect", before) and "?" in before


@each_chapter
def test_a_fold_says_what_its_code_does(book, name):
    words = re.findall(r'<details class="code">\s*<summary>(.*?)</summary>', (book / f"{name}.html").read_text("utf-8"), re.S)
    assert len(words) > 3 and len(set(words)) == len(words)
    assert not [text for text in words if not 10 < len(unescape(text)) < 110 or "How it is computed" in text]


def texts_of(page, where):
    """What stands there to be read, formulas as one piece of text."""
    return page.evaluate("""where => [...document.querySelectorAll(where)].map((node) => {
        const copy = node.cloneNode(true);
        for (const code of copy.querySelectorAll("annotation, code, details.code, script, noscript, figure.explorer, svg")) code.remove();
        for (const formula of copy.querySelectorAll("math")) formula.replaceWith("M");
        return copy.textContent;
    })""", where)  # fmt: skip


@each_chapter
def test_results_read_like_a_book(read, name):
    """Real minus signs, powers of ten, no names of the code, no heads that stand twice."""
    page = read(name, fresh=False)
    assert page.locator(".cell_output pre:not(figure.explorer pre, details.code pre)").count() == 0
    results = texts_of(page, ".cell_output, article table, details.solution > section > p")
    assert len(results) > 10
    typewriter = r"\d[eE][+-]?\d|(?:^|[\s(=])-\d|\d\^|\w\^\{?\w|\b[a-zA-Z]+_[a-zA-Z0-9{]+|\bnan\b|\binf\b|array\(|\[\d[\d. ]*\]"
    assert [found for text in results for found in re.findall(rf".{{0,20}}(?:{typewriter}).{{0,20}}", text)] == []
    heads = page.evaluate("""[...document.querySelectorAll("article table")].map((table) =>
        [...table.querySelectorAll("thead th")].map((head) => [head.innerText, !!head.querySelector("code")]))""")  # fmt: skip
    words = [[head for head, _ in row if head] for row in heads]
    assert [row for row in words if len(set(row)) < len(row)] == []
    assert [head for row in heads for head, code in row if not code and re.search(r"\w_\w|\^", head)] == []


@each_chapter
def test_an_exercise_its_hints_and_its_solution_are_one_box_with_its_grade(read, name):
    page = read(name, fresh=False)
    boxes = page.evaluate("""[...document.querySelectorAll("article .exercise")].map((box) => ({
        title: box.querySelector(".admonition-title").innerText, grade: box.querySelector(".grade")?.innerText,
        folds: [...box.querySelectorAll(":scope > details > summary")].map((one) => one.innerText) }))""")
    assert len(boxes) >= 6
    for box in boxes:
        assert box["grade"] in ("assignment", "easy", "medium", "hard") and "(" not in box["title"].replace(box["grade"], "")
        assert box["folds"] == (["Solution"] if box["grade"] == "easy" else ["Hint", "Solution"]) or box["folds"] == ["Hint", "Solution"], (
            box
        )
    assert page.locator("article :not(.exercise) > details.solution").count() == 0


# --- finding one's way -----------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1920, 1366, 1100, 820, 390, 320])
def test_a_list_of_sections_at_every_width(read, width):
    page = read("chapters/rope", viewport={"width": width, "height": 700})
    link = page.locator("nav.onpage").get_by_role("link", name="Two pairings")
    if not link.is_visible():
        page.get_by_role("button", name="On this page").click()
    link.click()
    expect(page.locator("#two-pairings > h2")).to_be_in_viewport()
    if width <= 1152:
        expect(link).to_be_hidden()
    expect(page.locator("#two-pairings > h2")).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")  # the target is marked
    top = page.locator("main").get_by_role("link", name="Back to the top")
    top.click()
    expect(page.locator("h1")).to_be_in_viewport()


def test_few_tab_stops_before_the_text_and_none_at_its_marks(read):
    page = read("chapters/rope")
    stops = 0
    while page.evaluate("!document.activeElement.closest('article')"):
        page.keyboard.press("Tab")
        stops += 1
    assert stops <= 6  # skip, brand, download, search, theme, and then the text
    assert page.evaluate("[...document.querySelectorAll('.headerlink')].filter((link) => link.tabIndex >= 0).length") == 0


def test_where_was_i_is_kept_in_this_browser_alone(read):
    page = read("chapters/rope")
    page.evaluate("localStorage.clear()")  # another test's place
    page.reload()
    expect(page.locator(".place")).to_have_count(0)
    page.locator("#lengths-stay").evaluate("node => node.scrollIntoView()")
    page.wait_for_function("JSON.parse(localStorage.places ?? '{}').last?.href === 'chapters/rope.html#lengths-stay'")
    for name in ("intro", "chapters/rope"):
        page.goto(page.url.split("/chapters/")[0].split("/intro")[0] + f"/{name}.html")
        link = page.locator(".place a")
        expect(link).to_have_text("5.4. Lengths stay")
    link.click()
    expect(page.locator("#lengths-stay > h2")).to_be_in_viewport()
    expect(link).to_have_count(0)
    assert page.evaluate("document.cookie") == ""
    page.evaluate("localStorage.clear()")


def test_a_browser_that_keeps_nothing_shows_the_pages_all_the_same(read):
    closed = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError') } })"
    page = read("chapters/rope", before=closed)
    page.locator("#lengths-stay").evaluate("node => node.scrollIntoView()")
    expect(page.locator("nav.onpage a[data-here]")).to_have_text("5.4. Lengths stay")
    before = page.evaluate("document.documentElement.dataset.theme")
    page.get_by_role("button", name="Dark theme").click()
    page.wait_for_function("before => document.documentElement.dataset.theme !== before", arg=before)


def test_a_browser_without_popovers_has_its_lists_and_no_notes(read):
    old = "for (const name of ['showPopover', 'hidePopover', 'togglePopover']) delete HTMLElement.prototype[name]"
    page = read("chapters/rope", before=old)
    page.locator('article p a[href="#pairings"]').first.focus()
    expect(page.locator("#note")).to_have_count(0)
    expect(page.locator("nav.onpage")).to_be_visible()


@pytest.mark.parametrize("stored", ["", "[]", "null", "{", '{"last": {"href": "javascript:alert(1)", "title": "<b>x"}}', '{"last": 3}'])
def test_nonsense_in_the_storage_does_nothing(read, stored):
    page = read("intro")
    page.evaluate("stored => localStorage.setItem('places', stored)", stored)
    page.reload()
    expect(page.locator("figure.explorer .x-plot").first).to_be_visible()
    expect(page.locator(".place")).to_have_count(0)
    page.evaluate("localStorage.clear()")


@each_chapter
def test_the_time_it_takes_stands_at_the_head(read, book, name):
    pace = read(name, fresh=False).locator("article .pace").inner_text()
    minutes, explorers, exercises = map(int, re.findall(r"\d+", pace))
    assert 20 <= minutes <= 70
    assert explorers == len(explorers_on(book / f"{name}.html"))
    assert exercises == (book / f"{name}.html").read_text("utf-8").count('class="exercise')


# --- what explains itself ----------------------------------------------------------------------------


def note(page):
    return page.locator("#note:popover-open")


def test_a_symbol_says_what_it_means(read):
    page = read("chapters/rope")
    block = page.locator("#equation-eq-theta")
    block.scroll_into_view_if_needed()
    block.locator("msub").first.hover()
    expect(note(page)).to_contain_text("frequency of pair")
    expect(note(page)).to_contain_text("rad per token")
    page.keyboard.press("Escape")
    expect(note(page)).to_have_count(0)


def test_a_letter_with_an_index_is_another_symbol_than_the_letter(read):
    """The pointer is on the d of d_k, and d alone has a meaning of its own."""
    page = read("chapters/attention")
    symbol = page.locator(".math-block msub", has_text="dk").first
    symbol.scroll_into_view_if_needed()
    symbol.locator("mi").first.hover()
    expect(note(page)).to_contain_text("width of a head")
    expect(symbol).to_have_class("asked")


def test_a_symbol_answers_a_finger(read):
    page = read("chapters/rope", **PHONE)
    base = page.locator("p math mi", has_text="𝑏").or_(page.locator("p math mi", has_text="b")).first
    base.scroll_into_view_if_needed()
    base.tap()
    expect(note(page)).to_contain_text("base of the frequencies")
    box = note(page).bounding_box()
    assert 0 <= box["x"] and box["x"] + box["width"] <= 390
    page.locator("h1").first.evaluate("node => node.scrollIntoView()")
    expect(note(page)).to_have_count(0)


def test_a_formula_explains_itself_by_keyboard_and_gives_its_tex(read):
    page = read("chapters/rope")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("#equation-eq-theta").get_by_role("button", name="Symbols of this formula")
    button.focus()
    page.keyboard.press("Enter")
    expect(note(page)).to_contain_text("base of the frequencies")
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(note(page).get_by_role("button")).to_have_text("copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith(r"\theta_i = b^{-2(i-1)/d}")
    page.keyboard.press("Escape")
    expect(note(page)).to_have_count(0)
    expect(button).to_be_focused()


def test_where_the_clipboard_is_closed_the_tex_is_shown(read):
    page = read("chapters/rope", before="Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject() } })")
    page.locator("#equation-eq-theta .explain").focus()
    page.keyboard.press("Enter")
    note(page).get_by_role("button", name="copy TeX").click()
    expect(note(page).locator("code").last).to_contain_text(r"\theta_i = b^{")


def test_a_selection_is_copied_with_the_tex_of_its_formulas(read):
    page = read("chapters/rope")
    text = page.evaluate("""() => new Promise((done) => {
        const [first, second] = document.querySelectorAll("#one-turning-arrow > p"), range = document.createRange();
        range.setStartBefore(first);
        range.setEndAfter(second);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        document.addEventListener("copy", (event) => done(event.clipboardData.getData("text/plain")), { once: true });
        document.execCommand("copy");
    })""")
    assert r"An arrow $\mathbf{q}$ of length $\lVert\mathbf{q}\rVert$" in text
    assert "$$\\mathbf{q}\\, \\mathbf{k}^\\top =" in text
    assert "¶" not in text and not re.search("[\U0001d400-\U0001d7ff]", text)


def test_a_link_shows_what_it_leads_to(read):
    page = read("chapters/rope")
    for link, words in (
        ('article p a[href="#equation-eq-score-plane"]', "cos"),
        ('article p a[href="#pairings"]', "Which coordinates form a pair?"),
        ('article p a[href="positional.html"]', "Positional encodings"),
    ):
        page.locator(link).first.focus()
        expect(note(page)).to_contain_text(words)
        expect(page.locator(link).first).to_have_attribute("aria-describedby", "note")
        page.keyboard.press("Escape")
        expect(note(page)).to_have_count(0)


def test_a_citation_shows_all_of_its_keys(read, book):
    name, keys = next(
        (name, match.count("<a "))
        for name in CHAPTERS
        for match in re.findall(r'<span class="bibtex-citation"[^>]*>.*?</span>', (book / f"{name}.html").read_text("utf-8"), re.S)
        if match.count("<a ") > 1
    )
    page = read(name)
    several = page.locator(".bibtex-citation:has(a + a) a").last
    several.focus()
    expect(note(page).locator(".citation")).to_have_count(keys)


@each_chapter
def test_the_notes_are_light_and_of_the_notation_page(book, name):
    page = (book / f"{name}.html").read_text("utf-8")
    template = re.search(r'<template id="notes">(.*?)</template>', page, re.S)[1]
    script = (book / "_static/notes.js").read_bytes()
    assert len(gzip.compress(template.encode())) + len(gzip.compress(script)) <= 6 * 1024
    assert template.count("data-of=") > 10


def test_the_keys_of_both_halves_are_the_same(read):
    """What Python writes for a symbol, the browser finds: every row's own symbol leads to a row."""
    page = read("chapters/rope")
    lost = page.evaluate("""() => {
        const rows = document.querySelector("template#notes").content;
        return [...rows.querySelectorAll("p")].map((row) => row.dataset.of).filter((keys) => !keys);
    }""")
    assert lost == []
    assert notes.symbols(r"$W_i, W_f, P(a, b)$") == ["W_i", "W_f", "P(a, b)"]
    known = json.dumps(
        page.evaluate("[...document.querySelector('template#notes').content.querySelectorAll('p')].map((row) => row.dataset.of)"),
        ensure_ascii=False,
    )
    for key in ("𝐪 𝐤", "θ_i", "R R_m", "θ_i^′"):
        assert key in known


# --- the cover ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("viewport", [WINDOW, {"width": 390, "height": 700}], ids=["laptop", "phone"])
def test_the_cover_is_alive_above_the_fold(read, viewport):
    page = read("intro", viewport=viewport)
    figure = page.locator("figure.explorer").first
    plot = figure.locator("[data-main]" if viewport == WINDOW else "[data-panel]:visible").first.bounding_box()
    assert plot["y"] + plot["height"] <= viewport["height"]
    links = page.locator(".way a")
    assert [unescape(link) for link in links.evaluate_all("links => links.map((link) => link.getAttribute('href'))")] == [
        f"{name}.html" for name in CHAPTERS
    ]
    assert links.locator("svg").count() == len(CHAPTERS)
    for words in ("For whom", "For teachers", "book.py serve"):
        assert page.get_by_text(words).count()


def test_back_matter_has_no_numbers(read):
    page = read("chapters/notation")
    assert not re.match(r"\d", page.locator("h1").inner_text())
    listed = page.locator("nav.contents a").all_inner_texts()
    assert [text for text in listed if re.match(r"\d", text)] == listed[1 : len(CHAPTERS) + 1]
    assert not [text for text in page.locator("nav.onpage a").all_inner_texts() if re.match(r"\d", text)]


def test_a_page_says_who_it_is_once(book):
    for name in pages_of(book):
        page = (book / name).read_text("utf-8")
        assert page.count('name="viewport"') == 1, name
        assert page.count('property="og:image"') == page.count('property="og:title"') == page.count('rel="icon"') == 1, name
    assert (book / "_static/card.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_map_of_the_site_names_its_pages():
    text = publish.sitemap("https://example.org/book/", ["chapters/rope", "intro"])
    assert re.findall("<loc>(.*?)</loc>", text) == ["https://example.org/book/chapters/rope.html", "https://example.org/book/intro.html"]


def test_an_unknown_address_gets_the_books_own_page(browser, site):
    page = browser.new_page()
    answer = page.goto(f"{site}/chapters/no/such.html")
    assert answer.status == 404
    expect(page.locator("h1")).to_have_text("There is no such page")
    page.get_by_role("link", name="The cover").click()
    expect(page.locator("h1")).to_contain_text("From Gates to Rotations")
    page.close()


def test_another_tab_follows_the_theme(browser, site):
    context = browser.new_context()
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(f"{site}/chapters/notation.html")
    before = second.evaluate("document.documentElement.dataset.theme")
    first.get_by_role("button", name="Dark theme").click()
    second.wait_for_function("before => document.documentElement.dataset.theme !== before", arg=before)
    context.close()


# --- search ------------------------------------------------------------------------------------------

QUESTIONS = {
    "rope": "chapters/rope",
    "how many parameters": "chapters/counting",
    "reccurent": "chapters/recurrent",
    "equivarience": "chapters/equivariance",
    "10,000": "chapters/rope",
    "θ": "chapters/rope",
    "forget gate": "chapters/recurrent",
    "ALiBi": "chapters/positional",
    "permutation": "chapters/equivariance",
    "softmax": "chapters/attention",
}


def asked(page, words):
    page.get_by_role("searchbox").fill(words)
    page.wait_for_function("words => new URLSearchParams(location.search).get('q') === (words || null)", arg=words.strip()[:200])
    expect(page.locator("#search-progress")).to_have_text(re.compile("^(Found|Nothing|Words)"))


def test_a_question_leads_where_a_reader_expects(read):
    page = read("search")
    for words, name in QUESTIONS.items():
        asked(page, words)
        first = page.locator("#search-results li").first
        assert first.locator("h2 a").get_attribute("href").endswith(f"/{name}.html"), words
        link = first.locator(":scope > a").first
        assert re.search(r"\.html#[\w-]+", link.get_attribute("href")), words
        assert first.locator("mark").count()
    assert not re.search("[\U0001d400-\U0001d7ff]", page.locator("#search-results").inner_text())


def test_the_search_is_opened_by_a_slash_and_focused(read):
    page = read("chapters/rope")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    asked(page, "forget gate")
    page.locator("#search-results li > a").first.click()
    expect(page.locator("h1")).to_contain_text("Recurrent cells")
    page.wait_for_function("scrollY > 500")


@pytest.mark.parametrize("words", ["<img src=x onerror=window.pwned=1>", "a" * 1000, "никогда", "'\"&", "%"])
def test_any_search_is_answered_in_words(read, words):
    page = read("search")
    asked(page, words)
    assert page.evaluate("[typeof window.pwned, document.images.length]") == ["undefined", 0]
    page.goto(page.url.split("?")[0] + "?q=" + words.replace("%", "%25"))
    expect(page.locator("#search-progress")).to_have_text(re.compile("^(Found|Nothing)"))
    assert page.evaluate("[typeof window.pwned, document.images.length]") == ["undefined", 0]


def test_in_a_folder_the_old_index_answers(open_page, book):
    page = open_page(f"{book.as_uri()}/search.html?q=rope", fresh=True)
    expect(page.locator("#search-results a").first).to_be_visible()
    assert page.get_by_role("searchbox").evaluate("field => field === document.activeElement")


# --- type --------------------------------------------------------------------------------------------


def test_the_text_face_is_light_complete_and_moves_nothing(read, book):
    faces = list((book / "_static/type").glob("*.woff2"))
    assert len(faces) == 3 and sum(face.stat().st_size for face in faces) <= 60 * 1024
    style = (book / "_static/book.css").read_text("utf-8")
    assert style.count("font-display:optional") == style.count("@font-face") == 3
    page = read("chapters/rope")
    page.evaluate("document.fonts.ready")
    used = page.evaluate("[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family.replaceAll('\"', ''))")
    assert set(used) == {"Source Serif 4", "STIX Two Math"}
    from fontTools.ttLib import TTFont

    characters = TTFont(book / "_static/type/regular.woff2").getBestCmap()
    assert not set("abcXYZ0189.,;:?!’“”–—×−é") - set(map(chr, characters))


def test_a_page_whose_fonts_do_not_arrive_is_read_all_the_same(browser, site):
    page = browser.new_page()
    page.route("**/*.woff2", lambda route: route.abort())
    page.goto(f"{site}/chapters/notation.html")
    expect(page.locator("h1")).to_be_visible()
    page.evaluate(DRAWN)
    page.close()


def test_a_note_is_read_by_a_screen_reader(read):
    page = read("chapters/rope")
    page.locator('article p a[href="#pairings"]').first.focus()
    expect(note(page)).to_be_visible()
    page.evaluate(SAMPLED)
    assert violations(page, "aria-valid-attr-value", "aria-tooltip-name", "region", context={"include": [["#note"]]}) == {}
