"""Time entries, tasks, approvals, satisfaction; assets, problems, changes."""

from __future__ import annotations

import pytest


@pytest.fixture
def path(desk):
    return f"tickets/{desk.ticket()['id']}"


@pytest.fixture
def me(desk):
    return desk.get("agents/me")["agent"]["id"]


def test_time_entries(desk, path, me):
    entry = {"agent_id": me, "time_spent": "01:30", "note": "Looked"}
    made = desk.ok("POST", f"{path}/time_entries", {"time_entry": entry})["time_entry"]
    assert made == {**made, **entry, "billable": True, "workspace_id": 2}
    there = f"{path}/time_entries/{made['id']}"
    assert desk.ok("PUT", there, {"time_entry": {"note": "Done"}})["time_entry"]["note"] == "Done"
    assert desk.get(there)["time_entry"]["time_spent"] == "01:30"
    running = desk.ok("POST", f"{path}/time_entries", {"time_entry": {"agent_id": me, "timer_running": True}})["time_entry"]
    assert [row["id"] for row in desk.get(f"{path}/time_entries")["time_entries"]] == [made["id"], running["id"]]
    assert desk("DELETE", there).status_code == 200
    assert desk.refused("GET", there) == (404, None)


@pytest.mark.parametrize(
    ("entry", "faults"),
    [
        (None, [("agent_id", "missing_field"), ("time_spent", "missing_field")]),
        ({"agent_id": 5, "time_spent": "1h"}, [("agent_id", "invalid_value"), ("time_spent", "invalid_value")]),
        ({"timer_running": True, "id": 5}, [("id", "invalid_field"), ("agent_id", "missing_field")]),
    ],
)
def test_wrong_time_entries(desk, path, entry, faults):
    assert desk.faults("POST", f"{path}/time_entries", {"time_entry": entry}) == faults


def test_tasks(desk, path, me):
    body = {"title": "Order", "agent_id": me, "due_date": "2026-06-01T00:00:00Z", "workspace_id": 3}
    made = desk.ok("POST", f"{path}/tasks", body)["task"]
    assert (made["status"], made["title"], made["workspace_id"]) == (1, "Order", 2)
    there = f"{path}/tasks/{made['id']}"
    assert desk.ok("PUT", there, {"status": 3})["task"]["closed_at"] == "2026-05-06T08:00:00Z"
    assert desk.ok("PUT", there, {"status": 1})["task"]["closed_at"] is None
    assert desk.get(there)["task"]["agent_id"] == me
    assert len(desk.get(f"{path}/tasks")["tasks"]) == 1
    wrong = {"title": "", "status": 9, "due_date": "soon", "agent_id": 5, "group_id": 5}
    assert [field for field, _ in desk.faults("PUT", there, wrong)] == [
        "title",
        "status",
        "due_date",
        "agent_id",
        "group_id",
    ]
    assert desk("DELETE", there).status_code == 204
    assert desk.refused("PUT", there, {}) == (404, None)


def test_approvals(desk, path, me):
    assert desk.faults("POST", f"{path}/approvals", {"approver_id": 5}) == [
        ("approver_id", "invalid_value"),
        ("approval_type", "missing_field"),
    ]
    (made,) = desk.ok("POST", f"{path}/approvals", {"approver_id": me, "approval_type": 2})["approvals"]
    assert made["approval_status"] == {"id": 0, "name": "requested"}
    there = f"{path}/approvals/{made['id']}"
    assert desk.get(there)["approval"] == made
    assert desk.faults("PUT", there, {}) == [("id", "missing_field")]
    assert desk.ok("PUT", there, {"approval_status": {"id": 1}})["approval"]["approval_status"]["name"] == "approved"
    assert desk.get(path)["ticket"]["approval_status_name"] == "approved"
    assert len(desk.get(f"{path}/approvals")["approvals"]) == 1


def test_items_and_satisfaction(desk, path, seeded):
    assert desk.get(f"{path}/requested_items") == {"requested_items": []}
    assert desk.refused("GET", f"{path}/csat_response") == (404, None)
    said = [seeded("GET", f"tickets/{number}/csat_response") for number in range(5, 251, 5)]
    ratings = {answer.json()["csat_response"]["overall_rating_text"] for answer in said if answer.status_code == 200}
    assert ratings == {"Extremely Satisfied", "Extremely Dissatisfied"}


def test_assets(desk):
    made = desk.ok("POST", "assets", {"name": "Laptop 7", "asset_tag": "TAG-7", "impact": "high"})["asset"]
    there = f"assets/{made['display_id']}"
    assert desk.get(there)["asset"] == made
    assert desk.ok("PUT", there, {"serial_number": "S1"})["asset"]["name"] == "Laptop 7"
    assert desk.ok("PUT", there, {"name": "Laptop 8"})["asset"]["serial_number"] == "S1"
    desk.ok("POST", "assets", {"name": "Printer"})
    assert len(desk.get("assets")["assets"]) == len(desk.control("snapshot")["assets"])
    for search in ("\"name:'laptop'\"", "\"asset_tag:'TAG-7'\"", "\"serial_number : 'S1'\""):
        assert [row["display_id"] for row in desk.get("assets", search=search)["assets"]] == [made["display_id"]]
    assert desk.faults("GET", "assets", params={"search": "name:'x'"}) == [("search", "invalid_value")]
    assert desk.faults("POST", "assets", {"impact": "huge"}) == [("name", "missing_field"), ("impact", "invalid_value")]
    assert desk.refused("GET", "assets/999") == (404, None)
    ticket = desk.ticket(assets=[{"display_id": made["display_id"]}])
    assert desk("DELETE", there).status_code == 204
    assert desk.refused("GET", there) == (404, None)
    assert [row["name"] for row in desk.get("assets")["assets"]] == ["Printer"]
    assert [row["name"] for row in desk.view(ticket, "assets")["assets"]] == ["Laptop 8"]


@pytest.mark.parametrize("kind", ["problems", "changes"])
def test_problems_and_changes(desk, kind):
    single = kind.removesuffix("s")
    body = {"subject": "Root", "description": "<b>x</b>", "email": "robin.requester@example.com"}
    made = desk.ok("POST", kind, body)[single]
    robin = desk.person("robin.requester@example.com")["id"]
    assert (made["id"], made["description_text"], made["requester_id"]) == (1, "x", robin)
    assert desk.ok("PUT", f"{kind}/1", {"status": 2})[single]["subject"] == "Root"
    assert desk.ok("PUT", f"{kind}/1", {"requester_id": robin})[single]["status"] == 2
    assert [row["id"] for row in desk.get(kind)[kind]] == [1]
    assert desk.get(f"{kind}/1")[single]["status"] == 2
    assert desk.refused("GET", f"{kind}/2") == (404, None)
    assert desk("DELETE", f"{kind}/1").status_code == 204
    assert desk.refused("GET", f"{kind}/1") == (404, None)
    assert desk.get(kind) == {kind: []}
    wrong = {"subject": "", "description": "x", "requester_id": 5, "status": 99, "foo": 1}
    fields = [field for field, _ in desk.faults("POST", kind, wrong)]
    assert fields == ["foo", "subject", "requester_id", "status"]
    assert ("requester_id", "missing_field") in desk.faults("POST", kind, {"subject": "x", "description": "x"})
