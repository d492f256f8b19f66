"""From a figure to its incidents: the same rows for every figure of a report, its lists and its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..suggest import did_you_mean
from .definitions import BY_ID, COLUMNS, Kpi
from .figures import Dimension, Ticket

if TYPE_CHECKING:
    from ..store.store import Store

SHOWN = 5
"""Tickets that a figure shows."""
_FIRST = "min({{'weight': {weight}, 'connection': connection, 'incident': incident, 'value': value}}, {shown})"
HEAVIEST = _FIRST.format(weight="-value", shown=SHOWN)
"""The tickets of a group that weigh most, in the order of :func:`tickets`, as an aggregate over :func:`rows`."""
LIGHTEST = _FIRST.format(weight="value", shown=SHOWN)
"""Those that weigh least: where more is better, they are what a reader looks for."""

# What was open at the end of each day, week or month.
_BACKLOG_OVER_TIME = """
select facts.* exclude (age), date_diff('microsecond', opened_at, least(b.last, getvariable('until'))) / 1e6 as age,
    b.label as bucket
from facts join buckets as b on opened_at < b.last and (end_at is null or end_at >= b.last)
"""


def rows(kpi: Kpi, dimension: Dimension | None) -> str:
    """Give the incidents that a KPI counts, as SQL: columns connection, incident, key, url, title, value and dimension."""
    over_time = dimension is Dimension.PERIOD
    source, population = "facts", f"({kpi.population})"
    if over_time and kpi.id == "backlog":
        source, population, column = f"({_BACKLOG_OVER_TIME})", "true", "bucket"
    elif over_time:
        population = f"{population} and {kpi.moment} is not null"
        column = f"bucket_of({kpi.moment})"
    else:
        column = COLUMNS[dimension] if dimension else "''"
    return (
        f"select connection, incident, key, url, title, cast({kpi.measure} as double) as value, {column} as dimension "  # noqa: S608
        f"from {source} where {population}"
    )


def tickets(
    store: Store, kpi: str, dimension: Dimension | None = None, value: str = "", limit: int | None = None
) -> list[Ticket]:
    """Give the incidents that a figure counts, those that make it worse first, after :func:`.facts.build`.

    Args:
        store: the store.
        kpi: the KPI's id.
        dimension: that of the figure; None for the figure over everything.
        value: the dimension's value, as the figure tells it.
        limit: how many at most; None for all.

    Raises:
        UserError: there is no such KPI.
    """
    if kpi not in BY_ID:
        raise UserError(f"unknown KPI '{kpi}'{did_you_mean(kpi, BY_ID)}")
    order = "asc" if BY_ID[kpi].info.better == "higher" else "desc"
    found = store.sql.execute(
        f"select * exclude (dimension) from ({rows(BY_ID[kpi], dimension)}) "  # noqa: S608
        f"where dimension = $value order by value {order}, connection, incident limit $limit",
        {"value": value, "limit": limit},
    ).fetchall()
    return [ticket(row) for row in found]


def values(store: Store, dimension: Dimension) -> list[str]:
    """Give the values of a dimension that incidents have, as figures tell them, after :func:`.measures.prepare`."""
    query = "select label from buckets" if dimension is Dimension.PERIOD else f"select {COLUMNS[dimension]} from facts"  # noqa: S608
    return [value for (value,) in store.sql.execute(f"select distinct * from ({query}) order by 1").fetchall()]  # noqa: S608


def ticket(row: tuple[str, str, str, str | None, str | None, float | None]) -> Ticket:
    """Give a row of :func:`rows`, without its dimension, as a value."""
    connection, incident, key, url, title, value = row
    return Ticket(connection=connection, id=incident, key=key, url=url, title=title or "", value=value)


def heaviest(found: Iterable[Mapping[str, Any]]) -> tuple[Ticket, ...]:
    """Give what an aggregate found as tickets, without the names that people know them by."""
    return tuple(Ticket(connection=row["connection"], id=row["incident"], key="", value=row["value"]) for row in found)


class Names:
    """The incidents that a report shows, as people know them: their keys, titles and links."""

    def __init__(self, store: Store, wanted: Iterable[Ticket], source: str = "facts") -> None:
        """Look up the incidents of some tickets, all at once, in ``facts`` or another table of incidents."""
        pairs = sorted({(each.connection, each.id) for each in wanted})
        found = store.sql.execute(
            f"""
            select connection, incident, coalesce(key, incident), url, title, null from {source}
            join (select unnest($connections::varchar[]) as connection, unnest($incidents::varchar[]) as incident)
            using (connection, incident)
            """,  # noqa: S608
            {"connections": [connection for connection, _ in pairs], "incidents": [incident for _, incident in pairs]},
        ).fetchall()
        self._known = {(row[0], row[1]): ticket(row) for row in found}

    def fill(self, tickets: Iterable[Ticket]) -> tuple[Ticket, ...]:
        """Give tickets with their names, and the values that they have."""
        return tuple(self._known[each.connection, each.id].model_copy(update={"value": each.value}) for each in tickets)
