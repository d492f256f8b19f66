"""The transform that only Roundup's mapping needs; ``roundup.yaml`` names it."""

from __future__ import annotations

from typing import Any, Final

from isthmus.plugin import UNRESOLVED, Names, Transform


def _read_url(value: Any, names: Names) -> Any:
    return f"{names.base_url}/issue{value}" if value else None


def _write_nothing(value: Any, names: Names) -> Any:
    return UNRESOLVED


URL: Final = Transform(_read_url, _write_nothing, loss="the address of an issue is Roundup's own")
"""Id of an issue -> where people open it."""
