"""Service desks: their forms, queues, customers and organizations; the customers of the site.

Source: developer.atlassian.com, service desk API: Servicedesk, Requesttype, Customer, Organization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import times
from .attachments import uploaded
from .auth import Session
from .errors import desk as refuse
from .jsons import Json, as_dict, as_int, as_list, as_strings, truth
from .paging import desk_page
from .properties import put
from .records import Field, Organization, RequestType, User
from .users import matches

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
TEMPORARY_LIFE = 3_600_000
"""Milliseconds for which a temporary attachment waits (unconfirmed)."""
QUEUES = {
    "1": ("All open", "project = {} AND statusCategory != Done ORDER BY created ASC"),
    "2": ("Assigned to me", "project = {} AND assignee = currentUser() AND statusCategory != Done ORDER BY created ASC"),
    "3": ("Unassigned issues", "project = {} AND assignee is EMPTY AND statusCategory != Done ORDER BY created ASC"),
}
QUEUE_FIELDS = ["issuetype", "issuekey", "summary", "created", "reporter", "duedate"]


@routes.get("/rest/servicedeskapi/info", public=True)
def info(vendor: Jira, call: Call) -> Response:
    """Tell about the installation; everybody may ask."""
    session = vendor.session(call)
    built = times.date_dto(1_776_859_391_000, session.zone)
    body: Json = {"version": "1001.0.0-SNAPSHOT", "platformVersion": "1001.0.0-SNAPSHOT", "buildDate": built}
    body |= {"buildChangeSet": "5c9b1f0e7d2a4b86938ff0aa3f1f7e0d5e6a1c42", "isLicensedForUse": True}
    return reply({**body, "_links": {"self": vendor.desk.url(session, "info")}})


@routes.get("/rest/servicedeskapi/servicedesk")
def index(vendor: Jira, call: Call) -> Response:
    """List the service desks."""
    found = [project for project in vendor.state.projects.values() if project.desk]
    return desk_page(call, found, lambda project: vendor.desk.desk(call.account, project))


@routes.get("/rest/servicedeskapi/servicedesk/<desk>")
def show(vendor: Jira, call: Call, desk: str) -> Response:
    """Show a service desk."""
    return reply(vendor.desk.desk(call.account, vendor.desk.find(call.account, desk)))


# -- forms


@routes.get("/rest/servicedeskapi/requesttype")
def all_request_types(vendor: Jira, call: Call) -> Response:
    """List the request types of all service desks."""
    return _forms(vendor, call, list(vendor.state.request_types.values()))


@routes.get("/rest/servicedeskapi/servicedesk/<desk>/requesttype")
def request_types(vendor: Jira, call: Call, desk: str) -> Response:
    """List the request types of a service desk."""
    project = vendor.desk.find(call.account, desk)
    return _forms(vendor, call, [form for form in vendor.state.request_types.values() if form.desk == project.desk])


def _forms(vendor: Jira, call: Call, forms: list[RequestType]) -> Response:
    given = call.request.args
    wanted = given.get("searchQuery", "").casefold()
    found = [form for form in forms if wanted in form.name.casefold() or wanted in form.description.casefold()]
    if "groupId" in given:
        found = [form for form in found if given["groupId"] in form.groups]
    return desk_page(call, found, lambda form: vendor.desk.request_type(call.account, form))


@routes.get("/rest/servicedeskapi/servicedesk/<desk>/requesttype/<form>")
def show_request_type(vendor: Jira, call: Call, desk: str, form: str) -> Response:
    """Show a request type."""
    project = vendor.desk.find(call.account, desk)
    return reply(vendor.desk.request_type(call.account, vendor.desk.form(project, form)))


@routes.get("/rest/servicedeskapi/servicedesk/<desk>/requesttype/<form>/field")
def form_fields(vendor: Jira, call: Call, desk: str, form: str) -> Response:
    """List the fields of a request type."""
    project = vendor.desk.find(call.account, desk)
    found = vendor.desk.form(project, form)
    fields = [_field(vendor.state.fields[name], label, required=needed) for name, label, needed in found.fields]
    session: Session = call.account
    return reply(
        {"requestTypeFields": fields, "canRaiseOnBehalfOf": session.is_agent, "canAddRequestParticipants": session.is_agent}
    )


def _field(field: Field, label: str, *, required: bool) -> Json:
    values = [{"value": option.id, "label": option.value, "children": list[Json]()} for option in field.options]
    shown: Json = {"fieldId": field.id, "name": label, "description": "", "required": required, "visible": True}
    return {**shown, "defaultValues": [], "validValues": values, "presetValues": [], "jiraSchema": field.schema}


@routes.get("/rest/servicedeskapi/servicedesk/<desk>/requesttypegroup")
def form_groups(vendor: Jira, call: Call, desk: str) -> Response:
    """List the groups of request types."""
    project = vendor.desk.find(call.account, desk)
    numbers = sorted(
        {each for form in vendor.state.request_types.values() if form.desk == project.desk for each in form.groups}
    )
    return desk_page(call, numbers, lambda number: {"id": number, "name": vendor.desk.group_name(number)})


@routes.post("/rest/servicedeskapi/servicedesk/<desk>/attachTemporaryFile")
def attach_temporary(vendor: Jira, call: Call, desk: str) -> Response:
    """Take files that a request will name soon."""
    vendor.desk.find(call.account, desk)
    shown: list[Json] = []
    for name, media_type, content in uploaded(call):
        number = f"temp{8186986881700442965 + vendor.state.number('temporary')}"
        vendor.state.temporary[number] = (name, media_type, content, vendor.now() + TEMPORARY_LIFE)
        shown.append({"temporaryAttachmentId": number, "fileName": name})
    return reply({"temporaryAttachments": shown}, 201)


# -- queues


@routes.get("/rest/servicedeskapi/servicedesk/<desk>/queue")
def queues(vendor: Jira, call: Call, desk: str) -> Response:
    """List the queues of a service desk."""
    project = vendor.desk.find(call.account, desk)
    vendor.desk.of_agents(call.account)
    return desk_page(call, list(QUEUES), lambda number: _queue(vendor, call, project.key, desk, number))


@routes.get("/rest/servicedeskapi/servicedesk/<desk>/queue/<number>")
def show_queue(vendor: Jira, call: Call, desk: str, number: str) -> Response:
    """Show a queue."""
    project = vendor.desk.find(call.account, desk)
    return reply(_queue(vendor, call, project.key, desk, _known_queue(vendor, call, number)))


def _known_queue(vendor: Jira, call: Call, number: str) -> str:
    vendor.desk.of_agents(call.account)
    if number not in QUEUES:
        raise refuse(404, f"The queue with ID {number} does not exist.", "sd.error.queue.not.found")
    return number


def _queue(vendor: Jira, call: Call, key: str, desk: str, number: str) -> Json:
    name, jql = QUEUES[number]
    shown: Json = {"id": number, "name": name, "jql": jql.format(key), "fields": QUEUE_FIELDS}
    if truth(call.request.args.get("includeCount")):
        shown["issueCount"] = len(vendor.search(call.account, jql.format(key)))
    return {**shown, "_links": {"self": vendor.desk.url(call.account, f"servicedesk/{desk}/queue/{number}")}}


@routes.get("/rest/servicedeskapi/servicedesk/<desk>/queue/<number>/issue")
def queue_issues(vendor: Jira, call: Call, desk: str, number: str) -> Response:
    """List the issues of a queue."""
    session: Session = call.account
    project = vendor.desk.find(session, desk)
    _, jql = QUEUES[_known_queue(vendor, call, number)]
    names = vendor.view.selected(QUEUE_FIELDS)
    return desk_page(
        call, vendor.search(session, jql.format(project.key)), lambda issue: vendor.view.found(session, issue, names)
    )


# -- customers


@routes.post("/rest/servicedeskapi/customer")
def create_customer(vendor: Jira, call: Call) -> Response:
    """Make an account for a customer."""
    sent = as_dict(call.json())
    email, name = str(sent.get("email") or ""), str(sent.get("displayName") or sent.get("fullName") or "")
    if "@" not in email or not name:
        raise refuse(400, "A valid email and a displayName are required.", "sd.error.customer.invalid")
    if vendor.state.user_with_email(email) is not None:
        status = 409 if truth(call.request.args.get("strictConflictStatusCode")) else 400
        raise refuse(status, "An account already exists for this email", "sd.error.customer.exists")
    return reply(vendor.desk.user(call.account, vendor.state.add_user(name, email, "customer")), 201)


def _people(vendor: Jira, session: Session, sent: Json) -> tuple[list[User], list[str]]:
    """Give the people whom a body names, and the names that nobody has."""
    state = vendor.state
    names = as_strings(as_list(sent.get("usernames" if session.data_center else "accountIds")))
    found = [(name, state.user_named(name) if session.data_center else state.users.get(name)) for name in names]
    return [user for _, user in found if user], [name for name, user in found if user is None]


def _refuse_unknown(unknown: list[str]) -> None:
    if unknown:
        raise refuse(400, f"The following users do not exist: {', '.join(unknown)}", "sd.error.users.not.found")


def _everyone(vendor: Jira, desk: str) -> list[User]:
    added = vendor.state.desk_customers.get(desk, [])
    return [user for user in vendor.state.users.values() if user.role == "customer" or user.account_id in added]


@routes.get("/rest/servicedeskapi/servicedesk/<desk>/customer")
def customers(vendor: Jira, call: Call, desk: str) -> Response:
    """List the customers of a service desk."""
    session: Session = call.account
    project = vendor.desk.find(session, desk)
    vendor.desk.of_agents(session)
    query = call.request.args.get("query", "")
    found = [user for user in _everyone(vendor, project.desk or "") if not query or matches(session, user, query)]
    return desk_page(call, found, lambda user: vendor.desk.user(session, user))


@routes.post("/rest/servicedeskapi/servicedesk/<desk>/customer")
@routes.delete("/rest/servicedeskapi/servicedesk/<desk>/customer")
def change_customers(vendor: Jira, call: Call, desk: str) -> Response:
    """Add customers to a service desk, or take them off; known ones also where others are unknown."""
    session: Session = call.account
    project = vendor.desk.find(session, desk)
    vendor.desk.of_agents(session)
    found, unknown = _people(vendor, session, as_dict(call.json()))
    listed = vendor.state.desk_customers.setdefault(project.desk or "", [])
    _change(listed, [user.account_id for user in found], add=call.request.method == "POST")
    _refuse_unknown(unknown)
    return Response(status=204)


def _change(listed: list[str], names: list[str], *, add: bool) -> None:
    kept = [name for name in listed if name not in names]
    listed[:] = [*kept, *names] if add else kept


# -- organizations


def find_organization(vendor: Jira, number: object) -> Organization:
    """Find an organization.

    Raises:
        RefusedError: 404.
    """
    found = vendor.state.organizations.get(as_int(number, -1))
    if found is None:
        raise refuse(404, f"Organization with ID {number} does not exist.", "sd.organisation.error.not.found")
    return found


@routes.get("/rest/servicedeskapi/organization")
def organizations(vendor: Jira, call: Call) -> Response:
    """List the organizations: all for agents, one's own for customers."""
    session: Session = call.account
    wanted = call.request.args.get("accountId") or ("" if session.is_agent else session.account_id)
    found = [each for each in vendor.state.organizations.values() if not wanted or wanted in each.members]
    return desk_page(call, found, lambda each: vendor.desk.organization(session, each))


@routes.post("/rest/servicedeskapi/organization")
def create_organization(vendor: Jira, call: Call) -> Response:
    """Make an organization; the name of one that exists gives that one."""
    vendor.desk.of_agents(call.account)
    name = str(as_dict(call.json()).get("name") or "").strip()
    if not name:
        raise refuse(400, "The organization name must not be empty.", "sd.organisation.error.empty.name")
    found = next((each for each in vendor.state.organizations.values() if each.name == name), None)
    if found is None:
        found = Organization(vendor.state.number("organization") - 9999, name, vendor.now())
        vendor.state.organizations[found.id] = found
    return reply(vendor.desk.organization(call.account, found), 201)


@routes.get("/rest/servicedeskapi/organization/<number>")
def show_organization(vendor: Jira, call: Call, number: str) -> Response:
    """Show an organization."""
    return reply(vendor.desk.organization(call.account, find_organization(vendor, number)))


@routes.delete("/rest/servicedeskapi/organization/<number>")
def delete_organization(vendor: Jira, call: Call, number: str) -> Response:
    """Delete an organization."""
    vendor.desk.of_agents(call.account)
    found = find_organization(vendor, number)
    del vendor.state.organizations[found.id]
    for listed in vendor.state.desk_organizations.values():
        listed[:] = [each for each in listed if each != found.id]
    return Response(status=204)


@routes.get("/rest/servicedeskapi/organization/<number>/user")
def members(vendor: Jira, call: Call, number: str) -> Response:
    """List the members of an organization."""
    found = find_organization(vendor, number)
    people = [user for each in found.members if (user := vendor.state.users.get(each))]
    return desk_page(call, people, lambda user: vendor.desk.user(call.account, user))


@routes.post("/rest/servicedeskapi/organization/<number>/user")
@routes.delete("/rest/servicedeskapi/organization/<number>/user")
def change_members(vendor: Jira, call: Call, number: str) -> Response:
    """Add members to an organization, or take them off."""
    vendor.desk.of_agents(call.account)
    organization = find_organization(vendor, number)
    found, unknown = _people(vendor, call.account, as_dict(call.json()))
    _change(organization.members, [user.account_id for user in found], add=call.request.method == "POST")
    _refuse_unknown(unknown)
    return Response(status=204)


@routes.get("/rest/servicedeskapi/organization/<number>/property")
def property_keys(vendor: Jira, call: Call, number: str) -> Response:
    """List the keys of an organization's properties."""
    found = find_organization(vendor, number)
    address = vendor.desk.url(call.account, f"organization/{found.id}/property")
    return reply({"keys": [{"self": f"{address}/{key}", "key": key} for key in found.properties]})


@routes.get("/rest/servicedeskapi/organization/<number>/property/<key>")
def show_property(vendor: Jira, call: Call, number: str, key: str) -> Response:
    """Show a property of an organization."""
    found = find_organization(vendor, number)
    if key not in found.properties:
        raise refuse(404, f"The property with key '{key}' does not exist.", "sd.error.property.not.found")
    return reply({"key": key, "value": found.properties[key]})


@routes.put("/rest/servicedeskapi/organization/<number>/property/<key>")
def put_property(vendor: Jira, call: Call, number: str, key: str) -> Response:
    """Store a property of an organization."""
    vendor.desk.of_agents(call.account)
    return put(find_organization(vendor, number).properties, key, call)


@routes.get("/rest/servicedeskapi/servicedesk/<desk>/organization")
def desk_organizations(vendor: Jira, call: Call, desk: str) -> Response:
    """List the organizations of a service desk."""
    project = vendor.desk.find(call.account, desk)
    numbers = vendor.state.desk_organizations.get(project.desk or "", [])
    found = [vendor.state.organizations[number] for number in numbers]
    return desk_page(call, found, lambda each: vendor.desk.organization(call.account, each))


@routes.post("/rest/servicedeskapi/servicedesk/<desk>/organization")
@routes.delete("/rest/servicedeskapi/servicedesk/<desk>/organization")
def change_desk_organizations(vendor: Jira, call: Call, desk: str) -> Response:
    """Add an organization to a service desk, or take it off."""
    project = vendor.desk.find(call.account, desk)
    vendor.desk.of_agents(call.account)
    found = find_organization(vendor, as_dict(call.json()).get("organizationId"))
    listed = vendor.state.desk_organizations.setdefault(project.desk or "", [])
    kept = [each for each in listed if each != found.id]
    listed[:] = [*kept, found.id] if call.request.method == "POST" else kept
    return Response(status=204)
