"""Exit codes: what a script learns from how ``isthmus`` ends.

The one place that turns an error or an outcome into a code.
"""

from __future__ import annotations

from enum import IntEnum

from ..errors import BrakeError, ConnectorError, InterruptedRunError, LeaseHeldError, RunError, StaleTargetError, UserError


class Exit(IntEnum):
    """How a command ends."""

    OK = 0
    INTERNAL = 1
    """A defect of Isthmus, or a ledger that cannot be used."""
    USAGE = 2
    """A wrong command line, configuration, mapping or secret reference: the message names the place and the fix."""
    PARTIAL = 3
    """Done, but a person is needed: conflicts, failures, or incidents that moved since a plan was made."""
    RED = 4
    """Something is unexplained: a remainder in the equation, or a difference on reading back."""
    BRAKE = 5
    """A brake stopped the run before its first write."""
    LEASE = 6
    """Another process works on this link."""
    VENDOR = 7
    """A vendor is unreachable, or refuses the credentials or the work."""
    INTERRUPTED = 8
    """Asked to stop; the write in hand was finished and the next run goes on."""


_BY_ERROR: tuple[tuple[type[BaseException], Exit], ...] = (
    (UserError, Exit.USAGE),
    (BrakeError, Exit.BRAKE),
    (LeaseHeldError, Exit.LEASE),
    (StaleTargetError, Exit.PARTIAL),
    (InterruptedRunError, Exit.INTERRUPTED),
    (KeyboardInterrupt, Exit.INTERRUPTED),
    (ConnectorError, Exit.VENDOR),
    (RunError, Exit.INTERNAL),
)

_BY_OUTCOME = {"ok": Exit.OK, "partial": Exit.PARTIAL, "red": Exit.RED}


def exit_for(error: BaseException) -> Exit:
    """Give the code of a command that an error ended."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), Exit.INTERNAL)


def exit_of(outcome: str) -> Exit:
    """Give the code of a run that ended by itself, by its outcome."""
    return _BY_OUTCOME[outcome]


_SEVERITY = (
    Exit.OK,
    Exit.PARTIAL,
    Exit.LEASE,
    Exit.INTERRUPTED,
    Exit.VENDOR,
    Exit.BRAKE,
    Exit.USAGE,
    Exit.RED,
    Exit.INTERNAL,
)


def severity(code: Exit) -> int:
    """Rank a code: the higher, the more it needs a person."""
    return _SEVERITY.index(code)


def worst(codes: list[Exit]) -> Exit:
    """Give the code of several runs together: the one that needs a person most."""
    return max(codes, key=severity, default=Exit.OK)
