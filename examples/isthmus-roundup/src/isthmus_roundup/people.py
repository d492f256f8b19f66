"""Users.

Vendor facts (template ``classic``, and measured on 2.6):

- A search for an address finds parts of it as well, in whatever case; one search is one address. No two users share one.
- Who may see addresses is a matter of roles; to others the property is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from isthmus.plugin import Json, Person

from .api import Api

FIELDS: Final = "username,realname,address"
MANY: Final = 20
"""Looking for more people than this costs more than reading all of them."""


def read_people(api: Api, ids: Iterable[str]) -> dict[str, Person]:
    """Read users by id; the unknown are left out."""
    return {row["id"]: _person(row) for row in api.by_id("user", ids, FIELDS)}


def find_people(api: Api, emails: Iterable[str]) -> dict[str, Person]:
    """Find users by e-mail address (lower case); nobody, or more than one, is left out."""
    wanted = {email for email in emails if "@" in email}
    terms: list[Json] = [{"address": email} for email in sorted(wanted)] if len(wanted) <= MANY else [{}]
    people = {row["id"]: _person(row) for each in terms for row in api.search("user", FIELDS, each)}
    known = Counter(person.email for person in people.values())
    return {person.email: person for person in people.values() if person.email in wanted and known[person.email] == 1}


def sees_addresses(api: Api) -> bool:
    """Tell whether our account sees the addresses of others."""
    return all("address" in row for row in api.search("user", FIELDS, {"@page_size": 5}))


def _person(row: Json) -> Person:
    email = str(row.get("address") or "").lower() or None
    return Person(id=row["id"], name=row.get("realname") or row["username"], email=email)
