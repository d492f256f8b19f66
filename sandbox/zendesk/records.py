"""What a Zendesk account holds. Times are whole seconds since 1970, UTC, as the vendor keeps no finer ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

SYSTEM = -1
"""Author of what the vendor's own rules do (developer.zendesk.com, ticket audits)."""


@dataclass(slots=True)
class User:
    """A person; ``role`` is ``end-user``, ``agent`` or ``admin``."""

    id: int
    name: str
    email: str | None
    role: str
    created: int
    updated: int
    phone: str | None = None
    organization_id: int | None = None
    default_group_id: int | None = None
    external_id: str | None = None
    tags: list[str] = field(default_factory=list[str])
    active: bool = True
    suspended: bool = False
    verified: bool = True
    other: Json = field(default_factory=dict[str, Any])
    """Further attributes that the API lets a client set: alias, details, notes, signature, time_zone, user_fields."""
    identities: list[Identity] = field(default_factory=list)

    @property
    def is_agent(self) -> bool:
        """Agents and admins."""
        return self.role != "end-user"


@dataclass(slots=True)
class Identity:
    """An e-mail address or phone number of a user."""

    id: int
    kind: str
    value: str
    primary: bool
    verified: bool
    created: int
    updated: int


@dataclass(slots=True)
class Group:
    """A group of agents."""

    id: int
    name: str
    created: int
    updated: int
    default: bool = False
    deleted: bool = False
    description: str = ""
    is_public: bool = True


@dataclass(slots=True)
class Membership:
    """An agent's place in a group."""

    id: int
    user_id: int
    group_id: int
    default: bool
    created: int


@dataclass(slots=True)
class Organization:
    """An organization of requesters."""

    id: int
    name: str
    created: int
    updated: int
    external_id: str | None = None
    domain_names: list[str] = field(default_factory=list[str])
    details: str | None = None
    notes: str | None = None
    group_id: int | None = None
    tags: list[str] = field(default_factory=list[str])
    fields: Json = field(default_factory=dict[str, Any])
    shared_tickets: bool = False
    shared_comments: bool = False


@dataclass(slots=True)
class Option:
    """An option of a drop-down or multi-select field; ``value`` is its tag."""

    id: int
    name: str
    value: str


@dataclass(slots=True)
class Field:
    """A ticket field, system or custom."""

    id: int
    type: str
    title: str
    created: int
    position: int = 9999
    required: bool = False
    removable: bool = True
    active: bool = True
    description: str = ""
    tag: str | None = None
    regexp: str | None = None
    options: list[Option] = field(default_factory=list[Option])
    key: str | None = None
    other: Json = field(default_factory=dict[str, Any])
    updated: int = 0


@dataclass(slots=True)
class CustomStatus:
    """A fine status within a category."""

    id: int
    category: str
    agent_label: str
    end_user_label: str
    created: int
    updated: int
    default: bool = False
    active: bool = True
    description: str | None = None
    end_user_description: str | None = None


@dataclass(slots=True)
class Attachment:
    """A file; ``content`` makes the bytes."""

    id: int
    file_name: str
    content_type: str
    size: int
    content: Callable[[], bytes]
    token: str
    """In its content URL."""
    inline: bool = False
    ticket_id: int | None = None
    """None while it is uploaded and not yet used."""
    deleted: bool = False
    malware_access_override: bool = False


@dataclass(slots=True)
class Upload:
    """Files under one token, to be named by a comment."""

    token: str
    expires: int
    attachment_ids: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class Comment:
    """A comment; its id is that of its event in the audit."""

    id: int
    audit_id: int
    author_id: int
    created: int
    public: bool
    html: str
    """Sanitised, without the wrapper."""
    attachment_ids: tuple[int, ...] = ()
    via: Json | None = None
    """None stands for ``channel: api``."""
    metadata: Json | None = None


@dataclass(slots=True)
class Event:
    """One event of an audit."""

    id: int
    type: str
    field_name: str | None = None
    value: Any = None
    previous: Any = None
    comment: Comment | None = None
    via: Json | None = None
    """Set where a rule did it."""
    other: Json | None = None


@dataclass(slots=True)
class Audit:
    """One update of a ticket, by one person or rule."""

    id: int
    ticket_id: int
    created: int
    author_id: int
    events: list[Event]
    via: Json | None = None
    metadata: Json | None = None
    stored: int = 0
    """When the vendor stored it: differs from ``created`` for imports."""


@dataclass(slots=True)
class Deletion:
    """Who deleted a ticket, and what state it had."""

    at: int
    actor_id: int
    previous_state: str
    purged: bool = False


@dataclass(slots=True)
class Ticket:
    """A ticket with its thread and its history."""

    id: int
    subject: str
    status: str
    custom_status_id: int
    requester_id: int
    submitter_id: int
    created: int
    updated: int
    generated: int
    """``generated_timestamp``, the key of the incremental export."""
    form_id: int
    brand_id: int
    encoded_id: str
    external_id: str | None = None
    type: str | None = None
    priority: str | None = None
    assignee_id: int | None = None
    organization_id: int | None = None
    group_id: int | None = None
    problem_id: int | None = None
    due_at: int | None = None
    recipient: str | None = None
    tags: list[str] = field(default_factory=list[str])
    fields: dict[int, Any] = field(default_factory=dict[int, Any])
    """Custom field values by field id; an absent one is empty."""
    follower_ids: list[int] = field(default_factory=list[int])
    email_cc_ids: list[int] = field(default_factory=list[int])
    followup_ids: list[int] = field(default_factory=list[int])
    via: Json | None = None
    comments: list[Comment] = field(default_factory=list[Comment])
    audits: list[Audit] = field(default_factory=list[Audit])
    solved_at: int | None = None
    deletion: Deletion | None = None
    imported: bool = False
    extra: Json | None = None
    """Attributes of a loaded record that the sandbox has no model for; they are shown as they were."""


@dataclass(slots=True)
class Job:
    """A background job: carried out at once, but shown as queued, working and completed."""

    id: str
    type: str
    total: int
    created: int
    verb: str
    """For its message: ``Creating ticket``."""
    results: Any
    polls: int = 0
    completed: int | None = None
