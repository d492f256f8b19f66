"""Collecting one connection: incremental, whatever happens on the way, and with the proof that it is complete."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from isthmus.core.connector import Scope
from isthmus.core.errors import InterruptedRunError, UnavailableError
from isthmus.core.kpi.sources import sources
from isthmus.core.store.collections import Collections, Earlier, Reading
from isthmus.core.store.store import Store, aware
from isthmus.testing import MemoryTool

HELD = "select key, title, status, deleted from then_incidents"


def fill(tool: MemoryTool, count: int = 3) -> list[str]:
    return [tool.create(title=f"Printer {number}", severity=2, tags=["floor"]) for number in range(count)]


def outcome(store: Store) -> list[tuple[Any, ...]]:
    return store.sql.execute("select outcome, read, changed, held, census from collections order by number").fetchall()


# -- what is read


def test_an_incident_is_kept_with_everything_that_belongs_to_it(collecting):
    tool = collecting.tool()
    record = tool.create(title="Printer on fire", severity=1, tags=["b", "a"])
    tool.edit(record, state="open", owner=tool.person_id("ann"), team=tool.group_id("Network"), major=True)
    said = tool.comment(record, text="<p>We look at it</p>")
    tool.comment(record, by="ben", text="<p>Smoke</p>", public=False)
    tool.attach(record, name="fire.png", data=b"hot", media_type="image/png")
    done = collecting.collect(census=True)
    assert (done.read, done.changed, done.held, done.vendor_count, done.census, done.outcome) == (1, 1, 1, 1, 1, "ok")
    row = "title, status, priority, labels, requester, requester_email, assignee, assignee_email, team, major, deleted"
    assert collecting.ask(f"select {row} from then_incidents") == [
        (
            *("Printer on fire", "in_progress", 1, ["a", "b"], "Carla Customer", "carla@example.com"),
            *("Ann Agent", "ann@example.com", "Network", True, False),
        )
    ]
    assert collecting.ask(
        "select position, visibility, author_email, comment = ?, body from then_comments".replace("?", f"'{said}'")
    ) == [
        (0, "public", "ann@example.com", True, "<p>We look at it</p>"),
        (1, "internal", "ben@example.com", False, "<p>Smoke</p>"),
    ]
    assert collecting.ask("select name, media_type, size, comment from then_files") == [("fire.png", "image/png", 3, None)]
    assert collecting.ask(
        "select field, before, after, person from then_events where before is not null or field = 'team'"
    ) == [
        ("status", "new", "in_progress", "Ann Agent"),
        ("team", None, "Network", "Ann Agent"),
    ]
    ((opened, learned, superseded, document),) = collecting.ask(
        "select opened_at, learned_at, superseded_at::varchar, document from then_incidents"
    )
    assert aware(opened) < aware(learned) == collecting.store.last_learned()
    assert (superseded, '"comments"' in document, '"title":"Printer on fire"' in document) == ("infinity", False, True)


def test_what_did_not_change_is_neither_read_nor_superseded(collecting):
    tool = collecting.tool(overlap=timedelta(days=1))
    records = fill(tool)
    collecting.collect()
    before = {table: collecting.rows(table) for table in ("incidents", "events", "comments")}
    done = collecting.collect()
    assert (done.read, done.changed) == (3, 0)
    assert {table: collecting.rows(table) for table in before} == before
    tool.edit(records[1], title="Printer 1 again")
    tool.comment(records[2], text="<p>Me too</p>")
    done = collecting.collect()
    assert done.changed == 2
    assert collecting.rows("incidents") == 5
    assert collecting.ask(HELD) == [
        ("T000001", "Printer 0", "new", False),
        ("T000002", "Printer 1 again", "new", False),
        ("T000003", "Printer 2", "new", False),
    ]


def test_what_is_out_of_scope_is_left_out(collecting):
    tool = collecting.tool()
    fill(tool, 2)
    tool.create(title="Other", tags=["roof"])
    done = collecting.collect(scope=Scope(label=("floor",)), census=True)
    assert (done.held, done.outcome) == (2, "ok")
    assert collecting.collect().held == 3  # another scope reads everything anew


@pytest.mark.parametrize("tombstones", [True, False])
def test_what_the_vendor_deletes_is_marked_and_kept(collecting, tombstones):
    tool = collecting.tool(tombstones=tombstones)
    records = fill(tool)
    collecting.collect()
    collecting.clock.advance(3600)
    tool.delete(records[0])
    done = collecting.collect()
    assert (done.deleted, done.held) == (1, 2)
    assert collecting.ask(HELD)[0] == ("T000001", "Printer 0", "new", True)
    assert collecting.rows("incidents") == 4
    assert collecting.collect().deleted == 0


# -- is it complete


def test_a_census_reads_what_the_feed_did_not_show(collecting):
    tool = collecting.tool()
    records = fill(tool)
    collecting.collect()
    tool.hostility.hidden.add(records[0])
    late = tool.create(title="Late", visible_after=0)
    tool.records[late]["updated"] = "2026-01-01T00:00:00Z"  # as if it had been saved before the cursor
    done = collecting.collect(census=True)
    assert (done.census, done.held, done.missing, done.outcome) == (3, 3, (), "ok")
    assert sorted(title for _, title, _, deleted in collecting.ask(HELD) if not deleted) == [
        "Late",
        "Printer 1",
        "Printer 2",
    ]
    tool.hostility.calm()
    done = collecting.collect(census=True)  # it was hidden only
    assert (done.census, done.held, done.deleted) == (4, 4, 0)


def test_a_tool_that_suddenly_shows_little_deletes_nothing(collecting):
    tool = collecting.tool()
    tool.hostility.hidden.update(fill(tool)[1:])
    tool.hostility.calm()
    collecting.collect()
    tool.hostility.hidden.update(list(tool.records)[:2])
    done = collecting.collect(census=True)
    assert (done.census, done.held, done.deleted) == (1, 3, 0)


def test_what_a_census_names_and_nobody_can_read_is_missing(collecting, monkeypatch):
    tool = collecting.tool()
    fill(tool, 1)
    side = collecting.side()
    monkeypatch.setattr(type(side.connector), "census", lambda self, scope: iter(["1", "ghost", *tool.records]))
    done = collecting.collect(side=side, census=True)
    assert (done.missing, done.outcome) == (("1", "ghost"), "red")
    assert collecting.store.sql.execute("select missing, outcome from collections").fetchone() == ('["1","ghost"]', "red")


# -- what goes wrong


def test_a_record_that_cannot_be_read_stops_nothing_and_is_tried_again(collecting):
    tool = collecting.tool()
    records = fill(tool)
    tool.records[records[1]]["state"] = "martian"
    done = collecting.collect()
    assert (done.read, done.outcome, list(done.problems)) == (3, "red", [records[1]])
    assert "martian" in done.problems[records[1]]
    assert collecting.collect().outcome == "red"
    tool.records[records[1]]["state"] = "open"
    done = collecting.collect()
    assert (done.changed, done.outcome, done.problems) == (1, "ok", {})
    assert ("T000002", "Printer 1", "in_progress", False) in collecting.ask(HELD)


def test_a_record_of_which_nothing_can_be_read_keeps_what_is_known(collecting, monkeypatch):
    tool = collecting.tool()
    records = fill(tool)
    collecting.collect()
    tool.edit(records[0], title="Broken")
    side = collecting.side()
    read = side.mapping.read

    def broken(body: dict[str, Any], names: Any) -> Any:
        if body["title"] == "Broken":
            raise ValueError("no such thing")
        return read(body, names)

    monkeypatch.setattr(side.mapping, "read", broken)
    done = collecting.collect(side=side)
    assert (done.outcome, done.held) == ("red", 3)
    assert "no such thing" in done.problems[records[0]]
    assert collecting.ask(HELD)[0] == ("T000001", "Printer 0", "new", False)
    tool.delete(records[0])
    done = collecting.collect()
    assert (done.outcome, done.problems, done.held) == ("ok", {}, 2)


def test_a_history_that_cannot_be_read_costs_one_timeline_only(collecting, monkeypatch):
    tool = collecting.tool()
    records = fill(tool)
    side = collecting.side()
    history = type(side.connector).history

    def broken(self: Any, ids: list[str]) -> Any:
        if records[0] in ids:
            raise LookupError("no changes here")
        return history(self, ids)

    monkeypatch.setattr(type(side.connector), "history", broken)
    done = collecting.collect(side=side)
    assert (done.held, list(done.problems)) == (3, [records[0]])
    assert len({name for (name,) in collecting.ask("select incident from then_events")}) == 2
    monkeypatch.undo()
    collecting.collect()
    told = collecting.ask("select incident, field from then_events")
    assert len({name for name, _ in told}) == 3
    tool.edit(records[0], title="Another title")
    monkeypatch.setattr(type(side.connector), "history", broken)
    collecting.collect(side=side)
    assert collecting.ask("select incident, field from then_events") == told  # what was known of it stays


def test_a_vendor_that_goes_away_leaves_what_was_read(collecting, monkeypatch):
    tool = collecting.tool()
    tool.page_size = 2
    fill(tool, 5)
    side = collecting.side()
    calls = iter([None, None, UnavailableError("gone", connection="desk")])
    real = type(side.connector).threads

    def threads(self: Any, ids: list[str]) -> Any:
        error = next(calls, None)
        if error is not None:
            raise error
        return real(self, ids)

    monkeypatch.setattr(type(side.connector), "threads", threads)
    with pytest.raises(UnavailableError):
        collecting.collect(side=side)
    assert outcome(collecting.store) == [("failed", 4, 4, None, None)]
    done = collecting.collect()
    assert done.held == 5
    assert collecting.rows("incidents") == 5


def test_a_vendor_that_refuses_us_is_a_reading_that_failed(collecting, monkeypatch):
    fill(collecting.tool(), 2)
    collecting.collect()
    side = collecting.side()

    def identify(self: Any) -> Any:
        raise UnavailableError("gone", connection="desk")

    monkeypatch.setattr(type(side.connector), "identify", identify)
    with pytest.raises(UnavailableError):
        collecting.collect(side=side)
    last = collecting.store.last_learned()
    collecting.store.believe(last)
    (source,) = sources(collecting.store, last)
    assert (source.incidents, source.held, source.complete, source.collected_at) == (2, None, False, last)


def test_a_reading_that_was_killed_is_no_proof(collecting):
    fill(collecting.tool(), 2)
    collecting.collect()
    whole = collecting.store.last_learned()
    collecting.clock.advance(300)
    reading = Reading("desk", "memory", "", "", Scope())
    Collections(collecting.store).begin(reading, collecting.clock(), Earlier())  # and no end
    last = collecting.store.last_learned()
    collecting.store.believe(last)
    assert last > whole
    assert [(source.complete, source.collected_at) for source in sources(collecting.store, last)] == [(False, last)]
    assert [source.complete for source in sources(collecting.store, whole)] == [True]


def test_asked_to_stop_it_stops_after_the_page_and_goes_on_from_there(collecting):
    tool = collecting.tool(overlap=timedelta(0))
    tool.page_size = 2
    fill(tool, 5)
    stops = iter([False, True])
    told: list[int] = []
    with pytest.raises(InterruptedRunError, match="goes on from here"):
        collecting.collect(stop=lambda: next(stops), progress=lambda words, done, total: told.append(done))
    assert outcome(collecting.store) == [("interrupted", 4, 4, None, None)]
    assert told == [2, 4]
    assert collecting.collect().held == 5
    assert outcome(collecting.store)[1] == ("ok", 2, 1, 5, None)  # the last of the page before shows once more


def test_another_mapping_reads_everything_anew(collecting, monkeypatch):
    tool = collecting.tool()
    fill(tool)
    collecting.collect()
    side = collecting.side()
    monkeypatch.setattr(side.mapping, "version", "memory/2-other")
    done = collecting.collect(side=side)
    assert (done.read, done.changed) == (3, 0)


def test_repeats_and_disorder_in_a_feed_do_no_harm(collecting):
    tool = collecting.tool()
    tool.hostility.repeats = tool.hostility.reorders = True
    tool.page_size = 2
    fill(tool, 7)
    done = collecting.collect(census=True)
    assert (done.held, done.outcome, collecting.rows("incidents")) == (7, "ok", 7)


def test_a_census_that_a_tool_does_not_have_is_told(collecting):
    fill(collecting.tool(lacks=frozenset({"census"})), 2)
    done = collecting.collect(census=True)
    assert (done.census, done.outcome) == (None, "ok")
    assert "no second way to name incidents" in done.report()["notices"][0]


def test_a_deletion_of_what_was_never_read_is_nothing(collecting):
    tool = collecting.tool()
    records = fill(tool, 2)
    tool.delete(records[0])
    done = collecting.collect()
    assert (done.deleted, done.held, collecting.rows("incidents")) == (0, 1, 1)
