"""Timelines: from a vendor's history, from a record's own times, and from readings one after the other."""

from __future__ import annotations

import pytest
from isthmus.core.sync.reading import read_documents
from isthmus.core.sync.timeline import HISTORY, READING, RECORD, add_timelines, continued
from isthmus.testing import Clock, Dialect, MemoryTool, memory_side

OPENED = "2026-03-02T09:00:00Z"


class Desk:
    """A tool, and what is read of its only record."""

    def __init__(self, dialect: Dialect | None = None) -> None:
        self.clock = Clock()
        self.tool = MemoryTool("desk", dialect, clock=self.clock)
        self.side = memory_side("desk", self.tool)
        self.record = self.tool.create(title="Printer on fire", state="new", severity=2)
        self.earlier: list[dict] = []

    def edit(self, hours: float = 1, **fields: object) -> None:
        self.clock.advance(hours * 3600 - 1)
        self.tool.edit(self.record, **fields)

    def read(self) -> dict:
        records = self.side.connector.fetch([self.record])
        self.document = read_documents(self.side, records)[0][self.record]
        found = add_timelines(self.side, records, {self.record: self.document}, lambda ids: {self.record: self.earlier})
        self.earlier = found[self.record]
        return self.document

    def told(self, field: str = "status") -> list[tuple]:
        return [(each["before"], each["after"], each["source"]) for each in self.earlier if each["field"] == field]


def states(desk: Desk, *names: str) -> None:
    for name in names:
        desk.edit(state=name)


def test_a_history_tells_every_step_with_who_and_when():
    desk = Desk()
    team = next(group.id for group in desk.tool.groups.values() if group.name == "Network")
    desk.edit(state="open", owner=desk.tool.person_id("ben"))
    desk.edit(team=team, severity=1)
    desk.edit(state="waiting", waiting_for="vendor")
    desk.edit(state="open", waiting_for=None)
    document = desk.read()
    assert desk.told() == [
        (None, "new", HISTORY),
        ("new", "in_progress", HISTORY),
        ("in_progress", "pending", HISTORY),
        ("pending", "in_progress", HISTORY),
    ]
    assert desk.told("status_reason") == [(None, "vendor", HISTORY), ("vendor", None, HISTORY)]
    assert desk.told("team") == [(None, "Network", HISTORY)]
    assert desk.told("assignee") == [(None, "Ben Agent", HISTORY)]
    assert desk.told("priority") == [(None, "2", HISTORY), ("2", "1", HISTORY)]
    assert [each["at"] for each in desk.earlier] == sorted(each["at"] for each in desk.earlier)
    assert desk.earlier[-1]["by"]["email"] == "ann@example.com"
    assert [step["after"] for step in document["timeline"]] == ["new", "in_progress", "pending", "in_progress"]


def test_without_a_history_the_times_of_the_record_tell_the_steps():
    desk = Desk(Dialect(lacks=frozenset({"history"})))
    states(desk, "open", "solved", "closed")
    desk.read()
    assert desk.told() == [(None, "new", RECORD), ("new", "resolved", RECORD), ("resolved", "closed", RECORD)]
    assert desk.told("priority") == [(None, "2", RECORD)]


def test_without_a_history_each_reading_tells_what_changed_since_the_last():
    desk = Desk(Dialect(lacks=frozenset({"history"})))
    desk.read()
    for state in ("open", "waiting", "open", "solved", "open", "solved", "closed"):
        desk.edit(state=state, severity=1)
        desk.read()
        desk.read()
    assert [after for _, after, _ in desk.told()] == [
        *("new", "in_progress", "pending", "in_progress", "resolved", "in_progress", "resolved", "closed")
    ]
    assert {source for *_, source in desk.told()[1:]} == {READING}
    assert desk.told("priority") == [(None, "2", RECORD), ("2", "1", READING)]


def test_a_history_that_is_hidden_later_is_gone_on_with():
    desk = Desk()
    states(desk, "open")
    desk.read()
    desk.tool.history[desk.record].clear()
    states(desk, "solved")
    desk.tool.history[desk.record].clear()
    desk.read()
    assert desk.told() == [(None, "new", HISTORY), ("new", "in_progress", HISTORY), ("in_progress", "resolved", READING)]


def test_what_was_read_after_a_later_step_tells_none():
    told = {"field": "status", "before": "new", "after": "resolved", "source": HISTORY, "by": None}
    later = {**told, "at": "2026-03-02T12:00:00Z"}
    document = {"status": "in_progress", "opened_at": OPENED, "updated_at": "2026-03-02T11:00:00Z"}
    assert continued([later], document, of_history=True) == [later]
    (*_, last) = continued([later], {**document, "updated_at": "2026-03-02T13:00:00Z"}, of_history=True)
    assert (last["before"], last["after"], last["source"]) == ("resolved", "in_progress", READING)


@pytest.mark.parametrize(
    ("steps", "resolved", "closed"),
    [
        (("open",), None, None),
        (("solved",), 1, None),
        (("solved", "closed"), 1, 2),
        (("solved", "open", "solved"), 3, None),
        (("void",), None, 1),
    ],
)
def test_a_history_tells_when_an_incident_was_resolved_and_closed(steps, resolved, closed):
    desk = Desk()
    states(desk, *steps)
    desk.tool.records[desk.record].update(solved=None, closed=None)
    document = desk.read()
    assert (document.get("resolved_at"), document.get("closed_at")) == (after(resolved), after(closed))


def after(steps: int | None) -> str | None:
    return None if steps is None else f"2026-03-02T{9 + steps:02}:00:01Z"


def test_what_the_record_states_holds():
    desk = Desk()
    states(desk, "solved", "closed")
    desk.tool.records[desk.record].update(solved="2026-03-01T00:00:00Z", closed="2026-03-02T00:00:00Z")
    document = desk.read()
    assert (document["resolved_at"], document["closed_at"]) == ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")
