"""The raw state as JSON, for oracles: issues with their comments and files beside them, people, groups.

Each ticket is ``{"id", "record", "comments", "files", "deleted"}``: the record as the platform API (version 3) shows it to
an administrator in UTC, without clocks and empty fields; a comment has author (account id and e-mail address), time,
public, text, the form in which it was written (document or wiki markup), and the files that came with it through the
service desk. All files stand at the ticket.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from . import times
from .auth import Session
from .field_api import shown
from .issue_view import ALL
from .jsons import Json
from .records import Comment, File, Issue
from .sla import METRIC_OF_FIELD

if TYPE_CHECKING:
    from .vendor import Jira

UTC = times.zone("Etc/UTC")


def snapshot(vendor: Jira) -> Json:
    """Give everything."""
    state = vendor.state
    session = Session(replace(state.admin, zone="Etc/UTC"), 3, vendor.base_url)
    names = vendor.view.selected([ALL, "-comment", *(f"-{name}" for name in METRIC_OF_FIELD)])
    people = [
        {**vendor.render.user(session, user), "emailAddress": user.email, "role": user.role, "groups": sorted(user.groups)}
        for user in state.users.values()
    ]
    return {
        "tickets": [_ticket(vendor, session, issue, names) for issue in state.issues.values()],
        "people": people,
        "groups": [{"name": name, "groupId": number} for name, number in state.groups.items()],
        "members": [
            {"group": name, "accountId": user.account_id} for user in state.users.values() for name in sorted(user.groups)
        ],
        "organizations": [
            {"id": each.id, "name": each.name, "members": each.members} for each in state.organizations.values()
        ],
        "fields": [shown(session, field) for field in state.fields.values()],
        "statuses": [vendor.render.status(session, status) for status in state.statuses.values()],
    }


def _ticket(vendor: Jira, session: Session, issue: Issue, names: list[str]) -> Json:
    record = vendor.view.issue(session, issue, names, "changelog", ["*all"])
    record["fields"] = {name: value for name, value in record["fields"].items() if value not in (None, [])}
    record["remotelinks"] = issue.remote_links
    description = issue.values.get("description")
    return {
        "id": str(issue.id),
        "record": record,
        "description": {"text": description.plain, "wiki": description.markup} if description else None,
        "comments": [_comment(vendor, comment) for comment in issue.comments],
        "files": [_file(vendor.state.files[number]) for number in issue.files],
        "feedback": issue.feedback,
        "deleted": issue.deleted,
    }


def _comment(vendor: Jira, comment: Comment) -> Json:
    author = vendor.state.users.get(comment.author)
    return {
        "id": str(comment.id),
        "author": comment.author,
        "email": author.email if author else "",
        "time": times.iso(comment.created, UTC),
        "updated": times.iso(comment.updated, UTC),
        "public": comment.public,
        "visibility": comment.visibility,
        "text": comment.body.plain,
        "adf": comment.body.document,
        "wiki": comment.body.markup,
        "properties": comment.properties,
        "files": [_file(vendor.state.files[number]) for number in comment.files],
    }


def _file(file: File) -> Json:
    data = file.content()
    return {
        "id": str(file.id),
        "name": file.name,
        "content_type": file.media_type,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "time": times.iso(file.created, UTC),
        "author": file.author,
    }
