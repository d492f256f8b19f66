"""The ServiceNow connector: incidents of one instance.

Records are flat: stored values, references as bare sys_ids, and dot-walked companions (``caller_id.email``) beside them, so
that one call gives rows, people and names. What stands where: encoded queries in :mod:`.query`, pages in :mod:`.table`,
bulk calls in :mod:`.batch`, reading in :mod:`.reading`, threads in :mod:`.journal` and :mod:`.files`, writing in
:mod:`.writing`.

Vendor facts (ServiceNow documentation unless said otherwise):

- OAuth tokens come from ``/oauth_token.do`` as a form only; an API key travels in ``x-sn-apikey``.
- There is no conditional update; ``sys_mod_count`` grows with every save except those of scripts that suppress it.
- Over REST neither ``sys_created_on`` nor the author and time of a journal entry can be set.
- A file on a ticket can be read by whoever reads the ticket, its caller included.
- No rate limit is active by default; four calls run at a time on a node, so one call at a time is polite.
- A transaction is canceled after 300 seconds at most (quota rules); incidents mail their caller when opened, commented and
  resolved, which only rules inside the instance can prevent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, BinaryIO, ClassVar

from pydantic import Field, field_validator

from ...core.connector import (
    AddComment,
    AddFile,
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
from ...core.errors import ConfigError
from ...core.model import ConfigurationItem, Group, Person
from ...core.net.auth import (
    ApiKeyAuth,
    ApiTokenAuth,
    AuthorizationEndpoint,
    AuthSettings,
    BasicAuth,
    HeaderSigner,
    OAuth,
    OAuthSigner,
    Signer,
    TokenEndpoint,
    basic_signer,
)
from ...core.net.secrets import resolve_secret
from ...core.records import clock_warnings
from .account import Account, literals_are_utc, read_account
from .batch import Batch
from .calls import Calls
from .checkup import Checkup
from .columns import TABLE, Columns
from .files import Files
from .history import History
from .items import Items
from .journal import Journal
from .payloads import unwrap
from .people import People
from .query import Query, UnsafeValueError, equals
from .reading import OVERLAP, Reading, parse_cursor
from .replies import ERROR_RULES, words
from .table import TableApi
from .writing import Writing, id_for


class ServiceNowSettings(ConnectionSettings):
    """What a user writes for a ServiceNow connection."""

    page: int = Field(500, ge=20, le=10_000)
    """Tickets read in one call."""

    @field_validator("auth")
    @classmethod
    def _offered(cls, auth: AuthSettings) -> AuthSettings:
        if isinstance(auth, ApiTokenAuth):
            raise ValueError("ServiceNow offers basic, oauth and api_key")  # noqa: TRY004 - pydantic reports ValueErrors
        return auth


class ServiceNow(Connector):
    """Incidents of one ServiceNow instance."""

    name = "servicenow"
    title = "ServiceNow"
    Settings: ClassVar[type[ConnectionSettings]] = ServiceNowSettings
    traits = Traits(
        precision=timedelta(seconds=1),
        version_moves_always=False,
        overlap=OVERLAP,
        conditional_write=False,
        marker=MarkerKind.CHOSEN_ID,
        commit_bound=timedelta(seconds=300),
        keeps_history=False,
        create_carries_comments=False,
        comment_origin=False,
        comment_author=False,
        files_on=FilePlace.RECORD,
        internal_files=False,
        closed_is_final=False,
        notifies=frozenset({"create", "public_comment", "resolve"}),
        muting="only from inside the instance: switch the e-mail notifications of incidents off while migrating",
        batch=200,
        seconds_per_call=0.5,
        required_on_resolve=("close_code", "close_notes"),
    )

    # -- session

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a connector; no call is made yet.

        Raises:
            CredentialError: a secret reference cannot be resolved.
        """
        super().__init__(settings, context)
        self._session = context.session(settings, self._signer(settings.auth), error_rules=ERROR_RULES, words=words)
        calls = Calls(self._session, context.connection)
        batch = Batch(calls)
        page = settings.page if isinstance(settings, ServiceNowSettings) else 500
        self._table = TableApi(calls, batch)
        self._columns = Columns(self._table)
        self._people = People(self._table)
        self._journal = Journal(self._table, self._people, context.connection)
        self._files = Files(calls, self._table, self._people)
        self._history = History(self._table, self._people)
        self._reading = Reading(calls, self._table, self._columns, self._people, page=page)
        self._items = Items(self._table)
        self._writing = Writing(calls, batch, self._columns, self._people, self._files, self._items, self.find)

    def _signer(self, auth: AuthSettings) -> Signer:
        match auth:
            case BasicAuth():
                return basic_signer(auth.user, resolve_secret(auth.password))
            case ApiKeyAuth():
                return HeaderSigner("x-sn-apikey", resolve_secret(auth.key))
            case OAuth():
                return OAuthSigner(
                    auth,
                    self._token_endpoint,
                    self.context.tokens,
                    connection=self.context.connection,
                    now=lambda: self.context.clock().timestamp(),
                )
            case _:
                raise ConfigError(f"connections.{self.context.connection}.auth: ServiceNow offers basic, oauth and api_key")

    @property
    def _token_endpoint(self) -> TokenEndpoint:
        return TokenEndpoint(f"{self.settings.base_url}/oauth_token.do", "form")

    @cached_property
    def _account(self) -> Account:
        auth = self.settings.auth
        user = auth.user if isinstance(auth, BasicAuth) or (isinstance(auth, OAuth) and auth.grant == "password") else None
        return read_account(self._table, user, self.context.connection)

    def check(self) -> Health:
        """Ask who we are, and probe what the work needs."""
        probed = Checkup(self._table, self._journal, self._account).warnings()
        return replace(self.identify(), warnings=(*probed, *clock_warnings("the instance", self.skew_seconds)))

    def identify(self) -> Health:
        """Ask who we are."""
        account = self._account
        return Health(
            account=account.name or account.user_name or "an account that may not read its own user record",
            account_id=account.id,
            zone=account.zone,
            skew_seconds=self.skew_seconds,
        )

    def authorization(self) -> AuthorizationEndpoint:
        """Say where a person grants access."""
        return AuthorizationEndpoint(f"{self.settings.base_url}/oauth_auth.do", self._token_endpoint)

    def fields(self) -> Sequence[FieldInfo]:
        """Give what the dictionary says of the columns."""
        return [*self._columns.fields(), self._items.service_field()]

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    # -- records as files hold them

    @classmethod
    def unwrap(cls, payload: Any) -> Iterator[Json]:
        """Give each ticket of a payload as a flat record; see :mod:`.payloads`."""
        return unwrap(payload)

    @classmethod
    def wrap(cls, body: Json) -> Json:
        """Give the body of a create; a reference that only the instance can resolve is left out."""
        return {column: value for column, value in body.items() if not isinstance(value, dict)}

    # -- read

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since the cursor, oldest first, up to now on the vendor's clock.

        A file that was added need not move its incident: such incidents come last.

        Raises:
            ConfigError: the scope's ``native`` is not understood, or the account's zone would hide changes.
        """
        self._prove_zone()
        seen: set[str] = set()
        last = cursor
        for page in self._reading.changes(cursor, scope, self.vendor_now()):
            if cursor is not None:
                seen.update(record.id for record in page.records)
            last = page.cursor
            yield page
        if cursor is not None and last is not None:
            yield from self._with_new_files(cursor, last, seen)

    def _with_new_files(self, cursor: str, last: str, seen: set[str]) -> Iterator[Page]:
        added = self._files.since(parse_cursor(cursor, self.context.connection) - OVERLAP)
        records = self._reading.fetch([record_id for record_id in added if record_id not in seen])
        if records:
            yield Page(tuple(replace(record, touched=added[record.id]) for record in records), last)

    def _prove_zone(self) -> None:
        if self._account.is_gmt:
            return
        rows = self._table.page(TABLE, Query().ordered("sys_updated_on", "sys_id"), ("sys_id",), limit=1).rows
        if rows and not literals_are_utc(self._table, rows[0]["sys_id"], rows[0]["sys_updated_on"]):
            raise ConfigError(
                f"connection {self.context.connection}: the instance reads times in queries in the account's own time zone "
                f"({self._account.zone}), so changes would be missed; set the account's time zone to GMT"
            )

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read incidents by id; those gone or hidden are left out."""
        return self._reading.fetch(ids)

    def find(self, marker: str) -> list[Record]:
        """Find the incidents that bear a marker, as their id or as their correlation id."""
        chosen = equals("sys_id", id_for(marker))
        try:
            return self._reading.find(chosen, equals("correlation_id", marker))
        except UnsafeValueError:
            return self._reading.find(chosen)

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every incident in scope, in the order of ids."""
        return self._reading.census(scope)

    def count(self, scope: Scope) -> int:
        """Give the vendor's own count of the incidents in scope."""
        return self._reading.count(scope)

    def threads(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Read the comments, work notes and attachments of some incidents, oldest first."""
        entries, files = self._journal.of(ids, self._account), self._files.of(ids)
        return {record_id: Thread(entries[record_id], files[record_id]) for record_id in ids}

    def download(self, file: Json, target: BinaryIO) -> str:
        """Stream one attachment into ``target`` and give its SHA-256 in hex."""
        return self._files.download(file, target)

    def history(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Read the field changes of some incidents from the audit, oldest first."""
        return self._history.of(ids)

    def deleted(self, since: datetime) -> Iterator[str]:
        """Give the ids of incidents deleted since a moment."""
        return self._history.deleted(since)

    # -- people

    def people(self, ids: Iterable[str]) -> dict[str, Person]:
        """Read people by sys_id; the unknown are left out."""
        return self._people.by_id(ids)

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find active people by e-mail; nobody, or more than one, is left out."""
        return self._people.by_email(emails)

    def groups(self) -> list[Group]:
        """Read all assignment groups."""
        return self._people.groups()

    def find_item(self, item: ConfigurationItem) -> ConfigurationItem | None:
        """Find a configuration item by external id, by serial, then by exact name; several are nobody's."""
        return self._items.find(item)

    # -- write

    def submit(self, writes: Sequence[Write]) -> Iterator[Outcome]:
        """Carry out writes, in batches where there are several."""
        return self._writing.submit(writes)

    def create(self, write: Create) -> Outcome:
        """Create one incident under the id that its marker chooses."""
        return self._only(write)

    def update(self, write: Update) -> Outcome:
        """Change fields of one incident."""
        return self._only(write)

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one comment or work note."""
        return self._only(write)

    def add_file(self, write: AddFile) -> Outcome:
        """Attach one file to an incident."""
        return self._only(write)

    def delete(self, write: Delete) -> Outcome:
        """Delete one incident."""
        return self._only(write)

    def _only(self, write: Write) -> Outcome:
        (outcome,) = self._writing.submit([write])
        return outcome

    # -- what is there

    @property
    def skew_seconds(self) -> float:
        """The vendor's clock minus ours, as last measured."""
        return self._session.skew_seconds

    def calls(self) -> Mapping[str, int]:
        """Give the number of HTTP calls made so far, by operation."""
        return dict(self._session.budget.calls)
