"""Issues as Roundup gives them <-> records as the mapping knows them.

Vendor facts (Roundup's documentation, template ``classic``, and measured on 2.6):

- Times are ``2026-03-02.09:00:00``, in UTC. One that is sent may name its zone: ``+0000``.
- An issue's text is its first message, which mail and web create before the issue; one that is written later is a comment.
  Who wrote it is whose issue it is: ``creator`` is only the account that stored it.
- The detector ``nosyreaction`` puts the assignee and a new issue's author on the nosy list.
- ``messageid`` is the header ``Message-ID`` of a message, which no page shows. It keeps our marker and a comment's origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from isthmus.plugin import Json, as_list, as_object, format_time

MARKER: Final = "marker"
ORIGIN: Final = "origin"
_DOMAIN: Final = "@isthmus.invalid>"


def read_time(text: str) -> str:
    """Give a time as RFC 3339."""
    return format_time(datetime.strptime(text, "%Y-%m-%d.%H:%M:%S").replace(tzinfo=UTC))


def write_time(moment: datetime) -> str:
    """Give a time as Roundup takes it, in whole seconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%d.%H:%M:%S}+0000"


def message_id(kind: str, value: str) -> str:
    """Give the Message-ID that keeps a marker or an origin."""
    return f"<{kind}.{quote(value, safe='').replace('.', '%2E')}{_DOMAIN}"


def kept_in(kind: str, message: Json, account: str) -> str | None:
    """Give the marker or the origin that a message of our own account keeps: anybody can send mail with a Message-ID."""
    text, start = str(message.get("messageid") or ""), f"<{kind}."
    ours = text.startswith(start) and text.endswith(_DOMAIN) and message.get("creator") == account
    return unquote(text[len(start) : -len(_DOMAIN)]) if ours else None


def name_of(value: Any) -> str | None:
    """Give the name of a reference, or its id where Roundup tells no more."""
    named = as_object(value)
    found = named.get("name") or named.get("id") if named else value
    return str(found) if found else None


def id_of(value: Any) -> str | None:
    """Give the id of a reference."""
    found = as_object(value).get("id") if isinstance(value, Mapping) else value
    return str(found) if found else None


def ids_of(value: Any) -> list[str]:
    """Give the ids of references, the oldest first."""
    return sorted((each for each in map(id_of, as_list(value)) if each), key=int)


def is_submission(message: Json, issue: Json) -> bool:
    """Tell whether a message was there before its issue: the text of the issue itself."""
    return str(message["creation"]) <= str(issue["creation"])


def record_body(issue: Json, submission: Json | None, account: str) -> Json:
    """Give the record of an issue.

    Args:
        issue: a row of a search, with names.
        submission: the first message, where it is the issue's text.
        account: the id of our own user.
    """
    return {
        "id": str(issue["id"]),
        "title": issue.get("title"),
        "description": (submission or {}).get("content"),
        "marker": kept_in(MARKER, submission, account) if submission else None,
        "status": name_of(issue.get("status")),
        "priority": name_of(issue.get("priority")),
        "keyword": sorted(name for each in as_list(issue.get("keyword")) if (name := name_of(each))),
        "assignedto": id_of(issue.get("assignedto")),
        "requester": id_of((submission or {}).get("author")) or id_of(issue.get("creator")),
        "nosy": ids_of(issue.get("nosy")),
        "creation": read_time(issue["creation"]),
        "activity": read_time(issue["activity"]),
    }
