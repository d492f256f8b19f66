"""What a Freshservice account holds. Times are whole seconds since 1970, UTC, as the vendor keeps no finer ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

OPEN, PENDING, RESOLVED, CLOSED = 2, 3, 4, 5
DONE = frozenset({RESOLVED, CLOSED})
PRIMARY_WORKSPACE = 2
GLOBAL_WORKSPACE = 1
"""What belongs to all workspaces has this one's id."""


@dataclass(slots=True)
class Person:
    """A requester or an agent; both share one space of ids."""

    id: int
    first_name: str
    last_name: str | None
    email: str | None
    is_agent: bool
    created: int
    updated: int
    role: str = ""
    """The name of an agent's role."""
    api_key: str | None = None
    active: bool = True
    work_phone: str | None = None
    mobile_phone: str | None = None
    secondary_emails: list[str] = field(default_factory=list[str])
    department_ids: list[int] = field(default_factory=list[int])
    custom_fields: Json = field(default_factory=dict[str, Any])
    occasional: bool = False
    sees_departments: bool = False
    other: Json = field(default_factory=dict[str, Any])
    """Further attributes that the API lets a client set: job_title, address, time_zone, language, location_id and more."""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.first_name


@dataclass(slots=True)
class Group:
    """A group of agents in a workspace."""

    id: int
    name: str
    description: str | None
    workspace_id: int
    created: int
    updated: int
    members: list[int] = field(default_factory=list[int])
    other: Json = field(default_factory=dict[str, Any])
    """escalate_to, unassigned_for, business_hours_id, observers, leaders and more."""


@dataclass(slots=True)
class Department:
    """A department of the company."""

    id: int
    name: str
    created: int
    updated: int
    description: str | None = None
    other: Json = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a field, with the values that depend on it."""

    id: int
    value: str
    choices: tuple[Choice, ...] = ()


@dataclass(slots=True)
class Field:
    """A field of the ticket form that an admin has added."""

    id: int
    name: str
    label: str
    kind: str
    """``custom_text``, ``custom_dropdown``, ``custom_date`` and so on."""
    choices: tuple[Choice, ...] = ()
    workspace_id: int = GLOBAL_WORKSPACE
    required: bool = False
    required_for_closure: bool = False

    @property
    def values(self) -> list[str]:
        """The texts of the choices."""
        return [choice.value for choice in self.choices]


@dataclass(slots=True)
class Source:
    """A channel that an admin has added."""

    id: int
    choice_id: int
    value: str
    created: int


@dataclass(slots=True)
class Attachment:
    """A file of a ticket or of a conversation."""

    id: int
    name: str
    content_type: str
    size: int
    content: Callable[[], bytes]
    created: int
    of_ticket: bool
    inline: bool = False


@dataclass(slots=True)
class Conversation:
    """A reply or a note."""

    id: int
    ticket_id: int
    user_id: int
    body: str
    """HTML, sanitised and wrapped."""
    private: bool
    incoming: bool
    source: int
    """0 reply, 2 note."""
    created: int
    updated: int
    to_emails: list[str] = field(default_factory=list[str])
    cc_emails: list[str] = field(default_factory=list[str])
    bcc_emails: list[str] = field(default_factory=list[str])
    from_email: str | None = None
    attachment_ids: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class Activity:
    """One entry of a ticket's history, in prose."""

    actor_id: int
    actor: str
    content: str
    details: tuple[str, ...]
    at: int


@dataclass(slots=True)
class Clocks:
    """What the vendor measures about a ticket; counts and times of the first and last of each event."""

    inbound: int = 1
    outbound: int = 0
    status_updated: int | None = None
    pending_since: int | None = None
    resolved: int | None = None
    closed: int | None = None
    first_assigned: int | None = None
    assigned: int | None = None
    agent_responded: int | None = None
    requester_responded: int | None = None
    first_responded: int | None = None
    reopened: int | None = None


@dataclass(slots=True)
class Ticket:
    """A ticket."""

    id: int
    """The number that people see."""
    internal_id: int
    subject: str
    description: str
    """HTML, sanitised and wrapped; may be empty."""
    status: int
    priority: int
    source: int
    requester_id: int
    created: int
    updated: int
    due: int
    fr_due: int
    workspace_id: int = PRIMARY_WORKSPACE
    type: str = "Incident"
    urgency: int = 1
    impact: int = 1
    requested_for_id: int | None = None
    responder_id: int | None = None
    group_id: int | None = None
    department_id: int | None = None
    category: str | None = None
    sub_category: str | None = None
    item_category: str | None = None
    email_config_id: int | None = None
    due_fixed: bool = False
    """The due times were set by hand, so no policy moves them."""
    spam: bool = False
    deleted: bool = False
    resolution_notes: str | None = None
    """HTML."""
    planned_start_date: str | None = None
    planned_end_date: str | None = None
    planned_effort: str | None = None
    problem: int | None = None
    change_initiating_ticket: int | None = None
    change_initiated_by_ticket: int | None = None
    parent_id: int | None = None
    escalated: bool | None = None
    fr_escalated: bool | None = None
    """As a loaded record told; None where the clocks tell."""
    stays: bool = False
    """Never closed by time: it was loaded, and its status is to stay what it was."""
    custom_fields: Json = field(default_factory=dict[str, Any])
    tags: list[str] = field(default_factory=list[str])
    cc_emails: list[str] = field(default_factory=list[str])
    fwd_emails: list[str] = field(default_factory=list[str])
    reply_cc_emails: list[str] = field(default_factory=list[str])
    to_emails: list[str] | None = None
    assets: list[int] = field(default_factory=list[int])
    attachment_ids: list[int] = field(default_factory=list[int])
    conversations: list[Conversation] = field(default_factory=list[Conversation])
    activities: list[Activity] = field(default_factory=list[Activity])
    time_entries: list[Json] = field(default_factory=list[Json])
    tasks: list[Json] = field(default_factory=list[Json])
    approvals: list[Json] = field(default_factory=list[Json])
    satisfaction: Json | None = None
    clocks: Clocks = field(default_factory=Clocks)
    extra: Json | None = None
    """What a loaded record told beyond all this."""
