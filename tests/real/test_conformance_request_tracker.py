"""The connector passes the conformance suite on a real Request Tracker 5."""

from __future__ import annotations

from types import ModuleType

import pytest
from isthmus.testing import Bench, Conformance


class RequestTracker:
    """Skips follow from operations and traits alone."""

    skips = 6
    rounds = 10
    """How often a thing is done that may fail in passing; the suite's own number in the long form."""

    @pytest.fixture
    def bench(self, request_tracker: ModuleType, request_tracker_server: object, monkeypatch: pytest.MonkeyPatch) -> Bench:
        monkeypatch.setattr("isthmus.connectors.request_tracker.reading.PAGE", 5)
        monkeypatch.setattr("isthmus.testing.conformance_faults.ROUNDS", self.rounds)
        bench: Bench = request_tracker.RequestTrackerBench(request_tracker_server)
        return bench


class TestRequestTracker(RequestTracker, Conformance):
    """The whole suite."""


@pytest.mark.acceptance
class TestRequestTrackerWithSmallPages(RequestTracker, Conformance):
    """Every list is paged, histories and attachments as well."""

    rounds = 40

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in ("api", "texts"):
            monkeypatch.setattr(f"isthmus.connectors.request_tracker.{module}.PAGE", 5)
