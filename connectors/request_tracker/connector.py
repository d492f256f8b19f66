"""Request Tracker: the connector. Each area's vendor facts stand in its own module.

What stands where: calls in :mod:`.api`, queries in :mod:`.queries`, the form of records in :mod:`.payloads`, reading in
:mod:`.reading`, texts and threads in :mod:`.texts` and :mod:`.history`, writing in :mod:`.writing` and :mod:`.bodies`.

Vendor facts of the traits (measured on 5.0.3):

- Times have whole seconds, and a search tells nothing else that moves with a save. An update can be tied to the newest
  transaction.
- A create takes no times and no thread. Nobody can write in another's name. A comment's transaction has custom fields.
- The scrips that a site begins with mail the requestor, and who is copied, of a new ticket and of each public reply. A
  resolution is mailed to the requestor.
- Each request costs a hash of the password, a quarter of a second on a site's usual settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, BinaryIO, ClassVar

from pydantic import Field, field_validator

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
)
from ...core.model import Group, Person
from ...core.net.auth import ApiTokenAuth, AuthSettings, BasicAuth
from . import files
from .api import Api
from .bodies import created
from .checkup import Account, warnings
from .history import changes_of, read_threads, transactions
from .metadata import Metadata
from .payloads import unwrap
from .people import People
from .reading import OVERLAP, Reader, real_ids
from .texts import Descriptions
from .writing import Writer

FIELD_NAME = r"^[\w .:()-]+$"
"""Names of custom fields that a search can hold without quoting, which RT does not offer there."""


class RequestTrackerSettings(ConnectionSettings):
    """What a user writes for a connection; the user of ``auth`` is the user name, not an address."""

    queue: str = "General"
    """Name of the queue in which a ticket is created whose group is no queue."""
    marker_field: str = Field("Isthmus Marker", pattern=FIELD_NAME)
    """Name of a ticket custom field, "Enter one value", that keeps our marker; an admin makes and applies it."""
    origin_field: str = Field("Isthmus Origin", pattern=FIELD_NAME)
    """Name of a transaction custom field, "Enter one value", that keeps where a comment comes from."""
    zone: str | None = None
    """The site's default time zone, such as ``Europe/Berlin``, where the account has none of its own."""

    @field_validator("auth")
    @classmethod
    def _offered(cls, auth: AuthSettings) -> AuthSettings:
        if isinstance(auth, ApiTokenAuth | BasicAuth):
            return auth
        raise ValueError("Request Tracker takes kind: api_token or kind: basic")


class RequestTracker(Connector):
    """Request Tracker 5, tickets of REST 2.0."""

    name = "request_tracker"
    title = "Request Tracker"
    Settings: ClassVar[type[ConnectionSettings]] = RequestTrackerSettings
    traits: ClassVar[Traits] = Traits(
        precision=timedelta(seconds=1),
        version_moves_always=False,
        overlap=OVERLAP,
        conditional_write=True,
        marker=MarkerKind.LOOKUP,
        commit_bound=timedelta(minutes=1),
        keeps_history=False,
        create_carries_comments=False,
        comment_origin=True,
        comment_author=False,
        files_on=FilePlace.COMMENT,
        internal_files=True,
        closed_is_final=False,
        notifies=frozenset({"create", "public_comment", "resolve"}),
        notifies_watchers=frozenset({"create", "public_comment"}),
        muting="an admin disables the queue's scrips that notify requestors and Ccs while migrating",
        seconds_per_call=0.3,
    )

    # -- session

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a connector; no call is made yet.

        Raises:
            CredentialError: a secret reference cannot be resolved.
        """
        super().__init__(settings, context)
        assert isinstance(settings, RequestTrackerSettings)
        self._own = settings
        self._api = Api(settings, context)
        user = settings.auth.user if isinstance(settings.auth, ApiTokenAuth | BasicAuth) else ""
        self._account = Account(self._api, user, settings.zone)
        self._metadata = Metadata(self._api, settings.marker_field)
        self._people = People(self._api)
        self._reader = Reader(
            self._api,
            self._people,
            Descriptions(self._api),
            settings.marker_field,
            lambda: self._account.zone,
            self.vendor_now,
        )
        self._writer = Writer(
            self._api,
            self._metadata,
            self._reader.fetch,
            queue=settings.queue,
            marker_field=settings.marker_field,
            origin_field=settings.origin_field,
        )

    def check(self) -> Health:
        """Ask who we are, and whether the queue and our custom fields are there.

        Raises:
            ConfigError: something is missing without which nothing works.
        """
        told, own = self.identify(), self._own
        found = warnings(self._metadata, own.queue, own.marker_field, own.origin_field, self.skew_seconds)
        return replace(told, warnings=tuple(found))

    def identify(self) -> Health:
        """Ask who we are.

        Raises:
            ConfigError: the account's user name or time zone is not known.
        """
        row = self._account.row
        return Health(
            account=str(row.get("EmailAddress") or row["Name"]),
            account_id=str(row["Name"]),
            zone=str(self._account.zone),
            skew_seconds=self.skew_seconds,
        )

    def fields(self) -> Sequence[FieldInfo]:
        """Give the title's limit, and the custom fields with their choices."""
        return self._metadata.fields()

    def close(self) -> None:
        """Close the connections."""
        self._api.session.close()

    # -- records as files hold them

    @classmethod
    def unwrap(cls, payload: Any) -> Iterator[Json]:
        """Give each ticket of a payload: bare, or in a list."""
        return unwrap(payload)

    @classmethod
    def wrap(cls, body: Json) -> Json:
        """Give the body of a create, which has no envelope."""
        return created(body, ())

    # -- read

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since the cursor, oldest first; ``native`` is TicketSQL.

        Raises:
            ConfigError: the cursor is none of ours.
        """
        return self._reader.changes(cursor, scope)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read tickets by number, many at once, from the database."""
        return self._reader.fetch(ids)

    def find(self, marker: str) -> list[Record]:
        """Find the tickets that bear a marker."""
        return self._reader.find(marker)

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the number of every ticket in scope, in order of numbers."""
        return self._reader.census(scope)

    def count(self, scope: Scope) -> int:
        """Give RT's own count."""
        return self._reader.count(scope)

    def threads(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Read replies, comments and files."""
        return read_threads(self._api, real_ids(ids), self._own.origin_field)

    def download(self, file: Json, target: BinaryIO) -> str:
        """Read one file."""
        return files.download(self._api, file, target)

    def history(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Read field changes from each ticket's history; tickets that are gone are left out."""
        found: dict[str, list[FieldChange]] = {}
        for record_id in real_ids(ids):
            rows = transactions(self._api, record_id)
            if rows is not None:
                found[record_id] = list(changes_of(record_id, rows, self._people.name_of))
        return found

    def deleted(self, since: datetime) -> Iterator[str]:
        """Give the numbers of the tickets that were deleted since a moment."""
        return self._reader.deleted(since)

    # -- people

    def people(self, ids: Iterable[str]) -> dict[str, Person]:
        """Read users by name."""
        return self._people.by_id(ids)

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find users by e-mail address."""
        return self._people.by_email(emails)

    def groups(self) -> list[Group]:
        """Read the queues, which stand for assignment groups."""
        return self._metadata.groups()

    def default_group(self) -> str:
        """Give the number of the queue for what has none: no ticket is without."""
        return str(self._metadata.queue(self._own.queue)["id"])

    # -- write

    def create(self, write: Create) -> Outcome:
        """Create one ticket."""
        return self._writer.create(write)

    def update(self, write: Update) -> Outcome:
        """Change fields of one ticket, safely where the version is given."""
        return self._writer.update(write)

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one reply or comment with its files."""
        return self._writer.add_comment(write)

    def delete(self, write: Delete) -> Outcome:
        """Delete one ticket; RT keeps it, out of every search."""
        return self._writer.delete(write)

    # -- what is there

    @property
    def skew_seconds(self) -> float:
        """The vendor's clock minus ours, as last measured."""
        return self._api.session.skew_seconds

    def origin_of(self, comment: Json) -> str | None:
        """Give the origin that a comment's transaction keeps."""
        return comment.get("origin")

    def calls(self) -> Mapping[str, int]:
        """Give the number of calls by operation."""
        return dict(self._api.session.budget.calls)
