"""What the site is set up to hold: the account, the project, its types, fields, statuses and lists. Read once.

Vendor facts:

- ``/myself`` gives ``accountId`` and ``timeZone`` of the caller; people change their zone, so it is asked for anew before
  each reading. [developer.atlassian.com, myself]
- Which fields a new issue takes, and which values, is told by ``createmeta/{project}/issuetypes/{type}``, 200 rows at most;
  on Data Center the rows stand under ``values``. [developer.atlassian.com, create metadata; Jira 9 release notes]
- Priorities are listed highest first. Names are translated, ids are not. [developer.atlassian.com, issue priorities]
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from ...core.connector import Dependency, FieldInfo, Json
from ...core.errors import AuthenticationError, ConfigError, ForbiddenError, NotFoundError, UnexpectedReplyError
from ...core.shapes import as_list, as_object
from .api import Api
from .columns import Columns, SiteField, find_columns, site_field
from .settings import JiraSettings
from .values import WRITABLE
from .vocabulary import PRIORITIES, STATES, Choice, priority_of, state_of

META_PAGE: Final = 200
"""Most rows of create metadata in one reply."""
NO_INCIDENTS: Final = ("problem", "change")
"""Words in the names of issue types that are no incidents."""
SUMMARY_LENGTH: Final = 255
ALWAYS: Final = frozenset({"project", "issuetype", "request_type", "attachment", "issuelinks", "parent"})
"""Fields of the create screen that the connector fills by itself, or that other calls write."""


class Site:
    """One site as one account sees it."""

    def __init__(self, api: Api) -> None:
        """Make it; nothing is read yet."""
        self._api = api
        self._settings: JiraSettings = api.settings

    # -- the account

    def read_account(self) -> Json:
        """Ask who we are, anew.

        Raises:
            AuthenticationError: we are nobody.
            UnexpectedReplyError: there is no Jira at this address.
        """
        try:
            account = as_object(self._api.read("myself"))
        except NotFoundError as error:
            raise UnexpectedReplyError("there is no Jira here; check 'url'", connection=self._api.connection) from error
        if not self.id_of(account):
            raise AuthenticationError("Jira takes us for nobody; check user and token", connection=self._api.connection)
        self.__dict__["account"] = account
        return account

    @cached_property
    def account(self) -> Json:
        """The account that we use, as last read."""
        return self.read_account()

    @property
    def account_id(self) -> str:
        """The vendor's id of the account that we use."""
        return self.id_of(self.account)

    def id_of(self, user: Json) -> str:
        """Give the id of a user: the account id on Cloud, the user name on Data Center."""
        return person_id(user)

    @property
    def zone(self) -> tzinfo | None:
        """The time zone of the account's profile, in which JQL is read; None where it is unknown here."""
        try:
            return ZoneInfo(str(self.account.get("timeZone")))
        except (OSError, ValueError, KeyError):
            return None

    # -- the project

    @cached_property
    def project(self) -> Json:
        """The project in which issues are created.

        Raises:
            ForbiddenError: the account does not see it.
        """
        found = self._api.exists("project/{project}", project=self._settings.project)
        if found is None:
            raise ForbiddenError(
                f"there is no project '{self._settings.project}', or the account may not browse it",
                connection=self._api.connection,
            )
        return as_object(found)

    @property
    def serves_customers(self) -> bool:
        """Tell whether the project is one of Jira Service Management, where comments can be internal."""
        return self.project.get("projectTypeKey") == "service_desk"

    @cached_property
    def issue_type(self) -> Json:
        """The type of the issues that are created.

        Raises:
            ConfigError: the project has no such type; names those that it has.
        """
        wanted = self._settings.issue_type
        types = self._types
        for each in types:
            if wanted == str(each.get("id")) or wanted.casefold() in _names(each):
                return each
        known = ", ".join(str(each.get("name")) for each in types)
        raise ConfigError(
            f"connections.{self._api.connection}.issue_type: project {self._settings.project} has no issue type "
            f"'{wanted}'; it has: {known}"
        )

    @property
    def _types(self) -> list[Json]:
        return [as_object(each) for each in as_list(self.project.get("issueTypes"))]

    @cached_property
    def read_types(self) -> tuple[list[str], list[str]]:
        """Ids of the types that are read, or, where all others are, of those that are not."""
        if "*" in self._settings.issue_types:
            return [], []
        if self._settings.issue_types:
            wanted = {name.casefold() for name in self._settings.issue_types}
            chosen = [str(each["id"]) for each in self._types if wanted & _names(each)]
            return chosen or [self._settings.issue_types[0]], []
        return [], [
            str(each["id"])
            for each in self._types
            if each.get("subtask") or any(word in name for word in NO_INCIDENTS for name in _names(each))
        ]

    # -- fields

    @cached_property
    def columns(self) -> Columns:
        """The site's fields, and which stands behind each column.

        Raises:
            ConfigError: the configuration names a field that does not exist.
        """
        missing: list[str] = []
        rows = [as_object(each) for each in as_list(self._api.read("field"))]
        found = find_columns(rows, self._settings.fields, missing=missing)
        if missing:
            raise ConfigError(
                f"connections.{self._api.connection}.fields.{missing[0]}: Jira has no field "
                f"'{self._settings.fields[missing[0]]}'"  # type: ignore[index]
            )
        return found

    @cached_property
    def screen(self) -> dict[str, Json]:
        """What the create screen of the issue type says of its fields, by id."""
        path = "issue/createmeta/{project}/issuetypes/{type}"
        rows = self._api.rows(path, "fields", META_PAGE, project=self._settings.project, type=str(self.issue_type["id"]))
        return {str(row.get("fieldId") or row.get("key")): row for row in rows}

    @cached_property
    def marker_field(self) -> str | None:
        """Id of the field that takes the marker; None where a label does.

        Raises:
            ConfigError: there is no such field.
        """
        wanted = self._settings.marker_field
        if wanted is None:
            return None
        for each in self.columns.fields.values():
            if wanted == each.id or wanted.casefold() in each.aliases:
                return each.id
        raise ConfigError(f"connections.{self._api.connection}.marker_field: Jira has no field '{wanted}'")

    def field_of(self, column: str) -> SiteField | None:
        """Give the custom field behind a column."""
        field_id = self.columns.by_column.get(column)
        return None if field_id is None else self.columns.fields[field_id]

    # -- lists

    @cached_property
    def statuses(self) -> dict[str, Json]:
        """All statuses of the site, by id."""
        return {str(each["id"]): each for each in map(as_object, as_list(self._api.read("status")))}

    def state(self, status: Json) -> str:
        """Give the state that a status stands for."""
        category = as_object(status.get("statusCategory")).get("key")
        name = str(status.get("untranslatedName") or status.get("name"))
        overrides = self._settings.statuses
        return state_of(str(status.get("name")) if str(status.get("name")) in overrides else name, category, overrides)

    @cached_property
    def own_statuses(self) -> list[Json]:
        """The statuses that an issue of our type can have."""
        for each in map(as_object, as_list(self._api.read("project/{project}/statuses", project=self._settings.project))):
            if str(each.get("id")) == str(self.issue_type["id"]):
                return [as_object(status) for status in as_list(each.get("statuses"))]
        return []

    @cached_property
    def workflow_states(self) -> frozenset[str]:
        """The states that an issue of our type can have."""
        return frozenset(map(self.state, self.own_statuses) if self.own_statuses else STATES)

    @cached_property
    def priorities(self) -> list[Choice]:
        """The priorities that a new issue takes, highest first."""
        return _choices(self.screen.get("priority"))

    @cached_property
    def resolutions(self) -> list[Choice]:
        """All resolutions of the site."""
        return [
            Choice(str(each["id"]), str(each["name"])) for each in map(as_object, as_list(self._api.read("resolution")))
        ]

    def options(self, field_id: str) -> list[Choice]:
        """Give the options of a field of the create screen."""
        return _choices(self.screen.get(field_id))

    def children(self, field_id: str) -> dict[str, list[Choice]]:
        """Give the options of a cascading field by the name of their parent."""
        parents = as_list(as_object(self.screen.get(field_id)).get("allowedValues"))
        return {
            str(as_object(each).get("value")): [
                _choice(as_object(child)) for child in as_list(as_object(each).get("children"))
            ]
            for each in parents
        }

    # -- the service desk

    @cached_property
    def desk_id(self) -> str | None:
        """Id of the project's service desk; None where there is none, or it is hidden."""
        if not self.serves_customers:
            return None
        try:
            desks = self._api.rows("/servicedesk", "values", 100)
            return next((str(each["id"]) for each in desks if str(each.get("projectId")) == str(self.project["id"])), None)
        except (ForbiddenError, NotFoundError):
            return None

    @cached_property
    def request_type_id(self) -> str | None:
        """Id of the request type of what is created.

        Raises:
            ConfigError: the service desk has no such request type.
        """
        wanted = self._settings.request_type
        if wanted is None:
            return None
        kinds = (
            list(self._api.rows("/servicedesk/{desk}/requesttype", "values", 100, desk=self.desk_id))
            if self.desk_id
            else []
        )
        for each in kinds:
            if wanted == str(each.get("id")) or wanted.casefold() == str(each.get("name")).casefold():
                return str(each["id"])
        known = ", ".join(str(each.get("name")) for each in kinds) or "none that this account sees"
        raise ConfigError(
            f"connections.{self._api.connection}.request_type: there is no request type '{wanted}'; there are: {known}"
        )

    # -- metadata for the proof

    def fields(self) -> list[FieldInfo]:
        """Give what each column takes. One for which the site has no field, or not on the create screen, takes nothing."""
        described = [
            FieldInfo("summary", "Summary", max_length=SUMMARY_LENGTH, required=True),
            FieldInfo(
                "state", "Status", options=tuple((state, state) for state in STATES if state in self.workflow_states)
            ),
            FieldInfo("resolution", "Resolution", options=tuple((each.name, each.name) for each in self.resolutions)),
            FieldInfo("priority", "Priority", options=tuple((name, name) for name in self._priority_names())),
            *(self._of_system(name) for name in ("reporter", "assignee", "duedate")),
            *(self._of_column(column) for column in self.columns_with_options),
            *self._custom(),
        ]
        return described + [info for info in self._demanded() if info.id not in {each.id for each in described}]

    def _priority_names(self) -> list[str]:
        names = [each.name for each in self.priorities]
        meant = {priority_of(name, names) for name in names}
        return [name for name in PRIORITIES if name in meant]

    def _of_system(self, name: str) -> FieldInfo:
        meta = self.screen.get(name)
        options = None if meta else ()
        return FieldInfo(name, str(as_object(meta).get("name") or name), options=options, required=_demands(meta))

    columns_with_options: Final = (
        "impact",
        "urgency",
        "pending_reason",
        "source",
        "category",
        "subcategory",
        "service",
        "major",
        "tier",
        "cause",
        "workaround",
        "resolution_notes",
        "participants",
        "group",
    )

    def _of_column(self, column: str) -> FieldInfo:
        behind = {"subcategory": "category", "service": "services"}.get(column, column)
        field = self.field_of(behind)
        on_screen = field is not None and (field.id in self.screen or column in ("pending_reason", "resolution_notes"))
        if field is None or not on_screen:
            return FieldInfo(column, column, options=())
        dependency = None
        if column == "subcategory":
            pairs = [(name, child.name) for name, children in self.children(field.id).items() for child in children]
            dependency = Dependency(behind, frozenset(pairs))
            values = [name for _, name in pairs]
        elif column == "major":
            values = ["true"]
        else:
            values = [each.name for each in self.options(field.id)]
        options = tuple((value, value) for value in dict.fromkeys(values))
        required = _demands(self.screen.get(field.id))
        return FieldInfo(column, field.name, options=options or None, required=required, dependency=dependency)

    def _custom(self) -> list[FieldInfo]:
        taken = {*self.columns.by_column.values(), self.marker_field, *self.columns.sla}
        found: list[FieldInfo] = []
        for field in self.columns.fields.values():
            if not field.custom or field.id in taken or self.columns.is_noise(field.id):
                continue
            names = [(each.name, each.name) for each in self.options(field.id)]
            meta = self.screen.get(field.id)
            found.append(
                FieldInfo(
                    field.id,
                    field.name,
                    custom=True,
                    options=tuple(names) or None,
                    required=_demands(meta),
                    writable=meta is not None and (field.type in WRITABLE or field.items in WRITABLE),
                )
            )
        return found

    def _demanded(self) -> list[FieldInfo]:
        """Give what else the create screen demands."""
        columns = self.columns.column_of
        return [
            FieldInfo(field_id, str(meta.get("name")), required=True)
            for field_id, meta in self.screen.items()
            if _demands(meta) and columns.get(field_id, field_id) not in ALWAYS and field_id not in columns
        ]


def person_id(user: Json) -> str:
    """Give the id of a user: the account id on Cloud, the user name on Data Center."""
    return str(user.get("accountId") or user.get("name") or user.get("key") or "")


def type_clause(site: Site, one_of: Callable[[str, list[str]], str]) -> str:
    """Give the condition for the types that are read."""
    chosen, left_out = site.read_types
    return one_of("issuetype", chosen) if chosen else one_of("issuetype not", left_out) if left_out else ""


def _names(issue_type: Json) -> set[str]:
    return {str(issue_type[key]).casefold() for key in ("untranslatedName", "name") if issue_type.get(key)}


def _demands(meta: Json | None) -> bool:
    return bool(meta and meta.get("required") and not meta.get("hasDefaultValue"))


def _choices(meta: Json | None) -> list[Choice]:
    return [_choice(as_object(each)) for each in as_list(as_object(meta).get("allowedValues"))]


def _choice(row: Json) -> Choice:
    return Choice(str(row.get("id")), str(row.get("value") or row.get("name")))


__all__ = ["Site", "person_id", "site_field", "type_clause"]
