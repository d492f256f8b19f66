"""Seeded stories, real records, and the snapshot."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from isthmus.sandbox import start, stories
from isthmus.sandbox.clock import Clock
from isthmus.sandbox.faults import Faults
from isthmus.sandbox.limits import Limits
from isthmus.sandbox.outbox import Outbox
from isthmus.sandbox.servicenow import ServiceNow
from isthmus.sandbox.servicenow.seed import Seeder

NOW = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)
STATES = {"new": "1", "in_progress": "2", "pending": "3", "resolved": "6", "closed": "7", "canceled": "8"}
CODES = {
    "permanent": "Solution provided",
    "workaround": "Workaround provided",
    "no fault found": "Not Solved (Not Reproducible)",
    "user error": "User error",
}
TICKETS = 300


def instance():
    clock = Clock(NOW)
    clock.now = lambda: NOW
    return ServiceNow(clock=clock, limits=Limits(clock), faults=Faults(), outbox=Outbox())


@pytest.fixture(scope="module")
def seeded():
    vendor = instance()
    vendor.seed(TICKETS, 7)
    return vendor


@pytest.fixture(scope="module")
def told(seeded):
    """Pairs of (story, its ticket in the snapshot)."""
    tickets = seeded.snapshot()["tickets"]
    told = list(stories.stories(7, TICKETS, NOW))
    assert len(tickets) == TICKETS
    return list(zip(told, tickets, strict=True))


def test_seeding_is_a_function_of_seed_and_time():
    frozen, other = instance(), instance()
    for vendor in (frozen, other):
        vendor.seed(50, 7)
    assert frozen.snapshot() == other.snapshot()
    other.seed(50, 8)
    assert len(other.snapshot()["tickets"]) == 100
    assert frozen.outbox.messages == []


def test_stories_become_incidents(told, seeded):
    people = seeded.store["sys_user"].rows
    groups = seeded.store["sys_user_group"].rows
    for story, ticket in told:
        row = ticket["record"]
        assert (row["state"], row["incident_state"]) == (STATES[story.status],) * 2
        assert row["active"] == ("false" if story.status in {"closed", "canceled"} else "true")
        assert people[row["caller_id"]]["email"] == story.requester
        assert groups.get(row["assignment_group"], {}).get("name") == story.group
        assert people.get(row["assigned_to"], {}).get("email") == story.assignee
        assert row["description"] == story.text[:4000]
        assert row["reopen_count"] == str(story.reopened)
        assert (row["resolved_at"] != "") == (story.status in {"resolved", "closed"})
        assert (row["closed_at"] != "") == (story.status == "closed")
        assert row["hold_reason"] in ({"1", "4"} if story.status == "pending" else {""})
        assert (row["category"], row["subcategory"]) == (story.category, story.subcategory)
        if row["state"] in {"6", "7"}:
            assert (row["close_code"], row["close_notes"]) == (CODES[story.resolution_code], story.resolution)
        events = len(story.changes) + len(story.comments)
        assert row["sys_mod_count"] == str(events)


def test_threads_and_files_are_complete(told):
    marked_up = 0
    for story, ticket in told:
        assert [(c["email"], c["public"]) for c in ticket["comments"]] == [(c.author, c.public) for c in story.comments]
        for said, comment in zip(story.comments, ticket["comments"], strict=True):
            if comment["text"] != said.text:
                marked_up += 1
                assert comment["text"].startswith("[code]<")
                assert comment["text"].endswith("[/code]")
                assert "cid:" not in comment["text"]
        files = [*story.files, *(file for comment in story.comments for file in comment.files)]
        assert sorted(f["sha256"] for f in ticket["files"]) == sorted(hashlib.sha256(f.content).hexdigest() for f in files)
    assert marked_up


def test_choices_references_and_priorities_are_valid(seeded):
    incidents = seeded.store["incident"]
    for row in incidents.rows.values():
        for element, column in incidents.spec.columns.items():
            value = row.get(element, "")
            if value and column.choice:
                assert value in seeded.store.choices("incident", element), (element, value)
            if value and column.kind == "reference" and element != "sys_domain":
                assert seeded.store.referenced(column.reference, value), (element, value)
        assert row["priority"] == str(min(5, int(row["impact"]) + int(row["urgency"]) - 1))


def test_the_audit_replays_to_the_row(seeded):
    audits = {}
    for row in seeded.store["sys_audit"].rows.values():
        audits.setdefault(row["documentkey"], []).append(row)
    for row in seeded.store["incident"].rows.values():
        state = "1"
        for step in sorted(audits.get(row["sys_id"], ()), key=lambda step: int(step["record_checkpoint"])):
            if step["fieldname"] == "state":
                assert step["oldvalue"] == state
                state = step["newvalue"]
        assert state == row["state"]


def test_a_priority_is_never_set_alone():
    vendor = instance()
    story = stories.story(7, 2, NOW)
    story.changes.append(stories.Change(NOW, None, "priority", "3", "1"))
    Seeder(vendor.store, 7).add([story])
    row = vendor.snapshot()["tickets"][0]["record"]
    assert row["priority"] == str(min(5, story.impact + story.urgency - 1))
    assert row["sys_updated_by"] == "system"


def test_people_of_a_seed_exist_without_tickets():
    vendor = instance()
    vendor.seed(0, 7)
    emails = {row.get("email") for row in vendor.store["sys_user"].rows.values()}
    assert {person.email for person in stories.people(7)} <= emails
    assert any(row.get("vip") == "true" for row in vendor.store["sys_user"].rows.values())
    vendor.seed(0, 7)
    assert len({row["sys_id"] for row in vendor.store["sys_user"].rows.values()}) == len(vendor.store["sys_user"].rows)


def test_reset_keeps_the_fresh_instance(hub):
    hub.control("seed", {"tickets": 5, "seed": 3})
    assert len(hub.rows("incident")) == 5
    hub.control("reset", {})
    snapshot = hub.control("snapshot")
    assert snapshot["tickets"] == []
    assert {"Service Desk", "Network"} <= {group["name"] for group in snapshot["groups"]}
    assert "isthmus" in {person["user_name"] for person in snapshot["people"]}
    assert len(snapshot["items"]) == 12


FALSE_SHAPE = {
    "sys_id": "1" * 32,
    "number": "INC0000060",
    "short_description": "Unable to connect",
    "state": "7",
    "hold_reason": "2",
    "caller_id": {"link": f"https://x/api/now/table/sys_user/{'a' * 32}", "value": "a" * 32},
    "cmdb_ci": {"link": f"https://x/api/now/table/cmdb_ci/{'c' * 32}", "value": "c" * 32},
    "sys_domain": {"link": "https://x/api/now/table/sys_user_group/global", "value": "global"},
    "parent_incident": {"value": "9" * 32},
    "sys_created_on": "2016-12-12 15:19:57",
    "sys_updated_on": "2026-07-14 00:28:40",
    "comments": "",
    "calendar_duration": "1970-01-02 04:23:17",
    "u_region": "EMEA",
    "nosuch": "x",
    "due_date": None,
    "knowledge": False,
}
TRUE_SHAPE = {
    "sys_id": "2" * 32,
    "state": "On Hold",
    "category": "Inquiry / Help",
    "impact": "2 - Medium",
    "sla_due": "UNKNOWN",
    "calendar_stc": "102,197",
    "calendar_duration": "1 Day 4 Hours 23 Minutes",
    "sys_class_name": "Incident",
    "caller_id": {"display_value": "Joe Employee", "link": f"https://x/api/now/table/sys_user/{'b' * 32}"},
    "assignment_group": "Network",
    "business_service": "Email",
    "opened_at": "2016-12-12 07:19:57",
    "comments": "2016-12-13 12:30:14 - Joe Employee (Comments)\nSecond\n\n2016-12-12 08:00:00 - David Loo (Comments)\nFirst\nline\n\n",
    "work_notes": "2016-12-12 16:56:57 - David Loo (Work notes)\nHush\n\n",
    "comments_and_work_notes": "ignored, as the parts are there",
}
ALL_SHAPE = {
    "sys_id": {"display_value": "3" * 32, "value": "3" * 32},
    "state": {"display_value": "Resolved", "value": "6"},
    "assigned_to": {"display_value": "David Loo", "link": "https://x/y/" + "d" * 32, "value": "d" * 32},
    "resolved_by": {"display_value": "", "value": ""},
    "comments_and_work_notes": {
        "display_value": "2016-12-12 16:56:57 - David Loo (Arbeitsnotizen)\nHallo\n\n",
        "value": "",
    },
}


def test_records_of_every_shape_are_loaded():
    vendor = instance()
    vendor.load([{**FALSE_SHAPE, "state": "1"}, FALSE_SHAPE, TRUE_SHAPE, ALL_SHAPE, {"short_description": "bare"}])
    tickets = {ticket["id"]: ticket for ticket in vendor.snapshot()["tickets"]}
    assert len(tickets) == 4
    first, second, third = (tickets[digit * 32]["record"] for digit in "123")
    expected = {"state": "7", "hold_reason": "2", "caller_id": "a" * 32, "sys_domain": "global", "u_region": "EMEA"}
    assert {name: first[name] for name in expected} == expected
    assert first["parent_incident"] == "9" * 32
    assert vendor.store["cmdb_ci"].rows["c" * 32]["name"] == "Stub cccccccc"
    expected = {"state": "3", "category": "inquiry", "impact": "2", "sla_due": "", "calendar_stc": "102197"}
    assert {name: second[name] for name in expected} == expected
    assert (second["calendar_duration"], second["sys_class_name"]) == ("1970-01-02 04:23:00", "incident")
    assert vendor.store["sys_user"].rows[second["caller_id"]]["name"] == "Joe Employee"
    assert vendor.store["sys_user_group"].rows[second["assignment_group"]]["name"] == "Network"
    assert vendor.store["cmdb_ci_service"].rows[second["business_service"]]["name"] == "Email"
    said = [(c["time"][:16], c["author"], c["public"], c["text"]) for c in tickets["2" * 32]["comments"]]
    assert said == [
        ("2016-12-12 08:00", "david.loo", True, "First\nline"),
        ("2016-12-12 16:56", "david.loo", False, "Hush"),
        ("2016-12-13 12:30", "joe.employee", True, "Second"),
    ]
    assert third["assigned_to"] == "d" * 32
    assert [(c["text"], c["public"]) for c in tickets["3" * 32]["comments"]] == [("Hallo", False)]
    defaults = "\n".join(vendor.defaults)
    assert "nosuch is no column of incident: left out" in defaults
    assert "column u_region added" in defaults
    assert "number='INC0010001'" not in defaults or "absent" in defaults
    assert "sys_user Joe Employee" in defaults
    vendor.load([TRUE_SHAPE])
    assert len(vendor.store["sys_journal_field"].rows) == 4


def test_a_file_is_loaded_on_start(tmp_path):
    path = tmp_path / "records.jsonl"
    path.write_text('{"file": "f", "where": "$", "record": {"short_description": "Ünï"}}\n')
    with start("servicenow", load=path, tickets=2, now=NOW) as running:
        names = {ticket["record"]["short_description"] for ticket in running.vendor.snapshot()["tickets"]}
        assert "Ünï" in names
        assert len(names) == 3
