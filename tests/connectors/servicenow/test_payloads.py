"""Tickets out of every shape in which ServiceNow returns them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from isthmus.connectors.servicenow import ServiceNow
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.model import Incident

LINK = "https://acme.service-now.com/api/now/table"
A, B, C = "a" * 32, "b" * 32, "c" * 32
MAPPING = Mapping(shipped_mapping("servicenow"))

BARE = {
    "sys_id": A,
    "number": "INC0000060",
    "short_description": "No mail",
    "state": "7",
    "impact": "2",
    "urgency": "2",
    "priority": "3",
    "caller_id": {"link": f"{LINK}/sys_user/{B}", "value": B},
    "cmdb_ci": "",
    "opened_at": "2016-12-12 15:19:57",
    "comments": "",
    "u_site": "Ulm",
}
DISPLAY = {
    "sys_id": A,
    "number": "INC0000060",
    "short_description": "No mail",
    "state": "Closed",
    "impact": "2 - Medium",
    "urgency": "2 - Medium",
    "priority": "3 - Moderate",
    "caller_id": {"display_value": "Joe Employee", "link": f"{LINK}/sys_user/{B}"},
    "problem_id": {"display_value": "PRB0000007", "link": f"{LINK}/problem/{C}"},
    "opened_at": "2016-12-12 07:19:57",
    "sla_due": "UNKNOWN",
    "contact_type": "Self-service",
    "comments": "2016-12-12 07:19:57 - Joe Employee (Comments)\nhi\n\n",
    "reopen_count": "1,000",
}
ALL = {
    "sys_id": {"display_value": A, "value": A},
    "number": {"display_value": "INC0000060", "value": "INC0000060"},
    "short_description": {"display_value": "No mail", "value": "No mail"},
    "state": {"display_value": "Closed", "value": "7"},
    "opened_at": {"display_value": "12/12/2016 07:19:57", "value": "2016-12-12 15:19:57"},
    "caller_id": {"display_value": "Joe Employee", "link": f"{LINK}/sys_user/{B}", "value": B},
    "caller_id.email": {"display_value": "joe@example.com", "value": "joe@example.com"},
    "assignment_group": {"display_value": "", "value": ""},
    "comments": {"display_value": "thread", "value": ""},
}


def read(payload: Any) -> list[dict[str, Any]]:
    documents = []
    for record in ServiceNow.unwrap(payload):
        document = {"connection": "ops", **MAPPING.read(record, Unlisted("https://acme.service-now.com"))}
        assert MAPPING.unmapped(record, document) is None
        Incident.model_validate(document)
        documents.append(document)
    return documents


def test_stored_values() -> None:
    (document,) = read(BARE)
    assert document["requester"] == {"id": B}
    assert document["opened_at"] == "2016-12-12T15:19:57Z"
    assert (document["status"], document["status_name"], document["priority"]) == ("closed", "Closed", 3)
    assert document["custom"] == {"u_site": "Ulm"}
    assert "comments" not in document.get("extra", {})
    assert document["url"] == f"https://acme.service-now.com/nav_to.do?uri=incident.do%3Fsys_id%3D{A}"


def test_display_values() -> None:
    (document,) = read(DISPLAY)
    assert (document["status"], document["impact"], document["priority"]) == ("closed", 2, 3)
    assert document["requester"] == {"id": B, "name": "Joe Employee"}
    assert document["opened_at"] == "2016-12-12T07:19:57Z"
    assert document["channel"] == "portal"
    assert document["reopen_count"] == 1000
    assert document["links"] == [
        {
            "kind": "problem",
            "id": C,
            "key": "PRB0000007",
            "url": f"https://acme.service-now.com/nav_to.do?uri=task.do%3Fsys_id%3D{C}",
        }
    ]
    assert document["extra"]["sla_due.display_value"] == "UNKNOWN"
    assert document["extra"]["comments"].endswith("hi\n\n")


def test_stored_and_display_values() -> None:
    (document,) = read(ALL)
    assert document["requester"] == {"id": B, "name": "Joe Employee", "email": "joe@example.com"}
    assert document["opened_at"] == "2016-12-12T15:19:57Z"
    assert document["group"] is None
    assert document["extra"]["comments"] == "thread"


@pytest.mark.parametrize(
    "wrapped",
    [
        {"result": BARE},
        {"result": [BARE]},
        [BARE],
        [[{"result": [BARE]}]],
        json.dumps({"result": BARE}),
        {"event": "update", "current": BARE, "previous": BARE},
        {"data": {"incident": BARE}, "table": "incident"},
        {"payload": json.dumps(BARE)},
        {"serviced_requests": [{"id": "1", "body": base64.b64encode(json.dumps({"result": [BARE]}).encode()).decode()}]},
        {"result": [BARE], "error": {"message": "Transaction cancelled"}},
        {**BARE, "caller_id": {"sys_id": B, "link": "x"}, "sys_class_name": "Incident"},
    ],
)
def test_envelopes(wrapped: Any) -> None:
    (document,) = read(wrapped)
    assert (document["id"], document["title"], document["requester"]) == (A, "No mail", {"id": B})


@pytest.mark.parametrize(
    "payload",
    [
        None,
        7,
        "text",
        "{broken",
        "eyJ#broken",
        "eyJub3QgYSBqc29u",
        [],
        {"result": []},
        {"result": [{"sys_id": A, "user_name": "abel"}]},
        {"sys_id": A, "number": "PRB0000007", "sys_class_name": "problem"},
        {
            "sys_id": A,
            "number": "CHG0000007",
            "sys_class_name": {"display_value": "Change Request", "value": "change_request"},
        },
        {"number": "", "short_description": "x"},
    ],
)
def test_what_holds_no_ticket(payload: Any) -> None:
    assert read(payload) == []


def test_a_payload_that_never_ends() -> None:
    deep: Any = BARE
    for _ in range(50):
        deep = [deep]
    assert read(deep) == []


def test_bodies_made_by_hand() -> None:
    (document,) = read(
        {
            "number": "INC7",
            "incident_state": 3,
            "hold_reason": None,
            "short_description": "x",
            "active": True,
            "watch_list": ["x@example.com", B],
            "additional": [1, {"a": 2}],
            "caller_id": {"name": "Joe", "email": "Joe@Example.com", "sys_id": {"value": B}},
            "assigned_to": {"display_value": "Abel Tuter", "sys_id": C},
            "assignment_group": "Network",
            "business_service": "Mail",
            "opened_at": "yesterday",
            "resolved_at": "2026-07-14T08:00:00Z",
            "u_box": {"a": 1},
            "location": {"name": "Ulm"},
            "due_date": None,
            "company": {"display_value": "ACME"},
            "rfc": {"display_value": "", "value": ""},
        }
    )
    assert document["id"] == "INC7"
    assert (document["status"], document["status_reason"]) == ("pending", None)
    assert document["watchers"] == [{"email": "x@example.com"}, {"id": B}]
    assert document["requester"] == {"id": B, "name": "Joe", "email": "joe@example.com"}
    assert document["assignee"] == {"id": C, "name": "Abel Tuter"}
    assert document["group"]["name"] == "Network"
    assert document["service"] == "Mail"
    assert "opened_at" not in document
    assert document["resolved_at"] == "2026-07-14T08:00:00Z"
    assert document["due_at"] is None
    assert document["custom"] == {"u_box": {"a": 1}}
    assert document["extra"]["company.name"] == "ACME"
    assert document["extra"]["location"] == {"name": "Ulm"}
    assert document["extra"]["additional"] == [1, {"a": 2}]
    assert document["extra"]["opened_at.display_value"] == "yesterday"


def test_every_recorded_ticket() -> None:
    """With ISTHMUS_SAMPLES, the recorded replies: each ticket, bare and in envelopes."""
    folder = os.environ.get("ISTHMUS_SAMPLES")
    if not folder:
        assert read({"result": [BARE, DISPLAY, ALL]})
        return
    tool = Path(folder).parent.parent / "tools" / "sample_tickets.py"
    printed = subprocess.run(
        [sys.executable, str(tool), f"{folder}/servicenow", "servicenow"], capture_output=True, text=True, check=True
    ).stdout
    lines = printed.splitlines()
    assert lines
    for line in lines:
        record = json.loads(line)["record"]
        for wrapped in (record, {"result": record}, {"result": [record]}):
            (document,) = read(wrapped)
            assert document["id"]
            assert document["status"]
            assert "title" in document
