// Tells when the page's theme or the figure's width changes, and when it is printed.

const PAPER = "640px"; // what A4 and Letter both hold between their margins

/** Calls `themed()`, `resized()`, once at the start too, and `printed(width)`, with "" after it; returns the clean-up. */
export function watchTheme(figure, listen, { themed, resized, printed }) {
  const theme = new MutationObserver(themed);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  listen(matchMedia("(prefers-color-scheme: dark)"), "change", themed);
  listen(window, "beforeprint", () => printed(PAPER));
  listen(window, "afterprint", () => printed(""));
  const size = new ResizeObserver(resized);
  size.observe(figure);
  listen(window, "resize", resized); // a window may change its height alone
  resized();
  return () => {
    theme.disconnect();
    size.disconnect();
  };
}
