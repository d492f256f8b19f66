"""Whose request it is: a login, what it may see and what it may write.

Rows carry ``Assignee Groups``, such as ``1000000005;'Mary';``: who is in one of the groups, or is named, sees the
row; an account with unrestricted access sees all (recorded values; docs.bmc.com, row-level security). Everybody else
gets a list without them, and 404 for one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from . import forms as names
from .evaluate import Moment, Predicate
from .store import Row, Store

Role: TypeAlias = Literal["admin", "agent", "requester", "service"]
UNSHOWN = "row permission"
"""The column for the groups of a row whose form does not show them."""
SERVICE_LOGIN = "Remedy Application Service"
"""The system user as whom workflow saves."""


@dataclass(frozen=True, slots=True)
class Session:
    """One account at one moment."""

    login: str
    role: Role
    now: int
    """Seconds since 1970."""
    groups: frozenset[str] | None
    """Row permission groups; None for unrestricted access."""

    @property
    def is_admin(self) -> bool:
        """Has administrator rights."""
        return self.role in {"admin", "service"}

    @property
    def is_support(self) -> bool:
        """Works on incidents."""
        return self.role != "requester"

    @property
    def moment(self) -> Moment:
        """What a qualification needs to know."""
        return Moment(self.login, self.now)

    def sees(self, row: Row) -> bool:
        """Tell whether the account may see a row; one without groups is everybody's."""
        held = row.get("Assignee Groups", row.get(UNSHOWN))
        if self.groups is None or held is None:
            return True
        return any(each in self.groups for each in held.split(";") if each)

    @property
    def visible(self) -> Predicate | None:
        """The same as a test; None where every row is seen."""
        return None if self.groups is None else self.sees


def open_session(store: Store, login: str, role: Role, now: int) -> Session:
    """Give the session of an account."""
    person = store[names.PEOPLE].first("Remedy Login ID", login) or {}
    if person.get("Unrestricted Access") == "Yes":
        return Session(login, role, now, None)
    groups = {f"'{login}'"}
    company = store[names.COMPANIES].first("Company", person.get("Company", ""))
    if role != "requester" and company is not None:
        groups.add(str(company["Permission Group ID"]))
    return Session(login, role, now, frozenset(groups))


def service_session(now: int) -> Session:
    """Give the session in which workflow saves by itself."""
    return Session(SERVICE_LOGIN, "service", now, None)


def permission(store: Store, company: str, *logins: str) -> str:
    """Give the ``Assignee Groups`` of a row: the company's group and some logins."""
    group = store.permission_groups.get(company)
    if group is None:
        found = store[names.COMPANIES].first("Company", company)
        group = store.permission_groups[company] = str(found["Permission Group ID"]) if found else ""
    named = "".join(f"'{login}';" for login in dict.fromkeys(logins) if login)
    return f"{group};{named}" if group else named
