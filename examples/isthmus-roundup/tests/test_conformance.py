"""The connector passes the suite that Isthmus ships, on a real tracker."""

from __future__ import annotations

import pytest
from isthmus.testing import Bench, Conformance, UnderFaults


class OnRoundup:
    """What is skipped follows from operations and traits alone."""

    skips = 13
    rounds = 10

    @pytest.fixture
    def bench(self, roundup_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
        monkeypatch.setattr("isthmus_roundup.reading.PAGE", 5)
        return roundup_bench


class TestRoundup(OnRoundup, Conformance):
    """While the tracker behaves."""


@pytest.mark.acceptance
class TestRoundupFlaky(OnRoundup, UnderFaults):
    """While requests and replies get lost."""

    skips = 13
    profile = "flaky"


@pytest.mark.acceptance
class TestRoundupThrottled(OnRoundup, UnderFaults):
    """While the tracker asks to wait: by its own limits."""

    profile = "throttled"
