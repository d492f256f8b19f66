"""Cycles: run links once, or again and again over passing faults, and say after each cycle what happened."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..config.config import Config
from ..config.links import LinkConfig
from ..errors import ConfigError, IsthmusError, LeaseHeldError, RetryableError, RunError, UnexpectedReplyError
from ..model import format_time
from ..sync.engine import Engine, RunOptions, RunResult
from .assemble import Surroundings, open_engine
from .exits import Exit, exit_for, exit_of, severity, worst
from .guard import require_proof
from .logs import bound
from .stop import Stop

log = logging.getLogger("isthmus.cycles")

PASSING = (RetryableError, UnexpectedReplyError, LeaseHeldError)
"""What may be over at the next cycle. A page where JSON should be is among them: a vendor's maintenance looks so."""
LONGEST_PAUSE = 900.0
"""Seconds between cycles of a link that keeps failing, unless the wanted pause is longer."""

OpenEngine = Callable[[LinkConfig], AbstractContextManager[Engine]]


@dataclass(slots=True)
class Cycle:
    """One cycle of one link."""

    link: str
    at: datetime
    result: RunResult | None = None
    error: IsthmusError | None = None
    calls: dict[str, int] = field(default_factory=dict)
    """HTTP calls by connection."""

    @property
    def exit(self) -> Exit:
        """The code of a command that ends after this cycle."""
        if self.error is not None:
            return exit_for(self.error)
        assert self.result is not None
        return exit_of(self.result.outcome)

    def report(self) -> dict[str, Any]:
        """Give the cycle as JSON values."""
        report: dict[str, Any] = {
            "link": self.link,
            "at": format_time(self.at),
            "exit": int(self.exit),
            "calls": self.calls,
        }
        if self.result is not None:
            later = self.result.settle_at
            report |= {**self.result.report(), "settle_at": format_time(later) if later else None}
        if self.error is not None:
            report |= {"outcome": "error", "error": type(self.error).__name__, "message": str(self.error)}
        return report


class Cycles:
    """Runs some links in turn."""

    def __init__(
        self,
        links: Sequence[LinkConfig],
        open_engine: OpenEngine,
        options: RunOptions,
        stop: Stop,
        clock: Callable[[], datetime],
        work: Callable[[Engine, RunOptions], RunResult] = Engine.sync,
    ) -> None:
        """Make the cycles; nothing runs yet.

        Args:
            links: what to run.
            open_engine: makes a link's engine. It is made anew for each cycle, so that people, groups and fields that came
                since are known.
            options: how each run is made.
            stop: the wish to stop.
            clock: our clock, UTC.
            work: what a cycle does.
        """
        self._links = links
        self._open = open_engine
        self._options = options
        self._stop = stop
        self._clock = clock
        self._work = work

    def once(self) -> Iterator[Cycle]:
        """Run each link once; an error of one link is part of its cycle and keeps no other from running."""
        return self._each(self._links)

    def _each(self, links: Sequence[LinkConfig]) -> Iterator[Cycle]:
        for link in links:
            if self._stop():
                return
            yield self._run(link)

    def forever(self, every: float) -> Iterator[Cycle]:
        """Run each link again and again, ``every`` so many seconds, until the wish to stop.

        A link with a passing fault is tried again after a pause that doubles each time. One with a fault that does not pass
        by itself waits for a person while the others go on. Writes of unknown fate are settled as soon as that is possible.

        Raises:
            IsthmusError: a link met what does not pass by itself, and no other is left or all were asked to stop. Its
                cycle was given before.
        """
        left, failures = {link.name: link for link in self._links}, 0
        ended: list[IsthmusError] = []
        while left and not self._stop():
            cycles: list[Cycle] = []
            for cycle in self._each(list(left.values())):
                cycles.append(cycle)
                yield cycle
                if cycle.error is not None and not isinstance(cycle.error, PASSING):
                    ended.append(cycle.error)
                    del left[cycle.link]
            if left:
                failures = failures + 1 if any(isinstance(cycle.error, PASSING) for cycle in cycles) else 0
                self._stop.wait(self._pause(every, failures, cycles))
        if ended:
            raise max(ended, key=lambda error: severity(exit_for(error)))

    def _pause(self, every: float, failures: int, cycles: list[Cycle]) -> float:
        if failures:
            return min(every * 2**failures, max(every, LONGEST_PAUSE))
        moments = [cycle.result.settle_at for cycle in cycles if cycle.result is not None and cycle.result.settle_at]
        waits = [max((moment - self._clock()).total_seconds(), 1.0) for moment in moments]
        return min([every, *waits])

    def _run(self, link: LinkConfig) -> Cycle:
        cycle = Cycle(link.name, self._clock())
        with bound(link=link.name):
            try:
                with self._open(link) as engine:
                    require_proof(engine.sides, self._options.lifted)
                    cycle.result = self._work(engine, self._options)
                    cycle.calls = count_calls(engine)
            except IsthmusError as error:
                cycle.error = error
                log.info("cycle failed: %s", error, extra={"key": getattr(error, "key", None)})
            except Exception as error:
                # A fault of ours in one link must not stop the others, nor the next cycle.
                log.exception("cycle failed")
                cycle.error = RunError(f"{type(error).__name__}: {error}")
            else:
                log_result(cycle.result)
        return cycle


def make(
    config: Config,
    links: Sequence[LinkConfig],
    options: RunOptions,
    around: Surroundings,
    stop: Stop,
    *,
    dry: bool = False,
) -> Cycles:
    """Make the cycles of a configuration's links; dry ones plan only.

    Raises:
        ConfigError: there is no link to run.
    """
    if not links:
        raise ConfigError("links: there is none to run; add one to the configuration")

    def opened(link: LinkConfig) -> AbstractContextManager[Engine]:
        return open_engine(config, link, around=around)

    return Cycles(links, opened, options, stop, around.clock, Engine.plan if dry else Engine.sync)


def gather(cycles: Iterable[Cycle]) -> dict[str, Any]:
    """Give one cycle of each link, and the code of a command that ran them, as JSON values."""
    done = list(cycles)
    return {"cycles": [cycle.report() for cycle in done], "exit": int(worst([cycle.exit for cycle in done]))}


def count_calls(engine: Engine) -> dict[str, int]:
    """Give the number of HTTP calls that each member took so far."""
    return {name: sum(side.connector.calls().values()) for name, side in engine.sides.items()}


def log_result(result: RunResult) -> None:
    """Log how a run ended, and each note of it."""
    with bound(run=result.run):
        log.info("run ended: %s", result.outcome)
        for words in result.tally.notes:
            log.info("%s", words)
