"""What follows from a deleted record, and what must not."""

from __future__ import annotations

import pytest
from isthmus.testing.dialect import Dialect

SILENT = Dialect(tombstones=False, lacks=frozenset({"deleted"}))
"""A tool that tells no deletions: only absence shows."""


def texts(world, name, record):
    return [comment["text"] for comment in world.tools[name].comments[record]]


def test_a_stated_deletion_leaves_a_note_once(make_world):
    world = make_world()
    record = world.a.create(title="x")
    world.cycle()
    twin = world.twin()["id"]
    world.a.delete(record)
    world.cycle()
    world.cycle()
    assert [text for text in texts(world, "b", twin) if "was deleted" in text] == ["<p>a a-r1 was deleted.</p>"]
    assert all(comment["readers"] == "staff" for comment in world.b.comments[twin])
    attempts = world.attempts()
    world.cycle()
    assert world.attempts() == attempts
    assert world.a.records == {}, "a deleted record is not created again"


@pytest.mark.parametrize(("action", "state"), [("ignore", "open"), ("close", "closed"), ("delete", None)])
def test_a_stated_deletion_is_followed_as_the_link_says(make_world, action, state):
    world = make_world(on_delete=action)
    record = world.a.create(title="x", state="open")
    world.cycle()
    twin = world.twin()["id"]
    world.cycle()
    world.a.delete(record)
    world.cycle()
    world.cycle()
    assert world.b.records.get(twin, {}).get("state") == state
    attempts = world.attempts()
    world.cycle()
    assert world.attempts() == attempts


def test_delete_falls_back_to_close_where_the_tool_cannot_delete(make_world):
    world = make_world(Dialect(), Dialect(lacks=frozenset({"delete"})), on_delete="delete")
    record = world.a.create(title="x", state="open")
    world.cycle()
    world.a.delete(record)
    world.cycle()
    assert world.twin()["state"] == "closed"


def test_absence_counts_only_after_two_looks_and_leads_to_no_more_than_a_note(make_world):
    world = make_world(SILENT, Dialect(), on_delete="delete")
    record = world.a.create(title="x", state="open")
    world.cycle()
    twin = world.twin()["id"]
    world.cycle()
    world.a.delete(record)
    notes = world.cycle(census=True).report()["notes"]
    assert any("not found once" in words for words in notes)
    assert not any("was deleted" in text for text in texts(world, "b", twin))
    world.cycle()
    assert any("was deleted" in text for text in texts(world, "b", twin))
    assert world.b.records[twin]["state"] == "open", "hidden and deleted look alike"


def test_a_record_that_shows_again_is_no_deletion(make_world):
    world = make_world(SILENT, Dialect())
    record = world.a.create(title="x")
    world.cycle()
    world.cycle()
    world.a.hostility.hidden.add(record)
    world.cycle(census=True)
    world.a.hostility.hidden.clear()
    world.cycle()
    world.a.edit(record, title="back")
    world.cycle()
    assert world.twin()["title"] == "back"
    assert not any("was deleted" in text for text in texts(world, "b", world.twin()["id"]))


@pytest.mark.parametrize(("choice", "left"), [("a", 0), ("b", 1)])
def test_a_deletion_that_meets_an_edit_is_a_persons_to_decide(make_world, choice, left):
    world = make_world(on_delete="delete")
    record = world.a.create(title="x")
    world.cycle()
    world.cycle()
    world.b.edit(world.twin()["id"], title="still needed")
    world.a.delete(record)
    assert world.cycle().outcome == "partial"
    (conflict,) = world.ledger.conflicts("ab")
    assert conflict.group == "deletion"
    assert len(world.b.records) == 1
    world.ledger.choose(conflict.id, choice)
    world.cycle()
    assert len(world.b.records) == left
    assert world.ledger.conflicts("ab") == []
    world.cycle()
    assert len(world.b.records) == left


def test_a_deletion_told_by_a_list_of_its_own_is_noticed(make_world):
    world = make_world(Dialect(tombstones=False), Dialect())
    record = world.a.create(title="x")
    world.cycle()
    world.a.delete(record)
    world.cycle()
    world.cycle()
    assert any("was deleted" in text for text in texts(world, "b", world.twin()["id"]))
