"""People and support groups.

Vendor facts (manageengine.com, users; seen live): requesters and technicians are users of one id space, and ``/users``
lists both; ``/support_groups`` or ``/groups`` exists, depending on product and build. E-mail addresses may be empty, and
reading users takes a scope of its own in Cloud. No call tells whose key it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ...core.connector import Json
from ...core.errors import NotFoundError
from ...core.model import Group, Person
from .calls import MOST, Calls
from .criteria import one_of

CHUNK: Final = 50
"""Values of one look-up."""


def person_of(row: Mapping[str, Any]) -> Person:
    """Give the person of a user."""
    email = str(row.get("email_id") or "")
    return Person(id=str(row["id"]), name=row.get("name") or None, email=email.lower() if "@" in email else None)


class People:
    """The people of one account."""

    def __init__(self, calls: Calls, account: str | None) -> None:
        """Make a finder.

        Args:
            calls: the connection's calls.
            account: e-mail address of the technician whose key we use.
        """
        self._calls = calls
        self._account = account
        self._myself: Person | None = None

    def by_id(self, ids: Iterable[str]) -> dict[str, Person]:
        """Give people by id; the unknown are left out."""
        usable = {each for each in ids if each.isascii() and each.isdigit()}
        return {row["id"]: person_of(row) for row in self._rows("id", sorted(usable)) if row["id"] in usable}

    def by_email(self, emails: Iterable[str]) -> dict[str, Person]:
        """Give people by e-mail in lower case; those that nobody or several have are left out."""
        wanted = {each.lower() for each in emails if "@" in each}
        found: dict[str, list[Person]] = {}
        for row in self._rows("email_id", sorted(wanted)):
            person = person_of(row)
            if person.email in wanted:
                found.setdefault(person.email or "", []).append(person)
        return {email: people[0] for email, people in found.items() if len(people) == 1}

    def _rows(self, field: str, values: Sequence[str]) -> Iterable[Json]:
        for start in range(0, len(values), CHUNK):
            criteria = one_of(field, values[start : start + CHUNK])
            yield from self._calls.rows("/users", "users", {"row_count": MOST, "search_criteria": criteria})

    def myself(self) -> Person | None:
        """Give the technician whose key we use; None where the settings do not name them, or nobody has the address."""
        if self._myself is None and self._account:
            self._myself = self.by_email([self._account]).get(self._account.lower())
        return self._myself

    def groups(self) -> list[Group]:
        """Give all support groups."""
        first, second = self._calls.flavour.groups
        try:
            rows = list(self._calls.rows(f"/{first}", first))
        except NotFoundError:
            rows = list(self._calls.rows(f"/{second}", second))
        return [Group(id=str(row["id"]), name=row.get("name") or None) for row in rows if row.get("deleted") is not True]
