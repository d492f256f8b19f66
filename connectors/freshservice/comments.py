"""Conversations: the replies and notes of a ticket, and its files.

Notes are written, never replies: a reply is mailed to the requester. A note is in our own name: whose name else we may use
is not confirmed, and a note in the requester's name sets off the rules that reopen a ticket.

Vendor facts (api.freshservice.com, conversations):

- The list is oldest first, 30 a page; nothing asks for the latest. The description is not in it. ``source`` 3 and 4 are
  entries of the system.
- A reply is public and mailed. A note is private unless ``private`` is false; it is mailed to whom it names only. Its body
  may not be empty.
- An internal note's files can be seen by agents only. A ticket's own files are the requester's to see.
- Nothing sets ``created_at``, and no key keeps an origin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from ...core.connector import AddComment, Json, Thread
from ...core.errors import ForbiddenError, NotFoundError
from ...core.model import Visibility
from ...core.shapes import as_list, as_object
from ...core.text.richtext import to_text
from .api import Api
from .files import Files, form_of, unsigned
from .payloads import real_ids

CONVERSATIONS: Final = "/api/v2/tickets/{number}/conversations"
NOTES: Final = "/api/v2/tickets/{number}/notes"
SYSTEM: Final = (3, 4)
"""``source`` of entries that nobody wrote."""
NO_TEXT: Final = "<p>&nbsp;</p>"


class Comments:
    """Reads the conversations of one account."""

    def __init__(
        self,
        api: Api,
        files: Files,
        files_of: Callable[[str], list[Json] | None],
        sees: Callable[[str], bool],
    ) -> None:
        """Make a reader.

        Args:
            api: the connection's session.
            files: makes the documents of files.
            files_of: gives a ticket's own files, or None where it is gone.
            sees: tells whether the account may see a ticket.
        """
        self._api = api
        self._files = files
        self._files_of = files_of
        self._sees = sees

    def threads(self, ids: Iterable[str]) -> dict[str, Thread]:
        """Read the threads of some tickets; those gone are left out."""
        threads: dict[str, Thread] = {}
        for record_id in real_ids(ids):
            said = self.said(record_id)
            own = None if said is None else self.own_files(record_id)
            if said is not None and own is not None:
                threads[record_id] = Thread(comments=said, files=own)
        return threads

    def own_files(self, record_id: str) -> list[Json] | None:
        """Give the documents of a ticket's own files, which the requester may see; None where it is gone."""
        files = self._files_of(record_id)
        return files and [self._files.document({**file, "private": False}, record_id) for file in files]

    def said(self, record_id: str) -> list[Json] | None:
        """Read all conversations of one ticket, oldest first, or give None where it is gone or hidden."""
        try:
            rows = list(self._api.rows(CONVERSATIONS, "conversations", number=record_id))
        except NotFoundError:
            return None
        except ForbiddenError:
            if self._sees(record_id):
                raise
            return None
        told = [self._conversation(row, record_id) for row in rows if row.get("source") not in SYSTEM]
        return sorted(told, key=lambda each: (str(each.get("created_at")), each["id"]))

    def _conversation(self, row: Json, record_id: str) -> Json:
        """Give a conversation, its files with what it says of them; one that does not say so is private."""
        told = {"private": row.get("private") is not False, "user_id": row.get("user_id")}
        files = map(as_object, as_list(row.get("attachments")))
        documents = [self._files.document({**file, **told}, record_id, str(row["id"])) for file in files]
        return {**row, **told, "body": unsigned(str(row.get("body") or "")), "attachments": documents}


def add_note(api: Api, write: AddComment) -> str | None:
    """Append a note with its files, and give its id where the reply tells it."""
    comment = write.comment
    body = str(comment.body.get("body") or "")
    note: Json = {"body": body if to_text(body) else NO_TEXT, "private": comment.visibility is not Visibility.PUBLIC}
    if comment.files:
        form = form_of(note, comment.files)
        headers = {"Content-Type": form.content_type}
        reply = api.call("POST", NOTES, data=form.open, headers=headers, repeatable=False, number=write.record_id)
    else:
        reply = api.call("POST", NOTES, json=note, repeatable=False, number=write.record_id)
    number = as_object(as_object(reply.data).get("conversation")).get("id")
    return None if number is None else str(number)
