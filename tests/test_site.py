"""The built site as a reader meets it: every link leads somewhere, and every page draws what it should, in a real browser."""
import json
from contextlib import contextmanager
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
import yaml

from wtf_book.analysis.pareto import pareto_front
from wtf_book.site.gates import toc_pages

ROOT = Path(__file__).parent.parent
PAGES = toc_pages(yaml.safe_load((ROOT / "_toc.yml").read_text()))
FROM_DISK = {"nbs/index", "nbs/explorer", "nbs/results/throughput", "nbs/results/measured_here", "nbs/taxonomy",
             "nbs/models/low_rank/linformer", "nbs/site/figures", "nbs/reference/api", "nbs/reference/bibliography"}
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


# ---- the files ----


class Links(HTMLParser):
    """Ids of a page, and what it links to or loads."""

    def __init__(self, path: Path):
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids |= {found[key] for key in ("id", "name") if found.get(key)}
        target = found.get("href") or found.get("src")
        if target:
            loaded = tag in ("script", "img", "iframe", "source", "video") or (tag == "link" and found.get("rel") != "canonical")
            (self.loads if loaded else self.links).append(target)


@lru_cache(maxsize=None)
def links(path: Path) -> Links:
    return Links(path)


def pages_of(site: Path) -> list[Path]:
    return [path for path in site.rglob("*.html") if "_static" not in path.parts]


def test_every_page_is_built(site):
    absent = [page for page in PAGES if not (site / f"{page}.html").is_file()]
    assert not absent


def test_every_internal_link_resolves(site):
    broken = []
    for page in pages_of(site):
        for target in links(page).links + links(page).loads:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            path = path / "index.html" if path.is_dir() else path
            if not path.is_file():
                broken.append(f"{page.relative_to(site)} -> {target}")
            elif parts.fragment and path.suffix == ".html" and unquote(parts.fragment) not in links(path).ids:
                broken.append(f"{page.relative_to(site)} -> {target} (no such place on the page)")
    assert not broken, "\n".join(sorted(set(broken)))


def test_nothing_is_loaded_from_outside(site):
    outside = {f"{page.relative_to(site)}: {target}" for page in pages_of(site) for target in links(page).loads
               if urlsplit(target).scheme in ("http", "https") or target.startswith("//")}
    assert not outside


@pytest.mark.parametrize("page", PAGES)
def test_scripts_are_loaded_only_where_needed(site, page):
    text = (site / f"{page}.html").read_text(encoding="utf-8")
    assert ("plotly.min.js" in text) == ('class="wtf-plotly"' in text or 'id="wtf-explorer"' in text)
    assert ("explorer.js" in text) == ('id="wtf-explorer"' in text)


# ---- the pages in a browser ----


@contextmanager
def opened(browser, address, size, theme):
    """A page that is ready, and the list of everything that went wrong on it."""
    context = browser.new_context(viewport=size, color_scheme=theme)
    context.set_default_timeout(120_000)  # a busy machine is no fault of the page
    page, faults = context.new_page(), []
    home = address.split("/nbs/")[0]
    page.on("request", lambda r: None if r.url.startswith((home, "data:", "blob:")) else faults.append(f"outside: {r.url}"))
    page.on("response", lambda r: faults.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.on("console", lambda m: faults.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    try:
        page.goto(address)
        page.wait_for_load_state("load")
        page.evaluate("() => window.MathJax && MathJax.startup && MathJax.startup.promise")
        yield page, faults
    finally:
        context.close()


LOOK = """() => {
  const seen = element => element.getClientRects().length > 0;
  const own = svg => [...svg.querySelectorAll('text')].find(t => !t.style.fill && !t.closest('[style*=fill]'));
  const drawings = [...document.querySelectorAll('.wtf-figure [role=img] svg')].filter(seen);
  return {
    scroll: document.documentElement.scrollWidth - window.innerWidth,
    figures: document.querySelectorAll('.wtf-figure').length,
    undrawn: [...document.querySelectorAll('.wtf-figure')].filter(f => {
      const shapes = [...f.querySelectorAll('svg')].filter(seen).flatMap(s => [...s.querySelectorAll('path, use, rect, circle')]);
      return !shapes.some(shape => { const box = shape.getBoundingClientRect(); return box.width + box.height > 2; });
    }).map(f => f.id),
    interactive: [...document.querySelectorAll('.wtf-plotly')]
      .filter(p => !p.querySelector('.main-svg :is(.point, .js-line, .bars path, .slice, image)')).length,
    directives: [...document.querySelectorAll('.cell_input pre')].map(e => e.textContent).filter(t => t.startsWith('#|')),
    outputs: [...document.querySelectorAll('.cell_output')].map(e => e.textContent).join('\\n'),
    unnamed: [...document.querySelectorAll('.wtf-figure')].filter(f => !(f.getAttribute('aria-label') ||
      (f.querySelector('[aria-label]') || { getAttribute: () => '' }).getAttribute('aria-label'))).map(f => f.id),
    formulas: document.querySelectorAll('.bd-article .math').length,
    untypeset: [...document.querySelectorAll('.bd-article .math')].filter(m => !m.querySelector('mjx-container svg path, mjx-container svg use'))
      .map(m => m.textContent.slice(0, 60)),
    ink: drawings.map(svg => [own(svg), svg]).filter(([text]) => text)
      .map(([text, svg]) => [getComputedStyle(text).fill, getComputedStyle(svg.closest('article')).color]),
    boxes: [...document.querySelectorAll('div.cell_output .text_html')].filter(seen)
      .map(box => getComputedStyle(box).backgroundColor).filter(color => color !== 'rgba(0, 0, 0, 0)'),
    small: [...new Set(drawings.flatMap(svg => [...svg.querySelectorAll('text')])
      .map(t => Math.round(10 * parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a) / 10).filter(px => px > 0 && px < 7))],
  };
}"""


FITS = """() => [...document.querySelectorAll('.wtf-plotly .main-svg')].every(
  svg => svg.getBoundingClientRect().width <= svg.closest('.wtf-plotly').clientWidth + 1)"""


def check_page(page, faults):
    if page.locator(".wtf-plotly").count():
        page.wait_for_function("() => !document.querySelector('.wtf-plotly:not(.wtf-drawn)')")
    look = page.evaluate(LOOK)
    assert not faults
    assert look["scroll"] <= 0, "the page scrolls sideways"
    assert not look["undrawn"] and not look["interactive"], "figures without a drawing"
    assert not look["unnamed"], "figures without a description"
    assert not look["untypeset"], "formulas that are not typeset"
    assert all(ink == text for ink, text in look["ink"]), "figures must use the colour of the text"
    assert not look["boxes"], "outputs on a box of another colour"
    assert not look["directives"], "nbdev's directives on the page"
    for mark in ("/root/", "/home/", "/tmp/", "Traceback (most recent call last)"):
        assert mark not in look["outputs"], f"an output with {mark}"
    return look


@pytest.mark.parametrize("name", PAGES)
def test_page(browser, server, name):
    """Every page over http: wide and light, then the same page as a phone in dark mode."""
    with opened(browser, f"{server}/{name}.html", WIDE, "light") as (page, faults):
        check_page(page, faults)
        bars = "() => [...document.querySelectorAll('.search-button-field, .bd-search')].filter(e => e.getClientRects().length).length"
        assert page.evaluate(bars) == 1, "one search bar"
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="dark")
        page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
        page.wait_for_function(FITS)
        check_page(page, faults)


@pytest.mark.parametrize("name", [page for page in PAGES if page in FROM_DISK])
def test_page_from_a_file(browser, site, name):
    """Pages of every kind from the disk, as a phone in dark mode from the start."""
    with opened(browser, f"file://{site}/{name}.html", PHONE, "dark") as (page, faults):
        check_page(page, faults)
        brightness = page.evaluate("() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)")
        assert max(brightness) < 60, "a dark page"


def test_the_book_has_figures_and_formulas(browser, server):
    seen = {"figures": 0, "formulas": 0}
    for name in ("nbs/results/throughput", "nbs/models/low_rank/linformer", "nbs/taxonomy"):
        with opened(browser, f"{server}/{name}.html", WIDE, "light") as (page, faults):
            look = check_page(page, faults)
            seen = {key: seen[key] + look[key] for key in seen}
    assert seen["figures"] >= 3 and seen["formulas"] >= 5, seen


def test_figures_follow_the_theme_and_the_column(browser, server):
    with opened(browser, f"{server}/nbs/site/figures.html", WIDE, "light") as (page, faults):
        check_page(page, faults)
        assert page.locator("#toy-live .wtf-wide").is_visible() and not page.locator("#toy-live .wtf-narrow").is_visible()
        colour = "() => getComputedStyle(document.querySelector('#toy-interactive .xtitle')).fill"
        light = page.evaluate(colour)
        page.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
        page.wait_for_function(f"before => ({colour})() !== before", arg=light)
        check_page(page, faults)
        page.set_viewport_size(PHONE)
        page.wait_for_function(FITS)
        assert page.locator("#toy-live .wtf-narrow").is_visible() and not page.locator("#toy-live .wtf-wide").is_visible()
        check_page(page, faults)


# ---- the explorer ----

EXPLORER = "nbs/explorer.html"
DRAWN = """() => {
  const plot = document.querySelector('#wtf-explorer .plot'), front = plot.data.find(t => t.name === 'Pareto front');
  return { x: plot.layout.xaxis.title.text, y: plot.layout.yaxis.title.text, types: [plot.layout.xaxis.type, plot.layout.yaxis.type],
    front: front ? front.x.map((x, i) => [x, front.y[i]]) : null, visible: plot.querySelector('.xtitle').textContent,
    points: plot.querySelectorAll('.scatterlayer .point').length,
    marks: plot.data.filter(t => t.mode === 'markers').flatMap(t => t.x.map((x, i) => [x, t.y[i]])) };
}"""


@contextmanager
def explorer(browser, address, choices="", size=WIDE, theme="light"):
    with opened(browser, f"{address}/{EXPLORER}{choices}", size, theme) as (page, faults):
        page.wait_for_selector("#wtf-explorer .scatterlayer .point")
        content = json.loads(page.locator("#wtf-explorer-data").text_content())
        yield page, content, pd.DataFrame(content["rows"])
        assert not faults


def expected_front(rows, metrics, x, y):
    """Shown values of the front that Python finds, without repeated points."""
    goals = {"minimise": [], "maximise": []}
    for key in {x, y}:
        goals["maximise" if metrics[key]["better"] == "higher" else "minimise"].append(key)
    front = rows[pareto_front(rows.astype({x: float, y: float}), **goals)]
    return sorted({(round(a / metrics[x]["scale"], 9), round(b / metrics[y]["scale"], 9)) for a, b in zip(front[x], front[y])})


def drawn_front(page):
    return sorted({(round(x, 9), round(y, 9)) for x, y in page.evaluate(DRAWN)["front"] or []})


@pytest.mark.parametrize("x, y", [
    ("throughput_ips", "top1_best"), ("params", "top1_best"), ("infer_mem_bs32_bytes", "throughput_ips"),
    ("macs", "train_mem_total_bytes"), ("top1_best", "gpu_hours"),
])
def test_the_front_is_the_one_python_finds(browser, server, x, y):
    with explorer(browser, server, f"#x={x}&y={y}") as (page, content, rows):
        metrics, published = content["metrics"], rows[rows["source"] == content["sources"][0]]
        assert drawn_front(page) == expected_front(published, metrics, x, y)
        complete = published.dropna(subset=[x, y])
        assert page.evaluate(DRAWN)["points"] >= len(complete) == page.locator("#wtf-explorer tbody tr").count()
        page.get_by_label("Resolution").select_option("224")
        small = published[published["px"] == 224]
        assert drawn_front(page) == expected_front(small, metrics, x, y)
        page.get_by_label("Class").select_option("sequence")
        chosen = small[small["classes"].map(lambda classes: "sequence" in classes)]
        assert drawn_front(page) == expected_front(chosen, metrics, x, y)
        marked = page.locator("#wtf-explorer tbody tr.on-front").count()
        page.get_by_label("Pareto front").select_option("only")
        assert page.locator("#wtf-explorer tbody tr").count() == marked > 0


def test_every_source_can_be_chosen(browser, server):
    with explorer(browser, server) as (page, content, rows):
        for source in content["sources"]:
            page.get_by_label("Source").select_option(source)
            page.get_by_label("Vertical axis").select_option("throughput_ips")
            page.get_by_label("Horizontal axis").select_option("params")
            own = rows[rows["source"] == source].dropna(subset=["params", "throughput_ips"])
            assert len(page.evaluate(DRAWN)["marks"]) == len(own) > 0
            assert drawn_front(page) == expected_front(own, content["metrics"], "params", "throughput_ips")


def test_the_explorer_reacts_and_remembers(browser, site):
    with explorer(browser, f"file://{site}") as (page, content, rows):
        before, table = page.evaluate(DRAWN), page.locator("#wtf-explorer table").inner_text()
        page.get_by_label("Horizontal axis").select_option("macs")
        page.get_by_label("Horizontal scale").select_option("linear")
        after = page.evaluate(DRAWN)
        assert "Multiply-adds" in after["visible"] and after["x"] != before["x"] and after["types"][0] == "linear"
        assert "less is better" in after["x"] and "more is better" in before["x"] and before["types"][0] == "log"
        assert after["front"] != before["front"] and page.locator("#wtf-explorer table").inner_text() != table
        address = page.url.split("#")[1]
    with explorer(browser, f"file://{site}", f"#{address}", PHONE, "dark") as (page, content, rows):
        assert page.evaluate(DRAWN)["front"] == after["front"] and page.get_by_label("Horizontal axis").input_value() == "macs"
        page.evaluate("() => { location.hash = 'x=params&y=nonsense&px=7'; }")
        page.wait_for_function("() => document.querySelector('#wtf-explorer .xtitle').textContent.startsWith('Parameters')")
        assert page.get_by_label("Vertical axis").input_value() == "top1_best" and page.get_by_label("Resolution").input_value() == "all"


def test_the_explorer_works_with_the_keyboard(browser, server):
    with explorer(browser, server) as (page, content, rows):
        page.get_by_label("Vertical axis").focus()
        before = page.evaluate(DRAWN)["y"]
        page.keyboard.press("ArrowDown")
        page.wait_for_function("before => document.querySelector('#wtf-explorer .plot').layout.yaxis.title.text !== before", arg=before)
        heading = page.locator("#wtf-explorer thead button").first
        heading.focus()
        page.keyboard.press("Enter")
        names = page.locator("#wtf-explorer tbody th").all_inner_texts()
        assert names == page.evaluate("names => [...names].sort((a, b) => a.localeCompare(b))", names)
        assert page.evaluate("() => document.activeElement.closest('th').getAttribute('aria-sort')") == "ascending"
        page.get_by_role("button", name="Swap axes").focus()
        page.keyboard.press("Space")
        page.wait_for_function("() => document.querySelector('#wtf-explorer .yaxis, #wtf-explorer .ytitle') && "
                               "document.querySelector('#wtf-explorer .ytitle').textContent.startsWith('Throughput')")


def test_a_selection_without_runs_says_so(browser, server):
    with explorer(browser, server) as (page, content, rows):
        published = rows[rows["source"] == content["sources"][0]]
        empty = next((key for key in content["metrics"] if published[key].isna().all()), None)
        if empty is None:
            pytest.skip("every metric has a value in the published runs")
        page.get_by_label("Horizontal axis").select_option(empty)
        assert "No run of this selection" in page.locator("#wtf-explorer .front").inner_text()
        assert page.locator("#wtf-explorer tbody tr").count() == 0
