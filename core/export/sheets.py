"""Sheets of a workbook: each holds a table that Excel can sort and filter; a full one goes on in a further sheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from ..extras import extra

Book: TypeAlias = Any
"""XlsxWriter's ``Workbook``, whose types are incomplete; ``Sheet`` is its ``Worksheet``."""
Sheet: TypeAlias = Any

ROWS = 1_048_576
"""Of a sheet, the heading included: the limit of Excel."""
LONGEST = 32_767
"""Characters of a cell, as UTF-16 counts them: the limit of Excel."""
CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands in every workbook, so that the same rows have the same bytes."""


def new_book(path: Path) -> Book:
    """Start a workbook that holds no rows in memory.

    Raises:
        UserError: the library is not installed.
    """
    book: Book = extra("xlsxwriter", "report").Workbook(str(path), {"constant_memory": True})
    book.set_properties({"created": CREATED})
    return book


def fitting(text: str) -> str:
    """Give a text as a cell can hold it; one that is too long ends with an ellipsis."""
    if len(text) <= LONGEST // 2 or len(text.encode("utf-16-le")) // 2 <= LONGEST:
        return text
    return text.encode("utf-16-le")[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + "…"


class Sheets:
    """One table, over as many sheets as its rows need."""

    def __init__(
        self, book: Book, title: str, columns: Sequence[tuple[str, float]], heading: Any, *, limit: int = ROWS
    ) -> None:
        """Start the first sheet.

        Args:
            book: the workbook.
            title: of the sheet, and the name of the table.
            columns: the heading and the width of each.
            heading: how headings look.
            limit: rows of a sheet.
        """
        self._book, self._columns, self._heading, self._limit = book, tuple(columns), heading, limit
        self.title = title
        self.rows = 0
        self._made: list[tuple[Sheet, int]] = []
        self._add()

    def _add(self) -> None:
        number = len(self._made) + 1
        sheet = self._book.add_worksheet(self.title if number == 1 else f"{self.title} {number}")
        sheet.freeze_panes(1, 0)
        for place, (name, width) in enumerate(self._columns):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, name, self._heading)
        self._made.append((sheet, 0))

    @property
    def first(self) -> Sheet:
        """The first sheet."""
        return self._made[0][0]

    @property
    def count(self) -> int:
        """How many sheets there are."""
        return len(self._made)

    def next(self) -> tuple[Sheet, int]:
        """Give the sheet and the line, counted from 0, of the next row."""
        if self._made[-1][1] + 1 == self._limit:
            self._add()
        sheet, used = self._made[-1]
        self._made[-1] = sheet, used + 1
        self.rows += 1
        return sheet, used + 1

    def close(self) -> None:
        """Say that the rows are tables; nothing is written afterwards."""
        for number, (sheet, used) in enumerate(self._made, 1):
            self._declare(sheet, used, self.title if number == 1 else f"{self.title}_{number}")

    def _declare(self, sheet: Sheet, used: int, name: str) -> None:
        """Declare a table.

        The library refuses to where it keeps no rows, since it writes the headings, which stand there already, and it
        remembers every cell of a table. So the table is declared over its first rows, and then stretched over all.
        """
        if (
            not sheet.previous_row
        ):  # a table has a row, be it an empty one, and the headings must be out before it is declared
            sheet.write_blank(1, 0, None, self._heading)
        sheet.constant_memory = False
        headings = [{"header": heading} for heading, _ in self._columns]
        sheet.add_table(0, 0, 1, len(headings) - 1, {"name": name.replace(" ", "_").lower(), "columns": headings})
        sheet.constant_memory = True
        table: dict[str, Any] = sheet.tables[-1]
        for area in ("range", "a_range", "autofilter"):
            table[area] = f"{table[area].rstrip('0123456789')}{max(used, 1) + 1}"
