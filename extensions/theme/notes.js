/* Notes where they are asked for: what a symbol of a formula means, what a link leads to. And a formula's TeX, to copy. */
(() => {
  const rows = document.querySelector("template#notes")?.content
  const article = document.querySelector("article")
  if (!rows || !article.showPopover) return
  const note = document.body.appendChild(Object.assign(document.createElement("div"), { id: "note", className: "note", popover: "manual" }))
  let about = null, waiting = 0

  // --- what is found ---------------------------------------------------------------------------
  const MARKS = { msub: "_", msup: "^", msubsup: "_^", mover: "~" }
  // The same text as `key` in extensions/notes.py.
  const key = (node) => {
    const parts = [...node.children].filter((child) => child.localName !== "annotation").map(key)
    const marks = MARKS[node.localName]
    if (marks) return parts[0] + parts.slice(1).map((part, at) => marks[at] + part).join("")
    return parts.join("") || node.textContent.trim()
  }
  const known = new Map(), indexed = new Map()
  for (const row of rows.querySelectorAll("p")) for (const one of row.dataset.of.split(" ")) {
    if (!known.has(one)) known.set(one, row)
    const [base, index] = one.split(/_(.*)/)
    if (index?.length === 1 && !indexed.has(base)) indexed.set(base, row)
  }
  const rowOf = (node) => {
    const whole = key(node).replace(/\^[⊤2*′]$/, ""), base = whole.split(/[_^~]/)[0]
    return known.get(key(node)) ?? known.get(whole) ?? (whole.includes("_") && indexed.get(base)) ?? null
  }
  // The widest symbol around a place of a formula that has a row: θ_i before θ.
  const symbolAt = (place) => {
    let found = null
    for (let node = place; node && node.localName !== "math"; node = node.parentNode) {
      if (node.localName === "mi" || node.localName in MARKS) found = rowOf(node) ? node : found
      else if (node !== place && !(node.parentNode.localName in MARKS)) break
    }
    return found
  }
  // All keys of one citation; else the one link.
  const together = (link) => {
    const group = link.closest(".bibtex-citation")
    return group ? [...group.querySelectorAll("a")] : [link]
  }
  const shownOf = (link) => {
    const [page, id] = link.getAttribute("href").split("#")
    if (page) return rows.querySelector(`[data-of="${CSS.escape(page)}"]`)
    const target = id && document.getElementById(decodeURIComponent(id))
    if (!target || target === article || target.closest("nav")) return null
    const section = target.localName === "section" ? target : target.localName === "span" && !target.textContent ? target.parentNode : null
    if (section?.localName === "section") {
      const head = section.querySelector(":scope > :is(h1, h2, h3, h4)"), text = section.querySelector(":scope > p")
      return head && [head, text]
    }
    return target.closest("figure.explorer") ? null : target.closest(".math-block, figure, table, .exercise, .citation, aside, p, li") ?? target
  }
  const copyOf = (node) => {
    const copy = node.cloneNode(true)
    for (const one of copy.querySelectorAll(".headerlink, .backrefs, details, script, button")) one.remove()
    for (const one of [copy, ...copy.querySelectorAll("[id]")]) one.removeAttribute("id")
    return copy
  }

  // --- what is shown ---------------------------------------------------------------------------
  const hide = () => {
    clearTimeout(waiting)
    about?.removeAttribute("aria-describedby")
    if (about?.localName === "button") about.setAttribute("aria-expanded", "false")
    about?.classList.remove("asked")
    about = null
    if (note.matches(":popover-open")) note.hidePopover()
  }
  const show = (anchor, contents) => {
    if (about === anchor) return
    hide()
    about = anchor
    note.replaceChildren(...contents)
    note.setAttribute("role", anchor.localName === "button" ? "group" : "tooltip")
    if (anchor.closest("math")) anchor.classList.add("asked")
    else if (anchor.localName === "button") {
      anchor.setAttribute("aria-expanded", "true")
      anchor.after(note) // the next tab stop
    } else anchor.setAttribute("aria-describedby", "note")
    note.showPopover()
    place()
  }
  const place = () => {
    const { left, top, bottom, width } = about.getBoundingClientRect(), own = note.getBoundingClientRect()
    if (bottom < 0 || top > innerHeight) return hide()
    const above = top - own.height - 8
    note.style.left = `${Math.max(8, Math.min(left + width / 2 - own.width / 2, document.documentElement.clientWidth - own.width - 8))}px`
    note.style.top = `${above > 60 ? above : bottom + 8}px`
  }
  const ask = (target) => {
    const formula = target.closest?.("math"), link = target.closest?.("article a.internal, article a.footnote-reference")
    if (link) {
      const contents = together(link).map(shownOf).flat().filter(Boolean).map(copyOf)
      if (contents.length) show(link, contents)
    } else if (formula) {
      const symbol = symbolAt(target)
      if (symbol) show(symbol, [copyOf(rowOf(symbol))])
    }
  }
  article.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return
    clearTimeout(waiting)
    waiting = setTimeout(ask, 250, event.target)
  })
  article.addEventListener("pointerout", (event) => {
    clearTimeout(waiting)
    if (about && !note.contains(event.relatedTarget) && document.activeElement !== about) waiting = setTimeout(hide, 250)
  })
  note.addEventListener("pointerover", () => clearTimeout(waiting))
  note.addEventListener("pointerleave", hide)
  article.addEventListener("focusin", (event) => ask(event.target))
  article.addEventListener("focusout", (event) => { if (event.relatedTarget !== about && !note.contains(event.relatedTarget)) hide() })
  article.addEventListener("click", (event) => (event.target.closest("math") ? ask(event.target) : event.target.closest("a, #note") || hide()))
  addEventListener("keydown", (event) => { if (event.key === "Escape" && about) { if (note.contains(document.activeElement)) about.focus(); hide(); event.stopPropagation() } }, true)
  addEventListener("scroll", () => about && place(), { passive: true })

  // --- a displayed formula by keyboard, and its TeX --------------------------------------------
  const tex = (formula) => formula.querySelector("annotation").textContent
  for (const block of document.querySelectorAll(".math-block")) {
    const formula = block.querySelector("math")
    const button = Object.assign(document.createElement("button"), { type: "button", className: "explain", textContent: "?" })
    button.setAttribute("aria-label", "Symbols of this formula, and its TeX")
    button.setAttribute("aria-expanded", "false")
    button.addEventListener("click", (event) => {
      event.stopPropagation()
      if (about === button) return hide()
      const meant = new Set([...formula.querySelectorAll("mi")].map(symbolAt).filter(Boolean).map(rowOf))
      const copy = Object.assign(document.createElement("button"), { type: "button", textContent: "copy TeX" })
      copy.addEventListener("click", async () => {
        try { await navigator.clipboard.writeText(tex(formula)); copy.textContent = "copied" } catch { copy.textContent = "no access: select it"; copy.after(Object.assign(document.createElement("code"), { textContent: tex(formula) })) }
      })
      show(button, [...[...meant].map(copyOf), copy])
    })
    block.append(button)
  }
  // A selection that is copied has the TeX of its formulas, not a letter a line.
  document.addEventListener("copy", (event) => {
    const selection = getSelection()
    if (selection.isCollapsed || document.activeElement.matches?.("input, textarea")) return
    const copy = Object.assign(document.createElement("div"), { style: "position:fixed;left:-99rem;white-space:pre-wrap" })
    for (let at = 0; at < selection.rangeCount; at++) copy.append(selection.getRangeAt(at).cloneContents())
    const around = selection.getRangeAt(0).commonAncestorContainer.parentElement?.closest("math")
    if (!around && !copy.querySelector("math")) return
    event.clipboardData.setData("text/html", copy.innerHTML)
    for (const formula of copy.querySelectorAll("math")) {
      const written = formula.querySelector("annotation")?.textContent ?? formula.textContent
      formula.replaceWith(formula.getAttribute("display") === "block" ? `$$${written}$$` : `$${written}$`)
    }
    for (const extra of copy.querySelectorAll("button, .headerlink, script")) extra.remove()
    document.body.append(copy) // only what is laid out has lines
    event.clipboardData.setData("text/plain", around ? tex(around) : copy.innerText)
    copy.remove()
    event.preventDefault()
  })
})()
