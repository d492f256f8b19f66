"""The wish to stop."""

from __future__ import annotations

import os
import signal

import pytest
from isthmus.core.errors import InterruptedRunError
from isthmus.core.run.stop import Stop


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_heard_and_the_second_one_acts_as_ever(number):
    taken = []
    before = signal.signal(number, lambda *_: taken.append(number))
    try:
        with Stop() as stop:
            assert not stop()
            os.kill(os.getpid(), number)
            assert stop()
            assert stop.wait(None)
            assert not taken
            os.kill(os.getpid(), number)
            assert taken == [number]
        os.kill(os.getpid(), number)
        assert len(taken) == 2
    finally:
        signal.signal(number, before)


def test_a_wait_ends_by_itself():
    with Stop() as stop:
        assert not stop.wait(0.001)
        stop.sleep(0.001)


def test_a_sleep_ends_with_the_wish():
    with Stop() as stop:
        stop.wish()
        with pytest.raises(InterruptedRunError):
            stop.sleep(1000)
