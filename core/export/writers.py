"""The files of an export but workbooks: each takes one chunk after the other.

DuckDB writes the rows of a chunk; what it wrote is put behind what the chunks before it left.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from ..errors import UserError
from ..extras import extra
from ..store.people import People
from ..store.quoting import string
from . import masking
from .request import Format, Part
from .rows import rows
from .whole import documents

if TYPE_CHECKING:
    from ..store.store import Store

ROW_GROUP = 20_000
"""Rows that a Parquet file keeps in memory before it writes them."""


class Writer(Protocol):
    """Writes one table, or several, chunk by chunk."""

    cut: int
    """Texts that do not fit, and were cut."""

    def write(self, part: Part, place: int) -> int:
        """Write the rows of one table for the incidents of the chunk, and give their number.

        Args:
            part: the table.
            place: how many incidents were in the chunks before.
        """
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


class WholeWriter:
    """Whole incidents, a line of JSON each."""

    cut = 0

    def __init__(self, store: Store, path: Path, people: People | None) -> None:
        """Start a file; without people where they are given."""
        self._store, self._people = store, people
        self._file = path.open("wb")

    def write(self, part: Part, place: int) -> int:
        """Write the incidents of a chunk."""
        count = 0
        parties = masking.parties(self._store) if self._people else {}
        for number, document in documents(self._store):
            shown = self._people.redact(document, parties.get(number, ())) if self._people else document
            self._file.write(orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class LineWriter:
    """Rows as CSV, or as a line of JSON each."""

    cut = 0

    def __init__(self, store: Store, path: Path, form: Format, *, mask: bool) -> None:
        """Start a file."""
        self._store, self._form, self._mask = store, form, mask
        self._file = path.open("wb")
        self._chunk = path.with_name(path.name + ".chunk")

    def write(self, part: Part, place: int) -> int:
        """Write the rows of a chunk; the first one of CSV brings the heading."""
        header = f", header {str(place == 0).lower()}"
        options = f"format csv{header}" if self._form is Format.CSV else "format json"
        count = copy(self._store, rows(part, self._form, mask=self._mask), self._chunk, options)
        with self._chunk.open("rb") as source:
            shutil.copyfileobj(source, self._file)
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._chunk.unlink(missing_ok=True)


class ParquetWriter:
    """Parquet files in folders as Hive names them: ``TABLE/connection=.../month=.../data_N_0.parquet``."""

    cut = 0

    def __init__(self, store: Store, folder: Path, *, mask: bool) -> None:
        """Start in an empty folder."""
        self._store, self._folder, self._mask = store, folder, mask

    def write(self, part: Part, place: int) -> int:
        """Write the rows of a chunk, into as many partitions as it touches."""
        folder = self._folder / part
        folder.mkdir(exist_ok=True)
        options = (
            f"format parquet, compression zstd, row_group_size {ROW_GROUP}, partition_by (connection, month), "
            f"overwrite_or_ignore true, filename_pattern 'data_{place}_{{i}}'"
        )
        return copy(self._store, rows(part, Format.PARQUET, mask=self._mask), folder, options)

    def close(self) -> None:
        """Leave the folder as it is."""


def copy(store: Store, query: str, path: Path, options: str) -> int:
    """Let DuckDB write the rows of a query, and give their number.

    Raises:
        UserError: the place cannot be written.
    """
    duckdb: Any = extra("duckdb", "report")
    try:
        found = store.sql.execute(f"copy ({query}) to {string(str(path))} ({options})").fetchone()
    except duckdb.IOException as error:
        raise UserError(f"{path.name} cannot be written: {error}") from error
    return int(found[0]) if found else 0
