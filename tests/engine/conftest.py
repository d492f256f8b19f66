"""A link of in-memory tools, ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from isthmus.core.connector import Record
from isthmus.core.engine import Engine, RunOptions, RunResult
from isthmus.core.ledger import Ledger
from isthmus.core.link_config import LinkConfig
from isthmus.core.side import Side
from isthmus.testing.dialect import Dialect
from isthmus.testing.memory import MemoryTool, memory_side
from isthmus.testing.memory_store import Clock


@dataclass
class World:
    """Some tools, the link between them and its ledger."""

    clock: Clock
    tools: dict[str, MemoryTool]
    ledger: Ledger
    link: LinkConfig
    sides: dict[str, Side] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sides = {name: memory_side(name, tool) for name, tool in self.tools.items()}

    @property
    def a(self) -> MemoryTool:
        return self.tools["a"]

    @property
    def b(self) -> MemoryTool:
        return self.tools["b"]

    def engine(self, **options: Any) -> Engine:
        return Engine(self.link, self.sides, self.ledger, clock=self.clock, **options)

    def cycle(self, **options: Any) -> RunResult:
        """Let two minutes pass and run one cycle."""
        self.clock.advance(120)
        return self.engine().sync(RunOptions(**options))

    def attempts(self) -> int:
        return sum(sum(tool.attempts.values()) for tool in self.tools.values())

    def relink(self, **changes: Any) -> None:
        """Change the link's configuration."""
        self.link = LinkConfig.model_validate({**self.link.model_dump(by_alias=True), **changes})

    def twin(self, name: str = "b", marker: str | None = None) -> dict[str, Any]:
        """Give the raw record that we created at a tool."""
        found = [
            record
            for record in self.tools[name].records.values()
            if record["external_key"] and (marker is None or record["external_key"] == marker)
        ]
        assert len(found) == 1, found
        return found[0]

    def record(self, name: str, record_id: str) -> Record:
        (record,) = self.sides[name].connector.fetch([record_id])
        return record


@pytest.fixture
def make_world() -> Iterator[Callable[..., World]]:
    """Make a link of tools a, b, ... with these dialects; keyword arguments are the link's settings."""
    ledgers: list[Ledger] = []

    def make(*dialects: Dialect, **settings: Any) -> World:
        clock = Clock()
        names = ("a", "b", "c", "d")[: max(len(dialects), 2)]
        chosen = (*dialects, Dialect(), Dialect())[: len(names)]
        tools = {name: MemoryTool(name, dialect, clock=clock) for name, dialect in zip(names, chosen, strict=True)}
        ledger = Ledger("sqlite://", clock=clock)
        ledgers.append(ledger)
        link = LinkConfig.model_validate({"name": "ab", "members": names, "create": names, "backfill": "all", **settings})
        return World(clock, tools, ledger, link)

    yield make
    for ledger in ledgers:
        ledger.close()
