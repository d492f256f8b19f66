"""Assigned group and assignee of an incident.

A group is the triple of company, organization and name, or its id; the assignee is one of its members, and a login
wins over a name (docs.bmc.com, assigning incidents; refusals are 500). Workflow that finds a group makes a new
incident "Assigned".
"""

from __future__ import annotations

from . import errors
from . import forms as names
from .change import Change
from .enums import ASSIGNED, NEW
from .errors import invalid
from .store import Row, Store

TRIPLE = ("Assigned Support Company", "Assigned Support Organization", "Assigned Group")
_OF_GROUP = ("Company", "Support Organization", "Support Group Name")
GROUP_ID = "Assigned Group ID"
ASSIGNEE = ("Assignee", "Assignee Login ID")
DEFAULT_GROUP = "Service Desk"


def assign(change: Change) -> None:
    """Check and complete group and assignee.

    Raises:
        RefusedError: 500: the triple names no group, or the assignee is no member.
    """
    new = change.new
    if change.gives(*TRIPLE, GROUP_ID):
        group = _group(change)
        for column, source in zip(TRIPLE, _OF_GROUP, strict=True):
            new[column] = group[source] if group else None
        new[GROUP_ID] = group["Support Group ID"] if group else None
        if not change.gives(*ASSIGNEE) and not (group and is_member(change.store, group, change.text("Assignee Login ID"))):
            new |= dict.fromkeys(ASSIGNEE)
    if change.gives(*ASSIGNEE):
        _choose_assignee(change)
    if new.get("Status") == NEW and not change.gives("Status") and new.get(GROUP_ID):
        new["Status"] = ASSIGNED


def _group(change: Change) -> Row | None:
    new, groups = change.new, change.store[names.GROUPS]
    wanted = tuple(change.text(column) for column in TRIPLE)
    if GROUP_ID in change.given and new.get(GROUP_ID):
        group = groups.rows.get(new[GROUP_ID])
        named = [column for column in TRIPLE if column in change.given]
        if group is None or any(change.text(column) != group[_OF_GROUP[TRIPLE.index(column)]] for column in named):
            raise invalid(errors.WRONG_GROUP, new[GROUP_ID])
        return group
    if not any(wanted) or (GROUP_ID in change.given and not change.gives(*TRIPLE)):
        return None
    found = find_group(change.store, *wanted)
    if found is None:
        raise invalid(errors.WRONG_GROUP, " / ".join(wanted))
    return found


def find_group(store: Store, company: str, organization: str, name: str) -> Row | None:
    """Give the enabled group of a triple."""
    for row in store[names.GROUPS].where("Support Group Name", name):
        if tuple(row[source] for source in _OF_GROUP) == (company, organization, name):
            return row if row.get("Status", "Enabled") == "Enabled" else None
    return None


def _choose_assignee(change: Change) -> None:
    new = change.new
    login, name = (new.get("Assignee Login ID") if "Assignee Login ID" in change.given else None), new.get("Assignee")
    if not login and not (name and "Assignee" in change.given):
        new |= dict.fromkeys(ASSIGNEE)
        return
    group = change.store[names.GROUPS].rows.get(change.text(GROUP_ID))
    crew = members(change.store, group) if group else []
    column = "Login ID" if login else "Full Name"
    found = [row for row in crew if row.get(column, "").casefold() == str(login or name).casefold()]
    if len(found) != 1:
        raise invalid(errors.WRONG_ASSIGNEE, str(login or name))
    new["Assignee"], new["Assignee Login ID"] = found[0]["Full Name"], found[0].get("Login ID")


def members(store: Store, group: Row) -> list[Row]:
    """Give the memberships of a group, in the order in which they were made."""
    return store[names.MEMBERS].where("Support Group ID", group["Support Group ID"])


def is_member(store: Store, group: Row, login: str) -> bool:
    """Tell whether a login is in a group."""
    return any(row.get("Login ID") == login for row in members(store, group))


def routed(store: Store, name: str, turn: int) -> Row:
    """Give the values of an assignment to a group of the first company, and to one of its members by turns."""
    group = store[names.GROUPS].first("Support Group Name", name)
    if group is None:
        return {}
    values: Row = dict(zip(TRIPLE, (group[source] for source in _OF_GROUP), strict=True))
    crew = members(store, group)
    if crew:
        values["Assignee Login ID"] = crew[turn % len(crew)].get("Login ID")
    return values
