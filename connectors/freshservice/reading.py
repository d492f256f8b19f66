"""Read tickets: what changed, by id, by marker, and what was deleted.

Vendor facts (api.freshservice.com, tickets; clients in production):

- A list shows the tickets of the last 30 days only, unless ``updated_since`` is given, and those of the primary workspace
  only, unless ``workspace_id`` is; 0 means all workspaces, with the fields that all of them have.
- ``order_by=updated_at`` and ``order_type=asc`` work, in no document. Times have whole seconds. Whether ``updated_since``
  is inclusive is not confirmed, so one second more is asked for.
- A ticket that changes while pages are read moves to the end, and all behind it move up: one at the edge of a page would
  be passed over. So the next page begins at the last time read, and numbers of pages count within one second only.
- A list lacks urgency, impact, files and resolution notes; only the view of one ticket has them. ``include`` costs two
  credits on a whole list, and one for each name on a view.
- Deleted and spam tickets are left out; ``filter=deleted`` lists the deleted. The view shows a deleted one, so marked.
- A new conversation moves its ticket's ``updated_at``.
- A satisfaction survey's answer is a call of its own, 404 until there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ...core.connector import Json, Page, Record, Scope
from ...core.errors import ConfigError, ForbiddenError, NotFoundError, RejectedError
from ...core.model import format_time
from ...core.shapes import as_list, as_object
from .api import Api
from .census import INDEX_LAG, Census
from .files import SPELLINGS, unsigned
from .metadata import Metadata
from .payloads import parse_time, real_ids, tag_of, tidy
from .people import People

TICKETS: Final = "/api/v2/tickets"
VIEW: Final = "/api/v2/tickets/{number}"
OVERLAP: Final = timedelta(seconds=60)
"""How far a reader goes back, for changes that became visible after their own time."""
QUIET: Final = timedelta(seconds=60)
"""How far a cursor stays behind the vendor's clock where nothing changed."""
TICK: Final = timedelta(seconds=1)
EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
IN_LIST: Final = "stats,tags,requester"
IN_VIEW: Final = ("stats", "tags")
ASSOCIATIONS: Final = ("problem", "changes", "assets", "related_tickets")
"""What a view costs more for: the links of a ticket."""
KEPT_FILES: Final = 5_000
"""Tickets whose files are remembered until their thread is asked for."""


class Reader:
    """Reads the tickets of one account."""

    def __init__(
        self,
        api: Api,
        metadata: Metadata,
        people: People,
        census: Census,
        now: Callable[[], datetime],
        *,
        associations: bool,
        satisfaction: bool,
        marker_field: str | None,
    ) -> None:
        """Make a reader.

        Args:
            api: the connection's session.
            metadata: the names of statuses and departments.
            people: told the requesters who come with a page.
            census: searches, where a scope is in the vendor's own language.
            now: the vendor's clock, as we know it.
            associations: read problem, changes, assets and parent of each ticket.
            satisfaction: ask for the survey's answer of each resolved ticket.
            marker_field: name of the account's own field that keeps markers in full.
        """
        self._api = api
        self._metadata = metadata
        self._people = people
        self._census = census
        self._now = now
        self._extras = ASSOCIATIONS if associations else ()
        self._satisfaction = satisfaction
        self._marker_field = marker_field
        self._files: dict[str, list[Json]] = {}
        self._side_loads = True

    # -- one ticket

    def fetch(self, ids: Iterable[str]) -> list[Record]:
        """Read tickets by id; those gone, hidden or in the trash are left out."""
        bodies = (self.view(record_id, (*IN_VIEW, *self._extras)) for record_id in real_ids(ids))
        return [self.record(body) for body in bodies if body is not None]

    def view(self, record_id: str, include: Sequence[str] = ()) -> Json | None:
        """View one ticket with its side-loads, or give None where it is gone, hidden or in the trash."""
        try:
            body = self._api.get(VIEW, "ticket", {"include": ",".join(include)} if include else None, number=record_id)
        except NotFoundError:
            return None
        except ForbiddenError:
            self._prove_access()
            return None
        return None if body.get("deleted") or body.get("spam") else body

    def is_visible(self, record_id: str) -> bool:
        """Tell whether the account may see a ticket.

        Raises:
            ForbiddenError: it may see none at all.
        """
        return self.view(record_id) is not None

    def _prove_access(self) -> None:
        """Raise where the account may read no ticket at all, so that a lost right does not look like lost tickets."""
        self._api.page(TICKETS, "tickets")

    def held(self, record_id: str) -> Json:
        """View one ticket that is about to be changed, with its tags.

        Raises:
            NotFoundError: it is gone, hidden or in the trash.
        """
        body = self._api.get(VIEW, "ticket", {"include": "tags"}, number=record_id)
        if body.get("deleted") or body.get("spam"):
            raise NotFoundError("the ticket is in the trash", connection=self._api.connection, key=record_id)
        return body

    def record(self, body: Json) -> Record:
        """Give the record of a ticket's view."""
        version = str(body["updated_at"])
        clean = tidy(body, self._metadata.statuses_with(body.get("status")), self._metadata.departments)
        clean.pop("requester", None)
        self._marked(clean)
        if "description" in clean:
            clean["description"] = unsigned(str(clean["description"] or ""))
        if "attachments" in clean:  # as steady as the ticket: without links, which differ at every reading
            files = map(as_object, as_list(clean["attachments"]))
            clean["attachments"] = [{key: file[key] for key in file if key not in SPELLINGS} for file in files]
        if self._satisfaction and clean["status"] in ("Resolved", "Closed"):
            clean["satisfaction"] = self._rated(str(body["id"]))
        self._remember_files(str(body["id"]), as_list(body.get("attachments")))
        return Record(id=str(body["id"]), body=clean, version=version, changed_at=parse_time(version).astimezone(UTC))

    def _marked(self, body: Json) -> None:
        """Take the marker from the account's own field, where there is one for it."""
        if self._marker_field is None:
            return
        fields = as_list(body.get("custom_fields"))
        body["custom_fields"] = [each for each in fields if each["id"] != self._marker_field]
        stated = next((each["value"] for each in fields if each["id"] == self._marker_field), None)
        body["marker"] = stated or body.get("marker")

    def _rated(self, record_id: str) -> Json | None:
        """Give what the requester thinks of the solution; None where that is not told."""
        try:
            told = as_object(self._api.get("/api/v2/tickets/{number}/csat_response", "csat_response", number=record_id))
        except (NotFoundError, ForbiddenError):
            return None
        score = told.get("overall_rating_text") or told.get("overall_rating")
        if score in (None, ""):
            return None
        answers = (as_object(each).get("answer_text") for each in as_list(told.get("questionnaire_responses")))
        comment = "; ".join(str(answer) for answer in answers if answer)
        return {"score": str(score), **({"comment": comment} if comment else {})}

    # -- files that came with a view

    def _remember_files(self, record_id: str, files: list[Json]) -> None:
        self._files[record_id] = files
        while len(self._files) > KEPT_FILES:
            self._files.pop(next(iter(self._files)))

    def take_files(self, record_id: str) -> list[Json] | None:
        """Give a ticket's own files: those that came with its last view, once, else read anew; None where it is gone."""
        known = self._files.pop(record_id, None)
        if known is not None:
            return known
        body = self.view(record_id)
        return None if body is None else as_list(body.get("attachments"))

    def forget_files(self, record_id: str) -> None:
        """Forget a ticket's files, because it is being changed."""
        self._files.pop(record_id, None)

    # -- what changed

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since a cursor, oldest first; see the contract."""
        now = self._now()
        if cursor is None:
            reached = start = min(max(scope.updated_after or EVER, scope.opened_after or EVER), now)
        else:
            reached = parse_cursor(cursor, self._api.connection)
            start = reached - OVERLAP
        if scope.native:
            yield from self._searched(start, scope, cursor)
            return
        for rows in self.walk(start, IN_LIST):
            self._people.meet(as_object(row.get("requester")) for row in rows)
            records = [record for row in rows if (record := self._completed(row)) is not None]
            reached = max(reached, _updated(rows[-1]))
            yield Page(tuple(records), make_cursor(reached))
        yield Page((), make_cursor(max(reached, now - QUIET)))

    def _completed(self, row: Json) -> Record | None:
        """Give the record of a list's row: viewed, with what the list tells unless the ticket has moved since."""
        record_id = str(row["id"])
        told = {name: row[name] for name in IN_VIEW if name in row}
        missing = () if len(told) == len(IN_VIEW) else IN_VIEW
        body = self.view(record_id, (*missing, *self._extras))
        if body is not None and told and body.get("updated_at") != row.get("updated_at"):
            told = {}
            body = self.view(record_id, (*IN_VIEW, *self._extras))
        return None if body is None else self.record({**body, **told})

    def walk(self, start: datetime, include: str = "", **filters: Any) -> Iterator[list[Json]]:
        """List all tickets that changed at a moment or later, oldest change first, each with its last state seen.

        Args:
            start: the moment.
            include: side-loads.
            filters: further parameters of the list.
        """
        given: dict[Any, Any] = {}
        while True:
            rows, more = self._from(start, include, filters)
            fresh = [row for row in rows if given.get(row["id"]) != row["updated_at"]]
            if fresh:
                yield fresh
            if not more:
                return
            start = _updated(rows[-1])
            given = {row["id"]: row["updated_at"] for row in rows if _updated(row) >= start - TICK}

    def _from(self, start: datetime, include: str, filters: Json) -> tuple[list[Json], bool]:
        """Give the tickets from a moment on, over so many pages that the last one is later; tell whether more follow.

        What moved on while pages of one second were read has let others slip by, so these are read until none is new. A
        list that is not in order is read to its end.
        """
        found: dict[Any, Json] = {}
        while True:
            known, number, times = len(found), 1, [start]
            while True:
                rows, more = self._listed(start, include, filters, number)
                found.update((row["id"], row) for row in rows)
                times += map(_updated, rows)
                if not more or (times[-1] > start and times[1:] == sorted(times[1:])):
                    break
                number += 1
            if number == 1 or len(found) == known:
                return sorted(found.values(), key=_updated), more

    def _listed(self, start: datetime, include: str, filters: Json, number: int) -> tuple[list[Json], bool]:
        params: Json = {
            **self._metadata.listed,
            **filters,
            "updated_since": format_time((start - TICK).replace(microsecond=0)),
            "order_by": "updated_at",
            "order_type": "asc",
        }
        if include and self._side_loads:
            try:
                return self._api.page(TICKETS, "tickets", {**params, "include": include}, number)
            except RejectedError as error:
                if "include" not in error.vendor_words:
                    raise
                self._side_loads = False  # this plan knows fewer of them: single views tell the rest
        return self._api.page(TICKETS, "tickets", params, number)

    def _searched(self, start: datetime, scope: Scope, cursor: str | None) -> Iterator[Page]:
        """Read a scope in the vendor's own language: only the search index knows it, and it lags."""
        until = self._now() - INDEX_LAG
        kept = cursor or make_cursor(EVER)
        for rows in self._census.pages(scope, changed_since=start):
            changed = [str(row["id"]) for row in rows if _updated(row) >= start]
            yield Page(tuple(self.fetch(changed)), kept)
        yield Page((), make_cursor(max(until, start)))

    # -- by marker, all there is, and what is gone

    def _recent(self) -> Iterator[Json]:
        """Give the tickets that changed so lately that the index may not know it, with their tags."""
        for rows in self.walk(self._now() - INDEX_LAG, "tags"):
            for row in rows:
                tagged = row if "tags" in row else self.view(str(row["id"]), IN_VIEW)
                if tagged is not None:
                    yield tagged

    def find(self, marker: str) -> list[Record]:
        """Find the tickets that bear a marker: among those of the last minutes in the list, else by the index."""
        tag = tag_of(marker)
        ids = [str(row["id"]) for row in self._recent() if tag in as_list(row.get("tags"))]
        ids += [str(row["id"]) for row in self._census.tagged(tag)]
        bodies = (self.view(record_id, (*IN_VIEW, *self._extras)) for record_id in real_ids(ids))
        return [self.record(body) for body in bodies if body is not None and tag in as_list(body.get("tags"))]

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the number of every ticket in scope: from the index, and what it does not know yet from the list."""
        gone = {int(each) for each in self.deleted(self._now() - INDEX_LAG)}
        seen: set[int] = set()
        for row in self._census.rows(scope):
            seen.add(row["id"])
            if row["id"] not in gone:
                yield str(row["id"])
        if scope.native is None:
            fits = self._census.filter(scope)
            yield from (str(row["id"]) for row in self._recent() if row["id"] not in seen and fits(row))

    def deleted(self, since: datetime) -> Iterator[str]:
        """Give the ids of the tickets that were deleted since a moment and are still in the trash."""
        for rows in self.walk(since, filter="deleted"):
            yield from (str(row["id"]) for row in rows if _updated(row) >= since.replace(microsecond=0))


def _updated(row: Json) -> datetime:
    return parse_time(row["updated_at"])


def make_cursor(reached: datetime) -> str:
    """Give the cursor of a moment up to which everything was read."""
    return f"updated:{format_time(reached.replace(microsecond=0))}"


def parse_cursor(cursor: str, connection: str) -> datetime:
    """Give the moment of a cursor.

    Raises:
        ConfigError: it is none of ours.
    """
    kind, _, moment = cursor.partition(":")
    try:
        return datetime.fromisoformat(moment if kind == "updated" else "").astimezone(UTC)
    except ValueError:
        raise ConfigError(f"connection {connection}: a cursor that this connector did not make") from None
