/* The search page. Over http it asks Pagefind's index; search.html falls back on Sphinx's own over file://. */
(async () => {
  const form = document.querySelector("form.searchform"), field = form.querySelector("input")
  const state = document.querySelector("#search-progress"), list = document.querySelector("#search-results")
  const LONGEST = 200, SECTIONS = 3
  const asked = (new URLSearchParams(location.search).get("q") ?? "").slice(0, LONGEST)
  field.value ||= asked // what was typed while this loaded stays
  field.focus()
  const root = new URL(document.documentElement.dataset.content_root, location.href)
  const element = (name, ...contents) => {
    const one = document.createElement(name)
    one.append(...contents)
    return one
  }
  const pagefind = await import(new URL("_static/pagefind/pagefind.js", root)).catch(() => null)
  if (!pagefind) return state.replaceChildren("The search's index could not be loaded. The chapters are listed under Contents.")
  const vocabulary = await (await fetch(new URL("_static/pagefind/words.json", root))).json()
  // How many letters are to be changed, put in, left out or exchanged with their neighbour.
  const apart = (a, b) => {
    const rows = [Array.from({ length: b.length + 1 }, (_, at) => at)]
    for (let i = 1; i <= a.length; i++) {
      rows.push([i])
      for (let j = 1; j <= b.length; j++) {
        rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] !== b[j - 1]))
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1)
      }
    }
    return rows[a.length][b.length]
  }
  // A word that the book doesn't have may be a slip: the nearest that it has, with one letter wrong, or two of a long one.
  const mended = (word) => {
    const low = word.toLowerCase()
    if (!/^[a-z]{4,30}$/.test(low) || vocabulary.some((known) => known.startsWith(low) || (low.startsWith(known) && low.length - known.length < 4))) return word
    const near = vocabulary.map((known) => [Math.abs(known.length - low.length) > 2 ? 9 : apart(low, known), known]).sort((a, b) => a[0] - b[0])[0]
    return near && near[0] <= (low.length > 6 ? 2 : 1) ? near[1] : word
  }
  await pagefind.options({ baseUrl: root.pathname, excerptLength: 26 })
  // An excerpt is escaped text with <mark> around what was found.
  const plain = (text) => text.replace(/&(lt|gt|quot|#39|#x27|amp);/g, (_, name) => ({ lt: "<", gt: ">", quot: '"', amp: "&" })[name] ?? "'")
  const excerpt = (text) => {
    const pieces = text.split(/<\/?mark>/).map(plain)
    return { nodes: pieces.map((piece, at) => at % 2 ? element("mark", piece) : piece), found: pieces.filter((_, at) => at % 2) }
  }
  // The browser itself marks the words where the link leads, where it knows how to.
  const address = (url, found) => url + (found.length ? (url.includes("#") ? "" : "#") + ":~:" + [...new Set(found)].slice(0, 3).map((word) => "text=" + encodeURIComponent(word).replace(/-/g, "%2D")).join("&") : "")
  const entry = (title, part) => {
    const { nodes, found } = excerpt(part.excerpt), link = element("a", title)
    link.href = address(part.url, found)
    const text = element("p", ...nodes)
    text.className = "context"
    return [link, text]
  }
  const last = (part) => /References$|Exercises$/.test(part.title) // they have a bit of everything
  let turn = 0
  const search = async (words) => {
    const mine = ++turn, term = words.trim().slice(0, LONGEST)
    history.replaceState(null, "", term ? `?q=${encodeURIComponent(term)}` : location.pathname)
    if (!term) return state.replaceChildren("Words, names, symbols, numbers."), list.replaceChildren()
    state.replaceChildren("Searching …")
    const meant = term.split(/\s+/).map(mended).join(" ")
    const { results } = await pagefind.search(meant)
    const pages = await Promise.all(results.slice(0, 10).map((result) => result.data()))
    if (mine !== turn) return
    const instead = meant === term.replace(/\s+/g, " ") ? "" : ` for “${meant}”`
    state.replaceChildren(pages.length ? `Found${instead} on ${pages.length} ${pages.length === 1 ? "page" : "pages"}.` : `Nothing found for “${term}”. Fewer or other words may help.`)
    list.replaceChildren(element("ul", ...pages.map((page) => {
      const parts = page.sub_results.filter((part) => part.url.includes("#")).sort((a, b) => last(a) - last(b) || b.weighted_locations.length - a.weighted_locations.length).slice(0, SECTIONS)
      const head = element("h2", Object.assign(element("a", page.meta.title), { href: page.url }))
      return element("li", head, ...(parts.length ? parts : [page]).flatMap((part) => entry(part.title ?? page.meta.title, part)))
    })))
  }
  let waiting = 0
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 200, field.value) })
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); search(field.value) })
  search(field.value)
})()
