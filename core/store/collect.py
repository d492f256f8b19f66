"""Collect one connection: read what changed since the last time, page by page, into the store.

A page and the cursor that follows it are one transaction: whatever a crash interrupts, the next reading goes on where this
one stood, and nothing is missing or there twice. A record that cannot be read stops nothing; it is named, and tried again
the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ..connector import Record, Scope
from ..errors import InterruptedRunError
from ..ledger.ledger import Ledger
from ..model import Document
from ..sync.past import Past
from ..sync.reading import BROKEN, out_of_scope, read_documents
from ..sync.side import Side
from ..sync.timeline import add_timelines
from .bonds import learn_bonds
from .collections import Collections, Earlier, Reading
from .forgotten import Forgotten
from .learning import Learner
from .rows import Rows, rows_of
from .store import Store

HYDRATED: Final = 100
"""Incidents whose threads and histories are read together."""
NOTHING: Final = frozenset({"connection", "id", "comments", "attachments"})
"""All that is known of an incident that cannot be read."""
LOOK_BACK: Final = timedelta(minutes=10)
"""How far before the last reading the list of deletions is read again."""


@dataclass(slots=True)
class Collected:
    """What became of one connection."""

    connection: str
    read: int = 0
    changed: int = 0
    deleted: int = 0
    held: int | None = None
    """Incidents that the store holds now, without the deleted ones."""
    vendor_count: int | None = None
    """The vendor's own count, where it gives one."""
    census: int | None = None
    """Incidents that the vendor names by a second way, where that was asked for."""
    missing: tuple[str, ...] = ()
    """Those of them that the store does not hold."""
    notices: tuple[str, ...] = ()
    """What was asked for and could not be done, which loses nothing."""
    problems: dict[str, str] = field(default_factory=dict[str, str])
    """Incident -> why it cannot be read."""
    error: str | None = None
    """What ended the reading, where it did not come to its end."""

    @property
    def outcome(self) -> str:
        """How the reading ended: ``ok``, or ``red`` where something is missing or cannot be read, or ``failed``."""
        if self.error is not None:
            return "failed"
        return "red" if self.missing or self.problems else "ok"

    def report(self) -> dict[str, Any]:
        """Give the facts as JSON values."""
        told = {"missing": list(self.missing), "notices": list(self.notices), "outcome": self.outcome}
        return {**asdict(self), **told}


class Collector:
    """Collects one connection."""

    def __init__(
        self,
        store: Store,
        side: Side,
        *,
        clock: Callable[[], datetime],
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[str, int, int | None], None] = lambda words, done, total: None,
        scope: Scope | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        """Make a collector.

        Args:
            store: where it goes.
            side: the connection at work.
            clock: our clock, UTC.
            stop: asked after each page whether to end.
            progress: told how much has been read.
            scope: which incidents; all by default.
            ledger: tells what an incident was before it was moved here, and which records are one incident.
        """
        self._store = store
        self._side = side
        self._clock = clock
        self._stop = stop
        self._progress = progress
        self._scope = scope or Scope()
        self._learner = Learner(store)
        self._ledger = ledger
        self._past = Past(ledger, side)
        self._collections = Collections(store)
        self._forgotten = Forgotten(store)
        self._done = Collected(side.name)
        self._number = 0

    def collect(self, *, census: bool = False) -> Collected:
        """Read what changed, and with ``census`` compare with what the vendor names by a second way.

        Raises:
            ConnectorError: the vendor stops the reading; what was read stays.
            InterruptedRunError: asked to stop; the next reading goes on from here.
        """
        reading = self._reading()
        earlier = self._collections.earlier(reading)
        began = self._clock()
        self._number = self._collections.begin(reading, began, earlier)
        self._done.problems.update(earlier.problems)
        try:
            self._side.identify(self._side.connector.identify().account_id)
            self._read(earlier)
            self._read_deletions(earlier)
            self._count(census=census)
            if self._ledger is not None:  # before the end is written: no copy is counted in a whole reading
                learn_bonds(self._store, self._ledger, self._clock())
        except BaseException as error:
            stopped = isinstance(error, InterruptedRunError | KeyboardInterrupt)
            self._collections.end(self._number, self._clock(), "interrupted" if stopped else "failed")
            raise
        done = self._done
        with self._store.transaction():
            self._collections.miss(self._number, done.missing)
            counts = {"held": done.held, "vendor_count": done.vendor_count, "census": done.census}
            self._collections.end(self._number, self._clock(), done.outcome, **counts)
        return done

    def _reading(self) -> Reading:
        connector = self._side.connector
        return Reading(
            self._side.name, connector.name, connector.settings.base_url, self._side.mapping.version, self._scope
        )

    # -- the feed

    def _read(self, earlier: Earlier) -> None:
        self.read_again(sorted(earlier.problems))
        for page in self._side.connector.changes(earlier.cursor, self._scope):
            self._learn(page.records, page.cursor)
            del page  # it is large: it is let go before the next one is asked for
            self._go_on()

    def read_again(self, ids: Sequence[str]) -> set[str]:
        """Read some incidents directly, and give the ids of those that are there."""
        found: set[str] = set()
        for start in range(0, len(ids), HYDRATED):
            wanted = ids[start : start + HYDRATED]
            records = self._side.connector.fetch(wanted)
            there = {record.id for record in records}
            for each in set(wanted) - there:
                self._done.problems.pop(each, None)
            self._learn(records, None)
            found |= there
            self._go_on()
        return found

    def _learn(self, records: Iterable[Record], cursor: str | None) -> None:
        """Put some records into the store, with the cursor that follows them."""
        latest = {record.id: record for record in records}
        present = [record for record in latest.values() if not record.deleted]
        gone = {record.id: record.changed_at for record in latest.values() if record.deleted}
        rows = self._rows(present)
        done = self._done
        for each in gone:
            done.problems.pop(each, None)
        with self._store.transaction():
            moment = self._store.tick(self._clock())
            done.changed += self._learner.learn(self._side.name, rows, moment)
            if gone:
                done.deleted += self._learner.delete(self._side.name, gone, self._store.tick(moment))
            done.read += len(latest)
            self._collections.keep(self._number, cursor, done.read, done.changed, done.problems)

    def _rows(self, records: Sequence[Record]) -> Rows:
        rows: Rows = {}
        for start in range(0, len(records), HYDRATED):
            for document, events in self._documents(records[start : start + HYDRATED]):
                for table, made in rows_of(*self._forgotten.erase((document, events))).items():
                    rows.setdefault(table, []).extend(made)
        return rows or {"incidents": []}

    def _documents(self, records: Sequence[Record]) -> Iterator[tuple[Document, list[Document]]]:
        """Give the incidents that can be read and are in scope, with their events; others are noted as problems."""
        documents, problems = read_documents(self._side, records)
        unread = {each for each in problems if documents[each].keys() <= NOTHING}
        for record in records:
            if out_of_scope(self._scope, documents[record.id]) and record.id not in problems:
                del documents[record.id]
        timelines = self._timelines(records, documents, problems)
        whole, timelines = self._past.complete(documents, timelines)
        for record_id, document in whole.items():
            self._done.problems.pop(record_id, None)
            if record_id in problems:
                self._done.problems[record_id] = problems[record_id]
            if record_id not in unread:
                yield document, timelines.get(record_id, [])

    def _timelines(
        self, records: Sequence[Record], documents: dict[str, Document], problems: dict[str, str]
    ) -> dict[str, list[Document]]:
        try:
            return add_timelines(self._side, records, documents, self._earlier_events)
        except BROKEN:
            found: dict[str, list[Document]] = {}
            for record in records:  # one of them cannot be read: the others can
                try:
                    found |= add_timelines(self._side, [record], documents, self._earlier_events)
                except BROKEN as error:
                    found |= self._earlier_events([record.id])
                    problems.setdefault(record.id, f"its history cannot be read: {type(error).__name__}: {error}")
            return found

    def _earlier_events(self, ids: Sequence[str]) -> dict[str, list[Document]]:
        return self._learner.events(self._side.name, ids)

    def _read_deletions(self, earlier: Earlier) -> None:
        """Look at what the vendor says was deleted since the last reading, where its feed does not tell it."""
        if earlier.began is None or not self._side.can("deleted"):
            return
        listed = set(self._side.connector.deleted(earlier.began - LOOK_BACK))
        self._look_at(sorted(listed & self._learner.held(self._side.name)))

    def _look_at(self, ids: Sequence[str]) -> None:
        """Read incidents that seem to be gone, and mark those that are."""
        gone = dict.fromkeys(sorted(set(ids) - self.read_again(ids)))
        if gone:
            with self._store.transaction():
                self._done.deleted += self._learner.delete(self._side.name, gone, self._store.tick(self._clock()))

    def _go_on(self) -> None:
        self._progress(f"collecting {self._side.name}", self._done.read, None)
        if self._stop():
            raise InterruptedRunError("asked to stop; the next collect goes on from here")

    # -- is it complete

    def _count(self, *, census: bool) -> None:
        """Compare what the store holds with the vendor's own count, and with a census where that is asked for.

        What the census names and the feed did not show is read directly; what it does not name is looked at.
        """
        done, side = self._done, self._side
        if census and side.can("census"):
            there = set(side.connector.census(self._scope))
            held = self._learner.held(side.name)
            found = self.read_again(sorted(there - held))
            if len(there) * 2 >= len(held):  # a tool that shows less than half of what it held shows us too little
                self._look_at(sorted(held - there))
            held = self._learner.held(side.name)
            done.census = len(there)
            done.missing = tuple(sorted((there - held) - self._outside(there - held, found)))
        elif census:
            done.notices = ("no census: the connector has no second way to name incidents",)
        if side.can("count"):
            done.vendor_count = side.connector.count(self._scope)
        done.held = len(self._learner.held(side.name))

    def _outside(self, ids: set[str], found: set[str]) -> set[str]:
        """Give those of some incidents that were found and left out: they are out of scope after all."""
        return {each for each in ids & found if each not in self._done.problems}
