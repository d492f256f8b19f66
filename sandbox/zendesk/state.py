"""The state of a Zendesk account: what it holds, and the indexes by which it is found."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Any

from .records import (
    Attachment,
    Audit,
    CustomStatus,
    Field,
    Group,
    Identity,
    Job,
    Membership,
    Option,
    Organization,
    Ticket,
    Upload,
    User,
)

FIRST_ID = 51_000_000_000_017
STEP = 128
"""Ids of everything but tickets are large and grow by 128, as recorded."""
ACCOUNT_ID = 18_525_119
ADMIN_EMAIL = "isthmus@example.com"
API_TOKEN = "6wiIBWbGkBMo1mRDMuVwkw1EPsNkeUj95PIz2akv"  # noqa: S105 - a made-up token of an emulated account
STATUSES = (
    ("new", "New", "Open"),
    ("open", "Open", "Open"),
    ("pending", "Pending", "Awaiting your reply"),
    ("hold", "On-hold", "Open"),
    ("solved", "Solved", "Solved"),
)
SYSTEM_FIELDS = (
    ("subject", "Subject"),
    ("description", "Description"),
    ("status", "Status"),
    ("tickettype", "Type"),
    ("priority", "Priority"),
    ("group", "Group"),
    ("assignee", "Assignee"),
    ("custom_status", "Ticket status"),
)
CUSTOM_FIELDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("text", "Summary", ()),
    ("tagger", "Category", ("network", "hardware", "software", "database", "access", "inquiry")),
    ("text", "Subcategory", ()),
    ("text", "Service", ()),
    ("tagger", "Impact", ("1", "2", "3")),
    ("tagger", "Urgency", ("1", "2", "3")),
    ("tagger", "Resolution code", ("permanent", "workaround", "no fault found", "user error", "canceled")),
    ("textarea", "Resolution notes", ()),
    ("checkbox", "Major incident", ()),
    ("date", "Follow up on", ()),
    ("multiselect", "Sites", ("lyon", "kraków", "osaka")),
    ("integer", "Affected users", ()),
    ("decimal", "Cost", ()),
    ("regexp", "Asset tag", ()),
)
STRICT_FIELDS = ("Category", "Resolution code")
"""Custom fields that the ``strict`` profile requires when solving."""


class State:
    """Everything that one account holds."""

    def __init__(self, now: int) -> None:
        """Make a fresh account: one admin, one agent, one end user, a group, the system fields and some custom ones."""
        self._last_id = FIRST_ID - STEP
        self.last_ticket_id = 0
        self.users: dict[int, User] = {}
        self.user_by_email: dict[str, int] = {}
        self.groups: dict[int, Group] = {}
        self.memberships: dict[int, Membership] = {}
        self.organizations: dict[int, Organization] = {}
        self.fields: dict[int, Field] = {}
        self.statuses: dict[int, CustomStatus] = {}
        self.tickets: dict[int, Ticket] = {}
        self.by_external_id: dict[str, set[int]] = {}
        self.attachments: dict[int, Attachment] = {}
        self.attachment_by_token: dict[str, int] = {}
        self.uploads: dict[str, Upload] = {}
        self.jobs: dict[str, Job] = {}
        self.idempotent: dict[str, tuple[int, bytes, Any]] = {}
        self.change_log: list[tuple[int, int]] = []
        """(generated_timestamp, ticket id) of every change, in order; all but a ticket's last are stale."""
        self.audit_log: list[tuple[int, int, Audit]] = []
        """(time stored, audit id, audit) of every audit, in order."""
        self.founded = now
        self.form_id = self.next_id()
        self.brand_id = self.next_id()
        self._found()

    def _found(self) -> None:
        now = self.founded
        for category, agent_label, end_user_label in STATUSES:
            status = CustomStatus(self.next_id(), category, agent_label, end_user_label, now, now, default=True)
            self.statuses[status.id] = status
        for position, (kind, title) in enumerate(SYSTEM_FIELDS, 1):
            self.add_field(Field(self.next_id(), kind, title, now, position=position, removable=False))
        for kind, title, values in CUSTOM_FIELDS:
            self._add_custom_field(kind, title, values)
        self.default_group = self.add_group("Support", now, default=True)
        self.organization = Organization(self.next_id(), "Example", now, now, domain_names=["example.com"])
        self.organizations[self.organization.id] = self.organization
        self.admin = self.add_user("Isthmus", ADMIN_EMAIL, "admin", now)
        self.admin.organization_id = self.organization.id
        agent = self.add_user("Alex Agent", "alex.agent@example.com", "agent", now)
        self.add_user("Robin Requester", "robin.requester@example.com", "end-user", now)
        for user in (self.admin, agent):
            self.join(user, self.default_group, default=True)

    def _add_custom_field(self, kind: str, title: str, values: tuple[str, ...]) -> None:
        key = title.lower().replace(" ", "_")
        options = [Option(self.next_id(), value, f"{key}_{value}".replace(" ", "_")) for value in values]
        self.add_field(
            Field(
                self.next_id(),
                kind,
                title,
                self.founded,
                options=options,
                description=title,
                tag=key if kind == "checkbox" else None,
                regexp=r"\A[A-Z]{2}-\d+\z" if kind == "regexp" else None,
            )
        )

    # -- ids

    def next_id(self) -> int:
        """Give the next large id."""
        self._last_id += STEP
        return self._last_id

    def next_ticket_id(self) -> int:
        """Give the next ticket id; ids are never used twice."""
        self.last_ticket_id += 1
        return self.last_ticket_id

    def token(self, kind: str) -> str:
        """Give a token that nobody can mistake for another: a digest of the next id."""
        return hashlib.sha256(f"{kind}:{self.next_id()}".encode()).hexdigest()[:32]

    # -- people

    def add_user(self, name: str, email: str | None, role: str, now: int) -> User:
        """Add a user with one e-mail identity."""
        address = email.lower() if email else None
        user = User(self.next_id(), name, address, role, now, now)
        self.users[user.id] = user
        if address:
            self.user_by_email[address] = user.id
            user.identities.append(Identity(self.next_id(), "email", address, True, True, now, now))
        return user

    def user_with_email(self, email: str) -> User | None:
        """Find a user by any of the e-mail addresses, in any case."""
        found = self.user_by_email.get(email.strip().lower())
        return None if found is None else self.users[found]

    def add_group(self, name: str, now: int, *, default: bool = False) -> Group:
        """Add a group."""
        group = Group(self.next_id(), name, now, now, default=default)
        self.groups[group.id] = group
        return group

    def group_named(self, name: str) -> Group | None:
        """Find a group by its name."""
        return next((group for group in self.groups.values() if group.name == name and not group.deleted), None)

    def join(self, user: User, group: Group, *, default: bool) -> Membership:
        """Put an agent into a group."""
        place = Membership(self.next_id(), user.id, group.id, default, self.founded)
        self.memberships[place.id] = place
        if default:
            user.default_group_id = group.id
        return place

    def is_member(self, user_id: int, group_id: int) -> bool:
        """Tell whether an agent works in a group."""
        return any(place.user_id == user_id and place.group_id == group_id for place in self.memberships.values())

    # -- fields and statuses

    def add_field(self, field: Field) -> Field:
        """Add a ticket field."""
        field.updated = field.updated or field.created
        self.fields[field.id] = field
        return field

    def field_titled(self, title: str) -> Field:
        """Find a field by its title."""
        return next(field for field in self.fields.values() if field.title == title)

    def custom_fields(self) -> Iterator[Field]:
        """Give the active custom fields."""
        return (field for field in self.fields.values() if field.removable and field.active)

    def default_status(self, category: str) -> CustomStatus:
        """Give the default custom status of a category; ``closed`` shares that of ``solved``."""
        wanted = "solved" if category == "closed" else category
        return next(status for status in self.statuses.values() if status.category == wanted and status.default)

    # -- tickets

    def live(self, ticket_id: int) -> Ticket | None:
        """Give a ticket that is not deleted."""
        ticket = self.tickets.get(ticket_id)
        return None if ticket is None or ticket.deletion else ticket

    def living(self) -> Iterator[Ticket]:
        """Give all tickets that are not deleted, in order of their ids."""
        return (ticket for ticket in self.tickets.values() if ticket.deletion is None)

    def set_external_id(self, ticket: Ticket, value: str | None) -> None:
        """Set the external id and its index."""
        if ticket.external_id is not None:
            self.by_external_id[ticket.external_id].discard(ticket.id)
        ticket.external_id = value
        if value is not None:
            self.by_external_id.setdefault(value, set()).add(ticket.id)

    def log_change(self, ticket: Ticket, now: int) -> None:
        """Move a ticket's ``generated_timestamp`` and put it into the export."""
        ticket.generated = now
        _append(self.change_log, (now, ticket.id))

    def log_audit(self, ticket: Ticket, audit: Audit, now: int) -> None:
        """Append an audit to its ticket and to the event stream."""
        audit.stored = now
        ticket.audits.append(audit)
        _append(self.audit_log, (now, audit.id, audit))

    def plant(self, tickets: Iterable[Ticket]) -> None:
        """Put many finished tickets, with their audits, into the logs at once."""
        for ticket in tickets:
            self.tickets[ticket.id] = ticket
            ticket.generated = ticket.updated
            self.change_log.append((ticket.generated, ticket.id))
            self.audit_log.extend((audit.stored, audit.id, audit) for audit in ticket.audits)
        self.change_log.sort()
        self.audit_log.sort(key=lambda entry: entry[:2])

    def changes_after(self, generated: int, ticket_id: int, until: int) -> Iterator[Ticket]:
        """Give the tickets whose last change lies after a place of the export and not after ``until``, in its order."""
        log = self.change_log
        place = bisect_left(log, (generated, ticket_id + 1))
        while place < len(log) and log[place][0] <= until:
            moment, number = log[place]
            ticket = self.tickets[number]
            if ticket.generated == moment and (place + 1 == len(log) or log[place + 1] != log[place]):
                yield ticket
            place += 1

    def audits_from(self, start: int, until: int) -> Iterator[Audit]:
        """Give the audits stored from ``start`` until ``until``, in order."""
        place = bisect_left(self.audit_log, start, key=lambda entry: entry[0])
        while place < len(self.audit_log) and self.audit_log[place][0] <= until:
            yield self.audit_log[place][2]
            place += 1

    def attachments_of(self, ids: Iterable[int]) -> list[Attachment]:
        """Give attachments by id."""
        return [self.attachments[number] for number in ids]


def _append(log: list[Any], entry: Any) -> None:
    """Append in order; an entry that is older than the last (the clock was set back) finds its place."""
    if not log or log[-1] <= entry:
        log.append(entry)
    else:
        insort(log, entry)
