"""Seeding, loading and the snapshot."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest
from isthmus import sandbox
from isthmus.sandbox import stories


def by_key(snapshot):
    return {ticket["record"]["key"]: ticket for ticket in snapshot["tickets"]}


def test_stories_become_issues(seeded):
    snapshot = seeded.control("snapshot")
    assert len(snapshot["tickets"]) == 200
    people = {person["emailAddress"] for person in snapshot["people"]}
    assert people >= {person.email for person in stories.people(7)}
    assert {group["name"] for group in snapshot["groups"]} >= set(stories.groups())
    told = list(stories.stories(7, 200, datetime(2026, 5, 6, 8, tzinfo=UTC)))
    for story, ticket in zip(told, snapshot["tickets"], strict=True):
        fields = ticket["record"]["fields"]
        assert fields["summary"] == story.title
        assert fields["reporter"]["emailAddress"] == story.requester
        assert [said["public"] for said in ticket["comments"]] == [said.public for said in story.comments]
        assert fields["priority"]["id"] == str(story.priority or 3)
        group = fields.get("customfield_10226", {}).get("name")
        assert group == story.group
        files = [*story.files, *(file for said in story.comments for file in said.files)]
        assert [file["sha256"] for file in ticket["files"]] == [hashlib.sha256(file.content).hexdigest() for file in files]
        status = fields["status"]["statusCategory"]["key"]
        assert (status == "done") is (story.status in ("resolved", "closed", "canceled"))
        assert ("resolution" in fields) is (status == "done")
        moves = [
            item
            for entry in ticket["record"]["changelog"]["histories"]
            for item in entry["items"]
            if item["field"] == "status"
        ]
        assert len(moves) == sum(change.field == "status" for change in story.changes)


def test_seeded_texts_are_valid_documents(seeded):
    from isthmus.sandbox.jira.adf import validate

    tickets = seeded.control("snapshot")["tickets"]
    said = [comment["adf"] for ticket in tickets for comment in ticket["comments"]]
    described = [fields["description"] for ticket in tickets if "description" in (fields := ticket["record"]["fields"])]
    assert said
    assert described
    for document in said:
        validate(document, empty=False)
    for document in described:
        validate(document)


def test_everything_that_is_seeded_can_be_read(seeded):
    found = seeded.search("project = ITSM ORDER BY updated", "*all", maxResults=100, expand="renderedFields,changelog")
    assert len(found["issues"]) == 100
    wanted = [issue["id"] for issue in found["issues"] if issue["fields"]["customfield_10210"]][:3]
    for number in wanted:
        assert seeded.desk(
            f"request/{number}", expand="participant,status,sla,requestType,serviceDesk,attachment,comment,action"
        )


def test_a_seed_is_repeatable_and_a_reset_keeps_its_people(start):
    jira = start(tickets=3, seed=5)
    before = jira.control("snapshot")
    jira.control("reset", {})
    assert jira.control("snapshot")["tickets"] == []
    jira.control("seed", {"tickets": 3, "seed": 5})
    after = jira.control("snapshot")
    assert [ticket["comments"] for ticket in after["tickets"]] == [ticket["comments"] for ticket in before["tickets"]]
    assert after["people"] == before["people"]


def test_credentials_of_people_work(seeded):
    for person in seeded.running.credentials["people"]:
        assert seeded.person(person["user"]).get("myself")["emailAddress"] == person["user"]


# -- loading

CLOUD = {
    "id": "10040",
    "key": "TES-41",
    "properties": {"k": 1},
    "fields": {
        "summary": "Loaded\nin two lines",
        "project": {"id": "10000", "key": "TES", "name": "test1", "projectTypeKey": "software"},
        "issuetype": {"id": "10001", "name": "Story", "subtask": False, "avatarId": 10315},
        "status": {"id": "10200", "name": "In Review", "statusCategory": {"key": "indeterminate"}},
        "priority": {"id": "3", "name": "Major"},
        "resolution": {"id": "10000", "name": "Done"},
        "resolutiondate": "2026-04-29T10:00:00.000+0200",
        "description": {"type": "doc", "version": 1, "content": []},
        "environment": "h1. lab",
        "created": "2026-04-28T15:31:13.533+0200",
        "updated": "2026-04-29T15:31:13.533+0200",
        "duedate": "2026-05-09",
        "labels": ["b", "a"],
        "components": [{"id": "10000", "name": "Server"}, {"name": "Server"}, {"name": "Other"}],
        "reporter": {"accountId": "qm:1", "displayName": "Cara", "accountType": "customer", "emailAddress": "cara@example.com"},
        "creator": {"name": "adm", "displayName": "Admin", "timeZone": "Nowhere/Land"},
        "assignee": {"accountId": "qm:1"},
        "customfield_10010": {"x": 1},
        "customfield_10204": "not ours",
        "odd": True,
        "watches": {"watchCount": 2},
        "comment": {
            "comments": [
                {"id": "7", "body": "*wiki*", "author": {"accountId": "a1", "displayName": "Ann"}, "created": "2026-04-28T16:00:00.000+0200", "jsdPublic": False},
                {"id": "8"},
            ]
        },
        "attachment": [{"id": "3", "filename": "a.png", "size": 4, "mimeType": "image/png"}, {}],
        "worklog": {"worklogs": [{"id": "5", "timeSpentSeconds": 120, "comment": "did"}, {}]},
    },
    "changelog": {
        "histories": [
            {"id": "21", "created": "2026-04-28T17:00:00.000+0200", "items": [{"field": "status", "from": "1", "to": "2", "fromString": "A", "toString": "B"}]},
            {"items": []},
        ]
    },
}  # fmt: skip


def load(start, tmp_path, *records):
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join(json.dumps(record) for record in records), "utf-8")
    return start(load=file)


def test_a_real_issue(start, tmp_path):
    jira = load(start, tmp_path, CLOUD)
    shown = jira.get("issue/TES-41", properties="*all", expand="changelog")
    fields = shown["fields"]
    assert (shown["id"], fields["summary"], fields["labels"], fields["duedate"]) == (
        "10040",
        "Loaded in two lines",
        ["a", "b"],
        "2026-05-09",
    )
    assert (fields["project"]["id"], fields["issuetype"]["id"], fields["priority"]["name"]) == ("10000", "10001", "Major")
    assert fields["priority"]["id"] != "3"
    assert fields["status"]["id"] != "10200"
    assert (fields["status"]["name"], fields["resolution"]["name"]) == ("In Review", "Done")
    assert fields["created"] == "2026-04-28T15:31:13.533+0200"
    assert fields["environment"]["content"][0]["type"] == "heading"
    assert [item["name"] for item in fields["components"]] == ["Server", "Server", "Other"]
    assert fields["reporter"]["emailAddress"] == "cara@example.com"
    assert fields["assignee"]["accountId"] == "qm:1"
    assert "emailAddress" not in fields["creator"]
    assert (fields["customfield_10010"], fields["customfield_10204"], fields["odd"]) == ({"x": 1}, "not ours", True)
    first, second = fields["comment"]["comments"]
    assert (first["id"], first["jsdPublic"], "jsdPublic" in second) == ("7", False, False)
    assert [file["size"] for file in fields["attachment"]] == [4, 0]
    assert [entry["timeSpentSeconds"] for entry in fields["worklog"]["worklogs"]] == [120, 60]
    assert shown["changelog"]["total"] == 2
    assert shown["properties"] == {"k": 1}
    assert "Field 10010" in {field["name"] for field in jira.get("field")}
    assert by_key(jira.control("snapshot"))["TES-41"]["files"][0]["size"] == 4
    assert jira.issue() == "ITSM-1"
    assert int(jira.get("issue/ITSM-1")["id"]) > 10040
    ways = jira.get("issue/TES-41/transitions")["transitions"]
    assert [(way["name"], way["isGlobal"]) for way in ways] == [("In Review", True)]
    made = jira.post("issue", {"fields": {"project": {"key": "TES"}, "issuetype": {"id": "10001"}, "summary": "x"}})
    assert made["key"] == "TES-42"


def test_what_a_record_lacks_is_told(start, tmp_path):
    bare = {"id": 7, "fields": {"created": "never", "comment": {"comments": [{"id": 7}]}}}
    odd = {
        "id": 8,
        "key": "ABC-1",
        "fields": {"status": {"name": "Done"}, "summary": "x", "comment": {"comments": [{"id": 7}]}},
    }
    jira = load(start, tmp_path, {"key": "NOID-1"}, bare, odd)
    told = jira.control("inspect")["defaults"]
    assert told == [
        "record without id left out: 'NOID-1'",
        "issue LOADED-7: project set to LOADED",
        "issue 7: issuetype set to 'Task'",
        "issue 7: status set to 'To Do'",
        "issue LOADED-7: reporter set to the administrator",
        *[line for line in told if "created set" in line or "updated set" in line][:2],
        "issue LOADED-7: summary set to '(no summary)'",
        "issue ABC-1: project set to ABC",
        "issue 8: issuetype set to 'Task'",
        "issue 8: category of status 'Done' set to 'done'",
        "issue ABC-1: reporter set to the administrator",
        *[line for line in told if "created set" in line or "updated set" in line][2:],
    ]
    assert [said["id"] for ticket in jira.control("snapshot")["tickets"] for said in ticket["comments"]] == ["7", "10000"]


def test_the_same_id_twice_keeps_the_later(start, tmp_path):
    jira = load(start, tmp_path, CLOUD, {**CLOUD, "fields": {**CLOUD["fields"], "summary": "later"}})
    assert [ticket["record"]["fields"]["summary"] for ticket in jira.control("snapshot")["tickets"]] == ["later"]
    jira.vendor.load([{**CLOUD, "fields": {**CLOUD["fields"], "summary": "latest"}}])
    assert jira.show("TES-41")["summary"] == "latest"


def test_a_loaded_service_project_keeps_comments_internal_where_they_do_not_tell(start, tmp_path):
    record = {"id": 9, "key": "ITSM-9", "fields": {"summary": "x", "comment": {"comments": [{"id": 1, "body": "x"}]}}}
    jira = load(start, tmp_path, record)
    assert by_key(jira.control("snapshot"))["ITSM-9"]["comments"][0]["public"] is False


def test_vendors_are_listed():
    assert "jira" in sandbox.vendors()


@pytest.mark.parametrize("tickets", [0, 1])
def test_small_seeds(start, tickets):
    assert len(start(tickets=tickets).control("snapshot")["tickets"]) == tickets
