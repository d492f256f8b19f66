"""What is odd about the data, and what it means for the figures.

Each finding counts incidents that the period touches, but for those that no figure counts at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from ..store.store import naive
from .figures import Quality, Source, Ticket
from .sources import LAST_READINGS, sources
from .tickets import HEAVIEST, SHOWN, Names, heaviest

if TYPE_CHECKING:
    from ..store.store import Store


class Check(NamedTuple):
    """One thing that may be odd about an incident."""

    id: str
    title: str
    words: str
    condition: str
    """SQL over ``source``."""
    source: str = "facts"
    """``facts``, or ``left_out``: what no figure counts."""


CHECKS = (
    Check(
        "closed_unresolved",
        "Closed without having been resolved",
        "They count as resolved when they were closed, so the time to resolve holds the time of waiting as well.",
        "closed_unresolved and closed_at >= getvariable('first')",
    ),
    Check(
        "resolved_before_opened",
        "Resolved before opened",
        "They have no time to resolve. A clock was wrong, or a record was imported with its old times.",
        "touched and resolved_at < opened_at",
    ),
    Check(
        "resolved_unknown",
        "Resolved at an unknown time",
        "They are neither open nor in the time to resolve: neither timeline nor record tells when they were resolved.",
        "touched and status in ('resolved', 'closed') and resolved_at is null",
    ),
    Check(
        "no_timeline",
        "Without a timeline",
        "Their pauses, reopenings and moves between groups are unknown; the times that the record states count.",
        "touched and not has_timeline",
    ),
    Check(
        "unassigned",
        "Resolved while assigned to nobody",
        "Who resolved them cannot be told; they stand in the figures of their group.",
        "resolved_at >= getvariable('first') and assignee is null",
    ),
    Check(
        "no_group",
        "Without a group",
        "They stand in no group's figures, and their tier is unknown.",
        "touched and team is null",
    ),
    Check(
        "no_priority",
        "Without a priority",
        "They have no target, so no service level counts them.",
        "touched and priority is null",
    ),
    Check(
        "future",
        "With times in the future",
        "They say that something happened after we had read it: the clock of the tool is ahead, or someone typed the time.",
        "touched and latest_stated_at > learned_at + interval 1 minute",
    ),
    Check(
        "no_opening",
        "Without the time of opening",
        "No figure counts them.",
        "not deleted and opened_at is null",
        "left_out",
    ),
    Check(
        "deleted",
        "Deleted at their tool",
        "No figure counts them. What they had been is kept in the store.",
        "deleted and opened_at < getvariable('until')",
        "left_out",
    ),
    Check(
        "copies",
        "Copies of an incident at another tool",
        "One incident counts once: where it began. These are the records that stand for it elsewhere.",
        "not deleted and copy and opened_at < getvariable('until')",
        "left_out",
    ),
)
"""All that is looked for, in the order in which it is told."""

# Neither a deleted incident nor a copy has facts; both are told while the period touches them.
_LEFT_OUT = """
create or replace temp view left_out as
select i.*, coalesce(not b.counted, false) as copy
from then_incidents as i left join then_bonds as b using (connection, incident)
where (deleted or not coalesce(b.counted, true) or opened_at is null)
    and coalesce(closed_at, resolved_at, 'infinity') >= getvariable('first')
"""
_FOUND = """
select connection, count(*), {heaviest}
from (select connection, incident, 0.0 as value from {source} where {condition})
group by connection order by connection
"""

# What a connection's last reading could not read.
_BROKEN = f"""
select connection, len(json_keys(problems)), json_keys(problems)[1:{SHOWN}]
from ({LAST_READINGS}) where len(json_keys(problems)) > 0 order by connection
"""  # noqa: S608


def quality(store: Store, as_of: datetime) -> tuple[Quality, ...]:
    """Give all findings that there are, by connection.

    Args:
        store: the store, with ``facts`` built.
        as_of: the report's moment.
    """
    store.sql.execute(_LEFT_OUT)
    return tuple(finding for check in CHECKS for finding in _found(store, check)) + _readings(store, as_of)


def _found(store: Store, check: Check) -> Iterator[Quality]:
    query = _FOUND.format(heaviest=HEAVIEST, source=check.source, condition=check.condition)
    rows = [(connection, count, heaviest(odd)) for connection, count, odd in store.sql.execute(query).fetchall()]
    names = Names(store, (ticket for _, _, tickets in rows for ticket in tickets), source=check.source)
    for connection, count, tickets in rows:
        yield Quality(
            id=check.id,
            title=check.title,
            words=check.words,
            connection=connection,
            count=count,
            tickets=tuple(ticket.model_copy(update={"value": None}) for ticket in names.fill(tickets)),
        )


def _readings(store: Store, as_of: datetime) -> tuple[Quality, ...]:
    """Give what is odd about the last reading of each connection."""
    broken = tuple(
        Quality(
            id="broken",
            title="Records that could not be read",
            words="No figure counts them as they are now; what was read of them before counts.",
            connection=connection,
            count=count,
            tickets=tuple(Ticket(connection=connection, id=incident, key=incident) for incident in incidents),
        )
        for connection, count, incidents in store.sql.execute(_BROKEN, {"as_of": naive(as_of)}).fetchall()
    )
    incomplete = tuple(
        Quality(
            id="incomplete",
            title="Copy not proven to be complete",
            words="The last reading did not come to its end, or its count is not the tool's: figures may miss incidents.",
            connection=source.connection,
            count=_lacking(source),
        )
        for source in sources(store, as_of)
        if not source.complete
    )
    return broken + incomplete


def _lacking(source: Source) -> int:
    """Give by how many incidents a copy is known to be short, or to have too many."""
    there = source.vendor_count if source.census is None else source.census
    return source.missing or (0 if there is None or source.held is None else abs(there - source.held))
