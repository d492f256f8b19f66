"""A working command: signals are heard and progress is shown while it runs."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from ..sync.engine import RunOptions
from .assemble import Surroundings
from .stop import Stop
from .terminal import Terminal


class Meter:
    """Shows what a run is doing, where somebody watches."""

    def __init__(self, console: Console) -> None:
        """Make a meter that shows nothing yet."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._bar = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, words: str, done: int, total: int | None) -> None:
        """Be told what is being done, how much of it, and of how many where that is known."""
        if words not in self._tasks:
            self._tasks[words] = self._bar.add_task(words, total=total)
            self._bar.start()
        self._bar.update(self._tasks[words], completed=done, total=total)

    def pause(self) -> None:
        """Clear the place for a question; the next thing told shows it again."""
        if not self._tasks:
            return
        self._bar.stop()
        for task in self._tasks.values():
            self._bar.remove_task(task)
        self._tasks.clear()


@dataclass(frozen=True, slots=True)
class Work:
    """What a working command is given: how to run, what its parts are lent, and how to hear the wish to stop."""

    options: RunOptions
    around: Surroundings
    stop: Stop
    pause: Callable[[], None]
    """Clears the progress away before a question."""


@contextmanager
def working(terminal: Terminal, *, lifted: tuple[str, ...] = ()) -> Generator[Work]:
    """Give a command what it works with.

    Args:
        terminal: where its progress is shown, unless a script reads it.
        lifted: the brakes that a person lifted.
    """
    meter = Meter(terminal.err)
    with Stop() as stop:
        options = RunOptions(lifted=frozenset(lifted), stop=stop)
        if terminal.err.is_terminal and not terminal.json:
            options.progress = meter
        try:
            yield Work(options, Surroundings(sleep=stop.sleep), stop, meter.pause)
        finally:
            meter.pause()
