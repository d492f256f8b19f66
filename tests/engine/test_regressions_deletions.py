"""Deletions among interruptions, brakes, more than two members and records that show again."""

from __future__ import annotations

import pytest
from isthmus.core.errors import AuthenticationError, BrakeError
from isthmus.core.sync import feed
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.dialect import Dialect

SILENT = Dialect(tombstones=False, lacks=frozenset({"deleted"}))
"""A tool that tells no deletions: only absence shows."""
LISTED = Dialect(tombstones=False)
"""A tool that tells deletions in a list of its own."""
LIFTED = frozenset({"max-changes"})


def notes(tool):
    """Give the records that bear the note of a deletion."""
    return [record for record in tool.records if any("was deleted" in said["text"] for said in tool.comments[record])]


@pytest.mark.parametrize(("action", "left"), [("note", 5), ("delete", 1)])
def test_a_braked_wave_of_deletions_waits_for_a_person_however_many_runs_pass(make_world, action, left):
    world = make_world(on_delete=action, brakes={"max_deletes": 2})
    ids = [world.a.create(title=f"ticket {number}") for number in range(4)]
    other = world.a.create(title="other")
    for _ in range(3):
        world.cycle()
    for record in ids:
        world.a.delete(record)
    world.clock.advance(600)
    world.a.edit(other, title="life goes on")
    for _ in range(4):
        with pytest.raises(BrakeError, match="max-deletes"):
            world.cycle()
        assert (len(world.b.records), notes(world.b)) == (5, [])
    world.cycle(lifted=frozenset({"max-deletes", "max-changes"}))
    assert len(world.b.records) == left, "a deletion that the vendor states keeps its action over the refused runs"
    assert len(notes(world.b)) == (4 if action == "note" else 0)


def test_a_wave_of_deletions_is_braked_among_more_changes_than_a_run_keeps(make_world, monkeypatch):
    monkeypatch.setattr(feed, "KEPT", 8)
    world = make_world(on_delete="delete", brakes={"max_deletes": 2})
    busy = [world.a.create(title=f"busy {number}") for number in range(9)]
    ids = [world.a.create(title=f"ticket {number}") for number in range(5)]
    for _ in range(3):
        world.cycle()
    world.clock.advance(600)
    for record in busy[:7]:
        world.a.edit(record, kind="k")
    world.clock.advance(600)
    for record in ids:
        world.a.delete(record)
    world.clock.advance(600)
    for turn in range(3):
        with pytest.raises(BrakeError, match="max-deletes"):
            world.cycle(lifted=LIFTED)
        world.a.edit(busy[0], kind=f"k{turn}")
    assert (len(world.b.records), notes(world.b)) == (14, [])


@pytest.mark.parametrize("dialect", [Dialect(), LISTED], ids=["in the feed", "in a list"])
def test_a_stated_deletion_keeps_its_action_however_it_is_told(make_world, dialect):
    world = make_world(dialect, Dialect(), on_delete="close")
    record, twin = world.settled(state="open")
    world.a.delete(record)
    for _ in range(3):
        world.cycle()
    assert world.b.records[twin]["state"] == "closed"


@pytest.mark.parametrize("dialect", [Dialect(), LISTED], ids=["in the feed", "in a list"])
def test_a_stated_deletion_keeps_its_action_over_an_interruption(make_world, dialect):
    world = make_world(dialect, Dialect(), on_delete="close")
    other = world.a.create(title="other")
    record, twin = world.settled(state="open")
    world.clock.advance(900)
    world.a.delete(record)
    world.clock.advance(900)
    world.a.edit(other, title="edited")
    world.clock.advance(900)
    world.interrupt()
    for _ in range(3):
        world.cycle()
    assert world.b.records[twin]["state"] == "closed"


def test_a_deletion_told_while_runs_fail_is_noticed_afterwards(make_world):
    world = make_world(Dialect(), LISTED)
    record, twin = world.settled()
    world.clock.advance(3600)
    world.b.delete(twin)
    key, world.a.key = world.a.key, "a key that is refused"
    for _ in range(3):
        world.clock.advance(3600)
        with pytest.raises(AuthenticationError):
            world.engine().sync(RunOptions())
    world.a.key = key
    for _ in range(3):
        world.clock.advance(3600)
        world.engine().sync(RunOptions())
    assert notes(world.a) == [record]


def test_where_one_of_three_records_is_deleted_the_others_go_on(make_world):
    world = make_world(Dialect(), Dialect(), Dialect(), on_delete="ignore")
    record, twin = world.settled()
    third = world.partner(record, "c")
    world.a.delete(record)
    world.b.edit(twin, title="edited at b")
    world.b.comment(twin, text="<p>a word at b</p>")
    for _ in range(3):
        world.clock.advance(900)
        world.cycle()
    held = world.tools["c"]
    assert held.records[third]["title"] == "edited at b"
    assert held.comments[third][-1]["text"].endswith("<p>a word at b</p>")
    assert world.a.records == {}


def test_a_record_that_was_gone_and_shows_again_takes_part_again(make_world):
    world = make_world(SILENT, Dialect())
    record, twin = world.settled()
    world.a.hostility.hidden.add(record)
    for _ in range(3):
        world.cycle(census=True)
    assert notes(world.b) == [twin]
    world.a.hostility.hidden.clear()
    world.a.edit(record, severity=3)
    for _ in range(3):
        world.cycle()
    assert world.b.records[twin]["severity"] == 3
    world.b.edit(twin, title="edited at b")
    world.b.comment(twin, text="<p>from b</p>")
    for _ in range(2):
        world.cycle()
    assert world.a.records[record]["title"] == "edited at b"
    assert world.a.comments[record][-1]["text"].endswith("<p>from b</p>")


def test_a_deletion_that_waits_for_a_person_waits_on_over_further_edits(make_world):
    world = make_world(on_delete="delete")
    other = world.a.create(title="other")
    record, twin = world.settled()
    world.b.edit(twin, title="still needed")
    world.a.delete(record)
    assert world.cycle().outcome == "partial"
    world.clock.advance(600)
    world.a.edit(other, title="edited")
    world.cycle()
    world.b.edit(twin, title="still needed!")
    for _ in range(3):
        world.cycle()
        assert [conflict.group for conflict in world.ledger.conflicts("ab")] == ["deletion"]
    assert twin in world.b.records
    assert notes(world.b) == []
