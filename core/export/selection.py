"""Choose incidents in the store, and cut them into chunks, so that memory does not grow with their number.

Chosen incidents stand in the temporary table ``chosen`` with their place in the export: by connection, then by when they
were opened. Their rows are scattered all over the store, so they are gathered in spans of many chunks first: a span takes
a pass over the store, a chunk only one over its span. The views ``in_incidents``, ``in_comments`` and so on show one chunk.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any

from ..store.schema import BITEMPORAL
from ..store.store import naive
from .request import Filter

if TYPE_CHECKING:
    from ..store.store import Store

CHUNK = 2000
"""Incidents that are handled together."""
SPAN = 25 * CHUNK

_CHOSEN = """
create or replace temp table chosen as
select row_number() over (order by connection, opened_at, incident) - 1 as place, connection, incident,
    coalesce(strftime(opened_at, '%Y-%m'), 'unknown') as month
from then_incidents where {condition}
"""
_GATHER = """
create or replace temp table span_{table} as
select place, month, t.* from then_{table} t join (select * from chosen where place >= {first} and place < {last})
    using (connection, incident)
"""
_SHOW = """
create or replace temp view in_{table} as select * from span_{table} where place >= {first} and place < {last}
"""


def choose(store: Store, which: Filter) -> int:
    """Make the table ``chosen`` of the incidents that meet a filter, and give their number.

    Deleted incidents are never chosen. The store shows what is believed at a moment already (:meth:`Store.believe`).
    """
    conditions, values = ["not deleted"], list[Any]()
    for condition, value in _conditions(which):
        if value not in (None, []):
            conditions.append(condition)
            values.append(value)
    store.sql.execute(_CHOSEN.format(condition=" and ".join(conditions)), values)
    found = store.sql.execute("select count(*) from chosen").fetchone()
    return found[0] if found else 0


def _conditions(which: Filter) -> Generator[tuple[str, Any]]:
    yield "connection in (select unnest(?::varchar[]))", list(which.connections)
    yield "opened_at >= ?", which.opened_from and naive(which.opened_from)
    yield "opened_at < ?", which.opened_before and naive(which.opened_before)
    yield "status in (select unnest(?::varchar[]))", list(which.statuses)
    yield "priority in (select unnest(?::integer[]))", list(which.priorities)
    yield "lower(team) in (select lower(unnest(?::varchar[])))", list(which.groups)
    yield "list_has_any(labels, ?::varchar[])", list(which.labels)


def chunks(store: Store, total: int, tables: Iterable[str], size: int = CHUNK, span: int = SPAN) -> Generator[int]:
    """Let the views show some incidents after the others, and give how many were shown before.

    Args:
        store: the store, with incidents chosen.
        total: how many are chosen.
        tables: which tables of the store have a view.
        size: incidents of a chunk.
        span: incidents of a span.
    """
    wanted = sorted(set(tables) & set(BITEMPORAL))
    for first in range(0, max(total, 1), size):  # one chunk at least: files have a heading
        for table in wanted:
            if first % span == 0:
                store.sql.execute(_GATHER.format(table=table, first=first, last=first + span))
            store.sql.execute(_SHOW.format(table=table, first=first, last=first + size))
        yield first
    for table in wanted:
        store.sql.execute(f"drop view if exists in_{table}")
        store.sql.execute(f"drop table if exists span_{table}")
