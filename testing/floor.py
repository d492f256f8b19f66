"""A floor of sandboxes on one clock, connected by one configuration: where moves and mirrors between tools are tried."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..core.config.config import Config, load_config
from ..core.config.written import to_yaml
from ..core.connector import Json
from ..core.run.assemble import Surroundings
from ..sandbox import start
from ..sandbox.load import read as read_records
from .benches import bench_class
from .sandbox_bench import SandboxBench

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SETTLE_AFTER = 10
"""Seconds after which a write that is not found has never been done: the sandboxes store at once."""


@dataclass
class Floor:
    """Sandboxes that stand side by side, by the name of their connection."""

    folder: Path
    seed: int = 11
    benches: dict[str, SandboxBench] = field(default_factory=dict)
    skipped: timedelta = timedelta(0)

    @contextmanager
    def tool(self, name: str, vendor: str, tickets: int = 0, load: Path | None = None) -> Generator[SandboxBench]:
        """Open a sandbox under a name, with so many seeded tickets and a file of real ones; it is closed at the end."""
        with start(vendor, now=NOW + self.skipped, seed=self.seed) as running:
            bench = bench_class(vendor)(running)
            bench.control("seed", {"tickets": tickets, "seed": self.seed})
            if load is not None:
                running.vendor.load(read_records(load))
            self.benches[name] = bench
            try:
                yield bench
            finally:
                del self.benches[name]
                bench.close()

    def skip(self, seconds: float) -> None:
        """Let time pass everywhere."""
        self.skipped += timedelta(seconds=seconds)
        for bench in self.benches.values():
            bench.advance(seconds)

    @property
    def around(self) -> Surroundings:
        """What the program lends to its parts: the time of the sandboxes."""
        return Surroundings(sleep=self.skip, clock=lambda: next(iter(self.benches.values())).now())

    def snapshot(self, name: str) -> Json:
        """Give the raw state of a tool."""
        return self.benches[name].control("snapshot")

    def attempts(self) -> int:
        """Give how many writes reached the tools, refused ones included."""
        return sum(bench.control("inspect")["writes_seen"] for bench in self.benches.values())

    def config(self, links: dict[str, Json] | None = None, ledger: str = "isthmus.db") -> Config:
        """Give a configuration of every tool on the floor."""
        content = {
            "connections": {name: self._connection(bench) for name, bench in self.benches.items()},
            "links": links or {},
            "ledger": f"sqlite:///{self.folder / ledger}",
        }
        path = self.folder / "isthmus.yaml"
        path.write_text(to_yaml(content), "utf-8")
        return load_config(path)

    def _connection(self, bench: SandboxBench) -> Json:
        running = bench.running
        auth: Any = bench.auth(wrong=False).model_dump(mode="json", exclude_none=True)
        settings = {**bench.options, **bench.working}
        return {
            "connector": running.vendor.name,
            "url": running.base_url,
            "auth": auth,
            "timeout": 10,
            "settle_after": SETTLE_AFTER,
            **{name: value for name, value in settings.items() if name != "page"},
        }
