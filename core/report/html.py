"""Render a report as one HTML file that needs nothing else: no network, no font, and no script to be read.

Every text of a vendor or a person is escaped by the template engine, and rid of what HTML cannot hold. The same report
gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ..config.written import to_yaml
from ..extras import extra
from ..kpi.figures import Dimension, KpiInfo, Report, Ticket
from ..model import format_time
from .charts import Chart, arrivals, bins, comparison, trend
from .cited import Cell, Citations, Cited
from .tables import Card, Figures, Row, Table, breakdown, cards, complete, summary
from .words import Words, clean, command, link, short

PAGE = Path(__file__).parent / "page"
LISTED = 25
"""Rows of a list of incidents that are shown; the rest folds away."""
CONTENTS = (
    ("summary", "Summary"),
    ("trends", "Over time"),
    ("distributions", "Distribution"),
    ("arrival", "Arrival"),
    ("sla", "Service levels"),
    ("majors", "Major incidents"),
    ("recurring", "Recurring issues"),
    ("tools", "Tools"),
    ("splits", "Breakdown"),
    ("vendors", "Vendor figures"),
    ("quality", "Data quality"),
    ("sources", "Sources"),
    ("definitions", "Definitions"),
    ("verify", "How to verify"),
)
"""The sections: id and title."""
TARGETS = {"sla_response": "first_response", "sla_resolve": "resolve"}
"""KPI that tells how far targets were kept -> where the settings name them."""
_SPLITS = {
    "Tools": Dimension.TOOL,
    "Priorities": Dimension.PRIORITY,
    "Services": Dimension.SERVICE,
    "Categories": Dimension.CATEGORY,
    "Assignment groups": Dimension.GROUP,
}


@dataclass(frozen=True, slots=True)
class View:
    """What the template shows, in the order in which it does."""

    report: Report
    say: Words
    summary: list[str]
    complete: tuple[int, int]
    cards: list[Card]
    trends: list[Chart]
    distributions: list[Chart]
    ageing: Chart
    arrivals: tuple[Chart, ...]
    targets: tuple[Table, ...]
    recurring: list[Cell]
    tools: list[Chart]
    splits: list[Table]
    quality: list[Cell]
    breaches: list[tuple[Ticket, str]]
    late: list[tuple[str, str]]
    titles: dict[str, str]
    last_day: str
    day_before: str
    settings: str
    cited: list[Cited]
    contents: tuple[tuple[str, str], ...] = CONTENTS


def html(report: Report) -> str:
    """Give the report as HTML.

    Raises:
        UserError: a library of the extra ``report`` is not installed.
    """
    say = Words.of(report)
    cite = Citations(report, say)
    page = _environment(say).get_template("page.html")
    return page.render(view=_view(report, say, cite))


def _environment(say: Words) -> Any:
    jinja2: Any = extra("jinja2", "report")
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"short": short, "link": link, "duration": say.duration, "moment": say.moment, "value": say.value}
    made.globals["listed"] = LISTED
    return made


def _clean(value: Any) -> Any:
    """Clean what a template shows; markup is clean, since only this package makes it."""
    return clean(value) if type(value) is str else value


def _view(report: Report, say: Words, cite: Citations) -> View:
    figures = Figures(report)
    infos = {info.id: info for info in report.kpis}
    splits = [breakdown(title, dimension, report.kpis, figures, cite) for title, dimension in _SPLITS.items()]
    return View(
        report=report,
        say=say,
        summary=summary(report, figures, say),
        complete=complete(report),
        cards=cards(report, figures, cite),
        trends=[trend(info, course, cite) for info in report.kpis if (course := figures.by(info.id, Dimension.PERIOD))],
        distributions=_distributions(report, infos, figures, cite),
        ageing=bins("Age of open incidents", _ageing(report), report.ageing, cite, "Open since", days=True),
        arrivals=arrivals(report.arrivals, report.zone),
        targets=_targets(report, infos, figures, cite),
        recurring=[
            cite.others(f"Recurring: {', '.join(each.words)}", each.tickets, f"{each.count:,}") for each in report.recurring
        ],
        tools=[
            comparison(info, tools, cite) for info in report.kpis if len(tools := figures.by(info.id, Dimension.TOOL)) > 1
        ],
        splits=[split for split in splits if split],
        quality=[cite.others(each.title, each.tickets, f"{each.count:,}") for each in report.quality],
        breaches=[(each, "" if each.value is None else say.duration(each.value)) for each in report.breaches],
        late=_late(report, infos, figures),
        titles={info.id: info.title for info in report.kpis},
        last_day=say.date(report.last - timedelta(seconds=1)),
        day_before=say.date(report.first - timedelta(seconds=1)),
        settings=to_yaml(report.settings),
        cited=cite.lists,
    )


def _distributions(report: Report, infos: dict[str, KpiInfo], figures: Figures, cite: Citations) -> list[Chart]:
    made: list[Chart] = []
    for kpi, found in report.distributions.items():
        info, figure = infos[kpi], figures.overall(kpi)
        middle = figure and figure.median
        ninety = figure and figure.p90
        words = (
            f"Half within {cite.say.value(info.unit, middle)}, 90% within {cite.say.value(info.unit, ninety)}."
            if middle is not None and ninety is not None
            else ""
        )
        made.append(bins(_of_one(info), words, found, cite, "Value"))
    return made


def _of_one(info: KpiInfo) -> str:
    """Give the title of a KPI for single incidents, whose values are no mean."""
    return info.title.removeprefix("Mean ").capitalize()


def _late(report: Report, infos: dict[str, KpiInfo], figures: Figures) -> list[tuple[str, str]]:
    """Say of each kind of target how many incidents missed it, with the command that lists them."""
    late: list[tuple[str, str]] = []
    for kpi in (kpi for kpi in TARGETS if kpi in infos):
        figure = figures.overall(kpi)
        if figure is not None and figure.value is not None:
            missed = round(figure.count * (1 - figure.value))
            words = f"{infos[kpi].title}: by all but {missed:,} of {figure.count:,} incidents."
            late.append((words, command(report.label, format_time(report.as_of), kpi)))
    return late


def _ageing(report: Report) -> str:
    total = sum(each.count for each in report.ageing)
    return f"{total:,} incidents were open at the end of the period." if total else "No incident was open at the end."


def _targets(report: Report, infos: dict[str, KpiInfo], figures: Figures, cite: Citations) -> tuple[Table, ...]:
    shares = [infos[kpi] for kpi in TARGETS if kpi in infos]
    by_priority = breakdown("By priority", Dimension.PRIORITY, shares, figures, cite)
    made = (
        by_priority and _with_targets(by_priority, report, shares, cite.say),
        breakdown("By tool", Dimension.TOOL, shares, figures, cite),
    )
    return tuple(table for table in made if table)


def _with_targets(table: Table, report: Report, shares: list[KpiInfo], say: Words) -> Table:
    """Put the target of each priority before what was kept of it, where all connections have the same."""
    settings = report.settings
    own: dict[str, dict[str, Any]] = settings.get("connections") or {}
    if not settings.get("targets") or any(each.get("targets") for each in own.values()):
        return table
    targets: list[dict[str, float]] = [settings["targets"].get(TARGETS[info.id]) or {} for info in shares]
    titles = [title for info in shares for title in ("Target", info.title)]
    rows = tuple(
        Row(
            row.name,
            tuple(
                cell
                for target, kept in zip(targets, row.cells, strict=True)
                for cell in (Cell(say.duration(target.get(row.name[:1]))), kept)
            ),
        )
        for row in table.rows
    )
    return Table(table.title, (table.head[0], *titles), rows, table.rest)
