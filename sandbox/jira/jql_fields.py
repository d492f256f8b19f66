"""The fields of JQL: how a query names them, which values an issue has in them, and what a literal means.

Text is compared as words; people are named by account id, address or name; options by value or id. A day without a time has
no zone, and is compared as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from . import times
from .jsons import Json, as_list
from .records import Field, Issue, Named
from .site import CATEGORIES

if TYPE_CHECKING:
    from .vendor import Jira

Resolve: TypeAlias = Callable[[str], list[Any]]
_ORDERED = frozenset({">", ">=", "<", "<="})
_TEXT = frozenset({"~", "!~"})
_HISTORY = {
    "status": "status",
    "assignee": "assignee",
    "priority": "priority",
    "resolution": "resolution",
    "reporter": "reporter",
}


@dataclass(frozen=True, slots=True)
class JqlField:
    """One field as queries see it."""

    name: str
    kind: str
    """value, user, text, date, day, number."""
    values: Callable[[Issue], list[Any]]
    """The values that an issue has; none: it is empty."""
    resolve: Callable[[str], list[Any]]
    """The values that a literal means; none: it is unknown."""
    operators: frozenset[str] = frozenset()
    """Beside equality."""
    history: str = ""
    """The field of the changelog, where WAS and CHANGED are supported."""
    rank: Callable[[Any], Any] = lambda value: value
    """What order goes by."""

    def unknown(self, text: str, name: str) -> str:
        """Give the message for an unknown value."""
        if self.name == "id":
            return f"An issue with key '{text}' does not exist for field '{name}'."
        return f"The value '{text}' does not exist for the field '{name}'."


def fields_by_clause(vendor: Jira) -> dict[str, JqlField]:
    """Give the fields by the names that queries use, in small letters."""
    known = len(vendor.state.fields)
    if vendor.clauses is None or vendor.clauses[0] != known:
        vendor.clauses = (known, _build(vendor))
    return vendor.clauses[1]


def _build(vendor: Jira) -> dict[str, JqlField]:
    found: dict[str, JqlField] = {}
    special = {field.name: field for field in _special(vendor)}
    for field in vendor.state.fields.values():
        made = special.get(field.id) or _ordinary(vendor, field)
        for clause in (field.id if field.custom else "", *field.clauses):
            if clause and made is not None:
                found.setdefault(clause.casefold(), made)
    for name in ("id", "key", "issue", "issuekey", "workitem", "workitemkey"):
        found[name] = special["id"]
    found |= {"text": special["text"], "watcher": special["watches"], "comment": special["comment"]}
    return found


def _by_name(known: Callable[[], Iterable[Named]]) -> Callable[[str], list[Any]]:
    def resolve(text: str) -> list[Any]:
        return [item.id for item in known() if text == item.id or text.casefold() == item.name.casefold()]

    return resolve


def _one(value: Any) -> list[Any]:
    return [] if value is None else as_list(value) if isinstance(value, list) else [value]


def _date(name: str, value: Callable[[Issue], int | None]) -> JqlField:
    return JqlField(name, "date", lambda issue: _one(value(issue)), lambda _: [], _ORDERED)


def _special(vendor: Jira) -> list[JqlField]:
    state = vendor.state

    def project(text: str) -> list[Any]:
        found = state.project_named(text)
        return (
            [found.id]
            if found
            else [each.id for each in state.projects.values() if each.name.casefold() == text.casefold()]
        )

    def category(text: str) -> list[Any]:
        wanted = text.casefold()
        return [key for key, (number, name, _) in CATEGORIES.items() if wanted in (key, str(number), name.casefold())]

    def issue(text: str) -> list[Any]:
        found = state.issue_named(text)
        return [found.id] if found else []

    def everything(issue: Issue) -> list[Any]:
        texts = [value.plain for value in issue.values.values() if hasattr(value, "plain")]
        return [issue.values.get("summary", ""), *texts, *(comment.body.plain for comment in issue.comments)]

    def statuses(text: str) -> list[Any]:
        return [item.id for item in state.statuses.values() if text == item.id or text.casefold() == item.name.casefold()]

    return [
        JqlField("id", "value", lambda each: [each.id], issue, _ORDERED),
        JqlField("project", "value", lambda each: [each.project], project),
        JqlField("issuetype", "value", lambda each: [each.type_id], _by_name(state.types.values)),
        JqlField("status", "value", lambda each: [each.status], statuses, history="status"),
        JqlField("statusCategory", "value", lambda each: [state.statuses[each.status].category], category),
        _date("created", lambda each: each.created),
        _date("updated", lambda each: each.updated),
        _date("resolutiondate", lambda each: each.resolved),
        _date("statuscategorychangedate", lambda each: each.category_changed),
        JqlField("text", "text", everything, lambda text: [text], _TEXT),
        JqlField("comment", "text", lambda each: [said.body.plain for said in each.comments], lambda text: [text], _TEXT),
        JqlField("watches", "user", lambda each: each.watchers, _people(vendor)),
        JqlField("creator", "user", lambda each: [each.creator], _people(vendor)),
        JqlField("attachment", "value", lambda each: list(each.files), lambda _: []),
        JqlField(
            "resolution",
            "value",
            lambda each: _one(each.values.get("resolution")) or ["-1"],
            _resolutions(vendor),
            history="resolution",
        ),
    ]


def _resolutions(vendor: Jira) -> Callable[[str], list[Any]]:
    known = _by_name(vendor.state.resolutions.values)
    return lambda text: ["-1"] if text.casefold() in ("unresolved", "-1") else known(text)


def _people(vendor: Jira) -> Callable[[str], list[Any]]:
    def resolve(text: str) -> list[Any]:
        if text in vendor.state.users:
            return [text]
        named = vendor.state.user_with_email(text) or vendor.state.user_named(text)
        return [named.account_id] if named else []

    return resolve


def _options(vendor: Jira, field: Field) -> Resolve:
    found = [each for option in field.options for each in (option, *option.children)]
    return lambda text: [each.id for each in found if text == each.id or text.casefold() == each.value.casefold()]


def _components(vendor: Jira, field: Field) -> Resolve:
    return _by_name(lambda: [item for project in vendor.state.projects.values() for item in project.components])


def _groups(vendor: Jira, field: Field) -> Resolve:
    return lambda text: [text] if text in vendor.state.groups else []


def _issues(vendor: Jira, field: Field) -> Resolve:
    return lambda text: [found.id] if (found := vendor.state.issue_named(text)) else []


def _request_types(vendor: Jira, field: Field) -> Resolve:
    known = vendor.state.request_types
    return lambda text: [each.id for each in known.values() if text in (each.id, each.name)]


def _organizations(vendor: Jira, field: Field) -> Resolve:
    known = vendor.state.organizations
    return lambda text: [each.id for each in known.values() if text in (str(each.id), each.name)]


_RESOLVERS: dict[str, Callable[[Jira, Field], Resolve]] = {
    **dict.fromkeys(("url", "labels"), lambda vendor, field: lambda text: [text]),
    **dict.fromkeys(("option", "options", "cascade"), _options),
    **dict.fromkeys(("user", "users"), lambda vendor, field: _people(vendor)),
    **dict.fromkeys(("group", "groups"), _groups),
    "components": _components,
    "parent": _issues,
    "request_type": _request_types,
    "organizations": _organizations,
}
"""What a literal means, for the kinds of fields that are compared by equality only."""


def _ordinary(vendor: Jira, field: Field) -> JqlField | None:
    """Give a field whose values stand in the issue's own values; None where it cannot be searched."""
    name = field.id

    def values(issue: Issue) -> list[Any]:
        return _one(issue.values.get(name))

    match field.kind:
        case "text":
            return JqlField(name, "text", lambda issue: [each.plain for each in values(issue)], lambda text: [text], _TEXT)
        case "string" | "summary":
            return JqlField(name, "text", values, lambda text: [text], _TEXT)
        case "number":
            return JqlField(name, "number", values, _number, _ORDERED)
        case "date":
            return JqlField(name, "day", lambda issue: _one(_day(issue.values.get(name))), lambda _: [], _ORDERED)
        case "datetime":
            return _date(name, lambda issue: issue.values.get(name))
        case "priority":
            rank: Json = {number: -place for place, number in enumerate(vendor.state.priorities)}
            resolve = _by_name(vendor.state.priorities.values)
            return JqlField(name, "value", values, resolve, _ORDERED, "priority", lambda value: rank.get(value, -99))
        case kind if kind in _RESOLVERS:
            sort = "user" if kind in ("user", "users") else "value"
            return JqlField(name, sort, values, _RESOLVERS[kind](vendor, field), history=_HISTORY.get(name, ""))
        case _:
            return None


def _number(text: str) -> list[Any]:
    try:
        return [float(text)]
    except ValueError:
        return []


def _day(value: str | None) -> int | None:
    return None if value is None else times.parse(f"{value}T00:00:00+00:00")
