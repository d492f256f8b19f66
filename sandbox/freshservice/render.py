"""Records as JSON, with the keys that each call gives.

A list and an answer to a write leave out what only the view of one ticket has (urgency, impact, SLA policy), a list the
tags, files and resolution notes as well (recorded lists; api.freshservice.com, samples of each call).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

from . import sla, text
from .records import Attachment, Conversation, Json, Ticket
from .times import iso, iso_local, iso_or_none

if TYPE_CHECKING:
    from .vendor import Freshservice

LINK_LIVES = 300
"""Seconds for which a link to a file works."""


LINKED_WITHOUT = frozenset({"id", "agent_id", "description", "description_text"})
"""What a ticket does not show of its problem or change."""


class Render:
    """Writes the records of one account."""

    def __init__(self, vendor: Freshservice) -> None:
        self.vendor = vendor

    # -- tickets

    def _common(self, ticket: Ticket, workspace_id: int | None = None) -> Json:
        now = self.vendor.now()
        fields = self.vendor.state.fields_of(ticket.workspace_id if workspace_id is None else workspace_id)
        return {
            "subject": ticket.subject,
            "group_id": ticket.group_id,
            "department_id": ticket.department_id,
            "category": ticket.category,
            "sub_category": ticket.sub_category,
            "item_category": ticket.item_category,
            "requester_id": ticket.requester_id,
            "responder_id": ticket.responder_id,
            "due_by": iso(ticket.due),
            "fr_escalated": sla.is_first_response_escalated(ticket, now),
            "spam": ticket.spam,
            "email_config_id": ticket.email_config_id,
            "fwd_emails": ticket.fwd_emails,
            "reply_cc_emails": ticket.reply_cc_emails,
            "cc_emails": ticket.cc_emails,
            "is_escalated": sla.is_escalated(ticket, now),
            "fr_due_by": iso(ticket.fr_due),
            "id": ticket.id,
            "priority": ticket.priority,
            "status": ticket.status,
            "source": ticket.source,
            "created_at": iso(ticket.created),
            "updated_at": iso(ticket.updated),
            "workspace_id": ticket.workspace_id,
            "requested_for_id": ticket.requested_for_id or ticket.requester_id,
            "to_emails": ticket.to_emails,
            "type": ticket.type,
            "description": ticket.description,
            "description_text": text.plain(ticket.description),
            "custom_fields": {field.name: ticket.custom_fields.get(field.name) for field in fields},
        }

    def listed(self, ticket: Ticket, workspace_id: int | None = None) -> Json:
        """Give a ticket as lists show it; with ``workspace_id`` 0 it has the fields of all workspaces only."""
        return self._common(ticket, workspace_id) | {"deleted": ticket.deleted}

    def created(self, ticket: Ticket) -> Json:
        """Give a ticket as the call that created it shows it."""
        return self._common(ticket) | self._more(ticket) | {"tags": ticket.tags} | self._linked(ticket)

    def updated(self, ticket: Ticket) -> Json:
        """Give a ticket as an update shows it."""
        due = {"due_by": iso_local(ticket.due), "fr_due_by": iso_local(ticket.fr_due)}
        return self.created(ticket) | self._planned(ticket) | due

    def viewed(self, ticket: Ticket) -> Json:
        """Give a ticket as the view of one shows it; without tags."""
        asked = ticket.approvals[-1]["approval_status"] if ticket.approvals else {"id": 4, "name": "Not Requested"}
        return (
            (ticket.extra or {})
            | self._common(ticket)
            | self._more(ticket)
            | self._planned(ticket)
            | {
                "deleted": ticket.deleted,
                "urgency": ticket.urgency,
                "impact": ticket.impact,
                "sla_policy_id": self.vendor.state.sla_policy_id,
                "created_within_business_hours": _in_business_hours(ticket.created),
                "approval_status": asked["id"],
                "approval_status_name": asked["name"],
            }
        )

    def _more(self, ticket: Ticket) -> Json:
        notes = ticket.resolution_notes
        return {
            "attachments": [self.attachment(file) for file in self.vendor.state.attachments_of(ticket.attachment_ids)],
            "resolution_notes": None if notes is None else text.plain(notes),
            "resolution_notes_html": notes,
        }

    def _planned(self, ticket: Ticket) -> Json:
        return {
            "planned_start_date": ticket.planned_start_date,
            "planned_end_date": ticket.planned_end_date,
            "planned_effort": ticket.planned_effort,
            "tasks_dependency_type": 0,
        }

    def _linked(self, ticket: Ticket) -> Json:
        """Give the associations that a write shows: only those that there are."""
        state = self.vendor.state
        body: Json = {"assets": [state.assets[number] for number in ticket.assets]} if ticket.assets else {}
        if ticket.problem is not None:
            body["problem"] = linked_problem(state.problems[ticket.problem])
        for name in ("change_initiating_ticket", "change_initiated_by_ticket"):
            number = getattr(ticket, name)
            if number is not None:
                body[name] = linked_change(state.changes[number])
        return body

    def stats(self, ticket: Ticket) -> Json:
        """Give what the vendor measures about a ticket; ``ticket_id`` is its internal id (recorded)."""
        clocks, created = ticket.clocks, ticket.created
        responded, resolved = clocks.first_responded, clocks.resolved
        return {
            "created_at": iso(created),
            "updated_at": iso(ticket.updated),
            "ticket_id": ticket.internal_id,
            "opened_at": iso_or_none(clocks.reopened),
            "group_escalated": False,
            "inbound_count": clocks.inbound,
            "status_updated_at": iso(clocks.status_updated or created),
            "outbound_count": clocks.outbound,
            "pending_since": iso_or_none(clocks.pending_since),
            "resolved_at": iso_or_none(resolved),
            "closed_at": iso_or_none(clocks.closed),
            "first_assigned_at": iso_or_none(clocks.first_assigned),
            "assigned_at": iso_or_none(clocks.assigned),
            "agent_responded_at": iso_or_none(clocks.agent_responded),
            "requester_responded_at": iso_or_none(clocks.requester_responded),
            "first_responded_at": iso_or_none(responded),
            "first_resp_time_in_secs": None if responded is None else responded - created,
            "resolution_time_in_secs": None if resolved is None else resolved - created,
        }

    # -- conversations and files

    def conversation(self, said: Conversation) -> Json:
        """Give a conversation as lists show it."""
        return {
            "id": said.id,
            "user_id": said.user_id,
            "body": said.body,
            "body_text": text.plain(said.body),
            "incoming": said.incoming,
            "private": said.private,
            "source": said.source,
            "ticket_id": said.ticket_id,
            "support_email": said.from_email if not said.incoming else None,
            "from_email": said.from_email,
            "to_emails": said.to_emails,
            "cc_emails": said.cc_emails,
            "bcc_emails": said.bcc_emails or None,
            "attachments": [self.attachment(file) for file in self.vendor.state.attachments_of(said.attachment_ids)],
            "created_at": iso(said.created),
            "updated_at": iso(said.updated),
        }

    def reply(self, said: Conversation) -> Json:
        """Give a reply as the call that made it shows it: without some keys of the list."""
        left_out = {"incoming", "private", "source", "support_email"}
        body = {key: value for key, value in self.conversation(said).items() if key not in left_out}
        return body | {"bcc_emails": said.bcc_emails}

    def note(self, said: Conversation) -> Json:
        """Give a note as the call that made or changed it shows it: without some keys of the list."""
        left_out = {"from_email", "cc_emails", "bcc_emails", "source"}
        return {key: value for key, value in self.conversation(said).items() if key not in left_out}

    def attachment(self, file: Attachment) -> Json:
        """Give a file's facts, with a link that works for some minutes."""
        return {
            "id": file.id,
            "content_type": file.content_type,
            "size": file.size,
            "name": file.name,
            "attachment_url": self.link(file, self.vendor.now() + LINK_LIVES),
            "created_at": iso(file.created),
            "updated_at": iso(file.created),
        }

    def link(self, file: Attachment, expires: int) -> str:
        """Give a signed link to a file."""
        place = f"/data/helpdesk/attachments/production/{file.id}/original/{quote(file.name, safe='')}"
        return f"{self.vendor.base_url}{place}?Expires={expires}&Signature={signature(file.id, expires)}"


def signature(attachment_id: int, expires: int) -> str:
    """Give what a link to a file must carry so that it is not made up."""
    return hashlib.sha256(f"file:{attachment_id}:{expires}".encode()).hexdigest()[:32]


def linked_problem(problem: Json) -> Json:
    """Give a problem as a ticket shows it."""
    shown = {key: value for key, value in problem.items() if key not in LINKED_WITHOUT}
    return shown | {"display_id": problem["id"], "owner_id": problem["agent_id"], "change_id": None}


def linked_change(change: Json) -> Json:
    """Give a change as a ticket shows it."""
    shown = {key: value for key, value in change.items() if key not in LINKED_WITHOUT}
    return shown | {"display_id": change["id"], "owner_id": change["agent_id"], "release_id": None, "cc_email": {}}


def _in_business_hours(moment: int) -> bool:
    """Tell whether a time is in the calendar of Monday to Friday, 8 to 17 UTC."""
    days, seconds = divmod(moment, 86_400)
    return (days + 3) % 7 < 5 and 8 * 3600 <= seconds < 17 * 3600
