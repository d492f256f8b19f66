"""The wish to stop: SIGTERM and SIGINT are heard, the write in hand is finished, waits end at once."""

from __future__ import annotations

import select
import signal
import socket
from types import FrameType, TracebackType
from typing import Any

from ..errors import InterruptedRunError

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Hears the signals while it is entered; a second signal of one kind acts as it would without Isthmus.

    A pair of sockets wakes waits: unlike an event, a signal's handler may write to it wherever it interrupts.
    """

    def __init__(self) -> None:
        """Make one that has heard nothing."""
        self._wished = False
        self._bell, self._ear = socket.socketpair()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stop:
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()
        self._bell.close()
        self._ear.close()

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        signal.signal(number, self._before[number])
        self.wish()

    def wish(self) -> None:
        """Ask to stop, as a signal does."""
        self._wished = True
        self._bell.send(b".")

    def __call__(self) -> bool:
        """Tell whether to stop."""
        return self._wished

    def wait(self, seconds: float | None = None) -> bool:
        """Wait, at most until the wish to stop, and tell whether there is one."""
        if not self._wished:
            select.select([self._ear], [], [], seconds)
        return self._wished

    def sleep(self, seconds: float) -> None:
        """Wait before a call that has not been sent yet.

        Raises:
            InterruptedRunError: asked to stop meanwhile.
        """
        if self.wait(seconds):
            raise InterruptedRunError("asked to stop; the next run goes on from here")
