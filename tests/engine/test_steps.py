"""A status that the tool reaches by several steps: what a run leaves half-way is its own, nobody's change."""

from __future__ import annotations

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
