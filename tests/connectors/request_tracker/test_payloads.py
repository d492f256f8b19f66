from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from isthmus.connectors.request_tracker import RequestTracker
from isthmus.connectors.request_tracker.bodies import unlike, written
from isthmus.connectors.request_tracker.payloads import tidy
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping

MAPPING = Mapping(shipped_mapping("request_tracker"))


def test_a_ticket_as_rt_gives_it_becomes_an_incident(ticket: Callable[..., dict[str, Any]]) -> None:
    raw = ticket(Resolved="2026-05-01T10:00:00Z", Priority="80", Content="<p>No VPN</p>")
    raw["Requestor"].append({"type": "user", "id": "ann"})
    doc = MAPPING.read(tidy(raw, "Isthmus Marker"), Unlisted("https://rt.example"))
    told = ("id", "title", "status", "priority", "marker", "url", "assignee", "resolved_at", "due_at", "watchers")
    assert {name: doc[name] for name in told} == {
        "id": "7",
        "title": "VPN down",
        "status": "in_progress",
        "priority": 2,
        "marker": "isthmus:a:1",
        "url": "https://rt.example/Ticket/Display.html?id=7",
        "assignee": None,
        "resolved_at": None,
        "due_at": None,
        "watchers": [],
    }
    assert doc["requester"] == {"id": "robin"}
    assert doc["custom"] == {"4": None, "5": ["a", "b"]}
    assert doc["extra"] == {"OtherRequestors": ["ann"], "PriorityNumber": "80"}


def test_what_matches_no_queue_stands_in_the_default_one() -> None:
    names = Unlisted()
    names.default_group = "3"
    for group in (None, {"name": "Elsewhere"}):
        assert MAPPING.write({"group": group}, names)["Queue"] == "3"
        assert MAPPING.predict({"group": group}, names)["group"] == {"id": "3"}
    assert MAPPING.write({"group": {"id": "4"}}, names)["Queue"] == "4"
    assert "Queue" not in MAPPING.write({"group": None}, Unlisted())


@pytest.mark.parametrize(
    ("number", "step"), [("-5", "0"), ("12", "0"), ("13", "25"), ("99", "100"), ("500", "100"), ("75", "75")]
)
def test_a_priority_counts_as_the_nearest_step(ticket: Callable[..., dict[str, Any]], number: str, step: str) -> None:
    assert tidy(ticket(Priority=number), None)["Priority"] == step


def test_a_resolved_ticket_says_when(ticket: Callable[..., dict[str, Any]]) -> None:
    assert tidy(ticket(Status="resolved", Resolved="2026-05-01T10:00:00Z"), None)["Resolved"] == "2026-05-01T10:00:00Z"


def test_payloads_of_every_shape_are_unwrapped(ticket: Callable[..., dict[str, Any]]) -> None:
    shapes: list[Any] = [
        ticket(),
        [ticket()],
        {"items": [ticket()], "total": 1},
        {"id": 7, "Subject": "s", "Status": "new"},
    ]
    assert [body["id"] for shape in shapes for body in RequestTracker.unwrap(shape)] == ["7"] * 4
    assert list(RequestTracker.unwrap([{"items": 3}, {"Name": "no ticket"}, "text"])) == []


def test_people_who_are_not_known_are_written_by_address() -> None:
    person = {"name": "Ann", "email": "ann@example.com"}
    names = Unlisted()
    body = MAPPING.write(
        {"requester": person, "watchers": [person, {"name": "Nameless"}], "title": "t"}, names, creating=True
    )
    assert (body["Requestor"], body["Cc"]) == ("ann@example.com", ["ann@example.com"])
    assert MAPPING.read(body, names)["requester"] == {"id": "ann@example.com", "email": "ann@example.com"}
    assert "url" not in MAPPING.read({**body, "id": ""}, names) or MAPPING.read({**body, "id": ""}, names)["url"] is None
    emptied = MAPPING.write({"requester": None, "group": None, "url": "x"}, names)
    assert emptied == {"Requestor": None}


def test_a_body_is_written_as_rt_takes_it() -> None:
    body = {
        "Subject": "s",
        "Status": None,
        "Queue": "3",
        "Owner": None,
        "Requestor": "robin",
        "Cc": None,
        "Due": "2026-12-01T01:00:00+01:00",
        "CustomFields": [
            {"id": 4, "value": ""},
            {"id": 5, "value": None},
            {"id": 6, "value": "one"},
            {"id": 7, "value": ["a"]},
        ],
    }
    assert written(body, {"5", "6", "7"}, ["ann", "robin"]) == {
        "Subject": "s",
        "Queue": 3,
        "Owner": "Nobody",
        "Requestor": ["robin", "ann"],
        "Cc": [],
        "Due": "2026-12-01 00:00:00",
        "CustomFields": {"4": None, "5": [], "6": ["one"], "7": ["a"]},
    }
    assert written({"Due": None, "Requestor": None, "Queue": None}, ()) == {"Due": "", "Requestor": []}
    assert RequestTracker.wrap({"Subject": "s"}) == {"Subject": "s", "Content": "", "ContentType": "text/html"}


def test_what_was_not_taken_is_named(ticket: Callable[..., dict[str, Any]]) -> None:
    held = tidy(ticket(), "Isthmus Marker")
    taken = {
        "Subject": " VPN\n down ",
        "Status": "open",
        "Priority": "50",
        "Queue": 3,
        "Owner": "Nobody",
        "Requestor": ["robin"],
        "Cc": [],
        "Due": "",
        "CustomFields": {"4": None, "5": ["b", "a"]},
    }
    assert unlike(taken, held) == []
    refused = {
        "Subject": "x",
        "Status": "zork",
        "Queue": 4,
        "Owner": "ann",
        "Requestor": [],
        "Cc": ["a"],
        "Due": "2026-12-01 00:00:00",
        "CustomFields": {"4": "East"},
    }
    assert unlike(refused, held) == ["Subject", "Status", "Queue", "Owner", "Requestor", "Cc", "Due", "custom field 4"]
