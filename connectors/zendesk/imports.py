"""Create tickets with their history: ticket import, many in one job, with an outcome for each.

Vendor facts:

- ``imports/tickets/create_many`` takes 100 tickets, sends no mail and runs no trigger. It answers with a job, which is
  polled: ``queued``, ``working``, then ``completed``, ``failed`` or ``killed``. [developer.zendesk.com, ticket import,
  job statuses]
- A job of 50 takes about 15 seconds, one of 100 about 20; 30 jobs may wait. [recorded; developer.zendesk.com, job statuses]
- A completed job can hold failed rows. ``index`` is the row's place in the request; ids are not in that order. [recorded]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...core.connector import Create, Json, Outcome, Record
from ...core.errors import ConnectorError, FatalError, RecordError, RejectedError, UnavailableError
from ...core.shapes import as_list
from .api import JOBS, PAGE, Api
from .bodies import comment_body, imported
from .files import upload

SECONDS_PER_ROW: Final = 0.2
POLL_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 480.0
"""Beyond this the fate of a job's rows counts as unknown; well within the trait ``commit_bound``."""
RUNNING: Final = ("queued", "working")
ONE: Final = "/api/v2/imports/tickets"
MANY: Final = "/api/v2/imports/tickets/create_many"


@dataclass(frozen=True, slots=True)
class _Row:
    write: Create
    ticket: Json


class Imports:
    """Imports tickets into one account."""

    def __init__(
        self,
        api: Api,
        prepare: Callable[[], object],
        record: Callable[[Json], Record],
        sleep: Callable[[float], None],
    ) -> None:
        """Make it.

        Args:
            api: the connection's session.
            prepare: reads what ``record`` needs; called before a write, since after it nothing may fail.
            record: gives the record of a ticket.
            sleep: waits between two looks at a job.
        """
        self._api = api
        self._prepare = prepare
        self._record = record
        self._sleep = sleep

    def create(self, writes: Sequence[Create]) -> Iterator[Outcome]:
        """Import tickets, at most a hundred at once, and give an outcome for each.

        Raises:
            FatalError: nothing can be written at all.
        """
        for start in range(0, len(writes), PAGE):
            rows: list[_Row] = []
            for write in writes[start : start + PAGE]:
                try:
                    rows.append(_Row(write, self._ticket(write)))
                except FatalError:
                    raise
                except ConnectorError as error:
                    yield Outcome(write.key, error=error)
            if len(rows) > 1:
                yield from self._many(rows)
            elif rows:
                yield self._one(rows[0])

    def _ticket(self, write: Create) -> Json:
        """Give the ticket to import, its files uploaded."""
        comments = [comment_body(comment, upload(self._api, comment.files)) for comment in write.comments]
        return imported(write, comments)

    def _one(self, row: _Row) -> Outcome:
        try:
            self._prepare()
            reply = self._api.call("POST", ONE, json={"ticket": row.ticket})
        except FatalError:
            raise
        except ConnectorError as error:
            return Outcome(row.write.key, error=error)
        ticket = self._api.whole(reply, "ticket", f"POST {ONE}")["ticket"]
        return Outcome(row.write.key, str(ticket["id"]), self._record(ticket))

    def _many(self, rows: list[_Row]) -> Iterator[Outcome]:
        body = {"tickets": [row.ticket for row in rows]}
        try:
            reply = self._api.call("POST", MANY, json=body, counts=(JOBS,))
        except RecordError:
            # The call as a whole is refused and nothing is stored; one by one, only the bad row is.
            for row in rows:
                yield self._one(row)
            return
        except FatalError:
            raise
        except ConnectorError as error:
            yield from (Outcome(row.write.key, error=error) for row in rows)
            return
        job = self._api.whole(reply, "job_status", f"POST {MANY}")["job_status"]
        results, unknown = self._results(job, len(rows))
        for place, row in enumerate(rows):
            yield self._outcome(row, results.get(place), unknown)

    def _results(self, job: Json, size: int) -> tuple[dict[int, Json], str]:
        """Wait for a job; give its results by place, and what to say of a row that it does not tell."""
        try:
            job = self._finished(job, size)
        except FatalError:
            raise
        except ConnectorError as error:
            return {}, f"the job cannot be read: {error.message}"
        results: dict[int, Json] = {int(each["index"]): each for each in as_list(job.get("results")) if "index" in each}
        return results, f"the job ended as {job['status']}: {job.get('message') or 'no reason given'}"

    def _finished(self, job: Json, size: int) -> Json:
        waited, pause = 0.0, max(SECONDS_PER_ROW * size, 1.0)
        while job["status"] in RUNNING:
            if waited >= PATIENCE_SECONDS:
                raise UnavailableError("it takes too long", connection=self._api.connection)
            self._sleep(pause)
            waited, pause = waited + pause, POLL_SECONDS
            job = self._api.get("/api/v2/job_statuses/{number}", "job_status", number=job["id"])["job_status"]
        return job

    def _outcome(self, row: _Row, result: Json | None, unknown: str) -> Outcome:
        facts: dict[str, Any] = {"connection": self._api.connection, "operation": f"POST {MANY}"}
        if result is None:
            lost = UnavailableError(unknown, **facts)
            lost.maybe_applied = True
            return Outcome(row.write.key, error=lost)
        if result.get("error") or result.get("success") is False or not result.get("id"):
            words = [result.get(key) for key in ("error", "details", "errors")]
            said = ": ".join(str(word) for word in words if word) or str(result.get("status") or "no reason given")
            return Outcome(row.write.key, error=RejectedError("the vendor refuses", vendor_words=said, **facts))
        return Outcome(row.write.key, str(result["id"]))
