"""Export incidents: bring the store up to date where that is wished, choose, and write the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ..config.config import Config
from ..errors import ConnectorError, UserError
from ..export.export import export as write
from ..export.landing import STANDARD_OUTPUT
from ..export.request import Exported, Filter, Format, Part, Request
from ..kpi.periods import Period
from ..net.secrets import resolve_secret
from ..store.store import Store
from ..suggest import did_you_mean
from ..sync.engine import RunOptions
from .assemble import PLAIN, Surroundings
from .collect import Collection, collect
from .exits import Exit

FORMATS = {".jsonl": Format.JSONL, ".ndjson": Format.JSONL, ".csv": Format.CSV, ".xlsx": Format.XLSX, "": Format.PARQUET}
"""End of a file's name -> format; a folder is Parquet."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be exported, as a person says it."""

    path: Path
    """``-`` is standard output."""
    format: str | None = None
    """By default what the name of the file says."""
    tables: tuple[str, ...] = ()
    which: Filter = field(default_factory=Filter)
    period: str | None = None
    """Incidents opened in it: ``2026-Q1`` and the like, in the time zone of the reports."""
    as_of: datetime | None = None
    mask: bool = False
    key: str | None = None
    """Reference to the secret that pseudonyms are made with, such as ``env:NAME``."""


@dataclass(frozen=True, slots=True)
class Export:
    """What an export did."""

    exported: Exported
    collected: Collection | None = None

    @property
    def exit(self) -> Exit:
        """The code with which the command ends: that of collecting, where it was asked for."""
        return self.collected.exit if self.collected else Exit.OK

    def report(self) -> dict[str, Any]:
        """Give the result as JSON values."""
        collected: list[Any] = self.collected.report()["connections"] if self.collected else []
        return {**self.exported.report(), "collected": collected, "exit": int(self.exit)}


def export(
    config: Config,
    connections: Sequence[str],
    wish: Wish,
    options: RunOptions,
    around: Surroundings = PLAIN,
    *,
    collecting: bool = False,
    census: bool = False,
) -> Export:
    """Write incidents of the store to a file.

    Args:
        config: the configuration.
        connections: whose incidents; those of all by default.
        wish: which of them, and how.
        options: progress, and the wish to stop.
        around: clock and waits, for collecting.
        collecting: read first what changed at the vendors.
        census: count there by a second way, and read what the feed did not show.

    Raises:
        UserError: the wish cannot be met, nothing has been collected, or the place cannot be written.
        ConnectorError: a connection cannot be collected; nothing is written.
        LedgerError: the store cannot be used.
        InterruptedRunError: asked to stop; nothing is written.
    """
    request = _request(config, connections, wish)
    collected = collect(config, connections, options, around, census=census) if collecting else None
    if collected:
        _refuse_failures(collected)
    if not config.store_path.is_file():
        raise UserError(f"there is no store at {config.store_path}; {_COLLECT}")
    with Store(config.store_path, read_only=True) as store:
        _know(store, connections)
        store.check_known(wish.as_of)
        exported = write(store, request, wish.path, progress=options.progress, stop=options.stop)
    return Export(exported, collected)


_COLLECT = "collect first (isthmus collect), or let the export do it (--collect)"


def _request(config: Config, connections: Sequence[str], wish: Wish) -> Request:
    period = Period.parse(wish.period, config.report.zone) if wish.period else None
    which = replace(wish.which, connections=tuple(connections))
    if period:
        which = replace(which, opened_from=period.first, opened_before=period.last)
    made = Request(
        format=_format(wish),
        parts=tuple(map(Part, dict.fromkeys(wish.tables))),
        which=which,
        as_of=wish.as_of,
        mask=wish.mask,
        key=resolve_secret(wish.key).reveal().encode() if wish.key else None,
    )
    made.tables()
    if wish.path == STANDARD_OUTPUT and made.format.many:
        raise UserError(f"{made.format} is not for standard output; name a file or a folder")
    return made


def _format(wish: Wish) -> Format:
    if wish.format:
        return Format(wish.format)
    if wish.path == STANDARD_OUTPUT:
        return Format.JSONL
    try:
        return FORMATS[wish.path.suffix.lower()]
    except KeyError:
        raise UserError(
            f"{wish.path}: what format is that? End its name with {', '.join(filter(None, FORMATS))}, or say --format"
        ) from None


def _refuse_failures(collected: Collection) -> None:
    """End where a connection could not be read to its end: an export that looks whole would lie."""
    for each in collected.connections:
        if each.error is not None:
            raise ConnectorError(f"{each.error}; nothing was exported")


def _know(store: Store, connections: Sequence[str]) -> None:
    known = [row[0] for row in store.sql.execute("select distinct connection from collections order by 1").fetchall()]
    if not known:
        raise UserError(f"nothing is in the store at {store.path}; {_COLLECT}")
    for name in connections:
        if name not in known:
            raise UserError(f"nothing of '{name}' is in the store{did_you_mean(name, known)}; {_COLLECT}")
