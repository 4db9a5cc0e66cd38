"""How much of a picture is in the window while the hand is at a control: what the test of the rule and `python book.py bench` both ask."""

WINDOWS = [(1366, 657), (1920, 950), (820, 1100), (390, 700), (844, 390)]

# Of each explorer of a page: the least share, over its controls, each scrolled to and each focused, of its main panel and of its whole picture.
WORST = """() => [...document.querySelectorAll(".x-more")].map((box) => box.open = true) && Object.fromEntries([...document.querySelectorAll("figure.explorer")].map((figure) => {
    const bar = document.querySelector(".bar").getBoundingClientRect().bottom;
    const seen = (node) => {
        const { top, bottom, height } = node.getBoundingClientRect();
        return Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, bar)) / height;
    };
    const [main, whole] = [figure.querySelector("[data-main]"), figure.querySelector(".x-stage")];
    const [shares, hidden] = [[], []];
    const look = (how, control) => {
        shares.push([seen(main), seen(whole)]);
        const { top, bottom, left, right } = control.getBoundingClientRect();
        const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        if (!control.closest(".x-handles") && !figure.contains(there)) hidden.push(`${control.name || control.textContent}, ${how}`);
        if (whole.contains(there)) hidden.push(`${control.name || control.textContent}, ${how}, under the picture`);
    };
    for (const control of figure.querySelectorAll(".x-hands :is(input, select, textarea, .x-chip)")) {
        for (const [start, block] of [[0, "nearest"], [1e6, "nearest"], [0, "center"]]) {
            scrollTo(0, start);
            control.scrollIntoView({ block });
            if (!control.closest(".x-handles")) look(`scrolled to (${block})`, control);
        }
        for (const start of [0, 1e6]) {
            scrollTo(0, start);
            control.focus();
            look("focused", control);
            control.blur();
        }
    }
    return [figure.dataset.explorer, [Math.min(...shares.map(([share]) => share)), Math.min(...shares.map(([, share]) => share)), hidden]];
}))"""
