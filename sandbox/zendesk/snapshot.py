"""The raw state as JSON, for oracles: tickets with their comments and files beside them, people, groups.

Each ticket is ``{"id", "record", "comments", "files", "deleted"}``: the record as the API gives it; a comment has author
(id and e-mail address), time, public, text, HTML and its own files. The first comment is the description. Files stand at
their comments and, all together, at the ticket.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from . import text
from .records import Attachment, Comment, Json, Ticket
from .times import iso

if TYPE_CHECKING:
    from .vendor import Zendesk


def snapshot(vendor: Zendesk) -> Json:
    """Give everything."""
    state, render = vendor.state, vendor.render
    return {
        "tickets": [_ticket(vendor, ticket) for ticket in state.tickets.values()],
        "people": [render.user(user) for user in state.users.values()],
        "groups": [render.group(group) for group in state.groups.values()],
        "members": [render.membership(place) for place in state.memberships.values()],
        "organizations": [render.organization(row) for row in state.organizations.values()],
        "fields": [render.field(field) for field in state.fields.values()],
        "statuses": [render.custom_status(status) for status in state.statuses.values()],
    }


def _ticket(vendor: Zendesk, ticket: Ticket) -> Json:
    comments = [_comment(vendor, comment) for comment in ticket.comments]
    return {
        "id": ticket.id,
        "record": vendor.render.ticket(ticket),
        "comments": comments,
        "files": [file for comment in comments for file in comment["files"]],
        "deleted": ticket.deletion is not None,
    }


def _comment(vendor: Zendesk, comment: Comment) -> Json:
    author = vendor.state.users.get(comment.author_id)
    return {
        "id": comment.id,
        "author": comment.author_id,
        "email": (author.email if author else None) or "",
        "time": iso(comment.created),
        "public": comment.public,
        "text": text.plain_body(comment.html),
        "html": comment.html,
        "files": [_file(file) for file in vendor.state.attachments_of(comment.attachment_ids)],
    }


def _file(file: Attachment) -> Json:
    data = file.content()
    return {
        "id": file.id,
        "name": file.file_name,
        "content_type": file.content_type,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "inline": file.inline,
    }
