"""Read tickets: what changed, by id, by marker, and all there is by a second way.

Vendor facts:

- The cursor export gives up to 1000 tickets a page, ordered by ``generated_timestamp``, archived and deleted ones (status
  ``deleted``) included. Its ``after_cursor`` stays good after ``end_of_stream`` and then gives what changed since. It
  leaves out the last minute, and refuses a ``start_time`` that is less than a minute ago. [developer.zendesk.com,
  incremental exports; support.zendesk.com 8143500919322]
- Tickets that an AI agent handles are left out unless ``support_type_scope=all``. [developer.zendesk.com, incremental
  exports]
- ``show_many`` takes 100 ids, leaves unknown ones out and answers in id order. [developer.zendesk.com, tickets]
- ``GET /tickets`` filters exactly by ``external_id``, from the database; it leaves out archived and deleted tickets.
  [developer.zendesk.com, tickets]
- ``search/export`` gives tickets in order of creation, archived ones included, a hundred a page as advised; its cursor
  dies after an hour. The index lags by seconds to minutes. [developer.zendesk.com, search]
- Deleted tickets are listed for 30 days. [developer.zendesk.com, deleted tickets]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ...core.connector import Json, Page, Record, Scope
from .api import DELETED_TICKETS, EXPORTS, LIST_TICKETS, PAGE, SEARCH, Api
from .harvest import Harvest
from .payloads import tidy
from .queries import moment, ticket_terms

EXPORT_PAGE: Final = 1000
HIDDEN: Final = timedelta(seconds=65)
"""How long the export hides a change, with some seconds for its clock."""
RECENT: Final = timedelta(minutes=2)
"""A start time is never closer to the vendor's present than this."""
INDEX_LAG: Final = timedelta(minutes=10)
"""How far a reader of the search index goes back."""
START: Final = "start:"
"""A cursor of ours: unix seconds, where the export has given none yet."""
SEARCHED: Final = "searched:"
"""A cursor of ours: the moment up to which the search index was read."""
EVER: Final = datetime(1990, 1, 1, tzinfo=UTC)


def chunks(items: Sequence[str], size: int = PAGE) -> Iterator[Sequence[str]]:
    """Cut a sequence into pieces."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def real_ids(ids: Iterable[str]) -> list[str]:
    """Give the ids that can exist at Zendesk: positive integers, each once."""
    return list(dict.fromkeys(each for each in ids if each.isascii() and each.isdigit() and int(each) > 0))


class Reader:
    """Reads the tickets of one account."""

    def __init__(
        self,
        api: Api,
        statuses: Callable[[], dict[str, Json]],
        meet: Callable[[Iterable[Json]], None],
        harvest: Harvest,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        """Make a reader.

        Args:
            api: the connection's session.
            statuses: gives the account's custom statuses by id.
            meet: told the users that come with a page.
            harvest: told the tickets of the page in hand while everything is read.
            now: the vendor's clock, as we know it.
            sleep: waits until the export shows what it hides at first.
        """
        self._api = api
        self._statuses = statuses
        self._meet = meet
        self._harvest = harvest
        self._now = now
        self._sleep = sleep

    def record(self, body: Json) -> Record:
        """Give the record of a ticket."""
        version = body.get("updated_at")
        return Record(
            id=str(body["id"]),
            body=tidy(body, self._statuses()),
            version=version,
            changed_at=datetime.fromisoformat(version) if version else None,
            deleted=body.get("status") == "deleted",
        )

    # -- what changed

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since a cursor; see the contract."""
        if scope.native:
            return self._searched(cursor, scope)
        return self._exported(cursor, scope)

    def _exported(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Read the export. The first reading of all tickets is complete as of its start: it waits for the last minute."""
        opened = self._now()
        whole = cursor is None and scope.updated_after is None and scope.opened_after is None
        waited = False
        include = "users,metric_sets,comment_count" if whole else "users,metric_sets"
        following = cursor or f"{START}{self._start(scope)}"
        if following.startswith(SEARCHED):
            # The link's native query was taken away: read what has changed since, without it.
            following = f"{START}{int(datetime.fromisoformat(following.removeprefix(SEARCHED)).timestamp())}"
        try:
            while True:
                where = {"cursor": following}
                if following.startswith(START):
                    where = {"start_time": following.removeprefix(START)}
                params = {**where, "per_page": EXPORT_PAGE, "include": include, "support_type_scope": "all"}
                data = self._api.get("/api/v2/incremental/tickets/cursor", "tickets", params, (EXPORTS,))
                self._meet(data.get("users") or ())
                if whole:
                    self._harvest.expect(data["tickets"])
                following = str(data.get("after_cursor") or following)
                ended, page = data.get("end_of_stream", True), Page(tuple(map(self.record, data["tickets"])), following)
                del data  # a page is large: it is let go before the next one is asked for
                yield page
                del page
                if ended:
                    if not whole or waited or not self._changed_since(opened - HIDDEN):
                        return
                    self._sleep(max((opened + HIDDEN - self._now()).total_seconds(), 0.0))
                    waited = True
        finally:
            self._harvest.close()

    def _start(self, scope: Scope) -> int:
        """Give the unix time from which an export starts: a ticket that was opened later also changed later."""
        stated = max(scope.updated_after or EVER, scope.opened_after or EVER)
        return int(min(stated, self._now() - RECENT).timestamp())

    def _changed_since(self, moment: datetime) -> bool:
        newest = self._api.get("/api/v2/tickets", "tickets", {"sort": "-updated_at", "page[size]": 1}, (LIST_TICKETS,))
        return any(datetime.fromisoformat(body["updated_at"]) > moment for body in newest["tickets"])

    def _searched(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Read a scope in the vendor's own query language: only the search index knows it, in order of creation."""
        until = self._now() - INDEX_LAG
        since = (
            datetime.fromisoformat(cursor.removeprefix(SEARCHED))
            if (cursor or "").startswith(SEARCHED) and cursor
            else EVER
        )
        kept = f"{SEARCHED}{moment(since)}"
        for page in self._search([f"updated>{moment(since)}", *ticket_terms(scope)]):
            yield Page(tuple(self.record(body) for body in page), kept)
        yield Page((), f"{SEARCHED}{moment(max(until, since))}")

    def _search(self, terms: list[str]) -> Iterator[list[Json]]:
        params = {"query": " ".join(terms), "filter[type]": "ticket"}
        return self._api.pages("/api/v2/search/export", "results", params, (SEARCH,))

    # -- by id and by marker

    def fetch(self, ids: Iterable[str]) -> list[Json]:
        """Read tickets by id, as Zendesk gives them; those gone or hidden are left out."""
        found: list[Json] = []
        for some in chunks(real_ids(ids)):
            params = {"ids": ",".join(some), "include": "users,metric_sets"}
            data = self._api.get("/api/v2/tickets/show_many", "tickets", params)
            self._meet(data.get("users") or ())
            found += [body for body in data["tickets"] if body.get("status") != "deleted"]
        return found

    def find(self, marker: str) -> list[Record]:
        """Find the tickets whose ``external_id`` is a marker."""
        data = self._api.get("/api/v2/tickets", "tickets", {"external_id": marker}, (LIST_TICKETS,))
        return [self.record(body) for body in data["tickets"] if body.get("external_id") == marker]

    # -- all there is

    def census(self, scope: Scope, group_ids: Callable[[], set[str]]) -> Iterator[str]:
        """Give the id of every ticket in scope: from the list, and, for archived ones, from the search index.

        Status and priority are words of the normalized model and narrow nothing here.
        """
        if scope.native:
            for page in self._search(ticket_terms(scope)):
                yield from (str(body["id"]) for body in page)
            return
        wanted = _filter(scope, group_ids)
        seen: set[str] = set()
        for page in self._api.pages("/api/v2/tickets", "tickets", {"sort": "id"}, (LIST_TICKETS,)):
            for body in page:
                seen.add(str(body["id"]))
                if wanted(body):
                    yield str(body["id"])
        if self.count(Scope()) <= len(seen):
            return
        for page in self._search([f"created>{moment(EVER)}"]):
            # The index still knows what was deleted a moment ago.
            unlisted = self.fetch(str(body["id"]) for body in page if str(body["id"]) not in seen)
            yield from (str(body["id"]) for body in unlisted if wanted(body))

    def count(self, scope: Scope) -> int:
        """Give the search index's count of the tickets in scope."""
        query = " ".join(["type:ticket", *ticket_terms(scope)])
        return int(self._api.get("/api/v2/search/count", "count", {"query": query}, (SEARCH,))["count"])

    def deleted(self, since: datetime) -> Iterator[str]:
        """Give the ids of the tickets that were deleted since a moment, latest first."""
        page: int | None = 1
        while page is not None:
            params = {"sort_by": "deleted_at", "sort_order": "desc", "per_page": PAGE, "page": page}
            data = self._api.get("/api/v2/deleted_tickets", "deleted_tickets", params, (DELETED_TICKETS,))
            for body in data["deleted_tickets"]:
                if datetime.fromisoformat(body["deleted_at"]) < since:
                    return
                yield str(body["id"])
            page = page + 1 if data.get("next_page") else None


def _filter(scope: Scope, group_ids: Callable[[], set[str]]) -> Callable[[Json], bool]:
    groups = group_ids() if scope.group else set[str]()
    after = (("created_at", scope.opened_after), ("updated_at", scope.updated_after))
    bounds: list[tuple[str, datetime]] = [(field, bound) for field, bound in after if bound]

    def wanted(body: dict[str, Any]) -> bool:
        return (
            (not scope.label or not set(scope.label).isdisjoint(body.get("tags") or ()))
            and (not scope.group or str(body.get("group_id")) in groups)
            and (not scope.key or str(body["id"]) in scope.key)
            and all(datetime.fromisoformat(body[field]) > bound for field, bound in bounds)
        )

    return wanted
