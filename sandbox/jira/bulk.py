"""Asynchronous operations on many issues: editing and moving; the work is done at once, and a task tells of it.

Source: developer.atlassian.com, "Issue bulk operations".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from . import times
from .auth import Session
from .errors import platform
from .jsons import Json, as_dict, as_list, as_strings
from .records import Issue, Task

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
MOST_ISSUES, MOST_FIELDS = 1000, 200
KEPT = 14 * 86_400_000
MULTI_SELECT = {"ADD": "add", "REMOVE": "remove", "REPLACE": "set"}


def _refuse(message: str) -> RefusedError:
    return RefusedError(reply({"errors": [{"message": message}]}, 400))


def _run(vendor: Jira, session: Session, names: list[str], work: Callable[[Issue], None]) -> Response:
    if not 1 <= len(names) <= MOST_ISSUES:
        raise _refuse(f"The number of issues must be between 1 and {MOST_ISSUES}.")
    now = vendor.now()
    task = Task(str(vendor.state.number("task")), session.account_id, now, len(names), [], {}, 0)
    for name in names:
        issue = vendor.state.issue_named(name)
        if issue is None:
            task.invalid += 1
            continue
        try:
            work(issue)
            task.processed.append(issue.id)
        except RefusedError as refused:
            told = as_dict(refused.response.get_json())
            task.failed[str(issue.id)] = [*as_list(told.get("errorMessages")), *as_dict(told.get("errors")).values()]
    vendor.state.tasks[task.id] = task
    return reply({"taskId": task.id}, 201)


def _check(session: Session) -> None:
    if not session.is_agent:
        raise platform(403, "You do not have permission to make bulk changes.")


@routes.post("/rest/api/3/bulk/issues/fields")
def edit_many(vendor: Jira, call: Call) -> Response:
    """Edit many issues in the same way."""
    session: Session = call.account
    _check(session)
    sent = as_dict(call.json())
    actions = as_strings(as_list(sent.get("selectedActions")))
    if not 1 <= len(actions) <= MOST_FIELDS:
        raise _refuse(f"The number of fields must be between 1 and {MOST_FIELDS}.")
    given = as_dict(sent.get("editedFieldsInput"))
    body = _changes(given, actions)
    names = as_strings(as_list(sent.get("selectedIssueIdsOrKeys")))
    return _run(vendor, session, names, lambda issue: vendor.changes.update(session, issue, body))


def _changes(given: Json, actions: list[str]) -> Json:
    """Give the edit that a bulk input describes, as a single edit would have it."""
    fields: Json = {}
    update: Json = {}
    for each in map(as_dict, as_list(given.get("labelsFields"))):
        labels = [str(as_dict(label).get("name")) for label in as_list(each.get("labels"))]
        how = MULTI_SELECT.get(str(each.get("bulkEditMultiSelectFieldOption")), "add")
        update[str(each.get("fieldId"))] = [{"set": labels}] if how == "set" else [{how: label} for label in labels]
    for each in map(as_dict, as_list(given.get("singleSelectFields"))):
        fields[str(each.get("fieldId"))] = {"id": str(as_dict(each.get("option")).get("optionId"))}
    for each in map(as_dict, as_list(given.get("singleLineTextFields"))):
        fields[str(each.get("fieldId"))] = each.get("text")
    priority = as_dict(given.get("priority"))
    if priority:
        fields["priority"] = {"id": str(priority.get("priorityId"))}
    people: list[Any] = as_list(given.get("singleSelectClearableUserPickerFields"))
    for each in map(as_dict, people):
        fields[str(each.get("fieldId"))] = as_dict(each.get("user")) or None
    missing = [name for name in actions if name not in fields and name not in update]
    if missing:
        raise _refuse(f"No input was given for field {missing[0]}.")
    return {"fields": fields, "update": update}


@routes.post("/rest/api/3/bulk/issues/transition")
def move_many(vendor: Jira, call: Call) -> Response:
    """Move many issues through a transition that asks for nothing."""
    session: Session = call.account
    _check(session)
    inputs = [as_dict(each) for each in as_list(as_dict(call.json()).get("bulkTransitionInputs"))]
    ways: dict[str, str] = {}
    for each in inputs:
        for name in as_strings(as_list(each.get("selectedIssueIdsOrKeys"))):
            ways[name] = str(each.get("transitionId"))
    by_issue = {issue.id: way for name, way in ways.items() if (issue := vendor.state.issue_named(name))}

    def move(issue: Issue) -> None:
        vendor.changes.transition(session, issue, {"transition": {"id": by_issue[issue.id]}})

    return _run(vendor, session, list(ways), move)


@routes.get("/rest/api/3/bulk/queue/<number>")
def progress(vendor: Jira, call: Call, number: str) -> Response:
    """Tell how far an operation is."""
    session: Session = call.account
    task = vendor.state.tasks.get(number)
    if task is None or vendor.now() - task.created > KEPT:
        raise platform(400, "The task associated with this taskId is not a bulk operation task")
    moment = times.iso(task.created, session.zone)
    return reply(
        {
            "taskId": task.id,
            "status": "COMPLETE",
            "progressPercent": 100,
            "submittedBy": {"accountId": task.owner},
            "created": moment,
            "started": moment,
            "updated": moment,
            "totalIssueCount": task.total,
            "invalidOrInaccessibleIssueCount": task.invalid,
            "processedAccessibleIssues": task.processed,
            "failedAccessibleIssues": task.failed,
        }
    )
