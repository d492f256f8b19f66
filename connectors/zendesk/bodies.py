"""Build the bodies of Zendesk's write calls from records as the mapping makes them.

Vendor facts:

- Ids are integers in requests, but texts in entries of ``email_ccs`` and ``followers``. [developer.zendesk.com, tickets;
  Zendesk's OpenAPI file]
- A live create takes the description as ``comment``, whose author is ``submitter_id``; times can be set by an import only,
  which takes the whole thread as ``comments``, each with author and time. [developer.zendesk.com, tickets, ticket import]
- Watchers are written through ``email_ccs`` and ``followers``, one entry for each person to put or delete; an account that
  has no CCs and followers takes ``collaborator_ids``. [developer.zendesk.com, tickets, CCs and followers]
- ``safe_update`` with ``updated_stamp`` makes an update fail with 409 where the ticket has moved; ``safe_update: false``
  does the same, so both keys are left out otherwise. [developer.zendesk.com, updating tickets]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ...core.connector import Create, Json, NewComment, Update
from ...core.model import Visibility
from .comments import METADATA_KEY

ID_KEYS: Final = frozenset(
    {
        "requester_id",
        "submitter_id",
        "assignee_id",
        "group_id",
        "organization_id",
        "problem_id",
        "author_id",
        "brand_id",
        "ticket_form_id",
        "custom_status_id",
    }
)
IMPORT_KEYS: Final = frozenset({"created_at", "updated_at", "solved_at"})
"""What only an import takes; a live call drops it in silence."""
READ_KEYS: Final = frozenset({"custom_status", "metric_set"})


def integer(value: Any) -> Any:
    """Give an id as the API takes it: an integer, wherever it is one."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


def with_integers(body: Json) -> Json:
    """Give a body with its ids as integers, without what cannot be written."""
    written: Json = {}
    for key, value in body.items():
        if key in ID_KEYS:
            written[key] = integer(value)
        elif key == "collaborator_ids":
            written[key] = [integer(item) for item in value or ()]
        elif key not in READ_KEYS:
            written[key] = value
    return written


def created_live(body: Json, marker: str | None = None) -> Json:
    """Give the ticket of a live create: the description as first comment, in the requester's name."""
    ticket = {key: value for key, value in with_integers(body).items() if key not in IMPORT_KEYS}
    ticket["comment"] = {"html_body": ticket.pop("description", None) or "", "public": True}
    if ticket.get("requester_id"):
        ticket["submitter_id"] = ticket["requester_id"]
    if marker is not None:
        ticket["external_id"] = marker
    return ticket


def imported(write: Create, comments: Iterable[Json]) -> Json:
    """Give the ticket of an import, its thread as rows that stand after the description.

    The description is the first comment by time, so it is never later than the others.
    """
    ticket = with_integers(write.body)
    rest = list(comments)
    first: Json = {"html_body": ticket.pop("description", None) or "", "public": True}
    if ticket.get("requester_id"):
        first["author_id"] = ticket["submitter_id"] = ticket["requester_id"]
    times = [each["created_at"] for each in (ticket, *rest) if each.get("created_at")]
    if times:
        first["created_at"] = min(times)
    return {**ticket, "external_id": write.marker, "comments": [first, *rest]}


def comment_body(comment: NewComment, tokens: list[str]) -> Json:
    """Give a comment as an update or an import takes it; its visibility is the write's, whatever the body says."""
    body = {**with_integers(comment.body), "public": comment.visibility is Visibility.PUBLIC}
    return {**body, "uploads": tokens} if tokens else body


def commented(comment: NewComment, tokens: list[str]) -> Json:
    """Give the ticket of an update that adds a comment, its origin where people do not see it."""
    body = {key: value for key, value in comment_body(comment, tokens).items() if key not in IMPORT_KEYS}
    return {"comment": body, "metadata": {METADATA_KEY: {"origin": comment.origin}}}


def updated(write: Update, held: Json) -> Json:
    """Give the ticket of an update.

    Args:
        write: what to change.
        held: the ticket as it stands; needed where the watchers change.
    """
    ticket = {key: value for key, value in with_integers(write.body).items() if key not in IMPORT_KEYS}
    if "collaborator_ids" in ticket:
        ticket |= _watchers(ticket.pop("collaborator_ids"), held)
    if write.version is not None:
        ticket |= {"safe_update": True, "updated_stamp": write.version}
    return ticket


def _watchers(wanted: list[Any], ticket: Json) -> Json:
    copied, following = set(ticket.get("email_cc_ids") or ()), set(ticket.get("follower_ids") or ())
    known = copied | following | set(ticket.get("collaborator_ids") or ())
    if "email_cc_ids" not in ticket or known - copied - following:
        return {"collaborator_ids": wanted}
    gone = known - set(wanted)
    added = [_entry(person, "put") for person in wanted if person not in known]
    changes = {
        "email_ccs": added + [_entry(person, "delete") for person in sorted(gone & copied)],
        "followers": [_entry(person, "delete") for person in sorted(gone & following)],
    }
    return {key: entries for key, entries in changes.items() if entries}


def _entry(person: Any, action: str) -> Json:
    return {"user_id": str(person), "action": action}
