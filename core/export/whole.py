"""Whole incidents: the document with comments, files, timeline, SLA clocks and figures, as :class:`Incident` reads it."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import orjson

from ..model import Document
from .rows import iso

if TYPE_CHECKING:
    from ..store.store import Store

BATCH = 1000
"""Rows that are taken from the store at once."""

SOURCES = ("incidents", "comments", "files", "events", "sla_clocks", "vendor_figures")
"""Tables of the store that an incident is made of."""

_KINDS = ("incident", "comments", "attachments", "timeline", "sla", "figures")
_EMPTIED = frozenset({"timeline", "sla", "figures"})
"""Their rows have a column for each thing that may be told; one that is not told is left out."""
_STATUS = f"{{'at': {iso('happened_at')}, 'before': before, 'after': after, 'source': source, "
_BY = "'by': case when person is null and person_email is null then null else {'name': person, 'email': person_email} end}"
_CLOCK = f"{{name: name, target_seconds: target_seconds, due_at: {iso('due_at')}, paused: paused, breached: breached}}"
_FIGURE = "{figure: figure, seconds: seconds, business: business, source: source}"
_PARTS = f"""
select place, kind, part from (
    select place, 0 as kind, 0 as position, '' as told, cast(document as varchar) as part
    from in_incidents
    union all select place, 1, position, comment, cast(document as varchar) from in_comments
    union all select place, 2, 0, file, cast(document as varchar) from in_files where comment is null
    union all select place, 3, epoch_us(happened_at), coalesce(before, ''), cast(to_json({_STATUS}{_BY}) as varchar)
    from in_events where field = 'status' and after is not null
    union all select place, 4, 0, name, cast(to_json({_CLOCK}) as varchar)
    from in_sla_clocks
    union all select place, 5, 0, figure, cast(to_json({_FIGURE}) as varchar)
    from in_vendor_figures
) order by place, kind, position, told, part
"""  # noqa: S608 - of constants


class _Row(NamedTuple):
    place: int
    kind: int
    part: str


_Rows: TypeAlias = Iterable[_Row]


def documents(store: Store) -> Generator[tuple[int, Document]]:
    """Give the incidents of the chunk one after the other, each with its place, as JSON values.

    What an incident does not know is absent: it has a timeline, SLA clocks and figures only where there are some.
    """
    found = store.sql.execute(_PARTS)
    for place, rows in groupby(_fetched(found), lambda row: row.place):
        yield place, _assembled(rows)


def _fetched(found: Any) -> Generator[_Row]:
    while rows := found.fetchmany(BATCH):
        yield from map(_Row._make, rows)


def _assembled(rows: _Rows) -> Document:
    document: Document = {**orjson.loads(next(iter(rows)).part), "comments": [], "attachments": []}
    for row in rows:
        part: Document = orjson.loads(row.part)
        kind = _KINDS[row.kind]
        if kind in _EMPTIED:
            part = {name: value for name, value in part.items() if value is not None or name == "before"}
        document.setdefault(kind, []).append(part)
    return document
