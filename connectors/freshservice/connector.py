"""Freshservice: the connector. Each area's vendor facts stand in its own module.

What stands where: calls and limits in :mod:`.api`, the form of records in :mod:`.payloads`, reading in :mod:`.reading` and
:mod:`.census`, notes and files in :mod:`.comments` and :mod:`.files`, writing in :mod:`.writing` and :mod:`.bodies`.

Vendor facts of the traits (api.freshservice.com; support.freshservice.com):

- Times have whole seconds, and ``updated_at`` is all that tells one save from another. There is no conditional update.
- There is no idempotency key; a tag of ours finds a ticket again, in the list of the last minutes or in the index.
- A create takes no times. It mails the requester and who is copied, a resolution the requester; a note mails nobody.
- Closed tickets can be changed.
- 160 views of tickets a minute with the Enterprise plan, and a view with the associations costs five of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, BinaryIO, ClassVar, Self

from pydantic import Field, HttpUrl, field_validator, model_validator

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
from ...core.errors import ForbiddenError, NotFoundError, UnexpectedReplyError
from ...core.model import ConfigurationItem, Group, Person
from ...core.net.auth import ApiKeyAuth, AuthorizationEndpoint, AuthSettings, OAuth
from .api import Api, authorization_endpoint
from .census import Census
from .checkup import warnings
from .comments import Comments
from .files import Files
from .history import labels_of, read_changes
from .items import Items
from .metadata import Metadata
from .payloads import real_ids, unwrap
from .people import People, person_of
from .reading import OVERLAP, Reader
from .writing import Writer, plain_values


class FreshserviceSettings(ConnectionSettings):
    """What a user writes for a Freshservice connection."""

    org_url: HttpUrl | None = None
    """With ``kind: oauth``: the organisation's own host, such as ``https://acme.myfreshworks.com``;
    ``{url}/.well-known/oauth-authorization-server`` names it."""
    workspace: int | None = Field(None, ge=2)
    """Number of the only workspace that is read and written; all by default, and the primary one for new tickets whose
    group does not say."""
    associations: bool = True
    """Read problem, changes, assets and parent of each ticket: five credits for a ticket instead of one."""
    satisfaction: bool = True
    """Ask for the survey's answer of each resolved ticket: one call more."""
    marker_field: str | None = None
    """Name of a text field of the account's own that keeps our markers in full; a tag holds 32 characters."""

    @field_validator("auth")
    @classmethod
    def _offered(cls, auth: AuthSettings) -> AuthSettings:
        if not isinstance(auth, ApiKeyAuth | OAuth) or (isinstance(auth, OAuth) and auth.grant != "refresh_token"):
            raise ValueError("Freshservice takes kind: api_key, or kind: oauth with grant: refresh_token")
        return auth

    @model_validator(mode="after")
    def _with_organisation(self) -> Self:
        if isinstance(self.auth, OAuth) and self.org_url is None:
            raise ValueError(
                f"kind: oauth needs 'org_url', the host named at {self.base_url}/.well-known/oauth-authorization-server"
            )
        return self


class Freshservice(Connector):
    """Freshservice, tickets of API v2."""

    name = "freshservice"
    title = "Freshservice"
    Settings: ClassVar[type[ConnectionSettings]] = FreshserviceSettings
    traits: ClassVar[Traits] = Traits(
        precision=timedelta(seconds=1),
        version_moves_always=False,
        overlap=OVERLAP,
        conditional_write=False,
        marker=MarkerKind.LOOKUP,
        commit_bound=timedelta(minutes=2),
        keeps_history=False,
        create_carries_comments=False,
        comment_origin=False,
        comment_author=False,
        files_on=FilePlace.COMMENT,
        internal_files=True,
        closed_is_final=False,
        notifies=frozenset({"create", "resolve"}),
        notifies_watchers=frozenset({"create"}),
        muting="an admin switches the notifications of requesters off while migrating; notes mail nobody",
        seconds_per_call=0.4,
    )

    # -- session

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a connector; no call is made yet.

        Raises:
            CredentialError: a secret reference cannot be resolved.
        """
        super().__init__(settings, context)
        assert isinstance(settings, FreshserviceSettings)
        self._api = Api(settings, context, self.authorization())
        self._people = People(self._api, lambda: self._metadata.workspaces)
        self._metadata = Metadata(
            self._api, settings.workspace, self._people.agents, self._people.groups, settings.marker_field
        )
        self._census = Census(self._api, lambda: self._metadata.workspaces, self._people.groups, self.vendor_now)
        self._reader = Reader(
            self._api,
            self._metadata,
            self._people,
            self._census,
            self.vendor_now,
            associations=settings.associations,
            satisfaction=settings.satisfaction,
            marker_field=settings.marker_field,
        )
        self._writer = Writer(
            self._api,
            self._metadata,
            self._people,
            self._reader,
            workspace=settings.workspace,
            marker_field=settings.marker_field,
        )
        self._items = Items(self._api)
        self._files = Files(self._api)
        self._comments = Comments(self._api, self._files, self._reader.take_files, self._reader.is_visible)

    def check(self) -> Health:
        """Ask who we are, and probe what the work needs.

        Raises:
            ConfigError: there is no field for markers.
        """
        told = self.identify()
        found = tuple(warnings(self._api, self._metadata, self.skew_seconds))
        limits = tuple(f"{limit.name}: {limit.remaining} of {limit.limit} left" for limit in self._api.limits.values())
        return replace(told, warnings=found, limits=limits)

    def identify(self) -> Health:
        """Ask who we are."""
        try:
            row = self._people.myself
        except NotFoundError as error:
            raise UnexpectedReplyError(
                "there is no service desk here; check 'url'", connection=self.context.connection
            ) from error
        person = person_of(row)
        return Health(
            account=person.email or person.name or str(person.id),
            account_id=person.id,
            zone=row.get("time_zone"),
            skew_seconds=self.skew_seconds,
        )

    def authorization(self) -> AuthorizationEndpoint | None:
        """Say where a person grants access, with ``kind: oauth``."""
        assert isinstance(self.settings, FreshserviceSettings)
        return authorization_endpoint(str(self.settings.org_url).rstrip("/")) if self.settings.org_url else None

    def fields(self) -> Sequence[FieldInfo]:
        """Give the fields of the form with their choices, agents and groups among them."""
        return self._metadata.fields()

    def close(self) -> None:
        """Close the connections."""
        self._api.session.close()

    # -- records as files hold them

    @classmethod
    def unwrap(cls, payload: Any) -> Iterator[Json]:
        """Give each ticket of a payload: bare, in an envelope, of a webhook that an admin has typed."""
        return unwrap(payload)

    @classmethod
    def wrap(cls, body: Json) -> Json:
        """Give the body of a create, which has no envelope."""
        return plain_values(body)

    # -- read

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since the cursor, oldest first.

        Raises:
            ConfigError: the cursor is none of ours, or the scope's ``native`` is no query.
        """
        return self._reader.changes(cursor, scope)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read tickets by number, one by one: there is no other way."""
        return self._reader.fetch(ids)

    def find(self, marker: str) -> list[Record]:
        """Find the tickets that bear a marker, as a tag."""
        return self._reader.find(marker)

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the number of every ticket in scope, from the search index, which the list completes for its lag."""
        return self._reader.census(scope)

    def count(self, scope: Scope) -> int:
        """Give the search index's count."""
        return self._census.count(scope)

    def threads(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Read notes, replies and files."""
        return self._comments.threads(ids)

    def download(self, file: Json, target: BinaryIO) -> str:
        """Stream one file."""
        return self._files.download(file, target, self._read_files_again)

    def _read_files_again(self, record_id: str, conversation_id: str) -> None:
        if conversation_id:
            self._comments.said(record_id)
        elif real_ids([record_id]):
            self._reader.forget_files(record_id)
            self._comments.own_files(record_id)

    def history(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Read field changes from each ticket's activities; tickets that are gone are left out."""
        labels, sees = labels_of(self._metadata.own_fields()), self._reader.is_visible
        found = {record_id: read_changes(self._api, record_id, labels, sees) for record_id in real_ids(ids)}
        return {record_id: changes for record_id, changes in found.items() if changes is not None}

    def deleted(self, since: datetime) -> Iterator[str]:
        """Give the numbers of the tickets that went to the trash since a moment."""
        return self._reader.deleted(since)

    # -- people

    def people(self, ids: Iterable[str]) -> dict[str, Person]:
        """Read agents and requesters by id."""
        return self._people.by_id(ids)

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find active agents and requesters by e-mail address, any of theirs."""
        return self._people.by_email(list(emails))

    def groups(self) -> list[Group]:
        """Read all agent groups of the workspaces that count."""
        return self._people.groups()

    def find_item(self, item: ConfigurationItem) -> ConfigurationItem | None:
        """Find an asset by tag, by serial, then by exact name; several are nobody's."""
        return self._items.find(item)

    # -- write

    def _send(self, write: Write) -> Outcome:
        try:
            return super()._send(write)
        except ForbiddenError as error:
            record_id = getattr(write, "record_id", None)
            if record_id is None or self._reader.is_visible(record_id):
                raise
            return Outcome(write.key, record_id, error=error.refusal("the ticket is hidden from this account", record_id))

    def create(self, write: Create) -> Outcome:
        """Create one ticket."""
        return self._writer.create(write)

    def update(self, write: Update) -> Outcome:
        """Change fields of one ticket."""
        return self._writer.update(write)

    def path(self, record: Record | None, body: Json) -> Sequence[Json]:
        """Give what a ticket holds before all calls of a create, or of a change of its type, are made."""
        return self._writer.path(record, body)

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one note with its files."""
        return self._writer.add_comment(write)

    def delete(self, write: Delete) -> Outcome:
        """Put one ticket into the trash."""
        return self._writer.delete(write)

    # -- what is there

    @property
    def skew_seconds(self) -> float:
        """The vendor's clock minus ours, as last measured."""
        return self._api.session.skew_seconds

    def calls(self) -> Mapping[str, int]:
        """Give the number of HTTP calls made so far, by operation."""
        return dict(self._api.session.budget.calls)
