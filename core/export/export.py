"""Export incidents of the store: choose, cut into chunks, write one chunk after the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InterruptedRunError
from ..model import format_time
from ..store.people import People
from . import masking, whole
from .landing import landing
from .request import Exported, Format, Part, Request
from .selection import choose, chunks
from .tables import TABLES
from .workbook import WorkbookWriter
from .writers import LineWriter, ParquetWriter, WholeWriter, Writer

if TYPE_CHECKING:
    from ..store.store import Store


def export(
    store: Store,
    request: Request,
    path: Path,
    *,
    progress: Callable[[str, int, int | None], None] = lambda words, done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> Exported:
    """Write incidents of the store to a file, or to a folder for Parquet.

    Args:
        store: the store; temporary tables are made in its connection.
        request: what, and how.
        path: where to; ``-`` is standard output. It appears when it is whole.
        progress: told what is done, how much of it, and of how many.
        stop: asked from time to time whether to give up.

    Raises:
        UserError: the request cannot be met, or the place cannot be written.
        InterruptedRunError: asked to stop; nothing is left.
    """
    parts = request.tables()
    as_of = request.as_of or store.last_learned() or datetime.max.replace(tzinfo=UTC)
    done = Exported(str(path), format_time(as_of), rows=dict.fromkeys(parts, 0))
    store.believe(as_of)
    done.incidents = choose(store, request.which)
    people = masking.start(store, request.key) if request.mask else None

    def go_on(count: int) -> None:
        progress("exporting", count, done.incidents)
        if stop():
            raise InterruptedRunError("asked to stop; the export is not whole, nothing was written")

    try:
        with landing(path, folder=request.format is Format.PARQUET) as part_path:
            with closing(_writer(store, request, parts, part_path, people)) as writer:
                for place in chunks(store, done.incidents, _sources(request, parts)):
                    go_on(place)
                    if people:
                        masking.gather(store)
                    for part in parts:
                        done.rows[part] += writer.write(part, place)
                done.cut = writer.cut
            go_on(done.incidents)
    finally:
        if people:
            masking.stop(store)
    return done


def _sources(request: Request, parts: tuple[Part, ...]) -> set[str]:
    """Give the tables of the store that are read."""
    needed = {TABLES[part].rows for part in parts}
    if _whole(request, parts):
        needed.update(whole.SOURCES)
    if request.mask:
        needed.update(masking.SOURCES)
    return needed


def _whole(request: Request, parts: tuple[Part, ...]) -> bool:
    return request.format is Format.JSONL and parts == (Part.INCIDENTS,)


def _writer(store: Store, request: Request, parts: tuple[Part, ...], path: Path, people: People | None) -> Writer:
    match request.format:
        case Format.JSONL if _whole(request, parts):
            return WholeWriter(store, path, people)
        case Format.JSONL | Format.CSV:
            return LineWriter(store, path, request.format, mask=request.mask)
        case Format.PARQUET:
            return ParquetWriter(store, path, mask=request.mask)
        case Format.XLSX:
            return WorkbookWriter(store, path, mask=request.mask)
