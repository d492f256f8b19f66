"""People and groups through the platform API.

A search matches the beginnings of a name's words and of the e-mail address; a hidden address is found only where the query
is the whole address. Source: developer.atlassian.com, "User search", "Users", "Groups"; recorded replies.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .auth import Session
from .errors import platform
from .jsons import Json, as_int
from .paging import linked, page, window
from .records import User

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
SEEN = 1000
"""Users that a search considers."""


def matches(session: Session, user: User, query: str) -> bool:
    """Tell whether a query finds a person."""
    wanted = query.strip().casefold()
    if not wanted:
        return False
    if user.email.casefold() == wanted:
        return True
    open_email = user.email if session.data_center or user.email_visible else ""
    names = [user.name, *user.name.split(), open_email]
    names += [user.username] if session.data_center else []
    return any(name.casefold().startswith(wanted) for name in names if name)


def _found(vendor: Jira, call: Call, people: Iterable[User]) -> list[User]:
    session: Session = call.account
    given = call.request.args
    if not session.is_licensed:
        return []
    if session.data_center:
        query = given.get("username", given.get("query", ""))
        everybody = query in (".", "%")
    else:
        query, everybody = given.get("query", ""), False
        if "accountId" in given:
            return [user for user in people if user.account_id == given["accountId"]]
    return [user for user in people if user.active and (everybody or matches(session, user, query))][:SEEN]


def _window(call: Call, people: list[User], most: int) -> list[User]:
    start, size = window(call, 50, most)
    return people[start : start + size]


@routes.get("/rest/api/3/myself")
def myself(vendor: Jira, call: Call) -> Response:
    """Show the caller."""
    session: Session = call.account
    shown = vendor.render.user(session, session.who)
    groups = {"size": len(session.who.groups), "items": list[Json]()}
    more: Json = {"locale": "en_US", "groups": groups, "applicationRoles": {"size": 1, "items": list[Json]()}}
    return reply({**shown, **more, "expand": "groups,applicationRoles"})


@routes.get("/rest/api/3/user")
def show(vendor: Jira, call: Call) -> Response:
    """Show a person."""
    session: Session = call.account
    user = _named(vendor, call)
    groups = {"size": len(user.groups), "items": list[Json]()}
    if "groups" in call.request.args.get("expand", ""):
        groups["items"] = [vendor.render.group(session, name) for name in sorted(user.groups)]
    more: Json = {"groups": groups, "applicationRoles": {"size": 0, "items": list[Json]()}}
    return reply({**vendor.render.user(session, user), "locale": "en_US", **more, "expand": "groups,applicationRoles"})


def _named(vendor: Jira, call: Call) -> User:
    session: Session = call.account
    given = call.request.args
    if session.data_center:
        user = vendor.state.user_named(given.get("username") or given.get("key") or "")
    else:
        user = vendor.state.users.get(given.get("accountId", ""))
    if user is None or not session.is_licensed:
        raise platform(404, "Specified user does not exist or you do not have required permissions")
    return user


@routes.get("/rest/api/3/user/search")
def search(vendor: Jira, call: Call) -> Response:
    """Find people; nobody is no error."""
    session: Session = call.account
    given = call.request.args
    if not session.data_center and not given.keys() & {"query", "accountId", "property"}:
        raise platform(400, "One of 'query', 'accountId' or 'property' is required.")
    people = _found(vendor, call, vendor.state.users.values())
    return reply([vendor.render.user(session, user) for user in _window(call, people, 1000)])


@routes.get("/rest/api/3/user/assignable/search")
def assignable(vendor: Jira, call: Call) -> Response:
    """Find people to whom issues can be assigned; all of them without a query."""
    session: Session = call.account
    given = call.request.args
    if not given.keys() & {"project", "issueKey", "issueId"}:
        raise platform(400, "Either the 'project' or the 'issueKey' query parameter has to be provided.")
    name = given.get("issueKey") or given.get("issueId")
    if (name and not vendor.state.issue_named(name)) or (
        "project" in given and not vendor.state.project_named(given["project"])
    ):
        raise platform(404, "The project or issue does not exist.")
    agents = [user for user in vendor.state.users.values() if user.is_agent and user.email]
    asked = given.keys() & {"query", "username", "accountId"}
    people = _found(vendor, call, agents) if asked else [user for user in agents if user.active and session.is_licensed]
    return reply([vendor.render.user(session, user) for user in _window(call, people, 1000)])


@routes.get("/rest/api/3/users/search")
@routes.get("/rest/api/3/users")
def everybody(vendor: Jira, call: Call) -> Response:
    """List all accounts: people, customers and bots, also inactive ones."""
    session: Session = call.account
    people = list(vendor.state.users.values()) if session.is_licensed else []
    return reply([vendor.render.user(session, user) for user in _window(call, people, 1000)])


@routes.get("/rest/api/3/user/bulk")
def many(vendor: Jira, call: Call) -> Response:
    """Show people by id; unknown ones are left out."""
    session: Session = call.account
    numbers = call.request.args.getlist("accountId")
    if not numbers:
        raise platform(400, "The 'accountId' query parameter has to be provided.")
    people = [user for number in dict.fromkeys(numbers) if (user := vendor.state.users.get(number))]
    return reply(linked(call, page(call, people, lambda user: vendor.render.user(session, user), default=10, most=200)))


# -- groups


@routes.get("/rest/api/3/group/bulk")
def groups(vendor: Jira, call: Call) -> Response:
    """List the groups, or those that the request names."""
    given = call.request.args
    names, numbers = given.getlist("groupName"), given.getlist("groupId")
    asked = bool(names or numbers)
    found = [
        (name, number)
        for name, number in sorted(vendor.state.groups.items())
        if not asked or name in names or number in numbers
    ]
    return reply(linked(call, page(call, found, lambda pair: {"name": pair[0], "groupId": pair[1]})))


@routes.get("/rest/api/3/groups/picker")
def pick_groups(vendor: Jira, call: Call) -> Response:
    """Find groups by a part of their name."""
    given = call.request.args
    query, most = given.get("query", "").casefold(), as_int(given.get("maxResults"), 20)
    found = [(name, number) for name, number in sorted(vendor.state.groups.items()) if query in name.casefold()]
    shown = [{"name": name, "html": name, "labels": list[Json](), "groupId": number} for name, number in found[:most]]
    return reply({"header": f"Showing {len(shown)} of {len(found)} matching groups", "total": len(found), "groups": shown})


@routes.get("/rest/api/3/group/member")
def members(vendor: Jira, call: Call) -> Response:
    """List the members of a group."""
    session: Session = call.account
    given = call.request.args
    by_number = {number: name for name, number in vendor.state.groups.items()}
    name = by_number.get(given.get("groupId", "")) or given.get("groupname", "")
    if name not in vendor.state.groups:
        raise platform(404, f"Group '{given.get('groupId') or name}' does not exist.")
    inactive = given.get("includeInactiveUsers") == "true"
    people = [user for user in vendor.state.users.values() if name in user.groups and (user.active or inactive)]
    return reply(linked(call, page(call, people, lambda user: vendor.render.user(session, user))))


@routes.get("/rest/api/3/user/groups")
def groups_of(vendor: Jira, call: Call) -> Response:
    """List the groups of a person."""
    return reply([vendor.render.group(call.account, name) for name in sorted(_named(vendor, call).groups)])
