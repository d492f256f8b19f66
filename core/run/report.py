"""Report on a period: compute its figures from the store, write them as HTML, workbook or JSON, and record that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from ..config.config import Config
from ..errors import UserError
from ..export.landing import landing
from ..kpi.compute import build, compute
from ..kpi.definitions import BY_ID
from ..kpi.figures import Dimension, KpiInfo, Report, Source, Ticket
from ..kpi.periods import Period
from ..kpi.sources import sources
from ..kpi.tickets import tickets, values
from ..model import format_time
from ..report.html import html
from ..report.json import json
from ..report.later import later
from ..report.xlsx import write_xlsx
from ..store.store import Store, naive
from ..suggest import did_you_mean
from .exits import Exit

Write = Callable[[Store, Report, Path], object]
WRITERS: dict[str, Write] = {
    ".html": lambda _store, report, path: path.write_text(html(report), encoding="utf-8"),
    ".xlsx": write_xlsx,
    ".json": lambda _store, report, path: path.write_bytes(json(report)),
}
"""How a file is written, by its name's end."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report says in short, and where it lies."""

    period: str
    as_of: datetime
    incidents: int
    files: dict[str, str]
    """Path -> SHA-256 of the bytes."""
    figures: dict[str, float | None]
    """KPI -> its figure over everything."""
    incomplete: tuple[str, ...]
    """Connections whose copy is not proven to be complete, and configured ones that were never collected."""
    later: Path | None = None
    """The file that says what was learned since, for a report on an earlier moment."""

    @property
    def exit(self) -> Exit:
        """The code with which the command ends."""
        return Exit.PARTIAL if self.incomplete else Exit.OK

    def report(self) -> dict[str, Any]:
        """Give the result as JSON values."""
        return {
            "period": self.period,
            "as_of": format_time(self.as_of),
            "incidents": self.incidents,
            "figures": self.figures,
            "files": self.files,
            "incomplete": list(self.incomplete),
            "later": str(self.later) if self.later else None,
            "exit": int(self.exit),
        }


@dataclass(frozen=True, slots=True)
class Listed:
    """All incidents that a figure counts."""

    period: str
    as_of: datetime
    info: KpiInfo
    by: str | None
    """``priority=1``; None for the figure over everything."""
    tickets: tuple[Ticket, ...]
    exit: Exit
    """The code with which the command ends, as for a report."""

    def report(self) -> dict[str, Any]:
        """Give the result as JSON values."""
        return {
            "period": self.period,
            "as_of": format_time(self.as_of),
            "kpi": self.info.id,
            "title": self.info.title,
            "definition": self.info.definition,
            "unit": self.info.unit.value,
            "by": self.by,
            "count": len(self.tickets),
            "tickets": [ticket.model_dump() for ticket in self.tickets],
            "exit": int(self.exit),
        }


def report(
    config: Config,
    period: str | None,
    files: Sequence[Path],
    *,
    now: datetime,
    as_of: datetime | None = None,
    progress: Callable[[str, int, int | None], None] = lambda words, done, total: None,
) -> Reported:
    """Make the report of a period.

    The same store, moment and configuration give the same bytes. For an earlier moment a further file, beside the first one
    and named as it is but for its end ``.later.json``, says what was learned since.

    Args:
        config: the configuration; its section ``report`` says how figures are computed.
        period: as :meth:`Period.parse` reads it; by default the last quarter that was over by then.
        files: where to, each by its name's end as HTML, XLSX or JSON.
        now: when; it is recorded in the store, and stands in no file.
        as_of: what was learned later does not count; by default everything counts.
        progress: told what is done.

    Raises:
        UserError: the period or a file's name is wrong, a file cannot be written, or nothing has been collected.
        ConfigError: a calendar's holidays are unknown.
        LedgerError: the store cannot be used.
    """
    writers = [(path, _writer(path)) for path in files]
    with opened(config, as_of) as (store, moment):
        chosen = _period(config, period, moment)
        progress("computing", 0, None)
        made = compute(store, config.report, chosen, moment)
        digests: dict[str, str] = {}
        for done, (path, write) in enumerate(writers):
            progress(f"writing {path.name}", done, len(writers))
            with landing(path) as part:
                write(store, made, part)
                digests[str(path)] = _digest(part)
        _record(store, made, now, digests)
        since = _write_later(config, store, chosen, made, files)
    return Reported(
        period=chosen.label,
        as_of=moment,
        incidents=made.incidents,
        files=digests,
        figures={figure.kpi: figure.value for figure in made.figures if figure.dimension is None},
        incomplete=lacking(config, made.sources),
        later=since,
    )


def list_tickets(
    config: Config, period: str | None, kpi: str, *, by: str | None = None, as_of: datetime | None = None
) -> Listed:
    """List all incidents that a figure counts, those that weigh most first.

    Args:
        config: the configuration.
        period: as for :func:`report`.
        kpi: the KPI's id.
        by: a dimension and its value, such as ``priority=1``; None for the figure over everything.
        as_of: as for :func:`report`.

    Raises:
        UserError: the period, the KPI, the dimension or its value is unknown, or nothing has been collected.
        ConfigError: a calendar's holidays are unknown.
        LedgerError: the store cannot be used.
    """
    if kpi not in BY_ID:
        raise UserError(f"unknown KPI '{kpi}'{did_you_mean(kpi, BY_ID)}")
    dimension, value = _dimension(by)
    with opened(config, as_of) as (store, moment):
        chosen = _period(config, period, moment)
        build(store, config.report, chosen, moment)
        if dimension and value not in (known := values(store, dimension)):
            raise UserError(f"no incident of {chosen.label} has {by}{did_you_mean(value, known)}")
        found = tickets(store, kpi, dimension, value)
        short = lacking(config, sources(store, moment))
    return Listed(chosen.label, moment, BY_ID[kpi].info, by, tuple(found), Exit.PARTIAL if short else Exit.OK)


def lacking(config: Config, found: Sequence[Source]) -> tuple[str, ...]:
    """Give the connections of which a report may lack incidents.

    Those are the ones whose copy is not proven to be complete, and the configured ones that were never collected, as after
    the first collect was killed between two of them.
    """
    known = {source.connection for source in found}
    never = (name for name in config.connections if name not in known)
    return (*(source.connection for source in found if not source.complete), *never)


def _period(config: Config, text: str | None, moment: datetime) -> Period:
    zone = config.report.zone
    return Period.parse(text, zone) if text else Period.last_quarter(moment, zone)


def _writer(path: Path) -> Write:
    try:
        return WRITERS[path.suffix.lower()]
    except KeyError:
        raise UserError(
            f"{path}: a report is written as {', '.join(WRITERS)}; end the file's name with one of them"
        ) from None


@contextmanager
def opened(config: Config, as_of: datetime | None) -> Generator[tuple[Store, datetime]]:
    """Open the store, and say as of when it is asked."""
    path = config.store_path
    if not path.is_file():
        raise UserError(f"there is no store at {path}; collect first: isthmus collect")
    with Store(path) as store:
        last = store.last_learned()
        if last is None:
            raise UserError(f"nothing is in the store at {path}; collect first: isthmus collect")
        store.check_known(as_of)
        yield store, last if as_of is None else min(as_of, last)


def _write_later(config: Config, store: Store, period: Period, made: Report, files: Sequence[Path]) -> Path | None:
    if not files:
        return None
    path = files[0].with_suffix(".later.json")
    last = store.last_learned()
    if last is None or last <= made.as_of:
        if path.is_file():
            path.unlink()  # it belongs to a report that this one replaced
        return None
    found = later(store, config.report, period, made, last)
    with landing(path) as part:
        part.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return path


def _dimension(by: str | None) -> tuple[Dimension | None, str]:
    if by is None:
        return None, ""
    name, equals, value = by.partition("=")
    if not equals or name not in set(Dimension):
        raise UserError(
            f"'{by}' names no figure{did_you_mean(name, list(Dimension))}; write DIMENSION=VALUE, such as priority=1"
        )
    return Dimension(name), value


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _record(store: Store, made: Report, now: datetime, digests: dict[str, str]) -> None:
    """Keep the settings with which a report was made, so that it can be made again."""
    kept = {Path(path).suffix[1:]: digest for path, digest in digests.items()}
    row = [naive(now), naive(made.as_of), format_time(made.first), format_time(made.last)]
    store.sql.execute(
        "insert into reports values (?, ?, ?, ?, ?, ?)",
        [*row, orjson.dumps(made.settings).decode(), orjson.dumps(kept).decode()],
    )
