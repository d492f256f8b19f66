"""The incident, vendor-neutral.

Values are frozen. Times are UTC-aware and come from the vendor's clock, never from ours. *Unknown is not empty*: a field
that the vendor did not tell is absent (not in ``model_fields_set``, missing in JSON), a field that the vendor says is
empty is ``None`` or an empty tuple. Rich text is canonical HTML (see ``core.text.richtext``).

The same incident travels in two forms. :class:`Incident` is the typed one, for code that reads it. A *document* is its
JSON form, a plain dict of JSON values with RFC 3339 UTC times; mappings produce it, the ledger stores it and digests are
made of it. ``Incident.model_validate(document)`` and :meth:`Incident.document` go from one to the other without loss.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

Document: TypeAlias = dict[str, Any]
"""An incident as JSON values; an unknown field is absent, an empty one is None or []."""


def format_time(moment: datetime) -> str:
    """Give a moment as RFC 3339 in UTC, with microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


Time = Annotated[
    AwareDatetime,
    AfterValidator(lambda moment: moment.astimezone(UTC)),
    PlainSerializer(format_time, return_type=str, when_used="json"),
]
"""A moment on the vendor's clock, in UTC."""


class Frozen(BaseModel):
    """Base of all values: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Status(StrEnum):
    """Where an incident stands (ITIL)."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    PENDING = "pending"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELED = "canceled"


class Visibility(StrEnum):
    """Who may read a comment or a file: the requester as well, or the support staff only."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Person(Frozen):
    """A person as one connection knows them. Across tools people are matched by e-mail, never by guess."""

    id: str | None = None
    """The vendor's id of this person at this connection."""
    name: str | None = None
    email: Annotated[str, AfterValidator(str.lower)] | None = None
    """Lower case."""


class Group(Frozen):
    """An assignment group as one connection knows it. Across tools groups are matched by name."""

    id: str | None = None
    name: str | None = None


class ConfigurationItem(Frozen):
    """A configuration item (CMDB), matched by external id, serial, then exact name."""

    id: str | None = None
    name: str | None = None
    serial: str | None = None
    external_id: str | None = None


class LinkKind(StrEnum):
    """What another record is to this incident."""

    PROBLEM = "problem"
    CHANGE = "change"
    PARENT = "parent"
    CHILD = "child"
    DUPLICATE = "duplicate"


class RecordLink(Frozen):
    """A link to another record of the same tool."""

    kind: LinkKind
    id: str
    key: str | None = None
    url: str | None = None


class StatusChange(Frozen):
    """One step of the timeline."""

    at: Time
    by: Person | None = None
    before: str | None = None
    """The status left, or None for the first."""
    after: str
    """The status entered."""
    source: str = ""
    """Where we learned it: the vendor's audit, its history, or our own reading."""


class SlaClock(Frozen):
    """One service-level clock."""

    name: str
    target_seconds: int | None = None
    due_at: Time | None = None
    paused: bool | None = None
    breached: bool | None = None


class VendorFigure(Frozen):
    """A duration that the vendor itself states of an incident, to be set beside ours."""

    figure: str
    """``first_response``, ``resolve`` (from its creation), or ``close``."""
    seconds: float
    business: bool = False
    """Counted in business time, by the vendor's own calendar."""
    source: str
    """The vendor's name of it."""


class Attachment(Frozen):
    """A file's facts; its bytes are streamed, never held."""

    id: str
    name: str
    media_type: str | None = None
    size: int | None = None
    """Bytes."""
    sha256: str | None = None
    url: str | None = None
    visibility: Visibility = Visibility.INTERNAL
    """That of the comment that carries it; a file of unknown origin counts as internal."""
    inline: bool = False
    created_at: Time | None = None
    author: Person | None = None


class Comment(Frozen):
    """One comment, public or internal."""

    id: str
    author: Person | None = None
    body: str = ""
    """Canonical HTML."""
    created_at: Time | None = None
    visibility: Visibility
    attachments: tuple[Attachment, ...] = ()
    origin: str | None = None
    """``connection/record/comment`` where this comment was carried from, if the vendor stores it."""


class Confirmation(Frozen):
    """The requester's answer to "is it solved?"."""

    state: str
    """``asked``, ``confirmed`` or ``refused``."""
    by: Person | None = None
    at: Time | None = None


class Satisfaction(Frozen):
    """The requester's rating, in the vendor's words, with its comment."""

    score: str
    comment: str | None = None


def _unique_sorted(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(sorted(set(values)))


Labels = Annotated[tuple[str, ...], AfterValidator(_unique_sorted)]


class Incident(Frozen):
    """One incident as one connection holds it."""

    connection: str
    id: str
    key: str | None = None
    """The id that people use, such as INC0010023."""
    url: str | None = None
    """Where a person opens it."""
    version: str | None = None
    """The vendor's change token."""
    marker: str | None = None
    """The stable key that Isthmus wrote when it created this record."""

    title: str | None = None
    description: str | None = None
    status: Status | None = None
    status_reason: str | None = None
    """Pending: requester, vendor, change, problem, scheduled. Otherwise the vendor's code."""
    status_name: str | None = None
    """The vendor's own name of the status."""
    resolution_code: str | None = None
    resolution_notes: str | None = None

    impact: Annotated[int, Field(ge=1, le=3)] | None = None
    """1 high, 3 low."""
    urgency: Annotated[int, Field(ge=1, le=3)] | None = None
    """1 high, 3 low."""
    priority: Annotated[int, Field(ge=1, le=5)] | None = None
    """1 critical, 5 planning."""
    category: str | None = None
    subcategory: str | None = None
    service: str | None = None
    configuration_items: tuple[ConfigurationItem, ...] = ()
    tier: str | None = None
    major: bool | None = None

    requester: Person | None = None
    assignee: Person | None = None
    group: Group | None = None
    watchers: tuple[Person, ...] = ()

    links: tuple[RecordLink, ...] = ()
    review_url: str | None = None

    opened_at: Time | None = None
    acknowledged_at: Time | None = None
    first_response_at: Time | None = None
    resolved_at: Time | None = None
    closed_at: Time | None = None
    due_at: Time | None = None
    updated_at: Time | None = None
    reopen_count: int | None = None
    sla: tuple[SlaClock, ...] = ()
    figures: tuple[VendorFigure, ...] = ()
    timeline: tuple[StatusChange, ...] = ()

    comments: tuple[Comment, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    channel: str | None = None
    """email, portal, phone, chat, monitoring or api; otherwise the vendor's word."""
    cause: str | None = None
    workaround: str | None = None
    confirmation: Confirmation | None = None
    satisfaction: Satisfaction | None = None

    labels: Labels = ()
    custom: dict[str, Any] = Field(default_factory=dict)
    """Custom fields by name, with JSON values."""
    extra: dict[str, Any] = Field(default_factory=dict)
    """What the mapping does not know, as the vendor gave it."""

    def knows(self, field: str) -> bool:
        """Tell whether the vendor told this field at all, be it empty or not."""
        return field in self.model_fields_set

    def document(self) -> Document:
        """Give the JSON form: unknown fields absent, empty ones None or []."""
        return self.model_dump(mode="json", exclude_unset=True)


_TEXT_FIELDS = frozenset(name for name, info in Incident.model_fields.items() if info.annotation == str | None)


def accepts(field: str, value: Any) -> bool:
    """Tell whether a JSON value is one that a field of an incident can hold."""
    if field in _TEXT_FIELDS:
        return value is None or isinstance(value, str)
    try:
        Incident.model_validate({"connection": "", "id": "", field: value})
    except ValidationError:
        return False
    return True


GROUPS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "description": ("description",),
    "status": ("status", "status_reason", "resolution_code", "resolution_notes"),
    "priority": ("impact", "urgency", "priority"),
    "assignment": ("group", "assignee", "tier"),
    "requester": ("requester",),
    "category": ("category", "subcategory"),
    "service": ("service",),
    "configuration_items": ("configuration_items",),
    "major": ("major",),
    "watchers": ("watchers",),
    "labels": ("labels",),
    "due": ("due_at",),
    "channel": ("channel",),
    "cause": ("cause",),
    "workaround": ("workaround",),
    "links": ("links",),
    "custom": ("custom",),
}
"""Fields that constrain each other are one group: compared, decided and written as one value (DESIGN, section 6)."""

SET_GROUPS = frozenset({"watchers", "labels"})
"""Groups that travel as additions and removals, never as whole values."""
