"""Export a connection: every incident with its comments as one line of JSON, read in pages and written as it comes.

A feed may repeat what changed while it was read; the file keeps the latest line of each incident. It appears under its
name only when it is whole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from ..connector import Record, Scope
from ..errors import ConfigError, InterruptedRunError
from ..model import Document
from ..sync.engine import RunOptions
from ..sync.side import Side
from .exits import Exit

HYDRATED = 100
"""Incidents whose threads are read together."""
TABLE = "create table lines (record text primary key, line integer, comments integer, files integer) without rowid"


@dataclass(slots=True)
class Export:
    """What an export wrote."""

    connection: str
    path: str
    incidents: int = 0
    comments: int = 0
    files: int = 0
    """Files that are named; their bytes stay where they are."""
    deleted: int = 0
    """Records that the vendor tells as deleted; they are left out."""
    census: int | None = None
    """Incidents that the connection's census names, where it was asked for."""
    missing: tuple[str, ...] = ()
    """Incidents that the census names and that cannot be read."""

    @property
    def exit(self) -> Exit:
        """The code with which the command ends."""
        return Exit.RED if self.missing else Exit.OK

    def report(self) -> dict[str, Any]:
        """Give the result as JSON values."""
        return {**asdict(self), "exit": int(self.exit)}


class _Lines:
    """The lines written so far: which incident stands where, and which lines a later one replaces.

    Their table lies on disk, so that memory does not grow with the connection.
    """

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        # SQLite keeps a database without a name in a file of its own, and removes it when it is closed.
        self._store = sqlite3.connect("")
        self._store.execute(TABLE)
        self.replaced: set[int] = set()
        self._next = 0

    def __len__(self) -> int:
        return self._next - len(self.replaced)

    def __contains__(self, record_id: str) -> bool:
        return self._store.execute("select 1 from lines where record = ?", (record_id,)).fetchone() is not None

    def add(self, record_id: str, document: Document) -> None:
        self.drop(record_id)
        comments = document["comments"]
        files = len(document["attachments"]) + sum(len(comment["attachments"]) for comment in comments)
        self._store.execute("insert into lines values (?, ?, ?, ?)", (record_id, self._next, len(comments), files))
        self._next += 1
        self._target.write(orjson.dumps(document) + b"\n")

    def drop(self, record_id: str) -> None:
        before = self._store.execute("select line from lines where record = ?", (record_id,)).fetchone()
        if before is not None:
            self.replaced.add(before[0])
            self._store.execute("delete from lines where record = ?", (record_id,))

    def parts(self) -> tuple[int, int]:
        """Give the number of comments and of files in the lines that stay."""
        return self._store.execute("select coalesce(sum(comments), 0), coalesce(sum(files), 0) from lines").fetchone()

    def close(self) -> None:
        self._store.close()


def export(side: Side, path: Path, options: RunOptions, *, scope: Scope | None = None, census: bool = False) -> Export:
    """Write every incident of a connection to a file.

    Args:
        side: the connection.
        path: where the file goes; an older one is replaced when the new one is whole.
        options: progress, and the wish to stop.
        scope: which incidents; all by default.
        census: count by a second way afterwards, and read what the feed did not show.

    Raises:
        ConfigError: the file cannot be written.
        ConnectorError: the vendor stops the export.
        InterruptedRunError: asked to stop; no file is left.
    """
    wanted = scope or Scope()
    part = path.with_name(path.name + ".part")
    done = Export(side.name, str(path))
    try:
        with part.open("wb") as target, closing(_Lines(target)) as lines:
            for page in side.connector.changes(None, wanted):
                _write_page(side, page.records, lines, done)
                del page  # it is large: it is let go before the next one is asked for
                _go_on(options, side, len(lines))
            if census:
                _count(side, wanted, lines, done)
            done.incidents, (done.comments, done.files) = len(lines), lines.parts()
        _finish(part, path, lines.replaced)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return done


def _go_on(options: RunOptions, side: Side, count: int) -> None:
    options.progress(f"exporting {side.name}", count, None)
    if options.stop():
        raise InterruptedRunError("asked to stop; the export is not whole, no file was written")


def _write_page(side: Side, records: Iterable[Record], lines: _Lines, done: Export) -> None:
    present: list[Record] = []
    for record in records:
        if record.deleted:
            lines.drop(record.id)
            done.deleted += 1
        else:
            present.append(record)
    for start in range(0, len(present), HYDRATED):
        documents = side.documents(present[start : start + HYDRATED])
        side.hydrate(documents)
        for record_id, document in documents.items():
            lines.add(record_id, document)


def _count(side: Side, scope: Scope, lines: _Lines, done: Export) -> None:
    """Read directly what a census names and the feed did not show: it may have come later, or be missing."""
    if not side.can("census"):
        raise ConfigError(f"{side.name}: this tool has no second way to count; leave --census out")
    there = set(side.connector.census(scope))
    unseen = sorted(each for each in there if each not in lines)
    found: set[str] = set()
    for start in range(0, len(unseen), HYDRATED):
        fetched = side.connector.fetch(unseen[start : start + HYDRATED])
        found.update(record.id for record in fetched)
        _write_page(side, fetched, lines, done)
    done.census = len(there)
    done.missing = tuple(each for each in unseen if each not in found)


def _finish(part: Path, path: Path, replaced: set[int]) -> None:
    """Give the file its name, without the lines that later ones replace."""
    if not replaced:
        part.replace(path)
        return
    whole = path.with_name(path.name + ".whole")
    with part.open("rb") as source, whole.open("wb") as target:
        target.writelines(line for number, line in enumerate(source) if number not in replaced)
    whole.replace(path)
