"""Roundup: the connector. Each area's vendor facts stand in its own module.

Vendor facts of the traits (template ``classic``, and measured on 2.6):

- Times have whole seconds. A change can be tied to an ETag, which no search tells: the version is a time.
- The times of an issue are Roundup's own; the author of a message can be anybody.
- The detector ``nosyreaction`` mails each message to the nosy list, but not to its author: a requester hears of comments,
  not of the issue itself nor of its status.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, BinaryIO, ClassVar

from isthmus.plugin import (
    AddComment,
    AddFile,
    AuthSettings,
    BasicAuth,
    ConnectionSettings,
    Connector,
    Context,
    Create,
    Delete,
    FieldInfo,
    FilePlace,
    Health,
    Json,
    MarkerKind,
    Outcome,
    Page,
    Person,
    Record,
    Scope,
    Thread,
    Traits,
    Update,
    clock_warnings,
)
from pydantic import field_validator

from .api import Api
from .people import find_people, read_people, sees_addresses
from .reading import OVERLAP, Reader
from .threads import download, read_threads
from .writing import Writer


class RoundupSettings(ConnectionSettings):
    """What a user writes for a connection."""

    @field_validator("auth")
    @classmethod
    def _offered(cls, auth: AuthSettings) -> AuthSettings:
        if isinstance(auth, BasicAuth):
            return auth
        raise ValueError("Roundup takes kind: basic")


class Roundup(Connector):
    """The Roundup Issue Tracker, issues of the template ``classic``."""

    name = "roundup"
    title = "Roundup"
    Settings: ClassVar[type[ConnectionSettings]] = RoundupSettings
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
        comment_author=True,
        files_on=FilePlace.RECORD,
        internal_comments=False,
        internal_files=False,
        empty_files=False,
        closed_is_final=False,
        notifies=frozenset({"public_comment"}),
        notifies_watchers=frozenset({"create", "public_comment"}),
        muting="an admin takes the detector nosyreaction.py out of the tracker while migrating",
    )

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a connector; no call is made yet.

        Raises:
            CredentialError: the secret reference cannot be resolved.
        """
        super().__init__(settings, context)
        self._api = Api(settings, context)
        self._reader = Reader(self._api)
        self._writer = Writer(self._api, self._reader.fetch)

    def check(self) -> Health:
        """Ask who we are, and whether we may see by what address people are known."""
        account = self._api.account
        warnings = list(clock_warnings("the tracker", self.skew_seconds))
        if not sees_addresses(self._api):
            warnings.append("the account sees no addresses: give it a role that may view 'address' of users")
        return Health(self._api.user, "UTC", self.skew_seconds, tuple(warnings), account)

    def fields(self) -> Sequence[FieldInfo]:
        """Give the statuses and priorities of this tracker."""
        names = {kind: [str(row["name"]) for row in self._api.search(kind, "name", {})] for kind in ("status", "priority")}
        return [FieldInfo(kind, kind, options=tuple(zip(known, known, strict=True))) for kind, known in names.items()]

    def close(self) -> None:
        """Close the connections."""
        self._api.session.close()

    # -- read

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since the cursor, oldest first."""
        return self._reader.changes(cursor, scope, self.vendor_now)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read issues by id, from the database."""
        return self._reader.fetch(ids)

    def find(self, marker: str) -> list[Record]:
        """Find the issues that bear a marker."""
        return self._reader.find(marker)

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every issue in scope."""
        return self._reader.census(scope)

    def count(self, scope: Scope) -> int:
        """Give Roundup's own count."""
        return self._reader.count(scope)

    def threads(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Read messages and files."""
        return read_threads(self._api, ids)

    def download(self, file: Json, target: BinaryIO) -> str:
        """Read one file."""
        return download(self._api, file, target)

    # -- people

    def people(self, ids: Iterable[str]) -> dict[str, Person]:
        """Read users by id."""
        return read_people(self._api, ids)

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find users by e-mail address."""
        return find_people(self._api, emails)

    # -- write

    def create(self, write: Create) -> Outcome:
        """Create one issue."""
        return self._writer.create(write)

    def update(self, write: Update) -> Outcome:
        """Change properties of one issue, safely where the version is given."""
        return self._writer.update(write)

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one message."""
        return self._writer.add_comment(write)

    def add_file(self, write: AddFile) -> Outcome:
        """Attach one file."""
        return self._writer.add_file(write)

    def delete(self, write: Delete) -> Outcome:
        """Retire one issue."""
        return self._writer.delete(write)

    # -- what is there

    @property
    def skew_seconds(self) -> float:
        """The tracker's clock minus ours, as last measured."""
        return self._api.session.skew_seconds

    def origin_of(self, comment: Json) -> str | None:
        """Give the origin that a message keeps."""
        found: Any = comment.get("origin")
        return found

    def calls(self) -> Mapping[str, int]:
        """Give the number of calls by operation."""
        return dict(self._api.session.budget.calls)
