"""Seeded stories, loaded records, snapshots."""

from __future__ import annotations

import hashlib
import json

import pytest
from isthmus.sandbox import start, vendors
from isthmus.sandbox.stories import people, stories

INTERFACE = "HPD:IncidentInterface"
COUNT = 60


@pytest.fixture
def seeded(hub):
    hub.control("seed", {"tickets": COUNT, "seed": 7})
    return hub


@pytest.fixture
def told(hub, fresh):
    return {story.number: story for story in stories(7, COUNT, fresh.vendor.clock.now())}


def test_the_sandbox_is_known():
    assert "bmc_helix" in vendors()


def test_people_have_the_addresses_of_the_stories(seeded):
    rows = seeded.rows("CTM:People", limit=500)
    assert {person.email for person in people(7)} <= {row["Internet E-mail"] for row in rows}
    members = seeded.rows("CTM:Support Group Association", limit=500)
    assert len(members) == len([person for person in people(7) if person.group]) + 3


def test_stories_become_incidents(seeded, told):
    rows = seeded.rows(INTERFACE, limit=500, sort="Submit Date.asc")
    assert len(rows) == COUNT
    for row, story in zip(rows, sorted(told.values(), key=lambda each: (each.opened, each.number)), strict=True):
        assert row["Description"] == story.title
        assert row["Detailed Decription"] == (story.text or None)
        assert row["Internet E-mail"] == story.requester
        expected = {"in_progress": "In Progress", "canceled": "Cancelled"}.get(story.status, story.status.title())
        assert row["Status"] == expected
        assert row["Assigned Group"] == story.group
        assert row["Last Modified Date"] >= row["Submit Date"]
        assert (row["Resolution"] or "") == story.resolution
    assert {row["Status"] for row in rows} >= {"New", "Resolved", "Closed", "In Progress"}


def test_comments_become_work_logs(seeded, told):
    snapshot = seeded.control("snapshot")
    by_title = {}
    for ticket in snapshot["tickets"]:
        by_title.setdefault(ticket["record"]["Description"], []).append(ticket)
    for story in told.values():
        (ticket,) = [
            each for each in by_title[story.title] if each["record"]["Reported Date"][:19] == story.opened.isoformat()[:19]
        ]
        said = [comment for comment in ticket["comments"] if not comment["system"]]
        first = said[1:] if story.files else said
        assert [(each["text"], each["public"], each["email"], each["time"][:19]) for each in first] == [
            (comment.text, comment.public, comment.author, comment.at.isoformat()[:19]) for comment in story.comments
        ]
        files = [file for comment in (story, *story.comments) for file in comment.files]
        assert [(file["name"], file["size"], file["sha256"]) for file in ticket["files"]] == [
            (file.name, len(file.content), hashlib.sha256(file.content).hexdigest()) for file in files
        ]
        moves = [comment["type"] for comment in ticket["comments"] if comment["system"]]
        assert moves.count("Status Update") == len(
            [change for change in story.changes if change.field == "status" and change.before != change.after]
        )


def test_the_history_is_a_replay(seeded, told):
    rows = seeded.rows("HPD:HelpDesk_AuditLogSystem", limit=2000)
    assert len(rows) == sum(len({change.at for change in story.changes}) for story in told.values())
    reopened = [row for row in seeded.rows(INTERFACE, limit=500) if row["Re-Opened Date"]]
    assert len(reopened) == len([story for story in told.values() if story.reopened])
    assert all(row["Status-History"]["In Progress"]["timestamp"] >= row["Re-Opened Date"] for row in reopened)


def test_seeded_clocks(seeded):
    rows = seeded.rows("SLM:Measurement", limit=500)
    assert len(rows) == 2 * COUNT
    assert {"Met", "Missed"} <= {row["MeasurementStatus"] for row in rows}


def test_seeded_incidents_can_be_worked_on(seeded):
    row = next(row for row in seeded.rows(INTERFACE, "'Status' < 4", limit=500) if row["Assignee"])
    seeded.change(row["Request ID"], Status="Resolved", Status_Reason="Monitoring Incident", Resolution="x")
    seeded.advance(days=16)
    assert seeded.row(row["Request ID"])["Status"] == "Closed"


def test_a_second_seed_adds_and_repeats(hub):
    now = hub.control("inspect")["now"]
    hub.control("seed", {"tickets": 3, "seed": 7})
    first = hub.control("snapshot")
    hub.control("seed", {"tickets": 2, "seed": 8})
    assert len(hub.control("snapshot")["tickets"]) == 5
    hub.control("clock", {"set": now})
    hub.control("reset", {})
    hub.control("seed", {"tickets": 3, "seed": 7})
    assert hub.control("snapshot") == first


def test_a_snapshot_holds_everything(hub):
    made = hub.create()
    hub.add(
        "HPD:WorkLog", **{"Incident Number": made["Incident Number"], "Detailed Description": "x", "View Access": "Public"}
    )
    snapshot = hub.control("snapshot")
    (ticket,) = snapshot["tickets"]
    assert (ticket["id"], ticket["record"], ticket["deleted"]) == (made["Entry ID"], made, False)
    (comment,) = ticket["comments"]
    assert (comment["author"], comment["email"], comment["public"], comment["text"]) == (
        "isthmus", "isthmus@example.com", True, "x",
    )  # fmt: skip
    assert {person["email"] for person in snapshot["people"]} >= {"eva.employee@example.com", "isthmus@example.com"}
    assert {group["name"] for group in snapshot["groups"]} >= {"Service Desk", "Network"}
    assert {part for part, rows in snapshot.items() if not rows} == {"links"}


# -- loading

ROW = {
    "Request ID": "INC000000000527|INC000000000527", "Entry ID": "INC000000000527", "Incident Number": "INC000000000430",
    "Submitter": "Allen", "Submit Date": "2022-06-21T11:08:05.000+0000", "Last Modified By": "appadmin",
    "Last Modified Date": "2022-06-21T16:23:14.000+0000", "Status": "Resolved", "Status_Reason": "Monitoring Incident",
    "Status-History": {"Resolved": {"user": "appadmin", "timestamp": "2022-06-21T16:23:14.000+0000"}},
    "Description": "Updated summary", "Detailed Decription": None, "Resolution": "test", "Impact": "2-Significant/Large",
    "Urgency": "1-Critical", "Priority": "Critical", "Priority Weight": 25, "Service Type": "User Service Restoration",
    "Reported Source": "Web", "Company": "Calbro", "First Name": "Mary", "Last Name": "Mann", "Customer Login ID": "Mary",
    "Person ID": "PPL000000000016", "Internet E-mail": "mary@example.com", "Assigned Group": "Desk", "ServiceCI": "Payroll",
    "Assigned Support Company": "Calbro", "Assigned Support Organization": "IT", "Assignee": "Allen Allbrook",
    "Assignee Login ID": "Allen", "Reported Date": "2022-06-21T11:08:05.000+0000", "Mood": "good", "Gloom": None,
}  # fmt: skip
LOG = {
    "Work Log ID": "WLG000000000077", "Submitter": "Mary", "Submit Date": "2022-06-21T12:00:00.000+0000",
    "Incident Number": "INC000000000430", "View Access": "Public", "Work Log Type": "Chatter", "Detailed Description": "hello",
    "z2AF Work Log01": {"name": "a.txt", "sizeBytes": 3, "href": "http://x"}, "Status History": None,
}  # fmt: skip


def load(client, *records):
    with client.running.vendor.lock:
        client.running.vendor.load(records)
    return client.control("inspect")["defaults"]


def test_a_row_of_the_interface(hub):
    told = load(hub, {"values": ROW, "_links": {}})
    row = hub.incident("INC000000000430")
    expected = {name: value for name, value in ROW.items() if name not in {"Mood", "Gloom"}}
    assert {name: row[name] for name in expected} == expected
    assert row["Assigned Group ID"].startswith("SGP")
    (group,) = hub.rows("CTM:Support Group", "'Support Group Name' = \"Desk\"")
    assert (group["Company"], group["Support Organization"]) == ("Calbro", "IT")
    assert hub.rows("CTM:People", "'Remedy Login ID' = \"Mary\"")[0]["Company"] == "Calbro"
    assert hub.rows("BMC.CORE:BMC_BaseElement", "'Name' = \"Payroll\"")
    assert {line for line in told if "stub" not in line} == {
        "Mood is no field of HPD:IncidentInterface: left out",
        "incident INC000000000430: absent, so set: Total Transfers=0, InstanceId='" + row["InstanceId"] + "'",
    }
    hub.change(row["Request ID"], Status="Assigned", **{"Assignee Login ID": "Allen"})


def test_the_same_incident_again(hub):
    load(hub, ROW, LOG)
    load(
        hub,
        ROW | {"Description": "newer", "Resolution": None},
        {"Incident Number": "INC000000000430", "Create Date": ROW["Submit Date"]},
    )
    (row,) = hub.rows(INTERFACE)
    assert (row["Description"], row["Resolution"], row["Urgency"]) == ("newer", None, "1-Critical")
    assert [log["Detailed Description"] for log in hub.logs(row)] == ["hello"]
    load(hub, ROW | {"Entry ID": "INC000000000900"})
    assert [row["Entry ID"] for row in hub.rows(INTERFACE)] == ["INC000000000900"]


def test_a_row_of_the_create_form(hub):
    created = {"Request ID": "000000000000606", "Incident Number": "INC00002", "Create Date": "2023-01-02T09:35:02.000+0000",
               "First_Name": "007", "Last_Name": "Agent", "Login_ID": None, "Detailed_Decription": "long", "z1D_Details": None}  # fmt: skip
    load(hub, {"values": created})
    row = hub.incident("INC00002")
    assert (row["Last Name"], row["Detailed Decription"], row["Status"]) == ("Agent", "long", "New")
    assert row["Submit Date"] == created["Create Date"]
    assert row["Person ID"] is None
    assert row["Entry ID"].startswith("INC0000000000")


def test_a_work_log(hub):
    told = load(hub, LOG)
    assert "incident INC000000000430 added as a stub, for work log WLG000000000077" in told
    assert "Work Log Type: Chatter is no selection: left out" in told
    assert "z2AF Work Log01: 3 bytes of our own for a.txt" in told
    row = hub.incident("INC000000000430")
    assert (row["Last Name"], row["Submit Date"]) == ("User", LOG["Submit Date"])
    (log,) = hub.logs(row)
    assert (log["z2AF Work Log01"]["sizeBytes"], log["Work Log Submitter"], log["View Access"]) == (3, None, "Public")
    assert hub.control("snapshot")["tickets"][0]["comments"][0]["author"] == "Mary"
    load(hub, LOG | {"Work Log ID": "WLG000000000078", "View Access": None, "Submitter": None})
    assert len(hub.logs(row)) == 2
    with pytest.raises(ValueError, match="WLG1"):
        load(hub, {"Work Log ID": "WLG1"})


def test_people_are_told_apart(hub):
    holder = hub.rows("CTM:People", limit=1)[0]
    told = load(
        hub, ROW | {"Person ID": holder["Person ID"], "Customer Login ID": None, "Assigned Group": None, "Assignee": "Al"}
    )
    assert any("is somebody else here" in line for line in told)
    assert hub.incident("INC000000000430")["Person ID"] != holder["Person ID"]
    same = {"First Name": holder["First Name"], "Last Name": holder["Last Name"], "Person ID": holder["Person ID"]}
    load(
        hub,
        ROW
        | same
        | {"Incident Number": "INC3", "Entry ID": "INC000000000903", "Customer Login ID": None, "Assignee": None},
    )
    assert hub.incident("INC3")["Person ID"] == holder["Person ID"]
    load(hub, {"Description": "nothing else"}, {"Description": "nor here"})
    assert [row["Last Name"] for row in hub.rows(INTERFACE, "'Description' LIKE \"no%\"")] == ["User", "User"]


def test_loading_at_the_start(tmp_path):
    path = tmp_path / "records.jsonl"
    path.write_text(json.dumps({"file": "f", "where": "$", "record": {"values": ROW}}) + "\n" + json.dumps(LOG) + "\n")
    with start("bmc_helix", tickets=2, load=path) as running:
        assert len(running.vendor.snapshot()["tickets"]) == 3
