"""What is read late, in pieces, or badly: nothing is forgotten, nothing is taken for what it is not, nothing else stops."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from isthmus.core.config.links import migration_link
from isthmus.core.connector import FilePlace
from isthmus.core.errors import ForbiddenError, InterruptedRunError, MappingError, NotFoundError, UnavailableError
from isthmus.core.mapping.mapping import Part
from isthmus.core.mapping.spec import FieldRule, TableRow
from isthmus.core.run import cycles
from isthmus.core.run.cycles import Cycles
from isthmus.core.run.stop import Stop
from isthmus.core.sync.engine import RunOptions
from isthmus.core.sync.migrate import Migration
from isthmus.core.sync.planner import Planner
from isthmus.testing.dialect import Dialect
from isthmus.testing.hostility import Crash, Fault

NO_IDS = Dialect(tells_ids=False, create_carries_comments=False, keeps_history=False)


def titles(tool):
    return sorted(record["title"] for record in tool.records.values())


def said(tool, record):
    """Give the last words of each comment."""
    return [comment["text"].rsplit("<p>", 1)[1].removesuffix("</p>") for comment in tool.comments[record]]


# -- one bad ticket, one bad link


@pytest.fixture
def mixed(make_world):
    """One ticket that something is wrong with, and three that are fine."""
    world = make_world()
    bad = world.a.create(title="bad")
    for name in ("one", "two", "three"):
        world.a.create(title=name)
    return world, bad


def test_a_comment_whose_time_is_no_time_stops_no_other_incident(mixed):
    world, bad = mixed
    world.a.comment(bad, text="<p>x</p>")
    world.a.comments[bad][0]["at"] = "0000-00-00"
    assert world.cycle().outcome == "partial"
    assert titles(world.b) == ["one", "three", "two"]
    assert [failure.record_id for failure in world.ledger.failures("ab")] == [bad]


def test_a_comment_without_an_id_stops_no_other_incident(mixed):
    world, bad = mixed
    world.a.comment(bad, text="<p>x</p>")
    del world.a.comments[bad][0]["id"]
    assert world.cycle().outcome == "partial"
    assert titles(world.b) == ["one", "three", "two"]
    assert [failure.record_id for failure in world.ledger.failures("ab")] == [bad]


def test_a_thread_that_is_not_found_stops_no_other_incident(mixed, monkeypatch):
    world, bad = mixed
    connector = world.sides["a"].connector
    read = connector.threads

    def threads(ids):
        if bad in ids:
            raise NotFoundError("gone", connection="a", key=bad, status=404)
        return read(ids)

    monkeypatch.setattr(connector, "threads", threads)
    world.cycle()
    assert titles(world.b) == ["one", "three", "two"]


def test_a_comment_that_cannot_be_written_stops_no_other_incident(mixed, monkeypatch):
    world, bad = mixed
    world.a.comment(bad, text="<p>UNWRITABLE</p>")
    part, write = world.sides["b"].mapping.comment, Part.write

    def picky(self, document, names, *, creating=False):
        if self is part and "UNWRITABLE" in (document.get("body") or ""):
            raise MappingError("body: the value cannot be written")
        return write(self, document, names, creating=creating)

    monkeypatch.setattr(Part, "write", picky)
    assert world.cycle().outcome == "partial"
    assert {"one", "two", "three"} <= set(titles(world.b))
    assert world.ledger.summary("ab")["open_intents"] == 0


def test_a_file_that_the_source_withholds_is_refused_by_itself(mixed, monkeypatch):
    world, bad = mixed
    world.a.attach(bad, name="virus.exe", data=b"x")
    world.a.comment(bad, text="<p>look</p>")

    def download(file, target):
        raise ForbiddenError("blocked by the scanner", connection="a", status=403)

    monkeypatch.setattr(world.sides["a"].connector, "download", download)
    result = world.cycle()
    assert result.outcome == "partial"
    assert any("virus.exe is withheld: blocked by the scanner" in words for words in result.tally.notes)
    assert titles(world.b) == ["bad", "one", "three", "two"]
    assert said(world.b, world.partner(bad))[-1] == "look"


def test_an_unexpected_fault_in_one_link_keeps_no_other_from_running(make_world, monkeypatch):
    monkeypatch.setattr(cycles, "require_proof", lambda *_: None)
    worlds = {"one": make_world(name="one"), "two": make_world(name="two")}
    worlds["two"].a.create(title="fine")

    @contextmanager
    def opened(link):
        if link.name == "one":
            raise KeyError("id")
        yield worlds[link.name].engine()

    links = [world.link for world in worlds.values()]
    with Stop() as stop:
        broken, fine = Cycles(links, opened, RunOptions(), stop, worlds["two"].clock).once()
    assert broken.report()["message"] == "KeyError: 'id'"
    assert (broken.report()["outcome"], broken.report()["error"]) == ("error", "RunError")
    assert fine.report()["outcome"] == "ok"
    assert titles(worlds["two"].b) == ["fine"]


def test_a_run_that_loses_an_incident_is_red(make_world, monkeypatch):
    world = make_world()
    for number in range(5):
        world.a.create(title=f"ticket {number}")
    plan = Planner.plan
    monkeypatch.setattr(Planner, "plan", lambda self, anchors, fresh=None: plan(self, anchors, fresh)[:-1])
    result = world.cycle()
    assert result.outcome == "red"
    assert result.report()["incidents"]["unexplained"] == 1


# -- interruptions


@pytest.mark.parametrize("backfill", ["none", "open"])
def test_an_interrupted_first_reading_carries_nothing_that_a_new_link_leaves_out(make_world, backfill):
    world = make_world(backfill=backfill)
    for number in range(120):
        world.a.create(title=f"old {number}", state="closed")
    world.clock.advance(600)
    world.interrupt()
    world.cycle()
    world.cycle()
    assert world.b.records == {}
    world.a.create(title="new")
    world.cycle()
    assert titles(world.b) == ["new"]


@pytest.mark.parametrize("meanwhile", ["plan", "interruption"])
def test_a_quarantined_record_that_was_mended_is_tried_again_whatever_read_the_change(make_world, meanwhile):
    world = make_world()
    record = world.a.create(title="bad")
    world.b.hostility.script.append(Fault.REFUSED)
    assert world.cycle().outcome == "partial"
    world.clock.advance(900)
    world.a.edit(record, title="mended")
    world.clock.advance(900)
    world.a.create(title="other")
    world.clock.advance(900)
    if meanwhile == "plan":
        world.engine().plan(RunOptions())
    else:
        world.interrupt()
    world.cycle()
    assert titles(world.b) == ["mended", "other"]
    assert world.ledger.failures("ab") == []
    assert world.ledger.dirty("ab") == []


def test_files_are_carried_once_though_the_thread_could_not_be_read_after_the_write(make_world, monkeypatch):
    world = make_world(Dialect(), NO_IDS)
    record, twin = world.settled()
    world.a.attach(record, name="log.txt", data=b"123")
    connector = world.sides["b"].connector
    read, failed = connector.threads, []

    def threads(ids):
        if world.b.files[twin] and not failed:
            failed.append(ids)
            raise UnavailableError("503", connection="b")
        return read(ids)

    monkeypatch.setattr(connector, "threads", threads)
    with pytest.raises(UnavailableError):
        world.cycle()
    for _ in range(3):
        assert world.cycle().outcome == "ok"
    assert [len(world.a.files[record]), len(world.b.files[twin])] == [1, 1]


def test_files_are_carried_once_though_the_run_stops_between_them(make_world):
    world = make_world(Dialect(), Dialect(tells_ids=False))
    record, twin = world.settled()
    world.a.attach(record, name="1.txt", data=b"1")
    world.a.attach(record, name="2.txt", data=b"22")
    world.clock.advance(120)
    with pytest.raises(InterruptedRunError):
        world.engine().sync(RunOptions(stop=lambda: len(world.b.files[twin]) == 1))
    for _ in range(4):
        world.cycle()
    for tool, its in ((world.a, record), (world.b, twin)):
        assert sorted(file["name"] for file in tool.files[its]) == ["1.txt", "2.txt"]


def test_resuming_a_migration_reads_what_failed_by_todays_mapping(make_world):
    world = make_world()
    world.link = migration_link("a", "b")
    record = world.a.create(title="x")
    world.a.records[record]["state"] = "escalated"
    world.clock.advance(900)
    world.a.create(title="later")

    def migration():
        world.clock.advance(900)
        return Migration(world.engine(history=True), source="a", target="b", clock=world.clock, sleep=world.clock.advance)

    first = migration()
    first.read(RunOptions())
    assert first.apply(RunOptions()).outcome == "partial"
    row = TableRow(incident={"status": "in_progress"}, record={"state": "escalated", "waiting_for": None}, loss=None)

    def mended(spec):
        table = spec.tables["status"]
        return spec.model_copy(
            update={"tables": {**spec.tables, "status": table.model_copy(update={"rows": (*table.rows, row)})}}
        )

    world.remap("a", mended)
    resumed = migration()
    resumed.retry_failed()
    resumed.read(RunOptions())
    assert resumed.apply(RunOptions()).outcome == "ok"
    assert titles(world.b) == ["later", "x"]


# -- what looks alike


@pytest.mark.parametrize("precision", [timedelta(minutes=1), timedelta(seconds=1)], ids=["minute", "second"])
def test_a_comment_in_the_same_moment_as_the_last_look_is_carried(make_world, precision):
    coarse = Dialect(precision=precision, version_moves_always=False)
    world = make_world(coarse, fields={"title": {"from": "b"}})
    record = world.a.create(title="x")
    world.clock.advance(600)
    world.cycle()
    world.clock.advance(3600)
    world.cycle()
    world.clock.now = world.clock.now.replace(second=5, microsecond=0)
    world.a.edit(record, title="a drift that needs no write")
    world.engine().sync(RunOptions())
    if precision == timedelta(seconds=1):
        world.a.tick = timedelta(0)
    else:
        world.clock.advance(15)
    world.a.comment(record, text="<p>two</p>")
    for _ in range(4):
        world.cycle(census=True)
    assert said(world.b, world.partner(record))[-1] == "two"


def test_a_persons_file_of_the_same_name_and_size_is_not_taken_for_our_copy(make_world):
    world = make_world(Dialect(), Dialect(tells_ids=False))
    record, twin = world.settled()
    world.b.attach(twin, name="image.png", data=b"BBB")
    world.a.attach(record, name="image.png", data=b"AAA")
    for _ in range(4):
        world.cycle()
    for tool, its in ((world.a, record), (world.b, twin)):
        assert sorted(tool.bytes[file["id"]] for file in tool.files[its]) == [b"AAA", b"BBB"]


def test_a_persons_file_does_not_vouch_for_a_lost_write_of_ours(make_world):
    world = make_world()
    record, twin = world.settled()
    world.a.attach(record, name="image.png", data=b"AAA")
    world.b.hostility.script.append(Fault.LOST)
    world.cycle()
    world.b.attach(twin, name="image.png", data=b"BBB")
    for _ in range(4):
        world.cycle()
    for tool, its in ((world.a, record), (world.b, twin)):
        assert sorted(tool.bytes[file["id"]] for file in tool.files[its]) == [b"AAA", b"BBB"]


def test_images_of_a_description_keep_their_names(make_world):
    world = make_world()

    def linked(spec):
        href = FieldRule.model_validate({"field": "href", "direction": "read"})
        attachment = spec.attachment.model_copy(update={"fields": {**spec.attachment.fields, "url": href}})
        return spec.model_copy(update={"attachment": attachment})

    for name in world.sides:
        world.remap(name, linked)
    address = "https://a.example.com/files/1"
    text = f'<p>see</p><p><img src="{address}"></p>'
    record = world.a.create(title="x", text=text)
    world.a.attach(record, name="shot.png", data=b"png")
    world.a.files[record][0]["href"] = address
    world.cycle()
    twin = world.partner(record)
    assert world.b.records[twin]["text"] == "<p>see</p><p>[image: shot.png]</p>"
    attempts = world.attempts()
    world.cycle()
    world.b.edit(twin, severity=2)
    world.cycle()
    world.cycle()
    assert world.attempts() == attempts + 1, "only the severity is carried"
    assert world.b.records[twin]["text"] == "<p>see</p><p>[image: shot.png]</p>"
    assert world.a.records[record]["text"] == text


def test_a_closed_twin_is_found_again_when_the_ledger_is_lost(make_world):
    world = make_world(backfill="open")
    record = world.a.create(title="x", state="open")
    world.cycle()
    world.cycle()
    world.a.edit(record, state="closed")
    world.cycle()
    world.cycle()
    world.lose_ledger()
    world.cycle()
    world.cycle()
    world.a.edit(record, state="open")
    for _ in range(3):
        world.cycle()
    assert world.partner(record) == world.twin()["id"]
    assert (len(world.a.records), len(world.b.records)) == (1, 1)
    assert world.twin()["state"] == "open"


def test_a_file_carried_in_the_first_create_is_carried_once_by_a_resumed_migration(make_world):
    world = make_world(Dialect(), Dialect(tells_ids=False, files_on=FilePlace.COMMENT))
    world.link = migration_link("a", "b")
    for number in range(2):
        world.a.attach(world.a.create(title=f"ticket {number}"), name="f.bin", data=b"zz")

    def migration():
        world.clock.advance(300)
        return Migration(world.engine(history=True), source="a", target="b", clock=world.clock, sleep=world.clock.advance)

    first = migration()
    first.read(RunOptions())
    world.b.hostility.script.extend([Fault.NONE, Fault.CRASH_BEFORE])
    with pytest.raises(Crash):
        first.apply(RunOptions())
    resumed = migration()
    resumed.retry_failed()
    resumed.read(RunOptions())
    resumed.apply(RunOptions())
    certificate = migration().verify(RunOptions())
    assert certificate.clean, certificate.differences
    for record in world.b.records:
        assert [file["name"] for comment in world.b.comments[record] for file in comment["files"]] == ["f.bin"]
