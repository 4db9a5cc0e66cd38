"""Which texts of a picture lie on one another: what the test of the windows asks."""

# Of each explorer of a page: pairs of texts of its stage whose boxes share more than a hair.
COLLIDING = """() => Object.fromEntries([...document.querySelectorAll("figure.explorer")].map((figure) => {
    const leaves = [...figure.querySelectorAll(".x-stage :is(text, span, b, p, th, td)")].filter((node) =>
        node.checkVisibility() && !node.childElementCount && node.textContent.trim() && getComputedStyle(node).opacity > 0 &&
        !node.matches(".x-press, .x-name, .x-halo"));
    const cut = (node, { left, top, right, bottom }) => { // what is scrolled away isn't seen
        const frame = node.closest(".x-parts-frame")?.getBoundingClientRect() ?? { top, bottom };
        [top, bottom] = [Math.max(top, frame.top), Math.min(bottom, frame.bottom)];
        return { left, top, right, bottom, width: right - left, height: bottom - top };
    };
    const boxes = leaves.flatMap((node) => {
        if (node.tagName === "text") return [[node, cut(node, node.getBoundingClientRect())]];
        const range = document.createRange();
        range.selectNodeContents(node);
        return [...range.getClientRects()].map((box) => [node, cut(node, box)]);
    });
    const pairs = [];
    boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
        const [across, down] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
        const hair = Math.min(3.5, Math.min(a.height, b.height) / 3); // boxes hold the letters' ascents too
        if (one !== other && across > 2 && down > hair) pairs.push(`${one.textContent} | ${other.textContent}`);
    }));
    return [figure.dataset.explorer, pairs];
}))"""
