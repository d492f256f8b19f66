"""Seeded data, loaded data, the snapshot that oracles read, and texts."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.sandbox import stories
from isthmus.sandbox.manageengine.text import plain, sanitize
from isthmus.sandbox.manageengine.times import digits, iso, milliseconds

CLOUD = "/app/itdesk/api/v3"
OFFSET = 123_640_000_000_000_000


def test_the_seed_is_a_function_of_seed_and_now(start):
    texts = [json.dumps(start(tickets=60, seed=seed).control("snapshot")) for seed in (3, 3, 4)]
    assert texts[0] == texts[1] != texts[2]


def test_seeded_requests_are_of_many_kinds(seeded):
    tickets = seeded.control("snapshot")["tickets"]
    records = [one["record"] for one in tickets]
    statuses = Counter(row["status"]["name"] for row in records)
    assert statuses["Closed"] > 100
    assert statuses.keys() == {"Open", "In Progress", "On Hold", "Resolved", "Closed", "Cancelled"}
    assert {(row["priority"] or {}).get("name") for row in records} == {None, "Low", "Normal", "Medium", "High"}
    assert len({row["mode"]["name"] for row in records}) == 5
    assert {row["urgency"]["name"] for row in records} == {"Urgent", "High", "Normal", "Low"}
    untouched = [row for row in records if row["last_updated_time"] is None]
    assert untouched
    assert all(row["status"]["name"] == "Open" for row in untouched)
    assert any(row["is_reopened"] for row in records)
    said = [comment for one in tickets for comment in one["comments"]]
    assert {comment["public"] for comment in said} == {True, False}
    assert [comment["text"] for comment in said].count("any update?") >= 4
    texts = "\n".join([*(row["description"] or "" for row in records), *(comment["text"] for comment in said)])
    for awkward in ("{{ticket.requester.name}}", "&lt;script&gt;alert(1)", "[code]&lt;b&gt;", "画面", "مرحبا"):
        assert awkward in texts
    assert None in {row["description"] for row in records}
    assert all(
        row["description"].startswith('<div class="sdp-ze-default-wrapper"') for row in records if row["description"]
    )
    assert {file["place"] for one in tickets for file in one["files"]} == {"request", "note"}


def test_seeded_people_are_those_of_every_vendor(seeded):
    people = {person["email_id"]: person for person in seeded.control("snapshot")["people"]}
    for person in stories.people(7):
        assert people[person.email]["is_technician"] == (person.role == "agent")
    assert set(stories.groups()) <= {group["name"] for group in seeded.control("snapshot")["groups"]}


def test_seeded_files_can_be_downloaded(seeded):
    count = 0
    for one in seeded.control("snapshot")["tickets"]:
        for file in one["files"]:
            answer = seeded("GET", f"requests/{one['id']}/attachments/{file['id']}/_download")
            assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
            count += 1
    assert count > 20


def test_people_and_groups_stay_over_a_reset(start):
    server = start(tickets=20, seed=9)
    before = server.control("snapshot")
    server.request()
    server.control("reset", {})
    after = server.control("snapshot")
    assert after["tickets"] == []
    assert (after["people"], after["groups"]) == (before["people"], before["groups"])
    server.control("seed", {"tickets": 20, "seed": 9})
    again = server.control("snapshot")["tickets"]
    assert [one["record"]["subject"] for one in again] == [one["record"]["subject"] for one in before["tickets"]]
    server.control("seed", {"tickets": 5, "seed": 10})
    assert len(server.control("snapshot")["tickets"]) == 25


def test_credentials_work(seeded, connect):
    given_ = seeded.control("credentials")
    assert given_ == seeded.running.credentials
    assert given_["oauth"]["portal"] == "itdesk"
    assert Counter(person["role"] for person in given_["people"]) == {"technician": 4, "requester": 4}
    for person in given_["people"]:
        for base in ("/api/v3", CLOUD):
            client = connect(seeded.running, base, person["user"])
            assert client("GET", "requests").status_code == 200


# -- loading

PERSON = {
    "id": "77",
    "name": "Per Son",
    "email_id": "per@example.com",
    "phone": "1",
    "is_vipuser": True,
    "department": {"name": "Sales"},
}
FULL = {
    "id": "71", "subject": "Loaded", "description": "<p>Hi</p><script>x</script>", "status": {"id": "9", "name": "Parked", "color": "#111111"},
    "priority": {"id": "9", "name": "Gravest", "color": "#222222"}, "category": {"name": "Odd"}, "subcategory": {"name": "Odder"},
    "requester": PERSON, "technician": {"id": "4", "name": "administrator", "email_id": None}, "group": {"name": "Odd Group"},
    "created_by": {"id": "4", "name": "administrator", "email_id": None}, "created_time": {"value": "1650000000000"},
    "last_updated_time": {"value": "1650000500000"}, "assets": [{"name": "keyboardMC", "id": "301"}, {"name": "gw-vpn-01"}],
    "resolution": {"content": "Fixed", "submitted_on": {"value": "1650000400000"}, "submitted_by": PERSON},
    "closure_info": {"closure_code": {"name": "Magic"}, "closure_comments": "abra"}, "template": {"name": "Other", "is_service_template": True},
    "udf_fields": {"udf_char1": "EXT", "udf_date1": {"value": "5"}, "udf_char2": None, "udf_other": 1}, "is_trashed": False,
    "email_ids_to_notify": ["x@example.com"], "level": {"id": "1"}, "lifecycle": {"name": "x"}, "due_by_time": None,
    "notes": [
        {"id": "332", "description": "<p>note</p>", "added_by": PERSON, "added_time": {"value": "1650000300000"}, "show_to_requester": True},
        {"description": None},
    ],
}  # fmt: skip


@pytest.fixture
def loaded(start, tmp_path):
    lines = [
        {"file": "f", "where": "$", "record": {**FULL, "subject": "earlier"}},
        {"file": "f", "where": "$", "record": FULL},
        {"id": str(OFFSET + 500), "display_id": "74", "subject": "From Cloud", "requester": {**PERSON, "id": "99", "is_vip_user": True},
         "status": {"name": "Waiting", "in_progress": True, "stop_timer": True, "internal_name": "Onhold"},
         "created_time": {"value": "1"}, "last_updated_time": {"value": "1"}, "closure_info": {"closure_comments": "x"}},
        {"id": "98", "short_description": "a < b"},
        {"id": "99", "subject": "x", "requester": {"id": "55"}, "closure_info": {"closure_code": "Success"}, "created_by": {"id": "77", "name": "Not Per"}},
        {"subject": "no id"},
        {"id": True},
    ]  # fmt: skip
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    return start(load=path)


def test_loaded_requests(loaded, connect):
    one = loaded.get("requests/71")["request"]
    assert (one["subject"], one["description"], one["status"]["name"]) == ("Loaded", "<p>Hi</p>", "Parked")
    assert (one["priority"]["name"], one["priority"]["color"]) == ("Gravest", "#222222")
    assert (one["category"]["name"], one["subcategory"]["name"], one["group"]["name"]) == ("Odd", "Odder", "Odd Group")
    assert (one["requester"]["email_id"], one["requester"]["is_vipuser"], one["requester"]["department"]["name"]) == (
        "per@example.com",
        True,
        "Sales",
    )
    assert (one["technician"]["name"], one["created_by"]["name"], one["technician"]["id"] != "4") == (
        "administrator",
        "administrator",
        True,
    )
    assert (one["created_time"]["value"], one["last_updated_time"]["value"]) == ("1650000000000", "1650000500000")
    assert [item["name"] for item in one["assets"]] == ["keyboardMC", "gw-vpn-01"]
    assert (one["resolution"]["content"], one["resolution"]["submitted_by"]["name"]) == ("Fixed", "Per Son")
    assert one["closure_info"]["closure_code"]["name"] == "Magic"
    assert (one["udf_fields"]["udf_char1"], one["udf_fields"]["udf_date1"]["value"]) == ("EXT", "5")
    assert one["template"]["is_service_template"] is True
    said = loaded.ticket(one)["comments"]
    assert [(each["id"], each["text"], each["public"], each["email"]) for each in said] == [
        ("333", "", False, "per@example.com"),
        ("332", "note", True, "per@example.com"),
    ]
    cloud = connect(loaded.running, CLOUD)
    other = cloud.get(f"requests/{OFFSET + 500}")["request"]
    assert (other["subject"], other["status"]["internal_name"], other["requester"]["name"]) == (
        "From Cloud",
        "Onhold",
        "Per Son",
    )
    assert other["last_updated_time"] == other["created_time"]
    assert loaded.get("requests/500")["request"]["last_updated_time"] is None
    assert loaded.request()["id"] == "501"


def test_loaded_requests_tell_their_defaults(loaded):
    poor = loaded.get("requests/98")["request"]
    assert (poor["subject"], poor["status"]["name"], poor["requester"]["name"]) == ("(no subject)", "Open", "isthmus")
    assert poor["description"] == "a &lt; b"
    assert loaded.get("requests/99")["request"]["requester"]["name"] == "User 55"
    told = loaded.control("inspect")["defaults"]
    assert "record without id left out: 'no id'" in told
    assert "status 'Parked' taken as in progress" in told
    assert "request 71: custom field udf_other left out" in told
    assert "request 98: description set to the short one" in told
    assert [line for line in told if line.startswith("request 98: subject")] == [
        "request 98: subject set to '(no subject)'"
    ]


def test_a_load_adds_to_what_is_there(loaded):
    with loaded.vendor.lock:
        loaded.vendor.load(
            [
                {
                    "id": "71",
                    "subject": "Later",
                    "requester": PERSON,
                    "status": {"name": "Open"},
                    "created_time": {"value": "9"},
                }
            ]
        )
    assert loaded.get("requests/71")["request"]["subject"] == "Later"


# -- texts and times


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (None, ""),
        ("plain\ntext", "plain text"),
        ("<div><p>a  b</p><p>c<br>d</p></div>", "a b\nc\nd"),
        ("<pre>a  b\nc</pre>d\ne", "a  b\nc\nd e"),
        ("<ul><li>x</li><li>&lt;b&gt; &amp;</li></ul>", "x\n<b> &"),
    ],
)
def test_the_text_of_markup(markup, text):
    assert plain(markup) == text


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        ("a < b & c", "a < b & c"),
        ("<b>x</b><script><b>y</b></script></script>z", "<b>x</b>z"),
        ("<iframe src='x'/><p>y</p>", "<p>y</p>"),
        ('<a href=" JavaScript:x" title="t">y</a>', '<a title="t">y</a>'),
        ('<img onerror="x()"/>', "<img>"),
        ("<script>a<br/>&amp;&#1;</script>", ""),
    ],
)
def test_scripts_are_filtered(markup, kept):
    assert sanitize(markup) == kept


@given(st.text(alphabet="<>/abscript =\"'&;x", max_size=80))
def test_no_markup_brings_a_script_in(markup):
    kept = sanitize(markup).lower()
    assert "<script" not in kept
    assert isinstance(plain(markup), str)


def test_times():
    assert iso(None) is None
    assert iso(1_778_054_400_001) == "2026-05-06T08:00:00.001Z"
    assert (milliseconds({"value": "5"}), milliseconds("5"), milliseconds({}), digits(True), digits("-1")) == (
        5,
        None,
        None,
        None,
        None,
    )
