"""The timeline of an incident: its status changes, from the vendor's own history.

Where a record does not state when it was resolved or closed, its history does; figures for the time before a move stay
computable only if they travel with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..connector import FieldChange
from ..model import Document, format_time
from .side import Side

SOURCE = "the vendor's history"
RESOLVED = frozenset({"resolved", "closed"})
ENDED = frozenset({"closed", "canceled"})
"""What is canceled was never resolved."""


def add_timelines(side: Side, documents: Mapping[str, Document]) -> None:
    """Put timelines into documents, and with them the times of resolution and closure that the records leave out."""
    if not documents or not side.can("history"):
        return
    histories = side.connector.history(list(documents))
    side.directory.meet_ids(change.by for changes in histories.values() for change in changes if change.by)
    for record_id, document in documents.items():
        steps = _steps(side, histories.get(record_id, ()))
        document["timeline"] = steps
        _date(document, steps)


def _steps(side: Side, changes: Iterable[FieldChange]) -> list[Document]:
    """Give the changes of status, oldest first; a change that leaves the status as it was is none."""
    ordered = sorted(changes, key=lambda change: change.at)
    statuses = side.mapping.timeline(((change.field, change.after) for change in ordered), side.directory)
    steps: list[Document] = []
    before: str | None = None
    for change, status in zip(ordered, statuses, strict=True):
        if status is None or status == before:
            continue
        person = side.directory.person(change.by) if change.by else None
        steps.append(
            {
                "at": format_time(change.at),
                "by": person.model_dump(mode="json", exclude_none=True) if person else None,
                "before": before,
                "after": status,
                "source": SOURCE,
            }
        )
        before = status
    return steps


def _date(document: Document, steps: list[Document]) -> None:
    status = document.get("status")
    if status in RESOLVED and not document.get("resolved_at"):
        document["resolved_at"] = _entered(steps, RESOLVED)
    if status in ENDED and not document.get("closed_at"):
        document["closed_at"] = _entered(steps, ENDED)


def _entered(steps: list[Document], wanted: frozenset[str]) -> str | None:
    """Give when a set of statuses was entered for the last time."""
    found: str | None = None
    for step in steps:
        if step["after"] in wanted and step["before"] not in wanted:
            found = step["at"]
    return found
