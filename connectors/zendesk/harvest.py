"""Read the comments and field changes of many tickets at once, from the event export.

While everything is read page by page, the comments and the field changes of a page's tickets are taken from one pass
through the event export: 1000 events a call, where single tickets cost a call each. Nothing is trusted that is not known to
be whole: a ticket's comments are served from here only where as many came as its page counted, and none of them was hidden,
redacted or shows an image; its changes only where each status follows on the one before and the last is the one that the
page shows. All others are read one by one.

Vendor facts:

- ``incremental/ticket_events?include=comment_events`` gives up to 1000 events a page from ``start_time`` on, in time order;
  ``end_time`` is the start of the next page, and pages repeat rows of their border second. [developer.zendesk.com,
  incremental exports]
- A ``Change`` child event has the changed field's name as a key of its own and ``previous_value`` beside it.
  [developer.zendesk.com, incremental exports] A creation makes an event for each field that was set.
  [developer.zendesk.com, ticket audit events]
- ``via`` names an event's channel in words. That those of a trigger are ``Rule`` is not confirmed: under any other word its
  change counts as the updater's.
- A comment stands among ``child_events`` as it was written; that it became private or was redacted is an event of its own.
  [developer.zendesk.com, incremental exports, ticket audit events]
- ``include=comment_count`` puts the number of a ticket's comments beside it. [developer.zendesk.com, side-loading]
- Inline images are attachments only where the comments endpoint is asked for them. [developer.zendesk.com, ticket comments]
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import orjson

from ...core.connector import FieldChange, Json
from ...core.shapes import as_object
from .api import EXPORTS, Api
from .history import changes_of

BULK: Final = 20
"""Tickets at once from which on the pass through the export pays."""
TABLES: Final = """
create table comments (id integer primary key, ticket integer not null, body blob not null);
create index by_ticket on comments (ticket);
create table unsure (ticket integer primary key);
create table events (child integer primary key, ticket integer not null, body blob not null);
create index events_by_ticket on events (ticket);
"""
ENVELOPE: Final = frozenset(
    {"id", "type", "event_type", "via", "via_reference_id", "previous_value", "added_tags", "removed_tags"}
)
"""Keys of a child event beside the name of the field that it changed."""
CHANGES: Final = ("Create", "Change")
"""Types of the child events that change a field."""
CHANGED_LATER: Final = ("Privacy", "Redact")
"""Parts of the names of events after which a comment is no longer as it was written."""
BY_API: Final = ("api", "web_service", "Web service")
"""Channels whose comments may hold an origin."""


class Harvest:
    """The comments of one account, on disk as long as a full reading goes on."""

    def __init__(self, api: Api) -> None:
        """Make it; nothing is read yet."""
        self._api = api
        self._counts: dict[str, int] = {}
        self._statuses: dict[str, str | None] = {}
        self._store: sqlite3.Connection | None = None

    def expect(self, bodies: Iterable[Json]) -> None:
        """Take note of the tickets of the page in hand, with their status and the number of their comments."""
        counted = [body for body in bodies if body.get("comment_count") is not None]
        self._counts = {str(body["id"]): body["comment_count"] for body in counted}
        self._statuses = {str(body["id"]): body.get("status") for body in counted}

    def prepare(self, ids: Sequence[str]) -> None:
        """Read the event export, once, where these are many tickets of the page in hand."""
        if self._store is None and len(self._counts.keys() & set(ids)) >= BULK:
            # SQLite keeps a database without a name in a file of its own, and removes it when it is closed.
            self._store = sqlite3.connect("", check_same_thread=False)
            self._store.executescript(TABLES)
            self._read(self._store)

    def comments(self, record_id: str) -> list[Json] | None:
        """Give all comments of a ticket, or None where they must be read from the ticket itself."""
        expected = self._counts.get(record_id)
        if self._store is None or expected is None:
            return None
        if self._store.execute("select 1 from unsure where ticket = ?", (int(record_id),)).fetchone():
            return None
        rows = self._store.execute("select body from comments where ticket = ?", (int(record_id),)).fetchall()
        return [orjson.loads(body) for (body,) in rows] if len(rows) == expected else None

    def changes(self, record_id: str) -> list[FieldChange] | None:
        """Give all field changes of a ticket, oldest first, or None where they must be read from its audits."""
        if self._store is None or record_id not in self._statuses:
            return None
        rows = self._store.execute("select body from events where ticket = ? order by child", (int(record_id),)).fetchall()
        events = sorted((orjson.loads(body) for (body,) in rows), key=lambda event: str(event["created_at"]))
        changes = [change for event in events for change in _changes_in(record_id, event)]
        steps = [(change.before, change.after) for change in changes if change.field == "status"]
        reached = [None, *(after for _, after in steps)]
        if [before for before, _ in steps] != reached[:-1] or reached[-1] != self._statuses[record_id]:
            return None
        return changes

    def close(self) -> None:
        """Forget everything."""
        self._counts, self._statuses = {}, {}
        if self._store is not None:
            self._store.close()
            self._store = None

    def _read(self, store: sqlite3.Connection) -> None:
        start = 0
        while True:
            params = {"start_time": start, "include": "comment_events"}
            data = self._api.get("/api/v2/incremental/ticket_events", "ticket_events", params, (EXPORTS,))
            with store:
                for event in data["ticket_events"]:
                    _take_changes(store, event)
                    for child in event.get("child_events") or ():
                        if "type" in child or child.get("event_type") not in CHANGES:
                            _take(store, event, child)
            following = data.get("end_time") or start
            if data.get("end_of_stream", True) or following <= start:
                return
            start = following


def _take(store: sqlite3.Connection, event: Json, child: Json) -> None:
    """Keep a comment, or note that those of its ticket must be read from the ticket."""
    kinds = f"{child.get('event_type')} {child.get('type')}"
    if "Comment" not in kinds and "Redact" not in kinds:
        return
    ticket = int(event["ticket_id"])
    if any(part in kinds for part in CHANGED_LATER) or not _is_whole(event, child):
        store.execute("insert or ignore into unsure values (?)", (ticket,))
        return
    author = child.get("author_id", event.get("updater_id"))
    comment: Json = {
        "created_at": event.get("created_at"),
        **child,
        "author_id": author,
        "metadata": _metadata(event, child),
    }
    row = (int(child["id"]), ticket, orjson.dumps(comment))
    store.execute("insert or replace into comments values (?, ?, ?)", row)


def _take_changes(store: sqlite3.Connection, event: Json) -> None:
    """Keep an event's changes of fields as they are told: most readings never ask for them."""
    told = [child for child in event.get("child_events") or () if child.get("event_type") in CHANGES and child.get("id")]
    if told:
        told.sort(key=lambda child: int(child["id"]))
        kept = {"created_at": event["created_at"], "updater_id": event.get("updater_id"), "child_events": told}
        row = (int(told[0]["id"]), int(event["ticket_id"]), orjson.dumps(kept))
        store.execute("insert or replace into events values (?, ?, ?)", row)


def _changes_in(record_id: str, event: Json) -> Iterator[FieldChange]:
    """Give an event's changes, read as those of an audit are; a child that names several fields tells nothing sure."""
    for child in event["child_events"]:
        named = [key for key in child if key not in ENVELOPE]
        if len(named) != 1:
            continue
        via = child.get("via")
        told = {
            "type": child["event_type"],
            "field_name": named[0],
            "previous_value": child.get("previous_value"),
            "value": child[named[0]],
            "via": {"channel": str(as_object(via).get("channel", via)).lower()},
        }
        audit = {"created_at": str(event["created_at"]), "author_id": event.get("updater_id"), "events": [told]}
        yield from changes_of(record_id, audit)


def _is_whole(event: Json, child: Json) -> bool:
    """Tell whether an event tells all that the comments endpoint would: its images, and an origin stored with it."""
    via = child.get("via")
    channel = as_object(via).get("channel", via)
    told = "custom" in _metadata(event, child) or channel not in BY_API
    return told and "<img" not in (child.get("html_body") or "")


def _metadata(event: Json, child: Json) -> Json:
    return as_object(child.get("metadata")) or as_object(event.get("metadata"))
