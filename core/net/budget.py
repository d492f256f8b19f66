"""A connection's rate budget, fed by the vendor's own headers and shared by its threads."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ..errors import RateLimitedError

LONGEST_WAIT: Final = 120.0
"""Seconds that one call waits at most, all its waits together: a run keeps its lease meanwhile. A vendor that asks for
more is reported as rate limited, and the next run goes on from there."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a reply says of one limit."""

    name: str
    limit: int
    remaining: int
    reset_seconds: float
    """Seconds until the window starts anew."""


class Budget:
    """Waits before a call that would break a limit, and counts calls by operation."""

    def __init__(
        self,
        *,
        share: float = 1.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make a budget.

        Args:
            share: the part of each limit that we may use; the rest belongs to other integrations.
            now: a monotonic clock, in seconds.
            sleep: waits; injectable, so that no test waits.
        """
        self.share = share
        self.now = now
        self.sleep = sleep
        self._guard = threading.Lock()
        self._blocked: dict[str, float] = {}
        self.calls: Counter[str] = Counter()

    def before(self, operation: str, names: Iterable[str]) -> None:
        """Wait until none of the limits that an operation counts against is used up, and count the call.

        Raises:
            RateLimitedError: that would take longer than :data:`LONGEST_WAIT`.
        """
        wait = self._wait(names)
        if wait > LONGEST_WAIT:
            raise RateLimitedError(
                f"the vendor's rate limit is used up for another {wait:.0f} s", operation=operation, retry_after=wait
            )
        if wait > 0:
            self.sleep(wait)
        with self._guard:
            self.calls[operation] += 1

    def _wait(self, names: Iterable[str]) -> float:
        with self._guard:
            return max((self._blocked.get(name, 0.0) for name in names), default=0.0) - self.now()

    def learn(self, limits: Iterable[Limit]) -> None:
        """Take in what a reply's headers say."""
        with self._guard:
            for limit in limits:
                reserve = round(limit.limit * (1 - self.share), 6)
                if limit.remaining <= reserve:
                    self._blocked[limit.name] = self.now() + max(limit.reset_seconds, 0.0)
                else:
                    self._blocked.pop(limit.name, None)
