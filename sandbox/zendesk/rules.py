"""What Zendesk does by itself: mails through triggers, reopening, timed closing, and the extra triggers of ``rules``.

* The default triggers mail the requester and the CCs when a ticket with a public first comment is created, and when an
  agent updates it with a public comment, whoever is named as its author. Nobody is mailed about what he did or said
  himself (support.zendesk.com, "About the standard triggers").
* A requester's own update of a pending, on-hold or solved ticket opens it again.
* A standard automation closes tickets four days after they were solved.
* What a trigger changes stands in the same audit as ``Change`` events with ``via.channel: rule`` (recorded).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..outbox import Message
from . import text
from .records import SYSTEM, Audit, Event, Json, Ticket, User

if TYPE_CHECKING:
    from .changes import Update
    from .vendor import Zendesk

CLOSE_AFTER = 96 * 3600
"""Seconds between solving and closing."""
FIRST_REPLY_TAG = "first_reply_sent"
ESCALATED_TAG = "auto_escalated"
ESCALATING = frozenset({"vip", "escalated"})
HIGHER = {None: "normal", "low": "normal", "normal": "high", "high": "urgent", "urgent": "urgent"}


def by_rule(title: str, number: int, rel: str = "trigger") -> Json:
    """Give the ``via`` of what a trigger or automation did."""
    return {"channel": "rule", "source": {"from": {"deleted": False, "title": title, "id": number}, "to": {}, "rel": rel}}


class Rules:
    """The triggers and automations of one vendor."""

    def __init__(self, vendor: Zendesk) -> None:
        self.vendor = vendor
        self._closing: list[tuple[int, int]] = []
        """(when to close, ticket id), a heap."""

    def placeholders(self, ticket: Ticket, actor: User) -> Mapping[str, str]:
        """Give the values of the placeholders that a comment may use."""
        requester = self.vendor.state.users[ticket.requester_id]
        return {
            "ticket.id": str(ticket.id),
            "ticket.title": ticket.subject,
            "ticket.status": ticket.status.capitalize(),
            "ticket.priority": (ticket.priority or "").capitalize(),
            "ticket.requester.name": requester.name,
            "ticket.requester.first_name": requester.name.partition(" ")[0],
            "ticket.requester.email": requester.email or "",
            "current_user.name": actor.name,
        }

    def after(self, update: Update) -> None:
        """Run the triggers after a write; they add to its audit."""
        ticket, actor = update.ticket, update.actor
        answered = update.comment is not None and not actor.is_agent and ticket.status == update.status_before
        if answered and ticket.status in {"pending", "hold", "solved"}:
            self._set(update, {"status": "open"}, "Reopen on a reply of the requester", 1)
        comment = update.comment
        if comment is not None and comment.public:
            if update.created:
                self._mail(update, "create", "Notify requester and CCs of received request", 2)
            elif actor.is_agent:
                self._mail(update, "public_comment", "Notify requester and CCs of comment update", 3)
        if self.vendor.faults.rules:
            self._answer(update)

    def _answer(self, update: Update) -> None:
        ticket, comment = update.ticket, update.comment
        if ESCALATING & set(ticket.tags) and ESCALATED_TAG not in ticket.tags:
            changes = {"priority": HIGHER[ticket.priority], "tags": sorted({*ticket.tags, ESCALATED_TAG})}
            self._set(update, changes, "Raise the priority of escalated tickets", 4)
        replied = comment is not None and comment.public and self.vendor.state.users[comment.author_id].is_agent
        if replied and not update.created and FIRST_REPLY_TAG not in ticket.tags:
            changes: Json = {"tags": sorted({*ticket.tags, FIRST_REPLY_TAG})}
            if ticket.status in {"new", "open"}:
                changes["status"] = "pending"
            self._set(update, changes, "Wait for the requester after the first reply", 5)

    def _set(self, update: Update, values: Json, title: str, number: int) -> None:
        ticket = update.ticket
        if "status" in values:
            values = {**values, "custom_status_id": self.vendor.state.default_status(values["status"]).id}
        before = {attribute: getattr(ticket, attribute) for attribute in values}
        for attribute, value in values.items():
            setattr(ticket, attribute, value)
        self.vendor.changes.tell_changes(update, before, by_rule(title, number))

    def _mail(self, update: Update, kind: str, title: str, number: int) -> None:
        state, ticket, comment = self.vendor.state, update.ticket, update.comment
        assert comment is not None
        people = [state.users[number] for number in dict.fromkeys((ticket.requester_id, *ticket.email_cc_ids))]
        busy = {update.actor.id} if update.created else {update.actor.id, comment.author_id}
        mailed = [user for user in people if user.email and user.active and user.id not in busy]
        for user in mailed:
            words = text.plain_body(comment.html)
            self.vendor.outbox.send(
                Message(
                    self.vendor.clock.now(),
                    user.email or "",
                    kind,
                    str(ticket.id),
                    f"[Request received] {ticket.subject}" if kind == "create" else f"Re: {ticket.subject}",
                    words,
                )
            )
        if mailed:
            other: Json = {
                "subject": "{{ticket.title}}",
                "body": "{{ticket.latest_public_comment_html}}",
                "recipients": [user.id for user in mailed],
            }
            event = Event(state.next_id(), "Notification", via=by_rule(title, number), other=other)
            update.audit.events.append(event)

    # -- timed closing

    def schedule_close(self, ticket: Ticket) -> None:
        """Close a solved ticket once its time has come."""
        assert ticket.solved_at is not None
        heapq.heappush(self._closing, (ticket.solved_at + CLOSE_AFTER, ticket.id))

    def close_due(self) -> int:
        """Close the tickets whose time has come, and give how many."""
        now, closed = self.vendor.now(), 0
        while self._closing and self._closing[0][0] <= now:
            due, number = heapq.heappop(self._closing)
            ticket = self.vendor.state.live(number)
            if ticket is not None and ticket.status == "solved" and (ticket.solved_at or 0) + CLOSE_AFTER == due:
                self._close(ticket, now)
                closed += 1
        return closed

    def _close(self, ticket: Ticket, now: int) -> None:
        state = self.vendor.state
        via = by_rule("Close ticket 4 days after status is set to solved", 6, "automation")
        event = Event(state.next_id(), "Change", "status", "closed", ticket.status, via=via)
        ticket.status = "closed"
        ticket.updated = now
        state.log_audit(ticket, Audit(state.next_id(), ticket.id, now, SYSTEM, [event], via), now)
        state.log_change(ticket, now)
