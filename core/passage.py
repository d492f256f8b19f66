"""The whole of a migration: read, forecast, ask, write, read back, certify."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .cycles import count_calls, log_result
from .engine import RunOptions, RunResult
from .errors import ConfigError
from .exits import Exit, exit_of, worst
from .logs import bound
from .migrate import Forecast, Migration
from .verify import Certificate

log = logging.getLogger("isthmus.passage")


@dataclass(slots=True)
class Passage:
    """What became of a migration."""

    link: str
    forecast: Forecast | None = None
    approved: bool = False
    result: RunResult | None = None
    certificate: Certificate | None = None
    calls: dict[str, int] = field(default_factory=dict)
    """HTTP calls by connection."""

    @property
    def exit(self) -> Exit:
        """The code with which the command ends."""
        if self.result is None and self.certificate is None:
            return Exit.INTERRUPTED
        codes = [exit_of(self.result.outcome)] if self.result else []
        if self.certificate:
            differs = bool(self.certificate.differences or self.certificate.unread)
            codes.append(Exit.RED if differs else Exit.OK if self.certificate.clean else Exit.PARTIAL)
        return worst(codes)

    def report(self) -> dict[str, Any]:
        """Give everything as JSON values."""
        return {
            "link": self.link,
            "approved": self.approved,
            "forecast": self.forecast.report() if self.forecast else None,
            "run": self.result.report() if self.result else None,
            "certificate": self.certificate.report() if self.certificate else None,
            "calls": self.calls,
            "exit": int(self.exit),
        }


def migrate(migration: Migration, options: RunOptions, approve: Callable[[Forecast], bool], *, resume: bool) -> Passage:
    """Carry out a migration, its question included.

    Args:
        migration: the migration.
        options: how the run is made.
        approve: shown the forecast, and asked whether to write.
        resume: go on with one that was interrupted; what failed is tried once more.

    Raises:
        ConfigError: an interrupted migration waits and ``resume`` was not asked for.
        RunError: the run stops, see ``core.errors``.
        FatalError: a vendor stops the run.
    """
    passage = Passage(migration.key)
    waiting = migration.waiting()
    if waiting and not resume:
        raise ConfigError(f"{waiting} incidents wait from an earlier migration of '{migration.key}'; go on with: --resume")
    engine = migration.engine
    with bound(link=migration.key), engine.leased(options):
        if resume:
            migration.retry_failed()
        migration.read(options)
        passage.forecast = migration.forecast(options)
        passage.approved = approve(passage.forecast)
        if passage.approved:
            passage.result = migration.apply(options)
            log_result(passage.result)
            passage.certificate = migration.verify(options)
            log.info("verified: %d differences", len(passage.certificate.differences))
        passage.calls = count_calls(engine)
    return passage


def verify(migration: Migration, options: RunOptions) -> Passage:
    """Only read back what earlier runs wrote, and certify."""
    passage = Passage(migration.key, approved=True)
    with bound(link=migration.key), migration.engine.leased(options):
        passage.certificate = migration.verify(options)
        passage.calls = count_calls(migration.engine)
    return passage
