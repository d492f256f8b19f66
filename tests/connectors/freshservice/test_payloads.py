from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.freshservice import Freshservice
from isthmus.connectors.freshservice.payloads import LONGEST_MARK, STATUSES, is_ours, parse_time, tag_of, tidy

BARE = {"id": 7, "subject": "VPN down", "status": 2, "requester_id": 21}


def unwrapped(payload: Any) -> list[dict[str, Any]]:
    return list(Freshservice.unwrap(payload))


@pytest.mark.parametrize(
    "payload",
    [
        BARE,
        {"ticket": BARE},
        {"tickets": [BARE]},
        [BARE],
        {"action": "ticket_created", "ticket": BARE},
        {"interactions": [{"response": {"body": {"tickets": [BARE]}}}]},
    ],
)
def test_a_ticket_is_found_in_every_envelope(payload: Any) -> None:
    (found,) = unwrapped(payload)
    assert (found["id"], found["subject"], found["status"], found["key"]) == (7, "VPN down", "Open", "INC-7")


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "text",
        {},
        {"conversations": [{"id": 1, "body": "x"}]},
        {"problem": {"id": 2, "subject": "A problem"}},
        {"change": {"id": 2, "subject": "A change"}},
        {"id": 3, "subject": "A change", "change_type": 1},
        {"conversation": {"id": 1, "ticket_id": 7, "body": "x"}},
        {"id": 5, "ticket_id": 7, "body": "a conversation"},
    ],
)
def test_what_is_no_ticket_gives_none(payload: Any) -> None:
    assert unwrapped(payload) == []


def test_a_webhook_of_the_simple_form_is_restored() -> None:
    hook = {
        "freshdesk_webhook": {
            "ticket_id": "SR-12",
            "ticket_subject": "New%20laptop",
            "ticket_status": "Awaiting Vendor",
            "ticket_priority": "Urgent",
            "ticket_urgency": "2",
            "ticket_impact": "Unheard of",
        }
    }
    (found,) = unwrapped(hook)
    assert found["id"] == 12
    assert found["key"] == "SR-12"
    assert (found["subject"], found["status"]) == ("New laptop", "Awaiting Vendor")
    assert (found["priority"], found["urgency"], found["impact"]) == (4, 2, "Unheard of")


def test_a_webhook_with_codes_as_texts_is_restored() -> None:
    (found,) = unwrapped({"ticket": {"id": "99", "subject": "100% full", "status": "3", "description_text": "words"}})
    assert (found["id"], found["status"], found["subject"], found["description"]) == (99, "Pending", "100% full", "words")


def test_a_webhook_of_another_event_names_its_ticket() -> None:
    (found,) = unwrapped({"event_type": "attachment_added", "ticket_id": 99001, "attachments": [{"name": "x"}]})
    assert (found["id"], found["event_type"]) == (99001, "attachment_added")


def test_a_record_is_tidied() -> None:
    body = {
        **BARE,
        "type": "Service Request",
        "status": 9,
        "custom_fields": {"site": "Lyon", "vip": None},
        "tags": ["vpn", "isthmus:ops:1", "isthmus#abc"],
        "department_id": 71,
    }
    clean = tidy(body, {**STATUSES, 9: "Awaiting Vendor"}, {71: "Sales"})
    assert (clean["status"], clean["key"]) == ("Awaiting Vendor", "SR-7")
    assert clean["custom_fields"] == [{"id": "site", "value": "Lyon"}, {"id": "vip", "value": None}]
    assert (clean["tags"], clean["marker"]) == (["vpn"], "isthmus:ops:1")
    assert clean["department"] == "Sales"
    assert "department_id" not in clean
    assert tidy({**BARE, "status": 12}, STATUSES)["status"] == "12"
    assert tidy({**BARE, "department_id": None}, STATUSES, {71: "Sales"})["department"] is None
    assert tidy({**BARE, "department_id": 99}, STATUSES, {71: "Sales"})["department_id"] == 99


def test_links_are_put_together() -> None:
    body = {
        **BARE,
        "problem": {"display_id": 2, "subject": "p"},
        "changes": {"initiating": {"display_id": 4}, "initiated_by": None},
        "related_tickets": {"parent_id": 3, "child_tickets": [{"id": 8}, {"id": 9}]},
    }
    clean = tidy(body, STATUSES)
    assert clean["links"] == [
        {"kind": "problem", "id": "2"},
        {"kind": "change", "id": "4"},
        {"kind": "parent", "id": "3"},
        {"kind": "child", "id": "8"},
        {"kind": "child", "id": "9"},
    ]
    assert not {"problem", "changes", "related_tickets"} & clean.keys()
    assert tidy({**BARE, "related_tickets": {"child_tickets": []}}, STATUSES)["links"] == []


def test_clocks_are_put_together() -> None:
    body = {
        **BARE,
        "status": 3,
        "due_by": "2026-05-09T13:30:00+05:30",
        "fr_due_by": "2026-05-07T08:00:00Z",
        "is_escalated": False,
        "fr_escalated": True,
        "stats": {"first_responded_at": "2026-05-07T09:00:00Z"},
    }
    first, whole = tidy(body, STATUSES)["sla"]
    assert first == {"name": "First response", "due_at": "2026-05-07T08:00:00Z", "paused": False, "breached": True}
    assert whole == {"name": "Resolution", "due_at": "2026-05-09T08:00:00Z", "paused": True, "breached": False}
    assert tidy({**body, "due_by": None, "fr_due_by": None}, STATUSES)["sla"] == []
    assert "sla" not in tidy({**body, "due_by": "tomorrow"}, STATUSES)


def test_a_time_without_a_zone_is_in_utc() -> None:
    assert parse_time("2026-05-07T08:00:00") == parse_time("2026-05-07T08:00:00Z")


# -- our tag


def test_a_short_marker_is_its_own_tag() -> None:
    assert tag_of("isthmus:ops:264") == "isthmus:ops:264"
    long = "isthmus:ops:" + "f" * 32
    assert tag_of(long) == ("isthmus#" + hashlib.sha256(long.encode()).hexdigest())[:32]


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_tags_of_markers_are_short_and_ours_and_their_own(one: str, other: str) -> None:
    tag = tag_of(one)
    assert len(tag) <= LONGEST_MARK
    assert is_ours(tag)
    assert tag.isascii()
    assert not set(tag) & set("'\", ")
    assert (tag == tag_of(other)) is (one == other)
    assert not is_ours(None)
    assert not is_ours("isthmus")


def test_the_body_of_a_create_is_told_without_asking() -> None:
    body = {
        "subject": "VPN down",
        "status": "Pending",
        "priority": 3,
        "impact": None,
        "responder_id": None,
        "custom_fields": [{"id": "site", "value": "Lyon"}, {"id": "vip", "value": None}],
        "resolution_notes_html": "<p>later</p>",
        "type": "Major Incident",
    }
    assert Freshservice.wrap(body) == {
        "subject": "VPN down",
        "status": 3,
        "priority": 3,
        "custom_fields": {"site": "Lyon"},
    }
    assert Freshservice.wrap({"status": "In Progress"}) == {"status": "In Progress"}
