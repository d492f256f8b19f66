"""The raw state as JSON, for oracles: tickets with their conversations and files beside them, people, groups.

Each ticket is ``{"id", "record", "comments", "files", "own_files", "history", "deleted"}``: the record as the view of one
gives it, with its tags and stats; a comment has author (id and e-mail address), time, public, text, HTML and its own files.
The description stands in the record and is no comment; ``own_files`` are its files, ``files`` all of the ticket.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from . import activities, departments, fields, groups, people, text
from .records import PRIMARY_WORKSPACE, Attachment, Conversation, Json, Person, Ticket
from .times import iso

if TYPE_CHECKING:
    from .vendor import Freshservice


def snapshot(vendor: Freshservice) -> Json:
    """Give everything."""
    state = vendor.state
    return {
        "tickets": [_ticket(vendor, ticket) for ticket in state.tickets.values()],
        "people": [_person(vendor, person) for person in state.people.values()],
        "groups": [groups.body(group) for group in state.groups.values()],
        "departments": [departments.body(row) for row in state.departments.values()],
        "workspaces": vendor.workspaces(),
        "fields": fields.all_fields(vendor, PRIMARY_WORKSPACE),
        "assets": list(state.assets.values()),
        "problems": list(state.problems.values()),
        "changes": list(state.changes.values()),
    }


def _person(vendor: Freshservice, person: Person) -> Json:
    """Give a person, under one key for the e-mail address whatever the kind."""
    body = people.agent(vendor, person) if person.is_agent else people.requester(person)
    return body | {"email": person.email, "name": person.name, "is_agent": person.is_agent}


def _ticket(vendor: Freshservice, ticket: Ticket) -> Json:
    comments = [_comment(vendor, said) for said in ticket.conversations]
    own = [_file(file) for file in vendor.state.attachments_of(ticket.attachment_ids)]
    links = {"problem": ticket.problem, "parent_id": ticket.parent_id, "assets": ticket.assets}
    changes = {name: getattr(ticket, name) for name in ("change_initiating_ticket", "change_initiated_by_ticket")}
    stats = {"tags": ticket.tags, "stats": vendor.render.stats(ticket)}
    return {
        "id": ticket.id,
        "record": vendor.render.viewed(ticket) | stats | links | changes,
        "comments": comments,
        "files": [*own, *(file for comment in comments for file in comment["files"])],
        "own_files": own,
        "history": [activities.body(row) for row in ticket.activities],
        "deleted": ticket.deleted,
    }


def _comment(vendor: Freshservice, said: Conversation) -> Json:
    author = vendor.state.people.get(said.user_id)
    return {
        "id": said.id,
        "author": said.user_id,
        "email": (author.email if author else None) or "",
        "time": iso(said.created),
        "public": not said.private,
        "incoming": said.incoming,
        "source": said.source,
        "text": text.plain(said.body),
        "html": said.body,
        "files": [_file(file) for file in vendor.state.attachments_of(said.attachment_ids)],
    }


def _file(file: Attachment) -> Json:
    data = file.content()
    return {
        "id": file.id,
        "name": file.name,
        "content_type": file.content_type,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "inline": file.inline,
    }
