"""People and support groups, and the memory of those who were met.

Vendor facts (docs.bmc.com, foundation data; recorded entries of ``CTM:People`` and ``CTM:Support Group``):

- An incident names its customer by ``Person ID`` and, where they have one, by login; its assignee, its history and the
  authors of its work logs by login. So a person's id here is the login, or the ``Person ID`` of one without a login.
- E-mail addresses are often missing, and not unique: an address that two enabled people share is nobody's. Some databases
  compare them with regard to case.
- A support group is known by company, organization and name together; names repeat across companies.
- ``Remedy Application Service`` and other system accounts have no entry among the people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

from ...core.connector import Dependency, FieldInfo, Json
from ...core.errors import ForbiddenError, RecordError, UnexpectedReplyError
from ...core.model import Group, Person
from .calls import Calls
from .query import MYSELF, Keyset, either, equals, field, is_askable, one_of
from .shapes import ASSIGNEE, GROUP

PEOPLE: Final = "CTM:People"
PERSON_ID: Final = "Person ID"
LOGIN: Final = "Remedy Login ID"
EMAIL: Final = "Internet E-mail"
PERSON_FIELDS: Final = (PERSON_ID, LOGIN, "First Name", "Last Name", "Full Name", EMAIL, "Profile Status", "Company")
BY_PERSON: Final = Keyset(PERSON_ID)
ENABLED: Final = "Enabled"
GROUPS: Final = "CTM:Support Group"
GROUP_FIELDS: Final = (
    "Support Group ID",
    "Company",
    "Support Organization",
    "Support Group Name",
    "Support Group Role",
    "Status",
)
BY_GROUP: Final = Keyset("Support Group ID")
MEMBERS: Final = "CTM:Support Group Association"
MEMBER_FIELDS: Final = ("Support Group ID", "Login ID", "Default Group")
BY_MEMBER: Final = Keyset("Support Group Association ID")
CHUNK: Final = 50
"""Values of one look-up."""

T = TypeVar("T")


def chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces of at most a size."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


@dataclass(frozen=True, slots=True)
class SupportGroup:
    """A support group, by all that names it."""

    id: str
    company: str
    organization: str
    name: str
    role: str | None
    label: str
    """The name by which people know it here: its own, or with company and organization where several bear that."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who stands in for nobody where a status needs an assignee, and so a group."""

    login: str | None
    group: str | None
    """Label of the group of incidents that are in none; the stand-in's own by default."""

    def means_nobody(self, login: str | None) -> bool:
        """Tell whether an assignee stands for nobody."""
        return self.login is not None and login == self.login


def person_of(row: Mapping[str, Any]) -> Person:
    """Give the person of an entry of the people form."""
    full = " ".join(part for part in (row.get("First Name"), row.get("Last Name")) if part)
    email = row.get(EMAIL)
    return Person(
        id=row.get(LOGIN) or row[PERSON_ID],
        name=row.get("Full Name") or full or None,
        email=email.lower() if email and "@" in email else None,
    )


class People:
    """The people of one server, as far as they have been met, and its support groups."""

    def __init__(self, calls: Calls, company: str | None) -> None:
        """Make an empty memory.

        Args:
            calls: the connection's calls.
            company: the company whose groups go by their bare names; the account's own by default.
        """
        self._calls = calls
        self._company = company
        self._rows: dict[str, Json | None] = {}
        """Entries by login and by person id, both in lower case; None for nobody."""

    # -- people

    def by_id(self, ids: Iterable[str]) -> dict[str, Person]:
        """Give people by login or person id; the unknown are left out."""
        wanted = set(ids)
        self._learn(sorted(each for each in wanted if each.lower() not in self._rows))
        rows = {each: self._rows.get(each.lower()) for each in wanted}
        return {each: person_of(row) for each, row in rows.items() if row is not None}

    def by_email(self, emails: Iterable[str]) -> dict[str, Person]:
        """Give enabled people by e-mail in lower case; those that nobody or several have are left out."""
        wanted = {each.lower() for each in emails if is_askable(each)}
        found: dict[str, dict[str, Json]] = {}
        for chunk in chunks(sorted(wanted), CHUNK):
            for row in self._calls.rows(PEOPLE, one_of(EMAIL, chunk), PERSON_FIELDS, keys=BY_PERSON):
                if row.get("Profile Status") in (ENABLED, None):
                    self._remember(row)
                    found.setdefault(str(row.get(EMAIL) or "").lower(), {})[row[PERSON_ID]] = row
        return {email: person_of(*rows.values()) for email, rows in found.items() if email in wanted and len(rows) == 1}

    def row(self, person_id: str) -> Json | None:
        """Give the entry behind an id, or None for nobody."""
        self._learn([person_id] if person_id.lower() not in self._rows else [])
        return self._rows.get(person_id.lower())

    @cached_property
    def myself(self) -> Json | None:
        """The account's own entry, or None where it has none or may not read it."""
        q = f"{field(LOGIN)} = {MYSELF}"
        try:
            rows = self._calls.entries(PEOPLE, q, PERSON_FIELDS, keys=BY_PERSON, limit=2)
        except (RecordError, ForbiddenError):
            return None
        for row in rows:
            self._remember(row)
        return rows[0] if len(rows) == 1 else None

    def _learn(self, ids: Sequence[str]) -> None:
        for chunk in chunks([each for each in ids if is_askable(each)], CHUNK):
            either_way = either(one_of(LOGIN, chunk), one_of(PERSON_ID, chunk))
            for row in self._calls.rows(PEOPLE, either_way, PERSON_FIELDS, keys=BY_PERSON):
                self._remember(row)
        for each in ids:
            self._rows.setdefault(each.lower(), None)

    def _remember(self, row: Json) -> None:
        self._rows[row[PERSON_ID].lower()] = row
        if row.get(LOGIN):
            self._rows[row[LOGIN].lower()] = row

    # -- groups

    @cached_property
    def _groups(self) -> dict[str, SupportGroup]:
        rows = list(self._calls.rows(GROUPS, equals("Status", ENABLED), GROUP_FIELDS, keys=BY_GROUP))
        names = [str(row.get("Support Group Name") or "") for row in rows]
        home = self._company or (self.myself or {}).get("Company")
        ours = [name for name, row in zip(names, rows, strict=True) if row.get("Company") == home]
        found: dict[str, SupportGroup] = {}
        for name, row in zip(names, rows, strict=True):
            company, organization = str(row.get("Company") or ""), str(row.get("Support Organization") or "")
            alone = names.count(name) == 1 or (company == home and ours.count(name) == 1)
            label = name if alone else f"{company} > {organization} > {name}"
            group_id = str(row["Support Group ID"])
            found[group_id] = SupportGroup(group_id, company, organization, name, row.get("Support Group Role"), label)
        return found

    def groups(self) -> list[Group]:
        """Give all enabled groups."""
        return [Group(id=group.id, name=group.label or None) for group in self._groups.values()]

    def group(self, group_id: str) -> SupportGroup | None:
        """Give a group, or None where it is unknown or disabled."""
        return self._groups.get(group_id)

    def assignees(self) -> list[FieldInfo]:
        """Give the field of the assignee: who can be one, and in which group; nothing where no membership can be read."""
        try:
            rows = list(self._calls.rows(MEMBERS, "", MEMBER_FIELDS, keys=BY_MEMBER))
        except (RecordError, ForbiddenError, UnexpectedReplyError):
            return []
        pairs = frozenset((str(row["Support Group ID"]), str(row["Login ID"])) for row in rows if row.get("Login ID"))
        options = tuple((login, login) for login in sorted({login for _, login in pairs}))
        dependency = Dependency(f"{GROUP}.id", pairs)
        return [FieldInfo(f"{ASSIGNEE}.id", "Assignee", options=options, dependency=dependency)] if pairs else []

    def home_group(self, stand_in: StandIn) -> SupportGroup | None:
        """Give the group that is meant for incidents without one, or else the stand-in's default group, or their first.

        None where it is not known here, or they are in none.
        """
        if stand_in.group is not None:
            return next((group for group in self._groups.values() if group.label == stand_in.group), None)
        if stand_in.login is None or not is_askable(stand_in.login):
            return None
        rows = list(self._calls.rows(MEMBERS, equals("Login ID", stand_in.login), MEMBER_FIELDS, keys=BY_MEMBER))
        rows.sort(key=lambda row: row.get("Default Group") != "Yes")
        groups = (self.group(str(row.get("Support Group ID"))) for row in rows)
        return next((group for group in groups if group is not None), None)
