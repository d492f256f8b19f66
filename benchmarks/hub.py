"""The hub between two sandboxes, with a clock that nobody waits for, and what a stage of its work costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from isthmus.core.config.config import Config, load_config
from isthmus.core.run.assemble import Surroundings
from isthmus.core.sync.side import Side

from .accounts import connection
from .measure import Spent, spending
from .sandboxes import Sandbox

LINK = "mirror"


@dataclass(slots=True)
class Stage:
    """What one stage of the hub's work took."""

    spent: Spent = field(default_factory=Spent)
    sandboxes: float = 0.0
    """Seconds of processor time of all sandboxes together."""
    calls: dict[str, Counter[str]] = field(default_factory=dict)
    """Connection -> calls by operation."""
    sides: Mapping[str, Side] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Calls at all connections."""
        return sum(sum(counted.values()) for counted in self.calls.values())


class Hub:
    """One configuration for some sandboxes, by name of the connection."""

    def __init__(self, folder: Path, sandboxes: Mapping[str, Sandbox]) -> None:
        """Make a hub whose configuration and ledger live in a folder."""
        self._folder = folder
        self._sandboxes = sandboxes
        self._skipped = timedelta(0)

    @property
    def around(self) -> Surroundings:
        """The clock that the sandboxes follow."""
        return Surroundings(sleep=self.skip, clock=lambda: datetime.now(UTC) + self._skipped)

    def skip(self, seconds: float) -> None:
        """Let time pass everywhere."""
        self._skipped += timedelta(seconds=seconds)
        for sandbox in self._sandboxes.values():
            sandbox.control("clock", {"advance": seconds})

    def config(self) -> Config:
        """Write the configuration and load it: one link of all connections, which takes in everything."""
        members = list(self._sandboxes)
        link = {"members": members, "create": members, "backfill": "all", "brakes": {"max_changes_percent": 100}}
        document = {
            "connections": {
                name: connection(name, sandbox.vendor, sandbox.url, sandbox.credentials)
                for name, sandbox in self._sandboxes.items()
            },
            "links": {LINK: link},
        }
        path = self._folder / "isthmus.yaml"
        path.write_text(yaml.safe_dump(document))
        return load_config(path)

    @contextmanager
    def stage(self, sides: Mapping[str, Side] | None = None) -> Generator[Stage]:
        """Measure a stage of work.

        Args:
            sides: the members at work where they are open already; else the block says them in ``stage.sides``.
        """
        stage = Stage(sides=sides or {})
        before = _calls(stage.sides)
        theirs = self._cpu()
        with spending() as spent:
            yield stage
        stage.spent = spent
        stage.sandboxes = self._cpu() - theirs
        stage.calls = {name: counted - before.get(name, Counter()) for name, counted in _calls(stage.sides).items()}

    def _cpu(self) -> float:
        return sum(sandbox.cpu() for sandbox in self._sandboxes.values())


def _calls(sides: Mapping[str, Side]) -> dict[str, Counter[str]]:
    return {name: Counter(side.connector.calls()) for name, side in sides.items()}
