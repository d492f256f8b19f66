"""The shipped mapping and the records that it reads: states, names of both products, payloads, custom fields."""

from __future__ import annotations

import json
from typing import Any

import pytest
from isthmus.connectors.manageengine import ManageEngine
from isthmus.connectors.manageengine.shapes import shaped, state_of
from isthmus.connectors.manageengine.transforms import ITEMS
from isthmus.core.mapping.directory import Directory, Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.mapping.transforms import UNRESOLVED

MAPPING = Mapping(shipped_mapping("manageengine"))
NAMES = Unlisted("https://desk.example.com")
CLOUD_ID = "123640000000240013"


def read(**row: Any) -> dict[str, Any]:
    return MAPPING.read(shaped({"id": "7", **row}, marker="udf_char1", labels="udf_char2"), NAMES)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ({"name": "Open"}, "Open"),
        ({"name": "Abierta", "internal_name": "Open"}, "Open"),
        ({"name": "Onhold"}, "On Hold"),
        ({"name": "Canceled"}, "Cancelled"),
        ({"name": "Bei uns", "in_progress": True, "stop_timer": False}, "In Progress"),
        ({"name": "Beim Kunden", "in_progress": True, "stop_timer": True}, "On Hold"),
        ({"name": "Erledigt", "in_progress": False, "stop_timer": True}, "Closed"),
        ({"name": "Resuelta"}, "Resuelta"),
        ({}, None),
    ],
)
def test_a_status_is_known_by_what_it_does(status: dict[str, Any], state: str | None) -> None:
    assert state_of(status) == state


def test_an_unknown_status_is_told_and_kept() -> None:
    document = read(status={"name": "Resuelta"})
    assert "status" not in document
    assert (document["status_name"], document["extra"]["state"]) == ("Resuelta", "Resuelta")


@pytest.mark.parametrize(
    ("impact", "urgency", "priority", "ranks"),
    [
        ("Affects Business", "Urgent", "High", (1, 1, 1)),
        ("Affects Department", "High", "Medium", (2, 1, 2)),
        ("Affects Group", "Normal", "Normal", (2, 2, 3)),
        ("Low", "Low", "Low", (3, 3, 4)),
    ],
)
def test_names_of_both_products(impact: str, urgency: str, priority: str, ranks: tuple[int, int, int]) -> None:
    document = read(impact={"name": impact}, urgency={"name": urgency}, priority={"name": priority})
    assert (document["impact"], document["urgency"], document["priority"]) == ranks


def test_null_is_empty_and_missing_is_unknown() -> None:
    document = read(priority=None, technician=None, due_by_time=None, resolution=None, closure_info=None)
    for field in ("priority", "assignee", "due_at", "resolution_notes", "resolution_code"):
        assert document[field] is None, field
    assert "impact" not in document
    assert "requester" not in document


def test_clocks_watchers_items_and_confirmation() -> None:
    document = read(
        status={"name": "On Hold"},
        due_by_time={"value": "1783000000000"},
        is_overdue=True,
        first_response_due_by_time={"value": "1783000000000"},
        email_ids_to_notify=["Ana@Example.com"],
        configuration_items=[{"id": "3", "name": "gw-1"}, {"id": "4"}],
        closure_info={"closure_code": {"name": "Success"}, "requester_ack_resolution": True},
        resolution={"content": "<p>Restarted<br>twice</p>"},
    )
    first, second = document["sla"]
    assert (first["name"], "breached" in first) == ("first response", False)
    assert (second["breached"], second["paused"], second["due_at"]) == (True, True, document["due_at"])
    assert document["watchers"] == [{"email": "ana@example.com"}]
    assert document["configuration_items"] == [{"id": "3", "name": "gw-1"}, {"id": "4"}]
    assert document["confirmation"] == {"state": "confirmed"}
    assert (document["resolution_code"], document["resolution_notes"]) == ("Success", "Restarted\ntwice")


def test_marker_labels_and_custom_fields_come_apart() -> None:
    fields = {"udf_char1": "isthmus:x:1", "udf_char2": "vip, lyon", "udf_date1": {"value": "1783000000000"}, "udf_long1": 5}
    document = read(udf_fields={**fields, "udf_char3": None})
    assert (document["marker"], document["labels"]) == ("isthmus:x:1", ["lyon", "vip"])
    assert document["custom"] == {"udf_date1": "2026-07-02T13:46:40Z", "udf_long1": 5}


def test_addresses_of_pages() -> None:
    assert read()["url"] == "https://desk.example.com/WorkOrder.do?woMode=viewWO&woID=7"
    assert read(id=CLOUD_ID)["url"] == f"https://desk.example.com/app/itdesk/ui/requests/{CLOUD_ID}/details"
    assert MAPPING.read({"id": "x"}, NAMES)["url"] is None


def test_items_that_nobody_knows_are_left_out() -> None:
    assert ITEMS.write([{"name": "gw-1"}], NAMES) is UNRESOLVED
    assert ITEMS.write([], NAMES) == []


def test_items_and_custom_fields_by_what_the_account_knows(make: Any, server: Any, listed: Any) -> None:
    fields = {"udf_fields": {"fields": {"udf_pick_1": {"type": "string", "display_name": "Root Cause"}}}}
    server.on("GET", "/requests/_metainfo", {"metainfo": {"fields": fields}})
    server.on("GET", "/configuration_items", listed("configuration_items", {"id": "9", "name": "gw-1"}))
    directory = Directory(make())
    body = MAPPING.write({"custom": {"Root Cause": "x", "Other": 1}, "configuration_items": [{"name": "gw-1"}]}, directory)
    assert body == {"udf_fields": {"udf_pick_1": "x"}, "configuration_items": [{"id": "9"}]}
    assert MAPPING.read({"udf_fields": {"udf_pick_1": "x"}}, directory)["custom"] == {"Root Cause": "x"}
    assert MAPPING.read({"configuration_items": [{"id": "9"}]}, directory)["configuration_items"][0]["name"] == "gw-1"


# -- payloads


def test_requests_come_out_of_every_envelope() -> None:
    bare = {"id": "1", "subject": "x", "status": {"name": "Open"}}
    for payload in (
        bare,
        {"request": bare},
        {"requests": [bare], "list_info": {}},
        [bare],
        {"input_data": json.dumps({"request": bare})},
    ):
        (found,) = ManageEngine.unwrap(payload)
        assert (found["id"], found["state"]) == ("1", "Open")


def test_a_triggers_own_words_are_names() -> None:
    sent = {
        "id": "1",
        "subject": "x",
        "status": "On Hold",
        "priority": "High",
        "requester": "Eva@example.com",
        "technician": "Ana",
    }
    (found,) = ManageEngine.unwrap({"data": sent})
    document = MAPPING.read(found, NAMES)
    assert (document["status"], document["priority"], found["technician"]) == ("pending", 1, {"name": "Ana"})


@pytest.mark.parametrize(
    "payload", [None, 5, "text", "{broken", {"notes": [{"status": 1}]}, {"response_status": {"status": "x"}}]
)
def test_what_is_no_request_gives_none(payload: Any) -> None:
    assert list(ManageEngine.unwrap(payload)) == []


def test_no_payload_is_too_deep() -> None:
    deep: Any = {"subject": "x"}
    for _ in range(30):
        deep = [deep]
    assert list(ManageEngine.unwrap(deep)) == []


def test_a_create_is_wrapped_as_input_data() -> None:
    body = {"subject": "x", "state": "Open", "labels": "a,b", "closure_code": {"name": "Success"}}
    assert ManageEngine.wrap(body) == {
        "request": {
            "subject": "x",
            "status": {"name": "Open"},
            "closure_info": {"closure_code": {"name": "Success"}},
            "udf_fields": {"udf_char2": "a,b"},
        }
    }
    assert ManageEngine.wrap({"subject": "x"}) == {"request": {"subject": "x", "udf_fields": {}}}
