"""Business rules of incident that run before a row is stored.

Sources: product documentation of the incident state model, of priority lookup rules and of incident properties; recorded
replies. Unconfirmed: what reopening clears (here ``resolved_*`` and ``closed_*``), and when the reassignment count grows.
"""

from __future__ import annotations

from .change import Change
from .journal import PUBLIC
from .store import Store
from .zones import business_seconds, duration, moment

NEW, IN_PROGRESS, ON_HOLD, RESOLVED, CLOSED, CANCELED = "1", "2", "3", "6", "7", "8"
INACTIVE = frozenset({CLOSED, CANCELED})
AWAITING_CALLER = "1"
_PRIORITY = {
    ("1", "1"): "1", ("1", "2"): "2", ("1", "3"): "3",
    ("2", "1"): "2", ("2", "2"): "3", ("2", "3"): "4",
    ("3", "1"): "3", ("3", "2"): "4", ("3", "3"): "5",
}  # fmt: skip
"""(impact, urgency) -> priority: the lookup table of the base product."""


def before_write(change: Change) -> None:
    """Apply the rules, in the platform's order."""
    _mirror_state(change)
    _caller_answers(change)
    _set_priority(change)
    _assign(change)
    if change.after("state") != ON_HOLD:
        change.set("hold_reason", "")
    if change.inserts or change.changes("state"):
        _enter_state(change)


def priority(impact: str, urgency: str) -> str:
    """Give the priority of the lookup table; empty where it has none."""
    return _PRIORITY.get((impact, urgency), "")


def _mirror_state(change: Change) -> None:
    """Keep ``incident_state``, the legacy twin, equal; ``state`` wins where both are written."""
    if change.changes("incident_state") and "state" not in change.sent:
        change.set("state", change.after("incident_state"))
    if not change.after("state"):
        change.set("state", change.before("state") or NEW)
    change.set("incident_state", change.after("state"))


def _caller_answers(change: Change) -> None:
    """Take a ticket off "Awaiting Caller" when its caller comments."""
    waits = change.before("state") == ON_HOLD and change.before("hold_reason") == AWAITING_CALLER
    by_caller = change.session.user_id == change.before("caller_id")
    if waits and by_caller and PUBLIC in change.journals and not change.changes("state"):
        change.set("state", IN_PROGRESS)
        change.set("incident_state", IN_PROGRESS)


def _set_priority(change: Change) -> None:
    computed = priority(change.after("impact"), change.after("urgency"))
    if computed and (change.inserts or any(change.changes(name) for name in ("impact", "urgency", "priority"))):
        change.set("priority", computed)


def _assign(change: Change) -> None:
    if change.changes("assignment_group") and not change.changes("assigned_to"):
        group, person = change.after("assignment_group"), change.after("assigned_to")
        if person and group and not is_member(change.store, person, group):
            change.set("assigned_to", "")
    moved = any(change.before(name) and change.changes(name) for name in ("assignment_group", "assigned_to"))
    if moved and not change.inserts:
        change.set("reassignment_count", str(int(change.before("reassignment_count") or 0) + 1))


def is_member(store: Store, person: str, group: str) -> bool:
    """Tell whether a user belongs to a group."""
    return any(row.get("group") == group for row in store["sys_user_grmember"].where("user", person))


def _enter_state(change: Change) -> None:
    before, after = change.before("state"), change.after("state")
    change.set("active", "false" if after in INACTIVE else "true")
    if before in {RESOLVED, CLOSED} and after in {NEW, IN_PROGRESS, ON_HOLD}:
        _reopen(change)
    if after == RESOLVED:
        _resolve(change)
    elif after == CLOSED:
        change.set_unless_sent("closed_at", change.at)
        change.set_unless_sent("closed_by", change.session.user_id)


def _resolve(change: Change) -> None:
    change.set_unless_sent("resolved_at", change.at)
    change.set_unless_sent("resolved_by", change.session.user_id)
    opened, resolved = moment(change.after("opened_at")), moment(change.after("resolved_at"))
    if opened is None or resolved is None or resolved < opened:
        return
    calendar, business = int((resolved - opened).total_seconds()), business_seconds(opened, resolved)
    for prefix, seconds in (("calendar", calendar), ("business", business)):
        change.set(f"{prefix}_duration", duration(seconds))
        change.set(f"{prefix}_stc", str(seconds))


def _reopen(change: Change) -> None:
    change.set("reopen_count", str(int(change.before("reopen_count") or 0) + 1))
    change.set("reopened_time", change.at)
    change.set("reopened_by", change.session.user_id)
    for element in ("resolved_at", "resolved_by", "closed_at", "closed_by"):
        change.set(element, "")
