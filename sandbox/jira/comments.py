"""Comments through the platform API, and their properties.

Source: developer.atlassian.com, "Issue comments", "Issue comment properties"; recorded comments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .auth import Session
from .errors import platform
from .jsons import Json, as_dict, as_int, as_list
from .paging import window
from .records import Comment, Issue

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
PAGE, DATA_CENTER_PAGE = 100, 1_048_576
MOST_LISTED = 1000
ORDERS = {"created": False, "+created": False, "-created": True}


def find(vendor: Jira, session: Session, issue: Issue, number: str) -> Comment:
    """Find a comment of an issue.

    Raises:
        RefusedError: 404.
    """
    comment = issue.comment(as_int(number, -1))
    if comment is None:
        text = "Can not find a comment for the id: {}." if session.data_center else "Comment with id '{}' does not exist."
        raise platform(404, text.format(number))
    return comment


@routes.get("/rest/api/3/issue/<issue>/comment")
def index(vendor: Jira, call: Call, issue: str) -> Response:
    """List the comments of an issue."""
    session: Session = call.account
    found, given = vendor.changes.issue(session, issue), call.request.args
    order = given.get("orderBy", "created").strip()
    if order not in ORDERS:
        raise platform(400, f"The orderBy field '{order}' is not supported.")
    most = DATA_CENTER_PAGE if session.data_center else PAGE
    start, size = window(call, most, most)
    comments = sorted(found.comments, key=lambda each: (each.created, each.id), reverse=ORDERS[order])
    shown = [
        vendor.render.comment(session, found, each, expand=given.get("expand", ""))
        for each in comments[start : start + size]
    ]
    return reply({"startAt": start, "maxResults": size, "total": len(comments), "comments": shown})


@routes.post("/rest/api/3/issue/<issue>/comment")
def add(vendor: Jira, call: Call, issue: str) -> Response:
    """Add a comment."""
    session: Session = call.account
    found = vendor.changes.editable(session, issue)
    comment = vendor.threads.add(session, found, as_dict(call.json()))
    body = vendor.render.comment(session, found, comment, expand=call.request.args.get("expand", ""))
    return reply(body, 201, {"Location": body["self"]})


@routes.get("/rest/api/3/issue/<issue>/comment/<comment>")
def show(vendor: Jira, call: Call, issue: str, comment: str) -> Response:
    """Show a comment."""
    found = vendor.changes.issue(call.account, issue)
    said = find(vendor, call.account, found, comment)
    return reply(vendor.render.comment(call.account, found, said, expand=call.request.args.get("expand", "")))


@routes.put("/rest/api/3/issue/<issue>/comment/<comment>")
def edit(vendor: Jira, call: Call, issue: str, comment: str) -> Response:
    """Edit a comment."""
    found = vendor.changes.editable(call.account, issue)
    said = find(vendor, call.account, found, comment)
    vendor.threads.edit(call.account, found, said, as_dict(call.json()))
    return reply(vendor.render.comment(call.account, found, said))


@routes.delete("/rest/api/3/issue/<issue>/comment/<comment>")
def delete(vendor: Jira, call: Call, issue: str, comment: str) -> Response:
    """Delete a comment."""
    found = vendor.changes.editable(call.account, issue)
    vendor.threads.remove(found, find(vendor, call.account, found, comment))
    return Response(status=204)


@routes.post("/rest/api/3/comment/list", writes=False)
def listed(vendor: Jira, call: Call) -> Response:
    """Show comments by id, across issues; what is absent or hidden is left out."""
    session: Session = call.account
    numbers = [as_int(number, -1) for number in as_list(as_dict(call.json()).get("ids"))]
    if not 1 <= len(numbers) <= MOST_LISTED:
        raise platform(400, f"The number of comment ids must be between 1 and {MOST_LISTED}.")
    expand = call.request.args.get("expand", "")
    found = [pair for number in numbers if session.is_licensed and (pair := vendor.state.comment_named(number))]
    shown = [vendor.render.comment(session, issue, said, expand=expand, properties=True) for issue, said in found]
    body: Json = {"startAt": 0, "maxResults": MOST_LISTED, "total": len(shown), "isLast": True}
    return reply({**body, "values": shown})
