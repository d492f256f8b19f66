"""How values are spread: distributions of times, ages of what is open, and when incidents arrive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .definitions import BY_ID, KPIS
from .figures import Arrival, Bin, Unit
from .tickets import HEAVIEST, Names, heaviest, rows

if TYPE_CHECKING:
    from ..store.store import Store

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_UNITS = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"))
TIMES = (0, 15 * _MINUTE, _HOUR, 4 * _HOUR, 8 * _HOUR, 24 * _HOUR, 72 * _HOUR, 168 * _HOUR)
"""Where the bars of a distribution begin, in seconds."""
AGES = (0, _DAY, 3 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY, 90 * _DAY)
"""Where the bars of a table of ages begin."""

_BINS = """
select len(list_filter($edges::double[], lambda edge: edge <= value)) as bin, count(*), {heaviest}
from ({rows}) group by bin
"""
_ARRIVALS = """
select isodow(moment) - 1 as weekday, hour(moment) as hour, count(*)
from (select local_time(opened_at) as moment from facts where {population}) group by all order by all
"""


def distributions(store: Store) -> dict[str, tuple[Bin, ...]]:
    """Give for each KPI that is a time how its values are spread."""
    return {kpi.id: bins(store, kpi.id, TIMES) for kpi in KPIS if kpi.info.unit is Unit.SECONDS}


def ageing(store: Store) -> tuple[Bin, ...]:
    """Give the open incidents by age."""
    return bins(store, "backlog", AGES)


def bins(store: Store, kpi: str, edges: Sequence[float]) -> tuple[Bin, ...]:
    """Give how many of a KPI's values lie from each edge to the next; the last bar has no end.

    Args:
        store: the store.
        kpi: the KPI's id.
        edges: where the bars begin, in seconds, from 0 on.
    """
    query = _BINS.format(rows=rows(BY_ID[kpi], None), heaviest=HEAVIEST)
    found = {row[0]: (row[1], heaviest(row[2])) for row in store.sql.execute(query, {"edges": list(edges)}).fetchall()}
    names = Names(store, (ticket for _, tickets in found.values() for ticket in tickets))
    made: list[Bin] = []
    for place, (lower, upper) in enumerate(zip(edges, (*edges[1:], None), strict=True), start=1):
        count, tickets = found.get(place, (0, ()))
        made.append(Bin(label=_label(lower, upper), lower=lower, upper=upper, count=count, tickets=names.fill(tickets)))
    return tuple(made)


def arrivals(store: Store) -> tuple[Arrival, ...]:
    """Give how many incidents were opened in each hour of each weekday, in the report's time zone, 0 included."""
    query = _ARRIVALS.format(population=BY_ID["volume"].population)
    found = {(weekday, hour): count for weekday, hour, count in store.sql.execute(query).fetchall()}
    return tuple(
        Arrival(weekday=weekday, hour=hour, count=found.get((weekday, hour), 0))
        for weekday in range(7)
        for hour in range(24)
    )


def _label(lower: float, upper: float | None) -> str:
    if upper is None:
        return f"{_told(lower)} or more"
    return f"{_told(lower)} to {_told(upper)}" if lower else f"under {_told(upper)}"


def _told(seconds: float) -> str:
    size, unit = next(each for each in _UNITS if seconds % each[0] == 0)
    return f"{seconds / size:.0f} {unit}"
