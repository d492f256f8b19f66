"""The whole of a migration: read, forecast, ask, write, read back, certify."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigError
from ..proof.proof import Proof, prove
from ..proof.used import collect_values
from ..sync.engine import RunOptions, RunResult
from ..sync.migrate import Forecast, Migration
from ..sync.verify import Certificate
from .cycles import count_calls, log_result
from .exits import Exit, exit_of, worst
from .guard import require
from .logs import bound

log = logging.getLogger("isthmus.passage")


@dataclass(slots=True)
class Passage:
    """What became of a migration."""

    link: str
    proof: Proof | None = None
    """Of the mapping, on the values of the incidents that were read."""
    forecast: Forecast | None = None
    approved: bool = False
    result: RunResult | None = None
    certificate: Certificate | None = None
    calls: dict[str, int] = field(default_factory=dict)
    """HTTP calls by connection."""

    @property
    def exit(self) -> Exit:
        """The code with which the command ends."""
        if self.certificate is None:
            return Exit.INTERRUPTED
        differs = bool(self.certificate.differences or self.certificate.unread)
        read_back = Exit.RED if differs else Exit.OK if self.certificate.clean else Exit.PARTIAL
        return worst([read_back, exit_of(self.result.outcome) if self.result else Exit.OK])

    def report(self) -> dict[str, Any]:
        """Give everything as JSON values."""
        return {
            "link": self.link,
            "approved": self.approved,
            "proof": self.proof.report() if self.proof else None,
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
        MappingError: the mapping is not proven for what was read.
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
        used = collect_values(migration.staged(), migration.source.mapping.readable)
        passage.proof = prove(migration.source, migration.target, used)
        require(passage.proof, options.lifted)
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
