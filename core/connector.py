"""The connector contract: what Isthmus asks of the code that speaks one vendor's API.

Terms. A *record* is what the vendor holds for one incident, as its API gives it (JSON). Its *id* is the vendor's and never
changes; its *version* is the vendor's change token. A *marker* is a key of ours that we put into a record we create, so
that it can be found again. A connector speaks the vendor's dialect only: records in, records out. Translation is the
mapping's work, decisions are the engine's.

A connector is made from its *settings* (what a user writes for a connection, checked by pydantic) and its *context* (what
the program gives every connector: the connection's name, the token store, a clock, a way to wait).

What a connector must write: :meth:`Connector.check`, :meth:`~Connector.changes`, :meth:`~Connector.fetch`. With these it
can be read. Everything else has a working default or is an *operation*: supported exactly when the class overrides the
method, so that it cannot lie (:func:`operations`). Facts that code cannot show are declared as :class:`Traits`, which the
conformance suite probes. The engine asks while planning; it never tries and catches.

Errors. A connector raises the tree of ``core.errors`` only; :class:`~isthmus.core.http.ApiSession` does most of it. In
:meth:`Connector.submit` an error of one write is part of that write's outcome and stops nothing; a ``FatalError`` stops the
run and is raised.

Threads. The engine calls one connector object from one thread at a time.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, BinaryIO, ClassVar, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from .auth import AuthorizationEndpoint, AuthSettings, TokenStore
from .errors import ConnectorError, FatalError
from .http import Exchange
from .model import ConfigurationItem, Frozen, Group, Person, Visibility

Json: TypeAlias = dict[str, Any]


# -- what a connector is made from


class ConnectionSettings(Frozen):
    """What every connection may set; a connector adds its own options by a subclass."""

    url: HttpUrl
    """Where people open the tool: scheme and host."""
    auth: AuthSettings
    timeout: float = Field(60.0, gt=0)
    """Seconds to wait for bytes of a reply."""
    settle_after: float | None = Field(None, ge=0)
    """Seconds after which a write that we gave up waiting for has happened or never will; the vendor's trait
    ``commit_bound`` by default."""
    share: float = Field(1.0, gt=0, le=1)
    """The part of the vendor's rate limits that Isthmus may use."""

    @property
    def base_url(self) -> str:
        """The URL without a slash at the end."""
        return str(self.url).rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the program gives every connector."""

    connection: str
    """Name of the connection, for messages and errors."""
    tokens: TokenStore
    """Where rotating tokens live."""
    sleep: Callable[[float], None] = time.sleep
    """Waits; injectable, so that no test waits."""
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    """Our clock, in UTC."""
    recorder: Callable[[Exchange], None] | None = None
    """Sees each request and reply, for conformance checks."""


# -- what a connector declares


class MarkerKind(StrEnum):
    """How a created record is recognised as ours, best first."""

    CHOSEN_ID = "chosen id"
    """We choose the record's id: the vendor itself makes it unique."""
    LOOKUP = "lookup"
    """A field that can be looked up exactly, without index lag, but is not unique."""
    SEARCH = "search"
    """A field found through a search index, after its lag."""


class FilePlace(StrEnum):
    """What a file hangs on."""

    COMMENT = "comment"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Facts about a vendor that code cannot show. The conformance suite probes each."""

    precision: timedelta
    """Grain of the change token's time."""
    version_moves_always: bool
    """The version changes with every save, so an equal version means an equal record."""
    overlap: timedelta
    """How far a reader goes back so that late commits are not lost."""
    export_lag: timedelta = timedelta(0)
    """How long a change stays invisible to :meth:`Connector.changes`."""
    conditional_write: bool
    """An update can be made to fail when the record has moved."""
    marker: MarkerKind
    commit_bound: timedelta
    """After this time a write that we gave up waiting for has happened or never will."""
    search_lag: timedelta = timedelta(0)
    """How long a new record stays invisible to :meth:`Connector.find`."""
    keeps_history: bool
    """A create carries times, and the author and time of each comment, as they were."""
    create_carries_comments: bool
    """A create may carry the whole thread, files included."""
    comment_origin: bool
    """A comment can carry its origin in a place that people do not see."""
    comment_author: bool
    """A live comment can be written in another person's name."""
    files_on: FilePlace
    internal_files: bool
    """A file can be hidden from the requester."""
    closed_is_final: bool
    """A closed record takes no change at all."""
    notifies: frozenset[str] = frozenset()
    """Writes that send mail to the requester: ``create``, ``public_comment``, ``resolve``."""
    muting: str = ""
    """How a migration keeps the vendor from sending mail, in words."""
    batch: int = 1
    """Most writes that one :meth:`Connector.submit` sends at once."""
    seconds_per_call: float = 0.2
    """What one call costs at the vendor's published limits, for forecasts."""
    comment_limit: int | None = None
    """Most characters of one comment."""
    required_on_resolve: tuple[str, ...] = ()
    """Record fields without which the vendor refuses to resolve."""


# -- what a connector reads


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the vendor gives it."""

    id: str
    body: Json
    version: str | None = None
    changed_at: datetime | None = None
    """The vendor's time of the last change, UTC."""
    deleted: bool = False
    """The vendor itself says that it was deleted."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some changed records, and the cursor that follows them."""

    records: tuple[Record, ...]
    cursor: str


@dataclass(slots=True)
class Thread:
    """The comments and files of one record, as the vendor gives them."""

    comments: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    description: Json | None = None
    """The comment that is the description, where the vendor keeps its formatting there only."""
    description_internal: bool = False
    """The requester may not read the description: it stands among the comments, as an internal one, instead."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One change of one record field, from the vendor's own history."""

    record_id: str
    field: str
    """The record's field name, as the mapping uses it."""
    before: str | None
    after: str | None
    at: datetime
    """UTC, the vendor's clock."""
    by: str | None = None
    """The vendor's id of the person, or None for the vendor's own rules."""


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """What the vendor says of one field: live metadata."""

    id: str
    """The key that a record uses."""
    name: str
    """The name that people see."""
    custom: bool = False
    max_length: int | None = None
    options: tuple[tuple[str, str], ...] | None = None
    """(value, label) of a choice field."""
    required: bool = False
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Health:
    """What :meth:`Connector.check` found."""

    account: str
    """Whom the vendor takes us for, as people know them."""
    zone: str | None = None
    """Time zone of that account."""
    skew_seconds: float = 0.0
    """The vendor's clock minus ours."""
    warnings: tuple[str, ...] = ()
    """What works but will hurt: a missing permission, a zone that is not UTC. Each names the fix."""
    account_id: str | None = None
    """The vendor's id of that account, as its history names it."""
    limits: tuple[str, ...] = ()
    """What the vendor says of its rate limits, in words: ``account: 693 of 700 left``."""


class Scope(BaseModel):
    """Which records belong to a link, in the words of the normalized model. Empty means all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: tuple[str, ...] = ()
    priority: tuple[int, ...] = ()
    group: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    opened_after: datetime | None = None
    updated_after: datetime | None = None
    native: str | None = None
    """A query in the vendor's own language, passed as it is."""


# -- what a connector writes


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file to be written: its facts, and how to open its bytes (again, for a retry)."""

    name: str
    media_type: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True, slots=True)
class NewComment:
    """A comment to be written."""

    body: Json
    """The vendor's own form, made by the mapping."""
    visibility: Visibility
    origin: str
    """``connection/record/comment`` that it is carried from."""
    files: tuple[FileSource, ...] = ()
    """Only where files hang on comments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Base of all writes. ``key`` is the intent's, and comes back with the outcome."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Write):
    """Create a record. ``comments`` only where the trait ``create_carries_comments`` is set."""

    marker: str
    body: Json
    comments: tuple[NewComment, ...] = ()
    history: bool = False
    """Keep original times and stay silent: a migration. Otherwise a live create."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Write):
    """Change some fields. ``version``, where given, is the one that the caller last saw."""

    record_id: str
    body: Json
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddComment(Write):
    """Append one comment."""

    record_id: str
    comment: NewComment


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFile(Write):
    """Attach one file to a record, where files hang on records."""

    record_id: str
    file: FileSource
    visibility: Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Write):
    """Delete a record."""

    record_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one write: ``error`` is None exactly when it succeeded."""

    key: str
    record_id: str | None = None
    record: Record | None = None
    """The record as the vendor echoed it, if it did."""
    child_id: str | None = None
    """The vendor's id of the new comment or file, where the reply tells it."""
    error: ConnectorError | None = None


# -- the contract


class Connector(ABC):
    """One vendor's API, for one connection. The module's docstring is the contract."""

    name: ClassVar[str]
    """Name of the connector; also that of its mapping, ``mappings/NAME.yaml``."""
    title: ClassVar[str]
    """The vendor's name of the tool, for people."""
    Settings: ClassVar[type[ConnectionSettings]] = ConnectionSettings
    """What a user writes for a connection: ``url``, ``auth`` and the connector's own options."""
    traits: ClassVar[Traits]

    # -- session

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a connector; no call is made yet.

        Raises:
            CredentialError: a secret reference cannot be resolved.
        """
        self.settings = settings
        self.context = context

    @property
    def commit_bound(self) -> timedelta:
        """After this time a write that we gave up waiting for has happened or never will."""
        stated = self.settings.settle_after
        return self.traits.commit_bound if stated is None else timedelta(seconds=stated)

    @abstractmethod
    def check(self) -> Health:
        """Make the cheapest authenticated call, and probe the permissions that the work needs.

        Raises:
            AuthenticationError: the credentials are refused.
            ForbiddenError: a permission is missing without which nothing works.
        """

    def authorization(self) -> AuthorizationEndpoint | None:
        """Say where a person grants access (``isthmus auth``), or None where the vendor needs no such grant."""
        return None

    def fields(self) -> Sequence[FieldInfo]:
        """Give the live metadata of the fields: options, lengths, what is required."""
        return ()

    def close(self) -> None:  # noqa: B027 - most connectors hold nothing
        """Give back connections and sessions."""

    # -- records as files hold them (``isthmus translate``); no network

    @classmethod
    def unwrap(cls, payload: Any) -> Iterator[Json]:
        """Give each ticket of a payload in the form that :meth:`fetch` gives.

        A payload is whatever the vendor returns that holds tickets: one bare record, one or many in an envelope,
        search results, a webhook's body.
        """
        if isinstance(payload, list):
            for item in cast("list[Any]", payload):
                yield from cls.unwrap(item)
        elif isinstance(payload, dict):
            yield cast("Json", payload)

    @classmethod
    def wrap(cls, body: Json) -> Json:
        """Give the body of the vendor's call that creates a record, envelope included."""
        return body

    # -- read

    @abstractmethod
    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since the cursor, oldest first; everything where it is None.

        Each page carries the cursor that follows it, so a run can stop after any page. Repeats are allowed, gaps are
        not: a cursor goes back by the overlap that the vendor's traits ask for. The scope is a wish: a connector
        narrows what it can, the engine filters again.
        """

    @abstractmethod
    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read records directly, never through a search index. Those gone or hidden are left out."""

    def find(self, marker: str) -> list[Record]:
        """Find the records that bear a marker."""
        raise NotImplementedError

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every record in scope by a second way, which never uses the sync cursor."""
        raise NotImplementedError

    def count(self, scope: Scope) -> int:
        """Give the vendor's own count of the records in scope."""
        raise NotImplementedError

    def threads(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Read the comments and files of some records, oldest first, as the vendor gives them.

        A first comment that repeats the description is no comment: it is the thread's ``description``, and its files
        count as the record's. An internal one stays, and ``description_internal`` says so.
        """
        raise NotImplementedError

    def download(self, file: Json, target: BinaryIO) -> str:
        """Stream one file, given by its document, into ``target`` and give its SHA-256 in hex."""
        raise NotImplementedError

    def history(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Read the field changes of some records from the vendor's history, oldest first."""
        raise NotImplementedError

    def deleted(self, since: datetime) -> Iterator[str]:
        """Give the ids that the vendor itself says were deleted since a moment."""
        raise NotImplementedError

    # -- people

    def people(self, ids: Iterable[str]) -> dict[str, Person]:
        """Read people by the vendor's id; the unknown are left out."""
        return {}

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find people by e-mail (lower case); nobody, or more than one, is left out."""
        return {}

    def groups(self) -> list[Group]:
        """Read all assignment groups."""
        return []

    def find_item(self, item: ConfigurationItem) -> ConfigurationItem | None:
        """Find a configuration item of any tool here: by external id, by serial, then by exact name; never by guess."""
        return None

    # -- write

    def submit(self, writes: Sequence[Write]) -> Iterator[Outcome]:
        """Carry out writes, those of one record in order, and give an outcome for each as soon as it is known.

        The default sends them one by one through :meth:`create`, :meth:`update`, :meth:`add_comment`,
        :meth:`add_file` and :meth:`delete`; a connector whose vendor has bulk calls overrides it. After a failed
        write, later writes of the same record are not sent: their outcome carries the same error.
        """
        broken: dict[str, ConnectorError] = {}
        for write in writes:
            record_id = getattr(write, "record_id", None)
            error = broken.get(record_id) if record_id else None
            outcome = self._send(write) if error is None else Outcome(write.key, record_id, error=error)
            if outcome.error is not None and record_id:
                broken[record_id] = outcome.error
            yield outcome

    def _send(self, write: Write) -> Outcome:
        try:
            match write:
                case Create():
                    return self.create(write)
                case Update():
                    return self.update(write)
                case AddComment():
                    return self.add_comment(write)
                case AddFile():
                    return self.add_file(write)
                case Delete():
                    return self.delete(write)
                case _:
                    raise TypeError(write)
        except FatalError:
            raise
        except ConnectorError as error:
            return Outcome(write.key, getattr(write, "record_id", None), error=error)

    def create(self, write: Create) -> Outcome:
        """Create one record."""
        raise NotImplementedError

    def update(self, write: Update) -> Outcome:
        """Change fields of one record."""
        raise NotImplementedError

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one comment."""
        raise NotImplementedError

    def add_file(self, write: AddFile) -> Outcome:
        """Attach one file to a record."""
        raise NotImplementedError

    def delete(self, write: Delete) -> Outcome:
        """Delete one record."""
        raise NotImplementedError

    # -- what is there

    skew_seconds: float = 0.0
    """The vendor's clock minus ours, as last measured."""

    def origin_of(self, comment: Json) -> str | None:
        """Give the origin that we stored with a comment, where the vendor keeps it."""
        return None

    def calls(self) -> Mapping[str, int]:
        """Give the number of HTTP calls made so far, by operation."""
        return {}


OPERATIONS: tuple[str, ...] = (
    "census",
    "count",
    "find",
    "threads",
    "download",
    "history",
    "deleted",
    "people",
    "find_people",
    "groups",
    "find_item",
    "fields",
    "create",
    "update",
    "add_comment",
    "add_file",
    "delete",
    "submit",
)
"""What a connector may be able to do, in the order in which tables show it."""


def operations(connector: type[Connector]) -> frozenset[str]:
    """Give the operations that a connector has: those whose method it overrides."""
    return frozenset(name for name in OPERATIONS if getattr(connector, name) is not getattr(Connector, name))
