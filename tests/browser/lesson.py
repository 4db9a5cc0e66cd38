"""How much of a chapter is a listing: what the test of the lesson and `python book.py bench` both ask, in a window of 1366 × 657."""

WINDOW = {"width": 1366, "height": 657}

# Of a page as it is loaded: the share of its height that is open code, and the screens down to its first explorer.
LISTING = """() => {
    const article = document.querySelector("article");
    const open = [...article.querySelectorAll("div[class*=highlight-]")].filter((block) =>
        !block.closest(".cell_output") && !block.parentElement.closest("div[class*=highlight-]") && block.checkVisibility());
    const height = (node) => node.getBoundingClientRect().height;
    const first = article.querySelector("figure.explorer");
    return {
        code: open.reduce((sum, block) => sum + height(block), 0) / height(article),
        screens: first ? (first.getBoundingClientRect().top + scrollY) / innerHeight : null,
        imports: open.filter((block) => /^(from|import|%)\\s?\\w/m.test(block.textContent)).map((block) => block.textContent),
    };
}"""
