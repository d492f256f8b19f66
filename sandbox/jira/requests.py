"""Requests of customers: raise, list, show.

``GET /request`` lists what the caller owns or takes part in, so it is no list of all issues.
Source: developer.atlassian.com, service desk API, Request; its documented samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import times
from .auth import Session
from .desk_view import EXPANDS
from .errors import desk as refuse
from .jsons import Json, as_dict, as_list, as_strings, truth
from .paging import desk_body, desk_page
from .records import ORGANIZATIONS, PARTICIPANTS, REQUEST_TYPE, Issue, RequestType, User
from .values import InvalidValueError, Reader

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()


@routes.post("/rest/servicedeskapi/request")
def create(vendor: Jira, call: Call) -> Response:
    """Raise a request, on somebody's behalf if an agent asks."""
    session: Session = call.account
    sent = as_dict(call.json())
    project = vendor.desk.find(session, str(sent.get("serviceDeskId") or ""))
    form = vendor.state.request_types.get(str(sent.get("requestTypeId") or ""))
    if form is None or form.desk != project.desk:
        text = "The request type you are trying to use does not exist."
        raise refuse(400, text, "sd.customerview.error.requestTypeNotFound")
    values = _values(vendor, session, form, sent)
    reporter = _behalf(vendor, session, sent.get("raiseOnBehalfOf"))
    participants = _participants(vendor, session, sent)
    given = {**values, "reporter": reporter.account_id, REQUEST_TYPE: form.id, PARTICIPANTS: participants or None}
    issue = vendor.changes.make(session, project, form.type_id, given)
    vendor.changes.finish_create(session, issue)
    return reply(shown(vendor, call, issue), 201)


def _values(vendor: Jira, session: Session, form: RequestType, sent: Json) -> Json:
    given = as_dict(sent.get("requestFieldValues"))
    allowed = {name: (label, required) for name, label, required in form.fields}
    for name in given:
        if name not in allowed:
            text = f"Field '{name}' is not part of the request type."
            raise refuse(400, text, "sd.validation.field.not.on.form")
    for name, (label, required) in allowed.items():
        if required and not given.get(name):
            raise refuse(400, f"{label} is required.", "sd.validation.field.required")
    reader = Reader(vendor.state, session, markup=not truth(sent.get("isAdfRequest")))
    values: Json = {}
    for name, value in given.items():
        try:
            values[name] = reader.read(vendor.state.fields[name], value) if vendor.state.fields[name].kind else None
        except InvalidValueError as error:
            raise refuse(400, str(error), "sd.validation.field.invalid") from None
    return values


def _behalf(vendor: Jira, session: Session, name: object) -> User:
    """Give whom a request is raised for: by account id on Cloud, by username or e-mail address on Data Center."""
    if not name:
        return session.who
    vendor.desk.of_agents(session)
    state = vendor.state
    if session.data_center:
        found = state.user_named(str(name)) or state.user_with_email(str(name))
    else:
        found = state.users.get(str(name))
    if found is None or not found.active:
        raise refuse(400, f"The customer '{name}' does not exist.", "sd.error.customer.not.found")
    return found


def _participants(vendor: Jira, session: Session, sent: Json) -> list[str]:
    found: list[str] = []
    for name in as_strings(as_list(sent.get("requestParticipants"))):
        user = vendor.state.user_named(name) if session.data_center else vendor.state.users.get(name)
        if user is None:
            raise refuse(400, f"The participant '{name}' does not exist.", "sd.error.participant.not.found")
        found.append(user.account_id)
    return found


def shown(vendor: Jira, call: Call, issue: Issue) -> Json:
    """Give a request, with what ``expand`` asks for."""
    session: Session = call.account
    view = vendor.desk
    form = vendor.state.request_types[issue.request_type or ""]
    body: Json = {
        "_expands": list(EXPANDS),
        "issueId": str(issue.id),
        "issueKey": issue.key,
        "summary": issue.values["summary"],
        "requestTypeId": form.id,
        "serviceDeskId": form.desk,
        "createdDate": times.date_dto(issue.created, session.zone),
    }
    reporter = view.person(session, issue.reporter)
    if reporter is not None:
        body["reporter"] = reporter
    body["requestFieldValues"] = view.field_values(session, issue, form)
    body["currentStatus"] = view.current_status(session, issue)
    for name in as_strings(call.request.args.get("expand")):
        body |= _expanded(vendor, call, issue, form, name)
    return {**body, "_links": view.request_links(session, issue)}


def _expanded(vendor: Jira, call: Call, issue: Issue, form: RequestType, name: str) -> Json:
    session: Session = call.account
    view, state = vendor.desk, vendor.state
    match name:
        case "requestType":
            return {"requestType": view.request_type(session, form)}
        case "serviceDesk":
            return {"serviceDesk": view.desk(session, state.projects[issue.project])}
        case "participant":
            people = [state.users[number] for number in issue.values.get(PARTICIPANTS) or ()]
            return {"participants": desk_body(call, people, lambda user: view.user(session, user), whole=True)}
        case "sla":
            return {"sla": desk_body(call, view.clocks(session, issue), lambda clock: clock, whole=True)}
        case "status":
            return {"status": desk_body(call, view.statuses(session, issue), lambda each: each, whole=True)}
        case "attachment":
            files = [state.files[number] for number in issue.files]
            return {"attachments": desk_body(call, files, lambda file: view.attachment(session, issue, file), whole=True)}
        case "comment":
            said = [each for each in issue.comments if each.public or session.is_agent]
            return {"comments": desk_body(call, said, lambda each: view.comment(session, issue, each), whole=True)}
        case "action":
            may: Json = {"allowed": True}
            return {"actions": dict.fromkeys(("addAttachment", "addComment", "addParticipant", "removeParticipant"), may)}
        case _:
            return {}


@routes.get("/rest/servicedeskapi/request/<issue>")
def show(vendor: Jira, call: Call, issue: str) -> Response:
    """Show a request."""
    return reply(shown(vendor, call, vendor.desk.request(call.account, issue)))


@routes.get("/rest/servicedeskapi/request")
def index(vendor: Jira, call: Call) -> Response:
    """List the requests that the caller owns or takes part in, newest activity first."""
    session: Session = call.account
    given = call.request.args
    if "requestTypeId" in given and "serviceDeskId" not in given:
        raise refuse(400, "The requestTypeId filter needs a serviceDeskId.", "sd.error.filter")
    found = [vendor.state.issues[number] for _, number in reversed(vendor.state.by_updated)]
    found = [issue for issue in found if issue.request_type is not None and _owned(vendor, call, issue)]
    if "serviceDeskId" in given:
        project = vendor.desk.find(session, given["serviceDeskId"])
        found = [issue for issue in found if issue.project == project.id]
    if "requestTypeId" in given:
        found = [issue for issue in found if issue.request_type == given["requestTypeId"]]
    status = given.get("requestStatus", "ALL_REQUESTS")
    if status in ("OPEN_REQUESTS", "CLOSED_REQUESTS"):
        done = status == "CLOSED_REQUESTS"
        found = [issue for issue in found if (vendor.state.statuses[issue.status].category == "done") == done]
    if "searchTerm" in given:
        wanted = given["searchTerm"].casefold()
        found = [issue for issue in found if wanted in issue.values["summary"].casefold()]
    return desk_page(call, found, lambda issue: shown(vendor, call, issue))


def _owned(vendor: Jira, call: Call, issue: Issue) -> bool:
    session: Session = call.account
    given, mine = call.request.args, session.account_id
    owners = given.getlist("requestOwnership") or ["OWNED_REQUESTS", "PARTICIPATED_REQUESTS"]
    if "ALL_REQUESTS" in owners and vendor.desk.sees(session, issue) and not session.is_agent:
        return True
    if "OWNED_REQUESTS" in owners and issue.reporter == mine:
        return True
    if {"PARTICIPATED_REQUESTS", "ALL_REQUESTS"} & set(owners) and mine in (issue.values.get(PARTICIPANTS) or ()):
        return True
    if "ORGANIZATION" in owners:
        shared = issue.values.get(ORGANIZATIONS) or ()
        return given.get("organizationId", "") in map(str, shared) and vendor.desk.sees(session, issue)
    return "ALL_REQUESTS" in owners and issue.reporter == mine
