"""A tool, and a store that collects it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from isthmus.core.config.links import migration_link
from isthmus.core.ledger.ledger import Ledger
from isthmus.core.store.collect import Collected, Collector
from isthmus.core.store.store import Store
from isthmus.core.sync.engine import Engine, RunOptions
from isthmus.core.sync.migrate import Migration
from isthmus.core.sync.side import Side
from isthmus.testing import Clock, Dialect, MemoryTool, memory_side


class Collecting:
    """One store, and the tools that it collects."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = Store(None)
        self.tools: dict[str, MemoryTool] = {}
        self.ledger: Ledger | None = None

    def tool(self, name: str = "desk", **dialect: Any) -> MemoryTool:
        """Open a tool."""
        self.tools[name] = MemoryTool(name, Dialect(**dialect), clock=self.clock)
        return self.tools[name]

    def side(self, name: str = "desk") -> Side:
        """Give a tool as a member of a link."""
        side = memory_side(name, self.tools[name])
        side.identify(side.connector.identify().account_id)
        return side

    def collect(self, name: str = "desk", *, census: bool = False, side: Side | None = None, **options: Any) -> Collected:
        """Collect a tool, a while after what was done last."""
        self.clock.advance(300)
        made = Collector(self.store, side or self.side(name), clock=self.clock, ledger=self.ledger, **options)
        return made.collect(census=census)

    def move(self, source: str, target: str) -> None:
        """Migrate everything of one tool to another."""
        self.clock.advance(300)
        if self.ledger is None:
            self.ledger = Ledger("sqlite://", clock=self.clock)
        sides = {name: self.side(name) for name in (source, target)}
        engine = Engine(migration_link(source, target), sides, self.ledger, history=True, clock=self.clock)
        job = Migration(engine, source=source, target=target, clock=self.clock, sleep=self.clock.advance)
        job.read(RunOptions())
        assert job.apply(RunOptions()).outcome == "ok"
        assert job.verify(RunOptions()).clean

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Give the rows of a query over what is believed now, in its order or in that of their words."""
        last = self.store.last_learned()
        assert last is not None
        self.store.believe(last)
        rows = self.store.sql.execute(query).fetchall()
        return rows if "order by" in query else sorted(rows, key=str)

    def rows(self, table: str) -> int:
        """Count the rows of a table, those of the past as well."""
        found = self.store.sql.execute(f"select count(*) from {table}").fetchone()
        assert found is not None
        return found[0]


@pytest.fixture
def collecting() -> Iterator[Collecting]:
    made = Collecting()
    yield made
    made.store.close()
    if made.ledger is not None:
        made.ledger.close()
