"""Conformance, reading: the check, the feed, direct reads, the census, history and metadata."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ..core.connector import Record, Scope
from ..core.errors import AuthenticationError
from ..core.model import Document
from .bench import EVERYTHING, Bench
from .deeds import Deeds
from .requirements import needs, needs_trait
from .suite import Suite

LONG = timedelta(hours=3)
"""Longer than any overlap."""


class Reading(Suite):
    """What a connector reads is what is there."""

    # -- the check

    def test_check_tells_who_we_are(self, bench: Bench) -> None:
        health = bench.connector.check()
        assert health.account
        assert abs(health.skew_seconds) < 5

    def test_wrong_credentials_are_refused_at_once(self, bench: Bench) -> None:
        bench.faults(None)
        wrong = bench.fresh(wrong=True)
        with pytest.raises(AuthenticationError):
            wrong.check()
        assert bench.waits == [], "refused credentials are not tried again"
        assert sum(wrong.calls().values()) <= 1

    def test_wrong_credentials_stop_a_reading(self, bench: Bench) -> None:
        bench.faults(None)
        with pytest.raises(AuthenticationError):
            list(bench.fresh(wrong=True).changes(None, EVERYTHING))

    # -- direct reads

    def test_a_fetched_record_says_what_the_person_wrote(self, bench: Bench, deeds: Deeds) -> None:
        record_id = bench.act(lambda: bench.open("Printer on fire"))
        record = deeds.fetch(record_id)
        document = bench.side.document(record)
        assert (record.id, document["title"], record.deleted) == (record_id, "Printer on fire", False)
        requester: Document = document.get("requester") or {}
        assert requester.get("email") == bench.requester.email, "the mapping reads the requester"
        assert "Printer on fire" in (document["description"] or "")

    def test_unknown_and_deleted_ids_are_left_out(self, bench: Bench) -> None:
        kept, gone = (bench.act(lambda title=title: bench.open(title)) for title in ("kept", "gone"))
        bench.act(lambda: bench.remove(gone))
        found = bench.connector.fetch([gone, kept, bench.unknown_id])
        assert [record.id for record in found if not record.deleted] == [kept]

    def test_fetching_nothing_gives_nothing(self, bench: Bench) -> None:
        assert bench.connector.fetch([]) == []

    def test_many_records_are_fetched_at_once(self, bench: Bench) -> None:
        ids = bench.crowded(bench.crowd)
        found = bench.connector.fetch(ids)
        assert sorted(record.id for record in found) == sorted(ids)

    def test_a_fetched_record_is_the_one_of_the_feed(self, bench: Bench, deeds: Deeds) -> None:
        record_id = bench.act(lambda: bench.open("one and the same"))
        deeds.settle()
        (fed,) = [record for page in bench.connector.changes(None, EVERYTHING) for record in page.records]
        fetched = deeds.fetch(record_id)
        assert bench.side.document(fed) == bench.side.document(fetched)
        assert fed.version == fetched.version

    # -- the feed

    def test_an_empty_vendor_gives_a_cursor(self, bench: Bench, deeds: Deeds) -> None:
        """Otherwise the first ticket after the start of a link would count as one of its past."""
        found, cursor = bench.read_all()
        assert found == []
        assert cursor is not None, "where there is nothing, a page without records carries the cursor"
        record_id = bench.act(lambda: bench.open("the first"))
        deeds.settle()
        assert bench.read_all(cursor)[0] == [record_id]

    def test_the_feed_gives_everything_once(self, bench: Bench, deeds: Deeds) -> None:
        ids = bench.crowded(bench.crowd)
        deeds.settle()
        pages = list(bench.connector.changes(None, EVERYTHING))
        assert sorted(record.id for page in pages for record in page.records) == sorted(ids)
        assert len(pages) > 1, "raise 'crowd' of the bench: it fits on one page"

    def test_the_feed_is_resumable_after_each_page(self, bench: Bench, deeds: Deeds) -> None:
        ids: set[str] = set()
        for _ in range(3):
            ids.update(bench.crowded(bench.crowd // 3 + 1))
            bench.advance(LONG.total_seconds())
        deeds.settle()
        pages = list(bench.connector.changes(None, EVERYTHING))
        before: set[str] = set()
        for page in pages[:3]:
            before |= {record.id for record in page.records}
            after, _ = bench.read_all(page.cursor)
            assert before | set(after) == ids

    def test_nothing_old_is_repeated(self, bench: Bench, deeds: Deeds) -> None:
        old = bench.act(lambda: bench.open("old"))
        bench.advance(LONG.total_seconds())
        new = bench.act(lambda: bench.open("new"))
        deeds.settle()
        found, cursor = bench.read_all()
        assert found == [old, new]
        assert old not in bench.read_all(cursor)[0]

    def test_a_change_shows_after_the_cursor(self, bench: Bench, deeds: Deeds) -> None:
        record_id = bench.act(lambda: bench.open("before"))
        deeds.settle()
        _, cursor = bench.read_all()
        bench.advance(LONG.total_seconds())
        bench.act(lambda: bench.retitle(record_id, "after"))
        deeds.settle()
        pages = list(bench.connector.changes(cursor, EVERYTHING))
        (record,) = {record.id: record for page in pages for record in page.records}.values()
        assert bench.side.document(record)["title"] == "after"

    def test_equal_times_at_the_edge_of_a_page_lose_nothing(self, bench: Bench, deeds: Deeds) -> None:
        ids = bench.at_once(bench.crowd)
        deeds.settle()
        found, cursor = bench.read_all()
        assert sorted(found) == sorted(ids)
        assert set(bench.read_all(cursor)[0]) <= set(ids)

    def test_what_the_export_lag_hides_is_not_lost(self, bench: Bench, deeds: Deeds) -> None:
        first = bench.act(lambda: bench.open("first"))
        deeds.settle()
        bench.act(lambda: bench.open("still hidden"))
        found, cursor = bench.read_all()
        assert first in found
        deeds.settle()
        later, _ = bench.read_all(cursor)
        assert {*found, *later} == bench.ids()

    @needs_trait("the vendor commits in order: no overlap", lambda traits: traits.overlap)
    def test_late_commits_within_the_overlap_are_found(self, bench: Bench, deeds: Deeds) -> None:
        bench.act(lambda: bench.open("in time"))
        deeds.settle()
        bench.act(lambda: bench.open("the last that was seen"))
        deeds.settle()
        _, cursor = bench.read_all()
        back = bench.connector.traits.overlap.total_seconds() / 2
        lag = (bench.connector.traits.export_lag + bench.extra_lag).total_seconds()
        bench.advance(-back - lag)
        late = bench.act(lambda: bench.open("stamped early, committed late"))
        bench.advance(back + lag)
        deeds.settle()
        assert late in bench.read_all(cursor)[0], "a cursor is taken back by the trait 'overlap'"

    def test_the_version_and_the_time_move_with_a_change(self, bench: Bench, deeds: Deeds) -> None:
        record_id = bench.act(lambda: bench.open("first title"))
        before = deeds.fetch(record_id)
        bench.let_pass(bench.connector.traits.precision)
        bench.act(lambda: bench.retitle(record_id, "second title"))
        after = deeds.fetch(record_id)
        assert before.version != after.version
        assert _time(before) < _time(after) <= bench.now()

    def test_times_have_the_declared_precision(self, bench: Bench, deeds: Deeds) -> None:
        bench.advance(61 - bench.now().timestamp() % 60)
        record = deeds.fetch(bench.act(lambda: bench.open("timed")))
        grain = bench.connector.traits.precision
        assert (_time(record) - datetime(1970, 1, 1, tzinfo=UTC)) % grain == timedelta(0)
        assert abs(_time(record) - bench.now()) <= grain + timedelta(seconds=5)

    @needs_trait("equal versions may differ", lambda traits: traits.version_moves_always)
    def test_the_version_moves_even_within_one_tick(self, bench: Bench, deeds: Deeds) -> None:
        record_id = bench.act(lambda: bench.open("first title"))
        versions = [deeds.fetch(record_id).version]
        for title in ("second title", "third title"):
            bench.act(lambda title=title: bench.retitle(record_id, title))
            versions.append(deeds.fetch(record_id).version)
        assert len(set(versions)) == 3

    @needs("deleted")
    def test_deletions_are_reported(self, bench: Bench, deeds: Deeds) -> None:
        start = bench.now() - timedelta(minutes=5)
        kept, gone = (bench.act(lambda title=title: bench.open(title)) for title in ("kept", "gone"))
        bench.act(lambda: bench.remove(gone))
        deeds.settle()
        assert list(bench.connector.deleted(start)) == [gone]
        assert list(bench.connector.deleted(bench.now() + timedelta(hours=1))) == []
        assert bench.ids() == {kept}

    def test_a_deleted_record_never_looks_alive(self, bench: Bench, deeds: Deeds) -> None:
        gone = bench.act(lambda: bench.open("gone"))
        deeds.settle()
        bench.act(lambda: bench.remove(gone))
        deeds.settle()
        records = [record for page in bench.connector.changes(None, EVERYTHING) for record in page.records]
        assert [record.id for record in records if not record.deleted] == []

    # -- census and count

    @needs("census")
    def test_the_census_is_what_is_there(self, bench: Bench) -> None:
        bench.crowded(bench.crowd)
        gone = bench.act(lambda: bench.open("gone"))
        bench.act(lambda: bench.remove(gone))
        bench.let_pass(bench.connector.traits.search_lag, bench.connector.traits.export_lag)
        found = list(bench.connector.census(EVERYTHING))
        assert len(found) == len(set(found))
        assert set(found) == bench.ids()

    @needs("count")
    def test_the_count_is_what_is_there(self, bench: Bench) -> None:
        for number in range(3):
            bench.act(lambda number=number: bench.open(f"number {number}"))
        gone = bench.act(lambda: bench.open("gone"))
        bench.act(lambda: bench.remove(gone))
        bench.let_pass(bench.connector.traits.search_lag, bench.connector.traits.export_lag)
        assert bench.connector.count(EVERYTHING) == 3

    @needs("census", "count")
    def test_census_and_count_heed_the_scope(self, bench: Bench) -> None:
        bench.act(lambda: bench.open("old"))
        bench.advance(LONG.total_seconds())
        scope = Scope(opened_after=bench.now() - LONG / 2)
        new = bench.act(lambda: bench.open("new"))
        bench.let_pass(bench.connector.traits.search_lag, bench.connector.traits.export_lag)
        assert list(bench.connector.census(scope)) == [new]
        assert bench.connector.count(scope) == 1

    def test_the_feed_leaves_out_nothing_in_scope(self, bench: Bench, deeds: Deeds) -> None:
        bench.act(lambda: bench.open("old"))
        bench.advance(LONG.total_seconds())
        scope = Scope(updated_after=bench.now() - LONG / 2)
        new = bench.act(lambda: bench.open("new"))
        deeds.settle()
        assert new in [record.id for page in bench.connector.changes(None, scope) for record in page.records]

    # -- history and metadata

    @needs("history", "people")
    def test_the_history_tells_what_a_person_changed(self, bench: Bench) -> None:
        record_id = bench.act(lambda: bench.open("first title"))
        bench.let_pass(bench.connector.traits.precision)
        start = bench.now() - bench.connector.traits.precision - timedelta(seconds=5)
        bench.act(lambda: bench.retitle(record_id, "second title"))
        fields = bench.side.mapping.fields_of("title")
        changes = [each for each in bench.connector.history([record_id])[record_id] if each.field in fields]
        change = changes[-1]
        assert (change.record_id, change.after) == (record_id, "second title")
        assert change.before == ("first title" if bench.tells_before else None)
        assert start <= change.at <= bench.now() + timedelta(seconds=1)
        assert change.by is not None
        assert bench.connector.people([change.by])[change.by].email == bench.agent.email

    @needs("history")
    def test_the_history_knows_our_own_hand(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("first title"))
        deeds.update(record_id, {"title": "second title"})
        fields = bench.side.mapping.fields_of("title")
        changes = [each for each in bench.connector.history([record_id])[record_id] if each.field in fields]
        assert changes[-1].by == bench.connector.check().account_id is not None

    @needs("fields")
    def test_live_metadata_fits_the_mapping(self, bench: Bench) -> None:
        live = {info.id: info for info in bench.connector.fields()}
        spec = bench.side.mapping.spec
        limits = {rule.field: rule.max for rule in spec.fields.values() if rule.max is not None}
        for field, limit in limits.items():
            stated = live[field].max_length if field in live else None
            assert stated is None or limit <= stated, (
                f"the mapping writes {limit} characters to {field}, which takes {stated}"
            )
        assert live, "the operation is there and tells nothing"


def _time(record: Record) -> datetime:
    assert record.changed_at is not None, "a record tells when it was changed"
    assert record.changed_at.utcoffset() == timedelta(0), "times are UTC"
    return record.changed_at
