"""Records that bear our marker are paired, never created from; clones are new incidents."""

from __future__ import annotations

from isthmus.core.sync.pairing import marked_source, marker_for
from isthmus.testing.dialect import Dialect


def test_a_marker_names_its_source():
    assert marked_source(marker_for("a", "77"), {"a", "b"}) == ("a", "77")
    assert marked_source(marker_for("z", "77"), {"a", "b"}) is None
    assert marked_source("INC0010001", {"a"}) is None
    assert marked_source(None, {"a"}) is None
    assert len(marker_for("a", "7" * 200)) <= 100
    assert marker_for("a", "7" * 200) != marker_for("a", "7" * 201)


def test_a_lost_ledger_leads_to_no_second_records_comments_or_files(make_world):
    for dialect in (Dialect(), Dialect(comment_origin=False, tells_ids=False)):
        world = make_world(Dialect(), dialect, initial="a")
        record = world.a.create(title="x")
        world.a.comment(record, text="<p>hello</p>")
        world.a.attach(record, name="a.txt", data=b"1")
        world.cycle()
        twin = world.twin()["id"]
        world.b.comment(twin, text="<p>answer</p>")
        world.cycle()
        before = [len(world.a.comments[record]), len(world.b.comments[twin]), len(world.b.files[twin])]
        world.lose_ledger()
        world.a.edit(record, severity=1)
        for _ in range(3):
            world.cycle()
        assert (len(world.a.records), len(world.b.records)) == (1, 1)
        after = [len(world.a.comments[record]), len(world.b.comments[twin]), len(world.b.files[twin])]
        assert after == before
        assert world.twin()["severity"] == 1


def test_a_clone_of_our_record_is_an_incident_of_its_own(make_world):
    world = make_world()
    world.a.create(title="x")
    world.cycle()
    clone = world.b.clone(world.twin()["id"])
    notes = world.cycle().report()["notes"]
    assert any("a clone, taken as new" in words for words in notes)
    assert len(world.a.records) == 2
    world.b.edit(clone, title="the clone")
    world.cycle()
    assert sorted(record["title"] for record in world.a.records.values()) == ["the clone", "x"]


def test_a_marked_record_whose_source_is_gone_creates_nothing(make_world):
    world = make_world()
    record = world.a.create(title="x")
    world.cycle()
    world.a.remove(record)
    world.lose_ledger()
    world.cycle()
    assert world.a.records == {}
