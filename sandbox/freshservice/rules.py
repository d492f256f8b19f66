"""What Freshservice does by itself: mails, reopening, timed closing, and the workflows of the profile ``rules``.

* The requester is mailed when a ticket is created, on every reply, and when it is resolved; a reply goes to its copies as
  well, a note to nobody but those it names.
* A reply of the requester to a waiting, resolved or closed ticket opens it again: a default rule of many accounts.
* A default rule closes tickets 48 hours after they were resolved.
* A workflow answers an API write a moment later, as actor 0 "Ticket Workflow": with the profile ``rules`` an escalated
  ticket is raised in priority, and after the first reply of an agent the ticket waits for the requester. Until the next
  request, the answer to the write and the ticket as it will be differ, as they do at the vendor.
* With the profile ``rules`` the priority matrix is on: urgency or impact that come without a priority set it.

Source: support.freshservice.com, "Workflow automator" and "Email notifications".
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from ..outbox import Message
from . import account, text
from .records import CLOSED, DONE, OPEN, PENDING, RESOLVED, Conversation, Json, Person, Ticket
from .sla import WAITING

if TYPE_CHECKING:
    from .vendor import Freshservice

CLOSE_AFTER = 48 * 3600
"""Seconds between resolving and closing."""
ESCALATING = frozenset({"vip", "escalated"})
ESCALATED_TAG = "auto_escalated"
FIRST_REPLY_TAG = "first_reply_sent"
REPLY_SENT, NOTE_ADDED = "Reply is sent", "Note is added"


class Rules:
    """The notifications and workflows of one account."""

    def __init__(self, vendor: Freshservice) -> None:
        self.vendor = vendor
        self._closing: list[tuple[int, int]] = []
        """(when to close, ticket id), a heap."""
        self._waiting: list[tuple[int, str]] = []
        """(ticket id, event) of the workflows that are to run."""

    # -- events

    def created(self, ticket: Ticket, actor: Person) -> None:
        """A ticket was created."""
        self._mail(ticket, "create", f"Ticket Received - {ticket.subject}", ticket.description, ticket.cc_emails, actor)
        self._resolved(ticket, actor, ticket.status in DONE)
        self._plan(ticket, "Ticket is raised")

    def updated(self, ticket: Ticket, actor: Person, changed: Json) -> None:
        """Attributes of a ticket were changed."""
        if self.vendor.faults.rules and {"urgency", "impact"} & changed.keys() and "priority" not in changed:
            self._matrix(ticket)
        self._resolved(ticket, actor, "status" in changed and ticket.status in DONE)
        self._plan(ticket, "Ticket is updated")

    def said(self, ticket: Ticket, said: Conversation) -> None:
        """A conversation was added."""
        people = self.vendor.state.people
        author = people[said.user_id]
        if said.source == 0 and not said.incoming:
            copies = said.cc_emails + said.bcc_emails
            self._mail(ticket, "public_comment", f"Re: {ticket.subject}", said.body, copies, author)
        else:
            self._send("note_notification", ticket, said.to_emails, f"Note added - {ticket.subject}", said.body)
        by_requester = said.incoming or not author.is_agent
        if by_requester and not said.private and ticket.status in WAITING | DONE:
            self._run(ticket, "Reopen on a reply of the requester", "Reply is received", {"status": OPEN})
        elif not said.private and not by_requester:
            self._plan(ticket, REPLY_SENT if said.source == 0 else NOTE_ADDED)

    # -- mails

    def _resolved(self, ticket: Ticket, actor: Person, done: bool) -> None:
        if done:
            notes = ticket.resolution_notes or ""
            self._mail(ticket, "resolve", f"Ticket Resolved - {ticket.subject}", notes, [], actor)
            if ticket.status == RESOLVED:
                self.schedule_close(ticket)

    def _mail(self, ticket: Ticket, kind: str, subject: str, body: str, copies: list[str], actor: Person) -> None:
        """Mail the requester, unless he is the one who acts, and the copies."""
        requester = self.vendor.state.people[ticket.requester_id]
        mailed = [requester.email] if requester.email and requester.id != actor.id and requester.active else []
        self._send(kind, ticket, [*mailed, *copies], subject, body)

    def _send(self, kind: str, ticket: Ticket, addresses: list[str], subject: str, body: str) -> None:
        for address in dict.fromkeys(addresses):
            words = text.plain(body)
            message = Message(self.vendor.clock.now(), address, kind, str(ticket.id), subject, words)
            self.vendor.outbox.send(message)

    # -- workflows

    def _plan(self, ticket: Ticket, event: str) -> None:
        if self.vendor.faults.rules:
            self._waiting.append((ticket.id, event))

    def run_due(self) -> int:
        """Run the workflows that wait and close what has become due; give how many tickets that changed."""
        waiting, self._waiting = self._waiting, []
        changed = sum(self._answer(number, event) for number, event in waiting)
        return changed + self._close_due()

    def _answer(self, ticket_id: int, event: str) -> bool:
        ticket = self.vendor.state.live(ticket_id)
        if ticket is None:
            return False
        values: Json = {}
        name = "Raise the priority of escalated tickets"
        if ESCALATING & set(ticket.tags) and ESCALATED_TAG not in ticket.tags:
            values = {"priority": min(4, ticket.priority + 1), "tags": [*ticket.tags, ESCALATED_TAG]}
        elif event in {REPLY_SENT, NOTE_ADDED} and FIRST_REPLY_TAG not in ticket.tags:
            name, values = "Wait for the requester after the first reply", {"tags": [*ticket.tags, FIRST_REPLY_TAG]}
            if ticket.status in {OPEN, account.IN_PROGRESS}:
                values["status"] = PENDING
        if values:
            self._run(ticket, name, event, values)
        return bool(values)

    def _run(self, ticket: Ticket, name: str, event: str, values: Json) -> None:
        """Let a workflow set attributes."""
        changes = self.vendor.changes
        changed = changes.apply(ticket, values)
        self.vendor.state.touch(ticket, self.vendor.now())
        details = (changes.told(ticket, changed), "Workflow Ends")
        changes.record(ticket, None, f" executed {name} workflow from {event}  event", details)

    def _matrix(self, ticket: Ticket) -> None:
        priority = account.PRIORITY_MATRIX[ticket.impact - 1][ticket.urgency - 1]
        self.vendor.changes.apply(ticket, {"priority": priority})

    # -- timed closing

    def schedule_close(self, ticket: Ticket) -> None:
        """Close a resolved ticket once its time has come."""
        if ticket.clocks.resolved is not None and not ticket.stays:
            heapq.heappush(self._closing, (ticket.clocks.resolved + CLOSE_AFTER, ticket.id))

    def _close_due(self) -> int:
        now, closed = self.vendor.now(), 0
        while self._closing and self._closing[0][0] <= now:
            due, number = heapq.heappop(self._closing)
            ticket = self.vendor.state.live(number)
            if ticket is not None and ticket.status == RESOLVED and (ticket.clocks.resolved or 0) + CLOSE_AFTER == due:
                self._run(ticket, "Close resolved tickets", "time based", {"status": CLOSED})
                closed += 1
        return closed
