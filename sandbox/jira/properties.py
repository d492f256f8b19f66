"""Entity properties of issues and comments: JSON values under keys; writing one does not change ``updated`` of the issue.

Source: developer.atlassian.com, "Entity properties"; that ``updated`` stays is unconfirmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .auth import Session
from .errors import platform
from .jsons import Json, as_int
from .records import Comment, Issue
from .threads import PUBLIC_PROPERTY, is_internal

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
LONGEST_VALUE, LONGEST_KEY = 32768, 255


def _keys(session: Session, vendor: Jira, where: str, properties: Json) -> Response:
    shown = [{"self": vendor.render.url(session, f"{where}/properties/{key}"), "key": key} for key in sorted(properties)]
    return reply({"keys": shown})


def _show(properties: Json, key: str) -> Response:
    if key not in properties:
        raise platform(404, f"The property with key '{key}' does not exist.")
    return reply({"key": key, "value": properties[key]})


def put(properties: Json, key: str, call: Call) -> Response:
    """Store a property: 201 for a new one, 200 for a changed one.

    Raises:
        RefusedError: 400.
    """
    data = call.request.get_data()
    if len(key) > LONGEST_KEY or len(data) > LONGEST_VALUE or not data.strip():
        raise platform(400, "The property key or value is too long or empty.")
    try:
        value: Any = orjson.loads(data)
    except ValueError:
        raise platform(400, "The property value is not valid JSON.") from None
    status = 200 if key in properties else 201
    properties[key] = value
    return reply({"status": status}, status)


def _drop(properties: Json, key: str) -> Response:
    if key not in properties:
        raise platform(404, f"The property with key '{key}' does not exist.")
    del properties[key]
    return Response(status=204)


@routes.get("/rest/api/3/issue/<issue>/properties")
def issue_keys(vendor: Jira, call: Call, issue: str) -> Response:
    """List the keys of an issue's properties."""
    found = vendor.changes.issue(call.account, issue)
    return _keys(call.account, vendor, f"issue/{found.id}", found.properties)


@routes.get("/rest/api/3/issue/<issue>/properties/<key>")
def show_issue_property(vendor: Jira, call: Call, issue: str, key: str) -> Response:
    """Show a property of an issue."""
    return _show(vendor.changes.issue(call.account, issue).properties, key)


@routes.put("/rest/api/3/issue/<issue>/properties/<key>")
def put_issue_property(vendor: Jira, call: Call, issue: str, key: str) -> Response:
    """Store a property of an issue."""
    return put(vendor.changes.editable(call.account, issue).properties, key, call)


@routes.delete("/rest/api/3/issue/<issue>/properties/<key>")
def drop_issue_property(vendor: Jira, call: Call, issue: str, key: str) -> Response:
    """Delete a property of an issue."""
    return _drop(vendor.changes.editable(call.account, issue).properties, key)


def _comment(vendor: Jira, session: Session, number: str) -> tuple[Issue, Comment]:
    pair = vendor.state.comment_named(as_int(number, -1)) if session.is_licensed else None
    if pair is None:
        raise platform(404, f"Comment with id '{number}' does not exist.")
    return pair


@routes.get("/rest/api/3/comment/<comment>/properties")
def comment_keys(vendor: Jira, call: Call, comment: str) -> Response:
    """List the keys of a comment's properties."""
    return _keys(call.account, vendor, f"comment/{comment}", _comment(vendor, call.account, comment)[1].properties)


@routes.get("/rest/api/3/comment/<comment>/properties/<key>")
def show_comment_property(vendor: Jira, call: Call, comment: str, key: str) -> Response:
    """Show a property of a comment."""
    return _show(_comment(vendor, call.account, comment)[1].properties, key)


@routes.put("/rest/api/3/comment/<comment>/properties/<key>")
def put_comment_property(vendor: Jira, call: Call, comment: str, key: str) -> Response:
    """Store a property of a comment; the one of service management makes it public or internal."""
    issue, said = _comment(vendor, call.account, comment)
    vendor.changes.editable(call.account, issue.id)
    answer = put(said.properties, key, call)
    if key == PUBLIC_PROPERTY:
        said.public = not is_internal(said.properties)
    return answer


@routes.delete("/rest/api/3/comment/<comment>/properties/<key>")
def drop_comment_property(vendor: Jira, call: Call, comment: str, key: str) -> Response:
    """Delete a property of a comment."""
    issue, said = _comment(vendor, call.account, comment)
    vendor.changes.editable(call.account, issue.id)
    return _drop(said.properties, key)
