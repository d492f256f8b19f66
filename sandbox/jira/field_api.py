"""Fields and the metadata of creating: which fields a form has, and which values they take.

Source: developer.atlassian.com, "Issue fields", "Get create metadata"; recorded fields; Data Center 9, create metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .auth import Session
from .errors import bad_fields, platform
from .jsons import Json, as_dict, as_int, as_strings
from .metadata import find_project
from .paging import linked, page
from .records import Field, Project
from .site_fields import custom

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
MOST = 200
PREFIX = "com.atlassian.jira.plugin.system.customfieldtypes:"
TYPES: dict[str, tuple[str, str, str]] = {
    "textfield": ("string", "string", ""),
    "textarea": ("text", "string", ""),
    "url": ("url", "string", ""),
    "float": ("number", "number", ""),
    "datepicker": ("date", "date", ""),
    "datetime": ("datetime", "datetime", ""),
    "userpicker": ("user", "user", ""),
    "multiuserpicker": ("users", "array", "user"),
    "grouppicker": ("group", "group", ""),
    "labels": ("labels", "array", "string"),
}
"""Kinds of custom fields that can be made without options: tail -> (kind, type, items)."""
FIRST_CUSTOM = 10300


def shown(session: Session, field: Field) -> Json:
    """Give a field, as ``GET /field`` lists it."""
    body: Json = {"id": field.id, "key": field.id, "name": field.name}
    if field.custom and not session.data_center:
        body["untranslatedName"] = field.name
    body |= {"custom": field.custom, "orderable": field.orderable, "navigable": field.navigable}
    body |= {"searchable": field.searchable, "clauseNames": sorted(field.clauses)}
    return {**body, "schema": field.schema} if field.schema else body


@routes.get("/rest/api/3/field")
def index(vendor: Jira, call: Call) -> Response:
    """List all fields."""
    session: Session = call.account
    return reply(
        [shown(session, field) for field in vendor.state.fields.values() if session.is_licensed or not field.custom]
    )


@routes.get("/rest/api/3/field/search")
def search(vendor: Jira, call: Call) -> Response:
    """Page through the fields."""
    given = call.request.args
    kinds, query, wanted = given.getlist("type"), given.get("query", "").casefold(), given.getlist("id")
    found = [
        field
        for field in vendor.state.fields.values()
        if (not kinds or ("custom" if field.custom else "system") in kinds)
        and query in field.name.casefold()
        and (not wanted or field.id in wanted)
    ]
    return reply(linked(call, page(call, found, _searched)))


def _searched(field: Field) -> Json:
    body: Json = {"id": field.id, "name": field.name, "description": ""}
    return {**body, "schema": field.schema} if field.schema else body


def _find(vendor: Jira, name: str) -> Field:
    field = vendor.state.fields.get(name)
    if field is None or not field.custom:
        raise platform(404, f"The custom field '{name}' was not found.")
    return field


@routes.get("/rest/api/3/field/<name>/context")
def contexts(vendor: Jira, call: Call, name: str) -> Response:
    """List the contexts of a custom field: one for all projects."""
    number = _find(vendor, name).id.removeprefix("customfield_")
    context: Json = {"id": number, "name": "Default Configuration Scheme", "description": ""}
    context |= {"isGlobalContext": True, "isAnyIssueType": True}
    return reply(page(call, [context], lambda each: each))


@routes.get("/rest/api/3/field/<name>/context/<number>/option")
def context_options(vendor: Jira, call: Call, name: str, number: str) -> Response:
    """List the choices of a custom field; those below another name it."""
    found: list[Json] = []
    for option in _find(vendor, name).options:
        found.append({"id": option.id, "value": option.value, "disabled": False})
        below: Json = {"optionId": option.id, "disabled": False}
        found += [{"id": child.id, "value": child.value, **below} for child in option.children]
    return reply(page(call, found, lambda each: each, default=100, most=100))


@routes.post("/rest/api/3/field")
def create(vendor: Jira, call: Call) -> Response:
    """Make a custom field; it stands on all screens at once."""
    session: Session = call.account
    sent = as_dict(call.json())
    tail = str(sent.get("type", "")).removeprefix(PREFIX)
    if not sent.get("name"):
        raise bad_fields({"name": "The name of the custom field is required."})
    if tail not in TYPES:
        raise bad_fields({"type": f"The custom field type '{sent.get('type')}' is not valid."})
    number = max(FIRST_CUSTOM, *(as_int(name.removeprefix("customfield_"), 0) + 1 for name in vendor.state.fields))
    kind, type_, items = TYPES[tail]
    field = custom(number, str(sent["name"]), kind, type_, tail, items)
    vendor.state.fields[field.id] = field
    return reply(shown(session, field), 201)


# -- create metadata


@routes.get("/rest/api/3/issue/createmeta")
def older_create_meta(vendor: Jira, call: Call) -> Response:
    """Tell, project by project, what can be created; deprecated, and still answered."""
    session: Session = call.account
    given = call.request.args
    if session.data_center:
        raise platform(404, "Issue Does Not Exist")
    keys, numbers = as_strings(given.get("projectKeys")), as_strings(given.get("projectIds"))
    asked = bool(keys or numbers)
    projects = [each for each in vendor.state.projects.values() if not asked or each.key in keys or each.id in numbers]
    with_fields = "projects.issuetypes.fields" in given.get("expand", "")
    shown = [_project(vendor, session, each, with_fields=with_fields) for each in projects]
    return reply({"expand": "projects", "projects": shown if session.is_licensed else []})


def _project(vendor: Jira, session: Session, project: Project, *, with_fields: bool) -> Json:
    whole = vendor.render.project(session, project)
    kinds: list[Json] = []
    for number in project.types:
        kind = _kind(vendor, session, number)
        del kind["avatarId"]
        if with_fields:
            fields = {each.pop("fieldId"): each for each in _fields(vendor, session, project, number)}
            kind |= {"expand": "fields", "fields": fields}
        kinds.append(kind)
    return {key: whole[key] for key in ("self", "id", "key", "name", "avatarUrls")} | {"issuetypes": kinds}


def _kind(vendor: Jira, session: Session, number: str) -> Json:
    kind = vendor.state.types[number]
    return {**vendor.render.issue_type(session, kind), "untranslatedName": kind.name}


def _fields(vendor: Jira, session: Session, project: Project, number: str) -> list[Json]:
    screen = vendor.screens.create(project, number)
    return [
        {**vendor.screens.meta(session, name, project, required=required), "fieldId": name}
        for name, required in screen.items()
    ]


def _listed(call: Call, items: list[Json], name: str) -> Response:
    session: Session = call.account
    if as_int(call.request.args.get("maxResults"), 50) > MOST:
        raise platform(400, f"Parameter 'maxResults' must not exceed the limit '{MOST}'")
    body = page(call, items, lambda item: item, most=MOST)
    if session.data_center:
        return reply(body)
    values = body.pop("values")
    del body["isLast"]
    return reply({**body, name: values})


@routes.get("/rest/api/3/issue/createmeta/<name>/issuetypes")
def creatable_types(vendor: Jira, call: Call, name: str) -> Response:
    """List the issue types that can be created in a project."""
    project = find_project(vendor, call.account, name)
    return _listed(call, [_kind(vendor, call.account, number) for number in project.types], "issueTypes")


@routes.get("/rest/api/3/issue/createmeta/<name>/issuetypes/<number>")
def creatable_fields(vendor: Jira, call: Call, name: str, number: str) -> Response:
    """List the fields with which an issue type can be created in a project."""
    project = find_project(vendor, call.account, name)
    if number not in project.types:
        raise platform(404, f"The issue type with id '{number}' was not found.")
    return _listed(call, _fields(vendor, call.account, project, number), "fields")
