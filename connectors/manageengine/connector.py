"""The ServiceDesk Plus connector: requests of one account in Cloud, or of one server on-premises.

What stands where: what the two products spell differently in :mod:`.flavour`, calls in :mod:`.calls` and :mod:`.criteria`,
requests as records in :mod:`.shapes`, the account's lists in :mod:`.catalogue`, reading in :mod:`.reading`, threads in
:mod:`.comments` and :mod:`.files`, writing in :mod:`.writing`.

Vendor facts of the traits (manageengine.com, sdpop-v3-api and sdpod-v3-api):

- Times have milliseconds, and the time of the last edit is all that tells one save from another. There is no conditional
  update and no idempotency key; a custom text field can be searched for and is not unique.
- Neither times nor authors can be set.
- A requester is told of a new request and of its resolution, in Cloud of a note that is shown to them, too.
- A status can be set from any other, also from Closed, unless a life cycle forbids it.
- On-premises a file hangs on the request, where its requester sees it, until a note names it. So there no file is hidden
  from the start, and files of internal comments are not carried; in Cloud they are.
- History exists in Cloud only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, BinaryIO, ClassVar, Literal, Self

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
    Write,
)
from ...core.errors import ForbiddenError
from ...core.model import ConfigurationItem, Group, Person
from ...core.net.auth import ApiKeyAuth, AuthorizationEndpoint, AuthSettings, HeaderSigner, OAuth, OAuthSigner, Signer
from ...core.net.secrets import resolve_secret
from . import files
from .calls import Calls
from .catalogue import Catalogue
from .checkup import Checkup
from .comments import Comments
from .flavour import ON_PREMISES, cloud
from .history import history_of
from .items import find_item
from .payloads import LABELS_FIELD, MARKER_FIELD, unwrap
from .people import People
from .reading import OVERLAP, Reading
from .refusals import Refusals
from .replies import ERROR_RULES, words
from .session import ACCEPT, ACCOUNTS, SCOPE, ZohoSigner, authorization_endpoint
from .writing import Writing

FIELD_KEY = r"^[a-z][a-z0-9_]*$"
ON_PREMISES_TRAITS = Traits(
    precision=timedelta(milliseconds=1),
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
    internal_files=False,
    closed_is_final=False,
    notifies=frozenset({"create", "resolve"}),
    muting="only from inside the server: switch the notification rules of requesters off while migrating",
    seconds_per_call=1.0,
)


class ManageEngineSettings(ConnectionSettings):
    """What a user writes for a ServiceDesk Plus connection; ``kind: oauth`` is the Cloud, ``kind: api_key`` on-premises."""

    portal: str | None = None
    """The Cloud's portal, such as ``itdesk``, as it stands in the address behind ``/app/``."""
    data_center: Literal["us", "eu", "in", "au", "cn", "jp", "ca", "uk", "sa"] = "us"
    """Where the Cloud account lives; its accounts host follows from it."""
    accounts_url: HttpUrl | None = None
    """The accounts host of the Cloud, where that of the data centre is not the right one."""
    instance: str | None = Field(None, pattern=r"^\d+$")
    """Id of the instance on-premises (``PORTALID``), where a server has several."""
    account: str | None = None
    """E-mail address of the technician whose key or token it is: no call tells it."""
    marker_field: str = Field(MARKER_FIELD, pattern=FIELD_KEY)
    """Key of the custom text field that holds the marker of records that Isthmus created."""
    labels_field: str = Field(LABELS_FIELD, pattern=FIELD_KEY)
    """Key of the custom text field that holds the labels, joined with commas."""
    service_requests: bool = False
    """Service requests are read as well."""
    page: int = Field(100, ge=20, le=100)
    """Requests read in one call."""

    @field_validator("auth")
    @classmethod
    def _offered(cls, auth: AuthSettings) -> AuthSettings:
        if not isinstance(auth, ApiKeyAuth | OAuth) or (isinstance(auth, OAuth) and auth.grant != "refresh_token"):
            raise ValueError(
                "ServiceDesk Plus takes kind: api_key (on-premises), or kind: oauth with grant: refresh_token (Cloud)"
            )
        return auth


class ManageEngine(Connector):
    """Requests of one account; what is made is the class of the product that the settings name."""

    name = "manageengine"
    title = "ManageEngine ServiceDesk Plus"
    Settings: ClassVar[type[ConnectionSettings]] = ManageEngineSettings
    traits: ClassVar[Traits] = ON_PREMISES_TRAITS

    # -- session

    def __new__(cls, settings: ConnectionSettings, context: Context) -> Self:  # noqa: ARG004 - what __init__ takes
        """Choose the class: what a product can do is told by the methods and traits of its own."""
        made: type[Any] = ManageEngineCloud if cls is ManageEngine and isinstance(settings.auth, OAuth) else cls
        return super().__new__(made)

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a connector; no call is made yet.

        Raises:
            CredentialError: a secret reference cannot be resolved.
        """
        super().__init__(settings, context)
        assert isinstance(settings, ManageEngineSettings)
        self._options = settings
        flavour = cloud(settings.portal) if isinstance(settings.auth, OAuth) else ON_PREMISES
        instance = {"PORTALID": settings.instance} if settings.instance and not flavour.cloud else {}
        self._session = context.session(
            settings,
            self._signer(settings.auth),
            error_rules=ERROR_RULES,
            words=words,
            headers={**ACCEPT, **instance},
        )
        ours = {"marker": settings.marker_field, "labels": settings.labels_field}
        self._calls = Calls(self._session, flavour, context.connection)
        self._catalogue = Catalogue(self._calls, **ours)
        self._people = People(self._calls, settings.account)
        self._refusals = Refusals(self._calls)
        self._comments = Comments(self._calls)
        self._reading = Reading(
            self._calls, self._catalogue, page=settings.page, services=settings.service_requests, **ours
        )
        self._writing = Writing(self._calls, self._catalogue, self._people, self._reading, self._comments, **ours)

    def _signer(self, auth: AuthSettings) -> Signer:
        if isinstance(auth, ApiKeyAuth):
            return HeaderSigner("authtoken", resolve_secret(auth.key))
        endpoint = self.authorization()
        assert isinstance(auth, OAuth), "checked by the settings"
        assert endpoint is not None, "the Cloud has one"
        wanted = auth.model_copy(update={"scope": auth.scope or SCOPE})
        tokens, connection = self.context.tokens, self.context.connection
        return ZohoSigner(OAuthSigner(wanted, endpoint.token, tokens, connection=connection, now=self._seconds))

    def _seconds(self) -> float:
        """Our clock, in seconds since 1970."""
        return self.context.clock().timestamp()

    def check(self) -> Health:
        """Ask for what we may read, and probe what the work needs."""
        told = self.identify()
        fields = ((self._options.marker_field, "marker_field"), (self._options.labels_field, "labels_field"))
        checkup = Checkup(self._calls, self._catalogue, self._people, fields, self._options.account)
        return replace(told, warnings=tuple(checkup.warnings(self.skew_seconds)))

    def identify(self) -> Health:
        """Make the cheapest call, and tell whose key it is where the settings say so."""
        self._calls.page("/requests", "requests", {"row_count": 1, "fields_required": ["id"]})
        person = self._people.myself()
        return Health(
            account=(person.name if person else None) or self._options.account or "the technician whose key it is",
            account_id=person.id if person else None,
            skew_seconds=self.skew_seconds,
        )

    def authorization(self) -> AuthorizationEndpoint | None:
        """Say where a person grants access, in Cloud."""
        if not isinstance(self.settings.auth, OAuth):
            return None
        return authorization_endpoint(str(self._options.accounts_url or ACCOUNTS[self._options.data_center]).rstrip("/"))

    def fields(self) -> Sequence[FieldInfo]:
        """Give what the account says of its fields and lists."""
        return self._catalogue.fields()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    # -- records as files hold them

    @classmethod
    def unwrap(cls, payload: Any) -> Iterator[Json]:
        """Give each request of a payload: bare, under ``request`` or ``requests``, or as a trigger sends it."""
        return unwrap(payload)

    @classmethod
    def wrap(cls, body: Json) -> Json:
        """Give the JSON that a create sends as ``input_data``; names are taken as they are."""
        known = {name: value for name, value in body.items() if name not in ("state", "labels", "marker", "closure_code")}
        status = {"status": {"name": body["state"]}} if body.get("state") else {}
        custom = {LABELS_FIELD: body["labels"]} if body.get("labels") else {}
        closure = {"closure_info": {"closure_code": body["closure_code"]}} if body.get("closure_code") else {}
        return {"request": {**known, **status, **closure, "udf_fields": {**(body.get("udf_fields") or {}), **custom}}}

    # -- read

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since the cursor, oldest first; a request that nobody has edited counts by its creation.

        Raises:
            ConfigError: the scope's ``native`` is no ``search_criteria``.
        """
        return self._reading.changes(cursor, scope, self.context.clock)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read requests by id; those gone or hidden are left out."""
        return self._reading.fetch(ids)

    def find(self, marker: str) -> list[Record]:
        """Find the requests that bear a marker."""
        return self._reading.find(marker)

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every request in scope, in the order of ids."""
        return self._reading.census(scope)

    def count(self, scope: Scope) -> int:
        """Give the vendor's own count of the requests in scope."""
        return self._reading.count(scope)

    def threads(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Read the notes, mails and files of some requests, oldest first."""
        return self._comments.of(ids)

    def download(self, file: Json, target: BinaryIO) -> str:
        """Stream one file."""
        return files.download(self._calls, file, target)

    # -- people

    def people(self, ids: Iterable[str]) -> dict[str, Person]:
        """Read people by id."""
        return self._people.by_id(ids)

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        """Find people by e-mail; nobody, or more than one, is left out."""
        return self._people.by_email(emails)

    def groups(self) -> list[Group]:
        """Read all support groups."""
        return self._people.groups()

    def find_item(self, item: ConfigurationItem) -> ConfigurationItem | None:
        """Find a configuration item by serial, then by exact name; several are nobody's."""
        return find_item(self._calls, item)

    # -- write

    def _send(self, write: Write) -> Outcome:
        try:
            outcome = super()._send(write)
        except ForbiddenError as error:
            return Outcome(write.key, getattr(write, "record_id", None), error=self._refusals.judge(write, error))
        if outcome.error is None:
            self._refusals.taken(write)
        return outcome

    def create(self, write: Create) -> Outcome:
        """Create one request."""
        return self._writing.create(write)

    def update(self, write: Update) -> Outcome:
        """Change fields of one request."""
        return self._writing.update(write)

    def add_comment(self, write: AddComment) -> Outcome:
        """Add one note with its files."""
        return self._writing.add_comment(write)

    def delete(self, write: Delete) -> Outcome:
        """Move one request to the trash."""
        return self._writing.delete(write)

    # -- what is there

    @property
    def skew_seconds(self) -> float:
        """The vendor's clock minus ours, as last measured."""
        return self._session.skew_seconds

    def calls(self) -> Mapping[str, int]:
        """Give the number of HTTP calls made so far, by operation."""
        return dict(self._session.budget.calls)


class ManageEngineCloud(ManageEngine):
    """The Cloud: it keeps a history, hides files from the start, and tells requesters of notes that they may see."""

    traits: ClassVar[Traits] = replace(
        ON_PREMISES_TRAITS,
        internal_files=True,
        notifies=ON_PREMISES_TRAITS.notifies | {"public_comment"},
        seconds_per_call=2.0,
    )

    def history(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Read field changes from the history."""
        return history_of(self._calls, self._catalogue, ids)
