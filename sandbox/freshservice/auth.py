"""Who calls, and what that person may do.

* API key: basic authentication with the key as user name and any password; the key belongs to one agent. User name and
  password were removed on 31 May 2023.
* OAuth: ``Bearer``; a token carries scopes, and a call outside of them is 403.
* An agent's role bounds what he may do: people, groups and the form are for admins and supervisors.

Source: api.freshservice.com, "Authentication" and the scope printed with each call.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request

from ..vendor import Call
from . import account
from .errors import forbidden, unauthenticated
from .records import Person

if TYPE_CHECKING:
    from .vendor import Freshservice

MANAGERS = account.ADMINS | {"SD Supervisor"}
MANAGED = re.compile(r"/api/v2/(agents(?!/me$)|groups|roles|requesters/\d+/(forget|convert_to_agent|merge)|ticket_fields)")
"""What only managers may call; groups and requesters may be read by everybody."""
_VERBS = {"GET": "view", "POST": "create", "PUT": "edit", "DELETE": "delete"}
_SCOPES: tuple[tuple[str, str], ...] = (
    (r"/tickets/\d+/(conversations|reply|notes)", "freshservice.tickets.conversations.{verb}"),
    (r"/conversations/", "freshservice.tickets.conversations.{verb}"),
    (r"/tickets/\d+/time_entries", "freshservice.tickets.time_entries.{verb}"),
    (r"/tickets/\d+/tasks", "freshservice.tickets.tasks.{verb}"),
    (r"/tickets/\d+/approvals", "freshservice.tickets.edit"),
    (r"/tickets/\d+/restore", "freshservice.tickets.delete"),
    (r"/tickets/\d+/attachments/", "freshservice.tickets.edit"),
    (r"/tickets/\d+/create_child_ticket", "freshservice.tickets.create"),
    (r"/tickets", "freshservice.tickets.{verb}"),
    (r"/attachments/", "freshservice.tickets.view"),
    (r"/ticket_(form_)?fields", "freshservice.tickets.fields.manage"),
    (r"/requesters/\d+/(reactivate|forget)", "freshservice.requesters.delete"),
    (r"/requesters", "freshservice.requesters.{verb}"),
    (r"/agents", "freshservice.agents.manage"),
    (r"/roles", "freshservice.agents.roles.view"),
    (r"/groups", "freshservice.agentgroups.manage"),
    (r"/departments", "freshservice.departments.{verb}"),
    (r"/workspaces", "freshservice.workspaces.view"),
    (r"/assets", "freshservice.assets.{verb}"),
    (r"/problems", "freshservice.problems.{verb}"),
    (r"/changes", "freshservice.changes.{verb}"),
)
SCOPES = tuple((re.compile(f"/api/v2{path}"), scope) for path, scope in _SCOPES)
ALL_SCOPES = tuple(sorted({scope.format(verb=verb) for _, scope in _SCOPES for verb in _VERBS.values()}))
"""Every scope that the calls of this sandbox ask for."""


@dataclass(frozen=True, slots=True)
class Account:
    """The agent in effect, and the scopes of the token (None: all)."""

    person: Person
    scopes: frozenset[str] | None = None


def authenticate(vendor: Freshservice, request: Request) -> Account:
    """Find out who calls.

    Raises:
        RefusedError: 401 with the reason.
    """
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return vendor.grants.account(value.strip())
    if kind.lower() != "basic":
        raise unauthenticated()
    user, _, _ = _decoded(value).partition(":")
    if "@" in user:
        raise unauthenticated("unsupported_authentication_type")
    number = vendor.state.person_by_key.get(user)
    person = None if number is None else vendor.state.agent(number)
    if person is None:
        raise unauthenticated()
    return Account(person)


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def authorize(who: Account, call: Call) -> None:
    """Check that an account may make a call.

    Raises:
        RefusedError: 403.
    """
    path, method = call.request.path, call.request.method
    reads_groups = method == "GET" and path.startswith("/api/v2/groups")
    if MANAGED.match(path) and not reads_groups and who.person.role not in MANAGERS:
        raise forbidden()
    if who.scopes is not None and scope_of(method, path) not in who.scopes:
        raise forbidden()


def scope_of(method: str, path: str) -> str:
    """Give the scope that a call asks for."""
    scope = next(scope for pattern, scope in SCOPES if pattern.match(path))
    return scope.format(verb=_VERBS[method])
