"""People and groups, and the memory of those who came with a page.

Vendor facts:

- People may hide their e-mail address; then the key is missing. A search by a whole address finds them all the same, but
  nothing tells the address of an account, so a hidden one is known only where the configuration says it.
  [developer.atlassian.com, user search; Atlassian profile visibility]
- ``/user/search`` matches the beginning of names and addresses, and gives nothing to who may not browse users. Inactive
  people are not found. ``/user/bulk`` reads many. Data Center asks by ``username`` and reads one at a time.
  [developer.atlassian.com, users; Jira Data Center REST]
- There are no assignment groups; a custom field holds a group of the site. [Atlassian support, ITSM template]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ...core.connector import Json
from ...core.errors import ForbiddenError
from ...core.model import Group, Person
from ...core.shapes import as_list, as_object
from .api import Api
from .site import Site, person_id

KEPT: Final = 50_000
"""People remembered; a bound for memory."""
MANY: Final = 100


class People:
    """The people of one site, as far as they have been met."""

    def __init__(self, api: Api, site: Site) -> None:
        """Make an empty memory."""
        self._api = api
        self._site = site
        self._met: dict[str, Person | None] = {}
        self._addresses = {account: email for email, account in api.settings.addresses.items()}

    def meet(self, users: Iterable[Json]) -> None:
        """Remember users that came with a page."""
        for user in users:
            self._met[person_id(user)] = self._person(user)
        while len(self._met) > KEPT:
            self._met.pop(next(iter(self._met)))

    def _person(self, user: Json) -> Person:
        who = person_id(user)
        email = user.get("emailAddress") or self._addresses.get(who)
        return Person(id=who, name=user.get("displayName"), email=str(email).lower() if email else None)

    def by_id(self, ids: Iterable[str]) -> dict[str, Person]:
        """Give people by id, asking only for those whom no page brought."""
        wanted = [each for each in dict.fromkeys(ids) if each]
        unknown = [each for each in wanted if each not in self._met]
        self._met.update(dict.fromkeys(unknown))
        if self._api.settings.is_cloud:
            for start in range(0, len(unknown), MANY):
                some = unknown[start : start + MANY]
                self.meet(self._api.rows("user/bulk", "values", MANY, {"accountId": some}))
        else:
            for each in unknown:
                found = self._api.exists("user", {"username": each})
                if found is not None:
                    self.meet([as_object(found)])
        return {each: person for each in wanted if (person := self._met.get(each)) is not None}

    def by_email(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find people by e-mail address; nobody, or more than one, is left out."""
        found: dict[str, Person] = {}
        stated = self._api.settings.addresses
        for email in dict.fromkeys(emails):
            if email in stated:
                known = self.by_id([stated[email]]).get(stated[email])
                matches = [known] if known else []
            else:
                matches = self._search(email) if "@" in email else []
            if len(matches) == 1:
                found[email] = matches[0].model_copy(update={"email": email})
        return found

    def _search(self, email: str) -> list[Person]:
        key = "query" if self._api.settings.is_cloud else "username"
        rows = as_list(self._api.read("user/search", {key: email, "maxResults": 50}))
        users = [as_object(each) for each in rows]
        matches = [user for user in users if str(user.get("emailAddress") or "").lower() == email]
        people = {person_id(user): self._person(user) for user in matches if user.get("active", True)}
        return list(people.values())

    def groups(self) -> list[Group]:
        """Give the groups of the site; none where no field holds an assignment group."""
        if self._site.field_of("group") is None:
            return []
        try:
            if self._api.settings.is_cloud:
                rows = list(self._api.rows("group/bulk", "values", MANY))
            else:
                found = as_object(self._api.read("groups/picker", {"maxResults": 1000}))
                rows = [as_object(each) for each in as_list(found.get("groups"))]
        except ForbiddenError:
            return []
        return [Group(id=str(row["name"]), name=str(row["name"])) for row in rows]
