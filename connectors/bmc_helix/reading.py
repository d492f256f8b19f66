"""Reading incidents: changes by keyset, entries by id, the census.

Vendor facts (docs.bmc.com, AR System; recorded entries):

- ``Last Modified Date`` has whole seconds, and an entry may become visible after its own time, so a reader goes back by an
  overlap and reads in the order of time and id. A new work log need not move its incident, so work logs are read as well.
- Which form of a time a server reads in a qualification differs, so it is tried on an entry's own time first.
- A row-level permission hides incidents of companies that the account has no access to; a deletion leaves no trace.
- There is no count of the entries that a qualification matches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from ...core.connector import Json, Page, Record, Scope
from ...core.errors import ConfigError, RecordError
from .calls import Calls
from .columns import BY_ID, BY_TIME, ID, INCIDENT, MARKER, MODIFIED, NUMBER, Columns
from .comments import moved_since
from .people import People, StandIn, chunks
from .query import (
    UnsafeValueError,
    both,
    either,
    epoch,
    equals,
    field,
    is_askable,
    native,
    one_of,
    parse_stamp,
    quoted_time,
)
from .related import Related
from .shapes import ASSIGNEE, CUSTOMER, FIGURES, GROUP, LINKS, SLA, entry_id, record_of, shaped

OVERLAP: Final = timedelta(seconds=120)
"""How far a reader goes back, for entries that became visible after their own time."""
CLOCK_MARGIN: Final = timedelta(seconds=120)
"""How far a cursor stays behind the vendor's clock on a quiet server, beside the overlap."""
CHUNK: Final = 50
"""Ids of one read."""
CENSUS_PAGE: Final = 2000
STANDING: Final = (ID, "Status", "Status_Reason", "Resolution", "Assignee", "Assignee Login ID", "Assigned Group ID")
NOBODY: Final = "isthmus-nobody"
"""An id that no incident and no group has."""
NONE: Final[Json] = {"id": None, "name": None}
"""Nobody, or no group."""
TRIES: Final = 3
"""How often a form of time is tried, on an incident that may be saved meanwhile."""
PRIORITIES: Final = {1: "Critical", 2: "High", 3: "Medium", 4: "Low", 5: "Low"}
STATUSES: Final = {
    "new": ("New", "Assigned"),
    "in_progress": ("In Progress",),
    "pending": ("Pending",),
    "resolved": ("Resolved",),
    "closed": ("Closed",),
    "canceled": ("Cancelled",),
}


class Reading:
    """Reads incidents of one server."""

    def __init__(
        self, calls: Calls, columns: Columns, people: People, related: Related, stand_in: StandIn, *, page: int
    ) -> None:
        """Make a reader.

        Args:
            calls: the connection's calls.
            columns: the fields of incidents.
            people: who remembers those who are met, and knows the groups.
            related: who reads links and clocks.
            stand_in: the assignee who stands for nobody, and their group, which stands for none.
            page: entries of one page.
        """
        self._calls = calls
        self._columns = columns
        self._people = people
        self._related = related
        self._stand_in = stand_in
        self._page = page
        self._numbers: dict[str, str] = {}
        self._literal_proven = False

    # -- records

    def changes(self, cursor: str | None, scope: Scope, now: Callable[[], datetime]) -> Iterator[Page]:
        """Give what changed since the cursor, oldest first, up to now on the vendor's clock.

        Group, status, priority and label do not narrow: an incident that leaves the scope has changed, too. Incidents of
        which only the work log moved come last. Work logs are read first, and no cursor passes the moment before that: what
        is written meanwhile is read the next time, even on an incident that has been read already.
        """
        self._prove_literal()
        reached = parse_cursor(cursor, self._calls.connection) if cursor else None
        start = None if reached is None else reached - OVERLAP
        q = both(self._lasting(scope), "" if start is None else f"{field(MODIFIED)} >= {self._calls.literal(start)}")
        quiet = now() - CLOCK_MARGIN
        moved = {} if start is None else moved_since(self._calls, start)
        seen: set[str] = set()
        pages = self._calls.scan(INCIDENT, q, self._columns.wanted, keys=BY_TIME, limit=self._page)
        for rows in pages:
            records = _touched(self._records(rows), moved)
            seen.update(str(record.body.get(NUMBER)) for record in records)
            passed = min(parse_stamp(str(rows[-1][MODIFIED])), quiet)
            reached = max(passed, reached or passed)
            yield Page(records, make_cursor(reached))
        reached = max(reached or quiet, quiet)
        for chunk in chunks(sorted(moved.keys() - seen), CHUNK):
            rows = self._calls.rows(INCIDENT, one_of(NUMBER, chunk), self._columns.wanted, keys=BY_ID)
            records = _touched(self._records(list(rows)), moved)
            if records:
                yield Page(records, make_cursor(reached))
        yield Page((), make_cursor(reached))

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read incidents by entry id; those gone or hidden are left out."""
        usable = [each for each in dict.fromkeys(ids) if is_askable(each)]
        return [record for chunk in chunks(usable, CHUNK) for record in self._matching(one_of(ID, chunk))]

    def find(self, marker: str) -> list[Record]:
        """Find the incidents that bear a marker, letter for letter."""
        if not is_askable(marker):
            return []
        return [record for record in self._matching(equals(MARKER, marker)) if record.body.get(MARKER) == marker]

    def numbered(self, number: str) -> Record | None:
        """Read the incident that bears a number."""
        return next((each for each in self._matching(equals(NUMBER, number)) if each.body[NUMBER] == number), None)

    def standing(self, record_id: str) -> Json | None:
        """Read where an incident stands and who has it, and nothing else; None where it is gone or hidden."""
        if not is_askable(record_id):
            return None
        rows = self._calls.entries(INCIDENT, equals(ID, record_id), STANDING, keys=BY_ID, limit=1)
        return rows[0] if rows else None

    def numbers(self, ids: Iterable[str]) -> dict[str, str]:
        """Give the incident numbers behind entry ids; those gone or hidden are left out."""
        wanted = list(dict.fromkeys(ids))
        unknown = [each for each in wanted if each not in self._numbers and is_askable(each)]
        for chunk in chunks(unknown, CHUNK):
            for row in self._calls.rows(INCIDENT, one_of(ID, chunk), (ID, NUMBER), keys=BY_ID):
                self._numbers[row[ID]] = row[NUMBER]
        return {each: self._numbers[each] for each in wanted if each in self._numbers}

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every incident in scope, in the order of ids."""
        for row in self._calls.rows(INCIDENT, self._present(scope), (ID,), keys=BY_ID, limit=CENSUS_PAGE):
            yield str(row[ID])

    def _matching(self, q: str) -> list[Record]:
        return self._records(list(self._calls.rows(INCIDENT, q, self._columns.wanted, keys=BY_ID)))

    def _records(self, rows: Sequence[Json]) -> list[Record]:
        """Give the records of some entries, with people, links and clocks beside them."""
        bodies = [shaped({**row, ID: entry_id(row)}) for row in rows]
        self._complete_people(bodies)
        numbers = [number for body in bodies if (number := str(body.get(NUMBER) or "")) and is_askable(number)]
        links, clocks = self._related.links(numbers), self._related.clocks(numbers)
        for body in bodies:
            number = str(body.get(NUMBER) or "")
            self._numbers[body[ID]] = number
            if links is not None:
                body[LINKS] = links.get(number, [])
            if clocks is not None:
                body.update(clocks.get(number, {SLA: [], FIGURES: []}))
        return [record_of(body) for body in bodies]

    def _complete_people(self, bodies: Sequence[Json]) -> None:
        """Put e-mail addresses beside people, and the names by which groups are known; all at once."""
        objects = [body[key] for body in bodies for key in (CUSTOMER, ASSIGNEE) if key in body]
        people = self._people.by_id({each["id"] for each in objects if each["id"] and not each.get("email")})
        for each in objects:
            person = people.get(each["id"] or "")
            if person is not None:
                each["email"] = person.email
                each["name"] = person.name or each["name"]
        for body in bodies:
            alone = self._stand_in.means_nobody(body.get(ASSIGNEE, {}).get("id"))
            if alone:
                body[ASSIGNEE] = dict(NONE)
            group = self._people.group(body.get(GROUP, {}).get("id") or "") if body.get(GROUP) else None
            if group is not None:
                nowhere = alone and group.label == self._stand_in.group
                body[GROUP] = dict(NONE) if nowhere else {"id": group.id, "name": group.label, "role": group.role}

    # -- time literals

    def _prove_literal(self) -> None:
        """Find out in which form the server reads times, by asking for an entry under its own time.

        Raises:
            ConfigError: it understands none.
        """
        if self._literal_proven:
            return
        for _ in range(TRIES):
            rows = self._calls.entries(INCIDENT, "", (ID, MODIFIED), keys=BY_ID, limit=1)
            if not rows:
                return
            moment = parse_stamp(str(rows[0][MODIFIED]))
            for literal in (epoch, quoted_time):
                if self._understands(literal(moment), rows[0]):
                    self._calls.literal = literal
                    self._literal_proven = True
                    return
        raise ConfigError(
            f"connection {self._calls.connection}: the server understands no form of time in a qualification, so changes "
            "would be missed; ask its administrator which form the REST API reads"
        )

    def _understands(self, literal: str, row: Json) -> bool:
        q = both(equals(ID, str(row[ID])), f"{field(MODIFIED)} = {literal}")
        try:
            return bool(self._calls.entries(INCIDENT, q, (ID, MODIFIED), keys=BY_ID, limit=1))
        except RecordError:
            return False

    # -- scope

    def _lasting(self, scope: Scope) -> str:
        """Give the conditions of a scope that an incident cannot leave, and the vendor's own query.

        Raises:
            ConfigError: the query is wrong, or a key cannot be asked for.
        """
        conditions: list[str] = []
        if scope.key:
            try:
                conditions.append(either(one_of(NUMBER, scope.key), one_of(ID, scope.key)))
            except UnsafeValueError:
                raise ConfigError(f"connection {self._calls.connection}: scope 'key' holds an unusable key") from None
        if scope.opened_after:
            conditions.append(f"{field('Reported Date')} > {self._calls.literal(scope.opened_after)}")
        if scope.updated_after:
            conditions.append(f"{field(MODIFIED)} > {self._calls.literal(scope.updated_after)}")
        if scope.native:
            conditions.append(native(scope.native, self._calls.connection))
        return both(*conditions)

    def _present(self, scope: Scope) -> str:
        """Give all conditions of a scope; labels do not exist here."""
        if scope.opened_after or scope.updated_after:
            self._prove_literal()
        conditions = [self._lasting(scope)]
        if scope.status:
            labels = [label for status in scope.status for label in STATUSES.get(status, ())]
            conditions.append(one_of("Status", labels) if labels else equals(ID, NOBODY))
        if scope.priority:
            labels = sorted({PRIORITIES[each] for each in scope.priority if each in PRIORITIES})
            conditions.append(one_of("Priority", labels) if labels else equals(ID, NOBODY))
        if scope.group:
            ids = [str(group.id) for group in self._people.groups() if group.name in scope.group]
            conditions.append(one_of("Assigned Group ID", ids or [NOBODY]))
        if scope.label:
            conditions.append(equals(ID, NOBODY))
        return both(*conditions)


def _touched(records: Iterable[Record], moved: Mapping[str, str]) -> tuple[Record, ...]:
    """Say beside each incident which of its work logs moved last."""
    return tuple(replace(each, touched=moved.get(str(each.body.get(NUMBER)))) for each in records)


def make_cursor(reached: datetime) -> str:
    """Give the cursor of a moment up to which everything was read."""
    return orjson.dumps({"modified": int(reached.timestamp())}).decode()


def parse_cursor(cursor: str, connection: str) -> datetime:
    """Give the moment of a cursor.

    Raises:
        ConfigError: it is none of ours.
    """
    try:
        return datetime.fromtimestamp(int(orjson.loads(cursor)["modified"]), UTC)
    except (ValueError, KeyError, TypeError, OverflowError):
        raise ConfigError(f"connection {connection}: a cursor that this connector did not make") from None
