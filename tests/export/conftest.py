"""A store with incidents of every kind, and what reads the files of an export again."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from isthmus.core.export.export import export
from isthmus.core.export.request import Exported, Filter, Format, Part, Request
from isthmus.core.store.learning import Learner
from isthmus.core.store.rows import rows_of
from isthmus.core.store.store import Store

LEARNED = datetime(2026, 4, 1, tzinfo=UTC)
ANA = {"id": "9", "name": "Ana Roux", "email": "ana.roux@example.com"}
BOB = {"id": "4", "name": "Bob Nowak", "email": "bob@example.com"}


def incident(number: int, connection: str = "support", **facts: Any) -> dict[str, Any]:
    """Give an incident with everything that there can be."""
    comment = {
        "id": f"{number}-1",
        "author": BOB,
        "body": "<p>Hello Ana, we look at it.</p>",
        "created_at": "2026-03-02T09:30:00Z",
        "visibility": "public",
        "attachments": [{"id": "f2", "name": "log.txt", "visibility": "public", "author": BOB}],
    }
    return {
        "connection": connection,
        "id": str(number),
        "key": f"INC{number}",
        "title": f"VPN {number} drops",
        "description": "<p>Call me: +49 30 123456-7. Ana Roux</p>",
        "status": "resolved",
        "priority": 2,
        "group": {"name": "Network"},
        "labels": ["remote", "vip"],
        "requester": ANA,
        "assignee": BOB,
        "watchers": [{"name": "Zoë Weiß", "email": None}],
        "opened_at": "2026-03-02T09:00:00Z",
        "resolved_at": "2026-03-02T11:00:00.500000Z",
        "updated_at": "2026-03-02T11:00:00.500000Z",
        "custom": {"caller_phone": "030 / 123 45 67", "count": 3},
        "extra": {"raw_sender": "Ana"},
        "comments": [comment],
        "attachments": [{"id": "f1", "name": "Ana Roux.png", "size": 10}],
        "sla": [{"name": "resolve", "target_seconds": 3600, "due_at": "2026-03-02T10:00:00Z", "breached": True}],
        "figures": [{"figure": "resolve", "seconds": 7200.5, "business": False, "source": "stats"}],
        **facts,
    }


def events(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the timeline of an incident."""
    first = {"at": document.get("opened_at") or "2026-03-02T09:00:00Z", "by": None, "source": "history", "before": None}
    return [
        {**first, "field": "status", "after": "new"},
        {**first, "field": "assignee", "after": "Bob Nowak", "by": {"name": "Ana Roux", "email": None}},
        {**first, "at": "2026-03-02T11:00:00.500000Z", "field": "status", "before": "new", "after": "resolved", "by": BOB},
    ]


class Shelf:
    """A store, and a folder for exports."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store = folder, Store(None)

    def put(self, *documents: dict[str, Any], moment: datetime = LEARNED) -> None:
        """Learn incidents."""
        for connection in {document["connection"] for document in documents}:
            rows: dict[str, Any] = {}
            for document in documents:
                if document["connection"] == connection:
                    for table, made in rows_of(document, events(document)).items():
                        rows.setdefault(table, []).extend(made)
            Learner(self.store).learn(connection, rows, moment)

    def export(self, form: str, *parts: str, name: str | None = None, **options: Any) -> tuple[Exported, Path]:
        """Export, and tell what was written and where."""
        which = Filter(**options.pop("which", {}))
        path = self.folder / (name or f"out.{form}")
        request = Request(format=Format(form), parts=tuple(map(Part, parts)), which=which, **options)
        return export(self.store, request, path), path

    def lines(self, *parts: str, **options: Any) -> list[Any]:
        """Export JSON lines and read them."""
        _, path = self.export("jsonl", *parts, **options)
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def table(self, part: str, **options: Any) -> list[dict[str, str]]:
        """Export CSV and read it."""
        _, path = self.export("csv", part, **options)
        with path.open(newline="", encoding="utf-8") as source:
            return list(csv.DictReader(source))

    def book(self, *parts: str, **options: Any) -> Any:
        """Export a workbook and open it."""
        _, path = self.export("xlsx", *parts, **options)
        return openpyxl.load_workbook(path)


@pytest.fixture
def make_incident():
    return incident


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.store.close()
