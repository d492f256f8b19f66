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

Errors. A connector raises the tree of ``core.errors`` only; :class:`~isthmus.core.net.http.ApiSession` does most of it. In
:meth:`Connector.submit` an error of one write is part of that write's outcome and stops nothing; a ``FatalError`` stops the
run and is raised. Their ``connection`` may be left out. Any other exception, and a value of another type than a signature
here says, is a defect of the connector and told as such (:mod:`core.contract`).

Threads. The engine calls one connector object from one thread at a time.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, ClassVar, cast

from pydantic import Field, HttpUrl

from .errors import ConnectorError, FatalError
from .model import ConfigurationItem, Frozen, Group, Person
from .net.auth import AuthorizationEndpoint, AuthSettings, Signer, TokenStore
from .net.budget import Budget, Limit
from .net.http import ApiSession, ErrorRule, Exchange
from .records import Dependency, FieldChange, FieldInfo, Health, Json, Page, Record, Scope, Thread
from .traits import FilePlace, MarkerKind, Traits
from .writes import AddComment, AddFile, Create, Delete, FileSource, NewComment, Outcome, Update, Write

__all__ = [
    "OPERATIONS",
    "AddComment",
    "AddFile",
    "ConnectionSettings",
    "Connector",
    "Context",
    "Create",
    "Delete",
    "Dependency",
    "FieldChange",
    "FieldInfo",
    "FilePlace",
    "FileSource",
    "Health",
    "Json",
    "MarkerKind",
    "NewComment",
    "Outcome",
    "Page",
    "Record",
    "Scope",
    "Thread",
    "Traits",
    "Update",
    "Write",
    "operations",
]


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


CONNECT_SECONDS = 10.0
"""How long a vendor may take to accept a connection."""


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

    def session(
        self,
        settings: ConnectionSettings,
        signer: Signer,
        *,
        error_rules: tuple[ErrorRule, ...] = (),
        words: Callable[[Any], str] = lambda data: "",
        limits: Callable[[Mapping[str, str]], list[Limit]] = lambda headers: [],
        base_url: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ApiSession:
        """Open the HTTP session of a connection, with the budget and the patience that its settings say.

        Args:
            settings: the connection's settings.
            signer: proves who we are.
            error_rules: the vendor's own meanings of statuses.
            words: finds the vendor's explanation in an error body.
            limits: reads the vendor's rate headers.
            base_url: where the API answers, where that is not the connection's ``url``.
            headers: sent with every call.
        """
        return ApiSession(
            base_url or settings.base_url,
            signer,
            connection=self.connection,
            budget=Budget(share=settings.share, sleep=self.sleep),
            error_rules=error_rules,
            limits=limits,
            words=words,
            timeout=(CONNECT_SECONDS, settings.timeout),
            headers=headers,
            recorder=self.recorder,
            clock=self.clock,
        )


# -- the contract


class Connector(ABC):
    """One vendor's API, for one connection. The module's docstring is the contract."""

    name: ClassVar[str]
    """Name of the connector, of its entry point, and of its mapping: ``NAME.yaml`` in the package of the entry point."""
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
        if stated is None:
            return self.traits.commit_bound + timedelta(seconds=self.settings.timeout)
        return timedelta(seconds=stated)

    @abstractmethod
    def check(self) -> Health:
        """Make the cheapest authenticated call, and probe the permissions that the work needs.

        Raises:
            AuthenticationError: the credentials are refused.
            ForbiddenError: a permission is missing without which nothing works.
        """

    def identify(self) -> Health:
        """Ask who we are, before each run: what :meth:`check` tells, without its probes where these take calls.

        Raises:
            AuthenticationError: the credentials are refused.
        """
        return self.check()

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

    def default_group(self) -> str | None:
        """Give the vendor's id of the group in which a record stands that is written without one; None where in none."""
        return None

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

    def path(self, record: Record | None, body: Json) -> Sequence[Json]:
        """Give what a record will hold on the way to ``body``, step by step, the last one left out.

        For a vendor whose status moves by transitions: each step is a partial record body with every field of the status.
        :meth:`create` and :meth:`update` take these steps by themselves; the intent records them first, so that a run which
        ends half-way knows them as its own. Reads only.

        Args:
            record: as it stands; None for one that is to be created, which passes through the status in which it begins.
            body: what will be written.

        Raises:
            RejectedError: no way leads there.
        """
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

    @property
    def skew_seconds(self) -> float:
        """The vendor's clock minus ours, as last measured."""
        return 0.0

    def vendor_now(self) -> datetime:
        """Give the present moment on the vendor's clock, UTC, as far as it was measured."""
        return self.context.clock() + timedelta(seconds=self.skew_seconds)

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
    "path",
    "add_comment",
    "add_file",
    "delete",
    "submit",
)
"""What a connector may be able to do, in the order in which tables show it."""


def operations(connector: type[Connector]) -> frozenset[str]:
    """Give the operations that a connector has: those whose method it overrides."""
    return frozenset(name for name in OPERATIONS if getattr(connector, name) is not getattr(Connector, name))
