"""Writes that are skipped, refused, late or lost: what a person typed stays, and nothing else is settled by them."""

from __future__ import annotations

import pytest
from isthmus.core.config.links import LinkConfig, migration_link
from isthmus.core.errors import BrakeError
from isthmus.core.model import Status
from isthmus.core.sync import brakes, engine
from isthmus.core.sync.engine import RunOptions
from isthmus.core.sync.migrate import Migration
from isthmus.testing.dialect import Dialect
from isthmus.testing.hostility import Fault
from isthmus.testing.memory import memory_side

FINAL = Dialect(closed_is_final=True, create_carries_comments=False, keeps_history=False)
ASK = {"fields": {"title": {"policy": "ask"}}}
ASK_BOTH = {"fields": {"title": {"policy": "ask"}, "status": {"policy": "ask"}}}
BUSY = [Fault.BUSY] * 4
"""More than one call is tried again for."""


def open_groups(world):
    return [conflict.group for conflict in world.ledger.conflicts("ab")]


def after(world, name, act):
    """Let a person act at a tool while the next write of ours to it is on its way."""

    def hook(write):
        world.tools[name].before_write = None
        act()

    world.tools[name].before_write = hook


# -- who may write


def test_a_read_only_member_gets_no_comments_and_no_files(make_world):
    world = make_world()
    world.sides["b"] = memory_side("b", world.b, writable=False)
    record = world.b.create(title="from b")
    world.cycle()
    twin = world.partner(record, "a", of="b")
    world.a.comment(twin, text="<p>hello</p>")
    world.a.attach(twin, name="x.txt", data=b"1")
    world.cycle()
    world.cycle()
    assert sum(world.b.attempts.values()) == 0
    assert world.b.comments[record] == []


# -- writes that were skipped


def test_a_write_that_was_stale_settles_no_other_group(make_world):
    world = make_world(**ASK_BOTH)
    record, twin = world.settled(state="open")
    world.a.edit(record, title="new title", state="solved")
    after(world, "b", lambda: world.b.edit(twin, state="waiting"))
    for _ in range(4):
        world.cycle()
    assert open_groups(world) == ["status"]
    assert (world.a.records[record]["state"], world.b.records[twin]["state"]) == ("solved", "waiting")
    assert world.b.records[twin]["title"] == "new title"


def test_a_write_of_unknown_fate_settles_no_other_group(make_world):
    world = make_world(**ASK_BOTH)
    record, twin = world.settled(state="open")
    world.a.edit(record, title="new title", state="solved")
    world.b.hostility.script.append(Fault.LOST)
    world.cycle()
    world.b.edit(twin, state="waiting")
    for _ in range(4):
        world.cycle()
    assert open_groups(world) == ["status"]
    assert (world.a.records[record]["state"], world.b.records[twin]["state"]) == ("solved", "waiting")
    assert world.b.records[twin]["title"] == "new title"


def test_a_record_is_read_once_more_before_a_write_that_the_tool_cannot_refuse(make_world):
    plain = Dialect(conditional_write=False)
    world = make_world(plain, plain, **ASK)
    record, twin = world.settled()
    world.a.edit(record, title="from a")
    world.a.create(title="a new one, created first")
    after(world, "b", lambda: world.b.edit(twin, title="typed at b"))
    for _ in range(3):
        world.cycle()
    assert (world.a.records[record]["title"], world.b.records[twin]["title"]) == ("from a", "typed at b")
    assert open_groups(world) == ["title"]


def test_a_late_create_behind_a_slow_one_is_not_taken_for_absent(make_world):
    world = make_world()
    world.a.create(title="one")
    world.a.create(title="two")
    after(world, "b", lambda: world.clock.advance(300))
    world.b.hostility.script.extend([Fault.NONE, Fault.LATE])
    world.cycle()
    world.clock.advance(5)
    assert world.engine().sync(RunOptions()).settle_at is not None, "the vendor may still be at work on it"
    world.clock.advance(300)
    for _ in range(3):
        world.cycle()
    for tool in (world.a, world.b):
        assert sorted(held["title"] for held in tool.records.values()) == ["one", "two"]


def test_a_person_is_not_overruled_by_the_echo_of_an_earlier_batch(make_world, monkeypatch):
    monkeypatch.setattr(engine, "BATCH", 5)
    world = make_world(brakes={"max_changes_percent": 500})
    ids = [world.a.create(title=f"ticket {number}", state="open") for number in range(6)]
    for _ in range(3):
        world.cycle()
    for word, state in (("first", "open"), ("second", "solved")):
        for record in ids:
            world.a.edit(record, title=f"{word} {record}", state=state)
        world.clock.advance(600)
        world.engine().sync(RunOptions())
    assert {(held["title"].split()[0], held["state"]) for held in world.a.records.values()} == {("second", "solved")}
    world.cycle()
    assert {(held["title"].split()[0], held["state"]) for held in world.b.records.values()} == {("second", "solved")}


# -- coarse members


def test_a_coarse_member_that_writes_a_note_changes_no_more_than_the_note(make_world):
    world = make_world(Dialect(), Dialect(statuses=frozenset(Status) - {Status.CANCELED}))
    record = world.a.create(title="x", state="open")
    world.cycle()
    world.a.edit(record, state="void")
    world.cycle()
    world.cycle()
    world.b.edit(world.partner(record), notes="a word on why")
    for _ in range(3):
        world.cycle()
    assert (world.a.records[record]["state"], world.a.records[record]["notes"]) == ("void", "a word on why")


def test_a_coarse_member_that_changes_the_urgency_keeps_the_finer_priority(make_world):
    world = make_world(Dialect(impact=True), Dialect(priorities=4, impact=True))
    record, twin = world.settled(severity=5, urgency=3)
    world.b.edit(twin, urgency=2)
    for _ in range(3):
        world.cycle()
    assert (world.a.records[record]["severity"], world.a.records[record]["urgency"]) == (5, 2)


def test_an_assignee_who_is_unknown_there_is_not_replaced_by_who_stands_in_for_him(make_world):
    world = make_world()
    world.sides["b"] = memory_side("b", world.b, fallback="isthmus@example.com")
    del world.b.people["b-p2"]
    record, twin = world.settled(owner=world.a.person_id("ben"), team=world.a.group_id("Network"))
    assert world.b.people[world.b.records[twin]["owner"]].email == "isthmus@example.com"
    world.b.edit(twin, team=world.b.group_id("Database"))
    for _ in range(3):
        world.cycle()
    assert world.a.records[record]["team"] == world.a.group_id("Database")
    assert world.a.people[world.a.records[record]["owner"]].email == "ben@example.com"


# -- final statuses


def test_no_final_status_is_written_while_a_comment_is_still_to_come(make_world):
    world = make_world(Dialect(), FINAL)
    record, twin = world.settled(state="open")
    world.a.comment(record, text="<p>the answer</p>")
    world.a.edit(record, state="closed")
    world.b.hostility.script.extend(BUSY)
    assert world.cycle().outcome == "partial"
    assert world.b.records[twin]["state"] == "open"
    for _ in range(3):
        world.cycle()
    assert world.b.records[twin]["state"] == "closed"
    assert world.b.comments[twin][-1]["text"].endswith("<p>the answer</p>")


def test_no_final_status_ends_a_create_while_its_files_are_still_to_come(make_world):
    world = make_world(Dialect(), FINAL)
    world.link = migration_link("a", "b")
    record = world.a.create(title="x", state="open")
    world.a.comment(record, text="<p>evidence</p>")
    world.a.attach(record, name="e.pdf", data=b"pdf")
    world.a.edit(record, state="closed")

    def migration():
        world.clock.advance(600)
        moved = Migration(world.engine(history=True), source="a", target="b", clock=world.clock, sleep=world.clock.advance)
        moved.retry_failed()
        moved.read(RunOptions())
        return moved

    first = migration()
    world.b.hostility.script.extend([Fault.NONE, Fault.NONE, *BUSY])
    assert first.apply(RunOptions()).outcome == "partial"
    assert world.twin()["state"] != "closed"
    migration().apply(RunOptions())
    last = migration()
    assert last.apply(RunOptions()).outcome == "ok"
    certificate = last.verify(RunOptions())
    assert certificate.clean, certificate.differences
    assert world.twin()["state"] == "closed"
    assert [file["name"] for file in world.b.files[world.twin()["id"]]] == ["e.pdf"]


# -- parks, conflicts and choices


def test_a_changed_mapping_does_not_undo_what_a_parked_write_should_have_carried(make_world):
    world = make_world()
    record, twin = world.settled()
    world.a.edit(record, title="typed at a")
    world.b.hostility.script.append(Fault.REFUSED)
    world.cycle()
    world.cycle()
    world.remap("b")
    world.b.comment(twin, text="<p>touch</p>")
    world.cycle()
    world.cycle()
    assert (world.a.records[record]["title"], world.b.records[twin]["title"]) == ("typed at a", "typed at a")


def test_a_changed_mapping_does_not_undo_what_a_closed_record_could_not_take(make_world):
    world = make_world(Dialect(), Dialect(closed_is_final=True))
    record, twin = world.settled(state="open")
    world.a.edit(record, state="closed")
    world.cycle()
    world.cycle()
    world.a.edit(record, title="corrected after closing")
    world.cycle()
    world.cycle()
    world.remap("b")
    world.a.edit(record, kind="k")
    world.cycle()
    world.cycle()
    assert (world.a.records[record]["title"], world.b.records[twin]["title"]) == ("corrected after closing", "x")


def test_a_park_lifts_when_the_members_agree_again(make_world):
    world = make_world()
    record, twin = world.settled()
    world.a.edit(record, severity=1)
    world.b.hostility.script.append(Fault.REFUSED)
    world.cycle()
    assert world.ledger.summary("ab")["parked"] == 1
    world.a.edit(record, severity=None)
    for _ in range(3):
        world.cycle()
    assert world.ledger.summary("ab")["parked"] == 0
    assert world.b.records[twin]["severity"] is None


@pytest.mark.parametrize("agreed", ["x", "another"])
def test_a_conflict_ends_when_the_members_agree_again(make_world, agreed):
    world = make_world(**ASK)
    record, twin = world.settled()
    world.a.edit(record, title="A")
    world.b.edit(twin, title="B")
    world.cycle()
    assert open_groups(world) == ["title"]
    world.a.edit(record, title=agreed)
    world.b.edit(twin, title=agreed)
    world.cycle()
    world.cycle()
    assert open_groups(world) == []


def test_a_choice_whose_write_was_refused_is_not_held_against_later_edits(make_world):
    world = make_world(**ASK)
    record, twin = world.settled()
    world.a.edit(record, title="from a")
    world.b.edit(twin, title="from b")
    world.cycle()
    (conflict,) = world.ledger.conflicts("ab")
    world.ledger.choose(conflict.id, "a")
    world.b.hostility.script.append(Fault.REFUSED)
    world.cycle()
    world.clock.advance(3600)
    world.b.edit(twin, title="mended at b a day later")
    for _ in range(3):
        world.cycle()
    mended = "mended at b a day later"
    assert (world.a.records[record]["title"], world.b.records[twin]["title"]) == (mended, mended)


def test_a_third_member_that_is_created_leaves_an_open_conflict_open(make_world):
    world = make_world(Dialect(), Dialect(), Dialect(), **ASK)
    world.b.hostility.read_only = True
    record = world.a.create(title="x")
    world.cycle()
    world.cycle()
    third = world.partner(record, "c")
    world.clock.advance(600)
    world.a.edit(record, title="from a")
    world.tools["c"].edit(third, title="from c")
    world.cycle()
    world.b.hostility.read_only = False
    world.a.edit(record, kind="touched")
    for _ in range(4):
        world.cycle()
        assert open_groups(world) == ["title"]
    assert len(world.b.records) == 1
    assert (world.a.records[record]["title"], world.tools["c"].records[third]["title"]) == ("from a", "from c")


def test_an_open_intent_at_a_member_that_left_the_link_blocks_nothing(make_world):
    world = make_world(Dialect(), Dialect(), Dialect())
    record, twin = world.settled()
    world.a.edit(record, title="y")
    world.tools["c"].hostility.script.append(Fault.LOST)
    world.cycle()
    world.link = LinkConfig.model_validate({"name": "ab", "members": ("a", "b"), "create": ("a", "b")})
    world.sides.pop("c")
    world.a.edit(record, title="z")
    for _ in range(2):
        world.clock.advance(3600)
        assert world.cycle().outcome == "ok"
    assert world.b.records[twin]["title"] == "z"


# -- saved plans and brakes


def test_a_saved_plan_is_refused_where_the_rules_of_visibility_changed_since(make_world):
    rule = {"a": {"declassify": "comments and files", "because": "a trial of two weeks"}}
    world = make_world(visibility=rule)
    record, twin = world.settled()
    world.a.comment(record, text="<p>INTERNAL</p>", public=False)
    world.a.edit(record, title="y")
    world.clock.advance(300)
    plans = world.engine().plan(RunOptions()).plans
    world.relink(visibility={})
    assert world.engine().apply_plan(plans, RunOptions()).outcome == "partial"
    assert not any("INTERNAL" in comment["text"] for comment in world.b.comments[twin])
    world.cycle()
    (carried,) = [comment for comment in world.b.comments[twin] if "INTERNAL" in comment["text"]]
    assert carried["readers"] == "staff"


def test_a_saved_plan_writes_nothing_at_a_member_that_became_read_only(make_world):
    world = make_world()
    record, twin = world.settled()
    world.a.edit(record, title="y")
    world.clock.advance(300)
    plans = world.engine().plan(RunOptions()).plans
    world.sides["b"] = memory_side("b", world.b, writable=False)
    attempts = world.attempts()
    world.engine().apply_plan(plans, RunOptions())
    assert world.attempts() == attempts
    assert world.b.records[twin]["title"] == "x"


def test_brakes_hold_for_a_saved_plan_as_they_do_for_a_run(make_world):
    world = make_world(brakes={"max_changes": 3})
    ids = [world.a.create(title=f"ticket {number}") for number in range(5)]
    for _ in range(3):
        world.cycle()
    for record in ids:
        world.a.edit(record, title="wiped")
    world.clock.advance(300)
    plans = world.engine().plan(RunOptions()).plans
    attempts = world.attempts()
    for run in (lambda: world.engine().sync(RunOptions()), lambda: world.engine().apply_plan(plans, RunOptions())):
        with pytest.raises(BrakeError, match="max-changes"):
            run()
    assert world.attempts() == attempts
    world.engine().apply_plan(plans, RunOptions(lifted=frozenset({"max-changes"})))
    assert {held["title"] for held in world.b.records.values()} == {"wiped"}


def test_a_brake_counts_an_incident_once_that_changed_at_both_members(make_world, monkeypatch):
    monkeypatch.setattr(brakes, "PAGE", 3)
    world = make_world(brakes={"max_changes": 5})
    ids = [world.a.create(title=f"ticket {number}") for number in range(8)]
    for _ in range(3):
        world.cycle(lifted=frozenset({"max-changes"}))
    for record in ids[:4]:
        world.a.edit(record, title=f"edited {record}")
        world.b.edit(world.partner(record), kind="k")
    assert world.cycle().report()["incidents"]["written"] == 4
