"""Conformance, writing: creates, updates, markers, versions, deletions, and text that is awkward."""

from __future__ import annotations

from typing import Any, Final

import pytest

from ..core.connector import Create, MarkerKind, Update
from ..core.errors import NotFoundError, RecordError, RejectedError, StaleVersionError
from ..core.mapping.mapping import Mapping
from ..core.model import Status
from ..core.text import richtext
from .bench import Bench
from .deeds import Deeds
from .requirements import needs, needs_trait
from .suite import Suite

REASONS: Final = ("requester", "vendor", "change", "problem", "scheduled")
LIVE: Final = ("in_progress", "pending", "resolved")
"""Statuses that every tool can be brought to by an update."""
AWKWARD: Final = {
    "scripts": "Grüße aus Köln: 日本語, العربية, עברית, emoji 😀👩‍👩‍👧",
    "signs": "a < b & c > d \"quoted\" 'single' `back`",
    "markup": "{{ticket.id}} {% if x %} [code]<b>x</b>[/code] **not bold** <script>alert(1)</script>",
    "operators": "= + - @ \\ / % ^ ~ | ; , : # $ &amp; &nbsp; %20",
    "one word": "x" * 140,
}


def everything(mapping: Mapping, deeds: Deeds) -> dict[str, Any]:
    """Give a value for each field that most tools have and this one can write."""
    bench = deeds.bench
    agent = bench.agent.model_dump(exclude={"id"})
    wanted = {
        "priority": 2,
        "labels": ["alpha", "beta"],
        "assignee": agent,
        "group": {"name": bench.group},
        "watchers": [agent],
        "due_at": "2031-05-06T07:08:09Z",
    }
    return {name: value for name, value in wanted.items() if name in mapping.writable}


class Writing(Suite):
    """What was written is what is there, as the mapping foresees it."""

    # -- creates

    @needs("create")
    def test_a_created_record_holds_what_the_mapping_foresees(self, bench: Bench, deeds: Deeds) -> None:
        document = deeds.document("Created", **everything(bench.side.mapping, deeds))
        record_id = deeds.create(document)
        assert record_id in bench.ids()
        self.agree(deeds, record_id, deeds.image(document))

    @needs("create")
    def test_a_sparse_record_can_be_created(self, bench: Bench, deeds: Deeds) -> None:
        document = {name: deeds.document("Sparse")[name] for name in ("title", "description", "status")}
        record_id = deeds.create(document)
        self.agree(deeds, record_id, {"title": deeds.image(document)["title"]})

    @needs("create")
    @pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
    def test_awkward_text_survives(self, bench: Bench, deeds: Deeds, text: str) -> None:
        document = deeds.document(text[:60], description=richtext.from_text(text))
        record_id = deeds.create(document)
        self.agree(deeds, record_id, deeds.image(document))

    @needs("create")
    def test_long_text_is_whole_or_cut_as_declared(self, deeds: Deeds) -> None:
        words = " ".join(f"word{number}" for number in range(3000))
        document = deeds.document("long " * 60, description=f"<p>{words}</p>")
        document["title"] = document["title"].strip()
        record_id = deeds.create(document)
        self.agree(deeds, record_id, deeds.image(document))

    @needs("create")
    def test_formatted_text_survives_as_declared(self, deeds: Deeds) -> None:
        markup = "<p>one <strong>two</strong> <em>three</em></p><ul><li>a</li><li>b</li></ul><pre>x  =  1\ny</pre>"
        document = deeds.document("formatted", description=markup)
        record_id = deeds.create(document)
        self.agree(deeds, record_id, deeds.image(document))

    @needs("create")
    def test_the_outcome_shows_the_record_as_it_is(self, bench: Bench, deeds: Deeds) -> None:
        directory, mapping = bench.side.directory, bench.side.mapping
        body = mapping.write(deeds.document("echoed"), directory, creating=True)
        bench.faults(None)
        outcome = deeds.send(Create(key="echo", marker="isthmus:bench:echo", body=body))
        assert outcome.error is None
        assert outcome.record_id is not None
        if outcome.record is not None:
            assert outcome.record.id == outcome.record_id
            assert bench.side.values(bench.side.document(outcome.record)) == deeds.values(outcome.record_id)

    # -- markers

    @needs("create", "find")
    def test_a_record_is_found_by_its_marker(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("marked"), marker="isthmus:other:17")
        deeds.create(deeds.document("its neighbour"), marker="isthmus:other:170")
        bench.let_pass(bench.connector.traits.search_lag)
        found = bench.connector.find("isthmus:other:17")
        assert [record.id for record in found] == [record_id], (
            "find() gives the one record that was created with the marker"
        )
        document = bench.side.document(found[0])
        assert document["title"] == "marked"
        assert document.get("marker") == "isthmus:other:17", "the mapping reads the marker: 'marker', of direction read"

    @needs("create", "find")
    @pytest.mark.parametrize(
        "stranger", ["isthmus:other:1", "isthmus:other:*", "isthmus:other", "x' OR '1'='1", "a^ORb=c", "", "%", "😀"]
    )
    def test_a_marker_finds_nothing_else(self, bench: Bench, deeds: Deeds, stranger: str) -> None:
        deeds.create(deeds.document("marked"), marker="isthmus:other:17")
        bench.act(lambda: bench.open("by a person"))
        bench.let_pass(bench.connector.traits.search_lag)
        assert bench.connector.find(stranger) == []

    @needs("create", "find")
    def test_creating_twice_is_recognisable(self, bench: Bench, deeds: Deeds) -> None:
        first = deeds.create(deeds.document("twice"), marker="isthmus:other:2")
        try:
            second = deeds.create(deeds.document("twice"), marker="isthmus:other:2")
        except RecordError:
            second = first
        bench.let_pass(bench.connector.traits.search_lag)
        found = {record.id for record in bench.connector.find("isthmus:other:2")}
        assert {first, second} <= found == bench.ids(), "find() gives every record that bears the marker"
        if bench.connector.traits.marker is MarkerKind.CHOSEN_ID:
            assert first == second, "a chosen id is unique"

    # -- updates

    @needs("create", "update")
    def test_an_update_changes_what_it_names_and_nothing_else(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("before", **everything(bench.side.mapping, deeds)))
        before = deeds.values(record_id)
        deeds.update(record_id, {"title": "after"})
        self.agree(deeds, record_id, {**before, "title": {"title": "after"}})

    @needs("create", "update")
    def test_every_group_can_be_updated(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("plain"))
        change = everything(bench.side.mapping, deeds)
        deeds.update(record_id, change)
        self.agree(deeds, record_id, deeds.image(change, creating=False))

    @needs("create", "update")
    def test_fields_can_be_emptied(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("full", labels=["alpha", "beta"], watchers=[], assignee=None))
        deeds.update(record_id, {"labels": []} if "labels" in bench.side.mapping.writable else {"title": "emptied"})
        held = deeds.values(record_id)
        assert not held.get("labels", {}).get("labels")

    @needs("create", "update")
    @pytest.mark.parametrize("priority", [1, 2, 3, 4, 5])
    def test_every_priority_lands_as_foreseen(self, deeds: Deeds, priority: int) -> None:
        document = {"priority": priority, "impact": None, "urgency": None}
        record_id = deeds.create(deeds.document("to be ranked"))
        deeds.update(record_id, document)
        self.agree(deeds, record_id, deeds.image(document, creating=False))

    @needs("create", "update")
    @pytest.mark.parametrize(
        ("status", "reason"),
        [*((status.value, None) for status in Status), *((Status.PENDING.value, reason) for reason in REASONS)],
    )
    def test_every_status_lands_as_foreseen(self, deeds: Deeds, status: str, reason: str | None) -> None:
        document = {"status": status, "status_reason": reason, "resolution_notes": "Done", "resolution_code": None}
        record_id = deeds.create(deeds.document("to be moved"))
        before = deeds.values(record_id)["status"]
        foreseen = deeds.image(document, creating=False)["status"]
        try:
            deeds.update(record_id, document)
        except RejectedError:
            if status in LIVE:
                raise
            foreseen = before
        self.agree(deeds, record_id, {"status": foreseen})

    @needs("create", "update")
    def test_a_write_moves_the_version(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("before"))
        before = deeds.fetch(record_id).version
        bench.let_pass(bench.connector.traits.precision)
        deeds.update(record_id, {"title": "after"})
        assert deeds.fetch(record_id).version != before

    @needs("create", "update")
    @needs_trait("no conditional write", lambda traits: traits.conditional_write)
    def test_a_stale_version_is_refused(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("before"))
        seen = deeds.fetch(record_id).version
        bench.let_pass(bench.connector.traits.precision)
        bench.act(lambda: bench.retitle(record_id, "by a person"))
        with pytest.raises(StaleVersionError):
            deeds.update(record_id, {"title": "by us"}, version=seen)
        assert bench.title_of(record_id) == "by a person"
        deeds.update(record_id, {"title": "by us"}, version=deeds.fetch(record_id).version)
        assert bench.title_of(record_id) == "by us"

    @needs("update")
    def test_an_update_of_nothing_is_not_found(self, bench: Bench, deeds: Deeds) -> None:
        with pytest.raises(NotFoundError):
            deeds.update(bench.unknown_id, {"title": "nobody"})

    @needs("create", "update")
    def test_a_failed_write_stops_only_its_own_record(self, bench: Bench, deeds: Deeds) -> None:
        bench.faults(None)
        record_id = deeds.create(deeds.document("before"))
        mapping, directory = bench.side.mapping, bench.side.directory
        body = mapping.write({"title": "after"}, directory)
        writes = [
            Update(key="lost-1", record_id=bench.unknown_id, body=body),
            Update(key="kept", record_id=record_id, body=body),
            Update(key="lost-2", record_id=bench.unknown_id, body=body),
        ]
        outcomes = {outcome.key: outcome for outcome in bench.connector.submit(writes)}
        assert outcomes.keys() == {"lost-1", "kept", "lost-2"}
        assert isinstance(outcomes["lost-1"].error, RecordError)
        assert isinstance(outcomes["lost-2"].error, RecordError)
        assert outcomes["kept"].error is None
        assert bench.title_of(record_id) == "after"

    @needs("create")
    def test_many_creates_come_back_each_under_its_key(self, bench: Bench, deeds: Deeds) -> None:
        bench.faults(None)
        mapping, directory = bench.side.mapping, bench.side.directory
        writes = [
            Create(
                key=f"key-{number}",
                marker=f"isthmus:many:{number}",
                body=mapping.write(deeds.document(f"number {number}"), directory, creating=True),
            )
            for number in range(7)
        ]
        outcomes = {outcome.key: outcome for outcome in bench.connector.submit(writes)}
        assert outcomes.keys() == {write.key for write in writes}
        titles = {key: bench.title_of(outcome.record_id or "") for key, outcome in outcomes.items()}
        assert titles == {f"key-{number}": f"number {number}" for number in range(7)}
        assert len(bench.ids()) == 7

    # -- deletions

    @needs("create", "delete")
    def test_a_deleted_record_is_gone(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("short-lived"))
        deeds.delete(record_id)
        assert bench.ids() == set()
        assert [record for record in bench.connector.fetch([record_id]) if not record.deleted] == []
