/* The page without its explorers: theme, boxes that scroll, copy buttons, the place in the text. */
(() => {
  const root = document.documentElement
  const all = (selector) => [...document.querySelectorAll(selector)]

  // Theme: the button overrides the system and is remembered; until then the system is followed.
  const button = document.querySelector("button.theme")
  const stored = () => { try { return localStorage.getItem("theme") } catch { return null } }
  const show = (theme) => {
    root.dataset.theme = theme
    button.setAttribute("aria-pressed", theme === "dark")
  }
  show(root.dataset.theme)
  button.addEventListener("click", () => {
    show(root.dataset.theme === "dark" ? "light" : "dark")
    try { localStorage.setItem("theme", root.dataset.theme) } catch {}
  })
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
    if (!stored()) show(event.matches ? "dark" : "light")
  })

  // On paper everything is light, and solutions and folded code stand open. Before the explorers, which are drawn anew then.
  let screen = null
  addEventListener("beforeprint", () => {
    screen ??= { theme: root.dataset.theme, closed: all("details:not([open])") }
    root.dataset.theme = "light"
    for (const box of screen.closed) box.open = true
  }, { capture: true })
  addEventListener("afterprint", () => {
    if (!screen) return
    root.dataset.theme = screen.theme
    for (const box of screen.closed) box.open = false
    screen = null
  }, { capture: true })

  // A box that overflows can be scrolled by keyboard, and says what it is; one that doesn't is no tab stop.
  const boxes = all(".scroll, pre")
  const fit = (box) => {
    const over = box.scrollWidth > box.clientWidth
    if (over === box.hasAttribute("tabindex")) return
    if (over) {
      box.tabIndex = 0
      box.setAttribute("role", "group")
      box.setAttribute("aria-label", (box.dataset.what || "Code") + ", scrolls sideways")
    } else for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name)
  }
  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => fit(entry.target)))
  boxes.forEach((box) => sizes.observe(box))

  // Copy: one button for each block of code.
  if (navigator.clipboard) for (const code of all("div[class*=highlight-] > .highlight")) {
    if (code.closest(".cell_output")) continue
    const copy = Object.assign(document.createElement("button"), { className: "copy", type: "button", textContent: "copy" })
    copy.setAttribute("aria-label", "Copy this code")
    copy.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(code.querySelector("pre").textContent); copy.textContent = "copied" } catch { copy.textContent = "no access" }
      setTimeout(() => { copy.textContent = "copy" }, 1500)
    })
    code.append(copy)
  }

  // Mark the section being read.
  const links = new Map(all("nav.onpage a").map((link) => [decodeURIComponent(link.hash.slice(1)), link]))
  const sections = all("article section[id]").filter((section) => links.has(section.id))
  if (!sections.length) return
  let waiting = false
  const mark = () => {
    waiting = false
    const reached = sections.filter((section) => section.getBoundingClientRect().top < 120).pop()
    links.forEach((link, id) => link.toggleAttribute("data-here", id === reached?.id))
  }
  addEventListener("scroll", () => { if (!waiting) { waiting = true; requestAnimationFrame(mark) } }, { passive: true })
  mark()
})()
