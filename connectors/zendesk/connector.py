"""Zendesk Support: the connector. Each area's vendor facts stand in its own module.

Vendor facts of the traits:

- Times have whole seconds; ``updated_at`` moves only with an update that makes an event. [developer.zendesk.com, tickets]
- The export hides the last minute. [support.zendesk.com 8143500919322]
- 30 jobs of 100 tickets, 20 seconds each, may stand before one of ours. [developer.zendesk.com, job statuses; recorded]
- The standard triggers mail the requester of a new ticket and of each public comment. [support.zendesk.com, standard
  triggers]
- A comment holds 64 kB; what is longer is cut in silence. [developer.zendesk.com, ticket comments]
- 400 calls a minute with Suite Professional. [developer.zendesk.com, rate limits]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, BinaryIO, ClassVar

from pydantic import field_validator

from ...core.connector import (
    AddComment,
    ConnectionSettings,
    Connector,
    Context,
    Create,
    Delete,
    FieldChange,
    FieldInfo,
    FilePlace,
    Health,
    Json,
    MarkerKind,
    Outcome,
    Page,
    Record,
    Scope,
    Thread,
    Traits,
    Update,
    Write,
)
from ...core.errors import (
    AuthenticationError,
    ConfigError,
    ForbiddenError,
    NotFoundError,
    UnexpectedReplyError,
)
from ...core.model import Group, Person
from ...core.net.auth import ApiTokenAuth, AuthorizationEndpoint, AuthSettings, OAuth
from ...core.records import clock_warnings
from . import files
from .api import Api, authorization_endpoint
from .bodies import created_live
from .comments import origin_of, read_threads
from .harvest import Harvest
from .history import read_changes
from .imports import Imports
from .metadata import Metadata
from .payloads import unwrap
from .people import People
from .reading import Reader
from .writing import Writer


class ZendeskSettings(ConnectionSettings):
    """What a user writes for a Zendesk connection."""

    solver: str | None = None
    """E-mail of the agent who becomes the assignee of a ticket that is solved while it has none: Zendesk solves no ticket
    without one. Where this is left out, Zendesk refuses such a write, and it waits."""

    @field_validator("auth")
    @classmethod
    def _known_kind(cls, auth: AuthSettings) -> AuthSettings:
        if not isinstance(auth, ApiTokenAuth | OAuth) or (isinstance(auth, OAuth) and auth.grant == "password"):
            raise ValueError("Zendesk takes kind: oauth (client_credentials or refresh_token) or kind: api_token")
        return auth


class Zendesk(Connector):
    """Zendesk Support, Tickets API v2."""

    name = "zendesk"
    title = "Zendesk Support"
    Settings = ZendeskSettings
    traits: ClassVar[Traits] = Traits(
        precision=timedelta(seconds=1),
        version_moves_always=False,
        overlap=timedelta(0),
        export_lag=timedelta(seconds=60),
        conditional_write=True,
        marker=MarkerKind.LOOKUP,
        commit_bound=timedelta(minutes=10),
        keeps_history=True,
        create_carries_comments=True,
        comment_origin=True,
        comment_author=True,
        files_on=FilePlace.COMMENT,
        internal_files=True,
        closed_is_final=True,
        notifies=frozenset({"create", "public_comment"}),
        notifies_watchers=frozenset({"create", "public_comment"}),
        muting="a migration uses the ticket import, which runs no trigger and sends no mail",
        batch=100,
        seconds_per_call=0.15,
        comment_limit=64_000,
        required_on_resolve=("assignee_id",),
    )

    # -- session

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a connector; no call is made yet."""
        super().__init__(settings, context)
        self._api = Api(settings, context)
        self._metadata = Metadata(self._api)
        self._people = People(self._api)
        self._harvest = Harvest(self._api)
        self._reader = Reader(
            self._api, self._metadata.statuses, self._people.meet, self._harvest, self.vendor_now, context.sleep
        )
        self._writer = Writer(
            self._api, self._metadata.statuses, self._reader.record, self._reader.fetch, lambda: self._solver
        )
        self._imports = Imports(self._api, self._metadata.statuses, self._reader.record, context.sleep)

    @cached_property
    def _solver(self) -> str | None:
        assert isinstance(self.settings, ZendeskSettings)
        email = self.settings.solver
        if email is None:
            return None
        found = self._people.by_email([email.lower()]).get(email.lower())
        if found is None:
            raise ConfigError(f"connections.{self.context.connection}.solver: Zendesk knows no agent '{email}'")
        return found.id

    def check(self) -> Health:
        """Ask who we are; anybody but an admin lacks what reading and importing need.

        Raises:
            ConfigError: the agent of ``solver`` does not exist.
        """
        connection = self.context.connection
        try:
            user = self._api.get("/api/v2/users/me", "user")["user"]
        except NotFoundError as error:
            raise UnexpectedReplyError("there is no help desk here; check 'url'", connection=connection) from error
        if user.get("id") is None:
            raise AuthenticationError("Zendesk takes us for nobody; check user and token", connection=connection)
        if user.get("role") != "admin":
            raise ForbiddenError(
                f"{user.get('email')} is {user.get('role')}; the incremental export and the ticket import need an admin",
                connection=connection,
            )
        _ = self._solver
        return Health(
            account=str(user.get("email") or user.get("name")),
            zone=user.get("iana_time_zone") or user.get("time_zone"),
            skew_seconds=self.skew_seconds,
            warnings=tuple(self._warnings(user)),
            account_id=str(user["id"]),
            limits=tuple(f"{limit.name}: {limit.remaining} of {limit.limit} left" for limit in self._api.limits.values()),
        )

    def _warnings(self, user: Json) -> Iterator[str]:
        if isinstance(self.settings.auth, ApiTokenAuth):
            yield "Zendesk switches API tokens off on 30 April 2027; make an OAuth client and set kind: oauth"
        if user.get("only_private_comments"):
            yield "this account can write internal comments only; give it a role with public comments"
        if user.get("ticket_restriction"):
            yield f"this account sees only tickets of '{user['ticket_restriction']}'; give it access to all tickets"
        yield from clock_warnings("Zendesk", self.skew_seconds)

    def authorization(self) -> AuthorizationEndpoint | None:
        """Say where a person grants access."""
        return authorization_endpoint(self.settings)

    def fields(self) -> Sequence[FieldInfo]:
        """Give the ticket fields and their options."""
        return self._metadata.fields()

    def close(self) -> None:
        """Give up what was read in bulk."""
        self._harvest.close()

    # -- records as files hold them

    @classmethod
    def unwrap(cls, payload: Any) -> Iterator[Json]:
        """Give each ticket of a payload: bare, in an envelope, of a search, of a webhook."""
        return unwrap(payload)

    @classmethod
    def wrap(cls, body: Json) -> Json:
        """Give the body of a live create."""
        return {"ticket": created_live(body)}

    # -- read

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since the cursor, from the incremental export."""
        return self._reader.changes(cursor, scope)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read tickets by id."""
        return [self._reader.record(body) for body in self._reader.fetch(ids)]

    def find(self, marker: str) -> list[Record]:
        """Find the tickets that bear a marker as ``external_id``; archived ones are not found."""
        return self._reader.find(marker)

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every ticket, from the list and the search index."""
        return self._reader.census(scope, lambda: {str(each.id) for each in self.groups() if each.name in scope.group})

    def count(self, scope: Scope) -> int:
        """Give the search index's count."""
        return self._reader.count(scope)

    def threads(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Read comments and files: in bulk from the event export where everything is read, else ticket by ticket."""
        self._harvest.prepare(ids)
        return read_threads(self._api, ids, self._harvest.comments)

    def download(self, file: Json, target: BinaryIO) -> str:
        """Stream one file."""
        return files.download(self._api, file, target)

    def history(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Read field changes: in bulk from the event export where everything is read, else from each ticket's audits.

        Tickets that are gone are left out.
        """
        self._harvest.prepare(ids)
        found: dict[str, list[FieldChange]] = {}
        for record_id in ids:
            changes = self._harvest.changes(record_id)
            if changes is None:
                changes = read_changes(self._api, record_id)
            if changes is not None:
                found[record_id] = changes
        return found

    def deleted(self, since: datetime) -> Iterator[str]:
        """Give the ids of deleted tickets, for the 30 days that Zendesk lists them."""
        return self._reader.deleted(since)

    # -- people

    def people(self, ids: Iterable[str]) -> dict[str, Person]:
        """Read users by id."""
        return self._people.by_id(ids)

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find users by e-mail address, any of theirs."""
        return self._people.by_email(emails)

    def groups(self) -> list[Group]:
        """Read all groups."""
        return self._people.groups()

    # -- write

    def submit(self, writes: Sequence[Write]) -> Iterator[Outcome]:
        """Carry out writes: creates with history in bulk, all others one by one."""
        bulk = [write for write in writes if isinstance(write, Create) and write.history]
        yield from self._imports.create(bulk)
        yield from super().submit([write for write in writes if not (isinstance(write, Create) and write.history)])

    def _send(self, write: Write) -> Outcome:
        try:
            return super()._send(write)
        except ForbiddenError as error:
            record_id = getattr(write, "record_id", None)
            if record_id is None or self._reader.fetch([record_id]):
                raise
            refused = error.refusal("the ticket is hidden from this account", record_id)
            return Outcome(write.key, record_id, error=refused)

    def create(self, write: Create) -> Outcome:
        """Create one ticket, live or with its history."""
        if write.history:
            return next(self._imports.create([write]))
        return self._writer.create(write)

    def update(self, write: Update) -> Outcome:
        """Change fields of one ticket, safely where the version is given."""
        return self._writer.update(write)

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one comment with its files."""
        return self._writer.add_comment(write)

    def delete(self, write: Delete) -> Outcome:
        """Delete one ticket; Zendesk keeps it for 30 days."""
        return self._writer.delete(write)

    # -- what is there

    @property
    def skew_seconds(self) -> float:
        """The vendor's clock minus ours, as last measured."""
        return self._api.session.skew_seconds

    def origin_of(self, comment: Json) -> str | None:
        """Give the origin in a comment's metadata."""
        return origin_of(comment)

    def calls(self) -> Mapping[str, int]:
        """Give the number of calls by operation."""
        return dict(self._api.session.budget.calls)
