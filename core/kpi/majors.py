"""Lists of single incidents: majors with the state of their review, and breaches of service levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..store.store import aware
from .definitions import BY_ID
from .figures import Major, Ticket
from .tickets import ticket

if TYPE_CHECKING:
    from ..store.store import Store

MOST = 200
"""Incidents that a list holds; ``isthmus report --tickets`` lists all."""

_MAJORS = """
select connection, incident, key, url, title, resolve, status, opened_at, resolved_at, review_url,
    case when review_url is not null then 'done'
        when resolved_at + to_seconds($within) < getvariable('until') then 'overdue' else 'due' end as review
from facts where major and touched order by opened_at, connection, incident limit $most
"""

# By how much each was late, the most first; where a vendor's clock alone says so, it is unknown.
_BREACHES = """
select connection, incident, key, url, title,
    nullif(greatest(
        case when {response} then coalesce(response_spent - response_target, -1) else -1 end,
        case when {resolve} then coalesce(resolve_spent - resolve_target, -1) else -1 end), -1) as late
from facts where ({response}) or ({resolve})
order by late desc nulls last, connection, incident limit $most
"""


def majors(store: Store, within: float) -> tuple[Major, ...]:
    """Give the major incidents that were at work in the period, the oldest first.

    Args:
        store: the store, with ``facts`` built.
        within: seconds after the resolution in which a review is due.
    """
    found = store.sql.execute(_MAJORS, {"within": within, "most": MOST}).fetchall()
    return tuple(
        Major(
            ticket=ticket(row[:6]),
            seconds=row[5],
            status=row[6],
            opened_at=aware(row[7]),
            resolved_at=aware(row[8]) if row[8] else None,
            review_url=row[9],
            review=row[10],
        )
        for row in found
    )


def breaches(store: Store) -> tuple[Ticket, ...]:
    """Give the incidents that miss a target in ``sla_response`` or ``sla_resolve``, with seconds beyond it."""
    conditions = {
        name: f"{breached} and {BY_ID[kpi].population}"
        for name, kpi, breached in (
            ("response", "sla_response", "response_breached"),
            ("resolve", "sla_resolve", "resolve_breached"),
        )
    }
    return tuple(ticket(row) for row in store.sql.execute(_BREACHES.format(**conditions), {"most": MOST}).fetchall())
