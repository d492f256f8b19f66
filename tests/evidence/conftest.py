"""An auditor with a key, and a ledger with a trail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from isthmus.core.evidence.keys import Signer, generate
from isthmus.core.ledger.ledger import Ledger


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 7, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path}/isthmus.db", clock=Clock())
    yield ledger
    ledger.close()


@pytest.fixture
def told(ledger: Ledger) -> Ledger:
    """A ledger whose trail has ten entries."""
    for number in range(5):
        ledger.record("run", "pair", [{"kind": "update", "number": number}, {"kind": "outcome", "words": "schön"}])
    return ledger


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return generate(tmp_path / "auditor.key")


@pytest.fixture
def other(tmp_path: Path) -> Signer:
    return generate(tmp_path / "other.key")
