"""What a site consists of: priorities, resolutions, statuses, issue types, projects, permissions, the server itself.

Source: developer.atlassian.com, platform REST API; recorded replies of Jira Cloud of 2026.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import times
from .auth import Session
from .errors import platform
from .jsons import Json, as_strings
from .paging import linked, page
from .records import Named, Project, Status
from .site import CATEGORIES

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
CATEGORY_WORDS = {"new": "todo".upper(), "indeterminate": "IN_PROGRESS", "done": "DONE"}
PERMISSIONS = {
    "BROWSE_PROJECTS": ("10", "Browse Projects", "PROJECT"),
    "CREATE_ISSUES": ("11", "Create Issues", "PROJECT"),
    "EDIT_ISSUES": ("12", "Edit Issues", "PROJECT"),
    "ASSIGN_ISSUES": ("13", "Assign Issues", "PROJECT"),
    "ADD_COMMENTS": ("15", "Add Comments", "PROJECT"),
    "DELETE_ISSUES": ("16", "Delete Issues", "PROJECT"),
    "CREATE_ATTACHMENTS": ("19", "Create Attachments", "PROJECT"),
    "LINK_ISSUES": ("21", "Link Issues", "PROJECT"),
    "MODIFY_REPORTER": ("30", "Modify Reporter", "PROJECT"),
    "TRANSITION_ISSUES": ("46", "Transition Issues", "PROJECT"),
    "ADMINISTER": ("0", "Administer Jira", "GLOBAL"),
    "BULK_CHANGE": ("33", "Make bulk changes", "GLOBAL"),
    "USER_PICKER": ("27", "Browse users and groups", "GLOBAL"),
}
FOR_LICENSED = frozenset({"BROWSE_PROJECTS", "USER_PICKER"})


@routes.get("/rest/api/3/serverInfo", public=True)
def server_info(vendor: Jira, call: Call) -> Response:
    """Tell about the server; everybody may ask."""
    session = vendor.session(call)
    shown: Json = {"baseUrl": vendor.base_url}
    if session.data_center:
        shown |= {"version": "9.12.15", "versionNumbers": [9, 12, 15], "deploymentType": "Server", "buildNumber": 9120015}
    else:
        shown |= {
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100296,
        }
    shown |= {"buildDate": "2026-04-22T14:03:11.000+0200", "serverTime": times.iso(vendor.now(), session.zone)}
    return reply({**shown, "scmInfo": "5c9b1f0e7d2a4b86938ff0aa3f1f7e0d5e6a1c42", "serverTitle": "Jira"})


# -- priorities and resolutions


def _priority(vendor: Jira, session: Session, item: Named, *, default: bool = False) -> Json:
    shown = {
        **vendor.render.priority(session, item),
        "description": item.description,
        "statusColor": item.more.get("statusColor", "#707070"),
    }
    return {**shown, "isDefault": item.more.get("isDefault", False)} if default else shown


@routes.get("/rest/api/3/priority")
def priorities(vendor: Jira, call: Call) -> Response:
    """List the priorities, highest first."""
    return reply([_priority(vendor, call.account, item) for item in vendor.state.priorities.values()])


@routes.get("/rest/api/3/priority/search")
def search_priorities(vendor: Jira, call: Call) -> Response:
    """Page through the priorities."""
    items = list(vendor.state.priorities.values())
    return reply(page(call, items, lambda item: _priority(vendor, call.account, item, default=True)))


@routes.get("/rest/api/3/priority/<number>")
def show_priority(vendor: Jira, call: Call, number: str) -> Response:
    """Show a priority."""
    if number not in vendor.state.priorities:
        raise platform(404, "The requested priority was not found.")
    return reply(_priority(vendor, call.account, vendor.state.priorities[number]))


@routes.get("/rest/api/3/resolution")
def resolutions(vendor: Jira, call: Call) -> Response:
    """List the resolutions."""
    return reply([vendor.render.resolution(call.account, item) for item in vendor.state.resolutions.values()])


@routes.get("/rest/api/3/resolution/search")
def search_resolutions(vendor: Jira, call: Call) -> Response:
    """Page through the resolutions."""
    items = list(vendor.state.resolutions.values())

    def shown(item: Named) -> Json:
        return {"id": item.id, "name": item.name, "description": item.description, "default": item.id == items[0].id}

    return reply(linked(call, page(call, items, shown)))


@routes.get("/rest/api/3/resolution/<number>")
def show_resolution(vendor: Jira, call: Call, number: str) -> Response:
    """Show a resolution."""
    if number not in vendor.state.resolutions:
        raise platform(404, "The requested resolution was not found.")
    return reply(vendor.render.resolution(call.account, vendor.state.resolutions[number]))


# -- statuses


def _status(vendor: Jira, session: Session, status: Status) -> Json:
    shown = vendor.render.status(session, status)
    return {**shown, "untranslatedName": status.name} if not session.data_center else shown


@routes.get("/rest/api/3/status")
def statuses(vendor: Jira, call: Call) -> Response:
    """List the statuses."""
    return reply([_status(vendor, call.account, status) for status in vendor.state.statuses.values()])


@routes.get("/rest/api/3/status/<name>")
def show_status(vendor: Jira, call: Call, name: str) -> Response:
    """Show a status by id or name."""
    for status in vendor.state.statuses.values():
        if name in (status.id, status.name):
            return reply(_status(vendor, call.account, status))
    raise platform(404, f"The status with id or name '{name}' was not found.")


def _plain_status(status: Status) -> Json:
    words = CATEGORY_WORDS.get(status.category, CATEGORY_WORDS["new"])
    shown: Json = {"id": status.id, "name": status.name, "statusCategory": words}
    return {**shown, "scope": {"type": "GLOBAL"}, "description": status.description}


@routes.get("/rest/api/3/statuses/search")
def search_statuses(vendor: Jira, call: Call) -> Response:
    """Page through the statuses, in the short form."""
    given = call.request.args
    found = list(vendor.state.statuses.values())
    if "searchString" in given:
        found = [status for status in found if given["searchString"].casefold() in status.name.casefold()]
    if "statusCategory" in given:
        found = [status for status in found if CATEGORY_WORDS.get(status.category) == given["statusCategory"]]
    return reply(linked(call, page(call, found, _plain_status, default=200, most=200)))


@routes.get("/rest/api/3/statuses")
def statuses_by_id(vendor: Jira, call: Call) -> Response:
    """Show statuses by id, in the short form."""
    wanted = call.request.args.getlist("id")
    if not wanted:
        raise platform(400, "The 'id' query parameter has to be provided.")
    return reply([_plain_status(vendor.state.statuses[number]) for number in wanted if number in vendor.state.statuses])


@routes.get("/rest/api/3/statuscategory")
def categories(vendor: Jira, call: Call) -> Response:
    """List the categories of statuses."""
    return reply([vendor.render.category(call.account, key) for key in CATEGORIES])


@routes.get("/rest/api/3/statuscategory/<name>")
def show_category(vendor: Jira, call: Call, name: str) -> Response:
    """Show a category of statuses by id or key."""
    for key, (number, _, _) in CATEGORIES.items():
        if name in (key, str(number)):
            return reply(vendor.render.category(call.account, key))
    raise platform(404, f"The status category '{name}' was not found.")


# -- issue types


def _issue_type(vendor: Jira, session: Session, kind: Named) -> Json:
    shown = vendor.render.issue_type(session, kind)
    return shown if session.data_center else {**shown, "untranslatedName": kind.name}


@routes.get("/rest/api/3/issuetype")
def issue_types(vendor: Jira, call: Call) -> Response:
    """List the issue types."""
    return reply([_issue_type(vendor, call.account, kind) for kind in vendor.state.types.values()])


@routes.get("/rest/api/3/issuetype/project")
def issue_types_of_project(vendor: Jira, call: Call) -> Response:
    """List the issue types of a project."""
    project = find_project(vendor, call.account, call.request.args.get("projectId", ""))
    return reply([_issue_type(vendor, call.account, vendor.state.types[number]) for number in project.types])


@routes.get("/rest/api/3/issuetype/<number>")
def show_issue_type(vendor: Jira, call: Call, number: str) -> Response:
    """Show an issue type."""
    if number not in vendor.state.types:
        raise platform(404, f"The issue type with id '{number}' was not found.")
    return reply(_issue_type(vendor, call.account, vendor.state.types[number]))


# -- projects


def find_project(vendor: Jira, session: Session, name: str) -> Project:
    """Find a project that the caller may see.

    Raises:
        RefusedError: 404.
    """
    project = vendor.state.project_named(name) if session.is_licensed else None
    if project is None:
        raise platform(404, f"No project could be found with key '{name}'.")
    return project


def _project(vendor: Jira, session: Session, project: Project) -> Json:
    shown = vendor.render.project(session, project)
    more: Json = {"style": "classic", "isPrivate": False, "properties": {}}
    expand = "description,lead,issueTypes,url,projectKeys,permissions,insight"
    return {"expand": expand, **shown, **more}


@routes.get("/rest/api/3/project/search")
def search_projects(vendor: Jira, call: Call) -> Response:
    """Page through the projects that the caller may see."""
    session: Session = call.account
    given = call.request.args
    found = sorted(vendor.state.projects.values(), key=lambda project: project.key) if session.is_licensed else []
    if "query" in given:
        wanted = given["query"].casefold()
        found = [each for each in found if wanted in each.key.casefold() or wanted in each.name.casefold()]
    if "typeKey" in given:
        found = [each for each in found if each.kind in given["typeKey"].split(",")]
    if given.getlist("keys"):
        found = [each for each in found if each.key in given.getlist("keys")]
    return reply(linked(call, page(call, found, lambda project: _project(vendor, session, project))))


@routes.get("/rest/api/3/project")
def projects(vendor: Jira, call: Call) -> Response:
    """List the projects that the caller may see."""
    session: Session = call.account
    return reply([_project(vendor, session, each) for each in vendor.state.projects.values() if session.is_licensed])


@routes.get("/rest/api/3/project/<name>")
def show_project(vendor: Jira, call: Call, name: str) -> Response:
    """Show a project."""
    session: Session = call.account
    project = find_project(vendor, session, name)
    more: Json = {
        "description": "",
        "lead": vendor.render.person(session, project.lead),
        "components": [vendor.render.component(session, item) for item in project.components],
        "issueTypes": [vendor.render.issue_type(session, vendor.state.types[number]) for number in project.types],
        "assigneeType": "UNASSIGNED",
        "versions": [],
        "roles": {},
    }
    return reply({**_project(vendor, session, project), **more})


@routes.get("/rest/api/3/project/<name>/statuses")
def project_statuses(vendor: Jira, call: Call, name: str) -> Response:
    """List the statuses of a project, by issue type."""
    session: Session = call.account
    project = find_project(vendor, session, name)
    shown: list[Json] = []
    for number in project.types:
        kind = vendor.render.issue_type(session, vendor.state.types[number])
        names = vendor.workflows.statuses(project.id, number)
        listed = [_status(vendor, session, vendor.state.statuses[each]) for each in names]
        shown.append({key: kind[key] for key in ("self", "id", "name", "subtask")} | {"statuses": listed})
    return reply(shown)


@routes.get("/rest/api/3/project/<name>/components")
def project_components(vendor: Jira, call: Call, name: str) -> Response:
    """List the components of a project."""
    session: Session = call.account
    project = find_project(vendor, session, name)
    more = {
        "project": project.key,
        "projectId": int(project.id),
        "assigneeType": "PROJECT_DEFAULT",
        "isAssigneeTypeValid": False,
    }
    return reply([{**vendor.render.component(session, item), **more} for item in project.components])


@routes.get("/rest/api/3/project/<name>/versions")
def project_versions(vendor: Jira, call: Call, name: str) -> Response:
    """List the versions of a project: service projects have none."""
    find_project(vendor, call.account, name)
    return reply([])


@routes.get("/rest/api/3/project/<name>/version")
def page_project_versions(vendor: Jira, call: Call, name: str) -> Response:
    """Page through the versions of a project: service projects have none."""
    find_project(vendor, call.account, name)
    return reply(linked(call, page(call, list[Json](), lambda item: item)))


# -- permissions and labels


@routes.get("/rest/api/3/mypermissions")
def my_permissions(vendor: Jira, call: Call) -> Response:
    """Tell which of the named permissions the caller has; Data Center tells of all without being asked."""
    session: Session = call.account
    names = as_strings(call.request.args.get("permissions"))
    if session.data_center and not names:
        names = list(PERMISSIONS)
    unknown = [name for name in names if name not in PERMISSIONS]
    if not names or unknown:
        raise platform(
            400, f"Unrecognized permission: {unknown}" if unknown else "The 'permissions' query parameter is required."
        )
    shown: Json = {}
    for name in names:
        number, words, kind = PERMISSIONS[name]
        has = (
            session.is_licensed if name in FOR_LICENSED else session.is_admin if name == "ADMINISTER" else session.is_agent
        )
        more = {"type": kind, "description": words, "havePermission": has}
        shown[name] = {"id": number, "key": name, "name": words, **more}
    return reply({"permissions": shown})


@routes.get("/rest/api/3/label")
def labels(vendor: Jira, call: Call) -> Response:
    """Page through the labels in use."""
    used = Counter(label for issue in vendor.state.living() for label in issue.values.get("labels") or ())
    return reply(page(call, sorted(used), lambda label: label, default=1000, most=1000))
