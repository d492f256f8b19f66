"""The ledger: bonds saved and loaded, ids remembered and cleaned, entries appended to the trail."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from isthmus.core.ledger.ledger import Ledger
from isthmus.core.ledger.state import Receipt, Value

from .measure import Figure, median, rates
from .postgresql import database

LINK = "pair"
BATCH = 50
"""Bonds that one transaction saves, as the engine does."""
GROUPS: dict[str, Value] = {
    "status": {"status": "resolved", "status_reason": None, "resolution_code": "solved", "resolution_notes": "Restarted."},
    "priority": {"impact": 2, "urgency": 2, "priority": 3},
    "assignment": {"group": {"name": "Service Desk"}, "assignee": {"name": "Ada", "email": "ada@example.com"}},
    "title": {"title": "The printer on the third floor is out of order"},
    "category": {"category": "hardware", "subcategory": "printer"},
    "labels": {"labels": ["escalated", "printer"]},
}


def ledgers(bonds: int, ids: int, runs: int) -> list[Figure]:
    """Measure on SQLite, and on PostgreSQL where there is one.

    Args:
        bonds: how many are saved and loaded in each run.
        ids: how many are remembered and cleaned in each run.
        runs: of each measurement.
    """
    with tempfile.TemporaryDirectory() as folder:
        figures = list(_measure(f"sqlite:///{Path(folder) / 'ledger.db'}", "ledger, SQLite", bonds, ids, runs))
    with database() as url:
        if url is None:
            note = "no server is installed or named"
            return [*figures, Figure("ledger, PostgreSQL", "not measured", 0, "", note=note)]
        return [*figures, *_measure(url, "ledger, PostgreSQL", bonds, ids, runs)]


def _measure(url: str, part: str, bonds: int, ids: int, runs: int) -> Iterator[Figure]:
    ledger = Ledger(url)
    try:
        saved: list[str] = []
        save = _saver(ledger, bonds, saved)
        note = f"{len(GROUPS)} groups, 2 members; {bonds:,} in each run"
        yield median(part, "bonds saved", "bonds/s", rates(bonds, save, runs), note)

        def load() -> None:
            for start in range(0, bonds, BATCH):
                ledger.bonds(saved[start : start + BATCH])

        yield median(part, "bonds loaded", "bonds/s", rates(bonds, load, runs))
        many = [str(number) for number in range(ids)]
        note = f"{ids:,} in each run"
        remembered: list[float] = []
        cleaned: list[float] = []
        for _ in range(runs):
            remembered += rates(ids, lambda: ledger.remember(LINK, "support", many, "cursor"), 1)
            cleaned += rates(ids, lambda: ledger.clean(LINK, [("support", each) for each in many]), 1)
        yield median(part, "ids remembered", "ids/s", remembered, note)
        yield median(part, "ids cleaned", "ids/s", cleaned, note)
        entries = [
            {"kind": "update", "connection": "support", "record_id": each, "groups": ["status"]} for each in many[:BATCH]
        ]
        yield median(
            part,
            f"trail, {BATCH} entries a transaction",
            "entries/s",
            rates(BATCH * 20, lambda: [ledger.record("run", LINK, entries) for _ in range(20)], runs),
        )
        alone = entries[:1]
        yield median(
            part,
            "trail, one entry a transaction",
            "entries/s",
            rates(100, lambda: [ledger.record("run", LINK, alone) for _ in range(100)], runs),
        )
    finally:
        ledger.close()


def _saver(ledger: Ledger, bonds: int, saved: list[str]) -> Callable[[], None]:
    """Give what saves so many new bonds each time, as the writer does: members, values of record, receipts."""
    numbers = count()
    receipts = {group: Receipt(value, value, "zendesk/1-0000000000") for group, value in GROUPS.items()}

    def save_one() -> None:
        number = next(numbers)
        bond = ledger.add_bond(LINK)
        saved.append(bond)
        for name in ("support", "ops"):
            ledger.join(bond, LINK, name, f"{number}")
        ledger.save_values(bond, GROUPS)
        ledger.save_receipts((bond, name, group, each) for name in ("support", "ops") for group, each in receipts.items())

    def save() -> None:
        for _ in range(0, bonds, BATCH):
            with ledger.transaction():
                for _ in range(BATCH):
                    save_one()

    return save
