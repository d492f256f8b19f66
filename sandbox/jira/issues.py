"""Issues: create, show, edit, delete, assign, in bulk.

Source: developer.atlassian.com, "Issues"; recorded exchanges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from .auth import Session
from .errors import platform
from .issue_view import ALL, NAVIGABLE
from .jsons import Json, as_dict, as_list, as_strings, truth

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
MOST_CREATED, MOST_FETCHED = 50, 100


@routes.post("/rest/api/3/issue")
def create(vendor: Jira, call: Call) -> Response:
    """Create an issue."""
    _, body = vendor.changes.create(call.account, as_dict(call.json()))
    return reply(body, 201)


@routes.post("/rest/api/3/issue/bulk")
def create_many(vendor: Jira, call: Call) -> Response:
    """Create up to 50 issues; what fails is told by its place, the rest is created."""
    sent = as_list(as_dict(call.json()).get("issueUpdates"))
    if len(sent) > MOST_CREATED:
        told: Json = {"errorMessages": [f"The number of issues to create must not exceed {MOST_CREATED}."], "errors": {}}
        return reply({"issues": [], "errors": [{"status": 400, "elementErrors": told}]}, 400)
    issues: list[Json] = []
    errors: list[Json] = []
    for place, each in enumerate(sent):
        try:
            issues.append(vendor.changes.create(call.account, as_dict(each))[1])
        except RefusedError as refused:
            told = as_dict(refused.response.get_json())
            errors.append({"status": refused.response.status_code, "elementErrors": told, "failedElementNumber": place})
    return reply({"issues": issues, "errors": errors}, 201 if issues else 400)


@routes.post("/rest/api/3/issue/bulkfetch", writes=False)
def fetch_many(vendor: Jira, call: Call) -> Response:
    """Show up to 100 issues by id or key, by ascending id; what is absent or hidden is left out silently."""
    session: Session = call.account
    sent = as_dict(call.json())
    wanted = as_strings(as_list(sent.get("issueIdsOrKeys")))
    if not 1 <= len(wanted) <= MOST_FETCHED:
        raise platform(400, f"The number of issue ids or keys must be between 1 and {MOST_FETCHED}.")
    found = {issue.id: issue for name in wanted if (issue := vendor.state.issue_named(name))} if session.is_licensed else {}
    names = vendor.view.selected(as_strings(sent.get("fields")) or [NAVIGABLE])
    expand, keys = ",".join(as_strings(sent.get("expand"))), as_strings(sent.get("properties"))
    shown = [vendor.view.issue(session, found[number], names, expand, keys) for number in sorted(found)]
    return reply({"expand": "schema,names", "issues": shown, "issueErrors": []})


@routes.get("/rest/api/3/issue/<issue>")
def show(vendor: Jira, call: Call, issue: str) -> Response:
    """Show an issue; an old key leads to the issue as well."""
    session: Session = call.account
    found, given = vendor.changes.issue(session, issue), call.request.args
    names = vendor.view.selected(as_strings(given.get("fields")) or [ALL])
    return reply(vendor.view.issue(session, found, names, given.get("expand", ""), as_strings(given.get("properties"))))


@routes.put("/rest/api/3/issue/<issue>")
def edit(vendor: Jira, call: Call, issue: str) -> Response:
    """Edit an issue; a ``transition`` in the body is ignored."""
    session: Session = call.account
    found = vendor.changes.editable(session, issue)
    vendor.changes.update(session, found, as_dict(call.json()))
    if truth(call.request.args.get("returnIssue")):
        return reply(vendor.view.issue(session, found, vendor.view.selected([ALL]), call.request.args.get("expand", "")))
    return Response(status=204)


@routes.delete("/rest/api/3/issue/<issue>")
def delete(vendor: Jira, call: Call, issue: str) -> Response:
    """Delete an issue for good."""
    found = vendor.changes.editable(call.account, issue)
    vendor.changes.delete(call.account, found, subtasks=truth(call.request.args.get("deleteSubtasks")))
    return Response(status=204)


@routes.put("/rest/api/3/issue/<issue>/assignee")
def assign(vendor: Jira, call: Call, issue: str) -> Response:
    """Assign an issue, or with null nobody."""
    session: Session = call.account
    found = vendor.changes.editable(session, issue)
    sent = as_dict(call.json())
    name = sent.get("name") if session.data_center else sent.get("accountId")
    vendor.changes.assign(session, found, None if name is None else {"accountId": name, "name": name})
    return Response(status=204)


@routes.get("/rest/api/3/issue/<issue>/transitions")
def transitions(vendor: Jira, call: Call, issue: str) -> Response:
    """List the transitions that the caller can make now."""
    session: Session = call.account
    found, given = vendor.changes.issue(session, issue), call.request.args
    with_fields = "transitions.fields" in given.get("expand", "")
    listed = vendor.workflows.listed(session, found, with_fields=with_fields, only=given.get("transitionId"))
    return reply({"expand": "transitions", "transitions": listed})


@routes.post("/rest/api/3/issue/<issue>/transitions")
def transition(vendor: Jira, call: Call, issue: str) -> Response:
    """Carry out a transition."""
    found = vendor.changes.editable(call.account, issue)
    vendor.changes.transition(call.account, found, as_dict(call.json()))
    return Response(status=204)


@routes.get("/rest/api/3/issue/<issue>/editmeta")
def edit_meta(vendor: Jira, call: Call, issue: str) -> Response:
    """Tell what can be edited, and with which values."""
    return reply(vendor.screens.edit_meta(call.account, vendor.changes.issue(call.account, issue)))


@routes.post("/rest/api/3/issue/<issue>/notify")
def notify(vendor: Jira, call: Call, issue: str) -> Response:
    """Send a mail about an issue to the people named."""
    session: Session = call.account
    found, sent = vendor.changes.issue(session, issue), as_dict(call.json())
    people = as_list(as_dict(sent.get("to")).get("users"))
    names = [str(as_dict(person).get("accountId")) for person in people]
    known = [user for name in names if (user := vendor.state.users.get(name))]
    if not known:
        raise platform(400, "No recipients were defined for notification.")
    for user in known:
        vendor.notify.send(
            user, "notification", found, str(sent.get("subject") or found.key), str(sent.get("textBody") or "")
        )
    return Response(status=204)
