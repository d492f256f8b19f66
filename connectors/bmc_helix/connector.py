"""The BMC Helix ITSM connector: incidents of one AR System server. Each area's vendor facts stand in its own module.

What stands where: qualifications in :mod:`.query`, entries page by page in :mod:`.calls`, incidents as records in
:mod:`.shapes`, reading in :mod:`.reading` and :mod:`.related`, work logs in :mod:`.comments` and :mod:`.files`, the legal
steps of a status in :mod:`.statuses`, writing in :mod:`.writing`.

Vendor facts of the traits (docs.bmc.com, AR System REST API; incident management):

- Times have whole seconds, and ``Last Modified Date`` is all that tells one save from another. There is no conditional
  update.
- The server gives up a call after 120 seconds (``X-AR-Timeout``).
- ``Vendor Ticket Number`` can be searched for and is not unique; there is no idempotency key.
- Over REST neither the submit date nor the resolution's time can be set, and a work log's author and time only by an
  administrator.
- Closed and Cancelled incidents take no change.
- The customer is told when an incident is created, when it is resolved and when a public work log is written; which of
  these a company has switched on differs.
- There are no published rate limits; one session for each user, so one call at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any, BinaryIO, ClassVar

from pydantic import Field, HttpUrl, field_validator

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
from ...core.model import ConfigurationItem, Group, Person
from ...core.net.auth import (
    ArJwtAuth,
    AuthorizationEndpoint,
    AuthSettings,
    OAuth,
    OAuthSigner,
    TokenEndpoint,
)
from ...core.net.login import LoginSigner
from ...core.records import clock_warnings
from . import files
from .calls import Calls
from .catalogue import Catalogue
from .checkup import Checkup
from .columns import Columns
from .comments import Comments
from .history import History
from .items import Items
from .login import Login
from .payloads import unwrap
from .people import LOGIN, People, StandIn, person_of
from .reading import OVERLAP, Reading
from .related import Related
from .replies import ERROR_RULES, words
from .writing import Writing, plain_values


class BmcHelixSettings(ConnectionSettings):
    """What a user writes for a BMC Helix ITSM connection."""

    api_url: HttpUrl | None = None
    """Where the AR REST server answers, such as ``https://acme-restapi.onbmc.com``; ``url`` by default."""
    sso_url: HttpUrl | None = None
    """Where Helix Single Sign-On answers, for ``kind: oauth``; ``url`` by default."""
    company: str | None = None
    """The company of new incidents, where it is not the customer's. Its groups go by their bare names, those of other
    companies with company and organization before it; without it those of the account's own company do."""
    stand_in: str | None = None
    """Login of the assignee of an incident whose status needs one while nobody is assigned; the account's own by default.
    It has to be a member of the support groups. Incidents that are assigned to it are read as assigned to nobody."""
    stand_in_group: str | None = None
    """Support group, of which the stand-in is a member, of such incidents that are in no group; the stand-in's own by
    default. Incidents that are assigned to the stand-in in this group are read as in no group."""
    page: int = Field(200, ge=20, le=2000)
    """Incidents read in one call."""

    @field_validator("auth")
    @classmethod
    def _offered(cls, auth: AuthSettings) -> AuthSettings:
        if not isinstance(auth, ArJwtAuth | OAuth) or (isinstance(auth, OAuth) and auth.grant != "refresh_token"):
            raise ValueError("BMC Helix ITSM takes kind: ar_jwt, or kind: oauth with grant: refresh_token")
        return auth


class BmcHelix(Connector):
    """Incidents of one AR System server with BMC Helix ITSM."""

    name = "bmc_helix"
    title = "BMC Helix ITSM"
    Settings: ClassVar[type[ConnectionSettings]] = BmcHelixSettings
    traits: ClassVar[Traits] = Traits(
        precision=timedelta(seconds=1),
        version_moves_always=False,
        overlap=OVERLAP,
        conditional_write=False,
        marker=MarkerKind.LOOKUP,
        commit_bound=timedelta(seconds=120),
        keeps_history=False,
        create_carries_comments=False,
        comment_origin=False,
        comment_author=False,
        files_on=FilePlace.COMMENT,
        internal_files=True,
        closed_is_final=True,
        notifies=frozenset({"create", "public_comment", "resolve"}),
        muting="only from inside the server: switch the notification of customers off while migrating",
        seconds_per_call=0.5,
        required_on_resolve=("Status_Reason", "Resolution"),
    )

    # -- session

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a connector; no call is made yet.

        Raises:
            CredentialError: a secret reference cannot be resolved.
        """
        super().__init__(settings, context)
        assert isinstance(settings, BmcHelixSettings)
        self._options = settings
        self._base_url = str(settings.api_url or settings.url).rstrip("/")
        self._signer = self._make_signer(settings.auth)
        self._session = context.session(
            settings, self._signer, error_rules=ERROR_RULES, words=words, base_url=self._base_url
        )
        self._calls = Calls(self._session, context.connection)
        self._columns = Columns(self._calls)
        self._people = People(self._calls, settings.company)
        self._items = Items(self._calls)
        self._catalogue = Catalogue(self._calls)
        self._comments = Comments(self._calls, self._people)
        self._history = History(self._calls)

    def _make_signer(self, auth: AuthSettings) -> LoginSigner | OAuthSigner:
        connection, timeout = self.context.connection, self._options.timeout
        if isinstance(auth, OAuth):
            tokens = self.context.tokens
            return OAuthSigner(auth, self._token_endpoint, tokens, connection=connection, now=self._seconds)
        assert isinstance(auth, ArJwtAuth), "checked by the settings"
        return Login(self._base_url, auth, connection=connection, timeout=timeout, now=self._seconds).signer()

    def _seconds(self) -> float:
        """Our clock, in seconds since 1970."""
        return self.context.clock().timestamp()

    @property
    def _sso_url(self) -> str:
        return str(self._options.sso_url or self._options.url).rstrip("/") + "/rsso/oauth2"

    @property
    def _token_endpoint(self) -> TokenEndpoint:
        return TokenEndpoint(f"{self._sso_url}/token", "form")

    @property
    def _login(self) -> str | None:
        """The login that we work under, as the vendor's history names it."""
        told = self._people.myself
        auth = self.settings.auth
        return (told or {}).get(LOGIN) or (auth.user if isinstance(auth, ArJwtAuth) else None)

    @cached_property
    def _stand_in(self) -> StandIn:
        return StandIn(self._options.stand_in or self._login, self._options.stand_in_group)

    @cached_property
    def _reading(self) -> Reading:
        related = Related(self._calls, self.settings.base_url)
        return Reading(self._calls, self._columns, self._people, related, self._stand_in, page=self._options.page)

    @cached_property
    def _writing(self) -> Writing:
        return Writing(
            self._calls,
            self._columns,
            self._people,
            self._items,
            self._reading,
            self._comments,
            company=self._options.company,
            stand_in=self._stand_in,
        )

    def check(self) -> Health:
        """Ask who we are, and probe what the work needs."""
        told = self.identify()
        probed = Checkup(self._calls, self._columns, self._people.myself).warnings()
        group = self._options.stand_in_group
        if group is not None and all(each.name != group for each in self.groups()):
            probed.append(f"stand_in_group: there is no enabled support group '{group}'")
        return replace(told, warnings=(*probed, *clock_warnings("the server", self.skew_seconds)))

    def identify(self) -> Health:
        """Ask who we are."""
        told = self._people.myself
        person = person_of(told) if told else None
        return Health(
            account=(person.name if person else None) or self._login or "an account without an entry in CTM:People",
            account_id=self._login,
            skew_seconds=self.skew_seconds,
        )

    def authorization(self) -> AuthorizationEndpoint | None:
        """Say where a person grants access, with ``kind: oauth``."""
        if not isinstance(self.settings.auth, OAuth):
            return None
        return AuthorizationEndpoint(f"{self._sso_url}/authorize", self._token_endpoint)

    def fields(self) -> Sequence[FieldInfo]:
        """Give what the server says of the fields of incidents."""
        chosen = [*self._catalogue.fields(), self._items.service_field(), *self._people.assignees()]
        known = {each.id for each in chosen}
        return [*(each for each in self._columns.fields() if each.id not in known), *chosen]

    def close(self) -> None:
        """Log out, and close the connections."""
        if isinstance(self._signer, LoginSigner):
            self._signer.close()
        self._session.close()

    # -- records as files hold them

    @classmethod
    def unwrap(cls, payload: Any) -> Iterator[Json]:
        """Give each incident of a payload: entries of either form, bare or in a list, of a client or a webhook."""
        return unwrap(payload)

    @classmethod
    def wrap(cls, body: Json) -> Json:
        """Give the body of a create; what only the server can resolve is named by its id."""
        return {"values": plain_values(body)}

    # -- read

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since the cursor, oldest first; incidents of which only a work log moved come last.

        Raises:
            ConfigError: the scope's ``native`` is no qualification, or the server understands no form of time.
        """
        return self._reading.changes(cursor, scope, self.vendor_now)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read incidents by entry id; those gone or hidden are left out."""
        return self._reading.fetch(ids)

    def find(self, marker: str) -> list[Record]:
        """Find the incidents that bear a marker as their vendor ticket number."""
        return self._reading.find(marker)

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every incident in scope, in the order of ids."""
        return self._reading.census(scope)

    def threads(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Read the work logs of some incidents, oldest first; those that workflow wrote are left out."""
        comments = self._comments.of(self._reading.numbers(ids))
        return {record_id: Thread(comments=rows) for record_id, rows in comments.items()}

    def download(self, file: Json, target: BinaryIO) -> str:
        """Stream one file of a work log."""
        return files.download(self._calls, file, target)

    def history(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Read field changes from the audit, or status changes from the incidents where the audit is hidden."""
        return self._history.of(ids)

    # -- people

    def people(self, ids: Iterable[str]) -> dict[str, Person]:
        """Read people by login or person id."""
        return self._people.by_id(ids)

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find enabled people by e-mail; nobody, or more than one, is left out."""
        return self._people.by_email(emails)

    def groups(self) -> list[Group]:
        """Read all enabled support groups."""
        return self._people.groups()

    def find_item(self, item: ConfigurationItem) -> ConfigurationItem | None:
        """Find a configuration item by external id, by serial, then by exact name; several are nobody's."""
        return self._items.find(item)

    # -- write

    def create(self, write: Create) -> Outcome:
        """Create one incident."""
        return self._writing.create(write)

    def update(self, write: Update) -> Outcome:
        """Change fields of one incident, step by step where its status asks for it."""
        return self._writing.update(write)

    def path(self, record: Record | None, body: Json) -> Sequence[Json]:
        """Give what an incident will hold of its status on the way to a body."""
        return self._writing.path(record, body)

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one comment with its files."""
        return self._writing.add_comment(write)

    def delete(self, write: Delete) -> Outcome:
        """Delete one incident."""
        return self._writing.delete(write)

    # -- what is there

    @property
    def skew_seconds(self) -> float:
        """The vendor's clock minus ours, as last measured."""
        return self._session.skew_seconds

    def calls(self) -> Mapping[str, int]:
        """Give the number of HTTP calls made so far, by operation."""
        return dict(self._session.budget.calls)
