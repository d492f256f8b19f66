"""Incidents that moved from tool to tool: the last home and the ledger tell their whole life."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

EVENTS = "select happened_at, field, before, after, person from then_events order by all"
FACTS = (
    "select title, status, status_reason, priority, category, service, team, assignee_email, requester_email, opened_at, "
    "acknowledged_at, first_response_at, resolved_at, closed_at, reopen_count from then_incidents"
)
SAID = "select position, created_at, author_email, visibility from then_comments order by position"


def live(collecting: Any, name: str, record: str, *deeds: tuple[str, dict[str, Any]]) -> None:
    """Let people work on an incident, an hour for each deed."""
    tool = collecting.tools[name]
    for who, fields in deeds:
        collecting.clock.advance(3600)
        if "text" in fields and "state" not in fields:
            tool.comment(record, by=who, **fields)
        else:
            tool.edit(record, by=who, **fields)


def begin(collecting: Any, name: str = "zen") -> str:
    """Open an incident and work on it: taken, reassigned, answered, solved, reopened."""
    tool = collecting.tools[name]
    record = tool.create(title="Printer on fire", severity=2, kind="hardware")
    live(
        collecting,
        name,
        record,
        ("ann", {"state": "open", "owner": tool.person_id("ann"), "team": tool.group_id("Service Desk")}),
        ("ann", {"text": "<p>We look at it</p>"}),
        ("ann", {"team": tool.group_id("Network")}),
        ("ben", {"state": "solved"}),
        ("carla", {"state": "open"}),
    )
    return record


def only(collecting: Any, name: str) -> str:
    (record,) = collecting.tools[name].records
    return record


def everything(collecting: Any) -> tuple[list[tuple], ...]:
    return tuple(collecting.ask(query) for query in (FACTS, EVENTS, SAID))


@pytest.mark.parametrize("through", [{}, {"lacks": frozenset({"history"})}, {"priorities": 3, "keeps_history": False}])
def test_a_store_of_the_last_home_says_what_one_of_the_first_said(collecting, through):
    collecting.tool("zen", chosen_id=True)
    collecting.tool("snow", **through)
    collecting.tool("end", create_carries_comments=False)
    begin(collecting)
    collecting.collect("zen")
    before = everything(collecting)
    collecting.store.sql.execute("delete from incidents; delete from events; delete from comments")
    collecting.move("zen", "snow")
    collecting.move("snow", "end")
    collecting.collect("end")
    assert everything(collecting) == before
    collecting.collect("end")
    assert everything(collecting) == before


def test_what_people_do_at_each_home_is_told_and_what_we_wrote_is_not(collecting):
    for name in ("zen", "snow", "end"):
        collecting.tool(name)
    begin(collecting)
    collecting.move("zen", "snow")
    snow = collecting.tools["snow"]
    live(
        collecting,
        "snow",
        only(collecting, "snow"),
        ("ben", {"owner": snow.person_id("ben"), "severity": 1}),
        ("ben", {"text": "<p>Found it</p>"}),
        ("ben", {"state": "solved"}),
    )
    solved = snow.now
    collecting.move("snow", "end")
    collecting.collect("end")
    ((*_, resolved, closed, reopened),) = collecting.ask(FACTS)
    assert (resolved, closed, reopened) == (solved.replace(tzinfo=None), None, None)
    told = [each[1:] for each in collecting.ask(EVENTS) if each[1] in ("status", "assignee", "priority", "team")]
    assert told == [
        ("priority", None, "2", None),
        ("status", None, "new", "Carla Customer"),
        ("assignee", None, "Ann Agent", "Ann Agent"),
        ("status", "new", "in_progress", "Ann Agent"),
        ("team", None, "Service Desk", "Ann Agent"),
        ("team", "Service Desk", "Network", "Ann Agent"),
        ("status", "in_progress", "resolved", "Ben Agent"),
        ("status", "resolved", "in_progress", "Carla Customer"),
        ("assignee", "Ann Agent", "Ben Agent", "Ben Agent"),
        ("priority", "2", "1", "Ben Agent"),
        ("status", "in_progress", "resolved", "Ben Agent"),
    ]
    assert [author for _, _, author, _ in collecting.ask(SAID)] == ["ann@example.com", "ben@example.com"]
    live(collecting, "end", only(collecting, "end"), ("dan", {"state": "open"}), ("ann", {"state": "closed"}))
    collecting.collect("end")
    ((*_, resolved, closed, _),) = collecting.ask(FACTS)
    assert closed == (collecting.clock() - timedelta(seconds=300)).replace(tzinfo=None)
    statuses = [(after, person) for _, field, _, after, person in collecting.ask(EVENTS) if field == "status"]
    assert statuses[-2:] == [("in_progress", "Dan Customer"), ("closed", "Ann Agent")]
