"""A status that the tool reaches by several steps: what a run leaves half-way is its own, nobody's change."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from isthmus.testing.dialect import Dialect
from isthmus.testing.hostility import Crash, Fault

BY_STEPS = Dialect(by_steps=True, conditional_write=False)


@pytest.fixture
def pending(make_world) -> Any:
    """Two tools with one incident that waits at both; then somebody solves it at the first."""
    world = make_world(Dialect(), BY_STEPS)
    world.record, world_twin = world.settled(state="waiting")
    assert world.b.records[world_twin]["state"] == "waiting"
    world.b.writes.clear()
    world.a.edit(world.record, state="solved", code="fixed", notes="Replaced")
    return world


def states(world: Any) -> tuple[str, str]:
    return world.a.records[world.record]["state"], world.b.records[world.partner(world.record)]["state"]


def test_each_step_is_taken_once(pending):
    pending.cycle()
    assert states(pending) == ("solved", "solved")
    assert pending.b.writes == {"update": 2}
    before = pending.attempts()
    pending.cycle()
    assert pending.attempts() == before


@pytest.mark.parametrize(
    "script",
    [[Fault.CRASH_AFTER], [Fault.NONE, Fault.CRASH_BEFORE], [Fault.NONE, Fault.CRASH_AFTER]],
    ids=["after the first step", "before the last", "after the last"],
)
def test_a_crash_on_the_way_is_no_change(pending, script):
    pending.b.hostility.script.extend(script)
    with pytest.raises(Crash):
        pending.cycle()
    for _ in range(2):
        pending.clock.advance(200)
        pending.cycle()
        assert states(pending)[0] == "solved", "the state half-way never comes back"
    assert states(pending) == ("solved", "solved")
    assert pending.b.writes == {"update": 2}


@pytest.mark.parametrize("crash", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_a_crash_between_the_fields_and_the_status_loses_neither(pending, crash):
    pending.a.edit(pending.record, title="renamed", state="open", code=None, notes=None)
    pending.b.hostility.script.extend([Fault.NONE, crash])
    with pytest.raises(Crash):
        pending.cycle()
    for _ in range(2):
        pending.clock.advance(200)
        pending.cycle()
        assert states(pending)[0] == "open", "the status that was not written yet never comes back"
    assert states(pending) == ("open", "open")
    assert pending.b.records[pending.partner(pending.record)]["title"] == "renamed"


def test_a_refusal_on_the_way_is_parked_and_no_change(pending):
    pending.b.hostility.script.extend([Fault.NONE, Fault.REFUSED])
    assert pending.cycle().tally.notes
    assert states(pending) == ("solved", "open")
    pending.cycle()
    assert states(pending)[0] == "solved", "the state half-way never comes back"
    before = pending.attempts()
    pending.cycle()
    assert pending.attempts() == before, "what is parked is not knocked at again"
    pending.a.edit(pending.record, notes="Replaced twice")
    pending.cycle()
    assert states(pending) == ("solved", "solved")


@pytest.fixture
def waiting(make_world) -> Any:
    """Something that waits at a tool, of which another makes a twin that begins open."""
    world = make_world(Dialect(create_carries_comments=False), BY_STEPS)
    world.record = world.a.create(title="x", state="waiting", waiting_for="vendor")
    world.a.say(world.record, {"text": "Told", "author": "ann"}, public=True)
    return world


@pytest.mark.parametrize(
    "script",
    [[Fault.CRASH_AFTER], [Fault.NONE, Fault.CRASH_BEFORE], [Fault.NONE, Fault.CRASH_AFTER], [Fault.NONE, Fault.LOST]],
    ids=["once it is made", "before it moves", "once it has moved", "when its move is lost"],
)
def test_the_status_in_which_a_new_record_begins_is_no_change(waiting, script):
    waiting.b.hostility.script.extend(script)
    with suppress(Crash):
        waiting.cycle()
    for _ in range(3):
        waiting.clock.advance(200)
        waiting.cycle()
        assert states(waiting)[0] == "waiting", "the state in which it begins never comes back"
    assert states(waiting) == ("waiting", "waiting")


def test_a_new_record_that_may_not_move_is_parked_and_the_rest_flows(waiting):
    waiting.b.hostility.script.extend([Fault.NONE, Fault.REFUSED])
    result = waiting.cycle()
    assert any("b refuses status" in note for note in result.tally.notes)
    assert states(waiting) == ("waiting", "open")
    assert any("Told" in said["text"] for said in waiting.b.comments[waiting.partner(waiting.record)])
    for _ in range(2):
        waiting.cycle()
    before = waiting.attempts()
    waiting.cycle()
    assert waiting.attempts() == before, "what is parked is not knocked at again"
    assert states(waiting) == ("waiting", "open"), "the state in which it begins never comes back"
    waiting.a.edit(waiting.record, state="solved", waiting_for=None, code="fixed", notes="Replaced")
    waiting.cycle()
    assert states(waiting) == ("solved", "solved")
