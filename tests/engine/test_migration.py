"""A migration reads everything once, writes it in bulk, and proves what it wrote."""

from __future__ import annotations

import pytest
from isthmus.core.config.links import migration_link
from isthmus.core.connector import FilePlace
from isthmus.core.model import Status
from isthmus.core.sync.engine import RunOptions
from isthmus.core.sync.migrate import Migration
from isthmus.testing.dialect import Dialect
from isthmus.testing.hostility import Crash, Fault

LIFTED = RunOptions()


def migration(world):
    world.link = migration_link("a", "b")
    engine = world.engine(history=True)
    return Migration(engine, source="a", target="b", clock=world.clock, sleep=world.clock.advance)


def fill(world, number=7):
    for index in range(number):
        state = ["open", "solved", "closed"][index % 3]
        record = world.a.create(title=f"ticket {index}", severity=1 + index % 5, tags=["hub"])
        world.a.comment(record, text=f"<p>public {index}</p>", by="carla")
        world.a.comment(record, text=f"<p>internal {index}</p>", public=False)
        world.a.attach(record, name=f"{index}.bin", data=bytes([index]) * 100)
        world.a.edit(record, state=state)
    world.clock.advance(300)


def move(world):
    job = migration(world)
    job.read(LIFTED)
    forecast = job.forecast(LIFTED)
    result = job.apply(LIFTED)
    return job, forecast, result


@pytest.mark.parametrize(
    "target",
    [
        Dialect(),
        Dialect(keeps_history=False, create_carries_comments=False, batch=10),
        Dialect(
            statuses=frozenset(Status) - {Status.CANCELED}, title_length=8, files_on=FilePlace.COMMENT, tells_ids=False
        ),
        Dialect(
            keeps_history=False, create_carries_comments=False, comment_origin=False, plain_text=True, closed_is_final=True
        ),
    ],
    ids=["import", "live", "files on comments", "plain"],
)
def test_everything_arrives_and_is_certified(make_world, target):
    world = make_world(Dialect(), target)
    fill(world)
    job, forecast, result = move(world)
    assert result.outcome == "ok", result.report()["notes"]
    assert (forecast.incidents, forecast.problems) == (7, [])
    assert len(world.b.records) == 7
    certificate = job.verify(LIFTED)
    assert certificate.report()["differences"] == []
    assert certificate.clean
    assert (certificate.incidents, certificate.files, certificate.census) == (7, 7, 7)
    states = {record["title"]: record["state"] for record in world.b.records.values()}
    assert sorted(states.values()) == sorted(["open", "solved", "closed"] * 2 + ["open"])


def test_original_times_and_authors_are_kept_where_the_tool_can(make_world):
    world = make_world()
    fill(world, 2)
    move(world)
    for record in world.b.records.values():
        source = next(each for each in world.a.records.values() if each["title"] == record["title"])
        assert record["opened"] == source["opened"]
        assert record["solved"] == source["solved"]
        public = [each for each in world.b.comments[record["id"]] if each["readers"] == "everyone"]
        assert [world.b.people[each["author"]].email for each in public] == ["carla@example.com"]
        original = [each["at"] for each in world.a.comments[source["id"]] if each["readers"] == "everyone"]
        assert [each["at"] for each in public] == original


def test_an_imported_history_sends_no_message_and_a_live_one_what_was_forecast(make_world):
    notifies = frozenset({"create", "public_comment", "resolve"})
    for keeps in (True, False):
        world = make_world(Dialect(), Dialect(keeps_history=keeps, create_carries_comments=keeps, notifies=notifies))
        fill(world)
        _, forecast, _ = move(world)
        assert len(world.b.outbox) == forecast.messages
        assert (forecast.messages == 0) is keeps


def test_a_second_migration_carries_only_what_changed(make_world):
    world = make_world()
    fill(world)
    move(world)
    creates = world.b.attempts["create"]
    record = next(iter(world.a.records))
    world.a.edit(record, title="renamed")
    world.a.comment(record, text="<p>late</p>")
    world.a.create(title="new one")
    world.clock.advance(300)
    job, _, result = move(world)
    assert result.tally.counts["incidents"]["written"] == 2, (result.report(), job._ledger.count_staged(job.key))
    assert world.b.attempts["create"] == creates + 1
    assert "renamed" in {record["title"] for record in world.b.records.values()}
    assert job.verify(LIFTED).clean


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_a_killed_migration_goes_on_without_losses_or_doubles(make_world, fault):
    for target in (Dialect(), Dialect(keeps_history=False, create_carries_comments=False)):
        for place in range(0, 12, 3):
            world = make_world(Dialect(), target)
            fill(world, 4)
            job = migration(world)
            job.read(LIFTED)
            world.b.hostility.script.extend([Fault.NONE] * place + [fault])
            try:
                job.apply(LIFTED)
            except Crash:
                result = migration(world).apply(LIFTED)
                assert result.outcome == "ok", result.report()["notes"]
            assert sorted(record["title"] for record in world.b.records.values()) == [f"ticket {n}" for n in range(4)]
            certificate = migration(world).verify(LIFTED)
            assert certificate.clean, certificate.report()
            for record in world.b.records.values():
                public = [each for each in world.b.comments[record["id"]] if each["readers"] == "everyone"]
                assert len(public) == 1


def test_a_refused_incident_stops_no_other_and_can_be_retried(make_world):
    world = make_world()
    fill(world, 3)
    world.b.hostility.script.extend([Fault.NONE, Fault.REFUSED])
    job, _, result = move(world)
    assert result.outcome == "partial"
    assert len(world.b.records) == 2
    certificate = job.verify(LIFTED)
    assert not certificate.clean
    job.retry_failed()
    assert job.apply(LIFTED).outcome == "ok"
    assert job.verify(LIFTED).clean


def test_a_target_that_was_changed_by_hand_fails_the_certificate(make_world):
    for change in ("title", "comment", "file", "visibility", "record"):
        world = make_world()
        fill(world, 2)
        job, _, _ = move(world)
        twin = next(iter(world.b.records))
        if change == "title":
            world.b.records[twin]["title"] = "changed"
        elif change == "comment":
            world.b.comments[twin][1]["text"] = "<p>changed</p>"
        elif change == "visibility":
            (internal,) = [each for each in world.b.comments[twin] if "internal" in each["text"]]
            internal["readers"] = "everyone"
        elif change == "file":
            world.b.bytes[world.b.files[twin][0]["id"]] = b"changed"
        else:
            world.b.remove(twin)
        assert not job.verify(LIFTED).clean, change


def test_a_record_that_was_never_read_fails_the_certificate(make_world):
    world = make_world()
    fill(world, 2)
    job, _, _ = move(world)
    world.a.create(title="late", visible_after=0)
    certificate = job.verify(LIFTED)
    assert len(certificate.unread) == 1
    assert not certificate.clean


def test_moving_back_updates_the_originals(make_world):
    world = make_world()
    fill(world, 2)
    move(world)
    twin = next(iter(world.b.records))
    world.b.edit(twin, title="changed at b")
    world.clock.advance(300)
    world.link = migration_link("b", "a")
    job = Migration(world.engine(history=True), source="b", target="a", clock=world.clock, sleep=world.clock.advance)
    job.read(LIFTED)
    job.apply(LIFTED)
    assert len(world.a.records) == 2
    assert "changed at b" in {record["title"] for record in world.a.records.values()}
