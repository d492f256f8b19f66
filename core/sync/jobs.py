"""What carrying out plans works with: the progress of each incident, a job for each write, and the desk they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..config.links import LinkConfig
from ..connector import Outcome, Record, Write
from ..errors import ConnectorError
from ..ledger.ledger import Ledger, new_id
from ..ledger.state import Bond, Intent, IntentKind, Receipt, Value
from .plan import BondPlan, PartPlan
from .planner import Planner
from .side import Side
from .spool import Spool


@dataclass(slots=True)
class Progress:
    """What became of one plan so far."""

    plan: BondPlan
    bond: Bond
    errors: list[ConnectorError] = field(default_factory=list)
    """Errors that concern the incident as a whole."""
    parked: list[str] = field(default_factory=list)
    """Refusals that concern one group: the group waits, the rest flows."""
    refused: set[tuple[str, str]] = field(default_factory=set)
    """(connection, group) that could not be written."""
    apart: list[tuple[str, str]] = field(default_factory=list)
    """(connection, group) to be written once more by itself, since together they were refused."""
    parts_written: list[PartPlan] = field(default_factory=list)
    parts_failed: list[PartPlan] = field(default_factory=list)
    keys: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What recognises the copies, by the identity of the part that is carried; made once for each."""
    unpaired: list[str] = field(default_factory=list)
    """Intents of comments and files that were written and whose copies are not known yet. They stay open until the thread
    was read, so that a run that ends before that leaves them to be settled, not to be carried again."""
    left: dict[tuple[str, str], Value] = field(default_factory=dict)
    """(connection, group) -> the value half-way to the planned one at which a failed write ended."""
    fresh: dict[str, Record] = field(default_factory=dict)
    """Connection -> the record as it was read just before the writes, where it was."""
    read_at: dict[str, datetime] = field(default_factory=dict)
    """Connection -> our time of that."""
    stale: bool = False
    """A record moved between reading and writing: the incident is planned again."""
    unsettled: bool = False
    """The fate of a write is unknown: the incident waits until it is settled."""

    def record_id(self, connection: str) -> str | None:
        """Give the id of the member's record, where it exists by now."""
        return self.plan.records.get(connection)


@dataclass(slots=True)
class Job:
    """One write with its intent, and what to do about its outcome."""

    progress: Progress
    intent: Intent
    write: Write
    done: Callable[[Outcome], None]
    failed: Callable[[ConnectorError, str | None], None]
    """Takes the error, and the id of the record if it exists."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What all jobs of one run share."""

    planner: Planner
    ledger: Ledger
    run: str
    spool: Spool
    clock: Callable[[], datetime]
    cycle: int
    """Number of this run among the link's runs, for the budgets of writes."""

    @property
    def link(self) -> LinkConfig:
        """The link's configuration."""
        return self.planner.link

    @property
    def sides(self) -> Mapping[str, Side]:
        """The members at work, by connection."""
        return self.planner.sides

    @property
    def history(self) -> bool:
        """Whether creates keep original times and stay silent."""
        return self.planner.history

    def intent(self, progress: Progress, kind: IntentKind, connection: str, **facts: Any) -> Intent:
        """Make an intent for a write about one incident."""
        return Intent(
            id=new_id(),
            run=self.run,
            link=self.link.name,
            kind=kind,
            connection=connection,
            bond=progress.bond.id,
            at=self.clock(),
            **facts,
        )

    def save_receipts(
        self,
        bond: str,
        group: str,
        values: Mapping[str, Value],
        *,
        verified: bool,
        raws: Mapping[str, Value] | None = None,
    ) -> None:
        """Store what members hold of a group now that the bond agrees."""
        known = raws or {}
        self.ledger.save_receipts(
            (bond, name, group, Receipt(value, known.get(name), self.sides[name].mapping.version, verified))
            for name, value in values.items()
        )
