"""The operational catalogue: the categories that incidents of the server take.

Vendor facts (docs.bmc.com, operational categorizations; common knowledge of the product): ``CFG:Service Catalog`` holds a
row for each path of ``Categorization Tier 1`` to ``3``; what is no such path is refused with the whole write.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

from ...core.connector import FieldInfo, Json
from ...core.errors import ForbiddenError, RecordError, UnexpectedReplyError
from .calls import Calls
from .query import Keyset, equals

CATALOGUE: Final = "CFG:Service Catalog"
TIERS: Final = ("Categorization Tier 1", "Categorization Tier 2")
BY_PATH: Final = Keyset("Service Catalog ID")


class Catalogue:
    """The categories of one server, read once."""

    def __init__(self, calls: Calls) -> None:
        """Make an empty catalogue."""
        self._calls = calls

    @cached_property
    def _rows(self) -> list[Json]:
        try:
            return list(self._calls.rows(CATALOGUE, equals("Status", "Enabled"), TIERS, keys=BY_PATH))
        except (RecordError, ForbiddenError, UnexpectedReplyError):
            return []

    def fields(self) -> list[FieldInfo]:
        """Give the tiers as choice fields, so that a category that is unknown here is not written.

        Where the catalogue cannot be read no category is known.
        """
        return [
            FieldInfo(tier, tier, options=tuple((value, value) for value in sorted(self._values(tier)))) for tier in TIERS
        ]

    def _values(self, tier: str) -> set[str]:
        return {str(row[tier]) for row in self._rows if row.get(tier)}
