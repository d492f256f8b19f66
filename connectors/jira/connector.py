"""Jira Service Management: the connector. Each area's vendor facts stand in its own module.

Vendor facts of the traits:

- ``updated`` has milliseconds, and does not move with everything that is stored. [recorded; developer.atlassian.com]
- The search index follows by seconds as a rule. [developer.atlassian.com, search and reconcile]
- Neither times nor authors can be set; there is no conditional write. [developer.atlassian.com, issues]
- Customers are mailed of a request that is opened for them, of public comments, and when it is resolved, participants as
  well; an issue without a request type is none of theirs. [Atlassian support, customer notifications]
- A comment or text field holds 32,767 characters. [developer.atlassian.com, issue fields]
- 100 reads, 100 posts and 50 edits a second. [developer.atlassian.com, rate limiting]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, BinaryIO, ClassVar

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
from ...core.model import Group, Person
from ...core.net.auth import AuthorizationEndpoint, OAuth
from . import checkup
from .api import Api
from .bodies import Bodies
from .comments import LONGEST, Comments, origin_of
from .files import Files
from .history import History
from .payloads import unwrap
from .people import People
from .reading import OVERLAP, Reading
from .settings import JiraSettings
from .site import Site
from .workflow import Workflow
from .writing import BULK, Writing


class Jira(Connector):
    """Issues of one service project, Jira Cloud or Data Center."""

    name = "jira"
    title = "Jira Service Management"
    Settings: ClassVar[type[ConnectionSettings]] = JiraSettings
    traits: ClassVar[Traits] = Traits(
        precision=timedelta(milliseconds=1),
        version_moves_always=False,
        overlap=OVERLAP,
        export_lag=timedelta(seconds=30),
        conditional_write=False,
        marker=MarkerKind.SEARCH,
        commit_bound=timedelta(minutes=2),
        search_lag=timedelta(seconds=60),
        keeps_history=False,
        create_carries_comments=False,
        comment_origin=True,
        comment_author=False,
        files_on=FilePlace.RECORD,
        internal_files=True,
        closed_is_final=False,
        notifies=frozenset({"create", "public_comment", "resolve"}),
        notifies_watchers=frozenset({"create", "public_comment", "resolve"}),
        muting="leave request_type out of the connection: what is created without one is no customer's, and mails nobody",
        batch=BULK,
        seconds_per_call=0.1,
        comment_limit=LONGEST,
        required_on_resolve=("resolution",),
    )

    # -- session

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a connector; no call is made yet.

        Raises:
            CredentialError: a secret reference cannot be resolved.
        """
        super().__init__(settings, context)
        assert isinstance(settings, JiraSettings)
        self._api = Api(settings, context)
        self._site = Site(self._api)
        self._people = People(self._api, self._site)
        self._reading = Reading(self._api, self._site, self._people)
        bodies = Bodies(self._site, cloud=settings.is_cloud, connection=context.connection)
        workflow = Workflow(self._api, self._site, self._reading.one_of)
        self._writing = Writing(self._api, self._site, bodies, workflow, self._reading.issue, self._reading.remember)
        self._comments = Comments(self._api, self._site, self._reading, self._people, bodies.text)
        self._files = Files(self._api, self._site)
        self._history = History(self._api, self._site)

    def check(self) -> Health:
        """Ask who we are, and probe what the account may do.

        Raises:
            ConfigError: a type, field or request type of the configuration does not exist.
            ForbiddenError: the account may not see the project.
        """
        health = self.identify()
        found = tuple(checkup.warnings(self._api, self._site, self.skew_seconds))
        return Health(health.account, health.zone, self.skew_seconds, found, health.account_id)

    def identify(self) -> Health:
        """Ask who we are."""
        account = self._site.read_account()
        return Health(
            account=str(account.get("emailAddress") or account.get("displayName") or self._site.account_id),
            zone=account.get("timeZone"),
            skew_seconds=self.skew_seconds,
            account_id=self._site.account_id,
        )

    def authorization(self) -> AuthorizationEndpoint | None:
        """Say where a person grants access."""
        return self._api.authorization if isinstance(self.settings.auth, OAuth) else None

    def fields(self) -> Sequence[FieldInfo]:
        """Give what each column takes, by the create screen."""
        return self._site.fields()

    def close(self) -> None:
        """Close the connections."""
        self._api.session.close()

    # -- records as files hold them

    @classmethod
    def unwrap(cls, payload: Any) -> Iterator[Json]:
        """Give each issue of a payload as a flat record; see :mod:`.payloads`."""
        return unwrap(payload)

    # -- read

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since the cursor, in the order of changes."""
        return self._reading.changes(cursor, scope, self.vendor_now)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read issues by id; those gone or hidden are left out."""
        return self._reading.fetch(ids)

    def find(self, marker: str) -> list[Record]:
        """Find the issues that bear a marker."""
        return self._reading.find(marker)

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every issue in scope, in the order of ids."""
        return self._reading.census(scope)

    def count(self, scope: Scope) -> int:
        """Give the search index's count of the issues in scope."""
        return self._reading.count(scope)

    def threads(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Read the comments and files of some issues, oldest first."""
        return self._comments.threads(ids)

    def download(self, file: Json, target: BinaryIO) -> str:
        """Stream one file."""
        return self._files.download(file, target)

    def history(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Read the field changes of some issues from their changelogs."""
        return self._history.of(ids)

    # -- people

    def people(self, ids: Iterable[str]) -> dict[str, Person]:
        """Read people by account id, on Data Center by user name."""
        return self._people.by_id(ids)

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find people by e-mail address."""
        return self._people.by_email(emails)

    def groups(self) -> list[Group]:
        """Read the groups that the assignment group's field can hold."""
        return self._people.groups()

    # -- write

    def submit(self, writes: Sequence[Write]) -> Iterator[Outcome]:
        """Carry out writes: creates in bulk, all others one by one."""
        yield from self._writing.create([write for write in writes if isinstance(write, Create)])
        yield from super().submit([write for write in writes if not isinstance(write, Create)])

    def create(self, write: Create) -> Outcome:
        """Create one issue."""
        return next(self._writing.create([write]))

    def update(self, write: Update) -> Outcome:
        """Change fields of one issue, and take the steps to its status."""
        return self._writing.update(write)

    def path(self, record: Record | None, body: Json) -> Sequence[Json]:
        """Give the states on the way to a body's status, of a new issue those in which it may begin as well."""
        return self._writing.path(record, body)

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one comment."""
        return self._comments.add(write)

    def add_file(self, write: AddFile) -> Outcome:
        """Attach one file."""
        return self._files.upload(write)

    def delete(self, write: Delete) -> Outcome:
        """Delete one issue for good; one with sub-tasks is refused."""
        return self._writing.delete(write)

    # -- what is there

    @property
    def skew_seconds(self) -> float:
        """The vendor's clock minus ours, as last measured."""
        return self._api.session.skew_seconds

    def origin_of(self, comment: Json) -> str | None:
        """Give the origin in a comment's properties."""
        return origin_of(comment)

    def calls(self) -> Mapping[str, int]:
        """Give the number of HTTP calls made so far, by operation."""
        return dict(self._api.session.budget.calls)
