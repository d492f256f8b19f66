"""Notifications of incident, as the base product sends them to the caller.

``create``: opened on the caller's behalf. ``public_comment``: a comment on an existing ticket. ``resolve``: it became
Resolved. Nobody is told of what he did himself, and work notes notify nobody. A first comment that travels with the insert
is part of the mail about the opening. An inactive caller, or one without an e-mail address, gets nothing.
"""

from __future__ import annotations

from ..outbox import Message, Outbox
from .change import Change
from .incident_rules import RESOLVED
from .journal import PUBLIC


def notify(change: Change, outbox: Outbox) -> None:
    """Send what an insert or update of an incident asks for."""
    caller = change.store["sys_user"].rows.get(change.after("caller_id"))
    if caller is None or not caller.get("email") or caller.get("active") == "false":
        return
    if caller["sys_id"] == change.session.user_id:
        return
    number, title = change.after("number"), change.after("short_description")

    def send(kind: str, subject: str, text: str) -> None:
        outbox.send(Message(change.session.now, caller["email"], kind, number, subject, text))

    if change.inserts:
        text = "\n\n".join(part for part in (change.after("description"), change.journals.get(PUBLIC, "")) if part)
        send("create", f"Incident {number} has been opened on your behalf", text or title)
    elif PUBLIC in change.journals:
        send("public_comment", f"Incident {number} - comments added", change.journals[PUBLIC])
    if change.changes("state") and change.after("state") == RESOLVED:
        send("resolve", f"Incident {number} has been resolved", change.after("close_notes"))
