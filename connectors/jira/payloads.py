"""Issues in every shape in which Jira returns them -> flat records.

Vendor facts:

- An issue is ``{"id", "key", "fields"}``; lists stand under ``issues``, a web hook's under ``issue``. Web hook bodies are
  shaped as version 2 gives them, with wiki markup; those of a comment carry a thin issue, on Data Center none at all.
  [developer.atlassian.com, webhooks; recorded]
- The service desk API gives requests: ``issueId``, ``issueKey``, ``requestFieldValues``, ``currentStatus``.
  [developer.atlassian.com, service desk, request]
- A service-level clock has an ongoing cycle or completed ones, or holds an error instead. [recorded; service desk, SLA]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from ...core.connector import Json
from ...core.model import format_time
from ...core.shapes import as_list, as_object
from ...core.text.adf import read_adf
from ...core.text.richtext import to_text
from .columns import SLA, Columns, find_columns
from .links import links_of
from .markers import is_marker_label, marker_in
from .site import person_id
from .values import TEXT_AREA, RichText, plain
from .vocabulary import DONE, PENDING, PRIORITIES, WAITS_FOR, State, priority_of, state_of

PEOPLE: Final = ("reporter", "assignee", "creator")
CUSTOM: Final = "customfield_"
FIGURES: Final = {"first response": "first_response", "resolution": "resolve"}
"""What the name of a clock says of the time it counts. [support.atlassian.com, service level agreements]"""
TOP_NOISE: Final = frozenset({"self", "expand", "fields", "names", "schema"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = RichText(documents=True)


@dataclass(frozen=True, slots=True)
class Shape:
    """How one site keeps its issues."""

    columns: Columns = field(default_factory=Columns)
    statuses: Mapping[str, State] = field(default_factory=dict[str, State])
    base_url: str = ""
    marker_field: str | None = None
    priorities: tuple[str, ...] = ()
    """Names of the site's priorities, highest first."""
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])
    """Account id -> e-mail address, for people whose address Jira hides."""


OFFLINE: Final = Shape()


def unwrap(payload: Any) -> Iterator[Json]:
    """Give each issue of a payload as a flat record; what is no issue gives none."""
    for item in as_list(payload):
        yield from unwrap(item)
    body = as_object(payload)
    if _is_issue(body):
        rows = [
            {"id": field_id, "name": name, "schema": as_object(body.get("schema")).get(field_id)}
            for field_id, name in as_object(body.get("names")).items()
        ]
        yield flat(body, Shape(columns=find_columns(rows, {})) if rows else OFFLINE)
    elif "issueId" in body and "issueKey" in body:
        yield flat(_issue_of_request(body), OFFLINE)
    else:
        for value in body.values():
            yield from unwrap(value)


def _is_issue(body: Json) -> bool:
    """An issue has a key, or says in words what it is about; a transition or a form has fields as well."""
    fields = body.get("fields")
    return isinstance(fields, dict) and (
        "key" in body or ("id" in body and isinstance(as_object(fields).get("summary"), str))
    )


def _issue_of_request(request: Json) -> Json:
    """Give the issue that a request of the service desk is."""
    status = as_object(request.get("currentStatus"))
    values = {
        str(each.get("fieldId")): each.get("value") for each in map(as_object, as_list(request.get("requestFieldValues")))
    }
    fields: Json = {
        **values,
        "reporter": request.get("reporter"),
        "created": as_object(request.get("createdDate")).get("jira"),
    }
    if status:
        category = str(status.get("statusCategory") or "").lower()
        fields["status"] = {"name": status.get("status"), "statusCategory": {"key": category}}
    known = {"issueId", "issueKey", "requestFieldValues", "currentStatus", "reporter", "createdDate", "_links", "_expands"}
    rest = {name: value for name, value in request.items() if name not in known}
    return {"id": request["issueId"], "key": request["issueKey"], "fields": {**fields, **rest}}


def users_in(issue: Json) -> Iterator[Json]:
    """Give the users whom an issue names."""
    fields = as_object(issue.get("fields"))
    for value in fields.values():
        for each in as_list(value) or [value]:
            user = as_object(each)
            if "displayName" in user and person_id(user):
                yield user


def flat(issue: Json, shape: Shape) -> Json:
    """Give the flat record of an issue."""
    fields = as_object(issue.get("fields"))
    body: Json = {"id": str(issue.get("id") or issue.get("key")), "key": issue.get("key"), "url": _url(issue, shape)}
    for name, value in fields.items():
        if name in PEOPLE:
            body.update(_person(name, value, shape))
        elif name in _SYSTEM:
            body.update(_SYSTEM[name](value, shape))
        elif name.startswith(CUSTOM):
            _take_custom(body, name, value, shape)
        elif name not in ("parent", "subtasks", "issuelinks"):
            body[name] = value
    body.update(links_of(fields, lambda key: _page(str(key), issue, shape)))
    _take_times(body, fields)
    _settle(body)
    for name, value in issue.items():
        if name not in TOP_NOISE:
            body.setdefault(name, value)
    return body


# -- addresses


def _url(issue: Json, shape: Shape) -> str | None:
    return _page(str(issue["key"]), issue, shape) if issue.get("key") else None


def _page(key: str, issue: Json, shape: Shape) -> str | None:
    """Give the page on which people open an issue: at the site, which an API address at the site tells as well."""
    base = shape.base_url
    if not base:
        parts = urlsplit(str(issue.get("self") or ""))
        before, found, _ = parts.path.partition("/rest/")
        base = f"{parts.scheme}://{parts.netloc}{before}" if found and not before.startswith("/ex/") else ""
    return f"{base}/browse/{key}" if base else None


# -- people


def _person(name: str, value: Any, shape: Shape) -> Json:
    user = as_object(value)
    if not user:
        return {name: None, f"{name}.displayName": None, f"{name}.emailAddress": None}
    who = person_id(user)
    email = user.get("emailAddress") or shape.addresses.get(who)
    return {name: who, f"{name}.displayName": user.get("displayName"), f"{name}.emailAddress": email or None}


# -- system fields


def _status(value: Any, shape: Shape) -> Json:
    status = as_object(value)
    name = status.get("name")
    if not name:
        return {"status": None}
    category = as_object(status.get("statusCategory")).get("key")
    own = str(name) if str(name) in shape.statuses else str(status.get("untranslatedName") or name)
    return {
        "status": name,
        "status.id": status.get("id"),
        "status.category": category,
        "state": state_of(own, category, shape.statuses),
    }


def _priority(value: Any, shape: Shape) -> Json:
    name = as_object(value).get("name")
    if not name:
        return {"priority": None}
    known = priority_of(str(name), shape.priorities)
    if known not in PRIORITIES:
        return {"priority.name": name}
    return {"priority": known} if known == name else {"priority": known, "priority.name": name}


def _resolution(value: Any, shape: Shape) -> Json:
    return {"resolution": as_object(value).get("name")}


def _description(value: Any, shape: Shape) -> Json:
    return {"description": _TEXT.held(value)}


def _issue_type(value: Any, shape: Shape) -> Json:
    kind = as_object(value)
    return {"issuetype": kind.get("name"), "issuetype.id": kind.get("id")}


def _project(value: Any, shape: Shape) -> Json:
    return {"project": as_object(value).get("key")}


def _components(value: Any, shape: Shape) -> Json:
    return {"components": plain(value)}


def _labels(value: Any, shape: Shape) -> Json:
    labels = [str(each) for each in as_list(value)]
    found: Json = {"labels": [label for label in labels if not is_marker_label(label)]}
    return found if shape.marker_field else {**found, "marker": marker_in(labels)}


_SYSTEM: Final[dict[str, Callable[[Any, Shape], Json]]] = {
    "status": _status,
    "priority": _priority,
    "resolution": _resolution,
    "labels": _labels,
    "description": _description,
    "issuetype": _issue_type,
    "project": _project,
    "components": _components,
}


# -- custom fields


def _take_custom(body: Json, name: str, value: Any, shape: Shape) -> None:
    column = shape.columns.column_of.get(name) or _column_by_shape(value)
    known = shape.columns.fields.get(name)
    if name == shape.marker_field:
        body["marker"] = value or None
    elif (known is not None and known.custom.endswith(SLA)) or _is_clock(value):
        body.setdefault("sla", []).extend(_clock(as_object(value)))
        body.setdefault("figures", []).extend(_figures(as_object(value)))
    elif column is not None:
        area = known is not None and known.custom.endswith(TEXT_AREA)
        body.update(_COLUMNS[column](value) if column in _COLUMNS else {column: _words(value, area=area)})
    elif not shape.columns.is_noise(name):
        moment = known is not None and known.type == "datetime"
        body.setdefault("custom_fields", []).append({"id": name, "value": plain(value, moment=moment)})


def _column_by_shape(value: Any) -> str | None:
    """Recognise what has a shape of its own, where the site's fields are not known."""
    return "request_type" if isinstance(as_object(value).get("requestType"), dict) else None


def _is_clock(value: Any) -> bool:
    return bool(as_object(value).keys() & {"ongoingCycle", "completedCycles"})


def _words(value: Any, *, area: bool) -> Any:
    held = _TEXT.held(value) if area or as_object(value).get("type") == "doc" else None
    return plain(value) if held is None else to_text(read_adf(held)) or None


def _cascade(value: Any) -> Json:
    option = as_object(value)
    if not option:
        return {"category": value, "subcategory": None}
    return {"category": option.get("value"), "subcategory": as_object(option.get("child")).get("value")}


def _services(value: Any) -> Json:
    names = plain(value)
    listed = as_list(names) or ([names] if names else [])
    others = {"services": listed} if len(listed) > 1 else {}
    return {"service": listed[0] if listed else None, **others}


def _group(value: Any) -> Json:
    name = plain(value) or None
    return {"group": name, "group.name": name}


def _participants(value: Any) -> Json:
    return {"participants": [person_id(as_object(each)) for each in as_list(value)]}


def _major(value: Any) -> Json:
    return {"major": True if value else None}


def _request_type(value: Any) -> Json:
    return {"request_type": as_object(as_object(value).get("requestType")).get("name")}


def _satisfaction(value: Any) -> Json:
    rating = as_object(value).get("rating")
    return {"satisfaction": None if rating is None else {"score": str(rating)}}


_COLUMNS: Final[dict[str, Callable[[Any], Json]]] = {
    "category": _cascade,
    "group": _group,
    "services": _services,
    "participants": _participants,
    "major": _major,
    "request_type": _request_type,
    "satisfaction": _satisfaction,
}


def _figures(value: Json) -> list[Json]:
    """Give what a clock that ran out of cycles to come has counted: its calendar's time, without pauses."""
    name, done = str(value.get("name") or ""), [as_object(each) for each in as_list(value.get("completedCycles"))]
    figure = next((figure for word, figure in FIGURES.items() if word in name.lower()), None)
    told = [as_object(cycle.get("elapsedTime")).get("millis") for cycle in done]
    spent = [each for each in told if isinstance(each, int)]
    if figure is None or not done or value.get("ongoingCycle") or len(spent) < len(done):
        return []
    return [{"figure": figure, "seconds": sum(spent) / 1000, "business": True, "source": name}]


def _clock(value: Json) -> list[Json]:
    cycles = [as_object(value.get("ongoingCycle")), *map(as_object, reversed(as_list(value.get("completedCycles"))))]
    cycle = next((each for each in cycles if each), None)
    if cycle is None or not value.get("name"):
        return []
    target = as_object(cycle.get("goalDuration")).get("millis")
    due = as_object(cycle.get("breachTime")).get("epochMillis")
    clock: Json = {
        "name": value["name"],
        "paused": bool(cycle.get("paused", False)),
        "breached": bool(cycle.get("breached")),
    }
    if isinstance(target, int):
        clock["target_seconds"] = target // 1000
    if isinstance(due, int):
        clock["due_at"] = format_time(_EPOCH + timedelta(milliseconds=due))
    return [clock]


# -- what several fields say together


def _take_times(body: Json, fields: Json) -> None:
    """Say when an issue was resolved: some workflows set no resolution, and then only its category tells."""
    if "resolutiondate" in fields:
        done = body.get("state") in DONE
        body["resolved"] = (fields["resolutiondate"] or fields.get("statuscategorychangedate")) if done else None


def _settle(body: Json) -> None:
    """Leave out what does not go with the state: a resolution of what is not done, a reason of what does not wait."""
    state = body.get("state")
    if state is None:
        return
    if state not in DONE and "resolution" in body:
        body["resolution"] = None
    implied = WAITS_FOR.get(str(body.get("status")).casefold())
    if state != PENDING and "pending_reason" in body:
        body["pending_reason"] = None
    elif state == PENDING and implied and not body.get("pending_reason"):
        body["pending_reason"] = implied
