from __future__ import annotations

from typing import Any

import pytest
from isthmus.connectors.zendesk.transforms import AGENT_URL
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import Overlay, Table, shipped_mapping
from isthmus.core.mapping.transforms import UNRESOLVED

NAMES = Unlisted()


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    return Mapping(shipped_mapping("zendesk"))


@pytest.mark.parametrize(
    ("status", "reason", "written", "image"),
    [
        ("new", None, "new", ("new", None)),
        ("in_progress", "3", "open", ("in_progress", None)),
        ("pending", "requester", "pending", ("pending", "requester")),
        ("pending", None, "pending", ("pending", "requester")),
        ("pending", "vendor", "hold", ("pending", "vendor")),
        ("pending", "change", "hold", ("pending", "vendor")),
        ("resolved", None, "solved", ("resolved", None)),
        ("resolved", "Duplicate", "solved", ("resolved", None)),
        ("closed", "Solved", "closed", ("closed", None)),
        ("canceled", None, "solved", ("resolved", None)),
        ("canceled", "deleted", "solved", ("resolved", None)),
    ],
)
def test_every_status_has_an_image(mapping: Mapping, status: str, reason: str | None, written: str, image: Any) -> None:
    document = {"status": status, "status_reason": reason}
    assert mapping.write(document, NAMES) == {"status": written}
    predicted = mapping.predict(document, NAMES)
    assert (predicted["status"], predicted["status_reason"]) == image
    assert mapping.predict(predicted, NAMES) == predicted


@pytest.mark.parametrize("impact", [1, 2, 3, None])
@pytest.mark.parametrize("urgency", [1, 2, 3, None])
@pytest.mark.parametrize("priority", [1, 2, 3, 4, 5, None])
def test_every_priority_has_an_image(mapping: Mapping, impact: Any, urgency: Any, priority: Any) -> None:
    document = {"impact": impact, "urgency": urgency, "priority": priority}
    predicted = mapping.predict(document, NAMES)
    assert predicted["priority"] == (4 if priority == 5 else priority)
    assert mapping.predict(predicted, NAMES) == predicted


def test_nothing_writes_a_status_that_only_an_export_tells(mapping: Mapping) -> None:
    written = {row.record["status"] for row in mapping.spec.tables["status"].rows}
    assert written == {"new", "open", "pending", "hold", "solved", "closed"}


def test_a_create_says_what_zendesk_demands(mapping: Mapping) -> None:
    body = mapping.write({"title": None, "description": None}, NAMES, creating=True)
    assert body == {"subject": "(no title)", "description": "<p>(no description)</p>", "type": "incident"}
    assert mapping.predict({"description": None}, NAMES, creating=True)["description"] == "<p>(no description)</p>"
    assert mapping.write({"labels": []}, NAMES) == {"tags": []}


def test_text_is_defused_and_tags_are_normal(mapping: Mapping) -> None:
    document = {"description": "<p>Use <strong>{{ticket.id}}</strong></p>", "labels": ["VPN Access", "a,b"]}
    body = mapping.write(document, NAMES, creating=True)
    assert "{{" not in body["description"]
    assert body["tags"] == ["a_b", "vpn_access"]
    predicted = mapping.predict(document, NAMES, creating=True)
    assert predicted["description"] == "<p>Use {{ticket.id}}</p>"
    assert predicted["labels"] == ["a_b", "vpn_access"]


def test_a_description_is_plain_text(mapping: Mapping) -> None:
    document = mapping.read({"description": "a <b>\n\nb"}, NAMES)
    assert document["description"] == "<p>a &lt;b&gt;</p><p>b</p>"


def test_times_are_written_by_a_create_only(mapping: Mapping) -> None:
    document = {
        "opened_at": "2026-05-01T08:00:00Z",
        "resolved_at": "2026-05-02T08:00:00Z",
        "due_at": "2026-05-03T08:00:00Z",
    }
    assert mapping.write(document, NAMES) == {}
    body = mapping.write(document, NAMES, creating=True)
    assert (body["created_at"], body["solved_at"]) == ("2026-05-01T08:00:00Z", "2026-05-02T08:00:00Z")
    assert "due_at" not in body


def test_what_is_read_for_reports(mapping: Mapping) -> None:
    record = {
        "id": 7,
        "url": "https://acme.zendesk.com/api/v2/tickets/7.json",
        "external_id": "isthmus:ops:1",
        "updated_at": "2026-05-02T08:00:00Z",
        "due_at": "2026-05-03T08:00:00Z",
        "collaborator_ids": [31, 32],
        "custom_fields": [{"id": 77, "value": "site_lyon"}, {"id": 78, "value": None}],
        "problem_id": 3,
        "satisfaction_rating": {"score": "good", "comment": "Thanks", "id": 5},
        "via": {"channel": "help_center", "source": {"rel": None}},
        "custom_status": {"agent_label": "In progress"},
        "brand_id": 9,
    }
    assert mapping.read(record, NAMES) == {
        "id": "7",
        "key": "7",
        "url": "https://acme.zendesk.com/agent/tickets/7",
        "version": "2026-05-02T08:00:00Z",
        "marker": "isthmus:ops:1",
        "updated_at": "2026-05-02T08:00:00Z",
        "due_at": "2026-05-03T08:00:00Z",
        "watchers": [{"id": "31"}, {"id": "32"}],
        "custom": {"77": "site_lyon", "78": None},
        "links": [{"kind": "problem", "id": "3"}],
        "satisfaction": {"score": "good", "comment": "Thanks"},
        "channel": "portal",
        "status_name": "In progress",
        "extra": {"via": {"source": {"rel": None}}, "brand_id": 9},
    }


def test_impact_and_urgency_may_live_in_custom_fields(mapping: Mapping) -> None:
    rows = (
        {
            "incident": {"impact": 1, "urgency": 2, "priority": 2},
            "record": {"custom_fields[77]": "i1", "custom_fields[78]": "u2", "priority": "high"},
        },
        {"incident": {}, "record": {"custom_fields[77]": None, "custom_fields[78]": None, "priority": None}},
    )
    table = Table.model_validate(
        {
            "incident": ("impact", "urgency", "priority"),
            "record": ("custom_fields[77]", "custom_fields[78]", "priority"),
            "rows": rows,
        }
    )
    laid = Mapping(Overlay(tables={"priority": table}).apply(mapping.spec))
    document = {"impact": 1, "urgency": 2, "priority": 2}
    body = laid.write(document, NAMES)
    assert body == {"custom_fields": [{"id": 77, "value": "i1"}, {"id": 78, "value": "u2"}], "priority": "high"}
    assert laid.read(body, NAMES)["impact"] == 1


def test_an_address_is_read_only() -> None:
    assert AGENT_URL.read("https://a.example.com/api/v2/tickets/7", NAMES) == "https://a.example.com/agent/tickets/7"
    assert AGENT_URL.read("https://a.example.com/elsewhere", NAMES) == "https://a.example.com/elsewhere"
    assert AGENT_URL.read(None, NAMES) is None
    assert AGENT_URL.write("https://a.example.com", NAMES) is UNRESOLVED
