"""Write tickets live: create, update, comment, delete.

Vendor facts:

- ``Idempotency-Key`` works on ``POST /tickets`` only and is remembered for two hours: a repeated create gives the first
  answer. ``external_id`` is not unique. [developer.zendesk.com, ticketing introduction, idempotency]
- An update carries one comment at most, and a repeated one is a second comment. [developer.zendesk.com, ticket comments]
- 30 updates of one ticket in ten minutes, 100 of all tickets in a minute. [developer.zendesk.com, rate limits]
- A closed ticket takes no change: 422, ``Status: closed prevents ticket update``. A solve can be refused for a field that
  the form requires: 422, the words name the field. [developer.zendesk.com, tickets; facetoe/zenpy issue 114]
- A deleted ticket answers 404. [developer.zendesk.com, tickets]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from ...core.connector import AddComment, Create, Delete, Json, Outcome, Record, Update
from ...core.errors import NotFoundError, RejectedError
from ...core.shapes import as_list, as_object
from .api import UPDATE_TICKETS, Api
from .bodies import commented, created_live, updated
from .files import upload


class Writer:
    """Writes the tickets of one account."""

    def __init__(
        self,
        api: Api,
        prepare: Callable[[], object],
        record: Callable[[Json], Record],
        fetch: Callable[[Iterable[str]], list[Json]],
        solver: Callable[[], str | None],
    ) -> None:
        """Make it.

        Args:
            api: the connection's session.
            prepare: reads what ``record`` needs; called before a write, since after it nothing may fail.
            record: gives the record of a ticket.
            fetch: reads tickets by id.
            solver: gives the id of the agent who is assigned to a ticket that is solved while it has no assignee.
        """
        self._api = api
        self._prepare = prepare
        self._record = record
        self._fetch = fetch
        self._solver = solver

    def create(self, write: Create) -> Outcome:
        """Create one ticket."""
        if write.comments:
            raise RejectedError("a live create carries no comments: add them after it", connection=self._api.connection)
        self._prepare()
        body = write.body if not _solves(write.body) else {**write.body, **self._assigned({})}
        reply = self._api.call(
            "POST",
            "/api/v2/tickets",
            json={"ticket": created_live(body, write.marker)},
            headers={"Idempotency-Key": f"isthmus-{write.key}"},
            repeatable=True,
        )
        ticket = self._api.whole(reply, "ticket", "POST /api/v2/tickets")["ticket"]
        return Outcome(write.key, str(ticket["id"]), self._record(ticket))

    def update(self, write: Update) -> Outcome:
        """Change fields of one ticket. Repeating it is harmless: the same values, or refused as outdated."""
        solving = _solves(write.body) and self._solver() is not None
        held = self._held(write.record_id) if solving or "collaborator_ids" in write.body else {}
        body = updated(write, held)
        if solving:
            body |= self._assigned({} if "assignee_id" in write.body else held)
        ticket, _ = self._put(write.record_id, body, repeatable=True)
        return Outcome(write.key, write.record_id, self._record(ticket))

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one comment with its files."""
        tokens = upload(self._api, write.comment.files)
        ticket, audit = self._put(write.record_id, commented(write.comment, tokens), repeatable=False)
        added = (str(event["id"]) for event in as_list(audit.get("events")) if event.get("type") == "Comment")
        return Outcome(write.key, write.record_id, self._record(ticket), child_id=next(added, None))

    def delete(self, write: Delete) -> Outcome:
        """Delete one ticket; one that is gone already counts as deleted."""
        with suppress(NotFoundError):
            self._api.call("DELETE", "/api/v2/tickets/{number}", repeatable=True, number=write.record_id)
        return Outcome(write.key, write.record_id)

    def _held(self, record_id: str) -> Json:
        found = self._fetch([record_id])
        if not found:
            raise NotFoundError("the ticket is gone", connection=self._api.connection, key=record_id)
        return found[0]

    def _assigned(self, held: Json) -> Json:
        """Give the assignee of a ticket that is solved: the one it has, else the solver, else nobody."""
        solver = None if held.get("assignee_id") else self._solver()
        return {} if solver is None else {"assignee_id": int(solver)}

    def _put(self, record_id: str, ticket: Json, *, repeatable: bool) -> tuple[Json, Json]:
        self._prepare()
        reply = self._api.call(
            "PUT",
            "/api/v2/tickets/{number}",
            json={"ticket": ticket},
            repeatable=repeatable,
            counts=(UPDATE_TICKETS,),
            number=record_id,
        )
        data = self._api.whole(reply, "ticket", "PUT /api/v2/tickets/{number}")
        return data["ticket"], as_object(data.get("audit"))


def _solves(body: Json) -> bool:
    """Tell whether a write solves or closes a ticket without saying whose it is."""
    return body.get("status") in ("solved", "closed") and not body.get("assignee_id")
