"""Migration: read everything once, forecast, write in bulk, read back and compare, certify.

The documents that were read are staged in the ledger, so that a migration resumes at the item where it stopped and reads
nothing twice. It is the engine's own write path in history mode: original times and authors are kept where the vendor
allows, and carried in text where not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..connector import Record, Scope
from ..ledger.state import PartKind
from ..model import Document
from .counting import is_said
from .engine import BATCH, Engine, RunOptions, RunResult
from .pairing import Anchor, pair_marked
from .past import Past, remembered
from .plan import BondPlan
from .planner import Planner
from .reading import read_documents
from .tally import Tally
from .timeline import add_timelines
from .verify import Certificate, Verifier
from .writer import Writer

STAGE_PAGE = 100
"""Records hydrated at once while reading."""
_STATES = {"done": "written", "excluded": "excluded", "failed": "failed", "later": "planned", "moved": "planned"}
"""What becomes of a staged incident, by what became of its plan; only what is planned is written by a later run."""


@dataclass(slots=True)
class Forecast:
    """What a migration is going to do."""

    incidents: int = 0
    comments: int = 0
    files: int = 0
    bytes: int = 0
    messages: int = 0
    excluded: int = 0
    problems: list[str] = field(default_factory=list)
    """Incidents that cannot be migrated as they are, with the reason."""
    skips: list[str] = field(default_factory=list)
    calls: int = 0
    """Calls at the target, estimated from the vendor's batch size."""
    seconds: float = 0.0

    def report(self) -> dict[str, Any]:
        """Give the forecast as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


class Migration:
    """One migration from one connection to another."""

    def __init__(
        self,
        engine: Engine,
        *,
        source: str,
        target: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None],
    ) -> None:
        """Make a migration.

        Args:
            engine: an engine in history mode for the two connections.
            source: name of the connection to read.
            target: name of the connection to write.
            clock: our clock, UTC.
            sleep: waits until writes of unknown fate can be settled.
        """
        self.engine = engine
        self.source = engine.sides[source]
        self.target = engine.sides[target]
        self._ledger = engine.ledger
        self._link = engine.link
        self._clock = clock
        self._sleep = sleep
        self._past = Past(self._ledger, self.source)

    @property
    def key(self) -> str:
        """Name under which documents are staged."""
        return self._link.name

    def waiting(self) -> int:
        """Give the number of staged incidents that an earlier run has not written yet."""
        return self._ledger.count_staged(self.key).get("planned", 0)

    def staged(self) -> Iterator[Document]:
        """Give the documents that wait to be written, without those that the mapping cannot read."""
        for _, items in self._pages():
            yield from (item["document"] for _, item in items if not item["problem"])

    # -- plan

    def read(self, options: RunOptions) -> None:
        """Read what changed at the source since the last time (everything at first), and stage it."""
        scope = self._link.scope.get(self.source.name) or Scope()
        cursor = self._ledger.cursor(self.key, self.source.name)
        count = 0
        for page in self.source.connector.changes(cursor, scope):
            records = [record for record in page.records if not record.deleted]
            for start in range(0, len(records), STAGE_PAGE):
                count += self._stage(records[start : start + STAGE_PAGE])
                options.progress(f"reading {self.source.name}", count, None)
                self.engine.keep(options)
            self._ledger.remember(self.key, self.source.name, (), page.cursor)
            del page, records  # a page is large: it is let go before the next one is asked for

    def _stage(self, records: Sequence[Record]) -> int:
        """Keep some records as documents with their threads and timelines, and give their number."""
        pair_marked(self._ledger, self.key, self.source, records, self.engine.sides)
        documents, problems = read_documents(self.source, records)
        whole, told = self._past.complete(documents, add_timelines(self.source, records, documents, self._earlier_events))
        kept = {record_id: remembered(whole[record_id], told.get(record_id, ())) for record_id in documents}
        with self._ledger.transaction():
            self._ledger.keep_timelines(self.source.name, kept)
            self._ledger.stage(
                self.key,
                (
                    (record_id, {"document": document, "problem": problems.get(record_id)})
                    for record_id, document in documents.items()
                ),
            )
        return len(documents)

    def _earlier_events(self, ids: Sequence[str]) -> dict[str, list[Document]]:
        return {key: body["events"] for key, body in self._ledger.timelines(self.source.name, ids).items()}

    def forecast(self, options: RunOptions) -> Forecast:
        """Say what writing the staged incidents will do, without writing."""
        forecast = Forecast()
        planner = self.engine.planner()
        total = self.waiting()
        for done, items in self._pages():
            for plan in self._plans(planner, items):
                self._add(forecast, plan)
            options.progress("planning", done, total)
        traits = self.target.connector.traits
        writes = forecast.incidents
        if not traits.create_carries_comments:
            writes += forecast.comments + forecast.incidents  # each new record gets a note of its origin
        forecast.calls = -(-writes // max(traits.batch, 1)) + forecast.files
        forecast.seconds = forecast.calls * traits.seconds_per_call
        return forecast

    def _add(self, forecast: Forecast, plan: BondPlan) -> None:
        if plan.failed:
            forecast.problems.append(f"{plan.anchor[1]}: {plan.failed}")
            return
        if plan.excluded:
            forecast.excluded += 1
            return
        forecast.incidents += len(plan.creates)
        forecast.messages += len(plan.messages)
        forecast.skips += [f"{skip.kind} {skip.id}: {skip.reason}" for skip in plan.skips]
        for part in plan.parts:
            forecast.comments += is_said(part)
            files = [part.body] if part.kind is PartKind.FILE else part.body.get("attachments") or []
            if part.kind is PartKind.FILE or self.target.connector.traits.create_carries_comments:
                forecast.files += len(files)
                forecast.bytes += sum(file.get("size") or 0 for file in files)

    def _pages(self) -> Iterator[tuple[int, list[tuple[int, dict[str, Any]]]]]:
        after, done = 0, 0
        while items := self._ledger.staged(self.key, "planned", after=after, limit=BATCH):
            yield done, items
            after = items[-1][0]
            done += len(items)

    def _plans(self, planner: Planner, items: list[tuple[int, dict[str, Any]]]) -> list[BondPlan]:
        documents: dict[Anchor, Any] = {}
        problems: dict[Anchor, str] = {}
        for _, item in items:
            anchor = (self.source.name, item["document"]["id"])
            documents[anchor] = item["document"]
            if item["problem"]:
                problems[anchor] = item["problem"]
        planner.preload(documents, problems)
        return planner.plan(list(documents))

    # -- apply

    def apply(self, options: RunOptions) -> RunResult:
        """Write everything that is staged, settling interrupted writes first; gives the result of this run."""
        with self.engine.leased(options):
            result = RunResult(self._ledger.start_run("migrate", self.key), "ok", Tally())
            try:
                self._settle(options)
                planner = self.engine.planner()
                writer = self.engine.writer(planner, result.run, options)
                total = self.waiting()
                for done, items in self._pages():
                    self._write(planner, writer, items, result)
                    options.progress(f"writing {self.target.name}", done + len(items), total)
            except BaseException as error:
                facts = {**result.tally.report(), "error": str(error)}
                self._ledger.end_run(result.run, "interrupted", facts)
                raise
            result.outcome = result.tally.outcome
            self._ledger.end_run(result.run, result.outcome, result.report())
        return result

    def _write(self, planner: Planner, writer: Writer, items: list[tuple[int, dict[str, Any]]], result: RunResult) -> None:
        result.tally.see("incidents", len(items))
        plans = self._plans(planner, items)
        outcomes = self.engine.write(writer, plans, result)
        by_state: dict[str, list[str]] = {}
        for (_, record_id), outcome in outcomes.items():
            by_state.setdefault(_STATES[outcome], []).append(record_id)
        with self._ledger.transaction():
            for state, ids in by_state.items():
                self._ledger.set_staged(self.key, ids, state)

    def _settle(self, options: RunOptions) -> None:
        """Wait until every interrupted write is settled: a migration goes on only from what is known."""
        while True:
            later = self.engine.settler.settle(self._clock())
            if later is None:
                return
            wait = max((later - self._clock()).total_seconds(), 0.0)
            options.progress("waiting until interrupted writes are settled", 0, None)
            self._sleep(min(wait, 5.0))
            self.engine.keep(options)

    def retry_failed(self) -> None:
        """Read the failed incidents anew, by today's mapping, and plan them once more."""
        failed = [item["document"]["id"] for _, item in self._ledger.staged(self.key, "failed", limit=1_000_000)]
        for start in range(0, len(failed), STAGE_PAGE):
            page = failed[start : start + STAGE_PAGE]
            self._stage(list(self.source.fetch(page).values()))
            self._ledger.set_staged(self.key, page, "planned")

    # -- verify

    def verify(self, options: RunOptions) -> Certificate:
        """Read back everything that was written and compare it, field by field and byte by byte."""
        verifier = Verifier(self.engine, self.source, self.target)
        certificate = Certificate(self.key, self.source.name, self.target.name)
        counts = self._ledger.count_staged(self.key)
        certificate.staged = dict(counts)
        after, done = 0, 0
        while items := self._ledger.staged(self.key, "written", after=after, limit=BATCH):
            after = items[-1][0]
            done += len(items)
            verifier.check([item["document"] for _, item in items], certificate)
            options.progress("verifying", done, counts.get("written", 0))
            self.engine.keep(options)
        self._census(certificate)
        return certificate

    def _census(self, certificate: Certificate) -> None:
        """Count what the source holds by a second way, and name what was never read."""
        if not self.source.can("census"):
            certificate.notes.append(f"{self.source.name} offers no census")
            return
        scope = self._link.scope.get(self.source.name) or Scope()
        there = set(self.source.connector.census(scope))
        read: set[str] = set()
        for state in certificate.staged:
            after = 0
            while items := self._ledger.staged(self.key, state, after=after, limit=1000):
                after = items[-1][0]
                read.update(item["document"]["id"] for _, item in items)
        certificate.census = len(there)
        certificate.unread = sorted(there - read)
