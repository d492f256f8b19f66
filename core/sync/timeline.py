"""The timeline of an incident: what became of its status, team, assignee, rank and kind, from the vendor's own history.

Where a record does not state when it was resolved or closed, its history does; figures for the time before a move stay
computable only if they travel with it. Where the vendor keeps no history, the record's own times and what we read of it
before tell the steps, and each says so.

An *event* is one change of one field, as JSON values: ``{at, field, before, after, by, source}``. The first of a field has
no ``before``. People and groups are told by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from ..connector import FieldChange, Record
from ..mapping.replay import Replay
from ..model import Document, format_time
from .side import Side

HISTORY: Final = "the vendor's history"
RECORD: Final = "the record's own times"
READING: Final = "our own reading"
FIELDS: Final = {
    "status": "status",
    "status_reason": "status_reason",
    "group": "team",
    "assignee": "assignee",
    "tier": "tier",
    "priority": "priority",
    "major": "major",
    "category": "category",
    "subcategory": "subcategory",
    "service": "service",
}
"""Incident field -> what events call it."""
RESOLVED: Final = frozenset({"resolved", "closed"})
ENDED: Final = frozenset({"closed", "canceled"})
"""What is canceled was never resolved."""
STEP: Final = ("at", "by", "before", "after", "source")
"""What an incident's own timeline says of a change of status."""


def add_timelines(
    side: Side,
    records: Iterable[Record],
    documents: Mapping[str, Document],
    earlier: Callable[[Sequence[str]], Mapping[str, Sequence[Document]]] | None = None,
) -> dict[str, list[Document]]:
    """Put status timelines into documents, with the times that the records leave out, and give all their events by id.

    Args:
        side: the connection.
        records: the records.
        documents: what was read of them, by id; a record without one is passed over.
        earlier: gives the events that earlier readings gave, of records of which the vendor tells no history.
    """
    found = _read_events(side, records, documents, earlier)
    for record_id, events in found.items():
        document = documents[record_id]
        steps = [event for event in events if event["field"] == "status"]
        document["timeline"] = [{name: step[name] for name in STEP} for step in steps]
        _date(document, steps)
    return found


def _read_events(
    side: Side,
    records: Iterable[Record],
    documents: Mapping[str, Document],
    earlier: Callable[[Sequence[str]], Mapping[str, Sequence[Document]]] | None,
) -> dict[str, list[Document]]:
    bodies = {record.id: record.body for record in records if record.id in documents}
    histories = side.connector.history(list(bodies)) if bodies and side.can("history") else {}
    replay = Replay(side.mapping, FIELDS)
    ordered = {key: sorted(changes, key=lambda change: change.at) for key, changes in histories.items()}
    side.directory.meet_ids(_people(replay, ordered.values()))
    silent = [record_id for record_id in bodies if not ordered.get(record_id)]
    known: Mapping[str, Sequence[Document]] = earlier(silent) if earlier and silent else {}
    found: dict[str, list[Document]] = {}
    for record_id, body in bodies.items():
        document, changes = documents[record_id], ordered.get(record_id)
        events = _replayed(side, replay, body, document, changes) if changes else known.get(record_id, ())
        found[record_id] = continued(events, document, of_history=bool(changes))
    return found


def _people(replay: Replay, histories: Iterable[Sequence[FieldChange]]) -> Iterable[str]:
    for change in (change for changes in histories for change in changes):
        if change.by:
            yield change.by
        if replay.people.intersection(replay.touches(change)):
            yield from (value for value in (change.before, change.after) if value)


def _replayed(
    side: Side, replay: Replay, body: dict[str, Any], document: Document, changes: Sequence[FieldChange]
) -> list[Document]:
    """Give the events that a history tells; a change that leaves its field as it was is none."""
    held: dict[str, str | None] = {}
    events: list[Document] = []
    dated = {name for change in changes for name in replay.fields(change)}
    for change, told in replay.run(body, changes, side.directory):
        at = format_time(change.at) if change else document.get("opened_at")
        person = side.directory.person(change.by) if change and change.by else None
        by = person.model_dump(mode="json", exclude_none=True) if person else None
        for name, value in told.items():
            after = words(value)
            if at is None or after == held.get(name) or (change is None and name == "status" and name not in dated):
                continue
            events.append(_event(at, FIELDS[name], held.get(name), after, HISTORY, by))
            held[name] = after
    return events


def _event(at: str, field: str, before: str | None, after: str | None, source: str, by: Document | None = None) -> Document:
    return {"at": at, "field": field, "before": before, "after": after, "by": by, "source": source}


def words(value: Any) -> str | None:
    """Give a field's value as an event tells it: a person or a group by name."""
    if isinstance(value, dict):
        named = cast("Document", value)
        return next((str(named[key]) for key in ("name", "email", "id") if named.get(key)), None)
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value in (None, "") else str(value)


# -- what the history leaves out


def continued(events: Sequence[Document], document: Document, *, of_history: bool) -> list[Document]:
    """Give the events with those that lead to what a record is now.

    Args:
        events: what is known so far, oldest first.
        document: the record as it is now.
        of_history: the vendor told a history: it is right about everything but a status that it leaves out.
    """
    held: dict[str, str | None] = {event["field"]: event["after"] for event in events}
    first = not held
    found = list(events)
    last = next((event["at"] for event in reversed(events) if event["field"] == "status"), None)
    for at, status in _statuses(document, last) if held.get("status") != document.get("status") else ():
        if status != held.get("status"):
            found.append(_event(at, "status", held.get("status"), status, RECORD if first else READING))
            held["status"] = status
    if of_history:
        return sorted(found, key=lambda event: moment(event["at"]))
    for name, field in FIELDS.items():
        after = words(document.get(name))
        at = document.get("opened_at" if first and field != "status_reason" else "updated_at")
        if name in document and at and field != "status" and after != held.get(field):
            found.append(_event(at, field, held.get(field), after, RECORD if first else READING))
    return sorted(found, key=lambda event: moment(event["at"]))


def _statuses(document: Document, last: str | None) -> Iterable[tuple[str, str]]:
    """Give the statuses since the last that is known, with their times, as a record's own times tell them.

    What was read of a record later than its history, or the other way round, tells no step.
    """
    now = document.get("status")
    steps: list[tuple[str | None, str]] = []
    if last is None:
        steps += [(document.get("opened_at"), "new")]
        steps += [(document.get("acknowledged_at"), "in_progress")] if now != "new" else []
    steps += [(document.get("resolved_at"), "resolved")] if now in RESOLVED else []
    steps += [(document.get("closed_at"), now)] if now in ENDED else []
    steps += [(document.get("updated_at"), now)] if now else []
    at = moment(last) if last else None
    for stated, status in steps:
        if stated and status and (at is None or moment(stated) >= at):
            yield stated, status
            at = moment(stated)


def moment(text: str) -> datetime:
    """Give a time of a document as a moment."""
    return datetime.fromisoformat(text)


# -- times that the record leaves out


def _date(document: Document, steps: Sequence[Document]) -> None:
    status = document.get("status")
    if status in RESOLVED and not document.get("resolved_at"):
        document["resolved_at"] = _entered(steps, RESOLVED)
    if status in ENDED and not document.get("closed_at"):
        document["closed_at"] = _entered(steps, ENDED)


def _entered(steps: Sequence[Document], wanted: frozenset[str]) -> str | None:
    """Give when a set of statuses was entered for the last time, as far as the vendor's history tells."""
    found: str | None = None
    for step in steps:
        if step["after"] in wanted and step["before"] not in wanted and step["source"] == HISTORY:
            found = step["at"]
    return found
