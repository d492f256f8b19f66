"""Sandboxes on real sockets, connected by a configuration file, and a clock that nobody waits for."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from isthmus.core.config.config import Config, load_config
from isthmus.core.run.assemble import Surroundings, open_engine, open_migration
from isthmus.core.sync.engine import RunOptions, RunResult
from isthmus.core.sync.migrate import Forecast
from isthmus.core.sync.verify import Certificate
from isthmus.sandbox import Running, start

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def _load(name: str) -> ModuleType:
    """Load a module that stands beside this one, under its own name, so that they can import each other."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def oracle() -> ModuleType:
    """The independent judge of migrations."""
    return _load("oracle")


@pytest.fixture(scope="session")
def agreement(oracle: ModuleType) -> ModuleType:
    """The independent judge of mirrors."""
    return _load("agreement")


@pytest.fixture(scope="session")
def recorded() -> ModuleType:
    """Tickets that real instances once returned."""
    return _load("recorded")


@pytest.fixture(scope="session")
def humans() -> ModuleType:
    """People who work in the tools."""
    return _load("humans")


@dataclass
class Bench:
    """Some sandboxes and the configuration that connects them."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    sandboxes: dict[str, Running] = field(default_factory=dict)
    skipped: timedelta = timedelta(0)
    settle_after: float = 10
    """Seconds after which the hub takes a write that it does not find as never done. The sandboxes store at once."""
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Connection -> options of its connector."""

    def open(self, name: str, vendor: str, **options: Any) -> Running:
        """Start a sandbox as a connection."""
        running = start(vendor, now=NOW, **options)
        self.sandboxes[name] = running
        return running

    def control(self, name: str, path: str, body: Any = None) -> Any:
        """Give an order to a sandbox: GET without a body, POST with one."""
        return self.sandboxes[name].control(path, body)

    def snapshot(self, name: str) -> dict[str, Any]:
        return self.control(name, "snapshot")

    # -- time

    def clock(self) -> datetime:
        """The time of the hub: that of the sandboxes."""
        first = next(iter(self.sandboxes.values()))
        return first.vendor.clock.now()

    def skip(self, seconds: float) -> None:
        """Let time pass everywhere."""
        for name in self.sandboxes:
            self.control(name, "clock", {"advance": seconds})

    @property
    def around(self) -> Surroundings:
        return Surroundings(sleep=self.skip, clock=self.clock)

    # -- the hub

    def config(self, links: dict[str, Any] | None = None) -> Config:
        """Write the configuration file and load it."""
        connections: dict[str, Any] = {}
        for name, running in self.sandboxes.items():
            secret = f"SECRET_{name.upper()}"
            given = running.credentials
            if "api_token" in given:
                auth = {"kind": "api_token", "user": given["api_token"]["user"], "token": f"env:{secret}"}
                self.monkeypatch.setenv(secret, given["api_token"]["token"])
                connector = "zendesk"
            else:
                auth = {"kind": "basic", "user": given["basic"]["user"], "password": f"env:{secret}"}
                self.monkeypatch.setenv(secret, given["basic"]["password"])
                connector = "servicenow"
            connections[name] = {
                "connector": connector,
                "url": running.base_url,
                "auth": auth,
                "timeout": 5,
                "settle_after": self.settle_after,
                **self.settings.get(name, {}),
            }
        path = self.folder / "isthmus.yaml"
        path.write_text(yaml.safe_dump({"connections": connections, "links": links or {}}, allow_unicode=True))
        return load_config(path)

    def migrate(
        self, source: str, target: str, links: dict[str, Any] | None = None
    ) -> tuple[Forecast, RunResult, Certificate]:
        """Migrate and verify, going on after passing faults as a person would."""
        self.skip(120)
        options = RunOptions()
        with open_migration(self.config(links), source, target, self.around) as job:
            job.read(options)
            forecast = job.forecast(options)
            result = job.apply(options)
            for _ in range(6):
                if not (job.waiting() or result.tally.counts["incidents"]["failed"]):
                    break
                self.skip(60)
                job.retry_failed()
                result = job.apply(options)
            failures = [str(each.message) for each in job.engine.ledger.failures(job.key)]
            assert not failures, failures
            return forecast, result, job.verify(options)

    def sync(self, links: dict[str, Any], name: str = "mirror", **options: Any) -> RunResult:
        """Let the export's lag pass and run one cycle."""
        self.skip(120)
        config = self.config(links)
        with open_engine(config, config.link(name), around=self.around) as engine:
            return engine.sync(RunOptions(**options))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the command line on the configuration file, as a process of its own and in real time."""
        command = [sys.executable, "-m", "isthmus", "--config", str(self.folder / "isthmus.yaml"), *arguments]
        return subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def stored(self) -> int:
        """How many writes reached the sandboxes so far, refused ones included."""
        return sum(self.control(name, "inspect")["writes_seen"] for name in self.sandboxes)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """An empty bench; its sandboxes stop with the test."""
    made = Bench(tmp_path, monkeypatch)
    yield made
    for running in made.sandboxes.values():
        running.stop()
