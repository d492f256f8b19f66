"""The JSON of everything that an account holds, as the API gives it.

Shapes follow recorded answers of 2026 and developer.zendesk.com ("JSON format" of each resource).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import text
from .records import (
    SYSTEM,
    Attachment,
    Audit,
    Comment,
    CustomStatus,
    Event,
    Field,
    Group,
    Identity,
    Json,
    Membership,
    Organization,
    Ticket,
    User,
)
from .times import iso, iso_or_none

if TYPE_CHECKING:
    from .vendor import Zendesk

PLACE: Json = {"ip_address": "192.0.2.30", "location": "Lyon, 84, France", "latitude": 45.76, "longitude": 4.83}


def via(channel: Json | None) -> Json:
    """Give a ``via`` object."""
    return channel or {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}}


class Render:
    """Renders the records of one vendor; the base URL is in every record's ``url``."""

    def __init__(self, vendor: Zendesk) -> None:
        self.vendor = vendor

    def _url(self, kind: str, number: object) -> str:
        return f"{self.vendor.base_url}/api/v2/{kind}/{number}.json"

    def ticket(self, ticket: Ticket, *, generated: int | None = None) -> Json:
        """Give a ticket; ``generated`` stands in for its ``generated_timestamp`` in answers to writes."""
        fields = [
            {"id": field.id, "value": ticket.fields.get(field.id, False if field.type == "checkbox" else None)}
            for field in self.vendor.state.custom_fields()
        ]
        body: Json = {
            "url": self._url("tickets", ticket.id),
            "id": ticket.id,
            "external_id": ticket.external_id,
            "via": via(ticket.via),
            "created_at": iso(ticket.created),
            "updated_at": iso(ticket.updated),
            "generated_timestamp": ticket.generated if generated is None else generated,
            "type": ticket.type,
            "subject": ticket.subject,
            "raw_subject": ticket.subject,
            "description": self.description(ticket),
            "priority": ticket.priority,
            "status": "deleted" if ticket.deletion else ticket.status,
            "recipient": ticket.recipient,
            "requester_id": ticket.requester_id,
            "submitter_id": ticket.submitter_id,
            "assignee_id": ticket.assignee_id,
            "organization_id": ticket.organization_id,
            "group_id": ticket.group_id,
            "collaborator_ids": sorted({*ticket.follower_ids, *ticket.email_cc_ids}),
            "follower_ids": ticket.follower_ids,
            "email_cc_ids": ticket.email_cc_ids,
            "forum_topic_id": None,
            "problem_id": ticket.problem_id,
            "has_incidents": self.vendor.has_incidents(ticket),
            "is_public": any(comment.public for comment in ticket.comments),
            "due_at": iso_or_none(ticket.due_at),
            "tags": ticket.tags,
            "custom_fields": fields,
            "satisfaction_rating": {"score": "unoffered"},
            "sharing_agreement_ids": [],
            "custom_status_id": ticket.custom_status_id,
            "encoded_id": ticket.encoded_id,
            "fields": fields,
            "followup_ids": ticket.followup_ids,
            "ticket_form_id": ticket.form_id,
            "brand_id": ticket.brand_id,
            "allow_channelback": False,
            "allow_attachments": True,
            "from_messaging_channel": False,
            "support_type": "agent",
        }
        if ticket.deletion and ticket.deletion.purged:
            body |= {"subject": "SCRUBBED", "raw_subject": "SCRUBBED", "description": "SCRUBBED"}
        return body | ticket.extra if ticket.extra else body

    @staticmethod
    def description(ticket: Ticket) -> str:
        """Give the description: always the first comment's text."""
        return text.body(ticket.comments[0].html) if ticket.comments else ""

    def comment(self, comment: Comment, *, inline: bool = True) -> Json:
        """Give a comment as a ticket's list of comments shows it; without ``inline``, inline images are left out."""
        return {
            **self._said(comment, inline=inline),
            "via": via(comment.via),
            "created_at": iso(comment.created),
            "metadata": self.metadata(comment.metadata),
        }

    def _said(self, comment: Comment, *, inline: bool = True) -> Json:
        files = self.vendor.state.attachments_of(comment.attachment_ids)
        return {
            "id": comment.id,
            "type": "Comment",
            "author_id": comment.author_id,
            "body": text.body(comment.html),
            "html_body": text.wrap(comment.html),
            "plain_body": text.plain_body(comment.html),
            "public": comment.public,
            "attachments": [self.attachment(file) for file in files if inline or not file.inline],
            "audit_id": comment.audit_id,
        }

    @staticmethod
    def metadata(custom: Json | None) -> Json:
        """Give the metadata of an audit or comment; ``custom`` is what the client sent."""
        return {"system": {"client": "api client", **PLACE}, "custom": custom or {}}

    def event(self, event: Event) -> Json:
        """Give one event of an audit."""
        body: Json = {"id": event.id, "type": event.type}
        if event.comment is not None:
            body = self._said(event.comment)
        elif event.field_name is not None:
            body |= {"value": event.value, "field_name": event.field_name}
            if event.type == "Change":
                body["previous_value"] = event.previous
        if event.via is not None:
            body["via"] = event.via
        return {**body, **event.other} if event.other else body

    def audit(self, audit: Audit) -> Json:
        """Give an audit."""
        system = audit.author_id == SYSTEM
        return {
            "id": audit.id,
            "ticket_id": audit.ticket_id,
            "created_at": iso(audit.created),
            "author_id": audit.author_id,
            "metadata": {"system": {}, "custom": {}} if system else self.metadata(audit.metadata),
            "events": [self.event(event) for event in audit.events],
            "via": via(audit.via),
        }

    def attachment(self, file: Attachment) -> Json:
        """Give a file."""
        url = f"{self.vendor.base_url}/attachments/token/{file.token}/?name={quote(file.file_name, safe='')}"
        return {
            "url": self._url("attachments", file.id),
            "id": file.id,
            "file_name": file.file_name,
            "content_url": url,
            "mapped_content_url": url,
            "content_type": file.content_type,
            "size": file.size,
            "width": None,
            "height": None,
            "inline": file.inline,
            "deleted": file.deleted,
            "malware_access_override": file.malware_access_override,
            "malware_scan_result": "malware_not_found" if file.ticket_id else "not_scanned",
            "thumbnails": [],
        }

    def user(self, user: User) -> Json:
        """Give a user."""
        agent = user.is_agent
        body: Json = {
            "id": user.id,
            "url": self._url("users", user.id),
            "name": user.name,
            "email": user.email,
            "created_at": iso(user.created),
            "updated_at": iso(user.updated),
            "time_zone": "UTC",
            "iana_time_zone": "Etc/UTC",
            "phone": user.phone,
            "shared_phone_number": None,
            "photo": None,
            "locale_id": 1,
            "locale": "en-US",
            "organization_id": user.organization_id,
            "role": user.role,
            "verified": user.verified,
            "last_active": iso(user.updated)[:10],
            "external_id": user.external_id,
            "tags": user.tags,
            "alias": None,
            "active": user.active,
            "shared": False,
            "shared_agent": False,
            "last_login_at": None,
            "two_factor_auth_enabled": None,
            "signature": None,
            "details": None,
            "notes": None,
            "role_type": 4 if user.role == "admin" else None,
            "custom_role_id": None,
            "is_billing_admin": user.role == "admin" or None,
            "moderator": agent,
            "ticket_restriction": None if agent else "requested",
            "only_private_comments": False,
            "restricted_agent": not agent,
            "suspended": user.suspended,
            "default_group_id": user.default_group_id,
            "report_csv": user.role == "admin",
            "user_fields": {},
            "suspension_details": None,
        }
        return body | user.other

    def identity(self, user: User, identity: Identity) -> Json:
        """Give an identity of a user."""
        return {
            "url": f"{self.vendor.base_url}/api/v2/users/{user.id}/identities/{identity.id}.json",
            "id": identity.id,
            "user_id": user.id,
            "type": identity.kind,
            "value": identity.value,
            "verified": identity.verified,
            "primary": identity.primary,
            "created_at": iso(identity.created),
            "updated_at": iso(identity.updated),
            "undeliverable_count": 0,
            "deliverable_state": "deliverable",
        }

    def group(self, group: Group) -> Json:
        """Give a group."""
        return {
            "url": self._url("groups", group.id),
            "id": group.id,
            "is_public": group.is_public,
            "name": group.name,
            "description": group.description,
            "default": group.default,
            "deleted": group.deleted,
            "created_at": iso(group.created),
            "updated_at": iso(group.updated),
        }

    def membership(self, place: Membership) -> Json:
        """Give a group membership."""
        return {
            "url": self._url("group_memberships", place.id),
            "id": place.id,
            "user_id": place.user_id,
            "group_id": place.group_id,
            "default": place.default,
            "created_at": iso(place.created),
            "updated_at": iso(place.created),
        }

    def organization(self, organization: Organization) -> Json:
        """Give an organization."""
        return {
            "url": self._url("organizations", organization.id),
            "id": organization.id,
            "name": organization.name,
            "shared_tickets": organization.shared_tickets,
            "shared_comments": organization.shared_comments,
            "external_id": organization.external_id,
            "created_at": iso(organization.created),
            "updated_at": iso(organization.updated),
            "domain_names": organization.domain_names,
            "details": organization.details,
            "notes": organization.notes,
            "group_id": organization.group_id,
            "tags": organization.tags,
            "organization_fields": organization.fields,
        }

    def field(self, field: Field) -> Json:
        """Give a ticket field."""
        strict = self.vendor.required_on_solve(field)
        body: Json = {
            "url": self._url("ticket_fields", field.id),
            "id": field.id,
            "type": field.type,
            "title": field.title,
            "raw_title": field.title,
            "description": field.description,
            "raw_description": field.description,
            "position": field.position,
            "active": field.active,
            "required": strict,
            "collapsed_for_agents": False,
            "regexp_for_validation": field.regexp,
            "title_in_portal": field.title,
            "raw_title_in_portal": field.title,
            "visible_in_portal": not field.removable,
            "editable_in_portal": not field.removable,
            "required_in_portal": field.type in {"subject", "description"},
            "agent_can_edit": True,
            "tag": field.tag,
            "created_at": iso(field.created),
            "updated_at": iso(field.updated),
            "removable": field.removable,
            "key": field.key,
            "agent_description": None,
            "raw_agent_description": None,
        }
        if field.type in {"tagger", "multiselect"}:
            body["custom_field_options"] = [self.option(option) for option in field.options]
        return body | _system_options(field) | field.other

    @staticmethod
    def option(option: Any) -> Json:
        """Give an option of a drop-down field."""
        return {
            "id": option.id,
            "name": option.name,
            "raw_name": option.name,
            "value": option.value,
            "default": False,
        }

    def custom_status(self, status: CustomStatus) -> Json:
        """Give a custom status."""
        return {
            "url": self._url("custom_statuses", status.id),
            "id": status.id,
            "status_category": status.category,
            "agent_label": status.agent_label,
            "raw_agent_label": status.agent_label,
            "end_user_label": status.end_user_label,
            "raw_end_user_label": status.end_user_label,
            "description": status.description,
            "raw_description": status.description,
            "end_user_description": status.end_user_description,
            "raw_end_user_description": status.end_user_description,
            "active": status.active,
            "default": status.default,
            "created_at": iso(status.created),
            "updated_at": iso(status.updated),
        }


SYSTEM_OPTIONS: dict[str, Iterable[str]] = {
    "status": ("open", "pending", "hold", "solved"),
    "tickettype": ("question", "incident", "problem", "task"),
    "priority": ("low", "normal", "high", "urgent"),
}


def _system_options(field: Field) -> Json:
    values = SYSTEM_OPTIONS.get(field.type)
    if values is None:
        return {}
    return {"system_field_options": [{"name": value.capitalize(), "value": value} for value in values]}
