"""Write tickets: create, update, reply, comment, delete.

Vendor facts (measured on 5.0.3):

- An update answers 200 and a list of sentences for people, whatever happened: each field succeeds or fails by itself.
  Whether it was done shows in the ticket, so that is read again and compared.
- There is no idempotency key; a create of unknown fate is looked for by its marker. A custom field that a queue lacks is
  dropped in silence, and the marker with it.
- A lifecycle says in which statuses a ticket may begin: 400, ``New tickets can not have status 'stalled' in this queue.``
- A move to another queue changes the lifecycle and who may own, in no fixed order with the other fields.
- A public reply sets a new, resolved or rejected ticket to open, by RT's own hand. A status in the same call
  is set after it.
- ``If-Match`` compares the number of the ticket's newest transaction, which the reply to a GET tells as ``ETag``.
- A deleted ticket can be read by number, and deleting it again answers 500.
- A comment for a ticket that does not exist answers 400.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from ...core.connector import AddComment, Create, Delete, Json, Outcome, Record, Update
from ...core.errors import ConnectorError, FatalError, ForbiddenError, NotFoundError, RejectedError, StaleVersionError
from ...core.model import Visibility
from ...core.shapes import as_list, as_object
from .api import Api
from .bodies import HTML, created, unlike, written
from .files import spooled
from .metadata import Metadata
from .payloads import tidy

log = logging.getLogger("isthmus.request_tracker")

TICKET: Final = "/ticket/{number}"
REOPENED: Final = ("new", "resolved", "rejected")
"""Statuses of the default lifecycle that a public reply ends."""
_BEGIN: Final = re.compile(r"New tickets can not have status")
_DONE: Final = re.compile(r"(Correspondence|Comments) added|Custom fields updated|Status changed from ")
_MADE_AT: Final = re.compile(r"/transaction/(\d+)$")


class Writer:
    """Writes the tickets of one site."""

    def __init__(
        self,
        api: Api,
        metadata: Metadata,
        fetch: Callable[[list[str]], list[Record]],
        *,
        queue: str,
        marker_field: str,
        origin_field: str,
    ) -> None:
        """Make a writer.

        Args:
            api: the connection's session.
            metadata: what the site is set up to hold.
            fetch: reads tickets by number.
            queue: where a ticket is created whose group is no queue.
            marker_field: name of the custom field of tickets that keeps our marker.
            origin_field: name of the custom field of transactions that keeps a comment's origin.
        """
        self._api = api
        self._metadata = metadata
        self._fetch = fetch
        self._queue = queue
        self._marker_field = marker_field
        self._origin_field = origin_field
        self._not_first: set[tuple[str, str]] = set()
        """Queues and statuses in which a ticket cannot begin there."""

    # -- creating

    def create(self, write: Create) -> Outcome:
        """Create one ticket, and bring it to its status where it cannot begin there."""
        if write.comments:
            raise RejectedError("a create carries no comments: add them after it", connection=self._api.connection)
        queue = str(write.body.get("Queue") or self._metadata.queue(self._queue)["id"])
        if not self._metadata.holds(queue, self._marker_field):
            raise RejectedError(
                f"queue {self._metadata.queue(queue)['Name']} lacks the custom field '{self._marker_field}'",
                connection=self._api.connection,
            )
        ticket = created({**write.body, "Queue": queue}, self._metadata.many())
        ticket["CustomFields"] = {**as_object(ticket.get("CustomFields")), self._marker_field: write.marker}
        record_id, status = self._begin(ticket, queue)
        try:
            if status is not None:
                return self._changed(write.key, record_id, {"Status": status})
            return Outcome(write.key, record_id, self._read(record_id))
        except FatalError:
            raise
        except ConnectorError as error:
            return Outcome(write.key, record_id, error=error)

    def _begin(self, ticket: Json, queue: str) -> tuple[str, str | None]:
        """Create a ticket, and give its number and the status that it still has to be brought to."""
        status = ticket.get("Status")
        if status is not None and (queue, str(status)) not in self._not_first:
            try:
                return self._post(ticket), None
            except RejectedError as error:
                if not _BEGIN.search(error.vendor_words):
                    raise
                self._not_first.add((queue, str(status)))
        return self._post({key: value for key, value in ticket.items() if key != "Status"}), status

    def _post(self, ticket: Json) -> str:
        reply = self._api.session.call("POST", "/ticket", json=ticket, repeatable=False)
        return str(self._api.whole(reply, "id", "POST /ticket")["id"])

    # -- changing

    def update(self, write: Update) -> Outcome:
        """Change fields of one ticket. Repeating it does no harm: the same values, or refused as outdated."""
        held, etag = self._held(write.record_id)
        if write.version is not None and write.version != held["LastUpdated"]:
            raise StaleVersionError(
                "the ticket has changed since it was read", connection=self._api.connection, key=write.record_id
            )
        sent = written(write.body, self._metadata.many(), held.get("OtherRequestors") or ())
        guard = {"If-Match": etag} if write.version is not None and etag else {}
        queue = sent.get("Queue")
        if queue is not None and str(queue) != held["Queue"] and len(sent) > 1:
            self._put(write.record_id, {"Queue": queue}, guard)
            guard = {}
        return self._changed(write.key, write.record_id, sent, guard)

    def _changed(self, key: str, record_id: str, sent: Json, guard: Json | None = None) -> Outcome:
        """Send an update, read what became of it, and give the outcome.

        Raises:
            RejectedError: a field does not hold what was sent.
        """
        sentences = self._put(record_id, sent, guard or {}) if sent else []
        record = self._read(record_id)
        if record is None:
            raise NotFoundError("the ticket is gone", connection=self._api.connection, key=record_id)
        wrong = unlike(sent, record.body)
        if wrong:
            raise RejectedError(
                f"Request Tracker does not take {', '.join(wrong)}",
                connection=self._api.connection,
                operation=f"PUT {TICKET}",
                key=record_id,
                vendor_words="; ".join(sentences),
            )
        return Outcome(key, record_id, record)

    def _put(self, record_id: str, sent: Json, guard: Json) -> list[str]:
        reply = self._api.session.call("PUT", TICKET, json=sent, headers=guard, repeatable=True, number=record_id)
        return [str(each) for each in as_list(reply.data)]

    def _read(self, record_id: str) -> Record | None:
        return next(iter(self._fetch([record_id])), None)

    def _held(self, record_id: str) -> tuple[Json, str | None]:
        """Give a ticket and its ETag.

        Raises:
            NotFoundError: it is gone, merged or deleted.
            RejectedError: it is hidden from this account.
        """
        try:
            reply = self._api.session.call("GET", TICKET, number=record_id)
        except ForbiddenError as error:
            raise error.refusal("the ticket is hidden from this account", record_id) from error
        body = self._api.whole(reply, "Status", f"GET {TICKET}")
        if body["Status"] == "deleted" or str(body["id"]) != record_id:
            raise NotFoundError("the ticket is gone", connection=self._api.connection, key=record_id)
        return tidy(body, self._marker_field), reply.headers.get("ETag")

    # -- commenting

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one reply or comment with its files; a public reply leaves the ticket's status as it is."""
        comment, public = write.comment, write.comment.visibility is Visibility.PUBLIC
        message: Json = {
            "Content": comment.body.get("Content") or "<p></p>",
            "ContentType": HTML,
            "TxnCustomFields": {self._origin_field: comment.origin},
        }
        if public:
            status = self._held(write.record_id)[0]["Status"]
            message |= {"Status": status} if status in REOPENED else {}
        template = f"{TICKET}/{'correspond' if public else 'comment'}"
        body: dict[str, Any] = {"json": message}
        if comment.files:
            headers = {"Content-Type": "application/json"}
            body = {"data": lambda: spooled(message, comment.files), "headers": headers}
        reply = self._api.session.call("POST", template, repeatable=False, number=write.record_id, **body)
        for sentence in as_list(reply.data):
            if not _DONE.match(str(sentence)):
                log.warning("%s: ticket %s: %s", self._api.connection, write.record_id, sentence)
        made = _MADE_AT.search(reply.headers.get("Location", ""))
        return Outcome(write.key, write.record_id, child_id=made[1] if made else None)

    # -- deleting

    def delete(self, write: Delete) -> Outcome:
        """Delete one ticket; one that is gone already counts as deleted."""
        with suppress(NotFoundError):
            self._held(write.record_id)
            self._api.session.call("DELETE", TICKET, repeatable=True, number=write.record_id)
        return Outcome(write.key, write.record_id)
