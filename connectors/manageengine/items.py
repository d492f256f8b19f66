"""Configuration items: found by id, by serial, then by exact name.

Vendor facts (manageengine.com, CMDB and assets): items are read from ``/configuration_items`` where the account has a CMDB,
else from ``/assets``; neither serials nor names are unique, so several that fit are nobody's.
"""

from __future__ import annotations

from typing import Final

from ...core.connector import Json
from ...core.errors import ForbiddenError, RecordError
from ...core.model import ConfigurationItem
from .calls import Calls
from .criteria import equals

PLACES: Final = ("configuration_items", "assets")


def find_item(calls: Calls, item: ConfigurationItem) -> ConfigurationItem | None:
    """Find an item by serial, then by exact name; None where none or several fit."""
    for field, value in (("serial_number", item.serial), ("name", item.name)):
        rows = _rows(calls, field, value) if value else []
        if len(rows) == 1:
            (row,) = rows
            serial = row.get("serial_number") or None
            return ConfigurationItem(id=str(row["id"]), name=row.get("name") or None, serial=serial)
    return None


def _rows(calls: Calls, field: str, value: str) -> list[Json]:
    for place in PLACES:
        try:
            rows, _ = calls.page(f"/{place}", place, {"row_count": 5, "search_criteria": equals(field, value)})
        except (RecordError, ForbiddenError):
            continue
        exact = [row for row in rows if row.get(field) == value]
        if exact:
            return exact
    return []
