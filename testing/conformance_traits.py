"""Conformance, traits: what a connector declares of its vendor is so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ..core.connector import Update, operations
from ..core.contract import flaws
from ..core.errors import RejectedError
from ..core.model import Document, Visibility, format_time
from .bench import Bench
from .deeds import Deeds, file_source
from .requirements import needs, needs_trait
from .suite import Suite

RESOLVED: Document = {"status": "resolved", "resolution_notes": "Done"}
LONG_AGO = "2024-02-29T12:34:56Z"


class TraitProbes(Suite):
    """Each trait is probed against the vendor."""

    def test_the_lags_are_sane(self, bench: Bench) -> None:
        assert flaws(type(bench.connector)) == []
        traits, none = bench.connector.traits, timedelta(0)
        assert traits.precision > none
        assert min(traits.overlap, traits.export_lag, traits.search_lag, traits.commit_bound) >= none
        assert traits.batch >= 1
        assert traits.internal_comments or not traits.internal_files, "what hides no comment hides no file"

    def test_who_creates_can_find(self, bench: Bench) -> None:
        """Without a look-up of its marker a create of unknown fate could never be settled."""
        able = operations(type(bench.connector))
        assert "create" not in able or "find" in able, "there is create(), and no find()"

    # -- closing and resolving

    @needs("create", "update")
    def test_closed_is_final_as_declared(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("to be closed"))
        deeds.update(record_id, RESOLVED)
        closed: Document = {"status": "closed", "resolution_notes": "Done"}
        try:
            deeds.update(record_id, closed)
        except RejectedError:
            bench.act(lambda: bench.close_ticket(record_id))
        ended = deeds.image(closed, creating=False)["status"]["status"]
        assert ended in ("closed", "resolved"), "a tool that knows no closed records knows resolved ones"
        assert bench.side.document(deeds.fetch(record_id))["status"] == ended
        if bench.connector.traits.closed_is_final:
            with pytest.raises(RejectedError):
                deeds.update(record_id, {"title": "too late"})
            assert bench.title_of(record_id) == "to be closed"
        else:
            deeds.update(record_id, {"title": "still open to change"})
            assert bench.title_of(record_id) == "still open to change"

    @needs("create", "update")
    @needs_trait("resolving demands nothing", lambda traits: traits.required_on_resolve)
    def test_resolving_demands_what_is_declared(self, bench: Bench, deeds: Deeds) -> None:
        mapping, directory = bench.side.mapping, bench.side.directory
        whole = deeds.document("in hand") | RESOLVED
        whole = {name: whole[name] for name in (*RESOLVED, "assignee", "group")}
        for field in bench.connector.traits.required_on_resolve:
            record_id = deeds.create(deeds.document(f"without {field}", assignee=None, group=None))
            body = {name: value for name, value in mapping.write(whole, directory).items() if name != field}

            def make(key: str, record_id: str = record_id, body: dict[str, Any] = body) -> Update:
                return Update(key=key, record_id=record_id, body=body)

            with pytest.raises(RejectedError) as caught:
                deeds.surely(make, lambda: None)
            assert caught.value.vendor_words, "the vendor's own words are kept"
            deeds.update(record_id, whole)
            assert bench.side.document(deeds.fetch(record_id))["status"] == "resolved"

    # -- history

    @needs("create")
    @needs_trait("creates do not keep times", lambda traits: traits.keeps_history)
    def test_a_migrated_record_keeps_its_times(self, bench: Bench, deeds: Deeds) -> None:
        opened, resolved = (format_time(bench.now().replace(microsecond=0) - timedelta(days=days)) for days in (9, 2))
        document = deeds.document("from last week", **RESOLVED) | {"opened_at": opened, "resolved_at": resolved}
        record_id = deeds.create(document | {"status": "resolved"}, history=True)
        held = bench.side.document(deeds.fetch(record_id))
        assert (held["opened_at"], held["status"]) == (opened, "resolved")
        assert held.get("resolved_at", resolved) == resolved

    @needs("create", "threads", "download")
    @needs_trait("creates carry no comments", lambda traits: traits.create_carries_comments)
    def test_a_migrated_thread_is_whole(self, bench: Bench, deeds: Deeds) -> None:
        author = bench.agent.model_dump(exclude={"id"})
        comments = [
            deeds.new_comment(
                f"<p>word {number}</p>",
                visibility,
                origin=f"other/1/{number}",
                history=True,
                author=author,
                created_at=f"2024-03-0{number}T10:00:00Z",
                files=[file_source("log.txt", b"of two")] if number == 2 and self._files_ride(bench) else [],
            )
            for number, visibility in enumerate((Visibility.PUBLIC, deeds.hidden, Visibility.PUBLIC), 1)
        ]
        document = deeds.document("from long ago", opened_at=LONG_AGO)
        record_id = deeds.create(document, history=True, comments=comments)
        thread = deeds.thread(record_id)["comments"]
        assert [each["visibility"] for each in thread] == ["public", deeds.hidden, "public"]
        if bench.connector.traits.keeps_history:
            assert [each["created_at"] for each in thread] == [f"2024-03-0{number}T10:00:00Z" for number in (1, 2, 3)]
            assert {each["author"]["email"] for each in thread} == {bench.agent.email}
        if self._files_ride(bench):
            (file,) = thread[1]["attachments"]
            assert (file["name"], deeds.download(file)) == ("log.txt", b"of two")

    def _files_ride(self, bench: Bench) -> bool:
        return bench.connector.traits.files_on == "comment"

    # -- mail

    @needs("create", "add_comment", "update")
    def test_the_vendor_sends_what_is_declared(self, bench: Bench, deeds: Deeds) -> None:
        bench.faults(None)
        watchers = [bench.agent.model_dump(exclude={"id"})] if "watchers" in bench.side.mapping.writable else []
        sent = len(bench.outbox())
        record_id = deeds.create(deeds.document("loud", watchers=watchers))
        sent = self._are_told(bench, "create", sent, watched=bool(watchers))
        deeds.comment(record_id, deeds.new_comment("<p>for you</p>", Visibility.PUBLIC))
        sent = self._are_told(bench, "public_comment", sent, watched=bool(watchers))
        deeds.update(record_id, RESOLVED)
        self._are_told(bench, "resolve", sent, watched=bool(watchers))

    @needs("create", "add_comment")
    @needs_trait("comments cannot be hidden", lambda traits: traits.internal_comments)
    def test_an_internal_comment_is_never_mailed(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("quiet"))
        sent = bench.outbox()
        deeds.comment(record_id, deeds.new_comment("<p>staff only</p>", Visibility.INTERNAL))
        assert bench.outbox() == sent

    @needs("create")
    @needs_trait("creates do not keep times", lambda traits: traits.keeps_history)
    def test_a_migration_is_silent(self, bench: Bench, deeds: Deeds) -> None:
        deeds.create(deeds.document("silent", opened_at=LONG_AGO), history=True)
        assert bench.outbox() == []

    def _are_told(self, bench: Bench, kind: str, sent: int, *, watched: bool) -> int:
        """Assert who is told, after the first ``sent`` messages, of one write; give how many messages there are now."""
        traits, messages = bench.connector.traits, bench.outbox()
        found = {
            who: [why for recipient, why in messages[sent:] if recipient == person.email]
            for who, person in (("requester", bench.requester), ("watcher", bench.agent))
        }
        told = [kind] if kind in traits.notifies else []
        assert found["requester"] == told, f"mail to the requester, of {kind}: the trait 'notifies' says otherwise"
        told = [kind] if watched and kind in traits.notifies_watchers else []
        assert found["watcher"] == told, f"mail to a watcher, of {kind}: the trait 'notifies_watchers' says otherwise"
        return len(messages)
