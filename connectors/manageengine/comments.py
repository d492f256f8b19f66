"""Threads: notes, the mails of the conversation, and files.

Vendor facts (manageengine.com, request notes; recorded bodies; seen live):

- A note is for technicians unless ``show_to_requester``. Its author and time are ``created_by`` and ``created_time``, or
  ``added_by`` and ``added_time``. The list on-premises leaves its text out, which takes a call for each note.
- Mails have no documented call; the web client reads ``conversations`` and ``notifications/{id}``. Where a build does not
  serve them, the thread is without them. The requester sees those that they sent or got; what a technician forwards to
  others they do not.
- The files of a request are visible to its requester, those of a note to whoever sees the note. They are read before the
  notes, so that what a note takes meanwhile is never shown as the request's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...core.connector import Json, Thread
from ...core.errors import ForbiddenError, NotFoundError, RecordError
from ...core.shapes import as_list, as_object
from .calls import Calls
from .criteria import one_of
from .files import ATTACHMENTS, is_part
from .replies import body_of
from .shapes import files_in, milliseconds

FLAGS = ("id", "has_notes", "has_attachments", "has_conversation", "requester")
CHUNK = 100


class Comments:
    """Reads threads."""

    def __init__(self, calls: Calls) -> None:
        """Make a reader."""
        self._calls = calls
        self._mails = True
        """Whether the server serves conversations; it counts as serving them until it says no."""

    def of(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Give the threads of some requests; those gone are left out."""
        usable = [each for each in dict.fromkeys(ids) if each.isascii() and each.isdigit()]
        flags = self._flags(usable)
        found: dict[str, Thread] = {}
        for record_id in usable:
            try:
                found[record_id] = self._thread(record_id, flags.get(record_id))
            except NotFoundError:
                continue
        return found

    def _flags(self, ids: Sequence[str]) -> dict[str, Json]:
        """Tell for many requests at once what hangs on them; one that the list leaves out is asked by itself."""
        found: dict[str, Json] = {}
        for start in range(0, len(ids) if len(ids) > 1 else 0, CHUNK):
            criteria = one_of("id", ids[start : start + CHUNK])
            asked: Json = {"search_criteria": criteria, "fields_required": list(FLAGS)}
            try:
                found |= {str(row["id"]): row for row in self._calls.rows("/requests", "requests", asked)}
            except RecordError:
                return {}
        return found

    def _thread(self, record_id: str, flags: Json | None) -> Thread:
        told = flags or body_of(self._calls.read("/requests/{id}", id=record_id), "request") or {}
        files = self._files(record_id) if told.get("has_attachments") is not False else []
        notes = self._notes(record_id) if files or told.get("has_notes") is not False else []
        requester = as_object(told.get("requester"))
        mails = self._conversation(record_id, requester) if told.get("has_conversation") is not False else []
        comments = sorted([*notes, *mails], key=lambda each: (milliseconds(each["time"]) or 0, each["order"]))
        on_comments = {file["id"] for comment in comments for file in comment["files"]}
        placed = [_placed(file, record_id, public=True) for file in files]
        return Thread(comments=comments, files=[file for file in placed if file["id"] not in on_comments])

    # -- notes

    def _notes(self, record_id: str) -> list[Json]:
        return [self._note(record_id, row) for row in self._calls.rows("/requests/{id}/notes", "notes", id=record_id)]

    def _note(self, record_id: str, row: Json) -> Json:
        if row.get("description") is None or "attachments" not in row:
            reply = self._calls.read("/requests/{id}/notes/{note}", id=record_id, note=str(row["id"]))
            row = {**row, **(body_of(reply, "note", "request_note") or {})}
        public = row.get("show_to_requester") is True
        return {
            "id": str(row["id"]),
            "order": int(row["id"]),
            "author": _person(row.get("added_by") or row.get("created_by")),
            "time": row.get("added_time") or row.get("created_time"),
            "edited": row.get("last_updated_time"),
            "show_to_requester": public,
            "description": row.get("description"),
            "files": [_placed(file, record_id, public=public) for file in files_in(row)],
        }

    def naming(self, record_id: str, file_ids: set[str]) -> str | None:
        """Give the id of the note that names one of some files, or None."""
        for row in self._calls.rows("/requests/{id}/notes", "notes", id=record_id):
            if file_ids & {str(file.get("id")) for file in files_in(row)}:
                return str(row["id"])
        return None

    # -- mails

    def _conversation(self, record_id: str, requester: Json) -> list[Json]:
        if not self._mails:
            return []
        try:
            rows = list(self._calls.rows("/requests/{id}/conversations", "conversations", id=record_id))
        except (RecordError, ForbiddenError):
            self._mails = False
            return []
        return [self._mail(record_id, row, requester) for row in rows]

    def _mail(self, record_id: str, row: Json, requester: Json) -> Json:
        mail_id = str(row["id"])
        reply = self._calls.read("/requests/{id}/notifications/{mail}", id=record_id, mail=mail_id)
        whole = {**row, **(body_of(reply, "notification") or {})}
        public = _concerns(whole, requester)
        return {
            "id": f"mail {mail_id}",
            "order": int(mail_id),
            "author": _person(whole.get("from")),
            "time": whole.get("sent_time"),
            "show_to_requester": public,
            "description": whole.get("description"),
            "files": [_placed(file, record_id, public=public) for file in files_in(whole)],
        }

    # -- files

    def _files(self, record_id: str) -> list[Json]:
        """Give the files of a request, without those of a note that is still being written."""
        return [row for row in self._calls.rows(ATTACHMENTS, "attachments", id=record_id) if not is_part(row)]


def _person(value: object) -> Json:
    told = as_object(value)
    return {name: told.get(name) for name in ("id", "name", "email_id")}


def _concerns(mail: Json, requester: Json) -> bool:
    """Tell whether a requester sent or got a mail; what cannot be told counts as hidden from them."""
    sender = as_object(mail.get("from"))
    if requester.get("id") and str(sender.get("id")) == str(requester["id"]):
        return True
    others = (each for name in ("to", "cc") for each in as_list(mail.get(name)))
    addresses = {str(as_object(each).get("email_id") or each).lower() for each in (sender, *others)}
    return str(requester.get("email_id") or "").lower() in addresses - {""}


def _placed(file: Json, record_id: str, *, public: bool) -> Json:
    """Give a file, its id behind that of its request, with who sees it."""
    by = _person(file.get("attached_by"))
    return {**file, "id": f"{record_id}/{file['id']}", "show_to_requester": public, "attached_by": by}
