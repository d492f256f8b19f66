"""What a test of the conformance suite asks of a connector: an operation or a trait. A test without it is skipped.

Nothing else skips. The tests that a connector skips follow from its class alone, so their number can be pinned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from ..core.connector import Connector, Traits, operations

MARK: Final = "conformance_needs"
Test = TypeVar("Test", bound=Callable[..., Any])
Condition = Callable[[type[Connector]], str | None]
"""Gives why a connector need not pass a test, or None."""


def needs(*names: str) -> Callable[[Test], Test]:
    """Ask for operations of the contract."""

    def lacking(connector: type[Connector]) -> str | None:
        missing = sorted(set(names) - operations(connector))
        return f"no operation {', '.join(missing)}" if missing else None

    return _mark(lacking)


def needs_trait(words: str, holds: Callable[[Traits], object]) -> Callable[[Test], Test]:
    """Ask for a trait; ``words`` say what the connector declares where it does not hold."""
    return _mark(lambda connector: None if holds(connector.traits) else words)


def _mark(condition: Condition) -> Callable[[Test], Test]:
    def decorate(test: Test) -> Test:
        setattr(test, MARK, [*getattr(test, MARK, []), condition])
        return test

    return decorate


def reason_to_skip(test: object, connector: type[Connector]) -> str | None:
    """Give why a test does not apply to a connector, or None."""
    for condition in getattr(test, MARK, ()):
        reason: str | None = condition(connector)
        if reason is not None:
            return reason
    return None


def skipped(suite: type, connector: type[Connector]) -> dict[str, str]:
    """Give the tests of a suite that a connector skips, and why."""
    tests = {name: getattr(suite, name) for name in dir(suite) if name.startswith("test_")}
    reasons = {name: reason_to_skip(test, connector) for name, test in tests.items()}
    return {name: reason for name, reason in reasons.items() if reason is not None}
