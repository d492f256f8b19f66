"""What the server does by itself: mails, the on-hold timer, and the business rules of the profile ``rules``.

Mails to the requester, unless the requester did it: ``create`` (the new request is acknowledged), ``resolve`` (it became
Resolved), and in Cloud ``public_comment`` for a note that is shown to the requester; on-premises such a note mails nobody
by default. A reply mails those whom it is addressed to.

With ``rules``: an administrator has made the priority follow impact and urgency, and the first public note of a technician
sets an Open request to In Progress.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from ..outbox import Message
from . import catalogue
from .flavour import Flavour
from .records import Json, Note, Reply, Request, User
from .text import plain

if TYPE_CHECKING:
    from .vendor import ManageEngine


class Mailer:
    """Sends the mails of one server to its outbox."""

    def __init__(self, vendor: ManageEngine) -> None:
        self.vendor = vendor

    def _send(self, request: Request, by: User | None, kind: str, subject: str, words: str) -> None:
        user = self.vendor.state.users[request.values["requester"]]
        if user.email and (by is None or by.number != user.number):
            self._post(request, user.email, kind, subject, words)

    def _post(self, request: Request, to: str, kind: str, subject: str, words: str) -> None:
        self.vendor.outbox.send(Message(self.vendor.clock.now(), to, kind, str(request.number), subject, words))

    def created(self, request: Request, by: User) -> None:
        """Acknowledge a new request."""
        words = plain(request.values.get("description"))
        self._send(request, by, "create", f"Your request has been logged with request id ##{request.number}##", words)

    def resolved(self, request: Request, by: User | None) -> None:
        """Tell that a request is resolved."""
        resolution: Json = request.values.get("resolution") or {}
        words = plain(resolution.get("content"))
        self._send(request, by, "resolve", f"Your request with id ##{request.number}## has been resolved", words)

    def noted(self, request: Request, note: Note, by: User, flavour: Flavour) -> None:
        """Tell of a note that is shown to the requester: in Cloud."""
        if note.public and flavour.cloud:
            self._send(request, by, "public_comment", f"Note added to request ##{request.number}##", plain(note.html))

    def replied(self, request: Request, reply: Reply) -> None:
        """Send a reply to those whom it is addressed to."""
        for address in reply.to:
            self._post(request, address, "public_comment", reply.subject, plain(reply.html))


class Rules:
    """The timer and the business rules of one server."""

    def __init__(self, vendor: ManageEngine) -> None:
        self.vendor = vendor
        self._timers: list[tuple[int, int]] = []
        """(when, number of the request), a heap."""

    def after_write(self, request: Request) -> None:
        """Let the priority follow impact and urgency."""
        values = request.values
        if not self.vendor.faults.rules or values.get("impact") is None or values.get("urgency") is None:
            return
        priority = catalogue.MATRIX.get((values["impact"], values["urgency"]))
        if priority is not None and priority != values.get("priority"):
            self.vendor.changes.set(request, {"priority": priority}, None, operation="BUSINESS_RULE")

    def after_note(self, request: Request, note: Note, by: User) -> None:
        """Let work begin with the first public note of a technician."""
        if not self.vendor.faults.rules or not note.public or not by.technician:
            return
        if request.values["status"] == catalogue.OPEN:
            self.vendor.changes.set(request, {"status": catalogue.IN_PROGRESS}, None, operation="BUSINESS_RULE")

    def schedule(self, request: Request) -> None:
        """Remember when a request comes off hold."""
        heapq.heappush(self._timers, (request.values["onhold_scheduler"]["scheduled_time"], request.number))

    def run_due(self) -> int:
        """Take requests off hold whose time has come, and give how many."""
        now, changed = self.vendor.now(), 0
        while self._timers and self._timers[0][0] <= now:
            due, number = heapq.heappop(self._timers)
            request = self.vendor.state.requests.get(number)
            plan = request.values.get("onhold_scheduler") if request else None
            if request is None or plan is None or plan["scheduled_time"] != due or request.held_since is None:
                continue
            self.vendor.changes.set(request, {"status": plan["change_to_status"]}, None, operation="ONHOLD_SCHEDULER")
            changed += 1
        return changed
