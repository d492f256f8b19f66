"""What an export is asked for, and what it wrote."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..errors import UserError


class Format(StrEnum):
    """What files are written."""

    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    """A folder, partitioned as Hive does: ``incidents/connection=support/month=2026-03/``."""

    @property
    def many(self) -> bool:
        """Whether one export holds several tables."""
        return self in (Format.XLSX, Format.PARQUET)


class Part(StrEnum):
    """A table that can be exported."""

    INCIDENTS = "incidents"
    """In JSONL whole, with comments, files, timeline and SLA clocks: what :class:`Incident` reads."""
    COMMENTS = "comments"
    TIMELINE = "timeline"
    SLA = "sla"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which incidents: those that meet every condition. An empty one is met by all.

    Comments, timeline and SLA clocks are those of these incidents, all of them.
    """

    connections: tuple[str, ...] = ()
    opened_from: datetime | None = None
    """Opened at that moment or later."""
    opened_before: datetime | None = None
    statuses: tuple[str, ...] = ()
    priorities: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    """Names of assignment groups, in any case."""
    labels: tuple[str, ...] = ()
    """One of these is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to export, and how."""

    format: Format
    parts: tuple[Part, ...] = ()
    """By default all that the format holds in one file."""
    which: Filter = Filter()
    as_of: datetime | None = None
    """What was believed at this moment; by default now."""
    mask: bool = False
    """Hide personal data."""
    key: bytes | None = field(default=None, repr=False)
    """What pseudonyms are made with; a random one by default."""

    def tables(self) -> tuple[Part, ...]:
        """Give the tables to write.

        Raises:
            UserError: the format holds one table, and several are asked for.
        """
        if self.format.many:
            return self.parts or tuple(Part)
        if len(self.parts) > 1:
            raise UserError(f"a {self.format} file holds one table; export {' and '.join(self.parts)} one by one")
        return self.parts or (Part.INCIDENTS,)


@dataclass(slots=True)
class Exported:
    """What an export wrote."""

    path: str
    as_of: str
    """RFC 3339."""
    incidents: int = 0
    """Incidents that were chosen, whichever of their tables were written."""
    rows: dict[Part, int] = field(default_factory=dict[Part, int])
    """Table -> rows written."""
    cut: int = 0
    """Texts of a workbook that are longer than a cell can be."""

    def report(self) -> dict[str, Any]:
        """Give the result as JSON values."""
        return {**asdict(self), "rows": {str(part): count for part, count in self.rows.items()}}
