"""What a Jira site holds. Moments are milliseconds since 1970; ids of issues and of what hangs on them are numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .jsons import Json
from .richtext import RichText

Role: TypeAlias = Literal["admin", "agent", "user", "customer", "app"]


@dataclass(slots=True)
class User:
    """An account."""

    account_id: str
    name: str
    """Display name."""
    email: str
    role: Role
    """``user`` has Jira without the agent licence of service management; ``customer`` is portal-only; ``app`` is a bot."""
    number: int
    zone: str = "Europe/Berlin"
    active: bool = True
    email_visible: bool = True
    groups: set[str] = field(default_factory=set[str])

    @property
    def kind(self) -> str:
        """The ``accountType``."""
        return {"customer": "customer", "app": "app"}.get(self.role, "atlassian")

    @property
    def username(self) -> str:
        """The ``name`` on Data Center."""
        return self.email.partition("@")[0] or self.account_id

    @property
    def key(self) -> str:
        """The ``key`` on Data Center."""
        return f"JIRAUSER{self.number}"

    @property
    def is_licensed(self) -> bool:
        """Works in Jira itself, not only in the portal."""
        return self.role in {"admin", "agent", "user", "app"}

    @property
    def is_agent(self) -> bool:
        """Has the licence of service management."""
        return self.role in {"admin", "agent", "app"}


@dataclass(slots=True)
class Named:
    """A priority, resolution, issue type, link type or component: an id, a name and its particulars."""

    id: str
    name: str
    description: str = ""
    more: Json = field(default_factory=Json)


@dataclass(slots=True)
class Status:
    """A status of a workflow."""

    id: str
    name: str
    category: str
    """Key of the category: new, indeterminate, done."""
    description: str = ""


@dataclass(slots=True)
class Transition:
    """A way from statuses to a status."""

    id: str
    name: str
    sources: tuple[str, ...]
    """Ids of statuses; empty: from everywhere."""
    target: str
    screen: tuple[str, ...] = ()
    """Fields of the screen."""
    required: tuple[str, ...] = ()
    sets_resolution: str | None = None
    """A post function: the id of the resolution; empty clears it."""
    customers: bool = False
    """Shown in the portal."""


@dataclass(slots=True)
class Workflow:
    """Statuses, transitions, and where an issue begins."""

    initial: str
    statuses: tuple[str, ...]
    transitions: tuple[Transition, ...]


@dataclass(slots=True)
class Option:
    """A choice of a custom field."""

    id: str
    value: str
    children: tuple[Option, ...] = ()


@dataclass(slots=True)
class Field:
    """A field of the site."""

    id: str
    name: str
    kind: str
    """How values are read and shown; see ``values``."""
    schema: Json
    clauses: tuple[str, ...]
    """Its names in JQL."""
    orderable: bool = True
    navigable: bool = True
    searchable: bool = True
    options: tuple[Option, ...] = ()

    @property
    def custom(self) -> bool:
        """Made by somebody, not by Jira."""
        return self.id.startswith("customfield_")


@dataclass(slots=True)
class Project:
    """A project; those of service management have a service desk."""

    id: str
    key: str
    name: str
    kind: str
    """The ``projectTypeKey``."""
    lead: str
    """Account id."""
    types: list[str]
    """Ids of issue types."""
    desk: str | None = None
    """Id of its service desk."""
    last_number: int = 0
    components: list[Named] = field(default_factory=list[Named])
    statuses: list[str] = field(default_factory=list[str])
    """Of a project without a workflow of ours: each can be reached from each."""


@dataclass(slots=True)
class RequestType:
    """A form of the portal on top of an issue type."""

    id: str
    name: str
    description: str
    type_id: str
    desk: str
    groups: tuple[str, ...]
    fields: tuple[tuple[str, str, bool], ...]
    """(field id, label, required)."""


@dataclass(slots=True)
class Organization:
    """Customers who see each other's requests."""

    id: int
    name: str
    created: int
    members: list[str] = field(default_factory=list[str])
    properties: Json = field(default_factory=Json)


@dataclass(slots=True)
class File:
    """An attachment."""

    id: int
    issue_id: int
    name: str
    media_type: str
    size: int
    content: Callable[[], bytes]
    author: str
    created: int
    media_id: str
    """Its id in the media service."""


@dataclass(slots=True)
class Comment:
    """A comment."""

    id: int
    author: str
    body: RichText
    public: bool
    created: int
    updated: int
    editor: str
    visibility: Json | None = None
    parent: int | None = None
    properties: Json = field(default_factory=Json)
    files: list[int] = field(default_factory=list[int])
    """Attachments that came with it through the service desk."""
    said: bool = True
    """False where a loaded record did not tell whether it is public: then ``jsdPublic`` is left out."""


@dataclass(slots=True)
class Worklog:
    """Logged work."""

    id: int
    author: str
    comment: RichText | None
    created: int
    updated: int
    editor: str
    started: int
    seconds: int


@dataclass(slots=True)
class History:
    """One entry of the changelog."""

    id: int
    author: str
    created: int
    items: list[Json]
    metadata: Json | None = None


@dataclass(slots=True)
class Link:
    """A link of two issues."""

    id: int
    type_id: str
    inward: int
    """The issue that reads the type's outward words: *inward blocks outward*."""
    outward: int


@dataclass(slots=True)
class Approval:
    """A question to approvers."""

    id: int
    name: str
    created: int
    answers: dict[str, str]
    """Account id -> pending, approved, declined."""
    completed: int | None = None

    @property
    def decision(self) -> str:
        """Declined by one, approved by all, else pending."""
        given = set(self.answers.values())
        return "declined" if "declined" in given else "pending" if "pending" in given else "approved"


@dataclass(slots=True)
class Issue:
    """An issue. All that screens can hold stands in ``values``, in the stored form of the field's kind."""

    id: int
    key: str
    project: str
    type_id: str
    status: str
    creator: str
    created: int
    updated: int
    values: Json
    category_changed: int = 0
    resolved: int | None = None
    written: int = 0
    """When the search index has to take it up anew."""
    comments: list[Comment] = field(default_factory=list[Comment])
    files: list[int] = field(default_factory=list[int])
    histories: list[History] = field(default_factory=list[History])
    links: list[int] = field(default_factory=list[int])
    worklogs: list[Worklog] = field(default_factory=list[Worklog])
    watchers: list[str] = field(default_factory=list[str])
    voters: list[str] = field(default_factory=list[str])
    properties: Json = field(default_factory=Json)
    remote_links: list[Json] = field(default_factory=list[Json])
    approvals: list[Approval] = field(default_factory=list[Approval])
    feedback: Json | None = None
    unsubscribed: set[str] = field(default_factory=set[str])
    deleted: bool = False
    raw: Json | None = None
    """Fields of a loaded record for which the sandbox has no model: shown as they were."""

    @property
    def reporter(self) -> str | None:
        """Account id of the reporter."""
        return self.values.get("reporter")

    @property
    def request_type(self) -> str | None:
        """Id of the request type."""
        return self.values.get(REQUEST_TYPE)

    def comment(self, number: int) -> Comment | None:
        """Give a comment by its id."""
        return next((comment for comment in self.comments if comment.id == number), None)


@dataclass(slots=True)
class Task:
    """An asynchronous operation on many issues."""

    id: str
    owner: str
    created: int
    total: int
    processed: list[int]
    failed: dict[str, list[str]]
    invalid: int


REQUEST_TYPE = "customfield_10210"
ORGANIZATIONS = "customfield_10202"
PARTICIPANTS = "customfield_10220"
APPROVERS = "customfield_10203"
