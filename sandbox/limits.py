"""Rate limits: fixed windows on the virtual clock, switched ``off`` or ``real``.

The vendor names each window (total, length) and writes the headers; this module only counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .clock import Clock

Mode: TypeAlias = Literal["off", "real"]


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of one window after a request was counted."""

    total: int
    remaining: int
    reset: int
    """Whole seconds until the window starts anew, at least 1."""
    exceeded: bool


class Limits:
    """The counters of all windows of one vendor."""

    def __init__(self, clock: Clock, mode: Mode = "off") -> None:
        self.clock = clock
        self.mode: Mode = mode
        self._used: dict[str, tuple[int, int]] = {}

    def take(self, window: str, total: int, seconds: int = 60) -> Quota:
        """Count one request in a window.

        Args:
            window: what is counted, with its subject: ``tickets-update:4016``.
            total: how many requests fit.
            seconds: the window's length; windows begin at whole multiples of it.

        Returns:
            What is left. With the limits off nothing is counted, and nothing is ever exceeded.
        """
        now = self.clock.timestamp()
        number = int(now // seconds)
        reset = max(1, math.ceil((number + 1) * seconds - now))
        if self.mode == "off":
            return Quota(total, max(0, total - 1), reset, exceeded=False)
        counted, used = self._used.get(window, (number, 0))
        used = used + 1 if counted == number else 1
        self._used[window] = (number, min(used, total + 1))
        return Quota(total, max(0, total - used), reset, exceeded=used > total)

    def clear(self) -> None:
        """Forget what was counted."""
        self._used.clear()
