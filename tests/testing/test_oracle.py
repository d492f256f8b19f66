"""The judge of moves between tools sees every kind of damage that a move could do."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from isthmus.testing.floor import Floor
from isthmus.testing.matrix import move
from isthmus.testing.oracle.judge import Verdict, judge

Snapshot = dict[str, Any]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Snapshot]:
    """A Zendesk, and the ServiceNow that a migration made of it."""
    floor = Floor(tmp_path_factory.mktemp("floor"))
    with floor.tool("support", "zendesk", 30), floor.tool("ops", "servicenow"):
        cell = move(floor, "support", "ops", ("zendesk", "servicenow"))
        assert cell.right, cell.report()
        assert (cell.verdict.tickets, cell.verdict.comments > 40, cell.verdict.files > 2) == (30, True, True)
        return floor.snapshot("support"), floor.snapshot("ops")


def verdict(moved: tuple[Snapshot, Snapshot], damage: Callable[[list[Any]], object]) -> Verdict:
    before, after = moved
    after = copy.deepcopy(after)
    damage([ticket for ticket in after["tickets"] if ticket["record"]["correlation_id"].startswith("isthmus:support:")])
    return judge("zendesk", before, "servicenow", after, "support")


def crowded(tickets: list[Any]) -> Any:
    """Give a ticket with more than one comment beside the note of its origin."""
    return max(tickets, key=lambda ticket: len(ticket["comments"]))


def turn(ticket: Any) -> None:
    ticket["comments"][-1]["public"] ^= True


def swap(ticket: Any) -> None:
    ticket["comments"][-1], ticket["comments"][-2] = ticket["comments"][-2], ticket["comments"][-1]


def with_file(tickets: list[Any]) -> Any:
    return next(ticket for ticket in tickets if ticket["files"])


DAMAGE: dict[str, Callable[[list[Any]], object]] = {
    "a lost ticket": lambda tickets: tickets[0].update(deleted=True),
    "a title": lambda tickets: tickets[0]["record"].update(short_description="another"),
    "a status": lambda tickets: tickets[0]["record"].update(state="8"),
    "a priority": lambda tickets: next(each for each in tickets if each["record"]["priority"])["record"].update(
        priority="5"
    ),
    "a requester": lambda tickets: tickets[0]["record"].update(caller_id=""),
    "a time": lambda tickets: tickets[0]["record"].update(opened_at="2020-01-01 00:00:00"),
    "a description": lambda tickets: tickets[0]["record"].update(description="another"),
    "a lost comment": lambda tickets: crowded(tickets)["comments"].pop(),
    "a doubled comment": lambda tickets: crowded(tickets)["comments"].append(crowded(tickets)["comments"][-1]),
    "a comment's text": lambda tickets: crowded(tickets)["comments"][-1].update(text="another"),
    "a comment's visibility": lambda tickets: turn(crowded(tickets)),
    "the order of comments": lambda tickets: swap(crowded(tickets)),
    "a public note of origin": lambda tickets: tickets[0]["comments"][0].update(public=True),
    "a lost note of origin": lambda tickets: [ticket["comments"].pop(0) for ticket in tickets],
    "a lost file": lambda tickets: with_file(tickets)["files"].pop(),
    "a file's bytes": lambda tickets: with_file(tickets)["files"][0].update(sha256="0" * 64),
    "a file's name": lambda tickets: with_file(tickets)["files"][0].update(name="another.txt"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_the_judge_sees(moved, what):
    assert verdict(moved, DAMAGE[what]).wrong


def test_the_judge_sees_a_ticket_that_was_made_twice_or_of_nothing(moved):
    before, after = copy.deepcopy(moved[0]), copy.deepcopy(moved[1])
    twin = copy.deepcopy(next(ticket for ticket in after["tickets"] if ticket["record"]["correlation_id"]))
    after["tickets"].append({**twin, "id": "twin"})
    assert any("made twice" in words for words in judge("zendesk", before, "servicenow", after, "support").wrong)
    before["tickets"].clear()
    assert any("made of nothing" in words for words in judge("zendesk", before, "servicenow", moved[1], "support").wrong)


def test_undamaged_nothing_is_wrong(moved):
    assert verdict(moved, lambda tickets: None).wrong == []
