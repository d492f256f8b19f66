"""The charts of a report. A chart never stands alone: a sentence says what it shows, and a table has its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..kpi.figures import Arrival, Bin, Dimension, Figure, KpiInfo, Unit
from . import specs
from .cited import Cell, Citations
from .words import DAY, HOUR, MINUTE, MONTHS, WEEKDAYS, Words, short

NAME = 24
"""Characters of a name beside a bar."""
HALF = 0.5
"""A share that is always above is shown from where it begins, since its small changes count."""

_FORMATS = {Unit.SECONDS: "~f", Unit.SHARE: "~%", Unit.COUNT: "~s", Unit.MEAN: "~f"}


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with what stands around it."""

    title: str
    words: str
    svg: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    """The values: the name of each row, and its cells."""


def trend(info: KpiInfo, figures: Sequence[Figure], cite: Citations) -> Chart:
    """Show a KPI over the period, beside the period before and the goal."""
    say = cite.say
    names = _names_of_days([date.fromisoformat(each.value_of or "") for each in figures])
    scale, name = _scale(info.unit, [*(each.value for each in figures), info.goal])
    svg = specs.course(
        names,
        [_over(each.value, scale) for each in figures],
        [_over(each.before, scale) for each in figures],
        goal=_over(info.goal, scale),
        axis=_axis(info.unit, name),
        as_bars=info.unit is Unit.COUNT,
        from_zero=info.unit is not Unit.SHARE or any(each.value < HALF for each in figures if each.value is not None),
    )
    rows = tuple(
        (name, (cite.figure(info, each), Cell(say.value(info.unit, each.before)), Cell(f"{each.count:,}")))
        for name, each in zip(names, figures, strict=True)
    )
    return Chart(
        info.title, _extremes(info, figures, names, say), svg, ("Begins", "Value", "Period before", "Incidents"), rows
    )


def spark(figures: Sequence[Figure]) -> str:
    """Show the course of a figure in a card; empty where there is none."""
    values = [each.value for each in figures if each.value is not None]
    return specs.spark(values) if len(values) > 1 else ""


def bins(title: str, words: str, found: Sequence[Bin], cite: Citations, head: str, *, days: bool | None = None) -> Chart:
    """Show how many incidents fall in each of a row of classes; ``days`` as for :meth:`Words.duration`."""
    total = sum(each.count for each in found) or 1
    found = _without_empty_ends(found)
    told = [f"{each.count:,}" for each in found]
    rows = tuple(
        (
            each.label,
            (cite.others(f"{title}: {each.label}", each.tickets, text, days=days), Cell(f"{each.count / total:.1%}")),
        )
        for each, text in zip(found, told, strict=True)
    )
    svg = specs.ranked([each.label for each in found], [each.count for each in found], told)
    return Chart(title, words, svg, (head, "Incidents", "Share"), rows)


def comparison(info: KpiInfo, figures: Sequence[Figure], cite: Citations) -> Chart:
    """Show a KPI of each tool; a stroke marks the period before."""
    say = cite.say
    names = [short(cite.name(Dimension.TOOL, each.value_of), NAME) for each in figures]
    told = [say.value(info.unit, each.value) for each in figures]
    before = [each.before for each in figures]
    svg = specs.ranked(names, [each.value for each in figures], told, before)
    rows = tuple(
        (name, (Cell(text), Cell(say.value(info.unit, each.before)), Cell(f"{each.count:,}")))
        for name, text, each in zip(names, told, figures, strict=True)
    )
    return Chart(
        info.title, _extremes(info, figures, names, say), svg, ("Tool", "Value", "Period before", "Incidents"), rows
    )


def arrivals(found: Sequence[Arrival], zone: str) -> tuple[Chart, Chart, Chart]:
    """Show when incidents are opened: by weekday and hour, by weekday, and by hour."""
    counts = [[0] * 24 for _ in WEEKDAYS]
    for each in found:
        counts[each.weekday][each.hour] += each.count
    days, hours = [sum(row) for row in counts], [sum(column) for column in zip(*counts, strict=True)]
    told = [f"{count:,}" for count in days]
    clock = [f"{hour}:00" for hour in range(24)]
    cells = tuple((name, tuple(Cell(f"{count:,}") for count in row)) for name, row in zip(WEEKDAYS, counts, strict=True))
    total = sum(days)
    weekend = f"{(days[5] + days[6]) / total:.0%} are opened at weekends." if total else "No incident was opened."
    return (
        Chart(
            "By weekday and hour",
            _busiest(counts),
            specs.heat_map(counts, [name[:3] for name in WEEKDAYS]),
            ("Weekday", *clock),
            cells,
        ),
        Chart(
            "By weekday",
            weekend,
            specs.ranked(WEEKDAYS, days, told),
            ("Weekday", "Incidents"),
            tuple((name, (Cell(text),)) for name, text in zip(WEEKDAYS, told, strict=True)),
        ),
        Chart(
            "By hour",
            f"Hours of {zone}.",
            specs.hours(hours),
            ("Hour", "Incidents"),
            tuple((name, (Cell(f"{count:,}"),)) for name, count in zip(clock, hours, strict=True)),
        ),
    )


def _without_empty_ends(found: Sequence[Bin]) -> Sequence[Bin]:
    filled = [place for place, each in enumerate(found) if each.count]
    return found[filled[0] : filled[-1] + 1] if filled else found


def _busiest(counts: Sequence[Sequence[int]]) -> str:
    most, day, hour = max((count, -day, -hour) for day, row in enumerate(counts) for hour, count in enumerate(row))
    if not most:
        return "No incident was opened."
    return f"Busiest on {WEEKDAYS[-day]}s between {-hour}:00 and {1 - hour}:00: {most:,} incidents."


def _over(value: float | None, scale: float) -> float | None:
    return None if value is None else value / scale


def _scale(unit: Unit, values: Sequence[float | None]) -> tuple[float, str]:
    """Choose in what an axis counts."""
    if unit is not Unit.SECONDS:
        return 1, ""
    most = max((value for value in values if value is not None), default=0)
    steps = ((3 * DAY, DAY, "d"), (2 * HOUR, HOUR, "h"), (2 * MINUTE, MINUTE, "min"))
    return next(((size, name) for least, size, name in steps if most >= least), (1, "s"))


def _axis(unit: Unit, name: str) -> dict[str, Any]:
    axis: dict[str, Any] = {"format": _FORMATS[unit]}
    if unit is Unit.COUNT:
        axis["tickMinStep"] = 1
    if name:
        axis["labelExpr"] = f"datum.label + ' {name}'"
    return axis


def _names_of_days(days: Sequence[date]) -> list[str]:
    """Name months by their name, weeks and days by their first day."""
    if len(days) > 1 and all(day.day == 1 for day in days):
        several = len({day.year for day in days}) > 1
        return [MONTHS[day.month - 1] + (f" {day.year % 100:02}" if several else "") for day in days]
    return [f"{day.day} {MONTHS[day.month - 1]}" for day in days]


def _extremes(info: KpiInfo, figures: Sequence[Figure], names: Sequence[str], say: Words) -> str:
    known = [(each.value, name) for each, name in zip(figures, names, strict=True) if each.value is not None]
    if not known:
        return "There are no values."
    (low, where_low), (high, where_high) = min(known, key=_first), max(known, key=_first)
    if say.value(info.unit, low) == say.value(info.unit, high):
        return f"{say.value(info.unit, low)} throughout."
    return f"From {say.value(info.unit, low)} ({where_low}) to {say.value(info.unit, high)} ({where_high})."


def _first(pair: tuple[float, str]) -> float:
    return pair[0]
