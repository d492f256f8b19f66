"""The changelog: of one issue, by ids of its entries, and of many issues at once.

The bulk form gives ``created`` as a number (seconds in the documented sample, milliseconds elsewhere: unconfirmed; here
milliseconds). Source: developer.atlassian.com, "Get changelogs", "Bulk fetch changelogs"; recorded changelogs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .auth import Session
from .errors import platform
from .jsons import Json, as_dict, as_int, as_list, as_strings
from .paging import linked, page
from .records import History

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
MOST, MOST_ISSUES, MOST_FIELDS, MOST_ENTRIES = 100, 1000, 10, 10000


@routes.get("/rest/api/3/issue/<issue>/changelog")
def index(vendor: Jira, call: Call, issue: str) -> Response:
    """List the changes of an issue, oldest first."""
    session: Session = call.account
    found = vendor.changes.issue(session, issue)
    body = page(call, found.histories, lambda history: vendor.render.history(session, history), default=MOST, most=MOST)
    return reply(linked(call, body))


@routes.post("/rest/api/3/issue/<issue>/changelog/list", writes=False)
def listed(vendor: Jira, call: Call, issue: str) -> Response:
    """Show changes by id."""
    session: Session = call.account
    found = vendor.changes.issue(session, issue)
    wanted = {as_int(number, -1) for number in as_list(as_dict(call.json()).get("changelogIds"))}
    shown = [vendor.render.history(session, each) for each in found.histories if each.id in wanted]
    return reply({"startAt": 0, "maxResults": len(wanted), "total": len(shown), "histories": shown})


@routes.post("/rest/api/3/changelog/bulkfetch", writes=False)
def fetch_many(vendor: Jira, call: Call) -> Response:
    """List the changes of many issues, for some fields if asked; a page ends within an issue."""
    session: Session = call.account
    sent = as_dict(call.json())
    names, fields = as_strings(as_list(sent.get("issueIdsOrKeys"))), set(as_strings(sent.get("fieldIds")))
    if not 1 <= len(names) <= MOST_ISSUES or len(fields) > MOST_FIELDS:
        raise platform(400, f"At most {MOST_ISSUES} issues and {MOST_FIELDS} fields are allowed, and at least one issue.")
    size = max(1, min(as_int(sent.get("maxResults"), 1000), MOST_ENTRIES))
    start = as_int(sent.get("nextPageToken"), 0)
    issues = {found.id: found for name in names if session.is_licensed and (found := vendor.state.issue_named(name))}
    entries = [
        (issue.id, history, items)
        for issue in sorted(issues.values(), key=lambda each: each.id)
        for history in issue.histories
        if (items := [item for item in history.items if not fields or item.get("fieldId") in fields])
    ]
    logs: dict[int, list[Json]] = {}
    for number, history, items in entries[start : start + size]:
        logs.setdefault(number, []).append(_entry(vendor, session, history, items))
    body: Json = {"issueChangeLogs": [{"issueId": str(number), "changeHistories": shown} for number, shown in logs.items()]}
    if start + size < len(entries):
        body["nextPageToken"] = str(start + size)
    return reply(body)


def _entry(vendor: Jira, session: Session, history: History, items: list[Json]) -> Json:
    shown = vendor.render.history(session, history)
    return {**shown, "created": history.created, "items": items}
