"""A connection's rate budget, fed by the vendor's own headers and shared by its threads."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass


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
        self._now = now
        self.sleep = sleep
        self._guard = threading.Lock()
        self._blocked: dict[str, float] = {}
        self.calls: Counter[str] = Counter()

    def before(self, operation: str, names: tuple[str, ...]) -> None:
        """Wait until none of the limits that an operation counts against is used up."""
        with self._guard:
            self.calls[operation] += 1
            until = max((self._blocked.get(name, 0.0) for name in names), default=0.0)
            wait = until - self._now()
        if wait > 0:
            self.sleep(wait)

    def learn(self, limits: list[Limit]) -> None:
        """Take in what a reply's headers say."""
        with self._guard:
            for limit in limits:
                reserve = limit.limit * (1 - self.share)
                if limit.remaining <= reserve:
                    self._blocked[limit.name] = self._now() + limit.reset_seconds
                else:
                    self._blocked.pop(limit.name, None)
