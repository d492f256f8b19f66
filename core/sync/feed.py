"""Read every member's feed into the list of records to look at, and compare the feed with a census.

New ids and the cursor that follows them are committed together, so that a crash loses none. Repeats are dropped by content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ..config.links import LinkConfig
from ..connector import Record, Scope
from ..ledger.ledger import Ledger
from ..model import format_time
from .pairing import Anchor, pair_marked
from .reading import digest_of
from .side import Side
from .tally import Tally

KEPT = 2_000
"""Records of a feed that are kept for planning; the others are read again when their turn comes."""
LOOK_BACK = timedelta(minutes=10)
"""How far before its last look the list of deletions is read again."""
WHOLE = "/whole"
"""Beside a member's cursor: says that its first reading came to an end."""
CENSUS = "/census"
"""Beside a member's cursor: when its last census was taken."""
DAY = timedelta(days=1)
"""How often a census is taken without being asked for."""
DELETED = "/deleted"
"""Beside a member's cursor: when its list of deletions was last read."""
SETTLED = frozenset({"resolved", "closed", "canceled"})


class Feed:
    """The feeds of one link's members, for one run."""

    def __init__(
        self,
        link: LinkConfig,
        sides: Mapping[str, Side],
        ledger: Ledger,
        keep: Callable[[], None],
        progress: Callable[[str, int, int | None], None],
    ) -> None:
        """Make a feed.

        Args:
            link: the link's configuration.
            sides: its members at work.
            ledger: where cursors and ids to look at go.
            keep: prolongs the lease; raises to end the run.
            progress: told what is being read.
        """
        self.fresh: dict[Anchor, Record] = {}
        """The latest of the changed records, as read."""
        self._link = link
        self._sides = sides
        self._ledger = ledger
        self._keep = keep
        self._progress = progress

    def read(self, tally: Tally) -> None:
        """Read what changed at every member since the last run."""
        for name, side in self._sides.items():
            cursor = self._ledger.cursor(self._link.name, name)
            scope = self._link.scope.get(name) or Scope()
            first = self._ledger.cursor(self._link.name, name + WHOLE) is None
            count = 0
            for page in side.connector.changes(cursor, scope):
                pair_marked(self._ledger, self._link.name, side, page.records, self._sides)
                changed = self._changed(side, page.records, tally, first=first)
                self._commit(name, changed, page.cursor)
                for record in changed:
                    self._hold((name, record.id), record)
                count += len(changed)
                self._progress(f"reading {name}", count, None)
                self._keep()
            self._ledger.remember(self._link.name, name + WHOLE, (), "yes")
            self._read_deletions(side, first=first)

    def _commit(self, name: str, changed: Sequence[Record], cursor: str) -> None:
        """Put changed records on the list, with the cursor that follows them; one in quarantine is tried again."""
        link = self._link.name
        with self._ledger.transaction():
            self._ledger.remember(link, name, [each.id for each in changed if each.deleted], None, deleted=True)
            self._ledger.remember(link, name, [each.id for each in changed if not each.deleted], cursor)
            self._ledger.retry_changed(link, name, [each.id for each in changed])

    def _hold(self, anchor: Anchor, record: Record) -> None:
        if len(self.fresh) < KEPT or anchor in self.fresh:
            self.fresh[anchor] = record

    def _changed(self, side: Side, records: Iterable[Record], tally: Tally, *, first: bool) -> list[Record]:
        """Drop repeats by content, and what a new link leaves in the past."""
        batch = list(records)
        known = self._ledger.digests(self._link.name, side.name, [record.id for record in batch])
        changed: list[Record] = []
        for record in batch:
            digest = digest_of(record)
            if known.get(record.id) == digest:
                continue
            if first and record.id not in known and not self._is_backfilled(side, record):
                tally.see("incidents")
                tally.count("incidents", "excluded")
                self._ledger.exclude(self._link.name, side.name, record.id, digest)
                continue
            changed.append(record)
        return changed

    def _is_backfilled(self, side: Side, record: Record) -> bool:
        if self._link.backfill == "open":
            return side.document(record).get("status") not in SETTLED
        return self._link.backfill == "all"

    def _read_deletions(self, side: Side, *, first: bool) -> None:
        """Look at the bonded records that the vendor says were deleted, where its feed does not tell them."""
        if not side.can("deleted"):
            return
        link, place = self._link.name, side.name + DELETED
        begun = self._ledger.now()
        last = self._ledger.cursor(link, place)
        if last is not None and not first:
            gone = set(side.connector.deleted(datetime.fromisoformat(last) - LOOK_BACK))
            self._look_at(side, gone, deleted=True)
        self._ledger.remember(link, place, (), begun)

    def _look_at(self, side: Side, ids: set[str], *, deleted: bool = False) -> list[str]:
        held = self._ledger.record_ids(self._link.name, side.name)
        wanted = sorted(ids & held)
        self._ledger.remember(self._link.name, side.name, wanted, None, deleted=deleted)
        return wanted

    def census(self, tally: Tally, *, all_now: bool) -> None:
        """Compare the ids of every member with what the ledger knows, and look at what differs.

        Args:
            tally: takes a note of what differs.
            all_now: take the census of every member, and not only where the last one is a day old.
        """
        for name, side in self._sides.items():
            place = name + CENSUS
            last = self._ledger.cursor(self._link.name, place)
            now = datetime.fromisoformat(self._ledger.now())
            if not all_now and last is not None and now - datetime.fromisoformat(last) < DAY:
                continue
            if not side.can("census"):
                if all_now:
                    tally.note(f"{name} offers no census")
                continue
            there = set(side.connector.census(self._link.scope.get(name) or Scope()))
            self._keep()
            known = self._ledger.known_ids(self._link.name, name)
            unseen = sorted(there - known)
            vanished = self._look_at(side, self._ledger.record_ids(self._link.name, name) - there)
            self._ledger.remember(self._link.name, name, unseen, None)
            self._ledger.remember(self._link.name, place, (), format_time(now))
            if all_now or unseen or vanished:
                words = f"census of {name}: {len(there)} records, {len(unseen)} never read, {len(vanished)} not listed"
                tally.note(words)
