"""What stops a run before its first write."""

from __future__ import annotations

import pytest
from isthmus.core.errors import BrakeError, InterruptedRunError, LeaseHeldError
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.dialect import Dialect


def crowd(world, number=30):
    ids = [world.a.create(title=f"ticket {index}") for index in range(number)]
    world.cycle()
    world.cycle()
    return ids


def stopped(world, brake, **options):
    attempts = world.attempts()
    with pytest.raises(BrakeError) as caught:
        world.cycle(**options)
    assert caught.value.brake == brake
    assert caught.value.flag == f"--lift {brake}"
    assert world.attempts() == attempts
    (run, *_) = world.ledger.runs("ab")
    assert run.outcome == "braked"


def test_too_many_changes(make_world):
    world = make_world()
    for record in crowd(world)[:20]:
        world.a.edit(record, title="swept")
    stopped(world, "max-changes")
    assert world.cycle(lifted=frozenset({"max-changes"})).outcome == "ok"
    assert sum(record["title"] == "swept" for record in world.b.records.values()) == 20


def test_few_changes_and_our_own_writes_stop_nothing(make_world):
    world = make_world()
    for record in crowd(world)[:10]:
        world.a.edit(record, title="mended")
    assert world.cycle().outcome == "ok"
    assert world.cycle().outcome == "ok"


def test_too_many_deletions(make_world):
    world = make_world(brakes={"max_deletes": 3})
    for record in crowd(world)[:5]:
        world.a.delete(record)
    stopped(world, "max-deletes")
    assert world.cycle(lifted=frozenset({"max-deletes"})).outcome == "ok"


def test_a_member_that_came_back_empty(make_world):
    world = make_world(Dialect(tombstones=False), Dialect())
    for record in crowd(world):
        world.a.hostility.hidden.add(record)
    stopped(world, "empty-member")
    world.cycle(lifted=frozenset({"empty-member"}))


def test_a_missing_canary(make_world):
    world = make_world()
    canary = world.a.create(title="canary")
    world.relink(brakes={"canary": {"a": canary}})
    world.cycle()
    world.a.hostility.hidden.add(canary)
    stopped(world, "canary")
    world.cycle(lifted=frozenset({"canary"}))


def test_another_process_holds_the_lease(make_world):
    world = make_world()
    world.ledger.acquire("ab", "another/1", 300)
    with pytest.raises(LeaseHeldError, match="another/1"):
        world.engine().sync(RunOptions())
    assert world.ledger.runs("ab") == []


def test_a_run_that_is_asked_to_stop_ends_between_two_writes_and_loses_nothing(make_world):
    world = make_world()
    for index in range(3):
        world.a.create(title=f"ticket {index}")
    wishes = iter([False] * 6)
    with pytest.raises(InterruptedRunError):
        world.cycle(stop=lambda: next(wishes, True))
    (run, *_) = world.ledger.runs("ab")
    assert run.outcome == "interrupted"
    assert world.cycle().outcome == "ok"
    assert sorted(record["title"] for record in world.b.records.values()) == ["ticket 0", "ticket 1", "ticket 2"]
