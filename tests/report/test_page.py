"""What the page says, and that it is the same at every call."""

from __future__ import annotations

import re

import pytest
from isthmus.core.kpi.figures import Dimension
from isthmus.core.report.charts import arrivals, trend
from isthmus.core.report.cited import Citations
from isthmus.core.report.draw import draw
from isthmus.core.report.html import html
from isthmus.core.report.tables import Figures
from isthmus.core.report.words import Words


@pytest.fixture(scope="module")
def page(report):
    return html(report)


def test_the_same_report_gives_the_same_bytes(tiny_report):
    first, again = html(tiny_report), html(type(tiny_report).model_validate_json(tiny_report.model_dump_json()))
    assert first == again


@pytest.mark.unmeasured
def test_a_report_fits_into_a_mail(large_report):
    assert len(html(large_report).encode()) < 3_000_000


def test_nothing_is_asked_of_the_network(page):
    assert not re.search(r"<(?:link (?!rel=\"icon\")|script src|img|iframe|object|embed|base|form)|@import|url\(", page)
    assert "default-src 'none'" in page


def test_ids_are_unique_and_every_reference_has_its_target(page):
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    wanted = re.findall(r'(?:href="#|popovertarget="|aria-labelledby=")([^"]*)"', page)
    assert set(wanted) <= set(ids)


def test_every_kpi_has_its_card_definition_and_tickets(page, report):
    for info in report.kpis:
        assert page.count(f">{info.title}</a></h3>") == 1
        assert f"--tickets {info.id}</code>" in page
        assert f"--tickets {info.id} --by priority=1</code>" in page
    assert page.count(report.kpis[0].definition) == len(report.kpis)


def test_every_figure_with_tickets_leads_to_them(page, report):
    shown = [figure for figure in report.figures if figure.tickets]
    assert page.count('class="figure"') >= len(shown)
    ticket = next(figure for figure in report.figures if figure.dimension is Dimension.TOOL).tickets[0]
    assert f'<a class="key" href="{ticket.url}">{ticket.key}</a>' in page


@pytest.mark.parametrize(
    "words",
    [
        "5 of 6 complete",
        "the vendor counts calendar minutes, we count office hours",
        "Closed without having been resolved",
        "full_resolution_time_in_minutes.business",
        ">overdue<",
        ">printer<",
        "Europe/Berlin",
        "isthmus audit verify",
        "mon-fri",
        "1 critical",
    ],
)
def test_the_parts_of_the_page(page, words):
    assert words in page


@pytest.mark.unmeasured
def test_targets_stand_beside_what_was_kept_of_them(large_report):
    told = elements_of(html(large_report), "By priority")
    assert told[:5] == ["Priority", "Target", "Responded within target", "Target", "Resolved within target"]
    assert told[5:7] == ["1 critical", "15 min"]
    own = large_report.settings | {"connections": {"ops": {"targets": {"resolve": {"1": 60}}}}}
    assert "Target" not in elements_of(html(large_report.model_copy(update={"settings": own})), "By priority")[:3]


def elements_of(page, title):
    """Give the headings and cells of the first table under a title."""
    table = page[page.index(f"<h3>{title}</h3>") :].partition("</table>")[0]
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", table)
    return [re.sub(r"<[^>]*>", "", cell).replace("\N{NO-BREAK SPACE}", " ") for cell in cells]


def test_an_empty_report_says_so(tiny_report):
    none = dict.fromkeys(
        ("figures", "breaches", "arrivals", "recurring", "majors", "agreement", "quality", "sources", "ageing"), ()
    )
    page = html(tiny_report.model_copy(update={**none, "distributions": {}, "incidents": 0}))
    for words in (
        "No incidents.",
        "No incident went over a target.",
        "There was no major incident.",
        "No incident was opened.",
    ):
        assert words in page


def test_figures_without_values_are_dashes(tiny_report):
    figures = tuple(
        each.model_copy(update={"value": None, "median": None, "p90": None, "before": None, "tickets": ()})
        for each in tiny_report.figures
    )
    page = html(tiny_report.model_copy(update={"figures": figures}))
    assert "There are no values." in page
    assert "No value to compare with" in page


def test_charts_bring_no_ids_and_take_their_colours_from_the_page(report):
    cite = Citations(report, Words.of(report))
    course = Figures(report).by("mtta", Dimension.PERIOD)
    charts = [
        trend(next(info for info in report.kpis if info.id == "mtta"), course, cite),
        *arrivals(report.arrivals, "UTC"),
    ]
    for chart in charts:
        assert not re.search(r' (?:id|style|class|on\w+)="|<style|<script|url\(', chart.svg)
        colours = set(re.findall(r'(?:fill|stroke)="([^"]*)"', chart.svg))
        assert all(colour in {"none", "transparent"} or colour.startswith("var(--") for colour in colours), colours
        assert chart.words.endswith(".")
        assert chart.rows


def test_a_chart_has_the_size_it_is_asked_for():
    one = {"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a", "type": "quantitative"}}}
    assert 'viewBox="0 0 200 100"' in draw(one, width=200, height=100)


@pytest.mark.parametrize(
    ("days", "names"),
    [
        (("2026-01-01", "2026-02-01"), ("Jan", "Feb")),
        (("2025-12-01", "2026-01-01"), ("Dec 25", "Jan 26")),
        (("2026-01-01", "2026-01-05"), ("1 Jan", "5 Jan")),
    ],
)
def test_points_in_time_have_names(tiny_report, days, names):
    info = tiny_report.kpis[0]
    figures = [Figures(tiny_report).by(info.id, Dimension.PERIOD)[0].model_copy(update={"value_of": day}) for day in days]
    chart = trend(info, figures, Citations(tiny_report, Words.of(tiny_report)))
    assert tuple(name for name, _ in chart.rows) == names
