/* The page without its explorers: theme, boxes that scroll, copy buttons, the place in the text. */
(() => {
  const root = document.documentElement
  const all = (selector) => [...document.querySelectorAll(selector)]

  // Theme: the button overrides the system and is remembered; until then the system is followed.
  const button = document.querySelector("button.theme")
  const stored = () => { try { return localStorage.getItem("theme") } catch { return null } }
  const show = (theme) => {
    if (root.dataset.theme !== theme) root.dataset.theme = theme
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

  // Another tab's choice holds here too.
  addEventListener("storage", (event) => { if (event.key === "theme" && ["dark", "light"].includes(event.newValue)) show(event.newValue) })

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

  // A list that was opened closes when it has led somewhere.
  for (const list of all("nav[popover]")) list.addEventListener("click", (event) => { if (event.target.closest("a") && list.matches(":popover-open")) list.hidePopover() })

  // "/" leads to the search, from anywhere but a field that takes letters.
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return
    event.preventDefault()
    document.querySelector("a.search").click()
  })

  // Where was I: the section that was read last, in this browser alone.
  const book = new URL(root.dataset.content_root, location.href).href
  const read = () => { try { return JSON.parse(localStorage.getItem("places")) ?? {} } catch { return {} } }
  const page = location.href.replace(/[?#].*/, "").slice(book.length)
  const offer = (place) => {
    if (!place?.href?.startsWith || !/^[\w-]+(\/[\w-]+)*\.html#[\w-]+$/.test(place.href)) return
    const box = Object.assign(document.createElement("p"), { className: "place" })
    const link = Object.assign(document.createElement("a"), { href: book + place.href, textContent: place.title })
    const close = Object.assign(document.createElement("button"), { type: "button", textContent: "×" })
    close.setAttribute("aria-label", "Dismiss")
    const over = new AbortController()
    const end = () => { over.abort(); box.remove() }
    for (const one of [link, close]) one.addEventListener("click", end)
    box.append("You were reading ", link, close)
    document.querySelector("main").append(box)
    // It is an offer to who has just come: whoever reads on or turns something has answered it.
    for (const type of ["scroll", "input", "pointerdown"]) addEventListener(type, (event) => { if (!box.contains(event.target) && (type !== "scroll" || scrollY > 300)) end() }, { passive: true, signal: over.signal })
  }
  const places = read()
  if (!location.hash) offer(places[page.replace(/^(index|intro)\.html|^$/, "") || "last"])
  const keep = (section) => {
    const title = section.querySelector("h2, h3").cloneNode(true)
    for (const extra of title.querySelectorAll("annotation, .headerlink")) extra.remove()
    const place = { href: page + "#" + section.id, title: title.textContent }
    if (places[page]?.href === place.href) return
    Object.assign(places, { [page]: place, last: place })
    try { localStorage.setItem("places", JSON.stringify(places)) } catch {}
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
    if (reached) keep(reached)
  }
  addEventListener("scroll", () => { if (!waiting) { waiting = true; requestAnimationFrame(mark) } }, { passive: true })
  if (scrollY) mark()
})()
