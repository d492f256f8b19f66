"""A workbook whose columns say what they hold: text that is never a formula, moments, lengths of time, shares, links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from ..export.cells import safe
from ..export.sheets import ROWS, Sheet, Sheets, fitting, new_book
from ..kpi.figures import Unit
from .words import DAY, clean, link

LINKS = 5_000
"""Links of a sheet, which the library keeps in memory; Excel takes 65,530. The others are text."""
LONGEST_LINK = 2000
"""Characters; Excel takes 2,079."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    TIME = "time"
    """UTC; Excel knows no time zones."""
    NUMBER = "number"
    SPAN = "span"
    """Seconds; shown as hours and minutes."""
    SHARE = "share"
    FLAG = "flag"
    LINK = "link"


class Column(NamedTuple):
    """A column."""

    title: str
    kind: Kind = Kind.TEXT
    width: float = 14


class Measured(NamedTuple):
    """A value that brings its unit, for a column in which units differ."""

    unit: Unit
    value: float | None


_FORMATS = {
    Kind.TIME: "yyyy-mm-dd hh:mm",
    Kind.SPAN: "[h]:mm",
    Kind.SHARE: "0.0%",
    Kind.NUMBER: "#,##0",
    Unit.MEAN: "#,##0.00",
}
_OF_UNIT = {Unit.SECONDS: Kind.SPAN, Unit.SHARE: Kind.SHARE, Unit.COUNT: Kind.NUMBER, Unit.MEAN: Unit.MEAN}


class Book:
    """A workbook at work."""

    def __init__(self, path: Path, *, limit: int = ROWS) -> None:
        """Start a workbook.

        Args:
            path: the file.
            limit: rows of a sheet.

        Raises:
            UserError: the library is not installed.
        """
        self.file = new_book(path)
        self.made: list[Sheets] = []
        self._limit = limit
        self._links: dict[str, int] = {}
        self.formats: dict[str, Any] = {name: self.file.add_format({"num_format": form}) for name, form in _FORMATS.items()}
        self.formats["heading"] = self.file.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.formats["link"] = self.file.get_default_url_format()

    def table(self, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Sheets:
        """Write a table to a sheet of its own, and to further ones where it is full."""
        heads = [(column.title, column.width) for column in columns]
        sheets = Sheets(self.file, title, heads, self.formats["heading"], limit=self._limit)
        self.made.append(sheets)
        for row in rows:
            sheet, line = sheets.next()
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                self._put(sheet, line, place, column.kind, value)
        return sheets

    def close(self) -> None:
        """Write the file."""
        for sheets in self.made:
            sheets.close()
        self.file.close()

    def _put(self, sheet: Sheet, line: int, place: int, kind: str, value: Any) -> None:
        if isinstance(value, Measured):
            kind, value = _OF_UNIT[value.unit], value.value
        if value is None or value == "":
            return
        match kind:
            case Kind.TEXT:
                sheet.write_string(line, place, text(value))
            case Kind.LINK:
                self._put_link(sheet, line, place, value)
            case Kind.TIME:
                sheet.write_datetime(line, place, value.replace(tzinfo=None), self.formats[kind])
            case Kind.FLAG:
                sheet.write_string(line, place, "yes" if value else "no")
            case Kind.SPAN:
                sheet.write_number(line, place, value / DAY, self.formats[kind])
            case _:
                sheet.write_number(line, place, value, self.formats[kind])

    def _put_link(self, sheet: Sheet, line: int, place: int, value: str) -> None:
        url, used = link(value), self._links.get(sheet.name, 0)
        if url is None or used >= LINKS or len(url) > LONGEST_LINK:
            sheet.write_string(line, place, text(value))
            return
        self._links[sheet.name] = used + 1
        sheet.write_url(line, place, url, self.formats["link"], text(url))


def text(value: str) -> str:
    """Give a text as a cell may hold it: no formula, no control character, not too long."""
    return fitting(str(safe(clean(value))))
