"""The emulated server: what joins the parts of the BMC Helix ITSM sandbox, and the hooks of the engine.

Scope: the AR System REST API on the forms of Incident Management and what hangs on them; AR-JWT and Single Sign-On.
Not served: the simplified ITSM REST API, the CMDB API, reports, webhooks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from werkzeug.wrappers import Request, Response

from ..clock import Clock
from ..faults import Faults
from ..limits import Limits
from ..outbox import Outbox
from ..stories import stories
from ..vendor import Call, Json, Routes, Vendor
from . import entry_api, errors, login_api, merge_api, metadata_api
from .accounts import GRANTS, Accounts, printed
from .errors import listed
from .fresh import INTEGRATION, LOGINS, furnish
from .jobs import Jobs
from .loading import Loader
from .misbehaviour import Misbehaviour
from .records import Records
from .seed import Seeder
from .session import Session, open_session
from .snapshot import snapshot
from .store import Store
from .times import seconds

_CALLS_A_MINUTE = 1200
"""What the gateway of the sandbox lets through for one account; the vendor documents no quota and no headers."""


class BmcHelix(Vendor):
    """An emulated AR System server with BMC Helix ITSM."""

    name = "bmc_helix"
    title = "BMC Helix ITSM"
    areas: ClassVar[Sequence[Routes]] = (entry_api.routes, merge_api.routes, metadata_api.routes, login_api.routes)

    def __init__(self, *, clock: Clock, limits: Limits, faults: Faults, outbox: Outbox) -> None:
        self.misbehaviour = Misbehaviour(faults.profile, faults.seed)
        """The fault profiles in force, this vendor's own among them; the engine sees the same object as ``faults``."""
        super().__init__(clock=clock, limits=limits, faults=self.misbehaviour, outbox=outbox)

    # -- state

    def reset(self) -> None:
        """Make a fresh server; nobody is logged in any more."""
        self.store = Store()
        furnish(self.store)
        self.jobs = Jobs(self.seconds)
        self.records = Records(
            self.store, self.outbox, self.jobs, self.misbehaviour.stamp, lambda: self.misbehaviour.strict
        )
        self.accounts = Accounts({login.login: login.role for login in LOGINS}, INTEGRATION)

    def seed(self, tickets: int, seed: int) -> None:
        """Add the people of a seed and its first stories."""
        Seeder(self.store, seed, self.jobs, self.seconds).add(stories(seed, tickets, self.clock.now()))

    def load(self, records: Iterable[Json]) -> None:
        """Add real incidents and work logs."""
        loader = Loader(self.store, self.seconds, self.defaults.append)
        for record in records:
            loader.load(record)

    def snapshot(self) -> Json:
        """Give the raw state; see ``snapshot``."""
        return snapshot(self.store, self.records.deleted, self.entries_url)

    def credentials(self) -> Json:
        """Give working credentials of every kind."""
        accounts = self.accounts
        return {
            "jwt": {"user": INTEGRATION, "password": printed(INTEGRATION)},
            "oauth": {
                "client_id": accounts.client_id,
                "client_secret": accounts.client_key,
                "grants": list(GRANTS),
                "refresh_token": accounts.refresh_token(INTEGRATION, self.seconds).text,
            },
            "people": [
                {"user": login.login, "password": printed(login.login), "role": login.role}
                for login in LOGINS
                if login.login != INTEGRATION
            ],
        }

    # -- who asks

    def authenticate(self, call: Call) -> str:
        """Give the login.

        Raises:
            RefusedError: 401.
        """
        return login_api.account(self, call.request)

    def session(self, call: Call) -> Session:
        """Give the session of an authenticated call."""
        return open_session(self.store, call.account, self.accounts.roles[call.account], self.seconds)

    @property
    def seconds(self) -> int:
        """The virtual time, as the database holds moments."""
        return seconds(self.clock.now())

    @property
    def entries_url(self) -> str:
        """The address of the entry API."""
        return self.base_url + entry_api.ENTRY

    # -- manners

    def admit(self, call: Call) -> Response | None:
        """Count a request against the gateway's quota, where limits are real."""
        if call.account is None:
            return None
        quota = self.limits.take(f"gateway:{call.account}", _CALLS_A_MINUTE)
        return self.throttled(call, quota.reset) if quota.exceeded else None

    def throttled(self, call: Call, retry_after: int | None) -> Response:
        """Give the gateway's 429: a page, not an array of messages (unconfirmed)."""
        page = "<html><head><title>429</title></head><body><h1>429 Too Many Requests</h1></body></html>"
        headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
        return Response(page, 429, headers, content_type="text/html; charset=utf-8")

    def unknown(self, request: Request, *, method: bool) -> Response:
        """Give the reply to a path or a method that is not served."""
        return listed(405 if method else 404, errors.BAD_REQUEST, request.path)

    def failure(self, status: int) -> Response:
        """Give a failed reply: a time-out of the database is 500 with the array of its message."""
        return listed(status, errors.QUERY_TIMEOUT)

    def tick(self) -> int:
        """Do what has become due."""
        return self.jobs.run(self.records, self.seconds, rules=self.misbehaviour.rules)
