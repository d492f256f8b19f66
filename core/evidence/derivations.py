"""From the store to the tables of a pack: which incidents, with what they are counted, and that none was left out.

Works on the temp tables that :func:`core.kpi.compute.compute` leaves behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..export import masking
from ..export.request import Format, Part
from ..export.rows import iso
from ..export.selection import chunks
from ..export.tables import TABLES
from ..export.writers import LineWriter, copy
from ..kpi.definitions import KPIS
from ..kpi.figures import Dimension, Report
from ..kpi.tickets import rows
from ..store.quoting import name as quoted
from ..store.store import literal

if TYPE_CHECKING:
    from ..store.store import Store

PART = 5_000
"""Incidents whose derivations are gathered at once."""
WORDS = ("title", "url", "assignee", "review_url")
"""Columns of facts that stand in the incidents already, and that no figure depends on."""
TABLE_NAMES = {
    Part.INCIDENTS: "incidents.jsonl",
    Part.COMMENTS: "comments.jsonl",
    Part.TIMELINE: "timeline.jsonl",
    Part.SLA: "sla_clocks.jsonl",
}
COUNTED = " or ".join(f"({kpi.population})" for kpi in KPIS)
"""True of an incident that any figure over the whole period counts."""

# What reads facts reads those of the part.
_COUNTED = tuple(
    f"""
    insert into some_counted with facts as (from some_facts)
    select connection, incident, '{kpi.id}', {period}, value from ({rows(kpi, dimension)})
    """  # noqa: S608 - of constants
    for kpi in KPIS
    for dimension, period in ((None, "''"), (Dimension.PERIOD, "dimension"))
)
"""For each KPI what it counts, once for the whole period ('') and once for each part of it. All in one statement takes more
memory than a store has."""

_CHOSEN = f"""
create or replace temp table chosen as
select row_number() over (order by connection, opened_at, incident) - 1 as place, connection, incident,
    coalesce(strftime(opened_at, '%Y-%m'), 'unknown') as month
from facts where touched or {COUNTED}
"""  # noqa: S608 - of constants
_SOME = """
create or replace temp table some_facts as
select place, facts.* from (select place, connection, incident from chosen where place >= {first} and place < {last})
join facts using (connection, incident)
"""
_NOTHING_COUNTED = """
create or replace temp table some_counted (connection varchar, incident varchar, kpi varchar, period varchar, value double)
"""
_FACTS = """
with paused as (
    select connection, incident, list({{'starts': {starts}, 'ends': {ends}, 'status': status, 'reason': reason}}
        order by starts) as pauses
    from pause_facts semi join some_facts using (connection, incident) group by all
), counting as (
    select connection, incident, list({{'kpi': kpi, 'period': period, 'value': value}} order by kpi, period) as counted
    from some_counted group by all
)
select {columns}, coalesce(pauses, []) as pauses, coalesce(counted, []) as counted
from some_facts left join paused using (connection, incident) left join counting using (connection, incident) order by place
"""
_COMPLETENESS = """
select i.connection, count(*) as incidents, count(c.incident) as in_pack, count(b.incident) as copies,
    count(*) filter (b.incident is null and i.opened_at >= getvariable('until')) as opened_later,
    count(*) filter (b.incident is null and i.opened_at is null) as opened_unknown,
    count(*) filter (b.incident is null and c.incident is null and i.opened_at < getvariable('until')) as over_before
from then_incidents as i
left join chosen as c using (connection, incident)
left join (select connection, incident from then_bonds where not counted) as b using (connection, incident)
where not i.deleted group by all order by all
"""
_COLLECTIONS = """
select number, connection, connector, url, mapping, scope, {started} as started_at, {ended} as ended_at, outcome, read,
    changed, held, vendor_count, census, missing, {problems} as problems
from collections where started_at <= {as_of} order by number
"""
_HOURS = "select calendar, {opens} as opens, {closes} as closes from calendar_hours order by calendar, opens"


def choose(store: Store) -> int:
    """Make the table of the incidents that the period touches or any figure counts; give their number."""
    store.sql.execute(_CHOSEN)
    return _one(store.sql.execute("select count(*) from chosen").fetchone())


def spool_tables(store: Store, total: int, folder: Path, *, mask: bool) -> Iterator[int]:
    """Write incidents, comments, timelines and SLA clocks to files in a folder; gives how many incidents were begun."""
    writers = {part: LineWriter(store, folder / name, Format.JSONL, mask=mask) for part, name in TABLE_NAMES.items()}
    try:
        for place in chunks(store, total, {*(TABLES[part].rows for part in writers), *masking.SOURCES}):
            yield place
            if mask:
                masking.gather(store)
            for part, writer in writers.items():
                writer.write(part, place)
    finally:
        for writer in writers.values():
            writer.close()


def spool_facts(store: Store, total: int, path: Path) -> Iterator[int]:
    """Write what every figure is made of: a line for each incident, with its times, its pauses and what counts it."""
    described = store.sql.execute("describe facts").fetchall()
    columns = ", ".join(
        f"{iso(quoted(name)) if kind == 'TIMESTAMP' else quoted(name)} as {quoted(name)}"
        for name, kind, *_ in described
        if name not in WORDS
    )
    query = _FACTS.format(columns=columns, starts=iso("starts"), ends=iso("ends"))
    part = path.with_name(path.name + ".part")
    with path.open("wb") as target:
        for first in range(0, max(total, 1), PART):
            yield first
            for statement in (_SOME.format(first=first, last=first + PART), _NOTHING_COUNTED, *_COUNTED):
                store.sql.execute(statement)
            copy(store, query, part, "format json")
            with part.open("rb") as source:
                target.writelines(source)
    part.unlink(missing_ok=True)
    store.sql.execute("drop table some_facts")
    store.sql.execute("drop table some_counted")


def spool_rest(store: Store, report: Report, folder: Path, *, mask: bool) -> None:
    """Write the readings of the vendors (without their words, which may name people, to mask), and the calendars' hours."""
    moments = {
        "problems": "null" if mask else "problems",
        "started": iso("started_at"),
        "ended": iso("ended_at"),
        "as_of": literal(report.as_of),
    }
    copy(store, _COLLECTIONS.format(**moments), folder / "collections.jsonl", "format json")
    hours = _HOURS.format(opens=iso("opens"), closes=iso("closes"))
    copy(store, hours, folder / "calendar_hours.jsonl", "format json")


def completeness(store: Store, report: Report) -> dict[str, Any]:
    """Give what the pack is an answer to, and for each connection the sum that shows that nothing was left out."""
    found = store.sql.execute(_COMPLETENESS)
    names = [column[0] for column in found.description or ()]
    counts = {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}
    nothing = dict.fromkeys(names, 0)
    return {
        "question": {
            "period": report.label,
            "first": report.first.isoformat(),
            "last": report.last.isoformat(),
            "as_of": report.as_of.isoformat(),
            "in_pack": f"facts where touched or {' '.join(COUNTED.split())}",
        },
        "connections": [
            {**nothing, **counts.get(each.connection, {}), **each.model_dump(mode="json", exclude={"incidents"})}
            for each in report.sources
        ],
    }


def _one(row: Any) -> int:
    return int(row[0]) if row else 0
