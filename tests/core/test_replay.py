"""Replaying a history: values that belong together are read together, and references by id or by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from isthmus.core.connector import FieldChange
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.replay import Replay
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.sync.history import Histories

BEGAN = datetime(2026, 7, 1, 8, tzinfo=UTC)


def change(minutes: int, field: str, before: str | None, after: str | None, by: str | None = "ann") -> FieldChange:
    return FieldChange("1", field, before, after, BEGAN + timedelta(minutes=minutes), by)


def run(vendor: str, fields: set[str], body: dict, *changes: FieldChange) -> list[dict]:
    replay = Replay(Mapping(shipped_mapping(vendor)), fields)
    return [told for _, told in replay.run(body, changes, Unlisted())]


def test_a_state_and_its_reason_are_read_together():
    assert run(
        "servicenow",
        {"status", "status_reason"},
        {"state": "6", "hold_reason": ""},
        change(1, "state", "1", "3"),
        change(1, "hold_reason", None, "4"),
        change(2, "state", "3", "6"),
        change(2, "hold_reason", "4", None),
    ) == [
        {"status": "new", "status_reason": None},
        {"status": "pending", "status_reason": "vendor"},
        {"status": "resolved", "status_reason": None},
    ]


def test_what_two_people_or_two_saves_did_at_one_moment_stays_apart():
    told = run(
        "zendesk",
        {"status"},
        {"status": "solved"},
        change(1, "status", None, "new"),
        change(1, "status", "new", "open"),
        change(1, "status", "open", "solved", by="ben"),
    )
    assert [each.get("status") for each in told] == [None, "new", "in_progress", "resolved"]


def test_a_reference_is_told_by_its_id_or_by_a_name_in_its_place():
    body = {"group": {"id": "SGP2", "name": "Network"}, "assignee": {"id": "ann", "name": "Ann", "email": "a@b.c"}}
    first, named, both, gone = run(
        "bmc_helix",
        {"group", "assignee"},
        body,
        change(1, "group.name", "Service Desk", "Storage"),
        change(2, "group.name", "Storage", "Network"),
        change(2, "group.id", "SGP1", "SGP2"),
        change(2, "group.organization", "IT", "Other"),
        change(3, "group.name", "Network", None),
    )
    assert first["assignee"] == {"id": "ann", "name": "Ann", "email": "a@b.c"}
    assert (named["group"]["name"], both["group"], gone["group"]) == (
        "Storage",
        {"id": "SGP2", "name": "Network"},
        None,
    )


def test_numbers_of_a_record_are_text_in_its_history():
    told = run(
        "freshservice",
        {"priority", "impact", "urgency"},
        {"priority": 4, "impact": 3, "urgency": 3},
        change(1, "priority", None, "1"),
        change(2, "priority", "1", "4"),
        change(3, "subject", "a", "b"),
    )
    assert [each.get("priority") for each in told] == [None, 4, 1]


def test_the_last_change_of_a_group_is_found_under_a_field_within_an_object():
    mapping = Mapping(shipped_mapping("manageengine"))
    changes = [change(1, "group.id", "1", "2"), change(2, "group.id", "2", "3", by="us"), change(3, "subject", "a", "b")]
    side = SimpleNamespace(
        can=lambda operation: True,
        connector=SimpleNamespace(history=lambda ids: {"1": changes}),
        mapping=mapping,
        is_ours=lambda person: person == "us",
    )
    assert Histories({"plus": side}).last("plus", "1", "assignment") == changes[0]
