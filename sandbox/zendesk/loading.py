"""Loading of real tickets: records as the API, an export or a search gives them.

People, groups, organizations and custom fields that a record names become stubs with the same ids. What the sandbox
needs and a record lacks gets a default; each is told in ``vendor.defaults``. Attributes that the sandbox has no model for
are kept and shown as they were. The same id twice keeps the later. A loaded ticket is never closed by time, so that its
status stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from ..load import latest
from . import text
from .changes import encoded
from .records import Audit, Comment, Deletion, Event, Field, Group, Json, Membership, Organization, Ticket, User
from .times import iso, parse
from .values import PRIORITIES, TYPES

if TYPE_CHECKING:
    from .vendor import Zendesk

MODELLED = frozenset(
    [
        "url",
        "id",
        "external_id",
        "via",
        "created_at",
        "updated_at",
        "generated_timestamp",
        "type",
        "subject",
        "raw_subject",
        "description",
        "priority",
        "status",
        "recipient",
        "requester_id",
        "submitter_id",
        "assignee_id",
        "organization_id",
        "group_id",
        "collaborator_ids",
        "follower_ids",
        "email_cc_ids",
        "problem_id",
        "has_incidents",
        "is_public",
        "due_at",
        "tags",
        "custom_fields",
        "custom_status_id",
        "encoded_id",
        "fields",
        "followup_ids",
        "ticket_form_id",
        "brand_id",
        "comments",
        "result_type",
    ]
)
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")


def load(vendor: Zendesk, records: Iterable[Json]) -> None:
    """Add real tickets."""
    found = latest(records, _integer, vendor.defaults.append)
    loader = _Loader(vendor)
    vendor.state.plant([loader.ticket(number, record) for number, record in found.items()])
    vendor.state.last_ticket_id = max([vendor.state.last_ticket_id, *found])


class _Loader:
    def __init__(self, vendor: Zendesk) -> None:
        self.vendor = vendor
        self.state = vendor.state
        self.now = vendor.now()

    def ticket(self, number: int, record: Json) -> Ticket:
        created = self._time(number, record, "created_at", self.now - 3600)
        updated = max(created, self._time(number, record, "updated_at", created))
        requester = self._user(number, record)
        submitter = _integer(record.get("submitter_id")) or requester
        self._stub_user(submitter, "end-user")
        status = self._status(number, record)
        custom_status = _integer(record.get("custom_status_id")) or 0
        if custom_status not in self.state.statuses:
            custom_status = self.state.default_status(status).id
        ticket = Ticket(
            number,
            self._text(number, record, "subject", "(no subject)"),
            status,
            custom_status,
            requester,
            submitter,
            created,
            updated,
            updated,
            self.state.form_id,
            self.state.brand_id,
            str(record.get("encoded_id") or encoded(number)),
        )
        self._attributes(ticket, record)
        self._thread(ticket, record)
        if record.get("status") == "deleted":
            ticket.deletion = Deletion(updated, self.state.admin.id, ticket.status)
        ticket.solved_at = updated if status in {"solved", "closed"} else None
        ticket.extra = {key: value for key, value in record.items() if key not in MODELLED} or None
        return ticket

    def _attributes(self, ticket: Ticket, record: Json) -> None:
        self.state.set_external_id(ticket, None if record.get("external_id") is None else str(record["external_id"]))
        kind, priority = str(record.get("type") or "").lower(), str(record.get("priority") or "").lower()
        ticket.type = kind if kind in TYPES else None
        ticket.priority = priority if priority in PRIORITIES else None
        ticket.recipient = record.get("recipient")
        ticket.due_at = parse(record.get("due_at"))
        ticket.tags = text.normalize_tags(record.get("tags"))
        ticket.problem_id = _integer(record.get("problem_id"))
        via: Any = record.get("via")
        ticket.via = cast("Json", via) if isinstance(via, dict) and "channel" in via else None
        ticket.group_id = self._group(_integer(record.get("group_id")))
        ticket.assignee_id = self._agent(_integer(record.get("assignee_id")), ticket.group_id)
        ticket.organization_id = self._organization(_integer(record.get("organization_id")))
        ticket.followup_ids = _integers(record.get("followup_ids"))
        ticket.email_cc_ids = _integers(record.get("email_cc_ids") or record.get("collaborator_ids"))
        ticket.follower_ids = _integers(record.get("follower_ids"))
        for person in (*ticket.email_cc_ids, *ticket.follower_ids):
            self._stub_user(person, "end-user")
        fields: Any = record.get("custom_fields") or record.get("fields") or []
        for item in cast("list[Any]", fields if isinstance(fields, list) else []):
            self._field(ticket, item)

    def _field(self, ticket: Ticket, item: Any) -> None:
        entry = cast("Json", item) if isinstance(item, dict) else {}
        field_id = _integer(entry.get("id"))
        if field_id is None:
            return
        if field_id not in self.state.fields:
            value = entry.get("value")
            kind = "checkbox" if isinstance(value, bool) else "multiselect" if isinstance(value, list) else "text"
            self.state.add_field(Field(field_id, kind, f"Field {field_id}", self.state.founded))
        if entry.get("value") is not None:
            ticket.fields[field_id] = entry["value"]

    def _thread(self, ticket: Ticket, record: Json) -> None:
        listed: Any = record.get("comments")
        said = (
            [cast("Json", item) for item in cast("list[Any]", listed) if isinstance(item, dict)]
            if isinstance(listed, list)
            else []
        )
        if not said:
            said = [
                {"body": self._text(ticket.id, record, "description", ticket.subject), "author_id": ticket.requester_id}
            ]
        for item in said:
            moment = parse(item.get("created_at")) or ticket.created
            author = _integer(item.get("author_id")) or ticket.requester_id
            self._stub_user(author, "end-user")
            audit = Audit(self.state.next_id(), ticket.id, moment, author, [], ticket.via, stored=moment)
            markup, words = item.get("html_body"), str(item.get("body") or item.get("plain_body") or "")
            inner = text.sanitize(_unwrapped(str(markup))) if markup else text.from_literal(words)
            public = bool(item.get("public", True))
            comment = Comment(self.state.next_id(), audit.id, author, moment, public, inner, via=ticket.via)
            audit.events.append(Event(comment.id, "Comment", comment=comment))
            ticket.comments.append(comment)
            ticket.audits.append(audit)

    # -- stubs and defaults

    def _time(self, number: int, record: Json, key: str, default: int) -> int:
        moment = parse(record.get(key))
        if moment is None:
            self.vendor.defaults.append(f"ticket {number}: {key} set to {iso(default)}")
        return default if moment is None else moment

    def _text(self, number: int, record: Json, key: str, default: str) -> str:
        value = record.get(key)
        if not str(value or "").strip():
            self.vendor.defaults.append(f"ticket {number}: {key} set to {default!r}")
            return default
        return str(value)

    def _status(self, number: int, record: Json) -> str:
        status = str(record.get("status") or "").lower()
        if status in STATUSES:
            return status
        if status != "deleted":
            self.vendor.defaults.append(f"ticket {number}: status set to 'open'")
        return "open"

    def _user(self, number: int, record: Json) -> int:
        requester = _integer(record.get("requester_id"))
        if requester is None:
            self.vendor.defaults.append(f"ticket {number}: requester_id set to the admin")
            return self.state.admin.id
        self._stub_user(requester, "end-user")
        return requester

    def _stub_user(self, user_id: int, role: str) -> None:
        known = self.state.users.get(user_id)
        if known is not None:
            known.role = "agent" if role == "agent" and known.role == "end-user" else known.role
            return
        email = f"user{user_id}@example.com"
        self.state.users[user_id] = User(user_id, f"User {user_id}", email, role, self.state.founded, self.state.founded)
        self.state.user_by_email[email] = user_id

    def _agent(self, user_id: int | None, group_id: int | None) -> int | None:
        if user_id is None:
            return None
        self._stub_user(user_id, "agent")
        user, place = self.state.users[user_id], group_id or self.state.default_group.id
        if not self.state.is_member(user_id, place):
            number = self.state.next_id()
            self.state.memberships[number] = Membership(
                number, user_id, place, user.default_group_id is None, self.state.founded
            )
            user.default_group_id = user.default_group_id or place
        return user_id

    def _group(self, group_id: int | None) -> int | None:
        if group_id is not None and group_id not in self.state.groups:
            self.state.groups[group_id] = Group(group_id, f"Group {group_id}", self.state.founded, self.state.founded)
        return group_id

    def _organization(self, number: int | None) -> int | None:
        if number is not None and number not in self.state.organizations:
            founded = self.state.founded
            self.state.organizations[number] = Organization(number, f"Organization {number}", founded, founded)
        return number


def _unwrapped(markup: str) -> str:
    """Take off the wrapper that the API puts around a comment's HTML."""
    start, end = '<div class="zd-comment" dir="auto">', "</div>"
    return markup[len(start) : -len(end)] if markup.startswith(start) and markup.endswith(end) else markup


def _integer(value: Any) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdigit() and int(value) > 0 else None


def _integers(value: Any) -> list[int]:
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [number for item in items if (number := _integer(item)) is not None]
