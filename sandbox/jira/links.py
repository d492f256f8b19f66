"""Links between issues, and from issues to elsewhere.

A remote link with a ``globalId`` is stored once: posting it again changes it, and nulls what the body leaves out.
Source: developer.atlassian.com, "Issue links", "Issue remote links"; recorded replies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .auth import Session
from .errors import bad_fields, platform
from .jsons import Json, as_dict, as_int
from .records import Issue, Link

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
MOST_REMOTE = 2000


@routes.get("/rest/api/3/issueLinkType")
def types(vendor: Jira, call: Call) -> Response:
    """List the types of links."""
    return reply(
        {"issueLinkTypes": [vendor.render.link_type(call.account, kind) for kind in vendor.state.link_types.values()]}
    )


@routes.get("/rest/api/3/issueLinkType/<number>")
def show_type(vendor: Jira, call: Call, number: str) -> Response:
    """Show a type of links."""
    kind = vendor.state.link_types.get(number)
    if kind is None:
        raise platform(404, f"No issue link type with id '{number}' found.")
    return reply(vendor.render.link_type(call.account, kind))


@routes.post("/rest/api/3/issueLink")
def create(vendor: Jira, call: Call) -> Response:
    """Link two issues, with a comment if the body has one."""
    session: Session = call.account
    sent = as_dict(call.json())
    ends = [as_dict(sent.get(name)) for name in ("inwardIssue", "outwardIssue")]
    issues = [vendor.changes.editable(session, end.get("key") or end.get("id") or "") for end in ends]
    vendor.changes.link(session, sent.get("type"), *(issue.id for issue in issues))
    if sent.get("comment"):
        vendor.threads.add(session, issues[0], as_dict(sent["comment"]))
    return Response(status=201)


def _link(vendor: Jira, session: Session, number: str) -> Link:
    link = vendor.state.links.get(as_int(number, -1)) if session.is_licensed else None
    if link is None:
        raise platform(404, f"No issue link with id '{number}' exists.")
    return link


@routes.get("/rest/api/3/issueLink/<number>")
def show(vendor: Jira, call: Call, number: str) -> Response:
    """Show a link."""
    return reply(vendor.render.link(call.account, _link(vendor, call.account, number)))


@routes.delete("/rest/api/3/issueLink/<number>")
def delete(vendor: Jira, call: Call, number: str) -> Response:
    """Delete a link."""
    session: Session = call.account
    link = _link(vendor, session, number)
    vendor.changes.editable(session, link.inward)
    vendor.threads.disconnect(session.account_id, link)
    return Response(status=204)


# -- to elsewhere


@routes.get("/rest/api/3/issue/<issue>/remotelink")
def remote_links(vendor: Jira, call: Call, issue: str) -> Response:
    """List the remote links of an issue, or show the one of a global id."""
    found, wanted = vendor.changes.issue(call.account, issue), call.request.args.get("globalId")
    if wanted is None:
        return reply([_remote(vendor, call.account, found, link) for link in found.remote_links])
    for link in found.remote_links:
        if link["globalId"] == wanted:
            return reply(_remote(vendor, call.account, found, link))
    raise platform(404, f"No remote link with global id '{wanted}' exists.")


@routes.post("/rest/api/3/issue/<issue>/remotelink")
def put_remote_link(vendor: Jira, call: Call, issue: str) -> Response:
    """Store a remote link: a new one, or another form of the one with the same global id."""
    session: Session = call.account
    found = vendor.changes.editable(session, issue)
    sent = _checked(as_dict(call.json()))
    known = next((link for link in found.remote_links if sent["globalId"] and link["globalId"] == sent["globalId"]), None)
    if known is not None:
        known.update(sent)
    elif len(found.remote_links) >= MOST_REMOTE:
        raise platform(413, "The per-issue limit of remote links has been breached.")
    else:
        number = vendor.state.number("remote link")
        sent = {**sent, "id": number, "globalId": sent["globalId"]}
        found.remote_links.append(sent)
    link = known or found.remote_links[-1]
    address = vendor.render.url(session, f"issue/{found.key}/remotelink/{link['id']}")
    return reply({"id": link["id"], "self": address}, 201 if known is None else 200)


def _checked(sent: Json) -> Json:
    target = as_dict(sent.get("object"))
    errors = {name: f"'{name}' is required." for name in ("url", "title") if not target.get(name)}
    if errors:
        raise bad_fields(errors)
    return {name: sent.get(name) for name in ("globalId", "application", "relationship", "object")}


def _remote(vendor: Jira, session: Session, issue: Issue, link: Json) -> Json:
    shown: Json = {"id": link["id"], "self": vendor.render.url(session, f"issue/{issue.key}/remotelink/{link['id']}")}
    shown |= {name: link[name] for name in ("globalId", "relationship") if link[name] is not None}
    return {**shown, "application": link["application"] or {}, "object": link["object"]}


def _known(issue: Issue, number: str) -> Json:
    for link in issue.remote_links:
        if str(link["id"]) == number:
            return link
    raise platform(404, f"The remote link with id '{number}' does not exist.")


@routes.get("/rest/api/3/issue/<issue>/remotelink/<number>")
def show_remote_link(vendor: Jira, call: Call, issue: str, number: str) -> Response:
    """Show a remote link."""
    found = vendor.changes.issue(call.account, issue)
    return reply(_remote(vendor, call.account, found, _known(found, number)))


@routes.put("/rest/api/3/issue/<issue>/remotelink/<number>")
def edit_remote_link(vendor: Jira, call: Call, issue: str, number: str) -> Response:
    """Change a remote link."""
    found = vendor.changes.editable(call.account, issue)
    _known(found, number).update(_checked(as_dict(call.json())))
    return Response(status=204)


@routes.delete("/rest/api/3/issue/<issue>/remotelink/<number>")
def delete_remote_link(vendor: Jira, call: Call, issue: str, number: str) -> Response:
    """Delete a remote link."""
    found = vendor.changes.editable(call.account, issue)
    found.remote_links.remove(_known(found, number))
    return Response(status=204)


@routes.delete("/rest/api/3/issue/<issue>/remotelink")
def delete_remote_link_by_global_id(vendor: Jira, call: Call, issue: str) -> Response:
    """Delete the remote link of a global id."""
    found, wanted = vendor.changes.editable(call.account, issue), call.request.args.get("globalId")
    kept = [link for link in found.remote_links if link["globalId"] != wanted]
    if wanted is None or len(kept) == len(found.remote_links):
        raise platform(400 if wanted is None else 404, f"No remote link with global id '{wanted}' exists.")
    found.remote_links = kept
    return Response(status=204)
