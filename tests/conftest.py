"""Settings that all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from isthmus.testing import UnderFaults

settings.register_profile("ci", max_examples=30, derandomize=True, deadline=None, database=None)
settings.register_profile("long", max_examples=400, deadline=None)
settings.load_profile("ci")

ROOT = Path(__file__).parent
REPEATS = tuple(
    ROOT / name
    for name in (
        *("acceptance", "real", "parity", "engine/test_machine.py", "cli/test_demo_all.py", "core/test_mapping.py"),
        *("report/test_browser.py", "report/test_hostile.py", "testing/test_oracle.py", "test_house_rules.py"),
        *("test_packaging.py", "test_docs.py"),
        *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "engine").glob("test_regressions_*.py")),
    )
)


@pytest.hookimpl(tryfirst=True)  # marks are looked at by the hook that selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what goes, in the large, over lines that smaller tests reach: it runs without the cost of measuring."""
    for item in items:
        faulty = isinstance(item, pytest.Function) and item.cls is not None and issubclass(item.cls, UnderFaults)
        if faulty or any(item.path.is_relative_to(path) for path in REPEATS):
            item.add_marker("unmeasured")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests recorded as ``summary``: counts that a passing test would keep to itself, whatever the worker."""
    reports = [report for kept in terminalreporter.stats.values() for report in kept]
    properties = [pair for report in reports for pair in getattr(report, "user_properties", ())]
    for line in dict.fromkeys(str(value) for name, value in properties if name == "summary"):
        terminalreporter.write_line(line)
