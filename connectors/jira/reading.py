"""Read issues: what changed, by id, by marker, and all there is by a second way.

Vendor facts:

- ``/search/jql`` gives pages by ``nextPageToken``, absent on the last one; only ``id`` unless fields are asked for; about a
  hundred issues a page with fields, 5000 with ids alone. It is eventually consistent: what was just written may be missing,
  appear and vanish again, unless its id stands in ``reconcileIssues``, 50 at most. Clients have met a token that repeats.
  [developer.atlassian.com, issue search, search and reconcile; public issues of clients]
- Data Center has ``/search`` with ``startAt``: an issue that changes while one pages moves to the end and pulls the others
  forward, so that offsets skip. Here pages are taken by minute, and within a minute by id.
- JQL knows whole minutes, in the zone of the caller's profile. ``updated`` has milliseconds, and moves with edits,
  comments, files, links and transitions. [Atlassian support, JQL fields; recorded]
- ``/issue/bulkfetch`` reads a hundred issues from the database, and leaves out in silence what is absent or hidden.
  [developer.atlassian.com, bulk fetch issues]
- Deletions and moves to other projects show nowhere. [developer.atlassian.com, webhooks]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import orjson

from ...core.connector import Json, Page, Record, Scope
from ...core.errors import ConfigError, NotFoundError, RejectedError, UnavailableError
from ...core.model import format_time
from ...core.shapes import as_list, as_object
from . import jql
from .api import Api
from .markers import label_of
from .payloads import Shape, flat, users_in
from .people import People
from .site import Site, type_clause

OVERLAP: Final = timedelta(minutes=15)
"""How far a reader goes back, for what the index shows late."""
FETCH: Final = 100
RECONCILED: Final = 50
IDS_PAGE: Final = 5000
MINUTE: Final = timedelta(minutes=1)
MARGIN: Final = timedelta(minutes=2)
"""How far the cursor of an empty project stays behind the vendor's clock."""
LEFT_OUT: Final = ("-comment", "-worklog", "-attachment")
FIELDS: Final = ("*all", *LEFT_OUT)


@dataclass(frozen=True, slots=True)
class Found:
    """Some issues of a search, and whether they are the last."""

    issues: list[Json]
    ended: bool


@dataclass(slots=True)
class _Repeats:
    """Knows the records of the minute in hand: a reader that begins a minute anew meets them again."""

    minute: datetime | None = None
    seen: set[tuple[str, str | None]] = field(default_factory=set[tuple[str, "str | None"]])

    def is_new(self, record: Record) -> bool:
        """Tell whether a record is not one of those, and remember it."""
        minute = None if record.changed_at is None else minute_of(record.changed_at)
        if minute != self.minute:
            self.minute = minute
            self.seen.clear()
        key = (record.id, record.version)
        new = key not in self.seen
        self.seen.add(key)
        return new


def minute_of(moment: datetime) -> datetime:
    """Give the minute in which a moment lies."""
    return moment.replace(second=0, microsecond=0)


def parse_time(text: str) -> datetime:
    """Give a moment that Jira tells, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


class Reading:
    """Reads the issues of one site."""

    def __init__(self, api: Api, site: Site, people: People) -> None:
        """Make a reader.

        Args:
            api: the connection's session.
            site: what the site is set up to hold.
            people: told everybody whom a page names.
        """
        self._api = api
        self._site = site
        self._people = people
        self._cloud = api.settings.is_cloud
        self._ours: deque[int] = deque(maxlen=RECONCILED)
        """Ids of what we wrote a moment ago: searches see them at once."""
        self._natives: set[str] = set()

    # -- records

    @cached_property
    def shape(self) -> Shape:
        """How the site keeps its issues."""
        settings = self._api.settings
        return Shape(
            columns=self._site.columns,
            statuses=settings.statuses,
            base_url=settings.base_url,
            marker_field=self._site.marker_field,
            priorities=tuple(each.name for each in self._site.priorities),
            addresses={account: email for email, account in settings.addresses.items()},
        )

    def record(self, issue: Json) -> Record:
        """Give the record of an issue."""
        self._people.meet(users_in(issue))
        updated = as_object(issue.get("fields")).get("updated")
        return Record(
            id=str(issue["id"]),
            body=flat(issue, self.shape),
            version=updated,
            changed_at=parse_time(updated) if updated else None,
        )

    def remember(self, record_id: str) -> None:
        """Remember an issue that we wrote."""
        if record_id.isdigit() and int(record_id) not in self._ours:
            self._ours.append(int(record_id))

    # -- what changed

    def changes(self, cursor: str | None, scope: Scope, now: Callable[[], datetime]) -> Iterator[Page]:
        """Give what changed since a cursor, oldest first.

        Args:
            cursor: of an earlier page.
            scope: which issues are wanted.
            now: gives the present moment on the vendor's clock.

        Raises:
            ConfigError: the cursor is none of ours, or the scope's own query is none.
        """
        self._site.read_account()
        begun = now() - MARGIN
        reached = parse_cursor(cursor, self._api.connection) if cursor else None
        since = None if reached is None else reached - OVERLAP
        repeats = _Repeats()
        for issues in self._walk(self._within(jql.lasting(self._checked(scope), self._site.zone)), since):
            records: list[Record] = []
            for issue in issues:
                record = self.record(issue)
                if repeats.is_new(record):
                    records.append(record)
                if record.changed_at is not None:
                    reached = max(reached or record.changed_at, record.changed_at)
            if records:
                yield Page(tuple(records), make_cursor(reached or begun))
        yield Page((), make_cursor(reached or begun))

    def _walk(self, query: str, since: datetime | None) -> Iterator[list[Json]]:
        """Give all issues of a query that changed since a moment, in the order of their changes."""
        while True:
            last: datetime | None = None
            for found in self._pages(self._since(query, since), "updated ASC, id ASC", FIELDS):
                yield found.issues
                for issue in found.issues[-1:]:
                    last = parse_time(issue["fields"]["updated"])
                if found.ended:
                    return
            minute = None if last is None else minute_of(last)
            if minute is not None and (since is None or minute > since):
                since = minute
            else:
                since = yield from self._drain(query, since)

    def _drain(self, query: str, since: datetime | None) -> Generator[list[Json], None, datetime]:
        """Give the issues of one minute by their ids, where they fill a page, and give the minute that follows."""
        assert since is not None, "a page that reaches no later minute is within one"
        minute = minute_of(since)
        narrow = jql.joined(self._since(query, minute), jql.before("updated", minute + MINUTE, self._site.zone))
        for issues in self._by_id(narrow, FIELDS):  # what is later stands in another order, and its turn comes
            yield [each for each in issues if parse_time(each["fields"]["updated"]) < minute + MINUTE]
        return minute + MINUTE

    def _since(self, query: str, since: datetime | None) -> str:
        return query if since is None else jql.joined(query, jql.at_least("updated", since, self._site.zone))

    # -- searching

    def _pages(self, query: str, order: str, fields: Sequence[str], size: int | None = None) -> Iterator[Found]:
        """Give the pages of a search; where one cannot go on after a page, that page says that it is not the last."""
        text = f"{query} ORDER BY {order}"
        most = size or self._api.settings.page
        if not self._cloud:
            yield self._placed(text, 0, most, fields)
            return
        token: Any = None
        used: set[str] = set()
        while True:
            body = {"jql": text, "maxResults": most, "fields": list(fields)}
            body |= {"nextPageToken": token} if token else {}
            body |= {"reconcileIssues": sorted(self._ours)} if self._ours else {}
            data = self._api.whole(self._api.ask("search/jql", body), "issues", "POST search/jql")
            token = data.get("nextPageToken")
            repeats = token in used
            yield Found([as_object(each) for each in as_list(data["issues"])], ended=not token)
            if not token or repeats:
                return
            used.add(token)

    def _placed(self, text: str, start: int, most: int, fields: Sequence[str]) -> Found:
        """Give the issues that stand at some places of a search of Data Center."""
        body = {"jql": text, "startAt": start, "maxResults": most, "fields": list(fields)}
        data = self._api.whole(self._api.ask("search", body), "issues", "POST search")
        issues = [as_object(each) for each in as_list(data["issues"])]
        return Found(issues, ended=start + len(issues) >= int(data.get("total") or 0))

    def _by_id(self, query: str, fields: Sequence[str], size: int | None = None) -> Iterator[list[Json]]:
        """Give all issues of a query in the order of ids.

        Raises:
            UnavailableError: the search does not go on, and there are several projects.
        """
        if not self._cloud:
            yield from self._by_place(f"{query} ORDER BY id ASC", fields, max(size or self._api.settings.page, 2))
            return
        after = 0
        while True:
            for found in self._pages(jql.joined(query, jql.behind(after)), "id ASC", fields, size):
                yield found.issues
                if found.ended or not found.issues:
                    return
                after = int(found.issues[-1]["id"])
            if self._api.settings.also:
                raise UnavailableError("Jira gives the same page again and again", connection=self._api.connection)

    def _by_place(self, text: str, fields: Sequence[str], size: int) -> Iterator[list[Json]]:
        """Give all issues of a search of Data Center, place by place.

        Issues that left it meanwhile have moved up those behind them. So a page has to begin with an issue that was given
        before; where it does not, the reader steps back.
        """
        start, given = 0, set[str]()
        while True:
            found = self._placed(text, start, size, fields)
            if start and not given.intersection(str(issue["id"]) for issue in found.issues[:1]):
                start = max(start - size, 0)
                continue
            yield [issue for issue in found.issues if str(issue["id"]) not in given]
            given.update(str(issue["id"]) for issue in found.issues)
            if found.ended or not found.issues:
                return
            start += len(found.issues) - 1

    def _within(self, *clauses: str) -> str:
        settings = self._api.settings
        keys = (settings.project, *settings.also)
        return jql.joined(jql.projects(keys), type_clause(self._site, jql.one_of), *clauses)

    def _checked(self, scope: Scope) -> Scope:
        """Give the scope back once its own query is known to be one by itself.

        Raises:
            ConfigError: it is none, or orders what it finds.
        """
        native = scope.native
        if not native or native in self._natives:
            return scope
        try:
            self._parse(native)
        except RejectedError as error:
            raise ConfigError(
                f"connection {self._api.connection}: scope 'native' is no JQL that can stand in brackets: "
                f"{error.vendor_words}"
            ) from error
        self._natives.add(native)
        return scope

    def _parse(self, native: str) -> None:
        """Let the vendor read a query by itself, and once more in brackets, where an order cannot stand."""
        for text in (native, f"({native})"):
            if self._cloud:
                data = as_object(self._api.ask("jql/parse", {"queries": [text]}, {"validation": "strict"}))
                said = [str(each) for row in as_list(data.get("queries")) for each in as_list(as_object(row).get("errors"))]
                if said:
                    raise RejectedError("no query", vendor_words="; ".join(said))
            else:
                self._api.ask("search", {"jql": text, "maxResults": 0})

    # -- by id and by marker

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read issues by id; those gone or hidden are left out."""
        wanted = [each for each in dict.fromkeys(ids) if each.isascii() and each.isdigit()]
        return [self.record(issue) for issue in self.issues(wanted, FIELDS)]

    def issues(self, ids: Sequence[str], fields: Sequence[str]) -> Iterator[Json]:
        """Read issues as Jira gives them, from its database."""
        if not self._cloud:
            for each in ids:
                found = self._api.exists("issue/{issue}", {"fields": ",".join(fields)}, issue=each)
                if found is not None:
                    yield as_object(found)
            return
        for start in range(0, len(ids), FETCH):
            body = {"issueIdsOrKeys": list(ids[start : start + FETCH]), "fields": list(fields)}
            data = self._api.whole(self._api.ask("issue/bulkfetch", body), "issues", "POST issue/bulkfetch")
            failed = [as_object(each) for each in as_list(data.get("issueErrors"))]
            if failed:
                raise UnavailableError(
                    "issues cannot be read now", connection=self._api.connection, vendor_words=str(failed[0])
                )
            yield from map(as_object, as_list(data["issues"]))

    def issue(self, record_id: str, fields: Sequence[str]) -> Json:
        """Read one issue.

        Raises:
            NotFoundError: it is gone, or hidden.
        """
        if not record_id.isdigit():
            raise NotFoundError("no such issue", connection=self._api.connection, key=record_id)
        return as_object(self._api.read("issue/{issue}", {"fields": ",".join(fields)}, issue=record_id))

    def find(self, marker: str) -> list[Record]:
        """Find the issues that bear a marker, as a label or in the field for it."""
        if not marker:
            return []
        marker_field = self._site.marker_field
        asked = f"labels = {jql.quoted(label_of(marker))}"
        if marker_field:
            asked = f"{jql.clause(marker_field)} ~ {jql.phrase(marker)}"
        settings = self._api.settings
        query = jql.joined(jql.projects((settings.project, *settings.also)), asked)
        found: list[Record] = []
        for page in self._pages(query, "id ASC", FIELDS):
            found += [self.record(issue) for issue in page.issues if self._bears(issue, marker)]
        return found

    def _bears(self, issue: Json, marker: str) -> bool:
        fields, marker_field = as_object(issue.get("fields")), self._site.marker_field
        if marker_field:
            return fields.get(marker_field) == marker
        return label_of(marker) in as_list(fields.get("labels"))

    def one_of(self, query: str) -> list[str]:
        """Give the id of one issue of the project that a query finds, as a list."""
        asked = jql.joined(jql.projects((self._api.settings.project,)), query)
        page = next(self._pages(asked, "id DESC", ("id",), 1))
        return [str(issue["id"]) for issue in page.issues]

    # -- all there is

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every issue in scope, in the order of ids."""
        for issues in self._by_id(self._present(scope), ("id",), IDS_PAGE):
            yield from (str(issue["id"]) for issue in issues)

    def count(self, scope: Scope) -> int:
        """Give the search index's count of the issues in scope."""
        query = self._present(scope)
        if self._cloud:
            return int(
                self._api.whole(self._api.ask("search/approximate-count", {"jql": query}), "count", "POST count")["count"]
            )
        return int(
            self._api.whole(self._api.ask("search", {"jql": query, "maxResults": 0}), "total", "POST search")["total"]
        )

    def _present(self, scope: Scope) -> str:
        self._site.read_account()
        group = self._site.field_of("group")
        clauses = jql.present(self._checked(scope), self._site.zone, group.id if group else None)
        return self._within(clauses)


def make_cursor(reached: datetime) -> str:
    """Give the cursor of a moment up to which everything was read."""
    return orjson.dumps({"updated": format_time(reached)}).decode()


def parse_cursor(cursor: str, connection: str) -> datetime:
    """Give the moment of a cursor.

    Raises:
        ConfigError: it is none of ours.
    """
    try:
        return parse_time(orjson.loads(cursor)["updated"])
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"connection {connection}: a cursor that this connector did not make") from None
