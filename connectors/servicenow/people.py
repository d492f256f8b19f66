"""People and groups, and the memory of those who came with a page.

Vendor facts (ServiceNow documentation, users and groups): an e-mail address is not unique, so one that two active users
share is nobody's. ``sys_created_by`` and the history name people by ``user_name``, references by sys_id; system accounts
such as ``system`` may have no row. A reference to a deleted user keeps its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from ...core.connector import Json
from ...core.model import Group, Person
from .query import Query, equals, is_listable, one_of
from .table import TableApi

USER = "sys_user"
USER_FIELDS = ("sys_id", "user_name", "name", "email", "active")
CHUNK = 200
"""Values of one look-up."""
REFERENCES = ("caller_id", "assigned_to")
"""Columns whose name and e-mail come with every row."""

T = TypeVar("T")


def chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces of at most a size."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


class People:
    """The people of one instance, as far as they have been met."""

    def __init__(self, table: TableApi) -> None:
        """Make an empty memory."""
        self._table = table
        self._by_id: dict[str, Person | None] = {}
        self._by_user_name: dict[str, Person | None] = {}

    # -- learning

    def meet(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Remember everybody who comes with some rows, and look up the watchers in one call."""
        watchers: set[str] = set()
        for row in rows:
            for column in REFERENCES:
                person_id = row.get(column)
                if person_id and row.get(f"{column}.name"):
                    self._by_id[person_id] = _person(
                        {"sys_id": person_id, "name": row[f"{column}.name"], "email": row.get(f"{column}.email")}
                    )
            watchers.update(each for each in str(row.get("watch_list") or "").split(",") if each and "@" not in each)
        self.by_id(watchers)

    # -- asking

    def by_id(self, ids: Iterable[str]) -> dict[str, Person]:
        """Give people by sys_id; the unknown are left out."""
        wanted = set(ids)
        self._learn("sys_id", sorted(wanted - self._by_id.keys()), self._by_id)
        return {each: person for each in wanted if (person := self._by_id.get(each)) is not None}

    def by_user_name(self, user_names: Iterable[str]) -> dict[str, Person]:
        """Give people by user name; the unknown are left out."""
        wanted = set(user_names)
        self._learn("user_name", sorted(wanted - self._by_user_name.keys()), self._by_user_name)
        return {each: person for each in wanted if (person := self._by_user_name.get(each)) is not None}

    def by_email(self, emails: Iterable[str]) -> dict[str, Person]:
        """Give active people by e-mail in lower case; those that nobody or several have are left out."""
        wanted = sorted({each for each in emails if is_listable(each)})
        found: dict[str, list[Person]] = {}
        for chunk in chunks(wanted, CHUNK):
            query = Query().where(one_of("email", chunk), equals("active", "true")).ordered("sys_id")
            for row in self._table.rows(USER, query, USER_FIELDS):
                found.setdefault(row["email"].lower(), []).append(_person(row))
        return {email: people[0] for email, people in found.items() if len(people) == 1}

    def by_name(self, names: Iterable[str]) -> dict[str, Person]:
        """Give people by full name; those that nobody or several have are left out."""
        found: dict[str, list[Person]] = {}
        for chunk in chunks(sorted({each for each in names if is_listable(each)}), CHUNK):
            query = Query().where(one_of("name", chunk)).ordered("sys_id")
            for row in self._table.rows(USER, query, USER_FIELDS):
                found.setdefault(row["name"], []).append(_person(row))
        return {name: people[0] for name, people in found.items() if len(people) == 1}

    def name_authors(self, rows: Sequence[Json]) -> None:
        """Put the author of each comment or file beside it: id, name and e-mail, as far as the instance knows them.

        A row tells its author as ``sys_created_by``, a user name, or as ``author.name``, a full name. One whom the instance
        does not know keeps what was told for an id.
        """
        by_user_name = self.by_user_name({row["sys_created_by"] for row in rows if row.get("sys_created_by")})
        by_name = self.by_name({row["author.name"] for row in rows if row.get("author.name")})
        for row in rows:
            told = row.get("sys_created_by") or row.get("author.name") or ""
            person = by_user_name.get(row.get("sys_created_by") or "") or by_name.get(row.get("author.name") or "")
            if person is None:
                self._by_id.setdefault(told, None)
            row["author"] = person.id if person else told
            row["author.name"] = (person.name if person else None) or told
            row["author.email"] = person.email if person else None

    def groups(self) -> list[Group]:
        """Give all groups; an inactive one that bears the name of an active one is left out."""
        query = Query().ordered("sys_id")
        rows = list(self._table.rows("sys_user_group", query, ("sys_id", "name", "active")))
        live = {row.get("name") for row in rows if row.get("active") != "false"}
        return [
            Group(id=row["sys_id"], name=row.get("name") or None)
            for row in rows
            if row.get("active") != "false" or row.get("name") not in live
        ]

    def _learn(self, column: str, values: Sequence[str], memory: dict[str, Person | None]) -> None:
        memory.update(dict.fromkeys(values))
        by_case = {value.lower(): value for value in values}
        for chunk in chunks([value for value in values if is_listable(value)], CHUNK):
            query = Query().where(one_of(column, chunk)).ordered("sys_id")
            for row in self._table.rows(USER, query, USER_FIELDS):
                person = _person(row)
                memory[by_case[str(row[column]).lower()]] = person
                self._by_id[row["sys_id"]] = person


def _person(row: Mapping[str, Any]) -> Person:
    email = row.get("email")
    return Person(id=row["sys_id"], name=row.get("name") or None, email=email.lower() if email else None)
