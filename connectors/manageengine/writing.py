"""Writing requests and notes.

Vendor facts (manageengine.com, requests; public clients):

- A create answers 201 and a change 200, both with the whole request. A change is partial, null empties a field, and
  repeating it does no harm; repeating a create makes a second request. A slow server may store what the client gave up.
- An option is written by its name, a person and a group by id, a time as ``{value}`` with its milliseconds as digits. A
  key that is not known refuses the whole write.
- The resolution goes with the request, so closing rules see it; a status can be set to any other where no life cycle
  forbids it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from ...core.connector import AddComment, Create, Delete, Json, Outcome, Update
from ...core.errors import ConnectorError, RejectedError, UnavailableError
from ...core.model import Visibility
from ...core.net.multipart import bare_name
from ...core.shapes import as_object
from .calls import Calls
from .catalogue import Catalogue
from .comments import Comments
from .files import part_label, remove, upload
from .people import People
from .reading import Reading
from .replies import body_of
from .shapes import CODE, CUSTOM, LABELS, OPTIONS, PEOPLE, STATE, TIMES, stamp

REQUESTS: Final = "/requests"
REQUEST: Final = "/requests/{id}"
NEVER_EMPTY: Final = frozenset({"requester", "status", "subject"})
"""Fields that the vendor does not let anybody empty."""
NO_CODE: Final = {CODE: None}
IN_TRASH: Final = "(4016)"


class Writing:
    """Writes requests of one account."""

    def __init__(
        self,
        calls: Calls,
        catalogue: Catalogue,
        people: People,
        reading: Reading,
        comments: Comments,
        *,
        marker: str,
        labels: str,
    ) -> None:
        """Make a writer.

        Args:
            calls: the connection's calls.
            catalogue: the lists of the account.
            people: who knows whose key it is.
            reading: makes records of what the vendor tells.
            comments: reads notes back.
            marker: the custom field that holds the marker.
            labels: the custom field that holds the labels.
        """
        self._calls = calls
        self._catalogue = catalogue
        self._people = people
        self._reading = reading
        self._comments = comments
        self._marker = marker
        self._labels = labels

    # -- requests

    def create(self, write: Create) -> Outcome:
        """Create one request."""
        if write.comments:
            raise RejectedError("a create carries no comments: add them after it", connection=self._calls.connection)
        values = {name: value for name, value in self.values(write.body).items() if value not in (None, NO_CODE)}
        myself = None if "requester" in values else self._people.myself()
        if myself is not None:
            values["requester"] = {"id": myself.id}
        values[CUSTOM] = {**as_object(values.get(CUSTOM)), self._marker: write.marker}
        reply = self._calls.write("POST", REQUESTS, {"request": values}, repeatable=False)
        return self._told(write.key, reply, write.marker)

    def _told(self, key: str, reply: Any, marker: str) -> Outcome:
        """Give the outcome of a create: the request that the reply shows, else the one that bears the marker."""
        row = body_of(reply, "request")
        found = [self._reading.record(row)] if row and row.get("id") else self._reading.find(marker)
        if len(found) != 1:
            raise UnavailableError(
                "the reply shows no request, and none bears the marker",
                maybe_applied=True,
                connection=self._calls.connection,
                operation=f"POST {REQUESTS}",
            )
        return Outcome(key, found[0].id, found[0])

    def update(self, write: Update) -> Outcome:
        """Change fields of one request; safe to repeat."""
        values = self.values(write.body)
        sent = {name: value for name, value in values.items() if value is not None or name not in NEVER_EMPTY}
        if not sent:
            return Outcome(write.key, write.record_id)
        reply = self._calls.write("PUT", REQUEST, {"request": sent}, repeatable=True, id=write.record_id)
        row = body_of(reply, "request")
        return Outcome(write.key, write.record_id, self._reading.record(row) if row and row.get("id") else None)

    def delete(self, write: Delete) -> Outcome:
        """Move one request to the trash; one that lies there already counts as deleted."""
        try:
            self._calls.write("DELETE", REQUEST + self._calls.flavour.trash, repeatable=True, id=write.record_id)
        except RejectedError as error:
            if IN_TRASH not in error.vendor_words:
                raise
        return Outcome(write.key, write.record_id)

    # -- values

    def values(self, body: Json) -> Json:
        """Give the vendor's fields of a record's body."""
        found: Json = {}
        custom = {key: self._custom(key, value) for key, value in as_object(body.get(CUSTOM)).items()}
        for name, value in body.items():
            if name == STATE:
                found["status"] = {"name": self._catalogue.status_named(str(value))} if value else None
            elif name == CODE:
                code = as_object(value).get("name")
                found["closure_info"] = {CODE: {"name": code} if code else None}
            elif name == LABELS:
                custom[self._labels] = value or None
            elif name != CUSTOM:
                found[name] = self._value(name, value)
        return {**found, **({CUSTOM: custom} if custom else {})}

    def _value(self, name: str, value: Any) -> Any:
        told = as_object(value)
        if name in PEOPLE or name == "group":
            return {"id": str(told["id"])} if told.get("id") else None
        if name in OPTIONS:
            return {"name": self._catalogue.name_here(name, str(told["name"]))} if told.get("name") else None
        if name in TIMES:
            return None if told.get("value") is None else {"value": str(told["value"])}
        return value

    def _custom(self, key: str, value: Any) -> Any:
        """Give a custom value as its type wants it."""
        match self._catalogue.custom_type(key):
            case None if self._catalogue.lacks(key):
                raise RejectedError(
                    f"requests have no custom field {key}; take it out of the mapping", connection=self._calls.connection
                )
            case "date" | "datetime" if isinstance(value, str):
                return {"value": str(stamp(datetime.fromisoformat(value)))}
            case _:
                return value

    # -- notes

    def add_comment(self, write: AddComment) -> Outcome:
        """Add one note with its files.

        The files are sent first. Where the note is not written they are deleted again, so that none stands where others see
        it, and a note that arrives late is refused for want of them. What a crash leaves between the two waits for the next
        attempt.

        Raises:
            RejectedError: a file is to be hidden where that cannot be done from the start.
        """
        comment, record_id = write.comment, write.record_id
        public = comment.visibility is Visibility.PUBLIC
        text = str(comment.body.get("description") or "") or ", ".join(bare_name(file.name) for file in comment.files)
        if comment.files and not public and not self._calls.flavour.cloud:
            raise RejectedError("a file cannot be hidden on-premises", connection=self._calls.connection, key=record_id)
        sent: list[str] = []
        try:
            for number, file in enumerate(comment.files, 1):
                label = part_label(comment.origin, number)
                sent.append(upload(self._calls, record_id, file, label))
            named = {"attachments": [{"id": file_id} for file_id in sent]} if sent else {}
            note = {"description": text or "-", "show_to_requester": public, **named}
            reply = self._calls.write(
                "POST", f"{REQUEST}/notes", {self._calls.flavour.note: note}, repeatable=False, id=record_id
            )
        except ConnectorError as error:
            written = self._undone(record_id, sent, error)
            if written is None:
                raise
            return Outcome(write.key, record_id, child_id=written)
        told = body_of(reply, "note", "request_note") or {}
        return Outcome(write.key, record_id, child_id=str(told["id"]) if told.get("id") else None)

    def _undone(self, record_id: str, sent: list[str], error: ConnectorError) -> str | None:
        """Delete the files of a note that was not written; give the note's id where it was written after all."""
        if not sent:
            return None
        if isinstance(error, UnavailableError) and error.maybe_applied:
            written = self._comments.naming(record_id, set(sent))
            if written is not None:
                return written
        for file_id in sent:
            remove(self._calls, record_id, file_id)
        return None
