"""The connector passes the conformance suite on a real Request Tracker 5."""

from __future__ import annotations

from types import ModuleType

import pytest
from isthmus.testing import Bench, Conformance, UnderFaults


class RequestTracker:
    """Skips follow from operations and traits alone."""

    skips = 6

    @pytest.fixture
    def bench(self, request_tracker: ModuleType, request_tracker_server: object, monkeypatch: pytest.MonkeyPatch) -> Bench:
        monkeypatch.setattr("isthmus.connectors.request_tracker.reading.PAGE", 5)
        bench: Bench = request_tracker.RequestTrackerBench(request_tracker_server)
        return bench


class TestRequestTracker(RequestTracker, UnderFaults):
    """The suite in brief: without failures, each of which costs many calls, and of each test the first and the last case."""

    brief = True


@pytest.mark.acceptance
class TestRequestTrackerWithSmallPages(RequestTracker, Conformance):
    """The whole suite, in which every list is paged, histories and attachments as well."""

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in ("api", "texts"):
            monkeypatch.setattr(f"isthmus.connectors.request_tracker.{module}.PAGE", 5)


@pytest.mark.acceptance
class TestRequestTrackerBehindABadLine(RequestTracker, UnderFaults):
    """Requests and replies are lost, and some are asked to wait."""

    profile = "flaky+throttled"
