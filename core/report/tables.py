"""The tables of a report, as values: what the page shows, without its markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..kpi.figures import Dimension, Figure, KpiInfo, Report, Unit
from .charts import spark
from .cited import DIMENSIONS, Cell, Citations
from .words import NONE, Trend, Words, met

SHOWN = 12
"""Rows of a table before the rest folds away."""


@dataclass(frozen=True, slots=True)
class Card:
    """One KPI over everything."""

    info: KpiInfo
    cell: Cell
    trend: Trend | None
    goal: str
    """The goal in words, or empty."""
    met: bool | None
    notes: tuple[str, ...]
    """The value before, how values are spread, and from how many incidents it is computed."""
    spark: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its name, and its cells."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading for each column; what is beyond ``rows`` folds away."""

    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    rest: tuple[Row, ...] = ()


class Figures:
    """The figures of a report, found by KPI and dimension."""

    def __init__(self, report: Report) -> None:
        """Sort them."""
        self._all: dict[tuple[str, Dimension | None], list[Figure]] = {}
        for figure in report.figures:
            self._all.setdefault((figure.kpi, figure.dimension), []).append(figure)

    def overall(self, kpi: str) -> Figure | None:
        """Give the figure over everything."""
        return next(iter(self._all.get((kpi, None), ())), None)

    def by(self, kpi: str, dimension: Dimension) -> list[Figure]:
        """Give the figures of each value: periods, priorities and tools in their order, others the most first."""
        found = self._all.get((kpi, dimension), [])
        if dimension in {Dimension.PERIOD, Dimension.PRIORITY, Dimension.TOOL}:
            return sorted(found, key=lambda figure: (not figure.value_of, figure.value_of or ""))
        return sorted(found, key=lambda figure: (-figure.count, figure.value_of or ""))


def cards(report: Report, figures: Figures, cite: Citations) -> list[Card]:
    """Give one card for each KPI."""
    return [
        _card(info, figure, figures.by(info.id, Dimension.PERIOD), cite)
        for info in report.kpis
        if (figure := figures.overall(info.id)) is not None
    ]


def _card(info: KpiInfo, figure: Figure, course: Sequence[Figure], cite: Citations) -> Card:
    say = cite.say
    trend = say.trend(info, figure)
    notes = [
        f"before: {trend.before}" if trend else "",
        f"median {say.value(info.unit, figure.median)}" if figure.median is not None else "",
        f"90% within {say.value(info.unit, figure.p90)}" if figure.p90 is not None else "",
        f"{figure.count:,} incidents" if info.unit is not Unit.COUNT else "",
    ]
    return Card(
        info=info,
        cell=cite.figure(info, figure),
        trend=trend,
        goal="" if info.goal is None else say.value(info.unit, info.goal),
        met=met(info, figure.value),
        notes=tuple(note for note in notes if note),
        spark=spark(course),
    )


def breakdown(
    title: str, dimension: Dimension, infos: Sequence[KpiInfo], figures: Figures, cite: Citations
) -> Table | None:
    """Give all KPIs for each value of a dimension; None where incidents have no such values."""
    found = {info.id: {each.value_of or "": each for each in figures.by(info.id, dimension)} for info in infos}
    values = list(dict.fromkeys(value for row in found.values() for value in row))
    if not values:
        return None
    most = {info.id: max((abs(each.value or 0) for each in found[info.id].values()), default=0) for info in infos}
    rows = tuple(
        Row(
            cite.name(dimension, value),
            tuple(_cell(info, found[info.id].get(value), most[info.id], cite) for info in infos),
        )
        for value in values
    )
    fold = len(rows) if len(rows) <= SHOWN + 2 else SHOWN
    return Table(title, (DIMENSIONS[dimension].capitalize(), *(info.title for info in infos)), rows[:fold], rows[fold:])


def _cell(info: KpiInfo, figure: Figure | None, most: float, cite: Citations) -> Cell:
    if figure is None:
        return Cell("0" if info.unit is Unit.COUNT else NONE)
    return cite.figure(info, figure, (figure.value or 0) / most if most and figure.value is not None else None)


def summary(report: Report, figures: Figures, say: Words) -> list[str]:
    """Say the report in a few sentences: how much it covers, what changed, which targets are missed."""
    found = [(info, figure) for info in report.kpis if (figure := figures.overall(info.id)) is not None]
    judged: dict[str, list[str]] = {"better": [], "worse": []}
    missed: list[str] = []
    for info, figure in found:
        trend = say.trend(info, figure)
        if trend and trend.judgement and trend.notable:
            judged[trend.judgement].append(f"{_lower(info.title)} ({trend.words})")
        if met(info, figure.value) is False:
            missed.append(
                f"{_lower(info.title)} ({say.value(info.unit, figure.value)}, goal {say.value(info.unit, info.goal)})"
            )
    said = [f"{report.incidents:,} incidents, from {len(report.sources):,} tools." if report.incidents else "No incidents."]
    if say.unfinished:
        said.append(f"The period is not over: it is told until {say.moment(report.as_of)}, the period before as a whole.")
    if missed:
        said.append(f"Goals missed: {', '.join(missed)}.")
    said += [
        f"{judgement.capitalize()} than in the period before: {', '.join(which)}."
        for judgement, which in judged.items()
        if which
    ]
    return said


def _lower(title: str) -> str:
    """Give a title as it stands within a sentence; an abbreviation stays as it is."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def complete(report: Report) -> tuple[int, int]:
    """Count the sources whose copy is proven to be complete, and all."""
    return sum(source.complete for source in report.sources), len(report.sources)
