"""Requesters, agents and groups.

Vendor facts (api.freshservice.com, requesters, agents, groups):

- Agents and requesters share one space of ids, and an agent can be a ticket's requester. An agent is no requester to
  ``/requesters`` unless ``include_agents=true``, which takes the right to manage agents, as reading agents does.
- ``email=`` matches exactly and at once; ``query=`` is minutes late. An address belongs to one person. It is
  ``primary_email`` of a requester, ``email`` of an agent.
- There is no call for several people by id, so all agents are read once, and requesters one by one.
- Groups are listed workspace by workspace, by default those of the primary one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Final

from ...core.connector import Json
from ...core.errors import ForbiddenError, NotFoundError
from ...core.model import Group, Person
from ...core.shapes import as_list
from .api import Api

KEPT: Final = 50_000
"""Requesters remembered; a bound for memory."""


def person_of(row: Json) -> Person:
    """Give a requester, an agent or a side-loaded person as a person."""
    name = row.get("name") or " ".join(part for part in (row.get("first_name"), row.get("last_name")) if part)
    email = row.get("primary_email") or row.get("email")
    return Person(id=str(row["id"]), name=name or None, email=email.lower() if email else None)


def is_address(text: str) -> bool:
    """Tell whether a text can be an e-mail address: of what cannot, nobody is asked."""
    name, sign, host = text.partition("@")
    return bool(name and sign and host) and "@" not in host and text.isprintable() and " " not in text


class People:
    """Knows the people and groups of one account."""

    def __init__(self, api: Api, workspaces: Callable[[], tuple[int, ...]]) -> None:
        """Make it; nothing is read yet.

        Args:
            api: the connection's session.
            workspaces: gives the workspaces whose groups count.
        """
        self._api = api
        self._workspaces = workspaces
        self._met: dict[str, Person] = {}
        self._sees_agents = True

    @cached_property
    def myself(self) -> Json:
        """The agent whose key or token we use."""
        return self._api.get("/api/v2/agents/me", "agent")

    @cached_property
    def _agent_rows(self) -> dict[str, Json]:
        try:
            return {str(row["id"]): row for row in self._api.rows("/api/v2/agents", "agents")}
        except ForbiddenError:
            self._sees_agents = False
            return {}

    def agents(self) -> dict[str, Person]:
        """Give the agents who may be assigned, by id; nobody where the account may not read agents."""
        return {key: person_of(row) for key, row in self._agent_rows.items() if row.get("active", True)}

    def meet(self, rows: Iterable[Json]) -> None:
        """Remember requesters who came with a page of tickets."""
        for row in rows:
            if row.get("id"):
                self._met[str(row["id"])] = person_of(row)
        while len(self._met) > KEPT:
            self._met.pop(next(iter(self._met)))

    def by_id(self, ids: Iterable[str]) -> dict[str, Person]:
        """Give people by id; the unknown are left out."""
        found: dict[str, Person] = {}
        for each in dict.fromkeys(ids):
            person = self._one(each) if each.isascii() and each.isdigit() else None
            if person is not None:
                found[each] = person
        return found

    def _one(self, person_id: str) -> Person | None:
        if person_id in self._met:
            return self._met[person_id]
        if person_id in self._agent_rows:
            return person_of(self._agent_rows[person_id])
        for kind in ("requester", "agent"):  # an agent may be new, or be hidden from the list
            try:
                row = self._api.get(f"/api/v2/{kind}s/{{number}}", kind, number=person_id)
            except (NotFoundError, ForbiddenError):
                continue
            self.meet([row])
            return person_of(row)
        return None

    def by_email(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find active people by e-mail address, any of theirs."""
        agents = {person.email: person for person in self.agents().values()} if emails else {}
        found: dict[str, Person] = {}
        for email in dict.fromkeys(emails):
            person = agents.get(email) or (self._with_address(email) if is_address(email) else None)
            if person is not None:
                found[email] = person.model_copy(update={"email": email})
        return found

    def _with_address(self, email: str) -> Person | None:
        agents = {"include_agents": "true"} if self._sees_agents else {}
        rows = self._api.rows("/api/v2/requesters", "requesters", {"email": email, **agents})
        matches = [row for row in rows if row.get("active", True) and email in _addresses(row)]
        return person_of(matches[0]) if len(matches) == 1 else None

    @cached_property
    def _groups(self) -> tuple[tuple[Group, int | None], ...]:
        found: dict[str, tuple[Group, int | None]] = {}
        workspaces = self._workspaces()
        for workspace in workspaces:
            params = {"workspace_id": workspace} if len(workspaces) > 1 else {}
            try:
                rows = list(self._api.rows("/api/v2/groups", "groups", params))
            except ForbiddenError:
                return ()
            for row in rows:
                group = Group(id=str(row["id"]), name=row.get("name"))
                found[str(row["id"])] = (group, row.get("workspace_id") or workspace)
        return tuple(found.values())

    def groups(self) -> list[Group]:
        """Give all groups; none where the account may not read them."""
        return [group for group, _ in self._groups]

    def workspace_of(self, group_id: str) -> int | None:
        """Give the workspace of a group, or None where the group is unknown."""
        return next((workspace for group, workspace in self._groups if group.id == group_id), None)


def _addresses(row: Json) -> set[str]:
    stated = (row.get("primary_email"), row.get("email"), *as_list(row.get("secondary_emails")))
    return {str(address).lower() for address in stated if address}
