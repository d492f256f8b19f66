"""The state of a Freshservice account: what it holds, and the indexes by which it is found."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence

from . import account
from .records import (
    GLOBAL_WORKSPACE,
    PRIMARY_WORKSPACE,
    Attachment,
    Choice,
    Conversation,
    Department,
    Field,
    Group,
    Json,
    Person,
    Source,
    Ticket,
)

FIRST_ID = 21_000_049_414
"""Ids of everything but tickets are large, as recorded."""


class State:
    """Everything that one account holds."""

    def __init__(self, now: int) -> None:
        """Make a fresh account: an admin, an agent, a requester, groups, fields, assets."""
        self._last_id = FIRST_ID - 1
        self.last_ticket_id = 0
        self.founded = now
        self.statuses = dict(account.STATUSES)
        self.people: dict[int, Person] = {}
        self.person_by_email: dict[str, int] = {}
        self.person_by_key: dict[str, int] = {}
        self.groups: dict[int, Group] = {}
        self.departments: dict[int, Department] = {}
        self.fields: dict[str, Field] = {}
        self.sources: dict[int, Source] = {}
        self.tickets: dict[int, Ticket] = {}
        self.by_created: list[tuple[int, int]] = []
        self.by_updated: list[tuple[int, int]] = []
        """(time, ticket id), in order."""
        self.conversations: dict[int, Conversation] = {}
        self.attachments: dict[int, Attachment] = {}
        self.assets: dict[int, Json] = {}
        self.problems: dict[int, Json] = {}
        self.changes: dict[int, Json] = {}
        """Assets, problems and changes by the number that people see."""
        self.indexed: dict[int, int] = {}
        """When a person was last changed, for the index of people."""
        self._found()

    def _found(self) -> None:
        now = self.founded
        self.roles = {self.next_id(): role for role in account.ROLES}
        self.sla_policy_id = self.next_id()
        self.email_config_id = self.next_id()
        self.categories = self._choices(account.CATEGORIES)
        self.form_ids = {name: self.next_id() for name in FORM}
        for name, label, kind, values, workspace in account.OWN_FIELDS:
            choices = tuple(Choice(self.next_id(), value) for value in values)
            self.add_field(Field(self.next_id(), name, label, kind, choices, workspace))
        for name in account.DEPARTMENTS:
            department = Department(self.next_id(), name, now, now)
            self.departments[department.id] = department
        self.default_group = self.add_group("Support", now)
        self.add_group("HR Operations", now, account.SECOND_WORKSPACE)
        self.admin = self.add_agent("Isthmus", ADMIN_NAME, account.ADMIN_EMAIL, "Account Admin", now, account.ADMIN_KEY)
        agent = self.add_agent("Alex", "Agent", "alex.agent@example.com", "SD Agent", now)
        self.add_requester("Robin", "Requester", "robin.requester@example.com", now)
        self.default_group.members += [self.admin.id, agent.id]

    def _choices(self, tree: account.Tree) -> tuple[Choice, ...]:
        return tuple(Choice(self.next_id(), value, self._choices(inner)) for value, inner in tree.items())

    # -- ids

    def next_id(self) -> int:
        """Give the next large id."""
        self._last_id += 1
        return self._last_id

    def next_ticket_id(self) -> int:
        """Give the next ticket number; numbers are never used twice."""
        self.last_ticket_id += 1
        return self.last_ticket_id

    # -- people

    def add_person(self, person: Person) -> Person:
        """Add a person to the account and its indexes."""
        self.people[person.id] = person
        self.indexed[person.id] = person.updated
        for address in filter(None, (person.email, *person.secondary_emails)):
            self.person_by_email[address.lower()] = person.id
        if person.api_key:
            self.person_by_key[person.api_key] = person.id
        return person

    def add_agent(
        self, first_name: str, last_name: str | None, email: str, role: str, now: int, key: str | None = None
    ) -> Person:
        """Add an agent with an API key."""
        given = key or hashlib.sha256(f"key:{email}".encode()).hexdigest()[:20]
        return self.add_person(
            Person(self.next_id(), first_name, last_name, email, True, now, now, role=role, api_key=given)
        )

    def add_requester(self, first_name: str, last_name: str | None, email: str | None, now: int) -> Person:
        """Add a requester."""
        return self.add_person(Person(self.next_id(), first_name, last_name, email, False, now, now))

    def forget(self, person: Person) -> None:
        """Delete a person for good, with the tickets requested by that person."""
        gone = {ticket.id for ticket in self.tickets.values() if ticket.requester_id == person.id}
        for number in gone:
            for said in self.tickets.pop(number).conversations:
                del self.conversations[said.id]
        self.by_created = [entry for entry in self.by_created if entry[1] not in gone]
        self.by_updated = [entry for entry in self.by_updated if entry[1] not in gone]
        for address in [address for address, number in self.person_by_email.items() if number == person.id]:
            del self.person_by_email[address]
        del self.people[person.id], self.indexed[person.id]

    def with_email(self, email: str) -> Person | None:
        """Find a person by any e-mail address, in any case."""
        found = self.person_by_email.get(email.strip().lower())
        return None if found is None else self.people[found]

    def with_phone(self, phone: str) -> Person | None:
        """Find a person by work or mobile phone."""
        return next((row for row in self.people.values() if phone in {row.work_phone, row.mobile_phone}), None)

    def agent(self, person_id: object) -> Person | None:
        """Give an active agent."""
        found = self.people.get(person_id) if isinstance(person_id, int) else None
        return found if found is not None and found.is_agent and found.active else None

    # -- groups and fields

    def add_group(self, name: str, now: int, workspace_id: int = PRIMARY_WORKSPACE) -> Group:
        """Add a group."""
        group = Group(self.next_id(), name, name, workspace_id, now, now)
        self.groups[group.id] = group
        return group

    def group_named(self, name: str) -> Group | None:
        """Find a group by its name."""
        return next((group for group in self.groups.values() if group.name == name), None)

    def groups_of(self, person_id: int) -> list[int]:
        """Give the groups that an agent is a member of."""
        return [group.id for group in self.groups.values() if person_id in group.members]

    def add_field(self, field: Field) -> None:
        """Add a field to the form."""
        self.fields[field.name] = field

    def fields_of(self, workspace_id: int) -> Iterator[Field]:
        """Give the own fields of a workspace, those of all workspaces among them; 0 means these alone."""
        return (field for field in self.fields.values() if field.workspace_id in {GLOBAL_WORKSPACE, workspace_id})

    def source_names(self) -> dict[int, str]:
        """Give all channels by number."""
        return account.SOURCES | {source.choice_id: source.value for source in self.sources.values()}

    # -- tickets

    def add_ticket(self, ticket: Ticket) -> None:
        """Add a ticket to the account and its indexes."""
        self.tickets[ticket.id] = ticket
        insort(self.by_created, (ticket.created, ticket.id))
        insort(self.by_updated, (ticket.updated, ticket.id))

    def plant(self, tickets: Iterable[Ticket]) -> None:
        """Add many finished tickets with their conversations; one that is there already is replaced."""
        for ticket in tickets:
            self.tickets[ticket.id] = ticket
            self.conversations.update((said.id, said) for said in ticket.conversations)
        self.by_created = sorted((ticket.created, ticket.id) for ticket in self.tickets.values())
        self.by_updated = sorted((ticket.updated, ticket.id) for ticket in self.tickets.values())

    def touch(self, ticket: Ticket, now: int) -> None:
        """Move a ticket's ``updated_at``."""
        del self.by_updated[bisect_left(self.by_updated, (ticket.updated, ticket.id))]
        ticket.updated = now
        insort(self.by_updated, (now, ticket.id))

    def live(self, ticket_id: int) -> Ticket | None:
        """Give a ticket that is not in the trash."""
        ticket = self.tickets.get(ticket_id)
        return None if ticket is None or ticket.deleted else ticket

    def children(self, ticket_id: int) -> list[Ticket]:
        """Give the child tickets of a ticket."""
        return [ticket for ticket in self.tickets.values() if ticket.parent_id == ticket_id]

    def attachments_of(self, ids: Sequence[int]) -> list[Attachment]:
        """Give files by id."""
        return [self.attachments[number] for number in ids]


ADMIN_NAME = "Hub"
FORM = (
    "workspace_id", "requester", "subject", "source", "ticket_type", "status", "urgency", "impact", "priority", "group",
    "agent", "department", "description", "category", "sub_category", "item_category",
)  # fmt: skip
"""Names of the standard fields of the form."""
