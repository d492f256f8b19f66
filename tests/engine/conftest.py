"""A link of in-memory tools, ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from isthmus.core.config.links import LinkConfig
from isthmus.core.connector import Record
from isthmus.core.errors import InterruptedRunError
from isthmus.core.ledger.ledger import Ledger
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import MappingSpec
from isthmus.core.sync.engine import Engine, RunOptions, RunResult
from isthmus.core.sync.side import Side
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

    def settled(self, **fields: Any) -> tuple[str, str]:
        """Make an incident at the first tool, let its twin and their receipts settle, and give both ids."""
        record = self.a.create(**{"title": "x", **fields})
        for _ in range(3):
            self.cycle()
        return record, self.partner(record)

    def partner(self, record_id: str, name: str = "b", *, of: str = "a") -> str:
        """Give the id that the incident of a record has at another tool."""
        bond = self.ledger.find_bonds(self.link.name, of, [record_id])[record_id]
        return self.ledger.bonds([bond])[bond].members[name].record_id

    def lose_ledger(self) -> None:
        """Go on without what the ledger knew, as somebody does who deletes the file."""
        self.ledger.close()
        self.ledger = Ledger("sqlite://", clock=self.clock)

    def interrupt(self, checks: int = 2) -> None:
        """Begin a cycle that is asked to stop once it has asked so often whether to go on."""
        asked = count(1)
        with pytest.raises(InterruptedRunError):
            self.engine().sync(RunOptions(stop=lambda: next(asked) > checks))

    def remap(self, name: str, change: Callable[[MappingSpec], MappingSpec] = lambda spec: spec) -> None:
        """Give a side another version of its mapping."""
        side = self.sides[name]
        spec = change(side.mapping.spec)
        mapping = Mapping(spec.model_copy(update={"version": spec.version + 1}))
        self.sides[name] = Side(name, side.connector, mapping, side.directory, side.writable, side.account)

    def record(self, name: str, record_id: str) -> Record:
        (record,) = self.sides[name].connector.fetch([record_id])
        return record


@pytest.fixture
def make_world() -> Iterator[Callable[..., World]]:
    """Make a link of tools a, b, ... with these dialects; keyword arguments are the link's settings."""
    worlds: list[World] = []

    def make(*dialects: Dialect, **settings: Any) -> World:
        clock = Clock()
        names = ("a", "b", "c", "d")[: max(len(dialects), 2)]
        chosen = (*dialects, Dialect(), Dialect())[: len(names)]
        tools = {name: MemoryTool(name, dialect, clock=clock) for name, dialect in zip(names, chosen, strict=True)}
        link = LinkConfig.model_validate({"name": "ab", "members": names, "create": names, "backfill": "all", **settings})
        worlds.append(World(clock, tools, Ledger("sqlite://", clock=clock), link))
        return worlds[-1]

    yield make
    for world in worlds:
        world.ledger.close()
