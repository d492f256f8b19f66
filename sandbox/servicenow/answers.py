"""Rules that answer a write of incident with writes of their own.

Always on: a state of a parent is copied to its children (In Progress, On Hold unless "Awaiting Caller", Resolved; product
documentation, incident state model), and parents count their children.

With the fault profile ``rules``, as customers configure it: a new incident without a group gets the one of its category;
one of a VIP caller gets urgency 1; and the rule says so in a work note, written by ``system``.
"""

from __future__ import annotations

from collections.abc import Callable

from .change import Change
from .incident_rules import AWAITING_CALLER, IN_PROGRESS, ON_HOLD, RESOLVED
from .journal import INTERNAL
from .records import AfterRule, Records
from .session import platform_session
from .store import Row
from .values import Input

_COPIED = ("state", "hold_reason", "close_code", "close_notes")
GROUP_OF_CATEGORY = {
    "network": "Network",
    "hardware": "Workplace",
    "software": "Applications",
    "database": "Database",
    "access": "Identity and Access",
    "inquiry": "Service Desk",
}


def copy_to_children(records: Records, change: Change) -> None:
    """Carry a state from a parent to its children."""
    state = change.after("state")
    waits = state == ON_HOLD and change.after("hold_reason") == AWAITING_CALLER
    if change.inserts or not change.changes("state") or state not in {IN_PROGRESS, ON_HOLD, RESOLVED} or waits:
        return
    values = {element: change.after(element) for element in _COPIED}
    children = list(change.store["incident"].where("parent_incident", change.new["sys_id"]))
    for child in children:
        if child.get("active") == "true":
            records.update(change.session, "incident", child, Input(values))


def count_children(records: Records, change: Change) -> None:
    """Keep ``child_incidents`` of the parents involved."""
    if not change.changes("parent_incident"):
        return
    incidents = change.store["incident"]
    for sys_id in (change.before("parent_incident"), change.after("parent_incident")):
        if sys_id in incidents.rows:
            count = sum(1 for _ in incidents.where("parent_incident", sys_id))
            records.update(change.session, "incident", incidents.rows[sys_id], Input({"child_incidents": str(count)}))


def answerer(system: Row, in_force: Callable[[], bool]) -> AfterRule:
    """Give the rule of the profile ``rules``.

    Args:
        system: the user as whom it writes.
        in_force: tells whether the profile is on.
    """

    def answer(records: Records, change: Change) -> None:
        if not change.inserts or not in_force():
            return
        values, reasons = _assignment(change)
        caller = change.store["sys_user"].rows.get(change.after("caller_id"), {})
        if caller.get("vip") == "true" and change.after("urgency") != "1":
            values["urgency"] = "1"
            reasons.append("urgency raised for a VIP caller")
        if values:
            session = change.session
            by_system = platform_session(system, session.now, session.base_url)
            note = f"Set by rule: {', '.join(reasons)}."
            records.update(by_system, "incident", change.new, Input(values, {INTERNAL: note}))

    return answer


def _assignment(change: Change) -> tuple[dict[str, str], list[str]]:
    name = GROUP_OF_CATEGORY.get(change.after("category"), "")
    group = change.store["sys_user_group"].first("name", name)
    if group is None or change.after("assignment_group"):
        return {}, []
    return {"assignment_group": group["sys_id"]}, [f"assigned to {name} by category"]
