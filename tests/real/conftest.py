"""Real servers: started once for a worker from a database that is made once for all, or left out with the reason."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from filelock import FileLock

HERE = Path(__file__).parent


def _load(name: str, path: Path | None = None) -> ModuleType:
    """Load a module, or without a path the package that stands beside this file, under its own name."""
    if name not in sys.modules:
        folder = HERE / name
        spec = importlib.util.spec_from_file_location(
            name, path or folder / "__init__.py", submodule_search_locations=None if path else [str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def _between(items: list[pytest.Item]) -> list[pytest.Item]:
    """Give the cases, of classes that are ``brief``, that are neither the first nor the last of their test."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if isinstance(item, pytest.Function) and getattr(item.cls, "brief", False):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    return [item for each in cases.values() for item in each[1:-1]]


def _but_one(items: list[pytest.Item], reason: str) -> list[pytest.Item]:
    """Give what no server can be started for, but one of the small form and one of the long: these tell the reason."""
    dropped: list[pytest.Item] = []
    for long in (False, True):
        told, *others = [each for each in items if (each.get_closest_marker("acceptance") is not None) is long] or [None]
        if told is not None:
            told.add_marker(pytest.mark.skip(reason=f"left out, and {len(others)} like it: {reason}"))
        dropped += others
    return dropped


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep brief what has a long form, and leave out what no server can be started for."""
    here = [item for item in items if item.path.is_relative_to(HERE)]
    reason = _load("request_tracker").why_not()
    dropped = set(_but_one(here, reason) if reason else _between(here))
    config.hook.pytest_deselected(items=list(dropped))
    items[:] = [item for item in items if item not in dropped]


@pytest.fixture(scope="session")
def request_tracker() -> ModuleType:
    """The package of that name beside this file."""
    return _load("request_tracker")


@pytest.fixture(scope="session")
def recorded() -> ModuleType:
    """Tickets that real instances once returned."""
    return _load("recorded", HERE.parent / "acceptance" / "recorded.py")


@pytest.fixture(scope="session")
def request_tracker_server(request_tracker: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A running Request Tracker."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # a worker's own folder stands in that of the run
        shared = shared.parent
    template = shared / "request-tracker"
    with FileLock(shared / "request-tracker.lock"):
        if not (template / "made").exists():
            shutil.rmtree(template, ignore_errors=True)
            request_tracker.Server(template)
            (template / "made").touch()
    server = request_tracker.Server(tmp_path_factory.mktemp("request-tracker"), template)
    server.start()
    try:
        yield server
    finally:
        server.stop()
