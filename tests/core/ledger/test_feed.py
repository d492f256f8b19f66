"""Runs, cursors, staging, conflicts, quarantine, timelines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from isthmus.core.errors import RejectedError


def test_ids_and_cursor_are_committed_together(ledger, open_ledger):
    ledger.remember("pair", "ops", ["2", "1", "2"], "c1")
    ledger.remember("pair", "support", ["9"], None)
    later = open_ledger()
    assert later.cursor("pair", "ops") == "c1"
    assert later.cursor("pair", "support") is None
    assert later.dirty("pair") == [("ops", "1"), ("ops", "2"), ("support", "9")]
    assert later.dirty("pair", 1) == [("ops", "1")]
    ledger.remember("pair", "ops", [], "c2")
    assert later.cursor("pair", "ops") == "c2"


def test_a_deletion_that_the_vendor_states_is_kept_until_it_was_handled(ledger, open_ledger):
    ledger.remember("pair", "ops", ["1", "2"], "c")
    ledger.remember("pair", "ops", ["2", "3"], "c", deleted=True)
    ledger.remember("other", "ops", ["9"], "c", deleted=True)
    later = open_ledger()
    assert later.stated_deletions("pair") == {("ops", "2"), ("ops", "3")}
    assert later.dirty("pair") == [("ops", "1"), ("ops", "2"), ("ops", "3")]
    ledger.clean("pair", [("ops", "2")])
    assert later.stated_deletions("pair") == {("ops", "3")}


def test_what_was_handled_is_taken_off_the_list_in_bulk(ledger):
    ledger.remember("pair", "ops", map(str, range(2000)), "c")
    ledger.remember("other", "ops", ["1"], "c")
    ledger.clean("pair", [("ops", str(number)) for number in range(1999)] + [("support", "1999"), ("ops", "0")])
    ledger.clean("pair", [])
    assert ledger.dirty("pair") == [("ops", "1999")]
    assert ledger.dirty("other") == [("ops", "1")]


def test_repeats_are_known_by_their_digest(ledger):
    ledger.exclude("pair", "ops", "1", "d1")
    ledger.exclude("pair", "ops", "1", "d2")
    assert ledger.digests("pair", "ops", ["1", "2"]) == {"1": "d2"}
    assert ledger.known_ids("pair", "ops") == {"1"}


def test_a_record_that_came_into_scope_is_no_longer_excluded(ledger):
    """Else it could go back to what it was when it was left out, and that change would be dropped as a repeat."""
    ledger.exclude("pair", "ops", "1", "outside")
    bond = ledger.add_bond("pair")
    ledger.join(bond, "pair", "ops", "1", digest="inside")
    assert ledger.digests("pair", "ops", ["1"]) == {"1": "inside"}
    ledger.exclude("pair", "ops", "1", "outside")
    assert ledger.digests("pair", "ops", ["1"]) == {"1": "inside"}


# -- runs


def test_runs_are_numbered_within_their_link(ledger, open_ledger, clock):
    assert ledger.cycle("pair") == 0
    first = ledger.start_run("sync", "pair")
    ledger.start_run("sync", "other")
    second = ledger.start_run("migrate", "pair")
    assert ledger.cycle("pair") == 2
    clock.tick(0.5)
    ledger.end_run(first, "ok", {"seen": 1})
    runs = open_ledger().runs("pair")
    assert [(run.id, run.number, run.outcome) for run in runs] == [(second, 2, None), (first, 1, "ok")]
    assert runs[1].report == {"seen": 1}
    assert (runs[1].ended_at - runs[1].started_at).total_seconds() == 0.5
    assert runs[0].ended_at is None
    assert [run.id for run in ledger.runs("pair", kind="migrate")] == [second]
    assert len(ledger.runs()) == 3
    assert len(ledger.runs(limit=1)) == 1


def test_times_sort_within_a_second(ledger, clock):
    names = []
    for _ in range(4):
        names.append(ledger.start_run("sync", "pair"))
        clock.tick(0.25)
    assert [run.id for run in ledger.runs("pair")] == names[::-1]


# -- staging


def document(record_id: str, title: str = "x") -> tuple[str, dict]:
    return record_id, {"document": {"id": record_id, "title": title}}


def test_documents_wait_in_order(ledger, open_ledger):
    ledger.stage("a>b", [document("2"), document("1"), document("1", "again")])
    ledger.stage("a>b", [])
    items = open_ledger().staged("a>b", "planned")
    assert [item["document"]["id"] for _, item in items] == ["2", "1"]
    assert items[1][1]["document"]["title"] == "again"
    assert ledger.staged("a>b", "planned", after=items[0][0]) == items[1:]
    assert ledger.staged("a>b", "planned", limit=1) == items[:1]


def test_a_document_that_moved_since_it_was_handled_is_planned_again(ledger):
    ledger.stage("a>b", [document("1"), document("2"), document("3")])
    ledger.set_staged("a>b", ["1", "2"], "written")
    ledger.stage("a>b", [document("1"), document("2", "new"), document("3", "new")])
    assert [item["document"]["id"] for _, item in ledger.staged("a>b", "written")] == ["1"]
    assert [item["document"]["title"] for _, item in ledger.staged("a>b", "planned")] == ["new", "new"]
    assert ledger.count_staged("a>b") == {"written": 1, "planned": 2}
    ledger.unstage("a>b")
    assert ledger.count_staged("a>b") == {}


def test_many_documents_move_at_once(ledger):
    ids = [str(number) for number in range(1500)]
    ledger.stage("a>b", map(document, ids))
    ledger.set_staged("a>b", ids, "written")
    assert ledger.count_staged("a>b") == {"written": 1500}


# -- conflicts


def test_a_conflict_waits_for_a_person(ledger, open_ledger, clock):
    bond = ledger.add_bond("pair")
    first = ledger.add_conflict("pair", bond, "status", {"ops": {"value": 1}}, "both changed")
    clock.tick(0.1)
    second = ledger.add_conflict("other", "b2", "title", {}, "x")
    assert ledger.add_conflict("pair", bond, "status", {"ops": {"value": 2}}, "both changed \x00") == first
    assert [each.id for each in ledger.conflicts()] == [first, second]
    (conflict,) = open_ledger().conflicts("pair")
    assert (conflict.values, conflict.reason, conflict.state) == ({"ops": {"value": 2}}, "both changed \ufffd", "open")
    assert ledger.conflict(first) == conflict
    assert ledger.conflict("none") is None
    assert ledger.choose(first, "ops")
    assert ledger.choose(first, "support")
    assert ledger.bonds([bond])[bond].choices == {"status": "support"}
    assert ledger.bonds([bond])[bond].open_conflicts == frozenset()
    ledger.close_conflicts(bond, [])
    ledger.close_conflicts(bond, ["status", "title"])
    assert ledger.bonds([bond])[bond].choices == {}
    assert not ledger.choose(first, "ops")
    assert [each.id for each in ledger.conflicts(state="resolved")] == [first]


# -- quarantine


def test_quarantine_keeps_the_vendors_words_and_counts(ledger, open_ledger, clock):
    first = ledger.quarantine("pair", "ops", "1", RejectedError("no", vendor_words="mandatory: u_x\x00"))
    clock.tick(60)
    assert ledger.quarantine("pair", "ops", "1", ValueError("other")) == first
    ledger.quarantine("other", "ops", "1", ValueError("x"))
    (failure,) = open_ledger().failures("pair")
    assert (failure.tries, failure.error, failure.message, failure.vendor_words) == (2, "ValueError", "other", "")
    assert (failure.last_at - failure.first_at).total_seconds() == 60
    assert ledger.set_failure(first, "retry")
    assert not ledger.set_failure("none", "retry")
    assert [each.id for each in ledger.failures(state="retry")] == [first]
    ledger.quarantine("pair", "ops", "1", RejectedError("no", vendor_words="mandatory: u_x\x00"))
    (failure,) = ledger.failures("pair", state="waiting")
    assert failure.vendor_words == "mandatory: u_x\ufffd"
    ledger.heal("pair", "ops", "1")
    assert [each.link for each in ledger.failures()] == ["other"]


def test_records_in_quarantine_that_changed_are_tried_again(ledger, open_ledger):
    for link, name, record in (("pair", "ops", "1"), ("pair", "ops", "2"), ("pair", "ops", "3"), ("pair", "crm", "1")):
        ledger.quarantine(link, name, record, ValueError("x"))
    ledger.quarantine("other", "ops", "1", ValueError("x"))
    (second,) = [each for each in ledger.failures("pair") if each.record_id == "2"]
    ledger.set_failure(second.id, "discarded")
    ledger.retry_changed("pair", "ops", [])
    assert ledger.failures(state="retry") == []
    ledger.retry_changed("pair", "ops", ["1", "2", *map(str, range(100, 2000))])
    (retried,) = open_ledger().failures(state="retry")
    assert (retried.link, retried.connection, retried.record_id) == ("pair", "ops", "1")
    assert ledger.failures("pair", state="discarded") == [replace(second, state="discarded")]


# -- timeline


def test_the_timeline_of_a_record_is_kept_as_it_was_told_last(ledger):
    ledger.keep_timelines("ops", {"1": {"events": [{"after": "new"}]}, "2": {"events": []}})
    ledger.keep_timelines("ops", {"1": {"events": [{"after": "new"}, {"after": "resolved"}]}})
    ledger.keep_timelines("ops", {})
    assert ledger.timelines("ops", ["1", "2", "3"]) == {
        "1": {"events": [{"after": "new"}, {"after": "resolved"}]},
        "2": {"events": []},
    }
    assert ledger.timelines("desk", ["1"]) == {}


@pytest.mark.parametrize("words", ["", "a'b\"; DROP TABLE runs; --", "\u00e4 \U0001f600", "%s %(x)s :x"])
def test_any_words_are_kept_as_they_are(ledger, words):
    ledger.remember("pair", "ops", [words], words)
    assert ledger.cursor("pair", "ops") == words
    assert ledger.dirty("pair") == [("ops", words)]
