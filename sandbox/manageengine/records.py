"""What a ServiceDesk Plus server holds. Times are epoch milliseconds; other records are named by their number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Json: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class User:
    """Somebody: a requester, or a technician, who is a user too. Both come from one space of ids."""

    number: int
    name: str
    email: str | None
    technician: bool
    key: str
    """The API key on-premises."""
    phone: str | None = None
    mobile: str | None = None
    department: int | None = None
    vip: bool = False
    active: bool = True
    groups: set[int] = field(default_factory=set[int])
    """The support groups that a technician belongs to."""


@dataclass(slots=True)
class Lookup:
    """One option of a list that administrators edit: a status, a priority, a category, a site."""

    number: int
    name: str
    cloud_name: str = ""
    """The name in Cloud, where it is another."""
    more: Json = field(default_factory=dict[str, Any])
    """What this kind of option has beside id and name: ``color``, ``in_progress``, ``stop_timer``, ``internal_name``."""
    parent: int | None = None
    """The category of a subcategory, the subcategory of an item."""


@dataclass(slots=True)
class File:
    """An attachment."""

    number: int
    name: str
    media_type: str
    size: int
    content: Callable[[], bytes]
    by: int
    at: int
    place: Literal["request", "note", "resolution", "reply", "loose"] = "request"
    """Where it is listed; a loose one was uploaded to be named by a note."""
    description: str | None = None
    inline: bool = False


@dataclass(slots=True)
class Note:
    """A note, public where ``show_to_requester``."""

    number: int
    html: str
    public: bool
    by: int
    at: int
    edited_by: int
    edited: int
    files: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class Reply:
    """A mail of the conversation: a technician's to the requester, or one that came from the requester."""

    number: int
    html: str
    subject: str
    by: int
    at: int
    to: list[str]
    incoming: bool
    files: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class Entry:
    """One entry of the history: who did what, and the values before and after."""

    number: int
    at: int
    by: int | None
    """None where the server itself did it."""
    operation: str
    diff: list[tuple[str, Any, Any]]
    """(field, before, after), each value as it is stored."""


@dataclass(slots=True)
class Link:
    """A link to another request."""

    other: int
    comments: str | None


@dataclass(slots=True)
class Request:
    """A request: an incident or a service request."""

    number: int
    values: Json
    """The fields by API name: options and people by number, times in milliseconds. What is absent is null."""
    stored: int
    """When it was last saved, whatever the fields say: what the search index goes by."""
    udf: Json = field(default_factory=dict[str, Any])
    notes: list[Note] = field(default_factory=list[Note])
    replies: list[Reply] = field(default_factory=list[Reply])
    files: dict[int, File] = field(default_factory=dict[int, File])
    history: list[Entry] = field(default_factory=list[Entry])
    links: list[Link] = field(default_factory=list[Link])
    children: dict[str, dict[int, Json]] = field(default_factory=dict[str, dict[int, Json]])
    """Tasks, worklogs and approval levels, by kind and number."""
    merged_into: int | None = None
    held_since: int | None = None
    """Since when the SLA clock is stopped."""

    @property
    def trashed(self) -> bool:
        """Whether it lies in the trash."""
        return bool(self.values.get("is_trashed"))

    @property
    def created(self) -> int:
        """When it was created."""
        return self.values["created_time"]

    @property
    def edited(self) -> int | None:
        """When it was last edited; None before the first edit."""
        return self.values.get("last_updated_time")
