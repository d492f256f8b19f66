"""Settings that all tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, database=None)
settings.load_profile("ci")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests recorded as ``summary``: counts that a passing test would keep to itself, whatever the worker."""
    reports = [report for kept in terminalreporter.stats.values() for report in kept]
    properties = [pair for report in reports for pair in getattr(report, "user_properties", ())]
    for line in dict.fromkeys(str(value) for name, value in properties if name == "summary"):
        terminalreporter.write_line(line)
