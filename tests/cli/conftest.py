"""A desk for the command line: a configuration over two in-memory tools, and the shell that runs commands on it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from isthmus import cli
from isthmus.core import registry
from isthmus.core.connector import ConnectionSettings, Context
from isthmus.testing.memory import MemoryTool
from isthmus.testing.memory_store import Clock


@dataclass(frozen=True)
class Entry:
    """What the packaging metadata says of a connector."""

    value: str
    loaded: Any

    def load(self) -> Any:
        if isinstance(self.loaded, BaseException):
            raise self.loaded
        return self.loaded


@dataclass
class Answer:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Desk:
    folder: Path
    tools: dict[str, MemoryTool]
    capture: pytest.CaptureFixture[str]
    entries: dict[str, Entry]
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def left(self) -> MemoryTool:
        return self.tools["left"]

    @property
    def right(self) -> MemoryTool:
        return self.tools["right"]

    @property
    def config(self) -> Path:
        return self.folder / "isthmus.yaml"

    def install(self, tool: MemoryTool) -> None:
        """Put a tool in the place of the one of its name."""
        self.tools[tool.name] = tool
        self.entries[tool.name] = Entry(f"tests:{tool.name}", connector_for(tool))
        registry.connector_class.cache_clear()

    def write(self, **changes: Any) -> None:
        """Write the configuration, with some of its top keys replaced."""
        self.config.write_text(yaml.safe_dump({**self.settings, **changes}), "utf-8")

    def run(self, *arguments: str) -> Answer:
        """Run a command as a shell does."""
        self.capture.readouterr()
        code = cli.run(["--config", str(self.config), *arguments])
        said = self.capture.readouterr()
        return Answer(code, said.out, said.err)


def connector_for(tool: MemoryTool) -> type:
    """Give the class by which a configuration reaches a tool."""
    made = type(tool.connector())

    class Configured(made):
        def __init__(self, settings: ConnectionSettings, context: Context) -> None:
            key = "wrong-key" if str(settings.url).startswith("https://wrong") else tool.key
            super().__init__(settings, context, key=key)

    Configured.name = tool.name
    Configured.title = f"The {tool.name} tool"
    return Configured


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    clock = Clock()
    tools = {name: MemoryTool(name, clock=clock) for name in ("left", "right")}
    entries = {name: Entry(f"tests:{name}", connector_for(tool)) for name, tool in tools.items()}
    monkeypatch.setattr(registry, "_found", lambda: entries)
    monkeypatch.setenv("COLUMNS", "200")
    registry.connector_class.cache_clear()
    for name, tool in tools.items():
        spec = {**tool.dialect.mapping.model_dump(mode="json", by_alias=True), "connector": name}
        (tmp_path / f"{name}.map.yaml").write_text(yaml.safe_dump(spec), "utf-8")
    connections = {
        name: {
            "connector": name,
            "url": tool.url,
            "auth": {"kind": "api_key", "key": "env:ISTHMUS_TEST_KEY"},
            "mapping": f"{name}.map.yaml",
        }
        for name, tool in tools.items()
    }
    links = {"pair": {"members": ["left", "right"], "create": ["left", "right"], "backfill": "all"}}
    made = Desk(tmp_path, tools, capsys, entries, {"connections": connections, "links": links})
    made.write()
    yield made
    registry.connector_class.cache_clear()
    assert not [each for each in logging.getLogger("isthmus").handlers if type(each).__module__ == "logging"]
