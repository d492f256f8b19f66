"""Users and groups.

Vendor facts:

- ``users/show_many`` takes 100 ids. Ids below 1 stand for the system. [developer.zendesk.com, users, ticket audits]
- ``users/search`` finds by any of a user's e-mail addresses, through the index; a deleted user has ``active: false``.
  [developer.zendesk.com, users, user identities]
- The user export gives 1000 users a page with their main addresses; an address is one user's only. It leaves out the last
  minute, and takes 10 calls a minute. [developer.zendesk.com, incremental exports, users]
- Groups are listed with cursors. [developer.zendesk.com, groups]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from ...core.connector import Json
from ...core.errors import ForbiddenError
from ...core.model import Group, Person
from .api import EXPORTS, Api
from .queries import quoted
from .reading import chunks, real_ids

KEPT: Final = 50_000
"""People remembered from pages of tickets; a bound for memory."""
BULK: Final = 10
"""Addresses at once from which on the user export is read before the index is asked."""
EXPORT_CALLS: Final = 5
"""Pages that are read of it at most: half of a minute's calls, and what larger accounts hold beyond is searched."""


def person_of(user: Json) -> Person:
    """Give a user as a person."""
    email = user.get("email")
    return Person(id=str(user["id"]), name=user.get("name"), email=email.lower() if email else None)


class People:
    """Knows the users and groups of one account."""

    def __init__(self, api: Api) -> None:
        """Make it; nothing is read yet."""
        self._api = api
        self._met: dict[str, Person] = {}
        self._exported: dict[str, Person] | None = None

    def meet(self, users: Iterable[Json]) -> None:
        """Remember users that came with a page of tickets."""
        for user in users:
            if user.get("id"):
                self._met[str(user["id"])] = person_of(user)
        while len(self._met) > KEPT:
            self._met.pop(next(iter(self._met)))

    def by_id(self, ids: Iterable[str]) -> dict[str, Person]:
        """Give people by id, asking only for those whom no page brought."""
        wanted = real_ids(ids)
        found = {each: self._met[each] for each in wanted if each in self._met}
        for some in chunks([each for each in wanted if each not in found]):
            users = self._api.get("/api/v2/users/show_many", "users", {"ids": ",".join(some)})["users"]
            found.update((str(user["id"]), person_of(user)) for user in users)
        return found

    def by_email(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find people by e-mail address; nobody, or more than one, is left out."""
        wanted = list(dict.fromkeys(emails))
        if self._exported is None and len(wanted) >= BULK:
            self._exported = self._export()
        known = self._exported or {}
        found = {email: known[email] for email in wanted if email in known}
        for email in wanted:
            person = found.get(email) or self._search(email)
            if person is not None:
                found[email] = person
        return found

    def _export(self) -> dict[str, Person]:
        """Read the first pages of the user export, and give who is active by main address; none where it is forbidden."""
        users: dict[str, Json] = {}
        params: Json = {"start_time": 0}
        for _ in range(EXPORT_CALLS):
            try:
                data = self._api.get("/api/v2/incremental/users/cursor", "users", params, (EXPORTS,))
            except ForbiddenError:
                break
            users.update((str(user["id"]), user) for user in data["users"])  # one that changed meanwhile comes again
            if data.get("end_of_stream", True) or not data.get("after_cursor"):
                break
            params = {"cursor": data["after_cursor"]}
        people = [person_of(user) for user in users.values() if user.get("active", True)]
        counted = Counter(person.email for person in people)
        return {person.email: person for person in people if person.email and counted[person.email] == 1}

    def _search(self, email: str) -> Person | None:
        users = self._api.get("/api/v2/users/search", "users", {"query": f"email:{quoted(email)}"})["users"]
        active = [user for user in users if user.get("active", True)]
        matches = [user for user in active if (user.get("email") or "").lower() == email]
        if not matches:
            matches = [user for user in active if self._has_address(user, email)]
        return person_of(matches[0]).model_copy(update={"email": email}) if len(matches) == 1 else None

    def _has_address(self, user: Json, email: str) -> bool:
        """Tell whether an address that is not a user's main one is theirs all the same."""
        rows = self._api.rows("/api/v2/users/{number}/identities", "identities", number=user["id"])
        return any(row.get("type") == "email" and str(row.get("value")).lower() == email for row in rows)

    def groups(self) -> list[Group]:
        """Give all groups."""
        rows = self._api.rows("/api/v2/groups", "groups")
        return [Group(id=str(row["id"]), name=row["name"]) for row in rows if not row.get("deleted")]
