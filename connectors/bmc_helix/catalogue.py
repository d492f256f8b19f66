"""The operational catalogue: the categories that incidents of the server take.

Vendor facts (docs.bmc.com, operational categorizations; common knowledge of the product): ``CFG:Service Catalog`` holds a
row for each path of ``Categorization Tier 1`` to ``3``; what is no such path is refused with the whole write.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

from ...core.connector import Dependency, FieldInfo, Json
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
        first, second = TIERS
        pairs = frozenset((str(row[first]), str(row[second])) for row in self._rows if row.get(first) and row.get(second))
        return [
            FieldInfo(first, first, options=self._options(first)),
            FieldInfo(second, second, options=self._options(second), dependency=Dependency(first, pairs)),
        ]

    def _options(self, tier: str) -> tuple[tuple[str, str], ...]:
        return tuple((value, value) for value in sorted({str(row[tier]) for row in self._rows if row.get(tier)}))
