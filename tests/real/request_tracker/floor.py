"""A floor on which one real server stands among sandboxes, as if it were one of them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from isthmus.core.net.auth import ApiTokenAuth, AuthSettings
from isthmus.testing.floor import NOW, Floor

from .bench import RequestTrackerBench
from .server import Server
from .snapshot import snapshot

VENDOR = "request_tracker"


class FloorBench(RequestTrackerBench):
    """The server's bench with what a floor asks of a sandbox's."""

    options: dict[str, Any] = {"queue": "Support", "timeout": 60}  # noqa: RUF012 - as the sandboxes' benches have it
    working: dict[str, Any] = {}  # noqa: RUF012

    @property
    def running(self) -> Any:
        return SimpleNamespace(vendor=SimpleNamespace(name=VENDOR), base_url=self.proxy.url)

    def auth(self, *, wrong: bool) -> AuthSettings:
        return ApiTokenAuth(user="isthmus", token=self.secret(self.server.token))

    def control(self, order: str, body: Any = None) -> Any:
        """Answer what a sandbox's control endpoints answer."""
        if order == "inspect":
            return {"writes_seen": self.proxy.writes}
        assert order == "snapshot"
        return snapshot(self.server.query)


@dataclass
class RealFloor(Floor):
    """Sandboxes, and the server under any name."""

    server: Server = field(kw_only=True)

    @contextmanager
    def tool(self, name: str, vendor: str, tickets: int = 0, load: Path | None = None) -> Generator[Any]:
        """Open a sandbox, or the server, which is emptied first and takes no file."""
        if vendor != VENDOR:
            with super().tool(name, vendor, tickets, load) as bench:
                yield bench
            return
        bench: Any = FloorBench(self.server)
        others = list(self.benches.values())
        self.server.advance(((others[0].now() if others else NOW + self.skipped) - self.server.now()).total_seconds())
        self.benches[name] = bench
        try:
            for number in range(tickets):
                bench.open(f"Brought along {number}")
            yield bench
        finally:
            del self.benches[name]
            bench.close()
