"""Live metadata: workspaces, fields of the form with their choices, statuses, departments.

Vendor facts (api.freshservice.com, ticket fields, workspaces, departments):

- ``ticket_form_fields`` gives the fields of one workspace and those of all; without ``workspace_id`` those of the primary
  one. Reading it takes the right to manage fields.
- Statuses 2 to 5 are in every account, others are the account's own. Which of them stop the SLA clock is told nowhere.
- Drop-downs are written and read by the text of a choice; a category has two dependent levels below it.
- Workspace 1 stands for all, 2 is the primary one. Accounts without workspaces do not know the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from ...core.connector import Dependency, FieldInfo, Json
from ...core.errors import ConfigError, ForbiddenError, NotFoundError, RejectedError
from ...core.model import Group, Person
from ...core.shapes import as_list, as_object
from .api import Api
from .payloads import STATUSES

PRIMARY: Final = 2
ALL: Final = 1
"""The workspace that stands for all of them."""
LONGEST_SUBJECT: Final = 255
TICKET_KEYS: Final = {
    "subject": "subject",
    "description": "description",
    "status": "status",
    "priority": "priority",
    "urgency": "urgency",
    "impact": "impact",
    "source": "source",
    "requester": "requester_id",
    "category": "category",
    "department": "department",
}
"""Name of a standard field of the form -> the key of a record."""
LEVELS: Final = ("sub_category", "item_category")
CODED: Final = frozenset({"priority", "urgency", "impact", "source"})
"""Fields that are written by the number of a choice."""
HIDDEN: Final = (ForbiddenError, NotFoundError, RejectedError)
"""How an account says that it does not have something, or may not see it."""


class Metadata:
    """What the account says of its form, read once."""

    def __init__(
        self,
        api: Api,
        workspace: int | None,
        agents: Callable[[], Mapping[str, Person]],
        groups: Callable[[], Sequence[Group]],
        marker_field: str | None,
    ) -> None:
        """Make it; nothing is read yet.

        Args:
            api: the connection's session.
            workspace: the only workspace that counts, or None for all.
            agents: gives the agents who may be assigned; nobody where they are hidden.
            groups: gives the groups.
            marker_field: name of the account's own field that keeps markers, and is nobody else's.
        """
        self._api = api
        self._workspace = workspace
        self._agents = agents
        self._groups = groups
        self._marker_field = marker_field
        self._asked: set[int] = set()

    @cached_property
    def workspaces(self) -> tuple[int, ...]:
        """The workspaces that count, the primary one first."""
        if self._workspace is not None:
            return (self._workspace,)
        try:
            rows = list(self._api.rows("/api/v2/workspaces", "workspaces"))
        except HIDDEN:
            return (PRIMARY,)
        rows.sort(key=lambda row: (not row.get("primary"), row["id"]))
        return tuple(row["id"] for row in rows if row["id"] != ALL) or (PRIMARY,)

    @cached_property
    def listed(self) -> Json:
        """The parameters with which a list shows the tickets of these workspaces."""
        first, *others = self.workspaces
        if others:
            return {"workspace_id": 0}
        return {} if first == PRIMARY else {"workspace_id": first}

    @cached_property
    def form(self) -> dict[str, Json] | None:
        """The fields of the form by name, those of all workspaces together; None where they are hidden.

        Raises:
            ConfigError: there is no field for markers.
        """
        found: dict[str, Json] = {}
        for workspace in self.workspaces:
            params = {} if workspace == PRIMARY else {"workspace_id": workspace}
            try:
                rows = as_list(self._api.get("/api/v2/ticket_form_fields", "ticket_fields", params))
            except HIDDEN:
                return None
            for row in rows:
                known = found.setdefault(str(row["name"]), row)
                if known is not row:
                    known["choices"] = _united(as_list(known.get("choices")), as_list(row.get("choices")))
        if self._marker_field is not None and found.pop(self._marker_field, None) is None:
            raise ConfigError(
                f"connections.{self._api.connection}.marker_field: tickets have no field '{self._marker_field}'; "
                f"known are {', '.join(name for name, row in found.items() if not row.get('default_field'))}"
            )
        return found

    @cached_property
    def statuses(self) -> dict[int, str]:
        """The names of the statuses by code; those of every account where the form is hidden."""
        row = (self.form or {}).get("status")
        choices = [as_object(choice) for choice in as_list(row and row.get("choices"))]
        return {int(choice["id"]): str(choice["value"]) for choice in choices} or dict(STATUSES)

    def statuses_with(self, code: Any) -> dict[int, str]:
        """Give the names of the statuses; read once more for a code that is unknown, since an admin may have added it."""
        if isinstance(code, int) and code not in self.statuses and code not in self._asked:
            self._asked.add(code)
            for name in ("form", "statuses"):
                self.__dict__.pop(name, None)
        return self.statuses

    def status_code(self, name: str) -> int:
        """Give the code of a status.

        Raises:
            RejectedError: the account has none of this name.
        """
        for code, known in self.statuses.items():
            if known.lower() == name.lower():
                return code
        raise RejectedError(
            f"there is no status '{name}', only {', '.join(self.statuses.values())}; correct the table 'status'",
            connection=self._api.connection,
        )

    @cached_property
    def departments(self) -> dict[int, str]:
        """The names of the departments by id; none where they are hidden."""
        try:
            return {int(row["id"]): str(row["name"]) for row in self._api.rows("/api/v2/departments", "departments")}
        except HIDDEN:
            return {}

    def own_fields(self) -> dict[str, Json]:
        """Give the account's own fields of the form by name; none where the form is hidden."""
        return {name: row for name, row in (self.form or {}).items() if not row.get("default_field")}

    def demanded_at_end(self) -> list[str]:
        """Give the names of the fields that must be filled to resolve or close a ticket."""
        standard = ("workspace_id", "requester", "subject", "status", "description")
        return [name for name, row in (self.form or {}).items() if row.get("required_for_closure") and name not in standard]

    def fields(self) -> list[FieldInfo]:
        """Give every field of the form under the key that a record uses."""
        return [*self._of_form(), *self._of_people()]

    def _of_form(self) -> Iterator[FieldInfo]:
        for name, row in (self.form or {}).items():
            choices = [as_object(choice) for choice in as_list(row.get("choices"))]
            if not row.get("default_field"):
                yield _own(name, row, choices)
            elif name in TICKET_KEYS:
                yield FieldInfo(
                    TICKET_KEYS[name],
                    str(row.get("label") or name),
                    max_length=LONGEST_SUBJECT if name == "subject" else None,
                    options=self._options(name, choices),
                    required=bool(row.get("required_for_agents")) and name != "requester",
                )
            if name == "category":
                yield from _dependent(choices)

    def _options(self, name: str, choices: list[Json]) -> tuple[tuple[str, str], ...] | None:
        if name == "status":
            return tuple((label, label) for label in self.statuses.values())
        if name == "department":
            return tuple((label, label) for label in self.departments.values())
        if not choices:
            return None
        return tuple((str(choice["id"] if name in CODED else choice["value"]), str(choice["value"])) for choice in choices)

    def _of_people(self) -> Iterator[FieldInfo]:
        agents, groups = self._agents(), self._groups()
        if agents:
            yield FieldInfo("responder_id", "Agent", options=tuple((key, str(each.name)) for key, each in agents.items()))
        if groups:
            yield FieldInfo("group_id", "Group", options=tuple((str(each.id), str(each.name)) for each in groups))


def _own(name: str, row: Json, choices: list[Json]) -> FieldInfo:
    values = tuple((str(choice["value"]), str(choice["value"])) for choice in choices)
    return FieldInfo(
        name,
        str(row.get("label") or name),
        custom=True,
        options=values or None,
        required=bool(row.get("required_for_agents")),
    )


def _dependent(choices: Iterable[Json]) -> Iterator[FieldInfo]:
    """Give the two levels below a category, each with all values that stand under any value above it."""
    above, on = list(choices), "category"
    for name in LEVELS:
        pairs = [(choice, as_object(inner)) for choice in above for inner in as_list(choice.get("nested_options"))]
        values = dict.fromkeys(str(inner["value"]) for _, inner in pairs)
        yield FieldInfo(
            name,
            name.replace("_", " ").capitalize(),
            options=tuple((value, value) for value in values),
            dependency=Dependency(on, frozenset((str(one["value"]), str(inner["value"])) for one, inner in pairs)),
        )
        above, on = [inner for _, inner in pairs], name


def _united(known: list[Any], more: list[Any]) -> list[Any]:
    ids = {as_object(choice).get("id") for choice in known}
    return [*known, *(choice for choice in more if as_object(choice).get("id") not in ids)]
