"""Measure the book's budgets, each beside its peer, in one run: `python book.py bench`.

Every line prints what was measured, our figure, the budget, and the peer measured in this same run.
Machines are noisy: compare within a run. A line that can't be measured here says why.
"""

import io
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts"), str(ROOT / "tests"), str(ROOT / "tests/browser")]

import find_browser  # noqa: E402
import lab as jupyterlab  # noqa: E402
import lesson  # noqa: E402
import numpy as np  # noqa: E402
import room  # noqa: E402
import serve  # noqa: E402
from every_explorer import states  # noqa: E402

from lib import recurrent as cells  # noqa: E402
from lib.explorers import every  # noqa: E402

STATES = 30  # random ones beside the corners, among which the slowest is looked for
FIGURE = re.compile(r'<figure class="explorer" data-explorer="([\w-]+)"')


def chapters():
    """The explorers of each page of a chapter, as the built pages name them."""
    explorers, found = every(), {}
    for path in sorted((ROOT / "_build/html/chapters").glob("*.html")):
        names = dict.fromkeys(FIGURE.findall(path.read_text("utf-8")))
        if names:
            found[f"chapters/{path.name}"] = [explorers[name] for name in names]
    return found


CHAPTERS = chapters()

# The settings at which an explorer's twin takes longest, of those given: the median of three runs each.
SLOWEST = """([name, states, given]) => {
  const times = states.map((state) => {
    const runs = [0, 1, 2].map(() => {
      const start = performance.now();
      explorers.twins[name](state, given);
      return performance.now() - start;
    });
    return runs.sort((a, b) => a - b)[1];
  });
  return times.indexOf(Math.max(...times));
}"""

# While the mouse drags: from each input event, before the explorer hears of it, until it has computed and
# drawn, and to a task after the frame that shows it. In ms.
LISTEN = """([name, settings]) => {
  const figure = document.querySelector(`figure[data-explorer="${name}"]`);
  figure.explorer.set(settings);
  window.drawn = [];
  window.painted = [];
  if (figure.watched) return;
  figure.watched = true;
  let start;
  figure.addEventListener('input', () => { start = performance.now(); }, { capture: true });
  figure.addEventListener('input', () => {
    drawn.push(performance.now() - start);
    const since = start;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => painted.push(performance.now() - since);
      channel.port2.postMessage(0);
    });
  });
}"""

# When the first explorer takes a value, and how much the page moves, from the page's own clock.
WATCH = """
  window.moved = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.moved += entry.value; })
    .observe({ type: 'layout-shift', buffered: true });
  const watch = new MutationObserver(() => {
    const figure = document.querySelector('figure.explorer');
    if (!figure?.explorer) return;
    watch.disconnect();
    const before = JSON.stringify(figure.explorer.frame());
    const [name, { value, min, max }] = Object.entries(figure.explorer.controls).find(([, { min }]) => min !== undefined);
    figure.explorer.set({ [name]: value === min ? max : min });
    window.answered = JSON.stringify(figure.explorer.frame()) !== before && performance.now();
    figure.explorer.set({ [name]: value });
  });
  watch.observe(document, { childList: true, subtree: true });
"""


def p95(values):
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def line(what, ours, budget, peer):
    print(f"{what:<58} {ours:>22}   budget {budget:<9} {peer}", flush=True)


def ms(values):
    return f"p50 {statistics.median(values):.1f}  p95 {p95(values):.1f} ms"


def redraw(explorer):
    """What ipywidgets and matplotlib do at each step: the figure anew, as a PNG."""
    times = []
    for _ in range(12):
        start = time.perf_counter()
        explorer.figure().savefig(io.BytesIO(), format="png", dpi=100)
        times.append(1000 * (time.perf_counter() - start))
    return times


def drag(page, kind, settings):
    """Drag every slider from end to end with the mouse, to and fro until it has told of enough steps, the others
    as the settings have them, and every word of an order to the other end; the times of all events."""
    page.evaluate(LISTEN, [kind.name, settings])
    figure = page.locator(f'figure[data-explorer="{kind.name}"]')
    words = figure.locator(".x-chip").all()
    for word in words:
        word.drag_to(words[-1])
    for slider in figure.locator(".x-slider input[type=range]").all():
        figure.evaluate("(figure, settings) => figure.explorer.set(settings)", settings)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        y = box["y"] + box["height"] / 2
        ends = [box["x"] + 10, box["x"] + box["width"] - 10]
        page.mouse.move(ends[0], y)
        page.mouse.down()
        before = page.evaluate("drawn.length")
        for sweep in range(12):  # a slider of few values tells of few steps in each
            page.mouse.move(ends[(sweep + 1) % 2], y, steps=40)
            if page.evaluate("drawn.length") - before >= 40:
                break
        page.mouse.up()
    return page.evaluate("drawn"), page.evaluate("painted")


def steps(browser, address, explorers):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    client = page.context.new_cdp_session(page)
    for kind in explorers:
        tried = list(states(kind, STATES))
        settings = tried[page.evaluate(SLOWEST, [kind.name, tried, kind.describe()["data"] | kind.on_demand()])]
        peer = f"ipywidgets + matplotlib redraw: p50 {statistics.median(redraw(kind(**settings))):.0f} ms"
        drag(page, kind, settings)  # warm up
        drawn, painted = drag(page, kind, settings)
        line(f"{kind.name}: slider event to computed and drawn", ms(drawn), "3 ms", peer)
        line(f"{kind.name}: slider event to painted", ms(painted), "20 ms", peer)
        client.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        line(f"{kind.name}: computed and drawn, CPU slowed 4 times", ms(drag(page, kind, settings)[0]), "12 ms", "")
        client.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    page.close()


def rooms(browser, base):
    """Of each explorer and window: the least share of main panel and whole picture that is seen with any control in the window."""
    print("picture in the window with any control there, main panel / whole (the rule: 1.00, and 0.95 of the whole in the two widest)")
    found = {}
    for width, height in room.WINDOWS:
        page = browser.new_page(viewport={"width": width, "height": height})
        for path in CHAPTERS:
            page.goto(base + path)
            for name, (main, whole, _) in page.evaluate(room.WORST).items():
                found.setdefault(name, []).append(f"{main:.2f}/{whole:.2f}")
        page.close()
    print(f"   {'':20}", *(f"{width}×{height}".rjust(10) for width, height in room.WINDOWS))
    for name, shares in found.items():
        print(f"   {name:20}", *(share.rjust(10) for share in shares))


def weigh(browser, url):
    """KiB over the wire from our own host, by kind, and the number of requests to others."""
    page = browser.new_page()
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    kinds, sizes, foreign = {}, {}, []
    host = url.split("/")[2]
    # A data: URL travels inside the file that holds it.
    client.on(
        "Network.responseReceived",
        lambda event: kinds.update({event["requestId"]: event["type"]}) if event["response"]["url"].startswith("http") else None,
    )
    client.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.on(
        "request",
        lambda request: foreign.append(request.url) if request.url.startswith("http") and request.url.split("/")[2] != host else None,
    )
    page.goto(url, wait_until="load")
    page.wait_for_load_state("networkidle")
    page.close()
    by_kind = {}
    for key, kind in kinds.items():
        by_kind[kind] = by_kind.get(kind, 0) + sizes.get(key, 0) / 1024
    return by_kind, len(foreign)


def stock(folder):
    """The same text built by jupyter-book as it comes; the folder of its pages."""
    (folder / "chapters").mkdir(parents=True)
    names = [page.replace(".html", "") for page in CHAPTERS]
    for name in (*(f"{name}.md" for name in names), "references.bib"):
        shutil.copy(ROOT / name, folder / name)
    rest = "".join(f"- file: {name}\n" for name in names[1:])
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: {names[0]}\nchapters:\n{rest}")
    (folder / "_config.yml").write_text(
        "title: stock\nexecute: {execute_notebooks: force}\nbibtex_bibfiles: [references.bib]\n"
        "sphinx: {extra_extensions: [sphinx_exercise]}\n"
    )
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(folder)]
    subprocess.run(command, capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return folder / "_build/html"


def lessons(browser, base):
    """Of each chapter: how much of its height is open code, and how far it is to the first picture."""
    page = browser.new_page(viewport=lesson.WINDOW)
    for name in CHAPTERS:
        page.goto(base + name)
        page.evaluate("() => document.fonts.ready")
        found = page.evaluate(lesson.LISTING)
        line(f"{name}, share of open code", f"{found['code']:.1%}", "15 %", "30 to 45 % at commit 62e5ccb")
        line(f"{name}, screens to the first explorer", f"{found['screens']:.2f}", "1.5", "3.6 to 8.2 at commit 62e5ccb")
    page.close()


def pages(browser, base, scratch):
    built = stock(scratch / "stock")
    for page in CHAPTERS:
        ours, foreign = weigh(browser, base + page)
        peer = "stock page: could not be built"
        if (built / page).exists():
            with serving(built) as address:
                theirs, others = weigh(browser, address + page)
            peer = f"stock jupyter-book: {sum(theirs.values()):.0f} KiB and {others} requests to other hosts, not counted"
        total, face = sum(ours.values()), ours.get("Font", 0)
        line(
            f"{page}, all transfers, gzip",
            f"{total:.0f} KiB, {total - face:.0f} without the text face, {foreign} foreign",
            "200, 150 KiB",
            peer,
        )
        print("   " + ", ".join(f"{kind.lower()} {size:.0f} KiB" for kind, size in sorted(ours.items())))
        answered, moved = [], []
        for _ in range(7):
            context = browser.new_context(viewport={"width": 412, "height": 823})
            tab = context.new_page()
            tab.add_init_script(WATCH)
            tab.goto(base + page, wait_until="load")
            tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            answered.append(tab.evaluate("window.answered"))
            assert answered[-1], "the value changed nothing"
            moved.append(tab.evaluate("window.moved"))
            context.close()
        line(f"{page}, first explorer answers, cold", ms(answered), "1000 ms", "")
        line(f"{page}, layout shift while loading", f"{max(moved):.4f}", "0.01", "")


def lstm():
    """Forward and backward of the LSTM, in turn with torch's own."""
    T, B, d, k = 64, 32, 64, 64
    rng = np.random.default_rng(0)
    weights = cells.LSTMWeights(rng.normal(size=(4, k, k)) / 8, rng.normal(size=(4, k, d)) / 8, np.zeros((4, k)))
    x, dh, zeros = rng.normal(size=(T, B, d)), rng.normal(size=(T, B, k)), np.zeros((B, k))
    runs = {"ours": lambda: cells.lstm_backward(cells.lstm_forward(x, zeros, zeros, weights), dh)}
    try:
        import torch
    except ImportError:
        torch = None
    for precision in ("float64", "float32") if torch else ():
        kind = getattr(torch, precision)
        layer = torch.nn.LSTM(d, k).to(kind)
        given, gradient = torch.tensor(x, dtype=kind, requires_grad=True), torch.tensor(dh, dtype=kind)
        runs[precision] = lambda layer=layer, given=given, gradient=gradient: layer(given)[0].backward(gradient)
    times = {name: [] for name in runs}
    for _ in range(30):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            times[name].append(1000 * (time.perf_counter() - start))
    ours, *theirs = (statistics.median(values) for values in times.values())
    peer = "torch.nn.LSTM: not installed here (pip install torch==2.13.0 into .venv)"
    if torch:
        peer = "torch.nn.LSTM: " + ", ".join(f"{p} {t:.1f} ms (ours {ours / t:.2f} of it)" for p, t in zip(("float64", "float32"), theirs))
    line(f"LSTM forward + backward, T {T}, B {B}, d = k = {k}, float64", ms(times["ours"]), "1.5 times", peer)


def lighthouse(base, chrome):
    page = max(CHAPTERS)  # the heaviest
    if not shutil.which("npx"):
        line("Lighthouse (mobile)", "not measured", "0.98", "needs Node.js, which was not found")
        return
    command = [
        "npx",
        "--yes",
        "lighthouse@12.8.2",
        base + page,
        "--output=json",
        "--quiet",
        "--chrome-flags=--headless " + " ".join(find_browser.ARGUMENTS),
    ]
    print("Running Lighthouse, five times …", flush=True)
    reports = []
    for _ in range(5):
        result = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"CHROME_PATH": chrome})
        if result.returncode:
            reason = result.stderr.strip().splitlines()[-1:] or ["no reason given"]
            line("Lighthouse (mobile)", "not measured", "0.98", reason[0][:90])
            return
        reports.append(json.loads(result.stdout)["categories"])
    for name, category in reports[0].items():
        scores = [report[name]["score"] for report in reports]
        wanted = "0.98" if name == "performance" else "1.00"
        told = f"{statistics.median(scores):.2f}, {min(scores):.2f} to {max(scores):.2f}"
        line(f"Lighthouse (mobile), {page}: {category['title']}", told, wanted, "")


def builds(scratch):
    copy = scratch / "book"
    skipped = shutil.ignore_patterns(".venv", "_build", ".git", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=skipped)
    for what, budget in (("from nothing", "90 s"), ("nothing changed", "10 s")):
        start = time.perf_counter()
        subprocess.run([sys.executable, str(copy / "scripts/build.py")], check=True, capture_output=True)
        line(f"book built, {what}", f"{time.perf_counter() - start:.1f} s", budget, "")


NOTEBOOK = {
    "explorer": "from lib.explorers.rope import RopeRotation\nRopeRotation()",
    "peer": "import matplotlib.pyplot as plt\nfrom ipywidgets import interact\nfrom lib.explorers.rope import RopeRotation\n"
    "explorer = RopeRotation()\n@interact(m=(0, 23))\ndef show(m):\n    explorer.m = m\n    from IPython.display import display\n"
    "    display(explorer.figure())\nplt.close('all')",
}
# From the slider's event to the picture's change to its paint, 40 times, in JupyterLab.
LAB_STEPS = """async ([peer]) => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  const times = [];
  const root = document.querySelector(peer ? '.jupyter-widgets-output-area, .widget-output, .jp-OutputArea-output' : 'figure.explorer');
  const area = peer ? document.querySelector('.widget-interact') : root;
  for (let i = 0; i < 40; i++) {
    await new Promise((done) => setTimeout(done, 30));
    const changed = new Promise((done) => {
      const watch = new MutationObserver((changes) => {
        const hit = changes.some(({ target, addedNodes }) => peer
          ? [...addedNodes].some((node) => node.querySelector?.('img, svg') || node.tagName === 'IMG')
          : target.tagName === 'path' || target.parentNode?.tagName === 'B' || target.tagName === 'B');
        if (hit) { watch.disconnect(); done(); }
      });
      watch.observe(area, { childList: true, subtree: true, attributes: true });
    });
    const start = performance.now();
    if (peer) {
      const handle = area.querySelector('.noUi-handle');
      handle.dispatchEvent(new KeyboardEvent('keydown', { key: i % 2 ? 'ArrowLeft' : 'ArrowRight', bubbles: true }));
    } else {
      const input = area.querySelector('input[name=m]');
      input.value = i % 24;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
    await changed;
    await painted();
    times.push(performance.now() - start);
  }
  return times;
}"""


def notebook(source):
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "cells": [{"id": "a", "cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}],
        }
    )


def lab(browser, scratch):
    jupyterlab.settle()
    folder = scratch / "lab"
    folder.mkdir()
    for name, source in NOTEBOOK.items():
        (folder / f"{name}.ipynb").write_text(notebook(source))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={folder}",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        wait_for(f"http://localhost:{port}/api")
        figures = {}
        for name, ready in (("explorer", "figure.explorer input[name=m]"), ("peer", ".widget-interact .noUi-handle")):
            page = browser.new_page(viewport={"width": 1280, "height": 1200})
            page.goto(f"http://localhost:{port}/lab/tree/{name}.ipynb?reset")
            page.locator(".jp-Notebook .jp-CodeCell").first.click()
            page.wait_for_function("() => document.body.textContent.includes('Idle')")
            page.keyboard.press("Shift+Enter")
            page.locator(ready).first.wait_for(state="attached", timeout=60_000)
            page.wait_for_function(
                "(peer) => document.querySelector(peer ? '.widget-interact img, .widget-interact svg' : '.x-source')", arg=name == "peer"
            )
            page.evaluate(LAB_STEPS, [name == "peer"])  # warm up
            figures[name] = page.evaluate(LAB_STEPS, [name == "peer"])
            page.close()
        line(
            "JupyterLab, kernel computes: slider to painted",
            ms(figures["explorer"]),
            "50 ms",
            f"interact + matplotlib in the same JupyterLab: {ms(figures['peer'])}",
        )
    finally:
        server.terminate()
        server.wait()


def wait_for(url, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            return urllib.request.urlopen(url, timeout=5)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


class serving:
    """The address under which a folder is served while the block runs."""

    def __init__(self, folder):
        self.server = serve.open_server(folder)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://localhost:{self.server.server_address[1]}/"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def main():
    chrome = find_browser.find()
    print("Measuring; some ten minutes. Figures are medians (p50) and 95th percentiles (p95).\n", flush=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright, serving(ROOT / "_build/html") as base:
        lstm()
        browser = playwright.chromium.launch(executable_path=chrome, args=list(find_browser.ARGUMENTS))
        for page, explorers in CHAPTERS.items():
            steps(browser, base + page, explorers)
        rooms(browser, base)
        lessons(browser, base)
        lab(browser, Path(scratch))
        pages(browser, base, Path(scratch))
        browser.close()
        lighthouse(base, chrome)
        builds(Path(scratch))


if __name__ == "__main__":
    main()
