"""Pictures of one explorer to look at: `python book.py look rope-rotation`.

Into _build/look: light, dark and 390 px wide, each before and after a turn of its main control, and the figure on paper.
No book is built for it.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/browser")]

import find_browser  # noqa: E402

from lib.explorers import every  # noqa: E402
from lib.widget.page import document_of  # noqa: E402

LOOKS = {"light": (900, "light"), "dark": (900, "dark"), "390px": (390, "light")}


def main(name):
    explorers = every()
    if name not in explorers:
        sys.exit(f"explorer: expected one of {', '.join(sorted(explorers))}, got {name!r}")
    shown, out = explorers[name](), ROOT / "_build/look"
    out.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        shown.figure(dark=theme == "dark").savefig(out / f"{name}-paper-{theme}.png", dpi=120)
    chrome = find_browser.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chrome, args=list(find_browser.ARGUMENTS))
        for look, (width, theme) in LOOKS.items():
            page = browser.new_page(viewport={"width": width, "height": 900}, device_scale_factor=2)
            page.set_content(document_of(shown).replace('data-theme="light"', f'data-theme="{theme}"'))
            figure = page.locator("figure.explorer")
            for moment in ("before", "after"):
                figure.screenshot(path=out / f"{name}-{look}-{moment}.png")
                control = shown.controls[shown.play]
                turned = control.low + 0.75 * (control.high - control.low)
                figure.evaluate("(figure, values) => figure.explorer.set(values)", {shown.play: turned})
        browser.close()
    for path in sorted(out.glob(f"{name}-*.png")):
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1])
