"""The page in Chromium: accessible, quiet, whole on a phone, on a desk and on paper, and usable by keyboard."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import openpyxl
import pytest
from isthmus.core.report.html import html
from isthmus.core.run.report import report as write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: the page is not tried in a browser")

MEDIA = [(1440, "light"), (390, "dark")]
FEW = 10
"""Incidents of each tool in the small form."""


@pytest.fixture(scope="module")
def address(report, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html(report), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, address):
    """Open the page; afterwards it has asked the network for nothing, and the console is empty."""
    said, asked, contexts, addresses = [], [], [], set()

    def opened(width=1440, theme="light", address=address, *, script=True):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        addresses.add(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not said
    assert {url.partition("#")[0] for url in asked if not url.startswith("data:")} == addresses


def violations(page, which=None):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context=which).response["violations"]
    return [(each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"]) for each in found]


def beyond(page):
    """Give what sticks out of the page to the right, and scrolls nowhere."""
    return page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          const hidden = each => each.closest('.scroll, pre, [popover], .skip, .hidden');
          return [...document.body.querySelectorAll('*')].filter(each => !hidden(each)
            && each.getBoundingClientRect().right > wide + 1).map(each => each.outerHTML.slice(0, 120));
        }"""
    )


def check_fits(page, width, *, accessible=True):
    """Everything unfolded, the page is as wide as the window, and accessible, which takes long to find out."""
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    if accessible:
        assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert beyond(page) == []


@pytest.mark.parametrize(("width", "theme"), MEDIA)
def test_the_page_is_accessible_and_fits(open_page, tiny_report, tmp_path, width, theme):
    path = tmp_path / "tiny.html"
    path.write_text(html(tiny_report), encoding="utf-8")
    page = open_page(width, theme, path.as_uri())
    check_fits(page, width)


@pytest.mark.acceptance
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_large_page_is_accessible_and_fits(open_page, large_report, tmp_path, width, theme):
    path = tmp_path / "large.html"
    path.write_text(html(large_report), encoding="utf-8")
    page = open_page(width, theme, path.as_uri())
    check_fits(page, width)


def test_hostile_texts_stay_texts(open_page, tiny_report, tmp_path):
    nasty = "</script></style></title><script>window.pwned = 1</script><img src=x onerror=window.pwned=1>" + "x" * 3000
    ticket = tiny_report.breaches[0].model_copy(update={"title": nasty, "key": nasty, "url": "javascript:window.pwned=1"})
    figures = tuple(
        figure.model_copy(update={"value_of": nasty, "tickets": (ticket,)})
        if figure.dimension not in {None, "period"}
        else figure
        for figure in tiny_report.figures
    )
    path = tmp_path / "hostile.html"
    hostile = tiny_report.model_copy(update={"title": nasty, "breaches": (ticket,), "figures": figures})
    path.write_text(html(hostile), encoding="utf-8")
    page = open_page(390, "light", path.as_uri())
    assert page.evaluate("window.pwned") is None
    assert page.locator("img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert beyond(page) == []


def test_a_theme_has_colours_of_its_own(open_page):
    colours = [
        page.evaluate(
            "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.querySelector('svg path')).fill"
        )
        for page in (open_page(theme="light"), open_page(theme="dark"))
    ]
    assert colours[0] != colours[1]


def test_figures_lead_to_their_tickets_by_keyboard(open_page):
    page = open_page()
    figure = page.locator(".card button.figure").first
    figure.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    shown = page.locator("[popover]:popover-open")
    assert shown.count() == 1
    assert shown.locator("li a").first.get_attribute("href").startswith("https://")
    assert "isthmus report --period" in shown.inner_text()
    assert violations(page, "[popover]:popover-open") == []
    page.keyboard.press("Escape")
    assert shown.count() == 0
    assert page.evaluate("document.activeElement.className") == "figure"


def test_details_open_by_keyboard_and_hold_the_values(open_page):
    page = open_page(390)
    summary = page.locator("figure.chart summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("figure.chart details[open] table tbody tr").count() > 1


def test_without_scripts_figures_still_lead_to_their_tickets(open_page):
    page = open_page(script=False)
    page.locator(".card button.figure").first.click()
    assert page.locator("[popover]:popover-open li").count() > 1


def test_an_address_opens_the_tickets_that_it_names(open_page, address):
    page = open_page()
    page.goto(f"{address}#t2")
    assert page.locator("#t2:popover-open").count() == 1


CUT = """([width, which]) => [...document.querySelectorAll(which + ' *')].filter(each => !each.closest('svg, .hidden')
    && (each.getBoundingClientRect().right > width + 1
        || each.matches('.scroll, th, td, li, p, code') && each.scrollWidth > each.clientWidth + 1
            && getComputedStyle(each).display !== 'inline'))
    .map(each => each.outerHTML.slice(0, 160))"""
"""What paper of a width would not show whole."""
SPLIT = "[...document.querySelectorAll('figure.chart, .card, tr')].filter(each => getComputedStyle(each).breakInside !== 'avoid')"
PAPER = [(695, "section:not(#splits)"), (1024, "#splits")]
"""A4 less its margins, upright and on its side: what stands on it."""


def check_paper(page, width, which):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": width, "height": 1000})
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(CUT, [width, which]) == []


@pytest.mark.parametrize(("width", "which"), PAPER, ids=["upright", "landscape"])
def test_print_cuts_nothing(open_page, width, which):
    check_paper(open_page(theme="dark"), width, which)


def test_print_breaks_no_chart_and_lists_tickets(open_page):
    page = open_page()
    page.emulate_media(media="print")
    assert page.evaluate(SPLIT) == []
    assert page.locator("#tickets .cited.main").first.is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("tickets", "media"),
    [
        pytest.param(FEW, MEDIA, id="small"),
        pytest.param(
            10_000,
            [(width, theme) for width in (1440, 390) for theme in ("light", "dark")],
            id="full",
            marks=[pytest.mark.acceptance, pytest.mark.timeout(3600)],
        ),
    ],
)
def test_a_report_over_six_tools_holds_every_incident_and_is_whole_everywhere(
    collected, open_page, tmp_path, tickets, media
):
    """Page, workbook and JSON of the two years in which the sandboxes' incidents were opened."""
    files = [tmp_path / f"report.{end}" for end in ("html", "xlsx", "json")]
    done = write_report(collected(tickets), "2024-11-01..2026-11-30", files, now=datetime.now(UTC))
    assert (done.incomplete, done.incidents) == ((), 6 * tickets)
    told = json.loads(files[2].read_bytes())
    volume = {
        each["value_of"]: each["value"]
        for each in told["figures"]
        if (each["kpi"], each["dimension"]) == ("volume", "tool")
    }
    assert volume == {source["connection"]: tickets for source in told["sources"]}
    book = openpyxl.load_workbook(files[1], read_only=True)
    assert book["Tickets"].calculate_dimension(force=True).endswith(str(6 * tickets + 1))
    book.close()
    for width, theme in media:
        check_fits(open_page(width, theme, files[0].as_uri()), width, accessible=tickets > FEW)
    for width, which in PAPER:
        page = open_page(theme="dark", address=files[0].as_uri())
        check_paper(page, width, which)
        assert page.evaluate(SPLIT) == []
