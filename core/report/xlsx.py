"""Write a report as a workbook: tables that Excel can sort and filter, charts of its own, and the facts of every incident.

Figures come from the report. What is long (breaches, open incidents, all incidents) is streamed from the table ``facts``
of the store, so that memory does not grow with it. The same report gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..export.sheets import ROWS, Sheets
from ..kpi.definitions import BY_ID
from ..kpi.figures import Dimension, Figure, KpiInfo, Report, Ticket, Unit
from ..kpi.tickets import rows as counted
from .book import Book, Column, Kind, Measured, text
from .tables import Figures
from .words import Words, met

if TYPE_CHECKING:
    from ..store.store import Store

FETCHED = 1000
"""Rows that are taken from the store at once."""
SORTED = 10_000
"""Rows that are sorted at once: what sorting takes would grow with them."""

_NAME = (Column("Connection"), Column("Incident", width=16), Column("Title", width=52))
_URL = Column("URL", Kind.LINK, 40)
_SUMMARY = (
    *(Column("KPI", width=30), Column("Value"), Column("Before"), Column("Trend", width=22), Column("Judgement")),
    *(Column("Goal"), Column("Goal met"), Column("Median"), Column("90% within"), Column("Incidents", Kind.NUMBER)),
)
_FIGURES = (
    *(
        Column("KPI", width=26),
        Column("Id", width=22),
        Column("By"),
        Column("Of", width=26),
        Column("Value"),
        Column("Before"),
    ),
    *(Column("Median"), Column("90% within"), Column("Incidents", Kind.NUMBER)),
)
_BREACHES = (
    *(*_NAME, Column("Clock"), Column("Priority", Kind.NUMBER, 9), Column("Service", width=20), Column("Group", width=20)),
    *(Column("Opened (UTC)", Kind.TIME, 17), Column("Target", Kind.SPAN), Column("Spent", Kind.SPAN)),
    *(Column("Over", Kind.SPAN), _URL),
)
_BACKLOG = (
    *(*_NAME, Column("Status"), Column("Priority", Kind.NUMBER, 9), Column("Service", width=20), Column("Group", width=20)),
    *(Column("Opened (UTC)", Kind.TIME, 17), Column("Age", Kind.SPAN), _URL),
)
_TIMES = ("Opened", "Acknowledged", "First response", "Resolved", "Closed", "Canceled")
_SPANS = ("Time to acknowledge", "Time to first response", "Time to resolve", "Time to close", "Paused until resolved")
_TICKETS = (
    *(*_NAME, Column("Status"), Column("Priority", Kind.NUMBER, 9), Column("Service", width=20), Column("Category")),
    *(Column("Group", width=20), Column("Tier"), Column("Major", Kind.FLAG, 8)),
    *(Column(f"{name} (UTC)", Kind.TIME, 17) for name in _TIMES),
    *(Column(name, Kind.SPAN, 12) for name in _SPANS),
    *(Column("Response target", Kind.SPAN, 12), Column("Response breached", Kind.FLAG, 10)),
    *(Column("Resolve target", Kind.SPAN, 12), Column("Resolve breached", Kind.FLAG, 10)),
    *(Column("Reopened", Kind.NUMBER, 10), Column("Moves", Kind.NUMBER, 8), Column("Escalations", Kind.NUMBER, 11)),
    *(Column("First contact", Kind.FLAG, 8), Column("Age", Kind.SPAN), _URL),
)

_BREACHES_SQL = """
select f.connection, f.key, f.title, '{clock}', f.priority, f.service, f.team, f.opened_at, f.{clock}_target,
    f.{clock}_spent, f.{clock}_spent - f.{clock}_target, f.url
from ({counted}) as c join facts as f using (connection, incident) where c.value = 0
order by 11 desc nulls last, f.connection, f.incident
"""
_BACKLOG_SQL = "select connection, key, title, status, priority, service, team, opened_at, age, url from facts where open"
_TICKETS_SQL = """
select connection, key, title, status, priority, service, category, team, tier, major, opened_at, acknowledged_at,
    first_response_at, resolved_at, closed_at, canceled_at, mtta, first_response, resolve, close, paused_resolve,
    response_target, response_breached, resolve_target, resolve_breached, reopen_count, hops, tiers, first_contact, age, url
from facts where touched
"""
_BOUNDS = """
select distinct opened_at from (select opened_at, row_number() over (order by opened_at) as place from ({rows}))
where place % {sorted} = 0 order by opened_at
"""
_SLICE = """
{rows} and ($first is null or opened_at >= $first::timestamp) and ($last is null or opened_at < $last::timestamp)
order by opened_at, connection, incident
"""


def write_xlsx(store: Store, report: Report, path: Path, *, limit: int = ROWS) -> None:
    """Write the workbook.

    Args:
        store: holds the table ``facts`` of the report's period.
        report: the report.
        path: the file; an older one is replaced.
        limit: rows of a sheet.

    Raises:
        UserError: the library is not installed.
    """
    say, figures = Words.of(report), Figures(report)
    infos = {info.id: info for info in report.kpis}
    with closing(Book(path, limit=limit)) as book:
        summary = book.table("Summary", _SUMMARY, _summary(report, figures, say))
        _trends(book, report, figures)
        book.table("Figures", _FIGURES, (_figure_row(infos[each.kpi], each) for each in report.figures))
        book.table("Breaches", _BREACHES, _breaches(store))
        _ageing(book, report)
        book.table("Backlog", _BACKLOG, _by_opening(store, _BACKLOG_SQL))
        _records(book, report, infos)
        book.table("Tickets", _TICKETS, _by_opening(store, _TICKETS_SQL))
        _about(book, summary, report, say)


def _fetched(store: Store, statement: str, values: dict[str, Any] | None = None) -> Generator[Sequence[Any]]:
    found = store.sql.execute(statement, values)
    while batch := found.fetchmany(FETCHED):
        yield from batch


def _by_opening(store: Store, rows: str) -> Generator[Sequence[Any]]:
    """Give incidents, those opened first at the begin."""
    found = store.sql.execute(_BOUNDS.format(rows=rows, sorted=SORTED)).fetchall()
    for first, last in pairwise([None, *(moment for (moment,) in found), None]):
        yield from _fetched(store, _SLICE.format(rows=rows), {"first": first, "last": last})


def _summary(report: Report, figures: Figures, say: Words) -> Generator[Sequence[Any]]:
    for info in report.kpis:
        figure = figures.overall(info.id)
        if figure is None:
            continue
        trend, kept = say.trend(info, figure), met(info, figure.value)
        yield (
            info.title,
            *_measured(info.unit, figure.value, figure.before),
            trend and trend.words,
            trend and trend.judgement,
            Measured(info.unit, info.goal),
            None if kept is None else "yes" if kept else "no",
            *_measured(info.unit, figure.median, figure.p90),
            figure.count,
        )


def _figure_row(info: KpiInfo, figure: Figure) -> Sequence[Any]:
    told = _measured(info.unit, figure.value, figure.before, figure.median, figure.p90)
    return (info.title, info.id, figure.dimension or "all", figure.value_of, *told, figure.count)


def _measured(unit: Unit, *values: float | None) -> tuple[Measured, ...]:
    return tuple(Measured(unit, value) for value in values)


def _breaches(store: Store) -> Generator[Sequence[Any]]:
    for clock in ("response", "resolve"):
        yield from _fetched(store, _BREACHES_SQL.format(clock=clock, counted=counted(BY_ID[f"sla_{clock}"], None)))


def _trends(book: Book, report: Report, figures: Figures) -> None:
    """Write each KPI's course as a column, and a chart of it below."""
    courses = {info: {each.value_of: each.value for each in figures.by(info.id, Dimension.PERIOD)} for info in report.kpis}
    begins = sorted({begin or "" for course in courses.values() for begin in course})
    columns = (Column("Begins"), *(Column(info.title, width=18) for info in courses))
    rows = ((begin, *(Measured(info.unit, course.get(begin)) for info, course in courses.items())) for begin in begins)
    sheets = book.table("Trends", columns, rows)
    if not begins:
        return
    last = len(begins)
    for number, info in enumerate(courses):
        chart = book.file.add_chart({"type": "column" if info.unit is Unit.COUNT else "line"})
        column = number + 1
        series = {"categories": ["Trends", 1, 0, last, 0], "values": ["Trends", 1, column, last, column]}
        _finish(chart, series, info.title)
        sheets.first.insert_chart(last + 2 + 16 * (number // 3), 4 * (number % 3), chart)


def _ageing(book: Book, report: Report) -> None:
    columns = (Column("Age", width=20), Column("Incidents", Kind.NUMBER), Column("For example", width=60))
    sheets = book.table("Ageing", columns, ((each.label, each.count, _keys(each.tickets)) for each in report.ageing))
    chart = book.file.add_chart({"type": "bar"})
    last = max(len(report.ageing), 1)
    _finish(chart, {"categories": ["Ageing", 1, 0, last, 0], "values": ["Ageing", 1, 1, last, 1]}, "Open incidents by age")
    chart.set_y_axis({"reverse": True})
    sheets.first.insert_chart(last + 2, 0, chart)


def _finish(chart: Any, series: dict[str, Any], title: str) -> None:
    line = {"fill": {"color": "#7FA8D1"}, "border": {"none": True}, "line": {"color": "#2F6CA8", "width": 2}, "gap": 40}
    chart.add_series({**series, **line})
    chart.set_title({"name": text(title), "name_font": {"size": 11}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_size({"width": 480, "height": 300})


def _records(book: Book, report: Report, infos: dict[str, KpiInfo]) -> None:
    _recurring(book, report)
    _majors(book, report)
    _agreement(book, report, infos)
    _quality(book, report)
    _sources(book, report)
    book.table(
        "Definitions",
        (Column("KPI", width=30), Column("Id", width=24), Column("Definition", width=140)),
        ((info.title, info.id, info.definition) for info in report.kpis),
    )


def _recurring(book: Book, report: Report) -> None:
    book.table(
        "Recurring",
        (
            *(Column("Words", width=40), Column("Incidents", Kind.NUMBER), Column("Before", Kind.NUMBER)),
            *(
                Column("Median time to resolve", Kind.SPAN, 16),
                Column("Connections", width=30),
                Column("Tickets", width=60),
            ),
        ),
        (
            (", ".join(each.words), each.count, each.before, each.seconds, ", ".join(each.connections), _keys(each.tickets))
            for each in report.recurring
        ),
    )


def _majors(book: Book, report: Report) -> None:
    book.table(
        "Majors",
        (
            *(*_NAME, Column("Status"), Column("Opened (UTC)", Kind.TIME, 17), Column("Resolved (UTC)", Kind.TIME, 17)),
            *(Column("Time to resolve", Kind.SPAN), Column("Review"), Column("Review's URL", Kind.LINK, 40), _URL),
        ),
        (
            (
                *_name(each.ticket),
                each.status,
                each.opened_at,
                each.resolved_at,
                each.seconds,
                each.review,
                each.review_url,
                each.ticket.url,
            )
            for each in report.majors
        ),
    )


def _agreement(book: Book, report: Report, infos: dict[str, KpiInfo]) -> None:
    book.table(
        "Vendor figures",
        (
            *(
                Column("Connection"),
                Column("KPI", width=26),
                Column("Vendor's field", width=36),
                Column("Compared", Kind.NUMBER),
            ),
            *(Column("Equal", Kind.NUMBER), Column("Why they differ", width=60), Column("Incidents", Kind.NUMBER)),
        ),
        (
            (each.connection, _title(infos, each.kpi), each.source, each.compared, each.equal, reason, count)
            for each in report.agreement
            for reason, count in each.reasons or (("", None),)
        ),
    )


def _quality(book: Book, report: Report) -> None:
    book.table(
        "Data quality",
        (
            *(Column("Finding", width=40), Column("Connection"), Column("Incidents", Kind.NUMBER)),
            Column("Meaning", width=80),
            Column("For example", width=60),
        ),
        ((each.title, each.connection, each.count, each.words, _keys(each.tickets)) for each in report.quality),
    )


def _sources(book: Book, report: Report) -> None:
    book.table(
        "Sources",
        (
            *(
                Column("Connection"),
                Column("Connector"),
                Column("Collected (UTC)", Kind.TIME, 17),
                Column("Incidents", Kind.NUMBER),
            ),
            *(Column("Held", Kind.NUMBER), Column("Vendor's count", Kind.NUMBER), Column("Census", Kind.NUMBER)),
            *(Column("Missing", Kind.NUMBER), Column("Complete", Kind.FLAG)),
        ),
        (
            (
                each.connection,
                each.connector,
                each.collected_at,
                each.incidents,
                each.held,
                each.vendor_count,
                each.census,
                each.missing,
                each.complete,
            )
            for each in report.sources
        ),
    )


def _about(book: Book, summary: Sheets, report: Report, say: Words) -> None:
    """Say below the summary what the workbook is, and where a table goes on."""
    line = max(summary.rows, 1) + 2
    facts = [
        ("Report", report.title),
        ("Period", f"{report.label}: {say.date(report.first)} until before {say.moment(report.last)}, {report.zone}"),
        ("As known on", f"{report.as_of:%Y-%m-%d %H:%M:%S} UTC"),
        *((f"Sheet {each.title}", _extent(each)) for each in book.made),
    ]
    for offset, (name, value) in enumerate(facts):
        summary.first.write_string(line + offset, 0, text(name), book.formats["heading"])
        summary.first.write_string(line + offset, 1, text(value))


def _extent(sheets: Sheets) -> str:
    further = f"; a sheet was full, the rest is on {sheets.title} 2 to {sheets.count}" if sheets.count > 1 else ""
    return f"{sheets.rows:,} rows{further}"


def _name(ticket: Ticket) -> tuple[str, str, str]:
    return ticket.connection, ticket.key, ticket.title


def _keys(tickets: Iterable[Ticket]) -> str:
    return ", ".join(ticket.key for ticket in tickets)


def _title(infos: dict[str, KpiInfo], kpi: str) -> str:
    return infos[kpi].title if kpi in infos else kpi
