"""Real servers: started once for a worker from a database that is made once for all, or left out with the reason."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from filelock import FileLock

HERE = Path(__file__).parent


def _load(name: str) -> ModuleType:
    """Load a package that stands beside this file, under its own name."""
    if name not in sys.modules:
        folder = HERE / name
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out, with the reason, what no server can be started for."""
    reason = _load("request_tracker").why_not()
    for item in items if reason else ():
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.skip(reason=f"left out: {reason}"))


@pytest.fixture(scope="session")
def request_tracker() -> ModuleType:
    """The package of that name beside this file."""
    return _load("request_tracker")


@pytest.fixture(scope="session")
def request_tracker_server(request_tracker: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A running Request Tracker."""
    shared = tmp_path_factory.getbasetemp().parent
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
