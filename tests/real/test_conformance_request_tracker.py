"""The connector passes the conformance suite on a real Request Tracker 5."""

from __future__ import annotations

from types import ModuleType

import pytest
from isthmus.testing import Bench, Conformance


class TestRequestTracker(Conformance):
    """Skips follow from operations and traits alone."""

    skips = 6

    @pytest.fixture
    def bench(self, request_tracker: ModuleType, request_tracker_server: object, monkeypatch: pytest.MonkeyPatch) -> Bench:
        for module in ("api", "reading", "texts"):
            monkeypatch.setattr(f"isthmus.connectors.request_tracker.{module}.PAGE", 5)
        bench: Bench = request_tracker.RequestTrackerBench(request_tracker_server)
        return bench
