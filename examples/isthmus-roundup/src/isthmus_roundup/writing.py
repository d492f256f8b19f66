"""Write issues: create, update, comment, attach, retire.

Vendor facts (template ``classic``, and measured on 2.6):

- An issue is created with the messages that it links to, which are there before it: nobody ever sees it without its text,
  and what a lost reply leaves behind is at most a message that belongs to no issue.
- The detector ``statusauditor`` sets an issue that was unread or resolved to chatting when a message is added, unless the
  same change names a status.
- An empty nosy list makes the detector fail: where nobody is left, the requester is.
- Keywords are known by id; one that is not there yet has to be created.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from isthmus.plugin import (
    AddComment,
    AddFile,
    Create,
    Delete,
    Json,
    NotFoundError,
    Outcome,
    Record,
    RejectedError,
    StaleVersionError,
    Update,
    Visibility,
)

from .api import TRIES, Api
from .records import MARKER, ORIGIN, ids_of, message_id, read_time
from .threads import upload

PLAIN: Final = ("title", "status", "priority", "assignedto")
EMPTY: Final = "(empty)"


class Writer:
    """Writes the issues of one tracker."""

    def __init__(self, api: Api, fetch: Callable[[list[str]], list[Record]]) -> None:
        """Make a writer."""
        self._api = api
        self._fetch = fetch
        self._keywords: dict[str, str] = {}

    def create(self, write: Create) -> Outcome:
        """Create an issue with its text, in the name of the requester."""
        self._refuse(bool(write.comments), "a create carries no comments: add them after it")
        body = write.body
        author = body.get("requester") or self._api.account
        text = {"author": author, "content": body.get("description") or EMPTY}
        message = self._api.create("msg", {**text, "messageid": message_id(MARKER, write.marker)})
        issue = {**self._properties(body), "nosy": [author, *body.get("nosy", ())], "messages": [message]}
        return Outcome(write.key, self._api.create("issue", issue))

    def update(self, write: Update) -> Outcome:
        """Change properties of an issue, safely where the version is given."""
        sent = self._properties(write.body)
        own = self._own(write.record_id) if "nosy" in write.body else []

        def make(held: Json) -> Json:
            if write.version is not None and write.version != read_time(held["activity"]):
                raise StaleVersionError("it has changed since it was read", connection=self._api.connection)
            if "nosy" not in write.body:
                return sent
            kept = [each for each in ids_of(held["nosy"]) if each in own]
            return {**sent, "nosy": list(dict.fromkeys([*write.body["nosy"], *kept])) or own[:1]}

        self._api.change(write.record_id, make, tries=1 if write.version is not None else TRIES)
        return Outcome(write.key, write.record_id)

    def _own(self, issue: str) -> list[str]:
        """Give the requester and the assignee, who are no watchers and stay on the nosy list where they are on it."""
        found = self._fetch([issue])
        if not found:
            raise NotFoundError("it is gone", connection=self._api.connection, key=issue)
        return [found[0].body[name] for name in ("requester", "assignedto") if found[0].body[name]]

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one message; the status stays as it is."""
        comment = write.comment
        self._refuse(comment.visibility is not Visibility.PUBLIC, "a message cannot be hidden from the requester")
        body = {"author": comment.body.get("author") or self._api.account, "content": comment.body.get("content") or EMPTY}
        message = self._api.create("msg", {**body, "messageid": message_id(ORIGIN, comment.origin)})
        self._link(write.record_id, "messages", message)
        return Outcome(write.key, write.record_id, child_id=message)

    def add_file(self, write: AddFile) -> Outcome:
        """Attach one file."""
        self._refuse(write.visibility is not Visibility.PUBLIC, "a file cannot be hidden from the requester")
        file = upload(self._api, write.file)
        self._link(write.record_id, "files", file)
        return Outcome(write.key, write.record_id, child_id=file)

    def delete(self, write: Delete) -> Outcome:
        """Retire one issue; one that is gone already counts as retired."""
        with suppress(NotFoundError):
            self._api.retire(write.record_id)
        return Outcome(write.key, write.record_id)

    def _link(self, issue: str, name: str, item: str) -> None:
        """Add an item to a list of an issue's."""
        self._api.change(issue, lambda held: {name: [*ids_of(held[name]), item], "status": held["status"] or ""})

    def _refuse(self, wrong: bool, words: str) -> None:
        if wrong:
            raise RejectedError(words, connection=self._api.connection)

    def _properties(self, body: Json) -> Json:
        """Give what is sent of a record's body as it is: an empty text clears."""
        sent: Json = {name: body[name] or "" for name in PLAIN if name in body}
        if "keyword" in body:
            sent["keyword"] = [self._keyword(name) for name in body["keyword"]]
        return sent

    def _keyword(self, name: str) -> str:
        """Give the id of a keyword, which is created where there is none."""
        if name not in self._keywords:
            self._keywords |= {row["name"]: row["id"] for row in self._api.search("keyword", "name", {})}
        if name not in self._keywords:
            self._keywords[name] = self._api.create("keyword", {"name": name})
        return self._keywords[name]
