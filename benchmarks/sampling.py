"""Where the time goes: samples of the running stack at even steps of real time, waits included.

A profiler that counts calls makes small functions look dear; a timer's signal does not. It is handled between two steps of
the interpreter, so a long call into C counts for the line that made it.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

EVERY = 0.002
"""Seconds between two samples."""
PACKAGE = "isthmus."
OUTSIDE = "outside"


@contextmanager
def sampled() -> Generator[Counter[str]]:
    """Count, while a block runs in the main thread, in which module and function of the product it is found."""
    found: Counter[str] = Counter()

    def take(number: int, frame: FrameType | None) -> None:
        found[_place(frame)] += 1

    before = signal.signal(signal.SIGALRM, take)
    timer = signal.setitimer(signal.ITIMER_REAL, EVERY, EVERY)
    try:
        yield found
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *timer)


def _place(frame: FrameType | None) -> str:
    """Name the innermost function of the product in a stack."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(PACKAGE):
            return f"{module.removeprefix(PACKAGE)}: {frame.f_code.co_qualname}"
        frame = frame.f_back
    return OUTSIDE


def by_module(found: Counter[str]) -> list[tuple[str, float, str]]:
    """Give the modules that were found most, each with its share in percent and its two functions that take most."""
    whole = found.total() or 1
    modules: dict[str, Counter[str]] = {}
    for place, count in found.items():
        module, _, function = place.partition(": ")
        modules.setdefault(module, Counter())[function] += count
    ordered = sorted(modules.items(), key=lambda each: -each[1].total())
    return [
        (
            module,
            100 * functions.total() / whole,
            ", ".join(f"{name} {100 * count / whole:.0f} %" for name, count in functions.most_common(2) if name),
        )
        for module, functions in ordered
    ]
