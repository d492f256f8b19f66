"""What every benchmark measures with: figures, medians of several runs, peak memory, and processes of their own."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    part: str
    """What was measured: a component."""
    what: str
    value: float
    """The median, where there are several runs."""
    unit: str
    runs: tuple[float, ...] = ()
    """The value of each run, in order."""
    note: str = ""

    def report(self) -> dict[str, Any]:
        """Give the figure as JSON values."""
        return asdict(self)

    @property
    def spread(self) -> str:
        """The least and the most of several runs, in words."""
        return f"{shown(min(self.runs))} .. {shown(max(self.runs))}" if len(self.runs) > 1 else ""


def shown(value: float) -> str:
    """Give a number with about three significant digits, and thousands apart."""
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.4f}"


def median(part: str, what: str, unit: str, runs: Sequence[float], note: str = "") -> Figure:
    """Give the figure of several runs."""
    return Figure(part, what, statistics.median(runs), unit, tuple(runs), note)


def rates(count: int, work: Callable[[], object], runs: int, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """Give how many things per second some work does, for each of several runs.

    Args:
        count: how many things the work does.
        work: does them.
        runs: how often.
        clock: tells the seconds; ``time.process_time`` for work that only computes, so that others do not disturb it.
    """
    found: list[float] = []
    for _ in range(runs):
        gc.collect()
        begun = clock()
        work()
        found.append(count / (clock() - begun))
    return found


@dataclass(slots=True)
class Spent:
    """What a piece of work took, in seconds."""

    wall: float = 0.0
    cpu: float = 0.0
    """Of this process."""


@contextmanager
def spending() -> Generator[Spent]:
    """Measure the time that a block takes."""
    spent = Spent()
    wall, cpu = time.perf_counter(), time.process_time()
    yield spent
    spent.wall, spent.cpu = time.perf_counter() - wall, time.process_time() - cpu


def peak_mb() -> float:
    """Give the most memory that this process has held so far, in MB (resident).

    Linux counts it for each program image in ``/proc/self/status``; ``getrusage`` would also count what the parent held
    before this process became a program of its own.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def isolated(work: Callable[..., T], *arguments: Any) -> T:
    """Call a function in a fresh process, so that its peak of memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()
