"""Comments: read whole threads, write public and internal ones, and keep their origin where nobody sees it.

Vendor facts:

- A comment is public unless it is created with the property ``sd.public.comment`` and ``{"internal": true}``, a real
  boolean; ``jsdPublic`` tells which it is. In a project without customers there is no internal comment.
  [jira.atlassian.com JSDCLOUD-9766; developer.atlassian.com, issue comments]
- ``visibility`` restricts a comment to a role or group. [developer.atlassian.com, issue comments]
- Comments that come with an issue may be cut: ``total`` tells. [developer.atlassian.com, search; reported by integrations]
- Properties are told by ``/comment/list`` (1000 ids) with ``expand=properties``; on Data Center one by one.
  [developer.atlassian.com, issue comments, comment properties]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ...core.connector import AddComment, Json, Outcome, Thread
from ...core.errors import ConnectorError, ForbiddenError, NotFoundError, RejectedError
from ...core.model import Visibility
from ...core.shapes import as_list, as_object
from ...core.text.adf import compact_adf, read_adf, write_adf
from ...core.text.richtext import from_text
from .api import Api
from .people import People
from .reading import Reading
from .shares import is_carrier, shared_id, shown_files
from .site import Site, person_id
from .values import RichText

VISIBILITY: Final = "sd.public.comment"
ORIGIN: Final = "isthmus.origin"
"""Key of the property that holds a comment's origin."""
LISTED: Final = 1000
KEPT: Final = 50_000
"""Comments whose properties are remembered; a bound for memory."""
FIELDS: Final = ("comment", "attachment", "project", "reporter")
PAGE: Final = 100
LONGEST: Final = 32_767
"""Characters of a document's JSON text: whether Jira counts these or the words is not told, so these are counted."""
EMPTY: Final = "(no text)"


class Comments:
    """The comments of one site's issues."""

    def __init__(self, api: Api, site: Site, reading: Reading, people: People, text: RichText) -> None:
        """Make a reader and writer of comments."""
        self._api = api
        self._site = site
        self._reading = reading
        self._people = people
        self._text = text
        self._properties: dict[int, Any] = {}
        """Properties of our own comments, by comment id."""

    # -- reading

    def threads(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Read the comments and files of some issues, oldest first; those gone are left out."""
        wanted = [each for each in dict.fromkeys(ids) if each.isdigit()]
        issues = {str(issue["id"]): as_object(issue.get("fields")) for issue in self._reading.issues(wanted, FIELDS)}
        said = {record_id: self._all(record_id, fields) for record_id, fields in issues.items()}
        self._add_origins(said)
        return {record_id: self._thread(record_id, fields, said[record_id]) for record_id, fields in issues.items()}

    def _all(self, record_id: str, fields: Json) -> list[Json]:
        """Give all comments of an issue: those that came with it, or the whole list where they are not all."""
        page = as_object(fields.get("comment"))
        found = [as_object(each) for each in as_list(page.get("comments"))]
        if len(found) < int(page.get("total") or 0):
            params = {"orderBy": "created"}
            found = list(self._api.rows("issue/{issue}/comment", "comments", PAGE, params, issue=record_id))
        return sorted(found, key=lambda each: (str(each.get("created")), len(str(each.get("id"))), str(each.get("id"))))

    def _add_origins(self, said: dict[str, list[Json]]) -> None:
        """Put the properties beside the comments that we wrote; they never change."""
        ours = {int(each["id"]): each for comments in said.values() for each in comments if self._is_ours(each)}
        unknown = sorted(number for number in ours if number not in self._properties)
        self._properties.update(self._listed(unknown) if self._api.settings.is_cloud else self._single(unknown))
        for number, comment in ours.items():
            comment["properties"] = self._properties.get(number)
        while len(self._properties) > KEPT:
            self._properties.pop(next(iter(self._properties)))

    def _listed(self, numbers: list[int]) -> Iterator[tuple[int, Any]]:
        for start in range(0, len(numbers), LISTED):
            body = {"ids": numbers[start : start + LISTED]}
            data = self._api.whole(
                self._api.ask("comment/list", body, {"expand": "properties"}), "values", "POST comment/list"
            )
            for row in map(as_object, as_list(data["values"])):
                yield int(row["id"]), row.get("properties")

    def _single(self, numbers: list[int]) -> Iterator[tuple[int, Any]]:
        for number in numbers:
            found = self._api.exists("comment/{comment}/properties/{key}", comment=number, key=ORIGIN)
            yield number, [found] if found else None

    def _is_ours(self, comment: Json) -> bool:
        return person_id(as_object(comment.get("author"))) == self._site.account_id

    def _thread(self, record_id: str, fields: Json, said: list[Json]) -> Thread:
        serves = as_object(fields.get("project")).get("projectTypeKey", "service_desk") == "service_desk"
        comments = [self._flat(each, serves=serves) for each in said]
        attached = [as_object(each) for each in as_list(fields.get("attachment"))]
        public = [raw for raw, each in zip(said, comments, strict=True) if each["public"]] if serves else []
        reporter = person_id(as_object(fields.get("reporter")))
        known = "" if reporter == self._site.account_id else reporter  # who stands in for a requester brings our own files
        shown = shown_files(attached, public, reporter=known)
        if public and any(str(each.get("id")) not in shown for each in attached):
            shown |= self._shared(record_id)
        files = [self._file(each, public=str(each.get("id")) in shown) for each in attached]
        kept = [each for each, raw in zip(comments, said, strict=True) if not (self._is_ours(raw) and is_carrier(raw))]
        return Thread(kept, sorted(files, key=lambda each: (str(each["created"]), len(each["id"]), each["id"])))

    def _shared(self, record_id: str) -> set[str]:
        """Ask the service desk which files stand in public comments; none where it is closed, or this is no request."""
        params = {"public": "true", "internal": "false", "expand": "attachment"}
        try:
            rows = list(self._api.rows("/request/{issue}/comment", "values", PAGE, params, issue=record_id))
        except (ForbiddenError, NotFoundError):
            return set()
        pages = [as_object(row.get("attachments")) for row in rows if row.get("public") is True]
        return {shared_id(as_object(each)) for page in pages for each in as_list(page.get("values"))} - {""}

    def _flat(self, comment: Json, *, serves: bool) -> Json:
        """Give a comment with plain columns; one whose visibility is not told counts as public only where all are."""
        told = comment.get("jsdPublic")
        public = None if told is None and serves else bool(told is not False and not comment.get("visibility"))
        return {
            "id": str(comment["id"]),
            **self._author(comment),
            "body": self._text.held(comment.get("body")),
            "created": comment.get("created"),
            "updated": comment.get("updated"),
            "public": public,
            "properties": comment.get("properties"),
        }

    def _author(self, thing: Json) -> Json:
        user = as_object(thing.get("author"))
        if not person_id(user):
            return {"author": None, "author.displayName": None, "author.emailAddress": None}
        self._people.meet([user])
        known = self._people.by_id([person_id(user)])[person_id(user)]
        return {"author": known.id, "author.displayName": known.name, "author.emailAddress": known.email}

    def _file(self, file: Json, *, public: bool) -> Json:
        return {
            **{name: value for name, value in file.items() if name not in ("author", "self", "thumbnail")},
            "id": str(file.get("id")),
            **self._author(file),
            "created": file.get("created"),
            "public": public,
        }

    # -- writing

    def add(self, write: AddComment) -> Outcome:
        """Append one comment.

        Raises:
            RejectedError: an internal comment where there is none, or one that came out public.
        """
        internal = write.comment.visibility is Visibility.INTERNAL
        if internal and not self._site.serves_customers:
            raise RejectedError(
                f"project {self._api.settings.project} is no service project: it has no internal comments",
                connection=self._api.connection,
                key=write.record_id,
            )
        body = {
            "body": self._text.sent(self._fitting(write)),
            "properties": [
                {"key": VISIBILITY, "value": {"internal": internal}},
                {"key": ORIGIN, "value": {"origin": write.comment.origin}},
            ],
        }
        if not write.record_id.isdigit():
            raise NotFoundError("no such issue", connection=self._api.connection, key=write.record_id)
        reply = self._api.call("POST", "issue/{issue}/comment", json=body, repeatable=False, issue=write.record_id)
        made = self._api.whole(reply.data, "id", "POST issue/{issue}/comment")
        if internal and made.get("jsdPublic") is True:
            self._take_back(write.record_id, str(made["id"]))
        self._reading.remember(write.record_id)
        return Outcome(write.key, write.record_id, child_id=str(made["id"]))

    def _fitting(self, write: AddComment) -> str:
        """Give a comment's document; one that is too long without its formatting, which costs room.

        Raises:
            RejectedError: the words alone are too long.
        """
        text = write.comment.body.get("body") or write_adf(from_text(EMPTY))
        if len(text) <= LONGEST:
            return text
        compact = compact_adf(read_adf(text))
        if len(compact) > LONGEST:
            raise RejectedError(
                f"the comment has {len(compact)} characters, and Jira takes {LONGEST}",
                connection=self._api.connection,
                key=write.record_id,
            )
        return compact

    def _take_back(self, record_id: str, comment_id: str) -> None:
        """Delete an internal comment that Jira made public.

        Raises:
            RejectedError: it is deleted.
            ForbiddenError: it cannot be deleted; nothing more may be written.
        """
        path = "issue/{issue}/comment/{comment}"
        try:
            self._api.call("DELETE", path, repeatable=True, issue=record_id, comment=comment_id)
        except ConnectorError as error:
            raise ForbiddenError(
                f"Jira made the internal comment {comment_id} public, and does not let it be deleted: delete it by hand, "
                "and give the account the licence of an agent",
                connection=self._api.connection,
                operation=error.operation,
                key=record_id,
                vendor_words=error.vendor_words,
            ) from error
        raise RejectedError(
            "Jira made an internal comment public, so it was deleted again; give the account the licence of an agent",
            connection=self._api.connection,
            key=record_id,
        )


def origin_of(comment: Json) -> str | None:
    """Give the origin that we stored with a comment."""
    for each in map(as_object, as_list(comment.get("properties"))):
        if each.get("key") == ORIGIN:
            return str(as_object(each.get("value")).get("origin") or "") or None
    return None
