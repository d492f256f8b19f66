"""Mails to the customer: the incident was made, it was resolved, or somebody else wrote a public work log.

Mails to support staff are left out. A merge without workflow sends nothing (docs.bmc.com, notifications; which of
them a company has switched on differs).
"""

from __future__ import annotations

from datetime import UTC, datetime

from ..outbox import Message, Outbox
from .change import Change
from .enums import RESOLVED
from .store import Row
from .work_log_rules import PUBLIC


def of_incident(change: Change, outbox: Outbox) -> None:
    """Send what a save of an incident asks for."""
    incident = change.new
    if change.creates:
        text = incident.get("Detailed Decription") or incident["Description"]
        _send(change, outbox, incident, "create", "has been logged", text)
    if change.changes("Status") and incident["Status"] == RESOLVED:
        _send(change, outbox, incident, "resolve", "has been resolved", incident.get("Resolution") or "")


def of_work_log(change: Change, outbox: Outbox) -> None:
    """Send what a new work log asks for."""
    incident = change.store.incident(change.new["Incident Number"])
    assert incident is not None
    if change.creates and change.new["View Access"] == PUBLIC:
        text = change.new.get("Detailed Description") or change.new.get("Description") or ""
        _send(change, outbox, incident, "public_comment", "has been updated", text)


def _send(change: Change, outbox: Outbox, incident: Row, kind: str, what: str, text: str) -> None:
    address = incident.get("Internet E-mail")
    if not address or incident.get("Customer Login ID") == change.session.login:
        return
    number, time = incident["Incident Number"], datetime.fromtimestamp(change.at, UTC)
    outbox.send(Message(time, address, kind, number, f"Incident {number} {what}", text))
