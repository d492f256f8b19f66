"""Conformance, faults: passing trouble is waited out, writes are never doubled, secrets stay secret."""

from __future__ import annotations

import logging
from typing import ClassVar

import pytest

from ..core.connector import Create
from ..core.errors import AuthenticationError, ConnectorError, RetryableError, UnavailableError
from .bench import EVERYTHING, Bench
from .deeds import Deeds
from .requirements import needs
from .suite import Suite

MANY = 500
"""So many calls meet every fault of a profile, whatever the ids of this run."""


class Faults(Suite):
    """What passes is waited out; what does not is told; nothing is written twice."""

    rounds: ClassVar[int] = 40
    """So many calls meet most faults of a profile; a slow vendor may have fewer."""

    def test_a_throttled_read_waits_as_told(self, bench: Bench) -> None:
        record_id = bench.act(lambda: bench.open("in demand"))
        bench.faults("throttled")
        for _ in range(MANY):
            assert bench.title_of(record_id) == "in demand"
            if bench.told in bench.waits:
                break
        assert bench.told in bench.waits, (
            f"nobody waited {bench.told} s, the bench's 'told': the profile does not bite, or Retry-After is not heeded"
        )
        assert min(bench.waits) >= 0

    def test_reads_get_through(self, bench: Bench, deeds: Deeds) -> None:
        ids = [bench.act(lambda number=number: bench.open(f"number {number}")) for number in range(3)]
        deeds.settle()
        bench.faults("flaky")
        for number in range(MANY):
            found, _ = bench.read_all()
            assert sorted(found) == sorted(ids)
            assert sorted(record.id for record in bench.connector.fetch(ids)) == sorted(ids)
            if number >= self.rounds and bench.waits:
                break
        assert bench.waits, "nothing went wrong: the profile does not bite"

    @needs("create", "find")
    def test_a_create_is_never_doubled(self, bench: Bench, deeds: Deeds) -> None:
        mapping, directory = bench.side.mapping, bench.side.directory
        document = deeds.document("once")
        body = mapping.write(document, directory, creating=True)
        bench.faults("flaky")
        surely: set[str] = set()
        unknown = 0
        for number in range(self.rounds):
            outcome = deeds.send(Create(key=f"key-{number}", marker=f"isthmus:once:{number}", body=body))
            if outcome.error is None:
                surely.add(f"isthmus:once:{number}")
            else:
                assert isinstance(outcome.error, RetryableError), repr(outcome.error)
                unknown += isinstance(outcome.error, UnavailableError) and outcome.error.maybe_applied
        bench.faults(None)
        bench.let_pass(bench.connector.commit_bound, bench.connector.traits.search_lag)
        copies = {
            f"isthmus:once:{number}": len(bench.connector.find(f"isthmus:once:{number}")) for number in range(self.rounds)
        }
        assert any(copies.values()), "find() finds none by its marker"
        assert max(copies.values()) == 1, "a create was sent again although its fate was unknown"
        assert all(copies[marker] == 1 for marker in surely), "a create that was reported is not there"
        stored = sum(copies.values())
        assert len(bench.ids()) == stored
        assert stored <= len(surely) + unknown, "a stored record was reported as surely not stored"

    def test_no_secret_is_shown(self, bench: Bench, deeds: Deeds, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        wrong = bench.fresh(wrong=True)
        shown = [
            repr(each) for each in (bench.connector, bench.connector.settings, bench.connector.context, wrong.settings)
        ]
        with pytest.raises(AuthenticationError) as refused:
            wrong.check()
        shown += _told(refused.value)
        bench.act(lambda: bench.open("seen"))
        bench.faults("flaky")
        bench.connector.check()
        for _ in range(5):
            list(bench.connector.changes(None, EVERYTHING))
        outcome = deeds.send(Create(key="bad", marker="isthmus:bad:1", body={"no_such_field": "x"}))
        shown += _told(outcome.error) if outcome.error else []
        shown += [record.getMessage() for record in caplog.records]
        for secret in bench.secrets:
            assert not [text for text in shown if secret in text], "a secret was shown"
        assert len(bench.secrets) > 0


def _told(error: ConnectorError) -> list[str]:
    return [str(error), repr(error), error.vendor_words, error.operation]
