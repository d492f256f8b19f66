"""From what was read of an incident to rows of the store's tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import orjson

from ..model import Document

Row: TypeAlias = dict[str, Any]
"""Column -> JSON value; times are RFC 3339."""
Rows: TypeAlias = dict[str, list[Row]]
"""Table -> rows."""

PARTS: Final = ("comments", "files", "events", "sla_clocks", "vendor_figures")
"""The tables of what belongs to an incident."""
APART: Final = frozenset({"comments", "attachments", "timeline", "sla", "figures"})
"""Fields of a document that have tables of their own."""
PLAIN: Final = (
    *("key", "url", "marker", "title", "status", "status_reason", "status_name", "resolution_code"),
    *("impact", "urgency", "priority", "category", "subcategory", "service", "tier", "major", "channel", "review_url"),
    *("labels", "opened_at", "acknowledged_at", "first_response_at", "resolved_at", "closed_at", "due_at", "updated_at"),
    "reopen_count",
)
"""Fields that stand in a column of the same name."""


def canonical(value: Any) -> str:
    """Give JSON with sorted keys: equal values are equal texts."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def rows_of(document: Document, events: Iterable[Document]) -> Rows:
    """Give the rows of one incident.

    Args:
        document: the incident, hydrated.
        events: its timeline, as ``core.sync.timeline`` gives it.
    """
    name = {"connection": document["connection"], "incident": document["id"]}
    comments: Sequence[Document] = document.get("comments") or ()
    found = {
        "incidents": [_incident(document)],
        "comments": [_comment(comment, number) for number, comment in enumerate(comments)],
        "files": list(_files(document, comments)),
        "events": [_event(event) for event in events],
        "sla_clocks": list(document.get("sla") or ()),
        "vendor_figures": [{"business": False, **figure} for figure in document.get("figures") or ()],
    }
    return {table: [{**name, **row} for row in rows] for table, rows in found.items()}


def _inner(document: Document, field: str) -> Document:
    return document.get(field) or {}


def _incident(document: Document) -> Row:
    requester, assignee, group = (_inner(document, each) for each in ("requester", "assignee", "group"))
    row: Row = {
        **{name: document.get(name) for name in PLAIN},
        "valid_from": document.get("updated_at"),
        "deleted": False,
        "requester": requester.get("name"),
        "requester_email": requester.get("email"),
        "assignee": assignee.get("name") or assignee.get("id"),
        "assignee_email": assignee.get("email"),
        "team": group.get("name") or group.get("id"),
        "document": canonical({name: value for name, value in document.items() if name not in APART}),
    }
    return {**row, "digest": hashlib.sha256(canonical(row).encode()).hexdigest()}


def _comment(comment: Document, position: int) -> Row:
    author = _inner(comment, "author")
    return {
        "comment": comment["id"],
        "position": position,
        "created_at": comment.get("created_at"),
        "visibility": comment["visibility"],
        "author": author.get("name"),
        "author_email": author.get("email"),
        "author_id": author.get("id"),
        "origin": comment.get("origin"),
        "body": comment.get("body") or "",
        "document": canonical(comment),
    }


def _files(document: Document, comments: Iterable[Document]) -> Iterator[Row]:
    yield from (_file(file, None) for file in document.get("attachments") or ())
    for comment in comments:
        yield from (_file(file, comment["id"]) for file in comment.get("attachments") or ())


def _file(file: Document, comment: str | None) -> Row:
    facts = {name: file.get(name) for name in ("name", "media_type", "size", "sha256")}
    visibility = file.get("visibility") or "internal"
    return {**facts, "file": file["id"], "comment": comment, "visibility": visibility, "document": canonical(file)}


def _event(event: Document) -> Row:
    by = _inner(event, "by")
    return {
        "happened_at": event["at"],
        **{name: event[name] for name in ("field", "before", "after", "source")},
        "person": by.get("name") or by.get("id"),
        "person_email": by.get("email"),
    }
