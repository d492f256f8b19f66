"""Users.

Vendor facts (measured on 5.0.3):

- A user's id in every reply is the name; numbers stand in a ticket's history only. No two users share an address.
- ``POST /users`` takes terms of which any may fit, and compares without regard to case.
- ``Nobody`` and ``RT_System`` are RT's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ...core.connector import Json
from ...core.errors import ForbiddenError, NotFoundError
from ...core.model import Person
from ...core.shapes import as_list, as_object
from .api import Api
from .payloads import NOBODY, PEOPLE, SYSTEM

FIELDS: Final = "Name,EmailAddress,RealName,Disabled"
KEPT: Final = 50_000
"""People remembered from pages of tickets; a bound for memory."""
AT_ONCE: Final = 50
"""Terms of one search."""


def chunks(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Cut a sequence into pieces."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def person_of(user: Json) -> Person:
    """Give a user as a person."""
    name, email = str(user.get("Name") or user["id"]), str(user.get("EmailAddress") or "")
    return Person(id=name, name=user.get("RealName") or name, email=email.lower() or None)


class People:
    """Knows the users of one site."""

    def __init__(self, api: Api) -> None:
        """Make it; nothing is read yet."""
        self._api = api
        self._met: dict[str, Person] = {}
        self._names: dict[str, str | None] = {}

    def meet(self, tickets: Iterable[Json]) -> None:
        """Remember the people whom tickets describe."""
        for ticket in tickets:
            for user in (ticket.get("Owner"), *(each for key in PEOPLE for each in as_list(ticket.get(key)))):
                described = as_object(user)
                if described.get("EmailAddress"):
                    self._met[str(described["id"])] = person_of(described)
        while len(self._met) > KEPT:
            self._met.pop(next(iter(self._met)))

    def by_id(self, ids: Iterable[str]) -> dict[str, Person]:
        """Give people by user name, asking only for those whom no page brought."""
        wanted = [each for each in dict.fromkeys(ids) if each not in (NOBODY, SYSTEM, "")]
        unmet = [each for each in wanted if each not in self._met]
        for user in self._search("Name", unmet):
            self._met[str(user["id"])] = person_of(user)
        return {each: self._met[each] for each in wanted if each in self._met}

    def by_email(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find people by e-mail address; nobody is left out."""
        wanted = [each for each in dict.fromkeys(emails) if each]
        found: dict[str, list[Person]] = {}
        for user in self._search("EmailAddress", wanted):
            person = person_of(user)
            if person.email:
                found.setdefault(person.email, []).append(person)
        return {email: found[email][0] for email in wanted if len(found.get(email, ())) == 1}

    def _search(self, field: str, values: Sequence[str]) -> Iterator[Json]:
        for some in chunks(values, AT_ONCE):
            terms = [{"field": field, "operator": "=", "value": value} for value in some]
            yield from self._api.rows("/users", {"fields": FIELDS}, terms=terms)

    def name_of(self, number: str) -> str | None:
        """Give the name of a user by number, as histories tell them; None for RT's own and for one that cannot be seen."""
        if number not in self._names:
            try:
                name = str(self._api.get("/user/{number}", "Name", number=number)["Name"])
            except (NotFoundError, ForbiddenError):
                name = ""
            self._names[number] = None if name in ("", NOBODY, SYSTEM) else name
        return self._names[number]
