"""Times of resolution and closure that only the vendor's history tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from isthmus.core.connector import FieldChange
from isthmus.core.sync.timeline import add_timelines

BEGAN = datetime(2026, 7, 1, 8, tzinfo=UTC)


def side(*statuses):
    """A tool whose record went through some statuses, one an hour."""
    changes = [
        FieldChange(record_id="1", field="status", before=None, after=status, at=BEGAN + timedelta(hours=number), by=None)
        for number, status in enumerate(statuses)
    ]
    return SimpleNamespace(
        can=lambda operation: True,
        connector=SimpleNamespace(history=lambda ids: dict.fromkeys(ids, changes)),
        directory=SimpleNamespace(meet_ids=list),
        mapping=SimpleNamespace(timeline=lambda seen, names: [after for _, after in seen]),
    )


@pytest.mark.parametrize(
    ("statuses", "resolved", "closed"),
    [
        (("new", "in_progress"), None, None),
        (("new", "resolved"), "2026-07-01T09:00:00Z", None),
        (("new", "resolved", "closed"), "2026-07-01T09:00:00Z", "2026-07-01T10:00:00Z"),
        (("new", "resolved", "in_progress", "resolved"), "2026-07-01T11:00:00Z", None),
        (("new", "canceled"), None, "2026-07-01T09:00:00Z"),
    ],
)
def test_a_history_tells_when_an_incident_was_resolved_and_closed(statuses, resolved, closed):
    document = {"status": statuses[-1]}
    add_timelines(side(*statuses), {"1": document})
    assert (document.get("resolved_at"), document.get("closed_at")) == (resolved, closed)


def test_what_the_record_states_holds():
    document = {"status": "closed", "resolved_at": "2026-06-01T00:00:00Z", "closed_at": "2026-06-02T00:00:00Z"}
    add_timelines(side("new", "resolved", "closed"), {"1": document})
    assert (document["resolved_at"], document["closed_at"]) == ("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z")
