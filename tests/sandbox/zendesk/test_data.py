"""Seeded data, loaded data, and the snapshot that oracles read."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime

import pytest
import requests

NOW = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)


def test_the_seed_is_a_function_of_seed_and_now(start):
    texts = []
    for seed in (3, 3, 4):
        zendesk = start(tickets=60, seed=seed)
        texts.append(json.dumps(zendesk.control("snapshot")).replace(zendesk.base, "HOST"))
    assert texts[0] == texts[1] != texts[2]


def test_seeded_tickets_are_of_many_kinds(seeded):
    tickets = seeded.control("snapshot")["tickets"]
    records = [item["record"] for item in tickets]
    statuses = Counter(row["status"] for row in records)
    assert statuses["closed"] > 100
    assert {"new", "open", "closed"} <= set(statuses)
    assert {row["priority"] for row in records} == {None, "low", "normal", "high", "urgent"}
    assert len({row["via"]["channel"] for row in records}) == 5
    comments = [said for item in tickets for said in item["comments"]]
    assert {said["public"] for said in comments} == {True, False}
    bodies = "\n".join(said["text"] for said in comments)
    for awkward in ("{{ticket.requester.name}}", "<script>alert(1)</script>", "[code]<b>", "画面", "مرحبا"):
        assert awkward in bodies
    assert [said["text"] for item in tickets for said in item["comments"]].count("any update?") >= 4
    assert all(item["record"]["description"] for item in tickets)
    assert max(len(said["text"]) for said in comments) > 5000
    assert all(row["created_at"] <= row["updated_at"] < "2026-05-06T08:00:01Z" for row in records)


def test_seeded_files_can_be_downloaded(seeded):
    items = [(item, said) for item in seeded.control("snapshot")["tickets"] for said in item["comments"] if said["files"]]
    kinds = set()
    for item, said in items:
        comment = next(one for one in seeded.get(
            f"tickets/{item['id']}/comments", params={"include_inline_images": "true"}
        )["comments"] if one["id"] == said["id"])  # fmt: skip
        for shown, file in zip(comment["attachments"], said["files"], strict=True):
            answer = seeded("GET", shown["content_url"].removeprefix(seeded.base))
            content = requests.get(answer.headers["Location"], timeout=10).content
            assert hashlib.sha256(content).hexdigest() == file["sha256"]
            assert (shown["size"], shown["file_name"]) == (file["size"], file["name"]) == (len(content), file["name"])
            assert (shown["content_url"].replace("&", "&amp;") in comment["html_body"]) == file["inline"]
            kinds.add((file["content_type"], file["inline"]))
    assert kinds == {("image/png", True), ("image/png", False), ("text/plain", False)}


def test_a_timeline_can_be_read_from_the_audits(seeded):
    rows = [item["record"] for item in seeded.control("snapshot")["tickets"] if item["record"]["status"] == "closed"][:40]
    for row in rows:
        audits = seeded.get(f"tickets/{row['id']}/audits")["audits"]
        moments = [audit["created_at"] for audit in audits]
        assert moments == sorted(moments)
        assert (moments[0], moments[-1]) == (row["created_at"], row["updated_at"])
        status, assignee = "new", None
        for event in (event for audit in audits for event in audit["events"] if event["type"] == "Change"):
            if event["field_name"] == "status":
                assert event["previous_value"] == status
                status = event["value"]
            if event["field_name"] == "assignee_id":
                assignee = event["value"]
        assert status == "closed"
        assert assignee == (str(row["assignee_id"]) if row["assignee_id"] else None)
        assert audits[-1]["author_id"] == -1


def test_people_and_groups_stay_over_a_reset(start):
    zendesk = start(tickets=20, seed=9)
    before = zendesk.control("snapshot")
    zendesk.ticket()
    zendesk.control("reset", {})
    after = zendesk.control("snapshot")
    assert after["tickets"] == []
    assert [user["email"] for user in after["people"]] == [user["email"] for user in before["people"]]
    assert [group["name"] for group in after["groups"]] == [group["name"] for group in before["groups"]]
    zendesk.control("seed", {"tickets": 20, "seed": 9})
    again = zendesk.control("snapshot")["tickets"]
    assert [item["record"]["subject"] for item in again] == [item["record"]["subject"] for item in before["tickets"]]
    zendesk.control("seed", {"tickets": 5, "seed": 10})
    assert len(zendesk.control("snapshot")["tickets"]) == 25


def test_credentials_work(seeded):
    given = seeded.control("credentials")
    assert given == seeded.running.credentials
    assert Counter(person["role"] for person in given["people"]) == {"agent": 4, "end-user": 4}
    for person in given["people"]:
        auth = (f"{person['user']}/token", person["token"])
        me = requests.get(f"{seeded.base}/api/v2/users/me", auth=auth, timeout=10).json()["user"]
        assert (me["email"], me["role"]) == (person["user"], person["role"])


@pytest.fixture
def loaded(start, tmp_path):
    """An account with loaded records, some of them poor."""
    full = {
        "url": "https://x.zendesk.com/api/v2/tickets/7.json", "id": 7, "external_id": "e7", "via": {"channel": "web"},
        "created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-02T00:00:00Z", "type": "incident", "subject": "Seven",
        "description": "It <b>broke</b>\n\nagain", "priority": "high", "status": "solved", "requester_id": 11,
        "submitter_id": 11, "assignee_id": 22, "organization_id": 33, "group_id": 44, "collaborator_ids": [55],
        "follower_ids": [66], "tags": ["a"], "custom_fields": [{"id": 77, "value": "v"}, {"id": 78, "value": True},
        {"id": 79, "value": ["m"]}, {"id": 80, "value": None}, {"nothing": 1}, 5], "satisfaction_rating": {"score": "good"},
        "sentiment": "happy", "custom_status_id": 5, "due_at": None, "problem_id": None,
    }  # fmt: skip
    lines = [
        {"file": "f", "where": "$", "record": {**full, "subject": "earlier"}},
        {"file": "f", "where": "$", "record": full},
        {"id": "9", "status": "deleted", "subject": None, "assignee_id": 11, "created_at": "2024-01-01 00:00:00 UTC"},
        {"subject": "no id", "status": "open", "requester_id": 1},
        {"id": 12, "status": "Mad", "subject": "With thread", "requester_id": 11, "created_at": "2024-01-01T00:00:00Z",
         "updated_at": "2024-01-01T00:00:00Z", "assignee_id": 22, "comments": [
            {"author_id": 11, "html_body": '<div class="zd-comment" dir="auto"><p dir="auto">one</p></div>'},
            {"body": "two", "public": False, "created_at": "2024-01-03T00:00:00Z"}, "junk"]},
    ]  # fmt: skip
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")
    return start(load=path)


def test_loaded_tickets(loaded):
    body = loaded.get("tickets?include=users,groups,organizations")
    seven, twelve = body["tickets"]
    assert (seven["subject"], seven["external_id"], seven["status"], seven["type"]) == ("Seven", "e7", "solved", "incident")
    assert (seven["assignee_id"], seven["group_id"], seven["organization_id"]) == (22, 44, 33)
    assert seven["description"] == "It <b>broke</b>\n\nagain"
    assert (seven["satisfaction_rating"], seven["sentiment"]) == ({"score": "good"}, "happy")
    values = {item["id"]: item["value"] for item in seven["custom_fields"]}
    assert (values[77], values[78], values[79], values[80]) == ("v", True, ["m"], None)
    assert {user["id"] for user in body["users"]} >= {11, 22, 55, 66}
    assert loaded.get("users/22")["user"]["role"] == "agent"
    assert [said["body"] for said in loaded.comments(twelve)] == ["one", "two"]
    assert [said["public"] for said in loaded.comments(twelve)] == [True, False]
    deleted = next(item for item in loaded.control("snapshot")["tickets"] if item["id"] == 9)
    assert (deleted["deleted"], deleted["record"]["subject"]) == (True, "(no subject)")
    assert loaded.ticket()["id"] == 13


def test_a_loaded_ticket_is_not_closed_by_time(loaded):
    loaded.control("clock", {"advance": 400_000})
    assert loaded.get("tickets/7")["ticket"]["status"] == "solved"


def test_defaults_of_loaded_tickets_are_told(loaded):
    defaults = loaded.control("inspect")["defaults"]
    assert "record without id left out: 'no id'" in defaults
    assert "ticket 9: subject set to '(no subject)'" in defaults
    assert "ticket 9: requester_id set to the admin" in defaults
    assert "ticket 12: status set to 'open'" in defaults
    assert not [line for line in defaults if line.startswith("ticket 7")]


def test_loading_meets_what_is_there(zendesk):
    state = zendesk.vendor.state
    waiting = zendesk.ok("POST", "custom_statuses", {"custom_status": {"agent_label": "W", "status_category": "pending"}})
    base = {"status": "pending", "subject": "s", "description": "d", "created_at": "2026-01-01T00:00:00Z"}
    agent = zendesk.user("alex.agent@example.com")
    field = zendesk.field("Summary")["id"]
    record = {
        **base, "requester_id": 5, "assignee_id": agent["id"], "group_id": agent["default_group_id"], "updated_at": None,
        "custom_status_id": waiting["custom_status"]["id"], "custom_fields": [{"id": field, "value": "x"}],
    }  # fmt: skip
    zendesk.vendor.load([{**record, "id": 1}, {**record, "id": 2, "assignee_id": 77, "group_id": None}])
    one, two = zendesk.get("tickets")["tickets"]
    assert (one["custom_status_id"], one["assignee_id"]) == (waiting["custom_status"]["id"], agent["id"])
    assert {"id": field, "value": "x"} in one["custom_fields"]
    assert (two["assignee_id"], two["group_id"]) == (77, None)
    assert state.is_member(77, state.default_group.id)
