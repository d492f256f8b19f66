"""What authors of plug-ins and tests build on: the conformance suite and an in-memory tool.

The suite needs pytest, which the extra ``isthmus[testing]`` brings.
"""

from __future__ import annotations

import pytest

for _area in ("suite", "deeds", "conformance", *(f"conformance_{_name}" for _name in ("reading", "writing", "threads"))):
    pytest.register_assert_rewrite(f"{__name__}.{_area}")
for _area in ("people", "faults", "traits"):
    pytest.register_assert_rewrite(f"{__name__}.conformance_{_area}")

from .bench import Bench, Seen  # noqa: E402 - asserts are rewritten only in modules that are imported later
from .conformance import Conformance, UnderFaults  # noqa: E402
from .dialect import Dialect  # noqa: E402
from .hostility import Answer, Crash, Fault, Hostility  # noqa: E402
from .memory import MemoryTool, memory_side  # noqa: E402
from .memory_connector import MemoryConnector  # noqa: E402
from .memory_store import Clock  # noqa: E402

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
