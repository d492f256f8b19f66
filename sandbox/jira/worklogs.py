"""Logged work, watchers and votes.

Source: developer.atlassian.com, "Issue worklogs", "Issue watchers", "Issue votes"; recorded replies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .auth import Session
from .errors import platform
from .jsons import Json, as_dict, as_int, as_list
from .paging import window
from .records import Issue, Worklog

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()


def _find(issue: Issue, number: str) -> Worklog:
    for worklog in issue.worklogs:
        if str(worklog.id) == number:
            return worklog
    raise platform(404, f"Cannot find worklog with id: '{number}'.")


@routes.get("/rest/api/3/issue/<issue>/worklog")
def index(vendor: Jira, call: Call, issue: str) -> Response:
    """List the worklogs of an issue."""
    found = vendor.changes.issue(call.account, issue)
    start, size = window(call, 5000, 5000)
    shown = [vendor.render.worklog(call.account, found, each) for each in found.worklogs[start : start + size]]
    return reply({"startAt": start, "maxResults": size, "total": len(found.worklogs), "worklogs": shown})


@routes.post("/rest/api/3/issue/<issue>/worklog")
def add(vendor: Jira, call: Call, issue: str) -> Response:
    """Log work."""
    found = vendor.changes.editable(call.account, issue)
    worklog = vendor.threads.log_work(call.account, found, as_dict(call.json()))
    body = vendor.render.worklog(call.account, found, worklog)
    return reply(body, 201, {"Location": body["self"]})


@routes.get("/rest/api/3/issue/<issue>/worklog/<number>")
def show(vendor: Jira, call: Call, issue: str, number: str) -> Response:
    """Show logged work."""
    found = vendor.changes.issue(call.account, issue)
    return reply(vendor.render.worklog(call.account, found, _find(found, number)))


@routes.put("/rest/api/3/issue/<issue>/worklog/<number>")
def edit(vendor: Jira, call: Call, issue: str, number: str) -> Response:
    """Edit logged work."""
    found = vendor.changes.editable(call.account, issue)
    worklog = _find(found, number)
    vendor.threads.relog(call.account, found, worklog, as_dict(call.json()))
    return reply(vendor.render.worklog(call.account, found, worklog))


@routes.delete("/rest/api/3/issue/<issue>/worklog/<number>")
def delete(vendor: Jira, call: Call, issue: str, number: str) -> Response:
    """Delete logged work."""
    found = vendor.changes.editable(call.account, issue)
    found.worklogs.remove(_find(found, number))
    vendor.state.touch(found, vendor.now())
    return Response(status=204)


@routes.get("/rest/api/3/worklog/updated")
def updated(vendor: Jira, call: Call) -> Response:
    """List the worklogs that were changed since a moment; the last minute is left out."""
    session: Session = call.account
    since = as_int(call.request.args.get("since"), 0)
    horizon = vendor.now() - 60_000
    every = [each for issue in vendor.state.living() for each in issue.worklogs] if session.is_licensed else []
    found = sorted((each.updated, each.id) for each in every if since <= each.updated < horizon)[:1000]
    values = [{"worklogId": number, "updatedTime": when, "properties": list[Json]()} for when, number in found]
    until = found[-1][0] if found else since
    address = vendor.render.url(session, f"worklog/updated?since={since}")
    return reply({"self": address, "since": since, "until": until, "lastPage": True, "values": values})


@routes.post("/rest/api/3/worklog/list", writes=False)
def listed(vendor: Jira, call: Call) -> Response:
    """Show worklogs by id."""
    session: Session = call.account
    wanted = {as_int(number, -1) for number in as_list(as_dict(call.json()).get("ids"))}
    found = [(issue, each) for issue in vendor.state.living() for each in issue.worklogs if each.id in wanted]
    return reply([vendor.render.worklog(session, issue, each) for issue, each in found] if session.is_licensed else [])


# -- watchers and votes


@routes.get("/rest/api/3/issue/<issue>/watchers")
def watchers(vendor: Jira, call: Call, issue: str) -> Response:
    """List who watches an issue."""
    session: Session = call.account
    found = vendor.changes.issue(session, issue)
    people = [person for number in found.watchers if (person := vendor.render.person(session, number))]
    body: Json = {"self": vendor.render.url(session, f"issue/{issue}/watchers")}
    body |= {"isWatching": session.account_id in found.watchers, "watchCount": len(found.watchers)}
    return reply({**body, "watchers": people})


def _watcher(vendor: Jira, session: Session, name: object) -> str:
    user = vendor.state.user_named(str(name)) if session.data_center else vendor.state.users.get(str(name))
    if user is None:
        raise platform(404, f"The user '{name}' does not exist.")
    return user.account_id


@routes.post("/rest/api/3/issue/<issue>/watchers")
def watch(vendor: Jira, call: Call, issue: str) -> Response:
    """Let somebody watch an issue: the caller, or the one whom the body (a JSON text) names."""
    session: Session = call.account
    found = vendor.changes.editable(session, issue)
    data = call.request.get_data().strip()
    named = _watcher(vendor, session, orjson.loads(data)) if data else session.account_id
    if named not in found.watchers:
        found.watchers.append(named)
    return Response(status=204)


@routes.delete("/rest/api/3/issue/<issue>/watchers")
def unwatch(vendor: Jira, call: Call, issue: str) -> Response:
    """Let somebody watch an issue no more."""
    session: Session = call.account
    found, given = vendor.changes.editable(session, issue), call.request.args
    named = _watcher(vendor, session, given.get("username") if session.data_center else given.get("accountId"))
    found.watchers = [number for number in found.watchers if number != named]
    return Response(status=204)


@routes.get("/rest/api/3/issue/<issue>/votes")
def votes(vendor: Jira, call: Call, issue: str) -> Response:
    """Tell who voted for an issue."""
    session: Session = call.account
    found = vendor.changes.issue(session, issue)
    people = [person for number in found.voters if (person := vendor.render.person(session, number))]
    body: Json = {"self": vendor.render.url(session, f"issue/{issue}/votes"), "votes": len(found.voters)}
    return reply({**body, "hasVoted": session.account_id in found.voters, "voters": people})


@routes.post("/rest/api/3/issue/<issue>/votes")
def vote(vendor: Jira, call: Call, issue: str) -> Response:
    """Vote for an issue; not for one's own."""
    session: Session = call.account
    found = vendor.changes.issue(session, issue)
    if found.reporter == session.account_id:
        raise platform(404, "You cannot vote for an issue that you have reported.")
    if session.account_id not in found.voters:
        found.voters.append(session.account_id)
    return Response(status=204)


@routes.delete("/rest/api/3/issue/<issue>/votes")
def unvote(vendor: Jira, call: Call, issue: str) -> Response:
    """Take back a vote."""
    session: Session = call.account
    found = vendor.changes.issue(session, issue)
    found.voters = [number for number in found.voters if number != session.account_id]
    return Response(status=204)
