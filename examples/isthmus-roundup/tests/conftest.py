"""A real tracker, started once for all tests; where Roundup is not installed, they are left out with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench import RoundupBench
    from tracker import Tracker


@pytest.fixture(scope="session")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    """A running tracker."""
    pytest.importorskip("roundup", reason="left out: Roundup is not installed (pip install roundup)")
    from tracker import Tracker

    made = Tracker(tmp_path_factory.mktemp("tracker"))
    yield made
    made.close()


@pytest.fixture
def roundup_bench(tracker: Tracker) -> Iterator[RoundupBench]:
    """The tracker, emptied, and hands there."""
    from bench import RoundupBench

    made = RoundupBench(tracker)
    yield made
    made.close()
