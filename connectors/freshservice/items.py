"""Configuration items, which are assets here.

Vendor facts (api.freshservice.com, assets): ``search`` takes one condition, ``"name:'x'"``, by name, asset tag or serial
number, and finds parts of texts as well; people and calls name an asset by its ``display_id``. None of the three is unique.
"""

from __future__ import annotations

from ...core.connector import Json
from ...core.errors import ForbiddenError, NotFoundError
from ...core.model import ConfigurationItem
from .api import Api
from .queries import equals, is_askable


class Items:
    """The assets of one account."""

    def __init__(self, api: Api) -> None:
        """Make a finder."""
        self._api = api

    def find(self, item: ConfigurationItem) -> ConfigurationItem | None:
        """Find an asset by external id (its tag), by serial, then by exact name; several that fit are nobody's."""
        for field, value in (("asset_tag", item.external_id), ("serial_number", item.serial), ("name", item.name)):
            rows = self._rows(field, value) if value and is_askable(value) else []
            if len(rows) == 1:
                return _item(rows[0])
        return None

    def _rows(self, field: str, value: str) -> list[Json]:
        params = {"search": f'"{equals(field, value)}"'}
        try:
            return [row for row in self._api.rows("/api/v2/assets", "assets", params) if row.get(field) == value]
        except (ForbiddenError, NotFoundError):
            return []


def _item(row: Json) -> ConfigurationItem:
    return ConfigurationItem(
        id=str(row["display_id"]),
        name=row.get("name") or None,
        serial=row.get("serial_number") or None,
        external_id=row.get("asset_tag") or None,
    )
