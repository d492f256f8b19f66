"""Seeded data, loaded data, rich text, and the snapshot that oracles read."""

from __future__ import annotations

import gc
import hashlib
import html
import json
import re
from collections import Counter
from datetime import UTC, datetime

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.sandbox import stories
from isthmus.sandbox.freshservice import text
from isthmus.sandbox.freshservice.times import parse, parse_day

NOW = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)


def test_the_seed_is_a_function_of_seed_and_now(start):
    texts = []
    for seed in (3, 3, 4):
        desk = start(tickets=60, seed=seed)
        texts.append(json.dumps(desk.control("snapshot")).replace(desk.base, "HOST"))
    assert texts[0] == texts[1] != texts[2]


def test_seeded_people_are_those_of_the_stories(seeded):
    people = {row["email"]: row for row in seeded.control("snapshot")["people"]}
    for person in stories.people(7):
        assert people[person.email]["name"] == person.name
        assert people[person.email]["is_agent"] == (person.role == "agent")
        assert people[person.email]["work_phone_number"] == person.phone
    groups = {row["name"]: row for row in seeded.get("groups")["groups"]}
    assert set(stories.groups()) < set(groups)
    assert len(groups["Network"]["members"]) == 4


def test_seeded_tickets_are_of_many_kinds(seeded):
    tickets = seeded.control("snapshot")["tickets"]
    records = [item["record"] for item in tickets]
    statuses = Counter(row["status"] for row in records)
    assert statuses[5] > 100
    assert {2, 5, 6} <= set(statuses) <= {2, 3, 4, 5, 6, 7}
    assert {row["priority"] for row in records} == {1, 2, 3, 4}
    assert {row["source"] for row in records} == {1, 2, 3, 4, 14}
    assert {row["custom_fields"]["resolution_code"] for row in records} >= {None, "permanent", "canceled"}
    comments = [said for item in tickets for said in item["comments"]]
    assert {(said["public"], said["incoming"]) for said in comments} == {(True, True), (True, False), (False, False)}
    words = "\n".join([row["description_text"] for row in records])
    for awkward in ("{{ticket.requester.name}}", "<script>alert(1)</script>", "[code]<b>", "画面", "مرحبا"):
        assert awkward in words
    assert [said["text"] for said in comments].count("any update?") >= 4
    assert any(row["description"] == "" for row in records)
    assert max(len(row["description_text"]) for row in records) > 5000
    assert all(row["created_at"] <= row["updated_at"] < "2026-05-06T08:00:01Z" for row in records)


def test_what_a_story_tells_is_there(seeded):
    told = enumerate(stories.stories(7, 250, NOW), 1)
    number, story = next((place, row) for place, row in told if row.status == "closed" and len(row.comments) > 2)
    item = next(item for item in seeded.control("snapshot")["tickets"] if item["id"] == number)
    assert item["record"]["subject"] == story.title
    people = {row["id"]: row["email"] for row in seeded.control("snapshot")["people"]}
    assert people[item["record"]["requester_id"]] == story.requester
    assert people[item["record"]["responder_id"]] == story.assignee
    assert [said["email"] for said in item["comments"]] == [said.author for said in story.comments]
    assert [said["public"] for said in item["comments"]] == [said.public for said in story.comments]
    assert (item["record"]["urgency"], item["record"]["impact"]) == (4 - story.urgency, 4 - story.impact)
    assert item["record"]["resolution_notes"] == story.resolution
    assert item["history"][0]["content"].startswith("created ticket for")
    stats = item["record"]["stats"]
    assert stats["resolved_at"] < stats["closed_at"]
    assert parse(stats["closed_at"]) - parse(stats["resolved_at"]) <= 48 * 3600


def test_seeded_files_can_be_downloaded(seeded):
    kinds = set()
    for item in seeded.control("snapshot")["tickets"]:
        if not item["files"]:
            continue
        listed = seeded.get(f"tickets/{item['id']}")["ticket"]["attachments"]
        said = seeded.get(f"tickets/{item['id']}/conversations", per_page=100)["conversations"]
        shown = {file["id"]: (file, None) for file in listed}
        shown |= {file["id"]: (file, row) for row in said for file in row["attachments"]}
        for file in item["files"]:
            meta, row = shown[file["id"]]
            content = requests.get(meta["attachment_url"], timeout=10).content
            assert hashlib.sha256(content).hexdigest() == file["sha256"]
            assert (meta["name"], meta["size"]) == (file["name"], file["size"])
            markup = item["record"]["description"] if row is None else row["body"]
            links = [html.unescape(link) for link in re.findall(r'<img src="([^"]+)"', markup)]
            assert bool(links) == file["inline"]
            assert all(requests.get(link, timeout=10).content == content for link in links)
            kinds.add((file["content_type"], file["inline"]))
    assert kinds == {("image/png", True), ("image/png", False), ("text/plain", False)}


def test_planting_leaves_the_garbage_collector_as_it_was(desk):
    gc.disable()
    try:
        desk.vendor.seed(1, 1)
        assert not gc.isenabled()
    finally:
        gc.enable()
    desk.vendor.seed(1, 1)
    assert gc.isenabled()


def test_reset_and_seed_again(start):
    desk = start(tickets=5, seed=2)
    before = desk.control("snapshot")
    desk.control("reset", {})
    empty = desk.control("snapshot")
    assert (empty["tickets"], len(empty["people"]), len(empty["groups"])) == (
        [],
        len(before["people"]),
        len(before["groups"]),
    )
    desk.control("seed", {"tickets": 3, "seed": 2})
    assert len(desk.control("snapshot")["tickets"]) == 3
    desk.control("seed", {"tickets": 1, "seed": 9})
    assert len(desk.control("snapshot")["people"]) > len(before["people"])
    desk.control("reset", {})
    assert desk.vendor.population == 9


def test_credentials_of_every_kind(start):
    desk = start(seed=2)
    kept = desk.control("credentials")
    assert kept["api_key"]["user"] == "isthmus@example.com"
    assert Counter(row["role"] for row in kept["people"]) == {"agent": 4, "requester": 4}
    for row in kept["people"]:
        answer = requests.get(f"{desk.base}/api/v2/agents/me", auth=(row["key"], "X"), timeout=10)
        assert (answer.json()["agent"]["email"] == row["user"]) == (row["role"] == "agent")
        assert desk.person(row["user"])["id"] == row["id"]


# -- loading

RECORD = {
    "id": 40, "subject": "Printer", "status": 9, "priority": 2, "source": 1007, "requester_id": 901, "responder_id": 902,
    "group_id": 903, "department_id": 904, "requested_for_id": 905, "created_at": "2022-07-11T11:32:29Z",
    "updated_at": "2022-07-12T11:32:29Z", "due_by": "2022-07-20T21:00:00+05:30", "fr_due_by": "2022-07-13T18:00:00Z",
    "description": "<div>x<script>y</script></div>", "type": "Service Request", "workspace_id": 3, "mood": "good",
    "custom_fields": {"test_field": "a", "count": 7, "ratio": 1.5, "yes": True, "many": ["p"], "nothing": None,
                      "resolution_code": "replaced"},
    "resolution_notes_html": "<div>done</div>", "tags": ["a"], "is_escalated": False, "fr_escalated": True,
    "stats": {"ticket_id": 77, "resolved_at": None, "inbound_count": 3, "outbound_count": 2},
    "attachments": [{"id": 5, "name": "a.png", "size": 3, "content_type": "image/png"}, {"name": "b"}],
    "conversations": [{"id": 6, "user_id": 906, "body": "<b>hi</b>", "private": True, "source": 2,
                       "created_at": "2022-07-11T12:00:00Z", "attachments": [{"id": 8, "size": 1, "name": "c"}]},
                      {"body_text": "lo"}],
    "problem": {"display_id": 2, "subject": "Root", "owner_id": 907}, "change_initiating_ticket": {"display_id": 4},
    "assets": [{"display_id": 3, "name": "Dell"}, {"name": "no number"}],
}  # fmt: skip


def test_a_loaded_ticket_shows_what_it_was(desk):
    desk.vendor.load([{"id": 40, "subject": "Earlier"}, RECORD])
    desk.vendor.load(
        [{"id": 39, "subject": "x", "group_id": 903, "department_id": 904, "custom_fields": {"service": "y"}}, RECORD]
    )
    shown = desk.view({"id": 40}, "stats", "tags", "problem", "changes", "assets", "conversations")
    same = set(RECORD) - {
        "stats",
        "attachments",
        "conversations",
        "problem",
        "change_initiating_ticket",
        "assets",
        "due_by",
    }
    same -= {"description", "custom_fields"}
    assert {key: shown[key] for key in same} == {key: RECORD[key] for key in same}
    assert (shown["due_by"], shown["description"]) == ("2022-07-20T15:30:00Z", "<div>x</div>")
    assert shown["custom_fields"] == {**shown["custom_fields"], **RECORD["custom_fields"]}
    assert (shown["stats"]["ticket_id"], shown["stats"]["inbound_count"]) == (77, 3)
    assert [(file["id"], file["size"]) for file in shown["attachments"]] == [(5, 3), (shown["attachments"][1]["id"], 0)]
    assert [(said["id"], said["user_id"], said["body"]) for said in shown["conversations"]] == [
        (6, 906, "<div><b>hi</b></div>"),
        (shown["conversations"][1]["id"], 901, "<div>lo</div>"),
    ]
    assert (shown["problem"]["subject"], shown["assets"][0]["name"]) == ("Root", "Dell")
    assert shown["changes"]["initiating"]["display_id"] == 4
    assert desk("GET", "attachments/5").content == b"---"
    assert desk.get("requesters/901")["requester"]["primary_email"] == "user901@example.com"
    assert desk.get("agents/902")["agent"]["active"] is True
    assert desk.get("groups/903")["group"]["workspace_id"] == 3
    assert desk.get("departments/904")["department"]["name"] == "Department 904"
    kinds = {name: desk.field(name)["field_type"] for name in ("test_field", "count", "ratio", "yes", "many")}
    assert kinds == {
        "test_field": "custom_text", "count": "custom_number", "ratio": "custom_decimal", "yes": "custom_checkbox",
        "many": "custom_multi_select_dropdown",
    }  # fmt: skip
    assert "replaced" in [row["value"] for row in desk.field("resolution_code")["choices"]]
    assert {9: "Status 9"}.items() <= {row["id"]: row["value"] for row in desk.field("status")["choices"]}.items()
    assert [line[:9] for line in desk.control("inspect")["defaults"]] == ["ticket 39"] * 7
    assert desk.ticket()["id"] == 41
    assert desk.update({"id": 40}, custom_fields={"count": 8})["status"] == 9


def test_what_is_missing_is_told(desk):
    records = [
        {"subject": "no id"},
        {"id": "7", "description_text": "a < b", "priority": 9, "custom_fields": None, "problem": None},
        {
            "id": 8,
            "subject": "x",
            "status": 4,
            "updated_at": "2026-05-01T00:00:00Z",
            "responder_id": 901,
            "requester_id": 901,
        },
        {"id": 9, "subject": "x", "status": 5, "workspace_id": 2, "requester_id": True, "conversations": [{}]},
    ]
    desk.vendor.load(records)
    assert desk.control("inspect")["defaults"] == [
        "record without id left out: 'no id'",
        "ticket 7: created_at set to 2026-05-06T07:00:00Z",
        "ticket 7: updated_at set to 2026-05-06T07:00:00Z",
        "ticket 7: priority set to 1",
        "ticket 7: subject set to '(no subject)'",
        "ticket 7: status set to 2",
        "ticket 7: source set to 2",
        "ticket 7: requester_id set to the admin",
        "ticket 7: workspace_id set to 2",
        "ticket 8: created_at set to 2026-05-06T07:00:00Z",
        "ticket 8: priority set to 1",
        "ticket 8: source set to 2",
        "ticket 8: workspace_id set to 2",
        "ticket 9: created_at set to 2026-05-06T07:00:00Z",
        "ticket 9: updated_at set to 2026-05-06T07:00:00Z",
        "ticket 9: priority set to 1",
        "ticket 9: source set to 2",
        "ticket 9: requester_id set to the admin",
    ]
    assert desk.view({"id": 7})["description"] == "<div>a &lt; b</div>"
    desk.advance(100 * 3600)
    assert desk.view({"id": 8})["status"] == 4
    assert desk.view({"id": 9}, "stats")["stats"]["closed_at"] is not None


def test_a_loaded_resolved_ticket_stays_as_it_was_when_resolved_again(desk):
    desk.vendor.load([{"id": 8, "subject": "x", "status": 2}])
    desk.update({"id": 8}, status=4)
    desk.advance(100 * 3600)
    assert desk.view({"id": 8})["status"] == 4


# -- rich text and times


@pytest.mark.parametrize(
    ("markup", "kept", "words"),
    [
        ("<p>a</p>", "<div><p>a</p></div>", "a"),
        ("<div>a</div>", "<div>a</div>", "a"),
        ("<div>a</div><div>b</div>", "<div><div>a</div><div>b</div></div>", "a b"),
        ("plain\n\n  text", "<div>plain\n\n  text</div>", "plain text"),
        ("<b>a</b>c<br/>d", "<div><b>a</b>c<br>d</div>", "ac d"),
        ("<script>x</script><style/>y", "<div>y</div>", "y"),
        ("<script>x</script>y", "<div>y</div>", "y"),
        ("a</script>b", "<div>ab</div>", "ab"),
        ("<ul><li>1<li>2</ul>", "<div><ul><li>1<li>2</li></li></ul></div>", "1 2"),
        ("<p onclick='x' style='color:red'>a", '<div><p style="color:red">a</p></div>', "a"),
        ("<p style='x:expression(1)'>a</p>", "<div><p>a</p></div>", "a"),
        ('<a href="javascript:x">a</a>', "<div><a>a</a></div>", "a"),
        ('<a href="https://x/?a&b">a</a>', '<div><a href="https://x/?a&amp;b" rel="noreferrer">a</a></div>', "a"),
        ('<img src="data:x" alt="p"><img src="http://x/p"/>', '<div><img alt="p"><img src="http://x/p"></div>', ""),
        ("<video>a</video>&lt;b&gt;", "<div>a&lt;b&gt;</div>", "a<b>"),
        ("</div>a", "<div>a</div>", "a"),
        ("<b/>a<video/>", "<div><b></b>a</div>", "a"),
    ],
)
def test_rich_text(markup, kept, words):
    assert (text.stored(markup), text.plain(kept)) == (kept, words)


@given(st.text(alphabet="<>/ab =\"'&;divscript\n"))
@settings(max_examples=200)
def test_what_is_kept_stays_as_it_is(markup):
    kept = text.stored(markup)
    assert text.stored(kept) == kept
    assert "<script" not in kept


def test_times():
    assert parse("2026-05-06T08:00:00Z") == parse("2026-05-06T10:00:00+02:00") == parse("2026-05-06 08:00") == 1778054400
    assert (parse("x"), parse(7), parse_day("2026-05-06T00"), parse_day("20260506"), parse_day("2026-13-01")) == (None,) * 5
