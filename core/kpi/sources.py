"""The connections that a report draws on, and whether the store's copy of each is complete."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..store.store import aware, naive
from .figures import Source

if TYPE_CHECKING:
    from ..store.store import Store

# The last reading of each connection that had ended by then.
LAST_READINGS = """
select * from collections where ended_at <= $as_of
qualify row_number() over (partition by connection order by number desc) = 1
"""
_SOURCES = f"""
select c.connection, c.connector, c.ended_at, count(i.incident), c.held, c.vendor_count, c.census,
    coalesce(json_array_length(any_value(c.missing)), 0), c.outcome
from ({LAST_READINGS}) as c
left join then_incidents as i on i.connection = c.connection and not i.deleted
group by all order by c.connection
"""  # noqa: S608


def sources(store: Store, as_of: datetime) -> tuple[Source, ...]:
    """Give each connection's last reading, and the proof that nothing is missing.

    Args:
        store: the store, believing what it did at ``as_of``.
        as_of: readings that ended later do not count.
    """
    return tuple(
        Source(
            connection=connection,
            connector=connector,
            collected_at=aware(ended_at),
            incidents=incidents,
            held=held,
            vendor_count=vendor_count,
            census=census,
            missing=missing,
            complete=outcome == "ok" and not missing and vendor_count in (None, held) and census in (None, held),
        )
        for connection, connector, ended_at, incidents, held, vendor_count, census, missing, outcome in (
            store.sql.execute(_SOURCES, {"as_of": naive(as_of)}).fetchall()
        )
    )
