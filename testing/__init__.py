"""What authors of plug-ins and tests build on: the conformance suite and an in-memory tool.

The suite needs pytest, which the extra ``isthmus[testing]`` brings; everything else here does without it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .bench import Bench, Seen
from .dialect import Dialect
from .hostility import Answer, Crash, Fault, Hostility
from .memory import MemoryTool, memory_side
from .memory_connector import MemoryConnector
from .memory_store import Clock

if TYPE_CHECKING:
    from .conformance import Conformance, UnderFaults

__all__ = [
    "Answer",
    "Bench",
    "Clock",
    "Conformance",
    "Crash",
    "Dialect",
    "Fault",
    "Hostility",
    "MemoryConnector",
    "MemoryTool",
    "Seen",
    "UnderFaults",
    "memory_side",
]

_AREAS = ("people", "faults", "reading", "threads", "traits", "writing")

# Asserts are rewritten only in modules that are imported later, and only where pytest runs is there somebody to read them.
if (_pytest := sys.modules.get("pytest")) is not None:
    _pytest.register_assert_rewrite(*(f"{__name__}.{area}" for area in ("suite", "deeds", "conformance")))
    _pytest.register_assert_rewrite(*(f"{__name__}.conformance_{area}" for area in _AREAS))


def __getattr__(name: str) -> Any:
    """Give the suite when it is first asked for: it imports pytest."""
    if name in ("Conformance", "UnderFaults"):
        return getattr(import_module(".conformance", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
