"""Workbooks: a sheet with a table for each table of the export, and further sheets where one is full."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .request import Format, Part
from .rows import rows
from .sheets import ROWS, Sheets, fitting, new_book
from .tables import TABLES, Kind

if TYPE_CHECKING:
    from ..store.store import Store

FETCHED = 1000
"""Rows that are taken from the store at once."""
WIDTHS = {Kind.TEXT: 48, Kind.TIME: 20, Kind.NUMBER: 10, Kind.FLAG: 10, Kind.EMAIL: 28}
USUAL_WIDTH = 18


class WorkbookWriter:
    """Writes a workbook row by row."""

    def __init__(self, store: Store, path: Path, *, mask: bool, limit: int = ROWS) -> None:
        """Start a workbook.

        Args:
            store: where rows come from.
            path: the file.
            mask: hide people.
            limit: rows of a sheet.
        """
        self._store, self._mask, self._limit = store, mask, limit
        self.cut = 0
        """Texts that are longer than a cell, and were cut."""
        self._book = new_book(path)
        self._formats: dict[str, Any] = {
            "heading": self._book.add_format({"bold": True}),
            "time": self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        self._sheets: dict[Part, Sheets] = {}

    def write(self, part: Part, place: int) -> int:
        """Write the rows of one table for the incidents of the chunk."""
        count = 0
        if part not in self._sheets:
            columns = [(column.name, WIDTHS.get(column.kind, USUAL_WIDTH)) for column in TABLES[part].columns]
            self._sheets[part] = Sheets(self._book, part.capitalize(), columns, self._formats["heading"], limit=self._limit)
        found = self._store.sql.execute(rows(part, Format.XLSX, mask=self._mask))
        while batch := found.fetchmany(FETCHED):
            for row in batch:
                self._write_row(part, row)
            count += len(batch)
        return count

    def _write_row(self, part: Part, row: tuple[Any, ...]) -> None:
        cells, line = self._sheets[part].next()
        for place, (column, value) in enumerate(zip(TABLES[part].columns, row, strict=True)):
            if value is None or value == "":
                continue
            match column.kind:
                case Kind.TIME:
                    cells.write_datetime(line, place, value, self._formats["time"])
                case Kind.NUMBER:
                    cells.write_number(line, place, value)
                case Kind.FLAG:
                    cells.write_boolean(line, place, value)
                case _:
                    cells.write_string(line, place, self._fitting(value))

    def _fitting(self, text: str) -> str:
        cut = fitting(text)
        self.cut += cut is not text
        return cut

    def close(self) -> None:
        """Write the workbook."""
        for sheets in self._sheets.values():
            sheets.close()
        self._book.close()
