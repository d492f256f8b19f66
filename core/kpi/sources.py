"""The connections that a report draws on, and whether the store's copy of each is complete."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..store.store import aware, naive
from .figures import Source

if TYPE_CHECKING:
    from ..store.store import Store

# The last reading of each connection that had begun by then. Of one that had not ended, as of one that was killed and never
# did, only that is known.
LAST_READINGS = """
select number, connection, connector, problems, if(ended, ended_at, started_at) as told_at,
    if(ended, outcome, null) as outcome, if(ended, held, null) as held, if(ended, vendor_count, null) as vendor_count,
    if(ended, census, null) as census, if(ended, missing, null) as missing
from (select *, coalesce(ended_at <= $as_of, false) as ended from collections where started_at <= $as_of)
qualify row_number() over (partition by connection order by number desc) = 1
"""
_SOURCES = f"""
select c.connection, c.connector, c.told_at, count(i.incident), c.held, c.vendor_count, c.census,
    coalesce(json_array_length(any_value(c.missing)), 0), c.outcome
from ({LAST_READINGS}) as c
left join then_incidents as i on i.connection = c.connection and not i.deleted
group by all order by c.connection
"""  # noqa: S608


def sources(store: Store, as_of: datetime) -> tuple[Source, ...]:
    """Give each connection's last reading, and the proof that nothing is missing.

    Args:
        store: the store, believing what it did at ``as_of``.
        as_of: of a reading that ended later, or never, it only counts that it had begun: the copy is not complete.
    """
    return tuple(
        Source(
            connection=connection,
            connector=connector,
            collected_at=aware(told_at),
            incidents=incidents,
            held=held,
            vendor_count=vendor_count,
            census=census,
            missing=missing,
            complete=outcome == "ok" and not missing and vendor_count in (None, held) and census in (None, held),
        )
        for connection, connector, told_at, incidents, held, vendor_count, census, missing, outcome in (
            store.sql.execute(_SOURCES, {"as_of": naive(as_of)}).fetchall()
        )
    )
