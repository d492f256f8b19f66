"""The virtual clock: starts at a given moment, ticks with real time, and can be advanced or set."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The vendor's clock, in UTC. Safe to use from several threads."""

    def __init__(self, start: datetime | None = None) -> None:
        """Start the clock.

        Args:
            start: the moment that it shows now; by default the real time. A time without a zone is taken as UTC.
        """
        self._lock = threading.Lock()
        self.set(start or datetime.now(UTC))

    def now(self) -> datetime:
        """Give the moment that the clock shows, UTC."""
        with self._lock:
            return self._shown + timedelta(seconds=time.monotonic() - self._real)

    def timestamp(self) -> float:
        """Give the same as seconds since 1970."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> datetime:
        """Move the clock forward (or, with a negative number, back), and give what it shows then."""
        with self._lock:
            self._shown += timedelta(seconds=seconds)
        return self.now()

    def set(self, moment: datetime) -> datetime:
        """Set the clock, and give what it shows then. A time without a zone is taken as UTC."""
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        with self._lock:
            self._shown = aware.astimezone(UTC)
            self._real = time.monotonic()
        return self.now()
