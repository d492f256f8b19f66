"""Figures: each KPI over everything, and by each dimension."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..store.store import naive
from .definitions import COLUMNS, KPIS, Aggregate, Kpi
from .figures import Dimension, Figure, Unit
from .periods import Period
from .tickets import HEAVIEST, LIGHTEST, Names, heaviest, rows
from .zones import local_time

if TYPE_CHECKING:
    from ..store.store import Store

MOST = 40
"""Values of a dimension that a report tells, the ones with most incidents; the tools and buckets of time are told all."""

Key = tuple[str, Dimension | None, str | None]
"""KPI, dimension, and the dimension's value."""

# Sums of whole microseconds do not depend on the order of adding, as those of seconds do.
_FIGURES = """
select dimension, count(*) as incidents, sum(cast(round(value * 1e6) as bigint))::double / 1e6 / count(*) as mean,
    quantile_cont(value, 0.5) as median, quantile_cont(value, 0.9) as p90,
    {heaviest} as heaviest
from ({rows}) as r
where $told is null or dimension in (select value from told where dimension = $told)
group by dimension order by dimension
"""
_TOLD = """
insert into told select $dimension, {column} as value from facts where touched
group by value order by count(*) desc, value limit $most
"""


def prepare(store: Store, period: Period) -> None:
    """Make what figures by dimension need, after ``facts``: the buckets of time, and the values that are told."""
    sql = store.sql
    sql.execute("create or replace temp table buckets (label varchar, first timestamp, last timestamp)")
    for label, first, last in period.buckets():
        sql.execute(
            "insert into buckets select $label, $first, $last where $first < getvariable('until')",
            {"label": label, "first": naive(first), "last": naive(last)},
        )
    local = local_time(period.zone, period.first, period.last, "moment")
    sql.execute(f"create or replace temp macro local_time(moment) as {local}")
    sql.execute(
        "create or replace temp macro bucket_of(moment) as cast(greatest("
        f"cast(date_trunc('{period.step}', local_time(moment)) as date), date '{period.day}') as varchar)"
    )
    sql.execute("create or replace temp table told (dimension varchar, value varchar)")
    for dimension, column in COLUMNS.items():
        most = None if dimension is Dimension.TOOL else MOST
        sql.execute(_TOLD.format(column=column), {"dimension": str(dimension), "most": most})


def figures(store: Store, *, before: Mapping[Key, float | None] | None = None) -> list[Figure]:
    """Give all figures, in the order of KPIs and dimensions.

    Args:
        store: the store, with ``facts`` built and :func:`prepare` done.
        before: the values of the period before; with it, figures show their tickets.
    """
    buckets = [label for (label,) in store.sql.execute("select label from buckets order by first").fetchall()]
    found = [
        figure
        for kpi in KPIS
        for dimension in (None, *Dimension)
        for figure in _by_dimension(store, kpi, dimension, buckets)
    ]
    if before is None:
        return found
    names = Names(store, (ticket for figure in found for ticket in figure.tickets))
    return [
        figure.model_copy(update={"before": before.get(key), "tickets": names.fill(figure.tickets)})
        for key, figure in zip(keys(found), found, strict=True)
    ]


def keys(found: list[Figure]) -> Iterator[Key]:
    """Give what names each figure in its period and in the one before, in which buckets of time stand at the same place."""
    places: dict[str, int] = {}
    for figure in found:
        value = figure.value_of
        if figure.dimension is Dimension.PERIOD:
            place = places[figure.kpi] = places.get(figure.kpi, -1) + 1
            value = str(place)
        yield figure.kpi, figure.dimension, value


def _by_dimension(store: Store, kpi: Kpi, dimension: Dimension | None, buckets: list[str]) -> Iterator[Figure]:
    first = LIGHTEST if kpi.info.better == "higher" else HEAVIEST
    query = _FIGURES.format(heaviest=first, rows=rows(kpi, dimension))
    told = dimension if dimension in COLUMNS else None
    found = {row[0]: row[1:] for row in store.sql.execute(query, {"told": told}).fetchall()}
    wanted = buckets if dimension is Dimension.PERIOD else found if dimension else [""]
    for value in wanted:
        yield _figure(kpi, dimension, value if dimension else None, *found.get(value, (0, None, None, None, [])))


def _figure(
    kpi: Kpi,
    dimension: Dimension | None,
    value_of: str | None,
    count: int,
    mean: float | None,
    median: float | None,
    p90: float | None,
    weightiest: list[dict[str, Any]],
) -> Figure:
    spread = kpi.info.unit is Unit.SECONDS
    return Figure(
        kpi=kpi.id,
        dimension=dimension,
        value_of=value_of,
        value=float(count) if kpi.aggregate is Aggregate.COUNT else mean,
        median=median if spread else None,
        p90=p90 if spread else None,
        count=count,
        tickets=heaviest(weightiest),
    )
