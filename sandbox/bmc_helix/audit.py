"""The history of an incident: rows of the audit form, and the system's own work logs.

A row of ``HPD:HelpDesk_AuditLogSystem`` tells who changed which fields when: ``Fields Changed`` is
``;Status;Assignee;``, and ``Log`` holds the values, one field a line (names of the fields: public clients; the form
of ``Log`` is unconfirmed). With Smart IT installed each change of status or assignment writes an internal, locked
work log as well, by the service user (recorded for "Assignment Change"; "Status Update" is unconfirmed).
"""

from __future__ import annotations

from collections.abc import Sequence

from . import forms as names
from .change import Change
from .fields_incident import INCIDENT
from .session import SERVICE_LOGIN, UNSHOWN
from .store import Row, Store

_UNAUDITED = frozenset(
    ["Status-History", "Last Modified By", "Last Modified Date", "Assignee Groups", "Priority Weight", "InstanceId"]
)
_ARROW = " -> "


def audited(change: Change) -> Row | None:
    """Give the audit row of a save; None where nothing that is audited changes."""
    columns = [
        name
        for name, field in INCIDENT.items()
        if field.column not in _UNAUDITED and field.option != "DISPLAY" and change.changes(field.column)
    ]
    if not columns:
        return None
    pairs = [(name, change.old.get(name), change.new.get(name)) for name in columns]
    action, groups = "Create" if change.creates else "Set", company_groups(change.new)
    return audit_row(change.new["Entry ID"], change.at, change.session.login, action, groups, pairs)


def audit_row(
    entry_id: str, at: int, login: str, action: str, groups: str, changed: Sequence[tuple[str, object, object]]
) -> Row:
    """Give an audit row, without its id; ``groups`` may see it, ``changed`` holds (field, before, after)."""
    lines = [f"{name}: {_text(before)}{_ARROW}{_text(after)}" for name, before, after in changed]
    return {
        "Submitter": login,
        "Create Date": at,
        "Original Request ID": entry_id,
        "Audit Date": at,
        "User": login,
        "Fields Changed": ";" + "".join(f"{name};" for name, _, _ in changed),
        "Action": action,
        "Log": "\n".join(lines),
        UNSHOWN: groups,
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def system_logs(change: Change) -> list[Row]:
    """Give the work logs with which the system tells a change of assignment or status, without their ids."""
    incident, by = change.new, change.session.login
    found: list[Row] = []
    if change.changes("Assignee", "Assigned Group") and (incident.get("Assignee") or incident.get("Assigned Group")):
        who = incident.get("Assignee") or incident["Assigned Group"]
        found.append(system_log(incident, change.at, "Assignment Change", f"Assigned To: {who} by {by}"))
    if not change.creates and change.changes("Status"):
        text = f"Status: {change.old['Status']}{_ARROW}{incident['Status']} by {by}"
        found.append(system_log(incident, change.at, "Status Update", text))
    return found


def system_log(incident: Row, at: int, kind: str, text: str) -> Row:
    """Give a work log of the service user, without its id."""
    return {
        "Submitter": SERVICE_LOGIN,
        "Submit Date": at,
        "Last Modified By": SERVICE_LOGIN,
        "Last Modified Date": at,
        "Incident Number": incident["Incident Number"],
        "Work Log Type": kind,
        "View Access": "Internal",
        "Secure Work Log": "Yes",
        "Description": kind,
        "Detailed Description": text,
        "Work Log Submitter": SERVICE_LOGIN,
        "Work Log Submit Date": at,
        "Work Log Date": at,
        "Communication Source": "System Assignment",
        "ActivityValueSelection_1": "System",
        "Assignee Groups": company_groups(incident),
    }


def company_groups(incident: Row) -> str:
    """Give the row permission without the people that it names: internal notes are not for the customer."""
    held = incident.get("Assignee Groups") or ""
    return "".join(f"{each};" for each in held.split(";") if each and not each.startswith("'"))


def write(store: Store, change: Change) -> None:
    """Store the history of a save."""
    row = audited(change)
    if row is not None:
        table = store[names.AUDIT]
        table.put({"Request ID": table.next_id(), **row})
    logs = store[names.WORK_LOG_FORM]
    for log in system_logs(change):
        logs.put({"Work Log ID": logs.next_id(), **log})
