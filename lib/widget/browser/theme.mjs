// Tells when the page's theme or the figure's width changes.

/** Calls `themed()` and `resized()`, the latter once at the start; returns the clean-up. */
export function watchTheme(figure, listen, { themed, resized }) {
  const theme = new MutationObserver(themed);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  listen(matchMedia("(prefers-color-scheme: dark)"), "change", themed);
  const size = new ResizeObserver(resized);
  size.observe(figure);
  resized();
  return () => {
    theme.disconnect();
    size.disconnect();
  };
}
