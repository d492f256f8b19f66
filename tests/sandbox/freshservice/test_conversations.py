"""Replies, notes, history, files."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

LISTED = {
    *("id", "user_id", "body", "body_text", "incoming", "private", "source", "ticket_id", "support_email", "from_email"),
    *("to_emails", "cc_emails", "bcc_emails", "attachments", "created_at", "updated_at"),
}


def test_a_note_is_private_by_default_and_mails_nobody(desk):
    ticket = desk.ticket()
    desk.control("outbox/clear", {})
    note = desk.note(ticket, "secret")
    assert set(note) == LISTED - {"from_email", "cc_emails", "bcc_emails", "source"}
    assert (note["private"], note["body"], note["incoming"]) == (True, "<div>secret</div>", False)
    shown = desk.note(ticket, "shown", private=False)
    assert shown["private"] is False
    assert desk.outbox() == []
    told = desk.note(ticket, "look", notify_emails=["alex.agent@example.com"])
    assert told["to_emails"] == ["alex.agent@example.com"]
    assert desk.outbox() == [("note_notification", "alex.agent@example.com")]
    listed = desk.conversations(ticket)
    assert set(listed[0]) == LISTED
    assert [(row["source"], row["private"]) for row in listed] == [(2, True), (2, False), (2, True)]
    assert [row["content"] for row in desk.activities(ticket)[:2]] == [" added a private note", " added a public note"]


def test_a_reply_is_public_and_mailed(desk):
    ticket = desk.ticket()
    desk.control("outbox/clear", {})
    reply = desk.reply(ticket, "<b>Try</b> again", cc_emails=["cc@example.com"], bcc_emails=["bcc@example.com"])
    assert set(reply) == LISTED - {"incoming", "private", "source", "support_email"}
    assert (reply["to_emails"], reply["cc_emails"]) == (["robin.requester@example.com"], ["cc@example.com"])
    assert desk.outbox() == [
        ("public_comment", "robin.requester@example.com"),
        ("public_comment", "cc@example.com"),
        ("public_comment", "bcc@example.com"),
    ]
    (listed,) = desk.conversations(ticket)
    assert (listed["source"], listed["private"], listed["incoming"]) == (0, False, False)
    assert listed["support_email"] == listed["from_email"] == "support@isthmus.example.com"
    sent = desk.reply(ticket, from_email="other@example.com")
    assert sent["from_email"] == "other@example.com"


def test_a_conversation_moves_its_ticket(desk):
    ticket = desk.ticket()
    desk.advance(60)
    note = desk.note(ticket)
    assert desk.view(ticket)["updated_at"] == note["created_at"] == "2026-05-06T08:01:00Z"


def test_somebody_else_can_be_the_author(desk):
    ticket = desk.ticket()
    robin = desk.person("robin.requester@example.com")["id"]
    note = desk.note(ticket, "It works", private=False, incoming=True, user_id=robin)
    assert (note["user_id"], note["incoming"], note["support_email"]) == (robin, True, None)
    stats = desk.view(ticket, "stats")["stats"]
    assert (stats["inbound_count"], stats["requester_responded_at"]) == (2, note["created_at"])


def test_a_requester_without_an_address_is_not_mailed(desk):
    ticket = desk.ticket(email=None, phone="+49 1", name="Cem")
    assert desk.reply(ticket)["to_emails"] == []
    assert desk.outbox() == []


@pytest.mark.parametrize(
    ("path", "body", "field", "code"),
    [
        ("notes", {}, "body", "missing_field"),
        ("notes", {"body": " "}, "body", "missing_field"),
        ("notes", {"body": "x", "public": True}, "public", "invalid_field"),
        ("notes", {"body": "x", "private": "yes"}, "private", "datatype_mismatch"),
        ("notes", {"body": "x", "user_id": 5}, "user_id", "invalid_value"),
        ("notes", {"body": "x", "notify_emails": ["x"]}, "notify_emails", "invalid_value"),
        ("notes", {"body": "x", "created_at": "2020-01-01"}, "created_at", "invalid_field"),
        ("notes", {"body": "x", "attachments": ["x"]}, "attachments", "datatype_mismatch"),
        ("reply", {"body": "x", "private": True}, "private", "invalid_field"),
        ("reply", {"body": "x", "cc_emails": "a@example.com"}, "cc_emails", "datatype_mismatch"),
        ("reply", {"body": "x", "from_email": "x"}, "from_email", "invalid_value"),
    ],
)
def test_what_is_wrong_is_named(desk, path, body, field, code):
    ticket = desk.ticket()
    assert desk.faults("POST", f"tickets/{ticket['id']}/{path}", body) == [(field, code)]
    assert desk.conversations(ticket) == []


def test_only_notes_can_be_changed(desk):
    ticket = desk.ticket()
    note, reply = desk.note(ticket), desk.reply(ticket)
    changed = desk.ok("PUT", f"conversations/{note['id']}", {"body": "other"})["conversation"]
    assert (changed["body_text"], changed["id"]) == ("other", note["id"])
    assert desk.faults("PUT", f"conversations/{note['id']}", {"private": False}) == [
        ("private", "invalid_field"),
        ("body", "missing_field"),
    ]
    assert desk.faults("PUT", f"conversations/{reply['id']}", {"body": "x"}) == [("id", "incompatible_field")]
    assert desk("DELETE", f"conversations/{reply['id']}").status_code == 204
    assert desk.refused("DELETE", f"conversations/{reply['id']}") == (404, None)
    assert [said["id"] for said in desk.conversations(ticket)] == [note["id"]]


def test_conversations_come_oldest_first_in_pages(desk):
    ticket = desk.ticket()
    for number in range(32):
        desk.note(ticket, str(number))
    first = desk("GET", f"tickets/{ticket['id']}/conversations")
    assert [row["body_text"] for row in first.json()["conversations"]] == [str(number) for number in range(30)]
    assert "page=2" in first.headers["link"]
    assert [row["body_text"] for row in desk.conversations(ticket, page=2)] == ["30", "31"]
    assert len(desk.conversations(ticket, per_page=100)) == 32


def test_activities_come_newest_first_twenty_at_a_time(desk):
    ticket = desk.ticket(priority=2, urgency=2)
    (first,) = desk.activities(ticket)
    assert first["content"] == (
        "created ticket for Robin Requester,  set Status as Open, set Urgency as Medium, set Priority as Medium,"
        " set Source as Portal, set Type as Incident and set Impact as Low"
    )
    assert first["sub_contents"] == ["System executed Default SLA Policy (SLA)"]
    for _ in range(20):
        desk.note(ticket)
    answer = desk.get(f"tickets/{ticket['id']}/activities")
    assert len(answer["activities"]) == 20
    rest = desk.ok("GET", answer["next_page_url"].removeprefix(desk.base))
    assert ([row["content"][:7] for row in rest["activities"]], rest.get("next_page_url")) == (["created"], None)
    assert desk.faults("GET", f"tickets/{ticket['id']}/activities", params={"start_token": "x"})[0][0] == "start_token"


def test_who_and_what_is_told_by_name(desk):
    me, group = desk.get("agents/me")["agent"]["id"], desk.get("groups")["groups"][0]
    ticket = desk.ticket()
    desk.update(ticket, responder_id=me, group_id=group["id"], status=6, source=14, category="access")
    assert desk.activities(ticket)[0]["content"] == (
        " set Status as In Progress, set Source as Alerts, set Group as Support, set Agent as Isthmus Hub and"
        " set Category as access"
    )
    desk.update(ticket, responder_id=None)
    assert desk.activities(ticket)[0]["content"] == " set Agent as None"


# -- files


def test_files_come_as_a_form(desk):
    data = {
        "subject": "Form", "description": "x", "email": "robin.requester@example.com", "status": "2", "priority": "3",
        "custom_fields[external_ref]": "a", "custom_fields[external_number]": "7", "custom_fields[vip]": "true",
        "custom_fields[cost]": "1.5", "custom_fields[cause]": "", "tags[]": ["a", "b"], "cc_emails[]": "c@example.com",
        "custom_fields[sites][]": ["lyon", "osaka"], "responder_id": "",
    }  # fmt: skip
    answer = desk.form("POST", "tickets", data, ("a.png", b"\x89PNG", "image/png"), ("ü.txt", b"hello", "text/plain"))
    ticket = answer.json()["ticket"]
    assert answer.status_code == 201
    assert (ticket["tags"], ticket["cc_emails"], ticket["priority"]) == (["a", "b"], ["c@example.com"], 3)
    custom = ticket["custom_fields"]
    assert (custom["external_ref"], custom["external_number"], custom["vip"], custom["cost"]) == ("a", 7, True, 1.5)
    assert (custom["sites"], custom["cause"]) == (["lyon", "osaka"], None)
    assert [(file["name"], file["size"], file["content_type"]) for file in ticket["attachments"]] == [
        ("a.png", 4, "image/png"),
        ("ü.txt", 5, "text/plain"),
    ]
    more = desk.form("PUT", f"tickets/{ticket['id']}", {"priority": "1"}, ("b.txt", b"x", "text/plain")).json()["ticket"]
    assert [file["name"] for file in more["attachments"]] == ["a.png", "ü.txt", "b.txt"]


def test_odd_forms_are_refused_like_odd_json(desk):
    asked = {"subject": "x", "description": "x", "email": "a@example.com", "status": "2", "priority": "1"}
    asset = desk.ok("POST", "assets", {"name": "Laptop"})["asset"]["display_id"]
    good = desk.form("POST", "tickets", {**asked, "assets[][display_id]": str(asset)})
    assert good.json()["ticket"]["assets"][0]["name"] == "Laptop"
    for more, field in (
        ({"custom_fields": "x"}, "custom_fields"),
        ({"tags": "x", "tags[]": "y"}, None),
        ({"custom_fields[cost]": "cheap"}, "cost"),
        ({"custom_fields[vip]": "maybe"}, "vip"),
        ({"custom_fields": "x", "custom_fields[vip]": "true"}, None),
        ({"[odd": "x"}, "[odd"),
        ({"priority": "high"}, "priority"),
        ({"assets[][display_id]": ["1", "99"]}, "assets"),
        ({"assets[][display_id]": "1", "assets[][name]": "x"}, None),
    ):
        answer = desk.form("POST", "tickets", {**asked, **more})
        fields = [error["field"] for error in answer.json()["errors"]] if answer.status_code == 400 else None
        assert fields == (None if field is None else [field]), more
    other = desk("POST", "tickets", data=asked, files=[("picture", ("a.png", b"x", "image/png"))])
    assert [error["field"] for error in other.json()["errors"]] == ["picture"]


def test_a_file_is_downloaded_by_a_signed_link(desk):
    ticket = desk.ticket()
    note = desk.form("POST", f"tickets/{ticket['id']}/notes", {"body": "x", "private": "false"}).json()["conversation"]
    assert note["private"] is False
    link = note["attachments"][0]["attachment_url"]
    assert requests.get(link, timeout=10).content == b"hello"
    assert requests.get(link, timeout=10, auth=("x", "X")).status_code == 400
    assert requests.get(link[:-1] + "x", timeout=10).status_code == 403
    assert requests.get(link.split("?")[0], timeout=10).status_code == 403
    assert int(parse_qs(urlsplit(link).query)["Expires"][0]) == desk.vendor.now() + 300
    desk.advance(301)
    assert requests.get(link, timeout=10).status_code == 403
    fresh = desk.conversations(ticket)[0]["attachments"][0]["attachment_url"]
    assert requests.get(fresh, timeout=10).status_code == 200


def test_files_of_tickets_can_be_had_by_id_and_deleted(desk):
    ticket = desk.ticket()
    path = f"tickets/{ticket['id']}"
    (file,) = desk.form("PUT", path, {"priority": "2"}).json()["ticket"]["attachments"]
    answer = desk("GET", f"attachments/{file['id']}")
    assert (answer.content, answer.headers["Content-Type"]) == (b"hello", "text/plain")
    reply = desk.form("POST", f"{path}/reply", {"body": "x"}).json()["conversation"]
    (said,) = reply["attachments"]
    assert desk.refused("GET", f"attachments/{said['id']}") == (404, None)
    assert desk.refused("DELETE", f"{path}/attachments/{said['id']}") == (404, None)
    assert desk("DELETE", f"{path}/attachments/{file['id']}").status_code == 204
    assert desk.view(ticket)["attachments"] == []
    there = f"conversations/{reply['id']}/attachments"
    assert desk.refused("DELETE", f"{there}/{file['id']}") == (404, None)
    assert desk("DELETE", f"{there}/{said['id']}").status_code == 204
    assert desk.conversations(ticket)[0]["attachments"] == []


def test_a_note_can_get_a_file_later(desk):
    ticket = desk.ticket()
    note = desk.note(ticket)
    changed = desk.form("PUT", f"conversations/{note['id']}", {}).json()["conversation"]
    assert (changed["body_text"], len(changed["attachments"])) == ("noted", 1)


def test_forty_megabytes_are_the_most(desk, monkeypatch):
    monkeypatch.setattr("isthmus.sandbox.freshservice.drafts.LARGEST", 8)
    monkeypatch.setattr("isthmus.sandbox.freshservice.conversations.LARGEST", 8)
    ticket = desk.ticket()
    path = f"tickets/{ticket['id']}"
    assert desk.form("PUT", path, {}).status_code == 200
    for answer in (
        desk.form("PUT", path, {}),
        desk.form("POST", f"{path}/notes", {"body": "x"}, ("a", b"123456789", "a/b")),
    ):
        assert answer.json()["errors"][0]["code"] == "invalid_size"


def test_the_snapshot_tells_files_with_their_digest(desk):
    ticket = desk.ticket()
    desk.form("PUT", f"tickets/{ticket['id']}", {})
    desk.form("POST", f"tickets/{ticket['id']}/notes", {"body": "x"}, ("b.txt", b"other", "text/plain"))
    (item,) = desk.control("snapshot")["tickets"]
    assert [file["sha256"] for file in item["files"]] == [hashlib.sha256(data).hexdigest() for data in (b"hello", b"other")]
    assert [file["name"] for file in item["own_files"]] == ["a.txt"]
    (comment,) = item["comments"]
    assert (comment["public"], comment["email"], comment["text"]) == (False, "isthmus@example.com", "x")
    assert comment["files"] == item["files"][1:]
