"""The tickets behind figures: each figure leads to those that weigh most in it, and to the command that lists all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..kpi.figures import Dimension, Figure, KpiInfo, Report, Ticket, Unit
from ..model import format_time
from .words import PRIORITIES, Words, command

DIMENSIONS = {
    Dimension.TOOL: "tool",
    Dimension.PRIORITY: "priority",
    Dimension.SERVICE: "service",
    Dimension.CATEGORY: "category",
    Dimension.GROUP: "assignment group",
    Dimension.PERIOD: "time",
}


@dataclass(frozen=True, slots=True)
class Cited:
    """One list of tickets in the page."""

    id: str
    title: str
    facts: str
    """What else is known of the figure."""
    tickets: tuple[tuple[Ticket, str], ...]
    """Each with what it contributes, in words."""
    command: str | None
    """Lists all tickets; None where no command does."""
    main: bool
    """Stands in print as well: one of the figures over everything."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in a table, and the id of the tickets behind it."""

    text: str
    cited: str | None = None
    share: float | None = None
    """Length of the bar beside it, 0 to 1."""


@dataclass(slots=True)
class Citations:
    """All lists of tickets that a page cites, in the order in which it does."""

    report: Report
    say: Words
    lists: list[Cited] = field(default_factory=list[Cited])

    def figure(self, info: KpiInfo, figure: Figure, share: float | None = None) -> Cell:
        """Tell a figure's value, and cite its tickets."""
        text = self.say.value(info.unit, figure.value)
        if not figure.tickets:
            return Cell(text, share=share)
        by, value = figure.dimension, figure.value_of
        where = "" if by is None else f": {DIMENSIONS[by]} {self.name(by, value)}"
        asked = command(self.report.label, format_time(self.report.as_of), info.id, by, value)
        told = tuple((ticket, self._contribution(info.unit, ticket.value)) for ticket in figure.tickets)
        cited = self._add(f"{info.title}{where}", self._facts(info, figure), told, asked, main=by is None)
        return Cell(text, cited, share)

    def others(self, title: str, tickets: Sequence[Ticket], text: str, *, days: bool | None = None) -> Cell:
        """Tell a number that is no KPI's figure, such as a bar of a distribution, and cite its tickets.

        Args:
            title: what the number is.
            tickets: each with seconds.
            text: the number.
            days: whether days may be told, as for :meth:`Words.duration`.
        """
        if not tickets:
            return Cell(text)
        told = tuple(
            (ticket, "" if ticket.value is None else self.say.duration(ticket.value, days=days)) for ticket in tickets
        )
        return Cell(text, self._add(title, "", told, None, main=False))

    def name(self, dimension: Dimension, value: str | None) -> str:
        """Give the name under which the incidents of a value stand."""
        if dimension is Dimension.PRIORITY and value in PRIORITIES:
            return PRIORITIES[value]
        return value or f"no {DIMENSIONS[dimension]}"

    def _facts(self, info: KpiInfo, figure: Figure) -> str:
        say, trend = self.say, self.say.trend(info, figure)
        told = (
            say.value(info.unit, figure.value),
            "" if figure.median is None else f"median {say.value(info.unit, figure.median)}",
            "" if figure.p90 is None else f"90% within {say.value(info.unit, figure.p90)}",
            "" if info.unit is Unit.COUNT else f"from {figure.count:,} incidents",
            f"before: {trend.before} ({trend.words})" if trend else "",
        )
        return " · ".join(part for part in told if part)

    def _add(
        self, title: str, facts: str, tickets: tuple[tuple[Ticket, str], ...], asked: str | None, *, main: bool
    ) -> str:
        made = Cited(f"t{len(self.lists) + 1}", title, facts, tickets, asked, main)
        self.lists.append(made)
        return made.id

    def _contribution(self, unit: Unit, value: float | None) -> str:
        """Tell what a ticket contributes; that it counts says its place in the list already."""
        if value is None or unit is Unit.COUNT:
            return ""
        if unit is Unit.SHARE:
            return "yes" if value else "no"
        return f"{value:,.0f}" if unit is Unit.MEAN else self.say.duration(value)
