"""The scheduled job "Autoclose Incidents": Resolved turns Closed after some days.

Property ``glide.ui.autoclose.time``: days, 0 for never (here 7; the shipped value differs by release). The clock runs from
``resolved_at``, or from ``sys_updated_on`` where ``com.snc.incident.autoclose.basedon.resolved_at`` is not true. Result:
state 7, inactive, ``closed_by`` is the resolver, ``sys_updated_by`` is ``system``. Source: knowledge base KB0552820.
"""

from __future__ import annotations

from datetime import timedelta

from .incident_rules import CLOSED, RESOLVED
from .records import Records
from .session import Session
from .store import Row
from .values import Input
from .zones import stored


def autoclose(records: Records, session: Session) -> int:
    """Close what is due; give how many incidents that were.

    Args:
        records: the write path.
        session: the job's, of the user ``system``.
    """
    store = records.store
    days = store.property("glide.ui.autoclose.time", "7")
    if not days.isdecimal() or days == "0":
        return 0
    limit = stored(session.now - timedelta(days=int(days)))
    by_resolution = store.property("com.snc.incident.autoclose.basedon.resolved_at", "true") == "true"
    due = [
        row for row in store["incident"].where("state", RESOLVED) if "" < _since(row, by_resolution=by_resolution) <= limit
    ]
    for row in due:
        values = {"state": CLOSED, "closed_by": row.get("resolved_by") or session.user_id}
        records.update(session, "incident", row, Input(values))
    return len(due)


def _since(row: Row, *, by_resolution: bool) -> str:
    resolved = row.get("resolved_at", "") if by_resolution else ""
    return resolved or row.get("sys_updated_on", "")
